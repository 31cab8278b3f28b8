"""Interrupts: SIGINT, SIGTERM and SIGHUP, made to wait while something must not be cut in two.

A run that is interrupted ends the programs it started and removes what it made for itself. That
takes two things: no interrupt between making something and remembering it, and none while tidying
up. Signals are handled in the main thread, so other threads neither hold them back nor get them.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Gate:
    """How many blocks hold interrupts back, and whether one waits."""

    def __init__(self) -> None:
        self.depth = 0
        self.has_one = False

    def raise_waiting(self) -> None:
        """Raise KeyboardInterrupt where one waits and nothing holds it back."""
        if self.has_one and not self.depth:
            self.has_one = False
            raise KeyboardInterrupt


_gate = _Gate()


def catch_interrupts() -> None:
    """Let the first of these signals raise KeyboardInterrupt, and later ones do nothing.

    One that the caller had ignored, as a shell does in the background and nohup, stays ignored.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _first)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let an interrupt wait until the end of the outermost of such blocks."""
    if not _is_main():
        yield
        return
    _gate.depth += 1
    try:
        yield
    finally:
        _gate.depth -= 1
        _gate.raise_waiting()


@contextmanager
def let_through() -> Iterator[None]:
    """Take interrupts inside the one block that holds them back; inside more, nothing changes."""
    if not _is_main():
        yield
        return
    depth = _gate.depth
    if depth == 1:
        _gate.depth = 0
    try:
        _gate.raise_waiting()
        yield
    finally:
        _gate.depth = depth


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _first(_number: int, _frame: FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, _later)
    _gate.has_one = True
    _gate.raise_waiting()


def _later(_number: int, _frame: FrameType | None) -> None:
    """The run is being ended already."""
