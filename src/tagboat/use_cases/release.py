"""Release: plan, converge, and plan again where others were quicker."""

from collections.abc import Sequence
from typing import NamedTuple

from tagboat.core.command import Point
from tagboat.core.errors import ConflictError, RaceError, RepositoryError
from tagboat.core.plan import Plan
from tagboat.core.step import Step
from tagboat.use_cases.announce import announcement, preparation
from tagboat.use_cases.converge import Progress, look
from tagboat.use_cases.finish import Finished, finish, finish_earlier
from tagboat.use_cases.plan import Desk, Drawn, Idle, Order, TakenError, draw, held
from tagboat.use_cases.preflight import preflight, refuse_unpushable
from tagboat.use_cases.released import abandonment
from tagboat.use_cases.site import Site
from tagboat.use_cases.standing import Judgement, Standing, judge, released_between
from tagboat.use_cases.steps.commands import RunEarly, RunLate
from tagboat.use_cases.steps.push import Push
from tagboat.use_cases.steps.release_commit import ReleaseCommit
from tagboat.use_cases.steps.world import Making, Tagged

_TRIES = 30
_PATIENCE = 6
"""How often the rest of a push is waited for of which one ref is to be seen."""
_HINT = "nothing was released; run it again"


class Outcome(NamedTuple):
    """How a run ended: the plan that was made real, or why none was due; notes for a person.

    ``commit`` is what the tag names, ``url`` the tag's page where the remote has pages.
    """

    plan: Plan | None
    idle: Idle | None
    commit: str = ""
    notes: tuple[str, ...] = ()
    url: str = ""


class Outlook(NamedTuple):
    """What a run would do: the drawing, and its steps with what their probes say now."""

    drawn: Drawn
    steps: tuple[Progress, ...] = ()


def foresee(site: Site, order: Order) -> Outlook:
    """What `release` would do now. Raises what that raises before it writes."""
    preflight(site.course, site.world, site.history, may_write=False)
    desk, drawn = _drawn(site, order)
    if drawn.plan is not None and not _goes_on(site, desk, Making(drawn.plan, site.world)):
        desk, drawn = _drawn(site, order, at_tip=True)
    if drawn.plan is None:
        return Outlook(drawn)
    steps = look(_steps(desk, Making(drawn.plan, site.world)))
    notes = (*drawn.notes, *desk.outlet.notes, *site.course.faults)
    return Outlook(drawn._replace(notes=notes), tuple(steps))


def release(site: Site, order: Order) -> Outcome:
    """Release what is due, and finish first what an earlier run left.

    Raises RepositoryError where something stands in the way, ConflictError where the remote holds
    something else, RaceError where others were quicker too often, and what `draw` raises.
    """
    preflight(site.course, site.world, site.history, may_write=True)
    finished = finish_earlier(site)
    moved: tuple[str, ...] = ()
    for attempt in range(_TRIES):
        try:
            desk, drawn = _drawn(site, order, at_tip=attempt > 0)
        except TakenError as error:
            if attempt >= _PATIENCE or not _is_in_flight(site, error.tags):
                raise
            moved = (error.message,)
        else:
            if drawn.plan is None:
                return _ended(site, drawn, finished)
            making = _begun(site, desk, order, drawn.plan)
            if not attempt:
                refuse_unpushable(site.course, site.world, _unbuildable(making))
            moved = _pursued(site, desk, making)
            if not moved:
                notes = (*finished.notes, *drawn.notes, *desk.outlet.notes)
                return Outcome(making.plan, None, making.commit, notes, _page(desk, making))
        site.again(attempt)
    raise RaceError(f"others were quicker {_TRIES} times: {'; '.join(moved)}", _HINT)


def _begun(site: Site, desk: Desk, order: Order, plan: Plan) -> Making:
    """A plan on its way, at the time that an earlier run gave it which staged its images.

    The release commit is then the same again, and nothing is built twice.
    """
    making = Making(plan, site.world)
    preparation(making, desk.outlet)
    if making.cargo is None or plan.message is None:
        return making
    time = making.cargo.staged_time(making.source_in(making.cargo.fleet))
    if time is None or time == plan.time:
        return making
    again = draw(desk, site.world.refs, order._replace(time=time)).plan
    return making if again is None else Making(again, site.world)


def _unbuildable(making: Making) -> list[str]:
    """What stands in the way of building the images of a plan, or of publishing them."""
    if making.cargo is None:
        return []
    return making.cargo.faults(making.source_in(making.cargo.fleet))


def _is_in_flight(site: Site, tags: Sequence[str]) -> bool:
    """Whether tags are those of a release of this branch that the branch does not show yet.

    A server shows the refs of one push one after the other.
    """
    refs = site.world.refs
    for name in tags:
        tag = refs.tags.get(name)
        if tag is None:
            return True
        contract = site.world.contract(tag)
        if contract is not None and contract.branch == site.course.branch:
            return not site.world.workshop.reaches(refs.tip or "", tag.commit)
    return False


def apply(site: Site, plan: Plan) -> Outcome:
    """Make a plan real as it is, or finish it.

    Raises RaceError with what moved where it does not hold any more, and what `release` raises.
    """
    refs = preflight(site.course, site.world, site.history, may_write=True)
    if refs.tip is None or site.history.unreached([plan.commit], refs.tip):
        raise _stale(plan, [f"{plan.commit[:10]} is not on {plan.remote}/{plan.branch} any more"])
    refuse_unpushable(site.course, site.world)
    desk = site.desk(plan.commit)
    if desk.configuration != plan.configuration:
        raise _stale(plan, ["the configuration is another one"])
    if desk.outlet.booth is not None and desk.outlet.booth.fault:
        raise RepositoryError(desk.outlet.booth.fault)
    making = Making(plan, site.world)
    _refuse_abandoned(Tagged(site.world, plan.tag))
    moved = _pursued(site, desk, making, fixed=True)
    if moved:
        raise _stale(plan, moved)
    return Outcome(plan, None, making.commit, desk.outlet.notes, _page(desk, making))


def _page(desk: Desk, making: Making) -> str:
    """The page of a plan's tag."""
    return desk.links.tag(making.plan.tag)


def _stale(plan: Plan, moved: "tuple[str, ...] | list[str]") -> RaceError:
    return RaceError(
        f"the plan of {plan.tag} does not hold any more: {'; '.join(moved)}",
        "nothing was released; make a new plan with `tagboat plan -o`",
    )


def _drawn(site: Site, order: Order, *, at_tip: bool = False) -> tuple[Desk, Drawn]:
    """Draw up a plan for the commit that was asked for, or for the branch's tip.

    The tip it is where versions stand between the two: a plan for the commit could not hold.
    """
    _refuse_unseen(site)
    desk, refs = site.desk(site.course.commit), site.world.refs
    if refs.tip is not None and refs.tip != site.course.commit:
        idle = held(desk, refs)
        if idle is not None:
            return desk, Drawn(None, idle, None, ())
        package = desk.surveyor.package
        if at_tip or released_between(site.history, package, refs, site.course.commit):
            desk = site.desk(refs.tip)
    return desk, draw(desk, refs, order)


def _refuse_unseen(site: Site) -> None:
    """Raise ConflictError where the remote lacks the tag of the newest release that is recorded."""
    unseen = site.world.unseen()
    if unseen:
        raise ConflictError(
            f"{', '.join(unseen)} was released, as its record tells, and {site.course.remote} does "
            "not show the tag: its push is under way, or somebody deleted it",
            f"run it again; where it was deleted on purpose: `tagboat abandon {unseen[0]} "
            "--reason WHY`",
        )


def _pursued(site: Site, desk: Desk, making: Making, *, fixed: bool = False) -> tuple[str, ...]:
    """Make a plan real as long as it holds; what moved where it did not, else nothing.

    A ``fixed`` plan can't be made anew, so its release commit is merged where that is needed.
    """
    lost = ""
    for attempt in range(_TRIES):
        moved = _dropped(site, desk, making, fixed=fixed)
        if moved:
            return moved
        was_public = making.public()[1]
        try:
            lost = site.converge(_steps(desk, making))
        except ConflictError:
            judgement = _overtaken(site, desk, making)
            if judgement.standing is Standing.STALE:
                return judgement.moved
            if judgement.standing is not Standing.PUBLIC or was_public:
                raise
            lost = f"{making.plan.tag} became public meanwhile"
        if not lost:
            return ()
        if making.is_unmergeable:
            break
        site.again(attempt)
    return (lost,)


def _overtaken(site: Site, desk: Desk, making: Making) -> Judgement:
    """How a plan stands by now that met a conflict: others may have been quicker.

    They took the image tags of the version, with its git tag: for a plan of theirs, so that this
    one does not hold any more, or for the very same, with another build of it.
    """
    site.world.forget()
    return judge(making, site.history, desk.surveyor.package)


def _goes_on(site: Site, desk: Desk, making: Making) -> bool:
    return not _dropped(site, desk, making)


def _dropped(site: Site, desk: Desk, making: Making, *, fixed: bool = False) -> tuple[str, ...]:
    """Why a plan is given up; nothing where it is not. Raises as `_refuse_unseen` does."""
    _refuse_unseen(site)
    judgement = judge(making, site.history, desk.surveyor.package)
    if judgement.standing is Standing.STALE:
        return judgement.moved
    if judgement.standing is Standing.AHEAD and making.plan.message is not None:
        on_race = desk.rules.on_race
        merges = on_race == "merge" or (on_race == "auto" and (fixed or making.is_staged))
        return () if merges else judgement.moved
    return ()


def _steps(desk: Desk, making: Making) -> list[Step]:
    """The steps of a plan, in order."""
    tagged = Tagged(making.world, making.plan.tag)
    errands, steps = desk.errands, list[Step]()
    if errands.at(Point.COMMIT):
        steps.append(RunEarly(making, errands))
    if making.plan.message is not None:
        steps.append(ReleaseCommit(making, errands.added))
    steps += groundwork(desk, making)
    steps.append(Push(making, is_end=desk.outlet.is_quiet))
    return [*steps, *announcement(tagged, desk.outlet)]


def groundwork(desk: Desk, making: Making) -> list[Step]:
    """What is run, collected and built of the commit that will be released, before it is."""
    late = [RunLate(making, desk.errands, desk.build)] if desk.errands.at(Point.PUBLISH) else []
    return [*late, *preparation(making, desk.outlet)]


def _ended(site: Site, drawn: Drawn, finished: Finished) -> Outcome:
    """Nothing is due: see that the release that holds the commit is complete, if it is ours."""
    tag = drawn.idle.tag if drawn.idle is not None else ""
    finished = finished.and_then(finish(site, tag, announcement) if tag else Finished())
    known = site.world.refs.tags.get(finished.plan.tag if finished.plan is not None else tag)
    commit = known.commit if known is not None else ""
    return Outcome(finished.plan, drawn.idle, commit, (*drawn.notes, *finished.notes))


def _refuse_abandoned(tagged: Tagged) -> None:
    """Raise RepositoryError where a release is not to be finished any more."""
    record = tagged.record()
    if record is not None and record.abandoned is not None:
        raise RepositoryError(
            abandonment(record, record.abandoned), "make a new plan with `tagboat plan -o`"
        )
