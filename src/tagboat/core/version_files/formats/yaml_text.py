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
