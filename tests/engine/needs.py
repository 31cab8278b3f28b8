"""What the engine and the registries are made of: Debian's programs, and root's rights."""

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "dockerd": "docker.io",
    "docker": "docker-cli",
    "docker-registry": "docker-registry",
    "cosign": "cosign",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
}
_FOLDERS = ("/usr/bin", "/usr/sbin", "/bin", "/sbin")
"""Where Debian's programs stand; looked at first, as others of the same name may be on PATH."""

EMULATORS = ("qemu-aarch64", "qemu-arm")
BINFMT = Path("/usr/lib/binfmt.d")


class EngineError(Exception):
    """Something the engine needs is missing, or a part of it does not come up; one line."""


def program(name: str) -> str:
    """Where a program stands; Debian's own before any other. Raises EngineError."""
    for folder in _FOLDERS:
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    found = shutil.which(name)
    if found is None:
        raise _missing([PACKAGES[name]])
    return found


def check() -> None:
    """Say in one line what is missing. Raises EngineError."""
    if os.geteuid():
        raise EngineError("the engine needs root: run this as root")
    lacking = [package for name, package in PACKAGES.items() if not _is_there(name)]
    if "docker-cli" not in lacking and not _has_buildx():
        lacking.append("docker-buildx")
    if not all((BINFMT / f"{name}.conf").exists() for name in EMULATORS):
        lacking.append("qemu-user-static")
    if lacking:
        raise _missing(lacking)


def _is_there(name: str) -> bool:
    try:
        return bool(program(name))
    except EngineError:
        return False


def _has_buildx() -> bool:
    command = [program("docker"), "buildx", "version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _missing(packages: list[str]) -> EngineError:
    return EngineError(
        f"the engine lacks {', '.join(packages)}: run .ci/engine-packages as root"
        f" (on Debian 13: apt-get install {' '.join(packages)})"
    )
