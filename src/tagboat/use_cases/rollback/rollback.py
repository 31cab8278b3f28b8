"""Rollback: move users back to a version that is all there, and forward again; nothing is rebuilt.

What happens is recorded before a tag moves: a run that is killed is finished by the next one, and
a release that runs again meanwhile knows that it is withdrawn.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import RaceError, RepositoryError
from tagboat.core.record.moving_tag import Action, Decision, TagPlace, decide_all
from tagboat.core.record.record import REINSTATED, Event, Record
from tagboat.core.record.rollback import (
    Reinstatement,
    Rollback,
    Signed,
    plan_reinstatement,
    plan_rollback,
    reinstatement_event,
    rollback_events,
)
from tagboat.core.step import Lost
from tagboat.core.version.version import Version
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.lookup import not_ours, release_named, tagging_there
from tagboat.use_cases.retry import RETRY, given_up, is_settled, until
from tagboat.use_cases.rollback.all_places import TagLocations
from tagboat.use_cases.steps.published import gone

Events = Mapping[Version, Event]
RollbackPlan = Callable[[], tuple[tuple[Decision, ...], Events]]
"""What becomes of the tags, and the events to be recorded before, as things are now."""


class RollbackRequest(NamedTuple):
    """What a person asks for: why, when (in seconds since 1970), and whether only to show it.

    ``tag`` names the moving tag that a rollback is about, empty for the narrowest.
    """

    time: int
    why: str = ""
    tag: str = ""
    is_dry: bool = False


class RollbackResult(NamedTuple):
    """What was done, or would be: the tags it is about, versions withdrawn, what becomes of tags.

    ``is_new`` says that there was anything to do; ``notes`` are for a person.
    """

    version: Version
    tags: tuple[str, ...]
    withdrawn: tuple[Version, ...]
    decisions: tuple[Decision, ...]
    is_new: bool
    notes: tuple[str, ...] = ()

    @property
    def moves(self) -> tuple[Decision, ...]:
        """The tags that move."""
        return tuple(one for one in self.decisions if one.is_move)

    @property
    def left(self) -> tuple[Decision, ...]:
        """The tags that have nothing left to lead to."""
        return tuple(one for one in self.decisions if one.action is Action.LEFT)


def rollback(context: ReleaseContext, version: str, asked: RollbackRequest) -> RollbackResult:
    """Withdraw what stands above a version, and let the tags lead back to it.

    The version may be one that others released: it is what its version's tags lead to. Raises
    UsageError where there is no such version or tag, RepositoryError where the version is not
    complete everywhere, ConflictError where its images are not signed as they
    should be, OutsideError where not all could be looked at or moved, RaceError.
    """
    wanted = _named_version(context, version, others=True)
    locations = TagLocations(context)
    signed = _signed_by(context, asked)

    def planned() -> Rollback:
        return locations.settled(lambda all_: plan_rollback(all_, wanted, asked.tag), wanted)[0]

    done = planned()
    _refuse_foreign(locations, done.withdrawn)
    events = rollback_events(done, signed, _keeper(locations, done))
    # Told by what was seen: once something is pushed, all records would be read again for it.
    reach = tuple(_reach_notes(locations, done))

    def plan() -> tuple[tuple[Decision, ...], Events]:
        again = planned()
        return again.decisions, rollback_events(again, signed, _keeper(locations, again))

    if events and not asked.is_dry:
        _carry_out(context, locations, (done.decisions, events), plan)
    else:
        locations.check_signatures(done.decisions)
    notes = (*locations.notes, *reach)
    return RollbackResult(wanted, done.tags, done.withdrawn, done.decisions, bool(events), notes)


def reinstate(context: ReleaseContext, version: str, asked: RollbackRequest) -> RollbackResult:
    """End the withdrawal of a version; its tags lead to it again where it is the highest.

    Raises RepositoryError where it was never withdrawn, and as `rollback` does.
    """
    wanted = _named_version(context, version)
    locations = TagLocations(context)
    signed = _signed_by(context, asked)

    def plan() -> tuple[tuple[Decision, ...], Events]:
        done, lacking = locations.settled(lambda all_: _reinstated(locations, all_, wanted), wanted)
        if lacking:
            raise RepositoryError(
                f"version {wanted} is not complete in {', '.join(lacking)}",
                f"see `tagboat verify {wanted}`",
            )
        is_new = done.source != wanted
        return done.decisions, {wanted: reinstatement_event(done, signed)} if is_new else {}

    decisions, events = plan()
    is_new = bool(events) or any(one.is_move for one in decisions)
    if is_new and not asked.is_dry:
        _carry_out(context, locations, (decisions, events), plan)
    else:
        locations.check_signatures(decisions)
    return RollbackResult(wanted, (), (), decisions, is_new, locations.notes)


def _keeper(locations: TagLocations, done: Rollback) -> Version | None:
    """The version whose record tells of a rollback to one that others released; else None."""
    if locations.record(done.version) is not None:
        return None
    earlier = (
        Version.parse(record.version)
        for record in locations.records().values()
        if record.withdrawn_for == str(done.version)
    )
    return max((*done.withdrawn, *earlier), default=None)


def _reach_notes(locations: TagLocations, done: Rollback) -> Iterator[str]:
    """What a rollback leaves to be told."""
    if locations.record(done.version) is None:
        yield (
            f"{done.version} was not released by tagboat: its tags are what its version's tag "
            "leads to, and the record of what was withdrawn says so"
        )
    if done.withdrawn:
        left = ", ".join(map(str, done.withdrawn))
        yield (
            f"whoever chooses by a range of versions (Flux, Renovate) still takes {left}: only a "
            "higher version that does without it reaches them"
        )


def _named_version(context: ReleaseContext, name: str, *, others: bool = False) -> Version:
    """The version that a person names: one of ``others`` only where that will do.

    Raises as `rollback` does.
    """
    tagging = tagging_there(context)
    release = release_named(context, tagging, name)
    if release.is_foreign and not others:
        raise not_ours(release.name)
    if release.tag is None:
        raise gone(release.name)
    return next(tag.version for tag in tagging.tags if tag.name == release.name)


def _signed_by(context: ReleaseContext, asked: RollbackRequest) -> Signed:
    """Who does it, when and why. Raises RepositoryError where git does not know who works here."""
    if asked.is_dry:
        return Signed(asked.time, "")
    faults = context.publisher.faults()
    if faults:
        raise RepositoryError(faults[0])
    return Signed(asked.time, context.publisher.identity(), asked.why)


def _reinstated(
    locations: TagLocations, places: Sequence[TagPlace], version: Version
) -> Reinstatement:
    """The end of a withdrawal, or what is left to do of one that was recorded before."""
    record = locations.record(version)
    kinds = () if record is None else [event.kind for event in record.events]
    if record is None or record.is_withdrawn or REINSTATED not in kinds:
        return plan_reinstatement(places, version)
    found = ((place, known) for place in places for known in place.known)
    decisions = (
        one
        for place, known in found
        if known.version == version
        for one in decide_all(place, known)
    )
    return Reinstatement(version, version, tuple(decisions))


def _refuse_foreign(locations: TagLocations, withdrawn: Iterable[Version]) -> None:
    """Raise RepositoryError where a version would be withdrawn of which nothing can be recorded."""
    for version in withdrawn:
        if locations.record(version) is None:
            raise RepositoryError(
                f"version {version} was not released by tagboat, so it can't be withdrawn",
                "move its tags by hand, or name a narrower tag with --tag",
            )


def _carry_out(
    context: ReleaseContext,
    locations: TagLocations,
    first: tuple[tuple[Decision, ...], Events],
    plan: RollbackPlan,
) -> None:
    """Record what happens, then move the tags; planned again where others were quicker."""
    locations.check_signatures(first[0])
    known = [first]

    def recorded() -> list[Record]:
        _, events = known.pop() if known else plan()
        return [_with_event(locations, version, event) for version, event in events.items()]

    context.writer.push_all(context.remote_state, recorded)
    _move(context, locations, first[0], plan)


def _with_event(locations: TagLocations, version: Version, event: Event) -> Record:
    """The record of a version with what happens to it, after all that happened before."""
    record = locations.record(version)
    if record is None:
        raise RepositoryError(f"there is no record of version {version}")
    return record.with_event(replace(event, time=record.time_after(event.time)))


def _move(
    context: ReleaseContext,
    locations: TagLocations,
    decisions: Iterable[Decision],
    plan: RollbackPlan,
) -> None:
    """Move the tags. Raises RaceError where others move the same ones all the time."""

    def move(attempt: int) -> Lost | None:
        return locations.move(decisions if attempt == 0 else plan()[0])

    lost = until(is_settled, move, context.again, RETRY.moves)
    if lost is not None:
        told = f"others move the same tags all the time: {lost.reason}"
        raise given_up(lost, RaceError(told, "run it again"), "the tags could not be moved")
