"""Keys: the way from the top of a document down to one value.

project.version             tables, one in the other
packages."".version         a part in quotes may hold anything, or nothing
tools.0.version             the first item of an array; tools[0].version is the same
"""

import re
from typing import NamedTuple

from tagboat.core.version.version import quoted

BYTE_ORDER_MARK = "\ufeff"


_SPELLED = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.", re.DOTALL)
"""A character as a quoted text may spell it."""


class TextSpan(NamedTuple):
    """The characters from ``start`` up to, not including, ``end``, and the value they spell.

    Quotes stand outside. The value differs from the characters where these are escapes.
    """

    start: int
    end: int
    value: str

    def part(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Where the characters of the value from ``start`` up to ``end`` stand in the text.

        Raises TextSpanError where they are spelled with escapes, or where that is uncertain.
        """
        source = text[self.start : self.end]
        pieces = [*source] if source == self.value else _SPELLED.findall(source)
        is_aligned = len(pieces) == len(self.value) and all(
            one == piece or piece[0] == "\\" for piece, one in zip(pieces, self.value, strict=True)
        )
        found = "".join(pieces[start:end])
        if not is_aligned or found != self.value[start:end]:
            line = text.count("\n", 0, self.start) + 1
            raise TextSpanError(
                f"{quoted(self.value)} in line {line} is spelled with escapes",
                "write its characters as they are",
            )
        at = self.start + len("".join(pieces[:start]))
        return at, at + len(found)


class TextSpanError(ValueError):
    """A text has no such place, or not exactly one. The message says why, ``hint`` what helps."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def without_mark(text: str) -> tuple[str, int]:
    """A text without the byte order mark, and how many characters were taken off its start."""
    body = text.removeprefix(BYTE_ORDER_MARK)
    return body, len(text) - len(body)


KeyPath = tuple[str | int, ...]
"""Keys and array indexes (from 0) from the top of a document down to one value."""

_PART = re.compile(
    r"""
      "(?P<double>[^"]*)"
    | '(?P<single>[^']*)'
    | \[(?P<index>[0-9]{1,9})\]
    | (?P<bare>[^.\[\]"']+)
    """,
    re.VERBOSE,
)


def parse_key(text: str) -> KeyPath:
    """Read a key as the configuration spells it. Raises TextSpanError where it can't be read."""
    parts: list[str | int] = []
    at = 0
    while True:
        match = _PART.match(text, at)
        if match is None:
            raise TextSpanError(
                f"{quoted(text)} is not a key: parts are joined by dots",
                "put parts that hold a dot, a bracket or nothing in quotes",
            )
        found = match[str(match.lastgroup)]
        parts.append(int(found) if match.lastgroup == "index" else found)
        at = match.end()
        if at == len(text):
            return tuple(parts)
        if text[at] == ".":
            at += 1
        elif text[at] != "[":
            raise TextSpanError(
                f"{quoted(text)} is not a key: a dot is missing before {text[at:]!r}"
            )


class KeyValue(NamedTuple):
    """A value of a document and its path, where items of arrays have their indexes as numbers."""

    path: KeyPath
    value: object


def look_up(document: object, key: KeyPath) -> KeyValue:
    """Follow a key through parsed tables and arrays. Raises TextSpanError where it ends early."""
    path: KeyPath = ()
    value = document
    for part in key:
        if isinstance(value, dict) and part in value:
            step: str | int = part
            value = value[part]
        elif isinstance(value, list) and (index := item_index(part, len(value))) is not None:
            step = index
            value = value[index]
        else:
            raise missing(key, part)
        path = (*path, step)
    return KeyValue(path, value)


def item_index(part: str | int, length: int) -> int | None:
    """The index that a part of a key stands for in an array of this length, if it has it."""
    text = str(part)
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(length)):
        return None
    return int(text) if int(text) < length else None


def missing(key: KeyPath, part: str | int) -> TextSpanError:
    """The error for a part of a key that the document does not have."""
    return TextSpanError(f"there is no {quoted(str(part))} where {key_text(key)} leads")


def not_a_text(key: KeyPath, value: object) -> TextSpanError:
    """The error for a key that leads to something other than a text."""
    kind = {dict: "a table", list: "an array", bool: "a boolean", type(None): "empty"}
    found = kind.get(type(value), f"the value {value}, which is not a text")
    return TextSpanError(f"{key_text(key)} is {found}", "write the version as a text in quotes")


def key_text(key: KeyPath) -> str:
    """A key as a person would write it."""
    return ".".join(_shown_part(part) for part in key)


def _shown_part(part: str | int) -> str:
    text = str(part)
    return text if re.fullmatch(r"[^.\[\]\"'\s]+", text) else f'"{text}"'
