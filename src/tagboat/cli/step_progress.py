"""What a run shows of its steps while it works: a moving line, plain lines, or JSON events.

All of it goes to standard error; the answer alone goes to standard output.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tagboat.cli.output import is_plain, note, printable
from tagboat.cli.reports import report_step
from tagboat.core.errors import TagboatError
from tagboat.core.escape import in_json
from tagboat.core.step import State
from tagboat.use_cases.release.converge import OnStep, Progress

if TYPE_CHECKING:
    from rich.status import Status

_STATES = {State.ABSENT: "left", State.DONE: "done", State.CONFLICT: "conflict"}


class Reporter(NamedTuple):
    """Who is told of steps, and who of each line that commands say, if anybody is."""

    watch: OnStep
    hear: Callable[[str], None] | None


@contextmanager
def reporter(*, as_json: bool, verbose: bool = False) -> Iterator[Reporter]:
    """Show a run's steps, in the way that fits who looks.

    Says what helps where the run is interrupted; what ends it is raised on.
    """
    try:
        if as_json:
            with _events(verbose=verbose) as seen:
                yield seen
        elif verbose or is_plain() or not sys.stderr.isatty():
            yield Reporter(report_step, note if verbose else None)
        else:
            with _status_line() as seen:
                yield seen
    except KeyboardInterrupt:
        note("interrupted: the same command goes on from here")
        raise


def event(progress: Progress) -> dict[str, Any]:
    """A step as an event. Keys are only ever added."""
    state = _STATES[progress.finding.state]
    if progress.is_begun:
        state = "begun"
    elif progress.applied and progress.finding.state is State.DONE:
        state = "made"
    return {
        "event": "step",
        "name": progress.step.name,
        "package": progress.package or None,
        "what": progress.step.describe(),
        "state": state,
        "detail": progress.finding.detail or None,
    }


@contextmanager
def _events(*, verbose: bool) -> Iterator[Reporter]:
    """One JSON object on a line for each step that begins or ends, and for what ends the run."""

    def hear(line: str) -> None:
        _write_event({"event": "output", "line": line})

    try:
        yield Reporter(lambda progress: _write_event(event(progress)), hear if verbose else None)
    except TagboatError as error:
        _write_event({"event": "error", "message": error.message, "hint": error.hint or None})
        raise


def _write_event(shape: dict[str, Any]) -> None:
    sys.stderr.write(in_json(json.dumps(shape)) + "\n")
    sys.stderr.flush()


@contextmanager
def _status_line() -> Iterator[Reporter]:
    """A line at the bottom of the terminal that says what is being done; lines for what is done."""
    line = _StatusLine()
    try:
        yield Reporter(line.watch, line.hear)
    finally:
        line.clear()


class _StatusLine:
    """The line at the bottom; rich is loaded with the first step that has something to do."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._doing = ""

    def watch(self, progress: Progress) -> None:
        """Show a step that begins, or tell of one that ended."""
        if progress.is_begun:
            report_step(progress)
            self._doing = f"{progress.name}: {progress.step.describe()}"
            self._show(self._doing)
        else:
            self.clear()
            report_step(progress)

    def hear(self, line: str) -> None:
        """Show the last line that a command said."""
        if line.strip():
            self._show(f"{self._doing}: {line.strip()}")

    def clear(self) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, text: str) -> None:
        from rich.text import Text

        shown = Text(printable(text).replace("\n", " "), no_wrap=True, overflow="ellipsis")
        if self._status is None:
            from rich.console import Console
            from rich.status import Status

            self._status = Status(shown, console=Console(stderr=True))
            self._status.start()
        else:
            self._status.update(shown)
