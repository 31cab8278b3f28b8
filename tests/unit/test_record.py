"""Records: notes of several releases, written by several at once."""

import json
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, RepositoryError
from tagboat.core.forge.release import Asset
from tagboat.core.plan.tag_message import ImageDigest
from tagboat.core.record.record import (
    ABANDONED,
    PUBLISHED,
    REINSTATED,
    ROLLED_BACK,
    WITHDRAWN,
    Event,
    MovedTag,
    Record,
    RecordedFile,
    RecordedForgeRelease,
    RecordedImage,
    RecordedPlatform,
    merged,
    merged_records,
    note_text,
    plan_part,
    promise_of,
    read_note,
    record_of,
)
from tests.unit.test_contract import CONTRACT

COMMIT = "1" * 40
RECORD = record_of(CONTRACT, "api-v1.4.0", COMMIT)
ONE, OTHER = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"
FIRST = Event(time=1, kind="staged", detail="a")
LATER = Event(time=2, kind=PUBLISHED)
TOLD_EVENTS = st.builds(
    Event,
    time=st.integers(0, 3),
    kind=st.sampled_from([PUBLISHED, ABANDONED, "staged"]),
    who=st.sampled_from(["", "Ada"]),
)


def test_record_tells_what_the_tag_tells() -> None:
    assert (RECORD.version, RECORD.source, RECORD.commit) == ("1.4.0", CONTRACT.source, COMMIT)


def test_note_is_read_as_it_was_written() -> None:
    records = {"a": RECORD, "b": RECORD.with_event(LATER)}
    assert read_note(note_text(records), COMMIT) == records


def test_note_is_the_same_text_in_any_order() -> None:
    one, other = {"a": RECORD, "b": RECORD}, {"b": RECORD, "a": RECORD}
    assert note_text(one) == note_text(other)


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_note_holds_nothing(text: str) -> None:
    assert read_note(text, COMMIT) == {}


@pytest.mark.parametrize("text", ["words", "[]", "{}", '{"format": 1}', '{"format": "1"}'])
def test_other_notes_are_refused(text: str) -> None:
    with pytest.raises(RepositoryError, match=f"the record of {COMMIT} can't be read"):
        read_note(text, COMMIT)


def test_later_format_is_refused() -> None:
    data = json.loads(note_text({})) | {"format": 2}
    with pytest.raises(RepositoryError, match="has format 2"):
        read_note(json.dumps(data), COMMIT)


@pytest.mark.parametrize("kind", [PUBLISHED, ABANDONED])
def test_release_ends_with_an_event(kind: str) -> None:
    assert RECORD.with_event(Event(time=1, kind=kind)).is_ended


def test_release_goes_on_until_then() -> None:
    assert not RECORD.with_event(FIRST).is_ended


def test_event_happens_once() -> None:
    assert RECORD.with_event(FIRST).with_event(FIRST).events == (FIRST,)


def test_events_of_two_writers_are_kept_in_order() -> None:
    mine, theirs = RECORD.with_event(LATER), RECORD.with_event(FIRST)
    assert merged_records(mine, theirs).events == (FIRST, LATER)


def test_releases_of_two_writers_are_kept() -> None:
    assert merged({"a": RECORD}, {"b": RECORD}) == {"a": RECORD, "b": RECORD}


def test_same_release_of_two_writers_is_merged() -> None:
    made = merged({"a": RECORD.with_event(LATER)}, {"a": RECORD.with_event(FIRST)})
    assert made["a"].events == (FIRST, LATER)


def test_another_release_under_the_same_tag_is_a_conflict() -> None:
    with pytest.raises(ConflictError, match=r"the record of api-v1\.4\.0 holds another release"):
        merged({"a": RECORD}, {"a": replace(RECORD, plan="sha256:00")})


@pytest.mark.parametrize("order", [1, -1])
def test_abandoned_release_gives_way_to_another_under_its_tag(order: int) -> None:
    gone, new = RECORD.with_event(Event(time=1, kind=ABANDONED)), replace(RECORD, plan="sha256:00")
    assert merged(*[{"a": gone}, {"a": new}][::order]) == {"a": new}


# What happened to a release


def after(*kinds: str) -> Record:
    """A record after events, one a second."""
    record = RECORD
    for time, kind in enumerate(kinds):
        record = record.with_event(Event(time=time, kind=kind, to="1.3.0"))
    return record


@pytest.mark.parametrize(
    ("kinds", "version"),
    [
        ((), ""),
        ((PUBLISHED,), ""),
        ((PUBLISHED, WITHDRAWN), "1.3.0"),
        ((PUBLISHED, WITHDRAWN, REINSTATED), ""),
        ((PUBLISHED, WITHDRAWN, REINSTATED, WITHDRAWN), "1.3.0"),
    ],
)
def test_release_is_withdrawn_until_it_is_reinstated(kinds: tuple[str, ...], version: str) -> None:
    record = after(*kinds)
    assert (record.is_withdrawn, record.withdrawn_for) == (bool(version), version)


def test_at_equal_times_a_withdrawal_counts() -> None:
    record = RECORD.with_event(Event(time=1, kind=WITHDRAWN)).with_event(
        Event(time=1, kind=REINSTATED)
    )
    assert record.is_withdrawn


def test_rollback_gives_a_release_its_tags() -> None:
    event = Event(time=1, kind=ROLLED_BACK, tags=("latest",))
    assert after(PUBLISHED).with_event(event).chosen == {"latest"}


@pytest.mark.parametrize(("now", "time"), [(9, 9), (1, 2), (0, 2)])
def test_next_event_comes_after_the_last_whatever_the_clock_says(now: int, time: int) -> None:
    assert after(PUBLISHED, WITHDRAWN).time_after(now) == time


@pytest.mark.parametrize(
    ("channel", "is_it"), [("stable", False), ("maintenance", True), ("prerelease rc", False)]
)
def test_channel_tells_a_maintenance_release(channel: str, is_it: bool) -> None:  # noqa: FBT001 - a table of cases
    assert replace(RECORD, channel=channel).is_maintenance is is_it


# What there is of it


def test_record_begins_with_the_images_that_the_tag_promises() -> None:
    contract = replace(CONTRACT, images=(ImageDigest("app", ONE),))
    assert record_of(contract, "api-v1.4.0", COMMIT).images == {"app": RecordedImage(digest=ONE)}


def test_images_that_two_writers_saw_are_put_together() -> None:
    platform = RecordedPlatform(digest=ONE, size=7)
    mine = RecordedImage(digest=ONE, platforms={"linux/arm64": platform}, repositories={"a": ONE})
    theirs = RecordedImage(digest=ONE, platforms={"linux/amd64": platform}, repositories={"b": ONE})
    found = merged_records(
        replace(RECORD, images={"app": mine}), replace(RECORD, images={"app": theirs})
    )
    assert found.images == {
        "app": RecordedImage(
            digest=ONE,
            platforms={"linux/amd64": platform, "linux/arm64": platform},
            repositories={"a": ONE, "b": ONE},
        )
    }


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (RecordedImage(digest=ONE), RecordedImage(digest=OTHER)),
        (
            RecordedImage(digest=ONE, repositories={"a": ONE}),
            RecordedImage(digest=ONE, repositories={"a": OTHER}),
        ),
        (
            RecordedImage(digest=ONE, platforms={"p": RecordedPlatform(digest=ONE, size=1)}),
            RecordedImage(digest=ONE, platforms={"p": RecordedPlatform(digest=OTHER, size=1)}),
        ),
    ],
    ids=["index", "repository", "platform"],
)
def test_other_image_of_the_same_release_is_a_conflict(
    mine: RecordedImage, theirs: RecordedImage
) -> None:
    with pytest.raises(ConflictError, match=r"the record of api-v1\.4\.0 holds another image app"):
        merged_records(
            replace(RECORD, images={"app": mine}), replace(RECORD, images={"app": theirs})
        )


def test_release_that_was_made_again_on_the_forge_stands_last() -> None:
    old, new = (
        RecordedForgeRelease(id="9", url="https://a/9"),
        RecordedForgeRelease(id="10", url="https://a/10"),
    )
    found = merged_records(replace(RECORD, forge=(new,)), replace(RECORD, forge=(old,)))
    assert found.forge == (old, new)


@pytest.mark.parametrize("digest", ["", "sha256:0", f"sha256:{'A' * 64}", f"sha512:{'0' * 64}"])
def test_digest_that_is_none_is_refused(digest: str) -> None:
    data = json.loads(note_text({"a": replace(RECORD, images={"app": RecordedImage(digest=ONE)})}))
    data["releases"]["a"]["images"]["app"]["digest"] = digest
    with pytest.raises(RepositoryError, match="can't be read"):
        read_note(json.dumps(data), COMMIT)


# Laws

WORDS = st.sampled_from(["", "a", "b"])
DIGESTS = st.sampled_from([ONE, ONE, ONE, OTHER])
MOVES = st.builds(
    MovedTag, place=WORDS, tag=WORDS, source=WORDS, to=WORDS, held=WORDS, target=WORDS
)
EVENTS = st.builds(
    Event,
    time=st.integers(0, 3),
    kind=st.sampled_from([PUBLISHED, ABANDONED, WITHDRAWN, REINSTATED, ROLLED_BACK]),
    detail=WORDS,
    who=WORDS,
    why=WORDS,
    source=WORDS,
    to=WORDS,
    tags=st.lists(WORDS, max_size=2).map(tuple),
    moves=st.lists(MOVES, max_size=2).map(tuple),
)
IMAGES = st.builds(
    RecordedImage,
    digest=DIGESTS,
    platforms=st.dictionaries(WORDS, st.builds(RecordedPlatform, digest=DIGESTS, size=st.just(1))),
    repositories=st.dictionaries(WORDS, DIGESTS),
)
RECORDS = st.builds(
    lambda images, forge, events: merged_records(
        RECORD, replace(RECORD, images=images, forge=tuple(forge), events=tuple(events))
    ),
    st.dictionaries(WORDS, IMAGES, max_size=2),
    st.lists(st.builds(RecordedForgeRelease, id=WORDS, url=WORDS), max_size=3),
    st.lists(EVENTS, max_size=3),
)
NOTES = st.dictionaries(st.sampled_from(["v1", "v2"]), RECORDS)


def result(merge: Callable[[], dict[str, Record]]) -> str:
    """The note that a merge makes, or that there is none."""
    try:
        return note_text(merge())
    except ConflictError:
        return "conflict"


@given(NOTES)
def test_note_is_read_as_it_was_written_whatever_it_holds(note: dict[str, Record]) -> None:
    assert read_note(note_text(note), COMMIT) == note


@given(NOTES)
def test_merging_twice_changes_nothing(note: dict[str, Record]) -> None:
    assert result(lambda: merged(note, note)) == note_text(note)


@given(NOTES, NOTES)
def test_order_of_two_writers_changes_nothing(
    mine: dict[str, Record], theirs: dict[str, Record]
) -> None:
    assert result(lambda: merged(mine, theirs)) == result(lambda: merged(theirs, mine))


@given(NOTES, NOTES, NOTES)
def test_order_of_merges_changes_nothing(
    one: dict[str, Record], two: dict[str, Record], three: dict[str, Record]
) -> None:
    left = result(lambda: merged(merged(one, two), three))
    assert left == result(lambda: merged(one, merged(two, three)))


@given(RECORDS, RECORDS)
def test_merge_loses_nothing(mine: Record, theirs: Record) -> None:
    try:
        both = merged_records(mine, theirs)
    except ConflictError:
        return
    for one in (mine, theirs):
        happened = {event for event in one.events if event.kind != PUBLISHED}
        assert happened <= {*both.events}
        published = {event.kind for event in one.events} & {PUBLISHED}
        assert published <= {event.kind for event in both.events}
        assert {*one.forge} <= {*both.forge}
        for name, image in one.images.items():
            assert image.platforms.items() <= both.images[name].platforms.items()
            assert image.repositories.items() <= both.images[name].repositories.items()


def test_release_is_published_once_and_first() -> None:
    first, second = (Event(time=time, kind=PUBLISHED) for time in (2, 5))
    abandoned = Event(time=3, kind=ABANDONED, why="why", who="Ada")
    mine, theirs = replace(RECORD, events=(second, abandoned)), RECORD.with_event(first)
    assert merged_records(mine, theirs).events == (first, abandoned)
    assert merged_records(theirs, mine).events == (first, abandoned)


@given(st.lists(st.lists(TOLD_EVENTS, max_size=4), min_size=1, max_size=4), st.randoms())
def test_writers_in_any_order_lose_nothing(writers: list[list[Event]], random: Random) -> None:
    records = [replace(RECORD, events=tuple(events)) for events in writers]
    told = {event for events in writers for event in events}
    published = {event for event in told if event.kind == PUBLISHED}
    expected = tuple(sorted(told - published | {min(published)} if published else told))
    random.shuffle(records)
    together = RECORD
    for record in [*records, *records]:
        together = merged_records(record, together)
    assert together.events == expected


def test_abandoned_release_tells_the_first_who_did_it() -> None:
    first, second = (Event(time=time, kind=ABANDONED, who="Ada") for time in (2, 5))
    assert RECORD.abandoned is None
    assert RECORD.with_event(second).with_event(first).abandoned == first


def test_published_release_is_not_abandoned() -> None:
    record = RECORD.with_event(Event(time=1, kind=ABANDONED)).with_event(LATER)
    assert record.abandoned is None


@pytest.mark.parametrize("kinds", [(), (PUBLISHED,), (ABANDONED,), (PUBLISHED, ABANDONED)])
def test_release_may_be_published_and_abandoned_later(kinds: tuple[str, ...]) -> None:
    record = RECORD
    for time, kind in enumerate(kinds):
        record = record.with_event(Event(time=time, kind=kind, who="Ada"))
    assert (record.is_complete, record.is_abandoned) == (PUBLISHED in kinds, ABANDONED in kinds)


def test_record_names_the_assets_that_the_tag_names() -> None:
    contract = replace(CONTRACT, assets=(Asset("a.zip", 3, "a" * 64),))
    record = record_of(contract, "api-v1.4.0", COMMIT)
    assert record.assets == (RecordedFile(name="a.zip", size=3, sha256="a" * 64),)


def test_part_that_is_written_once_is_the_same_whatever_happened() -> None:
    text = plan_part(RECORD)
    assert plan_part(RECORD.with_event(LATER)) == text
    assert json.loads(text)["plan"] == RECORD.plan
    assert "events" not in json.loads(text)


def test_record_tells_what_a_tag_made_by_hand_promises() -> None:
    asked = replace(CONTRACT, asked="--as 1.4.0")
    record = record_of(asked, "api-v1.4.0", COMMIT)
    assert promise_of(record, asked.notes) == asked
