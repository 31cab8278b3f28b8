"""Which kills there are: at every effect of a release, and at moments that a seed chooses.

They are dealt out to processes that work side by side, each with a scene of its own.
"""

import multiprocessing
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from tests.servers.front import serving
from tests.servers.github import GitHub
from tests.torture.killing import MOMENTS, ORDERS, Killing, Outcome
from tests.torture.scene import PLACES, Scene


class Extent(NamedTuple):
    """How much is tried, in as many processes as ``side_by_side``.

    Every effect is killed at in ``all`` ways, ``once`` or ``no`` time; ``moments`` are chosen by
    ``seed``. A kill is finished in every place; where effects are killed at once, in one, the
    places taking turns.
    """

    effects: str
    moments: int
    seed: int
    side_by_side: int

    @property
    def is_whole(self) -> bool:
        """Whether every kill is finished in every place."""
        return self.effects == "all"


Kill = Callable[[], str]


def kills(extent: Extent) -> Iterator[Outcome]:
    """Try all kills of an extent, in no certain order."""
    shares = [(extent, number) for number in range(extent.side_by_side)]
    queue: multiprocessing.Queue[Outcome | str] = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=_work, args=(queue, *share)) for share in shares]
    for worker in workers:
        worker.start()
    waited = len(workers)
    while waited:
        result = queue.get()
        if isinstance(result, Outcome):
            yield result
        else:
            waited -= 1
            if result:
                yield Outcome("none: the scene broke down", (), (result,))
    for worker in workers:
        worker.join()


def _work(queue: "multiprocessing.Queue[Outcome | str]", extent: Extent, share: int) -> None:
    """Try every n-th kill; at the end an empty text, or why there is no more to come."""
    why = ""
    try:
        with tempfile.TemporaryDirectory(prefix="kills-") as folder, serving(GitHub()) as front:
            killing = Killing(Scene(Path(folder).resolve(), front))
            turns = [PLACES] if extent.is_whole else [(place,) for place in PLACES]
            dealt = zip(_listed(killing, extent), cycle(turns))
            for kill, places in list(dealt)[share :: extent.side_by_side]:
                queue.put(killing.tried(kill, places))
    except Exception as error:  # noqa: BLE001 - told to who waits for the rest
        why = f"{type(error).__name__}: {error}"
    queue.put(why)


def _listed(killing: Killing, extent: Extent) -> Iterator[Kill]:
    """All kills, the same in every process."""
    if extent.effects != "no":
        yield from _effects(killing, is_once=not extent.is_whole)
    chance = random.Random(extent.seed)  # noqa: S311 - the same moments each time
    for number in range(extent.moments):
        yield killing.at_moment(chance.random(), whole=number % 2 == 1)


def _effects(killing: Killing, *, is_once: bool) -> Iterator[Kill]:
    """Kills at each git command that writes, each request, and each write of the process itself.

    ``is_once``: each in one way, the ways taking turns. A request that only reads has one moment.
    """
    for number, (place, command) in enumerate(killing.git_writes()):
        for order in _ways(tuple(ORDERS), number, is_once=is_once):
            yield killing.at_git(order, place, command)
    for number, method in enumerate(killing.requests(), 1):
        moments = tuple(MOMENTS) if method != "GET" else ("before",)
        for moment in _ways(moments, number, is_once=is_once):
            yield killing.at_request(moment, number, whole=number % 2 == 1)
    for write in killing.writes():
        yield killing.at_write(write)


def _ways(ways: Sequence[str], number: int, *, is_once: bool) -> Sequence[str]:
    return (ways[number % len(ways)],) if is_once else ways


def report(outcomes: Iterator[Outcome], *, verbose: bool) -> tuple[str, ...]:
    """Go through kills, print how many came where and survived; what was wrong, by kill."""
    tried, survived, finished = Counter[str](), Counter[str](), Counter[str]()
    wrong = []
    for result in outcomes:
        tried[result.place] += 1
        survived[result.place] += not result.faults
        finished.update(result.finished)
        if result.faults:
            wrong.append("\n    ".join((f"killed at {result.place}", *result.faults)))
        if verbose or result.faults:
            print(f"{'FAILED' if result.faults else 'ok'}  {result}", flush=True)
    print("\nkills tried, survived, at")
    for place, count in sorted(tried.items()):
        print(f"{count:11}, {survived[place]:8}, {place}")
    print(f"{tried.total():11}, {survived.total():8}, all places")
    told = ", ".join(f"{count} times in the {place}" for place, count in finished.items())
    print(f"finished {told}" if told else "none was finished", flush=True)
    return tuple(wrong)
