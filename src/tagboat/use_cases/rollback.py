"""Rollback: move users back to a version that is all there, and forward again; nothing is rebuilt.

What happens is recorded before a tag moves: a run that is killed is finished by the next one, and
a release that runs again meanwhile knows that it is withdrawn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core import withdrawal
from tagboat.core.errors import RaceError, RepositoryError
from tagboat.core.moving_tag import Action, Decision, Place, decide
from tagboat.core.record import REINSTATED, Event, Record
from tagboat.core.version import Version
from tagboat.core.withdrawal import (
    Reinstatement,
    Rollback,
    Signed,
    reinstatement_event,
    rollback_events,
)
from tagboat.use_cases.ground import Ground
from tagboat.use_cases.released import named, not_ours, tagging_there
from tagboat.use_cases.site import Site
from tagboat.use_cases.steps.record import amend_all
from tagboat.use_cases.steps.world import gone

_TRIES = 5
"""How often tags are looked at again where others moved one in between."""

Events = Mapping[Version, Event]
Plan = Callable[[], tuple[tuple[Decision, ...], Events]]
"""What becomes of the tags, and the events to be recorded before, as things are now."""


class Request(NamedTuple):
    """What a person asks for: why, when (in seconds since 1970), and whether only to show it.

    ``tag`` names the moving tag that a rollback is about, empty for the narrowest.
    """

    time: int
    why: str = ""
    tag: str = ""
    is_dry: bool = False


class Turn(NamedTuple):
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


def rollback(site: Site, version: str, asked: Request) -> Turn:
    """Withdraw what stands above a version, and let the tags lead back to it.

    Raises UsageError where there is no such version or tag, RepositoryError where the version is
    not complete everywhere or not tagboat's, ConflictError where its images are not signed as they
    should be, OutsideError where not all could be looked at or moved, RaceError.
    """
    wanted = _version(site, version)
    ground = Ground(site)
    signed = _signed(site, asked)

    def planned() -> Rollback:
        return ground.settled(lambda all_: withdrawal.rollback(all_, wanted, asked.tag), wanted)[0]

    done = planned()
    _refuse_foreign(ground, done.withdrawn)
    events = rollback_events(done, signed)

    def plan() -> tuple[tuple[Decision, ...], Events]:
        again = planned()
        return again.decisions, rollback_events(again, signed)

    if events and not asked.is_dry:
        _carry_out(site, ground, (done.decisions, events), plan)
    else:
        ground.check_signatures(done.decisions)
    return Turn(wanted, done.tags, done.withdrawn, done.decisions, bool(events), ground.notes)


def reinstate(site: Site, version: str, asked: Request) -> Turn:
    """End the withdrawal of a version; its tags lead to it again where it is the highest.

    Raises RepositoryError where it was never withdrawn, and as `rollback` does.
    """
    wanted = _version(site, version)
    ground = Ground(site)
    signed = _signed(site, asked)

    def plan() -> tuple[tuple[Decision, ...], Events]:
        done, lacking = ground.settled(lambda all_: _reinstated(ground, all_, wanted), wanted)
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
        _carry_out(site, ground, (decisions, events), plan)
    else:
        ground.check_signatures(decisions)
    return Turn(wanted, (), (), decisions, is_new, ground.notes)


def _version(site: Site, name: str) -> Version:
    """The version of ours that a person names. Raises as `rollback` does."""
    tagging = tagging_there(site)
    release = named(site, tagging, name)
    if release.is_foreign:
        raise not_ours(release.name)
    if release.tag is None:
        raise gone(release.name)
    return next(tag.version for tag in tagging.tags if tag.name == release.name)


def _signed(site: Site, asked: Request) -> Signed:
    """Who does it, when and why. Raises RepositoryError where git does not know who works here."""
    if asked.is_dry:
        return Signed(asked.time, "")
    faults = site.world.workshop.faults()
    if faults:
        raise RepositoryError(faults[0])
    return Signed(asked.time, site.world.workshop.identity(), asked.why)


def _reinstated(ground: Ground, places: Sequence[Place], version: Version) -> Reinstatement:
    """The end of a withdrawal, or what is left to do of one that was recorded before."""
    record = ground.record(version)
    kinds = () if record is None else [event.kind for event in record.events]
    if record is None or record.is_withdrawn or REINSTATED not in kinds:
        return withdrawal.reinstate(places, version)
    found = ((place, known) for place in places for known in place.known)
    decisions = (
        one for place, known in found if known.version == version for one in decide(place, known)
    )
    return Reinstatement(version, version, tuple(decisions))


def _refuse_foreign(ground: Ground, withdrawn: Iterable[Version]) -> None:
    """Raise RepositoryError where a version would be withdrawn of which nothing can be recorded."""
    for version in withdrawn:
        if ground.record(version) is None:
            raise RepositoryError(
                f"version {version} was not released by tagboat, so it can't be withdrawn",
                "move its tags by hand, or name a narrower tag with --tag",
            )


def _carry_out(
    site: Site, ground: Ground, first: tuple[tuple[Decision, ...], Events], plan: Plan
) -> None:
    """Record what happens, then move the tags; planned again where others were quicker."""
    ground.check_signatures(first[0])
    known = [first]

    def recorded() -> list[Record]:
        _, events = known.pop() if known else plan()
        return [_with_event(ground, version, event) for version, event in events.items()]

    amend_all(site.world, recorded, site.rest)
    _move(site, ground, first[0], plan)


def _with_event(ground: Ground, version: Version, event: Event) -> Record:
    """The record of a version with what happens to it, after all that happened before."""
    record = ground.record(version)
    if record is None:
        raise RepositoryError(f"there is no record of version {version}")
    return record.with_event(replace(event, time=record.time_after(event.time)))


def _move(site: Site, ground: Ground, decisions: Iterable[Decision], plan: Plan) -> None:
    """Move the tags. Raises RaceError where others move the same ones all the time."""
    lost = ""
    for attempt in range(_TRIES):
        lost = ground.move(decisions)
        if not lost:
            return
        site.rest(attempt)
        site.world.forget()
        decisions, _ = plan()
    raise RaceError(f"others move the same tags all the time: {lost}", "run it again")
