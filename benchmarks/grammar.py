"""Measure how long the grammar takes for hostile messages of 10 MB.

python -m benchmarks.grammar [--quick] [--check]
"""

import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.promises import Promise
from benchmarks.report import grid
from benchmarks.run import PROJECT, common_parser, page
from tagboat.core.changes.change import parse
from tagboat.core.changes.message import take_apart
from tagboat.core.changes.squash import read_commit

LARGE = 10_000_000
QUICK = 1_000_000
LIMIT = 1.0
SHAPES = {
    "one long line": "a",
    "opening brackets": "(",
    "opened scopes": "feat(",
    "separators": ": ",
    "items of a list": "* feat: x\n",
    "breaking items of a list": "* feat!: x\n",
    "breaking notes": "BREAKING CHANGE: x\n",
    "almost breaking notes": "breaking change\n",
    "fence marks": "```",
    "fences": "```\n",
    "fences before footers": "```\nx\n```\nA: b\n",
    "trailers": "A-b: c\n",
    "line ends": "\n",
    "blanks": " ",
    "carriage returns": "\r",
    "CRLF lines": "a\r\n",
}
METHOD = """\
# Benchmarks of the grammar

Written by `make bench`: do not edit. Each message is one line or character repeated, alone, behind
a header, and in a code fence that is never closed; the worst of the three counts, as processor time
of the quickest of three readings. `told_apart` finds header, body and where the footers are,
`parse` the change, `hidden_breaking` what `explain` and `release` ask of every commit.
"""
OPENINGS = ("", "feat: x\n\n", "feat: x\n\n~~~\n")


def told_apart(text: str) -> object:
    """Where the body of a message ends and its footers begin."""
    return take_apart(text).body


def hidden_breaking(text: str) -> object:
    """What a message hides: asked of every commit by `explain` and `release`."""
    return read_commit(text).hidden_breaking


PARTS: tuple[Callable[[str], object], ...] = (told_apart, parse, hidden_breaking)


def seconds(read: Callable[[str], object], text: str) -> float:
    """The processor time of the quickest of three readings."""
    times = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return min(times)


def measured(size: int) -> dict[str, list[float]]:
    """The seconds that each part takes for each shape, with the worst of all openings."""
    times = {}
    for name, unit in SHAPES.items():
        print(f"grammar, {name}", file=sys.stderr, flush=True)
        texts = [opening + unit * (size // len(unit)) + "z" for opening in OPENINGS]
        times[name] = [max(seconds(read, text) for text in texts) for read in PARTS]
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 if `--check` is given and the promise broken."""
    parser = common_parser("python -m benchmarks.grammar", __doc__, "messages of 1 MB")
    options = parser.parse_args(arguments)
    size = QUICK if options.quick else LARGE
    times = measured(size)
    worst, shape = max((max(taken), name) for name, taken in times.items())
    limit = LIMIT * size / LARGE
    promise = Promise(
        f"a message of {size // 1_000_000} MB: < {limit:g} s",
        f"{worst:.2g} s ({shape})",
        worst < limit,
    )
    text = page(METHOD, f"{_table(size, times)}\n", [promise])
    print(text)
    if not options.quick:
        (PROJECT / "docs" / "benchmarks-grammar.md").write_text(text)
    return int(options.check and not promise.kept)


def _table(size: int, times: dict[str, list[float]]) -> str:
    head = (f"{size // 1_000_000} MB of", *(f"`{part.__name__}`" for part in PARTS))
    rows = [(name, *(f"{1000 * one:.0f} ms" for one in taken)) for name, taken in times.items()]
    return grid(head, rows)


if __name__ == "__main__":
    sys.exit(main())
