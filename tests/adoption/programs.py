"""The programs that the ways in are tried with, installed into the cache folder by lock files.

Those of Python stand in an environment of their own, as none of them is a dependency of tagboat.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import environment
from tests.gitrepo import GitRepo
from tests.patience import patience

ROOT = Path(__file__).parent.parent.parent
_CACHE = ROOT / ".cache" / "adoption"
_REQUIREMENTS = ROOT / "requirements" / "programs.txt"
_LOCK = Path(__file__).with_name("package-lock.json")
_STARTS = 10_000
"""How many starts of the interpreter a program may take that installs thirty packages."""
PYTHON = _CACHE / "python" / "bin"
"""Where the programs of Python stand."""
NODE = _CACHE / "node" / "node_modules"
"""Where the packages of npm stand."""


def install_programs() -> None:
    """Have all of them; of several processes one installs them, the others wait."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        _once(_REQUIREMENTS, _install_python)
        _once(_LOCK, _install_node)


def _once(lock: Path, install: Callable[[], None]) -> None:
    done = _CACHE / lock.name
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        install()
        shutil.copy(lock, done)


def _install_python() -> None:
    _call(sys.executable, "-m", "venv", "--clear", str(PYTHON.parent))
    _call(str(PYTHON / "pip"), "install", "--quiet", "--require-hashes", "-r", str(_REQUIREMENTS))


def _install_node() -> None:
    NODE.parent.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(Path(__file__).with_name(name), NODE.parent / name)
    _call("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=NODE.parent)
    # Compiling it takes minutes; the rules of our pipelines are no hostile patterns.
    (NODE / "re2" / "re2.js").write_text("module.exports = RegExp;\n")


def _call(*command: str, cwd: Path = ROOT) -> None:
    subprocess.run(command, cwd=cwd, env=environment.CALLER, check=True, capture_output=True)


def checkout(path: Path) -> GitRepo:
    """A repository that holds the files of this checkout as they are, in one commit."""
    repo = GitRepo.init(path)
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, path / name)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "feat: as it is")
    return repo


def program_env(home: Path, **more: str) -> dict[str, str]:
    """The quiet environment, with the programs on PATH and the caller's way to package indexes."""
    kept = ("PIP_", "UV_", "NPM_", "npm_", "SSL_", "REQUESTS_")
    index = {key: text for key, text in environment.CALLER.items() if key.startswith(kept)}
    quiet = {key: text for key, text in environment.quiet(home).items() if key != "PYTHONPATH"}
    path = os.pathsep.join([str(PYTHON), str(NODE / ".bin"), quiet["PATH"]])
    return quiet | index | {"PATH": path} | more


def run(*command: str | Path, cwd: Path, env: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a program, and all that it prints."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=patience(_STARTS),
    )
    return done.returncode, done.stdout
