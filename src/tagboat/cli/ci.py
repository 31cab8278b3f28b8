"""Telling the CI system that runs this what became of a release: outputs, a summary, errors."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from tagboat.adapters.ci.reports import (
    annotation,
    dotenv,
    is_github_actions,
    put_outputs,
    put_summary,
)
from tagboat.adapters.repository_files import write_text
from tagboat.cli.ci_summary import (
    ReportedStep,
    dry_run_summary,
    failure_summary,
    interrupt_summary,
    result_summary,
)
from tagboat.cli.common_options import FILE
from tagboat.cli.output import fitting, printable, warn
from tagboat.cli.reports import result_json
from tagboat.core.errors import OutsideError, TagboatError
from tagboat.use_cases.release.context import ReleaseResult
from tagboat.use_cases.release.converge import OnStep, Progress
from tagboat.use_cases.release.release import DryRun

_NAMES = (
    "released",
    "version",
    "tag",
    "previous",
    "bump",
    "prerelease",
    "commit",
    "notes",
    "url",
)

dotenv_option: Callable[..., Any] = click.option(
    "--dotenv",
    type=FILE,
    metavar="FILE",
    default="",
    envvar="TAGBOAT_DOTENV",
    help="Write what was released as variables to FILE, for GitLab CI.",
)


def report_result(result: ReleaseResult, steps: Sequence[ReportedStep], file: str) -> None:
    """Tell of a run that came to its end."""
    values = _outputs(result_json(result))
    _try(lambda: put_outputs(values), lambda: put_summary(result_summary(result, steps)))
    if file:
        _try(lambda: write_text(file, [dotenv(values)]))


def report_dry_run(foreseen: DryRun, file: str) -> None:
    """Tell of a plan: the values are those that a release of it would give."""
    result = foreseen.result
    commit = result.plan.commit if result.plan is not None else ""
    shape = result_json(ReleaseResult(result.plan, result.nothing_due, commit)) | {
        "released": False
    }
    values = _outputs(shape)
    _try(lambda: put_outputs(values), lambda: put_summary(dry_run_summary(foreseen)))
    if file:
        _try(lambda: write_text(file, [dotenv(values)]))


@contextmanager
def failures_told(steps: Sequence[ReportedStep]) -> Iterator[None]:
    """Tell of what ends a run before its end, and raise it on."""
    try:
        yield
    except TagboatError as error:
        failure = error
        _try(lambda: put_summary(failure_summary(failure, steps)))
        if is_github_actions():
            sys.stderr.write(annotation(printable(fitting(failure.message))) + "\n")
        raise
    except KeyboardInterrupt:
        _try(lambda: put_summary(interrupt_summary(steps)))
        raise


def logged(watch: OnStep, log: list[ReportedStep]) -> OnStep:
    """The same as a watch that is told of steps, and a log of them."""

    def told(progress: Progress) -> None:
        log.append(ReportedStep.of(progress))
        watch(progress)

    return told


def _outputs(shape: dict[str, Any]) -> dict[str, str]:
    """The members that CI systems get, as text: `true` and `false`, an empty text for nothing."""
    return {name: _value_text(shape[name]) for name in _NAMES}


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _try(*tellings: Callable[[], None]) -> None:
    """Tell; where that fails the release is none the worse."""
    for telling in tellings:
        try:
            telling()
        except OutsideError as error:
            warn(error.message)
