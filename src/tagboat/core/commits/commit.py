"""Commit: what git has, one by one and as a graph held in memory."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import NamedTuple

from tagboat.core.version.tag import Ref

RELEASE_TRAILER = "Tagboat-Tag"
"""The trailer by which a release commit of tagboat is known, whatever its message."""

_RELEASE = f"{RELEASE_TRAILER}: "
BEFORE_TITLE = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What may stand before the title and is none of it: every blank, and a byte-order mark."""
# What forges put before a title, with the number of the pull or merge request: Azure, Bitbucket
# Server; Bitbucket, GitHub and GitLab, whose merge commits have the title below.
_WRAPPED = r"Merged PR (?P<azure>\d+):\s+(?=\S)|Pull request #(?P<number>\d+):\s+(?=\S)"
_WRAPPED_BELOW = (
    r"(?:Merged in \S+ \(pull request #(?P<number>\d+)\)"
    r"|Merge pull request #?(?P<github>\d+) from \S+(?: into \S+)?"
    r"|Merge branch '[^'\n]+' into '[^'\n]+')"
    r"[ \t]*\n\s*+(?=\S)(?!See merge request )"
)
_MERGE_REQUEST = r"See merge request \S*(!\d+)"
_NUMBERED = r"[#!]\d+\)$"
TITLE_NUMBER = r" \((?:[\w.-]+(?:/[\w.-]+)+)?([#!]\d+)\)$"
"""Regular expression source of the number that a forge appends to a title."""


class Commit(NamedTuple):
    """One commit object as git reports it.

    ``id`` and ``parents`` are full object ids in hexadecimal (40 or 64 digits), ``time`` is the
    committer's date in seconds since 1970 (it may be negative or lie), texts are Unicode with
    undecodable bytes replaced by U+FFFD.
    """

    id: str
    parents: tuple[str, ...]
    message: str
    time: int = 0
    author_name: str = ""
    author_email: str = ""

    @property
    def is_merge(self) -> bool:
        """Whether the commit joins two or more lines of history."""
        return len(self.parents) > 1

    @property
    def is_release(self) -> bool:
        """Whether tagboat made it for a release; no release has its own commit in its notes."""
        text = self.message.rstrip()
        return text.startswith(_RELEASE, text.rfind("\n") + 1)

    @property
    def subject(self) -> str:
        """The title as a person gave it: without what a forge wraps around it."""
        return unwrapped(self.message.strip(BEFORE_TITLE), merge=self.is_merge).partition("\n")[0]

    @property
    def title(self) -> str:
        """The first line of the message that is not blank, without blanks around it."""
        return self.message.lstrip(BEFORE_TITLE).partition("\n")[0].rstrip()


def bare_title(title: str) -> str:
    """A title without the numbers that forges append, for comparison."""
    title = title.strip()
    end = len(title)
    while title.endswith(")", 0, end):  # one by one from the end: a title may have thousands
        start = title.rfind(" (", 0, end)
        if start < 0 or re.compile(TITLE_NUMBER).fullmatch(title, start, end) is None:
            break
        end = start
    return title[:end]


def unwrapped(message: str, *, merge: bool = False) -> str:
    """A message without what a forge wrapped around it.

    The number of the pull or merge request stands at the end of the title then, as GitHub writes
    it. A merge commit keeps a title that tells of branches: what it merged speaks for itself.
    """
    start, number = wrapping(message, merge=merge)
    request = _merge_request(message)
    if not start and not request:
        return message
    text = message[start : message.rfind("\n") if request else None]
    title, end, rest = text.partition("\n")
    title, number = title.rstrip(), number or request
    if number and not re.search(_NUMBERED, title) and not title.startswith("Merge "):
        title += f" ({number})"
    return f"{title}{end}{rest}"


def _merge_request(message: str) -> str:
    """The number in the last line of a message, if that is GitLab's, else an empty text."""
    if not message[-1:].isdigit():  # a quick look first: this is asked of every commit
        return ""
    found = re.fullmatch(_MERGE_REQUEST, message[message.rfind("\n") + 1 :])
    return found[1] if found is not None else ""


def wrapping(message: str, *, merge: bool = False) -> tuple[int, str]:
    """Where in a message its title begins, and the number that stands before; 0 if it is whole."""
    if message[:4] not in ("Merg", "Pull"):
        return 0, ""
    found = re.match(_WRAPPED, message) or (not merge and re.match(_WRAPPED_BELOW, message))
    if not found:
        return 0, ""
    mark, number = next(((k, n) for k, n in found.groupdict().items() if n), ("", ""))
    return found.end(), f"{'!' if mark == 'azure' else '#'}{number}" if number else ""


class RepositoryInfo(NamedTuple):
    """What a repository says about itself in one look.

    ``head`` is HEAD's commit id, None before the first commit; ``branch`` the branch checked out,
    None when HEAD is detached; ``tags`` all tags, peeled; ``shallow_boundary`` the ids of commits
    whose parents a shallow clone leaves out; ``narrow`` the names of the remotes of which the clone
    does not fetch every tag.
    """

    head: str | None
    branch: str | None
    tags: tuple[Ref, ...]
    shallow_boundary: frozenset[str] = frozenset()
    narrow: frozenset[str] = frozenset()


class FileChanges(NamedTuple):
    """What a commit changes: the paths of files, a merge's against its first parent."""

    parents: tuple[str, ...]
    files: tuple[str, ...]


class Visit(NamedTuple):
    """A commit met on a walk; ``is_boundary`` marks an excluded commit at the walk's border."""

    commit: Commit
    is_boundary: bool


WalkProgress = Callable[[Iterator[Visit]], Iterator[Visit]]
"""Wraps a walk, to show its progress."""


class CommitGraph:
    """A set of commits and the parent links among them.

    ``order`` lists them parents first; among commits that could come next, the one with the earlier
    date, then the smaller id. The order depends on the set alone, so two ways of reading the same
    range of commits give the same list, whatever the dates claim.
    """

    def __init__(self, commits: Iterable[Commit]) -> None:
        self.by_id = {commit.id: commit for commit in commits}
        self.order = self._by_date() or self._ordered()

    def reachable(self, starts: Iterable[str]) -> set[str]:
        """The ids of the commits in this graph that are ``starts`` or ancestors of them."""
        found: set[str] = set()
        pending = [start for start in starts if start in self.by_id]
        while pending:
            current = pending.pop()
            if current not in found:
                found.add(current)
                pending.extend(p for p in self.by_id[current].parents if p in self.by_id)
        return found

    @cached_property
    def position(self) -> dict[str, int]:
        """Where in the order each commit stands."""
        return {commit.id: number for number, commit in enumerate(self.order)}

    def reaches(self, descendant: str, ancestor: str) -> bool:
        """Whether a commit is a proper ancestor of another; looks no further down than needed."""
        floor = self.position[ancestor]
        seen: set[str] = set()
        pending = [descendant]
        while pending:
            for parent in self.by_id[pending.pop()].parents:
                if parent == ancestor:
                    return True
                if parent not in seen and self.position.get(parent, -1) > floor:
                    seen.add(parent)
                    pending.append(parent)
        return False

    def merged_by(self, merge: Commit, kept: str = "") -> set[str]:
        """The ids of the commits that a merge brought to one parent's line, the first one's."""
        line = kept if kept in merge.parents else merge.parents[0]
        others = (parent for parent in merge.parents if parent != line)
        return self.reachable(others) - self.reachable([line])

    def _by_date(self) -> tuple[Commit, ...]:
        """The order by date alone, if it has parents first, as in most histories; else nothing."""
        by_date = sorted(self.by_id.values(), key=attrgetter("time", "id"))
        seen: set[str] = set()
        for commit in by_date:
            for parent in commit.parents:
                if parent not in seen and parent in self.by_id:
                    return ()
            seen.add(commit.id)
        return tuple(by_date)

    def _ordered(self) -> tuple[Commit, ...]:
        """Kahn's topological order with a priority queue."""
        waiting: dict[str, int] = {}
        children: dict[str, list[str]] = {}
        for commit in self.by_id.values():
            inside = {parent for parent in commit.parents if parent in self.by_id}
            waiting[commit.id] = len(inside)
            for parent in inside:
                children.setdefault(parent, []).append(commit.id)
        ready = [(self.by_id[key].time, key) for key, count in waiting.items() if not count]
        heapify(ready)
        order: list[Commit] = []
        while ready:
            _, key = heappop(ready)
            order.append(self.by_id[key])
            for child in children.get(key, ()):
                waiting[child] -= 1
                if not waiting[child]:
                    heappush(ready, (self.by_id[child].time, child))
        return tuple(order)


def containing(graph: CommitGraph, points: Iterable[str]) -> dict[str, int]:
    """For each commit, which of some points are it or based on it: bit ``n`` is the ``n``-th point.

    Points outside the graph are based on nothing in it.
    """
    found = dict.fromkeys(graph.by_id, 0)
    for number, point in enumerate(points):
        if point in found:
            found[point] |= 1 << number
    for commit in reversed(graph.order):
        bits = found[commit.id]
        if bits:
            for parent in commit.parents:
                if parent in found:
                    found[parent] |= bits
    return found
