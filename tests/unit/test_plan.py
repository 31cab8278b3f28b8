"""Plans: JSON there and back, their digest, and the edits they carry."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.plan.plan import RemoteSnapshot, first_of, plan_json, read_plan, refuse_long
from tagboat.core.version_files.edits import Edit, edit_between, edited, edits_between
from tests.plans import plan_of_one

PLAN = plan_of_one(
    version="1.4.0",
    tag="v1.4.0",
    previous="v1.3.0",
    source="0" * 40,
    bump="minor",
    reason="minor bump from v1.3.0",
    notes="## 1.4.0\n",
    time=1_704_067_200,
    message="chore(release): 1.4.0\n",
    edits=(Edit("a", 1, 2, "b", "c"),),
    configuration="sha256:00",
    seen=RemoteSnapshot(tip="0" * 40, tags={"v1.3.0": "1" * 40, "v1.2.0": "2" * 40}),
)
(RELEASE,) = PLAN.releases
TEXT = st.text(st.sampled_from("ab\r\n\ufeff1"), max_size=12)


def changed(**fields: Any) -> str:  # noqa: ANN401 - any JSON value
    """The plan's document with other fields, its digest as it was."""
    data = json.loads(plan_json(PLAN))
    of_release = {name: fields.pop(name) for name in RELEASE.__struct_fields__ if name in fields}
    data["plan"].update(fields)
    data["plan"]["releases"][0].update(of_release)
    return json.dumps(data)


def test_plan_is_read_as_it_was_written() -> None:
    assert read_plan(plan_json(PLAN)) == PLAN


def test_layout_of_the_document_does_not_matter() -> None:
    data = json.loads(plan_json(PLAN))
    assert read_plan(json.dumps(data, indent=7, sort_keys=True)) == PLAN


def test_digest_does_not_depend_on_the_order_of_tags() -> None:
    other = RemoteSnapshot(tip=PLAN.seen.tip, tags=dict(reversed(PLAN.seen.tags.items())))
    assert replace(PLAN, seen=other).digest() == PLAN.digest()


@pytest.mark.parametrize("field", ["source", "branch", "message", "configuration"])
def test_digest_depends_on_every_field(field: str) -> None:
    assert replace(PLAN, **{field: "other"}).digest() != PLAN.digest()


@pytest.mark.parametrize("field", ["package", "version", "notes", "reason", "because", "paths"])
def test_digest_depends_on_every_field_of_a_release(field: str) -> None:
    other = replace(RELEASE, **{field: ("other",) if field == "paths" else "other"})
    assert replace(PLAN, releases=(other,)).digest() != PLAN.digest()


def test_plan_without_releases_is_none() -> None:
    with pytest.raises(UsageError, match="has no releases"):
        read_plan(plan_json(replace(PLAN, releases=())))


def test_plan_of_several_releases_names_them() -> None:
    other = replace(RELEASE, package="api", version="2.0.0", tag="api-v2.0.0")
    both = replace(PLAN, releases=(replace(RELEASE, package="core"), other))
    assert (PLAN.tags, PLAN.versions) == ("v1.4.0", "1.4.0")
    assert (both.tags, both.versions) == ("v1.4.0, api-v2.0.0", "core 1.4.0, api 2.0.0")
    assert both.channels == PLAN.channels
    beta = replace(other, channel="prerelease beta")
    assert replace(both, releases=(*both.releases, beta)).channels == "stable, prerelease beta"


def test_what_several_releases_change_alike_is_changed_once() -> None:
    other = replace(RELEASE, package="api", edits=(*RELEASE.edits, Edit("b", 0, 1, "x", "y")))
    assert replace(PLAN, releases=(RELEASE, other)).edits == other.edits


def test_releases_that_change_the_same_characters_are_refused() -> None:
    other = replace(RELEASE, package="api", edits=(Edit("a", 1, 2, "b", "d"),))
    with pytest.raises(UsageError, match="lead to the same characters"):
        assert replace(PLAN, releases=(RELEASE, other)).edits


def test_change_by_hand_is_noticed() -> None:
    with pytest.raises(UsageError, match="was changed after it was made"):
        read_plan(changed(version="9.0.0"))


def test_later_format_is_named() -> None:
    with pytest.raises(UsageError, match="has format 3, this version of tagboat reads 2"):
        read_plan(changed(format=3, surprise=True))


@pytest.mark.parametrize("commit", ["HEAD", "--output=x", "c" * 41, "C" * 40, ""])
def test_commit_has_to_be_an_id(commit: str) -> None:
    with pytest.raises(UsageError, match="which is no commit's id"):
        read_plan(plan_json(replace(PLAN, source=commit)))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"plan": 1}', '{"plan": {"format": 2}}', "not json", changed(surprise=1)],
)
def test_other_documents_are_no_plans(text: str) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        read_plan(text)


def test_contract_carries_the_digest_and_the_notes() -> None:
    contract = PLAN.contract(RELEASE)
    assert (contract.plan, contract.notes) == (PLAN.digest(), RELEASE.notes)


def test_equal_texts_need_no_edit() -> None:
    assert edit_between("a", "same", "same") is None


def test_edit_is_as_small_as_can_be() -> None:
    found = edit_between("a", "one 1.0.0 two", "one 1.1.0 two")
    assert found == Edit("a", 6, 7, "0", "1")


@given(TEXT, TEXT)
def test_edit_turns_one_text_into_the_other(before: str, after: str) -> None:
    found = edit_between("a", before, after)
    edits = [found] if found is not None else []
    made = before
    for edit in edits:
        assert made[edit.start : edit.end] == edit.old
        made = made[: edit.start] + edit.new + made[edit.end :]
    assert made == after


def test_only_files_that_were_there_and_still_are_are_edited() -> None:
    before, after = {"a": "1.0.0\n", "b": "same"}, {"a": "1.1.0\n", "b": "same"}
    assert list(edits_between(before, after)) == [Edit("a", 2, 3, "0", "1")]
    for gone, made in (("1.0.0", None), (None, "1.0.0")):
        with pytest.raises(RepositoryError, match="made or removed a") as found:
            list(edits_between({"a": gone}, {"a": made}))
        assert found.value.hint == "commit that file first"


def test_insertion_is_not_made_twice() -> None:
    found = edit_between("a", "# Log\n", "# Log\n\n## 1\n")
    assert found is not None
    once = edited("# Log\n", [found])
    assert edited(once, [found]) == once


def test_paths_are_named_once_and_the_rest_counted() -> None:
    assert first_of(["a", "b", "a"]) == "a, b"
    assert first_of(f"f{number}" for number in range(2000)).endswith("f19 and 1980 more")


def test_a_tag_whose_part_is_longer_than_a_file_may_be_called_is_refused() -> None:
    refuse_long("v" * 250)
    refuse_long("a/" * 200 + "v1.0.0")
    with pytest.raises(UsageError, match="has 251 bytes"):
        refuse_long("a/" + "v" * 251)
