"""Weigh the stretch of history between a base and a head."""

from collections.abc import Sequence
from itertools import chain

from tagboat.core.assess import Assessment, Released, assess, may_name, names_in
from tagboat.core.channel import Channel
from tagboat.core.graph import Graph
from tagboat.core.package import Package
from tagboat.core.release import Stretch
from tagboat.core.tag import VersionTag
from tagboat.ports import History
from tagboat.use_cases.since import Since, since_base


def stretch_of(
    history: History, package: Package, channel: Channel, tags: Sequence[VersionTag], since: Since
) -> Stretch:
    """Weigh every commit since the base, and again those since the channel's newest tag."""
    newest = newest_of(history, channel, tags, since)
    assessments = fresh = _weighed(history, package, since)
    if newest is not None and newest is not since.base:
        fresh = _weighed(history, package, _since_newest(history, since, newest))
    return Stretch(since.base, newest, assessments, fresh)


def newest_of(
    history: History, channel: Channel, tags: Sequence[VersionTag], since: Since
) -> VersionTag | None:
    """The channel's newest tag among the ancestors: the base, or a prerelease above it."""
    floor = since.base
    above = [
        tag
        for tag in tags
        if channel.has_token(tag.version) and (floor is None or tag.version > floor.version)
    ]
    ids = {commit.id for commit in since.commits}
    inside = [tag for tag in above if tag.commit in ids]
    best = max(inside, key=lambda tag: tag.version, default=floor)
    higher = [
        t for t in above if t.commit not in ids and (best is None or t.version > best.version)
    ]
    if higher and floor is not None:
        elsewhere = history.unreached({tag.commit for tag in higher}, floor.commit)
        behind = [tag for tag in higher if tag.commit not in elsewhere]
        best = max(behind, key=lambda tag: tag.version, default=best)
    return best


def _since_newest(history: History, since: Since, newest: VersionTag) -> Since:
    """The commits after the channel's newest tag.

    They are some of those after the base, unless the tag does not have the base behind it: what the
    base released may then be new on this channel, and takes a walk of its own.
    """
    graph = Graph(since.commits)
    behind = graph.reachable([newest.commit])
    if since.base is None or any(since.base.commit in graph.by_id[c].parents for c in behind):
        return Since(newest, tuple(c for c in since.commits if c.id not in behind), since.head)
    made = graph.reachable([since.head])
    not_made_yet = (commit for commit in since.commits if commit.id not in made)
    found = since_base(history, since.head, [newest])
    return Since(newest, (*found.commits, *not_made_yet), since.head)


def _weighed(history: History, package: Package, since: Since) -> tuple[Assessment, ...]:
    """What each commit of a stretch contributes to it."""
    graph = Graph(since.commits)
    touching = _touching(history, package, since)
    return assess(graph, package.policy, _released(history, since, graph), touching)


def _released(history: History, since: Since, graph: Graph) -> Released:
    """The titles of released commits that those in the stretch repeat or take back."""
    named = set(chain.from_iterable(map(names_in, filter(may_name, since.commits))))
    outside = sorted(named - graph.by_id.keys())
    if since.base is None or not outside:
        return Released()
    titles = history.titles(outside)
    elsewhere = history.unreached(titles, since.base.commit)
    return Released({name: title for name, title in titles.items() if name not in elsewhere})


def _touching(history: History, package: Package, since: Since) -> frozenset[str] | None:
    """The commits that change the package's paths; None where it has none, so that all count."""
    if not package.paths or not since.commits:
        return None
    exclude = (since.base.commit,) if since.base is not None else ()
    return history.touching(since.head, exclude, package.paths)
