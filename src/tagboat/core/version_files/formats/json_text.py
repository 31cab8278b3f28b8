"""Places in JSON: https://www.rfc-editor.org/rfc/rfc8259.

The standard library's decoder reads one value from any position and tells where it ends. So the way
to a value is walked member by member, and all that stands beside it is stepped over by the decoder.
"""

import json
import re
from collections.abc import Iterator

from tagboat.core.version_files.formats.key import (
    KeyPath,
    TextSpan,
    TextSpanError,
    key_text,
    look_up,
    not_a_text,
    without_mark,
)

_after_blanks = re.compile(r"[ \t\r\n]*").match
_decode = json.JSONDecoder().raw_decode
_SPARE_COMMA = re.compile(r",(?=\s*[]}])")


class JsonText:
    """A JSON document as text; ``data`` is what it says."""

    def __init__(self, text: str) -> None:
        """Read a document. Raises TextSpanError where it is not JSON."""
        self._text, self._offset = without_mark(text)
        try:
            self.data: object = json.loads(self._text)
        except RecursionError as error:
            raise TextSpanError("it is not readable as JSON: it is nested too deeply") from error
        except ValueError as error:
            raise TextSpanError(f"it is not readable as JSON: {error}") from error

    def find(self, key: KeyPath) -> TextSpan:
        """The text under a key.

        Raises TextSpanError where there is none, and where an object on the way has a key of it
        twice.
        """
        path, value = look_up(self.data, key)
        if not isinstance(value, str):
            raise not_a_text(key, value)
        at = self._skip(0)
        for part in path:
            at = self._step(at, part, path)
        _, end = _decode(self._text, at)
        return TextSpan(at + 1 + self._offset, end - 1 + self._offset, value)

    def _step(self, at: int, part: str | int, path: KeyPath) -> int:
        """Where the value of one member or item starts, in what starts at ``at``."""
        inside = self._items(at) if isinstance(part, int) else self._members(at)
        found = [start for name, start in inside if name == part]
        if len(found) > 1:
            raise TextSpanError(f"{part!r} stands twice in one object where {key_text(path)} leads")
        return found[0]

    def _members(self, at: int) -> Iterator[tuple[str | int, int]]:
        """The names in an object, each with where its value starts."""
        at = self._skip(at + 1)
        while self._text[at] != "}":
            name, end = _decode(self._text, at)
            start = self._skip(self._skip(end) + 1)  # over the colon
            yield name, start
            at = self._next(start)

    def _items(self, at: int) -> Iterator[tuple[str | int, int]]:
        """The indexes of an array, each with where its item starts."""
        at = self._skip(at + 1)
        index = 0
        while self._text[at] != "]":
            yield index, at
            at = self._next(at)
            index += 1

    def _next(self, at: int) -> int:
        """Where what follows a value and its comma starts."""
        _, end = _decode(self._text, at)
        end = self._skip(end)
        return self._skip(end + 1) if self._text[end] == "," else end

    def _skip(self, at: int) -> int:
        """The first position from ``at`` on that is not blank."""
        match = _after_blanks(self._text, at)
        return at if match is None else match.end()


class LooseJsonText(JsonText):
    """JSON in which a comma may stand behind the last member or item, as bun writes it."""

    def __init__(self, text: str) -> None:
        """Read a document. Raises TextSpanError where it is not JSON beside that."""
        super().__init__(_SPARE_COMMA.sub(" ", text))
