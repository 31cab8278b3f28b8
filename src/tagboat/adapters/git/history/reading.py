"""What git writes of history, read: tags, commits and their files, names, what a clone fetches."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from heapq import heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from tagboat.adapters.process import BatchProcess, ProgramError, run, stream
from tagboat.core.commits.commit import Commit, FileChanges, Visit
from tagboat.core.errors import OutsideError, RepositoryError
from tagboat.core.version.tag import Ref

if TYPE_CHECKING:
    from tagboat.adapters.process import Process

FIELDS = ("%m", "%H", "%P", "%ct", "%an", "%ae", "%B")
"""The fields that a commit is written with, as placeholders of git's."""
_OLDEST = (2, 34)
_FETCH = b"\nfetch="
_USUAL = _FETCH + b"+refs/heads/*:"
# Of the clone alone: what a user's own settings say must not decide what a version is.
_SETTINGS = ("config", "--local", "-z", "--get-regexp", r"^remote\..*\.(fetch|tagopt)$")


def refuse_old(answer: bytes) -> None:
    """Raise OutsideError where git is older than what tagboat is tested with."""
    match = re.search(rb"(\d+)\.(\d+)", answer)
    if match is not None and (int(match[1]), int(match[2])) < _OLDEST:
        found, wanted = read_names(match[0]), ".".join(map(str, _OLDEST))
        raise OutsideError(f"git is {found}, tagboat needs {wanted} or newer", "upgrade git")


def trusted(folder: str) -> str:
    """A git directory, unless another repository tracks its files.

    Whoever adds files there could let git run anything by the settings in one of them; see
    ``safe.bareRepository`` in https://git-scm.com/docs/git-config. Raises RepositoryError.
    """
    real = os.path.realpath(folder)
    outer = _work_tree_around(real)
    if outer is not None:
        names = [os.path.relpath(os.path.join(real, name), outer) for name in ("HEAD", "config")]
        try:
            tracked = run(["git", "ls-files", "-z", "--", *names], outer)
        except ProgramError as error:
            raise RepositoryError(f"{outer!r} around {real!r} can't be read") from error
        if tracked:
            raise RepositoryError(
                f"{outer!r} tracks the files of the repository in {real!r}: it is not trusted",
                "go to the top folder of the one around it, or name that with -C",
            )
    return folder


def _work_tree_around(folder: str) -> str | None:
    """The work tree that a git directory lies in, but for the one that it is of."""
    outer = os.path.dirname(folder)
    while not os.path.lexists(os.path.join(outer, ".git")):
        if outer == os.path.dirname(outer):
            return None
        outer = os.path.dirname(outer)
    inner = os.path.join(outer, ".git")
    return None if f"{folder}/".startswith(f"{inner}/") else outer


def read_refs(blocks: Iterator[bytes]) -> tuple[str | None, tuple[Ref, ...]]:
    """Read show-ref's lines: HEAD, then tags, each followed by what it leads to if annotated.

    There may be tens of thousands: they are read while git still writes, by few calls for many.
    """
    head: str | None = None
    commits: dict[str, str] = {}
    for text in read_records(blocks, b"\n", "surrogateescape"):
        lines = f"{text}\n"
        if not commits and lines.partition("\n")[0].endswith(" HEAD"):
            head, _, lines = lines.partition(" HEAD\n")
        # No name holds a blank, a line end or a circumflex. What a tag leads to comes after the
        # tag itself, so that it is the one that stays.
        pairs = lines.replace("^{}\n", "\n").replace(" refs/tags/", "\n").split("\n")
        commits.update(zip(pairs[1::2], pairs[::2], strict=False))
    make = partial(tuple.__new__, Ref)  # what Ref does, without a call of Python code for each
    return head, tuple(map(make, commits.items()))


def read_names(raw: bytes) -> str:
    """Names as text that can be handed back to git unchanged, whatever their bytes."""
    return raw.decode("utf-8", "surrogateescape")


def begin_names(process: "Process") -> Callable[[], list[str]]:
    """Let git write names that end with NUL while others work; there are none where it fails.

    What is returned waits for them.
    """
    blocks = process.begun()

    def names() -> list[str]:
        with suppress(ProgramError):
            return read_names(b"".join(blocks)).split("\0")[:-1]
        return []

    return names


def read_records(blocks: Iterator[bytes], end: bytes, errors: str = "replace") -> Iterator[str]:
    """Decode terminated records; each text holds whole records without the last terminator."""
    rest: list[bytes] = []
    for block in blocks:
        whole, found, begun = block.rpartition(end)
        if found:
            yield b"".join((*rest, whole)).decode("utf-8", errors)
            rest.clear()
        rest.append(begun)


def read_visits(blocks: Iterator[bytes]) -> Iterator[Visit]:
    """Read the records of ``_COMMITS``.

    A history has few authors, and the id of most commits stands in one child too: what is there
    once takes less memory. Messages are without the line ends behind them, as they are read, so
    that reading them makes no copy.
    """
    width = len(FIELDS)
    pending: list[str] = []
    make, visit = partial(tuple.__new__, Commit), partial(tuple.__new__, Visit)  # as for tags
    people: dict[str, str] = {}
    awaited: dict[str, str] = {}
    once, arrived = people.setdefault, awaited.pop
    for text in read_records(blocks, b"\0"):
        pending += text.split("\0")
        whole = len(pending) - len(pending) % width
        columns = (pending[n:whole:width] for n in range(width))
        for mark, name, parents, time, author, email, written in zip(*columns, strict=True):
            if " " in parents or not parents:
                parent_ids = tuple(parents.split())
            else:
                parent_ids, awaited[parents] = (parents,), parents
            message, seconds = written.rstrip("\n"), int(time or 0)
            by, address = once(author, author), once(email, email)
            commit = make((arrived(name, name), parent_ids, message, seconds, by, address))
            yield visit((commit, mark == "-"))
        del pending[:whole]


def narrow_remotes(folder: str, ask: Callable[..., str]) -> frozenset[str]:
    """The names of the remotes that a clone follows in part; ``folder`` is its common git folder.

    ``git clone --single-branch`` makes one, and ``--depth`` where the history is shorter than that:
    the tags of other branches are not fetched. ``--no-tags`` makes another. See git-fetch(1).

    ``ask`` answers what git prints, called with git's arguments. It is asked only where the file of
    settings looks like it: nearly no clone is narrow, and a process takes longer than the look.
    What that file includes is not looked at: a scratch clone has the settings of a narrow clone,
    and all tags.
    """
    try:
        with open(os.path.join(folder, "config"), "rb") as file:
            if _looks_whole(file.read().lower()):
                return frozenset()
    except OSError:
        return frozenset()
    remotes: dict[str, list[str]] = {}
    for entry in filter(None, ask(*_SETTINGS).split("\0")):
        key, _, value = entry.partition("\n")
        remotes.setdefault(key.removeprefix("remote.").rpartition(".")[0], []).append(value)
    return frozenset(name for name, values in remotes.items() if _is_narrow(values))


def _looks_whole(settings: bytes) -> bool:
    """Whether all that a file of settings says of fetching is what ``git clone`` writes."""
    dense = settings.translate(None, b" \t\r")
    return dense.count(_FETCH) == dense.count(_USUAL) and b"\ntagopt" not in dense


def _is_narrow(values: list[str]) -> bool:
    """Whether a remote with these refspecs and options has tags that a fetch leaves there."""
    sources = [value.removeprefix("+").partition(":")[0] for value in values]
    if "--tags" in values or _covers(sources, "refs/tags/"):
        return False
    return "--no-tags" in values or not _covers(sources, "refs/heads/")


def _covers(sources: list[str], names: str) -> bool:
    """Whether all refs of a kind are among the sources of refspecs."""
    stems = (source.partition("*") for source in sources)
    return any(star and names.startswith(stem) for stem, star, _ in stems)


# What git keeps of trees for the next one takes 96 MB by default: more memory than time.
_SPARING = ("git", "-c", "core.deltaBaseCacheLimit=24m")
CHANGED_FILES = (
    *_SPARING,
    *("-c", "log.follow=false", "-c", "log.showRoot=true", "log", "-z"),
    "--format=" + "%x00".join(("", *FIELDS)),
    *("--name-only", "--no-renames", "--full-history", "--sparse"),
    *("--diff-merges=first-parent", "--encoding=UTF-8", "--no-decorate", "--no-color"),
    *("--no-show-signature", "--no-mailmap", "--no-notes", "--no-ext-diff", "--no-textconv"),
    *("--ignore-submodules=none", "--no-relative", "-O/dev/null"),
)
"""The command that tells which files commits change; `read_changes` reads what it writes."""


class CommittedFiles:
    """The files that a commit of a repository holds; paths are from its top.

    ``whole`` reads all. Raises nothing: what can't be read is not there.
    """

    def __init__(self, whole: "FilesByCommit", commit: str) -> None:
        self._whole = whole
        self._commit = commit

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept; None where the commit has no such file."""
        return self._whole.text(f"{self._commit}:{path}")

    def folders(self, pattern: str) -> tuple[str, ...]:
        """The folders that a path with `*`, `?` and `**` in it names, sorted."""
        wanted = re.compile(_translated(pattern.rstrip("/")))
        return tuple(sorted(filter(wanted.fullmatch, self._folders)))

    @cached_property
    def _folders(self) -> list[str]:
        """All folders."""
        return self._whole.folders(self._commit)


def _translated(pattern: str) -> str:
    """A pattern of paths as a regular expression."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part, re.escape(part)) for part in parts)


class FilesByCommit:
    """The files of all commits of a repository; ``environment`` is added to git's.

    However much is asked, git is started once for texts and once for what changed, in the ``with``
    block that this is for. Raises nothing: what can't be read is not there.
    """

    def __init__(self, directory: str, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self._known: dict[str, CommittedFiles] = {}
        self.text = lru_cache(maxsize=64)(self._text)
        """The text of the file that a name such as ``COMMIT:PATH`` leads to; None for no file."""

    def __enter__(self) -> Self:
        self._objects = self._begun()
        return self

    def __exit__(self, *error: object) -> None:
        self._objects.end()

    def _begun(self) -> BatchProcess:
        command = ["git", "cat-file", "--batch=%(objecttype) %(objectsize)"]
        return BatchProcess(command, self._directory, self._environment)

    def files(self, commit: str) -> CommittedFiles:
        """The files of one commit."""
        return self._known.setdefault(commit, CommittedFiles(self, commit))

    def _text(self, name: str) -> str | None:
        if "\n" in name:
            return None
        answer = self._objects.ask(name.encode("utf-8", "surrogateescape"))
        if not answer:  # it ends where a partial clone can't get an object that it lacks
            self._objects.end()
            self._objects = self._begun()
        kind, _, size = answer.strip().partition(b" ")
        content = self._objects.rest(int(size) + 1)[:-1] if size.isdigit() else b""
        return read_names(content) if kind == b"blob" else None

    def folders(self, commit: str) -> list[str]:
        """All folders of a commit."""
        command = ["git", "ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", commit]
        with suppress(ProgramError):
            listed = run(command, self._directory, extra_env=self._environment)
            return read_names(listed).split("\0")[:-1]
        return []

    def changes(self, commit: str, paths: Sequence[str]) -> list[Iterator[str]]:
        """For each of some files the commits that changed it, as ``git rev-list`` lists them.

        These are ids of a commit and its ancestors, the last first. Where a merge has a file from
        one of its parents alone, the others are passed over: see "History Simplification" in
        https://git-scm.com/docs/git-log.
        """
        if not paths:
            return []
        specs = [f":(top,literal){path}" for path in paths]
        command = [*CHANGED_FILES, "--format=%x00%H%x00%P%x00%ct", commit, "--", *specs]
        blocks = stream(command, self._directory, self._environment)
        found = {
            name: (int(time or 0), parents.split(), files)
            for _, name, parents, time, files in _commit_fields(blocks, 4)
        }
        return [self._simplified(commit, path, found) for path in paths]

    def _simplified(
        self, head: str, path: str, commits: Mapping[str, tuple[int, list[str], list[str]]]
    ) -> Iterator[str]:
        """The commits that changed one file, by what each changed since its first parent."""
        seen = {head}
        pending = [(0, 0, head)]
        while pending:
            current = heappop(pending)[-1]
            _, parents, files = commits[current]
            behind = parents[:1]
            if path in files:
                text = self.text(f"{current}:{path}")
                behind = [one for one in parents[1:] if self.text(f"{one}:{path}") == text][:1]
            if not behind and path in files:
                yield current
                behind = parents
            for one in behind:
                if one not in seen:
                    seen.add(one)
                    heappush(pending, (-commits[one][0], len(seen), one))


def read_changes(blocks: Iterator[bytes]) -> Iterator[tuple[Visit, FileChanges]]:
    """Read what `CHANGED_FILES` writes: for each commit an empty field, its fields, its files."""
    known: dict[str, str] = {}
    once, new = known.setdefault, tuple.__new__  # as for tags
    for _, mark, name, parents, time, *texts, files in _commit_fields(blocks):
        ids = tuple([once(parent, parent) for parent in parents.split()])
        author, email, message = texts if "".join(texts).isascii() else map(_as_unicode, texts)
        who = once(author, author), once(email, email)
        commit = new(Commit, (once(name, name), ids, message.rstrip("\n"), int(time or 0), *who))
        changed = tuple([once(file, file) for file in files])
        yield new(Visit, (commit, mark == "-")), new(FileChanges, (ids, changed))


def _commit_fields(blocks: Iterator[bytes], width: int = len(FIELDS) + 1) -> Iterator[list[Any]]:
    """For each commit an empty field, its fields, and a list of its files, which have names.

    There are ``width`` fields with the empty one.
    """
    pending: list[str] = []
    for text in chain(read_records(blocks, b"\0", "surrogateescape"), ("",)):
        pending += text.split("\0")
        start = 0
        with suppress(ValueError):
            while True:
                end = pending.index("", start + width)
                files = pending[start + width : end]
                files[:1] = [one.removeprefix("\n") for one in files[:1]]
                yield [*pending[start : start + width], files]
                start = end
        del pending[:start]


def _as_unicode(text: str) -> str:
    """A text that kept every byte, with those that are no UTF-8 replaced."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def object_ids(directory: str, names: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The ids of what names lead to, asked of one process; empty for what is not there."""
    data = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    command = [*_SPARING, "cat-file", "--batch-check=%(objectname)"]
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
