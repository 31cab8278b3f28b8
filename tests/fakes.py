"""Fakes of our own ports: a history held in memory, its remote, and the rest of the outside."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from tagboat.core.changelog.changelog import ReleaseNotes
from tagboat.core.commits.commit import (
    Commit,
    CommitGraph,
    FileChanges,
    RepositoryInfo,
    Visit,
)
from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.version.tag import Ref
from tagboat.ports.git import History, Remote
from tagboat.ports.publishing import Renderer, Workers

ADA = "ada@example.org"
EVE = "eve@example.org"
MINUTE = 60

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone."""


class Effects:
    """What fakes changed outside, in order; the process is gone after one of them if so told.

    ``then`` is what others do right after an effect of a name, once.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.then: dict[str, Callable[[], object]] = {}
        self._last: int | str = 0

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if name in self.then:
            self.then.pop(name)()
        if self._last in (len(self.names), name):
            raise Killed(name)

    def end_after(self, last: int | str) -> None:
        """Kill after so many more effects, or after one of that name; 0: not at all."""
        self._last = last + len(self.names) if isinstance(last, int) and last else last


class MemoryHistory(History):
    """A repository made by the methods that are named like git's commands.

    Ids look like git's and depend on the number of commits alone; each commit is a minute younger
    than the one before. ``walks`` lists what was walked, and from which commits on not.
    """

    def __init__(self, branch: str | None = "main") -> None:
        self.commits: dict[str, Commit] = {}
        self.head: str | None = None
        self.branch = branch
        self.refs: dict[str, str] = {}
        self.made: dict[str, int] = {}
        self.paths: dict[str, tuple[str, ...]] = {}
        self.texts_at: dict[str, str] = {}
        self.asked: list[str] = []
        self.cut: frozenset[str] = frozenset()
        self.narrow: frozenset[str] = frozenset()
        self.non_ancestors: frozenset[str] = frozenset()
        self.walks: list[tuple[str, tuple[str, ...]]] = []

    def __repr__(self) -> str:
        """Each commit with its parents and tags, then HEAD."""
        number = {commit: n for n, commit in enumerate(self.commits)}
        lines = [
            f"{number[one.id]} <- {[number.get(p) for p in one.parents]} {one.message!r} "
            + " ".join(sorted(name for name, commit in self.refs.items() if commit == one.id))
            for one in self.commits.values()
        ]
        return "\n".join([*lines, f"HEAD = {number.get(self.head or '')}"])

    def commit(
        self,
        message: str,
        *merged: str,
        tag: str = "",
        path: str | tuple[str, ...] = "",
        author: str = ADA,
    ) -> str:
        """Commit on top of HEAD and of what is ``merged``; return the id.

        ``path`` is what it changes: a file, several, or nothing.
        """
        number = len(self.commits)
        new = hashlib.sha1(b"commit %d" % number, usedforsecurity=False).hexdigest()
        parents = (*([self.head] if self.head else []), *merged)
        self.commits[new] = Commit(new, parents, message, number * MINUTE, author, author)
        self.paths[new] = (path,) * bool(path) if isinstance(path, str) else path
        self.head = new
        if tag:
            self.tag(tag)
        return new

    def commit_all(self, *messages: str) -> list[str]:
        """Commit each message, one after the other; return the ids."""
        return [self.commit(message) for message in messages]

    def tag(self, name: str, commit: str = "") -> None:
        """Tag a commit, HEAD where none is given; each tag is made after all that are there."""
        target = commit or self.head
        assert target is not None
        self.refs[name] = target
        self.made[name] = 1_000_000 + len(self.made)

    def switch(self, commit: str | None) -> None:
        """Go to a commit; None is a branch without any."""
        self.head = commit

    def merge(self, other: str, message: str = "Merge branch 'side'", tag: str = "") -> str:
        """Merge another line into HEAD's."""
        return self.commit(message, other, tag=tag)

    def revert(self, commit: str, *, tag: str = "") -> str:
        """Commit what ``git revert`` writes, for a merge with its first parent kept."""
        reverted = self.commits[commit]
        kept = f", reversing\nchanges made to {reverted.parents[0]}" if reverted.is_merge else ""
        message = f'Revert "{reverted.title}"\n\nThis reverts commit {commit}{kept}.\n'
        return self.commit(message, tag=tag)

    def cherry_pick(self, commit: str, *, tag: str = "") -> str:
        """Commit what ``git cherry-pick -x`` writes."""
        message = self.commits[commit].message
        return self.commit(f"{message}\n\n(cherry picked from commit {commit})\n", tag=tag)

    def graph(self) -> CommitGraph:
        """Everything, newest first, as git shows it."""
        return CommitGraph(reversed(self.commits.values()))

    def reachable_from(self, commit: str) -> frozenset[str]:
        """A commit and all that is reachable from it."""
        return frozenset(self.graph().reachable([commit]))

    def clone(self, depth: int | None = None, *, tags: bool = True) -> "MemoryHistory":
        """A clone of HEAD, shallow where a depth is given; with the tags on what it holds."""
        copy = MemoryHistory(self.branch)
        copy.head = self.head
        copy.fetch(self, depth)
        if not tags:
            copy.refs.clear()
        return copy

    def fetch(self, origin: "MemoryHistory", depth: int | None) -> None:
        """Hold what HEAD reaches in ``depth`` steps, or all of it, with the tags on that."""
        border = {self.head} if self.head else set()
        held = set(border)
        while border and depth != 1:
            border = {p for one in border for p in origin.commits[one].parents} - held
            held |= border
            depth = depth and depth - 1
        kept = [commit for commit in origin.commits.values() if commit.id in held]
        self.cut = frozenset(c.id for c in kept if not held.issuperset(c.parents)) | (
            origin.cut & held
        )
        self.commits = {
            c.id: c._replace(parents=() if c.id in self.cut else c.parents) for c in kept
        }
        self.refs = {name: commit for name, commit in origin.refs.items() if commit in held}
        self.made = origin.made
        self.paths = origin.paths

    def take(self, origin: "MemoryHistory", tags: Sequence[str]) -> None:
        """Hold what some tags of another repository reach, too."""
        found = origin.graph().reachable([origin.refs[tag] for tag in tags])
        new = found - self.commits.keys()
        self.commits |= {one: commit for one, commit in origin.commits.items() if one in new}

    # The port

    def facts(self) -> RepositoryInfo:
        return RepositoryInfo(self.head, self.branch, self.listed(), self.cut, self.narrow)

    def listed(self) -> tuple[Ref, ...]:
        """All tags."""
        return tuple(Ref(name, commit) for name, commit in self.refs.items())

    def resolve(self, revision: str) -> str:
        found = self.head if revision == "HEAD" else self.refs.get(revision, revision)
        if found not in self.commits:
            raise UsageError(f"{revision!r} names no commit of this repository")
        return found

    def walk(
        self, include: str, exclude: Sequence[str] = (), *, edges: bool = False
    ) -> Iterator[Visit]:
        self.walks.append((include, tuple(exclude)))
        graph = self.graph()
        inside = graph.reachable([include]) - graph.reachable(exclude)
        border = {p for one in inside for p in self.commits[one].parents} - inside
        for commit in reversed(self.commits.values()):
            if commit.id in inside or (edges and commit.id in border):
                yield Visit(commit, commit.id in border)

    def known_non_ancestors(self, origin: str) -> frozenset[str]:
        return self.non_ancestors - self.reachable_from(origin)

    def not_ancestors(self, candidates: Iterable[str], origin: str) -> set[str]:
        return set(candidates) - self.reachable_from(origin)

    def ancestors(self, candidates: Iterable[str], origin: str) -> set[str]:
        return set(candidates) & self.reachable_from(origin)

    def descendants(self, candidates: Iterable[str], origin: str) -> set[str]:
        here = (one for one in candidates if one in self.commits)
        return {one for one in here if origin in self.reachable_from(one)}

    def independent(self, commits: Sequence[str]) -> set[str]:
        behind = {p for c in commits for p in self.reachable_from(c) - {c}}
        return set(commits) - behind

    def changed_files(
        self, include: str, exclude: Sequence[str] = (), paths: Sequence[str] = ()
    ) -> dict[str, FileChanges]:
        self.asked.append("changed files")
        graph = self.graph()
        inside = graph.reachable([include]) - graph.reachable(exclude)
        below = tuple(f"{path}/" for path in paths)
        return {
            one: FileChanges(
                self.commits[one].parents,
                tuple(f for f in self._changed(one) if not paths or f"{f}/".startswith(below)),
            )
            for one in inside
        }

    def walk_with_files(
        self, include: str, exclude: Sequence[str]
    ) -> Iterator[tuple[Visit, FileChanges]]:
        self.asked.append("changed files")  # git begins at once
        visits = self.walk(include, exclude, edges=True)
        return ((one, FileChanges(one[0].parents, self._changed(one[0].id))) for one in visits)

    def _changed(self, commit: str) -> tuple[str, ...]:
        """The files that a commit changes, a merge those of what it merges besides."""
        parents = self.commits[commit].parents
        if not parents[1:]:
            return self.paths[commit]
        merged = self.graph().reachable(parents[1:]) - self.graph().reachable(parents[:1])
        files = [file for one in (*sorted(merged), commit) for file in self.paths[one]]
        return tuple(dict.fromkeys(files))

    def oldest(self, commits: Iterable[str]) -> str:
        here = [one for one in commits if one in self.commits]
        return min(here, key=lambda one: (self.commits[one].time, one), default="")

    def common_ancestor(self, commits: Sequence[str]) -> str:
        shared = frozenset.intersection(*map(self.reachable_from, commits))
        return max(shared, key=lambda one: self.commits[one].time, default="")

    def begin_files(self, commit: str) -> Callable[[], list[str]]:
        behind = self.reachable_from(commit)
        return lambda: sorted({file for one in behind for file in self.paths.get(one, ())})

    def objects(self, names: Sequence[str]) -> list[str]:
        self.asked.append("objects")
        return [
            self._object(*name.split(":", 1)) if ":" in name else self._parent(name)
            for name in names
        ]

    def _parent(self, name: str) -> str:
        """The parent that ``COMMIT^2`` names, which need not be there; any other name is itself."""
        commit, mark, number = name.partition("^")
        if not (mark and number.isdigit()):
            return name
        return dict(enumerate(self.commits[commit].parents, 1)).get(int(number), "")

    def _object(self, commit: str, path: str) -> str:
        """What stands for a tree: every commit that changed something in it."""
        behind = self.reachable_from(commit)
        return " ".join(
            one
            for one in self.commits
            if one in behind and any(f"{f}/".startswith(f"{path}/") for f in self.paths[one])
        )

    def texts(self, names: Sequence[str]) -> list[str | None]:
        self.asked.append("texts")
        return [self.texts_at.get(name) or self._text(*name.split(":", 1)) for name in names]

    def _text(self, commit: str, path: str = "") -> str | None:
        """The text of a file at a commit, which it has from the last that changed it."""
        last = self._object(commit, path).rpartition(" ")[2] if path else ""
        return self.texts_at.get(f"{last}:{path}")

    def messages(self, ids: Sequence[str]) -> dict[str, str]:
        return {
            short: commit.message.rstrip("\n")
            for short in ids
            for commit in self.commits.values()
            if commit.id.startswith(short)
        }

    def newest_tag(self, names: Sequence[str]) -> str:
        return max(names, key=lambda name: (self.made[name], name))

    def tag_times(self) -> dict[str, int]:
        return self.made

    def begin_tag_times(self) -> Callable[[], dict[str, int]]:
        return self.tag_times

    def authors(self, origin: str) -> frozenset[str]:
        return frozenset(
            self.commits[one].author_email.lower() for one in self.reachable_from(origin)
        )


class MemoryRemote(Remote):
    """The remote of a clone, None where it has none; it may be that nobody is to ask it.

    ``depths`` lists by how much the clone was deepened, ``asked`` counts the questions for tags.
    """

    def __init__(
        self,
        origin: MemoryHistory | None,
        clone: MemoryHistory,
        *,
        is_there: bool = True,
        may_be_asked: bool = True,
    ) -> None:
        self._origin = origin
        self._clone = clone
        self._is_there = is_there
        self._may_be_asked = may_be_asked
        self.asked = 0
        self.depths: list[int | None] = []

    def name(self) -> str | None:
        return None if self._origin is None else "origin"

    def tags(self) -> tuple[Ref, ...] | None:
        if self._origin is None:
            return None
        self._reach()
        self.asked += 1
        return self._origin.listed()

    def deepen(self, depth: int | None) -> bool:
        if self._origin is None:
            return False
        self._reach()
        self.depths.append(depth)
        known = [d for d in self.depths if d is not None]
        self._clone.fetch(self._origin, None if depth is None else 1 + sum(known))
        return True

    def fetch(self, tags: Sequence[str]) -> None:
        assert self._origin is not None
        self._reach()
        self._clone.take(self._origin, tags)

    def _reach(self) -> None:
        assert self._may_be_asked, "the remote was asked"
        if not self._is_there:
            raise OutsideError("nobody answers")


class PlainRenderer(Renderer):
    """Writes a line for a version, and one for each of its entries."""

    needs_newcomers = False
    layout = ""
    is_document = False

    def notes(self, release: ReleaseNotes) -> str:
        lines = [f"## {release.version or 'Unreleased'}"]
        for entry in release.entries:
            by = f" by @{entry.author.login}" if entry.author.login else ""
            lines.append(f"- {entry.description}{by}")
        return "\n".join([*lines, ""])

    def assembled(self, notes: Iterable[str]) -> Iterator[str]:
        yield self.header()
        yield from notes

    def header(self) -> str:
        return "# Changelog\n"


class OneWorker(Workers):
    """Does one thing after the other."""

    def each(self, work: Callable[[T], str], items: Sequence[T]) -> Iterator[str]:
        return map(work, items)

    def beside(self, work: Callable[[], T]) -> AbstractContextManager[Callable[[], T]]:
        return nullcontext(work)
