"""Release: preflight, resume, plan, apply, and again where others were quicker."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple

from tagboat.core.errors import ConflictError, RaceError, RepositoryError, TagboatError
from tagboat.core.escape import in_shell
from tagboat.core.plan.plan import Plan
from tagboat.core.step import Finding, Lost, State, Step
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.next_version import VersionTakenError
from tagboat.use_cases.plan.make_plan import (
    PlanInputs,
    PlanRequest,
    PlanResult,
    differences,
    make_plan,
    refuse_files,
    release_holding,
)
from tagboat.use_cases.plan.validity import PlanValidity, check_plan, released_between
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult
from tagboat.use_cases.release.converge import Progress, look
from tagboat.use_cases.release.lookup import abandonment
from tagboat.use_cases.release.preflight import (
    preflight,
    refuse_place,
    refuse_unpushable,
    withdrawn_and_held,
)
from tagboat.use_cases.release.resume import finish_earlier, finish_release
from tagboat.use_cases.release.steps_in_order import ANNOUNCEMENT, steps_in_order
from tagboat.use_cases.retry import RETRY, is_settled, until
from tagboat.use_cases.steps.forge_release import ReachForge
from tagboat.use_cases.steps.pending import PendingRelease
from tagboat.use_cases.steps.published import PublishedRelease

_DECIDED = (PlanValidity.PUBLIC, PlanValidity.STALE)
"""Where it is no question any more what a plan says."""


class DryRun(NamedTuple):
    """What a run would do: the plan it would make, and its steps with what their probes say now."""

    result: PlanResult
    steps: tuple[Progress, ...] = ()


def release(context: ReleaseContext, request: PlanRequest) -> ReleaseResult:
    """Release what is due, and finish first what an earlier run left.

    Raises RepositoryError where something stands in the way, ConflictError where the remote holds
    something else, RaceError where others were quicker too often, and what `make_plan` raises.
    """
    preflight(context, may_write=True)
    resumed = finish_earlier(context)
    ended = until(is_settled, partial(_plan_and_apply, context, request, resumed), context.again)
    if isinstance(ended, Lost):
        told = f"others were quicker {RETRY.races} times: {ended.reason}"
        raise RaceError(told, "nothing was released; run it again")
    return ended


def _plan_and_apply(
    context: ReleaseContext, request: PlanRequest, resumed: ReleaseResult, attempt: int
) -> ReleaseResult | Lost:
    """One try: plan, and make the plan real as long as it holds."""
    try:
        with _planned(context, request, at_tip=attempt > 0) as (inputs, result):
            if result.plan is None:
                return _nothing_due(context, result, resumed)
            pending = _begun(context, inputs, request, result.plan)
            if attempt == 0:
                refuse_unpushable(context, _unbuildable(pending))
            lost = _applied(context, inputs, pending)
            notes = (*resumed.notes, *result.notes, *inputs.targets.notes)
            if lost is not None:
                return Lost(lost.reason)
            return _release_result(inputs, pending, notes)._replace(decision=result.release)
    except VersionTakenError as error:
        if attempt >= RETRY.looks or not _is_in_flight(context, error.tags):
            raise
        return Lost(error.message)


def apply_plan(context: ReleaseContext, plan: Plan) -> ReleaseResult:
    """Make a plan real as it is, or finish it.

    Raises RaceError with what moved where it does not hold any more, and what `release` raises.
    """
    refs = preflight(context, may_write=True)
    if refs.tip is None or context.history.not_ancestors([plan.commit], refs.tip):
        raise _stale(plan, f"{plan.commit[:10]} is not on {plan.remote}/{plan.branch} any more")
    refuse_unpushable(context)
    with context.checked_out(plan.commit) as inputs:
        forge = inputs.targets.forge_target
        if inputs.settings.digest != plan.configuration:
            raise _stale(plan, "the configuration is another one")
        if forge is not None and forge.fault:
            raise RepositoryError(forge.fault)
        _refuse_abandoned(PublishedRelease(context.remote_state, plan.tag))
        pending = _pending(context, inputs, plan)
        _refuse_forged(context, inputs, pending)
        lost = _applied(context, inputs, pending, is_fixed=True)
        if lost is not None:
            raise _stale(plan, lost.reason)
        return _release_result(inputs, pending, inputs.targets.notes)


def dry_run(context: ReleaseContext, request: PlanRequest) -> DryRun:
    """What `release` would do now. Raises what that raises before it writes.

    A commit that is not on the remote's branch is planned for where the target says so, as if it
    were; nothing but its history is looked at then.
    """
    target = context.release_target
    if target.is_local:
        refuse_place(target)
        return _previewed(context, request)
    refs = preflight(context, may_write=False)
    if context.history.not_ancestors([target.commit], refs.tip or ""):
        return _previewed(context, request)
    with ExitStack() as stack:
        inputs, result = stack.enter_context(_planned(context, request))
        if result.plan and _dropped(context, inputs, _pending(context, inputs, result.plan)):
            inputs, result = stack.enter_context(_planned(context, request, at_tip=True))
        if result.plan is None:
            return DryRun(result)
        steps = look(_all_steps(inputs, _pending(context, inputs, result.plan)))
        faults = (*target.faults, *context.publisher.faults())
        faults = (*faults, *_forge_faults(inputs, _pending(context, inputs, result.plan)))
        notes = (*result.notes, *inputs.targets.notes, *faults)
        return DryRun(result._replace(notes=notes), tuple(steps))


def _previewed(context: ReleaseContext, request: PlanRequest) -> DryRun:
    """The plan for a commit as if it were the tip of the remote's branch; no step is looked at."""
    state, target = context.remote_state, context.release_target
    state.see(state.remote.look(target.branch)._replace(tip=target.commit))
    with context.checked_out(target.commit) as inputs:
        result = make_plan(inputs, state.refs, request)
        if result.plan is None:
            return DryRun(result)
        steps = _all_steps(inputs, _pending(context, inputs, result.plan))
        return DryRun(result, tuple(Progress(step, Finding(State.ABSENT)) for step in steps))


def rehearse(context: ReleaseContext, request: PlanRequest) -> None:
    """Look at all that `release` looks at first, and write nothing. Raises what stands in the way.

    Where nothing is due it is looked at for the release that is there.
    """
    preflight(context, may_write=True)
    with _planned(context, request) as (inputs, result):
        if result.release is not None:
            refuse_files(inputs, result.release)
        pending = None if result.plan is None else _pending(context, inputs, result.plan)
        refuse_unpushable(context, () if pending is None else _unbuildable(pending))
        forge = inputs.targets.forge_target
        if forge is not None and pending is not None:
            ReachForge(pending, forge).apply()
        elif forge is not None:
            tagging = inputs.finder.repository_state(inputs.facts).tagging
            forge.open().check_writing(tagging.format.spell(Version(0, 0, 0)))


@contextmanager
def _planned(
    context: ReleaseContext, request: PlanRequest, *, at_tip: bool = False
) -> Iterator[tuple[PlanInputs, PlanResult]]:
    """The commit that was asked for, or the branch's tip, checked out, with the plan for it.

    The tip it is where versions stand between the two: a plan for the commit could not hold.
    """
    _refuse_unseen(context)
    commit, history = context.release_target.commit, context.history
    with ExitStack() as stack:
        inputs, refs = stack.enter_context(context.checked_out(commit)), context.remote_state.refs
        if refs.tip is not None and refs.tip != commit:
            nothing_due = release_holding(inputs, refs)
            if nothing_due is not None:
                yield inputs, PlanResult(None, nothing_due, None, ())
                return
            if at_tip or released_between(history, inputs.finder.package, refs, commit):
                inputs = stack.enter_context(context.checked_out(refs.tip))
        result = make_plan(inputs, refs, request)
        held = withdrawn_and_held(context, inputs, result)
        if held and inputs.settings.release.after_rollback == "refuse":
            raise RepositoryError(
                f"release.after_rollback refuses what was withdrawn: {'; '.join(held)}",
                "revert those commits, or `tagboat reinstate` the version",
            )
        yield inputs, result._replace(notes=(*result.notes, *held))


def _begun(
    context: ReleaseContext, inputs: PlanInputs, request: PlanRequest, plan: Plan
) -> PendingRelease:
    """A plan on its way, at the time that an earlier run gave it which staged its images.

    The release commit is then the same again, and nothing is built twice.
    """
    pending = _pending(context, inputs, plan)
    if pending.staged_images is None or plan.message is None:
        return pending
    staged = pending.staged_images
    time = staged.staged_time(pending.source_in(staged.published_images))
    if time is None or time == plan.time:
        return pending
    again = make_plan(inputs, context.remote_state.refs, request._replace(time=time)).plan
    return pending if again is None else _pending(context, inputs, again)


def _applied(
    context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease, *, is_fixed: bool = False
) -> Lost | None:
    """Make a plan real as long as it holds; what moved where it did not.

    A fixed plan can't be made anew, so its release commit is merged where that is needed.
    """
    attempt = partial(_converged, context, inputs, pending, is_fixed=is_fixed)
    return until(is_settled, lambda _: attempt(), context.again)


def _converged(
    context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease, *, is_fixed: bool
) -> Lost | None:
    """Go through the steps once, unless the plan is to be dropped.

    A conflict may mean that others were quicker: they took the image tags of the version, with its
    git tag, for a plan of theirs, so that this one does not hold any more, or for the very same,
    with another build of it.
    """
    dropped = _dropped(context, inputs, pending, is_fixed=is_fixed)
    if dropped is not None:
        return dropped
    was_public = pending.is_public()
    try:
        return context.converge(_all_steps(inputs, pending))
    except ConflictError:
        context.remote_state.forget()
        check = check_plan(pending, context.history, inputs.finder.package)
        if check.standing is PlanValidity.STALE:
            return Lost("; ".join(check.moved), is_lasting=True)
        if check.standing is not PlanValidity.PUBLIC or was_public:
            raise
        return Lost(f"{pending.plan.tag} became public meanwhile")


def _dropped(
    context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease, *, is_fixed: bool = False
) -> Lost | None:
    """Why a plan is given up, if it is. Raises as `_refuse_unseen` does."""
    _refuse_unseen(context)
    check = check_plan(pending, context.history, inputs.finder.package)
    gone = Lost("; ".join(check.moved), is_lasting=True)
    if check.standing is PlanValidity.STALE:
        return gone
    if check.standing is PlanValidity.AHEAD and pending.plan.message is not None:
        on_race = inputs.settings.release.on_race
        merges = on_race == "merge" or (on_race == "auto" and (is_fixed or pending.is_staged))
        return None if merges else gone
    return None


def _nothing_due(
    context: ReleaseContext, result: PlanResult, resumed: ReleaseResult
) -> ReleaseResult:
    """Nothing is due: see that the release that holds the commit is complete, if it is ours."""
    tag = result.nothing_due.tag if result.nothing_due is not None else ""
    if tag:
        resumed = resumed.and_then(finish_release(context, tag, ANNOUNCEMENT))
    known = context.remote_state.refs.tags.get(resumed.plan.tag if resumed.plan else tag)
    commit = known.commit if known is not None else ""
    notes = (*result.notes, *resumed.notes)
    return ReleaseResult(resumed.plan, result.nothing_due, commit, notes, decision=result.release)


def _all_steps(inputs: PlanInputs, pending: PendingRelease) -> list[Step]:
    """All steps of a plan."""
    tagged = PublishedRelease(pending.remote_state, pending.plan.tag)
    return steps_in_order(inputs.targets, tagged, (pending, inputs.tree))


def _pending(context: ReleaseContext, inputs: PlanInputs, plan: Plan) -> PendingRelease:
    return PendingRelease(plan, context.remote_state, inputs.targets.published_images)


def _release_result(
    inputs: PlanInputs, pending: PendingRelease, notes: tuple[str, ...]
) -> ReleaseResult:
    """What a run says that made a plan real."""
    plan, (tag, _) = pending.plan, pending.public()
    commit = pending.commit or (tag.commit if tag is not None else "")
    return ReleaseResult(plan, None, commit, notes, inputs.links.tag(plan.tag))


def _unbuildable(pending: PendingRelease) -> list[str]:
    """What stands in the way of building the images of a plan, or of publishing them."""
    staged = pending.staged_images
    return [] if staged is None else staged.faults(pending.source_in(staged.published_images))


def _forge_faults(inputs: PlanInputs, pending: PendingRelease) -> list[str]:
    """What the forge would refuse of a plan; where there is no way in, that is told already."""
    forge = inputs.targets.forge_target
    if forge is None or forge.fault:
        return []
    reach = ReachForge(pending, forge)
    try:
        if reach.probe().state is State.ABSENT:
            reach.apply()
    except TagboatError as error:
        return ["; ".join(filter(None, [error.message, error.hint]))]
    return []


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


def _refuse_forged(context: ReleaseContext, inputs: PlanInputs, pending: PendingRelease) -> None:
    """Refuse a plan that says something else than what it was made of, unless it is public."""
    plan = pending.plan
    if check_plan(pending, context.history, inputs.finder.package).standing in _DECIDED:
        return
    found = differences(inputs, context.remote_state.refs, plan)
    if found:
        raise ConflictError(
            f"the plan of {plan.tag} is not what {plan.commit[:10]} and its configuration give: "
            f"its {', '.join(found)} differ",
            "nothing was released; somebody changed it, or another version of tagboat made it: "
            "make a new plan with `tagboat plan -o`",
        )


def _stale(plan: Plan, moved: str) -> RaceError:
    return RaceError(
        f"the plan of {plan.tag} does not hold any more: {moved}",
        "nothing was released; make a new plan with `tagboat plan -o`",
    )


def _refuse_unseen(context: ReleaseContext) -> None:
    """Raise ConflictError where the remote lacks the tag of the newest release that is recorded."""
    unseen = context.remote_state.unseen()
    if unseen:
        raise ConflictError(
            f"{', '.join(unseen)} was released, as its record tells, and "
            f"{context.release_target.remote} does not show the tag: its push is under way, or "
            "somebody deleted it",
            "run it again; where it was deleted on purpose: "
            f"`tagboat abandon {in_shell(unseen[0])} --reason WHY`",
        )


def _refuse_abandoned(tagged: PublishedRelease) -> None:
    """Raise RepositoryError where a release is not to be finished any more."""
    record = tagged.record()
    if record is not None and record.abandoned is not None:
        raise RepositoryError(
            abandonment(record, record.abandoned), "make a new plan with `tagboat plan -o`"
        )
