"""A run in this process answers as one in a process of its own, whatever ran before it."""

import os
import shutil
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.commandline import Result, tagboat, tagboat_process
from tests.releasing import CHANGELOG, Remote
from tests.tiers import some

PARSER = """\
import os
from semantic_release.commit_parser import ConventionalCommitParser

print("loaded", os.environ.get("WHO"))

class Parser(ConventionalCommitParser):
    pass
"""
FILES = {
    "CHANGELOG.md": CHANGELOG,
    "own.toml": 'convention = "psr:own/parser.py:Parser"\n',
    "cz.toml": 'convention = "cz:cz_conventional_commits"\n',
    "wrong.toml": "[bumb]\n",
    "own/parser.py": PARSER,
}


class Run(NamedTuple):
    """A command line with what it is given."""

    args: tuple[str, ...]
    env: dict[str, str]
    stdin: bytes = b""


def run(line: str, stdin: bytes = b"", **env: str) -> Run:
    return Run(tuple(line.split()), {"SOURCE_DATE_EPOCH": "1704153600"} | env, stdin)


RUNS = (
    run("version next"),
    run("explain --json --config own.toml --allow-repository-code", WHO="Ada"),
    run("version next --config own.toml"),
    run("changelog --config cz.toml"),
    run("changelog --locale xx"),
    run("check --message -", b"fix:\xff\n"),
    run("release", TZ="Pacific/Apia"),
    run("release --json --dry-run", GITHUB_ACTIONS="true"),
    run("doctor --json --config wrong.toml --debug"),
    run("", _TAGBOAT_COMPLETE="bash_complete", COMP_WORDS="tagboat ch", COMP_CWORD="1"),
    run("image build --print", TMPDIR="/nowhere"),
)


class Ground:
    """A remote and a clone that are the same before every run."""

    def __init__(self, path: Path) -> None:
        self._saved, self._work = path / "saved", path / "work"
        self._clone = Remote(self._work).started(files=FILES)
        self._clone.git("tag", "v1.0.0")
        self._clone.git("push", "--quiet", "origin", "v1.0.0")
        self._clone.commit("fix: \u8239")
        self._clone.git("push", "--quiet", "origin", "main")
        shutil.copytree(self._work, self._saved, symlinks=True)

    def here(self, one: Run) -> Result:
        """Run in this process."""
        self._restore()
        return tagboat(*one.args, cwd=self._clone.path, env=one.env, stdin=one.stdin)

    def apart(self, one: Run) -> Result:
        """Run in a process of its own."""
        self._restore()
        return tagboat_process(*one.args, cwd=self._clone.path, env=one.env, stdin=one.stdin)

    def _restore(self) -> None:
        shutil.rmtree(self._work)
        shutil.copytree(self._saved, self._work, symlinks=True)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"))


def every_pair(count: int) -> Iterator[int]:
    """Numbers below ``count`` in an order in which each follows each once, itself as well."""
    for first in range(count):
        yield first
        for second in range(first + 1, count):
            yield from (first, second)
    yield 0


def test_every_pair_follows_in_both_orders() -> None:
    order = list(every_pair(4))
    pairs = list(pairwise(order))
    assert {(first, second) for first in range(4) for second in range(4)} <= set(pairs)


def test_runs_in_any_order_answer_as_processes_do(ground: Ground) -> None:
    runs = some(RUNS, 6, "runs")
    apart = [ground.apart(one) for one in runs]
    before = 0
    for number in every_pair(len(runs)):
        found = ground.here(runs[number])
        assert found == apart[number], f"{runs[number].args} after {runs[before].args}"
        before = number


def test_a_run_leaves_this_process_as_it_was(ground: Ground) -> None:
    def state() -> list[object]:
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        streams = [sys.stdin, sys.stdout, sys.stderr, sys.__stdout__]
        paths = [sys.path[:], sys.meta_path[:], sys.argv[:], warnings.filters[:]]
        return [os.getcwd(), dict(os.environ), handlers, streams, paths]  # noqa: PTH109 - exactly

    before = state()
    for one in RUNS:
        ground.here(one)
        assert state() == before, one.args


def test_a_run_beside_another_is_refused(tmp_path: Path) -> None:
    refused: list[str] = []

    def attempt() -> None:
        try:
            tagboat("--help", cwd=tmp_path)
        except RuntimeError as error:
            refused.append(str(error))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert refused == ["only one run at a time has this process: use tagboat_process"]
