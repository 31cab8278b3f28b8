"""Runs commands in turn and measures each: wall time and peak memory.

Time is taken around `posix_spawn` and `wait4`, so that nothing but the program itself is in it.
Peak memory is what `wait4` reports: the resident size of the largest single process among the
program and the children it waited for. It is never below the size of this program, from which
the measured one is started.
"""

import contextlib
import os
import resource
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

_TRIES: Final = 5
_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


class Sample(NamedTuple):
    """One run: wall time in seconds, peak memory in bytes."""

    seconds: float
    peak: int


@dataclass(frozen=True, slots=True)
class Contender:
    """Commands that are run one after the other and timed together.

    `limit` is the time in seconds after which a command is killed; `budget` the time that all
    rounds together may take. `answer` reads what the commands found from their output. `prepare`
    is called before each run, and not timed. A run that fails and says `passing` is made again: it
    met something that passes and that no contender is to blame for.
    """

    name: str
    commands: Sequence[Sequence[str]]
    directory: Path
    environment: Mapping[str, str]
    limit: float = 60.0
    budget: float = 6.0
    answer: Callable[[str], str] = str.strip
    prepare: Callable[[], None] = lambda: None
    passing: str = ""


@dataclass(slots=True)
class Outcome:
    """The samples of one contender, round by round, and its answer; or how it failed.

    `at_least` is the limit in seconds that it exceeded, 0 where it did not.
    """

    name: str
    samples: list[Sample] = field(default_factory=list)
    answer: str = ""
    failure: str = ""
    at_least: float = 0.0

    @property
    def seconds(self) -> list[float]:
        """Wall times, round by round."""
        return [sample.seconds for sample in self.samples]

    @property
    def median(self) -> float:
        """The median wall time in seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self) -> int:
        """The highest peak memory in bytes."""
        return max(sample.peak for sample in self.samples)


class _FailureError(Exception):
    """A command failed; `at_least` is its limit in seconds if it was killed for time."""

    def __init__(self, reason: str, at_least: float = 0.0) -> None:
        super().__init__(reason)
        self.at_least = at_least


def in_turn(contenders: Sequence[Contender], rounds: int, scratch: Path) -> dict[str, Outcome]:
    """Run every contender once to warm up, then all of them in turn, `rounds` times.

    One whose warm-up shows that `rounds` runs would take longer than its budget gets fewer of
    them; one whose first run alone exceeds the budget keeps that run as its only sample. A single
    round is not warmed up for: it shows nothing but that all of them run.
    """
    outcomes = {contender.name: Outcome(contender.name) for contender in contenders}
    allowed = {
        one.name: _warm_up(one, outcomes[one.name], scratch) if rounds > 1 else 1
        for one in contenders
    }
    for number in range(rounds):
        for contender in contenders:
            if number < allowed[contender.name]:
                _attempt(contender, outcomes[contender.name], scratch)
    return outcomes


def own_peak() -> int:
    """Return this program's own peak memory in bytes, the least that any sample can show."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def _warm_up(contender: Contender, result: Outcome, scratch: Path) -> int:
    """Run once; return how many measured runs are due."""
    _attempt(contender, result, scratch)
    if result.failure:
        return 0
    runs = int(contender.budget / result.median)
    if runs:
        result.samples.clear()
    return runs


def _attempt(contender: Contender, result: Outcome, scratch: Path) -> None:
    if result.failure:
        return
    try:
        samples = _patiently(contender, scratch)
    except _FailureError as error:
        result.failure, result.at_least = str(error), error.at_least
        return
    result.answer = contender.answer((scratch / "stdout").read_text(errors="replace"))
    seconds = sum(sample.seconds for sample in samples)
    result.samples.append(Sample(seconds, max(sample.peak for sample in samples)))


def _patiently(contender: Contender, scratch: Path) -> list[Sample]:
    """Run all commands; again where they met what passes. Raises `_FailureError`."""
    tries = 0
    while True:
        tries += 1
        contender.prepare()
        try:
            return [_timed(command, contender, scratch) for command in contender.commands]
        except _FailureError as error:
            is_passing = contender.passing and contender.passing in str(error)
            if not is_passing or tries == _TRIES:
                raise


def _timed(command: Sequence[str], contender: Contender, scratch: Path) -> Sample:
    """Run one command to its end. Raises `_FailureError` if it fails or takes too long."""
    out, err = scratch / "stdout", scratch / "stderr"
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    redirections = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, write, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, err, write, 0o600),
    ]
    environment = dict(contender.environment)
    with contextlib.chdir(contender.directory):
        start = time.perf_counter()
        child = os.posix_spawn(
            command[0], list(command), environment, file_actions=redirections, setpgroup=0
        )
        with _killed_after(contender.limit, child) as expired:
            _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - start
    if expired:
        raise _FailureError(f"> {contender.limit:g} s", contender.limit)
    if status:
        last = err.read_text(errors="replace").strip().rsplit("\n", 1)[-1]
        raise _FailureError(f"status {os.waitstatus_to_exitcode(status)}: {last}")
    return Sample(seconds, usage.ru_maxrss * _RSS_UNIT)


@contextlib.contextmanager
def _killed_after(limit: float, child: int) -> Iterator[list[bool]]:
    """Kill the process group `child` after `limit` seconds and when the body is left early.

    Yields a list that has an element once the time was up.
    """
    expired: list[bool] = []

    def kill(_signal: int, _frame: FrameType | None) -> None:
        expired.append(True)
        _kill(child)

    before = signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield expired
    except BaseException:
        _kill(child)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
