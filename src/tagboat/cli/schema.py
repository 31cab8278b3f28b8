"""``tagboat schema``: the JSON Schema of the configuration."""

import click

from tagboat.cli.output import answer_json, examples


@click.command(
    short_help="The JSON Schema of the configuration.",
    epilog=examples("tagboat schema > tagboat.schema.json"),
)
@click.option("--json", is_flag=True, expose_value=False, help="The same: it is JSON anyway.")
def schema_command() -> int:
    """Print the JSON Schema (2020-12) of tagboat.toml and of [tool.tagboat] in pyproject.toml."""
    from tagboat.core.config.shape import json_schema

    answer_json(json_schema())
    return 0
