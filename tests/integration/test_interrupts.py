"""Interrupts wait where something must not be cut in two, and are raised where it may be."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tagboat.adapters.process import catch_interrupts, interrupts_held, let_through
from tests.patience import patience

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def caught() -> Iterator[None]:
    """Interrupts are caught, and afterwards handled as before."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    catch_interrupts()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt_is_raised_at_once(number: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt(number)


def raised(work: Callable[[], object]) -> bool:
    """Whether an interrupt ends some work."""
    try:
        work()
    except KeyboardInterrupt:
        return True
    return False


def test_held_interrupt_is_raised_at_the_end_of_the_outermost_block() -> None:
    done = []

    def work() -> None:
        with interrupts_held():
            with interrupts_held():
                interrupt()
                done.append("inner")
            done.append("outer")
        done.append("after")

    assert (raised(work), done) == (True, ["inner", "outer"])


def test_interrupt_is_let_through_inside_one_block_alone() -> None:
    done = []

    def work() -> None:
        with interrupts_held(), let_through():
            interrupt()
            done.append("inside")

    assert (raised(work), done) == (True, [])


def test_interrupt_that_waits_is_raised_where_it_is_let_through() -> None:
    done = []

    def work() -> None:
        with interrupts_held():
            interrupt()
            with let_through():
                done.append("inside")

    assert (raised(work), done) == (True, [])


def test_two_blocks_let_nothing_through() -> None:
    done = []

    def work() -> None:
        with interrupts_held():
            with interrupts_held(), let_through():
                interrupt()
                done.append("inside")
            done.append("outside")

    assert (raised(work), done) == (True, ["inside", "outside"])


class Last:
    """Something whose end is interrupted: what is raised there goes nowhere."""

    def __del__(self) -> None:
        interrupt()


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt_that_can_be_raised_nowhere_is_raised_a_moment_later(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(Last, "__del__", lambda _: interrupt(number))
    catch_interrupts()

    def work() -> None:
        Last()
        threading.Event().wait(patience(200))

    assert raised(work)
    assert capsys.readouterr().err == ""


def test_second_interrupt_disturbs_nothing() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    interrupt()
    interrupt(signal.SIGINT)


def test_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    catch_interrupts()
    interrupt(signal.SIGINT)


def test_other_threads_hold_nothing_back() -> None:
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with interrupts_held():
            inside.set()
            leave.wait(patience(200))

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(patience(200))
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    leave.set()
    thread.join()
