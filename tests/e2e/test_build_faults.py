"""What stands in the way of a build is found before it, and a build that fails says where."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat_process
from tests.e2e.building import attempted, built, project, tags
from tests.engine import Engine, running
from tests.engine.daemon import Daemon
from tests.engine.needs import program
from tests.gitrepo import GitRepo
from tests.patience import patience

LOCAL = '[[images]]\nname = "app"\n'


def fault(repo: GitRepo, *arguments: str, **env: str) -> str:
    """What is said of the one thing that stands in the way."""
    done = attempted(repo, *arguments, **env)
    assert (done.code, done.stdout) == (1, "")
    assert "#1 " not in done.stderr
    return done.stderr.partition("tagboat: error: ")[2]


@contextlib.contextmanager
def classic(engine: Engine) -> Iterator[None]:
    """An engine's daemon with the image store that Docker had before containerd's."""
    settings = json.loads((engine.folder / "daemon.json").read_text())
    settings["features"]["containerd-snapshotter"] = False
    config = engine.folder / "classic.json"
    config.write_text(json.dumps(settings))
    daemon = Daemon(engine.folder, "classic")
    folders = (f"--data-root={engine.folder}/old", f"--exec-root={engine.folder}/old-exec")
    pidfile = f"--pidfile={engine.folder}/old.pid"
    command = [program("dockerd"), f"--config-file={config}", *folders, pidfile]
    place = Path(engine.socket.removeprefix("unix://"))
    env = {"PATH": f"/usr/sbin:/sbin:{os.environ['PATH']}"}
    daemon.start([*command, f"--host={engine.socket}"], lambda: answers(place), env)
    yield
    daemon.stop()


def answers(path: Path) -> bool:
    """Whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.connect(str(path))
        return True
    return False


def test_a_daemon_that_is_down(engine: Engine, repo: GitRepo, tmp_path: Path) -> None:
    said = fault(project(repo, engine, LOCAL), DOCKER_HOST=f"unix://{tmp_path}/none")
    assert said.startswith("the builder default does not answer: Cannot connect to the Docker")
    assert "start the Docker daemon, or set DOCKER_HOST" in said


def test_a_builder_that_is_not_there(engine: Engine, repo: GitRepo) -> None:
    said = fault(project(repo, engine, f'{LOCAL}builder = "multi"\n'))
    assert said.startswith("there is no builder 'multi' for the image app: ")
    assert "docker buildx create --name multi" in said


def test_doctor_looks_at_images(engine: Engine, repo: GitRepo, tmp_path: Path) -> None:
    project(repo, engine, LOCAL)
    well = tagboat_process("doctor", "--offline", cwd=repo.path)
    assert re.search("ok +images +app: nothing stands in the way of building\n", well.stdout)
    env = {"DOCKER_HOST": f"unix://{tmp_path}/none"}
    ill = tagboat_process("doctor", "--offline", cwd=repo.path, env=env)
    assert ill.code == 1
    assert re.search("FAIL +images +the builder default does not answer: ", ill.stdout)


def test_docker_without_buildx(engine: Engine, repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(
        "#!/bin/sh\necho \"docker: 'buildx' is not a docker command.\" >&2; exit 1\n"
    )
    (tmp_path / "docker").chmod(0o755)
    said = fault(project(repo, engine, LOCAL), PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert said.startswith("docker has no buildx: install it (`apt-get install docker-buildx`")


def test_a_machine_without_docker(engine: Engine, repo: GitRepo, tmp_path: Path) -> None:
    for needed in ("git", "env"):
        (tmp_path / needed).symlink_to(f"/usr/bin/{needed}")
    said = fault(project(repo, engine, LOCAL), PATH=str(tmp_path))
    assert said.startswith("docker is not installed or not on PATH")


def test_a_platform_without_an_emulator(engine: Engine, repo: GitRepo) -> None:
    settings = f'{LOCAL}platforms = ["linux/arm/v7", "linux/arm64", "linux/mips64le"]\n'
    said = fault(project(repo, engine, settings))
    assert "the builder default can't run programs for linux/mips64le, as the RUN steps" in said
    assert "apt-get install qemu-user-static" in said


def test_a_platform_needs_no_emulator_where_nothing_runs(engine: Engine, repo: GitRepo) -> None:
    settings = f'{LOCAL}platforms = ["linux/mips64le"]\n'
    dockerfile = (
        f"FROM --platform=$BUILDPLATFORM {engine.base()} AS made\nRUN echo 1 > /made\n"
        "FROM scratch\nCOPY --from=made /made /made\n"
    )
    [made] = built(project(repo, engine, settings, Dockerfile=dockerfile))
    assert made["platforms"] == ["linux/mips64le"]


def test_a_scanner_that_can_t_be_pulled(engine: Engine, repo: GitRepo) -> None:
    settings = f'{LOCAL}sbom = true\nsbom_generator = "{engine.open.host}/no/scanner:1"\n'
    said = fault(project(repo, engine, settings))
    assert "/no/scanner:1, which finds out what app holds, can't be pulled" in said


def test_secrets_that_are_not_there(engine: Engine, repo: GitRepo) -> None:
    settings = f'{LOCAL}secrets = {{ a = "env:NOT_SET", b = "file:none" }}\n'
    said = fault(project(repo, engine, settings), "--allow", "secrets")
    assert "the secret a is read from NOT_SET, which is not set" in said
    assert "the secret b is read from none, which can't be read" in said


def test_the_classic_image_store(engine: Engine, repo: GitRepo) -> None:
    settings = f'{LOCAL}platforms = ["linux/amd64", "linux/arm64"]\n'
    project(repo, engine, settings)
    with running() as other:
        other.stop_daemon()
        with classic(other):
            said = fault(repo, DOCKER_HOST=other.socket)
    assert "the classic image store, which can't hold 2 platforms in one image" in said
    assert '`"features": {"containerd-snapshotter": true}`' in said


def test_a_step_that_fails_is_told_with_its_platform_line_and_words(
    engine: Engine, repo: GitRepo, name: str
) -> None:
    settings = f"""
[[images]]
repositories = ["{engine.open.host}/{name}"]
platforms = ["linux/amd64", "linux/arm64"]
dockerfile = "docker/app"
"""
    dockerfile = (
        f"FROM {engine.base()} AS build\nARG TARGETARCH\n\nRUN echo the harbour is full && \\\n"
        "  [ $TARGETARCH = amd64 ]\n"
    )
    done = attempted(project(repo, engine, settings, **{"docker/app": dockerfile}))
    assert (done.code, done.stdout) == (1, "")
    said = done.stderr.partition("tagboat: error: ")[2]
    assert said.startswith(
        f"building {name} failed for linux/arm64 at docker/app:4 in RUN echo the harbour is full"
    )
    assert "exit code: 1\n  | the harbour is full\n" in said
    with pytest.raises(OSError, match="404"):
        tags(engine.open.host, name)


def test_a_file_that_the_context_does_not_have(engine: Engine, repo: GitRepo) -> None:
    dockerfile = f"FROM {engine.base()}\nCOPY missing /\n"
    done = attempted(project(repo, engine, LOCAL, Dockerfile=dockerfile))
    assert "building app failed for linux/amd64 at Dockerfile:2 in COPY missing /: " in done.stderr


def test_a_run_that_is_cancelled_ends_the_build(
    engine: Engine, repo: GitRepo, tmp_path: Path
) -> None:
    dockerfile = f"FROM {engine.base()}\nRUN echo begun && sleep 300\n"
    project(repo, engine, LOCAL, Dockerfile=dockerfile)
    env = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "tagboat", "image", "build"]
    with subprocess.Popen(command, cwd=repo.path, stderr=subprocess.PIPE, env=env) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if b"begun" in line and b"RUN" not in line:
                run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=patience(1200)) == 130
    assert not any(path.name.startswith("tagboat-") for path in tmp_path.iterdir())
