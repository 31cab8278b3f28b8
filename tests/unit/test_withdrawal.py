"""Withdrawal: where a rollback and its end move the tags, and which versions they mark."""

from collections.abc import Iterable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.images.tags import tag_rules
from tagboat.core.record.moving_tag import (
    Action,
    Decision,
    Held,
    Known,
    TagPlace,
    decide_all,
    standing,
)
from tagboat.core.record.record import REINSTATED, ROLLED_BACK, WITHDRAWN, Event, MovedTag
from tagboat.core.record.rollback import (
    Rollback,
    Signed,
    known_of,
    plan_reinstatement,
    plan_rollback,
    reinstatement_event,
    rollback_events,
)
from tagboat.core.version.version import Version
from tests.unit.test_moving_tag import RELEASES, applied, known, place
from tests.unit.test_record import RECORD

V = Version.parse
SIGNED = Signed(7, "A <a@example.org>", "it crashes")


def settled(*versions: str | Known) -> TagPlace:
    """A repository whose tags stand where the rules say."""
    one = place(*versions)
    return one._replace(held={tag: Held(found.target) for tag, found in standing(one).items()})


def after(one: TagPlace, done: Rollback) -> TagPlace:
    """The place once a rollback is done and recorded."""
    found = []
    for item in one.known:
        if item.version in done.withdrawn:
            found.append(item._replace(withdrawn_for=done.version))
        elif item.version == done.version:
            found.append(item._replace(chosen=item.chosen.union(done.tags)))
        else:
            found.append(item)
    return applied(one, done.decisions)._replace(known=tuple(found))


def again(one: TagPlace, text: str) -> TagPlace:
    """The place once the withdrawal of a version has ended."""
    moved = applied(one, plan_reinstatement([one], V(text)).decisions)
    found = (k._replace(withdrawn_for=None) if k.version == V(text) else k for k in moved.known)
    return moved._replace(known=tuple(found))


def released(one: TagPlace, release: Known) -> TagPlace:
    """The place once a release ran."""
    others = tuple(item for item in one.known if item.version != release.version)
    return applied(one, decide_all(one, release))._replace(known=(*others, release))


def tags(one: TagPlace) -> dict[str, str]:
    """The version in the target of each tag, variants aside."""
    held = one.held.items()
    return {tag: found.target.removeprefix("sha256:") for tag, found in held if "alpine" not in tag}


def moves(decisions: Iterable[Decision]) -> list[tuple[str, str, str]]:
    """Tag, from and to of each move, variants aside."""
    return [
        (one.tag, str(one.source), str(one.to and one.to.version))
        for one in decisions
        if one.is_move and "alpine" not in one.tag
    ]


MAINTAINED = settled("1.2.3", known("1.2.4", maintenance=True), "2.0.0")


# Rollback


def test_rollback_inside_a_line_moves_the_tags_of_the_line() -> None:
    done = plan_rollback([MAINTAINED], V("1.2.3"))
    assert (done.tags, done.withdrawn) == (("1.2", "1.2-alpine"), (V("1.2.4"),))
    assert moves(done.decisions) == [("1.2", "1.2.4", "1.2.3"), ("1", "1.2.4", "1.2.3")]


def test_withdrawn_release_that_runs_again_moves_nothing() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    [withdrawn] = [item for item in one.known if item.version == V("1.2.4")]
    assert moves(decide_all(one, withdrawn)) == []


def test_next_release_moves_on_after_a_rollback() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    one = released(one, known("1.2.5", maintenance=True))
    assert tags(one) == {
        "1.2": "1.2.5",
        "1": "1.2.5",
        "2.0": "2.0.0",
        "2": "2.0.0",
        "latest": "2.0.0",
    }


def test_rollback_across_a_major_version_leaves_the_tags_without_a_version() -> None:
    one = settled("1.9.0", "2.0.0", "2.0.1")
    done = plan_rollback([one], V("1.9.0"))
    assert (done.tags, done.withdrawn) == (("latest",), (V("2.0.0"), V("2.0.1")))
    assert moves(done.decisions) == [("latest", "2.0.1", "1.9.0")]
    left = {one.tag: one.reason for one in done.decisions if one.action is Action.LEFT}
    assert left == dict.fromkeys(
        ("2.0", "2.0-alpine", "2"), "every version that it could hold is withdrawn or not complete"
    )


def test_rollback_to_a_maintenance_release_gives_it_latest() -> None:
    one = settled("1.8.0", known("1.9.0", maintenance=True), "2.0.0", "2.0.1")
    done = plan_rollback([one], V("1.9.0"))
    assert moves(done.decisions) == [("latest", "2.0.1", "1.9.0")]
    assert standing(after(one, done))["latest"].version == V("1.9.0")


def test_rollback_inside_a_maintained_line_gives_it_no_wider_tag() -> None:
    lines = [known(text, maintenance=True) for text in ("1.2.4", "1.2.5")]
    one = settled("1.2.3", *lines)
    done = plan_rollback([one], V("1.2.4"))
    assert tags(after(one, done)) == {"1.2": "1.2.4", "1": "1.2.4", "latest": "1.2.3"}


def test_maintenance_releases_are_not_withdrawn_with_latest() -> None:
    one = settled("1.9.0", "2.0.0", known("1.10.0", maintenance=True))
    assert plan_rollback([one], V("1.9.0"), "latest").withdrawn == (V("2.0.0"),)


def test_prerelease_is_rolled_back_in_its_channel() -> None:
    one = settled("1.2.0", "1.3.0-rc.1", "1.3.0-rc.2")
    done = plan_rollback([one], V("1.3.0-rc.1"))
    assert moves(done.decisions) == [
        ("rc", "1.3.0-rc.2", "1.3.0-rc.1"),
        ("next", "1.3.0-rc.2", "1.3.0-rc.1"),
    ]


def test_release_that_is_under_way_is_withdrawn_with_the_others() -> None:
    coming = known("1.2.5")._replace(is_complete=False)
    one = settled("1.2.3", "1.2.4", coming)
    assert plan_rollback([one], V("1.2.3")).withdrawn == (V("1.2.4"), V("1.2.5"))


def test_nothing_is_rolled_back_where_no_higher_version_has_a_tag() -> None:
    assert plan_rollback([settled("1.2.3", "1.2.4")], V("1.2.4")) == Rollback(
        V("1.2.4"), (), (), ()
    )


def test_tag_that_lags_behind_is_the_narrowest_all_the_same() -> None:
    lagging = place("1.2.3", "1.2.4", "2.0.0", held={"1.2": "1.2.3", "latest": "2.0.0"})
    assert plan_rollback([lagging], V("1.2.3")).withdrawn == (V("1.2.4"),)


def test_tag_that_holds_a_withdrawn_version_against_the_rules_moves() -> None:
    odd = place("1.2.3", "1.2.4", "2.0.0", held={"1.2": "1.2.4", "latest": "1.2.4"})
    done = plan_rollback([odd], V("1.2.3"))
    assert ("latest", "1.2.4", "2.0.0") in moves(done.decisions)


def test_tag_that_was_never_made_is_made() -> None:
    one = place("1.2.3", "1.2.4", held={"1.2": "1.2.4"})
    found = {item.tag: item.action for item in plan_rollback([one], V("1.2.3")).decisions}
    assert (found["1.2"], found["1"]) == (Action.MOVE, Action.FIRST)


def test_tag_that_is_not_there_and_has_no_version_left_is_not_told() -> None:
    one = place("1.9.0", "2.0.0", held={"latest": "2.0.0"})
    assert [item.tag for item in plan_rollback([one], V("1.9.0")).decisions] == ["latest"]


def test_all_places_are_rolled_back_together() -> None:
    git = TagPlace(
        "origin",
        tag_rules(("v{major}", "v{major}.{minor}")),
        tuple(Known(V(text), f"commit {text}") for text in ("1.2.3", "1.2.4")),
        {"v1": Held("commit 1.2.4"), "v1.2": Held("commit 1.2.4")},
    )
    forge = TagPlace(
        "forge",
        tag_rules(("latest",)),
        tuple(Known(V(text), f"v{text}") for text in ("1.2.3", "1.2.4")),
        {"latest": Held("v1.2.4")},
    )
    done = plan_rollback([settled("1.2.3", "1.2.4"), git, forge], V("1.2.3"))
    assert done.tags == ("1.2", "1.2-alpine", "v1.2")
    assert [(one.place, one.tag) for one in done.decisions if one.is_move] == [
        ("app", "1.2"),
        ("app", "1.2-alpine"),
        ("app", "1"),
        ("app", "latest"),
        ("origin", "v1.2"),
        ("origin", "v1"),
        ("forge", "latest"),
    ]


# A tag that somebody made by hand


def test_tag_made_by_hand_that_the_rules_give_to_another_version_moves_with_a_warning() -> None:
    one = settled("1.2.3", "1.2.4")
    one = one._replace(held={**one.held, "latest": Held("sha256:by-hand")})
    found = {item.tag: item for item in plan_rollback([one], V("1.2.3")).decisions}["latest"]
    assert (found.action, found.source) == (Action.MOVE, None)
    assert found.warning


def test_tag_made_by_hand_that_the_rollback_is_not_about_is_left_alone() -> None:
    by_hand = {**MAINTAINED.held, "latest": Held("sha256:by-hand")}
    done = plan_rollback([MAINTAINED._replace(held=by_hand)], V("1.2.3"))
    assert "latest" not in {item.tag for item in done.decisions}


def test_tag_made_by_hand_whose_label_tells_a_version_that_nobody_knows_stays() -> None:
    one = settled("1.2.3")._replace(held={"latest": Held("sha256:by-hand", "9.0.0")})
    done = plan_rollback([one], V("1.2.3"))
    assert (done.tags, done.withdrawn) == (("latest",), ())
    assert [(item.action, item.source) for item in done.decisions] == [(Action.STAYS, V("9.0.0"))]


def test_version_may_be_given_a_tag_that_only_a_release_under_way_could_hold() -> None:
    coming = known("2.0.0")._replace(is_complete=False)
    one = place(known("1.9.0", maintenance=True), coming)
    one = one._replace(held={"latest": Held("sha256:by-hand", "2.0.0")})
    done = plan_rollback([one], V("1.9.0"))
    assert ("latest", "2.0.0", "1.9.0") in moves(done.decisions)


# Rollback again


def test_rollback_that_runs_again_changes_nothing_more() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    done = plan_rollback([one], V("1.2.3"))
    assert (done.tags, done.withdrawn, moves(done.decisions)) == (("1.2", "1.2-alpine"), (), [])


def test_rollback_that_was_cut_short_is_finished() -> None:
    done = plan_rollback([MAINTAINED], V("1.2.3"))
    recorded = after(MAINTAINED, done)._replace(held=MAINTAINED.held)
    found = plan_rollback([recorded], V("1.2.3"))
    assert (found.withdrawn, moves(found.decisions)) == ((), moves(done.decisions))


def test_rollback_goes_on_to_a_wider_tag_where_that_is_named() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    done = plan_rollback([one], V("1.2.3"), "latest")
    assert (done.tags, done.withdrawn) == (("latest",), (V("2.0.0"),))
    assert moves(done.decisions) == [("latest", "2.0.0", "1.2.3")]


def test_second_rollback_leaves_what_was_released_since_the_first() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    one = released(one, known("1.2.5", maintenance=True))
    done = plan_rollback([one], V("1.2.3"))
    assert (done.withdrawn, tags(after(one, done))["1.2"]) == ((V("1.2.5"),), "1.2.3")


def test_rollback_goes_further_back() -> None:
    one = settled("1.2.2", "1.2.3", "1.2.4")
    one = after(one, plan_rollback([one], V("1.2.3")))
    done = plan_rollback([one], V("1.2.2"))
    assert (done.withdrawn, tags(after(one, done))["latest"]) == ((V("1.2.3"),), "1.2.2")


def test_versions_withdrawn_under_other_rules_bind_no_rollback() -> None:
    earlier = known("2.0.0")._replace(withdrawn_for=V("1.2.3"))
    one = settled("1.2.3", "1.2.4", earlier)
    one = one._replace(rules=tag_rules(("{version}", "{major}.{minor}")))
    assert plan_rollback([one], V("1.2.3")).withdrawn == (V("1.2.4"),)


# Refused


def test_version_that_nobody_knows_is_refused() -> None:
    with pytest.raises(RepositoryError, match=r"there is no version 9\.0\.0"):
        plan_rollback([MAINTAINED], V("9.0.0"))


@pytest.mark.parametrize(
    "others", [(), (known("1.2.3")._replace(is_complete=False),)], ids=["absent", "incomplete"]
)
def test_version_that_is_not_complete_everywhere_is_refused(others: tuple[Known, ...]) -> None:
    mirror = place("1.2.4", *others)._replace(name="mirror")
    with pytest.raises(RepositoryError, match=r"version 1\.2\.3 is not complete in mirror"):
        plan_rollback([MAINTAINED, mirror], V("1.2.3"))


def test_version_that_is_withdrawn_is_refused() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    with pytest.raises(RepositoryError, match=r"version 1\.2\.4 is withdrawn itself"):
        plan_rollback([one], V("1.2.4"))


@pytest.mark.parametrize(
    ("one", "hint"),
    [
        (MAINTAINED, "its moving tags are 1.2, 1, latest, 1.2-alpine"),
        (MAINTAINED._replace(rules=()), "its moving tags are none"),
    ],
)
def test_tag_that_the_version_never_has_is_refused(one: TagPlace, hint: str) -> None:
    with pytest.raises(UsageError, match="'2' is no moving tag") as caught:
        plan_rollback([one], V("1.2.3"), "2")
    assert caught.value.hint == hint


# Reinstated


def test_version_that_is_reinstated_gets_its_tags_back() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    assert tags(again(one, "1.2.4")) == tags(MAINTAINED)


def test_version_that_is_reinstated_late_gets_no_tag_of_a_higher_one() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    one = released(one, known("1.2.5", maintenance=True))
    assert moves(plan_reinstatement([one], V("1.2.4")).decisions) == []


@pytest.mark.parametrize(
    ("one", "hint"),
    [
        (MAINTAINED, "no version is"),
        (after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3"))), "these are: 1.2.4"),
    ],
)
def test_version_that_is_not_withdrawn_is_not_reinstated(one: TagPlace, hint: str) -> None:
    with pytest.raises(RepositoryError, match=r"version 2\.0\.0 is not withdrawn") as caught:
        plan_reinstatement([one], V("2.0.0"))
    assert caught.value.hint == hint


# What is recorded


def test_each_version_of_a_rollback_has_its_event() -> None:
    one = settled("1.9.0", "2.0.0", "2.0.1")
    withdrawn = Event(
        time=7,
        kind=WITHDRAWN,
        who="A <a@example.org>",
        why="it crashes",
        source="2.0.1",
        to="1.9.0",
        tags=("latest",),
    )
    moved = MovedTag(
        place="app",
        tag="latest",
        source="2.0.1",
        to="1.9.0",
        held="sha256:2.0.1",
        target="sha256:1.9.0",
    )
    assert rollback_events(plan_rollback([one], V("1.9.0")), SIGNED) == {
        V("2.0.0"): withdrawn,
        V("2.0.1"): withdrawn,
        V("1.9.0"): replace(withdrawn, kind=ROLLED_BACK, moves=(moved,)),
    }


def test_rollback_that_changes_nothing_is_not_recorded() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    assert rollback_events(plan_rollback([one], V("1.2.3")), SIGNED) == {}


def test_rollback_that_is_finished_withdraws_nothing_more() -> None:
    recorded = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    events = rollback_events(
        plan_rollback([recorded._replace(held=MAINTAINED.held)], V("1.2.3")), SIGNED
    )
    assert [(version, event.source) for version, event in events.items()] == [(V("1.2.3"), "")]


def test_tag_that_held_no_known_version_is_recorded_without_one() -> None:
    one = settled("1.2.3", "1.2.4")
    one = one._replace(held={**one.held, "latest": Held("sha256:by-hand")})
    event = rollback_events(plan_rollback([one], V("1.2.3")), SIGNED)[V("1.2.3")]
    assert [(move.source, move.held) for move in event.moves if move.tag == "latest"] == [
        ("", "sha256:by-hand")
    ]


def test_end_of_a_withdrawal_has_its_event() -> None:
    one = after(MAINTAINED, plan_rollback([MAINTAINED], V("1.2.3")))
    event = reinstatement_event(plan_reinstatement([one], V("1.2.4")), SIGNED)
    assert (event.kind, event.source, event.to) == (REINSTATED, "1.2.3", "1.2.4")
    assert [move.tag for move in event.moves] == ["1.2", "1", "1.2-alpine"]


def test_record_tells_the_rules_what_they_need() -> None:
    event = Event(time=1, kind=WITHDRAWN, to="1.3.0")
    back = Event(time=2, kind=ROLLED_BACK, tags=("latest",))
    record = replace(RECORD, channel="maintenance").with_event(event).with_event(back)
    assert known_of(record, "sha256:00", is_complete=True) == Known(
        V("1.4.0"),
        "sha256:00",
        is_maintenance=True,
        withdrawn_for=V("1.3.0"),
        chosen=frozenset({"latest"}),
    )


def test_record_that_names_no_version_to_go_to_tells_of_a_withdrawal() -> None:
    record = RECORD.with_event(Event(time=1, kind=WITHDRAWN))
    assert known_of(record, "", is_complete=True).is_withdrawn


def test_record_without_events_tells_of_no_withdrawal() -> None:
    assert known_of(RECORD, "", is_complete=False) == Known(V("1.4.0"), is_complete=False)


# Laws


@given(RELEASES, st.data())
def test_rollback_and_its_end_restore_every_tag(releases: list[Known], data: st.DataObject) -> None:
    one = settled(*releases)
    target = data.draw(st.sampled_from(releases)).version
    done = plan_rollback([one], target)
    rolled = after(one, done)
    for version in data.draw(st.permutations(done.withdrawn)):
        rolled = again(rolled, str(version))
    assert rolled.held == one.held


@given(RELEASES, st.data())
def test_rollback_twice_is_rollback_once(releases: list[Known], data: st.DataObject) -> None:
    one = settled(*releases)
    target = data.draw(st.sampled_from(releases)).version
    rolled = after(one, plan_rollback([one], target))
    assert after(rolled, plan_rollback([rolled], target)) == rolled


@given(RELEASES, st.data())
def test_tags_of_a_rollback_lead_to_its_version(releases: list[Known], data: st.DataObject) -> None:
    one = settled(*releases)
    target = data.draw(st.sampled_from(releases))
    done = plan_rollback([one], target.version)
    assume(done.tags)
    rolled = after(one, done)
    assert {rolled.held[tag].target for tag in done.tags} == {target.target}


@given(RELEASES, st.data())
def test_no_job_moves_a_tag_to_a_withdrawn_version(
    releases: list[Known], data: st.DataObject
) -> None:
    one = settled(*releases)
    target = data.draw(st.sampled_from(releases)).version
    rolled = after(one, plan_rollback([one], target))
    jobs = data.draw(st.permutations(rolled.known))
    late = rolled
    for job in jobs:
        late = applied(late, decide_all(late, job))
    assert late.held == rolled.held
