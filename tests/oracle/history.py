"""What a history holds, told naively: by git, one process for each question, or by a script."""

import re
import subprocess
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import semver

from tests.oracle.script import Script, written_out

_TWO_PARTS = "v1.2"
_STRANGE = {"1.2.3.4": (1, 2, 3), "v1.02.0": (1, 2, 0)}
_VERSION_TAG = re.compile(r"v?(\d+\.\d+\.\d+(?:-(?:rc|beta)\.\d+)?)")


class Seen(NamedTuple):
    """A commit as ``git log`` prints it."""

    id: str
    parents: tuple[str, ...]
    message: str

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


class Release(NamedTuple):
    """A version tag: its name, the version and the commit."""

    name: str
    version: semver.Version
    commit: str

    @property
    def token(self) -> str:
        """``rc`` or ``beta`` of a prerelease, an empty text for a stable version."""
        return (self.version.prerelease or "").partition(".")[0]

    @property
    def core(self) -> semver.Version:
        """The version without its prerelease."""
        return self.version.finalize_version()


class Named(NamedTuple):
    """A tag of any name, the commit that it leads to, and when it was made."""

    name: str
    commit: str
    time: int


class History:
    """One history; ``ancestors`` gives a commit and its ancestors."""

    def __init__(
        self,
        commits: Iterable[Seen],
        tags: Iterable["Named"],
        ancestors: Callable[[str], frozenset[str]],
    ) -> None:
        self.commits = {seen.id: seen for seen in commits}
        self._tags = tuple(sorted(tags))
        self.releases = tuple(_releases(self._tags))
        self.ancestors = ancestors

    def between(self, include: str, exclude: str | None) -> frozenset[str]:
        """What one commit reaches and another does not.

        Two sets, because ``git rev-list include ^exclude`` goes by dates and is wrong about a few
        commits where dates go backwards by more than it puts up with.
        """
        return self.ancestors(include) - (self.ancestors(exclude) if exclude else frozenset())

    def reaches(self, descendant: str, ancestor: str) -> bool:
        """Whether a commit is another one or its descendant."""
        return ancestor in self.ancestors(descendant)

    @property
    def a_strange_tag_is_newest(self) -> bool:
        """Whether the newest of all tags that look like versions is none."""
        known = {release.name for release in self.releases}
        held = {(r.commit, *r.version.to_tuple()[:3]) for r in self.releases}
        strange = {
            tag.name
            for tag in self._tags
            if tag.name in _STRANGE and (tag.commit, *_STRANGE[tag.name]) not in held
        }
        if not any(r.version.major == 1 and r.name != _TWO_PARTS for r in self.releases):
            strange |= {tag.name for tag in self._tags if tag.name == "v1"}
        times = [(tag.time, tag.name) for tag in self._tags if tag.name in known | strange]
        return bool(strange) and (not known or max(times)[1] in strange)


def read(path: Path) -> History:
    """The history that git shows of a repository."""
    git = partial(_git, path)
    ancestors = cache(lambda commit: frozenset(git("rev-list", commit).split()))
    return History(_commits(git), _tags(git), ancestors)


def told(script: Script) -> History:
    """The history that a script tells."""
    ids, texts = written_out(script)
    parents = {ids[at]: [ids[one] for one in node.parents] for at, node in enumerate(script.nodes)}

    @cache
    def ancestors(commit: str) -> frozenset[str]:
        return frozenset([commit]).union(*map(ancestors, parents[commit]))

    commits = (
        Seen(commit, tuple(parents[commit]), text) for commit, text in zip(ids, texts, strict=True)
    )
    tags = (Named(tag.name, ids[tag.node], script.nodes[tag.node].time) for tag in script.tags)
    return History(commits, tags, ancestors)


def _commits(git: Callable[..., str]) -> Iterable[Seen]:
    for record in git("log", "--all", "--format=%H%n%P%n%B%x00").split("\0\n")[:-1]:
        commit, parents, message = record.split("\n", 2)
        yield Seen(commit, tuple(parents.split()), message)


def _tags(git: Callable[..., str]) -> Iterable[Named]:
    shape = "%(refname:lstrip=2) %(creatordate:unix) %(objectname) %(*objectname)"
    for line in git("for-each-ref", f"--format={shape}", "refs/tags").splitlines():
        name, time, *ids = line.split()
        yield Named(name, ids[-1], int(time))


def _releases(tags: Iterable[Named]) -> Iterable[Release]:
    """The tags of three parts, and one of two that does not move along with them."""
    found = []
    for name, commit, _ in tags:
        match = _VERSION_TAG.fullmatch(name)
        if match and semver.Version.is_valid(match[1]):
            found.append(Release(name, semver.Version.parse(match[1]), commit))
    yield from found
    line = [one for one in found if (one.version.major, one.version.minor) == (1, 2)]
    for name, commit, _ in tags:
        moves = any(one.commit == commit or str(one.version) == "1.2.0" for one in line)
        if name == _TWO_PARTS and not moves:
            yield Release(name, semver.Version(1, 2, 0), commit)


def _git(path: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(path), *args], capture_output=True, text=True, check=True
    )
    return done.stdout
