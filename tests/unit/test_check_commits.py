"""Which messages are checked, and where their faults are."""

import pytest

from tagboat.core.errors import UsageError
from tagboat.core.lint.header_rules import LintRules
from tagboat.core.lint.lint import Cleanup
from tagboat.use_cases.inspect.check import check_commits, check_edited, commits_of_range
from tests.fakes import MemoryHistory

RULES = LintRules()


@pytest.fixture
def history() -> MemoryHistory:
    """Two commits that are well, one that nearly is."""
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    history.commit("fix: b")
    history.commit("feat:c")
    return history


def test_faults_name_the_commit_its_title_and_the_line(history: MemoryHistory) -> None:
    commits = commits_of_range(history, "v1.0.0")
    faults = check_commits([commit._replace(message="fix b\n\nx") for commit in commits], RULES)
    assert {(one.title, one.text, one.is_error) for one in faults} == {("fix b", "fix b", True)}
    assert {one.commit for one in faults} == {commit.id for commit in commits}


def test_merges_are_not_checked(history: MemoryHistory) -> None:
    main = history.head
    history.switch(history.refs["v1.0.0"])
    side = history.commit("docs: d")
    history.switch(main)
    merge = history.merge(side, "Whatever")
    assert check_commits([history.commits[merge]], RULES) == ()


def test_comments_of_an_editor_are_no_part_of_a_message() -> None:
    [fault, *_] = check_edited("# comment\nfix b\n# another\n", RULES, Cleanup())
    assert (fault.commit, fault.text, fault.fault.line) == ("", "fix b", 2)


def test_message_that_is_well_has_no_faults() -> None:
    assert check_edited("fix: b\n", RULES, Cleanup()) == ()


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("v1.0.0..HEAD", ["fix: b", "feat:c"]),
        ("v1.0.0", ["fix: b", "feat:c"]),
        ("v1.0.0..", ["fix: b", "feat:c"]),
        ("..v1.0.0", []),
    ],
)
def test_range_is_read_as_git_does_oldest_first(
    history: MemoryHistory, text: str, titles: list[str]
) -> None:
    assert [commit.title for commit in commits_of_range(history, text)] == titles


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("v1.0.0...HEAD", "is a symmetric range", "write it with two dots: A..B"),
        ("..", "names no commits", "write it like v1.0.0..HEAD"),
        ("v2.0.0..HEAD", "names no commit", ""),
    ],
)
def test_other_ranges_are_refused(history: MemoryHistory, text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        commits_of_range(history, text)
    assert caught.value.hint == hint
