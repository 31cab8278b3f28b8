"""Lint: what in a commit message will not be read as its author surely meant it, and where.

An error is what changes the meaning: a header that is not conventional, a type that is not allowed,
a breaking note that does not count. Style is a warning. The rules for headers are in
`header_faults`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tagboat.core.changes.change import Change, change_of, parse
from tagboat.core.changes.message import (
    BLANKS,
    Message,
    is_breaking_token,
    is_near_note,
    near_notes,
    opens_breaking_note,
    says_none,
    take_apart,
    with_line_feeds,
)
from tagboat.core.commits.commit import BEFORE_TITLE, wrapping
from tagboat.core.lint.header_rules import Fault, LintRules, Severity, header_faults
from tagboat.core.version.version import InvalidVersion, Version

_ITEM = re.compile(r"[*-] (?P<header>\S.*)")
_LOOSE_FOOTER = re.compile(
    r"(?P<token>[A-Z][A-Za-z]++(?:-[A-Za-z]++)*)[ \t]*+"
    r"(?:(?P<mark>[:\uff1a])[ \t]*+(?P<value>[^\s/].*)|#(?P<number>\d.*))"
)
_FOOTER = re.compile(r"(?:BREAKING[ -]CHANGE|[A-Za-z0-9][A-Za-z0-9-]*+)(?:: | #)|[ \t]+\S")
_RELEASE_AS = re.compile(r"release-as(?:: | #)(?P<value>.*)", re.IGNORECASE)
_SCISSORS = re.compile(r" -+ >8 -+\s*")
_AUTO = "auto"
_ANY_SCISSORS = re.compile(r"[#;@!$%^&|:] -+ >8 -+\s*")
_ANY_COMMENT = re.compile(r"[#;@!$%^&|:](?:\s|$)")
# What bots that update dependencies quote: it is another project's.
_FOREIGN_NOTES = re.compile(
    r"#{1,6} +(?:Release Notes|Changelog|Commits)\b.*|<(?:details|blockquote)\b.*"
    r"|Bumps? (?:the \S+ group|\[[^\]]+\]\().*|This [MP]R contains the following updates:.*"
    r"|\*?Sourced from \[.*",
    re.IGNORECASE,
)
_ANYTHING_GOES = LintRules()


class Edited(NamedTuple):
    """A message as git would commit it out of an editor.

    ``numbers`` are the lines' numbers in the file, counted from 1.
    """

    text: str
    numbers: tuple[int, ...]


class _Line(NamedTuple):
    """A line below the header; a closed code fence is one."""

    number: int
    text: str


class Cleanup(NamedTuple):
    """What git takes out of a message (``git help commit``, ``--cleanup``).

    Lines that start with ``comment``, and all from the scissors line on that ``scissors`` opens;
    nothing where they are empty. ``auto`` is a character that git chose for this very message.
    """

    comment: str = "#"
    scissors: str = "#"

    def read_from(self, lines: Sequence[str]) -> "Cleanup":
        """The same with the character that git chose, which opens the last line it wrote."""
        if self.scissors != _AUTO:
            return self
        cut = next((line[0] for line in lines if _ANY_SCISSORS.fullmatch(line)), "")
        last = next((line for line in reversed(lines) if line.strip()), "")
        found = cut or (last[0] if _ANY_COMMENT.match(last) else "#")
        return Cleanup(self.comment and found, found)


_COMMENTS_DROPPED = Cleanup()


def as_committed(text: str, cleanup: Cleanup = _COMMENTS_DROPPED) -> Edited:
    """Drop what git drops from an edited message."""
    kept: list[tuple[int, str]] = []
    lines = with_line_feeds(text).split("\n")
    comment, scissors = cleanup.read_from(lines)
    for number, line in enumerate(lines, start=1):
        if scissors and line.startswith(scissors) and _SCISSORS.fullmatch(line[len(scissors) :]):
            break
        if not (comment and line.startswith(comment)):
            kept.append((number, line))
    numbers = tuple(number for number, _ in kept) or (1,)
    return Edited("\n".join(line for _, line in kept), numbers)


def lint(text: str, rules: LintRules = _ANYTHING_GOES) -> tuple[Fault, ...]:
    """Everything wrong with a message, in the order of the text. Never raises."""
    text = with_line_feeds(text)
    blanks = len(text) - len(text.lstrip(BEFORE_TITLE))
    header_start = blanks + _wrapping(text[blanks:])
    message = take_apart(text[header_start:])
    line_start = text.rfind("\n", 0, header_start) + 1 if message.header else header_start
    first = text.count("\n", 0, line_start) + 1 if message.header else 1
    change = change_of(message.rest)
    lines = tuple(_numbered(message.rest.folded_message.split("\n")[1:], first + 1))
    wrapped = text[max(blanks, line_start) : header_start]
    found = [
        fault._replace(
            line=first,
            column=fault.column + header_start - line_start,
            suggestion=fault.suggestion and wrapped + fault.suggestion,
        )
        for fault in header_faults(message.header, change, rules)
    ]
    found += _breaking_title(wrapped, change, first)
    found += _missing_blank_line(lines)
    found += _breaking_faults(lines, message, change)
    found += _hidden_items(lines, change)
    found += _release_faults(lines, message)
    found += _footer_faults(lines)
    return tuple(sorted(found, key=lambda fault: (fault.line, fault.column)))


def _wrapping(text: str) -> int:
    """How much a forge put before a title, whether that is its own or a person's."""
    return wrapping(text)[0] if text.startswith(("Merged ", "Pull request ")) else 0


def _numbered(lines: list[str], number: int) -> Iterator[_Line]:
    for text in lines:
        yield _Line(number, text)
        number += 1 + text.count("\r")


def _missing_blank_line(lines: tuple[_Line, ...]) -> Iterator[Fault]:
    if lines and lines[0].text.strip(BLANKS):
        yield Fault(
            "body-no-blank-line",
            Severity.WARNING,
            "a blank line belongs between the header and the rest",
            line=lines[0].number,
            length=len(lines[0].text.partition("\r")[0]),
        )


def _breaking_title(wrapped: str, change: Change | None, line: int) -> Iterator[Fault]:
    """A title that says in words that it breaks something, and does not count as that."""
    if change is not None and not change.breaking and is_near_note(change.header):
        yield Fault(
            "breaking-title",
            Severity.WARNING,
            'this says that something breaks and does not count as that: a "!" before the colon '
            "does",
            line=line,
            column=len(wrapped) + 1,
            length=len(change.header),
            suggestion=wrapped + change._replace(breaking=True).header,
        )


def _breaking_faults(
    lines: tuple[_Line, ...], message: Message, change: Change | None
) -> Iterator[Fault]:
    """Lines that a person reads as a breaking note and the grammar does not."""
    breaks = change is not None and change.breaking
    severity = Severity.WARNING if breaks else Severity.ERROR
    notes = iter([f.value for f in message.footers if is_breaking_token(f.token)])
    is_own = opens = True
    for line in lines:
        is_own = is_own and _FOREIGN_NOTES.match(line.text) is None
        if not opens_breaking_note(line.text):
            yield from _misspelled_note(line, severity, opens=opens) if is_own else ()
        else:
            yield from _said_by_note(line, next(notes), severity)
        opens = not line.text.strip()


def _said_by_note(line: _Line, note: str, severity: Severity) -> Iterator[Fault]:
    """What is wrong with the text of a breaking note."""
    if not note:
        rule = "breaking-without-text"
        told = "a breaking note without text does not count: say what breaks"
    elif says_none(note):
        rule, severity = "breaking-none", Severity.WARNING
        told = "this counts as a breaking change, though it says that there is none: take it out"
    else:
        return
    yield Fault(rule, severity, told, line=line.number, length=len(line.text))


def _misspelled_note(line: _Line, severity: Severity, *, opens: bool) -> Iterator[Fault]:
    for match in near_notes(line.text, opens=opens):
        yield Fault(
            "breaking-spelling",
            severity,
            'this does not count as a breaking note: only "BREAKING CHANGE: " '
            "at the start of a line does",
            line=line.number,
            column=match.start("words") + 1,
            length=len(match["words"]),
            suggestion=f"BREAKING CHANGE: {match['text']}".rstrip(),
        )


def _hidden_items(lines: tuple[_Line, ...], change: Change | None) -> Iterator[Fault]:
    """Breaking changes in a squash list that a conventional title keeps from counting."""
    if change is None or change.breaking:
        return
    for line in lines:
        item = _ITEM.fullmatch(line.text)
        listed = parse(item["header"]) if item else None
        if listed is not None and listed.breaking:
            yield Fault(
                "hidden-breaking",
                Severity.WARNING,
                "this breaking change does not count: the title is conventional and counts alone",
                line=line.number,
                column=3,
                length=len(line.text) - 2,
            )


def _release_faults(lines: tuple[_Line, ...], message: Message) -> Iterator[Fault]:
    """Footers that ask for a version and name none: every release stops at them."""
    values = {one.value for one in message.footers if one.token.lower() == "release-as"}
    for line in lines if values else ():
        footer = _RELEASE_AS.fullmatch(line.text)
        if footer is None or footer["value"] not in values:
            continue
        try:
            Version.parse(footer["value"].strip().removeprefix("v"))
        except InvalidVersion as error:
            yield Fault(
                "release-as",
                Severity.ERROR,
                f"no version can be decided with this: {error}",
                line=line.number,
                column=footer.start("value") + 1,
                length=len(footer["value"]),
            )


def _footer_faults(lines: tuple[_Line, ...]) -> Iterator[Fault]:
    """Almost-footers in a last paragraph that holds nothing but footers and them."""
    start = max((i + 1 for i, line in enumerate(lines) if not line.text.strip(BLANKS)), default=0)
    paragraph = lines[start:]
    if all(_FOOTER.match(line.text) or _LOOSE_FOOTER.match(line.text) for line in paragraph):
        for line in paragraph:
            yield from _loose_footer(line)


def _loose_footer(line: _Line) -> Iterator[Fault]:
    match = None if _FOOTER.match(line.text) else _LOOSE_FOOTER.fullmatch(line.text)
    if match is not None:
        token, number = match["token"], match["number"]
        yield Fault(
            "footer-separator",
            Severity.WARNING,
            'a footer is "Token: value" or "Token #value"; without that it is prose',
            line=line.number,
            column=match.end("token") + 1,
            suggestion=f"{token} #{number}" if number else f"{token}: {match['value']}",
        )
