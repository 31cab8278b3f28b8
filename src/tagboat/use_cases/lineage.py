"""Lineage: a public release among the others of its package, and what it brought."""

from collections.abc import Sequence

from tagboat.core.forge import Item
from tagboat.core.package import Package
from tagboat.core.shipped import shipped
from tagboat.core.tag import Tagging
from tagboat.core.version import Version
from tagboat.ports import History
from tagboat.use_cases.sections import Sections
from tagboat.use_cases.steps.world import Tagged
from tagboat.use_cases.survey import tagging_of


def is_latest(history: History, package: Package, tagged: Tagged) -> bool:
    """Whether a release is the highest stable one of its package on the remote."""
    _, contract = tagged.promised()
    version = Version.parse(contract.version)
    others = (tag.version for tag in _tagging(history, package, tagged).tags)
    return not version.is_prerelease and not any(
        other > version for other in others if not other.is_prerelease
    )


def ships(history: History, package: Package, tagged: Tagged) -> Sequence[Item]:
    """The issues, and pull or merge requests, of what a release has and its base has not."""
    tagging = _tagging(history, package, tagged)
    for tag in tagging.tags:
        if tag.name == tagged.name:
            return shipped(Sections(history, package).of_version(tagging, tag).assessments)
    return ()


def _tagging(history: History, package: Package, tagged: Tagged) -> Tagging:
    refs = tagged.world.refs.tag_refs()
    return tagging_of(history, package, refs)
