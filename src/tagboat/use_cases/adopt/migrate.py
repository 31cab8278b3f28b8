"""The configurations of other tools in a repository, and the `tagboat.toml` that they become."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol, cast

from tagboat.core.config.migrate import HOMES, TOOLS, OldTool, migrate
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import ReportRow, Translation
from tagboat.core.config.shape import Config
from tagboat.core.errors import UsageError
from tagboat.core.version_files.formats.key import KeyPath
from tagboat.core.version_files.locate import Folder

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


_BELOW = ("*/*", "*/.*", "*/*/*", "*/*/.*", "*/*/*/*", "*/*/*/.*")
_FOREIGN = {"node_modules", "vendor", "third_party"}


class SearchedFolder(Folder, Protocol):
    """The files of a work tree, which can be searched."""

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The paths that a pattern names, sorted."""
        ...


class Migration(NamedTuple):
    """What a migration is: the text of `tagboat.toml`, the tools that were asked, the report.

    ``own`` are the files that are needed no more; ``shared`` tell others something, too.
    """

    text: str
    tools: tuple[str, ...]
    own: tuple[str, ...]
    shared: tuple[str, ...]
    report: Translation

    @property
    def changelog(self) -> str:
        """The changelog file that the configuration names, or the usual one."""
        return str(self.report.data.get("changelog", {}).get("file", "CHANGELOG.md"))


def migration(
    folder: SearchedFolder, tool: str = "", path: str = "", repository: str = ""
) -> Migration:
    """Read what other tools were told in a repository, and say it in ours.

    ``tool`` asks for one tool alone, ``path`` for one file of it; ``repository`` is what its forge
    calls this one. Raises UsageError where there is nothing of the kind.
    """
    search = _FileSearch(folder, path)
    found = [
        (one, files)
        for one in TOOLS
        if one.name == tool or not tool
        if (files := search.files(one))
    ]
    if not found and not search.unread:
        what = path or f"configuration of {tool or 'another tool'}"
        names = ", ".join(one.name for one in TOOLS)
        raise UsageError(f"there is no {what} here", f"tools that are read: {names}")
    report = migrate(folder, found, repository)
    report.left[:0] = search.unread
    own = [file.path for one, some in found for file in some if one.owns(file.path)]
    paths = dict.fromkeys(file.path for _, some in found for file in some)
    names = ", ".join(paths) or "nothing that can be read"
    head = f"Made by `tagboat migrate` from {names}. `tagboat schema` has every key."
    text = toml_text(_without_empty(report.data), report.origins, head)
    shared = tuple(path for path in paths if path not in own)
    return Migration(text, tuple(one.name for one, _ in found), tuple(own), shared, report)


class _FileSearch:
    """The search for the files of tools; ``unread`` is what was found and not read."""

    def __init__(self, folder: SearchedFolder, path: str) -> None:
        self._folder = folder
        self._path = path
        self.unread: list[ReportRow] = []

    def files(self, tool: OldTool) -> Sequence[OldFile]:
        """The files of a tool: the first that tells it something, or all of them."""
        read = [file for path in self._paths(tool) if (file := self._read(tool, path)) is not None]
        if tool.takes_all:
            return read
        for file in read[1:]:
            row = ReportRow(tool.name, file.path, 1, file.path, _top_keys(file))
            note = f"{read[0].path} is read; migrate this one with --from {file.path}"
            self.unread.append(row._replace(note=note))
        return read[:1]

    def _paths(self, tool: OldTool) -> Iterator[str]:
        """The paths that may be a tool's: at the usual places, or else in folders below."""
        if self._path:
            yield self._path
            return
        usual = [
            path
            for home in HOMES
            for name in tool.files
            for path in self._folder.matching(f"{home}/{name}" if home else name)
        ]
        yield from usual
        if not (usual and tool.takes_all):
            yield from (path for path in self._below if tool.is_named(path))

    @cached_property
    def _below(self) -> tuple[str, ...]:
        """All paths in the first folders below the top, those of packages of others aside."""
        found = (path for pattern in _BELOW for path in self._folder.matching(pattern))
        return tuple(path for path in found if not _FOREIGN & set(path.split("/")))

    def _read(self, tool: OldTool, path: str) -> OldFile | None:
        try:
            text = self._folder.text(path)
            return None if text is None else tool.read(path, text)
        except UsageError as error:
            if (tool.owns(path) or tool.stays) and not self._folder.folders(path):
                note = error.message.removeprefix(f"{path}: ")
                self.unread.append(ReportRow(tool.name, path, 1, path, (path,), note=note))
            return None


def _top_keys(file: OldFile) -> tuple[str, ...]:
    return tuple(map(str, file.data)) if isinstance(file.data, dict) else (file.path,)


def _without_empty(data: dict[str, object]) -> dict[str, object]:
    """The same without tables and lists that hold nothing."""
    return {key: value for key, value in data.items() if value not in ({}, [])}
