"""Verbatim: the parts of a text that are code or quoted: code spans, fences, HTML blocks.

Follows CommonMark 0.31.2, sections 6.1 and 4.5 (https://spec.commonmark.org/0.31.2/): a run of
backticks is closed by the next run of the same length, a fence by one at least as long. Backslashes
mean nothing here, since people escape nothing in commit messages; and a fence that nothing closes
is no fence. An HTML block that quotes goes from a tag that begins a line, or the value of a footer,
to the one that closes it, as HTML nests them: forges show it like that, whatever blank lines are
inside.
"""

import re
from typing import NamedTuple

_RUN = re.compile(r"`+")
_FENCE = re.compile(
    r" {0,3}(?P<mark>`{3,}+(?=[^`]*$)|~{3,}+)[ \t]*(?P<language>[^\s`]*)(?P<rest>.*)$"
)

_HTML = (
    r"(?mi)(?P<begins>^(?:(?:BREAKING[ -]CHANGE|[a-z0-9][a-z0-9-]*+)(?::[ \t\v\f]| #))?"
    r"[ \t\v\f]*+)?"
    r"(?:<(?P<end>/?)(?P<tag>details|blockquote|pre)(?=[\s>])[^<>]*+>|(?P<comment><!--)|-->)"
)


class Fence(NamedTuple):
    """The numbers of the lines that open and close a fence, and the language it names."""

    opener: int
    closer: int
    language: str


def code_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each code span, its backticks included, in order. Takes linear time."""
    if "`" not in text:
        return []
    runs = [run.span() for run in _RUN.finditer(text)]
    closers = _closers(runs)
    spans = []
    number = 0
    while number < len(runs):
        closer = closers[number]
        if closer is not None:
            spans.append((runs[number][0], runs[closer][1]))
            number = closer
        number += 1
    return spans


def _closers(runs: list[tuple[int, int]]) -> list[int | None]:
    """For each run, the number of the next run of the same length."""
    closers: list[int | None] = [None] * len(runs)
    following: dict[int, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        start, end = runs[number]
        closers[number] = following.get(end - start)
        following[end - start] = number
    return closers


def fences(lines: list[str]) -> list[Fence]:
    """The closed code fences among some lines, in order."""
    found = []
    opener, mark, language = -1, "", ""
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if match is None:
            continue
        if opener < 0:
            opener, mark, language = number, match["mark"], match["language"]
        elif match["mark"].startswith(mark) and not (match["language"] or match["rest"].strip()):
            found.append(Fence(opener, number, language))
            opener = -1
    return found


def html_blocks(text: str) -> list[tuple[int, int]]:
    """Start and end of each ``details``, ``blockquote``, ``pre`` and comment that is closed.

    Those inside another are none of their own. Takes linear time.
    """
    blocks: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    depth = dict.fromkeys(("details", "blockquote", "pre", ""), 0)
    last_end_of_comment = text.rfind("-->")
    if last_end_of_comment < 0 and "</" not in text:
        return blocks
    for mark in re.finditer(_HTML, text):
        name, start = (mark["tag"] or "").lower(), max(mark.start(), mark.end("begins"))
        if name and depth[""]:
            continue
        if mark["end"] or not (name or mark["comment"]):
            if depth[name]:
                blocks.append((_close(name, opened, depth), mark.end()))
        elif (opened or mark["begins"] is not None) and (name or start < last_end_of_comment):
            opened.append((name, start))
            depth[name] += 1
    return _outermost(blocks)


def _close(name: str, opened: list[tuple[str, int]], depth: dict[str, int]) -> int:
    """Close the last block of a name, and what was opened inside; where it starts."""
    while True:
        inner, start = opened.pop()
        depth[inner] -= 1
        if inner == name:
            return start


def _outermost(blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of some blocks, in the order of their ends, that stand in no other."""
    found: list[tuple[int, int]] = []
    for start, end in blocks:
        while found and found[-1][0] > start:
            found.pop()
        found.append((start, end))
    return found
