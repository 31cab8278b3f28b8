"""Squash merges: the changes listed inside one commit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changes.squash import Reading, SquashMode, read_commit
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


@pytest.mark.parametrize("detail", ["- one\n- two", "* one\n* two"])
def test_a_list_of_details_hides_no_breaking_note(detail: str) -> None:
    found = read_commit(f"t\n\n* feat: a\n\n{detail}\n\nBREAKING CHANGE: x\n\n* fix: b").changes

    assert [change.breaking for change in found] == [True, False]


def test_trailers_do_not_pollute_the_last_item() -> None:
    found = read_commit("t\n\n* feat: a\n\n* fix: b\n\nCo-authored-by: A <a@b.c>").changes

    assert [change.body for change in found] == ["", ""]


# git merge --squash


def test_git_s_squash_log_counts() -> None:
    assert headers(read_commit(LOG)) == ["fix!: y", "feat: z"]


def test_git_s_squash_log_keeps_bodies() -> None:
    assert read_commit(LOG).changes[0].notes == ("gone\n\n```\nfeat: code\n```",)


def test_prose_about_a_commit_is_no_log() -> None:
    assert headers(read_commit("t\n\ncommit early\n\n* feat: x")) == ["feat: x"]


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
    ],
)
def test_what_nearly_breaks_is_named(line: str) -> None:
    assert read_commit(f"fix: x\n\n{line}\n\nend").near_misses == (line.strip(),)


def test_a_header_that_nearly_breaks_is_named() -> None:
    assert read_commit("BREAKING CHANGE: x").hidden_breaking == ("BREAKING CHANGE: x",)


@pytest.mark.parametrize(
    "line",
    [
        "This is a breaking change: y",
        "breaking changelog",
        "> BREAKING CHANGES: y",
        "```\nBREAKING CHANGES: y\n```",
    ],
)
def test_what_is_no_near_miss(line: str) -> None:
    assert read_commit(f"fix: x\n\n{line}").near_misses == ()


def test_a_change_that_breaks_anyway_has_no_near_misses() -> None:
    assert read_commit("fix!: x\n\nBREAKING CHANGES: y").near_misses == ()


def test_a_long_near_miss_is_cut() -> None:
    assert len(read_commit("fix: x\n\nbreaking change " + "y" * 1000).near_misses[0]) == 200
