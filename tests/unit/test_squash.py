"""Squash merges: the changes listed inside one commit."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagboat.core.changes.squash import (
    Reading,
    SquashMode,
    lines_of_lists,
    listed_lines,
    read_commit,
    titles_listed,
    untold,
)
from tagboat.core.commits.commit import Commit, bare_title
from tests.growth import grows_with_the_length_alone
from tests.unit.test_message import LINES, TEXTS

PLAIN = "Add search (#12)\n\n* fix: y\n\n* feat!: z"
CONVENTIONAL = "feat: add search (#12)\n\n* fix: y\n\n* feat!: z"
SHA = "0123456789" * 4
LOG = f"""Squashed commit of the following:

commit {SHA}
Author: A U Thor <author@example.com>
Date:   Thu Jan 1 00:00:00 1970 +0000

    fix: y

    BREAKING CHANGE: gone

    ```
    feat: code
    ```

commit {SHA}abcdefabcdefabcdefabcdef
Merge: 0123456 6543210
Author: A U Thor <author@example.com>

    plain

commit {SHA}
Author: A U Thor <author@example.com>

    feat: z
"""


def headers(reading: Reading) -> list[str]:
    """The headers of the changes that count."""
    return [change.header for change in reading.changes]


def uncounted(reading: Reading) -> list[str]:
    """The headers of the changes that do not count."""
    return [change.header for change in reading.uncounted]


def test_a_message_of_one_change_leaves_nothing_out() -> None:
    assert uncounted(read_commit("feat: x", SquashMode.TITLE)) == []


@pytest.mark.parametrize("mode", [SquashMode.TITLE, SquashMode.ALL])
def test_a_note_in_the_list_ends_at_the_next_commit(mode: SquashMode) -> None:
    message = "Squash\n\n* feat: x\n\nBREAKING CHANGE: y\n\n* z\n* z\n\n* update\n\n* fix: w"
    assert [one.notes for one in read_commit(message, mode).changes] == [("y\n\n* z\n* z",), ()]


def test_a_note_in_gits_log_keeps_its_lists() -> None:
    message = LOG.replace("gone", "gone\n\n    * one\n\n    * two")
    note = "gone\n\n* one\n\n* two\n\n```\nfeat: code\n```"
    assert read_commit(message).changes[0].notes == (note,)


# Laws


@given(text=TEXTS, mode=st.sampled_from(SquashMode), merge=st.booleans())
def test_line_ends_do_not_change_a_reading(*, text: str, mode: SquashMode, merge: bool) -> None:
    unix = text.replace("\r\n", "\n")

    assert read_commit(text, mode, merge=merge) == read_commit(unix, mode, merge=merge)


@given(TEXTS)
def test_no_mode_loses_what_another_counts(text: str) -> None:
    readings = [read_commit(text, mode) for mode in (SquashMode.TITLE, SquashMode.OFF)]

    assert len({frozenset(headers(r) + uncounted(r)) for r in readings}) == 1


@given(
    before=TEXTS.filter(lambda text: "```" not in text and "~~~" not in text),
    listed=st.lists(LINES.filter(lambda line: "```" not in line), max_size=4).map("\n".join),
    mode=st.sampled_from(SquashMode),
)
@example("* fix: y\n<blockquote>\nBREAKING CHANGE: gone\n", "</blockquote> x", SquashMode.TITLE)
@example("feat: x\n<!--\nBREAKING CHANGE: gone\n", "-->", SquashMode.OFF)
@example(f"feat: x\ncommit {'a' * 40}\n", "    feat: logged", SquashMode.ALL)
def test_nothing_in_a_fence_is_read(before: str, listed: str, mode: SquashMode) -> None:
    fenced, empty = (f"t{before}\n```\n{text}\n```" for text in (listed, "code"))

    found, expected = read_commit(fenced, mode), read_commit(empty, mode)

    assert headers(found) == headers(expected)
    assert found.hidden_breaking == expected.hidden_breaking


def test_an_item_in_a_fence_does_not_make_an_item_of_the_title() -> None:
    assert headers(read_commit("* fix: y\n\n```\n* feat: z\n```")) == []


# Modes


def test_a_plain_title_lets_the_list_count() -> None:
    assert headers(read_commit(PLAIN)) == ["fix: y", "feat!: z"]


def test_a_conventional_title_counts_alone() -> None:
    assert headers(read_commit(CONVENTIONAL)) == ["feat: add search (#12)"]


def test_what_a_title_overrules_is_named() -> None:
    assert uncounted(read_commit(CONVENTIONAL)) == ["fix: y", "feat!: z"]


def test_a_hidden_breaking_change_is_named() -> None:
    assert read_commit(CONVENTIONAL).hidden_breaking == ("feat!: z",)


def test_all_counts_title_and_list() -> None:
    found = headers(read_commit(CONVENTIONAL, SquashMode.ALL))

    assert found == ["feat: add search (#12)", "fix: y", "feat!: z"]


def test_all_counts_the_list_below_a_plain_title() -> None:
    assert headers(read_commit(PLAIN, SquashMode.ALL)) == ["fix: y", "feat!: z"]


def test_all_counts_a_message_without_a_list() -> None:
    assert headers(read_commit("feat: x\n\nbody", SquashMode.ALL)) == ["feat: x"]


def test_all_leaves_the_notes_of_the_list_to_the_list() -> None:
    text = "fix: a\n\n* feat: b\n\nBREAKING CHANGE: c"

    assert headers(read_commit(text, SquashMode.ALL)) == ["fix: a", "feat!: b"]


def test_off_counts_no_list() -> None:
    assert headers(read_commit(PLAIN, SquashMode.OFF)) == []


def test_off_names_what_it_leaves_out() -> None:
    assert uncounted(read_commit(PLAIN, SquashMode.OFF)) == ["fix: y", "feat!: z"]


@pytest.mark.parametrize("mode", SquashMode)
def test_a_merge_counts_by_its_title_alone(mode: SquashMode) -> None:
    assert headers(read_commit("feat: x\n\n* fix: y", mode, merge=True)) == ["feat: x"]


@pytest.mark.parametrize("mode", SquashMode)
def test_a_merge_with_git_s_title_makes_no_change(mode: SquashMode) -> None:
    text = "Merge branch 'a'\n\n* feat: a\n\nfeat: b"

    assert headers(read_commit(text, mode, merge=True)) == []


# What is an item


def test_items_stand_in_the_order_of_the_list() -> None:
    assert headers(read_commit("t\n\n* b: 1\n* a: 2\n* b: 3")) == ["b: 1", "a: 2", "b: 3"]


def test_an_item_that_is_listed_twice_counts_once() -> None:
    assert headers(read_commit("t\n\n* fix: lint\n* fix: lint")) == ["fix: lint"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("feat: a (#12)\n\n* feat: a\n\nwhy\n\n* fix: b", ["feat: a (#12)", "fix: b"]),
        ("feat: a (#12)\n\nfeat: a\n\nwhy", ["feat: a (#12)"]),
        ("feat: a (#12)\n\n* feat: a\n\nBREAKING CHANGE: b", ["feat!: a (#12)"]),
        ("feat(x): a (#12)\n\n* feat: a", ["feat(x): a (#12)", "feat: a"]),
    ],
)
def test_what_title_and_list_both_say_counts_once(text: str, found: list[str]) -> None:
    assert headers(read_commit(text, SquashMode.ALL)) == found


def test_what_counts_once_keeps_all_that_is_said_of_it() -> None:
    text = "feat: a (#1)\n\n* feat: a\n\nCloses #3\n\n* feat: a\n\nBREAKING CHANGE: b\n\nCloses #4"
    (change,) = read_commit(text, SquashMode.ALL).changes

    assert (change.notes, change.rest.text.strip()) == (("b",), "Closes #3")


def test_items_may_be_dashes() -> None:
    assert headers(read_commit("t\n\n- fix: y\n- feat(a)!: z")) == ["fix: y", "feat(a)!: z"]


@pytest.mark.parametrize(
    "line",
    [
        "feat: x",
        "*feat: x",
        "*  feat: x",
        "+ feat: x",
        "> * feat: x",
        "  * feat: x",
        "* feat:x",
        "* prose",
        "- dependency-name: left-pad",
        "```\n* feat: x\n```",
    ],
)
def test_what_is_no_item(line: str) -> None:
    assert headers(read_commit(f"title\n\n{line}")) == []


def test_an_item_has_its_own_body() -> None:
    found = read_commit("t\n\n* feat: a\n\nwhy\n\n- detail\n\n* fix: b").changes

    assert [change.body for change in found] == ["why\n\n- detail", ""]


def test_an_item_has_its_own_breaking_note() -> None:
    found = read_commit("t\n\n* feat: a\n\nBREAKING CHANGE: x\n\n* fix: b").changes

    assert [change.notes for change in found] == [("x",), ()]


@pytest.mark.parametrize("mode", [SquashMode.TITLE, SquashMode.ALL])
def test_what_is_indented_below_an_item_is_its_body(mode: SquashMode) -> None:
    text = "t\n\n* feat: y\n\n  why\n\n  BREAKING CHANGE: gone\n  for good\n\n* fix: z\n  - detail"
    first, second = read_commit(text, mode).changes

    assert (first.body, first.notes) == ("why", ("gone\nfor good",))
    assert (second.description, second.body, second.notes) == ("z", "- detail", ())


def test_what_is_indented_below_a_line_is_its_body() -> None:
    text = "feat: a\n\nfix(b): c\n  Part-of: x\n  BREAKING-CHANGE: d\n\nfix: e\n    code"
    found = read_commit(text, SquashMode.ALL).changes

    assert [(one.header, one.notes) for one in found] == [
        ("feat: a", ()),
        ("fix(b)!: c", ("d",)),
        ("fix: e", ()),
    ]


def test_what_is_indented_below_the_title_is_no_note() -> None:
    assert headers(read_commit("fix: a\n\n  BREAKING CHANGE: b", SquashMode.ALL)) == ["fix: a"]


@pytest.mark.parametrize("detail", ["- one\n- two", "* one\n* two"])
def test_a_list_of_details_hides_no_breaking_note(detail: str) -> None:
    found = read_commit(f"t\n\n* feat: a\n\n{detail}\n\nBREAKING CHANGE: x\n\n* fix: b").changes

    assert [change.breaking for change in found] == [True, False]


def test_trailers_do_not_pollute_the_last_item() -> None:
    found = read_commit("t\n\n* feat: a\n\n* fix: b\n\nCo-authored-by: A <a@b.c>").changes

    assert [change.body for change in found] == ["", ""]


# Where a list counts


@pytest.mark.parametrize("mode", [SquashMode.TITLE, SquashMode.ALL])
@pytest.mark.parametrize("above", ["What it does:", "### Release Notes", "<p>\nx\n</p>", "> x"])
def test_a_list_below_something_else_does_not_count(above: str, mode: SquashMode) -> None:
    assert headers(read_commit(f"t\n\n{above}\n\n* feat: x", mode)) == []


def test_a_list_below_something_else_is_named() -> None:
    assert uncounted(read_commit("t\n\nWhat it does:\n\n* feat: x")) == ["feat: x"]


@pytest.mark.parametrize("heading", ["### Release Notes", "## What's Changed", "# Changelog (x)"])
@pytest.mark.parametrize("mode", SquashMode)
def test_the_release_notes_of_others_are_nobody_s_changes(mode: SquashMode, heading: str) -> None:
    found = read_commit(f"t\n\n* wip\n* fix: y\n\n{heading}\n\n* feat!: z\n\nfeat: q", mode)

    assert headers(found) + uncounted(found) == ["fix: y"]


@pytest.mark.parametrize("mode", SquashMode)
@pytest.mark.parametrize("tag", ["details", "blockquote", "pre"])
def test_what_an_html_block_quotes_is_nobody_s_change(mode: SquashMode, tag: str) -> None:
    quoted = f"<{tag}>\n\n* feat!: z\n\nfeat: q\n\nBREAKING CHANGE: x\n</{tag}>"
    found = read_commit(f"t\n\n* fix: y\n\n{quoted}", mode)

    assert headers(found) + uncounted(found) == ["fix: y"]
    assert not found.hidden_breaking


# Plain lines

LINES_OF_CHANGES = "fix: a\n\nfix(b): c\nfeat: d\n\nprose\n\nfeat!: e\nprose\nfeat: f"


def test_all_counts_lines_that_open_a_paragraph_or_follow_one() -> None:
    found = headers(read_commit(LINES_OF_CHANGES, SquashMode.ALL))

    assert found == ["fix: a", "fix(b): c", "feat: d", "feat!: e"]


def test_all_counts_lines_right_below_the_title() -> None:
    assert headers(read_commit("fix: a\nfeat: b", SquashMode.ALL)) == ["fix: a", "feat: b"]


def test_all_counts_lines_below_a_plain_title() -> None:
    assert headers(read_commit("t\n\nfeat: b\n\n* fix: c", SquashMode.ALL)) == ["feat: b", "fix: c"]


def test_a_line_has_the_body_below_it() -> None:
    found = read_commit("fix: a\n\nfeat: b\n\nwhy\n\nBREAKING CHANGE: c", SquashMode.ALL).changes

    assert [(one.body, one.notes) for one in found] == [("", ()), ("why", ("c",))]


@pytest.mark.parametrize("mode", [SquashMode.TITLE, SquashMode.OFF])
def test_lines_are_named_where_they_do_not_count(mode: SquashMode) -> None:
    assert uncounted(read_commit(LINES_OF_CHANGES, mode)) == ["fix(b): c", "feat: d", "feat!: e"]


@pytest.mark.parametrize(
    "line", ["> feat: x", "```\nfeat: x\n```", "note: x", "fix: #12", "  feat: x", "feat:x"]
)
def test_what_is_no_line_of_a_change(line: str) -> None:
    found = read_commit(f"docs: a\n\n{line}", SquashMode.ALL)

    assert headers(found) + uncounted(found) == ["docs: a"]


# What a forge wraps around a message


@pytest.mark.parametrize(
    ("message", "header"),
    [
        ("Merged PR 123: feat: x", "feat: x (!123)"),
        ("Pull request #12: feat: x\n\nMerge in A/b from c to d", "feat: x (#12)"),
        ("Merged in topic/a (pull request #1)\n\nfeat: x\n\nApproved-by: A", "feat: x (#1)"),
        ("Merge pull request #5 from a/b\n\nfeat: x", "feat: x (#5)"),
        ("Merge pull request 5 from a/b into main\n\nfeat: x", "feat: x (#5)"),
        ("Merge branch 'a' into 'main'\n\nfeat: x\n\nSee merge request a/b!12", "feat: x (!12)"),
        ("feat: x\n\nbody\n\nSee merge request a/b!12", "feat: x (!12)"),
        ("feat: x (!12)\n\nSee merge request !12", "feat: x (!12)"),
    ],
)
def test_a_forge_s_wrapping_is_taken_off(message: str, header: str) -> None:
    assert headers(read_commit(message)) == [header]


def test_a_merge_request_is_no_part_of_a_breaking_note() -> None:
    found = read_commit("feat: x\n\nBREAKING CHANGE: gone\n\nSee merge request a/b!12").changes

    assert found[0].notes == ("gone",)


def test_a_merge_keeps_a_title_that_tells_of_branches() -> None:
    text = "Merge branch 'a' into 'main'\n\nfeat: x\n\nSee merge request a/b!12"
    found = read_commit(text, merge=True)

    assert (headers(found), uncounted(found)) == ([], ["feat: x"])


def test_a_merge_counts_by_the_title_that_a_forge_wraps() -> None:
    assert headers(read_commit("Merged PR 1: feat: x", merge=True)) == ["feat: x (!1)"]


def test_a_title_in_a_merge_of_gitea_is_named() -> None:
    text = "Merge pull request 'feat!: x' (#12) from topic into main"

    assert read_commit(text, merge=True).hidden_breaking == ("feat!: x",)


def test_a_list_below_a_wrapped_title_counts() -> None:
    text = "Merged in topic (pull request #1)\n\nTopic\n\n* feat: x\n\n* fix: y"

    assert headers(read_commit(text)) == ["feat: x", "fix: y"]


# git merge --squash


def test_git_s_squash_log_counts() -> None:
    assert headers(read_commit(LOG)) == ["fix!: y", "feat: z"]


def test_git_s_squash_log_keeps_bodies() -> None:
    assert read_commit(LOG).changes[0].notes == ("gone\n\n```\nfeat: code\n```",)


def test_prose_about_a_commit_is_no_log() -> None:
    assert uncounted(read_commit("t\n\ncommit early\n\n* feat: x")) == ["feat: x"]


# Near misses


@pytest.mark.parametrize(
    "line",
    [
        "BREAKING CHANGE:nospace",
        "BREAKING CHANGES: y",
        "Breaking change: y",
        "breaking-change: y",
        "**BREAKING CHANGE**: y",
        "* BREAKING CHANGE: y",
        "### Breaking changes",
        " BREAKING CHANGE: y",
        "- [x] Breaking change (existing uses must change)",
        "BREAKING: y",
        "BREAKING CHANGE y is gone",
        "BREAKING-CHANGE y is gone",
        "BREAKING  CHANGE: y",
        "BREAKING\tCHANGE: y",
        "1. BREAKING CHANGE: y",
        "API BREAKING CHANGE: y",
        "It is a BREAKING CHANGE: y",
        "## Breaking",
        "BRAEKING CHANGE: y",
        "BREAKING CHNAGE: y",
        "- [x] This is a breaking change",
        "* [X] It has breaking changes",
        "BC BREAK: y",
    ],
)
def test_what_nearly_breaks_is_named(line: str) -> None:
    assert read_commit(f"fix: x\n\n{line}\n\nend").near_misses == (line.strip(),)


@pytest.mark.parametrize(
    "header",
    [
        "BREAKING CHANGE: x",
        "BREAKING CHANGE x",
        "[BREAKING] x",
        "(breaking change) x",
        "BREAKING - x",
        "feat: [BREAKING] x",
        "feat: x [breaking]",
        "feat: x (BREAKING CHANGE)",
        "feat(a): BREAKING CHANGE: x",
        "feat: breaking: x",
        "[BC BREAK] x",
        "\U0001f4a5 x",
        ":boom: x",
    ],
)
def test_a_header_that_nearly_breaks_is_named(header: str) -> None:
    assert read_commit(header).hidden_breaking == (header,)


@pytest.mark.parametrize(
    "header",
    [
        "feat: breaking changes are listed",
        "feat: BREAKING CHANGE moved to top of template",
        "docs(breaking-change): say more",
        "fix: read BREAKING CHANGE in footers",
        "fix: braking: release the brakes",
        "docs: list (non-breaking) changes",
        "fix: what breaks (no breaking change)",
    ],
)
def test_a_header_that_speaks_of_what_breaks_is_no_near_miss(header: str) -> None:
    assert read_commit(header).hidden_breaking == ()


@pytest.mark.parametrize(
    "line",
    [
        "This is a breaking change: y",
        "breaking changelog",
        "breaking change for old clients.",
        "This is a\nBREAKING CHANGE for old clients.",
        "BREAKING CHANGES are listed below.",
        "* BREAKING CHANGE for old clients.",
        "- [ ] Breaking change",
        "- [ ] This is a breaking change",
        "- [x] This is no breaking change",
        "- [x] I looked for breaking changes",
        "breaking chunks: y",
        "see `BREAKING CHANGE: y`",
        "BRANCH CHANGES: y",
        "- [ ] Breaking change: existing uses must change",
        "Breaking changes: none",
        "### Breaking changes: N/A",
        "<!-- BREAKING CHANGE: none -->",
        "<details>\n\nBREAKING CHANGES: y\n</details>",
        "> BREAKING CHANGES: y",
        "```\nBREAKING CHANGES: y\n```",
    ],
)
def test_what_is_no_near_miss(line: str) -> None:
    assert read_commit(f"fix: x\n\n{line}").near_misses == ()


def test_a_change_that_breaks_anyway_has_no_near_misses() -> None:
    assert read_commit("fix!: x\n\nBREAKING CHANGES: y").near_misses == ()


def test_a_title_that_breaks_hides_nothing_in_its_list() -> None:
    assert read_commit("feat!: x\n\n* feat!: x\n* fix!: y").hidden_breaking == ()


def test_of_many_near_misses_the_first_are_named_and_the_others_counted() -> None:
    some, many = (
        read_commit("fix: x\n" + "\nBREAKING CHANGES: y" * number).near_misses
        for number in (250, 1300)
    )
    assert (len(some), len(many)) == (101, 101)
    assert some[-1] == "150 more: `git show` has the whole message"
    assert many[-1] == "at least 1,000 more: `git show` has the whole message"


def test_a_long_near_miss_is_cut() -> None:
    assert len(read_commit("fix: x\n\nbreaking change: " + "y" * 1000).near_misses[0]) == 200


# Squashes that took in what was released


@pytest.mark.parametrize("line", [" (#1)", " (", "* fix: a (#1)\n", "(a/a"])
def test_the_time_to_find_numbered_titles_grows_with_the_message(line: str) -> None:
    def work(length: int) -> Callable[[], object]:
        text = f"Add\n\n* fix: a (#1)\n* b{line * (length // len(line))} x)"
        reading = read_commit(text)
        return lambda: untold(reading, reading.changes, frozenset({"fix: a (#1)"}))

    assert grows_with_the_length_alone(work, 300_000)


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("fix: a (#1)", "fix: a"),
        (" fix: a (#1) (acme/app!2) ", "fix: a"),
        ("fix: a (#1) b", "fix: a (#1) b"),
        ("fix: a (b) (#1)", "fix: a (b)"),
        ("fix: a(#1)", "fix: a(#1)"),
        ("(#1)", "(#1)"),
        (" (#1)", "(#1)"),
        (")", ")"),
    ],
)
def test_a_title_without_its_numbers(title: str, bare: str) -> None:
    assert bare_title(title) == bare


def test_a_message_without_a_list_is_left_as_it_is() -> None:
    assert left_of("feat: b (#2)", "feat: b (#2)") == ["feat: b (#2)"]


TAKEN_IN = "Dark mode (#9)\n\n* feat: dark mode\n\n* fix(ui): a (#1)\n\n* feat: b"


def left_of(message: str, *released: str, mode: SquashMode = SquashMode.TITLE) -> list[str]:
    """The headers of the changes that count beside some released titles."""
    reading = read_commit(message, mode)
    return [change.header for change in untold(reading, reading.changes, frozenset(released))]


@pytest.mark.parametrize(
    ("released", "left"),
    [
        ((), ["feat: dark mode", "fix(ui): a (#1)", "feat: b"]),
        (("feat: b",), ["feat: dark mode", "fix(ui): a (#1)", "feat: b"]),  # may be another
        (("fix(ui): a (#2)", "feat: b"), ["feat: dark mode", "fix(ui): a (#1)", "feat: b"]),
        (("fix(ui): a (#1)",), ["feat: dark mode", "feat: b"]),
        (("fix(UI): a (#1)", "feat: b"), ["feat: dark mode", "fix(ui): a (#1)", "feat: b"]),
        (("fix(ui): a (#1)", "feat: b (#3)"), ["feat: dark mode"]),
        (("fix(ui): a (#1)", "fix: b", "feat(x): b"), ["feat: dark mode", "feat: b"]),
    ],
)
def test_what_a_list_with_a_released_title_and_its_number_repeats_is_told(
    released: tuple[str, ...], left: list[str]
) -> None:
    assert left_of(TAKEN_IN, *released) == left


def test_a_release_commit_in_a_list_tells_that_it_took_in_what_was_released() -> None:
    message = "Dark mode (#9)\r\n\r\n* feat: b\r\n\r\n* chore: release 1.0.0 (#8)\r\n"
    assert left_of(message, "feat: b", "chore: release 1.0.0 (#8)") == []


def test_the_title_of_a_squash_counts_whatever_was_released() -> None:
    message = "fix: bump (#9)\n\n* fix: bump (#1)\n\n* feat: b"
    assert left_of(message, "fix: bump (#1)", "feat: b", mode=SquashMode.ALL) == ["fix: bump (#9)"]
    assert left_of(message, "fix: bump (#1)") == ["fix: bump (#9)"]


@pytest.mark.parametrize(
    "message",
    [
        "feat: a (#1)",
        "feat: a (#1)\n\nSee #2.",
        "feat: a (#1)\n\nSee b (#2)",
        "Add a (#1)\n\n* feat: a\n* fix: b",
        "Add a\n\n* feat: a, see (#2) and\n* b",
    ],
)
def test_a_message_without_numbered_titles_in_a_list_lists_nothing(message: str) -> None:
    assert listed_lines(message) == frozenset()


def test_only_lists_that_count_are_looked_for() -> None:
    lists = [Commit(SHA, (), f"{title}\n\n* fix: a (#1)") for title in ("Add", "feat: b")]
    assert lines_of_lists(lists, lambda one: read_commit(one.message)) == {"fix: a"}
    assert lines_of_lists(lists[1:], lambda one: read_commit(one.message)) == frozenset()


def test_titles_are_found_by_their_lines_whatever_their_numbers() -> None:
    titles = ["fix: a (#1)", "fix: a (acme/app#2)", "fix: a", "fix: b", "fix: a (b)"]
    assert titles_listed(titles, frozenset({"fix: a"})) == {titles[0], titles[1], titles[2]}
