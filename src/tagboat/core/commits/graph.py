"""Graph: a stretch of history held in memory, ordered and searchable."""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from operator import attrgetter

from tagboat.core.commits.commit import Commit


class CommitGraph:
    """A set of commits and the parent links among them.

    ``order`` lists them parents first; among commits that could come next, the one with the earlier
    date, then the smaller id. The order depends on the set alone, so two ways of reading the same
    stretch of history give the same list, whatever the dates claim.
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
