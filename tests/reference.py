"""Write what is made from the shape of the configuration and of records.

That is the configuration's documentation and JSON Schema, and the JSON Schema of records. Run
``python -m tests.reference`` after a change to a shape; a test fails until that is done.
"""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit

from tagboat.core.config.shape import json_schema
from tagboat.core.record.record import record_schema

Schema = dict[str, Any]

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "configuration.md"
SCHEMA = ROOT / "schema" / "tagboat.schema.json"
RECORD_SCHEMA = ROOT / "schema" / "record.schema.json"

_HEAD = """\
# Configuration

<!-- Made by `python -m tests.reference` from the shape of the configuration. -->

Tagboat needs no configuration in a repository that has version tags. What it should do otherwise
stands in `tagboat.toml` at the top of the repository, or in `pyproject.toml` with `tool.tagboat.`
before the name of every table: `[tool.tagboat]`, `[tool.tagboat.changelog]`,
`[[tool.tagboat.channels]]`. Only one of the two files may hold it.

All faults of a file are reported at once, each with its line. A key that does not exist is a fault.
The same keys as a [JSON Schema](../schema/tagboat.schema.json) for editors: `tagboat schema`.
"""


class Table(NamedTuple):
    """One table: its name (with ``[]`` where it is an array of tables), meaning and schema."""

    name: str
    description: str
    schema: Schema


_OF_A_RULE: dict[str, object] = {"scope": "deps*"}
BESIDE: dict[tuple[str, str], dict[str, object]] = {
    ("commands", "unless"): {"when": "after-push"},
    ("rules", "type"): {"bump": "patch"},
    ("rules", "scope"): {"bump": "patch"},
    ("rules", "pattern"): {"bump": "patch"},
    ("rules", "breaking"): {"scope": "internal", "bump": "minor"},
    ("rules", "bump"): _OF_A_RULE,
    ("rules", "section"): _OF_A_RULE,
    ("rules", "hidden"): _OF_A_RULE | {"bump": "patch"},
}
"""What a key of an array of tables asks of its neighbours beyond being there."""


class Key(NamedTuple):
    """One key that holds a value, with the tables it stands in from the top."""

    name: str
    schema: Schema
    tables: tuple[Table, ...]

    @property
    def path(self) -> str:
        """The key from the top, with ``[]`` behind arrays of tables."""
        return ".".join([*(table.name for table in self.tables[1:]), self.name])

    @property
    def is_required(self) -> bool:
        """Whether its table can't be without it."""
        return self.name in self.tables[-1].schema.get("required", [])

    @property
    def example(self) -> str:
        """A whole file in which the key has its example, next to the keys it can't be without."""
        inner = {self.name: self.schema["examples"][0]}
        for table in reversed(self.tables):
            name = table.name.removesuffix("[]")
            beside = BESIDE.get((name, next(iter(inner))), {})
            values = _required(table.schema) | inner | beside
            inner = {name: [values] if "[]" in table.name else values}
        packages = inner[""].get("packages", [])
        for package in packages:
            package.setdefault("name", "api")
        needed = [
            {"name": name, "paths": [name]} for one in packages for name in one.get("needs", [])
        ]
        packages += needed
        return tomlkit.dumps(inner[""])


def every_key() -> Iterator[Key]:
    """All keys that hold values, in the order of the shape."""
    schema = json_schema()
    return _keys((Table("", "What every repository may want to say.", schema),), schema["$defs"])


def markdown() -> str:
    """The documentation of the configuration."""
    parts = [_HEAD]
    for tables, members in groupby(every_key(), lambda key: key.tables):
        path = ".".join(table.name for table in tables[1:])
        title = f"`{path}`" if path else "Top level"
        parts.append(f"\n## {title}\n\n{tables[-1].description}\n")
        parts += map(_entry, members)
    return "".join(parts)


def schema_text() -> str:
    """The JSON Schema of the configuration as it is checked in."""
    return _json(json_schema())


def record_schema_text() -> str:
    """The JSON Schema of records as it is checked in."""
    return _json(record_schema())


def kind(schema: Schema) -> str:
    """The type of a value in words."""
    if "$ref" in schema:
        return "table"
    if "anyOf" in schema:
        return " or ".join(map(kind, schema["anyOf"]))
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"array of {kind(schema['items']).replace(' or ', 's or ')}s"
    if schema["type"] == "object":
        return f"table, each value {kind(schema['additionalProperties'])}"
    return str(schema["type"])


def _json(value: Schema) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _required(table: Schema) -> dict[str, object]:
    """The keys a table can't be without, with their examples."""
    return {name: table["properties"][name]["examples"][0] for name in table.get("required", [])}


def _keys(tables: tuple[Table, ...], shared: dict[str, Schema]) -> Iterator[Key]:
    """The keys of the last of some tables, its own values before the tables in it."""
    inner = []
    for name, schema in tables[-1].schema["properties"].items():
        target = schema.get("$ref") or schema.get("items", {}).get("$ref")
        if target is None:
            yield Key(name, schema, tables)
        else:
            part = name if "$ref" in schema else f"{name}[]"
            below = shared[target.rpartition("/")[2]]
            inner.append(Table(part, schema["description"], below))
    for table in inner:
        yield from _keys((*tables, table), shared)


def _entry(key: Key) -> str:
    return f"""
### `{key.path}`

{key.schema["description"]}

Type: {kind(key.schema)}. {_default(key)}

```toml
{key.example.strip()}
```
"""


def _default(key: Key) -> str:
    if key.is_required:
        return "Required."
    default = key.schema.get("default")
    return "No default." if default is None else f"Default: `{_value(default)}`."


def _value(value: Any) -> str:  # noqa: ANN401 - any value that TOML can spell
    if isinstance(value, dict) and value:
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


if __name__ == "__main__":
    DOCUMENT.write_text(markdown(), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    RECORD_SCHEMA.write_text(record_schema_text(), encoding="utf-8")
