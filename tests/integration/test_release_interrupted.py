"""A release that is interrupted ends what it started, leaves no folder, and is finished later.

The signals come from outside: a program named git comes first on PATH, counts, and signals its
caller before the command of a chosen number, or while that hangs.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat, tagboat_process
from tests.gitrepo import GitRepo
from tests.patience import ends, patience
from tests.releasing import CHANGELOG, PROJECT, Remote
from tests.tiers import some
from tests.wrapped_git import wrapped_git

TIME = {"SOURCE_DATE_EPOCH": "1704153600"}
CONFIG = """\
files = ["pyproject.toml:project.version"]

[[commands]]
run = ["git", "log", "-1"]
when = "before-publish"
"""
FILES = {"CHANGELOG.md": CHANGELOG, "pyproject.toml": PROJECT, "tagboat.toml": CONFIG}
WRAPPER = """\
echo "$*" >> {log}
if [ "$(wc -l < {log})" = "$TAGBOAT_TEST_NUMBER" ]; then
    kill -"$TAGBOAT_TEST_SIGNAL" "$PPID"
fi
"""
MOMENTS = {"init", "checkout", "log", "commit", "tag", "notes", "push", "fetch", "merge"}
"""The commands that change something, here or there, and the one that the configuration names."""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "work")


@pytest.fixture
def clone(remote: Remote, tmp_path: Path) -> GitRepo:
    (tmp_path / "tmp").mkdir()
    return remote.started(files=FILES)


class Waiting:
    """A release in a process of its own, ended with the test."""

    def __init__(self, clone: GitRepo, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tagboat", "release"],
            cwd=clone.path,
            env=os.environ | env,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something is true."""
        limit = time.monotonic() + patience(600)
        while not holds():
            assert self._process.poll() is None, self._process.communicate()
            assert time.monotonic() < limit
            time.sleep(0.01)

    def signalled(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        self._process.send_signal(number)
        self._process.communicate(timeout=patience(600))
        return self._process.returncode

    def end(self) -> None:
        """End it for sure."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def hanging(clone: GitRepo, remote: Remote, tmp_path: Path) -> Iterator[tuple[Waiting, Path]]:
    """A release whose command hangs, with the file that will name its processes."""
    pids = tmp_path / "pids"
    script = f"sleep 300 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; wait"
    text = CONFIG.replace('["git", "log", "-1"]', f'["sh", "-c", "{script}"]')
    clone.commit("ci: hang", files={"tagboat.toml": text})
    clone.git("push", "--quiet", "origin", "main")
    assert remote.tags == []
    waiting = Waiting(clone, {"TMPDIR": str(tmp_path / "tmp")})
    yield waiting, pids
    waiting.end()


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt_ends_commands_and_all_they_started(
    number: signal.Signals, hanging: tuple[Waiting, Path], remote: Remote, tmp_path: Path
) -> None:
    waiting, pids = hanging
    waiting.until(pids.exists)
    assert waiting.signalled(number) == 130
    first, second = pids.read_text().split()
    assert ends(int(first))
    assert ends(int(second))
    assert (list((tmp_path / "tmp").iterdir()), remote.tags) == ([], [])


def test_hook_of_the_remote_that_hangs_is_interrupted(
    clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    hook = remote.bare.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 300\n")
    hook.chmod(hook.stat().st_mode | stat.S_IEXEC)
    waiting = Waiting(clone, {"TMPDIR": str(tmp_path / "tmp")})
    waiting.until(pid.exists)
    assert waiting.signalled(signal.SIGTERM) == 130
    assert ends(int(pid.read_text()))
    assert (list((tmp_path / "tmp").iterdir()), remote.tags) == ([], [])


def run(
    clone: GitRepo, tmp_path: Path, number: int, name: str, command: str = "release"
) -> tuple[int, list[str]]:
    """Release, signalled at the command of that number (0: never); the exit code, the commands."""
    log = tmp_path / "log"
    log.write_text("")
    path = wrapped_git(tmp_path / "bin", WRAPPER.format(log=log))
    chosen = {"TAGBOAT_TEST_NUMBER": str(number), "TAGBOAT_TEST_SIGNAL": name}
    temporary = {"TMPDIR": str(tmp_path / "tmp")}
    result = tagboat_process(command, cwd=clone.path, env=TIME | chosen | temporary | path)
    assert "Traceback" not in result.stderr
    return result.code, log.read_text().splitlines()


@pytest.mark.matrix
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_a_preview_that_is_interrupted_leaves_no_folder(
    clone: GitRepo, tmp_path: Path, name: str
) -> None:
    _, commands = run(clone, tmp_path, 0, name, "plan")
    number = next(n for n, line in enumerate(commands, 1) if line.startswith("ls-remote"))
    code, _ = run(clone, tmp_path, number, name, "plan")
    assert (code, list((tmp_path / "tmp").iterdir())) == (130, [])


LOST_BY_MSGSPEC = """
import os, runpy, signal, sys, typing

hashed = typing._AnnotatedAlias.__hash__
waiting = [signal.SIGINT]

def interrupted(self):
    if waiting and "msgspec" in sys._getframe(1).f_code.co_filename:
        os.kill(os.getpid(), waiting.pop())
    return hashed(self)

typing._AnnotatedAlias.__hash__ = interrupted
runpy.run_module("tagboat", run_name="__main__", alter_sys=True)
"""
"""An interrupt as msgspec looks whether it knows a type: it takes any error there for a no."""

LOST_AFTER_A_COMMAND = """
import contextlib, os, runpy, signal, subprocess, sys

communicate = subprocess.Popen.communicate
waiting = [sys.argv.pop(1)]

def interrupted(self, *arguments, **options):
    answer = communicate(self, *arguments, **options)
    if waiting and waiting[0] in self.args:
        waiting.clear()
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    return answer

subprocess.Popen.communicate = interrupted
runpy.run_module("tagboat", run_name="__main__", alter_sys=True)
"""
"""The same by whatever waits for a command of git."""


def lost(clone: GitRepo, tmp_path: Path, script: str, *args: str) -> tuple[int, str, list[str]]:
    """How a run ends whose interrupt is lost: the exit code, the end of what it says, folders."""
    done = subprocess.run(
        [sys.executable, "-c", script, *args],
        cwd=clone.path,
        env=os.environ | TIME | {"TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.splitlines()[-1] if done.stderr else ""
    return done.returncode, said, [path.name for path in (tmp_path / "tmp").iterdir()]


ENDED = (130, "tagboat: error: interrupted", list[str]())


@pytest.mark.parametrize("command", ["version next", "plan", "release"])
def test_an_interrupt_that_msgspec_loses_ends_a_run(
    clone: GitRepo, remote: Remote, tmp_path: Path, command: str
) -> None:
    assert lost(clone, tmp_path, LOST_BY_MSGSPEC, *command.split()) == ENDED
    assert remote.tags == []


@pytest.mark.parametrize("command", ["init", "commit", "tag", "push"])
def test_a_release_goes_not_on_after_an_interrupt_that_was_lost(
    clone: GitRepo, remote: Remote, tmp_path: Path, command: str
) -> None:
    assert lost(clone, tmp_path, LOST_AFTER_A_COMMAND, command, "release") == ENDED
    assert remote.tags == []  # the first push tries only
    assert tagboat("release", cwd=clone.path, env=TIME).code == 0
    assert remote.tags == ["v0.1.0"]


def state(remote: Remote, clone: GitRepo) -> tuple[str, str, str]:
    """What is public, and what the clone holds."""
    tags = clone.git("for-each-ref", "refs/tags")
    return remote.refs, f"{clone.head}\n{tags}", clone.git("status", "--porcelain")


def test_same_command_finishes_what_was_interrupted_anywhere(
    clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"
    shutil.copytree(tmp_path / "work", saved, symlinks=True)
    _, commands = run(clone, tmp_path, 0, "INT")
    undisturbed = state(remote, clone)
    assert "refs/tags/v0.1.0" in undisturbed[0]
    telling = [n for n, line in enumerate(commands, 1) if set(line.split()[:4]) & MOMENTS]
    assert len(telling) > len(MOMENTS)
    for number in some(telling, 4, "interrupted"):
        shutil.rmtree(tmp_path / "work")
        shutil.copytree(saved, tmp_path / "work", symlinks=True)
        code, _ = run(clone, tmp_path, number, ("INT", "TERM", "HUP")[number % 3])
        assert code in (0, 130), number
        assert list((tmp_path / "tmp").iterdir()) == [], number
        assert clone.git("status", "--porcelain") == "", number
        again = tagboat("release", cwd=clone.path, env=TIME)
        assert (again.code, state(remote, clone)) == (0, undisturbed), (number, again.stderr)
