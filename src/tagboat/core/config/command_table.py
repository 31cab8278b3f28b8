"""The table of commands that a release runs: every key, its type, default and meaning."""

from typing import Annotated

from msgspec import Struct, field

from tagboat.core.config.values import (
    CommandLine,
    RepositoryPath,
    Variable,
    about,
    at_least,
    one_of,
)
from tagboat.core.plan.command import Point


class CommandTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program that a release runs, in its temporary work tree."""

    run: Annotated[
        CommandLine,
        about(
            "The program and its arguments. No shell reads them: where one is wanted, "
            '`["sh", "-c", "..."]`.',
            ["uv", "lock"],
        ),
    ]
    when: Annotated[
        str,
        one_of(point.value for point in Point),
        about(
            "When it is run: `before-commit`, once version files and changelog are edited, or "
            "`before-publish`, once the release commit is made and before anything is pushed.",
            "before-commit",
        ),
    ]
    add: Annotated[
        tuple[RepositoryPath, ...],
        about(
            "Files that go into the release commit with what it changed there, `before-commit` "
            "alone: paths where `*` stands for any text without `/` and `**` for any text. "
            "Everything else that it changes is left out.",
            ["uv.lock"],
        ),
    ] = ()
    timeout: Annotated[
        int, at_least(1), about("How many seconds it has; then it is ended.", 1800)
    ] = 600
    env: Annotated[
        dict[Variable, str],
        about("What is added to its environment. No secrets: this file is public.", {"CI": "1"}),
    ] = field(default_factory=dict)
    tokens: Annotated[
        tuple[Variable, ...],
        about(
            "Variables with a forge's token, such as `GITHUB_TOKEN`, that it may see. All that are "
            "not named here are kept from it.",
            ["GITHUB_TOKEN"],
        ),
    ] = ()
