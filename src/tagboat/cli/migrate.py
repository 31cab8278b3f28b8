"""``tagboat migrate``: the configurations of other tools as one of ours, with a report."""

import re
from typing import TYPE_CHECKING

import click

from tagboat.cli.common_options import CommonOptions, repository_options
from tagboat.cli.output import answer, answer_document, answer_json, examples, note
from tagboat.core.errors import ConflictError, TagboatError
from tagboat.wiring.repository import Options, top_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tagboat.adapters.repository_files import RepositoryFiles
    from tagboat.core.config.migrate import Comparison, NextRelease
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
        "tagboat migrate --compare   and what the old tool would release now",
    ),
)
@click.argument("tool", default="", metavar="[TOOL]")
@click.option("--from", "source", metavar="FILE", default="", help="Read this file of the tool.")
@click.option("--stdout", is_flag=True, help="Print the configuration, and write nothing.")
@click.option("--strict", is_flag=True, help="End with 4 where something is not carried.")
@click.option("--compare", is_flag=True, help="Run the old tool, too: next version, notes.")
@click.option("--remove", is_flag=True, help="Take the old files away.")
@repository_options
def migrate_command(common: CommonOptions, *, tool: str, source: str, **switches: bool) -> int:
    """Write tagboat.toml from what other tools were told, and say what became of each key.

    Read are python-semantic-release, commitizen, release-please, semantic-release,
    standard-version, workflows that build images, git-cliff and goreleaser. Nothing of them is
    run. The report has three lists: carried, changed, and not carried.

    With --compare the program of each tool is run, where it is on PATH, in a throw-away clone of
    what is committed, and what it says of the next release is shown beside what tagboat says. It
    runs what the repository tells it to. Ends with 1 where one of the two has no answer.
    """
    from tagboat.adapters.config_file import require_none
    from tagboat.adapters.repository_files import RepositoryFiles
    from tagboat.use_cases.adopt.migrate import migration

    root = top_of(common.options)
    folder = RepositoryFiles(root)
    made = migration(folder, tool, source, _repository_path(common.options))
    if switches["stdout"]:
        answer_document((made.text,))
        for row in made.report.left:
            note(f"not carried: {_row_text(row)}")
        return _code(made, (), **switches)
    require_none(root, made.text)
    compared = list(_compared(common.options, made)) if switches["compare"] else []
    folder.write(_OWN, (made.text,))
    removed = _take_away(folder, made) if switches["remove"] else []
    if common.as_json:
        _answer_report(made, removed, compared)
    else:
        _tell_report(made, removed)
        for one in compared:
            _tell_comparison(one)
    return _code(made, compared, **switches)


def _code(made: "Migration", compared: "Iterable[Comparison]", **switches: bool) -> int:
    """The exit code."""
    if switches["strict"] and made.report.left:
        return ConflictError.exit_code
    # What a tool can't tell here at all is no failure.
    return int(any(one.here.fault or (one.there.fault and one.there.is_local) for one in compared))


def _compared(options: Options, made: "Migration") -> "Iterator[Comparison]":
    """What the old tools and tagboat, as it is to be, say of what HEAD would release."""
    from tagboat.adapters.conventions.old_programs import ask, asked_tools, throw_away_clone
    from tagboat.adapters.git.remote import GitRemote
    from tagboat.adapters.repository_files import RepositoryFiles
    from tagboat.core.config.migrate import Comparison

    tools, root = asked_tools(made.tools), top_of(options)
    address = GitRemote(options.directory).url()
    if not tools:
        note("nothing to compare: none of these tools tells a version")
        return
    with throw_away_clone(root, address) as clone:
        RepositoryFiles(clone).write(_OWN, (made.text,))
        here = _next_release(Options(clone, package=options.package, offline=True))
    for tool in tools:
        note(f"asking {tool}")
        with throw_away_clone(root, address) as clone:
            yield Comparison(tool, ask(tool, clone, made.changelog), here)


def _repository_path(options: Options) -> str:
    """What the forge of the remote calls the repository; empty where nothing tells."""
    from tagboat.adapters.git.remote import GitRemote
    from tagboat.core.forge.links import Links

    try:
        return Links.from_remote(GitRemote(options.directory).url()).path
    except TagboatError:
        return ""


def _next_release(options: Options) -> "NextRelease":
    """What tagboat says of the next release."""
    from tagboat.adapters.workers import ForkedWorkers
    from tagboat.core.config.migrate import NextRelease
    from tagboat.use_cases.changelog.changelog import Selection
    from tagboat.wiring.repository import ChangelogRequest, changelog_writer, repository_adapters

    try:
        adapters = repository_adapters(options)
        release, _ = adapters.next_version()
        writer, _ = changelog_writer(adapters, ChangelogRequest(as_next=True))
        pieces = writer.text(adapters.history, Selection("", unreleased=True), ForkedWorkers())
        return NextRelease(str(release.version or ""), "".join(pieces) if release.due else "")
    except TagboatError as error:
        return NextRelease(fault=error.message)


def _take_away(folder: "RepositoryFiles", made: "Migration") -> list[str]:
    """Take away the files that are one tool's alone; the paths of those that are gone."""
    for path in made.own:
        folder.remove(path)
    for path in made.shared:
        note(f"{path} stays: it tells others something, too")
    return list(made.own)


def _answer_report(made: "Migration", removed: list[str], compared: "Iterable[Comparison]") -> None:
    rows = {name: [_row_json(row) for row in found] for name, found in _lists(made).items()}
    head = {"written": _OWN, "configuration": made.text, "tools": list(made.tools)}
    told = {"removed": removed, "compared": list(map(_comparison_json, compared))}
    answer_json(head | told | rows)


def _lists(made: "Migration") -> "dict[str, list[ReportRow]]":
    report = made.report
    return {"carried": report.carried, "changed": report.changed, "not_carried": report.left}


def _tell_report(made: "Migration", removed: list[str]) -> None:
    answer(f"wrote {_OWN}")
    for path in removed:
        answer(f"removed {path}")
    for name, found in _lists(made).items():
        answer("")
        answer(f"{name.replace('_', ' ')} ({len(found)})")
        for line in _row_lines(found):
            answer(line)


def _row_lines(rows: "Iterable[ReportRow]") -> list[str]:
    return [f"  {_row_text(row)}" for row in rows]


def _row_text(row: "ReportRow") -> str:
    """One row for a person: where it stood, what it was, what it is, and why."""
    own = re.sub(r"\[\d+\]", "", row.key)
    below = dict.fromkeys(key.rpartition(".")[2] for key in row.keys if key not in ("", own))
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


def _tell_comparison(one: "Comparison") -> None:
    """The two answers, and each line of the notes that only one of them has."""
    from difflib import unified_diff

    answer("")
    answer(f"compared with {one.tool}")
    for name, said in ((one.tool, one.there), ("tagboat", one.here)):
        answer(f"  {name}: {said.fault or said.version or 'no version'}")
    there, here = one.there.notes.splitlines(), one.here.notes.splitlines()
    if there and here:
        answer(f"  notes: - {one.tool} alone, + tagboat alone")
        # Before the first line that differs stand two of files and one of places.
        for line in [*unified_diff(there, here, n=len(there) + len(here))][3:]:
            answer(f"    {line}".rstrip())


def _comparison_json(one: "Comparison") -> dict[str, object]:
    return {
        "tool": one.tool,
        "there": _next_release_json(one.there),
        "here": _next_release_json(one.here),
    }


def _next_release_json(said: "NextRelease") -> dict[str, object]:
    return {
        "version": said.version or None,
        "notes": said.notes or None,
        "fault": said.fault or None,
    }
