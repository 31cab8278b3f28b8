"""The demonstration's release: killed right after its push, and finished by the same command."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

from tests.gitrepo import GitRepo

_KILLER = """\
#!/bin/sh
{git} "$@"
code=$?
case " $* " in *" --dry-run "*) exit $code ;; *" push "*) kill -9 "$PPID" ;; esac
exit $code
"""


def prepare(repo: GitRepo) -> None:
    """Let the clone know who releases; the repository of the demonstration has no identity."""
    repo.git("config", "user.name", "Grace Hopper")
    repo.git("config", "user.email", "grace@example.org")


def killed(repo: GitRepo, folder: Path) -> int:
    """Release with a git first on PATH that kills tagboat once a push is through; the exit code."""
    killer = folder / "killer"
    killer.mkdir()
    program = killer / "git"
    program.write_text(_KILLER.format(git=shutil.which("git")))
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", "release"],
        cwd=repo.path,
        # What a killed run leaves behind goes away with the demonstration.
        env=os.environ
        | {"PATH": f"{killer}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def is_killed(code: int) -> bool:
    """Whether an exit code is that of a process that was killed."""
    return code == -signal.SIGKILL
