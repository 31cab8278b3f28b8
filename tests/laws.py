"""Runs every law on new examples until some time is over: ``python -m tests.laws --minutes 60``."""

import argparse
import os
import subprocess
import sys
import time

from tests.tiers import Choice

_PYTEST = "pytest -q -n auto --dist worksteal --tier=all -m hypothesis -o faulthandler_timeout=3600"
_FOLDERS = ("tests/unit", "tests/integration", "tests/oracle", "tests/project")


def main() -> int:
    """Round after round, each with a seed of its own from the commit's id; 1 where a law fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("folders", nargs="*", default=_FOLDERS)
    asked = parser.parse_args()
    begun, rounds, minutes = time.monotonic(), 0, 0.0
    while not rounds or minutes < asked.minutes:
        rounds += 1
        seed = Choice().number(f"laws, round {rounds}")
        _say(f"round {rounds}, --hypothesis-seed={seed}")
        command = [sys.executable, "-m", *_PYTEST.split(), f"--hypothesis-seed={seed}"]
        thorough = os.environ | {"HYPOTHESIS_PROFILE": "thorough"}
        done = subprocess.run([*command, *asked.folders], env=thorough, check=False)
        minutes = (time.monotonic() - begun) / 60
        if done.returncode:
            _say(f"a law fails in round {rounds}, after {minutes:.0f} minutes")
            return 1
    _say(f"{rounds} rounds in {minutes:.0f} minutes: every law holds")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"=== laws: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
