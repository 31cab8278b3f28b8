"""Release: preflight, resume, plan, apply, and again where others were quicker."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from typing import NamedTuple

from tagboat.core.errors import (
    ConflictError,
    OutsideError,
    RaceError,
    RepositoryError,
    TagboatError,
    UsageError,
)
from tagboat.core.plan.plan import Plan
from tagboat.core.step import Finding, Lost, State
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.next_version import VersionTakenError
from tagboat.use_cases.plan.make_plan import (
    CommitInputs,
    PlanRequest,
    PlanResult,
    make_plan,
    refuse_files,
    release_holding,
)
from tagboat.use_cases.plan.recompute import differences
from tagboat.use_cases.plan.validity import PlanValidity, released_between
from tagboat.use_cases.release.apply import CheckedOutPlan, abandoned, each_by_need, refuse_unseen
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult, together
from tagboat.use_cases.release.converge import Progress, look
from tagboat.use_cases.release.preflight import (
    preflight,
    refuse_place,
    refuse_unpushable,
    withdrawn_and_held,
)
from tagboat.use_cases.release.resume import finish_earlier, finish_release
from tagboat.use_cases.release.steps_in_order import ANNOUNCEMENT
from tagboat.use_cases.retry import RETRY, given_up, is_settled, until

_DECIDED = (PlanValidity.PUBLIC, PlanValidity.STALE)
"""Where it is no question any more what a plan says."""


class DryRun(NamedTuple):
    """What a run would do: the plan it would make, and its steps with what their probes say now.

    ``refusal`` is what a release of it ends with, whoever makes it, or with the logins that are
    here for registries. It is not what a plan can do without and only its maker needs: an identity,
    a token that may write, an answer of the forge.
    """

    result: PlanResult
    steps: tuple[Progress, ...] = ()
    refusal: TagboatError | None = None


def release(context: ReleaseContext, request: PlanRequest) -> ReleaseResult:
    """Release what is due, and finish first what an earlier run left.

    Raises RepositoryError where something stands in the way, ConflictError where the remote holds
    something else, RaceError where others were quicker too often, and what `make_plan` raises.
    """
    preflight(context, may_write=True)
    resumed = finish_earlier(context)
    ended = until(is_settled, partial(_plan_and_apply, context, request, resumed), context.again)
    if isinstance(ended, Lost):
        raise _not_released(ended)
    return ended


def _plan_and_apply(
    context: ReleaseContext, request: PlanRequest, resumed: ReleaseResult, attempt: int
) -> ReleaseResult | Lost:
    """One try: plan, and make the plan real as long as it holds."""
    try:
        with _plan_checked_out(context, request, at_tip=attempt > 0) as (there, result):
            if result.plan is None:
                return _nothing_due(context, result, resumed)
            checked_out = _begun(context, there, request, result.plan)
            if attempt == 0:
                refuse_unpushable(context, checked_out.unbuildable())
            lost = checked_out.apply()
            if lost is not None:
                # What is dropped is planned anew; what was tried again and again is not.
                return lost._replace(is_lasting=not lost.is_lasting)
            made = checked_out.result((*result.notes, *checked_out.notes()))
            return resumed.and_then(made._replace(decisions=result.decisions))
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
    with context.checked_out(plan.commit) as there:
        if there.any.settings.digest != plan.configuration:
            raise _stale(plan, "the configuration is another one")
        checked_out = CheckedOutPlan.of(context, there, plan)
        checked_out.refuse_closed_forge()
        ended = abandoned(context, plan)
        if ended:
            raise RepositoryError(ended, "make a new plan with `tagboat plan -o FILE`")
        _refuse_forged(checked_out)
        lost = checked_out.apply(is_fixed=True)
        if lost is not None:
            raise _stale(plan, lost.reason) if lost.is_lasting else _not_released(lost)
        return checked_out.result(checked_out.notes())


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
        there, result = stack.enter_context(_plan_checked_out(context, request))
        if result.plan and CheckedOutPlan.of(context, there, result.plan).dropped():
            there, result = stack.enter_context(_plan_checked_out(context, request, at_tip=True))
        if result.plan is None:
            return DryRun(result)
        checked_out = CheckedOutPlan.of(context, there, result.plan)
        steps = [
            progress._replace(package=package)
            for package, own in chain(*checked_out.steps())
            for progress in look(own)
        ]
        refused = checked_out.forge_faults()
        said = ["; ".join(filter(None, [one.message, one.hint])) for one in refused]
        faults = (*target.faults, *context.publisher.faults(), *said)
        notes = (*result.notes, *checked_out.notes(), *faults)
        refused += [one.refusal() for one in steps if one.is_refused]
        lasting: list[TagboatError] = [
            one for one in refused if isinstance(one, UsageError | ConflictError)
        ]
        lasting += [OutsideError(one.finding.detail) for one in steps if one.finding.is_closed]
        return DryRun(result._replace(notes=notes), tuple(steps), next(iter(lasting), None))


def _previewed(context: ReleaseContext, request: PlanRequest) -> DryRun:
    """The plan for a commit as if it were the tip of the remote's branch; no step is looked at."""
    state, target = context.remote_state, context.release_target
    state.see(state.remote.look(target.branch)._replace(tip=target.commit))
    with context.checked_out(target.commit) as there:
        result = make_plan(there, state.refs, request)
        if result.plan is None:
            return DryRun(result)
        steps = chain(*CheckedOutPlan.of(context, there, result.plan).steps())
        absent = Finding(State.ABSENT)
        told = (Progress(step, absent, package=one.package) for one in steps for step in one.steps)
        return DryRun(result, tuple(told))


def rehearse(context: ReleaseContext, request: PlanRequest) -> None:
    """Look at all that `release` looks at first, and write nothing. Raises what stands in the way.

    Where nothing is due it is looked at for the release that is there.
    """
    preflight(context, may_write=True)
    with _plan_checked_out(context, request) as (there, result):
        for one in result.decisions.releases if result.decisions is not None else ():
            refuse_files(there.of(one.package.name), one)
        if result.plan is not None:
            checked_out = CheckedOutPlan.of(context, there, result.plan)
            refuse_unpushable(context, checked_out.unbuildable())
            checked_out.reach_forge()
            return
        refuse_unpushable(context)
        forge = there.any.targets.forge_target
        if forge is not None:
            tagging = there.any.finder.repository_state(there.any.facts).tagging
            forge.open().check_writing(tagging.format.spell(Version(0, 0, 0)))


@contextmanager
def _plan_checked_out(
    context: ReleaseContext, request: PlanRequest, *, at_tip: bool = False
) -> Iterator[tuple[CommitInputs, PlanResult]]:
    """The commit that was asked for, or the branch's tip, checked out, with the plan for it.

    The tip it is where versions stand between the two: a plan for the commit could not hold.
    """
    refuse_unseen(context)
    commit, history = context.release_target.commit, context.history
    with ExitStack() as stack:
        there, refs = stack.enter_context(context.checked_out(commit)), context.remote_state.refs
        if refs.tip is not None and refs.tip != commit:
            nothing_due = release_holding(there, refs)
            if nothing_due is not None:
                yield there, PlanResult(None, nothing_due, None, ())
                return
            if at_tip or released_between(history, there.packages, refs, commit):
                there = stack.enter_context(context.checked_out(refs.tip))
        result = make_plan(there, refs, request)
        held = withdrawn_and_held(context, result)
        if held and there.any.settings.release.after_rollback == "refuse":
            raise RepositoryError(
                f"release.after_rollback refuses what was withdrawn: {'; '.join(held)}",
                "revert those commits, or `tagboat reinstate` the version",
            )
        yield there, result._replace(notes=(*result.notes, *held))


def _begun(
    context: ReleaseContext, there: CommitInputs, request: PlanRequest, plan: Plan
) -> CheckedOutPlan:
    """A plan on its way, at the time that an earlier run gave it which staged its images.

    The release commit is then the same again, and nothing is built twice.
    """
    checked_out = CheckedOutPlan.of(context, there, plan)
    time = None if plan.message is None else checked_out.staged_time()
    if time is None or time == plan.time:
        return checked_out
    again = make_plan(there, context.remote_state.refs, request._replace(time=time)).plan
    return checked_out if again is None else CheckedOutPlan.of(context, there, again)


def _nothing_due(
    context: ReleaseContext, result: PlanResult, resumed: ReleaseResult
) -> ReleaseResult:
    """Nothing is due: see that the releases that hold the commit are complete, if they are ours."""
    tags = result.nothing_due.tags if result.nothing_due is not None else ()
    finished = [resumed]

    def finish(tag: str) -> None:
        finished.append(finish_release(context, tag, ANNOUNCEMENT))

    each_by_need({tag: partial(finish, tag) for tag in tags}, dict.fromkeys(tags, ()))
    ended = together(finished)
    names = [one.tag for one in ended.plan.releases] if ended.plan else list(tags)
    known = (context.remote_state.refs.tags.get(name) for name in names[-1:])
    commit = next((tag.commit for tag in known if tag is not None), "")
    return ended._replace(
        nothing_due=result.nothing_due,
        commit=commit,
        notes=(*result.notes, *ended.notes),
        decisions=result.decisions,
    )


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


def _refuse_forged(checked_out: CheckedOutPlan) -> None:
    """Refuse a plan that says something else than what it was made of, unless it is public."""
    plan = checked_out.plan
    if checked_out.check().standing in _DECIDED:
        return
    found = differences(checked_out.there, checked_out.context.remote_state.refs, plan)
    if found:
        raise ConflictError(
            f"the plan of {plan.tags} is not what {plan.commit[:10]} and its configuration give: "
            f"its {', '.join(found)} differ",
            "nothing was released; somebody changed it, or another version of tagboat made it: "
            "make a new plan with `tagboat plan -o FILE`",
        )


def _not_released(lost: Lost) -> TagboatError:
    told = f"others were quicker {RETRY.races} times: {lost.reason}"
    race = RaceError(told, "nothing was released; run it again")
    return given_up(lost, race, "nothing is public: branch and tags could not be pushed")


def _stale(plan: Plan, moved: str) -> RaceError:
    return RaceError(
        f"the plan of {plan.tags} does not hold any more: {moved}",
        "nothing was released; make a new plan with `tagboat plan -o FILE`",
    )
