"""What lies between two versions, by the command line, without images."""

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo


@pytest.fixture
def lines(repo: GitRepo) -> GitRepo:
    """Two lines: 1.0.1 on one, and 2.0.0 on the other."""
    repo.commit("feat: begin")
    repo.tag("v1.0.0")
    repo.switch("1.x", at="main")
    repo.commit("fix: old")
    repo.tag("v1.0.1")
    repo.switch("main")
    repo.commit("feat!: other\n\nBREAKING CHANGE: all is new")
    repo.commit("docs: tell")
    repo.tag("v2.0.0")
    return repo


def test_changes_and_what_breaks_are_told(lines: GitRepo) -> None:
    result = tagboat("diff", "1.0.0", "2.0.0", cwd=lines.path)
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("v1.0.0 .. v2.0.0: 2 commits\n")
    assert "other" in result.stdout
    assert "all is new" in result.stdout
    assert "Only in" not in result.stdout


def test_what_the_first_version_alone_has_is_told(lines: GitRepo) -> None:
    result = tagboat("diff", "v1.0.1", "2.0.0", cwd=lines.path)
    assert "Only in v1.0.1\n\n- fix: old (" in result.stdout


def test_nothing_lies_between_a_version_and_itself(lines: GitRepo) -> None:
    result = tagboat("diff", "1.0.0", "1.0.0", cwd=lines.path)
    assert result.stdout.startswith("v1.0.0 .. v1.0.0: 0 commits\n")


def test_version_that_no_tag_spells_is_refused(lines: GitRepo) -> None:
    result = tagboat("diff", "1.0.0", "3.0.0", cwd=lines.path)
    assert (result.code, result.stdout) == (2, "")
    assert "no tag spells version 3.0.0" in result.stderr
