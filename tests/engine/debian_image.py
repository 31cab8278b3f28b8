"""The image that tagboat's own is built on: a Debian 13 with its programs, and no archive to ask.

What the Dockerfile installs is there already, so that apt has nothing to fetch where it is built.
"""

import re
import subprocess
import sys
from pathlib import Path

from tests.engine.engine import Engine
from tests.engine.needs import EngineError, program

ROOT = Path(__file__).parents[2]
CODENAME = "trixie"
NAME = "localhost/debian-of-tests"


def packages() -> list[str]:
    """The packages of Debian that the Dockerfile asks for."""
    text = (ROOT / "Dockerfile").read_text()
    asked = re.findall(r"--no-install-recommends((?: |\\\n|[\w.+-])*)", text)
    return " ".join(asked).replace("\\\n", " ").split()


def make(engine: Engine, folder: Path) -> str:
    """Make the image in the engine; what it is called. Raises EngineError."""
    root, tar = folder / "root", folder / "root.tar"
    wanted = f"--include={','.join(packages())}"
    _run(program("debootstrap"), "--variant=minbase", wanted, CODENAME, str(root), _archive())
    for source in [root / "etc/apt/sources.list", *root.glob("etc/apt/sources.list.d/*")]:
        source.write_text("")
    _run("tar", f"--directory={root}", "--numeric-owner", "--create", f"--file={tar}", ".")
    engine.docker("import", str(tar), NAME)
    return NAME


def wheels(folder: Path) -> Path:
    """Fetch tagboat's dependencies for the Python of that Debian; the folder they are in."""
    python = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = _run("chroot", str(folder / "root"), "python3", "-c", python).strip()
    _run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *(f"--python-version={version}", "--only-binary=:all:", "--no-deps", "--require-hashes"),
        *(f"--requirement={ROOT}/requirements/tagboat.txt", f"--dest={folder}/wheels"),
    )
    return folder / "wheels"


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
