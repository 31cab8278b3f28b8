"""A counter on the terminal while a long history is read."""

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tagboat.core.commits.commit import Visit

if TYPE_CHECKING:
    from rich.status import Status

_QUIET = 0.5
_STEP = 5000


def watched(visits: Iterator[Visit]) -> Iterator[Visit]:
    """Pass visits on; on a terminal, show how many once it takes longer than half a second."""
    return _with_status(visits) if sys.stderr.isatty() else visits


def _with_status(visits: Iterator[Visit]) -> Iterator[Visit]:
    start, number, shown = time.monotonic(), 0, None
    try:
        for number, visit in enumerate(visits, 1):
            yield visit
            if number % _STEP == 0 and (shown is not None or time.monotonic() - start > _QUIET):
                if shown is None:
                    shown = _status()
                shown.update(f"reading history: {number:,} commits")
    finally:
        if shown is not None:
            shown.stop()


def _status() -> "Status":
    """A line at the bottom of the terminal that goes away by itself."""
    from rich.console import Console
    from rich.status import Status

    status = Status("reading history", console=Console(stderr=True))
    status.start()
    return status
