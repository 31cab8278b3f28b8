"""The shapes of JSON answers: the schema that is checked in, and its tables in docs/json.md.

A comment ``<!-- members: NAME -->`` in the document is followed by the table of that definition.
``python -m tests.project.answers`` writes the tables anew.
"""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "json.md"
SCHEMA: dict[str, Any] = json.loads((ROOT / "schema" / "answers.schema.json").read_text())

_NAMES = {
    "channel": "a channel",
    "compared-release": "one of two answers",
    "doctor": "as `doctor` answers",
    "id": "a commit's id",
    "optional-tag": "a tag or null",
    "planned": "the plan",
    "tag": "a tag",
}
_LISTS = {
    "assessment": "assessments",
    "channel-status": "channels",
    "change": "changes",
    "checked": "checks",
    "comparison": "comparisons",
    "entry": "changelog entries",
    "held-tag": "tags",
    "id": "commit ids",
    "image-diff": "images",
    "layer": "layers",
    "left-tag": "tags that stay",
    "migrated-key": "keys",
    "move": "moves",
    "notes": "versions",
    "person": "people",
    "place": "places",
    "planned-release": "releases",
    "planned-step": "steps",
    "released-package": "releases",
    "platform-diff": "platforms",
}
_TABLE = re.compile(r"(?m)(<!-- members: ([\w-]+) -->\n)\n*(?:\|.*\n)*\n*")


def faults(definition: str, answer: object) -> list[str]:
    """What is wrong with an answer by a definition, members that it does not name included."""
    schema = _strict(SCHEMA) | {"$ref": f"#/$defs/{definition}"}
    found = Draft202012Validator(schema).iter_errors(answer)
    return [f"{fault.json_path}: {fault.message}" for fault in found]


def with_tables(text: str) -> str:
    """A document with its tables written anew."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{_table(SCHEMA['$defs'][match[2]])}\n", text)


def _strict(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """The schema with no members allowed but those it names."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _strict(part) for name, part in schema.items() if name != "allOf"}
    merged = dict(inner.get("properties", {}))
    for part in schema.get("allOf", ()):
        # What allOf refers to would call the other part's members unknown.
        merged |= _strict(SCHEMA["$defs"][_target(part)])["properties"]
    if schema.get("type") == "object":
        return inner | {"properties": merged, "additionalProperties": False}
    return inner


def _table(definition: dict[str, Any]) -> str:
    rows = ["| member | is | meaning |", "| --- | --- | --- |"]
    for name, member in definition["properties"].items():
        rows.append(f"| `{name}` | {_kind(member)} | {_meaning(member)} |")
    return "\n".join(rows) + "\n"


def _kind(member: dict[str, Any]) -> str:
    """What a member is, in a few words."""
    if "$ref" in member:
        return _NAMES[_target(member)]
    if "enum" in member:
        return ", ".join(f"`{json.dumps(value)}`" for value in member["enum"])
    if "const" in member:
        return f"`{json.dumps(member['const'])}`"
    kinds = member["type"] if isinstance(member["type"], list) else [member["type"]]
    if kinds == ["array"]:
        item = member["items"]
        return f"list of {_LISTS[_target(item)] if '$ref' in item else item['type'] + 's'}"
    return " or ".join("true or false" if kind == "boolean" else str(kind) for kind in kinds)


def _meaning(member: dict[str, Any]) -> str:
    if "description" in member:
        return str(member["description"])
    return str(SCHEMA["$defs"][_target(member)]["description"])


def _target(reference: dict[str, Any]) -> str:
    """The name of the definition that something refers to."""
    return str(reference["$ref"].rpartition("/")[2])


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text()))
