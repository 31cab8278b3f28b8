"""What a history holds, told naively: by git, one process for each question, or by a script."""

import re
import subprocess
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import semver

from tests.oracle.script import Script, written_out

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


class History:
    """One history; ``ancestors`` gives a commit and its ancestors."""

    def __init__(
        self,
        commits: Iterable[Seen],
        tags: Iterable[tuple[str, str]],
        ancestors: Callable[[str], frozenset[str]],
    ) -> None:
        self.commits = {seen.id: seen for seen in commits}
        self.releases = tuple(_releases(tags))
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
    return History(commits, ((tag.name, ids[tag.node]) for tag in script.tags), ancestors)


def _commits(git: Callable[..., str]) -> Iterable[Seen]:
    for record in git("log", "--all", "--format=%H%n%P%n%B%x00").split("\0\n")[:-1]:
        commit, parents, message = record.split("\n", 2)
        yield Seen(commit, tuple(parents.split()), message)


def _tags(git: Callable[..., str]) -> Iterable[tuple[str, str]]:
    shape = "%(refname:lstrip=2) %(objectname) %(*objectname)"
    for line in git("for-each-ref", f"--format={shape}", "refs/tags").splitlines():
        name, *ids = line.split()
        yield name, ids[-1]


def _releases(tags: Iterable[tuple[str, str]]) -> Iterable[Release]:
    for name, commit in sorted(tags):
        match = _VERSION_TAG.fullmatch(name)
        if match and semver.Version.is_valid(match[1]):
            yield Release(name, semver.Version.parse(match[1]), commit)


def _git(path: Path, *args: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(path), *args], capture_output=True, text=True, check=True
    )
    return done.stdout
