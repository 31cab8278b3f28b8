"""What is told about plans and releases: lines for a person, shapes for programs.

What a run shows of its steps while it works, a moving line, plain lines or JSON events, goes to
standard error; the answer alone goes to standard output.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tagboat.cli.output import is_plain, note, printable
from tagboat.cli.shapes import missed_of
from tagboat.core.bump.bump import Bump
from tagboat.core.errors import ConflictError, TagboatError
from tagboat.core.escape import in_json
from tagboat.core.plan.plan import Plan, PlannedRelease, as_data, first_of
from tagboat.core.record.drift import Check, Verdict, worst
from tagboat.core.step import State
from tagboat.use_cases.plan.make_plan import NothingDue
from tagboat.use_cases.release.context import ReleaseResult
from tagboat.use_cases.release.converge import OnStep, Progress

if TYPE_CHECKING:
    from rich.status import Status

    from tagboat.use_cases.release.release import DryRun

_CODES = {Verdict.DRIFT: ConflictError.exit_code, Verdict.UNKNOWN: 1}


def exit_code(checks: Iterable[Check]) -> int:
    """4 where anything drifted, 1 where something could not be looked at, else 0."""
    return verdict_code(worst(checks))


def verdict_code(verdict: Verdict) -> int:
    """The same for the worst of verdicts."""
    return _CODES.get(verdict, 0)


def check_json(check: Check) -> dict[str, Any]:
    """One check."""
    return {
        "name": check.name,
        "what": check.what,
        "verdict": check.verdict.value,
        "detail": check.detail or None,
    }


def check_rows(checks: Sequence[Check]) -> list[str]:
    """A table of checks, each with its verdict first."""
    return table(
        [
            (
                check.verdict.value,
                check.name,
                check.what + (f": {check.detail}" * bool(check.detail)),
            )
            for check in checks
        ]
    )


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


_SHORT = 10


def report_step(progress: Progress) -> None:
    """Tell a person how a step ended, unless there was nothing to do."""
    step, finding, applied, is_begun = progress[:4]
    if is_begun:
        if finding.is_notable:
            note(f"{progress.name}: {finding.detail}")
        return
    if applied:
        note(f"{progress.name}: {step.describe()}")
    elif finding.state is not State.DONE:
        note(f"{progress.name}: left as it is: {finding.detail}")
    if finding.state is State.DONE and finding.is_notable:
        note(f"{progress.name}: {finding.detail}")


def plan_lines(plan: Plan) -> list[str]:
    """A plan in a few lines; of several packages with a line for each."""
    files = first_of(edit.path for edit in plan.edits)
    changed = "none to change: the tag goes on that commit itself"
    if plan.message is not None:
        title = plan.message.partition("\n")[0]
        changed = f"{files or 'those of commands'}, in a commit {title!r}"
    where = f"{plan.remote}/{plan.branch}" if plan.remote else plan.branch
    return [
        *_release_lines(plan),
        f"commit   {plan.commit[:_SHORT]} of {where} ({plan.channels} channel)",
        f"files    {changed}",
        f"plan     {plan.digest()}",
    ]


def _release_lines(plan: Plan) -> list[str]:
    """What the releases of a plan are: two lines of one, a table of several."""
    if len(plan.releases) == 1:
        (one,) = plan.releases
        since = f", after {one.previous}" if one.previous else ""
        return [f"version  {one.version}: {one.reason}", f"tag      {one.tag}{since}"]
    head = ("package", "version", "tag", "after", "why")
    rows = [
        (one.package, one.version, one.tag, one.previous or "-", one.reason)
        for one in plan.releases
    ]
    return [*table([head, *rows]), ""]


def released_lines(plan: Plan) -> list[str]:
    """The version of a plan; of several packages a line for each, with its name."""
    if len(plan.releases) == 1:
        return [plan.releases[0].version]
    return [f"{one.package} {one.version}" for one in plan.releases]


def step_lines(steps: Iterable[Progress]) -> list[str]:
    """A table of steps, each with what its probe says."""
    rows = [(p.name, p.finding.state.value, p.step.describe(), p.finding.detail) for p in steps]
    names, states = (max((len(row[n]) for row in rows), default=0) for n in (0, 1))
    return [
        f"{number}  {name.ljust(names)}  {state.ljust(states)}  {what}"
        + (f" ({detail})" if detail else "")
        for number, (name, state, what, detail) in enumerate(rows, 1)
    ]


def dry_run_json(foreseen: "DryRun") -> dict[str, Any]:
    """What a release would be."""
    plan, missed = foreseen.result.plan, missed_of(foreseen.result.decisions)
    if plan is None:
        reason, tags = _why_none(foreseen.result.nothing_due)
        return {"due": False, "reason": reason, "tag": tags[0] if tags else None, **missed}
    steps = [
        {
            "name": progress.step.name,
            "package": progress.package or None,
            "what": progress.step.describe(),
            "state": progress.finding.state.value,
            "detail": progress.finding.detail or None,
        }
        for progress in foreseen.steps
    ]
    return {"due": True, **as_data(plan), "steps": steps, **missed}


def result_json(result: ReleaseResult) -> dict[str, Any]:
    """What a run did. Keys are only ever added.

    What a repository with one package says of it stands at the top, besides in ``releases``.
    """
    plan = result.plan
    releases = [] if plan is None else [_release_json(one, result) for one in plan.releases]
    return {
        "released": plan is not None,
        **_of_all(result, releases),
        "prerelease": bool(releases) and all(one["prerelease"] for one in releases),
        "commit": result.commit or None,
        "releases": releases,
        **missed_of(result.decisions),
    }


_TOP = ("version", "tag", "previous", "bump", "reason", "notes", "url")


def _release_json(release: PlannedRelease, result: ReleaseResult) -> dict[str, Any]:
    """One release of a run, for a job of its own."""
    return {
        "name": release.package,
        "version": release.version,
        "tag": release.tag,
        "prerelease": release.channel.startswith("prerelease"),
        "previous": release.previous or None,
        "bump": release.bump,
        "reason": release.reason,
        "paths": list(release.paths),
        "images": list(release.images),
        "notes": release.notes,
        "url": result.urls.get(release.tag) or None,
    }


def _of_all(result: ReleaseResult, releases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What there is to say of all releases of a run at once, in the shape of one."""
    if len(releases) == 1:
        return {name: releases[0][name] for name in _TOP}
    reason, tags = _why_none(result.nothing_due)
    shape: dict[str, Any] = dict.fromkeys(_TOP)
    if not releases:
        return {**shape, "tag": tags[0] if tags else None, "bump": "none", "reason": reason}
    bump = max(Bump[one["bump"].upper()] for one in releases)
    return {**shape, "bump": str(bump), "reason": f"{len(releases)} packages"}


def _why_none(nothing_due: NothingDue | None) -> NothingDue:
    return NothingDue("") if nothing_due is None else nothing_due


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
