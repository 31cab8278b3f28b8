"""The options that choose a version by hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from tagboat.core.bump import Bump
from tagboat.core.errors import UsageError
from tagboat.core.release import Wish
from tagboat.core.version import InvalidVersion, Version

_OPTIONS = (
    click.option("--as", "as_version", metavar="VERSION", default="", help="Ask for this version."),
    click.option(
        "--bump", type=click.Choice(["patch", "minor", "major"]), help="Ask for this bump instead."
    ),
)


def wish_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--as`` and ``--bump`` to a command's function, which gets them as ``wish``."""

    @wraps(function)
    def command(*positional: object, as_version: str, bump: str | None, **given: object) -> int:
        wish = Wish(_version(as_version), Bump[bump.upper()] if bump else None)
        return function(*positional, wish=wish, **given)

    made: Callable[..., Any] = command
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


class Hand(NamedTuple):
    """A tag that a person made: ``tag`` is empty where none is meant."""

    tag: str
    force: bool


_HAND_OPTIONS = (
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


def hand_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--tag`` and ``--force`` to a command's function, which gets them as ``hand``."""

    @wraps(function)
    def command(*positional: object, tag: str, force: bool, **given: object) -> int:
        if force and not tag:
            raise UsageError("--force goes with --tag", "ask for another version with --as")
        return function(*positional, hand=Hand(tag, force), **given)

    made: Callable[..., Any] = command
    for option in reversed(_HAND_OPTIONS):
        made = option(made)
    return made


def _version(text: str) -> Version | None:
    """The version that ``--as`` asks for. Raises UsageError where it is none."""
    try:
        return Version.parse(text.removeprefix("v")) if text else None
    except InvalidVersion as error:
        raise UsageError(f"--as: {error}", "write it like --as 2.0.0") from error
