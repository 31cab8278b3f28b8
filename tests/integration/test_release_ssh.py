"""Releases over SSH, with a server of our own on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.protection import PROTECTED, protect
from tests.servers.ssh import SshServer, listening

pytestmark = pytest.mark.needs("sshd", "ssh-keygen")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with listening(tmp_path_factory.mktemp("sshd")) as started:
        yield started


@pytest.fixture
def clone(remote: Remote, server: SshServer) -> GitRepo:
    copy = remote.started(files={"CHANGELOG.md": CHANGELOG})
    copy.git("remote", "set-url", "origin", server.url(remote.bare.path))
    return copy


@pytest.fixture
def env(server: SshServer) -> dict[str, str]:
    return {"GIT_SSH_COMMAND": server.command}


def test_release_over_ssh(clone: GitRepo, remote: Remote, env: dict[str, str]) -> None:
    result = tagboat("release", cwd=clone.path, env=env)
    assert (result.code, result.stdout, remote.tags) == (0, "0.1.0\n", ["v0.1.0"]), result.stderr
    assert remote.commit("main") == remote.commit("v0.1.0") == clone.head


def test_key_in_the_configuration_of_git(clone: GitRepo, remote: Remote, server: SshServer) -> None:
    clone.git("config", "core.sshCommand", server.command)
    result = tagboat("release", cwd=clone.path)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr


def test_refusal_over_ssh_has_the_words_of_the_server(
    clone: GitRepo, remote: Remote, env: dict[str, str]
) -> None:
    protect(remote.bare, PROTECTED)
    result = tagboat("release", cwd=clone.path, env=env)
    assert (result.code, remote.tags) == (1, [])
    assert "GH006: main is protected: changes need a pull request" in result.stderr


def test_key_that_the_server_does_not_know(clone: GitRepo, remote: Remote) -> None:
    command = "ssh -F none -o IdentityFile=/nowhere -o StrictHostKeyChecking=no"
    command += " -o UserKnownHostsFile=/dev/null -o IdentityAgent=none"
    result = tagboat("release", cwd=clone.path, env={"GIT_SSH_COMMAND": command})
    assert (result.code, remote.tags) == (1, [])
    assert "Permission denied" in result.stderr
