"""The JSON Schema of a release's record: https://json-schema.org/draft/2020-12."""

from typing import Any

from msgspec import json

from tagboat.core.record import Note


def record_schema() -> dict[str, Any]:
    """The schema of the git note that keeps the records of a commit's releases."""
    _, components = json.schema_components([Note])
    top = components.pop(Note.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "title": "tagboat record",
        "$defs": components,
    }
