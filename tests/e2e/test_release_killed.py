"""A release with an image is finished by the same command, wherever the first run was killed.

The kills come from outside: wrappers of git and docker kill their caller, and so do gates before
both registries, at each tag that is written. Time is not pinned. In CI every effect is met once,
moments and places taking turns; with TAGBOAT_TEST_TORTURE=1 every effect is met at every moment and
finished in every place.
"""

import os
import shutil
import signal
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests import environment
from tests.e2e.image_release import SHAPES, Cut, ReleasePlaces
from tests.gitrepo import GitRepo

if TYPE_CHECKING:
    from subprocess import Popen

IS_TORTURE = environment.CALLER.get("TAGBOAT_TEST_TORTURE") == "1"
TAG = "v0.1.0"
PLACES = ("tip", "original", "same clone")
CALLS = {
    "build": "docker buildx bake",
    "copy": "docker buildx imagetools create",
    "push": f" push .*=no -- .*refs/tags/{TAG}",
    "record": " push .*=no -- origin [0-9a-f]*:refs/notes",
    "fetch": f" fetch .*refs/tags/{TAG}:",
}
"""Calls of programs that have an effect, as patterns of grep."""
TAGS = ("tagboat-", "0.1.0", "latest")
"""How tags begin that are written in each registry."""


class Kill(NamedTuple):
    """Where a run is killed: at a call of `CALLS`, or at a tag of the first or second registry."""

    effect: str
    gate: int | None
    moment: str


class End(NamedTuple):
    """What is public in the end; ids that depend on the time or on the build are left out."""

    tree: str
    parents: str
    notes: str
    refs: list[str]
    events: list[str]
    is_held: bool
    """Whether both tags hold what the git tag promises, in both registries."""


class Range:
    """Where runs are killed: everything can be put back to how it was."""

    def __init__(self, release_places: ReleasePlaces, shape: str) -> None:
        self.release_places = release_places
        self.image_release = release_places.image_release
        top, files = SHAPES[shape]
        settings = self.image_release.settings(top=top, image='provenance = "off"\n')
        self.clone = self.image_release.started(settings, **files)
        self._work, self._saved = (
            self.image_release.path / "work",
            self.image_release.path / "saved",
        )
        shutil.copytree(self._work, self._saved, symlinks=True)

    def reset(self) -> None:
        """Put everything back."""
        self.image_release.forget()
        self.release_places.watch()
        for registry in self.release_places.registries:
            shutil.rmtree(registry.folder / "data", ignore_errors=True)
        shutil.rmtree(self._work)
        shutil.copytree(self._saved, self._work, symlinks=True)

    def end(self) -> End:
        """What is there now."""
        remote, digest = self.image_release.remote, self.image_release.digest(TAG)
        tree, parents = remote.bare.git("show", "-s", "--format=%T%n%P", remote.commit(TAG)).split(
            "\n"
        )
        return End(
            tree,
            parents,
            self.image_release.contract(TAG).notes,
            [line.split()[1] for line in remote.refs.splitlines()],
            [event["kind"] for event in remote.record(TAG)["events"]],
            self.image_release.held("0.1.0") + self.image_release.held("latest") == [digest] * 4,
        )

    def killed(self, kill: Kill) -> None:
        """Begin a release, and kill it."""
        cut = None if kill.gate is not None else Cut(CALLS[kill.effect], 1, kill.moment)
        process = self.image_release.begin(self.clone, cut=cut)
        if kill.gate is not None:
            pattern = f"PUT .*/manifests/{kill.effect}"
            is_before = kill.moment == "before"
            self.release_places.gates[kill.gate].at(
                pattern, partial(_end, process), is_before=is_before
            )
        result = self.image_release.ended(process)
        assert result.code == -signal.SIGKILL, (kill, result.stderr)

    def again(self, where: str) -> GitRepo:
        """A clone to run the same command in."""
        if where == "same clone":
            return self.clone
        original = self.clone.head
        fresh = self.image_release.remote.clone(where)
        fresh.detach("origin/main" if where == "tip" else original)
        return fresh

    def faults(self, kill: Kill, where: str, undisturbed: End) -> list[str]:
        """What is wrong after a kill and the same command in another place."""
        self.reset()
        self.killed(kill)
        result = self.image_release.release(self.again(where))
        if result.code:
            return [result.stderr]
        end, wanted = self.end(), undisturbed
        found = [
            f"{field}: {one}, not {other}"
            for field, one, other in zip(End._fields, end, wanted, strict=True)
            if one != other
        ]
        written = [len(gate.written.get("0.1.0", [])) for gate in self.release_places.gates]
        if written != [1, 1]:
            found.append(f"the version's tag was written {written} times")
        if self.image_release.builds > (2 if _is_early(kill) else 1):
            found.append(f"{self.image_release.builds} builds")
        return found


def _end(process: "Popen[str]") -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_early(kill: Kill) -> bool:
    """Whether the image may not have been staged when the run was killed."""
    return (kill.effect == "build" and kill.moment != "after") or (
        kill.effect == "tagboat-" and kill.gate == 0
    )


def kills() -> list[Kill]:
    """Every effect, and the moments at which a run may be killed there."""
    at_calls = [
        Kill(call, None, one) for call, one in product(CALLS, ("before", "orphan", "after"))
    ]
    at_tags = [
        Kill(tag, gate, one) for tag, gate, one in product(TAGS, (0, 1), ("before", "after"))
    ]
    return [*at_calls, *at_tags]


def rounds(shape: str) -> list[tuple[Kill, str]]:
    """The kills, each with the place where it is finished."""
    if IS_TORTURE:
        return list(product(kills(), PLACES))
    chosen: dict[tuple[str, int | None], list[Kill]] = {}
    for kill in kills():
        chosen.setdefault((kill.effect, kill.gate), []).append(kill)
    first = list(SHAPES).index(shape)
    turns = enumerate(chosen.values(), first)
    return [(some[turn % len(some)], PLACES[turn % 3]) for turn, some in turns]


@pytest.mark.parametrize("shape", SHAPES)
def test_same_command_finishes(release_places: ReleasePlaces, shape: str) -> None:
    range_ = Range(release_places, shape)
    result = range_.image_release.release(range_.clone)
    assert result.code == 0, result.stderr
    undisturbed = range_.end()
    assert undisturbed.is_held
    planned = rounds(shape)
    wrong = {
        (kill, where): faults
        for kill, where in planned
        if (faults := range_.faults(kill, where, undisturbed))
    }
    print(f"{shape}: {len(planned)} kills, {len(wrong)} not finished")
    assert wrong == {}
