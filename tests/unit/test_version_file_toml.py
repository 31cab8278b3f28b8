"""Where versions stand in TOML."""

import json
import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.version_files.formats.key import KeyPath, TextSpanError, parse_key
from tagboat.core.version_files.formats.toml_text import TomlText
from tests.unit.version_documents import (
    NEW,
    assert_only_the_version_changes,
    documents,
    replaced,
)

blanks = st.sampled_from(["", " ", "\t", "  "])
comments = st.sampled_from(["", "", " # v = '1.2.3'", '\t# """', "# [x]"])
lines = st.sampled_from(["", "\n", '# version = "1.2.3"\n', "  # ''' é\n\n"])


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, Any], KeyPath]:
    """A document in TOML, what it says, and the path of a version in it."""
    data, path = draw(documents())
    text = draw(lines) + _table(draw, data, ())
    text = draw(st.sampled_from(["", "\ufeff"])) + text.rstrip("\n") + draw(lines)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), data, path


def _table(draw: st.DrawFn, data: dict[str, Any], at: tuple[str, ...]) -> str:
    """The body of a table, and the tables below it."""
    body, below = "", ""
    for key, value in data.items():
        name = ".".join(_key(draw, part) for part in (*at, key))
        is_tables = isinstance(value, list) and value and all(type(v) is dict for v in value)
        if isinstance(value, dict) and value and draw(st.booleans()):
            body += _dotted(draw, value, _key(draw, key))
        elif isinstance(value, dict) and draw(st.booleans()):
            below += f"{draw(blanks)}[{name}]{draw(comments)}\n{_table(draw, value, (*at, key))}"
        elif is_tables and draw(st.booleans()):
            for each in value:
                below += f"[[ {name} ]]{draw(comments)}\n{_table(draw, each, (*at, key))}"
        else:
            body += f"{draw(blanks)}{_key(draw, key)}{draw(blanks)}={draw(blanks)}"
            body += f"{_value(draw, value)}{draw(comments)}\n"
        body += draw(lines)
    return body + below


def _dotted(draw: st.DrawFn, data: dict[str, Any], before: str) -> str:
    """A table as dotted keys."""
    text = ""
    for key, value in data.items():
        name = f"{before}{draw(blanks)}.{draw(blanks)}{_key(draw, key)}"
        text += f"{name} = {_value(draw, value)}{draw(comments)}\n"
    return text


def _key(draw: st.DrawFn, key: str) -> str:
    kinds = [json.dumps(key, ensure_ascii=draw(st.booleans()) and key.isascii())]
    if re.fullmatch("[A-Za-z0-9_-]+", key):
        kinds.append(key)
    if "'" not in key:
        kinds.append(f"'{key}'")
    return draw(st.sampled_from(kinds))


def _value(draw: st.DrawFn, value: object) -> str:
    if isinstance(value, str):
        return draw(st.sampled_from(_strings(value)))
    if isinstance(value, list):
        gap = draw(st.sampled_from(["", " ", "\n\t", " # [1.2.3]\n"]))
        return "[" + "".join(f"{gap}{_value(draw, each)}{gap}," for each in value) + gap + "]"
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{_key(draw, key)} = {_value(draw, each)}" for key, each in value.items())
            + " }"
        )
    return json.dumps(value)


def _strings(text: str) -> list[str]:
    """All four kinds of string, as far as they can hold the text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    kinds = [f'"{escaped}"', f'"""{escaped}"""', f'"""\n{escaped}"""']
    if "'" not in text:
        kinds += [f"'{text}'", f"'''{text}'''", f"'''\n{text}'''"]
    return kinds


@given(written())
def test_a_version_changes_alone(document: tuple[str, dict[str, Any], KeyPath]) -> None:
    text, data, path = document

    assert_only_the_version_changes(
        text,
        TomlText(text).find(path),
        lambda after: _sorted(tomllib.loads(after.removeprefix("\ufeff"))),
        _sorted(replaced(data, path, NEW)),
    )


def _sorted(value: Any) -> Any:  # noqa: ANN401 documents are of any shape
    """A value whose tables are in one order: TOML gives them none."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("version", "version='<1.2.3>'"),
        ("project.version", '[a]\nversion = "1.2.3"\n[project]\r\nversion = "<1.2.3>" # x\r\n'),
        ("a.b.v", 'a.b.v = "<1.2.3>"'),
        ("a.b.v", '[a]\nb = { w = "1.2.3", "v" = "<1.2.3>" }'),
        ('"a.b".v', "['a.b']\nv = '<1.2.3>'\n[a.b]\nv = '1.2.3'"),
        ("p.1.v", "[[p]]\nv = '1.2.3'\n[[p]]\nv = '<1.2.3>'\n[[p]]\nv = '1.2.3'"),
        ("p[0].q[1].v", "[[p]]\n[[p.q]]\n[[p.q]]\nv = '<1.2.3>'\n[[p]]\n[[p.q]]\nv = '1.2.3'"),
        ("p[1].q.v", "[[p]]\n[p.q]\nv = '1.2.3'\n[[p]]\n[p.q]\nv = '<1.2.3>'"),
        ("v", "d = 1979-05-27 07:32:00\nf = [1.5, [], {}]\nv = '<1.2.3>'"),
        ("v", 'x = """\nv = "1.2.3\\""" """\nv = """\r\n<1.2.3>"""'),
        ("v", "v = '''<1.2.3>'''"),
    ],
)
def test_a_key_leads_to_its_text(key: str, text: str) -> None:
    bare = text.replace("<", "").replace(">", "")
    place = TomlText(bare).find(parse_key(key))
    assert f"{bare[: place.start]}<{place.value}>{bare[place.end :]}" == text


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("v", "v = ", "not readable as TOML"),
        ("v", "v = '1'\nv = '2'", "not readable as TOML"),
        ("v", "v = " + "[" * 100_000, "nested too deeply"),
        ("a.v", "[a]\nw = '1.2.3'", "there is no 'v' where a.v leads"),
        ("v", "v = 1.2", "v is the value 1.2, which is not a text"),
        ("v", "[v]", "v is a table"),
    ],
)
def test_a_key_that_leads_nowhere_is_refused(key: str, text: str, problem: str) -> None:
    with pytest.raises(TextSpanError) as caught:
        TomlText(text).find(parse_key(key))
    assert problem in str(caught.value)


def test_a_document_can_be_asked_twice() -> None:
    document = TomlText("a = '1.2.3'\nb = '1.2.4'")
    assert [document.find((key,)).value for key in "ab"] == ["1.2.3", "1.2.4"]


@pytest.mark.parametrize(
    ("path", "line"), [(("a",), 1), (("b", "c"), 3), (("b", "d"), 2), (("e",), 1)]
)
def test_line_is_that_of_the_key_or_of_what_it_would_stand_in(
    path: tuple[str, ...], line: int
) -> None:
    assert TomlText("a = 1\n[b]\nc = 2\n").line(path) == line
