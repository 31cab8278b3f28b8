"""Everything that is wrong with a configuration, at once and by path.

A key that does not exist is told with what it was probably meant to be.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from msgspec import inspect

from tagboat.core.config.conflicts import PathFaults, conflicts
from tagboat.core.config.faults import nearest
from tagboat.core.config.shape import Config, config_of
from tagboat.core.version.version import quoted
from tagboat.core.version_files.formats.key import KeyPath

_ELSEWHERE = {
    "allow_zero_version": "initial",
    "branches": "channels",
    "changelog_file": "changelog.file",
    "commit_parser": "convention",
    "commit_parsers": "rules",
    "exclude_commit_patterns": "ignore.patterns",
    "ignore_tags": "ignore.tags",
    "ignored_tag_formats": "ignore.tags",
    "major_on_zero": "zero",
    "major_version_zero": "zero",
    "release_rules": "rules",
    "releaserules": "rules",
    "tag_format": "tag",
    "tag_pattern": "tag",
    "tag_prefix": "tag",
    "tagformat": "tag",
    "version_files": "files",
    "version_provider": "files",
    "version_scheme": "scheme",
    "version_toml": "files",
    "version_variables": "files",
}
"""What the keys of other release tools are here, in lower case and with underscores."""


def unknown(key: str, path: tuple[str | int, ...], known: Iterable[str]) -> str:
    """The message for a key that does not exist in a table, with the name that helps most.

    ``path`` is the table's, ``known`` are its keys.
    """
    names = list(known)
    plain = key.lower().replace("-", "_")
    if not path and plain == "tool":
        return "unknown key: the keys of [tool.tagboat] stand at the top in a file of their own"
    if not path and plain in _ELSEWHERE:
        return f"unknown key: here it is {_ELSEWHERE[plain]!r}"
    name = plain if plain in names else nearest(plain, names)
    if name:
        return f"unknown key (did you mean {name!r}?)"
    return f"unknown key: there are {', '.join(names)}"


class Problem(NamedTuple):
    """One thing that is wrong, and where; a key that is missing is told of its table."""

    path: KeyPath
    message: str


def problems(data: Mapping[str, object]) -> tuple[Problem, ...]:
    """Everything that is wrong with a configuration as it was parsed; empty if nothing is.

    ``data`` holds what a TOML parser gives. What the values say together is judged over the keys of
    the top level that are right in themselves.
    """
    found = [Problem(path, message) for path, message in _visit(_shape(), data, ())]
    wrong = {problem.path[0] for problem in found if problem.path}
    right = {key: value for key, value in data.items() if key not in wrong}
    together = [Problem(path, message) for path, message in conflicts(config_of(right))]
    return (*found, *together)


@cache
def _shape() -> inspect.Type:
    return inspect.type_info(Config)


def _visit(node: inspect.Type, value: object, path: KeyPath) -> PathFaults:
    """What is wrong with a value and everything in it."""
    if isinstance(node, inspect.Metadata):
        yield from _visit_marked(node, value, path)
    elif isinstance(node, inspect.UnionType):
        yield from _one_of_them(node, value, path)
    elif type(value) is not _PYTHON[type(node)]:
        yield path, f"expected {_type_name(_PYTHON[type(node)])}, found {_type_name(type(value))}"
    else:
        yield from _visit_parts(node, value, path)


def _one_of_them(node: inspect.UnionType, value: object, path: KeyPath) -> PathFaults:
    """What is wrong with a value that may have one of several types.

    TOML has no null: an optional key has but one.
    """
    wanted = [one for one in node.types if not isinstance(one, inspect.NoneType)]
    kinds = [_PYTHON[type(_unmarked(one))] for one in wanted]
    if len(wanted) > 1 and type(value) not in kinds:
        expected = " or ".join(map(_type_name, kinds))
        yield path, f"expected {expected}, found {_type_name(type(value))}"
    else:
        chosen = kinds.index(type(value)) if len(wanted) > 1 else 0
        yield from _visit(wanted[chosen], value, path)


def _unmarked(node: inspect.Type) -> inspect.Type:
    """A type without its marks."""
    return _unmarked(node.type) if isinstance(node, inspect.Metadata) else node


def _visit_parts(node: inspect.Type, value: object, path: KeyPath) -> PathFaults:
    """What is wrong with the parts of a value whose type is right."""
    if isinstance(node, inspect.StructType) and isinstance(value, dict):
        yield from _visit_keys(node, value, path)
    elif isinstance(node, inspect.DictType) and isinstance(value, dict):
        for key, item in value.items():
            yield from _visit(node.key_type, key, (*path, key))
            yield from _visit(node.value_type, item, (*path, key))
    elif isinstance(node, inspect.VarTupleType) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _visit(node.item_type, item, (*path, index))


def _visit_marked(node: inspect.Metadata, value: object, path: KeyPath) -> PathFaults:
    """What is wrong with a value that has a check of its own, which takes only the right type."""
    found = list(_visit(node.type, value, path))
    yield from found
    marks = node.extra or {}
    if "check" in marks and not found:
        message = marks["check"](value)
        if message:
            yield path, message
    if "distinct" in marks and isinstance(value, list):
        yield from _repeated(marks["distinct"], value, path)


def _visit_keys(node: inspect.StructType, table: dict[str, object], path: KeyPath) -> PathFaults:
    """What is wrong with the keys of a table."""
    fields = {one.encode_name: one for one in node.fields}
    for key, value in table.items():
        if key in fields:
            yield from _visit(fields[key].type, value, (*path, key))
        else:
            yield (*path, key), unknown(key, path, fields)
    for key, one in fields.items():
        if one.required and key not in table:
            yield path, f"the key {key!r} is missing"


def _repeated(key: str, tables: Iterable[Any], path: KeyPath) -> PathFaults:
    """Tables that have the same value under a key as one before them."""
    seen: Counter[str] = Counter()
    for index, table in enumerate(tables):
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str):
            if seen[value]:
                yield (*path, index, key), f"{quoted(value)} is there already"
            seen[value] += 1


_NAMES: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a float",
    list: "an array",
    dict: "a table",
}
_PYTHON: dict[type, type] = {
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.VarTupleType: list,
    inspect.DictType: dict,
    inspect.StructType: dict,
}


def _type_name(kind: type) -> str:
    """A TOML type in words."""
    return _NAMES.get(kind, "a date or time")
