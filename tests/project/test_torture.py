"""The judge of the races sees what is wrong."""

from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote
from tests.torture.races import left, public


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone that has released its only commit."""
    copy = remote.started()
    assert tagboat("release", cwd=copy.path).code == 0
    return copy


def test_clean_race_has_no_faults(clone: GitRepo, remote: Remote) -> None:
    assert [*public(remote, ["begin"]), *left(remote, [clone])] == []


def test_commit_without_a_release(clone: GitRepo, remote: Remote) -> None:
    assert clone.head
    assert list(public(remote, ["forgotten"])) == ["'forgotten' is in no release"]


def test_tag_off_the_branch_and_a_version_left_out(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", "--as", "0.3.0", cwd=_moved(clone).path)
    clone.git("push", "--quiet", "--force", "origin", "v0.1.0^{commit}:main")
    assert list(public(remote, ["begin"])) == [
        "0.1.0 is followed by 0.3.0",
        "v0.3.0 is not on main",
    ]


def test_ref_that_nobody_asked_for(clone: GitRepo, remote: Remote) -> None:
    clone.git("push", "--quiet", "origin", "main:refs/heads/stray")
    assert list(public(remote, ["begin"])) == ["refs/heads/stray is there"]


def test_tag_and_commit_that_a_dropped_try_left(clone: GitRepo, remote: Remote) -> None:
    clone.commit("chore(release): 0.2.0")
    clone.tag("v0.2.0", message="0.2.0")
    assert list(left(remote, [clone])) == [
        "clone has a tag of its own",
        "clone has a commit of its own",
    ]


def _moved(clone: GitRepo) -> GitRepo:
    clone.commit("feat: more")
    clone.git("push", "--quiet", "origin", "main")
    return clone
