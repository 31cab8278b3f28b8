"""Tiers: which tests run when, and which cell of a matrix, chosen by the commit's id.

``make test`` proves every behaviour once, with git and Python alone. Of a matrix (every forge in
every state, every kill) it takes one cell, another one for each commit. ``make test-all`` takes all
cells, the tests that need other programs, and those that take long.

``python -m tests.tiers`` says what is missing for that; with arguments it prints the one that the
commit's id chooses.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from tests.engine import needs
from tests.environment import CALLER

TIERS = ("test", "programs", "all")
"""One cell of each matrix, without other programs; with them, nothing else; everything."""
PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "gpg": "gnupg",
    "gpgsm": "gpgsm",
    "npm": "npm",
    "openssl": "openssl",
    "sshd": "openssh-server",
    "ssh-keygen": "openssh-client",
    "strace": "strace",
}
"""The packages of Debian that have the programs which some tests need."""
TERMINAL = "a terminal"
"""What tests name that need a pseudo-terminal: no program, but /dev/pts."""

T = TypeVar("T")


def _seed() -> str:
    """What chooses: ``TAGBOAT_CELL``, else the commit that is checked out."""
    command = ["git", "rev-parse", "HEAD"]
    here = Path(__file__).parent
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    return CALLER.get("TAGBOAT_CELL") or done.stdout.strip() or "no commit"


SEED = _seed()


class Choice(NamedTuple):
    """What a run takes; ``share`` is one in how many of the tests that are left."""

    tier: str = "all"
    share: int = 1
    seed: str = SEED

    def number(self, what: str) -> int:
        """A number that depends on the seed and on what it is for."""
        return int.from_bytes(hashlib.sha256(f"{self.seed} {what}".encode()).digest()[:6], "big")

    def some(self, moments: Sequence[T], count: int, what: str) -> Sequence[T]:
        """So many moments of a matrix that a test goes through by itself, or all of them."""
        if self.tier == "all" or len(moments) <= count:
            return moments
        first, every = self.number(what), len(moments)
        places = sorted((first + turn * every // count) % every for turn in range(count))
        return [moments[place] for place in places]

    def left_out(self, items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
        """The tests that the run leaves out."""
        matrices: dict[str, list[pytest.Item]] = {}
        for item in items:
            if not self._is_of_tier(item):
                yield item
            elif self.tier != "all" and item.get_closest_marker("matrix"):
                matrices.setdefault(_matrix(item), []).append(item)
            elif self.number(item.nodeid) % self.share:
                yield item
        for name, cells in matrices.items():
            kept = self.number(name) % (len(cells) * self.share)
            yield from (cell for at, cell in enumerate(cells) if at != kept)

    def _is_of_tier(self, item: pytest.Item) -> bool:
        needs = item.get_closest_marker("needs") is not None
        is_thorough = item.get_closest_marker("thorough") is not None
        return self.tier == "all" or (not is_thorough and needs == (self.tier == "programs"))


_choices = [Choice()]
"""What this run takes stands last."""


def choose(choice: Choice) -> None:
    """Take from now on what a run asks for."""
    _choices.append(choice)


def some(moments: Sequence[T], count: int, what: str) -> Sequence[T]:
    """So many moments as this run takes: see `Choice.some`."""
    return _choices[-1].some(moments, count, what)


def _matrix(item: pytest.Item) -> str:
    """The matrix that a test is a cell of: its name, and all parameters but the matrix's axes."""
    marker, call = item.get_closest_marker("matrix"), getattr(item, "callspec", None)
    params: dict[str, object] = {} if call is None else call.params
    axes = marker.args if marker and marker.args else tuple(params)
    fixed = sorted(f"{name}={value!r}" for name, value in params.items() if name not in axes)
    return f"{item.nodeid.partition('[')[0]} {' '.join(fixed)}"


def missing() -> Iterator[str]:
    """What this machine lacks for all of the tests, a line each."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    if lacking := [name for key, name in PACKAGES.items() if not shutil.which(key, path=path)]:
        yield f"apt-get install {' '.join(lacking)}"
    try:
        os.close(os.openpty()[0])
    except OSError:
        yield f"{TERMINAL}: mount -t devpts devpts /dev/pts"
    try:
        needs.check()
    except needs.EngineError as error:
        yield str(error)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(f"{sys.argv[1:][Choice().number('argument') % (len(sys.argv) - 1)]}\n")
    elif lacking := list(missing()):
        sys.exit("missing:\n" + "\n".join(lacking))
