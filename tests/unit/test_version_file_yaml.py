"""Where versions stand in YAML."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.version_files.formats.key import KeyPath, TextSpanError, parse_key
from tagboat.core.version_files.formats.yaml_text import YamlText
from tests.unit.version_documents import (
    NEW,
    assert_only_the_version_changes,
    documents,
    replaced,
)


class WithoutAliases(yaml.SafeDumper):
    """Writes equal values out each time."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, Any], KeyPath]:
    """A document in YAML, what it says, and the path of a version in it."""
    data, path = draw(documents())
    text = yaml.dump(
        data,
        Dumper=WithoutAliases,
        default_style=draw(st.sampled_from([None, "'", '"'])),
        default_flow_style=draw(st.sampled_from([True, False, None])),
        allow_unicode=draw(st.booleans()),
        sort_keys=False,
    )
    text = draw(st.sampled_from(["", "\ufeff", "# version: 1.2.3\n", "---\n"])) + text
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), data, path


@given(written())
def test_a_version_changes_alone(document: tuple[str, dict[str, Any], KeyPath]) -> None:
    text, data, path = document

    assert_only_the_version_changes(
        text, YamlText(text).find(path), yaml.safe_load, replaced(data, path, NEW)
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("version", "# version: 1.2.3\r\nversion: <1.2.3> # now\r\n"),
        ("version", "version: '<1.2.3>'"),
        ("version", "version:\n  <1.2.3>\n"),
        ("version", "'version' : <1.2.3>"),
        ("a.version", "version: 1.2.3\na:\n  b: |\n    version: 1.2.3\n  version: <1.2.3>\n"),
        ("a[1].v", "a:\n- v: 1.2.3\n- v: <1.2.3>\n"),
        ("a.1", "a: [1.2.3, <1.2.3>]"),
        ("a.v", "{a: {v: <1.2.3>}}"),
        ("v", "x: &name [1]\ny: *name\nv: <1.2.3>"),
        ("v", "x: '\udcff'\nv: <1.2.3>"),
        ("app.version", "app: {name: x, version: '<1.2.3>'}"),
        ('"1"', "1: <1.2.3>"),
    ],
)
def test_a_key_leads_to_its_text(key: str, text: str) -> None:
    bare = text.replace("<", "").replace(">", "")
    place = YamlText(bare).find(parse_key(key))
    assert f"{bare[: place.start]}<{place.value}>{bare[place.end :]}" == text


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("v", "v: [", "not readable as one YAML document"),
        ("v", "v: 1.2.3\n---\nv: 1.2.3", "not readable as one YAML document"),
        ("v", "[" * 100_000, "nested too deeply"),
        ("v", "", "there is no 'v'"),
        ("v", "1.2.3", "there is no 'v'"),
        ("v", "w: 1.2.3", "there is no 'v'"),
        ("v.1", "v: [1.2.3]", "there is no '1'"),
        ("v.w", "v: [1.2.3]", "there is no 'w'"),
        ("v", "v: {}", "v is a table"),
        ("v", "v: []", "v is an array"),
        ("v", "v: |\n  1.2.3\n", "v is a block of text"),
        ("v", "v: >-\n  1.2.3\n", "v is a block of text"),
        ("v", "v: &n 1.2.3\nw: *n", "an anchor, an alias or a tag at '&n 1.2.3'"),
        ("w", "v: &n 1.2.3\nw: *n", "an anchor, an alias or a tag"),
        ("v", "v: !!str 1.2.3", "an anchor, an alias or a tag"),
        ("b.v", "a: &n {v: 1.2.3}\nb: *n", "an anchor, an alias or a tag"),
        ("a.v", "a: &n\n  v: 1.2.3\nb: *n", "an anchor, an alias or a tag"),
        ("b.0", "a: &n [1.2.3]\nb: *n", "an anchor, an alias or a tag"),
        ("b.1.v", "b:\n- &n {v: 1.2.3}\n- *n", "an anchor, an alias or a tag"),
        ("b.v", "a: &n {v: 1.2.3}\nb:\n  <<: *n", "there is no 'v'"),
        ("v", "v: 1.2.3\nv: 1.2.3", "'v' stands twice"),
    ],
)
def test_a_key_that_leads_nowhere_for_certain_is_refused(key: str, text: str, problem: str) -> None:
    with pytest.raises(TextSpanError) as caught:
        YamlText(text).find(parse_key(key))
    assert problem in str(caught.value)
