"""The clock, and how long servers are waited for."""

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from tagboat.core.errors import UsageError

_LAST = 253_402_300_799
"""The last second of the year 9999, after which no calendar here goes on."""
_LONG = 5.0
"""From how many seconds on a wait is told of."""
GIVEN_UP = 60.0
"""For how many seconds a server that failed to the last repetition is not waited for again."""
ServerAddress = tuple[str | None, str, int | None]
"""How a server is reached: scheme, host and port (RFC 6454)."""
_told: list[Callable[[str], None]] = []


def tell_waits(hear: Callable[[str], None]) -> None:
    """Let somebody be told from now on what a run waits for, where that takes long."""
    _told[:] = [hear]


def wait(seconds: float, why: str) -> None:
    """Wait; who is told of waits hears why, unless it is short."""
    if seconds >= _LONG:
        tell(f"waiting {seconds:.0f} s: {why}")
    time.sleep(seconds)


def tell(what: str) -> None:
    """Tell who is told of waits."""
    for hear in _told:
        hear(what)


class Timeouts(NamedTuple):
    """Seconds to wait for a connection, for the next byte of an answer, and for all of it.

    ``stream`` is for the answers that are read while they come: layers of images, files. ``pages``
    is for all pages of a list.
    """

    connect: float = 10
    read: float = 60
    whole: float = 120
    stream: float = 3600
    pages: float = 300


TIMEOUTS = Timeouts()


class Budget:
    """How long, in seconds, may be spent on pauses for one forge, and how often to repeat.

    ``first_pause`` is the one after the first failure; each further one is twice as long.
    """

    def __init__(
        self,
        seconds: float = 300,
        tries: int = 5,
        timeouts: Timeouts = TIMEOUTS,
        first_pause: float = 0.5,
    ) -> None:
        self.tries = tries
        self.timeouts = timeouts
        self.first_pause = first_pause
        self.adapter: object = None
        """What all sessions of a client library send their requests by, as they come and go."""
        self.seconds_between_writes = 0.0
        """How long a server wants to be left alone after a request that changes something."""
        self._left = seconds
        self._written = -float("inf")
        self._given_up: dict[ServerAddress, float] = {}

    def allows(self, seconds: float) -> bool:
        """Whether a wait fits into what is left."""
        return seconds <= self._left

    def give_up(self, server: ServerAddress) -> None:
        """Take note that a request to a server failed as often as it may be repeated."""
        self._given_up[server] = time.monotonic()

    def is_in_vain(self, server: ServerAddress) -> bool:
        """Whether waiting for a server that fails did not help, less than a minute ago."""
        return time.monotonic() < self._given_up.get(server, -float("inf")) + GIVEN_UP

    def start_again(self) -> None:
        """Wait for all servers again, as who calls has waited and does everything anew."""
        self._given_up.clear()

    def pace(self) -> None:
        """Wait until a server wants the next change; that takes nothing from the budget."""
        left = self._written + self.seconds_between_writes - time.monotonic()
        if left > 0:
            self.rest(left)

    def rest(self, seconds: float) -> None:
        """Wait between two changes."""
        wait(seconds, "the server asks for a pause between changes")

    def changed(self) -> None:
        """Take note that something was changed now."""
        self._written = time.monotonic()

    def wait(self, seconds: float, why: str = "a server asks for it, or did not answer") -> None:
        """Wait, say so where it takes long, and take the time from the budget."""
        self._left -= seconds
        wait(seconds, why)


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
