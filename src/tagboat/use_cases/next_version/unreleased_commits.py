"""Unreleased commits: those that any package may count, and those that each does.

The objects at which packages stood at their newest releases tell which can't be due, because
nothing in them changed. One walk goes down to the oldest base, and the files of commits are read
down to the oldest base that is left.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tagboat.core.bump.assess import Assessment, Reader, ReleasedTitles, assess, may_name
from tagboat.core.commits.commit import Commit, CommitGraph, FileChanges, Visit, containing
from tagboat.core.next_version.next_version import AssessedRange, WhatIf
from tagboat.core.next_version.package import Package, PackageSet
from tagboat.use_cases.next_version.commit_range import CommitRange, commits_after
from tagboat.use_cases.next_version.lineages import Lineage
from tagboat.use_cases.next_version.next_version import NOT_YET, with_title
from tagboat.use_cases.next_version.owned_commits import OwnedCommits, packages_at

if TYPE_CHECKING:
    from tagboat.core.changes.squash import Reading
    from tagboat.ports.git import History


class UnreleasedCommits:
    """The commits between HEAD and the oldest base of some lineages, all that decides."""

    def __init__(
        self,
        history: "History",
        head: str,
        lineages: Sequence[Lineage],
        among: PackageSet,
        what_if: WhatIf,
    ) -> None:
        self._history = history
        self.head = head
        self._lineages = lineages
        self._among = among
        self._not_yet = {NOT_YET: FileChanges((head,) * bool(head), what_if.files)}
        self._points = sorted({point for one in lineages for point in one.points})
        self._busy = self._kept()
        self._changes: dict[str, FileChanges] | None = None
        self.graph, self._floor = self._read()
        if what_if.title:
            made = with_title(CommitRange(None, self.graph.order, head), what_if.title)
            self.graph = CommitGraph(made.commits)
        self.position = {commit.id: n for n, commit in enumerate(self.graph.order)}
        self._masks = containing(self.graph, self._points)
        self._bits = {point: 1 << number for number, point in enumerate(self._points)}

    def is_after(self, commit: str, point: str) -> bool:
        """Whether a commit of HEAD's history is neither a point (empty: none) nor behind it."""
        if commit not in self._masks:
            return not point
        return not point or not self._masks[commit] & self._bits[point]

    def touched(self) -> dict[str, list[Commit]]:
        """The commits since each package's base, or its newest release, that belong to it.

        Parents come first. A prerelease may be newer than its base, and stand below that.
        """
        found: dict[str, list[Commit]] = {one.package.name: [] for one in self._lineages}
        if not self.graph.by_id:
            return found
        floors = {one.package.name: self._floors(one) for one in self._lineages}
        footers, owners = self._owners()
        for commit in self.graph.order:
            names = footers.named(commit)
            for owned, wanted in owners:
                names |= owned.of(commit) & wanted
            for name in names:
                if not all(self._masks[commit.id] & floor for floor in floors[name]):
                    found[name].append(commit)
        return found

    def _floors(self, lineage: Lineage) -> tuple[int, ...]:
        """The bits of the commits after which changes of a package are looked at."""
        floor, newest = lineage.floor, lineage.newest
        points = (floor,) if newest is None or not floor else (floor, newest.commit)
        return tuple(self._bits.get(point, 0) for point in dict.fromkeys(points))

    def strange(self) -> Iterator[str]:
        """What to say of footers that name packages which are none."""
        footers = OwnedCommits(self._history, self._among, {})
        for commit in self.graph.order:
            for name in footers.strange(commit):
                yield f"{commit.id[:10]} has the footer Package: {name}, which is no package"

    # What is read

    def _read(self) -> tuple[CommitGraph, str]:
        """The commits above a floor on which every base is based, and that floor."""
        if not all(one.floor for one in self._lineages):
            return self._above(""), ""
        points = self._points
        floor = self._history.oldest(points) if points[1:] else points[0]
        is_shared = any(floor in one.points for one in self._busy)
        graph = self._changed_above(floor) if is_shared else self._above(floor)
        if not _are_based(graph, floor, points):
            self._changes = None
            floor = self._history.common_ancestor(points)
            graph = self._above(floor)
        return graph, floor

    def _above(self, floor: str) -> CommitGraph:
        """The commits that HEAD reaches and a floor does not; all where there is none."""
        if self.head == floor:
            return CommitGraph(())
        if not floor:
            return CommitGraph(visit.commit for visit in self._history.walk(self.head))
        visits = self._history.walk(self.head, (floor,), edges=True)
        return CommitGraph(commits_after(self._history, floor, visits))

    def _changed_above(self, floor: str) -> CommitGraph:
        """The same commits above a floor, read with the files that they change."""
        changes = self._changes = {}
        if self.head == floor:
            return CommitGraph(())

        def visits() -> Iterator[Visit]:
            for visit, changed in self._history.walk_with_files(self.head, (floor,)):
                if not visit.is_boundary:
                    changes[visit.commit.id] = changed
                yield visit

        return CommitGraph(commits_after(self._history, floor, visits()))

    def _owners(self) -> tuple[OwnedCommits, list[tuple[OwnedCommits, set[str]]]]:
        """What tells of footers, and the owners of files, each for some packages."""
        fresh = [one for one in self._lineages if not one.floor]
        found = []
        if self._busy:
            found.append((self._of_busy(), _names_of(self._busy)))
        if fresh:
            found.append((self._owned((), self._paths_of(fresh)), _names_of(fresh)))
        return OwnedCommits(self._history, self._among, {}), found

    def _of_busy(self) -> OwnedCommits:
        """What tells the owners of commits down to the oldest base of a package that changed."""
        if self._changes is not None:
            return OwnedCommits(self._history, self._among, {**self._changes, **self._not_yet})
        floor = self._floor_of({point for one in self._busy for point in one.points})
        return self._owned((floor,) * bool(floor), ())

    def _owned(self, exclude: Sequence[str], paths: Sequence[str]) -> OwnedCommits:
        """What tells the owners of the commits above a floor; with paths only of those."""
        changes = self._history.changed_files(self.head, exclude, paths) if self.head else {}
        return OwnedCommits(self._history, self._among, {**changes, **self._not_yet})

    def _floor_of(self, points: set[str]) -> str:
        """The floor for some of the points: the oldest, if the others are based on it."""
        oldest = self._history.oldest(points) if len(points) > 1 else next(iter(points))
        wanted = sum(self._bits[point] for point in points)
        return oldest if self._masks.get(oldest, 0) & wanted == wanted else self._floor

    def _paths_of(self, lineages: Sequence[Lineage]) -> tuple[str, ...]:
        """Where packages are and were; nothing where that may be everywhere."""
        packages = [one.package for one in lineages]
        if any(not one.paths or one.empty == "all" for one in packages):
            return ()
        paths = (path for one in packages for path in (*one.paths, *one.was_paths))
        return tuple(dict.fromkeys((*paths, *self._among.files)))

    def _kept(self) -> list[Lineage]:
        """The packages with a base in which something differs from their newest release."""
        idle = self._idle()
        return [one for one in self._lineages if one.floor and one.package.name not in idle]

    def _idle(self) -> set[str]:
        """The packages in which nothing differs from their newest release."""
        if self._not_yet[NOT_YET].files:
            return set()
        likely = [
            (one.package.name, one.newest.commit, one.package.paths)
            for one in self._lineages
            if one.newest is not None and one.package.paths and one.package.empty != "all"
        ]
        then = [(newest, paths) for _, newest, paths in likely]
        found = self._objects([*then, *((self.head, paths) for _, paths in then)])
        same = {
            name: newest
            for (name, newest, _), old, new in zip(likely, found, found[len(then) :], strict=False)
            if all(old) and old == new
        }
        moved = self._moved(sorted(set(same.values())))
        return {name for name, newest in same.items() if newest not in moved}

    def _moved(self, commits: Sequence[str]) -> set[str]:
        """The commits at which packages may have been elsewhere, as the configuration tells."""
        files = self._among.files
        if not files or not commits:
            return set()
        now, *found = self._objects([(one, files) for one in (self.head, *commits)])
        changed = {one: old for one, old in zip(commits, found, strict=True) if old != now}
        asked = [one for one, old in changed.items() if any(old)]
        then = packages_at(self._history, self._among, [self.head, *asked] if asked else [])
        return {one for one in changed if one not in then or then[one] != then[self.head]}

    def _objects(self, wanted: Sequence[tuple[str, Sequence[str]]]) -> list[list[str]]:
        """The ids of what paths lead to, of each of some commits with paths."""
        names = [f"{commit}:{path}" for commit, paths in wanted for path in paths]
        ids = iter(self._history.objects(names) if names else ())
        return [[next(ids) for _ in paths] for _, paths in wanted]


def _names_of(lineages: Iterable[Lineage]) -> set[str]:
    return {one.package.name for one in lineages}


def _are_based(graph: CommitGraph, floor: str, points: Iterable[str]) -> bool:
    """Whether some commits are a floor, or are in the graph above it and based on it."""
    based = {floor}
    for commit in graph.order:
        if not based.isdisjoint(commit.parents):
            based.add(commit.id)
    return based.issuperset(points)


class Weigher:
    """Weighs the commits of one package."""

    def __init__(
        self,
        unreleased: UnreleasedCommits,
        lineage: Lineage,
        involved: set[str],
        released: ReleasedTitles,
        read: Reader,
    ) -> None:
        self._commits = unreleased
        self._lineage = lineage
        self._involved = involved
        self._released = released
        self._read = read

    def range_of(self, touched: Sequence[Commit]) -> AssessedRange:
        """The commits since the base, and those since the newest release."""
        _, _, base, newest, ahead, start = self._lineage
        floor, after = self._lineage.floor, self._commits.is_after
        if newest is None or newest == base:
            weighed = self._weighed(touched, floor)
            return AssessedRange(base, newest, weighed, weighed, ahead, start)
        weighed = self._weighed([c for c in touched if after(c.id, floor)], floor)
        since = [c for c in touched if after(c.id, newest.commit)]
        fresh = self._weighed(since, newest.commit)
        return AssessedRange(base, newest, weighed, fresh, ahead, start)

    def _weighed(self, touched: Sequence[Commit], floor: str) -> tuple[Assessment, ...]:
        """What commits of the package since a floor contribute."""
        policy = self._lineage.package.policy
        if not any(c.id in self._involved or may_name(c) for c in touched):
            return self._in_order(assess(CommitGraph(touched), policy, read=self._read))
        after = self._commits.is_after
        graph = self._commits.graph
        whole = CommitGraph(c for c in graph.order if after(c.id, floor))
        behind = {c.id: c.title for c in graph.order if not after(c.id, floor)}
        released = ReleasedTitles({**behind, **self._released.titles} if floor else {})
        ids = frozenset(commit.id for commit in touched)
        found = assess(whole, policy, released, ids, self._read)
        return tuple(one for one in found if one.commit.id in ids)

    def _in_order(self, found: tuple[Assessment, ...]) -> tuple[Assessment, ...]:
        """Assessments in the order of the whole graph."""
        place = self._commits.position
        return tuple(sorted(found, key=lambda one: place[one.commit.id]))


def shared_reader(package: Package, readers: list[tuple[Package, Reader]]) -> Reader:
    """What reads the messages of a package; those that read alike read each message once."""
    for other, reader in readers:
        if other.policy == package.policy:
            return reader
    read = package.policy.reader()
    known: dict[str, Reading] = {}

    def once(commit: Commit) -> "Reading":
        found = known.get(commit.id)
        if found is None:
            found = known[commit.id] = read(commit)
        return found

    readers.append((package, once))
    return once
