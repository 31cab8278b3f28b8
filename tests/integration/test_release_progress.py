"""What a run shows of its steps: plain lines, JSON events, or a moving line on a terminal."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.patience import patience
from tests.releasing import Remote

COMMANDS = """\
forge = { release = false }

[[commands]]
run = ["sh", "-c", "echo building; sleep 0.3; echo built"]
when = "before-publish"
"""


@pytest.fixture
def clone(tmp_path: Path) -> GitRepo:
    return Remote(tmp_path).started(files={"tagboat.toml": COMMANDS})


def events(errors: str) -> list[Any]:
    """The events among the lines of standard error."""
    return [json.loads(line) for line in errors.split("\n") if line.startswith("{")]


def test_lines_name_each_step_that_was_made(clone: GitRepo) -> None:
    lines = tagboat("release", cwd=clone.path).stderr.split("\n")
    made = [line.split(": ")[1] for line in lines if line.startswith("tagboat: ")]
    assert made == ["before-publish", "push", "clone"]


def test_events_tell_when_steps_begin_and_end(clone: GitRepo) -> None:
    result = tagboat("release", "--json", cwd=clone.path)
    told = [(one["name"], one["state"]) for one in events(result.stderr)]
    assert told == [
        ("before-publish", "begun"),
        ("before-publish", "made"),
        ("push", "begun"),
        ("push", "made"),
        ("record", "done"),
        ("clone", "begun"),
        ("clone", "made"),
    ]


def test_answer_is_one_document_whatever_is_told(clone: GitRepo) -> None:
    result = tagboat("release", "--json", "-v", cwd=clone.path)
    assert json.loads(result.stdout)["released"] is True
    said = [one["line"] for one in events(result.stderr) if one["event"] == "output"]
    assert said[1:] == ["building", "built"]


def test_error_is_the_last_event(clone: GitRepo) -> None:
    text = COMMANDS.replace("sleep 0.3", "exit 1")
    clone.commit("ci: fail", files={"tagboat.toml": text})
    clone.git("push", "--quiet", "origin", "main")
    result = tagboat("release", "--json", cwd=clone.path, env={"TMPDIR": str(clone.path.parent)})
    last = events(result.stderr)[-1]
    assert (result.code, result.stdout, last["event"]) == (1, "", "error")
    assert "ended with status 1" in last["message"]


def on_terminal(clone: GitRepo, *args: str, **env: str) -> str:
    """What a run writes where its standard error is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tagboat", *args],
        cwd=clone.path,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"} | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
        assert process.wait(patience(600)) == 0, shown
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # nobody writes there any more
        return b""


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)], ids=["plain", "json", "verbose"])
def test_a_release_goes_on_where_no_disk_has_room_for_its_messages(
    clone: GitRepo, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        process = on_standard_error(clone, full.fileno(), "release", *options)
        answer, _ = process.communicate(timeout=patience(600))
    assert (process.returncode, b"0.1.0" in answer) == (0, True)
    assert clone.git("ls-remote", "--tags", "origin", "v0.1.0")


@pytest.mark.needs("a terminal")
def test_a_release_goes_on_where_its_terminal_is_gone(clone: GitRepo) -> None:
    ours, theirs = pty.openpty()
    process = on_standard_error(clone, theirs, "release")
    os.close(theirs)
    os.close(ours)
    answer, _ = process.communicate(timeout=patience(600))
    assert (process.returncode, answer) == (0, b"0.1.0\n")


def on_standard_error(clone: GitRepo, stream: int, *args: str) -> "subprocess.Popen[bytes]":
    """A run with a standard error of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tagboat", *args],
        cwd=clone.path,
        env=os.environ | {"TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stream,
    )


@pytest.mark.needs("a terminal")
def test_terminal_shows_what_is_being_done(clone: GitRepo) -> None:
    shown = on_terminal(clone, "release")
    moving = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert re.search(r"before-publish: `sh -c", moving)
    assert "tagboat: push: v0.1.0 on origin, in one push" in moving
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


@pytest.mark.needs("a terminal")
def test_terminal_that_is_plain_gets_lines_alone(clone: GitRepo) -> None:
    assert "\x1b" not in on_terminal(clone, "release", NO_COLOR="1")
