"""What messages refer to."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changes.change import parse
from tagboat.core.changes.message import take_apart
from tagboat.core.changes.references import (
    Person,
    Reference,
    co_authors,
    references,
    without_pull_request,
)
from tests.growth import grows_with_the_length_alone

JIRA = (r"[A-Z][A-Z0-9]+-[0-9]+",)


def texts(source: str, tickets: tuple[str, ...] = ()) -> list[str]:
    return [reference.text for reference in references(source, tickets=tickets)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see #12", Reference("issue", "#12", "12")),
        ("see (#12).", Reference("issue", "#12", "12")),
        ("GH-12 is gone", Reference("issue", "GH-12", "12")),
        ("gh-12", Reference("issue", "gh-12", "12")),
        ("as in acme/app#12", Reference("issue", "acme/app#12", "12", "acme/app")),
        ("as in a/b/c!12", Reference("merge_request", "a/b/c!12", "12", "a/b/c")),
        ("merged !12", Reference("merge_request", "!12", "12")),
        ("JIRA-123", Reference("ticket", "JIRA-123", "JIRA-123")),
    ],
)
def test_every_spelling_is_read(text: str, expected: Reference) -> None:
    assert references(text, tickets=JIRA) == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "don&#39;t",
        "colour #fff and #123abc",
        "https://forge.example/a/b#12",
        "https://forge.example/a#12, www.forge.example/#13",
        "`#12` and ``a`b #13``",
        "```\n#12\n```",
        "~~~ text\nx #12\n~~~",
        "> quoted #12",
        "word#12",
        "closes#12",
        "##12",
        "#12.5",
        "#",
        "1!2",
        "!= 12, a!12",
        "JIRA-123",
        "XGH-12 and GH-12x",
    ],
)
def test_what_is_none_is_passed_over(text: str) -> None:
    assert texts(text) == []


def test_tickets_are_whole_words() -> None:
    assert texts("xJIRA-12 JIRA-12x JIRA-1-2 A-JIRA-1 (AB-1)", JIRA) == ["AB-1"]


def test_tickets_are_found_beside_numbers() -> None:
    assert texts("AB-1, #2", JIRA) == ["AB-1", "#2"]


@pytest.mark.parametrize("tag", ["details", "blockquote"])
def test_what_an_html_block_quotes_refers_to_nothing(tag: str) -> None:
    assert texts(f"#1\n<{tag}>\ncloses #2\n</{tag}>\n#3") == ["#1", "#3"]


def test_an_open_fence_hides_nothing() -> None:
    assert texts("```\n#12") == ["#12"]


def test_code_does_not_join_what_stands_around_it() -> None:
    assert texts("closes `x` #12") == ["#12"]
    assert references("closes `x` #12")[0].action == ""


@pytest.mark.parametrize(
    "word",
    ["close", "Closes", "closed", "closing", "fix", "fixes", "FIXED", "resolves", "implements"],
)
@pytest.mark.parametrize("mark", [" ", ": "])
def test_closing_words_close(word: str, mark: str) -> None:
    assert references(f"this {word}{mark}#12")[0].action == "closes"


@pytest.mark.parametrize("word", ["Refs", "ref", "references"])
def test_refs_refers(word: str) -> None:
    assert references(f"{word} #12")[0].action == "refs"


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("closes #1, #2 and #3", ["closes", "closes", "closes"]),
        ("closes #1,\n#2", ["closes", "closes"]),
        ("closes #1 refs #2", ["closes", "refs"]),
        ("closes #1. #2", ["closes", ""]),
        ("closes #1 though somebody said #2", ["closes", ""]),
        ("#1 closes the door on #2", ["", ""]),
        ("closes https://forge.example/1 #2", [""]),
        ("encloses #1", [""]),
        ("fix-up #1", [""]),
    ],
)
def test_a_word_governs_what_follows_it(text: str, actions: list[str]) -> None:
    assert [reference.action for reference in references(text)] == actions


def test_each_is_named_once_and_closed_if_anywhere() -> None:
    found = references("#1 #2 refs #1 closes #1 #1")
    assert [(reference.number, reference.action) for reference in found] == [
        ("1", "closes"),
        ("2", ""),
    ]


def test_a_change_refers_in_its_description_body_and_footers() -> None:
    change = parse(
        "fix: #1 is odd (#9)\n\nLike acme/app#2.\n\nCloses #3\nRefs: #4, #5\nFixes: AB-6\n"
        "BREAKING CHANGE: see #7"
    )
    assert change is not None
    found = references(without_pull_request(change.description)[0], change.rest, JIRA)
    assert [(reference.text, reference.action) for reference in found] == [
        ("#1", ""),
        ("acme/app#2", ""),
        ("#3", "closes"),
        ("#4", "refs"),
        ("#5", "refs"),
        ("AB-6", "closes"),
        ("#7", ""),
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("a title (#12)", ("a title", "#12")),
        ("a title (acme/app#12)", ("a title", "acme/app#12")),
        ("a title (!12)", ("a title", "!12")),
        ("a title (#1) (#12)", ("a title (#1)", "#12")),
        ("a title (see #12)", ("a title (see #12)", "")),
        ("a title #12", ("a title #12", "")),
        ("smile :)", ("smile :)", "")),
        ("(#12)", ("", "#12")),
    ],
)
def test_a_pull_requests_number_ends_the_title(title: str, expected: tuple[str, str]) -> None:
    assert without_pull_request(title) == expected


def test_co_authors_are_read_from_trailers() -> None:
    message = take_apart(
        "fix: x\n\nCo-authored-by: Ada L <ada@example.org>\nco-authored-by: Bob\n"
        "Co-Authored-By: A. L. <ADA@example.org>\nReviewed-by: Eve <eve@example.org>"
    )
    assert co_authors(message) == (Person("Ada L", "ada@example.org"), Person("Bob", ""))


def test_co_authors_may_have_odd_names() -> None:
    message = take_apart(
        "fix: x\n\nCo-authored-by: <b> Ada <ada@example.org>\nCo-authored-by: <bob@example.org>\n"
        "Co-authored-by: <>"
    )
    assert co_authors(message) == (
        Person("<b> Ada", "ada@example.org"),
        Person("", "bob@example.org"),
    )


LINES = st.sampled_from(
    ("Closes #3", "refs: !4", "fix x #5", "see #6.", "GH-7", "#8,", "`c", "c`", "", "a", ">b")
)


@given(st.lists(LINES, max_size=5).map("\n".join))
def test_a_line_of_its_own_is_read_as_any_other(text: str) -> None:
    """The tickets of nobody are looked for, which takes the long way."""
    assert references(text) == references(text, tickets=("NOBODY-0",))


@given(st.text(st.sampled_from("#!1a`/@.-: ~>\nGHclosefix()"), max_size=60) | st.text())
def test_reading_never_fails(text: str) -> None:
    for reference in references(text, tickets=JIRA):
        assert reference.text in text
    without_pull_request(text)


@pytest.mark.parametrize(
    "unit",
    ["a/", "a", "`", "``` ", "#", "a#", "http://", "@a-", "closes ", "(", " ", "~~~\n", "!", "GH-"],
)
def test_reading_is_linear(unit: str) -> None:
    def reading(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit)) + " #1)"
        return lambda: (references(text), without_pull_request(text))

    assert grows_with_the_length_alone(reading, 400_000)
