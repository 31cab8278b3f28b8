"""Groups of commands that are listed as they were written and know what a wrong name meant."""

import click

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
