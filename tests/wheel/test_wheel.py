"""The wheel, built from the sdist and installed with its dependencies in an empty environment."""

import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import environment
from tests.conftest import MakeRepo

ROOT = Path(__file__).parent.parent.parent


def run(*command: str | Path, cwd: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the sdist builds."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    run(*command, cwd=out, env=environment.CALLER)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def script(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``tagboat`` command of an environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=True)
    pip = folder / "bin" / "pip"
    run(pip, "install", "--quiet", wheel, cwd=folder, env=environment.CALLER)
    return folder / "bin" / "tagboat"


@pytest.fixture
def installed_env(home: Path) -> dict[str, str]:
    """The quiet environment, without the checkout on Python's path."""
    return {k: v for k, v in environment.quiet(home).items() if k != "PYTHONPATH"}


def test_templates_are_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    expected = {
        f"tagboat/templates/{path.relative_to(ROOT / 'templates')}"
        for path in (ROOT / "templates").rglob("*.j2")
    }
    assert expected
    assert expected == {name for name in names if name.startswith("tagboat/templates/")}


def test_typing_marker_is_inside(wheel: Path) -> None:
    assert "tagboat/py.typed" in zipfile.ZipFile(wheel).namelist()


def test_installed_command_prints_its_version(
    script: Path, tmp_path: Path, installed_env: dict[str, str]
) -> None:
    version = run(script, "--version", cwd=tmp_path, env=installed_env)
    assert version.split()[-1] in next(script.parent.parent.rglob("tagboat-*.dist-info")).name


def test_installed_command_renders_a_changelog(
    script: Path, make_repo: MakeRepo, installed_env: dict[str, str]
) -> None:
    repo = make_repo("repo")
    repo.commits("feat: drop the anchor")
    repo.tag("v0.1.0", message="v0.1.0")
    repo.commits("fix: untangle the rope")
    rendered = run(script, "changelog", cwd=repo.path, env=installed_env)
    assert rendered.index("ntangle the rope") < rendered.index("0.1.0") < rendered.index("nchor")
