"""Records: notes of several releases, written by several at once."""

import json

import pytest
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, RepositoryError
from tagboat.core.record import (
    ABANDONED,
    PUBLISHED,
    Event,
    merged,
    merged_records,
    note_text,
    read_note,
    record_of,
)
from tests.unit.test_contract import CONTRACT

COMMIT = "1" * 40
RECORD = record_of(CONTRACT, "api-v1.4.0", COMMIT)
FIRST = Event(time=1, kind="staged", detail="a")
LATER = Event(time=2, kind=PUBLISHED)


def test_record_tells_what_the_tag_tells() -> None:
    assert (RECORD.version, RECORD.source, RECORD.commit) == ("1.4.0", CONTRACT.source, COMMIT)


def test_note_is_read_as_it_was_written() -> None:
    records = {"a": RECORD, "b": RECORD.with_event(LATER)}
    assert read_note(note_text(records), COMMIT) == records


def test_note_is_the_same_text_in_any_order() -> None:
    one, other = {"a": RECORD, "b": RECORD}, {"b": RECORD, "a": RECORD}
    assert note_text(one) == note_text(other)


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_note_holds_nothing(text: str) -> None:
    assert read_note(text, COMMIT) == {}


@pytest.mark.parametrize("text", ["words", "[]", "{}", '{"format": 1}', '{"format": "1"}'])
def test_other_notes_are_refused(text: str) -> None:
    with pytest.raises(RepositoryError, match=f"the record of {COMMIT} can't be read"):
        read_note(text, COMMIT)


def test_later_format_is_refused() -> None:
    data = json.loads(note_text({})) | {"format": 2}
    with pytest.raises(RepositoryError, match="has format 2"):
        read_note(json.dumps(data), COMMIT)


@pytest.mark.parametrize("kind", [PUBLISHED, ABANDONED])
def test_release_ends_with_an_event(kind: str) -> None:
    assert RECORD.with_event(Event(time=1, kind=kind)).is_ended


def test_release_goes_on_until_then() -> None:
    assert not RECORD.with_event(FIRST).is_ended


def test_event_happens_once() -> None:
    assert RECORD.with_event(FIRST).with_event(FIRST).events == (FIRST,)


def test_events_of_two_writers_are_kept_in_order() -> None:
    mine, theirs = RECORD.with_event(LATER), RECORD.with_event(FIRST)
    assert merged_records(mine, theirs).events == (FIRST, LATER)


def test_releases_of_two_writers_are_kept() -> None:
    assert merged({"a": RECORD}, {"b": RECORD}) == {"a": RECORD, "b": RECORD}


def test_same_release_of_two_writers_is_merged() -> None:
    made = merged({"a": RECORD.with_event(LATER)}, {"a": RECORD.with_event(FIRST)})
    assert made["a"].events == (FIRST, LATER)


def test_another_release_under_the_same_tag_is_a_conflict() -> None:
    with pytest.raises(ConflictError, match=r"the record of api-v1\.4\.0 holds another release"):
        merged({"a": RECORD}, {"a": replace(RECORD, plan="sha256:00")})
