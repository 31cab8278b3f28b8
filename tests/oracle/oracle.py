"""The oracle: base, due commits, next version and sections, straight from the rules of the engine.

Nothing here is quick or shared with tagboat: commits are sets that ``git rev-list`` printed, and
versions are compared by the package ``semver``.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import semver

from tests.oracle.history import History, Release
from tests.oracle.netting import Size, Stretch, Weights

_INITIAL = semver.Version(0, 1, 0)
_TOKENS = {"next": "rc", "beta": "beta"}
_RANGE = re.compile(r"(\d+)\.(?:(\d+)\.)?x")
_RELEASE_AS = re.compile(r"^Release-As: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Channel:
    """A branch and what it may release: prereleases of a token, or versions of a range."""

    branch: str

    @property
    def token(self) -> str:
        """The token of its prereleases, empty on other channels."""
        return _TOKENS.get(self.branch, "")

    @property
    def start(self) -> semver.Version | None:
        """The lowest version of a maintenance range."""
        match = _RANGE.fullmatch(self.branch)
        return match and semver.Version(int(match[1]), int(match[2] or 0), 0)

    @property
    def end(self) -> semver.Version | None:
        """The lowest version above a maintenance range."""
        match = _RANGE.fullmatch(self.branch)
        if not match or not self.start:
            return None
        return self.start.bump_minor() if match[2] else self.start.bump_major()

    def holds(self, version: semver.Version) -> bool:
        """Whether the channel may release a version."""
        if (version.prerelease or "").partition(".")[0] != self.token:
            return False
        return not self.start or not self.end or self.start <= version < self.end


@dataclass(frozen=True, slots=True)
class Answer:
    """What the design demands of ``version next``.

    ``base`` and ``newest`` are versions, ``refusals`` the reasons that leave no answer; where there
    are any the version is not to be believed.
    """

    base: semver.Version | None
    newest: semver.Version | None
    commits: frozenset[str]
    fresh: frozenset[str]
    weights: Weights
    due: bool
    version: semver.Version | None
    refusals: frozenset[str]
    doubts: frozenset[str]


class Oracle:
    """Answers for one repository at one commit; ``ignored`` are ids to leave out."""

    def __init__(self, history: History, head: str, ignored: Collection[str] = ()) -> None:
        self._history = history
        self._ignored = ignored
        self._head = head

    def base(self, channel: Channel) -> Release | None:
        """The highest stable version among the ancestors, below the end of a range."""
        return _highest(
            tag for tag in self._ancestors() if not tag.token and _is_below(tag, channel.end)
        )

    def newest(self, channel: Channel) -> Release | None:
        """The highest version among the ancestors that is stable or has the channel's token."""
        return _highest(
            tag
            for tag in self._ancestors()
            if tag.token in ("", channel.token) and _is_below(tag, channel.end)
        )

    def answer(self, channel: Channel) -> Answer:
        """What comes next on a channel."""
        base, newest = self.base(channel), self.newest(channel)
        since_base = self._since(base)
        since_newest = self._since(newest)
        override = self._release_as(since_base)
        holder = self._holder(channel, newest)
        is_asked = since_newest.weights.size > Size.NONE or override is not None
        due = is_asked and holder is None
        current = holder or newest
        version = current and current.version
        refusals: frozenset[str] = frozenset()
        if due:
            version = override or self._next(channel, base, newest, since_base.weights.size)
            if override and not channel.token and not channel.start:
                version = max([override, *self._promised()])
            refusals = self._refusals(channel, base, version)
            if not newest and not self._leads(channel) and self._history.a_strange_tag_is_newest:
                refusals |= {"first beside what looks like a version"}
        return Answer(
            base=base and base.version,
            newest=newest and newest.version,
            commits=since_base.ids,
            fresh=since_newest.ids,
            weights=since_base.weights,
            due=due,
            version=version,
            refusals=refusals,
            doubts=since_base.weights.doubts | since_newest.weights.doubts,
        )

    def section(self, tag: Release) -> Stretch:
        """What a version brought: what it reaches and its base does not."""
        return Stretch(self._history, tag.commit, _commit(self.section_base(tag)))

    def section_base(self, tag: Release) -> Release | None:
        """The highest lower version among a version's ancestors, stable or of its own token."""
        return _highest(
            other
            for other in self._history.releases
            if other.token in ("", tag.token)
            and other.version < tag.version
            and self._history.reaches(tag.commit, other.commit)
        )

    def unreleased(self, channel: Channel) -> Stretch:
        """What comes after the newest version of a channel."""
        return self._since(self.newest(channel))

    def _ancestors(self) -> list[Release]:
        """The version tags that HEAD reaches."""
        history = self._history
        return [tag for tag in history.releases if history.reaches(self._head, tag.commit)]

    def _since(self, tag: Release | None) -> Stretch:
        return Stretch(self._history, self._head, _commit(tag), self._ignored)

    def _next(
        self, channel: Channel, base: Release | None, newest: Release | None, size: Size
    ) -> semver.Version:
        """The version that a size leads to, spelled for the channel."""
        target = _bumped(base.version, size) if base else _INITIAL
        if not channel.token:
            return target if channel.start else max([target, *self._promised()])
        if newest:
            target = max(target, newest.core)
        numbers = [
            int(str(tag.version.prerelease).partition(".")[2])
            for tag in self._history.releases
            if tag.token == channel.token and tag.core == target
        ]
        return target.replace(prerelease=f"{channel.token}.{max(numbers, default=0) + 1}")

    def _holder(self, channel: Channel, newest: Release | None) -> Release | None:
        """The lowest stable version above the newest that took in what a prerelease channel has."""
        held = [
            tag
            for tag in self._history.releases
            if channel.token
            and not tag.token
            and (newest is None or tag.version > newest.version)
            and self._history.reaches(tag.commit, self._head)
        ]
        return min(held, key=lambda tag: tag.version, default=None)

    def _leads(self, channel: Channel) -> bool:
        """Whether a prerelease leads to the first version of a stable channel."""
        return not channel.token and not channel.start and bool(self._promised())

    def _promised(self) -> list[semver.Version]:
        """The versions that prereleases among the ancestors lead to."""
        return [tag.core for tag in self._ancestors() if tag.token]

    def _release_as(self, assessed: Stretch) -> semver.Version | None:
        """The highest version that a footer asks for."""
        asking = assessed.ids - frozenset(self._ignored)
        messages = [self._history.commits[commit].message for commit in asking]
        found = [match for message in messages for match in _RELEASE_AS.findall(message)]
        return max(map(semver.Version.parse, found), default=None)

    def _refusals(
        self, channel: Channel, base: Release | None, version: semver.Version
    ) -> frozenset[str]:
        """Why a version can't be released; no prerelease leads to a stable version that exists."""
        taken = (version, version.finalize_version())
        reasons = {
            "not above the base": base is not None and version <= base.version,
            "outside the channel": not channel.holds(version),
            "taken": any(tag.version in taken for tag in self._history.releases),
        }
        return frozenset(reason for reason, applies in reasons.items() if applies)


def _is_below(tag: Release, end: semver.Version | None) -> bool:
    return end is None or tag.version < end


def _commit(tag: Release | None) -> str | None:
    return tag.commit if tag else None


def _highest(tags: Iterable[Release]) -> Release | None:
    return max(tags, key=lambda tag: tag.version, default=None)


def _bumped(base: semver.Version, size: Size) -> semver.Version:
    """The next version, with the milder rules of 0.x."""
    if size is Size.PATCH or size is Size.NONE:
        return base.bump_patch()
    if size is Size.MINOR or base.major == 0:
        return base.bump_minor()
    return base.bump_major()
