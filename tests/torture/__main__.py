"""Runs the torture and prints what was tried and survived; fails where anything was not.

python -m tests.torture --races 20
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture.races import SHAPES, SLOW, Verdict, race, summary


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument(
        "--races", type=int, default=20, metavar="N", help="races, of each kind in turn"
    )
    asked = parser.parse_args(arguments)
    faults = list(_races(asked.races))
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


def _races(number: int) -> Iterator[str]:
    """Run races of each kind in turn, then the slow ones; what was wrong."""
    verdicts: dict[str, list[Verdict]] = {}
    turns = [SHAPES[turn % len(SHAPES)] for turn in range(number)]
    for turn, shape in enumerate([*turns, *SLOW] if number else [], 1):
        with tempfile.TemporaryDirectory(prefix="race-") as folder:
            verdict = race(Path(folder), shape)
        verdicts.setdefault(shape.name, []).append(verdict)
        for fault in verdict.faults:
            yield f"race {turn}, {shape.name}: {fault}"
    for name, of_shape in verdicts.items():
        print(f"{name}: {summary(of_shape)}")


sys.exit(main(sys.argv[1:]))
