"""Ports: what the use cases need from the outside, as protocols."""

from collections.abc import Callable

Backoff = Callable[[int], None]
"""Waits before another try, for a random time that grows with the number of tries so far."""

Now = Callable[[], int]
"""The time in seconds since 1970."""
