"""Release: plan, converge, and plan again where others were quicker."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from tagboat.core.errors import ConflictError, RaceError, RepositoryError
from tagboat.core.plan.plan import Plan
from tagboat.core.step import Lost
from tagboat.use_cases.next_version.next_version import VersionTakenError
from tagboat.use_cases.plan.make_plan import (
    NothingDue,
    PlanInputs,
    PlanRequest,
    PlanResult,
    make_plan,
    release_holding,
)
from tagboat.use_cases.plan.validity import PlanCheck, PlanValidity, check_plan, released_between
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.converge import Progress, look
from tagboat.use_cases.release.lookup import abandonment
from tagboat.use_cases.release.preflight import preflight, refuse_unpushable
from tagboat.use_cases.release.resume import Finished, finish_earlier, finish_release
from tagboat.use_cases.release.steps_in_order import (
    announcement,
    steps_in_order,
)
from tagboat.use_cases.steps.pending import PendingRelease
from tagboat.use_cases.steps.published import PublishedRelease

_TRIES = 30
_PATIENCE = 6
"""How often the rest of a push is waited for of which one ref is to be seen."""
_HINT = "nothing was released; run it again"


class ReleaseResult(NamedTuple):
    """How a run ended: the plan that was made real, or why none was due; notes for a person.

    ``commit`` is what the tag names, ``url`` the tag's page where the remote has pages.
    """

    plan: Plan | None
    nothing_due: NothingDue | None
    commit: str = ""
    notes: tuple[str, ...] = ()
    url: str = ""


class DryRun(NamedTuple):
    """What a run would do: the drawing, and its steps with what their probes say now."""

    result: PlanResult
    steps: tuple[Progress, ...] = ()


def dry_run(context: ReleaseContext, order: PlanRequest) -> DryRun:
    """What `release` would do now. Raises what that raises before it writes."""
    preflight(
        context.release_target,
        context.remote_state,
        context.publisher,
        context.history,
        may_write=False,
    )
    with ExitStack() as stack:
        inputs, result = stack.enter_context(_plan_checked_out(context, order))
        if result.plan is not None and _dropped(
            context, inputs, _making(context, inputs, result.plan)
        ):
            inputs, result = stack.enter_context(_plan_checked_out(context, order, at_tip=True))
        if result.plan is None:
            return DryRun(result)
        steps = look(steps_in_order(inputs, _making(context, inputs, result.plan)))
        notes = (*result.notes, *inputs.targets.notes, *context.release_target.faults)
        return DryRun(result._replace(notes=notes), tuple(steps))


def release(context: ReleaseContext, order: PlanRequest) -> ReleaseResult:
    """Release what is due, and finish first what an earlier run left.

    Raises RepositoryError where something stands in the way, ConflictError where the remote holds
    something else, RaceError where others were quicker too often, and what `make_plan` raises.
    """
    preflight(
        context.release_target,
        context.remote_state,
        context.publisher,
        context.history,
        may_write=True,
    )
    finished = finish_earlier(context)
    moved: tuple[str, ...] = ()
    for attempt in range(_TRIES):
        with ExitStack() as stack:
            try:
                inputs, result = stack.enter_context(
                    _plan_checked_out(context, order, at_tip=attempt > 0)
                )
            except VersionTakenError as error:
                if attempt >= _PATIENCE or not _is_in_flight(context, error.tags):
                    raise
                moved = (error.message,)
            else:
                if result.plan is None:
                    return _ended(context, result, finished)
                pending = _begun(context, inputs, order, result.plan)
                if not attempt:
                    refuse_unpushable(
                        context.release_target, context.remote_state, _unbuildable(pending)
                    )
                moved = _pursued(context, inputs, pending)
                if not moved:
                    notes = (*finished.notes, *result.notes, *inputs.targets.notes)
                    return ReleaseResult(
                        pending.plan, None, pending.commit, notes, _page(inputs, pending)
                    )
        context.again(attempt)
    raise RaceError(f"others were quicker {_TRIES} times: {'; '.join(moved)}", _HINT)


def _making(context: ReleaseContext, inputs: PlanInputs, plan: Plan) -> PendingRelease:
    return PendingRelease(plan, context.remote_state, inputs.targets.published_images)


def _begun(
    context: ReleaseContext, inputs: PlanInputs, order: PlanRequest, plan: Plan
) -> PendingRelease:
    """A plan on its way, at the time that an earlier run gave it which staged its images.

    The release commit is then the same again, and nothing is built twice.
    """
    pending = _making(context, inputs, plan)
    if pending.staged_images is None or plan.message is None:
        return pending
    time = pending.staged_images.staged_time(
        pending.source_in(pending.staged_images.published_images)
    )
    if time is None or time == plan.time:
        return pending
    again = make_plan(inputs, context.remote_state.refs, order._replace(time=time)).plan
    return pending if again is None else _making(context, inputs, again)


def _unbuildable(pending: PendingRelease) -> list[str]:
    """What stands in the way of building the images of a plan, or of publishing them."""
    if pending.staged_images is None:
        return []
    return pending.staged_images.faults(pending.source_in(pending.staged_images.published_images))


def _is_in_flight(context: ReleaseContext, tags: Sequence[str]) -> bool:
    """Whether tags are those of a release of this branch that the branch does not show yet.

    A server shows the refs of one push one after the other.
    """
    refs = context.remote_state.refs
    for name in tags:
        tag = refs.tags.get(name)
        if tag is None:
            return True
        contract = context.remote_state.contract(tag)
        if contract is not None and contract.branch == context.release_target.branch:
            return not context.remote_state.remote.reaches(refs.tip or "", tag.commit)
    return False


def apply_plan(context: ReleaseContext, plan: Plan) -> ReleaseResult:
    """Make a plan real as it is, or finish it.

    Raises RaceError with what moved where it does not hold any more, and what `release` raises.
    """
    refs = preflight(
        context.release_target,
        context.remote_state,
        context.publisher,
        context.history,
        may_write=True,
    )
    if refs.tip is None or context.history.not_ancestors([plan.commit], refs.tip):
        raise _stale(plan, [f"{plan.commit[:10]} is not on {plan.remote}/{plan.branch} any more"])
    refuse_unpushable(context.release_target, context.remote_state)
    with context.checked_out(plan.commit) as inputs:
        return _applied(context, inputs, plan)


def _applied(context: ReleaseContext, inputs: PlanInputs, plan: Plan) -> ReleaseResult:
    """Make a plan real that holds as far as the branch tells. Raises as `apply_plan` does."""
    if inputs.settings.digest != plan.configuration:
        raise _stale(plan, ["the configuration is another one"])
    if inputs.targets.forge_target is not None and inputs.targets.forge_target.fault:
        raise RepositoryError(inputs.targets.forge_target.fault)
    pending = _making(context, inputs, plan)
    _refuse_abandoned(PublishedRelease(context.remote_state, plan.tag))
    moved = _pursued(context, inputs, pending, fixed=True)
    if moved:
        raise _stale(plan, moved)
    return ReleaseResult(plan, None, pending.commit, inputs.targets.notes, _page(inputs, pending))


def _page(inputs: PlanInputs, pending: PendingRelease) -> str:
    """The page of a plan's tag."""
    return inputs.links.tag(pending.plan.tag)


def _stale(plan: Plan, moved: "tuple[str, ...] | list[str]") -> RaceError:
    return RaceError(
        f"the plan of {plan.tag} does not hold any more: {'; '.join(moved)}",
        "nothing was released; make a new plan with `tagboat plan -o`",
    )


@contextmanager
def _plan_checked_out(
    context: ReleaseContext, order: PlanRequest, *, at_tip: bool = False
) -> Iterator[tuple[PlanInputs, PlanResult]]:
    """The commit that was asked for, or the branch's tip, with the plan that is drawn up there.

    The tip it is where versions stand between the two: a plan for the commit could not hold.
    """
    _refuse_unseen(context)
    commit = context.release_target.commit
    with ExitStack() as stack:
        inputs, refs = stack.enter_context(context.checked_out(commit)), context.remote_state.refs
        nothing_due = None
        if refs.tip is not None and refs.tip != commit:
            nothing_due = release_holding(inputs, refs)
            package = inputs.finder.package
            if not nothing_due and (
                at_tip or released_between(context.history, package, refs, commit)
            ):
                inputs = stack.enter_context(context.checked_out(refs.tip))
        yield (
            inputs,
            PlanResult(None, nothing_due, None, ())
            if nothing_due
            else make_plan(inputs, refs, order),
        )


def _refuse_unseen(context: ReleaseContext) -> None:
    """Raise ConflictError where the remote lacks the tag of the newest release that is recorded."""
    unseen = context.remote_state.unseen()
    if unseen:
        raise ConflictError(
            f"{', '.join(unseen)} was released, as its record tells, and "
            f"{context.release_target.remote} does not show the tag: its push is under way, or "
            "somebody deleted it",
            f"run it again; where it was deleted on purpose: `tagboat abandon {unseen[0]} "
            "--reason WHY`",
        )


def _pursued(
    context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease, *, fixed: bool = False
) -> tuple[str, ...]:
    """Make a plan real as long as it holds; what moved where it did not, else nothing.

    A ``fixed`` plan can't be made anew, so its release commit is merged where that is needed.
    """
    why = ""
    for attempt in range(_TRIES):
        moved = _dropped(context, inputs, pending, fixed=fixed)
        if moved:
            return moved
        was_public = pending.public()[1]
        try:
            lost = context.converge(steps_in_order(inputs, pending))
        except ConflictError:
            check = _overtaken(context, inputs, pending)
            if check.standing is PlanValidity.STALE:
                return check.moved
            if check.standing is not PlanValidity.PUBLIC or was_public:
                raise
            lost = Lost(f"{pending.plan.tag} became public meanwhile")
        if lost is None:
            return ()
        why = lost.reason
        if lost.is_lasting:
            break
        context.again(attempt)
    return (why,)


def _overtaken(context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease) -> PlanCheck:
    """How a plan stands by now that met a conflict: others may have been quicker.

    They took the image tags of the version, with its git tag: for a plan of theirs, so that this
    one does not hold any more, or for the very same, with another build of it.
    """
    context.remote_state.forget()
    return check_plan(pending, context.history, inputs.finder.package)


def _dropped(
    context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease, *, fixed: bool = False
) -> tuple[str, ...]:
    """Why a plan is given up; nothing where it is not. Raises as `_refuse_unseen` does."""
    _refuse_unseen(context)
    check = check_plan(pending, context.history, inputs.finder.package)
    if check.standing is PlanValidity.STALE:
        return check.moved
    if check.standing is PlanValidity.AHEAD and pending.plan.message is not None:
        on_race = inputs.settings.release.on_race
        merges = on_race == "merge" or (on_race == "auto" and (fixed or pending.is_staged))
        return () if merges else check.moved
    return ()


def _ended(context: ReleaseContext, result: PlanResult, finished: Finished) -> ReleaseResult:
    """Nothing is due: see that the release that holds the commit is complete, if it is ours."""
    tag = result.nothing_due.tag if result.nothing_due is not None else ""
    finished = finished.and_then(finish_release(context, tag, announcement) if tag else Finished())
    known = context.remote_state.refs.tags.get(
        finished.plan.tag if finished.plan is not None else tag
    )
    commit = known.commit if known is not None else ""
    return ReleaseResult(
        finished.plan, result.nothing_due, commit, (*result.notes, *finished.notes)
    )


def _refuse_abandoned(tagged: PublishedRelease) -> None:
    """Raise RepositoryError where a release is not to be finished any more."""
    record = tagged.record()
    if record is not None and record.abandoned is not None:
        raise RepositoryError(
            abandonment(record, record.abandoned), "make a new plan with `tagboat plan -o`"
        )
