"""The options that every command about a repository takes."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from tagboat.wiring.repository import Options

FILE = click.Path(readable=False)
"""Lets a shell complete names; what is there, or not, is for the command to judge."""


def version_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The versions that a shell offers, the highest first; none where they can't be read."""
    from tagboat.core.errors import TagboatError
    from tagboat.use_cases.next_version.repository_state import tagging_of
    from tagboat.wiring.repository import repository_adapters

    try:
        adapters = repository_adapters(_options_so_far(ctx))
        tags = tagging_of(adapters.history, adapters.package, adapters.facts.tags).tags
    except TagboatError:
        return []
    names = (str(tag.version) for tag in sorted(tags, key=lambda tag: tag.version, reverse=True))
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def channel_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The branches that a shell offers: those that are channels."""
    from tagboat.core.errors import TagboatError
    from tagboat.wiring.repository import channel_branches

    try:
        names = channel_branches(_options_so_far(ctx))
    except TagboatError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _options_so_far(ctx: click.Context) -> Options:
    """What a command line says so far about where to look."""
    given = {key: value for key, value in ctx.params.items() if key in _NAMES and value}
    outer = ctx.find_root().params.get("directory") or "."
    directory = os.path.join(outer, given.pop("directory", ""))
    return Options(directory, offline=True)._replace(**given)


_OPTIONS = (
    click.option(
        "-C",
        "--directory",
        type=FILE,
        default="",
        metavar="PATH",
        help="Run as if started in PATH.",
    ),
    click.option(
        "--config", type=FILE, metavar="FILE", default="", help="Read this configuration file."
    ),
    click.option("--package", metavar="NAME", default="", help="Answer for this package."),
    click.option(
        "--channel",
        metavar="BRANCH",
        default="",
        shell_complete=channel_names,
        help="Answer for this branch's channel.",
    ),
    click.option(
        "--tag-format", metavar="FORMAT", default="", help="How tags spell versions: v{version}."
    ),
    click.option("--offline", is_flag=True, help="Never contact the remote."),
    click.option(
        "--allow-repository-code",
        is_flag=True,
        help="Let the configuration load Python files of this repository.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Answer in JSON."),
    click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong."),
)


_NAMES = (
    "directory",
    "config",
    "package",
    "channel",
    "tag_format",
    "offline",
    "allow_repository_code",
)


class CommonOptions(NamedTuple):
    """The common options of one call: where to look, and how to answer."""

    options: Options
    as_json: bool

    def path(self, name: str) -> str:
        """A file that was named on the command line, as seen from where the command runs."""
        return _seen_from(self.options.directory, name)


def repository_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add the common options to a command's function, which gets them as its first argument."""

    @wraps(function)
    def command(**given: Any) -> int:  # noqa: ANN401 - click passes what its options make
        ctx = click.get_current_context()
        common = {name: given.pop(name) for name in _NAMES}
        named = (ctx.find_root().obj, common["directory"])
        start = os.path.join(*filter(None, named)) if any(named) else "."
        common["directory"] = start
        common["config"] = common["config"] and _seen_from(start, common["config"])
        del given["debug"]
        return function(CommonOptions(Options(**common), given.pop("as_json")), **given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _seen_from(folder: str, name: str) -> str:
    return name if folder == "." else os.path.join(folder, name)
