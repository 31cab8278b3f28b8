"""The port of commands: programs that a repository wants run for a release."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tagboat.core.plan.command import Command


class CommandRunner(Protocol):
    """Runs commands, one at a time."""

    def run(self, command: "Command", folder: str, variables: Mapping[str, str]) -> None:
        """Run a command in a folder to its end, with some variables more in its environment.

        Nothing that it started is left running. Raises OutsideError with the end of what it said
        where it fails, can't be started or runs out of time.
        """
        ...
