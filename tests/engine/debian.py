"""Debians, made by mmdebstrap as root from the archive that this machine uses already.

One is the image that tagboat's own is built on: it has the programs that the Dockerfile installs,
and no archive to ask. Another is bare: ``python -m tests.engine.debian CODENAME TARGET...`` runs
make in one, on the commit that is checked out, with git, make, python3 and python3-venv alone and
without terminals. A machine that can't have it is no fault of the tests; CI's can.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.engine.engine import Engine
from tests.engine.needs import EngineError, program

ROOT = Path(__file__).parents[2]
CODENAME = "trixie"
NAME = "localhost/debian-of-tests"
BARE = ("git", "make", "python3", "python3-venv")
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_INSIDE = 'mount -t proc proc "$0/proc" && chroot "$0" "$@"'
_PASSED = {"CI": "", "TAGBOAT_CELL": "", "SHARE": "1"}
"""What make is told there as it is here, and what where nothing is said."""


def packages() -> list[str]:
    """The packages of Debian that the Dockerfile asks for."""
    text = (ROOT / "Dockerfile").read_text()
    asked = re.findall(r"--no-install-recommends((?: |\\\n|[\w.+-])*)", text)
    return " ".join(asked).replace("\\\n", " ").split()


def make(engine: Engine, folder: Path) -> str:
    """Make the image in the engine; what it is called. Raises EngineError."""
    root, tar = folder / "root", folder / "root.tar"
    bootstrap(root, CODENAME, packages())
    for source in [root / "etc/apt/sources.list", *root.glob("etc/apt/sources.list.d/*")]:
        source.write_text("")
    _run("tar", f"--directory={root}", "--numeric-owner", "--create", f"--file={tar}", ".")
    engine.docker("import", str(tar), NAME)
    return NAME


def wheels(folder: Path) -> Path:
    """Fetch tagboat's dependencies for the Python of that Debian; the folder they are in."""
    return fetch_wheels(folder / "root", "tagboat", folder / "wheels")


def bootstrap(root: Path, codename: str, included: Sequence[str]) -> None:
    """Make a Debian with some packages. Raises EngineError."""
    wanted = f"--include={','.join(included)}"
    _run(program("mmdebstrap"), "--variant=minbase", wanted, codename, str(root), _archive())


def fetch_wheels(root: Path, requirements: str, folder: Path) -> Path:
    """Fetch what a lock file names for the Python of a Debian: nothing there knows an index."""
    version = _run("chroot", str(root), "python3", "-c", _VERSION).strip()
    _run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *(f"--python-version={version}", "--only-binary=:all:", "--no-deps", "--require-hashes"),
        *(f"--requirement={ROOT}/requirements/{requirements}.txt", f"--dest={folder}"),
    )
    return folder


def make_in_bare(codename: str, targets: Sequence[str]) -> int:
    """Make a bare Debian and run make there; its exit code. Raises EngineError without a Debian."""
    if os.geteuid():
        raise EngineError("it takes root")
    # Namespaces of its own: no mount stays, and no process.
    apart = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    _run(*apart, "true")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        bootstrap(root, codename, BARE)
        fetch_wheels(root, "dev", root / "wheels")
        _run("git", "clone", "--quiet", str(ROOT), str(root / "tagboat"))
        told = _run("chroot", str(root), "python3", "--version").strip()
        sys.stdout.write(f"=== bare Debian: {codename}, {told}\n")
        sys.stdout.flush()
        settings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        settings |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
        settings |= {name: os.environ.get(name, usual) for name, usual in _PASSED.items()}
        env = ["env", "--ignore-environment", *(f"{name}={one}" for name, one in settings.items())]
        command = [*apart, "bash", "-c", _INSIDE, str(root), *env]
        command += ["make", "--directory=/tagboat", *targets]
        return subprocess.run(command, check=False).returncode


def _archive() -> str:
    """The archive that this machine uses already, whatever it is called."""
    form = ("--format", "$(REPO_URI)", "Created-By: Packages")
    said = _run("apt-get", "indextargets", *form).splitlines()
    found = [line for line in said if line.rstrip("/").endswith("/debian")]
    if not found:
        raise EngineError("apt has no list of Debian's packages: apt-get update")
    return found[0]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise EngineError(f"`{Path(command[0]).name}` failed: {''.join(last)}")
    return done.stdout


if __name__ == "__main__":
    try:
        sys.exit(make_in_bare(sys.argv[1], sys.argv[2:]))
    except EngineError as error:
        sys.stderr.write(f"no bare Debian here: {error}\n")
        sys.exit(bool(os.environ.get("CI")))
