"""What reaches the terminal: answers on standard output, the rest on standard error."""

import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagboat.core.next_version.next_version import NextVersion
    from tagboat.core.version.tag import Tagging

_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_COLOURS = {"red": "\x1b[31m", "yellow": "\x1b[33m"}
_PLAIN = "\x1b[0m"

_MOST_NAMED = 5
"""How many lines that are not counted are named one by one."""


def examples(*lines: str) -> str:
    """The end of a command's help: command lines to try, kept as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def printable(text: str) -> str:
    """Text that can't steer a terminal: control and direction characters shown as escapes."""
    if text.isprintable():  # nearly every one, and nothing is compiled for it
        return text
    shown = re.sub(_CONTROL, lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
    return shown.encode("utf-8", "replace").decode("utf-8")


def answer(text: str) -> None:
    """Write one line of the answer."""
    sys.stdout.write(printable(text) + "\n")


def answer_json(value: object) -> None:
    """Write the answer as one JSON document, in which no character steers a terminal."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=2)
    # Such characters stand in strings only; JSON's own escapes mean the same (RFC 8259, 7).
    sys.stdout.write(re.sub(_CONTROL, lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def note(text: str) -> None:
    """Tell a person something beside the answer."""
    sys.stderr.write(f"tagboat: {printable(text)}\n")


def progress(text: str) -> None:
    """Pass on a line that another program says while it works."""
    sys.stderr.write(f"{printable(text)}\n")


def warn(text: str) -> None:
    """Tell a person something that may need their attention."""
    sys.stderr.write(f"tagboat: {_coloured('warning', 'yellow')}: {printable(text)}\n")


def complain(message: str, hint: str) -> None:
    """Say what went wrong and what helps."""
    sys.stderr.write(f"tagboat: {_coloured('error', 'red')}: {printable(message)}\n")
    if hint:
        sys.stderr.write(f"  try: {printable(hint)}\n")


def trace(error: Exception) -> None:
    """Show where an error came from, without credentials."""
    from traceback import format_exception

    from tagboat.adapters.process import redacted

    sys.stderr.write(printable(redacted("".join(format_exception(error)))))


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
