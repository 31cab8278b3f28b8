"""The errors tagboat raises on purpose, grouped by who has to act.

    TagboatError
    |-- UsageError        the person: the command line or the configuration is wrong   (exit 2)
    |-- RepositoryError   the repository: its state has no right answer                 (exit 1)
    |   `-- ConflictError the world holds something else than what was to be made true  (exit 4)
    |-- OutsideError      git, the network, a server: did not do what was asked         (exit 1)
    |   `-- RefusedError  a server judged what was pushed, and did not take it          (exit 1)
    `-- RaceError         others were quicker: what was planned no longer holds         (exit 5)

Every message says what was wanted and what was found; ``hint`` is the command or the
change that helps.
"""

from collections.abc import Sequence

NO_REMOTE = "this repository has no remote, or several and none called origin"
CHOOSE_REMOTE = "`git remote add origin URL`, or choose with `git branch -u REMOTE/BRANCH`"


class TagboatError(Exception):
    """A failure with a message meant for a person, and a hint that says what helps."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """The message, with what was added to it on its way."""
        return self.message


class UsageError(TagboatError):
    """The command line or the configuration asks for something that does not exist."""

    exit_code = 2


class RepositoryError(TagboatError):
    """The repository is in a state that has no right answer."""


class ConflictError(RepositoryError):
    """Something else already stands where tagboat would write."""

    exit_code = 4


class OutsideError(TagboatError):
    """Git, the network or a server failed."""


class RefusedError(OutsideError):
    """A server judged what was pushed and refused it; the message has its own words."""


class RaceError(TagboatError):
    """What was planned no longer holds, because others changed the remote; nothing was released."""

    exit_code = 5


def obstacles(faults: Sequence[str], work: str) -> RepositoryError:
    """One error for all that stands in the way of some work."""
    if len(faults) == 1:
        return RepositoryError(faults[0])
    listed = "\n".join(f"  - {fault}" for fault in faults)
    return RepositoryError(f"{len(faults)} things stand in the way of {work}:\n{listed}")
