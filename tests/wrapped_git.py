"""A git on PATH that does something else first."""

import os
import shutil
from pathlib import Path


def wrapped_git(folder: Path, script: str) -> dict[str, str]:
    """The PATH on which git is a shell script in ``folder``, and then the real one."""
    folder.mkdir(exist_ok=True)
    wrapper = folder / "git"
    wrapper.write_text(f'#!/bin/sh\n{script}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
