"""Releases of workspaces leave lock files that the package managers take as they are."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.adoption.programs import program_env, run
from tests.commandline import tagboat
from tests.releasing import Remote

CONFIG = """\
[[packages]]
paths = ["packages/*"]
tag = "{{name}}@{{version}}"
needs = "manifests"
files = ["{preset}:{{path}}"]
"""
TOP = {"name": "top", "private": True, "workspaces": ["packages/*"]}
CORE = {"name": "core", "version": "1.4.0"}
PYTHON = """\
[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.11"
dependencies = {requires}
[tool.uv]
package = false
[tool.uv.workspace]
members = ["packages/*"]
[tool.uv.sources]
core = {{ workspace = true }}
"""


def npm(wanted: str) -> dict[str, str]:
    """A workspace in which one package requires another at a range."""
    api = {"name": "api", "version": "2.0.0", "dependencies": {"core": wanted}}
    api["peerDependencies"] = {"core": ">=1.4.0 <2"}
    found = {
        "package.json": TOP,
        "packages/core/package.json": CORE,
        "packages/api/package.json": api,
    }
    files = {path: json.dumps(each, indent=2) + "\n" for path, each in found.items()}
    return {
        "tagboat.toml": CONFIG.format(preset="npm"),
        ".gitignore": "node_modules\n.yarn\n",
    } | files


def uv() -> dict[str, str]:
    """The same for Python."""
    api = PYTHON.format(name="api", version="2.0.0", requires='["core>=1.4,<2"]')
    member, _, sources = api.partition('[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    return {
        "tagboat.toml": CONFIG.format(preset="uv"),
        "pyproject.toml": PYTHON.format(name="top", version="0.0.0", requires="[]"),
        "packages/core/pyproject.toml": PYTHON.format(
            name="core", version="1.4.0", requires="[]"
        ).partition("[tool.uv.w")[0],
        "packages/api/pyproject.toml": member + sources,
    }


CATALOG = {"pnpm-workspace.yaml": 'packages: ["packages/*"]\ncatalog:\n  core: ^1.4.0\n'}
MEMBERS = {"pnpm-workspace.yaml": 'packages: ["packages/*"]\n'}
LINKED = {".npmrc": "link-workspace-packages=true\n"}


@pytest.mark.parametrize(
    ("files", "lock", "check"),
    [
        pytest.param(npm("^1.4.0"), "npm install", "npm ci", id="npm"),
        pytest.param(
            npm("workspace:^1.4.0") | MEMBERS,
            "pnpm install",
            "pnpm install --frozen-lockfile",
            id="pnpm",
        ),
        pytest.param(
            npm("catalog:") | CATALOG | LINKED,
            "pnpm install",
            "pnpm install --frozen-lockfile",
            id="pnpm with a catalog",
        ),
        pytest.param(npm("^1.4.0"), "yarn install", "yarn install --immutable", id="yarn"),
        pytest.param(
            npm("workspace:^1.4.0"), "yarn install", "yarn install --immutable", id="yarn workspace"
        ),
        pytest.param(uv(), "uv lock", "uv lock --check", id="uv"),
    ],
)
def test_lock_file_is_up_to_date_after_a_release(
    tmp_path: Path, files: Mapping[str, str], lock: str, check: str
) -> None:
    clone = Remote(tmp_path).started(files=dict(files))
    env = program_env(tmp_path)
    code, told = run(*lock.split(), cwd=clone.path, env=env)
    assert code == 0, told
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message", "build: lock")
    for tag in ("core@1.4.0", "api@2.0.0"):
        clone.git("tag", tag)
    clone.commit("feat!: new", files={"packages/core/new": ""})
    clone.git("push", "--quiet", "origin", "main", "--tags")
    found = tagboat("release", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "core 2.0.0\napi 2.0.1\n"), found.stderr
    clone.git("pull", "--quiet")
    code, told = run(*check.split(), cwd=clone.path, env=env)
    assert code == 0, told
    assert clone.git("status", "--porcelain") == ""
