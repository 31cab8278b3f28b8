"""Groups of commands that are listed as they were written and know what a wrong name meant."""

import click


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
            from difflib import get_close_matches

            near = get_close_matches(args[0], names, 1)
            meant = f", did you mean `{ctx.command_path} {near[0]}`?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}{meant}", ctx)
        return super().resolve_command(ctx, args)
