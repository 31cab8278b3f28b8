"""Step: one thing to make true.

A step asks the world whether it is true already, and only makes it true where it is not. So a run
can be cut short anywhere and started again, and running twice changes nothing.
"""

from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable


class State(Enum):
    """What a probe found."""

    ABSENT = "absent"
    DONE = "done"
    CONFLICT = "conflict"


class Finding(NamedTuple):
    """What a probe found, and the detail to it.

    ``is_notable`` marks a detail that a person should be told even where all is done, or before
    anything is. ``is_unseen`` says that all that is wrong is that something can't be looked at,
    ``is_closed`` that a server does not let who asks look at it.
    """

    state: State
    detail: str = ""
    is_notable: bool = False
    is_unseen: bool = False
    is_closed: bool = False

    def __str__(self) -> str:
        """The finding in one line."""
        return f"{self.state.value}: {self.detail}" if self.detail else self.state.value


class Lost(NamedTuple):
    """Why something was not done that others were quicker with, in words for a person.

    ``is_lasting`` says that the same is not to be tried again. ``lock`` is what a server says of a
    lock that somebody holds, or left there; empty where none was in the way.
    """

    reason: str
    is_lasting: bool = False
    lock: str = ""


class Step(Protocol):
    """One thing to make true; its ``name`` is a word that stays the same from release to release.

    ``is_courtesy`` marks what the release does not depend on: it is done if it can be.
    """

    @property
    def name(self) -> str:
        """The step's name: `commit`, `push`, ..."""
        ...

    @property
    def is_courtesy(self) -> bool:
        """Whether the release is complete without it."""
        ...

    def describe(self) -> str:
        """What will be true, in a few words."""
        ...

    def probe(self) -> Finding:
        """Ask the world whether it is true. Changes nothing."""
        ...

    def apply(self) -> Lost | None:
        """Make it true, unless others were quicker. Called after a probe that found it absent.

        Raises TagboatError.
        """
        ...


@runtime_checkable
class Visible(Protocol):
    """A step that puts something under names that people follow."""

    def names(self) -> tuple[str, ...]:
        """The names, all of which are there once the step is done."""
        ...

    def there(self) -> tuple[str, ...]:
        """Those that are there, as far as that was seen, while the step is not done."""
        ...
