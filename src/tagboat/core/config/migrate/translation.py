"""A translation: a configuration that grows key by key, and what became of each old key.

Every key of an old file ends in one of three lists: carried, changed, or left, with its line.
A key in a list stands for all that is below it; ``keys`` names that one by one.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tagboat.core.config.check import problems
from tagboat.core.config.migrate.literal import Computed
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.version_files.formats.key import KeyPath
from tagboat.core.version_files.locate import Folder
from tagboat.core.version_files.presets import PRESETS

_MOST_KEYS = 20_000
_DEPTH = 40
_NEEDED: Mapping[str, Mapping[str, object]] = {
    "packages": {"name": "package"},
    "channels": {"branch": "main"},
}
_SWITCHES = {"true": True, "false": False}
_NAMES = {str: "a text", bool: "true or false", int: "a number", list: "a list", dict: "a table"}


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
    """

    def __init__(self, folder: Folder, repository: str = "") -> None:
        self.folder = folder
        self.repository = repository
        self.data: dict[str, Any] = {}
        self.origins: dict[KeyPath, str] = {}
        self.carried: list[ReportRow] = []
        self.changed: list[ReportRow] = []
        self.left: list[ReportRow] = []

    def put(self, to: KeyPath, value: object, origin: str) -> str:
        """Say a value under a path; a list is added to. Why that can't be, or an empty text."""
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
        for item in items:
            if item not in held:
                self.origins[*to, len(held)] = origin
                held.append(item)

    def add_package(self, place: str, inner: "Translation") -> None:
        """Take over what was told of the package in a folder, with paths from there."""
        said = inner.data
        name = place.rpartition("/")[2]
        table: dict[str, object] = {"name": name, "paths": [place]}
        index = len(self.data.get("packages", []))
        for key in ("tag", "initial"):
            if key in said:
                table[key] = said.pop(key)
        if "files" in said:
            table["files"] = [_moved_below(entry, place) for entry in said.pop("files")]
        if "file" in said.get("changelog", {}):
            table["changelog"] = {"file": f"{place}/{said['changelog'].pop('file')}"}
        commands = said.pop("commands", [])
        if commands:
            table["commands"] = [
                {**one, "run": ["sh", "-c", f"cd {place} && {one['run'][-1]}"]} for one in commands
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
            self.left.append(self._misfit(path, message))
            _take_out(self.data, path)
            self.origins = {key: text for key, text in self.origins.items() if key[:1] != path[:1]}

    def _misfit(self, path: KeyPath, message: str) -> ReportRow:
        """The row of a value that does not fit the others, where it was found."""
        above = [
            self.origins[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.origins
        ]
        below = [text for key, text in self.origins.items() if key[: len(path)] == path]
        file, _, line = next(iter((*above, *below)), "").rpartition(":")
        name = shown_key(path)
        return ReportRow("", file, int(line) if line.isdigit() else 0, name, (name,), note=message)


class OldKey:
    """One key of an old configuration, while it is translated."""

    def __init__(
        self, whole: Translation, tool: str, file: OldFile, path: KeyPath, value: object
    ) -> None:
        self.whole, self.tool, self.file, self.path, self.value = whole, tool, file, path, value

    @property
    def origin(self) -> str:
        """Where it stands, for the comment beside what it became."""
        return f"{self.file.path}:{self.line}"

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return self.file.line((*self.file.top, *self.path))

    def items(self) -> "Iterator[OldKey]":
        """What is in a table or a list; nothing in anything else."""
        for key, value in _entries_of(self.value):
            yield self._below(key, value)

    def get(self, key: str) -> "OldKey":
        """A key of a table; its value is None where it is not there."""
        return self._below(key, self.value.get(key) if isinstance(self.value, dict) else None)

    def top(self, *names: str) -> "OldKey":
        """Another key of the same file, from its top; its value is None where it is not there."""
        key = OldKey(self.whole, self.tool, self.file, (), self.file.data)
        for name in names:
            key = key.get(name)
        return key

    def whole_texts(self, *names: str) -> list[str]:
        """The texts of another key of the same file, from its top."""
        return self.top(*names).texts

    def whole_text(self, *names: str) -> str:
        """The first text of another key of the same file; empty where there is none."""
        return next(iter(self.whole_texts(*names)), "")

    def _below(self, key: str | int, value: object) -> "OldKey":
        return OldKey(self.whole, self.tool, self.file, (*self.path, key), value)

    @property
    def text(self) -> str:
        """A text or a number as a text; empty for anything else."""
        is_told = isinstance(self.value, str | int | float) and not isinstance(self.value, bool)
        return str(self.value) if is_told else ""

    @property
    def texts(self) -> list[str]:
        """The texts of a list, or the one text."""
        if isinstance(self.value, list):
            return [item for item in self.value if isinstance(item, str)]
        return [self.value] if isinstance(self.value, str) else []

    def carry(self, to: KeyPath, value: object, note: str = "") -> None:
        """It says the same there."""
        self._put(self.whole.carried, to, value, note)

    def change(self, to: KeyPath, value: object, why: str) -> None:
        """It says nearly the same there."""
        self._put(self.whole.changed, to, value, why)

    def _put(self, into: list[ReportRow], to: KeyPath, value: object, note: str) -> None:
        fault = self.whole.put(to, value, self.origin)
        if fault:
            self.leave(fault)
        else:
            into.append(self.row(shown_key(to), note))

    def carry_table(self, to: KeyPath, table: Mapping[str, object], note: str = "") -> None:
        """Each of some pairs is said there; where there is none, it is so anyway."""
        faults = [self.whole.put((*to, name), value, self.origin) for name, value in table.items()]
        if any(faults):
            self.leave("; ".join(filter(None, faults)))
        else:
            self.whole.carried.append(self.row(shown_key(to) if table else "", note))

    def keep(self, note: str) -> None:
        """There is nothing to say: it is so anyway."""
        self.whole.carried.append(self.row("", note))

    def adapt(self, why: str) -> None:
        """There is nothing to say, and it is not quite the same."""
        self.whole.changed.append(self.row("", why))

    def leave(self, why: str) -> None:
        """There is nothing like it, or it is not understood."""
        self.whole.left.append(self.row("", why))

    def row(self, to: str, note: str) -> ReportRow:
        """What the report says of it."""
        full = (*self.file.top, *self.path)
        keys = dict.fromkeys(_leaves(full, self.value, _DEPTH))
        names = tuple(keys)[:_MOST_KEYS]
        key = shown_key(full) or self.file.path
        return ReportRow(self.tool, self.file.path, self.line, key, names or (key,), to, note)


class Rule(NamedTuple):
    """What becomes of a key whose value is of some type."""

    kind: type | tuple[type, ...]
    apply: Callable[[OldKey], None]


Rules = dict[str, Rule]
"""What becomes of keys: names joined by dots, where `*` stands for any one."""


def keeps(note: str, kind: type | tuple[type, ...] = object) -> Rule:
    """A rule for what is so anyway."""
    return Rule(kind, lambda key: key.keep(note))


def adapts(why: str) -> Rule:
    """A rule for what is done in another way, without a key."""
    return Rule(object, lambda key: key.adapt(why))


def lacks(why: str) -> Rule:
    """A rule for what there is nothing like."""
    return Rule(object, lambda key: key.leave(why))


def translate_keys(key: OldKey, rules: Rules) -> None:
    """Give every key of a table its rule; what has none is left."""
    named = {tuple(name.split(".")): rule for name, rule in rules.items()}
    _visit_keys_of(key, named, ())


def _visit_keys_of(
    key: OldKey, rules: Mapping[tuple[str, ...], Rule], path: tuple[str, ...]
) -> None:
    for below in key.items():
        name = str(below.path[-1])
        _visit_key(below, rules, next(_fitting_names(rules, (*path, name)), (*path, name)))


def _visit_key(key: OldKey, rules: Mapping[tuple[str, ...], Rule], path: tuple[str, ...]) -> None:
    rule = rules.get(path)
    if (
        rule is not None
        and rule.kind is bool
        and isinstance(key.value, str)
        and key.value in _SWITCHES
    ):
        key.value = _SWITCHES[key.value]
    if isinstance(key.value, Computed):
        key.leave(f"it is computed by a program, which is not run: {key.value.source}")
    elif rule is not None and key.value in (None, [], {}):
        key.keep("it says nothing")
    elif rule is not None and isinstance(key.value, rule.kind):
        rule.apply(key)
    elif rule is not None:
        key.leave(f"{_kind_name(rule.kind)} was expected there")
    elif _entries_of(key.value) and any(name[: len(path)] == path for name in rules):
        _visit_keys_of(key, rules, path)
    else:
        key.leave("tagboat has nothing like it")


def _fitting_names(
    rules: Mapping[tuple[str, ...], Rule], path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """The beginnings of rules' names that a path fits, those with its own name first."""
    for last in (path[-1], "*"):
        wanted = (*path[:-1], last)
        if any(name[: len(wanted)] == wanted for name in rules):
            yield wanted


def _entries_of(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _leaves(path: KeyPath, value: object, depth: int) -> Iterator[str]:
    """The keys at and below a path, without indexes of lists; not without end."""
    items = _entries_of(value) if depth else []
    if not any(isinstance(key, str) or _entries_of(item) for key, item in items):
        yield shown_key(tuple(part for part in path if isinstance(part, str)))
    for key, item in items:
        if isinstance(key, str) or _entries_of(item):
            yield from _leaves((*path, key), item, depth - 1)


def shown_key(path: KeyPath) -> str:
    """A path as people write it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _brief(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value).lower()


def _kind_name(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(_NAMES[one] for one in kinds)


def _moved_below(entry: str, place: str) -> str:
    """An entry of `files` as seen from the folder above a package's."""
    path, colon, key = entry.partition(":")
    return f"{path}:{place}" if path in PRESETS and not colon else f"{place}/{path}{colon}{key}"


def _new(below: str | int) -> object:
    return [] if isinstance(below, int) else {}


def value_fault(to: KeyPath, value: object) -> str:
    """What is wrong with a value in itself, wherever it stands; empty if nothing is."""
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


def _take_out(data: Any, path: KeyPath) -> None:  # noqa: ANN401 - any part of a document
    """Delete what a path leads to, or the last part of the way that is there."""
    holder, last = data, path[0]
    for part in path:
        if not _is_in(data, part):
            break
        holder, last, data = data, part, data[part]
    del holder[last]


def _is_in(data: object, part: str | int) -> bool:
    return part in data if isinstance(data, dict) else isinstance(data, list) and part < len(data)  # type: ignore[operator]


def translate_sections(key: OldKey) -> None:
    """A list of types with headings, as the preset `conventionalcommits` has it.

    What is hidden has no heading; one that says neither is what it is here.
    """
    titles: dict[str, list[str]] = {}
    hidden: list[str] = []
    for one in key.items():
        name, title = one.get("type").text.lower(), one.get("section").text
        if one.get("hidden").value is True or not title:
            hidden.append(name)
        else:
            titles.setdefault(title, []).append(name)
    for title, types in titles.items():
        fresh = [name for name in dict.fromkeys(types) if name not in hidden]
        table = {"types": fresh, "title": title}
        key.whole.put(("changelog", "sections"), [table], key.origin)
    faults = key.whole.put(("changelog", "hide"), list(dict.fromkeys(hidden)), key.origin)
    if faults:
        key.leave(faults)
    else:
        key.whole.carried.append(key.row("changelog.sections", ""))
