"""The group of commands, each loaded when it is used, and the one place that gives exit codes."""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from tagboat.about import __version__
from tagboat.cli.command_group import NamedCommands
from tagboat.cli.output import complain, examples, trace
from tagboat.core.errors import TagboatError, UsageError

_COMMANDS = (
    "version",
    "explain",
    "changelog",
    "diff",
    "check",
    "plan",
    "release",
    "status",
    "verify",
    "rollback",
    "reinstate",
    "abandon",
    "image",
    "schema",
    "doctor",
)
_INTERRUPTED = 130


class LazyCommandGroup(NamedCommands):
    """Imports a command's module when the command is named."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """All commands, in the order people meet them."""
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"tagboat.cli.{cmd_name}"), f"{cmd_name}_command")
        return command if isinstance(command, click.Command) else None


@click.group(
    cls=LazyCommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "tagboat version next        what to release, in any repository with version tags",
        "tagboat explain             why",
        "tagboat changelog           what is in it, and in all releases before",
        "tagboat COMMAND --help      each command has examples of its own",
    )
    + "\n\nAnswers go to standard output, everything else to standard error. Exit codes: 0 done, "
    "1 failed, 2 wrong usage or configuration, 3 nothing to release (with --exit-code), 4 drift or "
    "conflict, 5 others were quicker.",
)
@click.version_option(__version__, message="%(prog)s %(version)s", prog_name="tagboat")
@click.option(
    "-C",
    "--directory",
    type=click.Path(readable=False),
    metavar="PATH",
    help="Run as if started in PATH.",
)
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
@click.pass_context
def cli(ctx: click.Context, /, directory: str | None, **_: bool) -> None:
    """From a branch of Conventional Commits to its next version, the reasons, and the changelog."""
    ctx.obj = directory


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a command line, answer written, and return the exit code that its outcome has."""
    try:
        result = cli.main(list(arguments), prog_name="tagboat", standalone_mode=False)
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - the one place that gives exit codes
        if "--debug" in arguments and not isinstance(error, click.ClickException | click.Abort):
            trace(error)
        return _report_error(error)
    except KeyboardInterrupt:
        return _report_error(click.Abort())
    return result if isinstance(result, int) else 0


def _report_error(error: Exception) -> int:
    """Say what went wrong, and return its exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
        case click.ClickException():
            _complain_usage(error)
        case TagboatError():
            complain(error.message, error.hint)
            return error.exit_code
        case click.Abort():
            complain("interrupted", "")
            return _INTERRUPTED
        case BrokenPipeError():
            pass
        case OSError(filename=None):
            complain(f"the answer can't be written: {error.strerror}", "")
        case _:
            name = type(error).__name__
            complain(f"internal error: {name}: {error}", "run it again with --debug")
    return UsageError.exit_code if isinstance(error, click.ClickException) else 1


def _complain_usage(error: click.ClickException) -> None:
    """Say what is wrong with a command line, and where its help is."""
    context = getattr(error, "ctx", None)
    path = context.command_path if isinstance(context, click.Context) else "tagboat"
    complain(error.format_message(), f"{path} --help")
