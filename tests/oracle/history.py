"""What git itself says about a repository, asked naively: one process for each question."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import semver

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
    """One repository; answers are remembered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ancestors: dict[str, frozenset[str]] = {}
        self.commits = {seen.id: seen for seen in self._commits()}
        self.releases = tuple(self._releases())

    def ancestors(self, commit: str) -> frozenset[str]:
        """A commit and its ancestors."""
        if commit not in self._ancestors:
            self._ancestors[commit] = frozenset(self._git("rev-list", commit).split())
        return self._ancestors[commit]

    def between(self, include: str, exclude: str | None) -> frozenset[str]:
        """What one commit reaches and another does not.

        Two lists, because ``git rev-list include ^exclude`` goes by dates and is wrong about a few
        commits where dates go backwards by more than it puts up with.
        """
        return self.ancestors(include) - (self.ancestors(exclude) if exclude else frozenset())

    def reaches(self, descendant: str, ancestor: str) -> bool:
        """Whether a commit is another one or its descendant."""
        return ancestor in self.ancestors(descendant)

    def _commits(self) -> Iterable[Seen]:
        for record in self._git("log", "--all", "--format=%H%n%P%n%B%x00").split("\0\n")[:-1]:
            commit, parents, message = record.split("\n", 2)
            yield Seen(commit, tuple(parents.split()), message)

    def _releases(self) -> Iterable[Release]:
        shape = "%(refname:lstrip=2) %(objectname) %(*objectname)"
        for line in self._git("for-each-ref", f"--format={shape}", "refs/tags").splitlines():
            name, *ids = line.split()
            match = _VERSION_TAG.fullmatch(name)
            if match and semver.Version.is_valid(match[1]):
                yield Release(name, semver.Version.parse(match[1]), ids[-1])

    def _git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self._path), *args], capture_output=True, text=True, check=True
        )
        return done.stdout
