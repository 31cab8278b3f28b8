"""Release: the next version of a package on a channel, with everything that led to it.

The rules, in the words of the design: the bump counts from the base, the highest version tag of the
package and channel among the ancestors; on a prerelease channel whether anything is due counts from
the channel's newest tag, below which no target falls; on a stable channel none falls below the core
of a prerelease among the ancestors; a version that any tag holds is taken.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tagboat.core.bump.assess import Assessment, CommitVerdict, release_as
from tagboat.core.bump.bump import Bump, bumped
from tagboat.core.bump.missed import Missed, missed
from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import Tagging, VersionTag, is_final
from tagboat.core.version.version import InvalidVersion, Version

_WISH = r"(?:--as (?P<version>\S+))? ?(?:--bump (?P<bump>none|patch|minor|major))?"


class TakenError(RepositoryError):
    """A version is taken; ``tags`` are the names of the tags that hold it."""

    def __init__(self, message: str, hint: str, tags: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.tags = tags


class VersionOverride(NamedTuple):
    """What a person asked for instead of the computed version: ``--as``, ``--bump``."""

    version: Version | None = None
    bump: Bump | None = None

    def __str__(self) -> str:
        """The options that ask for it, an empty text where nothing is asked for."""
        version = f"--as {self.version}" if self.version is not None else ""
        bump = f"--bump {self.bump}" if self.bump is not None else ""
        return " ".join(filter(None, (version, bump)))

    @classmethod
    def parse(cls, text: str) -> "VersionOverride":
        """Read what `str` wrote. Raises RepositoryError where it is something else."""
        match = re.fullmatch(_WISH, text)
        try:
            version = Version.parse(match["version"]) if match and match["version"] else None
        except InvalidVersion:
            version = None
        bump = Bump[match["bump"].upper()] if match and match["bump"] else None
        override = cls(version, bump)
        if str(override) != text:
            raise RepositoryError(f"{text!r} is not what a person may ask for")
        return override


class Start(NamedTuple):
    """What a version file declares before the first tag, and the commit that put it there.

    ``fault`` says why that is not certain, if it is not.
    """

    version: Version
    path: str
    commit: str
    fault: str = ""


class Pull(NamedTuple):
    """What others ask of a package: at least a ``bump``, from ``base`` if that is above its own.

    ``because`` are the dependencies that ask, ``group`` is the group whose version it has.
    ``released`` is what is released with it that asks, each a name and a version.
    """

    bump: Bump
    base: Version | None = None
    because: tuple[str, ...] = ()
    group: str = ""
    released: tuple[str, ...] = ()


class AssessedRange(NamedTuple):
    """A piece of history weighed for a release.

    ``base`` is where the bump counts from, ``newest`` where being due counts from (the same tag,
    but on prerelease channels); None where the history holds no such tag. ``fresh`` are the commits
    after ``newest``, weighed on their own: there the revert of what a prerelease brought counts.
    ``ahead`` is a prerelease among the ancestors of a stable channel that leads beyond its base.
    ``start`` stands in for a base before the first tag: the commits are those after it. ``pull`` is
    what other packages ask for, if they do.
    """

    base: VersionTag | None
    newest: VersionTag | None
    assessments: tuple[Assessment, ...]
    fresh: tuple[Assessment, ...]
    ahead: VersionTag | None = None
    start: Start | None = None
    pull: Pull | None = None


class NextVersion(NamedTuple):
    """The next version, or the reason why none is due.

    Where ``due`` is false, ``version`` is the current one, or None before the first release.
    ``origin`` says in a few words where the version comes from, ``warning`` what a person should
    know of it, if anything.
    """

    package: Package
    channel: Channel
    tagging: Tagging
    assessed: AssessedRange
    version: Version | None
    bump: Bump
    due: bool
    origin: str
    warning: str = ""

    @classmethod
    def none(
        cls, package: Package, channel: Channel, tagging: Tagging, assessed: AssessedRange
    ) -> "NextVersion":
        """Nothing is due: the version is the current one, the bump what its commits ask for."""
        current = assessed.newest.version if assessed.newest is not None else None
        bump, why = _asked_by(assessed), _not_due(assessed)
        return cls(package, channel, tagging, assessed, current, bump, due=False, origin=why)

    @property
    def tag(self) -> str:
        """The name of the tag that this version has or will have."""
        if self.version is None:
            return ""
        known = self.assessed.newest
        if not self.due and known is not None and known.version == self.version:
            return known.name
        return self.tagging.format.spell(self.version)

    @property
    def causes(self) -> tuple[Assessment, ...]:
        """The commits that ask for the bump that was made."""
        return _loudest(self.assessed.assessments)

    @property
    def missed(self) -> tuple[Missed, ...]:
        """What a person would take for a change since the base, and what does not count."""
        return tuple(missed(self.assessed.assessments, self.package.policy))


class WhatIf(NamedTuple):
    """A commit that is not made yet: its message (none: there is no such commit), its files.

    Those that the commits of a ``range`` change are its files too, once they are looked up.
    """

    title: str = ""
    files: tuple[str, ...] = ()
    range: str = ""


class NextVersions(NamedTuple):
    """What was decided for the packages that were asked for, in the order of the configuration.

    ``left`` are the names of others that become due by that and are not among them; ``held`` are
    tags that have HEAD already; ``notes`` say what a person should know of how the answer was
    found.
    """

    releases: tuple[NextVersion, ...]
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def due(self) -> tuple[NextVersion, ...]:
        """Those that are due."""
        return tuple(release for release in self.releases if release.due)

    def of(self, name: str) -> NextVersion:
        """The decision about a package."""
        return next(release for release in self.releases if release.package.name == name)

    @property
    def is_single(self) -> bool:
        """Whether one package is meant."""
        return len(self.releases) == 1


def next_release(
    package: Package,
    channel: Channel,
    tagging: Tagging,
    assessed: AssessedRange,
    override: VersionOverride,
) -> NextVersion:
    """Decide the next version.

    Raises UsageError where ``--as`` asks for what the channel can't give, RepositoryError where a
    ``Release-As`` does and where the version leaves the channel's range, TakenError.
    """
    bump = _asked_by(assessed) if override.bump is None else override.bump
    if not _is_due(package, assessed, override):
        return NextVersion.none(package, channel, tagging, assessed)._replace(bump=bump)
    target, origin = _wanted(package, assessed, override)
    version = _on_channel(channel, tagging, target)
    _refuse_outside(channel, assessed, version, origin)
    _refuse_taken(tagging, version)
    package.refuse_ignored(tagging.format.spell(version))
    release = NextVersion(
        package, channel, tagging, assessed, version, bump, due=True, origin=origin
    )
    ahead = assessed.ahead
    if ahead is not None and version < ahead.version.core:
        return release._replace(warning=f"{origin} is below {ahead.name}, which this branch has")
    return release


def _asked_by(assessed: AssessedRange) -> Bump:
    """The bump that commits, and other packages, ask for."""
    pulled = assessed.pull.bump if assessed.pull is not None else Bump.NONE
    return max([pulled, *(item.bump for item in assessed.assessments)])


def _is_due(package: Package, assessed: AssessedRange, override: VersionOverride) -> bool:
    """Whether anything asks for a release: a person, others, a footer, or a fresh change."""
    if override.version is not None or assessed.pull is not None:
        return True
    if override.bump is not None:
        return bool(override.bump)
    base = assessed.base or assessed.start
    step = _bump_of(package, base.version if base is not None else None, assessed.fresh)
    return bool(step) or release_as(assessed.fresh) is not None


def _not_due(assessed: AssessedRange) -> str:
    """Why nothing is due."""
    since = "in the history" if assessed.newest is None else f"since {assessed.newest.name}"
    if assessed.start is not None:
        since = f"since {assessed.start.path} holds {assessed.start.version}"
    if not assessed.fresh:
        return f"no commits {since}"
    count = len(assessed.fresh)
    return f"{count} commit{'s' * (count > 1)} {since}, none of which releases anything"


def _wanted(
    package: Package, assessed: AssessedRange, override: VersionOverride
) -> tuple[Version, str]:
    """The version that a person, a footer or else the changes ask for, and which of them it was."""
    if override.version is not None:
        return override.version, f"--as {override.version}"
    footer = release_as(assessed.assessments) if override.bump is None else None
    if footer is not None:
        version, commit = footer
        return _not_below(assessed, version, f"Release-As: {version} of {commit[:10]}")
    return _not_below(assessed, *_computed(package, assessed, override.bump))


def _computed(
    package: Package, assessed: AssessedRange, wished: Bump | None
) -> tuple[Version, str]:
    """The version that the bump leads to."""
    version, name = _counted_from(assessed)
    if version is None:
        return package.initial, f"the first version{_pulled_by(assessed.pull)}"
    rules, pull = package.policy.rules, assessed.pull
    if wished is None:
        step = _bump_of(package, version, assessed.assessments)
        step = max(step, rules.at(version, pull.bump)) if pull is not None else step
    else:
        step = rules.at(version, wished)
    return bumped(version, step), f"{step} bump from {name}{_pulled_by(pull)}"


def _counted_from(assessed: AssessedRange) -> tuple[Version | None, str]:
    """The version that a bump counts from, and what it is called; None for a first version."""
    base, start, pull = assessed.base, assessed.start, assessed.pull
    version: Version | None = None
    name = ""
    if base is not None:
        version, name = base.version, base.name
    elif start is not None:
        if start.fault:
            raise RepositoryError(start.fault, "make them agree, or ask for a version with --as")
        version, name = start.version, f"{start.version} of {start.path}"
    above = pull.base if pull is not None else None
    if above is not None and (version is None or above > version):
        return above, f"{above}, the highest"
    return version, name


def _pulled_by(pull: Pull | None) -> str:
    """The end of a sentence that says which others ask for a release."""
    if pull is None:
        return ""
    named = f", with {' and '.join(pull.because)}" if pull.because else ""
    return f"{named}, in group {pull.group}" if pull.group else named


def _bump_of(package: Package, base: Version | None, assessments: Iterable[Assessment]) -> Bump:
    """The bump that commits make together on top of the base."""
    bumps = {item.bump for item in assessments}
    if base is not None:
        bumps = {package.policy.rules.at(base, bump) for bump in bumps}
    return max(bumps, default=Bump.NONE)


def same_version(releases: Sequence[NextVersion]) -> list[NextVersion]:
    """Due releases of one group, under the highest version. Raises as `next_release` does."""
    highest = max(one.version for one in releases if one.version is not None)
    for one in releases:
        _refuse_taken(one.tagging, highest)
        one.package.refuse_ignored(one.tagging.format.spell(highest))
    return [one._replace(version=highest) for one in releases]


def _not_below(assessed: AssessedRange, target: Version, origin: str) -> tuple[Version, str]:
    """The target, lifted to the core of a prerelease that leads beyond it."""
    newest = assessed.newest if assessed.newest is not assessed.base else None
    leading = assessed.ahead or newest
    if leading is None or leading.version < target:
        return target, origin
    return leading.version.core, f"not below {leading.name}{_pulled_by(assessed.pull)}"


def _on_channel(channel: Channel, tagging: Tagging, target: Version) -> Version:
    """The target as the channel spells it: prereleases get the next number of their token."""
    if not channel.prerelease or target.is_prerelease:
        return target
    _refuse_taken(tagging, target)
    return channel.numbered(target, tagging.tags)


def _refuse_outside(
    channel: Channel, assessed: AssessedRange, version: Version, origin: str
) -> None:
    """Raise where the version is not above the base or not one the channel may release."""
    by_hand = origin.startswith("--as")
    error = UsageError if by_hand else RepositoryError
    newest, start = assessed.newest, assessed.start
    if is_final(version):
        told = (
            f"the tag of {version} would be no version: -{version.prerelease[0]} says it is final"
        )
        raise error(told, "ask for a version without that, or give the channel another token")
    if newest is not None and version <= newest.version:
        if version.numbered_prerelease[2]:
            origin = f"{version}, whose number SemVer compares as text,"
        hint = "ask for a higher version" if by_hand else "ask for a higher version with --as"
        raise error(f"{origin} is not above {newest.name}", hint)
    if start is not None and (
        version < start.version or (version == start.version and not by_hand)
    ):
        raise error(
            f"{origin} is not above {start.version} of {start.path}", "ask for a higher one"
        )
    where = channel.branch or "this channel"
    if channel.prerelease and not channel.has_token(version):
        raise error(
            f"{origin} is no {channel.prerelease} prerelease, and {where} releases only those",
            f"ask for {version.core.with_prerelease(channel.prerelease, 1)}",
        )
    if not channel.prerelease and version.is_prerelease:
        raise error(
            f"{origin} is a prerelease, and {where} is a {channel.kind} channel",
            f"ask for {version.core}, or release it from a prerelease channel",
        )
    if channel.range is not None and not channel.range.holds(version):
        raise error(_too_big(channel, assessed, version, origin), "release it from another branch")


def _too_big(channel: Channel, assessed: AssessedRange, version: Version, origin: str) -> str:
    """The message for a version that a maintenance branch may not release, with the commits."""
    text = f"{channel.branch} releases only {channel.range}, but {origin} gives {version}"
    commits = [item.commit for item in _loudest(assessed.assessments)]
    return "\n".join([text, *(f"  {commit.id[:10]} {commit.title}" for commit in commits)])


def _refuse_taken(tagging: Tagging, version: Version) -> None:
    """Raise where a tag, wherever it is, holds the version."""
    holders = tagging.of(version)
    if holders:
        where = ", ".join(f"{tag.name} at {tag.commit[:10]}" for tag in holders)
        raise TakenError(
            f"version {version} is taken by {where}, no ancestor of what is to be released",
            "merge that tag into this branch, or ask for another version with --as",
            tuple(tag.name for tag in holders),
        )


def _loudest(assessments: Sequence[Assessment]) -> tuple[Assessment, ...]:
    """The commits that ask for the largest bump."""
    top = max((item.bump for item in assessments), default=Bump.NONE)
    return tuple(
        i for i in assessments if top and i.bump == top and i.verdict is CommitVerdict.COUNTED
    )
