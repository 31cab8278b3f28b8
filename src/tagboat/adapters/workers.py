"""Workers: the same work on many items, in as many processes as there are processors.

A worker is a fork, so that what the items refer to is shared and not copied. Results come back
through pipes, in the order of the items.
"""

import marshal
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


class ForkedWorkers:
    """Splits long lists among processes; does short ones itself.

    ``worth`` is the number of items for which another process is worth starting.
    """

    def __init__(self, worth: int = 500) -> None:
        self._worth = worth

    def each(self, work: Callable[[T], str], items: Sequence[T]) -> Iterator[str]:
        """What ``work`` gives for each item, in their order. Raises what it raises."""
        count = min(len(os.sched_getaffinity(0)), len(items) // self._worth)
        if count <= 1:
            yield from map(work, items)
            return
        size = -(-len(items) // count)
        parts = [items[n : n + size] for n in range(0, len(items), size)]
        pipes = [_started(work, part) for part in parts[1:]]
        yield from map(work, parts[0])
        for part, (process, pipe) in zip(parts[1:], pipes, strict=True):
            yield from _finished(process, pipe) or map(work, part)


def _started(work: Callable[[T], str], items: Sequence[T]) -> tuple[int, int]:
    """Fork a worker for some items; return its process id and the pipe to read its results from."""
    read, write = os.pipe()
    process = os.fork()
    if process:
        os.close(write)
        return process, read
    os.close(read)
    code = 1
    try:
        with open(write, "wb") as pipe:
            pipe.write(marshal.dumps([work(item) for item in items]))
        code = 0
    finally:
        # Whatever happens, a worker must not go on as if it were the whole program.
        os._exit(code)


def _finished(process: int, pipe: int) -> list[str]:
    """The results of a worker; nothing where it failed: the work is then done again, and raises."""
    with open(pipe, "rb") as results:
        data = results.read()
    _, status = os.waitpid(process, 0)
    return marshal.loads(data) if status == 0 else []  # noqa: S302 - our own child wrote it
