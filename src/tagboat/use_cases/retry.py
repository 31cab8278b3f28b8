"""Trying again what others, or a server that is slow to show things, kept from being done."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from tagboat.core.errors import OutsideError, RaceError, TagboatError
from tagboat.core.step import Lost

_LOCKED = (
    "wait, and run it again; where no other push is under way, one that was killed left that file: "
    "whoever runs the server removes it"
)

T = TypeVar("T")


class RetryPolicy(NamedTuple):
    """How often a thing is tried; between two tries `Clock.back_off` waits.

    ``races`` are plans made anew and pushes sent again because others were quicker, ``moves`` tags
    of a registry that others move, which nothing locks; ``looks`` is how often something that was
    written is looked for until it shows.
    """

    races: int = 30
    moves: int = 5
    looks: int = 9


RETRY = RetryPolicy()


def until(
    is_done: Callable[[T], bool],
    attempt: Callable[[int], T],
    wait: Callable[[int], None],
    tries: int = RETRY.races,
) -> T:
    """What the first attempt gives that is done, else the last one.

    Attempt and wait are told how many tries came before.
    """
    outcome = attempt(0)
    for number in range(1, tries):
        if is_done(outcome):
            break
        wait(number - 1)
        outcome = attempt(number)
    return outcome


def is_settled(outcome: object) -> bool:
    """Whether nothing was lost to others, or it is not to be tried again."""
    return not isinstance(outcome, Lost) or outcome.is_lasting


def given_up(lost: Lost, race: RaceError, what: str) -> TagboatError:
    """The error for what every try lost: a race, or ``what`` a lock that stayed kept back."""
    if not lost.lock:
        return race
    return OutsideError(f"{what}, and the remote stays locked: {lost.lock}", _LOCKED)
