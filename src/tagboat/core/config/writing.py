"""A configuration as the text of `tagboat.toml`, with where each line was found."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from tagboat.core.config.shape import Config
from tagboat.core.version_files.formats.key import KeyPath

Origins = Mapping[KeyPath, str]
"""Where values were found, by their path; the line of a value says so in a comment."""

_WIDTH = 100
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ORDER = {name: index for index, name in enumerate(Config.__struct_fields__)}


def toml_text(data: Mapping[str, object], origins: Origins, head: str = "") -> str:
    """The document that holds ``data``: texts, numbers, booleans, lists and tables of them.

    Its tables come in the order of the reference, after a comment of ``head``. Equal data give
    equal bytes, and `tomllib` reads from them what was given.
    """
    ordered = dict(sorted(data.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER))))
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    lines += [""] * bool(lines and ordered)
    lines += _table_lines((), ordered, origins, "")
    return "\n".join(lines).rstrip("\n") + "\n" * bool(lines)


def _table_lines(
    path: KeyPath, table: Mapping[str, object], origins: Origins, name: str
) -> Iterator[str]:
    """The lines of a table: what it holds itself, then the tables in it."""
    inner = {key: value for key, value in table.items() if _is_table(value)}
    for key, value in table.items():
        if key not in inner:
            yield from _value_lines((*path, key), f"{_toml_key(key)} = ", value, origins)
    for key, value in inner.items():
        full = f"{name}.{_toml_key(key)}" if name else _toml_key(key)
        for where, header, one in _headed((*path, key), full, value):
            yield ""
            yield header + _origin(where, origins)
            yield from _table_lines(where, one, origins, full)


def _headed(
    path: KeyPath, name: str, value: object
) -> Iterator[tuple[KeyPath, str, Mapping[str, object]]]:
    """The tables that a value is, each with its path and header."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield (*path, index), f"[[{name}]]", one
    else:
        yield path, f"[{name}]", cast("Mapping[str, object]", value)


def _is_table(value: object) -> bool:
    """Whether a value gets a header of its own: a table, or a list of nothing but tables."""
    items = value if isinstance(value, list) and value else [value]
    return all(isinstance(item, dict) for item in items)


def _value_lines(path: KeyPath, start: str, value: object, origins: Origins) -> Iterator[str]:
    """A value behind its key: on one line, or a list with a line for each item."""
    whole, comment = start + _toml_value(value), _origin(path, origins)
    has_own = isinstance(value, list) and any((*path, n) in origins for n in range(len(value)))
    if not isinstance(value, list) or not (has_own or len(whole + comment) > _WIDTH):
        yield whole + comment
        return
    yield f"{start}[{comment}"
    for index, item in enumerate(value):
        yield f"  {_toml_value(item)},{_origin((*path, index), origins)}"
    yield "]"


def _origin(path: KeyPath, origins: Origins) -> str:
    found = _CONTROL.sub(" ", origins.get(path, ""))
    return f"  # {found}" if found else ""


def _toml_value(value: object) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}"
    return _quoted_text(value) if isinstance(value, str) else str(value)


def _quoted_text(text: str) -> str:
    """A text in quotes: those that leave backslashes alone where there are any and it can be."""
    if "\\" in text and "'" not in text and not _CONTROL.search(text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted_text(key)
