"""Runs a command line: the one place that gives exit codes."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tagboat.adapters.clock import tell_waits
from tagboat.adapters.process import end_interrupts, was_interrupted
from tagboat.cli.output import complain, note, trace
from tagboat.core.errors import TagboatError, UsageError

if TYPE_CHECKING:
    from click import ClickException

_INTERRUPTED = 130


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a command line, answer written, and return the exit code that its outcome has.

    ``help COMMAND`` is ``COMMAND --help``.
    """
    tell_waits(note)
    if tuple(arguments[:1]) == ("help",):
        arguments = [*arguments[1:], "--help"]
    try:
        result = _run(list(arguments))
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - the one place that gives exit codes
        return _report_error(error, has_debug="--debug" in arguments)
    except KeyboardInterrupt:
        return _report_interrupt()
    if was_interrupted():  # and a library went on
        return _report_interrupt()
    return result if isinstance(result, int) else 0


def _run(arguments: list[str]) -> object:
    """Run a command line; the bare preview without click, which takes longer to load than it."""
    if arguments == ["version", "next"]:
        from tagboat.cli.preview import answer_preview
        from tagboat.wiring.repository import Options

        return answer_preview(Options())
    from tagboat.cli.app import cli

    return cli.main(arguments, prog_name="tagboat", standalone_mode=False)


def _report_error(error: Exception, *, has_debug: bool) -> int:
    """Say what went wrong, and return its exit code."""
    import click

    if isinstance(error, click.Abort):
        return _report_interrupt("")  # click has ended the line
    if was_interrupted(error):
        return _report_interrupt()
    if has_debug and not isinstance(error, click.ClickException):
        trace(error)
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
        case click.ClickException():
            _complain_usage(error)
        case TagboatError():
            complain(error.message, error.hint)
            return error.exit_code
        case OSError(filename=None):
            complain(f"the answer can't be written: {error.strerror}", "")
        case _:
            name = type(error).__name__
            complain(f"internal error: {name}: {error}", "run it again with --debug")
    return UsageError.exit_code if isinstance(error, click.ClickException) else 1


def _report_interrupt(before: str = "\n") -> int:
    """Say that a run is interrupted; what a terminal shows for the key has a line of its own."""
    end_interrupts()
    sys.stderr.write(before)
    complain("interrupted", "")
    return _INTERRUPTED


def _complain_usage(error: "ClickException") -> None:
    """Say what is wrong with a command line, and where its help is."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "tagboat"
    complain(error.format_message(), f"{path} --help")
