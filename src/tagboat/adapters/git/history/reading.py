"""What git writes about history, read: tags, commits, names."""

from collections.abc import Iterator
from functools import partial

from tagboat.core.commits.commit import Commit, Visit
from tagboat.core.version.tag import Ref

FIELDS = ("%m", "%H", "%P", "%ct", "%an", "%ae", "%B")
"""The fields that a commit is written with, as placeholders of git's."""


def read_refs(blocks: Iterator[bytes]) -> tuple[str | None, tuple[Ref, ...]]:
    """Read show-ref's lines: HEAD, then tags, each followed by what it leads to if annotated.

    There may be tens of thousands: they are read while git still writes, by few calls for many.
    """
    head: str | None = None
    commits: dict[str, str] = {}
    for text in read_records(blocks, b"\n", "surrogateescape"):
        lines = f"{text}\n"
        if not commits and lines.partition("\n")[0].endswith(" HEAD"):
            head, _, lines = lines.partition(" HEAD\n")
        # No name holds a blank, a line end or a circumflex. What a tag leads to comes after the
        # tag itself, so that it is the one that stays.
        pairs = lines.replace("^{}\n", "\n").replace(" refs/tags/", "\n").split("\n")
        commits.update(zip(pairs[1::2], pairs[::2], strict=False))
    make = partial(tuple.__new__, Ref)  # what Ref does, without a call of Python code for each
    return head, tuple(map(make, commits.items()))


def read_names(raw: bytes) -> str:
    """Names as text that can be handed back to git unchanged, whatever their bytes."""
    return raw.decode("utf-8", "surrogateescape")


def read_records(blocks: Iterator[bytes], end: bytes, errors: str = "replace") -> Iterator[str]:
    """Decode terminated records; each text holds whole records without the last terminator."""
    rest: list[bytes] = []
    for block in blocks:
        whole, found, begun = block.rpartition(end)
        if found:
            yield b"".join((*rest, whole)).decode("utf-8", errors)
            rest.clear()
        rest.append(begun)


def read_visits(blocks: Iterator[bytes]) -> Iterator[Visit]:
    """Read the records of ``_COMMITS``.

    A history has few authors, and the id of most commits stands in one child too: what is there
    once takes less memory. Messages are without the line ends behind them, as they are read, so
    that reading them makes no copy.
    """
    width = len(FIELDS)
    pending: list[str] = []
    make, visit = partial(tuple.__new__, Commit), partial(tuple.__new__, Visit)  # as for tags
    people: dict[str, str] = {}
    awaited: dict[str, str] = {}
    once, arrived = people.setdefault, awaited.pop
    for text in read_records(blocks, b"\0"):
        pending += text.split("\0")
        whole = len(pending) - len(pending) % width
        columns = (pending[n:whole:width] for n in range(width))
        for mark, name, parents, time, author, email, written in zip(*columns, strict=True):
            if " " in parents or not parents:
                parent_ids = tuple(parents.split())
            else:
                parent_ids, awaited[parents] = (parents,), parents
            message, seconds = written.rstrip("\n"), int(time or 0)
            by, address = once(author, author), once(email, email)
            commit = make((arrived(name, name), parent_ids, message, seconds, by, address))
            yield visit((commit, mark == "-"))
        del pending[:whole]
