"""Escaping: text of strangers as its reader shows it, and never as a command to that reader.

One function for each reader of what tagboat prints: terminals, logs of CI systems, JSON, shells.
What becomes part of a document is escaped by its format, in `tagboat.core.changelog.markup`.
"""

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
# GitHub takes a line that begins with `::` after any blanks, and `##[` anywhere in a line
# (actions/runner, ActionCommand.cs; Gitea and Forgejo do the same); Azure takes `##vso[` and
# TeamCity `##teamcity[` anywhere. GitLab takes `section_start:` and `section_end:`.
_COMMAND = re.compile(
    r"(?m)^(?P<blanks>(?:[^\S\n]|[\ufeff\u200b])*):(?=:)|#(?=#\w*\[)|(?<=section)_(?=(?:start|end):)"
)
_WIDE = 0x100
_COMMAND_IN_JSON = re.compile(r"#(?=#\w*\[)")


def in_terminal(text: str) -> str:
    """Text that can't steer a terminal: control and direction characters shown as escapes."""
    shown = _CONTROL.sub(lambda match: _code_point(match[0]), text)
    return shown.encode("utf-8", "replace").decode("utf-8")


def in_log(text: str) -> str:
    """The same for a terminal or a log of a CI system, which takes some texts for commands."""
    return without_commands(in_terminal(text))


def without_commands(text: str) -> str:
    """Text in which no CI system finds a command; nothing else of it is changed."""
    return _COMMAND.sub(_defused, text)


def in_json(document: str) -> str:
    """The same JSON document, in which nothing steers a terminal or is a command in a log.

    Such texts stand in strings only; JSON's own escapes mean the same (RFC 8259, 7).
    """
    shown = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", document)
    return _COMMAND_IN_JSON.sub("\\\\u0023", shown)


def in_shell(word: str) -> str:
    """A name as one word of a command that a person may copy into a shell."""
    from shlex import quote

    return quote(word)


def _defused(match: re.Match[str]) -> str:
    """What is found, with its first sign shown as an escape."""
    blanks = match["blanks"] or ""
    return blanks + _code_point(match[0][len(blanks) :])


def _code_point(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < _WIDE else f"\\u{number:04x}"
