"""Inserting notes into a changelog that people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changelog.insert import inserted

NOTES = "## [1.2.0](https://forge.example/c) - 2024-05-01\n\n### Added\n\n- new\n"
KEPT = """# Changelog

Intro.

## [Unreleased]

- by hand

## [1.1.0] - 2024-01-01

- old
"""

HEADINGS = [
    "## [1.1.0] - 2024-01-01",
    "## 1.1.0",
    "# 1.1.0",
    "### v1.1.0 (2024-01-01)",
    "## **1.1.0**",
    "## [v1.1.0](https://forge.example/compare/a...b) (2024-01-01)",
    "## Version 1.1.0",
    "## Release 1.1.0 - The name",
    "## app 1.1.0",
    "## @scope/app@1.1.0 (2024-01-01)",
    "## app-v1.1.0",
    '## <a name="1.1.0"></a>1.1.0',
    '<a name="1.1.0"></a>\n## 1.1.0',
    '<a name="1.1.0"></a>\n1.1.0\n-----',
    "## 1.1.0: what's changed",
    "## 1.1.0-rc.1",
    "## 1.1.0rc1",
    "## 1.1",
    "1.1.0\n-----",
    "1.1.0 (2024-01-01)\n==================",
    "1.1.0\n~~~~~",
    "=====\n1.1.0\n=====",
    "=======\n 1.1.0\n=======",
]


@pytest.mark.parametrize("heading", HEADINGS)
def test_notes_stand_before_the_first_version(heading: str) -> None:
    before, after = "Changelog\n=========\n\nIntro.\n\n", f"{heading}\n\n- old\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


@pytest.mark.parametrize(
    "line",
    [
        "## How to read 1.1.0",
        "## Python 3.11 support",
        "## 2024",
        "## 1.x",
        "    ## 1.1.0",
        "1.1.0",
        "Text goes on\n1.1.0\n-----",
        "\n-----",
        "```\n## 1.1.0\n```",
        "~~~md\n## 1.1.0\n```\n## 1.0.0\n~~~",
        "```\n1.1.0\n-----",
        "<!--\n## 1.1.0\n```\n-->",
        "<!-- ## 1.1.0 -->",
    ],
)
def test_what_is_no_versions_heading_does_not_count(line: str) -> None:
    before = f"# Changelog\n\n{line}\n"
    assert inserted(before, NOTES, version="1.2.0") == before + "\n" + NOTES


def test_a_fence_that_is_closed_hides_nothing_behind_it() -> None:
    before, after = "# Log\n\n````\n## 9.9.9\n```\n````\n\n", "## 1.1.0\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


def test_underlined_titles_are_no_fences() -> None:
    before = "Log\n===\n\nIntro\n~~~~~\n\nMore\n````\n\n"
    after = "1.1.0\n-----\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


def test_notes_stand_after_what_is_unreleased() -> None:
    before, _, after = KEPT.partition("## [1.1.0]")
    expected = before + NOTES + "\n## [1.1.0]" + after
    assert inserted(KEPT, NOTES, version="1.2.0") == expected


def test_a_heading_inside_the_unreleased_section_is_no_place() -> None:
    before = "# Changelog\n\n## Unreleased\n\n### Python 3.13\n\n- dropped\n\n"
    after = "## 1.1.0\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


@pytest.mark.parametrize("version", ["1.1.0", ""])
def test_a_section_that_is_there_is_left_alone(version: str) -> None:
    assert inserted(KEPT, "## other words\n\n- new\n", version=version) == KEPT


@pytest.mark.parametrize("existing", [KEPT, KEPT.replace("\n", "\r\n"), "# Log", ""])
def test_twice_gives_what_once_gives(existing: str) -> None:
    once = inserted(existing, NOTES, version="1.2.0")
    assert once != existing
    assert inserted(once, NOTES, version="1.2.0") == once


def test_notes_without_a_heading_are_not_inserted_twice() -> None:
    once = inserted(KEPT, "just words\n", version="1.2.0")
    assert inserted(once, "just words\n", version="1.2.0") == once


def test_what_is_unreleased_is_inserted_where_there_is_no_such_section() -> None:
    existing = "# Log\n\n## 1.1.0\n"
    notes = "## Unreleased\n\n- new\n"
    expected = "# Log\n\n## Unreleased\n\n- new\n\n## 1.1.0\n"
    assert inserted(existing, notes, version="") == expected


def test_notes_take_the_line_ends_of_the_file() -> None:
    existing = "# Log\r\n\r\n## 1.1.0\r\n"
    crlf = NOTES.replace("\n", "\r\n")
    expected = f"# Log\r\n\r\n{crlf}\r\n## 1.1.0\r\n"
    assert inserted(existing, NOTES, version="1.2.0") == expected


def test_a_byte_order_mark_stays_first() -> None:
    existing = "\ufeff## 1.1.0\n"
    assert inserted(existing, NOTES, version="1.2.0") == f"\ufeff{NOTES}\n## 1.1.0\n"


def test_a_missing_last_line_end_stays_missing() -> None:
    assert inserted("# Log\n\n## 1.1.0", NOTES, version="1.2.0").endswith("\n\n## 1.1.0")
    assert inserted("# Log", NOTES, version="1.2.0") == "# Log\n\n" + NOTES.rstrip("\n")


def test_notes_stand_before_the_definitions_of_links() -> None:
    before, after = "# Log\n\n", "[a]: https://forge.example/a\n\n[b]: https://forge.example/b\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


def test_a_file_of_definitions_alone_gets_notes_first() -> None:
    after = "[a]: https://forge.example/a\n"
    assert inserted(after, NOTES, version="1.2.0") == NOTES + "\n" + after


def test_a_blank_line_sets_notes_off_from_text_above() -> None:
    assert inserted("Intro\n## 1.1.0\n", NOTES, version="1.2.0").startswith("Intro\n\n## [1.2.0]")


def test_a_new_file_gets_the_header() -> None:
    assert inserted("", NOTES, version="1.2.0", header="# Log\n\n") == "# Log\n\n" + NOTES


LINES = st.sampled_from(
    [
        "",
        "# Log",
        "## 1.1.0",
        "1.0.0",
        "-----",
        "=====",
        "```",
        "~~~",
        "<!--",
        "-->",
        "text",
        "[a]: b",
    ]
) | st.sampled_from(["## Unreleased", '<a name="x"></a>', "\udcff\x85\u2028", "## 1.2.0"])
FILES = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n"]))).map(
    lambda lines: "".join(line + end for line, end in lines)
)


@given(FILES | FILES.map(str.rstrip) | st.text(), st.sampled_from(["1.2.0", "3.0.0", ""]))
def test_nothing_that_stood_there_changes(existing: str, version: str) -> None:
    result = inserted(existing, "## 7.7.7\n\n- new\n", version=version)
    added = len(result) - len(existing)
    assert any(
        result[:place] + result[place + added :] == existing for place in range(len(existing) + 1)
    )
