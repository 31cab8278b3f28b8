"""The JSON Schema of the configuration: https://json-schema.org/draft/2020-12."""

from typing import Any

from msgspec import NODEFAULT, json, structs

from tagboat.core.config import image_tables, release_tables, tables
from tagboat.core.config.shape import Config

Schema = dict[str, Any]

_TABLES = vars(tables) | vars(image_tables) | vars(release_tables)


def json_schema() -> Schema:
    """The schema of ``tagboat.toml``; ``[tool.tagboat]`` in pyproject.toml is the same.

    It says of each value what a schema can. Whether a regular expression compiles, or whether two
    values go together, only loading tells.
    """
    _, components = json.schema_components([Config])
    top = components.pop(Config.__name__)
    _complete(top, Config)
    for name, schema in components.items():
        _complete(schema, _TABLES[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "title": "tagboat",
        "$defs": components,
    }


def _complete(schema: Schema, table: type) -> None:
    """Fit the schema of a table to TOML, which has no null, and give all defaults.

    None and an empty text are what the core has for a key that is not there: nobody may write them.
    """
    properties = schema["properties"]
    for field in structs.fields(table):
        found = _without_null(properties[field.encode_name])
        default = field.default
        if field.default_factory is not NODEFAULT:
            default = field.default_factory()
        found.pop("default", None)
        if default not in (NODEFAULT, None, "") and "$ref" not in found:
            found["default"] = json.decode(json.encode(default))
        properties[field.encode_name] = found


def _without_null(schema: Schema) -> Schema:
    """The schema of an optional key, which is left out where it has no value."""
    if "anyOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    wanted = [one for one in schema["anyOf"] if one.get("type") != "null"]
    return {**wanted[0], **rest} if len(wanted) == 1 else {"anyOf": wanted, **rest}
