"""``tagboat check``: what commit messages get wrong, before or after they are committed."""

import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from tagboat.adapters.git.user_clone import message_cleanup, pushed_range
from tagboat.adapters.repository_files import read_data
from tagboat.cli.common_options import FILE, CommonOptions, repository_options
from tagboat.cli.output import answer, answer_json, examples, note, printable
from tagboat.core.commits.commit import Commit
from tagboat.core.errors import UsageError
from tagboat.core.lint.header_rules import LintRules
from tagboat.use_cases.inspect.check import (
    CommitFault,
    check_commits,
    check_edited,
    commits_of_range,
)
from tagboat.wiring.repository import OpenRepository, names_asked, open_repository, settings_of

_STDIN = "-"
_BEFORE_FAULT, _SHOWN = 60, 100
_ID_LENGTH = 10


class CheckOptions(NamedTuple):
    """What the command line asks of messages; it beats the configuration."""

    types: tuple[str, ...]
    allow_fixup: bool | None

    def rules(self, rules: LintRules, *, fixup: bool) -> LintRules:
        """The rules to lint by; ``fixup`` is whether those commits pass if nobody says so."""
        passes = fixup or rules.allow_fixup
        return rules._replace(
            types=self.types or rules.types,
            allow_fixup=passes if self.allow_fixup is None else self.allow_fixup,
        )


@click.command(
    short_help="What commit messages get wrong, and where.",
    epilog=examples(
        "tagboat check                  what is not released yet, or is being pushed",
        "tagboat check origin/main..    the commits of a pull request",
        'tagboat check --message "$1"   in a commit-msg hook',
        "tagboat check --message - < message",
    ),
)
@click.argument("wanted", metavar="[RANGE]", default="")
@click.option(
    "--message",
    type=FILE,
    metavar="FILE",
    default="",
    help="Check the message in FILE (- is stdin).",
)
@click.option(
    "--allow-fixup/--no-allow-fixup",
    default=None,
    help="Whether fixup!, squash! and amend! pass; left out, they do in --message alone.",
)
@click.option("--types", metavar="TYPE,...", default="", help="The types that may be used.")
@repository_options
def check_command(
    common: CommonOptions, *, wanted: str, message: str, allow_fixup: bool | None, types: str
) -> int:
    """Find what will not be read as its author surely meant it.

    RANGE is A..B as git understands it, or A for A..HEAD; without one what is not released yet, in
    pre-commit's pre-push stage what is pushed. Errors change what a message means and
    make the exit code 1; warnings are about style. Merges and titles that git writes are fine.
    """
    names = tuple(name.strip() for name in types.split(",") if name.strip())
    asked = CheckOptions(names, allow_fixup)
    if message and wanted:
        raise UsageError("--message and a range exclude each other", "leave one of them out")
    if message:
        findings, count = _of_message(common, asked, message), 1
    else:
        findings, count = _of_commits(common, asked, wanted)
    if common.as_json:
        answer_json(_faults_json(findings, count))
    else:
        _show(findings, "<stdin>" if message == _STDIN else message)
    if findings or not message:
        note(_totals(findings, count))
    return int(any(finding.is_error for finding in findings))


def _of_commits(
    common: CommonOptions, asked: CheckOptions, wanted: str
) -> tuple[Sequence[CommitFault], int]:
    """The findings in a range, or in what is not released yet, and the number of commits."""
    opened = open_repository(common.options)
    wanted = wanted or pushed_range()
    commits = commits_of_range(opened.history, wanted) if wanted else _unreleased(opened, common)
    rules = asked.rules(opened.settings.lint, fixup=False)
    return check_commits(commits, rules), len(commits)


def _unreleased(opened: OpenRepository, common: CommonOptions) -> tuple[Commit, ...]:
    """The commits since the last release, of any of the packages, oldest first."""
    if opened.settings.is_split:
        from tagboat.use_cases.next_version.package_versions import Asked

        asked = names_asked(common.options)
        decided = opened.versions(common.options).decide(opened.facts, Asked(asked)).releases
        found = {item.commit.id: item.commit for one in decided for item in one.assessed.fresh}
        return tuple(sorted(found.values(), key=lambda commit: commit.time))
    adapters = opened.adapters(common.options)
    repository_state = adapters.finder().repository_state(adapters.facts)
    for text in repository_state.notes:
        note(text)
    return repository_state.since.commits[::-1]


# One message


def _of_message(common: CommonOptions, asked: CheckOptions, name: str) -> Sequence[CommitFault]:
    """The findings in a message that is not committed; no repository is asked."""
    directory = common.options.directory
    text = _read(name if name == _STDIN else common.path(name))
    rules = settings_of(_top(directory), common.options).lint
    return check_edited(text, asked.rules(rules, fixup=True), message_cleanup(directory))


def _read(name: str) -> str:
    """The text of a message file, or of standard input. Raises UsageError where there is none."""
    if name == _STDIN:
        data = sys.stdin.buffer.read()
    else:
        data = read_data(name)
        if data is None:
            raise UsageError(f"{name} can't be read: there is no such file")
    if b"\0" in data:
        raise UsageError(f"{name!r} is no text: it holds a NUL byte")
    return data.decode("utf-8", "replace")


def _top(directory: str) -> str:
    """The top of the work tree around a folder, or the folder itself."""
    path = os.path.abspath(directory)
    while not os.path.exists(os.path.join(path, ".git")):
        parent = os.path.dirname(path)
        if parent == path:
            return directory
        path = parent
    return path


# Answers


def _totals(findings: Sequence[CommitFault], count: int) -> str:
    errors = sum(finding.is_error for finding in findings)
    parts = (
        _counted(count, "message") + " checked",
        _counted(errors, "error"),
        _counted(len(findings) - errors, "warning"),
    )
    return ", ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _faults_json(findings: Sequence[CommitFault], count: int) -> dict[str, Any]:
    errors = sum(finding.is_error for finding in findings)
    return {
        "ok": not errors,
        "checked": count,
        "errors": errors,
        "warnings": len(findings) - errors,
        "findings": [_finding_json(finding) for finding in findings],
    }


def _finding_json(finding: CommitFault) -> dict[str, Any]:
    fault = finding.fault
    return {
        "commit": finding.commit or None,
        "title": finding.title,
        "rule": fault.rule,
        "severity": fault.severity.value,
        "line": fault.line,
        "column": fault.column,
        "length": fault.length,
        "text": finding.text,
        "message": fault.message,
        "suggestion": fault.suggestion or None,
    }


def _show(findings: Sequence[CommitFault], source: str) -> None:
    """Each finding as a block: whose it is, the line with a caret, what is wrong, what helps."""
    for number, finding in enumerate(findings):
        fault = finding.fault
        if number:
            answer("")
        answer(f"{finding.commit[:_ID_LENGTH] or source}: {_shortened(finding.title)}")
        text, marks = _pointed(finding)
        answer(f"    {text}")
        answer(f"    {marks}")
        place = f"line {fault.line}, column {fault.column}"
        answer(f"  {fault.severity.value}: {place}: {fault.message} ({fault.rule})")
        if fault.suggestion:
            answer(f"  try: {_shortened(fault.suggestion)}")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _pointed(finding: CommitFault) -> tuple[str, str]:
    """A line, cut to what surrounds the fault, and the carets that stand below the fault."""
    text, start = finding.text.replace("\t", " "), finding.fault.column - 1
    cut = max(0, start - _BEFORE_FAULT)
    before, after = text[cut:start], text[start : cut + _SHOWN]
    faulty = after[: finding.fault.length]
    opening = "…" if cut else ""
    ending = "…" if len(text) > cut + _SHOWN else ""
    marks = " " * (len(opening) + _width(before)) + "^" * max(1, _width(faulty))
    return f"{opening}{before}{after}{ending}", marks


def _width(text: str) -> int:
    """How many columns of a terminal a text takes once it is made printable."""
    if text.isascii() and text.isprintable():
        return len(text)
    from unicodedata import combining, east_asian_width

    shown = printable(text)
    wide = sum(east_asian_width(character) in "WF" for character in shown)
    return len(shown) + wide - sum(combining(character) > 0 for character in shown)
