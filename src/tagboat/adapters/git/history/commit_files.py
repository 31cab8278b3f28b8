"""The files of commits, read without a work tree."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from tagboat.adapters.process import ProgramError, run
from tagboat.core.commits.commit import FileChanges

CHANGED_FILES = (
    *("git", "-c", "log.follow=false", "-c", "log.showRoot=true", "log", "-z"),
    *("--format=%x00%H %P", "--name-only", "--no-renames", "--full-history", "--sparse"),
    *("--diff-merges=first-parent", "--encoding=UTF-8", "--no-decorate", "--no-color"),
    *("--no-show-signature", "--no-mailmap", "--no-notes", "--no-ext-diff", "--no-textconv"),
    *("--ignore-submodules=none", "--no-relative", "-O/dev/null"),
)
"""The command that tells which files commits change; `files_by_commit` reads what it writes."""


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


def files_by_commit(blocks: Iterable[bytes]) -> dict[str, FileChanges]:
    """Read what `CHANGED_FILES` writes: an empty field, a commit with its parents, its files."""
    fields = b"".join(blocks).decode("utf-8", "surrogateescape").split("\0")
    found: dict[str, FileChanges] = {}
    starts = [n for n, field in enumerate(fields) if not field]
    for start, end in pairwise(starts):
        commit, *parents = fields[start + 1].split()
        files = fields[start + 2 : end]
        if files:
            files[0] = files[0].removeprefix("\n")
        found[commit] = FileChanges(tuple(parents), tuple(files))
    return found


def object_ids(directory: str, names: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The ids of what names lead to, asked of one process; empty for what is not there."""
    data = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    command = ["git", "cat-file", "--batch-check=%(objectname)"]
    listed = run(command, directory, data=data, extra_env=environment).decode("utf-8", "replace")
    lines = listed.split("\n")[: len(names)]
    return ["" if line.endswith((" missing", " ambiguous")) else line for line in lines]


def object_texts(
    directory: str, names: Sequence[str], environment: Mapping[str, str]
) -> list[str | None]:
    """The texts of what names lead to, asked of one process; None for what is not there."""
    data = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    command = ["git", "cat-file", "--batch=%(objectsize)"]
    raw = run(command, directory, data=data, extra_env=environment)
    found: list[str | None] = []
    start = 0
    while len(found) < len(names):
        line, _, _ = raw[start:].partition(b"\n")
        start += len(line) + 1
        if line.isdigit():
            end = start + int(line)
            found.append(raw[start:end].decode("utf-8", "surrogateescape"))
            start = end + 1
        else:
            found.append(None)
    return found
