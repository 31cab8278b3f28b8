"""Inserting notes into a changelog that people write."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changelog.headings import second_unreleased
from tagboat.core.changelog.insert import NewNotes
from tagboat.core.changelog.insert import inserted as inserted_notes
from tagboat.core.errors import RepositoryError
from tagboat.use_cases.changelog.changelog import layout_notes

NOTES = "## [1.2.0](https://forge.example/c) - 2024-05-01\n\n### Added\n\n- new\n"
KEPT = """# Changelog

Intro.

## [Unreleased]

- by hand

## [1.1.0] - 2024-01-01

- old
"""


def inserted(existing: str, text: str, *, version: str, header: str = "") -> str:
    """A file with notes in it."""
    return inserted_notes(existing, NewNotes(text, version, header=header))


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
    '<a id="1.1.0"></a>\n\n## 2024-01-01, Version 1.1.0 (Current), @ada',
    "v1.1.0 / 2024-01-01\n===================",
    "## 1.1.0: what's changed",
    "## 1.1.0-rc.1",
    "## 1.1.0rc1",
    "## 1.1",
    "1.1.0\n-----",
    "1.1.0 (2024-01-01)\n==================",
    "1.1.0\n~~~~~",
    "=====\n1.1.0\n=====",
    "=======\n 1.1.0\n=======",
    "## 🚀 v1.1.0",
    "## :rocket: 1.1.0",
    "## 🎉 [1.1.0](https://forge.example/c) (2024-01-01)",
    "## Version: 1.1.0",
    "## Version - 1.1.0",
    "## Ver. 1.1.0",
    "## 版本\uff1a1.1.0",
    "## Версия 1.1.0",
    "## 2024-01-01 - v1.1.0",
    "## 2024-01-01: [1.1.0]",
    "## 2024-01-01, Version 1.1.0 (Current), @ada",
    "## January 5, 2024 - v1.1.0",
    "## v1.1.0 - January 5, 2024",
    "## My App v1.1.0",
    "## My App 1.1.0 - 2024-01-01",
    "## my app v1.1.0 (5 Jan 2024)",
    "## What's new in 1.1.0",
    "## Changes in version 1.1.0 (2024-01-01)",
    "## Release notes for 1.1.0",
    "<h2>1.1.0</h2>",
    '<h2 id="110"><a href="https://forge.example/c">v1.1.0</a> <small>2024</small></h2>',
    "<h2>\n  1.1.0\n</h2>",
    '<a name="1.1.0"></a><h2>1.1.0</h2>',
    "== 1.1.0 (2024-01-01)",
    "**1.1.0** (2024-01-01)",
    "<details>\n<summary>1.1.0</summary>",
    "<details open><summary><b>v1.1.0</b> (2024-01-01)</summary>",
    "<summary>1.1.0</summary>",
]


@pytest.mark.parametrize("heading", HEADINGS)
def test_notes_stand_before_the_first_version(heading: str) -> None:
    before, after = "Changelog\n=========\n\nIntro.\n\n", f"{heading}\n\n- old\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


@pytest.mark.parametrize(
    "line",
    [
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


@pytest.mark.parametrize(
    "heading",
    [
        "## How to read 1.1.0",
        "## How to read v1.1.0",
        "## Upgrading to v2.0.0",
        "## Python 3.11 support",
        "## 2024",
        "## 1.x",
        "## Spring",
    ],
)
def test_a_file_whose_headings_name_no_version_is_refused(heading: str) -> None:
    with pytest.raises(RepositoryError, match="names a version") as caught:
        inserted(f"# Changelog\n\n{heading}\n\n- old\n", NOTES, version="1.2.0")
    assert "<!-- version list -->" in caught.value.hint


@pytest.mark.parametrize(
    "marker",
    [
        "<!-- version list -->",
        "<!-- towncrier release notes start -->",
        ".. towncrier release notes start",
        "..\n    version list",
    ],
)
def test_notes_stand_behind_a_marker(marker: str) -> None:
    before, after = f"# Changelog\n\n## Format\n\n{marker}\n\n", "## Spring\n\n- old\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


def test_plain_text_has_its_versions_in_lines_of_their_own() -> None:
    before, after = "Changelog\n\nIntro.\n\n", "1.1.0 (2024-01-01)\n\n  Fixed\n    - old\n"
    notes = "1.2.0 (2024-05-01)\n\n  Added\n    - new\n"
    assert inserted(before + after, notes, version="1.2.0") == before + notes + "\n" + after


def test_a_fence_that_is_closed_hides_nothing_behind_it() -> None:
    before, after = "# Log\n\n````\n## 9.9.9\n```\n````\n\n", "## 1.1.0\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


def test_underlined_titles_are_no_fences() -> None:
    before = "Log\n===\n\nIntro\n~~~~~\n\nMore\n````\n\n"
    after = "1.1.0\n-----\n"
    assert inserted(before + after, NOTES, version="1.2.0") == before + NOTES + "\n" + after


def test_what_people_wrote_moves_to_the_release_and_the_heading_stays() -> None:
    assert (
        inserted(KEPT, NOTES, version="1.2.0")
        == """# Changelog

Intro.

## [Unreleased]

## [1.2.0](https://forge.example/c) - 2024-05-01

- by hand

### Added

- new

## [1.1.0] - 2024-01-01

- old
"""
    )


def test_what_people_wrote_joins_the_group_of_its_title() -> None:
    before = "# Log\n\n## Unreleased\n\n### ✨ Added\n\n- mine\n\n### Docs\n\n- theirs\n\n"
    notes = "## 1.2.0\n\n### Breaking\n\n- gone\n\n### Added\n\n- new\n"
    assert inserted(before + "## 1.1.0\n", notes, version="1.2.0") == (
        "# Log\n\n## Unreleased\n\n## 1.2.0\n\n"
        "### Breaking\n\n- gone\n\n### Added\n\n- mine\n- new\n\n### Docs\n\n- theirs\n\n## 1.1.0\n"
    )


def test_what_people_wrote_in_front_of_every_shared_group_stays_there() -> None:
    before = "## Unreleased\n\nWords.\n\n### Docs\n\n- theirs\n\n### Added\n\n- mine\n\n"
    notes = "## 1.2.0\n\n### Added\n\n- new\n"
    assert inserted(before + "## 1.1.0\n", notes, version="1.2.0") == (
        "## Unreleased\n\n## 1.2.0\n\nWords.\n\n### Docs\n\n- theirs\n\n"
        "### Added\n\n- mine\n- new\n\n## 1.1.0\n"
    )


def test_groups_to_fill_in_and_hints_stay_where_they_are() -> None:
    top = "# Log\n\n## Unreleased\n\n<!-- add yours -->\n\n### Added\n\n### Fixed\n\n"
    filled = top.replace("### Fixed\n\n", "### Fixed\n\n- mine\n\n")
    notes = "## 1.2.0\n\n### Added\n\n- new\n"
    empty = inserted(top + "## 1.1.0\n", notes, version="1.2.0")
    assert empty == f"{top}{notes}\n## 1.1.0\n"
    assert inserted(filled + "## 1.1.0\n", notes, version="1.2.0") == (
        f"{top}## 1.2.0\n\n### Fixed\n\n- mine\n\n### Added\n\n- new\n\n## 1.1.0\n"
    )


GENERATED = "- **api:** a search ([#7](https://f/pull/7)) ([abcdef1](https://f/commit/abcdef12))\n"
FEATURES = f"## 1.2.0\n\n### Added\n\n{GENERATED}"


@pytest.mark.parametrize(
    "item",
    [
        GENERATED,
        GENERATED.replace("abcdef1", "1234567"),
        "- **api:** a search (#7) (abcdef1)\n",
        "* api: A search\n",
    ],
)
def test_a_generated_entry_is_not_there_twice(item: str) -> None:
    existing = f"# Log\n\n## Unreleased\n\n### Added\n\n{item}\n## 1.1.0\n"
    expected = f"# Log\n\n## Unreleased\n\n{FEATURES}\n## 1.1.0\n"
    assert inserted(existing, FEATURES, version="1.2.0") == expected


@pytest.mark.parametrize("name", ["(abcdef1)", "([abcdef12](https://f))", "(#7)", "([#7](x))"])
def test_an_entry_that_people_wrote_anew_is_kept_instead_of_the_generated_one(name: str) -> None:
    existing = f"## Unreleased\n\n### Added\n\n- Find things. {name}\n\n## 1.1.0\n"
    expected = f"## Unreleased\n\n## 1.2.0\n\n### Added\n\n- Find things. {name}\n\n## 1.1.0\n"
    assert inserted(existing, FEATURES, version="1.2.0") == expected


def test_an_entry_that_says_what_breaks_stays_beside_what_people_wrote() -> None:
    notes = "## 1.2.0\n\n### Breaking\n\n- gone (abcdef1)\n\n  Use other.\n"
    text = inserted("## Unreleased\n\n- It is gone (abcdef1)\n", notes, version="1.2.0")
    assert "- It is gone" in text
    assert "Use other." in text


def test_the_entry_of_a_reverted_commit_goes() -> None:
    existing = f"## Unreleased\n\n{GENERATED}- Mine, after abcdef1 and all.\n\n## 1.1.0\n"
    notes = NewNotes("## 1.2.0\n\n- x\n", "1.2.0", reverted=frozenset({"abcdef1" + "0" * 33}))
    text = inserted_notes(existing, notes)
    assert "search" not in text
    assert "- Mine" in text


def test_a_release_that_was_made_takes_only_what_names_its_commits() -> None:
    existing = "## Unreleased\n\n- Find things. (#7)\n- Later.\n\n## 1.1.0\n"
    text = inserted_notes(existing, NewNotes(FEATURES, "1.2.0", newest=False))
    assert text == ("## Unreleased\n\n- Later.\n\n## 1.2.0\n\n- Find things. (#7)\n\n## 1.1.0\n")


@pytest.mark.parametrize(
    "heading",
    [
        "## Unreleased",
        "## [Unreleased]",
        "## 🚧 Unreleased changes",
        "## vNext",
        "## HEAD",
        "## 未发布",
    ],
)
def test_ways_to_head_what_is_unreleased(heading: str) -> None:
    existing = f"# Log\n\n{heading}\n\n- mine\n"
    notes = "## 1.2.0\n\n### Added\n\n- new\n"
    expected = f"# Log\n\n{heading}\n\n## 1.2.0\n\n- mine\n\n### Added\n\n- new\n"
    assert inserted(existing, notes, version="1.2.0") == expected


@pytest.mark.parametrize("heading", ["## 1.2.0 (unreleased)", "## [Unreleased] (1.3.0)"])
def test_a_heading_that_names_the_version_to_come_becomes_the_release(heading: str) -> None:
    existing = f"# Log\n\n{heading}\n\n- mine\n\n## 1.1.0\n"
    notes = "## 1.2.0 - 2024-05-01\n\n### Added\n\n- new\n"
    assert inserted(existing, notes, version="1.2.0") == (
        "# Log\n\n## 1.2.0 - 2024-05-01\n\n- mine\n\n### Added\n\n- new\n\n## 1.1.0\n"
    )


def test_a_section_that_the_version_to_come_has_already_is_told() -> None:
    text = "# Log\n\n## v1.1.0\n\n- mine\n\n## 1.0.0\n"
    told = "C.md:3 is a section of 1.1.0 already: it stays as people wrote it"
    assert list(layout_notes("C.md", text, "", "1.1.0")) == [told]
    assert list(layout_notes("C.md", text, "", "1.2.0")) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Log\n\n## Unreleased\n\n- a\n\n## [Unreleased]\n\n- b\n\n## 1.0.0\n", 7),
        ("## 1.1.0\n\n- a\n\n## Unreleased\n\n- forgotten\n", 5),
        ("## Unreleased\n\n### Unreleased fixes\n\n- a\n\n## 1.0.0 (unreleased)\n", 0),
        ("# Log\n\nWords.\n", 0),
    ],
)
def test_a_second_section_of_what_is_not_released_is_told_by_its_line(text: str, line: int) -> None:
    assert second_unreleased(text) == line
    told = [note.partition(" ")[0] for note in layout_notes("C.md", text, "")]
    assert told == [f"C.md:{line}"] * bool(line)


def test_an_unreleased_section_below_a_release_is_left_where_it_was_forgotten() -> None:
    existing = "# Log\n\n## 1.1.0\n\n- a\n\n## Unreleased\n\n- forgotten\n\n## 1.0.0\n"
    expected = existing.replace("## 1.1.0", f"{NOTES}\n## 1.1.0")
    assert inserted(existing, NOTES, version="1.2.0") == expected


def test_a_file_in_utf_16_is_refused() -> None:
    text = "# Changelog\n".encode("utf-16-le").decode("utf-8", "surrogateescape")
    with pytest.raises(RepositoryError, match="NUL characters"):
        inserted(text, NOTES, version="1.2.0")


def test_debians_changelog_is_refused() -> None:
    with pytest.raises(RepositoryError, match="Debian"):
        inserted("app (1.1.0) unstable; urgency=low\n\n  * a\n", NOTES, version="1.2.0")


@pytest.mark.parametrize("text", ["- Nothing changed yet.", "*No unreleased changes*", "TBD"])
def test_what_says_that_there_is_nothing_yet_is_no_part_of_a_release(text: str) -> None:
    kept = f"## Unreleased\n\n{text}\n\n"
    assert inserted(f"{kept}## 1.1.0\n", NOTES, version="1.2.0") == f"{kept}{NOTES}\n## 1.1.0\n"
    named = f"1.2.0 (unreleased)\n-----\n\n{text}\n\n1.1.0\n-----\n"
    assert inserted(named, NOTES, version="1.2.0") == f"{NOTES}\n1.1.0\n-----\n"


def test_a_heading_inside_the_unreleased_section_is_no_place() -> None:
    before = "# Changelog\n\n## Unreleased\n\n### Python 3.13\n\n- dropped\n\n"
    text = inserted(before + "## 1.1.0\n", NOTES, version="1.2.0")
    assert text.index("[1.2.0]") < text.index("### Python 3.13") < text.index("## 1.1.0")


def test_what_is_unreleased_is_brought_up_to_date() -> None:
    stale = "- old words (abcdef1)\n- gone (7654321)\n"
    existing = f"# Log\n\n## Unreleased\n\n- mine\n\n### Added\n\n{stale}\n## 1.1.0\n"
    text = "## Unreleased\n\n### Added\n\n- old words (abcdef1)\n- new (abcdef2)\n"
    notes = NewNotes(text, "", reverted=frozenset({"7654321" + "0" * 33}))
    fresh = "- mine\n\n### Added\n\n- old words (abcdef1)\n- new (abcdef2)\n"
    expected = f"# Log\n\n## Unreleased\n\n{fresh}\n## 1.1.0\n"
    assert inserted_notes(existing, notes) == expected
    assert inserted_notes(expected, notes) == expected
    nothing = inserted_notes(expected, NewNotes("", "", reverted=frozenset({"abcdef1", "abcdef2"})))
    assert nothing == "# Log\n\n## Unreleased\n\n- mine\n\n## 1.1.0\n"


DEFINED = """## [Unreleased]

## [1.1.0] - 2024-01-01

[unreleased]: https://forge.example/app/compare/v1.1.0...HEAD
[1.1.0]: https://forge.example/app/compare/v1.0.0...v1.1.0
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            DEFINED,
            "v1.2.0...HEAD\n[1.2.0]: https://forge.example/app/compare/v1.1.0...v1.2.0\n[1.1.0]",
        ),
        (
            DEFINED.replace("[unreleased]: https://forge.example/app/compare/v1.1.0...HEAD\n", ""),
            "\n\n[1.2.0]: https://forge.example/app/compare/v1.1.0...v1.2.0\n[1.1.0]",
        ),
        (
            "## [v1.1.0]\n\n[v1.1.0]: https://forge.example/app/releases/tag/v1.1.0\n",
            "\n\n[v1.2.0]: https://forge.example/app/releases/tag/v1.2.0\n[v1.1.0]",
        ),
        (
            "## [Unreleased]\n\n[Unreleased]: https://forge.example/app/compare/1.1.0...main",
            "v1.2.0...main\n[1.2.0]: https://forge.example/app/compare/1.1.0...v1.2.0",
        ),
    ],
)
def test_the_addresses_of_versions_are_brought_up_to_date(before: str, after: str) -> None:
    text = inserted_notes(before, NewNotes(NOTES, "1.2.0", "v1.2.0"))
    assert after in text
    assert text.count("[1.2.0]:") + text.count("[v1.2.0]:") == 1
    assert inserted_notes(text, NewNotes(NOTES, "1.2.0", "v1.2.0")) == text


@pytest.mark.parametrize("line", ["[docs]: https://forge.example/docs", "plain text"])
def test_other_addresses_stay(line: str) -> None:
    text = inserted_notes(f"## 1.1.0\n\n{line}\n", NewNotes(NOTES, "1.2.0", "v1.2.0"))
    assert text == f"{NOTES}\n## 1.1.0\n\n{line}\n"


def test_a_section_that_is_there_is_left_alone() -> None:
    assert inserted(KEPT, "## other words\n\n- new\n", version="1.1.0") == KEPT


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


def test_a_summary_that_names_no_version_is_no_heading() -> None:
    existing = "# Log\n\n<summary>Older</summary>\n\n**1.1.0**\n\n- a\n"
    assert inserted(existing, NOTES, version="1.2.0") == existing.replace("**", f"{NOTES}\n**", 1)


def test_no_notes_leave_a_file_alone() -> None:
    existing = "# Log\n\n## 1.1.0\n\n- a\n"
    assert inserted(existing, "", version="") == existing


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
def test_no_line_that_people_wrote_is_lost(existing: str, version: str) -> None:
    notes = "## 7.7.7\n\n- new\n"
    try:
        result = inserted(existing, notes, version=version)
    except RepositoryError:
        return
    before, after = (set(re.findall(r"[^\r\n]+", text)) for text in (existing, result))
    assert {line.strip() for line in before} <= {"", *(line.strip() for line in after)}


def test_a_heading_whose_words_nobody_can_read_is_not_lost() -> None:
    written = "## Unreleased\n1.0.0\n\n\udcff\n```\n\n- mine\n"
    result = inserted(written, "## 7.7.7\n\n- new\n", version="")
    assert result == "## Unreleased\n\n1.0.0\n\n\udcff\n```\n\n- mine\n\n- new\n"


PARTS = st.sampled_from(
    [
        "# Log",
        "## Unreleased",
        "### Added",
        "- mine",
        "- a\n- b",
        "text",
        "## 1.1.0",
        "1.0.0\n-----",
        "[a]: b",
        "<!-- hint -->",
        "[1.1.0]: https://f/compare/v1.0.0...v1.1.0",
        "```\n## 9.9.9\n```",
    ]
)


@given(
    st.lists(PARTS).map("\n\n".join),
    st.sampled_from(["1.2.0", "3.0.0", ""]),
    st.booleans(),
)
def test_what_is_there_is_not_inserted_again(existing: str, version: str, newest: object) -> None:
    text = NOTES.replace("1.2.0", version or "Unreleased")
    notes = NewNotes(text, version, newest=bool(newest))
    try:
        once = inserted_notes(existing, notes)
    except RepositoryError:
        return
    assert inserted_notes(once, notes) == once


def test_a_group_emptied_by_what_is_written_goes_before_the_next() -> None:
    notes = f"{FEATURES}\n### Fixed\n\n- other\n"
    text = inserted("## Unreleased\n\n- Find things. (#7)\n\n## 1.1.0\n", notes, version="1.2.0")
    assert "### Added" not in text
    assert "- Find things. (#7)" in text
    assert "### Fixed\n\n- other" in text


def test_a_paragraph_below_an_item_is_none_of_it() -> None:
    text = inserted(
        "## Unreleased\n\n- mine\n\nThanks to all.\n\n## 1.1.0\n", NOTES, version="1.2.0"
    )
    assert "- mine\n" in text
    assert "Thanks to all." in text


def test_nothing_that_is_unreleased_leaves_the_heading_alone() -> None:
    before = "# Log\n\n## Unreleased\n"
    assert inserted_notes(before, NewNotes("## Unreleased\n", "")) == before


def test_a_group_that_a_revert_empties_goes_with_its_entry() -> None:
    before = "## Unreleased\n\n### Added\n\n- gone (abcdef1)\n\n### Fixed\n\n- mine\n\n## 1.1.0\n"
    notes = NewNotes("## 1.2.0\n\n- x\n", "1.2.0", reverted=frozenset({"abcdef1" + "0" * 33}))
    assert inserted_notes(before, notes) == (
        "## Unreleased\n\n## 1.2.0\n\n### Fixed\n\n- mine\n\n- x\n\n## 1.1.0\n"
    )
