"""The same configuration in every shape that TOML has for it means the same, faults and all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.adapters.config_file import load_config
from tagboat.core.config import ConfiguredSettings, config_of
from tagboat.core.errors import UsageError
from tests import reference

Place = tuple[str | int, ...]
Choose = Callable[[st.SearchStrategy[Any]], Any]

KEYS = {key.path: key for key in reference.every_key()}
REPEATABLE = {"rewrite", "references"}
EXCLUDED = {("commands", "unless"): "add", ("rules", "hidden"): "section"}
"""What can't be said beside a key of an array of tables."""


class Writer:
    """Writes a document in shapes that are drawn by lot, and notes the line of each key."""

    def __init__(self, choose: Choose) -> None:
        self.text = ""
        self.places: dict[Place, int] = {}
        self._choose = choose

    def table(self, values: dict[str, Any], path: Place = (), keys: tuple[str, ...] = ()) -> None:
        """Write the values of a table, then the tables in it that get headers of their own."""
        below = []
        for key, value in values.items():
            if _holds_tables(value) and self._one_of("header", "value") == "header":
                below.append((key, value))
            elif isinstance(value, dict) and value and self._one_of("dotted", "value") == "dotted":
                for inner, one in value.items():
                    self._assign((*path, key, inner), f"{key} . {inner}", one)
                    self.places.setdefault((*path, key), self.places[*path, key, inner])
            else:
                self._assign((*path, key), self._one_of(key, f'"{key}"', f"'{key}'"), value)
        for key, value in below:
            self._headers((*path, key), (*keys, key), value)

    def _headers(self, path: Place, keys: tuple[str, ...], value: Any) -> None:  # noqa: ANN401
        name = self._one_of(".".join(keys), " . ".join(f'"{key}"' for key in keys))
        for index, table in enumerate(value if isinstance(value, list) else [value]):
            self._noise()
            is_array = isinstance(value, list)
            if not index:
                self._note(path)
            self._note((*path, index))
            self.text += f"[[{name}]] # [x]\n" if is_array else f"[ {name} ]\n"
            self.table(table, (*path, index) if is_array else path, keys)

    def _assign(self, path: Place, key: str, value: Any) -> None:  # noqa: ANN401
        self._noise()
        self._note(path)
        self.text += f"{key} = "
        self._value(path, value)
        self.text += self._one_of("\n", " # end\n", "\r\n")

    def _value(self, path: Place, value: Any) -> None:  # noqa: ANN401
        if isinstance(value, dict):
            self.text += "{"
            for number, (key, one) in enumerate(value.items()):
                self.text += f", {key} = " if number else f" {key} = "
                self._note((*path, key))
                self._value((*path, key), one)
            self.text += "}"
        elif isinstance(value, list):
            self.text += self._one_of("[", "[\n", "[ # ]\n\n")
            for index, one in enumerate(value):
                self._note((*path, index))
                self._value((*path, index), one)
                self.text += self._one_of(",", " ,\n", ", # [\n")
            self.text += "]"
        elif isinstance(value, str):
            self._string(value)
        else:
            self.text += json.dumps(value)

    def _string(self, value: str) -> None:
        shapes = [json.dumps(value), '"""\n' + json.dumps(value)[1:-1] + '"""']
        if "'" not in value:
            shapes += [f"'{value}'", f"'''\n{value}'''"]
        self.text += self._one_of(*shapes)

    def _noise(self) -> None:
        self.text += self._one_of("", "\n", "# [[x]] = {\n", "\t\n")

    def _note(self, path: Place) -> None:
        self.places[path] = self.text.count("\n") + 1

    def _one_of(self, *choices: str) -> str:
        return str(self._choose(st.sampled_from(choices)))


def _holds_tables(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], dict)
    )


def _document(choose: Choose) -> tuple[dict[str, Any], dict[Place, Any]]:
    """Some keys with their examples or defaults, beside what their tables can't be without."""
    data: dict[str, Any] = {}
    chosen: dict[Place, Any] = {}
    for name in choose(st.lists(st.sampled_from(sorted(KEYS)), unique=True)):
        key = KEYS[name]
        table, path = _table(data, key)
        known = [*key.schema["examples"], key.schema.get("default", key.schema["examples"][0])]
        value = choose(st.sampled_from(known))
        table[key.name] = chosen[*path, key.name] = value
    for package in data.get("packages", [])[:1]:
        package.setdefault("name", "api")
        data["packages"] += [{"name": name, "paths": [name]} for name in package.get("needs", [])]
    if data.get("packages", [])[1:]:
        _fit_several_packages(data, chosen)
    for path in list(chosen):
        for name, value in reference.BESIDE.get(_in_array(path), {}).items():
            _at(data, path[:-1])[name] = value
            chosen.pop((*path[:-1], name), None)
        if path in chosen and (other := EXCLUDED.get(_in_array(path))):
            _at(data, path[:-1]).pop(other, None)
            chosen.pop((*path[:-1], other), None)
    for repeated in sorted(REPEATABLE & data.keys()):
        data[repeated] *= choose(st.integers(1, 3))
    return data, chosen


def _fit_several_packages(data: dict[str, Any], chosen: dict[Place, Any]) -> None:
    for table, key in (("release", "moving_tags"), ("changelog", "file")):
        if chosen.pop((table, key), None):
            del data[table][key]
    for image in data.get("images", []):
        image.setdefault("package", data["packages"][0]["name"])


def _in_array(path: Place) -> tuple[str, str]:
    """The names of an array of tables and of a key in it."""
    return str(path[-3]) if path[2:] else "", str(path[-1])


def _table(data: dict[str, Any], key: reference.Key) -> tuple[dict[str, Any], Place]:
    """The table of a key in a document, made if need be, and its path: arrays have one item."""
    path: Place = ()
    for table in key.tables[1:]:
        name = table.name.removesuffix("[]")
        is_array = name != table.name
        path = (*path, name, 0) if is_array else (*path, name)
        found = data.setdefault(name, [{}] if is_array else {})
        data = found[0] if is_array else found
        for required in table.schema.get("required", []):
            data.setdefault(required, table.schema["properties"][required]["examples"][0])
    return data, path


def _write(folder: Path, choose: Choose, data: dict[str, Any]) -> Writer:
    """Write a document to one of the two files; the places are those of the configuration."""
    writer = Writer(choose)
    for name in ("tagboat.toml", "pyproject.toml"):
        (folder / name).unlink(missing_ok=True)
    if choose(st.booleans()):
        writer.table(data)
        (folder / "tagboat.toml").write_text(writer.text, encoding="utf-8", newline="")
    else:
        writer.table({"tool": {"tagboat": data}})
        writer.places = {path[2:]: line for path, line in writer.places.items()}
        (folder / "pyproject.toml").write_text(writer.text, encoding="utf-8", newline="")
    return writer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("configuration")


@given(data=st.data())
def test_what_was_written_is_what_is_read(folder: Path, data: st.DataObject) -> None:
    document, chosen = _document(data.draw)
    _write(folder, data.draw, document)

    wanted = config_of(document)
    assert load_config(str(folder)).digest == ConfiguredSettings(wanted).digest
    config: Any = msgspec.json.decode(msgspec.json.encode(wanted))
    for path, value in chosen.items():
        assert _at(config, path) == value


@given(data=st.data())
def test_a_key_that_is_spelled_wrong_is_named_with_its_line(
    folder: Path, data: st.DataObject
) -> None:
    document, chosen = _document(data.draw)
    if not chosen:
        return
    path = data.draw(st.sampled_from(sorted(chosen, key=str)))
    wrong = _renamed(document, path)
    writer = _write(folder, data.draw, document)

    with pytest.raises(UsageError) as caught:
        load_config(str(folder))

    start = f".toml:{writer.places[wrong]}: "
    assert any(
        start in line and f"{wrong[-1]}: unknown key" in line
        for line in caught.value.message.split("\n")
    )


@given(data=st.data())
def test_a_value_of_the_wrong_type_is_named_with_its_line(
    folder: Path, data: st.DataObject
) -> None:
    document, chosen = _document(data.draw)
    if not chosen:
        return
    path = data.draw(st.sampled_from(sorted(chosen, key=str)))
    _at(document, path[:-1])[path[-1]] = 1.5
    writer = _write(folder, data.draw, document)

    with pytest.raises(UsageError) as caught:
        load_config(str(folder))

    assert f".toml:{writer.places[path]}: " in caught.value.message
    assert f"{path[-1]}: expected " in caught.value.message


def _renamed(document: dict[str, Any], path: Place) -> Place:
    """Spell one key wrong, where it stands; its new path."""
    table = _at(document, path[:-1])
    values = dict(table)
    table.clear()
    for key, value in values.items():
        table[f"{key}-x" if key == path[-1] else key] = value
    return (*path[:-1], f"{path[-1]}-x")


def _at(values: Any, path: Place) -> Any:  # noqa: ANN401
    for part in path:
        values = values[part]
    return values
