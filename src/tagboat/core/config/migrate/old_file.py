"""The configuration files of other tools, read whole: what they say, and on which line."""

import re
from collections.abc import Callable
from typing import NamedTuple

from tagboat.core.version_files.formats.key import KeyPath, TextSpanError

MOST = 1_000_000
"""How many characters a configuration may have."""

_DEPTH = 64
_EVENTS = 200_000
_TOML, _YAML = (".toml",), (".yaml", ".yml")
_SCRIPTS = (".json", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json5")
_NUMBER = re.compile("-?[0-9]{1,15}")
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WORDS_FOR_NOTHING = ("", "~", "null")
_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|\#![^\n]*)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w$]))
    | (?P<word>[^\W\d][\w$]*|\$[\w$]*)
    | (?P<sign>\.\.\.|=>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ESCAPED |= {"\n": "", "\r\n": ""}
_LITERALS = {"true": True, "false": False, "null": None, "undefined": None}
_OPEN = {"{": "}", "[": "]", "(": ")"}
_CLOSE = frozenset(_OPEN.values())
_ENDS = frozenset((",", ";", "", *_CLOSE))
_TYPED = frozenset(("as", "satisfies"))
_EXPORTS = (
    ("module", ".", "exports", "="),
    ("export", "default"),
    ("exports", ".", "default", "="),
)
_VALUES = 50_000
_SHOWN, _TYPE_LENGTH = 60, 9


class OldFile(NamedTuple):
    """A configuration of another tool: its path, and what it says.

    ``line`` tells the line (from 1) of a key, or of what it would stand in. ``top`` is the path of
    the table that is the tool's: a file may be shared.
    """

    path: str
    data: object
    line: Callable[[KeyPath], int]
    top: KeyPath = ()

    def at(self, *keys: str) -> "OldFile | None":
        """The same file for one of its tables; None where there is no such table."""
        data = self.data
        for key in keys:
            if not isinstance(data, dict) or key not in data:
                return None
            data = data[key]
        return OldFile(self.path, data, self.line, keys)


def read_old_file(path: str, text: str) -> OldFile:
    """Read a file as its name says; one without an ending is JSON or YAML.

    Raises TextSpanError where it is neither, or is too large, or nested too deeply.
    """
    if len(text) > MOST:
        raise TextSpanError(f"it has more than {MOST:,} characters")
    if path.endswith(_TOML):
        from tagboat.core.version_files.formats.toml_text import TomlText

        document = TomlText(text)
        return OldFile(path, document.data, document.line)
    is_literal = path.endswith(_SCRIPTS) or text.lstrip("\ufeff \t\r\n").startswith(("{", "//"))
    if is_literal and not path.endswith(_YAML):
        literal = LiteralText(text)
        return OldFile(path, literal.data, literal.line)
    yaml = _YamlReader(text)
    return OldFile(path, yaml.data, yaml.line)


class _YamlReader:
    """A YAML document, read event by event: an alias is the value that it names, never a copy.

    Numbers with a point stay texts, as `1.10` is a version; so do dates. What a tag asks for is
    not made.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {(): 1}
        self._anchors: dict[str, object] = {}
        self._open: list[_Container] = []
        self.data: object = None
        self._read(text)

    def line(self, path: KeyPath) -> int:
        """The line (from 1) of a key or an item, else of what it would stand in."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _read(self, text: str) -> None:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for number, event in enumerate(yaml.parse(text, Loader=loader)):
                if number > _EVENTS or len(self._open) > _DEPTH:
                    raise TextSpanError("it is too large, or nested too deeply")
                if isinstance(event, yaml.DocumentEndEvent):
                    return
                self._take(event)
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())
            raise TextSpanError(f"it is not readable as YAML: {reason}") from error

    def _take(self, event: object) -> None:
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            self._add(_scalar(event.value, is_plain=event.implicit[0]), event)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._anchors.get(event.anchor or ""), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            is_table = isinstance(event, yaml.MappingStartEvent)
            path = self._path(event)
            self._open.append(_Container({} if is_table else [], path))
            if event.anchor:
                self._anchors[event.anchor] = self._open[-1].value
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._place(self._open.pop().value)

    def _path(self, event: object) -> KeyPath:
        """The path of what begins here."""
        if not self._open:
            return ()
        holder = self._open[-1]
        last = len(holder.value) if isinstance(holder.value, list) else holder.key or ""
        path = (*holder.path, last)
        self._lines.setdefault(path, getattr(event, "start_mark").line + 1)  # noqa: B009
        return path

    def _add(self, value: object, event: object) -> None:
        import yaml

        holder = self._open[-1] if self._open else None
        if holder is not None and isinstance(holder.value, dict) and holder.key is None:
            holder.key = event.value if isinstance(event, yaml.ScalarEvent) else str(value)
            self._path(event)
            return
        self._path(event)
        if isinstance(event, yaml.ScalarEvent) and event.anchor:
            self._anchors[event.anchor] = value
        self._place(value)

    def _place(self, value: object) -> None:
        """Put a value that is whole where it belongs."""
        if not self._open:
            self.data = value
            return
        holder = self._open[-1]
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.key is None:
            holder.key = "?"  # a table or a list as a key
        else:
            if holder.key == "<<" and isinstance(value, dict):
                holder.value.update({k: v for k, v in value.items() if k not in holder.value})
            else:
                holder.value[holder.key] = value
            holder.key = None


class _Container:
    """A table or a list that is not whole yet; ``key`` waits for its value."""

    def __init__(self, value: "dict[str, object] | list[object]", path: KeyPath) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None


def _scalar(text: str, *, is_plain: bool) -> object:
    """What a scalar says."""
    if not is_plain:
        return text
    if text.lower() in _WORDS_FOR_NOTHING:
        return None
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if _NUMBER.fullmatch(text) else text


class Computed(NamedTuple):
    """What a program would have to compute: its source, in short."""

    source: str


_CHANGING = ("push", "unshift", "splice", "pop", "shift", "reverse", "sort")
"""The methods of lists that change them."""


class _Word(NamedTuple):
    kind: str
    text: str
    start: int


class LiteralText:
    """A document of JSON, or what a script exports; ``data`` is what it says."""

    def __init__(self, text: str) -> None:
        """Read a document. Raises TextSpanError where it is none, or is nested too deeply."""
        self._source = text.removeprefix("\ufeff")
        self._words = [
            _Word(str(match.lastgroup), match.group(), match.start())
            for match in _TOKEN.finditer(self._source)
            if match.lastgroup != "blank"
        ]
        self._words.append(_Word("end", "", len(self._source)))
        self._lines: dict[KeyPath, int] = {}
        self._constants: dict[str, int] = {}
        self._changed: dict[str, set[str]] = {}
        self._depth = self._values = 0
        self._at = self._start()
        self.data: object = self._read_value(())

    def line(self, path: KeyPath) -> int:
        """The line (from 1) of a key or an item, else of what it would stand in."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _start(self) -> int:
        """Where the value begins: at the first word, or behind what exports it."""
        texts = [word.text for word in self._words]
        if texts[0] in _OPEN:
            return 0
        depth, found = 0, -1
        for at, text in enumerate(texts):
            depth += (text in _OPEN) - (text in _CLOSE)
            if depth == 0 and text in ("const", "let", "var"):
                self._note_constant(at, texts)
            if texts[at - 1] != "." and texts[at + 1 : at + 2] == ["."]:
                self._note_change(at, texts)
            for way in _EXPORTS:
                if depth == 0 and tuple(texts[at : at + len(way)]) == way:
                    found = at + len(way)
        if found < 0:
            raise TextSpanError("there is no object in it, and nothing that is exported")
        return found

    def _note_constant(self, at: int, texts: list[str]) -> None:
        """Remember where the value of a constant begins, with or without a type."""
        declared = texts[at + 1 : at + _TYPE_LENGTH]
        if "=" in declared and ";" not in declared[: declared.index("=")]:
            self._constants[declared[0]] = at + 2 + declared.index("=")

    def _note_change(self, at: int, texts: list[str]) -> None:
        """Remember which key of a name a statement changes later: an empty one for all of it."""
        chain = [texts[at]]
        while texts[at + 1 : at + 2] == ["."]:
            at += 2
            chain.append(texts[at])
        is_put = texts[at + 1 : at + 2] == ["="]
        if is_put or chain[-1] in _CHANGING:
            keys = chain[1:] if is_put else chain[1:-1]
            self._changed.setdefault(chain[0], set()).add(keys[0] if keys else "")

    def _read_value(self, path: KeyPath) -> object:
        """The value at hand, up to what ends it."""
        self._depth += 1
        self._values += 1
        if self._depth > _DEPTH or self._values > _VALUES:
            raise TextSpanError("it is too large, or nested too deeply")
        start = self._at
        self._lines[path] = self._source.count("\n", 0, self._words[start].start) + 1
        value = self._primary(path)
        if self._words[self._at].text in _TYPED:
            self._skip()
        if self._words[self._at].text not in _ENDS and self._words[self._at].kind != "end":
            self._at = start
            value = self._computed()
        self._depth -= 1
        return value

    def _primary(self, path: KeyPath) -> object:
        word = self._words[self._at]
        if word.text in ("{", "[", "("):
            self._at += 1
            return {"{": self._object, "[": self._array, "(": self._inner}[word.text](path)
        if word.kind == "text" and not (word.text[0] == "`" and "${" in word.text):
            self._at += 1
            return _unescaped(word.text[1:-1])
        if word.kind == "number":
            self._at += 1
            return int(word.text) if re.fullmatch("-?[0-9]{1,15}", word.text) else float(word.text)
        if word.text in _LITERALS:
            self._at += 1
            return _LITERALS[word.text]
        return self._constant(word, path)

    def _constant(self, word: _Word, path: KeyPath) -> object:
        """The value of a name: what the constant of that name was given."""
        place, changed = self._constants.get(word.text), self._changed.get(word.text, set())
        is_alone = word.kind == "word" and self._words[self._at + 1].text in _ENDS
        if place is None or not is_alone or "" in changed:
            return self._computed()
        back, self._at = self._at + 1, place
        value = self._read_value(path)
        self._at = back
        if not isinstance(value, dict):
            return Computed(word.text) if changed else value
        return value | {key: Computed(f"{word.text}.{key}") for key in sorted(changed)}

    def _inner(self, path: KeyPath) -> object:
        value = self._read_value(path)
        if self._words[self._at].text != ")":
            raise TextSpanError("there is no ) to end it")
        self._at += 1
        return value

    def _array(self, path: KeyPath) -> list[object]:
        items: list[object] = []
        while not self._is_end("]"):
            items.append(self._read_value((*path, len(items))))
            self._pass_comma()
        return items

    def _object(self, path: KeyPath) -> dict[str, object]:
        table: dict[str, object] = {}
        while not self._is_end("}"):
            word, after = self._words[self._at], self._words[self._at + 1].text
            if word.kind in ("text", "word", "number") and after == ":":
                key = _unescaped(word.text[1:-1]) if word.kind == "text" else word.text
                self._at += 2
                table[key] = self._read_value((*path, key))
            else:
                key = word.text if word.kind == "word" else f"{word.text}{after}"
                table[key] = self._read_value((*path, key))
            self._pass_comma()
        return table

    def _is_end(self, sign: str) -> bool:
        """Whether a list or a table ends here; that is passed."""
        word = self._words[self._at]
        if word.kind == "end" or (word.text in _CLOSE and word.text != sign):
            raise TextSpanError(f"there is no {sign} to end it")
        self._at += word.text == sign
        return word.text == sign

    def _pass_comma(self) -> None:
        """Pass a comma; a semicolon is passed too, so that reading goes on."""
        self._at += self._words[self._at].text in (",", ";")

    def _computed(self) -> Computed:
        start = self._at
        self._skip()
        text = self._source[self._words[start].start : self._words[self._at].start]
        text = " ".join(text.split())
        return Computed(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")

    def _skip(self) -> None:
        """Pass an expression: up to a comma, a semicolon or a bracket that closes around it."""
        depth = 0
        while self._words[self._at].kind != "end":
            text = self._words[self._at].text
            if depth == 0 and text in _ENDS:
                return
            depth += (text in _OPEN) - (text in _CLOSE)
            self._at += 1


def _unescaped(written: str) -> str:
    """What a text in quotes says; half a pair of surrogates stands for no character."""
    text = _ESCAPE.sub(_unescaped_sign, written)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped_sign(match: re.Match[str]) -> str:
    found = match[1]
    if len(found) > 2 and found[0] in "ux":  # noqa: PLR2004 - one character and a line end are others
        number = int(found.strip("ux{}"), 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - Unicode's last
    return _ESCAPED.get(found, found)
