"""A translation: a configuration that grows key by key, and what became of each old key.

Every key of an old file ends in one of three lists: carried, changed, or left, with its line.
A key in a list stands for all that is below it; ``keys`` names that one by one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tagboat.core.changelog.headings import layout_of
from tagboat.core.changes.change import parse
from tagboat.core.config.check import problems
from tagboat.core.errors import UsageError
from tagboat.core.version_files.formats.key import KeyPath
from tagboat.core.version_files.locate import Folder
from tagboat.core.version_files.presets import PRESETS

_NEEDED: Mapping[str, Mapping[str, object]] = {
    "packages": {"name": "package"},
    "channels": {"branch": "main"},
}


LAYOUT_OF_PRESET = {
    "angular": "angular",
    "conventionalcommits": "release-please",
    "conventional-changelog-angular": "angular",
    "conventional-changelog-conventionalcommits": "release-please",
}
"""The shipped template that has the layout of a preset of conventional-changelog."""

_TYPE_LISTS = (("changelog", "hide"), ("check", "types"))
_UNREADABLE = re.compile(r"(?<!\\)\\u(?:d[89a-f]|fffd)")
_CHANGELOG = "CHANGELOG.md"
_OURS = "changelog"


class ReportRow(NamedTuple):
    """What became of one key: where it stood, what it is now (if anything), and why."""

    tool: str
    file: str
    line: int
    key: str
    keys: tuple[str, ...]
    to: str = ""
    note: str = ""


class Translation:
    """A configuration while it is made from those of other tools.

    ``repository`` is what its forge calls the repository, `owner/name`; empty if that is not known.
    ``image_names`` are what the first images are called, those that were looked at already.
    """

    def __init__(self, folder: Folder, repository: str = "") -> None:
        self.folder = folder
        self.repository = repository
        self.data: dict[str, Any] = {}
        self.origins: dict[KeyPath, str] = {}
        self.carried: list[ReportRow] = []
        self.changed: list[ReportRow] = []
        self.left: list[ReportRow] = []
        self.image_names: list[str] = []
        self._lines: dict[KeyPath, tuple[list[object], set[bytes]]] = {}

    def put(self, to: KeyPath, value: object, origin: str) -> str:
        """Say a value under a path; a list is added to. Why that can't be, or an empty text."""
        to, value = _with_types_as_read(to, value)
        fault = value_fault(to, value)
        if fault:
            return fault
        *above, last = to
        table: Any = self.data
        for part, below in zip(above, to[1:], strict=True):
            table = table[part] if isinstance(part, int) else table.setdefault(part, _new(below))
        if isinstance(value, list):
            self._add(table.setdefault(last, []), to, value, origin)
        elif last in table and table[last] != value:
            return f"{shown_key(to)} is {_brief(table[last])} already ({self.origins.get(to, '')})"
        else:
            table[last] = value
            self.origins.setdefault(to, origin)
        return ""

    def _add(self, held: list[object], to: KeyPath, items: list[object], origin: str) -> None:
        lines, known = self._lines.setdefault(to, (held, set()))
        if lines is not held or len(known) != len(held):
            known = {_line(item) for item in held}
            self._lines[to] = held, known
        for item in items:
            if _line(item) not in known:
                self.origins[*to, len(held)] = origin
                held.append(item)
                known.add(_line(item))

    def told(self, path: str) -> set[str]:
        """The keys of a file that are in one of the lists, without indexes."""
        rows = (row for rows in (self.carried, self.changed, self.left) for row in rows)
        named = ((row.key, *row.keys) for row in rows if row.file == path)
        return {re.sub(r"\[\d+\]", "", name) for names in named for name in names}

    def choose_layout(self, tool: str, path: str, template: str) -> None:
        """Go on with the layout that the changelog has, where it is sure, else with the tool's own.

        ``path`` is the tool's file; ``template`` is empty where the tool's own layout is not ours.
        """
        changelog = self.data.get("changelog", {})
        name = changelog.get("file", _CHANGELOG)
        if "template" in changelog or not name.endswith(".md"):
            return
        found = self._layout_there(f"{path.rpartition('/')[0]}/{name}".lstrip("/"))
        chosen = found or template
        if chosen and chosen != _OURS:
            what = f"the layout of {name}" if found else f"the layout of {tool}"
            self.put(("changelog", "template"), chosen, what)
            row = ReportRow(tool, path, 0, "changelog", (), "changelog.template", what)
            self.changed.append(row)

    def _layout_there(self, path: str) -> str:
        try:
            return layout_of(self.folder.text(path) or "")
        except UsageError:
            return ""

    def add_package(self, place: str, inner: "Translation", usual: Mapping[str, str]) -> None:
        """Take over what was told of the package in a folder, with paths from there.

        ``usual`` has what holds of a package where nothing says another thing.
        """
        said = inner.data
        name = place.rpartition("/")[2]
        table: dict[str, object] = {"name": name, "paths": [place]}
        index = len(self.data.get("packages", []))
        for key in ("tag", "initial", "empty"):
            if value := said.pop(key, usual.get(key)):
                table[key] = value
        if "files" in said:
            table["files"] = [_moved_below(entry, place) for entry in said.pop("files")]
        if "file" in said.get("changelog", {}):
            table["changelog"] = {"file": f"{place}/{said['changelog'].pop('file')}"}
        commands = said.pop("commands", [])
        if commands:
            table["commands"] = [
                {
                    **one,
                    "run": ["sh", "-c", f"cd {place} && {one['run'][-1]}"],
                    **({"add": [f"{place}/{path}" for path in one["add"]]} if "add" in one else {}),
                }
                for one in commands
            ]
        assets = said.get("forge", {}).get("assets", [])
        assets[:] = [
            {**one, "path": f"{place}/{one['path']}"} if isinstance(one, dict) else f"{place}/{one}"
            for one in assets
        ]
        self.data.setdefault("packages", []).append(table)
        self.origins["packages", index] = f"the folder of {name}"
        for key, value in said.items():
            self.data.setdefault(key, value)
        for path, origin in inner.origins.items():
            self.origins.setdefault(path, origin)
        self.carried += inner.carried
        self.changed += inner.changed
        self.left += inner.left

    def settle(self) -> None:
        """Take out what does not fit together; it is left, with the reason."""
        while found := problems(self.data):
            path, message = max(found, key=lambda one: (len(one[0]), str(one[0])))
            # An image without one of its tags is another one.
            path = path[:2] if path[0] == "images" and path[2:3] == ("tags",) else path
            self.left.append(self._misfit(path, message))
            path = _take_out(self.data, path)
            self.origins = dict(_origins_without(self.origins, path))

    def _misfit(self, path: KeyPath, message: str) -> ReportRow:
        """The row of a value that does not fit the others, where it was found."""
        above = [
            self.origins[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.origins
        ]
        below = [text for key, text in self.origins.items() if key[: len(path)] == path]
        file, _, line = next(iter((*above, *below)), "").rpartition(":")
        name = shown_key(path)
        row = ReportRow("", file, int(line) if line.isdigit() else 0, name, (name,), note=message)
        return self._taken_back(row) if len(path) == 1 or path[0] == "images" else row

    def _taken_back(self, misfit: ReportRow) -> ReportRow:
        """The row of the key that a value was made from, which says no more that it was."""
        for rows in (self.carried, self.changed):
            for row in rows:
                is_same = (row.file, row.line) == (misfit.file, misfit.line)
                if is_same and row.to and misfit.key.startswith(row.to):
                    rows.remove(row)
                    return row._replace(to="", note=misfit.note)
        return misfit


def shown_key(path: KeyPath) -> str:
    """A path as people write it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def type_as_read(name: str) -> str:
    """A type of change as messages of that type are read: `feature` is `feat`."""
    change = parse(f"{name}: x")
    return name if change is None or change.scope or change.breaking else change.type


def _with_types_as_read(to: KeyPath, value: Any) -> tuple[KeyPath, Any]:  # noqa: ANN401 - any value
    """A path and its value, with types of change as messages are read."""
    if to[0] == "bump" and to[1:]:
        return (to[0], type_as_read(str(to[1]))), value
    if to in _TYPE_LISTS and isinstance(value, list):
        return to, list(dict.fromkeys(map(type_as_read, value)))
    if to == ("rules",):
        value = [
            one | {"type": type_as_read(one["type"])} if "type" in one else one for one in value
        ]
    if to == ("changelog", "sections"):
        value = [
            one | {"types": list(dict.fromkeys(map(type_as_read, one["types"])))} for one in value
        ]
    return to, value


def _line(item: object) -> bytes:
    """An item as a text, which is equal for equal ones alone."""
    return msgspec.json.encode(item, order="deterministic")


def _brief(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value).lower()


def _moved_below(entry: str, place: str) -> str:
    """An entry of `files` as seen from the folder above a package's."""
    path, colon, key = entry.partition(":")
    return f"{path}:{place}" if path in PRESETS and not colon else f"{place}/{path}{colon}{key}"


def _new(below: str | int) -> object:
    return [] if isinstance(below, int) else {}


def value_fault(to: KeyPath, value: object) -> str:
    """What is wrong with a value in itself, wherever it stands; empty if nothing is."""
    if _UNREADABLE.search(ascii(value)):
        return "it holds what is not UTF-8"
    data: Any = value
    for index in reversed(range(len(to))):
        part = to[index]
        if isinstance(part, int):
            data = [data]
        else:
            inside = index > 1 and isinstance(to[index - 1], int)
            data = {**_NEEDED.get(str(to[index - 2]) if inside else "", {}), part: data}
    found = problems(data)
    return found[0].message if found else ""


def _take_out(data: Any, path: KeyPath) -> KeyPath:  # noqa: ANN401 - any part of a document
    """Delete what a path leads to, or the last part of the way that is there; the path of that."""
    holder, depth = data, 0
    for number, part in enumerate(path, 1):
        if not _is_in(data, part):
            break
        holder, depth, data = data, number, data[part]
    taken = path[: depth or 1]
    del holder[taken[-1]]
    return taken


def _origins_without(
    origins: Mapping[KeyPath, str], path: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """Where values were found, once what a path leads to is gone: items after it move up."""
    depth, last = len(path), path[-1]
    for key, text in origins.items():
        at = key[depth - 1] if len(key) >= depth and key[: depth - 1] == path[:-1] else None
        if isinstance(last, int) and isinstance(at, int) and at > last:
            yield (*path[:-1], at - 1, *key[depth:]), text
        elif at != last:
            yield key, text


def _is_in(data: object, part: str | int) -> bool:
    return part in data if isinstance(data, dict) else isinstance(data, list) and part < len(data)  # type: ignore[operator]
