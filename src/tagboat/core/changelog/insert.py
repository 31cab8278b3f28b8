"""Inserting a release's notes into a changelog that people write by hand.

Not a character of what stands there changes. The caller reads and writes the file as UTF-8 with
``surrogateescape`` and without translating line ends, so that even a file in another encoding comes
out as it was. Headings are Markdown's (CommonMark 0.31.2, sections 4.2 and 4.3) or those of
reStructuredText; what stands in a code fence or an HTML comment is none.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tagboat.core.changelog.locale import LOCALES

_BOM = "\ufeff"
_VERSION = (
    r"(?P<version>[0-9]+(?:\.[0-9]+)+(?:[-.]?[A-Za-z][0-9A-Za-z.-]*|-[0-9A-Za-z][0-9A-Za-z.-]*)?"
    r"(?:\+[0-9A-Za-z.-]+)?)(?!\w)"
)
_VERSION_TITLE = re.compile(rf"(?:(?:version|release)\s+)?v?{_VERSION}", re.IGNORECASE)
_NAMED_TITLE = re.compile(rf"@?[A-Za-z_][\w./-]*?[\s@/-]+v?{_VERSION}(?P<rest>.*)", re.IGNORECASE)
_DATE_AT_MOST = re.compile(r"\]?(?:\([^()]*\))?[^\w(]*(?:\(?[0-9]{4}[-./][0-9].*)?")
_LONGEST_TITLE = 300
_UNRELEASED = tuple(words["unreleased"].lower() for words in LOCALES.values())
_DECORATION = re.compile(r"<a\s[^<>]*>|</a>|[\[*_`\\]+(?=\S)", re.IGNORECASE)
_ATX = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>.*)")
_UNDERLINE = re.compile(r" {0,3}(?P<mark>[=\-~^\"'`*+#.:_])(?P=mark)+\s*")
_LEVELS = {"=": 1, "-": 2}
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}+(?=[^`]*$)|~{3,}+)(?P<rest>.*)")
_ANCHOR = re.compile(r"\s*<a\s[^<>]*>\s*(?:</a>)?\s*", re.IGNORECASE)
_DEFINITION = re.compile(r" {0,3}\[[^\[\]]+\]:\s*\S")


class _Heading(NamedTuple):
    """A heading: the line it starts on, how deep it is, its text without decoration."""

    line: int
    level: int
    title: str

    @property
    def version(self) -> str:
        """The version that the heading is about, or an empty text."""
        match = _VERSION_TITLE.match(self.title)
        if match is not None:
            return match["version"]
        match = _NAMED_TITLE.match(self.title)
        if match is not None and _DATE_AT_MOST.fullmatch(match["rest"]):
            return match["version"]
        return ""

    @property
    def is_unreleased(self) -> bool:
        """Whether it stands over what is not released yet."""
        return self.title.lower().startswith(_UNRELEASED)


def inserted(existing: str, notes: str, *, version: str, header: str = "") -> str:
    """A changelog with a release's notes in their place; as it was where they are there already.

    ``version`` is what the notes' heading names, without ``v``; empty for what is not released yet.
    The place is before the first version's heading, or else at the end (before the definitions of
    links). The notes take the file's line ends. A file without text gets ``header`` first.
    """
    content = existing.removeprefix(_BOM)
    line_end = "\r\n" if content.count("\r\n") * 2 > content.count("\n") else "\n"
    text = notes.strip("\n").replace("\n", line_end)
    if not content.strip():
        return existing + header.replace("\n", line_end) + text + line_end
    lines = re.findall(r"[^\n]*\n|[^\n]+", content)
    headings = list(_headings([line.rstrip("\r\n") for line in lines]))
    if text in content or any(_is_about(heading, version) for heading in headings):
        return existing
    place = _insert_line(headings, lines)
    before, after = "".join(lines[:place]), "".join(lines[place:])
    gap = _gap(before, lines[place - 1], line_end) if before else ""
    end = line_end * 2 if after else line_end * before.endswith("\n")
    return existing[: len(existing) - len(content)] + before + gap + text + end + after


def _is_about(heading: _Heading, version: str) -> bool:
    return heading.version == version if version else heading.is_unreleased


def _insert_line(headings: list[_Heading], lines: list[str]) -> int:
    """The line before which a release's notes belong."""
    deepest = next((heading.level for heading in headings if heading.is_unreleased), 6)
    for heading in headings:
        if heading.version and heading.level <= deepest:
            return heading.line
    place = end = len(lines)
    while end > 0 and (not lines[end - 1].strip() or _DEFINITION.match(lines[end - 1])):
        end -= 1
        if lines[end].strip():
            place = end
    return place


def _gap(before: str, last: str, line_end: str) -> str:
    """What sets the notes off from the text before them."""
    if not before.endswith("\n"):
        return line_end * 2
    return line_end if last.strip() else ""


def _headings(lines: list[str]) -> Iterator[_Heading]:
    """The headings of a Markdown or reStructuredText file, in order."""
    texts = list(_outside_code(lines))
    for number, line in enumerate(texts):
        atx = _ATX.match(line)
        if atx is not None:
            has_anchor = number > 0 and _ANCHOR.fullmatch(texts[number - 1])
            start = number - 1 if has_anchor else number
            yield _Heading(start, len(atx["marks"]), _undecorated(atx["title"]))
        elif number > 0 and (match := _UNDERLINE.fullmatch(line)) is not None:
            level = _LEVELS.get(match["mark"], 3)
            yield from _underlined(texts, number - 1, level)


def _underlined(lines: list[str], number: int, level: int) -> Iterator[_Heading]:
    """The heading whose text is the line ``number``, if that is a title and no paragraph's end."""
    above = lines[number - 1].strip() if number > 0 else ""
    if not lines[number].strip():
        return
    if above == lines[number + 1].strip():
        yield _Heading(number - 1, level, _undecorated(lines[number]))
    elif not above or _ANCHOR.fullmatch(above):
        yield _Heading(number - 1 if above else number, level, _undecorated(lines[number]))


def _undecorated(title: str) -> str:
    return _DECORATION.sub("", title[:_LONGEST_TITLE]).strip()


def _outside_code(lines: list[str]) -> Iterator[str]:
    """Each line, or an empty text in its place where it is code or comment."""
    mark = ""
    is_comment = False
    above = ""
    for line in lines:
        fence = None if is_comment else _fence(line, above)
        is_hidden = bool(mark) or is_comment or fence is not None
        if fence is not None and not mark:
            mark = fence["mark"]
        elif fence is not None and fence["mark"].startswith(mark) and not fence["rest"].strip():
            mark = ""
        elif not mark:
            opens = is_comment or line.lstrip().startswith("<!--")
            is_comment = opens and "-->" not in line
            is_hidden = is_hidden or opens
        above = "" if is_hidden else line
        yield above


def _fence(line: str, above: str) -> re.Match[str] | None:
    """A code fence, unless it underlines the text above it as a title of reStructuredText."""
    fence = _FENCE.fullmatch(line)
    if fence is not None and above.strip() and len(fence["mark"]) >= len(above.strip()):
        return None
    return fence
