"""Where releases are killed: at a chosen moment, from outside, after which the same command runs.

The moments come from a program named git that comes first on PATH, from the forge's server, and
from strace for what the process itself writes. The code that is killed knows nothing of it.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.servers.front import Fault, refusal
from tests.servers.github import TOKEN
from tests.torture.scene import PATIENCE, End, Scene, left_in

READS = frozenset(
    (
        *(
            "archive",
            "cat-file",
            "check-ref-format",
            "config",
            "diff",
            "diff-tree",
            "for-each-ref",
            "list",
        ),
        *("log", "ls-files", "ls-remote", "ls-tree", "merge-base", "remote", "rev-list"),
        *("rev-parse", "show", "show-ref", "status", "symbolic-ref", "var", "version"),
    )
)
"""Commands of git that change nothing; every other one is an effect."""
CALLS = (
    *("write", "pwrite64", "sendfile", "copy_file_range", "ftruncate", "rename", "renameat2"),
    *("mkdir", "unlink", "unlinkat", "rmdir"),
)
"""What the process may ask of the kernel that changes a file or a folder."""
# What happens at the chosen git command: its caller dies and git does not run; git runs on as an
# orphan; git ends first; or both die in the middle, as when a container is stopped.
ORDERS = {
    "before": 'kill -9 "$PPID"; exit 1',
    "orphan": 'kill -9 "$PPID"; exec {git} "$@"',
    "after": '{git} "$@"; code=$?; kill -9 "$PPID"; exit $code',
    "with": 'exec 3<&0; {git} "$@" <&3 & sleep {pause}; kill -9 "$PPID"; kill -9 0',
}
WRAPPER = """\
#!/bin/sh
echo "$*" >> {log}
if [ "$(wc -l < {log})" = {number} ]; then
    {order}
fi
exec {git} "$@"
"""
# What becomes of the request at which the client dies: it is not carried out, half of it arrives,
# or it is carried out and nobody hears of it.
MOMENTS = {
    "before": Fault("", "refuse", reply=refusal(500, "nobody is there")),
    "during": Fault("", "cut request"),
    "after": None,
}


class Outcome(NamedTuple):
    """One kill: where it came, where it was finished, and what was wrong then, if anything."""

    place: str
    finished: tuple[str, ...]
    faults: tuple[str, ...]


class Write(NamedTuple):
    """The ``number``-th of one kind of calls of a release, which changes ``what``."""

    call: str
    number: int
    what: str


class Killing:
    """Kills releases of one scene, and compares what the next run makes with an undisturbed one.

    ``seconds`` is how long that one took.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bin = scene.path / "bin"
        self._bin.mkdir()
        self._log = self._bin / "log"
        scene.restart()
        started = time.monotonic()
        code, said = scene.released()
        self.seconds = time.monotonic() - started
        if code:
            raise AssertionError(f"an undisturbed release failed: {said}")
        self.undisturbed = scene.end()
        self._head = scene.clone.head

    def git_writes(self) -> list[tuple[int, str]]:
        """The effects of a release that git makes, with their numbers among all its commands."""
        self._scene.restart()
        self._wrap("before", 0)
        self._watched()
        numbered = enumerate(self._log.read_text().splitlines(), 1)
        named = [(number, _command(line), line) for number, line in numbered]
        return [(n, name) for n, name, line in named if name and "--dry-run" not in line]

    def requests(self) -> list[str]:
        """The methods of the requests that a release sends to the forge."""
        self._scene.restart()
        exchanges = self._scene.front.exchanges
        exchanges.clear()
        self._watched()
        return [one.request.method for one in exchanges]

    def writes(self) -> list[Write]:
        """What the process itself changes: each file, and of what it removes the first and last."""
        self._scene.restart()
        log = self._bin / "strace"
        traced = ("strace", "-qq", "-y", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
        self._watched(*traced)
        calls = list(_calls(log.read_text().splitlines(), str(self._scene.path)))
        removed = [one for one in calls if one.call == "unlinkat"]
        return [one for one in calls if one not in removed[1:-1]]

    def at_git(self, order: str, number: int, command: str) -> Callable[[], str]:
        """A kill at a git command; called, it happens and tells where."""

        def kill() -> str:
            self._wrap(order, number)
            self._die(self._scene.started(extra=self._path()))
            return f"git {command} ({order})"

        return kill

    def at_request(self, moment: str, number: int, *, whole: bool) -> Callable[[], str]:
        """A kill at a request; ``whole``: with all that the process started."""
        front = self._scene.front

        def kill() -> str:
            running: list[subprocess.Popen[bytes]] = []
            is_started = threading.Event()

            def strike(count: int) -> None:
                is_started.wait()
                if count == number:
                    stop(running[0], whole=whole)
                    running[0].wait()
                    fault = MOMENTS[moment]
                    front.faults += [Fault("", fault.kind, reply=fault.reply)] if fault else []

            front.before, front.after = (_pass, strike) if moment == "after" else (strike, _pass)
            running.append(self._scene.started())
            is_started.set()
            self._die(running[0])
            with front.quiet():
                front.before = front.after = _pass
                front.faults.clear()
            return f"a request ({moment})"

        return kill

    def at_write(self, write: Write) -> Callable[[], str]:
        """A kill at one of the process's own writes, before the kernel carries it out."""

        def kill() -> str:
            inject = f"inject={write.call}:signal=KILL:when={write.number}"
            traced = ("strace", "-qq", "-o", os.devnull, "-e", f"trace={write.call}", "-e", inject)
            self._die(self._scene.started(*traced))
            return f"a {write.what} of its own"

        return kill

    def at_moment(self, share: float, *, whole: bool) -> Callable[[], str]:
        """A kill when a share of an undisturbed run's time is over.

        A run that has ended by then was quicker than the one before: it is begun again.
        """

        def kill() -> str:
            while self._has_ended(share * self.seconds, whole=whole):
                self._scene.restart()
            return f"a random moment ({'with all it started' if whole else 'alone'})"

        return kill

    def _has_ended(self, after: float, *, whole: bool) -> bool:
        """Whether a run ends within some seconds, after which it is killed."""
        process = self._scene.started()
        started = time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            process.wait(after)
            self.seconds = time.monotonic() - started
        stop(process, whole=whole)
        _, said = process.communicate(timeout=PATIENCE)
        self._scene.settled()
        if process.returncode not in {0, -signal.SIGKILL}:
            raise AssertionError(f"a release failed before it was killed: {said.decode()}")
        return process.returncode == 0

    def tried(self, kill: Callable[[], str], places: Sequence[str]) -> Outcome:
        """Kill, then give the same command again in some places, each from the same state."""
        scene = self._scene
        scene.restart()
        where = kill()
        faults = [f"a file has the token: {path}" for path in self._told()]
        damage = [f"after the kill: {fault}" for fault in left_in(scene.clone)]
        # Git itself can be killed while it moves the user's branch, which is the last step of all.
        is_torn = bool(damage) and not list(self._differences())
        where += ", a clone torn" if is_torn else ""
        faults += [] if is_torn else damage
        left = scene.saved("left")
        for place in places:
            scene.back_to(left)
            finisher = scene.finisher(place)
            before = _names(scene.temporary)
            code, said = scene.released(finisher)
            faults += [f"exit code {code}: {said}"] if code else []
            found = (*self._differences(), *_more(before, _names(scene.temporary)))
            if place == "same clone" and not is_torn:
                found = (*found, *left_in(finisher), *self._behind())
            faults += [f"{place}: {fault}" for fault in found]
        return Outcome(where, tuple(places), tuple(faults))

    def _told(self) -> Iterator[Path]:
        """The files that a killed run left with the token in them."""
        for path in self._scene.temporary.rglob("*"):
            if path.is_file() and TOKEN.encode() in path.read_bytes():
                yield path

    def _differences(self) -> Iterator[str]:
        end = self._scene.end()
        for name in End._fields:
            found, wanted = getattr(end, name), getattr(self.undisturbed, name)
            if found != wanted:
                yield f"{name}: found {found}, wanted {wanted}"

    def _behind(self) -> Iterator[str]:
        head = self._scene.clone.head
        if head != self._head:
            yield f"HEAD is {head}, not {self._head}"

    def _watched(self, *before: str) -> None:
        """Release to the end, to see what happens."""
        process = self._scene.started(*before, extra=self._path())
        _, said = process.communicate(timeout=PATIENCE)
        if process.returncode:
            raise AssertionError(f"an undisturbed release failed: {said.decode()}")

    def _die(self, process: "subprocess.Popen[bytes]") -> None:
        """See that a process dies, and that what it began has ended."""
        _, said = process.communicate(timeout=PATIENCE)
        self._scene.settled()
        if process.returncode != -signal.SIGKILL:
            raise AssertionError(f"nothing was killed: {process.returncode}, {said.decode()}")

    def _wrap(self, order: str, number: int) -> None:
        git = shlex.quote(shutil.which("git") or "git")
        log = shlex.quote(str(self._log))
        then = ORDERS[order].format(git=git, pause=f"0.0{number % 10}")
        self._log.write_text("")
        wrapper = self._bin / "git"
        wrapper.write_text(WRAPPER.format(log=log, git=git, number=number, order=then))
        wrapper.chmod(0o755)

    def _path(self) -> dict[str, str]:
        return {"PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}"}


def stop(process: "subprocess.Popen[bytes]", *, whole: bool) -> None:
    """Kill a process; ``whole``: first everything that it started, which can start no more then."""
    if whole:
        process.send_signal(signal.SIGSTOP)
        for pid in descendants(process.pid):
            _kill(pid)
    process.kill()


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that these started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in children for one in (*descendants(int(child)), int(child))]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _pass(_: int) -> None:
    """Let a request through."""


def _command(line: str) -> str:
    """The name of a git command that changes something; empty for others."""
    words = iter(line.split())
    for word in words:
        if word == "-c":
            next(words)
        elif not word.startswith("-"):
            if word == "notes" and " list " in f"{line} ":
                return ""
            return "" if word in READS else word
    return ""


def _calls(lines: Iterable[str], folder: str) -> Iterator[Write]:
    """The calls that change something in a folder, each with its number among those of its kind."""
    counts: Counter[str] = Counter()
    for line in lines:
        call = line.partition("(")[0]
        if call in CALLS:
            counts[call] += 1
            if folder in line and re.search(r"= \d+$", line):
                kind = "write" if call in {"write", "sendfile"} else call
                yield Write(call, counts[call], kind)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _more(before: set[str], after: set[str]) -> Iterator[str]:
    for name in sorted(after - before):
        yield f"{name} is left among the temporary files"
