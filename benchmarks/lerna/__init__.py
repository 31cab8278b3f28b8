"""lerna, which is no program of Python: installed by its lock file, and kept to itself.

It asks no network and remembers nothing: neither its daemon nor its caches serve a later run.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.histories import GIT_ENVIRONMENT
from benchmarks.tools import call

LERNA: Final = "lerna"

_HERE: Final = Path(__file__).parent
_LOCK: Final = "package-lock.json"
_ALONE: Final[Mapping[str, str]] = {
    "NX_DAEMON": "false",
    "NX_CACHE_PROJECT_GRAPH": "false",
    "NX_SKIP_NATIVE_FILE_CACHE": "true",
    "NX_NO_CLOUD": "true",
}
_WRITTEN: Final = ("NX_CACHE_DIRECTORY", "NX_WORKSPACE_DATA_DIRECTORY")
"""Where it would write, which is in the measured repository."""


class MissingError(Exception):
    """A program is missing that lerna needs; the message says which, and what to install."""


@dataclass(frozen=True, slots=True)
class Lerna:
    """The installed tool."""

    home: Path
    versions: Mapping[str, str]

    @property
    def program(self) -> str:
        """The path of its entry point."""
        return str(self.home / "node_modules" / ".bin" / LERNA)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that it runs with besides those of every tool."""
        return {**_ALONE, **dict.fromkeys(_WRITTEN, str(self.home / "written"))}


def install(home: Path, path: str = GIT_ENVIRONMENT["PATH"]) -> Lerna:
    """Install lerna into `home`, unless it is there already, with the programs on `path`.

    Raises `MissingError` without npm, and `subprocess.CalledProcessError`, with npm's output, where
    it fails: where Node is too old, for example.
    """
    npm, node = (shutil.which(name, path=path) for name in ("npm", "node"))
    if npm is None or node is None:
        raise MissingError("npm is missing, with which lerna is installed: apt-get install npm")
    installed = home / "installed"
    lock = (_HERE / _LOCK).read_bytes()
    if not installed.exists() or installed.read_bytes() != lock:
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", _LOCK):
            shutil.copy(_HERE / name, home / name)
        quiet = ("--ignore-scripts", "--engine-strict", "--no-audit", "--no-fund")
        call(npm, "ci", *quiet, "--prefix", home)
        installed.write_bytes(lock)
    version = json.loads(lock)["packages"]["node_modules/lerna"]["version"]
    told = subprocess.check_output((node, "--version"), text=True)
    return Lerna(home, {LERNA: version, "Node": told.strip().removeprefix("v")})
