"""The options that choose a version by hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from tagboat.cli.common_options import FILE
from tagboat.core.bump.bump import Bump
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.version.version import InvalidVersion, Version

_OPTIONS = (
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
    for option in reversed(_OPTIONS):
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
