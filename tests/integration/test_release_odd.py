"""Releases where the surroundings are odd: paths, clocks and names that few people have."""

from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote


@pytest.mark.parametrize("name", ["a\nb", '"quoted"', "#hash", "back\\slash", "two\n\nlines\n"])
@pytest.mark.parametrize("is_worktree", [False, True])
def test_a_path_of_any_characters_is_released_from(
    tmp_path: Path, name: str, *, is_worktree: bool
) -> None:
    remote = Remote(tmp_path)
    clone = remote.started(name)
    folder = clone.path / "inner"
    if is_worktree:
        clone.git("worktree", "add", "-q", "-b", "side", str(tmp_path / f"{name}-side"))
        folder = tmp_path / f"{name}-side" / "inner"
    folder.mkdir()
    options = ("--channel", "main") if is_worktree else ()
    plan = tagboat("plan", *options, cwd=folder)
    assert (plan.code, "0.1.0" in plan.stdout) == (0, True), plan.stderr
    done = tagboat("release", *options, cwd=folder)
    assert (done.code, remote.tags) == (0, ["v0.1.0"]), done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> GitRepo:
    return Remote(tmp_path).started()


@pytest.mark.parametrize("command", [("plan",), ("release",), ("changelog", "--next")])
@pytest.mark.parametrize("text", ["1704067200000", "9" * 5000])
def test_milliseconds_are_no_seconds(clone: GitRepo, command: tuple[str, ...], text: str) -> None:
    done = tagboat(*command, cwd=clone.path, env={"SOURCE_DATE_EPOCH": text})
    assert (done.code, "SOURCE_DATE_EPOCH" in done.stderr) == (2, True)
    assert "not milliseconds" in done.stderr


@pytest.mark.parametrize("command", ["plan", "release"])
def test_a_tag_that_git_cannot_keep_is_named_before(
    clone: GitRepo, tmp_path: Path, command: str
) -> None:
    text = f'tag = "{"a" * 254}{{version}}"\n'
    clone.commit("ci: long", files={"tagboat.toml": text})
    clone.git("push", "-q", "origin", "main")
    done = tagboat(command, cwd=clone.path)
    assert (done.code, "git can keep 250 at most" in done.stderr) == (2, True), done.stderr
    assert not list(tmp_path.glob("**/refs/tags/*"))
