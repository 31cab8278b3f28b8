"""The scene of every kill: a remote, a forge, a clone, and what is there when all has ended.

The release has everything: version file, changelog, release commit, commands before and after it,
an asset that one of them makes, moving tags that an earlier release holds, a comment and a label.
"""

import copy
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests import environment
from tests.gitrepo import GitRepo
from tests.patience import patience
from tests.releasing import CHANGELOG, PROJECT, Remote
from tests.servers.front import Front
from tests.servers.github import TOKEN, GitHub
from tests.showing import TIME, TagsOf

PLACES = ("same clone", "fresh clone", "original commit")
"""Where the same command is given again."""
PATIENCE = patience(6000)
"""The seconds that a run may take."""
TAG = "v1.1.0"
CONFIGURATION = """\
initial = "1.0.0"
files = ["pyproject.toml:project.version"]

[release]
moving_tags = ["v{{major}}", "v{{major}}.{{minor}}"]

[forge]
kind = "github"
url = "{url}/acme/app"
api = "{url}"
assets = ["dist/*"]
comment = true
label = "released"

[[commands]]
run = ["sh", "-c", "echo \\"$TAGBOAT_VERSION\\" > lock"]
when = "before-commit"
add = ["lock"]

[[commands]]
run = ["sh", "-c", "mkdir dist && git archive HEAD > dist/app.tar && cp lock dist/lock.txt"]
when = "before-publish"
"""


class End(NamedTuple):
    """What is public: branches and tags with their ids, the record, and what the forge shows."""

    refs: str
    record: str
    forge: dict[str, object]


class State(NamedTuple):
    """Where a killed run left things: a folder that holds remote and clone, and the forge."""

    folder: Path
    forge: GitHub


class Scene:
    """A release that is due, in a folder of its own; ``front`` is the forge's address.

    Runs happen one at a time: the forge and the remote's folder are shared.
    """

    def __init__(self, path: Path, front: Front) -> None:
        self.path = path
        self.front = front
        self._work = path / "work"
        self.temporary = path / "tmp"
        self.temporary.mkdir()
        self.remote = Remote(self._work)
        front.app = GitHub()
        self.forge.tags = TagsOf(self.remote.bare)
        files = {
            "CHANGELOG.md": CHANGELOG,
            "pyproject.toml": PROJECT,
            "tagboat.toml": CONFIGURATION.format(url=front.url),
        }
        self.clone = self.remote.started(files=files)
        code, said = self.released()
        if code:
            raise AssertionError(f"the first release failed: {said}")
        self.clone.commit("feat: float\n\nCloses #7")
        self.clone.git("push", "--quiet", "origin", "main")
        self.original = self.clone.head
        self._start = self.saved("start")

    @property
    def forge(self) -> GitHub:
        """The forge as it is now; its tags are those of the remote."""
        forge = self.front.app
        assert isinstance(forge, GitHub)
        return forge

    def saved(self, name: str) -> State:
        """Keep how things are now under a name."""
        folder = self.path / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._work, folder, symlinks=True)
        return State(folder, copy.deepcopy(self.forge))

    def back_to(self, state: State) -> None:
        """Put everything back to how it was."""
        shutil.rmtree(self._work)
        shutil.copytree(state.folder, self._work, symlinks=True)
        self.front.app = copy.deepcopy(state.forge)
        self.front.restart_counting()

    def restart(self) -> None:
        """Put everything back to before the release."""
        self.back_to(self._start)
        shutil.rmtree(self.temporary)
        self.temporary.mkdir()

    def started(
        self, *before: str, extra: Mapping[str, str] | None = None, at: GitRepo | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start ``tagboat release``, behind another program if one is given, as a group's leader.

        What it leaves in the folder for temporary files stays inside the scene.
        """
        given = {
            "TMPDIR": str(self.temporary),
            "GITHUB_TOKEN": TOKEN,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(
            [*before, sys.executable, "-m", "tagboat", "release", "--channel", "main"],
            cwd=(at or self.clone).path,
            env=environment.quiet(self.path) | TIME | given | dict(extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def released(self, at: GitRepo | None = None) -> tuple[int, str]:
        """Release to the end; the exit code and what was said."""
        process = self.started(at=at)
        _, said = process.communicate(timeout=PATIENCE)
        return process.returncode, said.decode(errors="replace")

    def finisher(self, place: str) -> GitRepo:
        """Where the same command is given again: the clone, or a fresh one."""
        if place == "same clone":
            return self.clone
        fresh = self.remote.clone("fresh")
        if place == "original commit":
            fresh.detach(self.original)
        return fresh

    def end(self) -> End:
        """What is public now. The notes' own commits tell only how often a record was pushed."""
        refs = "\n".join(line for line in self.remote.refs.split("\n") if "/notes/" not in line)
        record = json.dumps(self.remote.record(TAG)) if TAG in self.remote.tags else ""
        return End(refs, record, self.forge.result())

    def settled(self) -> None:
        """Wait until what a killed run began has ended: an orphaned push may still land."""
        _await(lambda: not any(_works_in(one, self.path) for one in Path("/proc").glob("[0-9]*")))
        # A request that was sent before its client died is carried out.
        _await(lambda: not any("request" in thread.name for thread in threading.enumerate()))
        # Git's side of the server is started by the push here, and may be killed with it: the locks
        # that it leaves are for who runs the server to remove.
        for lock in self.remote.bare.path.rglob("*.lock"):
            lock.unlink()


def _await(is_over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_over():
        if time.monotonic() > deadline:
            raise AssertionError("what a killed run began does not end")
        time.sleep(0.01)


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


def left_in(clone: GitRepo) -> Iterator[str]:
    """What is not as it should be in a clone that a run was killed in, its user's things."""
    changed = clone.git("status", "--porcelain")
    if changed:
        yield f"the work tree is changed: {changed}"
    locks = [str(path) for path in (clone.path / ".git").rglob("*.lock")]
    if locks:
        yield f"locks are left: {locks}"
