"""The JSON Schema of records, as it is checked in."""

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tagboat.core.errors import RepositoryError
from tagboat.core.record.record import FORMAT, Record, note_text, read_note, record_schema
from tests import reference
from tests.unit.test_record import NOTES, RECORD

VALIDATOR = Draft202012Validator(json.loads(reference.RECORD_SCHEMA.read_text(encoding="utf-8")))


def test_the_schema_of_records_is_up_to_date() -> None:
    found = reference.RECORD_SCHEMA.read_text(encoding="utf-8")
    assert found == reference.record_schema_text(), "stale: run `python -m tests.reference`"


def test_the_schema_of_records_is_one() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)


def test_every_member_of_a_record_is_described() -> None:
    schema = record_schema()
    tables = [schema, *schema["$defs"].values()]
    found = [
        f"{table['title']}.{name}"
        for table in tables
        for name, member in table["properties"].items()
        if not member.get("description")
    ]
    assert found == []


@given(NOTES)
def test_every_note_is_valid(note: dict[str, Record]) -> None:
    assert not list(VALIDATOR.iter_errors(json.loads(note_text(note))))


def test_the_schema_names_the_format() -> None:
    assert record_schema()["properties"]["format"]["enum"] == [FORMAT]


@pytest.mark.parametrize(
    "change",
    [
        {"words": 1},
        {"version": None},
        {"time": "1"},
        {"images": {"app": {}}},
        {"images": {"app": {"digest": "sha256:0"}}},
        {"images": {"app": {"digest": "", "platforms": {"a": {"size": 1}}}}},
        {"events": [{"time": 1}]},
        {"events": [{"time": 1, "kind": "x", "moves": [{}]}]},
        {"forge": [{"id": 1}]},
    ],
    ids=json.dumps,
)
def test_the_schema_refuses_what_reading_refuses(change: dict[str, Any]) -> None:
    data = json.loads(note_text({"a": RECORD}))
    data["releases"]["a"] |= change

    assert list(VALIDATOR.iter_errors(data))
    with pytest.raises(RepositoryError):
        read_note(json.dumps(data), "here")


@pytest.mark.parametrize("data", [{}, {"format": FORMAT}, {"releases": {}}])
def test_a_note_needs_its_format_and_its_releases(data: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(data))
    with pytest.raises(RepositoryError):
        read_note(json.dumps(data), "here")
