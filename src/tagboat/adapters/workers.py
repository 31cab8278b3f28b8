"""Workers: work in other processes, where there are processors for them.

A worker is a fork, so that what the items refer to is shared and not copied. Items are dealt out in
lots, by a pipe with a ticket for each: whoever is free draws the next, so that nobody waits for a
slower one. Results come back through pipes.
"""

import marshal
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from tagboat.adapters.process import fork

T = TypeVar("T")
_LOTS = 64
"""Into how many lots the share of one process is cut."""
_MOST = 256
"""How many lots there are at most: the number of one is the byte on its ticket."""


class ForkedWorkers:
    """Deals out long lists to several processes; does short ones itself, and all of one processor.

    ``worth`` is the number of items for which another process is worth starting.
    """

    def __init__(self, worth: int = 500) -> None:
        self._worth = worth

    def each(self, work: Callable[[T], str], items: Sequence[T]) -> Iterator[str]:
        """What ``work`` gives for each item, in their order. Raises what it raises."""
        count = min(len(os.sched_getaffinity(0)), len(items) // self._worth)
        if count <= 1:
            return map(work, items)
        size = -(-len(items) // min(count * _LOTS, _MOST))
        lots = [items[n : n + size] for n in range(0, len(items), size)]
        return iter(_Dealing(work, lots).by(count))

    @contextmanager
    def beside(self, work: Callable[[], T]) -> Iterator[Callable[[], T]]:
        """Do some work in a process of its own, as long as a block lasts.

        Begin it before there are threads: a fork has none of them, and what they hold stays held.
        """
        if len(os.sched_getaffinity(0)) == 1:
            yield work
            return
        worker, answer = _forked(lambda: pickle.dumps(work())), b""
        try:
            # What it failed at is done again here, and raises.
            yield lambda: pickle.loads(answer) if answer else work()  # noqa: S301 - our own child wrote it
        except BaseException:
            os.kill(worker.process, signal.SIGKILL)
            raise
        finally:
            answer = _received(worker)


class _Worker(NamedTuple):
    """A forked process, and the pipe to read its results from."""

    process: int
    pipe: int


class _Dealing(Generic[T]):
    """Lots of items, dealt out to this process and its workers."""

    def __init__(self, work: Callable[[T], str], lots: Sequence[Sequence[T]]) -> None:
        self._work = work
        self._lots = lots
        self._tickets, write = os.pipe()
        os.write(write, bytes(range(len(lots))))
        os.close(write)

    def by(self, count: int) -> list[str]:
        """All results, made by ``count`` processes."""
        workers = [_forked(self._dumped) for _ in range(count - 1)]
        try:
            done = self._result()
        finally:
            os.read(self._tickets, _MOST)  # where this process failed, the others need not go on
            os.close(self._tickets)
            found = [_received(worker) for worker in workers]
        for results in filter(None, found):
            done |= marshal.loads(results)  # noqa: S302 - our own child wrote it
        # What a worker failed at is done again here, and raises.
        return [
            text
            for number, lot in enumerate(self._lots)
            for text in done.get(number) or map(self._work, lot)
        ]

    def _result(self) -> dict[int, list[str]]:
        """The results of the lots whose tickets this process draws."""
        done = {}
        while ticket := os.read(self._tickets, 1):
            done[ticket[0]] = list(map(self._work, self._lots[ticket[0]]))
        return done

    def _dumped(self) -> bytes:
        return marshal.dumps(self._result())


def _forked(work: Callable[[], bytes]) -> _Worker:
    """Fork a process that does some work, and ends."""
    read, write = os.pipe()
    process = fork()
    if process:
        os.close(write)
        return _Worker(process, read)
    os.close(read)
    code = 1
    try:
        with open(write, "wb") as pipe:
            pipe.write(work())
        code = 0
    finally:
        # Whatever happens, a worker must not go on as if it were the whole program.
        os._exit(code)


def _received(worker: _Worker) -> bytes:
    """What a worker wrote; nothing where it failed."""
    with open(worker.pipe, "rb") as results:
        data = results.read()
    _, status = os.waitpid(worker.process, 0)
    return data if status == 0 else b""
