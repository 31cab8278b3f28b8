"""A configuration is written as TOML that says the same, with where each line was found."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from tagboat.use_cases.adopt.migrate import toml_text

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS, inner, max_size=3)
        | st.lists(st.dictionaries(TEXTS, inner, max_size=2), max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_a_parser_reads_what_was_written(data: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(data, {}, "head")) == data


def test_values_say_where_they_were_found() -> None:
    data = {
        "changelog": {"sections": [{"types": ["feat"], "title": "New"}]},
        "ignore": {"patterns": [r"^\[wip\]"]},
        "files": ["a.py:b", "uv"],
        "tag": "v{version}",
        "packages": [],
    }
    origins = {
        ("tag",): "pyproject.toml:3",
        ("files", 1): "a\nb",
        ("changelog", "sections", 0): "cliff.toml:9",
    }
    assert toml_text(data, origins, "made by\n\nhand") == (
        "# made by\n#\n# hand\n\n"
        'tag = "v{version}"  # pyproject.toml:3\n'
        'files = [\n  "a.py:b",\n  "uv",  # a b\n]\n'
        "packages = []\n\n"
        "[ignore]\npatterns = ['^\\[wip\\]']\n\n"
        "[changelog]\n\n"
        '[[changelog.sections]]  # cliff.toml:9\ntypes = ["feat"]\ntitle = "New"\n'
    )


def test_a_long_list_has_a_line_for_each_item() -> None:
    assert toml_text({"files": ["a" * 60, "b" * 60]}, {}).count("\n") == 4


def test_nothing_is_an_empty_text() -> None:
    assert toml_text({}, {}) == ""
