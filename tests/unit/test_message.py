"""Messages: where header, body and footers begin and end."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagboat.core.changes.change import parse
from tagboat.core.changes.code_fences import html_blocks
from tagboat.core.changes.message import NOTHING, Footer, Message, put_together, take_apart
from tagboat.core.changes.squash import read_commit
from tagboat.core.config.faults import of_version_file
from tests.growth import grows_with_the_length_alone

# Lines that mean something to the grammar, so that random messages meet its corners.
LINES = st.sampled_from(
    [
        "feat: x",
        "* fix(a): y",
        "- detail",
        "BREAKING CHANGE: gone",
        "BREAKING-CHANGE #1",
        "BREAKING CHANGE:",
        "Refs: ",
        "Refs:",
        "Refs #12",
        "Co-authored-by: A <a@example.com>",
        "Refs: ```",
        "BREAKING CHANGE: ~~~",
        "  indented",
        "    ```",
        "\v```",
        "```",
        "```python",
        "````",
        "```inline``` code",
        "~~~",
        "> quoted",
        "",
        "  ",
        "\u3000",
        "\x1c",
        "prose",
        "commit " + "a" * 40,
        "    feat: logged",
        "<details>",
        "</details>",
        "<blockquote>",
        "</blockquote> x",
        "<!--",
        "BREAKING CHANGE: <!--",
        "-->",
        "---",
        "## Release notes",
        "See merge request a/b!12",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r\r\n", "\r"])
GRAMMATICAL = st.lists(st.tuples(LINES, ENDS).map("".join)).map("".join)
TEXTS = GRAMMATICAL | st.text() | st.text(st.sampled_from("a:# !()\r\n\t>`~*-BREAKINGCHANGE"))


def footers(*lines: str) -> list[tuple[str, str]]:
    """The footers of a message that ends in these lines, as pairs of token and value."""
    return [(f.token, f.value) for f in take_apart("\n".join(["fix: x", "", *lines])).footers]


# Laws


@given(TEXTS)
@example("\x1c\nbody")
@example("fix: x\n\nBREAKING CHANGE:\n    ```\nA: b\n```")
@example("fix: x\n\nBREAKING CHANGE: y\nRefs: \n```\nA: b\n```")
@example("fix: x\n \t\nBREAKING CHANGE: y")
@example("fix: x\nBREAKING CHANGE:\n<!--\nfeat: x\n-->")
def test_a_message_put_together_reads_the_same(text: str) -> None:
    message = take_apart(text)

    assert take_apart(put_together(*message)) == message


@given(TEXTS)
def test_line_ends_do_not_change_the_meaning(text: str) -> None:
    assert take_apart(text) == take_apart(text.replace("\r\n", "\n"))


@given(TEXTS)
def test_lf_and_crlf_mean_the_same(text: str) -> None:
    unix = text.replace("\r", "")

    assert take_apart(unix.replace("\n", "\r\n")) == take_apart(unix)


@given(TEXTS)
def test_nothing_but_blanks_is_lost(text: str) -> None:
    def letters(part: str) -> list[str]:
        return sorted(part.replace(":", "").split())

    message = take_apart(text)

    assert letters(put_together(*message)) == letters(text)


HOSTILE = {
    "letters": "a",
    "openings": "(",
    "scopes": "feat(",
    "colons": ": ",
    "items": "* feat: x\n",
    "notes": "BREAKING CHANGE: x\n",
    "near misses": "breaking changes\n",
    "fence marks": "```",
    "fences": "```\n",
    "unclosed fences": "~~~\n``` `\n",
    "trailers": "A-b: c\n",
    "line ends": "\n",
    "blanks": " ",
    "blank lines": " \n",
    "carriage returns": "\r",
    "quotations": "> x\n",
    "squash log": "commit " + "a" * 40 + "\n",
    "HTML": "<details>",
    "HTML blocks": "<details>\n",
    "closed HTML blocks": "<details>\n</details>\n",
    "ends of HTML blocks": "</details>",
    "comments": "<!--\n",
    "plain headers": "feat: x\n",
    "headings": "# changelo\n",
}


@pytest.mark.parametrize(
    "read",
    [
        lambda text: take_apart(text).footers,
        parse,
        lambda text: read_commit(text).hidden_breaking,
    ],
    ids=["footers", "parse", "hidden_breaking"],
)
@pytest.mark.parametrize("before", ["", "feat: x\n\n", "feat: x\n\n~~~\n"], ids=len)
@pytest.mark.parametrize("shape", HOSTILE)
def test_the_time_grows_with_the_length_alone(
    shape: str, before: str, read: Callable[[str], object]
) -> None:
    def reading(length: int) -> Callable[[], object]:
        text = before + HOSTILE[shape] * (length // len(HOSTILE[shape])) + "z"
        return lambda: read(text)

    assert grows_with_the_length_alone(reading, 300_000)


# Header and body


def test_the_header_is_the_first_line() -> None:
    assert take_apart("feat: x\n\nbody").header == "feat: x"


def test_an_empty_message_has_empty_parts() -> None:
    assert take_apart("") == Message("", NOTHING)


def test_blanks_around_a_message_are_no_part_of_it() -> None:
    assert take_apart("\n \n  feat: x  \n\n").header == "feat: x"


def test_blanks_at_the_end_of_the_header_are_no_part_of_it() -> None:
    assert take_apart("feat: x \t\n\nbody").header == "feat: x"


def test_a_body_needs_no_blank_line_before_it() -> None:
    assert take_apart("feat: x\nbody").body == "body"


def test_a_body_keeps_its_paragraphs() -> None:
    assert take_apart("feat: x\n\none\n\n\ntwo").body == "one\n\n\ntwo"


def test_a_body_keeps_the_indentation_of_its_first_line() -> None:
    assert take_apart("feat: x\n \n    code\n").body == "    code"


def test_blank_lines_between_body_and_footers_belong_to_neither() -> None:
    assert take_apart("feat: x\n\nbody\n \n\nRefs: #1").body == "body"


def test_a_lone_carriage_return_ends_a_line() -> None:
    assert take_apart("feat: x\rbody") == take_apart("feat: x\nbody")


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\v", "\f"])
def test_what_only_looks_like_a_line_end_ends_no_line(mark: str) -> None:
    assert take_apart(f"feat: a{mark}b\n\nbody").header == f"feat: a{mark}b"


# Footers in the last paragraph


def test_a_last_paragraph_of_footers_is_the_footers() -> None:
    assert footers("Reviewed-by: Z", "Refs #123") == [("Reviewed-by", "Z"), ("Refs", "123")]


def test_a_footer_keeps_its_separator() -> None:
    assert take_apart("x\n\nA: b\nC #1").footers == (Footer("A", ": ", "b"), Footer("C", " #", "1"))


def test_an_indented_line_continues_a_footer() -> None:
    assert footers("Refs: one", "  two", "Acked-by: Z") == [
        ("Refs", "one\n  two"),
        ("Acked-by", "Z"),
    ]


def test_a_paragraph_that_opens_with_an_indented_line_is_body() -> None:
    assert footers("  indented", "Refs: #1") == []


def test_a_paragraph_with_one_line_of_prose_is_body() -> None:
    assert footers("Refs: #1", "prose") == []


def test_footers_before_the_last_paragraph_are_body() -> None:
    assert footers("Refs: #1", "", "prose") == []


def test_footers_may_follow_the_header_directly() -> None:
    assert [f.token for f in take_apart("feat: x\nRefs: #1").footers] == ["Refs"]


@pytest.mark.parametrize(
    "line",
    ["Refs:#1", "Refs#1", "Refs : #1", "Two words: x", "-a: b", "https://example.com", "Refs:"],
)
def test_what_is_no_footer(line: str) -> None:
    assert footers(line) == []


def test_a_footer_may_be_empty() -> None:
    assert footers("Refs: ", "Acked-by: Z") == [("Refs", ""), ("Acked-by", "Z")]


# Footers from a breaking token on


def test_footers_start_at_the_first_breaking_token() -> None:
    assert footers("prose", "BREAKING CHANGE: y", "", "more") == [("BREAKING CHANGE", "y\n\nmore")]


def test_both_spellings_break() -> None:
    assert take_apart("x\n\nBREAKING-CHANGE: y\nBREAKING CHANGE #z").breaking_notes == ("y", "z")


def test_a_note_keeps_all_its_paragraphs() -> None:
    notes = take_apart("x\n\nBREAKING CHANGE: one\ntwo\n\n  three\n\nfour").breaking_notes

    assert notes == ("one\ntwo\n\n  three\n\nfour",)


def test_a_note_stops_at_a_trailer() -> None:
    notes = take_apart("x\n\nBREAKING CHANGE: y\n\nCo-authored-by: A <a@b.c>").breaking_notes

    assert notes == ("y",)


def test_a_trailer_after_a_note_is_a_footer() -> None:
    assert footers("BREAKING CHANGE: y", "", "Co-authored-by: A")[1] == ("Co-authored-by", "A")


def test_a_note_may_start_on_the_line_after_its_token() -> None:
    assert take_apart("x\n\nBREAKING CHANGE:\n\nlate").breaking_notes == ("late",)


def test_a_bare_word_with_a_colon_does_not_end_a_note() -> None:
    notes = take_apart("x\n\nBREAKING CHANGE: y\n\nBefore:\n\n  old()\n\nAfter:\n").breaking_notes

    assert notes == ("y\n\nBefore:\n\n  old()\n\nAfter:",)


def test_footers_right_above_a_breaking_token_are_footers() -> None:
    assert footers("Refs #133", "BREAKING CHANGE: x")[0] == ("Refs", "133")


def test_prose_right_above_a_breaking_token_is_body() -> None:
    assert take_apart("x\n\nprose\nExample: y\nBREAKING CHANGE: z").body == "prose\nExample: y"


@pytest.mark.parametrize(
    "line",
    [
        "BREAKING CHANGE:nospace",
        "Breaking Change: y",
        "breaking change: y",
        "BREAKING CHANGES: y",
        "BREAKING_CHANGE: y",
        " BREAKING CHANGE: y",
        "This is a BREAKING CHANGE: y",
    ],
)
def test_what_is_no_breaking_token(line: str) -> None:
    assert take_apart(f"x\n\n{line}").breaking_notes == ()


@pytest.mark.parametrize("line", ["BREAKING CHANGE:", "BREAKING CHANGE: ", "BREAKING-CHANGE #"])
def test_a_note_without_text_is_no_note(line: str) -> None:
    assert take_apart(f"x\n\n{line}\nRefs: #1").breaking_notes == ()


# Quotations and code


@pytest.mark.parametrize(
    "quoted",
    [
        "> BREAKING CHANGE: y",
        "```\nBREAKING CHANGE: y\n```",
        "~~~ text\nBREAKING CHANGE: y\n~~~~",
        "````\n```\nBREAKING CHANGE: y\n````",
        "   ```python\nBREAKING CHANGE: y\n   ```",
        "Example: ```\nBREAKING CHANGE: y\n```",
    ],
)
def test_quoted_text_never_breaks(quoted: str) -> None:
    assert take_apart(f"x\n\n{quoted}\n\nprose").breaking_notes == ()


def test_a_fence_that_is_never_closed_hides_nothing() -> None:
    assert take_apart("x\n\n```\nBREAKING CHANGE: y").breaking_notes == ("y",)


def test_code_in_a_line_opens_no_fence() -> None:
    notes = take_apart("x\n\n```a``` is gone\n\nBREAKING CHANGE: y\n\n```\nb\n```").breaking_notes

    assert notes == ("y\n\n```\nb\n```",)


def test_a_note_keeps_the_code_in_it() -> None:
    notes = take_apart("x\n\nBREAKING CHANGE: y\n\n```\nRefs: z\n```\n\nend").breaking_notes

    assert notes == ("y\n\n```\nRefs: z\n```\n\nend",)


def test_a_body_keeps_the_code_in_it() -> None:
    assert take_apart("x\n\n```\na: b\n```\nprose").body == "```\na: b\n```\nprose"


def test_a_footer_of_code_keeps_it() -> None:
    assert footers("Log: ```", "  a", "  ```") == [("Log", "```\n  a\n  ```")]


# What follows the header, as a value


def test_equal_parts_are_one_key() -> None:
    assert len({take_apart("x\n\nA: b").rest, take_apart("y\n\nA:  b").rest}) == 1


def test_parts_equal_no_text() -> None:
    assert take_apart("x\n\nA: b").rest != "A: b"


def test_parts_show_what_they_hold() -> None:
    shown = repr(take_apart("x\n\ny\n\nA: b").rest)

    assert shown == f"Rest{('y', (Footer('A', ': ', 'b'),))}"


@pytest.mark.parametrize("footer", ["BREAKING CHANGE: y", "BREAKING-CHANGE #y"])
def test_a_breaking_footer_is_a_breaking_note(footer: str) -> None:
    assert take_apart(f"x\n\n{footer}").breaking_notes == ("y",)


@pytest.mark.parametrize("footer", ["BREAKING CHANGE:", "Refs: y"])
def test_any_other_footer_is_none(footer: str) -> None:
    message = take_apart(f"x\n\nBREAKING CHANGE: z\n{footer}")

    assert message.breaking_notes == ("z",)
    assert len(message.footers) == 2


def test_what_stands_in_a_comment_opens_no_block() -> None:
    text = "<!-- <details> --> a </details>"
    assert [text[start:end] for start, end in html_blocks(text)] == ["<!-- <details> -->"]


@pytest.mark.parametrize("opening", ["BREAKING CHANGE: <!--", "Refs: <!--", "Refs #<!--", " <!--"])
def test_a_comment_in_a_footer_holds_no_footer(opening: str) -> None:
    assert len(take_apart(f"x\n\nSee-also: y\n{opening}\nA: b\n-->").footers) == (
        1 if opening[0] == " " else 2
    )


def test_a_pattern_names_no_version_file() -> None:
    assert "is a pattern" in of_version_file("pk/*.json:version")


def test_a_block_that_ends_ends_what_was_opened_inside() -> None:
    text = "<details><blockquote>a</details> b"
    assert [text[start:end] for start, end in html_blocks(text)] == [text.removesuffix(" b")]
