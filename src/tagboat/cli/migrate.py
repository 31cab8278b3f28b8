"""``tagboat migrate``: the configurations of other tools as one of ours, with a report."""

from typing import TYPE_CHECKING

import click

from tagboat.cli.common_options import CommonOptions, repository_options
from tagboat.cli.output import answer, answer_document, answer_json, examples, note
from tagboat.core.errors import ConflictError
from tagboat.wiring.repository import repository_path, top_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagboat.adapters.repository_files import RepositoryFiles
    from tagboat.core.config.migrate.translation import ReportRow
    from tagboat.use_cases.adopt.migrate import Migration

_OWN = "tagboat.toml"


@click.command(
    short_help="What other tools were told, as a configuration of ours.",
    epilog=examples(
        "tagboat migrate",
        "tagboat migrate semantic-release",
        "tagboat migrate --stdout    only print it",
        "tagboat migrate --strict    4 where something is not carried",
    ),
)
@click.argument("tool", default="", metavar="[TOOL]")
@click.option("--from", "source", metavar="FILE", default="", help="Read this file of the tool.")
@click.option("--stdout", is_flag=True, help="Print the configuration, and write nothing.")
@click.option("--strict", is_flag=True, help="End with 4 where something is not carried.")
@click.option("--remove", is_flag=True, help="Take the old files away.")
@repository_options
def migrate_command(common: CommonOptions, *, tool: str, source: str, **switches: bool) -> int:
    """Write tagboat.toml from what other tools were told, and say what became of each key.

    Read are python-semantic-release, commitizen, release-please, semantic-release,
    standard-version, workflows that build images, git-cliff and goreleaser. Nothing of them is
    run. The report has three lists: carried, changed, and not carried.
    """
    from tagboat.adapters.config_file import require_none
    from tagboat.adapters.repository_files import RepositoryFiles
    from tagboat.use_cases.adopt.migrate import migration

    root = top_of(common.options)
    folder = RepositoryFiles(root)
    made = migration(folder, tool, source, repository_path(common.options))
    if switches["stdout"]:
        answer_document((made.text,))
        for row in made.report.left:
            note(f"not carried: {_row_text(row)}")
    else:
        require_none(root, made.text)
        folder.write(_OWN, (made.text,))
        removed = _take_away(folder, made) if switches["remove"] else []
        _tell_report(made, removed, as_json=common.as_json)
    return ConflictError.exit_code if switches["strict"] and made.report.left else 0


def _take_away(folder: "RepositoryFiles", made: "Migration") -> list[str]:
    """Take away the files that are one tool's alone; the paths of those that are gone."""
    for path in made.own:
        folder.remove(path)
    for path in made.shared:
        note(f"{path} stays: it tells others something, too")
    return list(made.own)


def _tell_report(made: "Migration", removed: list[str], *, as_json: bool) -> None:
    report = made.report
    lists = {"carried": report.carried, "changed": report.changed, "not_carried": report.left}
    if as_json:
        rows = {name: [_row_json(row) for row in found] for name, found in lists.items()}
        head = {"written": _OWN, "configuration": made.text, "tools": list(made.tools)}
        answer_json(head | {"removed": removed} | rows)
        return
    answer(f"wrote {_OWN}")
    for path in removed:
        answer(f"removed {path}")
    for name, found in lists.items():
        answer("")
        answer(f"{name.replace('_', ' ')} ({len(found)})")
        for line in _row_lines(found):
            answer(line)


def _row_lines(rows: "Iterable[ReportRow]") -> list[str]:
    return [f"  {_row_text(row)}" for row in rows]


def _row_text(row: "ReportRow") -> str:
    """One row for a person: where it stood, what it was, what it is, and why."""
    own = row.key.rpartition("[")[0] or row.key
    below = dict.fromkeys(key.rpartition(".")[2] for key in row.keys if key not in (own, row.key))
    more = f" ({', '.join(below)})" if below else ""
    to = f" -> {row.to}" if row.to else ""
    why = f": {row.note}" if row.note else ""
    place = f"{row.file}:{row.line}" if row.line else row.file
    return f"{place}  {row.key}{more}{to}{why}"


def _row_json(row: "ReportRow") -> dict[str, object]:
    return {
        "tool": row.tool or None,
        "file": row.file,
        "line": row.line,
        "key": row.key,
        "keys": list(row.keys),
        "to": row.to or None,
        "note": row.note or None,
    }
