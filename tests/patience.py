"""How long tests wait: for so many starts of the interpreter, however long those take here."""

import subprocess
import sys
import time
from functools import cache

_LEAST = 0.05


def patience(starts: float) -> float:
    """The seconds in which the interpreter starts so many times; twenty take a second or more."""
    return starts * _start()


@cache
def _start() -> float:
    """The seconds that a start takes here, beside whatever else runs: the slowest of three."""
    return max(_LEAST, *(_seconds() for _ in range(3)))


def _seconds() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.monotonic() - begun
