"""Which issues and pull requests a version ships."""

from tagboat.core.bump.assess import Policy, assess
from tagboat.core.changelog.entry import shipped
from tagboat.core.commits.commit import CommitGraph
from tagboat.core.forge.release import Item
from tests.fakes import MemoryHistory


def items(history: MemoryHistory) -> list[str]:
    """What the commits ship, as forges write it."""
    graph = CommitGraph(reversed(history.commits.values()))
    found = shipped(assess(graph, Policy()))
    return [f"{'#' if kind == 'issue' else '!'}{number}" for kind, number in found]


def test_pull_request_of_a_title_and_issues_that_are_closed_are_shipped() -> None:
    history = MemoryHistory()
    history.commit("feat: a (#12)\n\nCloses #7 and fixes #8.")
    assert items(history) == ["#12", "#7", "#8"]


def test_what_is_only_mentioned_is_not_shipped() -> None:
    history = MemoryHistory()
    history.commit("feat: a\n\nSee #7, refs #8.")
    assert items(history) == []


def test_other_repositories_are_left_alone() -> None:
    history = MemoryHistory()
    history.commit("feat: a (acme/other#12)\n\nCloses acme/other#7.")
    assert items(history) == []


def test_merges_ship_what_they_merge() -> None:
    history = MemoryHistory()
    base = history.commit("chore: base")
    side = history.commit("feat: a")
    history.switch(base)
    history.merge(side, "Merge pull request #12 from acme/a\n\nFeature a")
    assert items(history) == ["#12"]


def test_merge_requests_are_told_from_issues() -> None:
    history = MemoryHistory()
    base = history.commit("chore: base")
    side = history.commit("feat: a\n\nCloses #7, !9")
    history.switch(base)
    history.merge(side, "Merge branch 'a' into 'main'\n\nFeature\n\nSee merge request acme/app!12")
    assert sorted(items(history)) == ["!12", "!9", "#7"]


def test_each_is_there_once() -> None:
    history = MemoryHistory()
    history.commit("feat: a (#12)\n\nCloses #7")
    history.commit("fix: b (#12)\n\nFixes #7")
    assert items(history) == ["#12", "#7"]


def test_what_was_taken_back_is_not_shipped() -> None:
    history = MemoryHistory()
    history.revert(history.commit("feat: a (#12)"))
    assert items(history) == []


def test_items_are_values() -> None:
    history = MemoryHistory()
    history.commit("feat: a (#12)")
    graph = CommitGraph(reversed(history.commits.values()))
    assert shipped(assess(graph, Policy())) == (Item("issue", 12),)
