"""Headings of a changelog that people write: where they are, and which version they are about.

Markdown's (CommonMark 0.31.2, sections 4.2 and 4.3), reStructuredText's, AsciiDoc's, HTML's. What
stands in a code fence or an HTML comment is none. In a file that has no marked headings, a version
or the word for what is unreleased that stands alone in its paragraph is one, and so is such a
paragraph in bold, and the summary of details.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tagboat.core.changelog.options import LOCALES

_VERSION = (
    r"(?P<version>[0-9]+(?:\.[0-9]+)+(?:[-.]?[A-Za-z][0-9A-Za-z.-]*|-[0-9A-Za-z][0-9A-Za-z.-]*)?"
    r"(?:\+[0-9A-Za-z.-]+)?)(?!\w)"
)
_VERSION_TITLE = re.compile(
    rf"(?:(?:version|release|ver|版本)\b[\s.:\uff1a\u2013\u2014-]*)?v?\.?\s?{_VERSION}",
    re.IGNORECASE,
)
_NAMED_TITLE = re.compile(
    rf"(?P<words>@?[^\W\d].{{0,120}}?)[\s@/:\uff1a([\u2013\u2014-]+(?P<v>v?){_VERSION}(?P<rest>.*)",
    re.IGNORECASE,
)
_DATE = (
    r"\(?(?:[0-9]{4}[-./][0-9]|[0-9]{1,2}[-./][0-9]|(?:[0-9]{1,2}\.? )?[A-Z][a-z]{2,8}\.? [0-9])"
)
_DATE_AT_MOST = re.compile(rf"\]?(?:\([^()]*\))*[^\w(]*(?:{_DATE}.*)?")
_DATE_FIRST = re.compile(r"[0-9]{4}([-./])[0-9]{1,2}\1[0-9]{1,2}\b[^\w\[]*\[?")
_INTRODUCING = re.compile(
    "change[sd]?|changelog|for|in|new|noteworthy|notes|of|package|release[sd]?|s|the|updates?"
    "|version|what"
)
_LEADING_ELSEWHERE = re.compile("after|before|from|read|since|than|to|until|using|with")
_LONGEST_TITLE = 300
_MOST_WORDS = 8
_UNRELEASED_WORDS = tuple(words["unreleased"].lower() for words in LOCALES.values())
_UNRELEASED_TITLE = re.compile(
    "v?next(?: release| version)?|upcoming(?: release| version)?|head|main|master|trunk|develop"
    "|in development|development(?: version)?|tbd"
)
_DECORATION = re.compile(r"<[^<>]*>|[\[*_`\\]+(?=\S)|:[a-z0-9_+-]{2,40}:", re.IGNORECASE)
_SYMBOLS_FIRST = re.compile(r"[^\w@(]+")
_ATX = re.compile(r" {0,3}(?P<marks>#{1,6}|={1,6}(?=[ \t]+[^=\s]))[ \t]+(?P<title>.*)")
_HTML = re.compile(
    r"\s*(?:</?[a-z][^<>]*>\s*)*?<h(?P<level>[1-6])\b[^<>]*>(?P<title>.*)", re.IGNORECASE
)
_HTML_END = re.compile(r"</h[1-6]>", re.IGNORECASE)
_SUMMARY = re.compile(
    r"\s*(?:<details\b[^<>]*>\s*)?<summary\b[^<>]*>(?P<title>.*?)(?:</summary>.*)?", re.IGNORECASE
)
_UNDERLINE = re.compile(r" {0,3}(?P<mark>[=\-~^\"'`*+#.:_])(?P=mark)+\s*")
_LEVELS = {"=": 1, "-": 2}
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}+(?=[^`]*$)|~{3,}+)(?P<rest>.*)")
_ANCHOR = re.compile(r"\s*<a\s[^<>]*>\s*(?:</a>)?\s*", re.IGNORECASE)
_BOLD = re.compile(r"(?P<mark>\*\*|__)[^\s*_].*")
_KEPT = r"### (?:Breaking changes|Added|Changed|Deprecated|Removed|Fixed|Security)\n\n- "
_LAYOUTS = (
    (
        "psr",
        re.compile(r"## v[0-9]\S* \([0-9-]{10}\)\n\n### .*\(\[?[^\n]*`[0-9a-f]{7,}`", re.DOTALL),
    ),
    ("git-cliff", re.compile(r"## \[?[0-9]\S* - [0-9-]{10}\n\n### [^\w\s]\S* \w")),
    ("angular", re.compile(r"#{1,3} \[?[0-9][^\n]* \([0-9-]{10}\)\n{2,3}### [^\n]*\n\n\* ")),
    ("changelog", re.compile(rf"## \[?[0-9][^\n]* - [0-9-]{{10}}\n\n{_KEPT}")),
)


class FileHeading(NamedTuple):
    """A heading: the lines it takes, ``start`` up to ``end``, how deep it is, its text undecorated.

    An anchor in the line above is part of it.
    """

    start: int
    end: int
    level: int
    title: str

    @property
    def version(self) -> str:
        """The version that the heading is about, or an empty text."""
        dated = _DATE_FIRST.match(self.title)
        titles = (self.title[dated.end() :], self.title) if dated else (self.title,)
        return next(filter(None, map(version_of, titles)), "")

    @property
    def is_bare(self) -> bool:
        """Whether it opens with the version."""
        return _VERSION_TITLE.match(self.title) is not None

    @property
    def is_unreleased(self) -> bool:
        """Whether it stands over what is not released yet."""
        title = self.title.lower()
        if title.startswith(_UNRELEASED_WORDS) or _UNRELEASED_TITLE.fullmatch(title.strip(" :])")):
            return True
        words = re.findall(r"\w+", title)
        return len(words) <= _MOST_WORDS and not set(words).isdisjoint(_UNRELEASED_WORDS)


def headings_of(lines: Sequence[str]) -> list[FileHeading]:
    """The headings of a file, in order; ``lines`` are without their ends."""
    texts = list(_outside_code(lines))
    found = list(_marked_headings(texts))
    if not any(heading.version for heading in found):
        has_title = bool(found) and not found[0].is_unreleased
        taken = {number for heading in found for number in range(heading.start, heading.end)}
        alone = (*_unmarked_headings(texts, bold=has_title), *_summaries(texts))
        found = sorted([*found, *(heading for heading in alone if heading.start not in taken)])
    return found


def layout_of(text: str) -> str:
    """The shipped template that writes the layout of a file; empty where that is not sure.

    The newest version's section tells: its heading, the titles below it, the marks of its items.
    """
    lines = text.splitlines()
    headings = headings_of(lines)
    versions = [n for n, heading in enumerate(headings) if heading.version]
    if not versions:
        return ""
    at, later = headings[versions[0]], headings[versions[0] + 1 :]
    below = next((one.start for one in later if one.level <= at.level), len(lines))
    section = "\n".join(lines[at.start : below])
    layout = next((name for name, pattern in _LAYOUTS if pattern.match(section)), "")
    has_title = versions[0] > 0 and all(headings[n].level > 1 for n in versions)
    return "release-please" if layout == "angular" and has_title else layout


def second_unreleased(text: str) -> int:
    """The line (from 1) of a heading of what is not released yet below another section; 0: none.

    What stands under it goes into no release.
    """
    headings = headings_of(text.splitlines())
    found = [one for one in headings if one.is_unreleased or one.version]
    below = (one for one in found[1:] if one.level <= found[0].level)
    return next((one.start + 1 for one in below if one.is_unreleased and not one.version), 0)


def section_line(text: str, version: str) -> int:
    """The line (from 1) of the heading of a version that is released; 0: there is none."""
    found = (one for one in headings_of(text.splitlines()) if not one.is_unreleased)
    return next((one.start + 1 for one in found if version and one.version == version), 0)


def lines_of(text: str) -> list[str]:
    """The lines of a text, with their ends."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def version_of(title: str) -> str:
    """The version that a title is about, or an empty text."""
    match = _VERSION_TITLE.match(title)
    if match is not None:
        return match["version"]
    match = _NAMED_TITLE.match(title)
    if match is None or not _DATE_AT_MOST.fullmatch(match["rest"]):
        return ""
    words = re.findall(r"[^\W\d_]+", match["words"])
    is_word = not re.search(r"\s", match["words"])
    leads_elsewhere = not is_word and _LEADING_ELSEWHERE.fullmatch(words[-1].lower())
    is_name = is_word or match["v"] or all(map(_may_introduce, words))
    return match["version"] if is_name and not leads_elsewhere else ""


def _may_introduce(word: str) -> bool:
    """Whether a word may stand before a version: a name's, in any script, or one of a few."""
    return not word.islower() or _INTRODUCING.fullmatch(word) is not None


def _marked_headings(texts: Sequence[str]) -> Iterator[FileHeading]:
    """The headings that markup makes."""
    for number, line in enumerate(texts):
        atx, html = _ATX.match(line), _HTML.match(line)
        if atx is not None:
            start, title = _anchored(texts, number), _undecorated(atx["title"])
            yield FileHeading(start, number + 1, len(atx["marks"]), title)
        elif html is not None:
            yield _html_heading(texts, number, html)
        elif number > 0 and (match := _UNDERLINE.fullmatch(line)) is not None:
            level = _LEVELS.get(match["mark"], 3)
            yield from _underlined(texts, number - 1, level)


def _anchored(texts: Sequence[str], number: int) -> int:
    """Where a heading starts: at the anchor above it, a blank line between them or not."""
    above = number - 1
    if above > 0 and not texts[above].strip():
        above -= 1
    return above if above >= 0 and _ANCHOR.fullmatch(texts[above]) else number


def _html_heading(texts: Sequence[str], number: int, opening: re.Match[str]) -> FileHeading:
    """A heading of HTML, which may go on for some lines."""
    title, end = opening["title"], number + 1
    while _HTML_END.search(title) is None and end < len(texts) and texts[end].strip():
        title, end = f"{title} {texts[end]}", end + 1
    title = _HTML_END.split(title)[0]
    return FileHeading(number, end, int(opening["level"]), _undecorated(title))


def _underlined(texts: Sequence[str], number: int, level: int) -> Iterator[FileHeading]:
    """The heading whose text is the line ``number``, if that is a title and no paragraph's end."""
    above = texts[number - 1].strip() if number > 0 else ""
    if not texts[number].strip():
        return
    title = _undecorated(texts[number])
    if above == texts[number + 1].strip():
        yield FileHeading(number - 1, number + 2, level, title)
    elif not above or _ANCHOR.fullmatch(above):
        yield FileHeading(number - 1 if above else number, number + 2, level, title)


def _unmarked_headings(texts: Sequence[str], *, bold: bool) -> Iterator[FileHeading]:
    """Paragraphs of one line that are headings without markup; of ``bold`` ones alone."""
    for number, line in enumerate(texts):
        if line[:1].isspace() or (number and texts[number - 1].strip()):
            continue
        if bold and not _BOLD.fullmatch(line.strip()):
            continue
        heading = FileHeading(number, number + 1, 6 if bold else 1, _undecorated(line))
        version = _VERSION_TITLE.match(heading.title)
        is_version = version and _DATE_AT_MOST.fullmatch(
            heading.title[version.end() :].lstrip("*_")
        )
        if is_version or heading.title.lower().rstrip("*_: ") in _UNRELEASED_WORDS:
            yield heading


def _summaries(texts: Sequence[str]) -> Iterator[FileHeading]:
    """The summaries of details that name a version; each starts with the details."""
    for number, line in enumerate(texts):
        summary = _SUMMARY.fullmatch(line) if "<summary" in line.lower() else None
        if summary is None:
            continue
        is_below = number > 0 and texts[number - 1].strip().lower().startswith("<details")
        heading = FileHeading(number - is_below, number + 1, 6, _undecorated(summary["title"]))
        if heading.version:
            yield heading


def _undecorated(title: str) -> str:
    text = _DECORATION.sub("", title[:_LONGEST_TITLE]).strip()
    return text[start.end() :] if (start := _SYMBOLS_FIRST.match(text)) else text


def _outside_code(lines: Sequence[str]) -> Iterator[str]:
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
