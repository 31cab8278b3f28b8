"""Runs what the documents show, so that they can't go stale.

A fenced block marked ``console`` holds commands after ``$`` and what they print. A comment
``<!-- session: NAME -->`` before it starts a session in a fresh folder; all blocks up to the next
such comment run in it, one after the other. Sessions are

- ``harbour``: the repository of `make demo`, its remote beside it as ``harbour.git``;
- ``empty``: a repository without commits, where ``git did MESSAGE`` makes one.

``python -m tests.project.transcripts FILE...`` writes the output into the documents anew.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from demo import history
from tests import environment
from tests.gitrepo import GitRepo
from tests.patience import patience

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = ("README.md", "docs/versions.md", "docs/json.md", "docs/packages.md")

_START = re.compile(r"<!-- session: (\w+) -->")
_BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")
_COMMAND = re.compile(r"(?m)^\$ (.*(?:\n> .*)*)\n?")
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2024-02-01T12:00:00+00:00",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2024-02-01T12:00:00+00:00",
}


class Session(NamedTuple):
    """One session of a document: its kind, the line it starts on, its text."""

    kind: str
    line: int
    text: str


def sessions(text: str) -> list[Session]:
    """The sessions of a document, in order."""
    starts = list(_START.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [
        Session(start[1], text.count("\n", 0, start.start()) + 1, text[start.start() : end])
        for start, end in zip(starts, ends, strict=True)
    ]


def replayed(session: Session, folder: Path, path: str = "") -> str:
    """The session's text with what its commands print now, run in the empty ``folder``.

    ``path`` is the PATH on which tagboat is found, if that is not to be this checkout's.
    """
    run = _runner(_repository(session.kind, folder), folder, path)
    return _BLOCK.sub(lambda block: f"```console\n{_block(block[1], run)}```", session.text)


def _block(text: str, run: Callable[[str], str]) -> str:
    return "".join(_typed(command, run) for command in _COMMAND.findall(text))


def _typed(command: str, run: Callable[[str], str]) -> str:
    """A command as it is typed, and what it prints."""
    return f"$ {command}\n{run(command.replace(chr(10) + '> ', chr(10)))}"


def _repository(kind: str, folder: Path) -> Path:
    """Make the repository that a session of some kind runs in."""
    if kind == "harbour":
        return history.build(folder).path
    if kind == "empty":
        repo = GitRepo.init(folder / "project")
        repo.git("config", "alias.did", "commit --quiet --allow-empty -m")
        return repo.path
    raise ValueError(f"there is no kind of session {kind!r}")


def _runner(repo: Path, folder: Path, path: str) -> Callable[[str], str]:
    """What runs a command line in a repository and returns what it prints, errors included."""
    programs = folder / "bin"
    programs.mkdir()
    program = programs / "tagboat"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tagboat "$@"\n')
    program.chmod(0o755)
    env = environment.quiet(folder) | _IDENTITY
    env["PATH"] = path or f"{programs}{os.pathsep}{env['PATH']}"

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=repo,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=patience(1200),
        )
        return done.stdout.replace(f"{folder}/", "/home/ada/")

    return run


def _main(names: list[str]) -> Iterator[str]:
    """Write documents anew, and name them."""
    for name in names:
        path = Path(name)
        text = path.read_text()
        for session in sessions(text):
            with tempfile.TemporaryDirectory() as folder:
                text = text.replace(session.text, replayed(session, Path(folder)))
        path.write_text(text)
        yield name


if __name__ == "__main__":
    for written in _main(sys.argv[1:] or [str(ROOT / name) for name in DOCUMENTS]):
        sys.stdout.write(f"wrote {written}\n")
