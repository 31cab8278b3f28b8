"""Status: whether the latest release of each channel is still what it was when it was made."""

from typing import NamedTuple

from tagboat.core.channel import Channel, channel_of
from tagboat.core.drift import Check, Verdict, condition
from tagboat.core.errors import TagboatError
from tagboat.core.tag import VersionTag
from tagboat.core.version import Version
from tagboat.use_cases.announce import completion
from tagboat.use_cases.converge import examine
from tagboat.use_cases.released import Released, of_tag, tagged_at, tagging_there
from tagboat.use_cases.site import Site

FOREIGN = "foreign"
"""The condition of a release that other tools made, or a person."""


class Berth(NamedTuple):
    """A channel, its latest release and what the checks of that found; ``tag`` is None before it.

    ``condition`` is a word: published, incomplete, abandoned, withdrawn or foreign.
    """

    channel: Channel
    tag: VersionTag | None
    condition: str = ""
    checks: tuple[Check, ...] = ()


def status(site: Site, only: str = "") -> list[Berth]:
    """Look at the latest release of every channel that has a branch on the remote.

    ``only`` names the one branch that is asked for. Changes nothing. Raises RepositoryError where
    there is no remote, OutsideError where it can't be reached.
    """
    tags = tagging_there(site).tags
    told: dict[str, set[str]] = {}
    for record in site.world.every_record():
        told.setdefault(record.branch, set()).add(record.tag)
    berths = []
    for channel, tip in _channels(site, only):
        own = [tag for tag in tags if channel.releases(tag.version)]
        held = site.history.reached({tag.commit for tag in own}, tip)
        # A shallow clone can't see all that a branch holds.
        recorded = told.get(channel.branch, ())
        latest = [tag for tag in own if tag.commit in held or tag.name in recorded]
        berths.append(_berth(site, channel, max(latest, key=_version, default=None)))
    return berths


def _version(tag: VersionTag) -> Version:
    return tag.version


def _channels(site: Site, only: str) -> list[tuple[Channel, str]]:
    """The channels that have a branch, with its tip, in the order of the configuration."""
    rules = site.course.rules

    def is_wanted(branch: str) -> bool:
        return branch == only if only else not channel_of(branch, rules).assumed

    def place(branch: str) -> tuple[int, str]:
        found = (number for number, rule in enumerate(rules) if rule.channel(branch) is not None)
        return next(found, len(rules)), branch

    tips = site.world.workshop.branches(is_wanted)
    return [(channel_of(branch, rules), tips[branch]) for branch in sorted(tips, key=place)]


def _berth(site: Site, channel: Channel, tag: VersionTag | None) -> Berth:
    """Look at one release, unless nobody promised anything of it."""
    if tag is None:
        return Berth(channel, None)
    release = of_tag(site, tag.name)
    if release.is_foreign:
        return Berth(channel, tag, FOREIGN)
    stands = condition(release.record)
    checks = () if stands == "abandoned" else _checks(site, release)
    return Berth(channel, tag, stands, checks)


def _checks(site: Site, release: Released) -> tuple[Check, ...]:
    """What the steps say that the release is not complete without."""
    try:
        tagged, desk = tagged_at(site, release)
    except TagboatError as error:
        what = f"the configuration at {release.name} can be read"
        return (Check("configuration", what, Verdict.UNKNOWN, error.message),)
    return tuple(examine(completion(tagged, desk.outlet.for_reading())))
