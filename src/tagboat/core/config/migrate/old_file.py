"""The configuration files of other tools, read whole: what they say, and on which line."""

import re
from collections.abc import Callable
from typing import NamedTuple

from tagboat.core.config.migrate.literal import LiteralText
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
