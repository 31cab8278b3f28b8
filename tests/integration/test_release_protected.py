"""Branches and tags that a server protects: its words, and the ways to release that work there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.git_http import GitServer, serving
from tests.servers.protection import LINEAR, NO_RECORDS, NO_TAGS, PROTECTED, SIGNED, protect


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with serving(tmp_path) as started:
        yield started


def over_http(clone: GitRepo, remote: Remote, server: GitServer) -> GitRepo:
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path))
    return clone


@pytest.fixture
def clone(remote: Remote, server: GitServer) -> GitRepo:
    """A clone whose release changes a file."""
    return over_http(remote.started(files={"CHANGELOG.md": CHANGELOG}), remote, server)


@pytest.fixture
def plain(remote: Remote, server: GitServer) -> GitRepo:
    """A clone whose release is a tag alone."""
    return over_http(remote.started(), remote, server)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (PROTECTED, "GH006: main is protected: changes need a pull request"),
        (SIGNED, "GH006: commits on main must have signatures"),
        (NO_TAGS, "GH013: this tag can not be created"),
        (NO_RECORDS, "pre-receive: no refs but branches and tags"),
    ],
    ids=["protected", "signed", "no tags", "no records"],
)
def test_refusal_has_the_words_of_the_server_and_leaves_nothing(
    judge: str, words: str, clone: GitRepo, remote: Remote
) -> None:
    protect(remote.bare, judge)
    before = remote.refs, clone.git("for-each-ref"), clone.head
    result = tagboat("release", cwd=clone.path)
    assert result.code == 1
    assert words in result.stderr
    assert "public: nothing" in result.stderr
    assert (remote.refs, clone.git("for-each-ref"), clone.head) == before


def test_tag_alone_is_released_from_a_protected_branch(plain: GitRepo, remote: Remote) -> None:
    protect(remote.bare, PROTECTED)
    result = tagboat("release", cwd=plain.path)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr


def test_refused_release_is_made_once_the_branch_takes_it(clone: GitRepo, remote: Remote) -> None:
    protect(remote.bare, PROTECTED)
    tagboat("release", cwd=clone.path)
    protect(remote.bare, "true")
    assert tagboat("release", cwd=clone.path).stdout == "0.1.0\n"


def test_release_commit_fits_a_linear_history(clone: GitRepo, remote: Remote) -> None:
    protect(remote.bare, LINEAR)
    result = tagboat("release", cwd=clone.path)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr


def test_merge_that_a_linear_history_refuses_is_planned_again(
    remote: Remote, server: GitServer
) -> None:
    files = {"CHANGELOG.md": CHANGELOG, "tagboat.toml": "[release]\non_race = 'merge'\n"}
    clone = over_http(remote.started(files=files), remote, server)
    other = remote.clone("other")
    other.commit("fix: quicker", files={"b.txt": "b\n"})
    other.git("push", "--quiet", "origin", "main")
    protect(remote.bare, LINEAR)
    result = tagboat("release", cwd=clone.path)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr
    assert remote.bare.git("rev-list", "--merges", "main") == ""
    assert "quicker" in remote.message("v0.1.0")
