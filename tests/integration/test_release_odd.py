"""Releases where the surroundings are odd: paths, clocks and names that few people have."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote


@pytest.mark.matrix
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
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    return remote.started()


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


@pytest.mark.parametrize("setting", ["remote.origin.pushUrl", "url.{other}.pushInsteadOf"])
def test_a_remote_that_is_pushed_to_another_repository_is_refused(
    clone: GitRepo, remote: Remote, tmp_path: Path, setting: str
) -> None:
    other = remote.bare.clone(tmp_path / "other.git", bare=True)
    value = remote.bare.path.as_uri() if "{" in setting else other.path
    clone.git("config", setting.format(other=other.path), str(value))
    before = remote.refs, other.git("show-ref")
    result = tagboat("release", cwd=clone.path)
    assert (result.code, (remote.refs, other.git("show-ref"))) == (1, before)
    assert f"{remote.bare.path}" in result.stderr
    assert f"{other.path}, which is another repository" in result.stderr
    assert "another repository" in tagboat("doctor", cwd=clone.path).stdout


def test_a_remote_that_is_pushed_by_another_address_of_it_is_released_to(
    clone: GitRepo, remote: Remote
) -> None:
    clone.git("remote", "set-url", "--push", "origin", remote.bare.path.as_uri())
    assert tagboat("release", cwd=clone.path).code == 0
    assert remote.tags


@pytest.mark.parametrize("place", ["dirty", "detached", "elsewhere"])
def test_what_is_released_and_cannot_move_forward_is_told_alike(
    remote: Remote, tmp_path: Path, place: str
) -> None:
    files = {"tagboat.toml": 'files = ["VERSION"]\n', "VERSION": "0.0.0\n"}
    clone = remote.started("version", files=files)
    if place == "dirty":
        (clone.path / "VERSION").write_text("1\n")
    elif place == "detached":
        clone.git("switch", "--quiet", "--detach")
    else:
        clone.git("switch", "--quiet", "--create", "side")
        clone.git("worktree", "add", "--quiet", str(tmp_path / "other"), "main")
    head = clone.head
    assert tagboat("release", "--channel", "main", cwd=clone.path).code == 0
    assert clone.head == head
    why = f"nothing to release: {head[:10]} is in v0.1.0 already"
    told = tagboat("version", "next", "--channel", "main", cwd=clone.path)
    assert (told.code, told.stdout) == (0, "0.1.0\n")
    assert why in told.stderr
    assert why in tagboat("release", "--channel", "main", cwd=clone.path).stderr
    explained = tagboat("explain", "--json", "--channel", "main", cwd=clone.path)
    assert json.loads(explained.stdout)["due"] is False
    assert tagboat("doctor", "--channel", "main", cwd=clone.path).code == 0
