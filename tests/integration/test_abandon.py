"""Releases that are abandoned: recorded once, left alone afterwards."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote, push, reopen

WHY = "the base image is gone"


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone in which a run that released v0.1.0 was killed before its end."""
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    reopen(remote, "v0.1.0")
    return clone


def kinds(remote: Remote, tag: str) -> list[str]:
    return [event["kind"] for event in remote.record(tag)["events"]]


def abandon(clone: GitRepo, version: str = "0.1.0", *more: str, reason: str = WHY) -> object:
    return tagboat("abandon", version, "--reason", reason, *more, cwd=clone.path)


def test_record_tells_who_abandoned_it_when_and_why(clone: GitRepo, remote: Remote) -> None:
    result = tagboat(
        "abandon", "0.1.0", "--reason", WHY, cwd=clone.path, env={"SOURCE_DATE_EPOCH": "1704153600"}
    )
    assert (result.code, result.stdout) == (0, "v0.1.0 is abandoned\n")
    assert remote.record("v0.1.0")["events"] == [
        {
            "time": 1704153600,
            "kind": "abandoned",
            "who": "Ada Lovelace <ada@example.org>",
            "why": WHY,
        }
    ]


@pytest.mark.thorough
def test_later_run_leaves_it_alone(clone: GitRepo, remote: Remote) -> None:
    abandon(clone)
    before = remote.refs
    result = tagboat("release", cwd=clone.path)
    assert (result.code, result.stdout, remote.refs) == (0, "", before)
    assert f"v0.1.0 was abandoned by Ada Lovelace <ada@example.org>: {WHY}" in result.stderr


@pytest.mark.thorough
def test_next_release_counts_from_it(clone: GitRepo, remote: Remote) -> None:
    abandon(clone)
    push(clone, "fix: b")
    assert tagboat("release", cwd=clone.path).stdout == "0.1.1\n"
    assert (kinds(remote, "v0.1.0"), kinds(remote, "v0.1.1")) == (["abandoned"], ["published"])


@pytest.mark.thorough
def test_second_time_changes_nothing(clone: GitRepo, remote: Remote) -> None:
    abandon(clone)
    before = remote.refs
    result = tagboat("abandon", "v0.1.0", "--reason", "other", cwd=clone.path)
    assert (result.code, result.stdout, remote.refs) == (0, "", before)
    assert f"v0.1.0 was abandoned before: {WHY}" in result.stderr


@pytest.mark.thorough
def test_published_release_is_refused(remote: Remote) -> None:
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    before = remote.refs
    result = tagboat("abandon", "0.1.0", "--reason", WHY, cwd=clone.path)
    assert (result.code, remote.refs) == (1, before)
    assert "v0.1.0 is published" in result.stderr


def test_unknown_version_names_the_nearest(clone: GitRepo) -> None:
    result = tagboat("abandon", "0.1.1", "--reason", WHY, cwd=clone.path)
    assert result.code == 2
    assert "no tag spells version 0.1.1; the nearest: 0.1.0" in result.stderr


@pytest.mark.thorough
def test_tag_of_others_is_refused(clone: GitRepo, remote: Remote) -> None:
    push(clone, "feat: b")
    clone.tag("v0.2.0", message="by hand")
    clone.git("push", "--quiet", "origin", "v0.2.0")
    before = remote.refs
    result = tagboat("abandon", "0.2.0", "--reason", WHY, cwd=clone.path)
    assert (result.code, remote.refs) == (1, before)
    assert "v0.2.0 was not made by tagboat" in result.stderr


def test_release_whose_tag_was_deleted_is_abandoned(clone: GitRepo, remote: Remote) -> None:
    clone.git("push", "--quiet", "origin", ":refs/tags/v0.1.0")
    result = tagboat("abandon", "0.1.0", "--reason", WHY, cwd=clone.path)
    assert result.code == 0, result.stderr
    note = remote.bare.git("notes", "--ref=tagboat", "show", clone.head)
    assert [event["kind"] for event in json.loads(note)["releases"]["v0.1.0"]["events"]] == [
        "abandoned"
    ]


def test_empty_reason_is_refused(clone: GitRepo) -> None:
    assert tagboat("abandon", "0.1.0", "--reason", " ", cwd=clone.path).code == 2


@pytest.mark.thorough
def test_plan_of_an_abandoned_release_is_refused(remote: Remote) -> None:
    clone = remote.started()
    tagboat("plan", "-o", "plan.json", cwd=clone.path)
    tagboat("release", "--plan", "plan.json", cwd=clone.path)
    reopen(remote, "v0.1.0")
    abandon(clone)
    result = tagboat("release", "--plan", "plan.json", cwd=clone.path)
    assert result.code == 1
    assert "v0.1.0 was abandoned by Ada" in result.stderr


def test_shallow_clone_abandons_what_it_does_not_hold(
    clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    push(clone, "docs: b")
    shallow = remote.bare.clone(tmp_path / "shallow", depth=1, tags=False)
    shallow.git("config", "user.name", "Eve")
    shallow.git("config", "user.email", "eve@example.org")
    result = tagboat("abandon", "0.1.0", "--reason", WHY, cwd=shallow.path)
    assert result.code == 0, result.stderr
    assert kinds(remote, "v0.1.0") == ["abandoned"]
