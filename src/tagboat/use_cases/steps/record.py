"""The step that completes the record of a release."""

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from tagboat.core.errors import RaceError
from tagboat.core.record import (
    PUBLISHED,
    Event,
    Image,
    Record,
    merged,
    merged_records,
    note_text,
    record_of,
)
from tagboat.core.step import Finding, State
from tagboat.ports import Now, Rest, Updates
from tagboat.use_cases.steps.world import Tagged, World

_TRIES = 20
"""How often a record is pushed again where others pushed one in between."""


class Seen(Protocol):
    """Tells what there is of a release's images."""

    def recorded(self) -> dict[str, Image]:
        """What there is of each, by its name."""
        ...


class KeepRecord:
    """The record of a public release tells that it is complete."""

    name = "record"
    is_courtesy = False

    def __init__(self, tagged: Tagged, seen: Seen | None, now: Now, rest: Rest) -> None:
        """``seen`` tells what there is of the release's images, where it has some."""
        self._tagged = tagged
        self._seen = seen
        self._now = now
        self._rest = rest

    def describe(self) -> str:
        """Where the record is kept."""
        return f"the record of {self._tagged.name}, a note on its commit"

    def probe(self) -> Finding:
        """Done where the record tells the end of the release that the tag promises."""
        contract, record = self._tagged.contract, self._tagged.record()
        if contract is None or record is None:
            return Finding(State.ABSENT)
        if record.plan != contract.plan:
            return Finding(State.CONFLICT, f"it tells of {record.plan}, the tag of {contract.plan}")
        return Finding(State.DONE if record.is_ended else State.ABSENT)

    def apply(self) -> str:
        """Push the record; merged with what others push in between."""
        tagged, event = self._tagged, Event(time=self._now(), kind=PUBLISHED)
        found = {} if self._seen is None else self._seen.recorded()

        def published() -> Record:
            tag, contract = tagged.promised()
            record = tagged.record() or record_of(contract, tag.name, tag.commit)
            return merged_records(record, replace(record, images=found)).with_event(event)

        amend(tagged.world, published, self._rest)
        return ""


class OpenRecord:
    """The record tells what a release promises whose tag was made by hand."""

    name = "promise"
    is_courtesy = False

    def __init__(self, tagged: Tagged, rest: Rest) -> None:
        self._tagged = tagged
        self._rest = rest

    def describe(self) -> str:
        """Why there is one before the end."""
        return f"what {self._tagged.name} promises, in its record: its tag was made by hand"

    def probe(self) -> Finding:
        """Done where there is a record of the release."""
        contract, record = self._tagged.contract, self._tagged.record()
        if contract is None or record is None:
            return Finding(State.ABSENT)
        if record.plan != contract.plan:
            return Finding(State.CONFLICT, f"it tells of {record.plan}, not of {contract.plan}")
        return Finding(State.DONE)

    def apply(self) -> str:
        """Push the record, without an end."""
        tag, contract = self._tagged.promised()
        push_record(self._tagged.world, record_of(contract, tag.name, tag.commit), self._rest)
        return ""


def append_event(tagged: Tagged, event: Event, rest: Rest) -> None:
    """Add something that happened to the record of a release, and push that.

    Raises RaceError where others push records all the time, ConflictError where the tag is gone.
    """
    tag, contract = tagged.promised()
    record = tagged.record() or record_of(contract, tag.name, tag.commit)
    push_record(tagged.world, record.with_event(event), rest)


def push_record(world: World, record: Record, rest: Rest) -> None:
    """Push a record, merged with what others push in between. Raises RaceError."""
    amend(world, lambda: record, rest)


def amend(world: World, wanted: Callable[[], Record], rest: Rest) -> None:
    """Push a record that is asked for again each time that others were quicker.

    It is merged with theirs. Raises RaceError, and what ``wanted`` raises.
    """
    lost = ""
    for attempt in range(_TRIES):
        lost = _pushed(world, wanted())
        world.forget()
        if not lost:
            return
        rest(attempt)
    raise RaceError(f"the record could not be pushed: {lost}", "run it again")


def _pushed(world: World, record: Record) -> str:
    """One try: why others were quicker, or an empty text."""
    notes = note_text(merged({record.tag: record}, world.records(record.commit)))
    made = world.workshop.keep_record(record.commit, notes, record.time)
    return world.workshop.push(world.branch, Updates(records=made))
