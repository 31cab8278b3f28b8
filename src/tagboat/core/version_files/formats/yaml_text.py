"""Places in YAML, as PyYAML reads it: its nodes know where in the text they begin and end.

What could mean another place than the one it stands at is refused: aliases and anchors (one text,
several values), tags, block scalars, several documents, and a key that stands twice.
"""

import re
from functools import cached_property

import yaml

from tagboat.core.version.version import quoted
from tagboat.core.version_files.formats.key import (
    KeyPath,
    TextSpan,
    TextSpanError,
    item_index,
    key_text,
    missing,
    not_a_text,
)

# PyYAML refuses what is not UTF-8; any other single character keeps the positions.
_UNDECODED = re.compile("[\ud800-\udfff]")
_PLAIN_STYLES = {None: 0, "'": 1, '"': 1}
_EVENTS, _DEPTH = 200_000, 64
_NUMBER = re.compile("-?[0-9]{1,15}")
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WORDS_FOR_NOTHING = ("", "~", "null")


class YamlText:
    """A YAML document as text."""

    def __init__(self, text: str) -> None:
        """Read a document. Raises TextSpanError where it is not one YAML document."""
        try:
            self._root = yaml.compose(_UNDECODED.sub("\ufffd", text), Loader=yaml.SafeLoader)
        except RecursionError as error:
            raise TextSpanError("it is not readable as YAML: it is nested too deeply") from error
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())
            raise TextSpanError(f"it is not readable as one YAML document: {reason}") from error
        self._text = text

    @cached_property
    def data(self) -> object:
        """What it says, every scalar as its text; None in the place of an alias."""
        return _data_of(self._root, set())

    def find(self, key: KeyPath) -> TextSpan:
        """The scalar under a key, plain or in quotes.

        Raises TextSpanError where there is none, and where it can't be told which text to change.
        """
        node, earliest = self._root, 0
        for part in key:
            # A collection that stands before its key is an alias of an earlier one.
            self._require_own(node, earliest, key)
            node, earliest = _child(node, part, key)
        self._require_own(node, earliest, key)
        if not isinstance(node, yaml.ScalarNode):
            raise not_a_text(key, {} if isinstance(node, yaml.MappingNode) else [])
        start, end = node.start_mark.index, node.end_mark.index
        if node.style not in _PLAIN_STYLES:
            raise TextSpanError(
                f"{key_text(key)} is a block of text", "write the version on the line of its key"
            )
        quotes = _PLAIN_STYLES[node.style]
        return TextSpan(start + quotes, end - quotes, node.value)

    def _require_own(self, node: yaml.Node | None, earliest: int, key: KeyPath) -> None:
        """Refuse a node that has a name or a tag, or that is another place's."""
        if node is None:
            return
        start = node.start_mark.index
        if start < earliest or self._text.startswith(("&", "!"), start):
            raise TextSpanError(
                f"{key_text(key)} goes through an anchor, an alias or a tag at "
                f"{quoted(self._text[start : node.end_mark.index])}",
                "write the version out in its own place",
            )


def _data_of(node: yaml.Node | None, seen: set[int]) -> object:
    """A node as plain data. What an alias repeats is not read again: that may be vast."""
    if node is None or id(node) in seen:
        return None
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data_of(value, seen) for key, value in node.value if _is_text(key)}
    if isinstance(node, yaml.SequenceNode):
        return [_data_of(item, seen) for item in node.value]
    return node.value


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _child(node: yaml.Node | None, part: str | int, key: KeyPath) -> tuple[yaml.Node, int]:
    """The node under one part of a key, and the position it has to stand after."""
    if isinstance(node, yaml.MappingNode):
        found = [pair for pair in node.value if pair[0].value == str(part)]
        if len(found) > 1:
            raise TextSpanError(f"{part!r} stands twice in one mapping where {key_text(key)} leads")
        if found:
            name, value = found[0]
            return value, name.end_mark.index
    elif isinstance(node, yaml.SequenceNode):
        index = item_index(part, len(node.value))
        if index is not None:
            return node.value[index], node.start_mark.index
    raise missing(key, part)


class YamlValues:
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
            merged = _merged(value) if holder.key == "<<" else None
            if merged is not None:
                holder.value |= merged | holder.value
            else:
                holder.value[holder.key] = value
            holder.key = None


def _merged(value: object) -> dict[str, object] | None:
    """The tables of a merge key as one, of which the first that has a key counts; None for else."""
    tables = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in tables):
        return None
    return {key: item for one in reversed(tables) for key, item in one.items()}


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
