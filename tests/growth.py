"""How the time of some work grows with the text that it is given."""

from collections.abc import Callable
from time import process_time


def grows_with_the_length_alone(work: Callable[[int], Callable[[], object]], length: int) -> bool:
    """Whether ten times the text takes at most forty times as long.

    ``work`` makes ready what is timed, for a text of so many characters; ``length`` is the longer
    of the two. A quadratic part would take a hundred times as long; the generous factor, and the
    second and third try, are for a machine that does other work. Processor time counts.
    """
    short, long = work(length // 10), work(length)
    most = 40 * min(_seconds(short) for _ in range(3)) + 0.005
    return any(_seconds(long) < most for _ in range(3))


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
