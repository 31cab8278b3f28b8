"""A place: the characters of a text that spell one value."""

from typing import NamedTuple

BYTE_ORDER_MARK = "\ufeff"


class TextSpan(NamedTuple):
    """The characters from ``start`` up to, not including, ``end``, and the value they spell.

    Quotes stand outside. The value differs from the characters where these are escapes.
    """

    start: int
    end: int
    value: str


class TextSpanError(ValueError):
    """A text has no such place, or not exactly one. The message says why, ``hint`` what helps."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def without_mark(text: str) -> tuple[str, int]:
    """A text without the byte order mark, and how many characters were taken off its start."""
    body = text.removeprefix(BYTE_ORDER_MARK)
    return body, len(text) - len(body)
