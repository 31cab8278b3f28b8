"""The recipes of docs/publish.md, run against indexes on loopback and killed after the upload."""

import json
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adoption.programs import NODE, PYTHON, ROOT, program_env, run
from tests.patience import patience
from tests.releasing import Remote

PAGE = (ROOT / "docs" / "publish.md").read_text()
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "app"
version = "0.0.0"
requires-python = ">=3.11"

[tool.hatch.build]
include = ["app.py"]
"""
VERDACCIO = """\
storage: {folder}/storage
packages:
  "**":
    access: $all
    publish: $all
log: {{ type: stdout, level: error }}
"""


def recipe(name: str) -> str:
    """A recipe of the page, killed once its upload is through."""
    text = PAGE.partition(f"<!-- recipe: {name} -->\n```toml\n")[2].partition("```")[0]
    found = re.findall(r"(?m)^run = (.*)$", text)[-1]
    killed = json.dumps(["sh", "-c", f"{shlex.join(json.loads(found))} && kill -9 $PPID"])
    return text.replace(found, killed)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Index:
    """A running index; its programs log what is uploaded."""

    def __init__(self, command: list[str], port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = (folder / "log").open("wb")
        env = program_env(folder)
        self._process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=self._log, stderr=self._log
        )
        limit = time.monotonic() + patience(600)
        while not self._is_up(port):
            assert time.monotonic() < limit
            assert self._process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)

    def _is_up(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()


@pytest.fixture
def pypi(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "index").mkdir()
    port = free_port()
    where = ["-i", "127.0.0.1", "-p", str(port), "-a", ".", "-P", "."]
    command = [str(PYTHON / "pypi-server"), "run", *where, "--disable-fallback", "index"]
    index = Index(command, port, tmp_path)
    yield index
    index.end()


@pytest.fixture
def npm(tmp_path: Path) -> Iterator[Index]:
    port, config = free_port(), tmp_path / "verdaccio.yaml"
    config.write_text(VERDACCIO.format(folder=tmp_path))
    listen = f"127.0.0.1:{port}"
    program = str(NODE / ".bin" / "verdaccio")
    index = Index([program, "--config", str(config), "--listen", listen], port, tmp_path)
    yield index
    index.end()


def killed_and_finished(remote: Remote, files: dict[str, str], env: dict[str, str]) -> str:
    """Release, be killed after the upload, release again; what the second run prints."""
    clone = remote.started(files=files)
    tagboat = [sys.executable, "-m", "tagboat", "release", "-v"]
    env |= {"PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(clone.path.parent)}
    assert run(*tagboat, cwd=clone.path, env=env)[0] == -9
    assert remote.tags == ["v0.1.0"]
    assert "published" not in remote.bare.git("notes", "--ref=tagboat", "show", "v0.1.0^{commit}")
    code, told = run(*tagboat, cwd=clone.path, env=env)
    assert code == 0, told
    assert "published" in remote.bare.git("notes", "--ref=tagboat", "show", "v0.1.0^{commit}")
    return told


def test_package_for_python_is_uploaded_once(tmp_path: Path, pypi: Index) -> None:
    # The builder stands in the environment already, and the index has nothing else.
    settings = recipe("pypi").replace('"build"]', '"build", "--no-isolation"]')
    files = {"tagboat.toml": settings, "pyproject.toml": PROJECT, "app.py": "x = 1\n"}
    env = program_env(
        tmp_path,
        TWINE_REPOSITORY_URL=pypi.url,
        PIP_INDEX_URL=f"{pypi.url}/simple/",
        TWINE_PASSWORD="none",  # noqa: S106 - nobody checks it
    )
    told = killed_and_finished(Remote(tmp_path), files, env)
    assert sorted(path.name for path in (tmp_path / "index").iterdir()) == [
        "app-0.1.0-py3-none-any.whl",
        "app-0.1.0.tar.gz",
    ]
    assert "\nUploading " not in told


def test_package_for_node_is_published_once(tmp_path: Path, npm: Index) -> None:
    manifest = json.dumps({"name": "app", "version": "0.0.0"}, indent=2)
    files = {"tagboat.toml": recipe("npm"), "package.json": manifest + "\n"}
    (tmp_path / ".npmrc").write_text(
        f"registry={npm.url}\n{npm.url.removeprefix('http:')}/:_authToken=${{NODE_AUTH_TOKEN}}\n"
    )
    env = program_env(tmp_path, NODE_AUTH_TOKEN="anyone", NPM_CONFIG_REGISTRY=npm.url)  # noqa: S106
    told = killed_and_finished(Remote(tmp_path), files, env)
    found = run("npm", "view", "app", "versions", "--json", cwd=tmp_path, env=env)[1]
    assert "0.1.0" in found
    assert "+ app@0.1.0" not in told
