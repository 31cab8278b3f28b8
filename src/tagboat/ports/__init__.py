"""Ports: what the use cases need from the outside, as protocols."""

from typing import Protocol


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> int:
        """The time in seconds since 1970."""
        ...

    def back_off(self, attempt: int) -> None:
        """Wait before another try, for a random time that grows with the number of tries so far."""
        ...
