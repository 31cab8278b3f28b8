"""What doesn't count is named wherever a version is told."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote

TELLING = (("version", "next"), ("plan",), ("release",), ("explain",))


@pytest.fixture
def clone(tmp_path: Path) -> GitRepo:
    """A clone of what was released, with a change, a slip and a merge that hides something."""
    clone = Remote(tmp_path).started()
    clone.tag("v1.0.0")
    clone.commit("fix: a")
    clone.commit("feat : b")
    clone.switch("side", at="HEAD")
    clone.commit("wip")
    clone.switch("main")
    clone.commit("docs: d")
    clone.merge("side", message="Merge branch 'side'\n\n* feat!: c")
    clone.git("push", "--quiet", "--tags", "origin", "main")
    return clone


@pytest.mark.parametrize("command", TELLING, ids=" ".join)
def test_what_does_not_count_is_named_once(command: tuple[str, ...], clone: GitRepo) -> None:
    result = tagboat(*command, cwd=clone.path)
    said = result.stderr if command != ("explain",) else result.stdout

    assert said.count("not counted: feat : b") == 1
    assert said.count("feat!: c") == 1


@pytest.mark.parametrize("command", TELLING, ids=" ".join)
def test_what_does_not_count_is_a_member_of_answers(
    command: tuple[str, ...], clone: GitRepo
) -> None:
    answer = json.loads(tagboat(*command, "--json", cwd=clone.path).stdout)

    assert [one["lines"] for one in answer["not_counted"]] == [["feat : b"]]
    assert [one["lines"] for one in answer["hidden_breaking"]] == [["feat!: c"]]


def test_what_does_not_count_is_named_where_nothing_is_due(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("feat:b")

    said = tagboat("version", "next", cwd=repo.path).stderr

    assert "looks like a change that is not counted: feat:b" in said
    assert "nothing to release" in said


def test_only_the_first_are_named(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    for n in range(7):
        repo.commit(f"feat:{n}")

    said = tagboat("version", "next", cwd=repo.path).stderr

    assert (said.count("not counted"), "2 more like these" in said) == (5, True)
