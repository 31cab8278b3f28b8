"""The clock."""

import os
import time

from tagboat.core.errors import UsageError


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
        return int(given)

    def back_off(self, attempt: int) -> None:
        """Wait before another try: a random part of a time that doubles, at most four seconds."""
        import random

        time.sleep(random.uniform(0, min(4.0, 0.1 * 2**attempt)))  # noqa: S311 - no secret
