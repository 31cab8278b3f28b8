"""The files of commits, read without a work tree."""

import re
from collections.abc import Iterator, Mapping

from tagboat.adapters.process import ProgramError, run


class CommittedFiles:
    """The files that a commit of a repository holds; paths are from its top.

    ``environment`` is added to git's. Raises nothing: what can't be read is not there.
    """

    def __init__(self, directory: str, commit: str, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._commit = commit
        self._environment = environment

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept; None where the commit has no such file."""
        found = self._git("cat-file", "blob", f"{self._commit}:{path}")
        return None if found is None else found.decode("utf-8", "surrogateescape")

    def folders(self, pattern: str) -> tuple[str, ...]:
        """The folders that a path with `*`, `?` and `**` in it names, sorted."""
        listed = self._git("ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", self._commit)
        names = (listed or b"").decode("utf-8", "surrogateescape").split("\0")
        wanted = re.compile(_translated(pattern.rstrip("/")))
        return tuple(sorted(name for name in names if name and wanted.fullmatch(name)))

    def _git(self, *arguments: str) -> bytes | None:
        try:
            return run(["git", *arguments], self._directory, extra_env=self._environment)
        except ProgramError:
            return None


def _translated(pattern: str) -> str:
    """A pattern of paths as a regular expression."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part, re.escape(part)) for part in parts)


class FilesByCommit:
    """The files of all commits of a repository; ``environment`` is added to git's."""

    def __init__(self, directory: str, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment

    def files(self, commit: str) -> CommittedFiles:
        """The files of one commit."""
        return CommittedFiles(self._directory, commit, self._environment)

    def changes(self, commit: str, path: str) -> Iterator[str]:
        """The ids of the commits among a commit's ancestors that changed a file, last first."""
        command = ["git", "rev-list", commit, "--", f":(top,literal){path}"]
        listed = run(command, self._directory, extra_env=self._environment)
        return iter(listed.decode("ascii").split())
