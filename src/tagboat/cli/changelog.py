"""``tagboat changelog``: the changelog, or a part of it."""

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tagboat.adapters.repository_files import read_text, write_text
from tagboat.adapters.workers import ForkedWorkers
from tagboat.cli import keep
from tagboat.cli.common_options import FILE, CommonOptions, repository_options, version_names
from tagboat.cli.output import answer, answer_document, examples, note
from tagboat.core.commits.commit import Visit
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import NextVersion
from tagboat.use_cases.changelog.changelog import Changelog, Selection, layout_notes
from tagboat.wiring.repository import (
    ChangelogRequest,
    RepositoryAdapters,
    changelog_path,
    changelog_writer,
    open_repository,
    packages_of,
)

if TYPE_CHECKING:
    from rich.status import Status

_QUIET = 0.5
_STEP = 5000


def watched(visits: Iterator[Visit]) -> Iterator[Visit]:
    """Pass visits on; on a terminal, show how many once it takes longer than half a second."""
    return _with_status(visits) if sys.stderr.isatty() else visits


def _with_status(visits: Iterator[Visit]) -> Iterator[Visit]:
    start, number, shown = time.monotonic(), 0, None
    try:
        for number, visit in enumerate(visits, 1):
            yield visit
            if number % _STEP == 0 and (shown is not None or time.monotonic() - start > _QUIET):
                if shown is None:
                    shown = _status()
                shown.update(f"reading history: {number:,} commits")
    finally:
        if shown is not None:
            shown.stop()


def _status() -> "Status":
    """A line at the bottom of the terminal that goes away by itself."""
    from rich.console import Console
    from rich.status import Status

    status = Status("reading history", console=Console(stderr=True))
    status.start()
    return status


@click.command(
    short_help="The changelog of all history, of a range, a version or what is unreleased.",
    epilog=examples(
        "tagboat changelog -o CHANGELOG.md    the whole history",
        "tagboat changelog --unreleased       what the next release brings",
        "tagboat changelog --next --update    write that into CHANGELOG.md",
        "tagboat changelog 1.4.0              one version's notes",
        "tagboat changelog v1.0.0..v2.0.0     the versions after one, up to another",
        "tagboat changelog --template github  as notes of a forge release",
    ),
)
@click.argument("wanted", metavar="[VERSION|A..B]", default="", shell_complete=version_names)
@click.option("--unreleased", is_flag=True, help="Only what is not released yet.")
@click.option("--next", "as_next", is_flag=True, help="The same, as the version it would be.")
@click.option("-o", "--output", type=FILE, metavar="FILE", default="", help="Write to FILE.")
@click.option("--update", is_flag=True, help="Insert what is missing, touch nothing else.")
@click.option(
    "--template",
    metavar="NAME",
    default="",
    help="A shipped template, or a file; without it the one for the file's ending.",
)
@click.option("--locale", metavar="LOCALE", default="", help="Language of the headings: en, zh-CN.")
@repository_options
def changelog_command(  # noqa: PLR0913 - one argument an option
    common: CommonOptions,
    *,
    wanted: str,
    unreleased: bool,
    as_next: bool,
    output: str,
    update: bool,
    template: str,
    locale: str,
) -> int:
    """Write the changelog in Markdown, newest version first, or through a template.

    VERSION is a released version or its tag, A..B two versions, tags or revisions. Of several
    packages all are written that are not left out by --package or a tag.
    """
    if wanted and (unreleased or as_next):
        raise UsageError(
            "--unreleased and --next take no version and no range", "leave one of them out"
        )
    if common.as_json:
        template = template or "changelog.json.j2"
    selection = Selection(wanted, unreleased or as_next)
    common = common.of_tag(*wanted.split(".."))
    ask = ChangelogRequest(template, locale, as_next, watched, output, tell=note)
    packages = _packages(common, wanted, as_next=as_next)
    if len(packages) > 1 and (output or common.as_json):
        names = ", ".join(one.package.name for one, _ in packages)
        raise UsageError(
            "each package has a changelog of its own, and this is one", f"--package: {names}"
        )
    for number, (adapters, due) in enumerate(packages):
        if len(packages) > 1 and not update:
            answer("\n" * bool(number) + f"# {adapters.package.name}\n")
        asked = ask._replace(due=due)
        _write_changelog(adapters, asked, selection, output and common.path(output), update=update)
    return 0


def _packages(
    common: CommonOptions, wanted: str, *, as_next: bool
) -> list[tuple[RepositoryAdapters, NextVersion | None]]:
    """The packages that are asked for; where neither a name nor a tag tells, all, or all due.

    Each with its next version, where that was decided for all.
    """
    opened = open_repository(common.options)
    if wanted or not common.means_several(opened.settings):
        return [(opened.adapters(common.options), None)]
    packages = packages_of(opened.settings, opened.history.root, common.options)
    if not as_next:
        return [(opened.of(one), None) for one in packages]
    decisions = opened.versions(common.options).decide(opened.facts)
    due = {release.package.name: release for release in decisions.due}
    return [(opened.of(one), due[one.name]) for one in packages if one.name in due]


def _write_changelog(
    adapters: RepositoryAdapters,
    ask: ChangelogRequest,
    selection: Selection,
    output: str,
    *,
    update: bool,
) -> None:
    """Write the changelog of one package."""
    if selection.is_whole and adapters.facts.head and not adapters.facts.shallow_boundary:
        adapters.history.begin_walk(adapters.facts.head)
    writer, notes = changelog_writer(adapters, ask)
    keep(writer)
    for text in notes:
        note(text)
    if update:
        _update(adapters, writer, selection, output or changelog_path(adapters))
        return
    pieces = writer.text(adapters.history, selection, ForkedWorkers())
    if output:
        write_text(output, pieces)
    else:
        answer_document(pieces)


def _update(
    adapters: RepositoryAdapters, writer: Changelog, selection: Selection, path: str
) -> None:
    """Insert the releases that a file lacks; a file that is not there lacks all of them."""
    existing = read_text(path)
    if existing is None:
        everything = selection._replace(unreleased=False, released=not selection.unreleased)
        write_text(path, writer.text(adapters.history, everything, ForkedWorkers()))
        return
    for told in layout_notes(path.rpartition("/")[2], existing, ""):
        note(told)
    text = writer.updated(existing, adapters.history, selection, ForkedWorkers())
    if text != existing:
        write_text(path, (text,))
