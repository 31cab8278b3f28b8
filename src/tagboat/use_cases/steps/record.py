"""The step that completes the record of a release."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import RaceError, RefusedError
from tagboat.core.record.record import (
    PUBLISHED,
    Event,
    Record,
    RecordedForgeRelease,
    RecordedImage,
    merged,
    merged_records,
    note_text,
    record_of,
)
from tagboat.core.step import Finding, Lost, State
from tagboat.ports.publishing import Clock, Publisher, Records, Updates
from tagboat.use_cases.retry import RETRY, given_up, is_settled, until
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.remote_state import RemoteState


class Observed(NamedTuple):
    """What there is of a release on its forge, and of its images, by name."""

    forge: tuple[RecordedForgeRelease, ...] = ()
    images: Mapping[str, RecordedImage] = {}


_NOTHING = Observed()

_HIDDEN = "the remote has records that it does not show"
_ALLOW = "allow refs/notes/tagboat there (receive.hideRefs, uploadpack.hideRefs, its permissions)"

Observe = Callable[[], Observed]
"""Looks at what there is of a release beside git."""


class RecordWriter(NamedTuple):
    """Keeps records and pushes them, merged with what others push in between."""

    records: Records
    publisher: Publisher
    clock: Clock

    def append(self, tagged: PublishedRelease, event: Event, sight: Observed = _NOTHING) -> None:
        """Add something that happened to the record of a release, and push that.

        Raises RaceError where others push records all the time, ConflictError where the tag is
        gone.
        """
        tag, contract = tagged.promised()
        record = tagged.record() or record_of(contract, tag.name, tag.commit)
        found = replace(record, images=dict(sight.images)) if sight.images else record
        amended = merged_records(record, found).with_event(event).with_forge(sight.forge)
        self.push(tagged.remote_state, lambda: amended)

    def push(self, remote_state: RemoteState, wanted: Callable[[], Record]) -> None:
        """Push a record that is asked for again each time that others were quicker.

        It is merged with theirs. Raises RaceError, and what ``wanted`` raises.
        """
        self.push_all(remote_state, lambda: (wanted(),))

    def push_all(self, remote_state: RemoteState, wanted: Callable[[], Sequence[Record]]) -> None:
        """Push several records as `push` pushes one: all of them, or none."""
        is_shown = remote_state.refs.records is not None
        lost = until(
            is_settled,
            lambda _: self._pushed(remote_state, wanted()),
            self.clock.back_off,
            RETRY.races if is_shown else RETRY.moves,
        )
        if lost is not None and remote_state.refs.records is None:
            raise RefusedError(_HIDDEN, _ALLOW)
        if lost is not None:
            told = "the record could not be pushed"
            raise given_up(lost, RaceError(f"{told}: {lost.reason}", "run it again"), told)

    def keep(self, remote_state: RemoteState, records: Sequence[Record]) -> str:
        """Merge records into those of their commits; the new commit of the records' ref.

        Empty where the remote keeps none.
        """
        made = ""
        for commit in dict.fromkeys(record.commit for record in records):
            own = {record.tag: record for record in records if record.commit == commit}
            if not remote_state.record_fault:
                notes = note_text(merged(own, remote_state.records(commit)))
                time = max(record.time for record in own.values())
                made = self.records.keep_record(commit, notes, time)
        return made

    def _pushed(self, remote_state: RemoteState, records: Sequence[Record]) -> Lost | None:
        """One try."""
        made = self.keep(remote_state, records)
        updates = Updates(records=made)
        lost = self.publisher.push(remote_state.branch, updates) if made else None
        remote_state.forget()
        return lost


class KeepRecord:
    """The record of a public release tells that it is complete."""

    name = "record"
    is_courtesy = False

    def __init__(self, tagged: PublishedRelease, writer: RecordWriter, seen: Observe) -> None:
        """What ``seen`` gives when all is done is recorded with it."""
        self._tagged = tagged
        self._writer = writer
        self._seen = seen
        self._looks = 0

    def describe(self) -> str:
        """Where the record is kept."""
        return f"the record of {self._tagged.name}, a note on its commit"

    def probe(self) -> Finding:
        """Done where the record tells the end of the release that the tag promises."""
        contract, record = self._tagged.contract, self._tagged.record()
        if contract is None or record is None:
            return self._missing()
        if record.plan != contract.plan:
            return Finding(State.CONFLICT, f"it tells of {record.plan}, the tag of {contract.plan}")
        return Finding(State.DONE) if record.is_ended else self._missing()

    def _missing(self) -> Finding:
        """What is true without a record: no more can be done where the remote keeps none."""
        remote_state = self._tagged.remote_state
        if self._looks and remote_state.refs.records is None:
            self._looks -= 1
            if not self._looks:
                remote_state.record_fault = f"{_HIDDEN}; {_ALLOW}"
        if not remote_state.record_fault:
            return Finding(State.ABSENT)
        return Finding(State.DONE, f"not kept: {remote_state.record_fault}", is_notable=True)

    def names(self) -> tuple[str, ...]:
        """What tells that all is done."""
        return ("the end of the record",)

    def there(self) -> tuple[str, ...]:
        """It is there or it is not."""
        return ()

    def apply(self) -> None:
        """Push the record; merged with what others push in between."""
        event = Event(time=self._writer.clock.now(), kind=PUBLISHED)
        try:
            self._writer.append(self._tagged, event, self._seen())
            # A remote that took it may show it late, or never.
            self._looks = RETRY.looks
        except RefusedError as error:
            # The release is public and whole; the record is what others know that by.
            self._tagged.remote_state.record_fault = f"{error.message}; {_ALLOW}"


class OpenRecord:
    """The record tells what a release promises whose tag was made by hand."""

    name = "promise"
    is_courtesy = False

    def __init__(self, tagged: PublishedRelease, writer: RecordWriter) -> None:
        self._tagged = tagged
        self._writer = writer

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

    def apply(self) -> None:
        """Push the record, without an end."""
        tag, contract = self._tagged.promised()
        record = record_of(contract, tag.name, tag.commit)
        self._writer.push(self._tagged.remote_state, lambda: record)
