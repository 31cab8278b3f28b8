"""The group of commands, each loaded when it is used."""

from importlib import import_module

import click

from tagboat.about import __version__
from tagboat.cli.output import examples

_ELSEWHERE = {
    "next": "version next",
    "current": "version current",
    "list": "version list",
    "tags": "version list",
    "bump": "version next",
    "next-version": "version next",
    "get-version": "version next",
    "svu": "version next",
    "why": "explain",
    "log": "changelog",
    "notes": "changelog --unreleased",
    "unreleased": "changelog --unreleased",
    "generate": "changelog",
    "lint": "check",
    "commitlint": "check",
    "validate": "check",
    "preview": "plan",
    "dry-run": "plan",
    "publish": "release",
    "tag": "release",
    "run": "release",
    "push": "release",
    "undo": "rollback",
    "revert": "rollback",
    "build": "image build",
    "config": "schema",
    "setup": "init",
    "install": "init",
}
"""What other tools call their commands, and people look for here."""


class NamedCommands(click.Group):
    """Lists commands in the order they are defined; a wrong name is an error with the nearest."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order they are defined."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a name that is no command is an error with the nearest one."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not ctx.resilient_parsing:
            raise click.UsageError(
                f"there is no command {args[0]!r}{_meant(ctx, args[0], names)}", ctx
            )
        return super().resolve_command(ctx, args)


def _meant(ctx: click.Context, name: str, names: list[str]) -> str:
    """What a wrong name surely meant, as a question; empty where nothing is near."""
    from difflib import get_close_matches

    known = _ELSEWHERE.get(name.lower(), "") if ctx.parent is None else ""
    if known.endswith("doctor"):
        return ": no configuration is needed, `tagboat doctor` shows what is inferred"
    near = known or next(iter(get_close_matches(name, names, 1)), "")
    return f", did you mean `{ctx.command_path} {near}`?" if near else ""


_COMMANDS = (
    "init",
    "migrate",
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


_BESIDE = {
    "reinstate": "rollback",
    "abandon": "rollback",
    "schema": "doctor",
    "verify": "status",
}
"""Commands that stand in the module of another."""


class LazyCommandGroup(NamedCommands):
    """Imports a command's module when the command is named."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """All commands, in the order people meet them."""
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"tagboat.cli.{_BESIDE.get(cmd_name, cmd_name)}")
        command = getattr(module, f"{cmd_name}_command")
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
