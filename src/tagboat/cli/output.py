"""What reaches the terminal: answers on standard output, the rest on standard error."""

import os
import stat
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from tagboat.core.escape import in_json, in_log, without_commands

if TYPE_CHECKING:
    from tagboat.core.next_version.next_version import NextVersion
    from tagboat.core.version.tag import Tagging

_COLOURS = {"red": "\x1b[31m", "yellow": "\x1b[33m"}
_PLAIN = "\x1b[0m"
_MOST = 8_000
"""How many characters of one line of an answer, or of one message, a person is shown."""
_RUNNERS = ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "TEAMCITY_VERSION")
"""What CI systems set that take lines of their logs for commands, where one does not set CI."""

_MOST_NAMED = 5
"""How many lines that are not counted are named one by one."""


def examples(*lines: str) -> str:
    """The end of a command's help: command lines to try, kept as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def printable(text: str) -> str:
    """Text that can't steer a terminal, and is no command in the log of a CI system."""
    return in_log(text)


def fitting(text: str, most: int = _MOST) -> str:
    """Text that a person can read: of what is far too long, the middle is left out, and counted."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters left out ...] {text[-half:]}"


def answer(text: str) -> None:
    """Write one line of the answer."""
    sys.stdout.write(printable(fitting(text)) + "\n")


def answer_json(value: object) -> None:
    """Write the answer as one JSON document, in which no character steers a terminal."""
    import json

    sys.stdout.write(in_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")


def answer_document(pieces: Iterable[str]) -> None:
    """Write a document as the answer: of what goes wrong half-way, nothing is printed.

    Where a CI system reads along, no line of it is a command; a file gets every character.
    """
    text = "".join(pieces)
    is_read_along = "CI" in os.environ or any(name in os.environ for name in _RUNNERS)
    if is_read_along and not _is_regular_file(sys.stdout):
        text = without_commands(text)
    sys.stdout.write(text)


def note(text: str) -> None:
    """Tell a person something beside the answer."""
    sys.stderr.write(f"tagboat: {printable(fitting(text))}\n")


def progress(text: str) -> None:
    """Pass on a line that another program says while it works."""
    sys.stderr.write(f"{printable(fitting(text))}\n")


def warn(text: str) -> None:
    """Tell a person something that may need their attention."""
    sys.stderr.write(f"tagboat: {_coloured('warning', 'yellow')}: {printable(fitting(text))}\n")


def complain(message: str, hint: str) -> None:
    """Say what went wrong and what helps."""
    sys.stderr.write(f"tagboat: {_coloured('error', 'red')}: {printable(fitting(message))}\n")
    if hint:
        sys.stderr.write(f"  try: {printable(fitting(hint))}\n")


def trace(error: Exception) -> None:
    """Show where an error came from, without credentials."""
    from traceback import format_exception

    from tagboat.adapters.process import redacted

    sys.stderr.write(printable(redacted("".join(format_exception(error)))))


def _is_regular_file(stream: TextIO) -> bool:
    """Whether a stream leads to a file, which no CI system reads along."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:  # it is one of the caller's own, that no system knows
        return False


def is_plain() -> bool:
    """Whether somebody asked for text without colour or weight (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def _coloured(word: str, colour: str) -> str:
    """A word of a message to a person, in colour where a terminal shows it."""
    if is_plain() or not sys.stderr.isatty():
        return word
    return f"{_COLOURS[colour]}{word}{_PLAIN}"


def warn_missed(release: "NextVersion | None") -> None:
    """Name what a person would take for a change and the reading does not count."""
    if release is not None and release.warning:
        warn(release.warning)
    if release is not None:
        warn_strange(release.tagging)
    found = () if release is None else release.missed
    lines = [
        f"{commit.id[:10]} looks like a {what} that is not counted: {line}"
        for what in ("breaking change", "change")
        for commit, breaking, others in found
        for line in (breaking if what == "breaking change" else others)
    ]
    for line in lines[:_MOST_NAMED]:
        warn(line)
    if len(lines) > _MOST_NAMED:
        warn(f"{len(lines) - _MOST_NAMED} more like these; see `tagboat explain`")


def warn_strange(tagging: "Tagging") -> None:
    """Name tags that look like versions and are none."""
    if tagging.strange:
        from tagboat.core.version.tag import strange_told

        warn("; ".join(strange_told(tagging.strange)))
