"""Preflight: everything that stands in the way of a release, found before anything is written."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from tagboat.core.changes.revert import reverted_ids
from tagboat.core.errors import CHOOSE_REMOTE, NO_REMOTE, OutsideError, obstacles
from tagboat.core.next_version.next_version import NextVersion
from tagboat.core.record.record import WITHDRAWN, Record
from tagboat.core.version.channel import channel_of
from tagboat.core.version.version import Version
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteRefs
from tagboat.use_cases.plan.make_plan import PlanResult
from tagboat.use_cases.release.context import ReleaseContext, ReleaseTarget


def preflight(context: ReleaseContext, *, may_write: bool) -> RemoteRefs:
    """Look at everything and return the remote's refs.

    Raises RepositoryError with all that is wrong; what only a push needs, an identity and a token,
    where ``may_write`` says that one is meant. Whether the remote takes a push is only asked
    where something is wrong already and a push is meant;
    `refuse_unpushable` asks once it is clear that there is something to push.
    """
    target, state = context.release_target, context.remote_state
    problems = _no_channel(target)
    refs = None
    if not target.remote:
        problems.append(f"{NO_REMOTE}: {CHOOSE_REMOTE}")
    elif target.branch:
        try:
            refs = state.refs
        except OutsideError as error:
            problems.append(f"the remote {target.remote!r} can't be reached: {error.message}")
        else:
            problems += _not_pushed(target, refs, context.history, may_write=may_write)
    problems += (*context.publisher.faults(), *target.faults) if may_write else ()
    if refs is not None and not problems:
        return refs
    if refs is not None and may_write:
        problems += filter(None, [state.remote.push_fault(target.branch, refs)])
    raise obstacles(problems, "a release")


def refuse_place(release_target: ReleaseTarget) -> None:
    """Raise RepositoryError where a branch releases nothing, whatever its remote holds."""
    problems = _no_channel(release_target)
    if problems:
        raise obstacles(problems, "a release")


def refuse_unpushable(context: ReleaseContext, faults: Sequence[str] = ()) -> None:
    """Raise RepositoryError where the remote does not take a push, or not all refs at once.

    ``faults`` are what else stands in the way.
    """
    state = context.remote_state
    fault = state.remote.push_fault(context.release_target.branch, state.refs)
    problems = [*filter(None, [fault]), *faults]
    if problems:
        raise obstacles(problems, "a release")


def withdrawn_and_held(context: ReleaseContext, result: PlanResult) -> tuple[str, ...]:
    """Which withdrawn releases a plan still holds, unless something of them is reverted.

    What was released since, whatever it held, is no matter any more.
    """
    if result.plan is None or result.decisions is None:
        return ()
    commit, due = result.plan.commit, result.decisions.due
    return tuple(told for one in due for told in _held_of_package(context, one, commit))


def _held_of_package(context: ReleaseContext, release: NextVersion, commit: str) -> Iterator[str]:
    """The same for one package that is due."""
    records = context.remote_state.records_of(release.package.name)
    there = context.history.ancestors({one.commit for one in records}, commit)
    held = [one for one in records if one.commit in there]
    stands = [Version.parse(one.version) for one in held if not one.is_withdrawn]
    left = (one for one in held if one.is_withdrawn)
    newer = (one for one in left if all(Version.parse(one.version) > other for other in stands))
    reverted = {
        commit for item in release.assessed.assessments for commit in reverted_ids(item.commit)
    }
    for one in newer:
        if not _is_reverted(context.history, reverted, one, held):
            why = _why(one)
            yield f"{one.version} was withdrawn{why}, and {release.version} still holds all of it"


def _is_reverted(
    history: History, reverted: Collection[str], withdrawn: Record, held: Iterable[Record]
) -> bool:
    """Whether one of some commits was released by a version, and not before."""
    brought = history.ancestors(reverted, withdrawn.commit)
    before = (one.commit for one in held if one.tag == withdrawn.previous)
    return bool(brought - set().union(*(history.ancestors(brought, one) for one in before)))


def _why(record: Record) -> str:
    """The reason that was given for a withdrawal, in brackets."""
    reasons = [event.why for event in record.events if event.kind == WITHDRAWN and event.why]
    return f" ({reasons[-1]})" if reasons else ""


def _no_channel(release_target: ReleaseTarget) -> list[str]:
    """What is wrong with the branch itself."""
    if not release_target.branch:
        return ["HEAD is detached: say which branch this is with --channel"]
    branch = release_target.branch
    if channel_of(branch, release_target.rules).assumed:
        return [f"{branch} is no channel: release from one that is, or add it to [[channels]]"]
    return []


def _not_pushed(
    release_target: ReleaseTarget, refs: RemoteRefs, history: History, *, may_write: bool
) -> list[str]:
    """What is wrong with the commit on the remote's branch."""
    where = f"{release_target.remote}/{release_target.branch}"
    if not release_target.commit or (release_target.is_unmerged and not may_write):
        return []
    if refs.tip is None:
        return [f"{where} does not exist: push the branch first"]
    if history.not_ancestors([release_target.commit], refs.tip):
        return [f"{release_target.commit[:10]} is not on {where}: push first, then release"]
    return []
