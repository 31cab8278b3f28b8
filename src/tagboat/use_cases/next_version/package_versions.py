"""The next versions of all packages of a repository: their own changes, then what they need."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.assess import Reader, ReleasedMessages
from tagboat.core.bump.bump import Bump, bumped
from tagboat.core.changes.revert import concerned
from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.next_version.next_version import (
    AssessedRange,
    NextVersion,
    NextVersions,
    Pull,
    VersionOverride,
    WhatIf,
    next_release,
)
from tagboat.core.next_version.package import Package, PackageSet, released_from
from tagboat.core.packages import (
    Need,
    OwnChanges,
    PackageDue,
    cycles,
    cycles_told,
    due_set,
    with_dependencies,
    with_their_group,
)
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import VersionTag
from tagboat.use_cases.next_version.commit_range import (
    CommitRange,
    no_commits,
    released_messages,
    with_way_out,
)
from tagboat.use_cases.next_version.lineages import DeclaredStarts, Lineage, Lineages, highest
from tagboat.use_cases.next_version.next_version import held_by, refuse_beside_strange
from tagboat.use_cases.next_version.repository_state import (
    DEPTHS,
    Query,
    channels_here,
    deepened,
    too_shallow,
)
from tagboat.use_cases.next_version.unreleased_commits import (
    RangeReader,
    UnreleasedCommits,
    Weigher,
    shared_reader,
)

if TYPE_CHECKING:
    from tagboat.core.version_files.ranges import VersionRange
    from tagboat.ports.git import History, Remote

_MARKER = "\nTagboat-Release: "


class Asked(NamedTuple):
    """What is asked: for the packages of some ``names`` alone, if there are any.

    ``override`` is for the only one of them. ``tip`` is the commit of the channel's branch, if that
    is not to be looked for. With ``beside`` the other packages are released too, and not told of.
    """

    names: tuple[str, ...] = ()
    override: VersionOverride = VersionOverride()
    what_if: WhatIf = WhatIf()
    tip: str = ""
    beside: bool = False


_ALL = Asked()


class PackageVersions:
    """Decides the next versions of the packages of one repository."""

    def __init__(
        self,
        history: "History",
        remote: "Remote",
        among: PackageSet,
        place: Query,
        declare: DeclaredStarts,
    ) -> None:
        self._history = history
        self._remote = remote
        self.among = among
        self._place = place
        self._declare = declare
        self._lineages = Lineages(history, remote, among.packages, place, declare)

    def at(self, branch: str, hidden: frozenset[str]) -> "PackageVersions":
        """What decides for a branch as if some tags were not there."""
        place = self._place._replace(channel=branch, hidden=hidden)
        return PackageVersions(self._history, self._remote, self.among, place, self._declare)

    def decide(self, facts: RepositoryInfo, asked: Asked = _ALL) -> NextVersions:
        """Decide the next versions at HEAD.

        Raises as `next_release` does, with the name of the package, UsageError for a name that no
        package has, and RepositoryError for a repository that can't be read to the bases.
        """
        channels, notes = channels_here(self._place, facts, self.among.packages)
        lineages, unreleased = self._look(facts, channels, asked)
        for depth in (*DEPTHS, 0):
            if not facts.shallow_boundary or self._is_deep(facts, lineages, unreleased):
                break
            if depth == 0:
                raise too_shallow("its remote does not have the rest either")
            notes.append(deepened(self._remote, depth, offline=self._place.offline))
            facts = self._history.facts()
            lineages, unreleased = self._look(facts, channels, asked)
        told = [note for one in lineages for note in one.notes]
        ranges = ((one.tagging, CommitRange(one.base, (), "")) for one in lineages)
        told += no_commits(self._history, facts.tags, ranges)
        held = {} if asked.what_if.title else self._lineages.held(lineages, facts, asked.tip)
        releases = _Releases(self._history, lineages, unreleased, held)
        decided = releases.decided(asked)
        notes += (*dict.fromkeys(told), *unreleased.strange(), *decided.notes)
        return decided._replace(notes=tuple(notes), held=tuple(tag.name for tag in held.values()))

    def _look(
        self, facts: RepositoryInfo, channels: Sequence[Channel], asked: Asked
    ) -> tuple[list[Lineage], UnreleasedCommits]:
        """The lineages of all packages, and the commits that may count.

        Nearly always HEAD is based on the highest tags, and the walk that reads the commits shows
        it. Only where it does not git is asked.
        """
        head = facts.head or ""
        taggings = self._lineages.taggings(facts)
        reader = RangeReader(self._history, head)
        tops = highest(taggings, channels, head)
        if all(tagging.tags for tagging in taggings) and not facts.shallow_boundary:
            lineages = self._lineages.of(facts, channels, taggings, set())
            unreleased = UnreleasedCommits(reader, lineages, self.among, asked.what_if)
            if unreleased.are_ancestors(tops):
                return lineages, unreleased
        elsewhere = self._lineages.elsewhere(taggings, channels, head)
        lineages = self._lineages.of(facts, channels, taggings, elsewhere)
        return lineages, UnreleasedCommits(reader, lineages, self.among, asked.what_if)

    def _is_deep(
        self,
        facts: RepositoryInfo,
        lineages: Sequence[Lineage],
        unreleased: UnreleasedCommits,
    ) -> bool:
        """Whether nothing that a shallow clone leaves out could change the answers."""
        if unreleased.listed or not facts.shallow_boundary.isdisjoint(unreleased.graph.by_id):
            return False
        return self._lineages.are_deep(facts, lineages)


class _Releases:
    """What is due, of the packages of some lineages."""

    def __init__(
        self,
        history: "History",
        lineages: Sequence[Lineage],
        unreleased: UnreleasedCommits,
        held: Mapping[str, VersionTag],
    ) -> None:
        """``held`` are the releases that have HEAD already, by package."""
        self._history = history
        self._lineages = {one.package.name: one for one in lineages}
        packages = [one.package for one in lineages]
        self._away = self._lineages.keys() - released_from(lineages[0].channel.branch, packages)
        self._commits = unreleased
        self._held = held

    def decided(self, asked: Asked) -> NextVersions:
        """What is due of the packages that are asked for, by themselves and for each other."""
        needs = self._needs()
        names = self._together(self._known(asked.names), needs)
        ranges = self._ranges()
        if str(asked.override) and len(names) > 1:
            raise _too_many(asked.override, names, asked.names)
        wishes = dict.fromkeys(self._lineages, VersionOverride())
        wishes |= dict.fromkeys(names, asked.override)
        own = {name: self._try(name, ranges[name], wishes[name]) for name in ranges}
        free = [name for name in own if name not in self._held and name not in self._away]
        chosen = set(names)
        released = self._lineages.keys() if asked.beside else chosen
        asks = {name: self._own(name, own[name], is_asked=name in released) for name in free}
        groups = {name: self._lineages[name].package.group for name in free}
        # What is left is released for nobody now, and so releases nobody.
        due = due_set(asks, {n: needs[n] if n in released else () for n in needs}, groups)
        later = due_set(asks, needs, groups) if released < self._lineages.keys() else due
        made = [n for n in self._lineages if n in chosen or (asked.beside and n in due)]
        found = [self._one(name, own[name], due.get(name), wishes[name]) for name in made]
        left = tuple(name for name in self._lineages if name in later and name not in released)
        newest = {n: one.newest.version for n, one in self._lineages.items() if one.newest}
        asking = {name for name in asks if asks[name].is_due}
        told = with_dependencies(with_their_group(found), newest, asking)
        shown = tuple(one for one in told if one.package.name in chosen)
        return NextVersions(shown, left, cycles_told(needs))

    def _known(self, names: Sequence[str]) -> list[str]:
        """The packages that are asked for. Raises UsageError for a name that none has."""
        for name in names:
            if name not in self._lineages:
                raise UsageError(
                    f"there is no package {name!r}", f"choose one of {', '.join(self._lineages)}"
                )
        return [name for name in self._lineages if not names or name in names]

    def _together(self, names: Sequence[str], needs: Mapping[str, Sequence[Need]]) -> list[str]:
        """Some packages with those that are only released with them."""
        groups = {self._lineages[name].package.group for name in names} - {""}
        units = [unit for unit in cycles(needs) if not set(unit).isdisjoint(names)]
        together = {*names, *chain.from_iterable(units)}
        return [
            name
            for name, one in self._lineages.items()
            if name in together or one.package.group in groups
        ]

    def _own(
        self, name: str, decided: NextVersion | RepositoryError, *, is_asked: bool
    ) -> OwnChanges:
        """What a package asks for by itself."""
        lineage = self._lineages[name]
        base = lineage.base or lineage.start
        version = base.version if base is not None else None
        if isinstance(decided, RepositoryError) or not decided.due or not is_asked:
            return OwnChanges(version, released=lineage.package.release)
        return OwnChanges(version, True, decided.bump, lineage.package.release)  # noqa: FBT003

    def _one(
        self,
        name: str,
        own: NextVersion | RepositoryError,
        due: PackageDue | None,
        override: VersionOverride,
    ) -> NextVersion:
        """What is due of a package, for itself and for others."""
        if isinstance(own, RepositoryError):
            own.message = f"{name}: {own.message}"
            raise own
        if due is None:
            current = own.assessed.newest.version if own.assessed.newest is not None else None
            held = own._replace(due=False, version=current, origin="it is never released alone")
            return held if own.due else own
        if not due.because and not due.group:
            return own
        base = due.base if due.group else None
        pull = Pull(due.bump, base, due.because, due.group)
        again = self._try(name, own.assessed._replace(pull=pull), override)
        return self._one(name, again, PackageDue(None, due.bump), override)

    def _try(
        self, name: str, assessed: AssessedRange, override: VersionOverride
    ) -> NextVersion | RepositoryError:
        """The next version of a package; an error is told only where it matters."""
        package, channel, tagging = self._lineages[name][:3]
        if name in self._away or name in self._held:
            none = NextVersion.none(package, channel, tagging, assessed)
            if name in self._away:
                return none._replace(origin=f"{channel.branch} is none of its channels")
            return held_by(none, self._held[name], self._commits.head)
        try:
            release = next_release(package, channel, tagging, assessed, override)
            if override.version is None and assessed.pull is None:
                refuse_beside_strange(self._history, release)
        except RepositoryError as error:
            return with_way_out(self._history, error)
        return release

    # What each package needs

    def _needs(self) -> dict[str, list[Need]]:
        """The dependencies of each package, with what its newest release misses of them."""
        pairs = [
            (one, self._lineages[name])
            for one in self._lineages.values()
            for name in one.package.needs
            if name in self._lineages and one.channel.may_need(self._lineages[name].channel)
        ]
        missed = [self._missed(one, other) for one, other in pairs]
        ours = self._made_here({tag.name for tag in missed if tag is not None})
        found: dict[str, list[Need]] = {name: [] for name in self._lineages}
        for (one, other), tag in zip(pairs, missed, strict=True):
            steps = self._steps(one, other) if tag is not None and tag.name in ours else Bump.NONE
            allowed = self._allowed(one, other)
            need = Need(other.package.name, one.package.propagate, steps, allowed)
            found[one.package.name].append(need)
        return found

    def _missed(self, one: Lineage, other: Lineage) -> VersionTag | None:
        """The newest release of a dependency, if a package's own newest does not have it."""
        newest, released = one.newest, other.newest
        if newest is None or released is None:
            return None
        return released if self._commits.is_after(released.commit, newest.commit) else None

    def _made_here(self, tags: set[str]) -> set[str]:
        """Those tags that tagboat made: before it was there, nobody waited for dependents."""
        names = sorted(tags)
        texts = self._history.texts([f"refs/tags/{name}" for name in names]) if names else []
        pairs = zip(names, texts, strict=True)
        return {n for n, text in pairs if text and text.startswith("object ") and _MARKER in text}

    def _steps(self, one: Lineage, other: Lineage) -> Bump:
        """How far a dependency went since a package's newest release."""
        last, newest = other.newest, one.newest
        if last is None or newest is None:
            return Bump.NONE
        known = [
            tag
            for tag in other.tagging.tags
            if tag.version < last.version and not self._commits.is_after(tag.commit, newest.commit)
        ]
        before = max(known, key=lambda tag: tag.version, default=None)
        if before is None:
            return Bump.PATCH
        allowed = [each.spelled(before.version) for each in _ranges(one.package, other.package)]
        if allowed and all(each.holds(last.version, before.version) for each in allowed):
            return Bump.NONE
        return _step_between(before, last)

    def _allowed(self, one: Lineage, other: Lineage) -> Bump:
        """The highest bump of a dependency that a package's manifests allow."""
        base = other.base or other.start
        ranges = _ranges(one.package, other.package)
        there = base.version if base is not None else other.package.initial
        for bump in (Bump.MAJOR, Bump.MINOR, Bump.PATCH) if ranges else ():
            version = bumped(there.core, bump) if base is not None else there
            if other.channel.prerelease:
                version = version.with_prerelease(other.channel.prerelease, 1)
            if all(each.holds(version, there) for each in ranges):
                return bump
        return Bump.NONE if ranges else Bump.MAJOR

    # What each package changed

    def _ranges(self) -> dict[str, AssessedRange]:
        """The commits of each package, weighed."""
        touched = self._commits.touched()
        involved = concerned(self._commits.graph)
        released = self._released()
        readers: list[tuple[Package, Reader]] = []
        found = {}
        for name, one in self._lineages.items():
            reader = shared_reader(one.package, readers)
            weigher = Weigher(self._commits, one, involved, released, reader)
            found[name] = weigher.range_of(touched[name])
        return found

    def _released(self) -> ReleasedMessages:
        """The messages of commits below all bases that commits take back or repeat.

        A commit that is nobody's may take back one of several commits with the same title.
        """
        commits = self._commits
        return released_messages(self._history, commits.graph.order, commits.head, commits.listed)


def _too_many(wish: VersionOverride, names: Sequence[str], asked: Sequence[str]) -> UsageError:
    """The error for a wish that would be for several packages."""
    if len(asked) == 1:
        told = f"{wish} is for one package, and {asked[0]} is only released with others: "
        return UsageError(told + ", ".join(names), "leave it out: their commits decide")
    return UsageError(f"{wish} is for one package", "name it with --package")


def _ranges(package: Package, other: Package) -> "Sequence[VersionRange]":
    """What the manifests of a package allow of another; none where that does not count."""
    asked = package.propagate == "out-of-range"
    return (package.requires or {}).get(other.name, ()) if asked else ()


def _step_between(before: VersionTag, after: VersionTag) -> Bump:
    """How far one version is from another."""
    if before.version.major != after.version.major:
        return Bump.MAJOR
    return Bump.MINOR if before.version.minor != after.version.minor else Bump.PATCH
