"""Recomputation: what a release had to be, computed again from the history that it was made of."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.plan.tag_message import Contract, ReleaseFacts
from tagboat.core.version.tag import TagFormat
from tagboat.core.version.version import Version
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteTag
from tagboat.use_cases.next_version.next_version import decide_version
from tagboat.use_cases.plan.make_plan import Due, PlanInputs, channel_words, notes_of


class Recomputation(ReleaseFacts, frozen=True, kw_only=True):
    """What comes out; ``tool`` is nobody's.

    ``version`` is empty where nothing was due. ``reason`` says where it comes from.
    """

    notes: str = ""
    reason: str


class PastState(NamedTuple):
    """How things were when a release was made: for a branch, without the tags made since."""

    branch: str
    hidden: frozenset[str]
    time: int


def past_state(
    history: History, tags: Iterable[RemoteTag], name: str, source: str, contract: Contract
) -> PastState:
    """How things were when the release of a tag was planned for a commit.

    Its own tag was not there, and what is younger was not. Of two tags of the same second the one
    that the commit holds was there before. A lightweight tag has the date of its commit: where the
    release holds that, a later date is a wrong clock's.
    """
    times = history.tag_times()
    there = [tag for tag in tags if tag.name in times and tag.name != contract.previous]
    elsewhere = history.not_ancestors({tag.commit for tag in there}, source)
    hidden = {
        tag.name
        for tag in there
        if times[tag.name] + (tag.commit in elsewhere) > contract.time
        and (tag.commit in elsewhere or tag.object != tag.commit)
    }
    return PastState(contract.branch, frozenset({*hidden, name}), contract.time)


def recompute(
    inputs: PlanInputs, name: str, override: VersionOverride, seen: PastState
) -> Recomputation:
    """Compute a release again at the commit of the inputs, as things were then.

    Its tag's name is taken as it is. Raises what deciding about a version does.
    """
    finder = inputs.finder.at(seen.branch, seen.hidden)
    repository_state = finder.repository_state(inputs.facts)
    release = decide_version(finder, repository_state, override)
    newest = release.assessed.newest
    found = Recomputation(
        version="",
        package=inputs.finder.package.name,
        previous=newest.name if newest is not None else "",
        source=repository_state.since.head,
        branch=seen.branch,
        channel=channel_words(release.channel),
        bump=str(release.bump),
        time=seen.time,
        tool="",
        asked=str(override),
        reason=release.origin,
    )
    if not release.due or release.version is None:
        return found
    spelled = release.tagging._replace(format=_format(name, release.version))
    due = Due(repository_state, release._replace(tagging=spelled), release.version)
    notes = notes_of(inputs._replace(finder=finder), due, seen.time)
    return replace(found, version=str(release.version), notes=notes)


def _format(name: str, version: Version) -> TagFormat:
    """The format that spells a version as a tag does."""
    prefix, found, suffix = name.partition(str(version))
    if found:
        return TagFormat(prefix, suffix)
    prefix, found, suffix = name.partition(TagFormat("", scheme="pep440").spell(version))
    return TagFormat(prefix, suffix, "pep440") if found else TagFormat("v")
