"""The parts of a commit's text, as every output format has to treat them apart.

A line is made of plain text, code spans, addresses of web pages, mentions of people and references;
a longer text is made of paragraphs and closed code fences. Nobody sees the difference between what
a person wrote and what a terminal, a browser or a bidirectional override would make of it: such
characters are taken out first.
"""

import re
from functools import cache
from typing import NamedTuple

from tagboat.core.changes.code_fences import code_spans, fences
from tagboat.core.changes.references import WEB_ADDRESS, Reference, reference_of, reference_source

_LINE_END = re.compile("\r\n?|[\u0085\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARK = re.compile(r"[@:]|[#!][0-9]|www\.|(?:GH|gh)-[0-9]")
_MENTION = r"(?P<mention>(?<![A-Za-z0-9_])(?:@\w(?:[\w./-]*\w)?)+)"


class Piece(NamedTuple):
    """A part of a line: ``kind`` is ``text``, ``code``, ``address``, ``mention`` or ``reference``.

    ``text`` is what was written, backticks included.
    """

    kind: str
    text: str
    reference: Reference | None = None


class Block(NamedTuple):
    """A paragraph, or the content of a code fence (``is_code``) with the language it names."""

    lines: tuple[str, ...]
    is_code: bool = False
    language: str = ""


def cleaned(text: str) -> str:
    """The text without control characters and bidirectional overrides, its lines ended by LF."""
    if text.isprintable():
        return text
    text = _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text))
    return _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """The cleaned text on one line, with single blanks."""
    if text.isprintable() and "  " not in text and " " not in (text[:1], text[-1:]):
        return text
    return " ".join(cleaned(text).split())


def pieces(line: str, tickets: tuple[str, ...] = ()) -> list[Piece]:
    """Take one line apart; the texts of the pieces joined give it back."""
    found: list[Piece] = []
    end = 0
    for start, stop in code_spans(line):
        found += _pieces_outside_code(line[end:start], tickets)
        found.append(Piece("code", line[start:stop]))
        end = stop
    found += _pieces_outside_code(line[end:], tickets)
    return found


def blocks(text: str) -> list[Block]:
    """Take a text apart into paragraphs and closed code fences; an open fence is a paragraph."""
    lines = cleaned(text).split("\n")
    found: list[Block] = []
    start = 0
    for fence in fences(lines):
        found += _paragraphs(lines[start : fence.opener])
        content = tuple(lines[fence.opener + 1 : fence.closer])
        found.append(Block(content, is_code=True, language=fence.language))
        start = fence.closer + 1
    return found + _paragraphs(lines[start:])


def _paragraphs(lines: list[str]) -> list[Block]:
    """Split lines at the blank ones."""
    found: list[Block] = []
    paragraph: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            found.append(Block(tuple(paragraph)))
            paragraph = []
    return found


def _pieces_outside_code(text: str, tickets: tuple[str, ...]) -> list[Piece]:
    """Find addresses, mentions and references in what is not code."""
    if not tickets and not _MARK.search(text):
        return [Piece("text", text)] if text else []
    found = []
    end = 0
    for match in _link_scanner(tickets).finditer(text):
        if match.start() > end:
            found.append(Piece("text", text[end : match.start()]))
        found.append(_piece(match))
        end = match.end()
    if end < len(text):
        found.append(Piece("text", text[end:]))
    return found


def _piece(match: re.Match[str]) -> Piece:
    if match["address"] is not None:
        return Piece("address", match[0])
    if match["mention"] is not None:
        return Piece("mention", match[0])
    return Piece("reference", match[0], reference_of(match))


@cache
def _link_scanner(tickets: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{WEB_ADDRESS}|{_MENTION}|{reference_source(tickets)}")
