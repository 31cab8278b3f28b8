"""Runs the command line the way a user does, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Result(NamedTuple):
    """What a run left: its exit code and both streams as text."""

    code: int
    stdout: str
    stderr: str


def tagboat(
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes = b"",
    timeout: float = 60,
) -> Result:
    """Run ``tagboat *args`` in ``cwd``; ``env`` is added to the test's own environment."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", *args],
        cwd=cwd,
        env=os.environ | dict(env or {}),
        input=data,
        capture_output=True,
        check=False,
        timeout=timeout,
    )
    return Result(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
