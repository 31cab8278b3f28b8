"""History, streamed from git's own plumbing.

Reading is done by git itself and not through a library: the preview may take less time than
importing one. Few processes, NUL-separated output, every setting that could change it overridden,
trees and blobs never touched unless a package has paths, nothing fetched for a partial clone.

Replace refs and grafts count nowhere: a release is made without them. A commit whose committer has
no date that git can read is dated 1970.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING

from tagboat.adapters.git.command import no_repository, unreadable
from tagboat.adapters.git.history.reading import (
    FIELDS,
    begin_names,
    narrow_remotes,
    read_names,
    read_records,
    read_refs,
    read_visits,
    refuse_old,
    trusted,
)
from tagboat.adapters.process import Process, ProgramError, run, stream, summary
from tagboat.core.commits.commit import RepositoryInfo, Visit
from tagboat.core.errors import OutsideError, RepositoryError, UsageError
from tagboat.core.version.tag import Ref

if TYPE_CHECKING:
    from tagboat.adapters.git.history.ancestry_cache import AncestryMemory
    from tagboat.adapters.git.history.reading import FilesByCommit
    from tagboat.core.commits.commit import FileChanges

_LOG = (
    *("git", "log", "-z", "--encoding=UTF-8", "--no-color", "--no-decorate", "--no-patch"),
    *("--no-show-signature", "--no-mailmap"),  # git would read HEAD's tree for one, where bare
)
_COMMITS = (*_LOG, "--format=" + "%x00".join(FIELDS))
_NAMED = ("rev-list", "--no-walk", "--ignore-missing", "--stdin", "--encoding=UTF-8")
_ABOUT = (
    *("rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--git-common-dir"),
    *("--show-cdup", "--symbolic-full-name", "HEAD"),
)
_HEADS = "refs/heads/"
_AS_MADE = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
_STAY_LOCAL = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", **_AS_MADE}
"""In a partial clone git would fetch an object that it lacks."""


class GitHistory:
    """Reads the repository that holds a folder, as ``git`` finds it from there.

    ``may_fetch`` lets git fetch the trees of a partial clone, which only packages with paths need.
    """

    def __init__(self, directory: str, *, may_fetch: bool = True) -> None:
        if not os.path.isdir(directory):
            found = "it is a file" if os.path.exists(directory) else "nothing is there"
            raise UsageError(f"there is no folder {directory!r}: {found}", "name one with -C")
        self.directory = directory
        self.root: str | None = None
        """The top folder of the work tree; None in a bare repository, and before `facts`."""
        self._may_fetch = may_fetch
        self.folder: str | None = None
        """Git's own folder that all work trees share; None before `facts`."""
        self._begun: dict[str, Iterator[bytes]] = {}

    def facts(self) -> RepositoryInfo:
        """Look at the repository: three processes side by side."""
        with (
            self._start("version") as version,
            self._start(*_ABOUT) as about,
            self._start("show-ref", "--head", "--tags", "--dereference") as refs,
        ):
            refuse_old(version.output())
            is_shallow, full_name = self._about(*about.result())
            head, tags = self._refs(refs)
        branch = self._branch(full_name, head)
        cut = self._cut() if is_shallow else frozenset()
        return RepositoryInfo(head, branch, tags, cut, self._narrow())

    def locate(self) -> str | None:
        """The top folder of the work tree, with one process; None in a bare repository."""
        with self._start(*_ABOUT) as about:
            self._about(*about.result())
        return self.root

    def resolve(self, revision: str) -> str:
        """The id of the commit a revision names."""
        try:
            found = self._run(
                "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
            )
        except ProgramError as error:
            raise UsageError(f"{revision!r} names no commit of this repository") from error
        return read_names(found).strip()

    def begin_walk(self, include: str) -> None:
        """Let git begin a `walk` of everything reachable from a commit while others work.

        It goes on by itself until it is asked for: begin none that nobody will ask for.
        """
        process = Process([*_COMMITS, include, "--"], self.directory, _STAY_LOCAL)
        self._begun[include] = process.begun()

    def walk(
        self, include: str, exclude: Sequence[str] = (), *, edges: bool = False
    ) -> Iterator[Visit]:
        """The commits reachable from ``include`` and from none of ``exclude``."""
        command = [*_COMMITS, *(["--boundary"] if edges else []), include]
        command += ["--not", *exclude, "--"] if exclude else ["--"]
        begun = None if exclude else self._begun.pop(include, None)
        try:
            yield from read_visits(begun or self._stream(command))
        except ProgramError as error:
            raise unreadable(error) from error

    def known_non_ancestors(self, origin: str) -> frozenset[str]:
        """What earlier looks found to be neither ``origin`` nor an ancestor of it."""
        # Start-up: most repositories have nothing that is remembered there.
        if self.folder is None or not os.path.exists(f"{self.folder}/tagboat/ancestry"):
            return frozenset()
        return self._memory(self.folder).recalled(origin)

    def not_ancestors(self, candidates: Iterable[str], origin: str) -> set[str]:
        """Those candidates that are not ``origin`` or an ancestor of it, commits or not."""
        wanted = set(candidates) - {origin}
        if not wanted or self.folder is None:
            return self.non_ancestors(wanted, origin)
        return self._memory(self.folder).non_ancestors(wanted, origin)

    def _memory(self, folder: str) -> "AncestryMemory":
        from tagboat.adapters.git.history.ancestry_cache import AncestryMemory

        return AncestryMemory(self, folder)

    def non_ancestors(self, candidates: set[str], origin: str) -> set[str]:
        """The same, asked of git however long it takes."""
        if not candidates:
            return set()
        beyond = candidates & self._listed([f"^{origin}", *candidates])
        # What is listed is beyond; what is not may also be a tree or a blob, or not there at all.
        behind = candidates - beyond
        return beyond | (behind - self._listed(behind, "--no-walk")) if behind else beyond

    def ancestors(self, candidates: Iterable[str], origin: str) -> set[str]:
        """Those candidates that are ``origin`` or an ancestor of it; they need not exist here."""
        wanted, found = set(candidates), set[str]()
        if not wanted:
            return wanted
        for text in read_records(self._stream(["git", "rev-list", origin, "--"]), b"\n"):
            found |= wanted.intersection(text.split("\n"))
        return found

    def descendants(self, candidates: Iterable[str], origin: str) -> set[str]:
        """Those candidates that are ``origin`` or based on it."""
        wanted = set(candidates)
        based = self._listed([f"^{origin}", *wanted - {origin}], "--ancestry-path")
        return wanted & (based | {origin})

    def independent(self, commits: Sequence[str]) -> set[str]:
        """Those of some commits that no other reaches; of many, none of one walk's merge bases."""
        if len(commits) <= 20:  # noqa: PLR2004 - more take too many walks
            return set(read_names(self._run("merge-base", "--independent", *commits)).split())
        return set(commits).difference(self._attempt("merge-base", "--all", *commits).split())

    def changed_files(
        self, include: str, exclude: Sequence[str] = (), paths: Sequence[str] = ()
    ) -> "dict[str, FileChanges]":
        """The files that each commit of a walk changes, merges against their first parent."""
        specs = [f":(top,literal){path}" for path in paths]
        negated = [f"^{name}" for name in exclude]
        found = self._changes(self._files_process(include, *negated, "--", *specs))
        return {visit.commit.id: changes for visit, changes in found}

    def walk_with_files(
        self, include: str, exclude: Sequence[str]
    ) -> "Iterator[tuple[Visit, FileChanges]]":
        """A `walk` with edges, each commit with its `changed_files`; git begins at once."""
        negated = [f"^{name}" for name in exclude]
        process = self._files_process("--boundary", include, *negated, "--")
        return self._changes(process, process.begun())

    def _files_process(self, *arguments: str) -> Process:
        """Git, as it writes which files commits change."""
        from tagboat.adapters.git.history.reading import CHANGED_FILES

        return Process([*CHANGED_FILES, *arguments], self.directory, self._reach)

    def _changes(
        self, process: Process, begun: Iterator[bytes] | None = None
    ) -> "Iterator[tuple[Visit, FileChanges]]":
        """What it writes, as far as it is read along already or not."""
        from tagboat.adapters.git.history.reading import read_changes

        with self._trees_read(), process:
            yield from read_changes(begun or process.blocks())

    def oldest(self, commits: Iterable[str]) -> str:
        """The oldest of those commits that are here, by date; empty where none is."""
        data = "\n".join(sorted(commits)).encode("ascii")
        listed = self._run("rev-list", "--ignore-missing", "--no-walk=sorted", "--stdin", data=data)
        return next(reversed(read_names(listed).split()), "")

    def common_ancestor(self, commits: Sequence[str]) -> str:
        """A commit that all of some reach; an empty text where there is none."""
        return self._attempt("merge-base", "--octopus", *commits).strip()

    def objects(self, names: Sequence[str]) -> list[str]:
        """The ids of what names such as ``COMMIT:PATH`` lead to; empty for what is not there."""
        from tagboat.adapters.git.history.reading import object_ids

        with self._trees_read():
            return object_ids(self.directory, names, self._reach)

    def begin_files(self, commit: str) -> Callable[[], list[str]]:
        """Let git list a commit's files while others work: none where its trees are not here."""
        return begin_names(self._start("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit))

    def texts(self, names: Sequence[str]) -> list[str | None]:
        """The texts of the same, of blobs and annotated tags; None for what is not there."""
        from tagboat.adapters.git.history.reading import object_texts

        with self._trees_read():
            return object_texts(self.directory, names, self._reach)

    @contextmanager
    def _trees_read(self) -> Iterator[None]:
        """Tell where a partial clone does not get the trees that it lacks."""
        try:
            yield
        except ProgramError as error:
            if "promisor remote" in error.stderr or (
                "unable to read tree" in error.stderr and self._is_partial()  # git 2.47 says that
            ):
                raise _lacking_trees(error, may_fetch=self._may_fetch) from error
            raise unreadable(error) from error

    def _is_partial(self) -> bool:
        """Whether objects came from a remote that promised to give what they lead to."""
        packs = read_names(self._run("rev-parse", "--git-path", "objects/pack")).removesuffix("\n")
        names = os.listdir(os.path.join(self.directory, packs))
        return any(name.endswith(".promisor") for name in names)

    def committed_files(self) -> "FilesByCommit":
        """The files of all commits."""
        from tagboat.adapters.git.history.reading import FilesByCommit

        return FilesByCommit(self.directory, self._reach)

    @cached_property
    def _reach(self) -> Mapping[str, str]:
        """What lets git fetch the trees that a partial clone lacks, or keeps it from that."""
        if not self._may_fetch:
            return _STAY_LOCAL
        if not self._attempt("config", "--get-regexp", r"^remote\..*\.promisor$"):
            return _AS_MADE
        from tagboat.adapters.git.credentials import config_entry

        return {**config_entry(self.directory), **_AS_MADE}

    def messages(self, ids: Sequence[str]) -> dict[str, str]:
        """The messages of those ids, whole or abbreviated, that are commits; no line end last."""
        if not ids:
            return {}
        data = "\n".join(ids).encode("ascii")
        raw = self._run(*_NAMED, "--no-commit-header", "--format=%x00%H%x00%B", data=data)
        fields = raw.decode("utf-8", "replace").split("\0")[1:]
        texts = (text.rstrip("\n") for text in fields[1::2])
        messages = dict(zip(fields[::2], texts, strict=True))
        order = sorted(messages)
        places = {short: bisect_left(order, short) for short in ids}
        found = {short: name for short, at in places.items() for name in order[at : at + 1]}
        return {short: messages[name] for short, name in found.items() if name.startswith(short)}

    def newest_tag(self, names: Sequence[str]) -> str:
        """Which of some tags was made last; of several at one time, the one that sorts last."""
        times = self.tag_times()
        return max(names, key=lambda name: (times.get(name, 0), name))

    def tag_times(self) -> dict[str, int]:
        """When each tag was made: the tagger's date, or the date of the commit."""
        return self.begin_tag_times()()

    def begin_tag_times(self) -> Callable[[], dict[str, int]]:
        """Let git look up `tag_times` while others work; what is returned waits for them."""
        pattern = "--format=%(creatordate:unix) %(refname)"
        blocks = self._start("for-each-ref", pattern, "refs/tags").begun()

        @cache  # what git writes can be taken once
        def times() -> dict[str, int]:
            lines = (
                line.partition(" refs/tags/") for line in read_names(b"".join(blocks)).split("\n")
            )
            return {name: int(time or 0) for time, _, name in lines if name}

        return times

    def authors(self, origin: str) -> frozenset[str]:
        """The e-mail addresses of the authors of ``origin`` and its ancestors, in lower case."""
        found: set[str] = set()
        for text in read_records(self._stream([*_LOG, "--format=%ae", origin, "--"]), b"\0"):
            found.update(text.lower().split("\0"))
        return frozenset(found)

    def _start(self, *arguments: str) -> Process:
        return Process(["git", *arguments], self.directory, _STAY_LOCAL)

    def _run(self, *arguments: str, data: bytes = b"") -> bytes:
        return run(["git", *arguments], self.directory, data=data, extra_env=_STAY_LOCAL)

    def _attempt(self, *arguments: str) -> str:
        """What git prints, which is nothing where it has no answer."""
        with self._start(*arguments) as process:
            return read_names(process.result()[1])

    def _stream(self, command: Sequence[str]) -> Iterator[bytes]:
        return stream(command, self.directory, _STAY_LOCAL)

    def _listed(self, names: Iterable[str], *options: str) -> set[str]:
        """The commits that rev-list finds from some ids; what is no commit it leaves out."""
        data = "\n".join(names).encode("ascii")
        try:
            listed = self._run("rev-list", "--ignore-missing", *options, "--stdin", data=data)
        except ProgramError as error:
            raise unreadable(error) from error
        return set(read_names(listed).split())

    def _about(self, code: int, output: bytes, errors: str) -> tuple[bool, str]:
        """Read rev-parse's answers: whether the clone is shallow, and the full name of HEAD."""
        lines = read_names(output).split("\n")
        if not output:
            raise no_repository(code, errors, self.directory)
        inside, shallow, folder, up = lines[:4]
        self.folder = trusted(os.path.join(self.directory, folder))
        if inside == "true":
            # git counts the steps up from the real folder, behind all symbolic links.
            self.root = os.path.normpath(os.path.join(os.path.realpath(self.directory), up))
        return shallow == "true", lines[-2] if code == 0 else ""

    def _refs(self, process: Process) -> tuple[str | None, tuple[Ref, ...]]:
        """Read HEAD's commit and the tags, of which there may be none."""
        try:
            return read_refs(process.blocks())
        except ProgramError as error:
            if error.stderr.strip():
                told = f"git can't read the tags: {summary(error.stderr)}"
                raise RepositoryError(told, "run `git fsck`") from error
            return None, ()

    def _branch(self, full_name: str, head: str | None) -> str | None:
        """The branch that HEAD names, also before it has a commit; None where HEAD is detached."""
        if full_name.startswith(_HEADS) and head is not None:
            return full_name.removeprefix(_HEADS)
        if full_name == "HEAD" and head is not None:
            return None
        # HEAD has no commit, or a tag or branch is called HEAD as well.
        with self._start("symbolic-ref", "--quiet", "HEAD") as process:
            code, output, errors = process.result()
        name = read_names(output).removesuffix("\n")
        if head is None and (code or self._run("for-each-ref", "--count=1")):
            named = f" {name.removeprefix(_HEADS)!r}" if name else ""
            raise RepositoryError(
                f"HEAD names the branch{named}, which has no commit in this repository"
                + (f": {summary(errors)}" if errors.strip() else ""),
                "go to a branch that has, with `git switch`, or run `git fsck`",
            )
        return name.removeprefix(_HEADS) if name else None

    def _narrow(self) -> frozenset[str]:
        """The remotes of which the clone does not fetch every tag."""
        if self.folder is None:
            return frozenset()
        return narrow_remotes(self.folder, self._attempt)

    def _cut(self) -> frozenset[str]:
        """The commits whose parents a shallow clone leaves out."""
        path = read_names(self._run("rev-parse", "--git-path", "shallow")).removesuffix("\n")
        with open(os.path.join(self.directory, path), encoding="ascii") as file:
            return frozenset(file.read().split())


def _lacking_trees(error: ProgramError, *, may_fetch: bool) -> OutsideError:
    """The error for a partial clone without the trees that a package with paths needs."""
    wanted = "a package with paths needs trees that this partial clone lacks"
    if not may_fetch:
        return OutsideError(f"{wanted}, and they may not be fetched", "run it without --offline")
    return OutsideError(
        f"{wanted}, and its remote does not give them: {summary(error.stderr)}",
        "see that the remote can be reached, with `git ls-remote`",
    )
