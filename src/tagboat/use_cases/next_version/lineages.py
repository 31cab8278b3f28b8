"""Lineages: the releases of every package that HEAD is based on, from one look at the refs.

How many processes that takes does not depend on how many packages there are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.next_version.next_version import Start
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, marks_a_line
from tagboat.core.version.tag import Ref, Tagging, VersionTag, semver
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.repository_state import (
    Query,
    beginning_alike,
    branch_tip,
    tagging_of,
)

if TYPE_CHECKING:
    from tagboat.ports.git import History, Remote

DeclaredStarts = Callable[[Sequence[Package], str], Sequence[Start | None]]
"""What the version files of packages declare at a commit; None where they declare nothing."""


class Lineage(NamedTuple):
    """The releases of one package that HEAD is based on: ``base``, ``newest`` and ``ahead``.

    They are as in `AssessedRange`, as is ``start``. ``channel`` is what the branch is for it.
    """

    package: Package
    channel: Channel
    tagging: Tagging
    base: VersionTag | None
    newest: VersionTag | None
    ahead: VersionTag | None = None
    start: Start | None = None

    @property
    def floor(self) -> str:
        """The commit after which its changes count; empty where all do."""
        if self.base is not None:
            return self.base.commit
        return self.start.commit if self.start is not None else ""

    @property
    def points(self) -> tuple[str, ...]:
        """The commits from which it counts."""
        newest = (self.newest.commit,) if self.newest is not None else ()
        return tuple(filter(None, (self.floor, *newest)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how its tags were read."""
        start = self.start
        if start is None:
            return self.tagging.notes
        since = f"as {start.path} has it since {start.commit[:10]}"
        told = f"no version tag yet: counting from {start.version}, {since}"
        return (*self.tagging.notes, told)


class Lineages:
    """Finds the lineages of the packages of a repository."""

    def __init__(
        self,
        history: "History",
        remote: "Remote",
        packages: Sequence[Package],
        place: Query,
        declare: DeclaredStarts,
    ) -> None:
        self._history = history
        self._remote = remote
        self._packages = packages
        self._place = place
        self._declare = declare

    def taggings(self, facts: RepositoryInfo) -> list[Tagging]:
        """The version tags of each package.

        The remote is asked for its tags where somebody wants that, where the clone does not fetch
        all of them, and where it has none of any package.
        """
        may_ask = not self._place.offline and facts.head is not None
        narrow = facts.narrow and self._remote.name() in facts.narrow
        is_asked = may_ask and bool(self._place.ask_remote or narrow)
        taggings = self._taggings(facts.tags, facts.head, is_asked=is_asked)
        is_bare = not any(tagging.tags for tagging in taggings) and not facts.shallow_boundary
        if may_ask and is_bare and not is_asked:
            taggings = self._taggings(facts.tags, facts.head, is_asked=True)
        return taggings

    def of(
        self,
        facts: RepositoryInfo,
        channels: Sequence[Channel],
        taggings: Sequence[Tagging],
        elsewhere: set[str],
    ) -> list[Lineage]:
        """The lineage of each package at HEAD, which is not based on some commits of tags."""
        own = [[tag for tag in one.tags if tag.commit not in elsewhere] for one in taggings]
        fresh = [one for one, tags in zip(self._packages, own, strict=True) if not tags]
        starts = self._starts(fresh, facts)
        each = zip(self._packages, channels, taggings, own, strict=True)
        return [_lineage(*one, starts.get(one[0].name)) for one in each]

    def _starts(self, fresh: Sequence[Package], facts: RepositoryInfo) -> dict[str, Start]:
        """What the version files of packages without a release say, where that is beyond none."""
        if not fresh or facts.head is None or facts.shallow_boundary:
            return {}
        declared = zip(fresh, self._declare(fresh, facts.head), strict=True)
        return {
            package.name: start
            for package, start in declared
            if start is not None and start.version > package.initial
        }

    def are_deep(self, facts: RepositoryInfo, lineages: Sequence[Lineage]) -> bool:
        """Whether nothing that a shallow clone lacks may be a base: commits aside."""
        if self._place.offline or self._remote_tags is None:
            return False
        whole = self._taggings(facts.tags, facts.head, is_asked=True)
        return all(
            one.base in tagging.tags
            and not any(
                tag.version > one.base.version
                and one.channel.owns(tag.version)
                and tag != one.newest
                for tag in tagging.tags
            )
            for one, tagging in zip(lineages, whole, strict=True)
        )

    def held(
        self, lineages: Sequence[Lineage], facts: RepositoryInfo, tip: str
    ) -> dict[str, VersionTag]:
        """The releases that have HEAD already, by package; ``tip`` is the branch's, if known."""
        above = {
            one.package.name: (one.channel, one.channel.above(one.tagging.tags, one.newest))
            for one in lineages
        }

        def tip_of(branch: str) -> str:
            return tip or branch_tip(self._history, self._remote, branch)

        remote = self._place.open_to(self._remote)
        return holders(self._history, above, facts.head or "", tip_of, remote)

    @cached_property
    def _remote_tags(self) -> tuple[Ref, ...] | None:
        """The remote's tags, asked for once; None where there is no remote."""
        return self._remote.tags()

    def _taggings(
        self, refs: tuple[Ref, ...], head: str | None, *, is_asked: bool
    ) -> list[Tagging]:
        """The version tags of each package; what another's format spells is none of its own."""
        if is_asked:
            names = {ref.name for ref in refs}
            refs += tuple(ref for ref in self._remote_tags or () if ref.name not in names)
        seen = sorted(ref for ref in refs if ref.name not in self._place.hidden)
        found: dict[str, Tagging] = {}
        taken: set[str] = set()
        for package in sorted(self._packages, key=lambda one: one.tag is None):
            own = beginning_alike(seen, package)
            if package.tag is None:
                own = [ref for ref in seen if ref.name not in taken]
            tagging = tagging_of(self._history, package._replace(others=()), own, head)
            found[package.name] = tagging._replace(with_remote=is_asked)
            taken.update(tag.name for tag in (*tagging.tags, *tagging.others))
        is_any_bare = not all(tagging.tags for tagging in found.values())
        untaken = (ref.name for ref in seen if ref.name not in taken)
        left = _plain_versions(untaken) if is_any_bare else []
        return [_told_of_left(package, found[package.name], left) for package in self._packages]

    def elsewhere(
        self, taggings: Sequence[Tagging], channels: Sequence[Channel], head: str
    ) -> set[str]:
        """The commits of tags that HEAD is not based on, as far as that decides.

        The highest are asked about first: nearly always HEAD is based on all of them.
        """
        first = highest(taggings, channels, head)
        elsewhere = self._history.not_ancestors(first, head) if first else set[str]()
        second = {
            tag.commit
            for tagging, channel in zip(taggings, channels, strict=True)
            if (top := _top_of(tagging, channel)) is not None and top.commit in elsewhere
            for tag in tagging.tags
        }
        second -= first | {head}
        return elsewhere | (self._history.not_ancestors(second, head) if second else set())


def _lineage(
    package: Package,
    channel: Channel,
    tagging: Tagging,
    own: Sequence[VersionTag],
    start: Start | None,
) -> Lineage:
    """The lineage of a package, by those of its tags that HEAD is based on."""
    base = max(channel.candidates(own), key=_version_of_tag, default=None)
    above = [tag for tag in own if base is None or tag.version > base.version]
    newest = [tag for tag in above if channel.has_token(tag.version)]
    ahead = [t for t in above if t.version.is_prerelease and not marks_a_line(t.version)]
    return Lineage(
        package,
        channel,
        tagging,
        base,
        max(newest, key=_version_of_tag, default=base),
        max(ahead, key=_version_of_tag, default=None) if channel.kind == "stable" else None,
        start,
    )


def highest(taggings: Sequence[Tagging], channels: Sequence[Channel], head: str) -> set[str]:
    """The commits of the tags, but HEAD, that decide where HEAD is based on all of them."""
    found: set[str] = set()
    for tagging, channel in zip(taggings, channels, strict=True):
        top = _top_of(tagging, channel)
        found |= {t.commit for t in tagging.tags if top is None or t.version >= top.version}
    return found - {head}


def _top_of(tagging: Tagging, channel: Channel) -> VersionTag | None:
    """The highest tag that may be a base."""
    return max(channel.candidates(tagging.tags), key=_version_of_tag, default=None)


def _plain_versions(names: Iterable[str]) -> list[str]:
    """Those of some names that spell a version and nothing else, the highest first."""
    read = ((semver(name.lstrip("vV")), name) for name in names)
    return [name for _, name in sorted((v, n) for v, n in read if v is not None)][::-1]


def _told_of_left(package: Package, tagging: Tagging, left: Sequence[str]) -> Tagging:
    """The tags of a package; where it has none, told of the highest version of no package."""
    name = next((name for name in left if not package.ignores(name)), "")
    if tagging.tags or not name:
        return tagging
    told = f"{name} is of no package: those without a tag do not count from it"
    return tagging._replace(notes=(*tagging.notes, told))


def _version_of_tag(tag: VersionTag) -> Version:
    return tag.version


def holders(
    history: "History",
    above: Mapping[str, tuple[Channel, Sequence[VersionTag]]],
    head: str,
    tip_of: Callable[[str], str],
    remote: "Remote | None",
) -> dict[str, VersionTag]:
    """For each package the lowest of the versions ``above`` that is its own and has HEAD already.

    Their channels are those of one branch, whose commit ``tip_of`` tells, or nothing. Tags off the
    branch are not the channel's, unless a stable version took in what a prerelease channel has;
    what the clone lacks of such versions is fetched from ``remote``.
    """
    every = sorted({tag.commit for _, tags in above.values() for tag in tags})
    if not every or not head:
        return {}
    commits = history.messages(every)
    lacking = {
        tag.name
        for channel, tags in above.values()
        for tag in tags
        if tag.commit not in commits and _is_promoted(tag, channel)
    }
    if lacking and remote is not None:
        remote.fetch(sorted(lacking))
        commits = history.messages(every)
    branch = next(channel.branch for channel, _ in above.values())
    elsewhere = history.not_ancestors(commits, tip_of(branch) or head)

    def is_own(tag: VersionTag, channel: Channel) -> bool:
        is_on_it = tag.commit not in elsewhere
        return tag.commit in commits and (is_on_it or _is_promoted(tag, channel))

    own = {
        name: [tag for tag in tags if is_own(tag, channel)]
        for name, (channel, tags) in above.items()
    }
    return _lowest_above(history, own, head)


def _is_promoted(tag: VersionTag, channel: Channel) -> bool:
    """Whether a tag may be of a stable version that took in what a prerelease channel has."""
    return bool(channel.prerelease) and not tag.version.is_prerelease


def _lowest_above(
    history: "History", tags: Mapping[str, Sequence[VersionTag]], head: str
) -> dict[str, VersionTag]:
    """For each package the lowest of some tags that is based on HEAD, all packages at once."""
    left = {
        name: sorted(of, key=lambda tag: tag.version, reverse=True) for name, of in tags.items()
    }
    found: dict[str, VersionTag] = {}
    while left := {name: of for name, of in left.items() if of}:
        lowest = {name: of.pop() for name, of in left.items()}
        based = history.descendants({tag.commit for tag in lowest.values()}, head)
        found |= {name: tag for name, tag in lowest.items() if tag.commit in based}
        left = {name: of for name, of in left.items() if name not in found}
    return found
