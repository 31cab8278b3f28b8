"""How long tests wait: for so many starts of the interpreter, however long those take here."""

import subprocess
import sys
import time
from functools import cache
from pathlib import Path

_LEAST = 0.05


def patience(starts: float) -> float:
    """The seconds in which the interpreter starts so many times; twenty take a second or more."""
    return starts * _start()


def ends(pid: int) -> bool:
    """Whether a process ends soon: one that was killed needs the processor for it."""
    until = time.monotonic() + patience(100)
    while _is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


@cache
def _start() -> float:
    """The seconds that a start takes here, beside whatever else runs: the slowest of three."""
    return max(_LEAST, *(_seconds() for _ in range(3)))


def _seconds() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.monotonic() - begun
