"""Interrupts wait where something must not be cut in two, and are raised where it may be."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress

import pytest

from tagboat.adapters.process import (
    catch_interrupts,
    end_interrupts,
    interrupts_held,
    let_through,
    was_interrupted,
)
from tests.patience import patience

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def caught() -> Iterator[None]:
    """Interrupts are caught, and afterwards handled as before."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    patience(1)  # what it starts once, to measure, is not to be interrupted
    catch_interrupts()
    yield
    end_interrupts()
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt_is_raised_at_once(number: int) -> None:
    assert raised(lambda: interrupt(number))


def raised(work: Callable[[], object]) -> bool:
    """Whether an interrupt ends some work, and with that the run."""
    try:
        work()
    except KeyboardInterrupt:
        end_interrupts()
        return True
    return False


def wait() -> None:
    """Wait for what comes in a moment."""
    threading.Event().wait(patience(200))


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
        wait()

    assert raised(work)
    assert capsys.readouterr().err == ""


def lost(number: int = signal.SIGTERM) -> None:
    """An interrupt that a library takes for a fault of its own, and goes on."""
    with suppress(KeyboardInterrupt):
        interrupt(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt_that_a_library_lost_is_raised_a_moment_later(number: int) -> None:
    def work() -> None:
        lost(number)
        wait()

    assert raised(work)


def test_interrupt_is_raised_again_as_often_as_it_is_lost() -> None:
    def work() -> None:
        for _ in range(3):
            with suppress(KeyboardInterrupt):
                lost()
                wait()
        wait()

    assert raised(work)


def test_lost_interrupt_is_raised_at_the_end_of_the_next_block_without_waiting() -> None:
    done = []

    def work() -> None:
        lost()
        with interrupts_held():
            done.append("inside")
        done.append("after")

    assert (raised(work), done) == (True, ["inside"])


def test_lost_interrupt_is_raised_where_the_next_block_lets_it_through() -> None:
    done = []

    def work() -> None:
        lost()
        with interrupts_held():
            done.append("started")
            with let_through():
                done.append("inside")

    assert (raised(work), done) == (True, ["started"])


def test_interrupt_that_becomes_another_error_is_known_and_comes_again() -> None:
    errors = []

    def work() -> None:
        try:
            raised_as_another()
        except RuntimeError as error:
            time.sleep(0.1)  # some moments: it is on its way
            errors.append(error)
        wait()

    def raised_as_another() -> None:
        try:
            interrupt()
        except KeyboardInterrupt as error:
            raise RuntimeError("a class can't be made") from error

    assert raised(work)
    assert [was_interrupted(error) for error in errors] == [True]
    assert not was_interrupted(RuntimeError("another"))


def test_interrupt_on_its_way_disturbs_nothing_that_is_tidied_up() -> None:
    done = []

    def generated() -> Generator[None, None, None]:
        try:
            yield
        finally:
            tidy("generator")

    def tidy(name: str) -> None:
        time.sleep(0.1)  # some moments
        with interrupts_held():
            interrupt()
        with suppress(ValueError):
            int("")
        try:
            int("")
        except ValueError:
            time.sleep(0.1)
        done.append(name)

    def work() -> None:
        steps = generated()
        next(steps)
        try:
            interrupt()
        finally:
            tidy("block")
            steps.close()

    assert (raised(work), done) == (True, ["block", "generator"])


def test_second_interrupt_disturbs_nothing() -> None:
    done = []

    def work() -> None:
        try:
            interrupt()
        finally:
            interrupt()
            interrupt(signal.SIGINT)
            done.append("tidied up")

    assert (raised(work), done) == (True, ["tidied up"])
    interrupt()
    interrupt(signal.SIGINT)


def test_nothing_comes_after_the_end() -> None:
    lost()
    end_interrupts()
    time.sleep(0.1)  # some moments
    with interrupts_held():
        interrupt()


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
    assert raised(interrupt)
    leave.set()
    thread.join()
