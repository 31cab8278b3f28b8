"""``tagboat explain``: why a version is what it is."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from tagboat.cli.common_options import (
    CommonOptions,
    repository_options,
    version_names,
    what_if_options,
)
from tagboat.cli.output import (
    answer,
    answer_json,
    examples,
    fitting,
    is_plain,
    note,
    printable,
    warn_strange,
)
from tagboat.cli.shapes import assessment_json, release_json, tag_json
from tagboat.core.bump.assess import Assessment
from tagboat.core.bump.missed import Missed
from tagboat.core.next_version.next_version import NextVersion, WhatIf
from tagboat.core.version.tag import VersionTag
from tagboat.use_cases.inspect.check import looked_up
from tagboat.use_cases.next_version.next_version import ignored_base, review
from tagboat.wiring.repository import OpenRepository, names_asked, open_repository

_WIDEST = 100
"""How many characters of what a title declares are shown in its column."""
_HEADINGS = ("commit", "read as", "asks for", "title")


@click.command(
    short_help="Why the next version, or a released one, is what it is.",
    epilog=examples(
        "tagboat explain",
        "tagboat explain 1.4.0                      does it fit its commits?",
        "tagboat explain --title 'feat!: new API'   as if that were merged",
    ),
)
@click.argument("version", default="", shell_complete=version_names)
@what_if_options
@repository_options
def explain_command(common: CommonOptions, version: str, *, what_if: WhatIf) -> int:
    """Show each commit, what it was read as, what it asks for, and what was left out and why.

    Without VERSION it explains what a release of HEAD would be; with one, whether that release is
    what its commits ask for.
    """
    common = common.of_tag(version)
    opened = open_repository(common.options)
    if common.means_several(opened.settings) and not version:
        return _explain_all(opened, common, what_if)
    adapters = opened.adapters(common.options)
    released: VersionTag | None = None
    if version:
        release, released = review(adapters.history, adapters.package, adapters.facts, version)
        notes: tuple[str, ...] = ()
    else:
        release, notes = adapters.next_version(what_if=looked_up(opened.history, what_if))
    ignored = None if version else ignored_base(adapters.history, adapters.facts, release)
    for text in notes:
        note(text)
    warn_strange(release.tagging)
    if common.as_json:
        shape = _explain_json(release, released)
        answer_json(shape | {"ignored_base": tag_json(ignored)})
        return 0
    _answer_decision(release, released, ignored)
    return 0


def _explain_all(opened: OpenRepository, common: CommonOptions, what_if: WhatIf) -> int:
    """Explain what is due of all packages, or what those asked for are due for among them."""
    from tagboat.use_cases.next_version.package_versions import Asked

    what_if = looked_up(opened.history, what_if)
    asked = Asked(names_asked(common.options), what_if=what_if, beside=True)
    decisions = opened.versions(common.options).decide(opened.facts, asked)
    bases = [ignored_base(opened.history, opened.facts, one) for one in decisions.releases]
    pairs = list(zip(decisions.releases, bases, strict=True))
    for text in decisions.notes:
        note(text)
    if common.as_json:
        shapes = [_explain_json(one, None) | {"ignored_base": tag_json(i)} for one, i in pairs]
        answer_json({"releases": shapes, "left": list(decisions.left)})
        return 0
    for number, (release, ignored) in enumerate(pairs):
        answer("\n" * bool(number) + f"package  {release.package.name}")
        warn_strange(release.tagging)
        _answer_decision(release, None, ignored)
    return 0


def _answer_decision(
    release: NextVersion, released: VersionTag | None, ignored: VersionTag | None
) -> None:
    """Print a decision, and the commits that it is made of."""
    for line in _summary(release, released, ignored):
        answer(line)
    if release.assessed.assessments:
        _commit_table(release)


def _explain_json(release: NextVersion, released: VersionTag | None) -> dict[str, Any]:
    shape = release_json(release)
    shape["assessments"] = [assessment_json(item) for item in release.assessed.assessments]
    if released is not None:
        shape["released"] = tag_json(released)
        shape["agrees"] = release.version == released.version
    return shape


def _summary(
    release: NextVersion, released: VersionTag | None, ignored: VersionTag | None
) -> list[str]:
    """The decision in a few lines: version, base, channel, tags, number of commits."""
    assessed, channel = release.assessed, release.channel
    base = "none: no version tag among the ancestors"
    if assessed.base is not None:
        base = (
            f"{assessed.base.name} at {assessed.base.commit[:10]}, the highest among the ancestors"
        )
    lines = [_verdict(release, released), f"base     {base}"]
    if ignored is not None:
        pattern = release.package.ignores(ignored.name)
        lines.append(
            f"ignored  {ignored.name}, which would be the base: {pattern!r} of ignore.tags"
        )
    if assessed.newest is not None and assessed.newest is not assessed.base:
        lines.append(f"newest   {assessed.newest.name} at {assessed.newest.commit[:10]}")
    if released is None:
        limits = f", only {channel.range}" if channel.range is not None else ""
        token = f" {channel.prerelease}" if channel.prerelease else ""
        named = "assumed for" if channel.assumed else "of branch"
        branch = (
            f" ({named} {channel.branch})" if channel.branch else " (assumed: HEAD is detached)"
        )
        lines.append(f"channel  {channel.kind}{token}{limits}{branch}")
    inferred = release.tagging.inferred_from
    how = f", as in {inferred}" if inferred else ""
    lines.append(f"tags     {release.tagging.format.template()}{how}")
    count, counted = len(assessed.assessments), sum(1 for item in assessed.assessments if item.bump)
    where = "in the history" if assessed.base is None else "since the base"
    verb = "asks" if counted == 1 else "ask"
    lines.append(f"commits  {count} {where}, {counted} {verb} for a release")
    return lines


def _verdict(release: NextVersion, released: VersionTag | None) -> str:
    """The first line: what the version is."""
    if released is not None:
        agrees = release.version == released.version
        result = "as its commits ask for" if agrees else f"its commits ask for {release.version}"
        return f"version  {released.version}: {result} ({release.origin})"
    if not release.due:
        current = release.version if release.version is not None else "none yet"
        return f"version  {current}: nothing to release ({release.origin})"
    return f"version  {release.version}: {release.origin}"


def _row(item: Assessment, lost: Missed | None) -> tuple[str, str, str, str]:
    """One commit as four cells."""
    kinds = ", ".join(
        (change.type or "a rule") + ("!" if change.breaking else "") for change in item.changes
    )
    other = f" ({item.other[:10]})" if item.other else ""
    read_as = kinds or item.verdict.value + other
    asks = str(item.bump) if item.bump else "-"
    lines = [item.commit.title]
    lines += dict.fromkeys(f"  {one.bump} by {one.rule}" for one in item.rulings if one.rule)
    if lost is not None:
        lines += [f"  hidden breaking: {line}" for line in lost.breaking]
        lines += [f"  not counted: {line}" for line in lost.others]
    return item.commit.id[:10], fitting(read_as, _WIDEST), asks, "\n".join(lines)


def _commit_table(release: NextVersion) -> None:
    """All commits, the newest first."""
    lost = {one.commit.id: one for one in release.missed}
    items = reversed(release.assessed.assessments)
    rows = [_row(item, lost.get(item.commit.id)) for item in items]
    answer("")
    if sys.stdout.isatty():
        _rich_table(rows)
        return
    widths = [max(len(row[n]) for row in [_HEADINGS, *rows]) for n in range(3)]
    for row in [_HEADINGS, *rows]:
        first, *rest = row[3].split("\n")
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        answer("  ".join([*cells, first]).rstrip())
        for line in rest:
            answer(" " * (sum(widths) + 6) + line)


def _rich_table(rows: Sequence[tuple[str, str, str, str]]) -> None:
    """The same for a terminal, folded to its width."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    weight = "" if is_plain() else "bold"
    table = Table(box=None, pad_edge=False, header_style=weight)
    for heading in _HEADINGS:
        table.add_column(heading, no_wrap=heading == "commit")
    for row in rows:
        lines = ["\n".join(printable(fitting(line)) for line in cell.split("\n")) for cell in row]
        table.add_row(*(Text(cell) for cell in lines))
    Console().print(table)
