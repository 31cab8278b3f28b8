"""Packages that need what their manifests say: releases bring requirements up to date."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote

CONFIG = """\
[[packages]]
paths = ["packages/*"]
tag = "{{name}}@{{version}}"
needs = "manifests"
{more}
files = ["npm:{{path}}"]
"""
LOCK: dict[str, Any] = {
    "name": "top",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "top", "workspaces": ["packages/*"]},
        "packages/api": {"name": "api", "version": "2.0.0", "dependencies": {"core": "^1.4.0"}},
        "packages/core": {"name": "core", "version": "1.4.0"},
        "packages/web": {"name": "web", "version": "0.3.1", "devDependencies": {"core": "~1.4.0"}},
    },
}


def started(remote: Remote, more: str = "") -> GitRepo:
    """Three packages of npm with a release each: `api` needs `core`, `web` only to be tested."""
    files = {
        "tagboat.toml": CONFIG.format(more=more),
        "package.json": '{"name": "top", "private": true, "workspaces": ["packages/*"]}\n',
        "package-lock.json": json.dumps(LOCK, indent=2) + "\n",
    }
    for path, entry in LOCK["packages"].items():
        if path:
            files[f"{path}/package.json"] = json.dumps(entry, indent="\t") + "\n"
    clone = remote.started(files=files)
    for tag in ("core@1.4.0", "api@2.0.0", "web@0.3.1"):
        clone.git("tag", tag)
    clone.git("push", "--quiet", "origin", "main", "--tags")
    return clone


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def changed(clone: GitRepo, message: str, package: str) -> None:
    clone.commit(message, files={f"packages/{package}/file": message})
    clone.git("push", "--quiet", "origin", "main")


def test_requirements_are_brought_to_the_new_version(remote: Remote) -> None:
    clone = started(remote)
    changed(clone, "feat!: new", "core")
    found = tagboat("release", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "core 2.0.0\napi 2.0.1\n")
    clone.git("pull", "--quiet")
    diff = clone.git("show", "--format=", "--unified=0", "--", "*.json").splitlines()
    assert [line.strip("+\t ") for line in diff if re.match(r"\+\s", line)] == [
        '"version": "2.0.1",',  # the lock file
        '"core": "^2.0.0"',
        '"version": "2.0.0"',
        '"core": "~2.0.0"',
        '"version": "2.0.1",',  # the manifests
        '"core": "^2.0.0"',
        '"version": "2.0.0"',
        '"core": "~2.0.0"',
    ]
    assert tagboat("version", "next", cwd=clone.path).stdout == ""


def test_dependent_out_of_range_alone_is_released(remote: Remote) -> None:
    clone = started(remote, 'propagate = "out-of-range"')
    changed(clone, "feat: new", "core")
    assert tagboat("version", "next", cwd=clone.path).stdout == "core 1.5.0\n"
    changed(clone, "feat!: newer", "core")
    assert tagboat("version", "next", cwd=clone.path).stdout == "api 2.0.1\ncore 2.0.0\n"


def test_dependent_left_behind_out_of_range_stays_due(remote: Remote) -> None:
    clone = started(remote, 'propagate = "out-of-range"')
    changed(clone, "feat!: newer", "core")
    found = tagboat("release", "--package", "core", cwd=clone.path)
    assert (found.code, found.stdout) == (0, "2.0.0\n")
    clone.git("pull", "--quiet")
    assert tagboat("version", "next", cwd=clone.path).stdout == "api 2.0.1\n"
    changed(clone, "feat: more", "core")
    found = tagboat("release", cwd=clone.path)
    assert found.stdout == "core 2.1.0\napi 2.0.1\n"
