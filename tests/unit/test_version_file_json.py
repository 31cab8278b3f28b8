"""Where versions stand in JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.version_files.formats.json_text import JsonText
from tagboat.core.version_files.formats.key import KeyPath, TextSpanError, parse_key
from tests.unit.version_documents import (
    NEW,
    assert_only_the_version_changes,
    documents,
    replaced,
)


def found(text: str, key: str) -> str:
    """The text with brackets around what is found."""
    place = JsonText(text).find(parse_key(key))
    return f"{text[: place.start]}[{text[place.start : place.end]}]{text[place.end :]}"


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, Any], KeyPath]:
    """A document in JSON, what it says, and the path of a version in it."""
    data, path = draw(documents())
    indent = draw(st.sampled_from([None, 0, 2, "\t"]))
    text = json.dumps(data, indent=indent, ensure_ascii=draw(st.booleans()))
    around = st.sampled_from(["", "\n", "\n  "])
    text = f"{draw(around)}{text}{draw(around)}"
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    return draw(st.sampled_from(["", "\ufeff"])) + text, data, path


@given(written())
def test_a_version_changes_alone(document: tuple[str, dict[str, Any], KeyPath]) -> None:
    text, data, path = document

    assert_only_the_version_changes(
        text,
        JsonText(text).find(path),
        lambda after: json.loads(after.removeprefix("\ufeff")),
        replaced(data, path, NEW),
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("version", '{"a": "1.2.3", "version" :\t"[1.2.3]"}'),
        ("a.b", '{"a.b": "1.2.3", "a": {"b": "[1.2.3]"}}'),
        ('"a.b"', '{"a.b": "[1.2.3]", "a": {"b": "1.2.3"}}'),
        ("'a.b'.c", '{"a.b": {"c": "[1.2.3]"}}'),
        ('packages."".version', '{"packages": {"": {"version": "[1.2.3]"}}}'),
        ("a.1", '{"a": ["1.2.3", "[1.2.3]"]}'),
        ("a[1].v", '{"a": [[], {"v": "[1.2.3]"}]}'),
        ("a.0", '{"a": {"0": "[1.2.3]"}}'),
        ("é", '{"\\u00e9": "[1.2.3]"}'),
        ("v", '{"x": "\\"v\\": \\"1.2.3\\"", "v": "[1.2.3]"}'),
        ("v", '{"x": [], "y": {}, "z": -1.5e3, "n": null, "v": "[1.2.3\\u002B5]"}'),
    ],
)
def test_a_key_leads_to_its_text(key: str, text: str) -> None:
    assert found(text.replace("[1", "1").replace("3]", "3").replace("5]", "5"), key) == text


def test_escapes_are_part_of_the_value() -> None:
    assert JsonText('{"v": "1.2.3\\u002B5"}').find(("v",)).value == "1.2.3+5"


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("v", "{", "not readable as JSON"),
        ("v", '{"v": "1.2.3"} // c', "not readable as JSON"),
        ("v", "[" * 100_000, "nested too deeply"),
        ("v", "{}", "there is no 'v' where v leads"),
        ("a.v", '{"a": {"w": "1.2.3"}}', "there is no 'v' where a.v leads"),
        ("a.v", '{"a": "1.2.3"}', "there is no 'v'"),
        ("a.1", '{"a": ["1.2.3"]}', "there is no '1'"),
        ("a.v", '{"a": ["1.2.3"]}', "there is no 'v'"),
        ("a[0]", '{"a": {"0": "1.2.3"}}', "there is no '0'"),
        ("v", '{"v": 1.2}', "v is the value 1.2, which is not a text"),
        ("v", '{"v": null}', "v is empty"),
        ("v", '{"v": true}', "v is a boolean"),
        ("a", '{"a": {"v": "1.2.3"}}', "a is a table"),
        ("'a b'", '{"a b": ["1.2.3"]}', '"a b" is an array'),
        ("v", '{"v": "1.2.2", "v": "1.2.3"}', "'v' stands twice"),
        ("a.v", '{"a": {"v": "1.2.3"}, "b": 0, "a": {"v": "1.2.3"}}', "'a' stands twice"),
        ("a..b", "{}", "is not a key: parts are joined by dots"),
        ("a.", "{}", "is not a key"),
        ("", "{}", "is not a key"),
        ('"a"b', "{}", "a dot is missing before 'b'"),
        ('"a', "{}", "is not a key"),
    ],
)
def test_a_key_that_leads_nowhere_is_refused(key: str, text: str, problem: str) -> None:
    with pytest.raises(TextSpanError) as caught:
        found(text, key)
    assert problem in str(caught.value)


def test_a_key_twice_beside_the_way_is_no_matter() -> None:
    assert found('{"a": 1, "a": 2, "v": "1.2.3"}', "v") == '{"a": 1, "a": 2, "v": "[1.2.3]"}'
