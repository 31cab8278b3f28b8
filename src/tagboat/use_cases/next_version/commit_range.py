"""Find the base of a release, and the commits since."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.assess import Assessment, ReleasedMessages, assess, may_name, names_in
from tagboat.core.changes.squash import lines_of_lists, titles_listed
from tagboat.core.commits.commit import Commit, CommitGraph, Visit
from tagboat.core.errors import RepositoryError
from tagboat.core.next_version.next_version import AssessedRange, Start, TakenError
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, marks_a_line
from tagboat.core.version.tag import Ref, Tagging, VersionTag
from tagboat.core.version.version import Version

if TYPE_CHECKING:
    from tagboat.ports.git import History

_PATIENCE = 100
"""How many commits a walk goes on after it met the first tag, to find a higher one nearby."""


class CommitRange(NamedTuple):
    """The base, the commits reachable from ``head`` and not from it (in no order), the head.

    ``start`` is what stands in for a base before the first tag; the commits are all there are.
    """

    base: VersionTag | None
    commits: tuple[Commit, ...]
    head: str
    start: Start | None = None


def since_base(history: "History", head: str, candidates: Sequence[VersionTag]) -> CommitRange:
    """Find the highest of ``candidates`` that is ``head`` or an ancestor, and what came after.

    The walk that reads the commits after the highest candidate also proves that it is an ancestor:
    then, and only then, it stands at the walk's border. That is all there is to do in nearly every
    repository. Otherwise the nearest tag sets the bar, and only candidates above it are asked
    about.
    """
    non_ancestors = history.known_non_ancestors(head) if len(candidates) > 1 else frozenset[str]()
    if non_ancestors:
        candidates = [tag for tag in candidates if tag.commit not in non_ancestors]
    if not candidates:
        return _everything(history, head)
    first = _after(history, head, max(candidates, key=_version_of))
    if first is not None:
        return first
    bar = _nearest(history, head, candidates)
    higher = [tag for tag in candidates if bar is None or tag.version > bar.version]
    elsewhere = history.not_ancestors({tag.commit for tag in higher}, head) if higher else set()
    ranked = sorted(higher, key=_version_of, reverse=True)
    for tag in (*(tag for tag in ranked if tag.commit not in elsewhere), *filter(None, [bar])):
        found = _after(history, head, tag)
        if found is not None:
            return found
    return _everything(history, head)


def _version_of(tag: VersionTag) -> Version:
    return tag.version


def _everything(history: "History", head: str) -> CommitRange:
    """All of history, where no candidate is an ancestor."""
    return CommitRange(None, tuple(visit.commit for visit in history.walk(head)), head)


def _after(history: "History", head: str, tag: VersionTag) -> CommitRange | None:
    """The commits after ``tag``, or None where it is no ancestor of ``head``."""
    if tag.commit == head:
        return CommitRange(tag, (), head)
    visits = history.walk(head, (tag.commit,), edges=True)
    commits, proved, is_sure = _listed(visits, tag.commit)
    if not proved:
        return None
    return CommitRange(
        tag, tuple(commits if is_sure else _beyond(history, tag.commit, commits)), head
    )


def commits_after(history: "History", head: str, floor: str) -> tuple[Commit, ...]:
    """The commits that ``head`` reaches and ``floor`` does not, in no order."""
    return walked_after(history, floor, history.walk(head, (floor,), edges=True))


def walked_after(history: "History", floor: str, visits: Iterable[Visit]) -> tuple[Commit, ...]:
    """The commits of a walk down to ``floor``, with edges, that this does not reach."""
    commits, _, is_sure = _listed(visits, floor)
    return tuple(commits if is_sure else _beyond(history, floor, commits))


def _listed(visits: Iterable[Visit], floor: str) -> tuple[list[Commit], bool, bool]:
    """The commits of a walk, whether it ends at the floor, and whether they are sure to be new.

    A walk goes by dates, and where they run backwards it takes for new what the floor reaches. That
    can only be where a line begins elsewhere than at the floor.
    """
    commits: list[Commit] = []
    proved, is_sure = False, True
    for commit, is_boundary in visits:
        if is_boundary:
            is_floor = commit.id == floor
            proved, is_sure = proved or is_floor, is_sure and is_floor
        else:
            commits.append(commit)
            if not commit.parents:
                is_sure = False
    return commits, proved, is_sure


def _beyond(history: "History", floor: str, commits: Sequence[Commit]) -> Sequence[Commit]:
    """Those of the commits of a walk that a floor does not reach.

    If it reaches any, then one on which no other of them is based.
    """
    listed = {commit.id for commit in commits}
    first = [c.id for c in commits if floor not in c.parents and listed.isdisjoint(c.parents)]
    if not first or history.independent([floor, *first]).issuperset(first):
        return commits
    ancestors = history.ancestors(listed, floor)
    return [commit for commit in commits if commit.id not in ancestors]


def _nearest(history: "History", head: str, candidates: Sequence[VersionTag]) -> VersionTag | None:
    """The highest tag on the first commits of a walk that carry one; None where none does."""
    tags = {tag.commit: tag for tag in sorted(candidates, key=_version_of)}
    found: VersionTag | None = None
    patience = _PATIENCE
    for visit in history.walk(head):
        here = tags.get(visit.commit.id)
        if here is not None and (found is None or here.version > found.version):
            found = here
        patience -= found is not None
        if patience <= 0:
            break
    return found


def is_cut(since: CommitRange, package: Package, boundary: frozenset[str]) -> bool:
    """Whether a shallow clone lacks what decides about a range.

    That is a commit of it, or what the base reaches, where a list may tell of that.
    """
    lacks = any(commit.id in boundary for commit in since.commits)
    return lacks or bool(lines_of_lists(since.commits, package.policy.reader()))


def no_commits(
    history: "History", refs: Iterable[Ref], ranges: Iterable[tuple[Tagging, CommitRange]]
) -> tuple[str, ...]:
    """What is to be said of version tags of this clone above a base that lead to a tree or a blob.

    The commits of a range are none of those, and need not be asked about.
    """
    asked: list[VersionTag] = []
    for tagging, since in ranges:
        higher = [tag for tag in tagging.tags if since.base is None or tag.version > since.base[1]]
        known = {commit.id for commit in since.commits} if higher else set[str]()
        asked += (tag for tag in higher if tag.commit not in known)
    here = {ref.name for ref in refs} if asked else set[str]()
    asked = [tag for tag in asked if tag.name in here]
    found = history.objects([f"{tag.commit}^{{commit}}" for tag in asked]) if asked else []
    left = [tag.name for tag, commit in zip(asked, found, strict=True) if not commit]
    more = f" and {len(left) - 1} more lead" if left[1:] else " leads"
    told = f"{left[-1]}{more} to no commit: no release, but the version is taken" if left else ""
    return (told,) if told else ()


def with_way_out(history: "History", error: RepositoryError) -> RepositoryError:
    """The error that a version is taken, with what helps where its tag leads to no commit."""
    names = [f"refs/tags/{name}" for name in error.tags] if isinstance(error, TakenError) else []
    found = history.objects([*names, *(f"{name}^{{commit}}" for name in names)]) if names else []
    for tag, commit in zip(found[: len(names)], found[len(names) :], strict=True):
        if tag and not commit:
            error.hint = (
                "delete that tag, which leads to no commit, here and on the remote, or ask for "
                "another version with --as"
            )
    return error


def assess_range(
    history: "History",
    package: Package,
    channel: Channel,
    tags: Sequence[VersionTag],
    since: CommitRange,
) -> AssessedRange:
    """Weigh every commit since the base, and again those since the channel's newest tag."""
    newest = newest_of(history, channel, tags, since)
    if since.start is not None:
        behind = CommitGraph(since.commits).reachable([since.start.commit])
        since = since._replace(commits=tuple(c for c in since.commits if c.id not in behind))
        weighed = _weighed(history, package, since)
        return AssessedRange(None, None, weighed, weighed, start=since.start)
    assessments = fresh = _weighed(history, package, since)
    if newest is not None and newest is not since.base:
        fresh = _weighed(history, package, _since_newest(history, since, newest))
    return AssessedRange(
        since.base, newest, assessments, fresh, ahead_of(history, channel, tags, since)
    )


def newest_of(
    history: "History", channel: Channel, tags: Sequence[VersionTag], since: CommitRange
) -> VersionTag | None:
    """The channel's newest tag among the ancestors: the base, or a prerelease above it."""
    own = [tag for tag in tags if channel.has_token(tag.version)]
    return _highest(history, own, since)


def ahead_of(
    history: "History", channel: Channel, tags: Sequence[VersionTag], since: CommitRange
) -> VersionTag | None:
    """The highest prerelease among the ancestors that leads beyond the base of a stable channel."""
    if channel.kind != "stable":
        return None
    leading = [tag for tag in tags if tag.version.is_prerelease and not marks_a_line(tag.version)]
    best = _highest(history, leading, since)
    return None if best is since.base else best


def _highest(
    history: "History", tags: Sequence[VersionTag], since: CommitRange
) -> VersionTag | None:
    """The highest of some tags that is above the base and an ancestor, else the base."""
    floor = since.base
    above = [tag for tag in tags if floor is None or tag.version > floor.version]
    if not above:
        return floor
    ids = {commit.id for commit in since.commits}
    inside = [tag for tag in above if tag.commit in ids]
    best = max(inside, key=lambda tag: tag.version, default=floor)
    higher = [
        t for t in above if t.commit not in ids and (best is None or t.version > best.version)
    ]
    if higher and floor is not None:
        elsewhere = history.not_ancestors({tag.commit for tag in higher}, floor.commit)
        behind = [tag for tag in higher if tag.commit not in elsewhere]
        best = max(behind, key=lambda tag: tag.version, default=best)
    return best


def _since_newest(history: "History", since: CommitRange, newest: VersionTag) -> CommitRange:
    """The commits after the channel's newest tag.

    They are some of those after the base, unless the tag does not have the base behind it: what the
    base released may then be new on this channel, and takes a walk of its own.
    """
    graph = CommitGraph(since.commits)
    behind = graph.reachable([newest.commit])
    if since.base is None or any(since.base.commit in graph.by_id[c].parents for c in behind):
        return CommitRange(
            newest, tuple(c for c in since.commits if c.id not in behind), since.head
        )
    made = graph.reachable([since.head])
    not_made_yet = (commit for commit in since.commits if commit.id not in made)
    found = since_base(history, since.head, [newest])
    return CommitRange(newest, (*found.commits, *not_made_yet), since.head)


def _weighed(history: "History", package: Package, since: CommitRange) -> tuple[Assessment, ...]:
    """What each commit of a range contributes to it."""
    graph = CommitGraph(since.commits)
    touching = _touching(history, package, since)
    return assess(graph, package.policy, _released(history, package, since), touching)


def _released(history: "History", package: Package, since: CommitRange) -> ReleasedMessages:
    """What was released of what the commits in the range repeat, take back or list."""
    if since.base is None:
        return ReleasedMessages()
    lines = lines_of_lists(since.commits, package.policy.reader())
    return released_messages(history, since.commits, since.base.commit, lines)


def released_messages(
    history: "History", commits: Sequence[Commit], floor: str, lines: frozenset[str]
) -> ReleasedMessages:
    """What a floor reaches of what commits repeat, take back, or list in some lines.

    They are none of that themselves, though the floor may reach them.
    """
    named = set(chain.from_iterable(map(names_in, filter(may_name, commits))))
    inside = {commit.id for commit in commits} if named or lines else set[str]()
    found = history.messages(sorted(named - inside)) if named - inside else {}
    elsewhere = history.not_ancestors(found, floor) if found else set[str]()
    known = {name: text for name, text in found.items() if name not in elsewhere}
    walked = (visit.commit for visit in history.walk(floor)) if lines else ()
    titles = (commit.title for commit in walked if commit.id not in inside)
    return ReleasedMessages(known, titles_listed(titles, lines))


def _touching(history: "History", package: Package, since: CommitRange) -> frozenset[str] | None:
    """The commits that belong to the package; None where it is the only one, so that all do."""
    if not package.is_part or not since.commits:
        return None
    from tagboat.use_cases.next_version.owned_commits import owned_commits

    exclude = (since.base.commit,) if since.base is not None else ()
    owned = owned_commits(history, package, since.head, exclude)
    return frozenset(one.id for one in since.commits if package.name in owned.of(one))
