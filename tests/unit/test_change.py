"""Changes: what one header declares."""

import sys
from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changes.change import Change, parse, rendered
from tagboat.core.changes.message import Footer
from tagboat.core.commits.commit import BEFORE_TITLE
from tests.unit.test_message import TEXTS

TYPES = st.sampled_from(["feat", "Feature", "FIX", "revert", "修复", "İ", "a-b_1", "1a", ""])
SCOPES = st.sampled_from(["", "(api)", "( a )", "( )", "()", "(a)(b)", "(\u3000)", "(a\tb)"])
SEPARATORS = st.sampled_from([": ", "!: ", ":", ":  ", "!!: ", " : "])
DESCRIPTIONS = st.sampled_from(["x", "x: y", "", "\u2028", "x\u3000", "中文"]) | st.text(max_size=5)
HEADERS = st.tuples(TYPES, SCOPES, SEPARATORS, DESCRIPTIONS).map("".join)
MESSAGES = TEXTS | st.tuples(HEADERS, st.just("\n\n"), TEXTS).map("".join)


def change(text: str) -> Change:
    """The change a message makes, which is asserted to make one."""
    found = parse(text)
    assert found is not None
    return found


def test_a_change_is_written_out_with_its_notes_and_footers() -> None:
    text = "feat(api)!: x\n\nbody\n\nBREAKING CHANGE: y\nRefs: #1"
    assert rendered(change(text)) == text


# Laws


@given(MESSAGES)
def test_a_change_written_out_reads_the_same(text: str) -> None:
    found = parse(text)

    assert found is None or parse(rendered(found)) == found


@given(MESSAGES)
def test_line_ends_do_not_change_what_a_change_is(text: str) -> None:
    assert parse(text) == parse(text.replace("\r\n", "\n"))


@given(MESSAGES)
def test_the_body_never_decides_whether_there_is_a_change(text: str) -> None:
    header = text.lstrip(BEFORE_TITLE).replace("\r", "\n").partition("\n")[0]

    assert (parse(text) is None) == (parse(header) is None)


def odd_letters(letters: Iterable[str]) -> list[str]:
    return [a for a in letters if parse(rendered(change(f"{a}: x"))) != change(f"{a}: x")]


@given(st.characters(categories=["L"]))
def test_any_letter_can_open_a_type(letter: str) -> None:
    """Lower case is a letter, or a letter and a mark, whatever the letter."""
    assert odd_letters([letter, *letter.lower()[:1], *letter.upper()[:1]]) == []


@pytest.mark.thorough
def test_every_letter_can_open_a_type() -> None:
    every = map(chr, chain(range(0xD800), range(0xE000, sys.maxunicode)))
    assert odd_letters(filter(str.isalpha, every)) == []


# Headers


def test_a_header_has_a_type_and_a_description() -> None:
    assert change("feat: add search") == Change("feat", None, "add search")


def test_a_header_may_have_a_scope() -> None:
    assert change("fix(api): x").scope == "api"


def test_a_scope_keeps_its_case() -> None:
    assert change("fix(API): x").scope == "API"


def test_blanks_around_a_scope_are_no_part_of_it() -> None:
    assert change("fix( api ): x").scope == "api"


def test_a_blank_scope_is_none() -> None:
    assert change("fix( ): x").scope is None


@pytest.mark.parametrize(
    "text",
    [
        "Feat: x",
        "FEAT: x",
        "feature: x",
        "Feature: x",
        "\n  feat: x",
        "feat:  x",
        "feat:\tx",
        "feat:\u00a0x",
        "feat: \u2028x",
        "feat:\u3000x",
        "\ufefffeat: x",
        "\u00a0\ufeff\n feat: x",
    ],
)
def test_ways_to_write_a_feature(text: str) -> None:
    assert change(text).type == "feat"


@pytest.mark.parametrize(
    "text",
    [
        "feat:x",
        "feat:",
        "feat: ",
        "feat:\u00a0",
        "feat:\u200bx",
        "feat :x",
        "feat : x",
        "feat x",
        "feat(): x",
        "feat(a)(b): x",
        "feat (a): x",
        "feat(a) : x",
        "feat(a: x",
        "feat!(a): x",
        "feat!!: x",
        "fixup! feat: x",
        "fixup!: x",
        "Squash!: feat: x",
        "amend!: x",
        "two words: x",
        "1feat: x",
        "BREAKING CHANGE: x",
        "Merge branch 'a'",
        "",
    ],
)
def test_what_is_no_conventional_header(text: str) -> None:
    assert parse(text) is None


def test_a_body_line_makes_no_change() -> None:
    assert parse("plain title\n\nfeat: x") is None


def test_an_odd_character_in_the_description_stays() -> None:
    assert change("feat: a\u2028b").description == "a\u2028b"


def test_a_change_keeps_body_and_footers() -> None:
    found = change("fix: x\n\nbody\n\nRefs: #1")

    assert (found.body, found.footers) == ("body", (Footer("Refs", ": ", "#1"),))


# Breaking changes


@pytest.mark.parametrize(
    "text",
    [
        "feat!: x",
        "feat(api)!: x",
        "revert!: x",
        "hotfix!: x",
        "fix: x\n\nBREAKING CHANGE: y",
        "fix: x\n\nBREAKING-CHANGE: y",
        "fix: x\n\nBREAKING CHANGE:\ty",
        "fix: x\n\nBREAKING CHANGE:\u00a0y",
        "fix: x\n\nRefs #133\nBREAKING CHANGE: y",
    ],
)
def test_what_breaks(text: str) -> None:
    assert change(text).breaking


@pytest.mark.parametrize(
    "text",
    [
        "docs(api): explain f(x)!: y",
        "fix: x\n\nBREAKING CHANGE:nospace",
        "fix: x\n\nBREAKING CHANGE:",
        "fix: BREAKING CHANGE: y",
        "fix: x\n\n```\nBREAKING CHANGE: y\n```",
        "fix: x\n\n> BREAKING CHANGE: y",
        "BREAKING-CHANGE: y",
    ],
)
def test_what_does_not_break(text: str) -> None:
    assert not change(text).breaking


def test_a_change_keeps_its_breaking_notes() -> None:
    assert change("fix!: x\n\nBREAKING CHANGE: y\n\nz\nRefs: #1").notes == ("y\n\nz",)


@pytest.mark.parametrize(
    "end",
    [
        "---",
        "---------\n\nCo-authored-by: A <a@b.c>",
        "* feat: y",
        "- Fix(api)!: y",
        "See merge request a/b!12",
        "Related work items: #12",
        "(cherry picked from commit 0123456)",
        "<details>\nx\n</details>",
        "<!-- x -->",
        "</details>",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=len)
def test_what_ends_a_breaking_note(gap: str, end: str) -> None:
    assert change(f"fix!: x\n\nBREAKING CHANGE: y\n\nz{gap}{end}\n\nmore").notes == ("y\n\nz",)


@pytest.mark.parametrize(
    "part", ["- one\n- config: two", "--", "a --- b", "```\n---\n* feat: y\n```", "<b>z</b>"]
)
def test_what_is_part_of_a_breaking_note(part: str) -> None:
    assert change(f"fix!: x\n\nBREAKING CHANGE: y\n\n{part}").notes == (f"y\n\n{part}",)


SQUASHED = "fix!: x (#1)\n\n* fix: x\n\n* docs\n\nmore words\n\nBREAKING CHANGE: y"


@pytest.mark.parametrize(
    "following",
    ["* update b", "* update b\n\n* drop c\n\nwhy", "* b\nBREAKING-CHANGE: y", "* b\n\nRefs #2"],
)
def test_a_breaking_note_ends_where_the_next_squashed_commit_begins(following: str) -> None:
    assert set(change(f"{SQUASHED}\n\nz\n\n{following}").notes) <= {"y\n\nz", "y"}


@pytest.mark.parametrize(
    "part",
    [
        "* a\n* b",
        "* a\n  that goes on",
        "these go:\n\n* a\n\n  with words\n\n* b",
        "- a",
        "1. a",
        "**a** b",
        "```\n\n* a\n\n```",
    ],
)
def test_lists_of_a_breaking_note_stay_whole_in_a_squash(part: str) -> None:
    assert change(f"{SQUASHED}\n\n{part}").notes == (f"y\n\n{part}",)


@pytest.mark.parametrize("above", ["", "* a\n* b\n\n", "- a\n\n", "words\n\n* a\n\n"])
def test_only_a_body_that_opens_with_a_commit_is_a_squash(above: str) -> None:
    note = "y\n\n* one\n\n* two"
    assert change(f"fix!: x\n\n{above}BREAKING CHANGE: {note}").notes == (note,)


@pytest.mark.parametrize(
    "quoted",
    [
        "<details>\n<summary>a</summary>\n\nBREAKING CHANGE: y\n\n</details>",
        "<blockquote>\n<details>\n</details>\nBREAKING CHANGE: y\n</blockquote>",
        "  <Details open>\nBREAKING CHANGE: y\n</details >",
        "<pre>\nBREAKING CHANGE: y\n</pre>",
        "<!--\nBREAKING CHANGE: y\n-->",
    ],
)
def test_an_html_block_quotes(quoted: str) -> None:
    assert not change(f"fix: x\n\n{quoted}\n\nend").breaking


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n\nBREAKING CHANGE: y",
        "<!--\n\nBREAKING CHANGE: y",
        "<details> and\n\nBREAKING CHANGE: y\n\n</blockquote>",
        "the tag <details> and\nBREAKING CHANGE: y\n\n</details>",
        "<details>\n</details>\nBREAKING CHANGE: y",
        "```\n<details>\n```\n\nBREAKING CHANGE: y\n\n</details>",
    ],
)
def test_what_is_not_closed_quotes_nothing(text: str) -> None:
    assert change(f"fix: x\n\n{text}").breaking


# Spelling


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("FIX: x", "fix: x"),
        ("feature( api ): x", "feat(api): x"),
        ("feat!: x", "feat!: x"),
        ("feat(a): x\n\nBREAKING CHANGE: y", "feat(a)!: x"),
    ],
)
def test_the_canonical_header(text: str, header: str) -> None:
    assert change(text).header == header
