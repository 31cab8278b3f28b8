"""A whole history cut into the sections of its versions."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.changelog.timeline import Cut, Timeline, dependencies_told, passed_by
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tests.fakes import ADA, EVE, MemoryHistory


def timeline(history: MemoryHistory) -> Timeline:
    """What HEAD reaches, newest first, as git shows it."""
    assert history.head is not None
    return Timeline(visit.commit for visit in history.walk(history.head))


def tags_of(history: MemoryHistory) -> list[VersionTag]:
    return [
        VersionTag(name, Version.parse(name.removeprefix("v")), commit)
        for name, commit in history.refs.items()
    ]


def cuts(history: MemoryHistory, *, newcomers: bool = False) -> dict[str, Cut]:
    """A section for every tag and for what comes after them, by tag name."""
    line, tags = timeline(history), tags_of(history)
    assert history.head is not None
    newest = max(tags, key=lambda tag: tag.version, default=None)
    bases = {"": newest, **line.bases(tags, tags)}
    heads = [(None, history.head), *((tag, tag.commit) for tag in tags)]
    found = line.cuts(heads, bases, newcomers=newcomers)
    return {cut.tag.name if cut.tag is not None else "": cut for cut in found}


def titles(cut: Cut) -> list[str]:
    return sorted(commit.title for commit in cut.commits)


@st.composite
def histories(draw: st.DrawFn) -> MemoryHistory:
    """A history of merges in which some ancestors of HEAD have versions, in any order."""
    history = MemoryHistory()
    for number in range(draw(st.integers(1, 14))):
        earlier = list(history.commits)
        history.switch(draw(st.sampled_from(earlier)) if earlier else None)
        merged = draw(st.sets(st.sampled_from(earlier), max_size=2)) if earlier else set()
        history.commit(f"feat: {number}", *sorted(merged - {history.head}))
    assert history.head is not None
    tagged = st.sampled_from(sorted(history.reachable_from(history.head)))
    for patch in draw(st.lists(st.integers(0, 20), unique=True, max_size=6)):
        history.tag(f"v1.0.{patch}", draw(tagged))
    return history


def test_a_parent_that_git_shows_before_its_child_is_its_parent() -> None:
    history = MemoryHistory()
    ids = [history.commit(title) for title in ("feat: a", "fix: b")]
    history.tag("v1.0.0", ids[1])
    ids.append(history.commit("fix: c"))
    ids.append(history.commit("Merge", ids[0]))
    shown = [history.commits[ids[number]] for number in (1, 3, 2, 0)]
    line, [tag] = Timeline(shown), tags_of(history)
    found = line.cuts([(None, ids[3]), (tag, ids[1])], {"": tag, "v1.0.0": None}, newcomers=False)
    assert sorted(map(titles, found)) == [["Merge", "fix: c"], ["feat: a", "fix: b"]]


# Laws


@given(histories())
def test_a_section_is_what_is_reachable_from_a_version_and_not_from_its_base(
    history: MemoryHistory,
) -> None:
    for cut in cuts(history).values():
        head = cut.tag.commit if cut.tag is not None else history.head
        assert head is not None
        below = history.reachable_from(cut.base.commit) if cut.base is not None else frozenset()
        assert {commit.id for commit in cut.commits} == history.reachable_from(head) - below


@given(histories())
def test_a_base_is_the_highest_lower_version_among_the_ancestors(history: MemoryHistory) -> None:
    for cut in cuts(history).values():
        head = cut.tag.commit if cut.tag is not None else history.head
        assert head is not None
        held = [tag for tag in tags_of(history) if tag.commit in history.reachable_from(head)]
        lower = [tag for tag in held if cut.tag is None or tag.version < cut.tag.version]
        assert cut.base == max(lower, key=lambda tag: tag.version, default=None)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_commits_come_does_not_matter(
    history: MemoryHistory, chance: random.Random
) -> None:
    assert history.head is not None
    shuffled = [visit.commit for visit in history.walk(history.head)]
    chance.shuffle(shuffled)
    tags = tags_of(history)

    assert Timeline(shuffled).bases(tags, tags) == timeline(history).bases(tags, tags)


@given(histories())
def test_sections_come_in_the_order_in_which_they_were_asked_for(history: MemoryHistory) -> None:
    assert list(cuts(history)) == ["", *history.refs]


# Versions


def test_versions_on_one_line_follow_each_other() -> None:
    history = MemoryHistory()
    history.commit("a")
    history.commit("b", tag="v1.0.0")
    history.commit("c", tag="v1.1.0")
    history.commit("d")
    found = cuts(history)

    assert {name: titles(cut) for name, cut in found.items()} == {
        "v1.0.0": ["a", "b"],
        "v1.1.0": ["c"],
        "": ["d"],
    }


def test_two_spellings_of_a_version_have_one_base() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")
    history.commit("b", tag="v1.1.0")
    history.tag("1.1.0")
    tags = tags_of(history)
    bases = timeline(history).bases(tags, tags)

    assert bases["v1.1.0"] == bases["1.1.0"] == tags[0]


def test_a_history_without_tags_is_one_section() -> None:
    history = MemoryHistory()
    history.commit_all("a", "b")

    assert titles(cuts(history)[""]) == ["a", "b"]


def test_of_two_versions_on_one_commit_the_higher_is_empty() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")
    history.tag("v1.0.1")
    found = cuts(history)

    assert (titles(found["v1.0.0"]), titles(found["v1.0.1"])) == (["a"], [])


def test_a_lower_version_on_top_of_a_higher_one_has_the_base_it_had() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")
    history.commit("b", tag="v2.0.0")
    history.commit("c", tag="v1.1.0")
    found = cuts(history)

    assert titles(found["v1.1.0"]) == ["b", "c"]


def test_maintenance_merged_forward_stands_in_its_own_section_alone() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    fixed = history.commit("fix", tag="v1.0.1")
    history.switch(root)
    history.commit("b", tag="v2.0.0")
    history.merge(fixed, "merge")
    history.commit("c", tag="v2.1.0")
    found = cuts(history)

    assert titles(found["v1.0.1"]) == ["fix"]
    assert titles(found["v2.1.0"]) == ["c", "fix", "merge"]


def test_a_version_on_a_merged_side_branch_is_a_base() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    side = history.commit("b", tag="v1.1.0")
    history.switch(root)
    history.commit("c")
    history.merge(side, "merge")

    assert titles(cuts(history)[""]) == ["c", "merge"]


def test_tags_elsewhere_are_no_bases() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    side = history.commit("b", tag="v1.1.0")
    history.switch(root)
    history.commit("c", tag="v1.2.0")
    line = timeline(history)
    low, high, latest = tags_of(history)

    assert side not in line
    assert line.bases([latest], [low, high, latest]) == {"v1.2.0": low}


# What commits name outside their section


def test_a_section_knows_the_released_commits_that_it_names() -> None:
    history = MemoryHistory()
    old = history.commit("feat: a", tag="v1.0.0")
    history.cherry_pick(old)
    history.revert(old)

    assert cuts(history)[""].released == {old: "feat: a"}


def test_a_commit_on_another_line_is_not_released() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    other = history.commit("feat: b")
    history.switch(root)
    history.cherry_pick(other)
    history.tag("v1.1.0")
    history.merge(other)

    assert cuts(history)["v1.1.0"].released == {}


def test_a_commit_that_does_not_exist_is_not_released() -> None:
    history = MemoryHistory()
    history.commit(f"feat: a\n\n(cherry picked from commit {'f' * 40})")

    assert cuts(history)[""].released == {}


# Versions beside a history


def beside(*inside: str, outside: dict[str, str]) -> list[tuple[str, str]]:
    """What was passed by of versions on a line, and of others made before one of those each."""
    history = MemoryHistory()
    history.commit("chore: begin")
    for name in inside:
        for other in (other for other, before in outside.items() if before == name):
            here = history.head
            history.commit("chore: release", tag=other)
            history.switch(here)
        history.commit("fix: a", tag=name)
    found = passed_by(timeline(history), tags_of(history), history.made)
    return [(tag.name, above.name) for tag, above in found]


def test_a_version_that_was_tagged_before_the_next_one_is_passed_by() -> None:
    outside = {"v1.0.1": "v1.1.0", "v1.2.0": "v2.0.0", "v1.3.0": "v2.0.0"}
    found = beside("v1.0.0", "v1.1.0", "v2.0.0", outside=outside)
    assert found == [("v1.3.0", "v2.0.0"), ("v1.2.0", "v2.0.0"), ("v1.0.1", "v1.1.0")]


@pytest.mark.parametrize(
    "outside",
    [
        {"v1.0.1": "v2.0.0"},  # of a line that is kept up
        {"v2.1.0": "v1.1.0"},  # of one that is ahead
        {"v1.0.1-rc.1": "v1.1.0"},
        {"1.1.0": "v1.1.0"},  # the same version again
    ],
)
def test_a_version_of_another_line_is_not(outside: dict[str, str]) -> None:
    assert beside("v1.0.0", "v1.1.0", "v2.0.0", outside=outside) == []


# Newcomers


def test_newcomers_are_authors_without_an_earlier_commit() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")
    history.commit("b", author=EVE)
    history.commit("c", tag="v1.1.0")
    history.commit("d", author=EVE)
    found = cuts(history, newcomers=True)

    assert {name: cut.newcomers for name, cut in found.items()} == {
        "v1.0.0": {ADA},
        "v1.1.0": {EVE},
        "": frozenset(),
    }


def test_an_author_is_new_on_each_of_two_lines() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    side = history.commit("b", author=EVE, tag="v1.0.1")
    history.switch(root)
    history.commit("c", author=EVE, tag="v1.1.0")
    history.merge(side)
    found = cuts(history, newcomers=True)

    assert found["v1.0.1"].newcomers == found["v1.1.0"].newcomers == {EVE}


def test_addresses_are_one_whatever_their_case() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")
    history.commit("b", author=ADA.upper())

    assert cuts(history, newcomers=True)[""].newcomers == frozenset()


def test_newcomers_are_not_counted_unless_they_are_asked_for() -> None:
    history = MemoryHistory()
    history.commit("a")

    assert cuts(history)[""].newcomers == frozenset()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ()),
        ("core 1.4.1, @acme/lib 2.0.0-rc.1", (("core", "1.4.1"), ("@acme/lib", "2.0.0-rc.1"))),
        ("core", (("core", ""),)),
    ],
)
def test_dependencies_are_read_with_their_versions(
    text: str, told: tuple[tuple[str, str], ...]
) -> None:
    assert dependencies_told(text) == told
