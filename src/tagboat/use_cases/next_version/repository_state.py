"""Repository state: look at a repository and find the commits that a release covers.

Never answers from half a history: a shallow clone is deepened until the base is proved, a clone
without version tags, or that does not fetch all of them, asks its remote, and where that can't be
done the error says what helps.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.errors import OutsideError, RepositoryError, UsageError
from tagboat.core.next_version.next_version import Start
from tagboat.core.next_version.package import Package, channels_at
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import (
    Read,
    Ref,
    TagFormat,
    Tagging,
    VersionTag,
    beside_plain,
    given,
    inferred,
    numbers_of,
    pep440,
    semver,
)
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.commit_range import CommitRange, is_cut, no_commits, since_base

if TYPE_CHECKING:
    from tagboat.ports.git import History, Remote

DEPTHS = (200, 2000, None)
_UNSHALLOW = "git fetch --unshallow --tags"


Declare = Callable[[str], Start | None]
"""What the version files of a commit declare; None where they declare nothing."""


def _nothing(_: str) -> None:
    """What there is to say without version files."""


class Query(NamedTuple):
    """Where a question is asked from.

    ``channel`` names the branch to answer for; without it the branch that is checked out decides,
    and when HEAD is detached ``ci_branch``, the one the CI system says it builds. ``hidden`` are
    the names of tags that do not count. ``ask_remote`` asks the remote for its tags first.
    """

    channel: str = ""
    ci_branch: str = ""
    offline: bool = False
    hidden: frozenset[str] = frozenset()
    ask_remote: bool = False

    def open_to(self, remote: "Remote") -> "Remote | None":
        """A remote that may be asked what the clone lacks; None where none may be."""
        return None if self.offline else remote


class RepositoryState(NamedTuple):
    """What was found; ``notes`` say what a person should know about how."""

    facts: RepositoryInfo
    channel: Channel
    tagging: Tagging
    since: CommitRange
    notes: tuple[str, ...] = ()


class BaseFinder:
    """Looks at one repository for one package."""

    def __init__(
        self,
        history: "History",
        remote: "Remote",
        package: Package,
        place: Query,
        declare: Declare = _nothing,
    ) -> None:
        self.history = history
        self._declare = declare
        self._remote = remote
        self.asked = place.open_to(remote)
        self.package = package
        self._place = place
        self._notes: list[str] = []
        self._head: str | None = None

    def at(self, branch: str, hidden: frozenset[str]) -> "BaseFinder":
        """One that answers for a branch as if some tags were not there."""
        place = self._place._replace(channel=branch, hidden=hidden)
        return BaseFinder(self.history, self._remote, self.package, place, self._declare)

    def tip(self, branch: str) -> str:
        """The commit of a branch, of the remote's as this clone knows it; empty where unknown."""
        return branch_tip(self.history, self._remote, branch)

    def repository_state(self, facts: RepositoryInfo) -> RepositoryState:
        """Find channel, tags and the commits since the base; deepen a shallow clone if needed."""
        (channel,), notes = channels_here(self._place, facts, [self.package])
        self._notes += notes
        self._head = facts.head
        tagging, reachable = self._tagging(facts)
        since = self._since(facts, channel, reachable)
        for depth in DEPTHS:
            if self._is_whole(facts, channel, reachable, since):
                break
            self._deepen(depth)
            facts = self.history.facts()
            tagging, reachable = self._tagging(facts)
            since = self._since(facts, channel, reachable)
        else:
            if not self._is_whole(facts, channel, reachable, since):
                raise too_shallow("its remote does not have the rest either")
        since = self._started(since, reachable)
        self._notes += (*tagging.notes, *no_commits(self.history, facts.tags, [(tagging, since)]))
        return RepositoryState(facts, channel, tagging, since, tuple(self._notes))

    def _tagging(self, facts: RepositoryInfo) -> tuple[Tagging, tuple[VersionTag, ...]]:
        """The package's tags, and those of them that may be ancestors of HEAD."""
        tagging = self._of_package(facts.tags)
        if facts.head is None or facts.shallow_boundary:
            return tagging, tagging.tags
        if tagging.tags:
            narrow = facts.narrow and self._remote.name() in facts.narrow
            why = "this clone does not fetch every tag of its remote" if narrow else ""
            if narrow or self._place.ask_remote:
                return self._with_remote(facts, facts.head, tagging, why)
            return tagging, tagging.tags
        if self._place.offline:
            self._notes.append("this clone has no version tags, and its remote is not asked")
            return tagging, ()
        tagging = self._of_both(facts)
        if tagging.tags:
            self._notes.append("this clone has no version tags: read them from its remote")
        ancestors = self.history.ancestors({tag.commit for tag in tagging.tags}, facts.head)
        return tagging, tuple(tag for tag in tagging.tags if tag.commit in ancestors)

    def _with_remote(
        self, facts: RepositoryInfo, head: str, here: Tagging, why: str
    ) -> tuple[Tagging, tuple[VersionTag, ...]]:
        """The same with the tags that this clone does not have, most of them on other branches."""
        if self._place.offline:
            self._notes.append(f"{why}, which is not asked for the others")
            return here, here.tags
        names = {ref.name for ref in facts.tags}
        tagging = self._of_both(facts)
        added = [tag for tag in tagging.tags if tag.name not in names]
        if not added:
            return tagging, tagging.tags
        count = f"{len(added)} more version tag{'s' if added[1:] else ''}"
        asked = f"{why}: asked it, and it has" if why else "the remote has"
        self._notes.append(f"{asked} {count}")
        non_ancestors = self.history.not_ancestors({tag.commit for tag in added}, head)
        return tagging, tuple(tag for tag in tagging.tags if tag.commit not in non_ancestors)

    def _of_both(self, facts: RepositoryInfo) -> Tagging:
        """The tags of the package, here and on the remote."""
        found = self._of_package(facts.tags + self._lacking(facts))
        return found._replace(with_remote=self._remote_tags is not None)

    def _lacking(self, facts: RepositoryInfo) -> tuple[Ref, ...]:
        """The remote's tags that this clone does not have."""
        names = {ref.name for ref in facts.tags}
        return tuple(ref for ref in self._remote_tags or () if ref.name not in names)

    @cached_property
    def _remote_tags(self) -> tuple[Ref, ...] | None:
        """The remote's tags, asked for once; None where there is no remote."""
        return self._remote.tags()

    def _since(
        self, facts: RepositoryInfo, channel: Channel, tags: Sequence[VersionTag]
    ) -> CommitRange:
        if facts.head is None:
            return CommitRange(None, (), "")
        return since_base(self.history, facts.head, channel.candidates(tags))

    def _started(self, since: CommitRange, tags: Sequence[VersionTag]) -> CommitRange:
        """The same, from what the version files say where no tag is among the ancestors."""
        if since.base is not None or not since.head:
            return since
        commits = {commit.id for commit in since.commits}
        if any(tag.commit in commits for tag in tags):
            return since
        start = self._declare(since.head)
        if start is None or start.version <= self.package.initial:
            return since
        self._notes.append(
            f"no version tag yet: counting from {start.version}, as {start.path} has it since "
            f"{start.commit[:10]}"
        )
        return since._replace(start=start)

    def _is_whole(
        self,
        facts: RepositoryInfo,
        channel: Channel,
        tags: Sequence[VersionTag],
        since: CommitRange,
    ) -> bool:
        """Whether nothing that a shallow clone leaves out could change the answer."""
        if not facts.shallow_boundary:
            return True
        if since.base is None or self._place.offline:
            return False
        if is_cut(since, self.package, facts.shallow_boundary):
            return False
        floor = since.base.version
        if any(channel.counts_from(tag.version) and tag.version > floor for tag in tags):
            return False
        if self._remote_tags is None:
            return False
        both, here = self._of_both(facts).tags, {tag.name for tag in tags}
        return since.base in both and not any(
            tag.version > floor
            and tag.name not in here
            and (channel.counts_from(tag.version) or channel.has_token(tag.version))
            for tag in both
        )

    def _of_package(self, refs: Sequence[Ref]) -> Tagging:
        """The tags of the package, without those that do not count."""
        hidden = self._place.hidden
        seen = [ref for ref in refs if ref.name not in hidden] if hidden else refs
        return tagging_of(self.history, self.package, seen, self._head)

    def _deepen(self, depth: int | None) -> None:
        """Fetch more history, and say so."""
        self._notes.append(deepened(self._remote, depth, offline=self._place.offline))


def branch_tip(history: "History", remote: "Remote", branch: str) -> str:
    """The commit of a branch, of the remote's as this clone knows it; empty where unknown."""
    for where in (f"refs/remotes/{remote.name()}", "refs/heads"):
        with suppress(UsageError):
            return history.resolve(f"{where}/{branch}")
    return ""


def channels_here(
    place: Query, facts: RepositoryInfo, packages: Sequence[Package]
) -> tuple[list[Channel], list[str]]:
    """The channel of each package to answer for, and a note where all had to be assumed."""
    branch = place.channel or facts.branch or place.ci_branch
    channels = channels_at(branch, packages)
    if not branch:
        return channels, ["HEAD is detached and no --channel is given: answering for a stable one"]
    if all(channel.assumed for channel in channels):
        return channels, [f"{branch} is no channel: answering as if it were a stable one"]
    return channels, []


def deepened(remote: "Remote", depth: int | None, *, offline: bool) -> str:
    """Fetch more history; what there is to say then.

    Raises RepositoryError with the command that helps where it can't be had.
    """
    problem, command = "no more is fetched offline", _UNSHALLOW
    if not offline:
        try:
            if remote.deepen(depth):
                what = "all of its history" if depth is None else f"{depth} more commits"
                return f"this clone is shallow: fetched {what} to find the base"
            problem = "it has no remote to fetch more from"
            command = f"git remote add origin URL && {_UNSHALLOW}"
        except OutsideError as error:
            problem = f"its remote can't be reached: {error}"
    raise too_shallow(problem, command)


def too_shallow(problem: str, command: str = _UNSHALLOW) -> RepositoryError:
    """The error for a shallow clone that can't be made deep enough, with the command that helps."""
    return RepositoryError(
        f"this clone is shallow and what decides may lie outside it; {problem}", command
    )


def tagging_of(
    history: "History", package: Package, refs: Sequence[Ref], head: str | None = None
) -> Tagging:
    """The version tags of a package, by its configured format or the inferred one.

    Tags that it ignores are none, and its moving ones, though ``v1.2`` and, in PEP 440, ``v1`` read
    as versions. Of several tags of one version the later one counts, among those that ``head``
    contains if it contains any.
    """
    read = _reader(package)
    if package.others:
        refs = _of_no_other(package, sorted(refs))
    if package.ignored_tags:
        refs = [ref for ref in refs if not package.ignores(ref.name)]
    if package.moving:
        refs = [ref for ref in refs if ref.name.count(".") > 1 or not _is_moving(package, ref.name)]
    if package.tag is None:
        found = inferred(refs, history.newest_tag, read)
    else:
        found, *earlier = (given(refs, one, read) for one in tag_formats(package))
        found = _with_earlier(found, [tag for tagging in earlier for tag in tagging.tags])
        is_alone = not (package.name or package.others or package.is_part)
        if is_alone and not (found.tags or found.strange):
            found = beside_plain(found, refs, read)  # tags without a name are no other package's
    if read is pep440:
        found = found._replace(format=found.format._replace(scheme=package.scheme))
    return _counted_once(history, found, head)


def _reader(package: Package) -> Read:
    return pep440 if package.scheme == "pep440" else semver


def _of_no_other(package: Package, refs: Sequence[Ref]) -> list[Ref]:
    """The tags, of some in order of their names, that the format of no other package spells."""
    taken = {
        tag.name
        for other in package.others
        for one in tag_formats(other)
        for tag in given(beginning_alike(refs, other), one, _reader(other)).tags
    }
    return [ref for ref in refs if ref.name not in taken]


def beginning_alike(refs: Sequence[Ref], package: Package) -> list[Ref]:
    """The tags, of some in order of their names, that begin as those of a package do."""
    found: dict[Ref, None] = {}
    for prefix in {one.prefix for one in tag_formats(package)}:
        start = bisect_left(refs, prefix, key=attrgetter("name"))
        for ref in islice(refs, start, None):
            if not ref.name.startswith(prefix):
                break
            found[ref] = None
    return list(found)


def tag_formats(package: Package) -> Iterator[TagFormat]:
    """The configured tag format of a package, then those under the names that it had."""
    if package.tag is not None:
        yield TagFormat.parse(package.tag, package.name)
        earlier = package.tag if "{name}" in package.tag else "{name}-v{version}"
        yield from (TagFormat.parse(earlier, name) for name in package.was)


def _with_earlier(tagging: Tagging, tags: Sequence[VersionTag]) -> Tagging:
    """A tagging with tags of earlier names, but for versions that it has."""
    known = {tag.version for tag in tagging.tags} if tags else set()
    added = tuple(tag for tag in tags if tag.version not in known)
    return tagging._replace(tags=(*tagging.tags, *added)) if added else tagging


def _is_moving(package: Package, name: str) -> bool:
    """Whether a tag of less than three parts is one that follows releases."""
    major, minor, patch = (*numbers_of(name), 0, 0, 0)[:3]
    version = Version(major, minor, patch)
    return any(rule.spell(version) == name for rule in package.moving)


def _counted_once(history: "History", tagging: Tagging, head: str | None) -> Tagging:
    """The tags with one for each version: the later in ancestry, else the usual spelling.

    It is told of the highest version.
    """
    several = tagging.doubles()
    if not several:
        return tagging
    apart = {tag.commit for tags in several if len({t.commit for t in tags}) > 1 for tag in tags}
    elsewhere = history.not_ancestors(apart, head) if head and apart else set[str]()
    others, notes = set[VersionTag](), list[str]()
    for tags in several:
        pool = [tag for tag in tags if tag.commit not in elsewhere] or tags
        last, is_news = _latest(history, pool), len({tag.commit for tag in pool}) > 1
        others.update(tag for tag in tags if tag is not last)
        if is_news and not any(tag.version > last.version for tag in tagging.tags):
            names = " and ".join(tag.name for tag in tags)
            notes.append(f"{names} spell one version: {last.name} counts, the later one")
    return tagging._replace(
        tags=tuple(tag for tag in tagging.tags if tag not in others),
        others=tuple(others),
        notes=(*tagging.notes, *notes),
    )


def _latest(history: "History", tags: Sequence[VersionTag]) -> VersionTag:
    """The tag that has the others of its version behind it, else the first."""
    commits = {tag.commit for tag in tags}
    if len(commits) == 1:
        return tags[0]
    return next((tag for tag in tags if not history.not_ancestors(commits, tag.commit)), tags[0])
