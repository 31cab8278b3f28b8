"""How the time of some work grows with the text that it is given."""

from collections.abc import Callable
from time import process_time, sleep

_TRIES = 12


def grows_with_the_length_alone(work: Callable[[int], Callable[[], object]], length: int) -> bool:
    """Whether ten times the text takes at most forty times as long.

    ``work`` makes ready what is timed, for a text of so many characters; ``length`` is the longer
    of the two. A quadratic part would take a hundred times as long; the generous factor, and tries
    that come later and later, up to ten seconds after the first, are for a machine that does other
    work. The least processor time of each counts, of all tries.
    """
    short, long = work(length // 10), work(length)
    least_short = least_long = float("inf")
    for number in range(_TRIES):
        least_short, least_long = min(least_short, _seconds(short)), min(least_long, _seconds(long))
        if least_long < 40 * least_short + 0.005:
            return True
        sleep(2**number / 400)
    return False


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
