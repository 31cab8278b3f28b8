"""What was seen on a forge: whose it is, whether a person changed it, and what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.forge.release import (
    Asset,
    ForgeRelease,
    ReleaseDraft,
    ReleaseStatus,
    StoredAsset,
    TextLimit,
    asset_fault,
    body,
    comments_on,
    finished,
    foreign_text,
    is_edited,
    is_marked,
    is_unfinished,
    marked,
    measure,
    missing_assets,
    state,
    superfluous,
    unfinished,
)

TAG = "v1.2.3"
ARCHIVE = Asset("app.tar.gz", 10, "a" * 64)
STORED = StoredAsset("5", "app.tar.gz", 10, "a" * 64, is_complete=True)


def ours(number: str, *, draft: bool = True, tag: str = TAG) -> ForgeRelease:
    return ForgeRelease(number, tag, marked("notes", tag), is_draft=draft)


def theirs(number: str, *, draft: bool = False) -> ForgeRelease:
    return ForgeRelease(number, TAG, "by hand", is_draft=draft)


@given(st.text(), st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1))
def test_a_marked_text_is_ours_and_unchanged(text: str, tag: str) -> None:
    found = marked(text, tag)
    assert is_marked(found, tag)
    assert not is_edited(found)


@given(st.text(min_size=1).filter(str.strip))
def test_a_word_more_is_an_edit(text: str) -> None:
    found = marked(text, TAG)
    assert is_edited(f"{found}more")
    assert is_edited(f"more {found}")


def test_line_ends_and_blanks_around_are_no_edit() -> None:
    assert not is_edited(marked("a\nb", TAG).replace("\n", "\r\n") + "\n\n")


def test_text_without_a_marker_counts_as_edited() -> None:
    assert is_edited("notes")


def test_a_marker_is_for_one_tag() -> None:
    assert not is_marked(marked("notes", "v1.2.30"), TAG)


def test_a_marker_inside_the_notes_does_not_count() -> None:
    quoted = marked("notes", "v9.9.9")
    assert is_marked(marked(quoted, TAG), TAG)
    assert not is_edited(marked(quoted, TAG))


def test_a_tag_can_not_end_the_marker() -> None:
    assert marked("notes", "v1-->x").count("-->") == 1


def test_text_that_is_no_unicode_is_marked_as_it_will_be_sent() -> None:
    assert not is_edited(marked("caf\udce9", TAG).encode("utf-8").decode())


def test_short_notes_stand_whole() -> None:
    wanted = ReleaseDraft(TAG, "c", "t", "notes")
    assert body(wanted, TextLimit(1000)) == marked("notes", TAG)


@given(st.integers(min_value=0, max_value=400))
def test_long_notes_are_cut_at_the_end_of_a_line(lines: int) -> None:
    wanted = ReleaseDraft(TAG, "c", "t", "- a change\n" * lines)
    found = body(wanted, TextLimit(1000))
    assert len(found) <= 1000
    assert not is_edited(found)
    kept = [line for line in found.splitlines() if line.startswith("-")]
    assert set(kept) <= {"- a change"}


def test_cut_notes_say_so() -> None:
    wanted = ReleaseDraft(TAG, "c", "t", "- a change\n" * 400)
    assert "the tag's message has all of them" in body(wanted, TextLimit(1000))


def test_cut_notes_lead_to_all_changes() -> None:
    url = "https://x/compare/v1...v2"
    wanted = ReleaseDraft(TAG, "c", "t", "- a change\n" * 400, changes_url=url)
    found = body(wanted, TextLimit(1000))
    assert f"[{url}]({url})" in found
    assert len(found) <= 1000


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("```sh", "\n```"),
        ("- broken:\n\n  ~~~~ text\n  ```", "\n  ~~~~"),
        ("<details><summary>all</summary>\n", "\n</details>"),
        ("<details>\n\n<blockquote>\n\n```", "\n```\n</blockquote>\n</details>"),
        ("```\n<pre>\n```\n<pre>\n</pre>", ""),
        ("<details>\n```\n</details>\n```\n</DETAILS>", ""),
        ("<details>\n<blockquote>\n</details>\n</pre>", ""),
    ],
)
def test_what_is_cut_open_is_closed_before_it_is_said(opening: str, closing: str) -> None:
    notes = f"{opening}\n" + "- a change\n" * 400
    found = body(ReleaseDraft(TAG, "c", "t", notes), TextLimit(1000))
    assert len(found) <= 1000
    assert found.partition("\n\n*These notes")[0].endswith(f"\n- a change{closing}")


@given(st.lists(st.sampled_from(["```", "~~~", "<details>", "</details>", "a ü b", ""])))
def test_what_is_closed_has_room(lines: list[str]) -> None:
    notes = "\n".join([*lines, *lines, "x" * 500])
    limit = TextLimit(400, is_bytes=True)
    assert len(body(ReleaseDraft(TAG, "c", "t", notes), limit).encode()) <= 400


class _Counting(TextLimit):
    """A limit that counts how often something is cut."""

    cuts = 0

    def begin(self, text: str, room: int) -> str:
        _Counting.cuts += 1
        return super().begin(text, room)


def test_thousands_of_open_blocks_are_cut_in_a_few_steps() -> None:
    notes = "<details>\n" * 20_000
    found = body(ReleaseDraft(TAG, "c", "t", notes), _Counting(125_000))
    assert 100_000 < len(found) <= 125_000
    assert _Counting.cuts < 30


@given(st.text(st.sampled_from("aü字\n"), max_size=900))
def test_a_limit_may_count_bytes(notes: str) -> None:
    found = body(ReleaseDraft(TAG, "c", "t", notes), TextLimit(600, is_bytes=True))
    assert len(found.encode()) <= 600
    assert not is_edited(found)


def test_an_unfinished_text_is_told_and_finished() -> None:
    text = marked("notes", TAG)
    assert (is_unfinished(text), is_unfinished(unfinished(text))) == (False, True)
    assert finished(unfinished(text)) == text
    assert finished("as <!-- tagboat draft --> edited") == "as  edited"


def test_files_are_measured_in_blocks() -> None:
    assert measure([b"ab", b"c"]) == (
        3,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    )


def test_a_draft_that_lost_its_tag_is_known_by_its_marker() -> None:
    orphan = ours("1")._replace(tag="untagged-1")
    assert state([orphan], TAG).release == orphan
    assert state([orphan._replace(is_draft=False)], TAG).condition is ReleaseStatus.ABSENT


def test_somebodys_draft_stands_in_the_way_where_a_tag_has_one_release() -> None:
    draft = theirs("1", draft=True)
    found = state([draft], TAG, is_alone=True)
    assert (found.condition, found.release) == (ReleaseStatus.FOREIGN, draft)
    assert state([ours("1")], TAG, is_alone=True).condition is ReleaseStatus.DRAFT


def test_what_is_in_the_way_is_told_as_what_it_is() -> None:
    said, hint = foreign_text("Gitea (a/b)", theirs("1", draft=True), TAG)
    assert said == f"Gitea (a/b) has a draft {TAG} that tagboat did not make"
    assert hint.startswith("delete that draft")
    said, hint = foreign_text("GitHub (a/b)", theirs("1"), TAG)
    assert said == f"GitHub (a/b) has a release {TAG} that tagboat did not make"
    assert hint == "delete that release and keep its tag, or release another version"


@pytest.mark.parametrize("draft", [True, False])
def test_what_a_forge_takes_for_the_same_tag_stands_in_the_way(*, draft: bool) -> None:
    other = theirs("1", draft=draft)._replace(tag="V1.2.3")
    assert state([other], TAG).condition is ReleaseStatus.ABSENT
    assert state([other], TAG, is_alone=True).condition is ReleaseStatus.FOREIGN
    said, hint = foreign_text("Gitea (a/b)", other, TAG)
    assert said.endswith("V1.2.3 that tagboat did not make")
    assert hint.endswith(": V1.2.3 and v1.2.3 are one there")


def test_nothing_of_ours_is_absent() -> None:
    assert state([], TAG).condition is ReleaseStatus.ABSENT


def test_somebodys_draft_is_not_ours() -> None:
    assert state([theirs("1", draft=True)], TAG).condition is ReleaseStatus.ABSENT


def test_somebodys_public_release_is_foreign() -> None:
    found = state([theirs("1"), ours("2")], TAG)
    assert found.condition is ReleaseStatus.FOREIGN
    assert found.release == theirs("1")


def test_the_oldest_draft_is_adopted_and_the_others_are_spare() -> None:
    found = state([ours("10"), ours("9"), ours("11")], TAG)
    assert found.condition is ReleaseStatus.DRAFT
    assert found.release == ours("9")
    assert found.spares == (ours("10"), ours("11"))


def test_other_tags_do_not_count() -> None:
    assert state([ours("1", tag="v1.2.4")], TAG).condition is ReleaseStatus.ABSENT


def test_drafts_that_a_person_edited_are_taken_up_and_never_spare() -> None:
    first, second, third = ours("1"), ours("2"), ours("3")
    edited = [one._replace(body=f"Thanks!\n{one.body}") for one in (second, third)]
    found = state([first, *edited], TAG)
    assert (found.condition, found.release) == (ReleaseStatus.DRAFT, edited[0])
    assert found.spares == (first,)
    public = ours("4")._replace(is_draft=False)
    assert state([public, first, *edited], TAG).spares == (first,)


def test_a_public_release_of_ours_is_published_whatever_drafts_there_are() -> None:
    found = state([ours("1"), ours("2", draft=False)], TAG)
    assert found.condition is ReleaseStatus.PUBLISHED
    assert found.spares == (ours("1"),)


def test_a_public_release_with_other_notes_is_hand_edited() -> None:
    edited = ForgeRelease("1", TAG, "better " + marked("notes", TAG), is_draft=False)
    assert state([edited], TAG).condition is ReleaseStatus.HAND_EDITED


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (STORED, ""),
        (STORED._replace(sha256=""), ""),
        (STORED._replace(is_complete=False), "its upload was not completed"),
        (STORED._replace(size=5), "it has 5 bytes, not 10"),
        (STORED._replace(sha256="b" * 64), f"its SHA-256 is {'b' * 64}, not {'a' * 64}"),
    ],
)
def test_why_a_stored_file_is_not_the_asset(stored: StoredAsset, said: str) -> None:
    assert asset_fault(ARCHIVE, stored) == said


def test_a_release_with_its_assets_lacks_nothing() -> None:
    wanted = ReleaseDraft(TAG, "c", "t", "n", (ARCHIVE,))
    assert missing_assets(wanted, ours("1")._replace(assets=(STORED,))) == ()


def test_missing_and_broken_assets_are_named() -> None:
    wanted = ReleaseDraft(TAG, "c", "t", "n", (ARCHIVE, ARCHIVE._replace(name="b")))
    found = missing_assets(wanted, ours("1")._replace(assets=(STORED._replace(size=5),)))
    assert found == ("app.tar.gz: it has 5 bytes, not 10", "b: it is missing")


def test_our_comments_are_told_from_others() -> None:
    comments = [("1", "hi"), ("2", marked("out", TAG)), ("3", marked("out", "v1.0.0"))]
    assert comments_on(TAG, comments) == (("2",), ())


def test_only_word_for_word_doubles_may_go() -> None:
    mine = marked("out", TAG)
    comments = [("1", mine), ("2", mine), ("3", f"> {mine}\n\nthanks!")]
    assert comments_on(TAG, comments) == (("1", "2", "3"), ("2",))


def test_of_the_files_of_one_name_the_oldest_without_a_fault_is_kept() -> None:
    cut, good, later = (STORED._replace(id=number) for number in ("3", "5", "12"))
    faults = {later: "", cut: "it is cut", good: ""}
    assert superfluous(faults) == [later, cut]
    assert superfluous({cut: "it is cut"}) == [cut]
    assert superfluous({}) == []
