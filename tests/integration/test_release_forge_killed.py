"""A release killed at every HTTP request is finished by the same command, wherever it is run again.

The kills come from outside: the server kills its client. Time is pinned, so that the end must be
that of an undisturbed run. A request that only reads is killed at one moment, as it changes
nothing, and each kill is finished in one place, the places taking turns. With
TAGBOAT_TEST_TORTURE=1 every request is killed at every moment, and finished in every place.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import environment
from tests.gitrepo import GitRepo
from tests.patience import patience
from tests.servers.front import Fault, refusal
from tests.servers.worlds import WORLDS
from tests.showing import Hosted, hosted
from tests.tiers import some

IS_TORTURE = environment.CALLER.get("TAGBOAT_TEST_TORTURE") == "1"
PLACES = ("same clone", "tip", "original")
MORE = 'assets = ["a.txt"]\nlabel = "released"\n'
FILES = {"a.txt": "a\n" * 1000}

# What becomes of the request at which the client dies: it is not carried out, half of it arrives,
# or it is carried out and nobody hears of it.
MOMENTS = {"before": "refuse", "during": "cut request", "after": ""}


class End(NamedTuple):
    """What is public in the end."""

    refs: str
    record: list[str]
    forge: dict[str, object]


class Range:
    """Where runs are killed."""

    def __init__(self, place: Hosted) -> None:
        self.place = place
        self.clone = place.started(MORE, FILES)
        self.clone.commit("fix: b\n\nCloses #7")
        self.clone.git("push", "--quiet", "origin", "main")
        self.original = self.clone.head
        place.save()

    def end(self) -> End:
        """What is there now. The notes' own commits tell how often a record was pushed."""
        bare = self.place.remote.bare
        kinds = [event["kind"] for event in self.place.remote.record("v0.1.0")["events"]]
        refs = bare.git(
            "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"
        )
        return End(refs, kinds, self.place.server.result())

    def undisturbed(self) -> tuple[list[str], End]:
        """The methods of all requests of a whole release, and what it makes."""
        exchanges = self.place.front.exchanges
        exchanges.clear()
        assert self.place.release(self.clone).code == 0
        return [one.request.method for one in exchanges], self.end()

    def killed(self, number: int, moment: str) -> None:
        """Begin a release that is killed at one of its requests."""
        front, kind = self.place.front, MOMENTS[moment]
        process = subprocess.Popen(
            [sys.executable, "-m", "tagboat", "release", "--channel", "main"],
            cwd=self.clone.path,
            env=os.environ | self.place.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def kill(count: int) -> None:
            if count == number:
                process.kill()
                process.wait()
                reply = refusal(500, "nobody is there") if kind == "refuse" else None
                front.faults += [Fault("", kind, reply=reply)] if kind else []

        front.restart_counting()
        front.before, front.after = (kill, ignore) if kind else (ignore, kill)
        assert process.wait(patience(1200)) == -signal.SIGKILL, f"request {number} was never sent"
        with front.quiet():
            front.before = front.after = ignore
            front.faults.clear()

    def again(self, where: str) -> GitRepo:
        """A clone to run the same command in."""
        if where == "same clone":
            return self.clone
        fresh = self.place.remote.clone(where)
        fresh.detach("origin/main" if where == "tip" else self.original)
        return fresh


def ignore(_: int) -> None:
    """Nothing happens."""


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Range]:
    with hosted(WORLDS[request.param], tmp_path / "hosted") as made:
        yield Range(made)


@pytest.mark.matrix
@pytest.mark.parametrize("moment", MOMENTS)
def test_same_command_finishes(place: Range, moment: str) -> None:
    methods, undisturbed = place.undisturbed()
    assert place.place.faults() == []
    wrong: dict[tuple[int, str], object] = {}
    kills = 0
    for number, method in some(list(enumerate(methods, 1)), 5, f"forge, {moment}"):
        if method == "GET" and moment != "before" and not IS_TORTURE:
            continue
        for where in PLACES if IS_TORTURE else PLACES[kills % 3 :][:1]:
            place.place.restore()
            place.killed(number, moment)
            result = place.place.release(place.again(where))
            kills += 1
            if (result.code, place.end()) != (0, undisturbed):
                wrong[number, where] = result, place.end()
    print(
        f"{place.place.remote_state.name}: {kills} runs killed {moment} one of {len(methods)} "
        "requests"
    )
    assert wrong == {}
