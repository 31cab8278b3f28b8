"""The image of tagboat itself, made by the Dockerfile at the top, and used as its users do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tagboat.about import __version__
from tests.engine import Engine, debian
from tests.gitrepo import GitRepo

IMAGE = "localhost/tagboat"
PERSON = 4711
"""A user that the image does not know."""


@pytest.fixture(scope="module")
def own_image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image, built where no index and no archive can be asked."""
    folder = tmp_path_factory.mktemp("own_image")
    base = debian.make(engine, folder)
    options = {
        "--build-arg": [f"BASE={base}", "PIP_NO_INDEX=1"],
        "--build-context": [f"wheels={debian.wheels(folder)}"],
    }
    given = [word for name, values in options.items() for value in values for word in (name, value)]
    command = ("buildx", "build", "--network=none", "--load", "--tag", IMAGE)
    engine.docker(*command, *given, str(debian.ROOT))
    shutil.rmtree(folder)
    return IMAGE


def as_user(path: Path, number: int) -> None:
    """Give a folder, with all that is in it, to a user."""
    subprocess.run(["chown", "--recursive", f"{number}:{number}", path], check=True)


def test_it_tells_its_version(engine: Engine, own_image: str) -> None:
    assert engine.docker("run", "--rm", own_image, "--version") == f"tagboat {__version__}\n"


def test_it_is_not_root_and_has_no_installer(engine: Engine, own_image: str) -> None:
    script = "id -u; test -w /opt/tagboat || echo read-only; ls /opt/tagboat/environment/bin"
    uid, writable, *programs = engine.docker(
        "run", "--rm", "--entrypoint=sh", own_image, "-c", script
    ).split()
    assert (uid, writable) == ("1000", "read-only")
    assert [name for name in programs if name.startswith("pip")] == []


def test_it_builds_with_a_client_of_its_own(engine: Engine, own_image: str) -> None:
    said = engine.docker("run", "--rm", "--entrypoint=docker", own_image, "buildx", "version")
    assert "buildx" in said


def test_it_tells_the_next_version_of_a_mounted_repository(
    engine: Engine, own_image: str, repo: GitRepo
) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    as_user(repo.path, 1000)
    mounted = f"--volume={repo.path}:/repository"
    assert engine.docker("run", "--rm", mounted, own_image, "version", "next") == "1.0.1\n"


def test_any_user_releases_with_it(
    engine: Engine, own_image: str, repo: GitRepo, tmp_path: Path
) -> None:
    repo.commit("feat: a")
    remote = tmp_path / "remote.git"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(remote))
    repo.git("remote", "add", "origin", "/work/remote.git")
    as_user(tmp_path, PERSON)
    person = ["--env=GIT_AUTHOR_NAME=Ada", "--env=GIT_AUTHOR_EMAIL=ada@example.org"]
    person += ["--env=GIT_COMMITTER_NAME=Ada", "--env=GIT_COMMITTER_EMAIL=ada@example.org"]
    mounted = [f"--user={PERSON}:{PERSON}", f"--volume={tmp_path}:/work", "--network=none"]
    place = f"--workdir=/work/{os.path.relpath(repo.path, tmp_path)}"
    engine.docker("run", "--rm", *mounted, *person, place, own_image, "release")
    as_user(tmp_path, 0)
    assert repo.git("--git-dir", str(remote), "tag", "--list") == "v0.1.0"
