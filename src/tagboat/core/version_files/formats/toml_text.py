"""Places in TOML 1.0: https://toml.io/en/v1.0.0.

tomllib tells no positions, and tomlkit keeps the style of a document but drops where in the text an
item came from. So tomllib judges whether the document is valid and what it says, and a reader
that relies on that notes where each key and each text of it stands.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from tagboat.core.version_files.formats.key import (
    KeyPath,
    TextSpan,
    TextSpanError,
    look_up,
    not_a_text,
    without_mark,
)

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t]+|\#[^\n]*)
    | (?P<newline>\r?\n)
    | (?P<string>\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3,5}
               | '{3}(?:[^']|'(?!''))*'{3,5}
               | \"(?:[^\"\\\n]|\\.)*\"
               | '[^'\n]*')
    | (?P<sign>[\[\]{}=,])
    | (?P<bare>[^\s\#\[\]{}=,\"']+)
    """,
    re.VERBOSE | re.DOTALL,
)
_LONG_QUOTES = ('"""', "'''")
_first_newline = re.compile(r"\r?\n").match


class TomlText:
    """A TOML document as text; ``data`` is what it says."""

    def __init__(self, text: str) -> None:
        """Read a document. Raises TextSpanError where it is not TOML."""
        self._text, self._offset = without_mark(text)
        try:
            self.data: dict[str, object] = tomllib.loads(self._text)
        except RecursionError as error:
            raise TextSpanError("it is not readable as TOML: it is nested too deeply") from error
        except ValueError as error:
            raise TextSpanError(f"it is not readable as TOML: {error}") from error

    def find(self, key: KeyPath) -> TextSpan:
        """The text under a key. Raises TextSpanError where there is none."""
        path, value = look_up(self.data, key)
        if not isinstance(value, str):
            raise not_a_text(key, value)
        start, end = self._read.spans[path]
        quotes = 1
        if self._text.startswith(_LONG_QUOTES, start):
            quotes = 3
            newline = _first_newline(self._text, start + quotes)
            start = start if newline is None else newline.end() - quotes
        return TextSpan(start + quotes + self._offset, end - quotes + self._offset, value)

    def line(self, path: KeyPath) -> int:
        """The line (from 1) of a key or an array item, else of what it would stand in."""
        while path not in self._read.starts:
            path = path[:-1]
        return bisect_left(self._newlines, self._read.starts[path]) + 1

    @cached_property
    def _newlines(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    @cached_property
    def _read(self) -> "_Reader":
        return _Reader(self._text)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Reader:
    """Where things stand in a valid document, by path.

    ``spans`` are those of strings, quotes included; a key starts where it is first said.
    """

    def __init__(self, text: str) -> None:
        self.spans: dict[KeyPath, tuple[int, int]] = {}
        self.starts: dict[KeyPath, int] = {(): 0}
        self._last_items: dict[KeyPath, int] = {}
        self._tokens = _tokens(text)
        self._next = next(self._tokens)
        self._read()

    def _read(self) -> None:
        """Read tables and assignments up to the end."""
        table: KeyPath = ()
        while self._next.kind != "end":
            if self._next.kind == "newline":
                self._take()
            elif self._next.text == "[":
                table = self._header()
            else:
                self._assignment(table)

    def _take(self) -> _Token:
        token = self._next
        self._next = next(self._tokens)
        return token

    def _header(self) -> KeyPath:
        """Read ``[a.b]`` or ``[[a.b]]``; the path of the table it opens."""
        start = self._take().start
        is_array = self._next.text == "["
        if is_array:
            self._take()
        *parents, last = self._keys()
        path: KeyPath = ()
        for part in parents:
            path = (*path, part)
            self.starts.setdefault(path, start)
            path = self._inside(path)
        while self._next.text == "]":
            self._take()
        path = (*path, last)
        if is_array:
            self.starts.setdefault(path, start)
            self._last_items[path] = self._last_items.get(path, -1) + 1
        path = self._inside(path)
        self.starts[path] = start
        return path

    def _inside(self, path: KeyPath) -> KeyPath:
        """The table that a header leads to: the last one where it names an array of tables."""
        return (*path, self._last_items[path]) if path in self._last_items else path

    def _assignment(self, table: KeyPath) -> None:
        """Read ``a.b = value``."""
        path, start = table, self._next.start
        for key in self._keys():
            path = (*path, key)
            self.starts.setdefault(path, start)
        self._take()
        self._value(path)

    def _keys(self) -> list[str]:
        """Read a dotted key up to the sign behind it."""
        keys: list[str] = []
        while self._next.kind in ("string", "bare"):
            token = self._take()
            if token.kind == "bare":
                keys += (part for part in token.text.split(".") if part)
            else:
                keys.append(_string(token.text))
        return keys

    def _value(self, path: KeyPath) -> None:
        """Read one value and everything in it."""
        token = self._take()
        if token.text == "[":
            self._array(path)
        elif token.text == "{":
            self._inline_table(path)
        elif token.kind == "string":
            self.spans[path] = token.start, token.end
        else:
            # A date and its time may be two words.
            while self._next.kind == "bare":
                self._take()

    def _array(self, path: KeyPath) -> None:
        index = 0
        while self._next.text != "]":
            if self._next.kind == "newline" or self._next.text == ",":
                self._take()
            else:
                self.starts[*path, index] = self._next.start
                self._value((*path, index))
                index += 1
        self._take()

    def _inline_table(self, path: KeyPath) -> None:
        while self._next.text != "}":
            if self._next.text == ",":
                self._take()
            else:
                self._assignment(path)
        self._take()


def _tokens(text: str) -> Iterator[_Token]:
    """The signs, words, strings and line ends of a document, then one ``end``."""
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind != "blank":
            yield _Token(kind, match.group(), match.start(), match.end())
    yield _Token("end", "", len(text), len(text))


def _string(written: str) -> str:
    """What a quoted key says; the parser itself knows what escapes mean."""
    value: str = tomllib.loads(f"key = {written}")["key"]
    return value
