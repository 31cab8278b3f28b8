"""Check: what the messages of commits, made or about to be made, get wrong."""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.changes.message import with_line_feeds
from tagboat.core.commits.commit import BEFORE_TITLE, Commit
from tagboat.core.errors import UsageError
from tagboat.core.lint.header_rules import Fault, LintRules, Severity
from tagboat.core.lint.lint import Cleanup, as_committed, lint
from tagboat.core.next_version.next_version import WhatIf
from tagboat.ports.git import History
from tagboat.use_cases.next_version.commit_range import commits_after


class CommitFault(NamedTuple):
    """A fault of one message: ``commit`` is its full id, empty for a message that is not committed.

    ``text`` is the line the fault is in, ``title`` the first line of the message.
    """

    commit: str
    title: str
    text: str
    fault: Fault

    @property
    def is_error(self) -> bool:
        """Whether the message will not be read as it was meant."""
        return self.fault.severity is Severity.ERROR


def check_commits(commits: Iterable[Commit], rules: LintRules) -> tuple[CommitFault, ...]:
    """Lint the messages of commits; merges are skipped, what they merged speaks for itself."""
    return tuple(
        finding
        for commit in commits
        if not commit.is_merge
        for finding in _findings(commit, commit.message, lint(commit.message, rules))
    )


def check_edited(text: str, rules: LintRules, cleanup: Cleanup) -> tuple[CommitFault, ...]:
    """Lint a message as it comes from an editor: what git takes out is no part of it.

    The lines of the faults are those of ``text``.
    """
    edited = as_committed(text, cleanup)
    faults = lint(edited.text, rules)
    last = 1 + with_line_feeds(text).removesuffix("\n").count("\n")
    placed = [fault._replace(line=min(last, edited.numbers[fault.line - 1])) for fault in faults]
    return _findings(Commit("", (), edited.text), text, placed)


def commits_of_range(history: History, text: str) -> tuple[Commit, ...]:
    """The commits of a range, oldest first: ``A..B`` as git understands it, ``A`` for ``A..HEAD``.

    Raises UsageError for another kind of range and for a revision that names no commit.
    """
    floor, head = _ends_of_range(history, text)
    return commits_after(history, head, floor)[::-1]


def looked_up(history: History, what_if: WhatIf) -> WhatIf:
    """A commit that is not made yet with all of its files: what those of its range change.

    A merge in it is passed over: it brings what others changed. Raises as `commits_of_range`.
    """
    if not what_if.range:
        return what_if
    floor, head = _ends_of_range(history, what_if.range)
    changes = history.changed_files(head, (floor,)).values()
    found = {file for one in changes if len(one.parents) <= 1 for file in one.files}
    return what_if._replace(files=(*what_if.files, *sorted(found)), range="")


def _ends_of_range(history: History, text: str) -> tuple[str, str]:
    """The commit that a range comes after, and its last one."""
    start, dots, end = text.partition("..")
    if end.startswith("."):
        raise UsageError(f"{text!r} is a symmetric range", "write it with two dots: A..B")
    if dots and not (start or end):
        raise UsageError(f"{text!r} names no commits", "write it like v1.0.0..HEAD")
    return history.resolve(start or "HEAD"), history.resolve(end or "HEAD")


def _findings(commit: Commit, text: str, faults: Iterable[Fault]) -> tuple[CommitFault, ...]:
    """The faults with the lines of ``text`` that they are in."""
    lines = with_line_feeds(text).split("\n")
    title = with_line_feeds(commit.message).lstrip(BEFORE_TITLE).partition("\n")[0]
    return tuple(CommitFault(commit.id, title, lines[fault.line - 1], fault) for fault in faults)
