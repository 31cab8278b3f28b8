"""Unreleased commits: those that any package may count, and those that each does.

The objects at which packages stood at their newest releases tell which can't be due, because
nothing in them changed. One walk goes down to the oldest base, and the files of commits are read
down to the oldest base that is left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from tagboat.core.bump.assess import Assessment, Reader, ReleasedMessages, assess, may_name
from tagboat.core.changes.squash import lines_of_lists, titles_listed
from tagboat.core.commits.commit import Commit, CommitGraph, FileChanges, Visit, containing
from tagboat.core.next_version.next_version import AssessedRange, WhatIf
from tagboat.core.next_version.package import Package, PackageSet
from tagboat.use_cases.next_version.commit_range import CommitRange, commits_after, walked_after
from tagboat.use_cases.next_version.lineages import Lineage
from tagboat.use_cases.next_version.next_version import NOT_YET, with_title
from tagboat.use_cases.next_version.owned_commits import OwnedCommits, footer_names, packages_at

if TYPE_CHECKING:
    from tagboat.core.changes.squash import Reading
    from tagboat.ports.git import History


class RangeReader:
    """Reads the commits of HEAD above a floor; what was read with its files is kept."""

    def __init__(self, history: "History", head: str) -> None:
        self.history = history
        self.head = head
        self._kept: dict[str, tuple[CommitGraph, dict[str, FileChanges]]] = {}
        self._begun: dict[str, Iterator[tuple[Visit, FileChanges]]] = {}

    def begin(self, floor: str) -> None:
        """Let git begin what `changed_above` reads while others work."""
        if self.head != floor and floor not in {*self._kept, *self._begun}:
            self._begun[floor] = self.history.walk_with_files(self.head, (floor,))

    def above(self, floor: str) -> CommitGraph:
        """The commits that HEAD reaches and a floor does not; all where there is none."""
        if self.head == floor:
            return CommitGraph(())
        if not floor:
            return CommitGraph(visit.commit for visit in self.history.walk(self.head))
        return CommitGraph(commits_after(self.history, self.head, floor))

    def changed_above(self, floor: str) -> tuple[CommitGraph, dict[str, FileChanges]]:
        """The same commits with the files that they change."""
        if floor not in self._kept:
            changes: dict[str, FileChanges] = {}
            commits = walked_after(self.history, floor, self._visits(floor, changes))
            self._kept[floor] = CommitGraph(commits), changes
        return self._kept[floor]

    def _visits(self, floor: str, changes: dict[str, FileChanges]) -> Iterator[Visit]:
        """A walk that takes down what changes."""
        self.begin(floor)
        for visit, changed in self._begun.pop(floor, ()):
            if not visit.is_boundary:
                changes[visit.commit.id] = changed
            yield visit


class UnreleasedCommits:
    """The commits between HEAD and the oldest base of some lineages, all that decides."""

    def __init__(
        self,
        reader: RangeReader,
        lineages: Sequence[Lineage],
        among: PackageSet,
        what_if: WhatIf,
    ) -> None:
        self._history = reader.history
        self._reader = reader
        self.head = reader.head
        self._lineages = lineages
        self._among = among
        self._title = what_if.title
        self._not_yet = {NOT_YET: FileChanges((self.head,) * bool(self.head), what_if.files)}
        self._points = sorted({point for one in lineages for point in one.points})
        self._bits = {point: 1 << number for number, point in enumerate(self._points)}

    def are_ancestors(self, commits: set[str]) -> bool:
        """Whether one walk, down to the oldest point, shows that HEAD is based on some commits."""
        if not all(one.floor for one in self._lineages):
            return False
        graph, _, floor = self._down_to_oldest
        based = _based_on(floor, graph)
        return commits <= based and (len(based) > 1 or self.head == floor)

    @cached_property
    def graph(self) -> CommitGraph:
        """The commits that any package may count, and one that is not made yet."""
        graph = self._read[0]
        if not self._title:
            return graph
        return CommitGraph(
            with_title(CommitRange(None, graph.order, self.head), self._title).commits
        )

    @cached_property
    def listed(self) -> frozenset[str]:
        """The lines of the lists that count, where they may tell of what was released."""
        read = self._lineages[0].package.policy.reader()
        return lines_of_lists(self.graph.order, read)

    @cached_property
    def _masks(self) -> dict[str, int]:
        """For each commit the points that are it or based on it."""
        return containing(self.graph, self._points)

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """The names in the footers of the commits that have any."""
        named = ((commit.id, footer_names(commit)) for commit in self.graph.order)
        return {commit: names for commit, names in named if names}

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
            named = self._named.get(commit.id)
            names = footers.called(named) if named else set[str]()
            for owned, wanted in owners:
                names |= owned.by_files(commit.id) & wanted
            mask = self._masks[commit.id]
            for name in names:
                if not all(map(mask.__and__, floors[name])):
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
        for commit, names in self._named.items():
            for name in footers.strange(names):
                yield f"{commit[:10]} has the footer Package: {name}, which is no package"

    # What is read

    @cached_property
    def _read(self) -> tuple[CommitGraph, dict[str, FileChanges] | None, str]:
        """The commits above a floor on which every base is based, what they change, the floor.

        What they change is None where it is to be read by itself.
        """
        if not all(one.floor for one in self._lineages):
            return self._reader.above(""), None, ""
        graph, changes, floor = self._down_to_oldest
        if not _based_on(floor, graph).issuperset(self._points):
            floor = self._history.common_ancestor(self._points)
            return self._reader.above(floor), None, floor
        return graph, changes, floor

    @cached_property
    def _down_to_oldest(self) -> tuple[CommitGraph, dict[str, FileChanges] | None, str]:
        """The same down to the oldest point.

        A package that nobody touched since must not stretch what is read of files.
        """
        oldest = self._history.oldest(self._points)
        if not oldest:
            return CommitGraph(()), None, ""
        first = [one for one in self._lineages if oldest in one.points]
        if not self._idle_of(first[:1]):
            self._reader.begin(oldest)  # git reads while it is asked about the others
        if self._idle.issuperset(_names_of(first)):
            return self._reader.above(oldest), None, oldest
        return *self._reader.changed_above(oldest), oldest

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
        changes = self._read[1]
        if changes is not None:
            return OwnedCommits(self._history, self._among, {**changes, **self._not_yet})
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
        return oldest if self._masks.get(oldest, 0) & wanted == wanted else self._read[2]

    def _paths_of(self, lineages: Sequence[Lineage]) -> tuple[str, ...]:
        """Where packages are and were; nothing where that may be everywhere."""
        packages = [one.package for one in lineages]
        if any(not one.paths or one.empty == "all" for one in packages):
            return ()
        paths = (path for one in packages for path in (*one.paths, *one.was_paths))
        return tuple(dict.fromkeys((*paths, *self._among.files)))

    @cached_property
    def _busy(self) -> list[Lineage]:
        """The packages with a base in which something differs from their newest release."""
        idle = self._idle
        return [one for one in self._lineages if one.floor and one.package.name not in idle]

    @cached_property
    def _idle(self) -> set[str]:
        """The packages in which nothing differs from their newest release."""
        return self._idle_of(self._lineages)

    def _idle_of(self, lineages: Sequence[Lineage]) -> set[str]:
        """Those of some."""
        if self._not_yet[NOT_YET].files:
            return set()
        likely = [
            (one.package.name, one.newest.commit, one.package.paths)
            for one in lineages
            if one.newest is not None and one.package.paths and one.package.empty != "all"
        ]
        objects = self._objects(likely)
        same = {
            name: newest
            for name, newest, paths in likely
            if all(old := objects[newest, paths]) and old == objects[self.head, paths]
        }
        moved = self._moved(sorted(set(same.values())), objects)
        return {name for name, newest in same.items() if newest not in moved}

    def _objects(
        self, likely: Sequence[tuple[str, str, tuple[str, ...]]]
    ) -> dict[tuple[str, tuple[str, ...]], list[str]]:
        """The ids of what paths of packages, and configurations, lead to, then and at HEAD."""
        files = self._among.files
        wanted = dict.fromkeys(
            pair
            for _, newest, paths in likely
            for pair in ((newest, paths), (self.head, paths), (newest, files), (self.head, files))
        )
        names = [f"{commit}:{path}" for commit, paths in wanted for path in paths]
        ids = iter(self._history.objects(names) if names else ())
        return {(commit, paths): [next(ids) for _ in paths] for commit, paths in wanted}

    def _moved(
        self, commits: Sequence[str], objects: Mapping[tuple[str, tuple[str, ...]], list[str]]
    ) -> set[str]:
        """The commits at which packages may have been elsewhere, as the configuration tells."""
        files = self._among.files
        changed = [one for one in commits if objects[one, files] != objects[self.head, files]]
        asked = [one for one in changed if any(objects[one, files])]
        then = packages_at(self._history, self._among, [self.head, *asked] if asked else [])
        return {one for one in changed if one not in then or then[one] != then[self.head]}


def _names_of(lineages: Iterable[Lineage]) -> set[str]:
    return {one.package.name for one in lineages}


def _based_on(floor: str, graph: CommitGraph) -> set[str]:
    """The commits of a graph that are based on a floor, and that."""
    based = {floor}
    for commit in graph.order:
        if not based.isdisjoint(commit.parents):
            based.add(commit.id)
    return based


class Weigher:
    """Weighs the commits of one package."""

    def __init__(
        self,
        unreleased: UnreleasedCommits,
        lineage: Lineage,
        involved: set[str],
        released: ReleasedMessages,
        read: Reader,
    ) -> None:
        self._commits = unreleased
        self._lineage = lineage
        self._involved = involved
        self._released = released
        self._read = read

    def range_of(self, touched: Sequence[Commit]) -> AssessedRange:
        """The commits since the base, and those since the newest release."""
        base, newest, ahead, start = self._lineage[-4:]
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
        if not (
            self._commits.listed or any(c.id in self._involved or may_name(c) for c in touched)
        ):
            return self._in_order(assess(CommitGraph(touched), policy, read=self._read))
        after = self._commits.is_after
        graph = self._commits.graph
        whole = CommitGraph(c for c in graph.order if after(c.id, floor))
        behind = {c.id: c.message for c in graph.order if not after(c.id, floor)}
        released = ReleasedMessages()
        if floor:
            titles = (c.title for c in graph.order if c.id in behind)
            told = titles_listed(titles, self._commits.listed) | self._released.titles
            released = ReleasedMessages({**behind, **self._released.messages}, told)
        ids = frozenset(commit.id for commit in touched)
        found = assess(whole, policy, released, ids, self._read)
        return tuple(one for one in found if one.commit.id in ids)

    def _in_order(self, found: tuple[Assessment, ...]) -> tuple[Assessment, ...]:
        """Assessments in the order of the whole graph."""
        place = self._commits.graph.position
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
