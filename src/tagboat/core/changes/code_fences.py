"""Verbatim: the parts of a text that are code, spans within a line and fences around lines.

Follows CommonMark 0.31.2, sections 6.1 and 4.5 (https://spec.commonmark.org/0.31.2/): a run of
backticks is closed by the next run of the same length, a fence by one at least as long. Backslashes
mean nothing here, since people escape nothing in commit messages; and a fence that nothing closes
is no fence.
"""

import re
from typing import NamedTuple

_RUN = re.compile(r"`+")
_FENCE = re.compile(
    r" {0,3}(?P<mark>`{3,}+(?=[^`]*$)|~{3,}+)[ \t]*(?P<language>[^\s`]*)(?P<rest>.*)$"
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
