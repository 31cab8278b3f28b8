"""Lint: faults, their places and their suggestions."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tagboat.core.changes.change import parse
from tagboat.core.changes.message import with_line_feeds
from tagboat.core.commits.commit import BEFORE_TITLE
from tagboat.core.lint.header_rules import Fault, LintRules, Severity
from tagboat.core.lint.lint import Cleanup, as_committed, lint
from tests.unit.test_change import HEADERS, MESSAGES
from tests.unit.test_message import TEXTS

ANYTHING = LintRules()
GENERATED = ("Merge", "Revert", "Reapply", "fixup!", "squash!", "amend!")


def only(text: str, rules: LintRules = ANYTHING) -> Fault:
    """The one fault of a message."""
    (fault,) = lint(text, rules)
    return fault


def named(text: str, rules: LintRules = ANYTHING) -> list[str]:
    """The rules that a message breaks."""
    return [fault.rule for fault in lint(text, rules)]


# Laws


@given(MESSAGES)
def test_every_unconventional_message_has_an_error(text: str) -> None:
    assume(parse(text) is None and not text.lstrip(BEFORE_TITLE).startswith(GENERATED))

    assert any(fault.severity is Severity.ERROR for fault in lint(text))


@given(
    st.sampled_from(["feat", "Feature", "FIX", "修复", "İ", "a-b_1"]),
    st.sampled_from(["", "(api)", "( a )", "( )", "(\u3000)"]),
    st.sampled_from([": ", "!: "]),
    st.text(st.characters(exclude_characters="\r\n")),
)
def test_a_conventional_header_has_no_error(kind: str, scope: str, mark: str, end: str) -> None:
    found = lint(f"{kind}{scope}{mark}x{end}")

    assert all(fault.severity is Severity.WARNING for fault in found)


@given(HEADERS)
def test_what_a_header_is_to_be_corrected_to_is_conventional(header: str) -> None:
    suggestions = [fault.suggestion for fault in lint(header)]

    assert all(parse(suggestion) for suggestion in suggestions if suggestion)


@example("\r ")
@given(MESSAGES)
def test_every_fault_lies_in_its_line(text: str) -> None:
    lines = with_line_feeds(text).split("\n")
    places = [(fault, len(lines[fault.line - 1])) for fault in lint(text)]

    assert all(1 <= fault.column <= size + 1 for fault, size in places)


@given(TEXTS)
def test_line_ends_do_not_change_the_faults(text: str) -> None:
    assert lint(text) == lint(text.replace("\r\n", "\n"))


# Clean messages


@pytest.mark.parametrize(
    "text",
    [
        "feat: x",
        "Feature: x",
        "FIX(API)!: x",
        "custom: x",
        "修复: x",
        "feat: x\n\nbody\n\nRefs: #1\nCo-authored-by: A <a@b.c>",
        "feat: x\n\nRelease-As: 2.0.0",
        "feat: x\n\nBREAKING CHANGE: y\n\nz",
        "feat: x\n\nBREAKING CHANGE:\ny",
        "feat: x\n\nBreaking changes are avoided here.",
        "feat: x\n\n> BREAKING CHANGES: y",
        "feat: x\n\n```\nBREAKING CHANGES: y\n```",
        "feat: x\n\n* fix: y\n* prose",
        "feat!: x\n\n* fix!: y",
        "feat: and so on...",
        "Merge branch 'main' into dev",
        "Merge branches 'a' and 'b'",
        "Merge remote-tracking branch 'origin/main'",
        "Merge tag 'v1'",
        "Merge commit 'abc'",
        "Merge pull request #1 from a/b",
        "Merged PR 12: fix: x",
        "Merged in topic (pull request #12)\n\nfix: x",
        "Merged in topic (pull request #12)",
        "feat: x\n\n- [ ] Breaking change",
        "feat: x\n\nBreaking changes: none",
        "feat: x\n\n<details>\nBREAKING CHANGES: y\n</details>",
        "Merge changes I1a2b3c4d,I5a6b7c8d into main",
        "Merge changes from topic 'search'",
        'Merge "Add search" into main',
        "Merge topic 'search' into next",
        "Auto merge of #12 - ada:search, r=bob",
        "Rollup merge of #12 - ada:search, r=bob",
        "Automatic merge from submit-queue",
        "Pull request #12: feat: add search",
        "Initial commit",
        'Revert "feat: x"\n\nThis reverts commit abc.',
        'revert "feat: x"',
        'Reapply "feat: x"',
        "  feat: x\n",
        "feat: x\n\nhttps://example.com/a",
        "feat: x\n\nNote:",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert lint(text) == ()


# Headers


@pytest.mark.parametrize(
    ("header", "rule", "column", "length", "suggestion"),
    [
        ("feat:add x", "space-after-colon", 6, 1, "feat: add x"),
        ("feat(api):x", "space-after-colon", 11, 1, "feat(api): x"),
        ("feat : x", "space-before-colon", 5, 1, "feat: x"),
        ("feat (a): x", "space-before-colon", 5, 1, "feat(a): x"),
        ("feat(a)  : x", "space-before-colon", 8, 2, "feat(a): x"),
        ("feat! : x", "space-before-colon", 6, 1, "feat!: x"),
        ("feat!(a): x", "bang-position", 5, 1, "feat(a)!: x"),
        ("feat!!: x", "bang-position", 5, 2, "feat!: x"),
        ("feat(): x", "scope-empty", 5, 2, "feat: x"),
        ("feat\uff1a x", "wide-character", 5, 1, "feat: x"),
        ("feat\uff08a\uff09: x", "wide-character", 5, 1, "feat(a): x"),
        ("feat\uff01: x", "wide-character", 5, 1, "feat!: x"),
        ("feat:", "empty-description", 6, 1, ""),
        ("- feat: x", "before-type", 1, 2, "feat: x"),
        (":sparkles: feat: x", "before-type", 1, 1, "feat: x"),
        (":sparkles: x", "before-type", 1, 1, "sparkles: x"),
        ("\u200bfeat: x", "before-type", 1, 1, "feat: x"),
        ("[A-1] feat(a)!: x", "before-type", 1, 6, "feat(a)!: x"),
        ("feat(a: x", "scope-malformed", 5, 1, ""),
        ("feat(a)(b): x", "scope-malformed", 8, 1, ""),
        ("feat add x", "header-no-colon", 5, 1, "feat: add x"),
        ("feat(a) - add x", "header-no-colon", 8, 1, "feat(a): add x"),
        ("feat", "header-no-colon", 5, 1, ""),
        ("Add search", "header-no-type", 1, 3, "feat: add search"),
        ("fixes a leak", "header-no-type", 1, 5, "fix: fixes a leak"),
        ("wip", "header-no-type", 1, 3, "chore: wip"),
        ("README grew", "header-no-type", 1, 6, "docs: README grew"),
        ("12: x", "header-no-type", 1, 3, ""),
        ("BREAKING CHANGE: x", "breaking-as-header", 1, 15, ""),
        ("BREAKING-CHANGE: x", "breaking-as-header", 1, 15, ""),
        ("fixup! feat: x", "fixup-commit", 1, 6, ""),
        ("fixup!: feat: x", "fixup-commit", 1, 7, ""),
        ("Merged PR 12: feat:x", "space-after-colon", 20, 1, "Merged PR 12: feat: x"),
        ("", "empty-message", 1, 1, ""),
    ],
)
def test_an_unconventional_header(
    header: str, rule: str, column: int, length: int, suggestion: str
) -> None:
    fault = lint(header)[0]

    assert fault[:2] + fault[3:] == (rule, Severity.ERROR, 1, column, length, suggestion)


def test_every_fault_of_a_header_is_found() -> None:
    assert named("feat (a) :x") == ["space-before-colon", "space-before-colon", "space-after-colon"]


def test_the_column_counts_the_blanks_before_the_header() -> None:
    fault = only("\n  feat:x")

    assert (fault.line, fault.column) == (2, 8)


@pytest.mark.parametrize(
    ("header", "rule", "column", "suggestion"),
    [
        ("fature: x", "unknown-type", 1, "feature: x"),
        ("Fxi(a): x", "unknown-type", 1, "fix(a): x"),
        ("feat( ): x", "scope-empty", 5, "feat: x"),
        ("feat:  x", "space-after-colon", 6, "feat: x"),
        ("feat(a:b)!:\tx", "space-after-colon", 12, "feat(a:b)!: x"),
        ("feat:\u00a0x", "space-after-colon", 6, "feat: x"),
        ("feat: x.", "trailing-period", 8, "feat: x"),
        ("feat: .", "trailing-period", 7, ""),
    ],
)
def test_the_style_of_a_header(header: str, rule: str, column: int, suggestion: str) -> None:
    fault = only(header)

    assert (fault.rule, fault.severity, fault.column, fault.suggestion) == (
        rule,
        Severity.WARNING,
        column,
        suggestion,
    )


def test_a_type_like_none_known_is_fine_where_any_is() -> None:
    assert named("x" * 50 + ": y") == []


# What the project asks


def test_a_type_that_is_not_allowed_is_an_error() -> None:
    assert only("fxi: x", LintRules(types=("feat", "fix")))[:2] == ("unknown-type", Severity.ERROR)


def test_the_nearest_allowed_type_is_suggested() -> None:
    assert only("tset(a): x", LintRules(types=("test", "fix"))).suggestion == "test(a): x"


def test_a_type_unlike_all_allowed_has_no_suggestion() -> None:
    assert only("zzz: x", LintRules(types=("test", "fix"))).suggestion == ""


@pytest.mark.parametrize("text", ["FEAT: x", "feature: x", "Custom: x"])
def test_an_allowed_type_in_any_spelling_is_fine(text: str) -> None:
    assert named(text, LintRules(types=("Feat", "custom"))) == []


def test_a_scope_that_is_not_allowed_is_an_error() -> None:
    fault = only("a(apo): apo", LintRules(scopes=("api", "ui")))

    assert fault == Fault(
        "unknown-scope",
        Severity.ERROR,
        "'apo' is no scope here; the scopes are api, ui",
        column=3,
        length=3,
        suggestion="a(api): apo",
    )


def test_a_scope_unlike_all_allowed_has_no_suggestion() -> None:
    assert only("feat(zzz): x", LintRules(scopes=("api",))).suggestion == ""


@pytest.mark.parametrize("text", ["feat(API): x", "feat: x"])
def test_an_allowed_scope_in_any_case_or_none_is_fine(text: str) -> None:
    assert named(text, LintRules(scopes=("api",))) == []


def test_a_header_that_is_too_long_is_marked_where_it_is() -> None:
    fault = only("feat: 12345", LintRules(header_length=10))

    assert (fault.rule, fault.severity, fault.column, fault.length) == (
        "header-too-long",
        Severity.WARNING,
        11,
        1,
    )


def test_a_header_of_the_greatest_length_is_fine() -> None:
    assert named("feat: 1234", LintRules(header_length=10)) == []


@pytest.mark.parametrize("prefix", ["fixup!", "squash!", "amend!"])
def test_fixups_pass_where_they_are_allowed(prefix: str) -> None:
    assert named(f"{prefix} anything", LintRules(allow_fixup=True)) == []


# Below the header


def test_a_body_without_a_blank_line_before_it() -> None:
    assert only("feat: x\nbody") == Fault(
        "body-no-blank-line",
        Severity.WARNING,
        "a blank line belongs between the header and the rest",
        line=2,
        length=4,
    )


@pytest.mark.parametrize(
    ("line", "column", "suggestion"),
    [
        ("Breaking change: y", 1, "BREAKING CHANGE: y"),
        ("BREAKING CHANGES: y", 1, "BREAKING CHANGE: y"),
        ("BREAKING CHANGE:nospace", 1, "BREAKING CHANGE: nospace"),
        ("BREAKING_CHANGE: y", 1, "BREAKING CHANGE: y"),
        ("BREAKING CHANGE - y", 1, "BREAKING CHANGE: y"),
        ("BREAKING CHANGE\uff1a y", 1, "BREAKING CHANGE: y"),
        ("**BREAKING CHANGE:** y", 3, "BREAKING CHANGE: y"),
        ("* BREAKING CHANGE: y", 3, "BREAKING CHANGE: y"),
        ("  BREAKING CHANGE: y", 3, "BREAKING CHANGE: y"),
        ("### Breaking changes", 5, "BREAKING CHANGE:"),
        ("BREAKING CHANGE y is gone", 1, "BREAKING CHANGE: y is gone"),
    ],
)
def test_a_breaking_note_that_does_not_count(line: str, column: int, suggestion: str) -> None:
    fault = only(f"feat: x\n\n```\ncode\n```\n\n{line}\n\nend")

    assert (fault.rule, fault.severity, fault.line, fault.column, fault.suggestion) == (
        "breaking-spelling",
        Severity.ERROR,
        7,
        column,
        suggestion,
    )


def test_a_lost_note_of_a_breaking_change_is_a_warning() -> None:
    assert only("feat!: x\n\nBreaking change: y").severity is Severity.WARNING


def test_a_breaking_note_without_text() -> None:
    fault = only("feat: x\n\nBREAKING CHANGE:\nRefs: #1")

    assert (fault.rule, fault.severity, fault.line) == (
        "breaking-without-text",
        Severity.ERROR,
        3,
    )


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("feat: [BREAKING] x", "feat!: [BREAKING] x"),
        ("fix(a): x (breaking change)", "fix(a)!: x (breaking change)"),
    ],
)
def test_a_title_that_breaks_in_words_alone(title: str, meant: str) -> None:
    fault = only(title)

    assert (fault.rule, fault.severity, fault.suggestion) == (
        "breaking-title",
        Severity.WARNING,
        meant,
    )
    assert named(meant) == []


def test_a_breaking_item_below_a_conventional_title() -> None:
    fault = only("feat: x\n\n* fix: a\n* fix!: b")

    assert (fault.rule, fault.severity, fault.line, fault.column) == (
        "hidden-breaking",
        Severity.WARNING,
        4,
        3,
    )


def test_a_breaking_item_below_a_plain_title_counts() -> None:
    assert named("plain\n\n* fix!: b") == ["header-no-type"]


@pytest.mark.parametrize(
    ("line", "column", "suggestion"),
    [
        ("Refs:#1", 5, "Refs: #1"),
        ("Closes#12", 7, "Closes #12"),
        ("Signed-off-by : A", 14, "Signed-off-by: A"),
        ("Refs\uff1a#1", 5, "Refs: #1"),
    ],
)
def test_a_footer_without_its_separator(line: str, column: int, suggestion: str) -> None:
    fault = only(f"feat: x\n\nbody\n\nAcked-by: A\n{line}")

    assert (fault.rule, fault.severity, fault.line, fault.column, fault.suggestion) == (
        "footer-separator",
        Severity.WARNING,
        6,
        column,
        suggestion,
    )


def test_what_looks_like_a_footer_among_prose_is_prose() -> None:
    assert named("feat: x\n\nRefs:#1\nprose") == []


def test_faults_stand_in_the_order_of_the_text() -> None:
    assert [fault.line for fault in lint("feat:x.\nbody\n\nBREAKING CHANGES: y")] == [1, 2, 4]


RENOVATE = """chore(deps): update dependency lib to v2

This PR contains the following updates:

| Package | Change |
|---|---|
| [lib](https://lib.example) | `1.0.0` -> `2.0.0` |

---

### Release Notes

### [`v2.0.0`](https://lib.example/v2)

##### ⚠ BREAKING CHANGES

-   Breaking change: the old way is gone
"""
DEPENDABOT = """build(deps): bump lib from 1.0.0 to 2.0.0

Bumps [lib](https://lib.example) from 1.0.0 to 2.0.0.
- [Release notes](https://lib.example/releases)

### Breaking Changes

updated-dependencies:
- dependency-name: lib
"""


@pytest.mark.parametrize("text", [RENOVATE, DEPENDABOT])
def test_what_another_project_broke_is_no_fault(text: str) -> None:
    assert lint(text) == ()


def test_what_stands_before_another_projects_notes_is_ones_own() -> None:
    text = RENOVATE.replace("This PR", "breaking changes: ours\n\nThis PR")
    assert named(text) == ["breaking-spelling"]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("chore: a\n\nRelease-As: 4.0", ["release-as"]),
        ("chore: a\n\nrelease-as #next", ["release-as"]),
        ("chore: a\n\nRelease-As: v2.0.0", []),
        ("chore: a\n\nRelease-As: 4.0 is no footer where\nother words follow, as here", []),
        ("chore: a\n\nRelease-As: 4.0\nSigned-off-by: A <a@x>\n", ["release-as"]),
    ],
)
def test_a_footer_that_every_release_would_stop_at_is_told(text: str, rules: list[str]) -> None:
    assert named(text) == rules


@pytest.mark.parametrize("text", ["None", "n/a", "**No**."])
def test_a_breaking_note_that_says_there_is_none_counts_and_is_told(text: str) -> None:
    assert named(f"feat: a\n\nBREAKING CHANGE: {text}") == ["breaking-none"]


def test_an_example_has_a_type_that_the_project_uses() -> None:
    assert only("wip", LintRules(types=("feature", "task"))).suggestion == "feature: wip"
    assert only("Add x", LintRules(types=("task", "feat"))).suggestion == "feat: add x"


@pytest.mark.parametrize("text", ["", "\n", "  \n", "\n\n\n"])
def test_an_empty_message_is_empty_in_its_first_line(text: str) -> None:
    assert only(text).line == 1


# Messages out of an editor


def test_comments_are_dropped() -> None:
    assert as_committed("# a\nfeat: x\n# b\n\nbody").text == "feat: x\n\nbody"


def test_the_numbers_are_those_of_the_file() -> None:
    assert as_committed("# a\r\nfeat: x\r\n# b\r\nbody").numbers == (2, 4)


def test_everything_from_the_scissors_on_is_dropped() -> None:
    scissors = "# ------------------------ >8 ------------------------"

    assert as_committed(f"feat: x\n{scissors}\ndiff --git a b").text == "feat: x"


def test_a_file_of_comments_is_an_empty_message() -> None:
    assert as_committed("# a\n# b") == ("", (1,))


@pytest.mark.parametrize(
    ("cleanup", "text"),
    [
        (Cleanup(";", ";"), "feat: x\n#12 too\n; comment\n; ---- >8 ----\ndiff"),
        (Cleanup("//", "//"), "feat: x\n#12 too\n// comment\n// ---- >8 ----\ndiff"),
        (Cleanup("auto", "auto"), "feat: x\n#12 too\n% comment\n% ---- >8 ----\ndiff"),
        (Cleanup("auto", "auto"), "feat: x\n#12 too\n; comment\n;\n"),
        (Cleanup("", "#"), "feat: x\n#12 too\n# ---- >8 ----\ndiff"),
        (Cleanup("", ""), "feat: x\n#12 too"),
    ],
)
def test_what_git_takes_out_is_what_it_is_told_to(cleanup: Cleanup, text: str) -> None:
    assert as_committed(text, cleanup).text.strip() == "feat: x\n#12 too"


@pytest.mark.parametrize("text", ["feat: x\n# comment", "feat: x\n\nbody\n# comment\n#\n"])
def test_git_chooses_the_usual_character_where_it_can(text: str) -> None:
    assert "comment" not in as_committed(text, Cleanup("auto", "auto")).text
