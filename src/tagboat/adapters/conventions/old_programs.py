"""What the program of another tool says of the next release, asked in a throw-away clone.

Programs run what the repository brings, so that they are only run where a person asks for it. The
clone holds what is committed, and has the remote's address. Git may use files alone there, pushes
go to a bare repository beside the clone, and no token is passed on.

The options are documented in
https://python-semantic-release.readthedocs.io/en/latest/api/commands.html,
https://commitizen-tools.github.io/commitizen/commands/bump/, https://git-cliff.org/docs/usage/args,
https://semantic-release.gitbook.io/semantic-release/usage/configuration and
https://github.com/absolute-version/commit-and-tag-version#cli-usage.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tagboat.adapters.process import run, without_login
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.changelog.headings import headings_of
from tagboat.core.config.migrate import NextRelease
from tagboat.core.errors import OutsideError
from tagboat.core.forge.kinds import TOKENS

_TIMEOUT = 300.0
"""How many seconds each run of a program may take."""
_VERSION = r"\D*?(?P<version>[0-9]+\.[0-9]+\S*)"
_NO_LOCAL_ANSWER = {"release-please": "it asks the forge, and has no local answer"}
_INDENT = re.compile(r"(?m)^    (?=\* )")


class OldProgram(NamedTuple):
    """The program of a tool: its names, what it is run with, and where it tells the version.

    The last of the ``runs`` tells the notes, or writes them into the changelog, which
    ``is_written`` says.
    """

    names: tuple[str, ...]
    runs: tuple[tuple[str, ...], ...]
    version: str = rf"(?m)^{_VERSION}$"
    is_written: bool = False


_PUBLISHES_NOTHING = ("--no-commit", "--no-tag", "--no-push", "--no-vcs-release", "--skip-build")
_PROGRAMS = {
    "python-semantic-release": OldProgram(
        ("python-semantic-release", "semantic-release"),
        (("--noop", "version", "--print"), ("version", *_PUBLISHES_NOTHING)),
        is_written=True,
    ),
    "commitizen": OldProgram(
        ("cz",),
        (("bump", "--dry-run", "--changelog", "--yes"),),
        rf"(?m)^tag to create: {_VERSION}$",
    ),
    "git-cliff": OldProgram(("git-cliff",), (("--bumped-version",), ("--unreleased", "--bump"))),
    "semantic-release": OldProgram(
        ("semantic-release",),
        (("--dry-run", "--no-ci", "--verify-conditions="),),
        rf"The next release version is {_VERSION}",
    ),
    "standard-version": OldProgram(
        ("commit-and-tag-version", "standard-version"),
        (("--dry-run",),),
        rf"tagging release {_VERSION}",
    ),
}


def asked_tools(tools: Iterable[str]) -> list[str]:
    """Those of some tools that tell versions."""
    return [tool for tool in tools if tool in _PROGRAMS or tool in _NO_LOCAL_ANSWER]


@contextmanager
def throw_away_clone(root: str, address: str) -> Iterator[str]:
    """A clone of the repository at ``root``, gone at the end; ``address`` is its remote's, if any.

    Raises OutsideError where git can't make it.
    """
    with tempfile.TemporaryDirectory(prefix="tagboat-compare-") as folder:
        bare, clone = os.path.join(folder, "remote.git"), os.path.join(folder, "clone")
        _git(root, "clone", "--quiet", "--bare", "--no-hardlinks", root, bare)
        _git(root, "clone", "--quiet", bare, clone)
        if address:
            _git(clone, "config", "remote.origin.url", without_login(address))
            _git(clone, "config", "remote.origin.pushurl", bare)
        _git(clone, "config", "user.name", "tagboat")
        _git(clone, "config", "user.email", "tagboat@localhost")
        yield clone


def ask(tool: str, clone: str, changelog: str) -> NextRelease:
    """Ask the program of a tool in a clone; ``changelog`` is the file that it writes there."""
    if tool in _NO_LOCAL_ANSWER:
        return NextRelease(fault=_NO_LOCAL_ANSWER[tool], is_local=False)
    program = _PROGRAMS[tool]
    name = next((name for name in program.names if shutil.which(name)), program.names[0])
    try:
        said = [_run_program(clone, (name, *arguments)) for arguments in program.runs]
    except OutsideError as error:
        return NextRelease(fault=error.message)
    found = re.search(program.version, said[0])
    if found is None:
        return NextRelease(fault=f"`{name} {' '.join(program.runs[0])}` names no version")
    notes = RepositoryFiles(clone).text(changelog) or "" if program.is_written else said[-1]
    return NextRelease(found["version"], _newest_section(notes))


def _run_program(clone: str, command: tuple[str, ...]) -> str:
    """What a program says on its standard output."""
    closed = {**dict.fromkeys(TOKENS, ""), "GIT_ALLOW_PROTOCOL": "file", "NO_COLOR": "1"}
    if command[0] == "semantic-release":
        closed |= _remote_beside(clone)
    return run(command, clone, extra_env=closed, timeout=_TIMEOUT).decode("utf-8", "replace")


def _remote_beside(clone: str) -> dict[str, str]:
    """What leads git from the remote's address to the repository beside the clone.

    semantic-release asks the remote whether it could push, whatever it is told.
    """
    address = _git(clone, "config", "remote.origin.url").strip()
    bare = os.path.join(os.path.dirname(clone), "remote.git")
    name = f"url.{bare}.insteadOf"
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": name, "GIT_CONFIG_VALUE_0": address}


def _newest_section(text: str) -> str:
    """The section of the first version in what a program printed, between rules, or wrote."""
    parts = re.split(r"(?m)^---$", _INDENT.sub("", text))
    return next(filter(None, map(_first_section, parts)), "")


def _first_section(text: str) -> str:
    lines = text.splitlines()
    headings = headings_of(lines)
    first = next((n for n, heading in enumerate(headings) if heading.version), None)
    if first is None:
        return ""
    at = headings[first]
    later = (one.start for one in headings[first + 1 :] if one.level <= at.level)
    return "\n".join(lines[at.start : next(later, len(lines))]).rstrip() + "\n"


def _git(folder: str, *arguments: str) -> str:
    return run(
        ("git", "-c", "core.hooksPath=/dev/null", *arguments), folder, timeout=_TIMEOUT
    ).decode()
