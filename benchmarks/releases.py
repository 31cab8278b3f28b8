"""Repositories to release: a clone and its remote, from a generated history, copied for each run.

The remote is a folder. It has an address as on a forge, which git is told to replace, because some
tools refuse an address that is a folder's.
"""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.histories import GIT_ENVIRONMENT
from benchmarks.tools import FILES

ADDRESS: Final = "https://github.com/acme/bench.git"


@dataclass(frozen=True, slots=True)
class Range:
    """Where releases are made: ``clone`` and ``remote`` are copies, made anew before each run."""

    home: Path

    @property
    def clone(self) -> Path:
        """The work tree that tools run in."""
        return self.home / "work" / "clone"

    @property
    def remote(self) -> Path:
        """The bare repository that they push to."""
        return self.home / "work" / "remote.git"

    def restart(self) -> None:
        """Put clone and remote back to where a release is due."""
        shutil.rmtree(self.home / "work", ignore_errors=True)
        shutil.copytree(self.home / "due", self.home / "work", symlinks=True)

    def released(self) -> str:
        """The version tag on the tip of the remote's branch; an empty text without one."""
        return _git(self.remote, "tag", "--points-at", "main").strip()


def prepared(repository: Path, home: Path, files: Mapping[str, str] = FILES) -> Range:
    """Make a clone, with files such as a changelog, and its remote, where a release is due."""
    made = Range(home)
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(repository, made.clone, symlinks=True)
    made.remote.mkdir()
    _git(made.remote, "init", "--quiet", "--bare", "--initial-branch=main")
    clone = made.clone
    for name, text in files.items():
        (clone / name).write_text(text)
    _git(clone, "config", "remote.origin.url", ADDRESS)
    _git(clone, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    _git(clone, "config", f"url.{made.remote}.insteadOf", ADDRESS)
    _git(clone, "add", *files)
    _git(clone, "commit", "--quiet", "--message=chore: begin a changelog")
    _git(clone, "push", "--quiet", "--tags", "--set-upstream", "origin", "main")
    (home / "work").rename(home / "due")
    return made


def _git(repository: Path, *arguments: str) -> str:
    command = ("git", "-C", str(repository), *arguments)
    return subprocess.check_output(command, env=GIT_ENVIRONMENT, text=True)
