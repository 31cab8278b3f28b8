"""The options that commands share: where to look, how to answer, which version is asked for."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from tagboat.core.bump.bump import Bump
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import VersionOverride, WhatIf
from tagboat.core.settings import Settings
from tagboat.core.version.version import InvalidVersion, Version
from tagboat.wiring.repository import Options, names_asked

FILE = click.Path(readable=False)
"""Lets a shell complete names; what is there, or not, is for the command to judge."""


def version_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The versions that a shell offers, the highest first; none where they can't be read.

    Where no version begins so, as with `v`, they are the tags that do.
    """
    from tagboat.core.errors import TagboatError
    from tagboat.use_cases.next_version.repository_state import tagging_of
    from tagboat.wiring.repository import repository_adapters

    try:
        adapters = repository_adapters(_options_so_far(ctx))
        tags = tagging_of(adapters.history, adapters.package, adapters.facts.tags).tags
    except TagboatError:
        return []
    found = sorted(tags, key=lambda tag: tag.version, reverse=True)
    names = [name for name in (str(tag.version) for tag in found) if name.startswith(incomplete)]
    names = names or [tag.name for tag in found if tag.name.startswith(incomplete)]
    return list(dict.fromkeys(names))


def channel_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The branches that a shell offers: those that are channels."""
    from tagboat.core.errors import TagboatError
    from tagboat.wiring.repository import channel_branches

    try:
        names = channel_branches(_options_so_far(ctx))
    except TagboatError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def package_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The packages that a shell offers: those of the configuration."""
    from tagboat.core.errors import TagboatError
    from tagboat.wiring.repository import configured_packages

    try:
        names = configured_packages(_options_so_far(ctx))
    except TagboatError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _options_so_far(ctx: click.Context) -> Options:
    """What a command line says so far about where to look."""
    given = {key: value for key, value in ctx.params.items() if key in _NAMES and value}
    outer = ctx.find_root().params.get("directory") or "."
    directory = os.path.join(outer, given.pop("directory", ""))
    return Options(directory, offline=True)._replace(**given)


def _checked_tag_format(_ctx: click.Context, _parameter: click.Parameter, text: str) -> str:
    """A tag format that holds a version, and spells a name that git accepts."""
    if text:
        from tagboat.core.config.faults import of_tag_format

        if fault := of_tag_format(text):
            raise UsageError(f"--tag-format: {fault}", "write it like v{version}")
    return text


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
    click.option(
        "--package",
        metavar="NAME",
        default="",
        shell_complete=package_names,
        help="Answer for this package.",
    ),
    click.option(
        "--channel",
        metavar="BRANCH",
        default="",
        shell_complete=channel_names,
        help="Answer for this branch's channel.",
    ),
    click.option(
        "--tag-format",
        metavar="FORMAT",
        default="",
        callback=_checked_tag_format,
        help="How tags spell versions: v{version}.",
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

    def of_tag(self, *names: str) -> "CommonOptions":
        """The same for the package whose tags some names are, where none is named."""
        if self.options.package or not any(names):
            return self
        from tagboat.use_cases.next_version.repository_state import tag_formats
        from tagboat.wiring.repository import settings_of, top_of

        settings = settings_of(top_of(self.options), self.options)
        found = [
            package.name
            for package in (settings.packages if settings.is_split else ())
            if any(one.reads(tag) for one in tag_formats(package) for tag in names)
        ]
        chosen = found[0] if len(found) == 1 else ""
        return self._replace(options=self.options._replace(package=chosen))

    def means_several(self, settings: Settings) -> bool:
        """Whether more than one package is asked for."""
        return settings.is_split and len(names_asked(self.options)) != 1

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


_VERSION_OPTIONS = (
    click.option("--as", "as_version", metavar="VERSION", default="", help="Ask for this version."),
    click.option(
        "--bump", type=click.Choice(["patch", "minor", "major"]), help="Ask for this bump instead."
    ),
)


def version_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--as`` and ``--bump`` to a command's function, which gets them as ``override``."""

    @wraps(function)
    def command(*positional: object, as_version: str, bump: str | None, **given: object) -> int:
        override = VersionOverride(_as_version(as_version), Bump[bump.upper()] if bump else None)
        return function(*positional, override=override, **given)

    made: Callable[..., Any] = command
    for option in reversed(_VERSION_OPTIONS):
        made = option(made)
    return made


_WHAT_IF_OPTIONS = (
    click.option(
        "--title", metavar="MESSAGE", default="", help="Count a commit that is not made yet."
    ),
    click.option(
        "--paths",
        metavar="PATH",
        multiple=True,
        help="With --title: what that commit changes; may be repeated.",
    ),
    click.option(
        "--range",
        "commits",
        metavar="A..B",
        default="",
        help="With --title: that commit changes what those of a range do, as a squash of them.",
    ),
)


def what_if_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--title`` and what goes with it to a function, which gets it as ``what_if``."""

    @wraps(function)
    def command(
        *positional: object, title: str, paths: tuple[str, ...], commits: str, **given: object
    ) -> int:
        if (paths or commits) and not title:
            option = "--paths" if paths else "--range"
            raise UsageError(f"{option} says what the commit of --title changes", "add --title")
        return function(*positional, what_if=WhatIf(title, paths, commits), **given)

    made: Callable[..., Any] = command
    for option in reversed(_WHAT_IF_OPTIONS):
        made = option(made)
    return made


class GivenRelease(NamedTuple):
    """What a person decided already: a tag they made, or the file of a plan they approved.

    Both are empty where neither is meant.
    """

    tag: str = ""
    force: bool = False
    plan: str = ""

    @property
    def what(self) -> str:
        """The option that says what is to be released, or an empty text."""
        return "--tag" if self.tag else "--plan" if self.plan else ""


_HAND_OPTIONS = (
    click.option(
        "--plan", type=FILE, metavar="FILE", default="", help="Release exactly this plan."
    ),
    click.option(
        "--tag",
        metavar="TAG",
        default="",
        help="Do the rest for this tag, made and pushed by hand.",
    ),
    click.option(
        "--force", is_flag=True, help="With --tag: even if its commits ask for a higher version."
    ),
)


def given_release_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--plan``, ``--tag`` and ``--force`` to a command's function, as ``hand``."""

    @wraps(function)
    def command(*positional: object, tag: str, force: bool, plan: str, **given: object) -> int:
        if force and not tag:
            raise UsageError("--force goes with --tag", "ask for another version with --as")
        if tag and plan:
            raise UsageError("--tag and --plan say two things", "leave one of them out")
        return function(*positional, hand=GivenRelease(tag, force, plan), **given)

    made: Callable[..., Any] = command
    for option in reversed(_HAND_OPTIONS):
        made = option(made)
    return made


def _as_version(text: str) -> Version | None:
    """The version that ``--as`` asks for. Raises UsageError where it is none."""
    try:
        return Version.parse(text.removeprefix("v")) if text else None
    except InvalidVersion as error:
        raise UsageError(f"--as: {error}", "write it like --as 2.0.0") from error
