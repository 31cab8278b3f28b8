"""A release with an image where something outside fails, and the same command later."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.gate import Watchman
from tests.e2e.harbour import COMMIT_FILES, COPIED, VERSION_FILE, Cut, Harbour, held, tags
from tests.e2e.images import Pushing
from tests.engine import Engine, Registry, running
from tests.gitrepo import GitRepo
from tests.servers.front import Fault, Front, refusal, serving

SHAPES = {"tag only": ("", {}), "release commit": (VERSION_FILE, COMMIT_FILES)}


class Quay:
    """A harbour with gates before registries of its own; ``names`` are its repositories."""

    def __init__(self, path: Path, registries: list[Registry], fronts: list[Front]) -> None:
        self.registries = registries
        self.fronts = fronts
        self.gates = [Watchman(one) for one in registries]
        for front, gate in zip(fronts, self.gates, strict=True):
            front.app = gate
        self.names = [f"127.0.0.1:{front.port}/app" for front in fronts]
        self.harbour = Harbour(path / "harbour", *self.names)

    def fail(self, number: int, pattern: str, kind: str = "refuse", times: int = 99) -> None:
        """Let requests to a registry fail, until `mend`."""
        reply = refusal(503, "out of order") if kind == "refuse" else None
        self.fronts[number].faults.append(Fault(pattern, kind, times, reply=reply))

    def mend(self) -> None:
        """Let no request fail any more."""
        for front in self.fronts:
            front.faults.clear()

    def expect_whole(self, tag: str = "v0.1.0", *image_tags: str) -> None:
        """Everything is public, the same everywhere, and no version tag was written twice."""
        digest = self.harbour.digest(tag)
        for image_tag in image_tags or ("0.1.0", "latest"):
            assert self.harbour.held(image_tag) == [digest] * 2
        assert [len(gate.written.get(tag[1:], [])) for gate in self.gates] == [1, 1]


@pytest.fixture
def quay(engine: Engine, tmp_path: Path) -> Iterator[Quay]:  # noqa: ARG001 - docker asks it
    with serving_two(tmp_path) as quay:
        yield quay
