"""Status: whether the latest release of each channel is still what it was when it was made."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from tagboat.core.errors import TagboatError
from tagboat.core.next_version.package import released_from
from tagboat.core.record.drift import Check, Verdict, condition
from tagboat.core.version.channel import Channel, channel_of
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.converge import examine
from tagboat.use_cases.release.lookup import (
    ReleaseLookup,
    release_checked_out,
    release_of_tag,
    tagging_of_package,
)
from tagboat.use_cases.release.steps_in_order import Phase, steps_in_order

FOREIGN = "foreign"
"""The condition of a release that other tools made, or a person."""


class ChannelStatus(NamedTuple):
    """A channel, its latest release and what the checks of that found; ``tag`` is None before it.

    ``condition`` is a word: published, incomplete, abandoned, withdrawn or foreign. ``package`` is
    the name of the one that is released.
    """

    channel: Channel
    tag: VersionTag | None
    condition: str = ""
    checks: tuple[Check, ...] = ()
    package: str = ""


def status(context: ReleaseContext, only: str = "") -> list[ChannelStatus]:
    """Look at the latest release of each package on every channel that has a branch on the remote.

    ``only`` names the one branch that is asked for. Changes nothing. Raises RepositoryError where
    there is no remote, OutsideError where it can't be reached.
    """
    tags = {one.name: tagging_of_package(context, one).tags for one in context.packages()}
    recorded: dict[str, set[str]] = {}
    for record in context.remote_state.every_record():
        recorded.setdefault(record.branch, set()).add(record.tag)
    return [
        _status_of(context, channel, newest)._replace(package=package)
        for branch, tip in _branches(context, only)
        for package, channel, newest in _latest_releases(
            context, _VersionTags(tags, recorded), branch, tip
        )
    ]


class _VersionTags(NamedTuple):
    """The version tags of the remote by package, and those that records tell of by branch."""

    tags: Mapping[str, Sequence[VersionTag]]
    recorded: Mapping[str, Collection[str]]


def _latest_releases(
    context: ReleaseContext, seen: _VersionTags, branch: str, tip: str
) -> list[tuple[str, Channel, VersionTag | None]]:
    """The latest release of each package on a branch.

    A shallow clone gets the rest of the history where what others released beyond its cut may be
    the latest. What records tell of, it need not see.
    """
    remote = context.remote_state.remote
    found, is_sure = _latest_here(context, seen, branch, tip)
    if not is_sure and remote.is_shallow:
        remote.deepen()
        found, _ = _latest_here(context, seen, branch, tip)
    return found


def _latest_here(
    context: ReleaseContext, seen: _VersionTags, branch: str, tip: str
) -> tuple[list[tuple[str, Channel, VersionTag | None]], bool]:
    """The latest releases as far as the history is here, and whether no other tag may be one."""
    every = {tag.commit for own in seen.tags.values() for tag in own}
    held, told = context.history.ancestors(every, tip), seen.recorded.get(branch, ())
    recorded = {name for names in seen.recorded.values() for name in names}
    found, is_sure = [], True
    for package, channel in released_from(branch, context.packages()).items():
        fitting = [tag for tag in seen.tags[package] if channel.releases(tag.version)]
        latest = [tag for tag in fitting if tag.commit in held or tag.name in told]
        newest = max(latest, key=_tag_version, default=None)
        beyond = [tag for tag in fitting if tag.commit not in held and tag.name not in recorded]
        is_sure &= all(newest is not None and tag.version < newest.version for tag in beyond)
        found.append((package, channel, newest))
    return found, is_sure


def _tag_version(tag: VersionTag) -> Version:
    return tag.version


def _branches(context: ReleaseContext, only: str) -> list[tuple[str, str]]:
    """The branches of the remote that are channels, with their tips, as the configuration goes."""
    rules = context.release_target.rules

    def is_wanted(branch: str) -> bool:
        return branch == only if only else not channel_of(branch, rules).assumed

    def place(branch: str) -> tuple[int, str]:
        found = (number for number, rule in enumerate(rules) if rule.channel(branch) is not None)
        return next(found, len(rules)), branch

    tips = context.remote_state.remote.branches(is_wanted)
    return [(branch, tips[branch]) for branch in sorted(tips, key=place)]


def _status_of(context: ReleaseContext, channel: Channel, tag: VersionTag | None) -> ChannelStatus:
    """Look at one release, unless nobody promised anything of it."""
    if tag is None:
        return ChannelStatus(channel, None)
    release = release_of_tag(context, tag.name)
    if release.is_foreign:
        return ChannelStatus(channel, tag, FOREIGN)
    stands = condition(release.record)
    checks = () if stands == "abandoned" else _checks(context, release)
    return ChannelStatus(channel, tag, stands, checks)


def _checks(context: ReleaseContext, release: ReleaseLookup) -> tuple[Check, ...]:
    """What the steps say that the release is not complete without."""
    with ExitStack() as stack:
        try:
            tagged, inputs = stack.enter_context(release_checked_out(context, release))
        except TagboatError as error:
            what = f"the configuration at {release.name} can be read"
            return (Check("configuration", what, Verdict.UNKNOWN, error.message),)
        targets = inputs.targets.for_reading()
        return tuple(examine(steps_in_order(targets, tagged, phases=(Phase.COMPLETE,))))
