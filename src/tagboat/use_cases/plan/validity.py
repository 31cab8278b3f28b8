"""Standing: whether a plan still holds, now that others may have pushed.

A plan pins a commit and the tags before. It holds while the commit is on the branch, its own tags
are free, the branch reaches no version tag of its packages that the commit does not, and the commit
none that was not there when it was planned: another run may have released an ancestor of it.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from tagboat.core.next_version.package import Package
from tagboat.core.plan.plan import Plan
from tagboat.core.version.tag import Ref, VersionTag
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteRefs
from tagboat.use_cases.next_version.commit_range import commits_after
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.steps.pending import PendingPlan


class PlanValidity(Enum):
    """How a plan stands to the remote."""

    PUBLIC = "its tag is on the remote"
    HOLDS = "nothing moved"
    AHEAD = "the branch moved on"
    STALE = "it does not hold any more"


class PlanCheck(NamedTuple):
    """A standing, and what moved in words for a person."""

    standing: PlanValidity
    moved: tuple[str, ...] = ()


def check_plan(pending: PendingPlan, history: History, packages: Sequence[Package]) -> PlanCheck:
    """Look at the remote and say how a plan of some packages stands to it."""
    plan, refs = pending.plan, pending.remote_state.refs
    tag, is_ours = pending.public()
    if is_ours:
        return PlanCheck(PlanValidity.PUBLIC)
    moved = []
    if tag is not None:
        moved.append(f"{tag.name} was made by somebody else, at {tag.commit[:10]}")
    moved += [
        f"{previous}, which it counts from, was moved or deleted"
        for previous in dict.fromkeys(release.previous for release in plan.releases)
        if previous and _moved(previous, pending)
    ]
    moved += _on_branch(plan, refs, history, packages)
    if moved:
        return PlanCheck(PlanValidity.STALE, tuple(moved))
    if refs.tip == plan.commit:
        return PlanCheck(PlanValidity.HOLDS)
    return PlanCheck(PlanValidity.AHEAD, (f"{_where(plan)} moved on to {(refs.tip or '')[:10]}",))


def _on_branch(
    plan: Plan, refs: RemoteRefs, history: History, packages: Sequence[Package]
) -> list[str]:
    """What moved on the plan's branch, so that the plan does not hold."""
    if refs.tip is None:
        return [f"{_where(plan)} is gone"]
    if history.not_ancestors([plan.commit], refs.tip):
        return [f"{plan.commit[:10]} is not on {_where(plan)} any more"]
    between = released_between(history, packages, refs, plan.commit)
    between += _released_below(plan, refs, history, packages)
    return [f"{name} was released meanwhile" for name in between]


def _released_below(
    plan: Plan, refs: RemoteRefs, history: History, packages: Sequence[Package]
) -> list[str]:
    """The version tags of packages that the plan's commit reaches, and that it does not know."""
    known = {*plan.seen.tags, *(release.tag for release in plan.releases)}
    fresh = {tag.commit for tag in refs.tags.values() if tag.name not in known}
    ancestors = fresh - history.not_ancestors(fresh, plan.commit) if fresh else fresh
    if not ancestors:
        return []
    found = _tags_of(history, packages, refs.tag_refs())
    return sorted({tag.name for tag in found if tag.name not in known and tag.commit in ancestors})


def _where(plan: Plan) -> str:
    return f"{plan.remote}/{plan.branch}"


def _moved(name: str, pending: PendingPlan) -> bool:
    """Whether a tag is another one than it was."""
    tag = pending.remote_state.refs.tags.get(name)
    return tag is None or tag.object != pending.plan.seen.tags.get(name)


def released_between(
    history: History, packages: Sequence[Package], refs: RemoteRefs, commit: str
) -> list[str]:
    """The version tags of packages that the branch reaches and a commit does not."""
    if refs.tip is None or refs.tip == commit:
        return []
    fresh = {found.id for found in commits_after(history, refs.tip, commit)}
    found = [ref for ref in refs.tag_refs() if ref.commit in fresh]
    return sorted({tag.name for tag in _tags_of(history, packages, found)})


def _tags_of(
    history: History, packages: Sequence[Package], refs: Sequence[Ref]
) -> Iterator[VersionTag]:
    """The version tags of packages among some tags."""
    for package in packages if refs else ():
        yield from tagging_of(history, package, refs).tags
