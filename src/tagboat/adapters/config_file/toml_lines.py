"""On which line each key and each array item of a TOML document stands.

The parser of the standard library tells no positions, so this reads the document once more, only
when there is something to report. It follows TOML 1.0 (https://toml.io/en/v1.0.0) and relies on the
document being valid.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

from tagboat.core.version_files.formats.key import KeyPath

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t]+|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3,5}
               | '{3}(?:[^']|'(?!''))*'{3,5}
               | \"(?:[^\"\\\n]|\\.)*\"
               | '[^'\n]*')
    | (?P<sign>[\[\]{}=,])
    | (?P<bare>[^\s\#\[\]{}=,\"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


class _LineToken(NamedTuple):
    kind: str
    text: str
    line: int


class Lines:
    """The lines of a valid document, by path."""

    def __init__(self, document: str) -> None:
        """Read a document that the standard library's parser accepts."""
        self._lines: dict[KeyPath, int] = {(): 1}
        self._items: dict[KeyPath, int] = {}
        self._tokens = _line_tokens(document.replace("\r\n", "\n"))
        self._next = next(self._tokens)
        self._read()

    def of(self, path: KeyPath) -> int:
        """The line (from 1) of a key or an array item, else of what it would stand in."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

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

    def _take(self) -> _LineToken:
        token = self._next
        self._next = next(self._tokens)
        return token

    def _header(self) -> KeyPath:
        """Read ``[a.b]`` or ``[[a.b]]``; the path of the table it opens."""
        line = self._take().line
        is_array = self._next.text == "["
        if is_array:
            self._take()
        *parents, last = self._keys()
        path: KeyPath = ()
        for key in parents:
            path = self._inside((*path, key), line)
        while self._next.text == "]":
            self._take()
        path = (*path, last)
        if is_array:
            return self._new_item(path, line)
        self._lines[path] = line
        return path

    def _inside(self, path: KeyPath, line: int) -> KeyPath:
        """The table that a key in a header leads to: the last one where it names an array."""
        self._lines.setdefault(path, line)
        return (*path, self._items[path]) if path in self._items else path

    def _new_item(self, array: KeyPath, line: int) -> KeyPath:
        """The path of one more table in an array of tables."""
        index = self._items.get(array, -1) + 1
        self._items[array] = index
        self._lines.setdefault(array, line)
        self._lines[*array, index] = line
        return (*array, index)

    def _assignment(self, table: KeyPath) -> None:
        """Read ``a.b = value``."""
        path, line = table, self._next.line
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._take()
        self._value(path)

    def _keys(self) -> list[str]:
        """Read a dotted key up to the sign behind it."""
        parts = []
        while self._next.kind in ("string", "bare"):
            parts.append(self._take().text)
        # The parser itself says what quotes and escapes in a key mean.
        node = tomllib.loads("".join(parts) + " = 0")
        keys = []
        while isinstance(node, dict):
            [(key, node)] = node.items()
            keys.append(key)
        return keys

    def _value(self, path: KeyPath) -> None:
        """Read one value; its inner keys and items get lines of their own."""
        token = self._take()
        if token.text == "[" and token.kind == "sign":
            self._array(path)
        elif token.text == "{" and token.kind == "sign":
            self._inline_table(path)
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
                self._lines[*path, index] = self._next.line
                self._value((*path, index))
                index += 1
        self._take()

    def _inline_table(self, path: KeyPath) -> None:
        while self._next.text != "}":
            if self._next.kind == "newline" or self._next.text == ",":
                self._take()
            else:
                self._assignment(path)
        self._take()


def _line_tokens(document: str) -> Iterator[_LineToken]:
    """The signs, words, strings and line ends of a document, then one ``end``."""
    line = 1
    for match in _TOKEN.finditer(document):
        kind = match.lastgroup or ""
        if kind != "blank":
            yield _LineToken(kind, match.group(), line)
        line += match.group().count("\n")
    yield _LineToken("end", "", line)
