"""Foreign machine code: tells the kernel to run programs for arm64 and arm/v7 through qemu."""

import subprocess
from pathlib import Path

from tests.engine.needs import BINFMT, EMULATORS

_KERNEL = Path("/proc/sys/fs/binfmt_misc")


def register() -> None:
    """Make sure that such programs run; what is registered already stays."""
    if not (_KERNEL / "register").exists():
        mount = ["mount", "-t", "binfmt_misc", "binfmt_misc", str(_KERNEL)]
        subprocess.run(mount, check=True)
    for name in EMULATORS:
        if not (_KERNEL / name).exists():
            (_KERNEL / "register").write_bytes((BINFMT / f"{name}.conf").read_bytes())
