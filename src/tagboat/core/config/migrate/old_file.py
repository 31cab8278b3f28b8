"""The configuration files of other tools, read whole: what they say, and on which line."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from tagboat.core.version_files.formats.key import KeyPath, TextSpanError

MOST = 1_000_000
"""How many characters a configuration may have."""

_DEPTH = 64
_TOML, _YAML, _INI = (".toml",), (".yaml", ".yml"), (".cfg", ".ini")
_SECTION = re.compile(r"\[(?P<name>.+)\]|(?P<key>[^\s#;:=\[][^:=]*)")
_SCRIPTS = (".json", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json5")
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
_PATTERN = re.compile(r"(?P<pattern>/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*)")
_BEFORE_PATTERN = frozenset(("", "return", "=>", *"(,=:[!&|?{};"))
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ESCAPED |= {"\n": "", "\r\n": ""}
_UNDECODED = re.compile("[\ud800-\udfff]")
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
_NAMED = ("as", "default")
_VALUES = 50_000
_SHOWN, _TYPE_LENGTH = 60, 9


class OldFile(NamedTuple):
    """A configuration of another tool: its path, and what it says.

    ``line`` tells the line (from 1) of a key, or of what it would stand in. ``top`` is the path of
    the table that is the tool's: a file may be shared. ``beside`` are further tables of the tool's,
    which it does not read.
    """

    path: str
    data: object
    line: Callable[[KeyPath], int]
    top: KeyPath = ()
    beside: "tuple[OldFile, ...]" = ()

    def at(self, *keys: str) -> "OldFile | None":
        """The same file for one of its tables; None where there is no such table."""
        data = self.data
        for key in keys:
            if not isinstance(data, dict) or key not in data:
                return None
            data = data[key]
        return OldFile(self.path, data, self.line, keys)


def read_old_file(path: str, text: str) -> OldFile:
    """Read a file as its name says; one without an ending is JSON or YAML, and `.cz` is INI.

    U+FFFD stands for what is not UTF-8. Raises TextSpanError where it is none of those formats, or
    is too large, or nested too deeply.
    """
    if len(text) > MOST:
        raise TextSpanError(f"it has more than {MOST:,} characters")
    text = _UNDECODED.sub("\ufffd", text)
    if path.endswith(_TOML):
        from tagboat.core.version_files.formats.toml_text import TomlText

        document = TomlText(text)
        return OldFile(path, document.data, document.line)
    if path.endswith(_INI) or path.rpartition("/")[2] == ".cz":
        return _read_ini(path, text)
    is_literal = path.endswith(_SCRIPTS) or text.lstrip("\ufeff \t\r\n").startswith(("{", "//"))
    if is_literal and not path.endswith(_YAML):
        literal = LiteralText(text)
        return OldFile(path, literal.data, literal.line)
    from tagboat.core.version_files.formats.yaml_text import YamlValues

    yaml = YamlValues(text)
    return OldFile(path, yaml.data, yaml.line)


def _read_ini(path: str, text: str) -> OldFile:
    """Read the sections of an INI file: names of keys are lower case, `%` stands for itself."""
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(allow_no_value=True)
    try:
        parser.read_string(text.removeprefix("\ufeff"))
    except Error as error:
        reason = error.message.replace("'<string>'", "").replace("<string>", "")
        raise TextSpanError(f"it is not readable as INI: {' '.join(reason.split())}") from error
    data = {name: {k: _ini_value(v) for k, v in parser.items(name)} for name in parser.sections()}
    lines = _ini_lines(text)
    return OldFile(path, data, lambda keys: lines.get(keys[:2], lines.get(keys[:1], 1)))


def _ini_value(text: str | None) -> object:
    """A value: a list as JSON spells it, else a text; there may be none."""
    try:
        value = LiteralText(text or "").data
    except TextSpanError:
        return text
    return value if isinstance(value, list) else text


def _ini_lines(text: str) -> dict[KeyPath, int]:
    """The lines (from 1) of sections and keys, those first of each name that count."""
    lines: dict[KeyPath, int] = {}
    section = ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        found = _SECTION.match(line)
        if found:
            section = found["name"] or section
            key = (found["key"] or "").strip().lower()
            lines.setdefault((section, key) if key else (section,), number)
    return lines


class Computed(NamedTuple):
    """What a program would have to compute: its source, in short."""

    source: str


_CHANGING = ("push", "unshift", "splice", "pop", "shift", "reverse", "sort")
"""The methods of lists that change them."""


class _Word(NamedTuple):
    kind: str
    text: str
    start: int


def _words(source: str) -> Iterator[_Word]:
    """The words of a script; a slash begins a regular expression where no value ends before it."""
    at, before = 0, ""
    while match := (before in _BEFORE_PATTERN and _PATTERN.match(source, at)) or _TOKEN.match(
        source, at
    ):
        at = match.end()
        if match.lastgroup != "blank":
            yield _Word(str(match.lastgroup), match.group(), match.start())
            before = match.group()


class LiteralText:
    """A document of JSON, or what a script exports; ``data`` is what it says."""

    def __init__(self, text: str) -> None:
        """Read a document. Raises TextSpanError where it is none, or is nested too deeply."""
        self._source = text.removeprefix("\ufeff")
        self._words = [*_words(self._source), _Word("end", "", len(self._source))]
        self._newlines = [match.start() for match in re.finditer("\n", self._source)]
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
            if depth == 0:
                found = self._export(at, texts, found)
            if texts[at - 1] != "." and texts[at + 1 : at + 2] == ["."]:
                self._note_change(at, texts)
        named = texts[texts.index("default") - 2] if _NAMED in pairwise(texts) else ""
        found = self._constants.get(named, found)
        if found < 0:
            raise TextSpanError("there is no object in it, and nothing that is exported")
        return _given_back(texts, found)

    def _export(self, at: int, texts: list[str], found: int) -> int:
        """Where what is exported begins, if a statement here says so, else what was found."""
        if texts[at] in ("const", "let", "var"):
            self._note_constant(at, texts)
        ends = (at + len(way) for way in _EXPORTS if tuple(texts[at : at + len(way)]) == way)
        return next(ends, found)

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
        self._lines[path] = bisect_left(self._newlines, self._words[start].start) + 1
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
        start = self._at - 1
        value = self._read_value(path)
        if self._words[self._at].kind == "end":
            raise TextSpanError("there is no ) to end it")
        if self._words[self._at].text != ")":  # the parameters of a function
            self._at = start
            return self._computed()
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


def _given_back(texts: list[str], at: int) -> int:
    """Where the literal begins that an exported function gives back, or that one is called with."""
    at += texts[at] == "async"
    if texts[at + 1 : at + 3] == ["(", "{"] and texts[at] != "function":
        return at + 2
    if texts[at : at + 3] == ["(", ")", "=>"]:
        at += 3
    elif texts[at] == "function" and "{" in texts[at:]:
        at = texts.index("{", at)
    else:
        return at
    is_body = texts[at] == "{"
    return texts.index("return", at) + 1 if is_body and "return" in texts[at:] else at


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
