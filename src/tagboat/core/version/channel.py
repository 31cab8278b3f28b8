"""Channel: what a branch may release.

Stable branches release stable versions, prerelease branches prereleases under one token,
maintenance branches stable versions inside a range that their name gives (``1.x``, ``1.2.x``).
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import InvalidVersion, Version


class Range(NamedTuple):
    """Versions from ``low`` up to and without ``high``; prereleases count with their core."""

    low: Version
    high: Version

    def __str__(self) -> str:
        """The range as a person writes it."""
        return f">={self.low} <{self.high}"

    def holds(self, version: Version) -> bool:
        """Whether a version lies in the range."""
        return self.low <= version.core < self.high


class Channel(NamedTuple):
    """What one branch releases: ``prerelease`` is its token or empty, ``range`` its limits or None.

    ``assumed`` says that no rule named the branch and a stable channel was taken for a preview.
    """

    branch: str
    prerelease: str = ""
    range: Range | None = None
    assumed: bool = False

    @property
    def kind(self) -> str:
        """The field's word for it: stable, prerelease or maintenance."""
        if self.prerelease:
            return "prerelease"
        return "stable" if self.range is None else "maintenance"

    @property
    def words(self) -> str:
        """The channel in one or two words: its kind, and the token of prereleases."""
        return f"{self.kind} {self.prerelease}".rstrip()

    def counts_from(self, version: Version) -> bool:
        """Whether the bump may count from a version: stable, and below the range's end."""
        return not version.is_prerelease and (self.range is None or version < self.range.high)

    def candidates(self, tags: Iterable[VersionTag]) -> list[VersionTag]:
        """The tags that may be its base."""
        stable = [tag for tag in tags if not tag.version.is_prerelease]
        if self.range is None:
            return stable
        return [tag for tag in stable if tag.version < self.range.high]

    def owns(self, version: Version) -> bool:
        """Whether a version is the channel's own or one it counts from."""
        return self.counts_from(version) or self.has_token(version)

    def above(self, tags: Iterable[VersionTag], newest: VersionTag | None) -> list[VersionTag]:
        """The channel's own tags above one of them; all of them where that is None."""
        floor = newest.version if newest is not None else None
        own = (tag for tag in tags if self.owns(tag.version))
        return [tag for tag in own if floor is None or tag.version > floor]

    def releases(self, version: Version) -> bool:
        """Whether a version is one that the channel makes."""
        if self.prerelease:
            return self.has_token(version)
        return not version.is_prerelease and (self.range is None or self.range.holds(version))

    def may_need(self, other: "Channel") -> bool:
        """Whether its releases may need those of another package's channel of the same branch.

        None needs prereleases but those under its own token, nor what the branch does not release.
        """
        return self.assumed == other.assumed and other.prerelease in ("", self.prerelease)

    def has_token(self, version: Version) -> bool:
        """Whether a version is a prerelease under this channel's token: rc, rc.1, rc1."""
        if not self.prerelease or not version.is_prerelease:
            return False
        token = tuple(self.prerelease.split("."))
        rest = version.prerelease[len(token) :]
        if version.prerelease[: len(token)] == token:
            return len(rest) <= 1
        return version.numbered_prerelease[0] == self.prerelease

    def numbered(self, core: Version, tags: Sequence[VersionTag]) -> Version:
        """A version as the prerelease with the next number of the token, over all its tags.

        The number is attached where that of the token's highest tag is, as in rc1.
        """
        versions = [tag.version for tag in tags if token_of(tag.version) == self.prerelease]
        numbers = [
            _number(version, self.prerelease) for version in versions if version.core == core
        ]
        is_attached = bool(versions) and max(versions).numbered_prerelease[2]
        number = max(numbers, default=0) + 1
        return core.with_prerelease(self.prerelease, number, attached=is_attached)


class ChannelRule(NamedTuple):
    """Which branches are a channel: a name, a pattern with ``*``, or one with ``{major}``."""

    branch: str
    prerelease: str = ""

    def channel(self, branch: str) -> Channel | None:
        """The channel of a branch that this rule names, else None."""
        match = _pattern(self.branch).fullmatch(branch)
        if match is None:
            return None
        numbers = match.groupdict()
        return Channel(branch, self.prerelease, _range(numbers.get("major"), numbers.get("minor")))


DEFAULT_RULES: tuple[ChannelRule, ...] = (
    ChannelRule("main"),
    ChannelRule("master"),
    ChannelRule("{major}.x"),
    ChannelRule("{major}.{minor}.x"),
    ChannelRule("v{major}.x"),
    ChannelRule("v{major}.{minor}.x"),
    ChannelRule("next", "rc"),
    ChannelRule("rc", "rc"),
    ChannelRule("beta", "beta"),
    ChannelRule("alpha", "alpha"),
)


def channel_of(branch: str, rules: Sequence[ChannelRule] = DEFAULT_RULES) -> Channel:
    """The channel of a branch; a stable one, marked as assumed, where no rule names the branch."""
    for rule in rules:
        found = rule.channel(branch)
        if found is not None:
            return found
    return Channel(branch, assumed=True)


def marks_a_line(version: Version) -> bool:
    """Whether a prerelease marks where a line begins, as ``-dev`` and ``-SNAPSHOT`` do."""
    return version.is_prerelease and version.prerelease[0].lower() in ("dev", "snapshot")


def token_of(version: Version) -> str:
    """The token a prerelease was released under: ``rc`` of 1.3.0-rc.2; empty for stable ones."""
    return version.numbered_prerelease[0]


def _number(version: Version, token: str) -> int:
    """The number of a prerelease under a token, or 0."""
    try:
        return version.prerelease_number(token) or 0
    except InvalidVersion:
        return 0


def _pattern(branch: str) -> re.Pattern[str]:
    """A branch pattern as a regular expression."""
    parts = re.split(r"(\{major\}|\{minor\}|\*)", branch)
    known = {
        "{major}": "(?P<major>0|[1-9][0-9]{0,17})",
        "{minor}": "(?P<minor>0|[1-9][0-9]{0,17})",
        "*": ".*",
    }
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))


def _range(major: str | None, minor: str | None) -> Range | None:
    """The versions a maintenance branch may release."""
    if major is None:
        return None
    if minor is None:
        return Range(Version(int(major), 0, 0), Version(int(major) + 1, 0, 0))
    low = Version(int(major), int(minor), 0)
    return Range(low, Version(low.major, low.minor + 1, 0))
