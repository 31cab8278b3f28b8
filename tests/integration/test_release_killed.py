"""A release killed at every git command that writes is finished by the same command.

The kills come from outside: a program named git comes first on PATH, counts, and kills the process
group of its caller. Time is pinned, so that the end must be the same to the last id.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.commandline import tagboat
from tests.patience import patience
from tests.releasing import CHANGELOG, PACKAGES, PROJECT, Remote
from tests.tiers import some
from tests.wrapped_git import wrapped_git

TIME = {"SOURCE_DATE_EPOCH": "1704153600"}
WRITING = ("commit", "fetch", "merge", "notes", "push", "tag")
PUBLIC = ("fetch", "merge", "push")
"""What others can see, and what comes after it."""
SHAPES = {
    "tag only": {"a.txt": "a\n"},
    "release commit": {
        "CHANGELOG.md": CHANGELOG,
        "pyproject.toml": PROJECT,
        "tagboat.toml": 'files = ["pyproject.toml:project.version"]\n',
    },
    "packages": PACKAGES,
}
# What happens at the chosen command: the caller dies and git does not run, git runs on as an
# orphan, or git ends first.
ORDERS = {
    "before": 'kill -9 "-$PPID"; exit 1',
    "orphan": 'kill -9 "-$PPID"; exec {git} "$@"',
    "after": '{git} "$@"; code=$?; kill -9 "-$PPID"; exit $code',
}
WRAPPER = """\
echo "$*" >> {log}
if [ "$(wc -l < {log})" = "$TAGBOAT_TEST_KILL" ]; then
    {order}
fi
"""


class End(NamedTuple):
    """What a run leaves: the remote's refs, and the clone's HEAD, tags and changes."""

    remote: str
    head: str
    tags: str
    status: str


class Range:
    """Where runs are killed: the remote and the clone can be put back to how they were."""

    def __init__(self, path: Path, files: dict[str, str]) -> None:
        self._path = path
        self._saved = path / "saved"
        # A run that is killed leaves its scratch clone behind.
        self._quiet = {"TMPDIR": str(path / "tmp")}
        (path / "tmp").mkdir()
        self.remote = Remote(path / "work")
        self.clone = self.remote.started(files=files)
        shutil.copytree(path / "work", self._saved, symlinks=True)

    def reset(self) -> None:
        """Put everything back."""
        shutil.rmtree(self._path / "work")
        shutil.copytree(self._saved, self._path / "work", symlinks=True)

    def end(self) -> End:
        """What is there now."""
        clone = self.clone
        tags = clone.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
        return End(self.remote.refs, clone.head, tags, clone.git("status", "--porcelain"))

    def run(self, order: str, number: int) -> list[str]:
        """Release, killed at the command of that number (0: never); the commands that git got."""
        log = self._path / "log"
        log.write_text("")
        killing = ORDERS[order].format(git=shutil.which("git"))
        path = wrapped_git(self._path / "bin", WRAPPER.format(log=log, order=killing))
        done = subprocess.run(
            [sys.executable, "-m", "tagboat", "release"],
            cwd=self.clone.path,
            env=os.environ | TIME | self._quiet | path | {"TAGBOAT_TEST_KILL": str(number)},
            start_new_session=True,
            capture_output=True,
            check=False,
            timeout=patience(1200),
        )
        assert done.returncode == (-9 if number else 0), done.stderr
        return log.read_text().splitlines()

    def effects(self, kinds: tuple[str, ...]) -> list[int]:
        """The numbers of the commands of some kinds in an undisturbed run, which this makes."""
        commands = self.run("before", 0)
        return [
            number
            for number, command in enumerate(commands, 1)
            if set(command.split()[:4]) & set(kinds) and "--dry-run" not in command
        ]


@pytest.fixture(params=SHAPES, ids=list(SHAPES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Range:
    return Range(tmp_path, SHAPES[request.param])


@pytest.mark.matrix
@pytest.mark.parametrize("order", ORDERS)
def test_same_command_finishes_in_the_same_clone(place: Range, order: str) -> None:
    effects = place.effects(WRITING)
    undisturbed = place.end()
    assert "v0.1.0" in undisturbed.remote
    for number in some(effects, 3, f"same clone, {order}"):
        place.reset()
        place.run(order, number)
        result = tagboat("release", cwd=place.clone.path, env=TIME)
        assert (result.code, place.end()) == (0, undisturbed), (number, result.stderr)


@pytest.mark.matrix
@pytest.mark.parametrize("order", ORDERS)
def test_same_command_finishes_in_a_fresh_clone(place: Range, order: str) -> None:
    effects = place.effects(PUBLIC)
    undisturbed = place.end().remote
    for number in some(effects, 2, f"fresh clone, {order}"):
        place.reset()
        original = place.clone.head
        place.run(order, number)
        for name, at in (("tip", "origin/main"), ("original", original)):
            fresh = place.remote.clone(f"{name}{number}")
            fresh.detach(at)
            result = tagboat("release", "--channel", "main", cwd=fresh.path, env=TIME)
            assert (result.code, place.remote.refs) == (0, undisturbed), (number, result.stderr)
