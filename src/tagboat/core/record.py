"""Record: what was made, kept with the repository.

A git note on the released commit holds one JSON object. As one commit may carry the releases of
several packages, it holds a record for each tag. A record's plan part is written once; what happens
to the release afterwards is appended as events.
"""

from msgspec import Struct, ValidationError, convert, json
from msgspec.structs import replace

from tagboat.core.contract import Contract
from tagboat.core.errors import ConflictError, RepositoryError

FORMAT = 1
"""Grows when a field is removed or changes its meaning."""

PUBLISHED = "published"
"""The event after which nothing is left to do."""
ABANDONED = "abandoned"
"""The event after which nothing will be done any more."""


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """Something that happened to a release, ``time`` in seconds since 1970."""

    time: int
    kind: str
    detail: str = ""


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release: ``commit`` is the one its tag names, ``source`` the one it was planned for."""

    version: str
    package: str
    tag: str
    previous: str
    commit: str
    source: str
    branch: str
    channel: str
    bump: str
    time: int
    tool: str
    plan: str
    events: tuple[Event, ...] = ()

    @property
    def is_ended(self) -> bool:
        """Whether no run has anything left to do for it."""
        return any(event.kind in (PUBLISHED, ABANDONED) for event in self.events)

    def with_event(self, event: Event) -> "Record":
        """The record with one more event, unless it has that already."""
        return merged_records(self, replace(self, events=(event,)))


class _Note(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one note holds: a record for each tag."""

    format: int = FORMAT
    releases: dict[str, Record]


def record_of(contract: Contract, tag: str, commit: str) -> Record:
    """The record of a release as its tag tells it, without events."""
    fields = contract._asdict()
    del fields["notes"]
    return Record(tag=tag, commit=commit, **fields)


def read_note(text: str, where: str) -> dict[str, Record]:
    """The records in a note, by tag; none in an empty text.

    Raises RepositoryError where it holds something else, or was written by a later version.
    """
    if not text.strip():
        return {}
    try:
        data = json.decode(text)
        if isinstance(data, dict) and isinstance(data.get("format"), int):
            _refuse_format(data["format"], where)
        return convert(data, _Note).releases
    except (ValidationError, ValueError) as error:
        raise RepositoryError(
            f"the record of {where} can't be read: {error}",
            f"see `git notes --ref=tagboat show {where}`",
        ) from error


def note_text(records: dict[str, Record]) -> str:
    """The JSON document that `read_note` reads; the same text for the same records."""
    note = _Note(releases=dict(sorted(records.items())))
    return json.format(json.encode(note), indent=2).decode() + "\n"


def merged(mine: dict[str, Record], theirs: dict[str, Record]) -> dict[str, Record]:
    """The records of two writers, none lost. Raises ConflictError as `merged_records` does."""
    together = dict(theirs)
    for tag, record in mine.items():
        together[tag] = merged_records(record, together[tag]) if tag in together else record
    return together


def merged_records(mine: Record, theirs: Record) -> Record:
    """One release as two writers know it: the same plan, the events of both in order.

    Raises ConflictError where they are records of different releases.
    """
    if replace(mine, events=()) != replace(theirs, events=()):
        raise ConflictError(
            f"the record of {mine.tag} holds another release: {theirs.plan} of {theirs.commit}, "
            f"not {mine.plan} of {mine.commit}",
            f"see `git notes --ref=tagboat show {mine.commit}`",
        )
    return replace(mine, events=tuple(sorted({*mine.events, *theirs.events})))


def _refuse_format(found: int, where: str) -> None:
    if found != FORMAT:
        raise RepositoryError(
            f"the record of {where} has format {found}, this version of tagboat reads {FORMAT}",
            "use a newer tagboat",
        )
