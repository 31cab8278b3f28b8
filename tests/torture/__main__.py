"""Runs the torture and prints what was tried and survived; fails where anything was not.

python -m tests.torture [--races 20] [--kills all|once|no] [--random 200] [--seed 1]
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture.kills import Extent, kills, report
from tests.torture.races import SHAPES, SLOW, Verdict, race, summary


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for."""
    asked = _parser().parse_args(arguments)
    faults = list(_races(asked.races))
    extent = Extent(asked.kills, asked.random, asked.seed, asked.jobs)
    if extent.effects != "no" or extent.moments:
        faults += report(kills(extent), verbose=asked.verbose)
    print(f"{len(faults)} faults" if faults else "no faults")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    add = parser.add_argument
    add("--races", type=int, default=20, metavar="N", help="races, of each kind in turn")
    add("--kills", choices=("all", "once", "no"), default="all", help="kills at every effect")
    add("--random", type=int, default=200, metavar="N", help="kills at random moments")
    add("--seed", type=int, default=1, help="chooses the random moments")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="scenes side by side")
    add("--verbose", action="store_true", help="print every kill")
    return parser


def _races(number: int) -> Iterator[str]:
    """Run races of each kind in turn, then the slow ones; what was wrong."""
    verdicts: dict[str, list[Verdict]] = {}
    turns = [SHAPES[turn % len(SHAPES)] for turn in range(number)]
    for turn, shape in enumerate([*turns, *SLOW] if number else [], 1):
        with tempfile.TemporaryDirectory(prefix="race-") as folder:
            print(f"race {turn}, {shape.name}", file=sys.stderr, flush=True)
            verdict = race(Path(folder), shape)
        verdicts.setdefault(shape.name, []).append(verdict)
        for fault in verdict.faults:
            yield f"race {turn}, {shape.name}: {fault}"
    for name, of_shape in verdicts.items():
        print(f"{name}: {summary(of_shape)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
