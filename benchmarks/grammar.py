"""Times the grammar on hostile messages of 10 MB: each must be read in under a second.

    python benchmarks/grammar.py [MEGABYTES]

Prints the shapes, slowest part last, and ends with 1 where a part takes a second or more.
"""

import sys
import time
from collections.abc import Callable, Iterator

from tagboat.core.change import parse
from tagboat.core.message import take_apart
from tagboat.core.squash import read_commit

LIMIT = 1.0
SHAPES = {
    "one long line": "a",
    "opening brackets": "(",
    "opened scopes": "feat(",
    "separators": ": ",
    "items of a list": "* feat: x\n",
    "breaking notes": "BREAKING CHANGE: x\n",
    "almost breaking notes": "breaking change\n",
    "fence marks": "```",
    "fences": "```\n",
    "trailers": "A-b: c\n",
    "line ends": "\n",
    "blanks": " ",
    "carriage returns": "\r",
    "CRLF lines": "a\r\n",
}
OPENINGS = ("", "feat: x\n\n", "feat: x\n\n~~~\n")


def hidden_breaking(text: str) -> object:
    """What a message hides: asked of every commit by `explain` and `release`."""
    return read_commit(text).hidden_breaking


PARTS: tuple[Callable[[str], object], ...] = (take_apart, parse, hidden_breaking)


def seconds(read: Callable[[str], object], text: str) -> float:
    """The processor time of the quickest of three readings."""
    times = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return min(times)


def measured(size: int) -> Iterator[tuple[str, list[float]]]:
    """Each shape with the time of each part, the worst of all openings."""
    for name, unit in SHAPES.items():
        texts = [opening + unit * (size // len(unit)) + "z" for opening in OPENINGS]
        yield name, [max(seconds(read, text) for text in texts) for read in PARTS]


def main() -> int:
    """Print the table; 1 where something is too slow."""
    megabytes = float(sys.argv[1]) if sys.argv[1:] else 10.0
    worst = 0.0
    print(f"seconds for {megabytes:g} MB", *(part.__name__.rjust(12) for part in PARTS), sep="\t")
    for name, times in measured(int(megabytes * 1_000_000)):
        print(f"{name:<20}", *(f"{taken:12.3f}" for taken in times), sep="\t", flush=True)
        worst = max(worst, *times)
    print(f"slowest: {worst:.3f} s, limit {LIMIT:g} s")
    return int(worst >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
