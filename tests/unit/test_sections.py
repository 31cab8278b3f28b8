"""What each version brought: one by one, or all of a history."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.bump.assess import CommitVerdict
from tagboat.core.changelog.timeline import Section
from tagboat.core.commits.commit import Visit
from tagboat.core.next_version.package import Package
from tagboat.use_cases.changelog.sections import SectionOptions, Sections
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query, RepositoryState
from tests.fakes import ADA, EVE, MemoryHistory, MemoryRemote

ROOT = Package()
FOLDED = SectionOptions()
KEPT = SectionOptions(folded=False)
PEOPLE = SectionOptions(newcomers=True)
CHANNELS = st.sampled_from(["main", "next"])


def survey_of(
    history: MemoryHistory, channel: str = "main", package: Package = ROOT
) -> RepositoryState:
    finder = BaseFinder(history, MemoryRemote(None, history), package, Query(channel=channel))
    return finder.repository_state(history.facts())


def every(
    history: MemoryHistory,
    wanted: SectionOptions = FOLDED,
    channel: str = "main",
    package: Package = ROOT,
) -> list[Section]:
    """All sections of HEAD."""
    assert history.head is not None
    sections = Sections(history, package, wanted)
    return list(sections.all(survey_of(history, channel, package), history.head))


def counted(section: Section) -> list[str]:
    """The titles of the commits that count, sorted."""
    kept = (CommitVerdict.COUNTED, CommitVerdict.NO_RELEASE)
    return sorted(i.commit.title for i in section.assessments if i.verdict in kept)


def outline(sections: list[Section]) -> dict[str, list[str]]:
    return {section.tag: counted(section) for section in sections}


def one(history: MemoryHistory, name: str, wanted: SectionOptions = FOLDED) -> Section:
    """The section of one version, read on its own."""
    tagging = survey_of(history).tagging
    (tag,) = (tag for tag in tagging.tags if tag.name == name)
    return Sections(history, ROOT, wanted).of_version(tagging, tag)


def unreleased(
    history: MemoryHistory, channel: str = "main", wanted: SectionOptions = FOLDED
) -> Section:
    return Sections(history, ROOT, wanted).unreleased(survey_of(history, channel))


@pytest.fixture
def history() -> MemoryHistory:
    """v1.0.0, v1.1.0-rc.1, v1.1.0-rc.2, v1.1.0 and a fix, one line."""
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.commit("fix: c", tag="v1.1.0-rc.2")
    history.commit("fix: d", tag="v1.1.0")
    history.commit("fix: e")
    return history


@st.composite
def histories(draw: st.DrawFn) -> MemoryHistory:
    """Merges, maintenance and prereleases in any order, with reverts and cherry-picks."""
    history = MemoryHistory()
    for number in range(draw(st.integers(1, 12))):
        earlier = list(history.commits)
        history.switch(draw(st.sampled_from(earlier)) if earlier else None)
        what = draw(st.sampled_from(["commit", "merge", "revert", "pick"])) if earlier else "commit"
        other = draw(st.sampled_from(earlier)) if earlier else ""
        if what == "merge" and other != history.head:
            history.merge(other)
        elif what == "revert":
            history.revert(other)
        elif what == "pick":
            history.cherry_pick(other)
        else:
            history.commit(f"feat: {number}", author=draw(st.sampled_from([ADA, EVE])))
    versions = [f"v1.{minor}.0{rc}" for minor in (0, 1, 2) for rc in ("-rc.1", "-rc.2", "")]
    for name in draw(st.lists(st.sampled_from(versions), unique=True)):
        history.tag(name, draw(st.sampled_from(list(history.commits))))
    return history


# Laws


@given(histories(), CHANNELS, st.sampled_from([PEOPLE, PEOPLE._replace(folded=False)]))
def test_a_version_s_notes_are_the_same_alone_and_in_the_whole_changelog(
    history: MemoryHistory, channel: str, wanted: SectionOptions
) -> None:
    for section in every(history, wanted, channel):
        if section.version is not None:
            assert section == one(history, section.tag, wanted)


@given(histories(), CHANNELS)
def test_what_is_unreleased_is_the_same_alone_and_in_the_whole_changelog(
    history: MemoryHistory, channel: str
) -> None:
    assert every(history, PEOPLE, channel)[0] == unreleased(history, channel, PEOPLE)


@given(histories())
def test_versions_come_highest_first(history: MemoryHistory) -> None:
    found = [section.version for section in every(history, KEPT)[1:]]

    assert found == sorted((v for v in found if v is not None), reverse=True)


# All sections


def test_each_version_has_a_section_below_what_is_unreleased(history: MemoryHistory) -> None:
    assert outline(every(history)) == {
        "": ["fix: e"],
        "v1.1.0": ["feat: b", "fix: c", "fix: d"],
        "v1.0.0": ["feat: a"],
    }


def test_prereleases_are_kept_where_that_is_wanted(history: MemoryHistory) -> None:
    assert outline(every(history, KEPT)) == {
        "": ["fix: e"],
        "v1.1.0": ["feat: b", "fix: c", "fix: d"],
        "v1.1.0-rc.2": ["fix: c"],
        "v1.1.0-rc.1": ["feat: b"],
        "v1.0.0": ["feat: a"],
    }


def test_prereleases_above_the_last_stable_version_stand_on_their_channel(
    history: MemoryHistory,
) -> None:
    history.commit("feat: f", tag="v1.2.0-rc.1")

    assert list(outline(every(history, channel="next"))) == ["", "v1.2.0-rc.1", "v1.1.0", "v1.0.0"]
    assert list(outline(every(history))) == ["", "v1.1.0", "v1.0.0"]


def test_prereleases_without_any_stable_version_stand_on_their_channel() -> None:
    history = MemoryHistory()
    history.commit("feat: a", tag="v0.1.0-rc.1")

    assert outline(every(history, channel="next")) == {"": [], "v0.1.0-rc.1": ["feat: a"]}


def test_what_is_unreleased_on_a_prerelease_channel_counts_from_its_newest(
    history: MemoryHistory,
) -> None:
    history.commit("feat: f", tag="v1.2.0-rc.1")
    history.commit("fix: g")

    assert counted(every(history, channel="next")[0]) == ["fix: g"]
    assert counted(every(history)[0]) == ["feat: f", "fix: e", "fix: g"]


def test_prereleases_of_two_tokens_do_not_cut_each_other(history: MemoryHistory) -> None:
    history.commit("feat: f", tag="v1.2.0-beta.1")
    history.commit("fix: g", tag="v1.2.0-rc.1")

    assert outline(every(history, KEPT))["v1.2.0-rc.1"] == ["feat: f", "fix: e", "fix: g"]


def test_maintenance_merged_forward_keeps_its_own_section(history: MemoryHistory) -> None:
    tip = history.head
    history.switch(history.refs["v1.0.0"])
    fixed = history.commit("fix: old", tag="v1.0.1")
    history.switch(tip)
    history.merge(fixed)
    found = outline(every(history))

    assert found["v1.0.1"] == ["fix: old"]
    assert found[""] == ["fix: e", "fix: old"]


def test_a_backport_stands_in_the_sections_of_both_lines(history: MemoryHistory) -> None:
    history.tag("v1.1.1")
    source, tip = history.refs["v1.1.1"], history.head
    history.switch(history.refs["v1.0.0"])
    backport = history.cherry_pick(source, tag="v1.0.1")
    history.switch(tip)
    history.merge(backport, tag="v1.2.0")
    found = outline(every(history))

    assert (found["v1.1.1"], found["v1.0.1"], found["v1.2.0"]) == (["fix: e"], ["fix: e"], [])


def test_a_version_that_is_spelled_twice_has_one_section(history: MemoryHistory) -> None:
    history.tag("1.1.0", history.refs["v1.1.0"])
    history.tag("v2.0.0")

    assert list(outline(every(history))) == ["", "v2.0.0", "v1.1.0", "v1.0.0"]


def test_of_two_unusual_spellings_one_has_the_section(history: MemoryHistory) -> None:
    history.tag("1.0.0", history.refs.pop("v1.0.0"))
    history.tag("V1.0.0", history.refs["1.0.0"])
    history.tag("v2.0.0")

    assert list(outline(every(history))) == ["", "v2.0.0", "v1.1.0", "1.0.0"]


def test_a_history_without_tags_is_unreleased(history: MemoryHistory) -> None:
    history.refs.clear()

    assert len(counted(every(history)[0])) == 5


def test_a_section_knows_its_tag_and_its_base(history: MemoryHistory) -> None:
    _, latest, _ = every(history)

    assert (str(latest.version), latest.commit) == ("1.1.0", history.refs["v1.1.0"])
    assert (latest.previous, latest.time) == ("v1.0.0", history.made["v1.1.0"])


def test_the_unreleased_section_has_no_version_and_names_head(history: MemoryHistory) -> None:
    section = every(history)[0]

    assert (section.version, section.tag, section.time) == (None, "", None)
    assert (section.commit, section.previous) == (history.head, "v1.1.0")


def test_pairs_that_revert_each_other_are_gone_from_a_section(history: MemoryHistory) -> None:
    history.revert(history.commit("feat: f"))

    assert counted(every(history)[0]) == ["fix: e"]


def test_a_package_with_paths_has_sections_of_its_own() -> None:
    history = MemoryHistory()
    history.commit("feat: a", path="web/a", tag="v1.0.0")
    history.commit("feat: b", path="api/b")
    history.commit("feat: c", path="web/c")

    assert outline(every(history, package=Package(paths=("api",)))) == {
        "": ["feat: b"],
        "v1.0.0": [],
    }


def test_prerelease_is_shown_where_no_stable_version_has_its_changes() -> None:
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    start = history.head
    history.commit("feat: b", tag="v1.1.0-rc.1")
    prerelease = history.commit("feat: c", tag="v2.0.0-rc.1")
    history.switch(start)
    history.commit("fix: d", tag="v1.1.0")
    history.merge(prerelease)
    assert outline(every(history, FOLDED, "next")) == {
        "": ["fix: d"],
        "v2.0.0-rc.1": ["feat: c"],
        "v1.1.0": ["fix: d"],
        "v1.1.0-rc.1": ["feat: b"],
        "v1.0.0": ["feat: a"],
    }
    assert outline(every(history)) == {
        "": ["feat: b", "feat: c"],
        "v1.1.0": ["fix: d"],
        "v1.0.0": ["feat: a"],
    }


def test_the_walk_over_all_history_can_be_watched(history: MemoryHistory) -> None:
    seen: list[str] = []

    def watch(visits: Iterator[Visit]) -> Iterator[Visit]:
        for visit in visits:
            seen.append(visit.commit.title)
            yield visit

    every(history, SectionOptions(watch=watch))

    assert len(seen) == 5


# Versions that have no section


def told_of(history: MemoryHistory, floor: str = "") -> list[str]:
    told: list[str] = []
    sections = Sections(history, ROOT, SectionOptions(tell=told.append))
    state = survey_of(history)
    sections.planned(state, history.head or "", history.refs.get(floor, ""))
    return told


def tagged_beside(history: MemoryHistory, *names: str) -> None:
    """Versions whose own commits nothing is based on."""
    here = history.head
    for name in names:
        history.commit("chore: release", tag=name)
        history.switch(here)


def test_versions_that_are_tagged_beside_the_branch_are_told(history: MemoryHistory) -> None:
    tagged_beside(history, "v1.1.1")
    history.commit("fix: f", tag="v1.2.0")
    ending = "no section: what leads up to it stands under the version that follows"
    assert told_of(history) == [f"v1.1.1 is tagged beside this branch and has {ending}"]

    tagged_beside(history, "v1.2.1", "v1.2.2", "v1.2.3", "v1.2.4")
    history.commit("fix: g", tag="v1.3.0")
    told = "v1.2.4, v1.2.3, v1.2.2 and 2 more are tagged beside this branch and have no section"
    assert [one.partition(":")[0] for one in told_of(history)] == [told]


def test_versions_beside_what_is_left_out_are_not_told(history: MemoryHistory) -> None:
    tagged_beside(history, "v1.1.1")
    history.commit("fix: f", tag="v1.2.0")
    history.commit("fix: g", tag="v1.3.0")
    assert len(told_of(history, "v1.1.0")) == 1
    assert told_of(history, "v1.2.0") == []
    assert told_of(history, "v1.1.1") == []


def test_versions_of_another_line_are_not_told(history: MemoryHistory) -> None:
    here = history.head
    history.commit("fix: there")
    history.commit("fix: there too", tag="v1.1.1")
    history.switch(here)
    history.commit("fix: f", tag="v1.2.0")
    assert told_of(history) == []


def test_where_no_version_is_beside_the_branch_nothing_is_asked(history: MemoryHistory) -> None:
    assert told_of(history) == []
    assert "objects" not in history.asked


# Squashes that took in what was released


TAKEN_IN = "Dark mode (#9)\n\n* feat: dark mode\n\n* feat: b (#1)\n\n* fix: c"


def shown(section: Section) -> list[str]:
    return [change.description for item in section.assessments for change in item.changes]


def test_a_squash_that_took_in_released_commits_tells_them_no_more() -> None:
    history = MemoryHistory()
    history.commit("feat: b (#1)")
    history.commit("fix: c", tag="v1.0.0")
    history.commit(TAKEN_IN, tag="v1.1.0")
    (_, newest, _) = every(history)
    assert shown(newest) == ["dark mode"]
    assert one(history, "v1.1.0") == newest


def test_a_squash_tells_what_its_own_version_has_beside_it() -> None:
    history = MemoryHistory()
    history.commit("chore: begin", tag="v1.0.0")
    history.commit("feat: b (#1)")
    history.commit(TAKEN_IN, tag="v1.1.0")
    (_, newest, _) = every(history)
    assert shown(newest) == ["b (#1)", "dark mode", "b (#1)", "c"]
    assert one(history, "v1.1.0") == newest


def test_what_another_line_released_is_told_where_it_was_taken_in() -> None:
    history = MemoryHistory()
    root = history.commit("chore: begin", tag="v1.0.0")
    history.commit("feat: b (#1)", tag="v0.9.1")
    history.switch(root)
    history.commit(TAKEN_IN, tag="v1.1.0")
    (_, newest, _) = every(history)
    assert shown(newest) == ["dark mode", "b (#1)", "c"]
    assert one(history, "v1.1.0") == newest


def test_what_is_not_released_yet_lists_nothing_released() -> None:
    history = MemoryHistory()
    history.commit("feat: b (#1)")
    history.commit("fix: c", tag="v1.0.0")
    history.commit(TAKEN_IN)
    assert shown(unreleased(history)) == ["dark mode"]
    assert every(history)[0] == unreleased(history)


def test_all_of_history_is_read_only_where_a_list_may_tell_of_it(history: MemoryHistory) -> None:
    unreleased(history)
    assert all(exclude for _, exclude in history.walks)


# Ranges


def test_a_floor_leaves_out_what_it_reaches(history: MemoryHistory) -> None:
    assert history.head is not None
    sections = Sections(history, ROOT).all(survey_of(history), history.head, history.refs["v1.0.0"])

    assert [section.tag for section in sections] == ["", "v1.1.0"]


def test_a_range_that_ends_on_a_version_has_nothing_unreleased(history: MemoryHistory) -> None:
    sections = Sections(history, ROOT).all(
        survey_of(history), history.refs["v1.1.0"], released=True
    )

    assert [section.tag for section in sections] == ["v1.1.0", "v1.0.0"]


# One section


def test_the_notes_of_a_prerelease_count_from_the_one_before(history: MemoryHistory) -> None:
    section = one(history, "v1.1.0-rc.2")

    assert (section.previous, counted(section)) == ("v1.1.0-rc.1", ["fix: c"])


def test_the_notes_of_a_stable_version_fold_its_prereleases(history: MemoryHistory) -> None:
    section = one(history, "v1.1.0")

    assert (section.previous, counted(section)) == ("v1.0.0", ["feat: b", "fix: c", "fix: d"])


def test_the_notes_of_the_first_version_hold_everything_before_it(history: MemoryHistory) -> None:
    section = one(history, "v1.0.0")

    assert (section.previous, counted(section)) == ("", ["feat: a"])


def test_the_unreleased_of_a_prerelease_channel_counts_from_its_newest(
    history: MemoryHistory,
) -> None:
    history.commit("feat: f", tag="v1.2.0-rc.1")
    history.commit("fix: g")
    section = unreleased(history, "next")

    assert (section.previous, counted(section)) == ("v1.2.0-rc.1", ["fix: g"])


# Newcomers


def test_newcomers_are_found_where_they_are_wanted(history: MemoryHistory) -> None:
    history.commit("fix: f", author=EVE)

    assert unreleased(history, wanted=PEOPLE).newcomers == frozenset({EVE})
    assert unreleased(history).newcomers is None


def test_everybody_is_new_in_the_first_version(history: MemoryHistory) -> None:
    assert one(history, "v1.0.0", PEOPLE).newcomers == frozenset({ADA})


def test_nobody_is_new_where_nothing_happened() -> None:
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")

    assert unreleased(history, wanted=PEOPLE).newcomers == frozenset()
