"""The JSON Schema and the documentation of the configuration, as they are checked in."""

import json
import tomllib
from operator import attrgetter
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from tagboat.core.config import Config, config_of, problems
from tagboat.core.config.shape import json_schema
from tests import reference

KEYS = list(reference.every_key())
PATH = attrgetter("path")
VALIDATOR = Draft202012Validator(json.loads(reference.SCHEMA.read_text(encoding="utf-8")))
AGAIN = "stale: run `python -m tests.reference`"


def test_the_schema_is_up_to_date() -> None:
    assert reference.SCHEMA.read_text(encoding="utf-8") == reference.schema_text(), AGAIN


def test_the_documentation_is_up_to_date() -> None:
    assert reference.DOCUMENT.read_text(encoding="utf-8") == reference.markdown(), AGAIN


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)


def test_every_key_of_every_table_is_documented_once() -> None:
    text = reference.DOCUMENT.read_text(encoding="utf-8")

    assert [line[5:-1] for line in text.splitlines() if line.startswith("### ")] == [
        key.path for key in KEYS
    ]


@pytest.mark.parametrize("key", KEYS, ids=PATH)
def test_each_example_is_valid_and_sets_its_key(key: reference.Key) -> None:
    data = tomllib.loads(key.example)

    assert problems(data) == ()
    assert not list(VALIDATOR.iter_errors(data))
    assert (
        _at(msgspec.json.decode(msgspec.json.encode(config_of(data))), key)
        == key.schema["examples"][0]
    )


@pytest.mark.parametrize("key", [key for key in KEYS if not key.is_required], ids=PATH)
def test_each_documented_default_is_what_is_read_where_the_key_is_missing(
    key: reference.Key,
) -> None:
    data = tomllib.loads(key.example)
    del _table(data, key)[key.name]

    found = _at(msgspec.json.decode(msgspec.json.encode(config_of(data))), key)
    assert found == key.schema.get("default", "" if found == "" else None)


@pytest.mark.parametrize("key", [key for key in KEYS if "default" in key.schema], ids=PATH)
def test_each_documented_default_may_be_written(key: reference.Key) -> None:
    data = tomllib.loads(key.example)
    _table(data, key)[key.name] = key.schema["default"]

    assert problems(data) == ()
    assert not list(VALIDATOR.iter_errors(data))


@pytest.mark.parametrize(
    "data",
    [
        {"tagg": "v{version}"},
        {"tag": "v"},
        {"tag": None},
        {"bump": {"feat": "mnior"}},
        {"initial": "1.0.0-rc.1"},
        {"zero": {"breaking": 1}},
        {"channels": [{}]},
        {"channels": [{"branch": "x", "prerelease": "a b"}]},
        {"files": ["a:"]},
        {"images": [{"repositories": ["App"]}]},
        {"packages": [{"name": "a b"}]},
        {"check": {"header_length": 0}},
        {"forge": {"url": "a.example"}},
    ],
)
def test_the_schema_refuses_what_loading_refuses(data: dict[str, Any]) -> None:
    assert problems(data)
    assert list(VALIDATOR.iter_errors(data))


def test_nothing_in_the_schema_may_be_null() -> None:
    assert '"null"' not in reference.schema_text()


def test_the_schema_has_the_keys_of_the_shape() -> None:
    assert list(json_schema()["properties"]) == [
        field.encode_name for field in msgspec.structs.fields(Config)
    ]


def _table(values: Any, key: reference.Key) -> Any:  # noqa: ANN401 - any table
    """The table of a key in a whole configuration."""
    for table in key.tables[1:]:
        values = values[table.name.removesuffix("[]")]
        values = values[0] if isinstance(values, list) else values
    return values


def _at(values: Any, key: reference.Key) -> object:  # noqa: ANN401 - any table
    """The value of a key in a whole configuration."""
    found: object = _table(values, key)[key.name]
    return found
