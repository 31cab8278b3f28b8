"""The clock."""

import os
import time
from collections.abc import Callable

from tagboat.core.errors import UsageError

_LAST = 253_402_300_799
"""The last second of the year 9999, after which no calendar here goes on."""
_LONG = 5.0
"""From how many seconds on a wait is told of."""
_told: list[Callable[[str], None]] = []


def tell_waits(tell: Callable[[str], None]) -> None:
    """Let somebody be told from now on what a run waits for, where that takes long."""
    _told[:] = [tell]


def wait(seconds: float, why: str) -> None:
    """Wait; who is told of waits hears why, unless it is short."""
    if seconds >= _LONG:
        for tell in _told:
            tell(f"waiting {seconds:.0f} s: {why}")
    time.sleep(seconds)


class SystemClock:
    """The clock of this machine."""

    def now(self) -> int:
        """The time in seconds since 1970; ``SOURCE_DATE_EPOCH`` where it is set.

        https://reproducible-builds.org/specs/source-date-epoch/
        """
        given = os.environ.get("SOURCE_DATE_EPOCH", "")
        if not given:
            return int(time.time())
        if not given.isascii() or not given.isdigit():
            raise UsageError(f"SOURCE_DATE_EPOCH is no number of seconds: {given!r}")
        if len(given) > len(str(_LAST)) or int(given) > _LAST:
            raise UsageError(
                f"SOURCE_DATE_EPOCH is after the year 9999: {given[:30]}",
                "give seconds since 1970, not milliseconds",
            )
        return int(given)

    def back_off(self, attempt: int) -> None:
        """Wait before another try: a random part of a time that doubles, at most four seconds."""
        import random

        time.sleep(random.uniform(0, min(4.0, 0.1 * 2**attempt)))  # noqa: S311 - no secret
