"""What earlier runs left half made is finished first, and what is none of ours is not."""

import json
from pathlib import Path

import pytest

from tagboat.adapters.git.scratch_clone import open_scratch_clone
from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote, push, reopen


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def overtaken(remote: Remote) -> GitRepo:
    """A clone in which the run of v0.1.0 was killed, and v0.2.0 was released before its end."""

    def make() -> GitRepo:
        clone = remote.started()
        tagboat("release", cwd=clone.path)
        push(clone, "feat: b")
        tagboat("release", cwd=clone.path)
        reopen(remote, "v0.1.0")
        return clone

    return remote.prepared("left: 0.2.0", "clone", make)


def kinds(remote: Remote, tag: str) -> list[str]:
    return [event["kind"] for event in remote.record(tag)["events"]]


@pytest.mark.thorough
def test_release_that_was_overtaken_is_finished(overtaken: GitRepo, remote: Remote) -> None:
    result = tagboat("release", cwd=overtaken.path)
    assert (result.code, kinds(remote, "v0.1.0")) == (0, ["published"]), result.stderr


def test_every_release_that_was_left_is_finished(overtaken: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.2.0")
    push(overtaken, "fix: c")
    assert tagboat("release", cwd=overtaken.path).stdout == "0.2.1\n"
    assert [kinds(remote, tag) for tag in remote.tags] == [["published"]] * 3


def test_run_tells_of_the_release_that_it_completed(overtaken: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.2.0")
    push(overtaken, "docs: c")
    result = tagboat("release", "--json", cwd=overtaken.path)
    told = json.loads(result.stdout)
    assert (told["released"], told["version"]) == (True, "0.2.0")
    assert "v0.2.0 is published: an earlier run had left it half made" in result.stderr
    assert result.stderr.endswith("tagboat: finished 0.2.0\n")


@pytest.mark.thorough
def test_completed_release_that_was_passed_is_no_news(overtaken: GitRepo) -> None:
    result = tagboat("release", "--json", cwd=overtaken.path)
    assert json.loads(result.stdout)["released"] is False
    assert "v0.1.0 is published: an earlier run had left it half made" in result.stderr


@pytest.mark.parametrize("depth", [1, 2])
def test_shallow_clone_finishes_what_lies_below_its_cut(
    depth: int, overtaken: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    push(overtaken, "docs: c")
    shallow = remote.bare.clone(tmp_path / "shallow", depth=depth, tags=False)
    shallow.git("config", "user.name", "Eve")
    shallow.git("config", "user.email", "eve@example.org")
    result = tagboat("release", cwd=shallow.path)
    assert (result.code, kinds(remote, "v0.1.0")) == (0, ["published"]), result.stderr


@pytest.mark.parametrize("filter_spec", ["blob:none", "tree:0"])
def test_partial_clone_gets_all_records_at_once(
    filter_spec: str, overtaken: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    tagged = {remote.commit(tag) for tag in remote.tags}
    partial = remote.bare.clone(tmp_path / "partial", filter_spec=filter_spec)
    with open_scratch_clone(str(partial.path)) as local:
        scratch = local.following("origin", "")
        scratch.look("main")
        remote.bare.path.rename(tmp_path / "gone")
        assert {commit for commit, _ in scratch.every_record()} == tagged
    assert overtaken.head in tagged


@pytest.mark.thorough
def test_other_branch_is_left_to_its_own_runs(overtaken: GitRepo, remote: Remote) -> None:
    overtaken.switch("next", at="HEAD")
    overtaken.git("push", "--quiet", "origin", "next")
    assert tagboat("release", cwd=overtaken.path).code == 0
    assert kinds(remote, "v0.1.0") == []


@pytest.mark.thorough
def test_release_whose_tag_is_gone_is_left_alone(overtaken: GitRepo, remote: Remote) -> None:
    overtaken.git("push", "--quiet", "origin", ":refs/tags/v0.1.0")
    before = remote.refs
    assert tagboat("release", cwd=overtaken.path).code == 0
    assert remote.refs == before


@pytest.mark.thorough
def test_tags_of_others_are_never_finished(overtaken: GitRepo, remote: Remote) -> None:
    push(overtaken, "feat: c")
    overtaken.tag("v0.3.0", message="by hand\n\nTagboat: 1")
    overtaken.git("push", "--quiet", "origin", "v0.3.0")
    assert tagboat("release", cwd=overtaken.path).code == 0
    note = json.loads(remote.bare.git("notes", "--ref=tagboat", "show", remote.commit("v0.1.0")))
    assert set(note["releases"]) == {"v0.1.0"}
    assert remote.bare.git("notes", "--ref=tagboat", "list").count("\n") == 1
