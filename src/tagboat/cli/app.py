"""The group of commands, each loaded when it is used."""

from importlib import import_module

import click

from tagboat.about import __version__
from tagboat.cli.command_group import NamedCommands
from tagboat.cli.output import examples

_COMMANDS = (
    "init",
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
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog=examples(
        "tagboat version next     what to release, where there are version tags",
        "tagboat explain          why",
        "tagboat changelog        what is in it, and in all releases before",
        "tagboat COMMAND --help   each command has examples of its own",
    )
    + "\n\nAnswers go to standard output, everything else to standard error. Exit codes: 0 done, "
    "1 failed, 2 wrong usage or configuration, 3 nothing to release (with --exit-code), 4 drift or "
    "conflict, 5 others were quicker.",
)
@click.version_option(
    __version__, "-V", "--version", message="%(prog)s %(version)s", prog_name="tagboat"
)
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
