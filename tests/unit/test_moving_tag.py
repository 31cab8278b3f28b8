"""Moving tags: what each should hold, and that no release ever moves one backwards."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.images.tags import tag_rules
from tagboat.core.record.moving_tag import (
    LABEL,
    Action,
    Decision,
    Held,
    Known,
    TagPlace,
    decide_all,
    decisions_at,
    holder,
    label_version,
    standing,
)
from tagboat.core.version.channel import DEFAULT_RULES
from tagboat.core.version.version import Version

RULES = tag_rules(
    (
        "{version}",
        "{major}.{minor}",
        "{major}",
        "latest",
        "{major}.{minor}-alpine",
        "{channel}",
        "next",
    ),
    DEFAULT_RULES,
)
V = Version.parse


def known(text: str, *, maintenance: bool = False) -> Known:
    """A complete version of ours, whose target tells the version."""
    return Known(V(text), f"sha256:{text}", is_maintenance=maintenance)


def place(*versions: str | Known, held: dict[str, str] | None = None) -> TagPlace:
    """A repository with versions, and moving tags that hold some of them."""
    found = tuple(known(one) if isinstance(one, str) else one for one in versions)
    tags = {tag: Held(f"sha256:{text}") for tag, text in (held or {}).items()}
    return TagPlace("app", RULES, found, tags)


def held(one: TagPlace) -> dict[str, str]:
    """The version that each tag should hold."""
    return {tag: str(found.version) for tag, found in standing(one).items()}


def actions(decisions: Iterable[Decision]) -> dict[str, Action]:
    return {decision.tag: decision.action for decision in decisions}


def applied(one: TagPlace, decisions: Iterable[Decision]) -> TagPlace:
    """The place once the tags are written."""
    tags = dict(one.held)
    for decision in decisions:
        if decision.is_move and decision.to is not None:
            tags[decision.tag] = Held(decision.to.target)
    return one._replace(held=tags)


# What tags should hold


def test_each_tag_holds_the_highest_version_that_it_spells() -> None:
    assert held(place("1.2.3", "1.2.10", "1.1.0", "2.0.0")) == {
        "1.2": "1.2.10",
        "1.1": "1.1.0",
        "2.0": "2.0.0",
        "1": "1.2.10",
        "2": "2.0.0",
        "latest": "2.0.0",
        "1.2-alpine": "1.2.10",
        "1.1-alpine": "1.1.0",
        "2.0-alpine": "2.0.0",
    }


def test_prereleases_move_only_the_tags_of_their_channel() -> None:
    found = held(place("1.3.0-rc.9", "1.3.0-rc.10", "2.0.0-beta.1"))
    assert found == {"rc": "1.3.0-rc.10", "next": "1.3.0-rc.10", "beta": "2.0.0-beta.1"}


def test_stable_version_leaves_the_tags_of_prereleases_alone() -> None:
    found = held(place("1.3.0-rc.1", "1.3.0"))
    assert (found["rc"], found["latest"]) == ("1.3.0-rc.1", "1.3.0")


def test_maintenance_release_never_holds_latest() -> None:
    found = held(place("1.2.3", known("1.2.4", maintenance=True)))
    assert (found["1.2"], found["1"], found["latest"]) == ("1.2.4", "1.2.4", "1.2.3")


def test_maintenance_release_that_users_were_moved_back_to_holds_latest() -> None:
    chosen = known("1.2.4", maintenance=True)._replace(chosen=frozenset({"latest"}))
    assert held(place("1.2.3", chosen))["latest"] == "1.2.4"


def test_there_is_no_tag_0() -> None:
    assert sorted(held(place("0.2.0"))) == ["0.2", "0.2-alpine", "latest"]


@pytest.mark.parametrize(
    "hidden",
    [
        known("1.2.4")._replace(withdrawn_for=V("1.2.3")),
        known("1.2.4")._replace(is_complete=False),
    ],
    ids=["withdrawn", "incomplete"],
)
def test_what_is_withdrawn_or_incomplete_holds_nothing(hidden: Known) -> None:
    assert held(place("1.2.3", hidden))["1.2"] == "1.2.3"


# What a tag holds


def test_tag_that_is_not_there_holds_nothing() -> None:
    assert holder(place("1.2.3"), "latest") is None


def test_target_of_a_version_of_ours_explains_a_tag_whatever_its_label() -> None:
    one = place("1.2.3")._replace(held={"latest": Held("sha256:1.2.3", "9.9.9")})
    assert holder(one, "latest") == V("1.2.3")


def test_label_explains_a_tag_before_the_target_of_a_foreign_version() -> None:
    foreign = known("1.5.0")._replace(is_ours=False)
    one = place(foreign)._replace(held={"latest": Held("sha256:1.5.0", "v1.4.0")})
    assert holder(one, "latest") == V("1.4.0")


@pytest.mark.parametrize("label", ["", "1", "22.04", "main"])
def test_target_of_a_foreign_version_explains_a_tag_whose_label_tells_none(label: str) -> None:
    foreign = known("1.5.0")._replace(is_ours=False)
    one = place(foreign)._replace(held={"latest": Held("sha256:1.5.0", label)})
    assert holder(one, "latest") == V("1.5.0")


def test_tag_whose_target_several_versions_have_holds_the_highest() -> None:
    same = known("1.2.4")._replace(target="sha256:1.2.3")
    assert holder(place("1.2.3", same, held={"latest": "1.2.3"}), "latest") == V("1.2.4")


def test_versions_without_a_target_explain_nothing() -> None:
    untold = Known(V("1.2.3"))
    assert holder(place(untold)._replace(held={"latest": Held("")}), "latest") is None


@pytest.mark.parametrize(
    ("named", "source", "version"),
    [
        ("https://git.example/acme/app", "https://git.example/acme/app", "1.2.3"),
        ("https://git.example/Acme/app.git", "https://git.example/acme/app/", "1.2.3"),
        ("https://git.example/acme/base", "https://git.example/acme/app", ""),
        ("", "https://git.example/acme/app", "1.2.3"),
        ("https://git.example/acme/app", "", "1.2.3"),
    ],
)
def test_label_that_a_base_image_left_tells_nothing(named: str, source: str, version: str) -> None:
    labels = {LABEL: "1.2.3", "org.opencontainers.image.source": named}
    assert label_version(labels, source) == version


def test_image_without_labels_tells_nothing() -> None:
    assert label_version({}, "https://git.example/acme/app") == ""


# What a release does


def test_first_release_makes_its_tags() -> None:
    found = actions(decide_all(place(), known("1.2.3")))
    assert found == dict.fromkeys(("1.2", "1", "latest", "1.2-alpine"), Action.FIRST)


def test_release_moves_its_tags_forward() -> None:
    one = place("1.2.3", held={"1.2": "1.2.3", "1": "1.2.3", "latest": "1.2.3"})
    found = decide_all(one, known("1.2.4"))[0]
    assert (found.tag, found.action, found.source) == ("1.2", Action.MOVE, V("1.2.3"))
    assert (found.held, found.to, found.warning) == ("sha256:1.2.3", known("1.2.4"), "")


def test_repeated_release_moves_nothing() -> None:
    tags = {"1.2": "1.2.3", "1": "1.2.3", "latest": "1.2.3", "1.2-alpine": "1.2.3"}
    found = actions(decide_all(place("1.2.3", held=tags), known("1.2.3")))
    assert set(found.values()) == {Action.HELD}


def test_late_maintenance_release_moves_its_own_lines_alone() -> None:
    tags = {"1.2": "1.2.3", "1": "1.2.3", "2.0": "2.0.0", "2": "2.0.0", "latest": "2.0.0"}
    one = place("1.2.3", "2.0.0", held=tags)
    found = applied(one, decide_all(one, known("1.2.4", maintenance=True))).held
    assert {tag: one.target for tag, one in found.items()} == {
        "1.2": "sha256:1.2.4",
        "1": "sha256:1.2.4",
        "1.2-alpine": "sha256:1.2.4",
        "2.0": "sha256:2.0.0",
        "2": "sha256:2.0.0",
        "latest": "sha256:2.0.0",
    }


def test_late_release_leaves_a_tag_to_a_higher_version_that_is_complete() -> None:
    one = place("1.2.4", held={"1.2": "1.2.2"})
    found = decide_all(one, known("1.2.3"))[0]
    assert (found.action, found.reason) == (Action.STAYS, "1.2.4 is higher")


def test_tag_moves_past_a_higher_version_that_is_not_complete() -> None:
    one = place("1.2.2", known("1.2.4")._replace(is_complete=False), held={"1.2": "1.2.2"})
    assert decide_all(one, known("1.2.3"))[0].is_move


def test_tag_that_holds_a_higher_version_stays_though_that_is_incomplete_now() -> None:
    one = place(known("1.2.4")._replace(is_complete=False), held={"1.2": "1.2.4"})
    found = decide_all(one, known("1.2.3"))[0]
    assert (found.action, found.reason, found.warning) == (
        Action.STAYS,
        "it holds 1.2.4, which is higher",
        "",
    )


def test_tag_leaves_a_higher_version_that_is_withdrawn() -> None:
    withdrawn = known("1.2.4")._replace(withdrawn_for=V("1.2.2"))
    assert decide_all(place(withdrawn, held={"1.2": "1.2.4"}), known("1.2.3"))[0].is_move


def test_release_that_is_withdrawn_moves_nothing() -> None:
    withdrawn = known("1.2.4")._replace(withdrawn_for=V("1.2.3"))
    found = decide_all(place("1.2.3", withdrawn, held={"1.2": "1.2.3"}), withdrawn)
    assert {(one.action, one.reason) for one in found} == {(Action.STAYS, "1.2.4 is withdrawn")}


@pytest.mark.parametrize("others", [(), ("1.2.3",)])
def test_release_that_is_not_complete_moves_nothing(others: tuple[str, ...]) -> None:
    found = decide_all(place(*others), known("1.2.4")._replace(is_complete=False))
    assert {(one.action, one.reason) for one in found} == {(Action.STAYS, "1.2.4 is not complete")}


def test_other_build_of_the_version_is_replaced() -> None:
    one = place()._replace(held={"latest": Held("sha256:by-hand", "1.2.3")})
    found = {one.tag: one for one in decide_all(one, known("1.2.3"))}["latest"]
    assert (found.action, found.source) == (Action.MOVE, V("1.2.3"))


# A tag that somebody made by hand


def by_hand(label: str = "") -> TagPlace:
    return place("1.2.3")._replace(held={"latest": Held("sha256:by-hand", label)})


def latest(one: TagPlace, text: str) -> Decision:
    return {found.tag: found for found in decide_all(one, known(text))}["latest"]


def test_tag_that_nothing_explains_moves_to_the_highest_version_with_a_warning() -> None:
    found = latest(by_hand(), "1.2.4")
    assert (found.action, found.source) == (Action.MOVE, None)
    assert found.warning == "no version explains what latest of app holds: sha256:by-hand"


def test_tag_that_nothing_explains_stays_when_the_release_is_not_the_highest() -> None:
    assert latest(by_hand(), "1.2.2").action is Action.STAYS


def test_tag_that_nothing_explains_stays_when_it_may_hold_a_version_without_an_image() -> None:
    one = by_hand()
    one = one._replace(known=(*one.known, known("1.3.0")._replace(is_complete=False, target="")))
    found = latest(one, "1.2.4")
    assert (found.action, found.reason) == (Action.STAYS, "it may hold 1.3.0, which is higher")
    assert found.warning


def test_tag_whose_label_tells_a_lower_version_moves_without_a_warning() -> None:
    found = latest(by_hand("1.2.0"), "1.2.4")
    assert (found.action, found.source, found.warning) == (Action.MOVE, V("1.2.0"), "")


def test_tag_whose_label_tells_a_higher_version_that_nobody_knows_stays_with_a_warning() -> None:
    found = latest(by_hand("3.0.0"), "1.2.4")
    assert (found.action, found.source) == (Action.STAYS, V("3.0.0"))
    assert found.warning == "nothing but the label of sha256:by-hand tells of 3.0.0"


# All tags of a place


def test_survey_tells_every_tag_that_is_not_right() -> None:
    withdrawn = known("2.0.0")._replace(withdrawn_for=V("1.2.4"))
    tags = {"1.2": "1.2.4", "1": "1.2.3", "2": "2.0.0", "latest": "2.0.0", "edge": "1.2.3"}
    assert actions(decisions_at(place("1.2.3", "1.2.4", withdrawn, held=tags))) == {
        "1.2": Action.HELD,
        "1": Action.MOVE,
        "latest": Action.MOVE,
        "1.2-alpine": Action.FIRST,
        "2": Action.LEFT,
    }


# Laws

NUMBERS = st.integers(0, 2)
SPELLED = st.builds(
    "{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["", "", "-rc.1", "-rc.2"])
)
RELEASES = st.lists(
    st.builds(lambda text, maintained: known(text, maintenance=maintained), SPELLED, st.booleans()),
    unique_by=lambda release: release.version,
    min_size=1,
    max_size=8,
)


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Known], list[Known]]:
    """Releases, and jobs for them in any order, each at least once."""
    releases = draw(RELEASES)
    again = draw(st.lists(st.sampled_from(releases), max_size=5))
    return releases, draw(st.permutations(releases + again))


def targets(one: TagPlace) -> dict[str, str]:
    return {tag: found.target for tag, found in one.held.items()}


def wanted(releases: Sequence[Known]) -> dict[str, str]:
    return {tag: one.target for tag, one in standing(place(*releases)).items()}


@given(runs())
def test_releases_in_any_order_end_where_the_rules_say(
    run: tuple[list[Known], list[Known]],
) -> None:
    releases, jobs = run
    one = place()
    for job in jobs:
        others = [known for known in one.known if known.version != job.version]
        one = applied(one, decide_all(one, job))._replace(known=(*others, job))
    assert targets(one) == wanted(releases)


@given(runs())
def test_jobs_that_see_all_versions_end_there_too(run: tuple[list[Known], list[Known]]) -> None:
    releases, jobs = run
    one = place(*releases)
    for job in jobs:
        one = applied(one, decide_all(one, job))
    assert targets(one) == wanted(releases)


@given(runs())
def test_no_job_moves_a_tag_backwards(run: tuple[list[Known], list[Known]]) -> None:
    releases, jobs = run
    one = place(*releases)
    for job in jobs:
        for found in decide_all(one, job):
            if found.is_move and found.source is not None and found.to is not None:
                assert found.source < found.to.version
        one = applied(one, decide_all(one, job))
