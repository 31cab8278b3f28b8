"""What stands in the way of a release: found before anything is written, and said in words."""

import stat
from pathlib import Path

import pytest

from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone with a feature and a changelog, all of it pushed."""
    return remote.started(files={"CHANGELOG.md": CHANGELOG})


def refused(clone: GitRepo, remote: Remote, *args: str) -> Result:
    """Try to release; the remote stays as it was."""
    before = remote.refs, clone.git("for-each-ref")
    result = tagboat("release", *args, cwd=clone.path)
    assert (remote.refs, clone.git("for-each-ref")) == before
    return result


def hook(remote: Remote, script: str) -> None:
    """Let the server judge pushes."""
    path = remote.bare.path / "hooks" / "pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)


def test_branch_that_is_no_channel(clone: GitRepo, remote: Remote) -> None:
    clone.switch("topic", at="HEAD")
    clone.git("push", "--quiet", "origin", "topic")
    result = refused(clone, remote)
    assert result.code == 1
    assert "topic is no channel" in result.stderr


def test_detached_head_needs_a_channel(clone: GitRepo, remote: Remote) -> None:
    clone.detach()
    result = refused(clone, remote)
    assert result.code == 1
    assert "HEAD is detached: say which branch this is with --channel" in result.stderr


def test_commits_that_the_remote_lacks(clone: GitRepo, remote: Remote) -> None:
    clone.commit("fix: b")
    result = refused(clone, remote)
    assert result.code == 1
    assert "is not on origin/main: push first, then release" in result.stderr


def test_branch_that_the_remote_lacks(clone: GitRepo, remote: Remote) -> None:
    clone.switch("next", at="HEAD")
    result = refused(clone, remote)
    assert result.code == 1
    assert "origin/next does not exist: push the branch first" in result.stderr


def test_repository_without_a_remote(clone: GitRepo, remote: Remote) -> None:
    clone.git("remote", "remove", "origin")
    result = refused(clone, remote)
    assert result.code == 1
    assert "this repository has no remote" in result.stderr


def test_remote_that_can_not_be_reached(clone: GitRepo, remote: Remote) -> None:
    clone.git("remote", "set-url", "origin", "file:///nowhere/at-all.git")
    result = refused(clone, remote)
    assert result.code == 1
    assert "the remote 'origin' can't be reached" in result.stderr


def test_remote_without_atomic_pushes(clone: GitRepo, remote: Remote) -> None:
    remote.bare.git("config", "receive.advertiseAtomic", "false")
    result = refused(clone, remote)
    assert result.code == 1
    assert "the remote 'origin' does not support atomic pushes" in result.stderr


def test_unknown_identity(clone: GitRepo, remote: Remote) -> None:
    clone.git("config", "user.name", "")
    result = refused(clone, remote)
    assert result.code == 1
    assert "git does not know who you are" in result.stderr


def test_all_problems_are_told_at_once(clone: GitRepo, remote: Remote) -> None:
    clone.git("config", "user.name", "")
    remote.bare.git("config", "receive.advertiseAtomic", "false")
    clone.commit("fix: b")
    result = refused(clone, remote)
    assert "3 things stand in the way of a release:" in result.stderr
    for problem in ("push first", "who you are", "atomic pushes"):
        assert problem in result.stderr


def test_protected_branch_says_what_the_server_says(clone: GitRepo, remote: Remote) -> None:
    hook(
        remote,
        'while read old new ref; do case $ref in */main) echo "main is ours" >&2; exit 1;;'
        " esac; done",
    )
    result = refused(clone, remote)
    assert result.code == 1
    assert "pre-receive hook declined" in result.stderr
    assert "main is ours" in result.stderr
    assert (
        "  try: allow this push there, or release from a branch that takes it\n"
    ) in result.stderr


def test_tag_of_others_on_the_version_is_a_conflict(clone: GitRepo, remote: Remote) -> None:
    clone.switch("side", at="HEAD")
    clone.commit("feat: elsewhere")
    clone.tag("v0.1.0", message="by hand")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    clone.git("tag", "--delete", "v0.1.0")
    clone.switch("main")
    result = refused(clone, remote)
    assert result.code == 4
    assert "version 0.1.0 is taken by v0.1.0" in result.stderr


@pytest.mark.thorough
def test_tag_of_others_is_never_finished(clone: GitRepo, remote: Remote) -> None:
    clone.tag("v0.1.0", message="by hand\n")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    result = refused(clone, remote)
    assert (result.code, result.stdout) == (0, "")
    assert "refs/notes" not in remote.refs


@pytest.mark.thorough
def test_nothing_due_needs_no_right_to_push(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    hook(remote, "exit 1")
    remote.bare.git("config", "receive.advertiseAtomic", "false")
    result = refused(clone, remote)
    assert (result.code, result.stdout) == (0, "")


@pytest.mark.thorough
def test_missing_record_of_ours_is_made_again(clone: GitRepo, remote: Remote) -> None:
    env = {"SOURCE_DATE_EPOCH": "1704153600"}
    tagboat("release", cwd=clone.path, env=env)
    before = remote.record("v0.1.0")
    remote.bare.git("update-ref", "-d", "refs/notes/tagboat")
    result = tagboat("release", cwd=clone.path, env=env)
    assert result.code == 0
    assert remote.record("v0.1.0") == before


@pytest.mark.thorough
def test_edited_record_of_another_release_is_a_conflict(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    commit = remote.commit("v0.1.0")
    text = remote.bare.git("notes", "--ref=tagboat", "show", commit)
    forged = text.replace("sha256:", "sha256:00")
    remote.bare.git("notes", "--ref=tagboat", "add", "--force", "-m", forged, commit)
    result = refused(clone, remote)
    assert result.code == 4


@pytest.mark.parametrize("command", ["plan", "release"])
def test_offline_makes_no_sense(command: str, clone: GitRepo) -> None:
    assert tagboat(command, "--offline", cwd=clone.path).code == 2


def test_token_in_the_address_is_never_shown(clone: GitRepo, remote: Remote) -> None:
    clone.git("remote", "set-url", "origin", "http://user:s3cret@127.0.0.1:9/x.git")
    result = refused(clone, remote)
    assert result.code == 1
    assert "s3cret" not in result.stderr + result.stdout


@pytest.mark.parametrize(
    ("name", "url"),
    [("origin", "ext::touch {}/executed"), ("origin", "--upload-pack=touch {}/executed")],
    ids=["ext", "option"],
)
def test_hostile_address_executes_nothing(
    name: str, url: str, clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    clone.git("config", f"remote.{name}.url", url.format(tmp_path))
    assert refused(clone, remote).code == 1
    assert not (tmp_path / "executed").exists()


def test_changelog_whose_headings_name_no_version(clone: GitRepo, remote: Remote) -> None:
    clone.commit("fix: b", files={"CHANGELOG.md": "# Log\n\n## Spring\n\n- a\n"})
    clone.git("push", "--quiet", "origin", "main")
    planned = tagboat("plan", cwd=clone.path)
    assert (planned.code, "<!-- version list -->" in planned.stderr) == (1, True)
    assert refused(clone, remote).code == 1


def test_changelog_that_leads_out_of_the_repository(clone: GitRepo, remote: Remote) -> None:
    outside = clone.path.parent / "outside.md"
    outside.write_text("# Changelog\n")
    (clone.path / "CHANGELOG.md").unlink()
    (clone.path / "CHANGELOG.md").symlink_to(outside)
    clone.git("commit", "--quiet", "--all", "-m", "fix: link")
    clone.git("push", "--quiet", "origin", "main")
    result = refused(clone, remote)
    assert result.code == 2
    assert outside.read_text() == "# Changelog\n"


def test_tag_that_was_deleted_is_not_released_again_unless_it_is_abandoned(
    remote: Remote,
) -> None:
    clone = remote.started()
    assert tagboat("release", cwd=clone.path).code == 0
    clone.git("push", "--quiet", "origin", ":refs/tags/v0.1.0")
    clone.git("tag", "--delete", "v0.1.0")
    refused = tagboat("release", cwd=clone.path)
    assert (refused.code, remote.tags) == (4, [])
    assert "v0.1.0 was released, as its record tells" in refused.stderr
    assert "tagboat abandon v0.1.0 --reason WHY" in refused.stderr
    assert tagboat("abandon", "v0.1.0", "--reason", "it was wrong", cwd=clone.path).code == 0
    result = tagboat("release", cwd=clone.path)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr
    assert tagboat("verify", "v0.1.0", cwd=clone.path).code == 0


@pytest.mark.parametrize("section", ["receive", "uploadpack", "transfer"])
def test_a_server_that_hides_the_records_keeps_no_release_from_being_finished(
    clone: GitRepo, remote: Remote, section: str
) -> None:
    remote.bare.git("config", f"{section}.hideRefs", "refs/notes")
    first = tagboat("release", cwd=clone.path)
    assert (first.code, first.stdout) == (0, "0.1.0\n"), first.stderr
    clone.commit("fix: b")
    clone.git("push", "--quiet", "origin", "main")
    second = tagboat("release", cwd=clone.path)
    assert (second.code, second.stdout) == (0, "0.1.1\n"), second.stderr
    assert "record: not kept: " in second.stderr
    assert "receive.hideRefs" in second.stderr
    assert remote.tags == ["v0.1.0", "v0.1.1"]


def test_what_cannot_be_recorded_cannot_be_abandoned_and_that_is_said(
    clone: GitRepo, remote: Remote
) -> None:
    remote.bare.git("config", "receive.hideRefs", "refs/notes")
    tagboat("release", cwd=clone.path)
    result = tagboat("abandon", "0.1.0", "--reason", "why not", cwd=clone.path)
    assert result.code == 1
    assert "refs/notes/tagboat: deny updating a hidden ref" in result.stderr
    assert "nothing was released" not in result.stderr
