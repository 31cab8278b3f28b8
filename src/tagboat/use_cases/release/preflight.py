"""Preflight: everything that stands in the way of a release, found before anything is written."""

from collections.abc import Sequence

from tagboat.core.errors import OutsideError, obstacles
from tagboat.core.version.channel import channel_of
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteRefs
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
        problems.append("this repository has no remote: add one with `git remote add`")
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
