"""Releases over HTTP with basic authentication: every way in that git or a CI system may have."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.git.command import GitCommand
from tagboat.adapters.git.scratch_clone.push import push
from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.git_http import Account, GitServer, serving

MARK = "tok-0123456789abcdef"
LOGIN = f"ada:{MARK}"
ANYBODY = Account("", MARK)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with serving(tmp_path, ANYBODY) as started:
        yield started


@pytest.fixture
def clone(remote: Remote, server: GitServer) -> GitRepo:
    """A clone with a feature and a changelog; its remote is reached over HTTP."""
    copy = remote.started(files={"CHANGELOG.md": CHANGELOG})
    copy.git("remote", "set-url", "origin", server.url(remote.bare.path))
    return copy


def released(clone: GitRepo, remote: Remote, env: dict[str, str] | None = None) -> Result:
    """Release; branch and tag are public."""
    result = tagboat("release", cwd=clone.path, env=env)
    assert (result.code, result.stdout, remote.tags) == (0, "0.1.0\n", ["v0.1.0"]), result.stderr
    assert remote.commit("main") == remote.commit("v0.1.0") == clone.head
    return result


def github(server: GitServer, token: str = MARK) -> dict[str, str]:
    """What GitHub's CI system sets, with a token passed on."""
    return {"GITHUB_TOKEN": token, "GITHUB_SERVER_URL": server.origin}


def test_login_in_the_address(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    address = server.url(remote.bare.path, LOGIN.replace("a", "%61"))
    clone.git("remote", "set-url", "origin", address)
    released(clone, remote)
    assert set(server.callers) == {Account("ada", MARK)}


def test_login_to_push_with_serves_both_ways(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    fetching = server.url(remote.bare.path, f"reader:{MARK}")
    pushing = server.url(remote.bare.path, f"writer:{MARK}")
    clone.git("remote", "set-url", "origin", fetching)
    clone.git("remote", "set-url", "--push", "origin", pushing)
    released(clone, remote)
    assert {caller.user for caller in server.callers} == {"writer"}


def test_login_in_an_address_that_stands_for_another(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    clone.git("remote", "set-url", "origin", "https://forge.example/remote.git")
    with_login = server.url(remote.bare.path.parent, LOGIN)
    clone.git("config", f"url.{with_login.rstrip('.')}.insteadOf", "https://forge.example/")
    released(clone, remote)
    assert {caller.user for caller in server.callers} == {"ada"}


def test_user_in_the_address_and_token_of_a_helper(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path, "ada"))
    clone.git("config", "credential.helper", f"!f() {{ echo password={MARK}; }}; f")
    released(clone, remote)
    assert set(server.callers) == {Account("ada", MARK)}


def test_header_that_a_checkout_leaves(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    word = b64encode(f"x-access-token:{MARK}".encode()).decode()
    clone.git("config", f"http.{server.origin}/.extraheader", f"AUTHORIZATION: basic {word}")
    released(clone, remote, github(server, "not-this-one"))
    assert set(server.callers) == {Account("x-access-token", MARK)}


def test_program_that_answers_for_a_person(clone: GitRepo, remote: Remote, tmp_path: Path) -> None:
    program = tmp_path / "askpass"
    program.write_text(f"#!/bin/sh\necho {MARK}\n")
    program.chmod(0o700)
    released(clone, remote, {"GIT_ASKPASS": str(program)})


@pytest.mark.parametrize(
    "issuer",
    [
        ("GITHUB_TOKEN", "GITHUB_SERVER_URL", "git"),
        ("GH_TOKEN", "GITHUB_SERVER_URL", "git"),
        ("GITLAB_TOKEN", "CI_SERVER_URL", "oauth2"),
        ("CI_JOB_TOKEN", "CI_SERVER_URL", "gitlab-ci-token"),
        ("GITEA_TOKEN", "GITEA_SERVER_URL", "git"),
        ("FORGEJO_TOKEN", "FORGEJO_SERVER_URL", "git"),
    ],
    ids=lambda issuer: issuer[0],
)
def test_token_of_the_forge_whose_server_it_is(
    issuer: tuple[str, str, str], clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    variable, server_variable, user = issuer
    released(clone, remote, {variable: MARK, server_variable: server.origin})
    assert set(server.callers) == {Account(user, MARK)}


def test_token_is_not_kept_by_a_helper(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    store = clone.path.parent / "store"
    clone.git("config", "credential.helper", f"store --file={store}")
    released(clone, remote, github(server))
    assert not store.exists()


def test_helper_of_git_comes_before_a_token(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    store = clone.path.parent / "store"
    store.write_text(f"{server.origin.replace('//', f'//ada:{MARK}@')}\n")
    clone.git("config", "credential.helper", f"store --file={store}")
    released(clone, remote, github(server, "not-this-one"))
    assert set(server.callers) == {Account("ada", MARK)}


@pytest.mark.parametrize("server_url", ["", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_token_for_another_server_is_not_sent(
    server_url: str, clone: GitRepo, server: GitServer
) -> None:
    elsewhere = server_url.format(port=server.server_port)
    env = {"GITHUB_TOKEN": MARK, "GITHUB_SERVER_URL": elsewhere}
    result = tagboat("release", cwd=clone.path, env=env)
    assert (result.code, server.callers) == (1, [])
    assert "could not read Username" in result.stderr


def test_settings_in_the_environment_stay(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    address = server.url(remote.bare.path, LOGIN)
    clone.git("remote", "set-url", "origin", address)
    clone.git("config", "user.name", "")
    env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Grace"}
    released(clone, remote, env)
    assert remote.bare.git("show", "--no-patch", "--format=%an", "main") == "Grace"


def test_wrong_token_is_told_without_showing_it(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    address = server.url(remote.bare.path, "ada:tok-wrong-wrong")
    clone.git("remote", "set-url", "origin", address)
    result = tagboat("release", "--debug", cwd=clone.path)
    assert result.code == 1
    assert "Authentication failed" in result.stderr
    assert "wrong" not in result.stdout + result.stderr


def test_plan_reads_over_http(clone: GitRepo, server: GitServer) -> None:
    assert tagboat("plan", cwd=clone.path, env=github(server)).code == 0


def test_tags_of_a_clone_without_any_are_asked_for_over_http(
    clone: GitRepo, remote: Remote, server: GitServer
) -> None:
    remote.bare.git("tag", "v3.0.0", "main")
    address = server.url(remote.bare.path, LOGIN)
    clone.git("remote", "set-url", "origin", address)
    assert tagboat("version", "current", cwd=clone.path).stdout == "3.0.0\n"


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v0.1.0"])
def test_lock_that_stays_on_a_server_is_told_as_on_a_disk(
    clone: GitRepo, remote: Remote, server: GitServer, ref: str
) -> None:
    """What it says comes as progress, with the server's name for itself before it."""
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path, LOGIN))
    left = remote.bare.path / f"{ref}.lock"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.touch()
    new = clone.commit("fix: b")
    refspecs = [f"{new}:refs/heads/main", f"{new}:refs/tags/v0.1.0"]
    lost = push(GitCommand(str(clone.path)), "origin", refspecs, {})
    assert lost is not None
    assert lost.lock.startswith(f"cannot lock ref '{ref}': Unable to create '")
    assert lost.lock.endswith(f"{ref}.lock': File exists")
    left.unlink()
    assert push(GitCommand(str(clone.path)), "origin", refspecs, {}) is None
