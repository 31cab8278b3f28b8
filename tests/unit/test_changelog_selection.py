"""Which releases a changelog holds, and what they are called there."""

import pytest

from tagboat.core.changelog.options import ChangelogOptions
from tagboat.core.errors import UsageError
from tagboat.core.forge.links import Links
from tagboat.core.next_version.package import Package
from tagboat.use_cases.changelog.changelog import Changelog, Selection, Style
from tagboat.use_cases.changelog.sections import Sections
from tagboat.use_cases.next_version.next_version import decided
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query
from tests.fakes import MemoryHistory, MemoryRemote, OneWorker, PlainRenderer

ROOT = Package()
STYLE = Style(PlainRenderer(), ChangelogOptions(), Links("", "", ""))
EVERYTHING = Selection()
NOW = 1_700_000_000


@pytest.fixture
def history() -> MemoryHistory:
    """v1.0.0, v1.1.0 with a folded prerelease, and a fix."""
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.commit("fix: c", tag="v1.1.0")
    history.commit("fix: d")
    return history


def changelog(history: MemoryHistory, *, as_next: bool = False) -> Changelog:
    finder = BaseFinder(history, MemoryRemote(None, history), ROOT, Query())
    repository_state = finder.repository_state(history.facts())
    release = (decided(history, ROOT, repository_state), NOW, "") if as_next else None
    return Changelog(Sections(history, ROOT), repository_state, STYLE, release)


def written(
    history: MemoryHistory, text: str = "", *, unreleased: bool = False, as_next: bool = False
) -> list[str]:
    """The lines of a changelog that are not empty."""
    wanted = Selection(text, unreleased)
    pieces = changelog(history, as_next=as_next).text(history, wanted, OneWorker())
    return "".join(pieces).split("\n")[:-1]


def updated(history: MemoryHistory, existing: str, wanted: Selection = EVERYTHING) -> str:
    return changelog(history, as_next=True).updated(existing, history, wanted, OneWorker())


# What is written


def test_a_whole_changelog_has_the_highest_version_first(history: MemoryHistory) -> None:
    assert written(history) == [
        "# Changelog",
        "## Unreleased",
        "- d",
        "## 1.1.0",
        "- b",
        "- c",
        "## 1.0.0",
        "- a",
    ]


def test_without_anything_unreleased_there_is_no_heading_for_it(history: MemoryHistory) -> None:
    history.tag("v1.1.1")

    assert written(history)[:3] == ["# Changelog", "## 1.1.1", "- d"]


def test_a_version_without_anything_to_say_keeps_its_heading(history: MemoryHistory) -> None:
    history.tag("v1.1.1")
    history.commit("docs: e", tag="v1.1.2")

    assert written(history)[:3] == ["# Changelog", "## 1.1.2", "## 1.1.1"]


def test_before_the_first_commit_a_changelog_is_empty() -> None:
    assert written(MemoryHistory()) == ["# Changelog"]


def test_what_is_unreleased_stands_without_the_rest(history: MemoryHistory) -> None:
    assert written(history, unreleased=True) == ["## Unreleased", "- d"]


@pytest.mark.parametrize("text", ["1.1.0", "v1.1.0"])
def test_the_notes_of_one_version_stand_without_the_rest(history: MemoryHistory, text: str) -> None:
    assert written(history, text) == ["## 1.1.0", "- b", "- c"]


def test_a_folded_prerelease_has_notes_if_it_is_asked_for(history: MemoryHistory) -> None:
    assert written(history, "1.1.0-rc.1") == ["## 1.1.0-rc.1", "- b"]


def test_a_version_that_no_tag_spells_is_an_error(history: MemoryHistory) -> None:
    with pytest.raises(UsageError, match=r"no tag spells version 3\.0\.0"):
        written(history, "3.0.0")


# Ranges


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("1.0.0..1.1.0", ["## 1.1.0"]),
        ("v1.0.0..v1.1.0", ["## 1.1.0"]),
        ("1.0.0..", ["## Unreleased", "## 1.1.0"]),
        ("1.0.0..HEAD", ["## Unreleased", "## 1.1.0"]),
        ("..1.1.0", ["## 1.1.0", "## 1.0.0"]),
        ("..", ["## Unreleased", "## 1.1.0", "## 1.0.0"]),
        ("1.1.0..1.1.0", []),
    ],
)
def test_a_range_holds_the_versions_after_its_start(
    history: MemoryHistory, text: str, headings: list[str]
) -> None:
    assert [line for line in written(history, text) if line.startswith("## ")] == headings


def test_a_range_may_name_commits(history: MemoryHistory) -> None:
    first, _, third, _ = history.commits

    assert written(history, f"{first}..{third}") == ["# Changelog", "## 1.1.0", "- b", "- c"]


@pytest.mark.parametrize("branch", ["main", "next", "beta"])
def test_a_range_that_ends_on_a_prerelease_holds_its_prereleases(
    history: MemoryHistory, branch: str
) -> None:
    history.commit("feat: e", tag="v1.2.0-rc.1")
    history.commit("fix: f", tag="v1.2.0-rc.2")
    history.branch = branch

    assert written(history, "1.1.0..1.2.0-rc.2") == [
        "# Changelog",
        "## 1.2.0-rc.2",
        "- f",
        "## 1.2.0-rc.1",
        "- d",
        "- e",
    ]


def test_a_range_with_three_dots_is_an_error_that_says_what_to_write(
    history: MemoryHistory,
) -> None:
    with pytest.raises(UsageError, match="symmetric range") as error:
        written(history, "1.0.0...1.1.0")
    assert error.value.hint == "write two dots: A..B"


@pytest.mark.parametrize("text", ["nothing..HEAD", "1.0.0..nothing"])
def test_a_range_between_what_is_not_there_is_an_error(history: MemoryHistory, text: str) -> None:
    with pytest.raises(UsageError, match="'nothing' names no commit"):
        written(history, text)


# Under the version to come


def test_what_is_unreleased_may_stand_under_the_next_version(history: MemoryHistory) -> None:
    assert written(history, unreleased=True, as_next=True) == ["## 1.1.1", "- d"]


def test_where_nothing_is_due_the_unreleased_part_stays_unreleased(
    history: MemoryHistory,
) -> None:
    history.tag("v1.1.1")
    history.commit("docs: e")

    assert written(history, unreleased=True, as_next=True) == ["## Unreleased"]


# Inserting


def test_an_update_inserts_what_is_missing(history: MemoryHistory) -> None:
    existing = "# Changelog\n\n## 1.0.0\n- a, by hand\n"
    found = updated(history, existing)

    assert [line for line in found.split("\n") if line.startswith("## ")] == [
        "## 1.1.1",
        "## 1.1.0",
        "## 1.0.0",
    ]
    assert found.endswith("## 1.0.0\n- a, by hand\n")


def test_an_update_twice_is_an_update_once(history: MemoryHistory) -> None:
    once = updated(history, "# Changelog\n\n## 1.0.0\n- a, by hand\n")

    assert updated(history, once) == once


def test_an_update_of_nothing_has_a_header(history: MemoryHistory) -> None:
    assert updated(history, "").startswith("# Changelog\n")


def test_an_update_may_insert_one_version(history: MemoryHistory) -> None:
    found = updated(history, "# Changelog\n", Selection("1.1.0"))

    assert [line for line in found.split("\n") if line.startswith("## ")] == ["## 1.1.0"]


def test_an_update_where_nothing_is_unreleased_changes_nothing(history: MemoryHistory) -> None:
    history.tag("v1.1.1")
    existing = "# Changelog\n"

    assert updated(history, existing, Selection(unreleased=True)) == existing
