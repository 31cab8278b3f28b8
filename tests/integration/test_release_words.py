"""What a release says of itself is so: what it changes, what it finished, what it left alone."""

import time
from pathlib import Path

import pytest

from tagboat.adapters.git.command import GitCommand
from tagboat.adapters.git.scratch_clone.push import push
from tests.commandline import tagboat
from tests.releasing import CHANGELOG, Remote


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def said(result: tuple[int, str, str]) -> str:
    return result[1] + result[2]


def test_plan_says_that_the_tag_goes_on_the_commit(remote: Remote) -> None:
    shown = tagboat("plan", cwd=remote.started().path).stdout
    assert "files    none to change: the tag goes on that commit itself" in shown
    assert "\nrelease  none" not in shown


def test_plan_says_which_files_the_release_commit_changes(remote: Remote) -> None:
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    shown = tagboat("plan", cwd=clone.path).stdout
    assert "files    CHANGELOG.md, in a commit 'chore(release): 0.1.0'" in shown


def test_clone_is_said_to_have_what_it_got(remote: Remote) -> None:
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    assert "main moved forward to it" in said(tagboat("release", cwd=clone.path))
    assert clone.head == remote.commit("v0.1.0")


@pytest.mark.parametrize("reason", ["changed", "detached"])
def test_branch_that_stays_is_not_said_to_have_moved(remote: Remote, reason: str) -> None:
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    before = clone.head
    if reason == "changed":
        (clone.path / "CHANGELOG.md").write_text("mine\n")
    else:
        clone.detach()
    result = tagboat("release", "--channel", "main", cwd=clone.path)
    assert "clone: v0.1.0 in this clone\n" in result.stderr
    assert clone.head == before


def test_who_loses_a_race_is_told_so_in_words(remote: Remote) -> None:
    """Somebody else's push holds the branch the first time, and is gone the second."""
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    hook = remote.bare.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    lock = "refs/heads/main.lock"
    hook.write_text(
        f"#!/bin/sh\n[ -e {lock} ] && rm {lock} || [ -e seen ] || : > {lock}\n: > seen\n"
    )
    hook.chmod(0o755)
    result = tagboat("release", cwd=clone.path)
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    assert "others were quicker" in result.stderr
    assert "lock" not in result.stderr


@pytest.mark.parametrize("lock", ["refs/heads/main.lock", "refs/tags/v0.1.0.lock"])
def test_lock_that_stays_is_told_with_what_helps(
    remote: Remote, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    """A push that was killed on the server left its lock there."""
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    left = remote.bare.path / lock
    left.parent.mkdir(parents=True, exist_ok=True)
    left.touch()
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    result = tagboat("release", cwd=clone.path)
    assert (result.code, result.stdout) == (1, "")
    told = result.stderr[result.stderr.index("nothing is public") :]
    assert lock in told.partition("\n")[0]
    assert "File exists" in told
    assert "wait, and run it again" in told
    assert "whoever runs the server removes it" in told
    assert not remote.tags
    left.unlink()
    assert tagboat("release", cwd=clone.path)[:2] == (0, "0.1.0\n")


def test_lock_is_told_apart_from_a_branch_that_others_moved(remote: Remote) -> None:
    clone = remote.started()
    other, new = clone.commit("docs: c"), clone.commit("fix: b")
    clone.git("push", "--quiet", "origin", f"{other}:refs/heads/other")
    hook, lock = remote.bare.path / "hooks" / "pre-receive", remote.bare.path / "refs/heads"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main {other}")
    hook.chmod(0o755)
    command, refspecs = GitCommand(str(clone.path)), [f"{new}:refs/heads/main"]
    moved = push(command, "origin", refspecs, {})
    assert moved is not None
    assert moved.lock == ""
    (lock / "main.lock").touch()
    hook.unlink()
    locked = push(command, "origin", refspecs, {})
    assert locked is not None
    assert locked.lock.startswith("cannot lock ref 'refs/heads/main': Unable to create '")
