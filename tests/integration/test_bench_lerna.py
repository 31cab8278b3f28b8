"""lerna is measured where npm can install it, and what else is to be installed is said at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import lerna

ROOT = Path(__file__).parent.parent.parent


def test_without_npm_it_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(lerna.MissingError, match="apt-get install npm"):
        lerna.install(tmp_path / "lerna", path=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_without_npm_one_line_says_what_to_install_and_nothing_is_measured(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "benchmarks.packages", "--cache", str(tmp_path / "cache"))
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment = {"PATH": str(tmp_path), "PYTHONPATH": paths}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "packages are not measured: npm is missing, with which lerna is installed: "
        "apt-get install npm\n"
    )


def test_a_lock_file_of_another_release_is_installed_anew(tmp_path: Path) -> None:
    for name, script in (("npm", 'echo "$@" >> "$0.calls"'), ("node", "echo v22.12.0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o700)
    home = tmp_path / "lerna"
    installed = [lerna.install(home, path=str(tmp_path)) for _ in range(2)]
    (home / "installed").write_text("of another release")
    installed.append(lerna.install(home, path=str(tmp_path)))
    assert len((tmp_path / "npm.calls").read_text().splitlines()) == 2
    assert {tuple(one.versions) for one in installed} == {("lerna", "Node")}
