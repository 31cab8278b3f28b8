"""Places in texts without a grammar of their own: source files, prose, and files of one version.

A variable is recognised by how it is given its value, in the ways that the usual languages have:

    __version__ = "1.2.3"                version: "1.2.3",         #define VERSION "1.2.3"
    const VERSION: &str = "1.2.3";       version => '1.2.3'        ENV VERSION 1.2.3
    VERSION := 1.2.3                     version '1.2.3'           project(app VERSION 1.2.3)
"""

import re
from collections.abc import Iterator

from tagboat.core.version.pep440 import WRITTEN, read_version
from tagboat.core.version.version import quoted
from tagboat.core.version_files.formats.key import TextSpan, TextSpanError, without_mark

PLACEHOLDER = "{version}"
MARKERS = ("x-tagboat-version", "x-release-please-version")
"""What a line may say, in a comment, that holds the version."""

# Behind the name: an operator, perhaps after a type (`: str =`, ` string =`, `[] =`).
_OPERATOR = r"""
    (?: (?:\[\])? (?:[ \t]+\w+)? [ \t]* (?: : [^=\n"'`]{0,80} = | [:?+]?= | => | : ) (?![=>]) )
"""
# Without an operator the name has to stand where a declaration does.
_DECLARATION = r"""
    (?: ^ [ \t]* (?: \#[ \t]*define[ \t]+ | (?i:env|arg|label|export)[ \t]+
                   | (?i:set)[ \t]*\([ \t]* | (?i:project)[ \t]*\([^()\n]*[ \t] | @ )? )
"""
_BLANK = r"""(?= [ \t]+ ["'`]? [vV]? [0-9] )"""
_VALUE = r"""
    [ \t]* (?: [A-Za-z]? (?P<quote>["'`]) (?P<quoted>[^"'`\n]*) (?P=quote)
             | (?P<bare>[^\s"'`,;(){}\[\]\\\#<>]+) )
"""
_COMMENTS = ("//", "--", "*", "/*", ";", "%", "<!--", "#")
_DEFINE = re.compile(r"#[ \t]*define\b")
_WORD = r"[0-9A-Za-z_]"


def whole_text(text: str) -> TextSpan:
    """The version of a file that holds nothing else but blanks and line ends around it.

    Raises TextSpanError where it is empty or has several lines.
    """
    body, offset = without_mark(text)
    value = body.strip()
    if not value:
        raise TextSpanError("it is empty", "write the version into it")
    if "\n" in value or "\r" in value:
        raise TextSpanError(
            "it holds more than a version", "say where in it the version stands: PATH:KEY"
        )
    start = body.index(value) + offset
    return TextSpan(start, start + len(value), value)


def find_marked(text: str, marker: str) -> tuple[TextSpan, ...]:
    """The versions on the lines that a marker names, in a comment or anywhere.

    `x-release-please-version` names its own line, or with `x-release-please-start-version` all up
    to `x-release-please-end`. Raises TextSpanError where no such line holds a version.
    """
    begin, end = marker.replace("-version", "-start-version"), marker.replace("-version", "-end")
    places: list[TextSpan] = []
    at, is_inside = 0, False
    for line in text.splitlines(keepends=True):
        is_inside = (is_inside or begin in line) and end not in line
        found = re.search(rf"(?<!{_WORD}){WRITTEN}", line)
        if found and (is_inside or marker in line):
            places.append(TextSpan(at + found.start(), at + found.end(), found.group()))
        at += len(line)
    if not places:
        raise TextSpanError(
            f"no line with {marker} holds a version", "write that into a comment on its line"
        )
    return tuple(places)


def find_variable(text: str, name: str) -> TextSpan:
    """The version that a variable is given.

    Values that are no version don't count, nor do comments unless the version stands nowhere else.
    Raises TextSpanError where there is no such value, or more than one.
    """
    found = list(_assignments(text, name))
    versions = [place for place in found if read_version(place.value) is not None]
    code = [place for place in versions if not _is_comment(text, place)]
    match code or versions:
        case [place]:
            return place
        case []:
            raise _no_variable(name, found)
        case several:
            lines = ", ".join(str(text.count("\n", 0, place.start) + 1) for place in several)
            raise TextSpanError(
                f"{quoted(name)} is given a version on lines {lines}",
                "say which is meant with the text around it: PATH:some text {version}",
            )


def find_pattern(text: str, pattern: str) -> tuple[TextSpan, ...]:
    """Every version in a text that stands as a pattern says, where `{version}` stands for it.

    Everything else in the pattern means itself. It does not begin within a word, and a version does
    not end within one. Raises TextSpanError where it occurs nowhere.
    """
    form = re.compile(_pattern_source(pattern))
    places = tuple(
        TextSpan(*match.span(group), match[group])
        for match in form.finditer(text)
        for group in range(1, form.groups + 1)
    )
    if not places:
        raise TextSpanError(
            f"{quoted(pattern)} occurs nowhere, with a version where it says {PLACEHOLDER}"
        )
    return places


def _assignments(text: str, name: str) -> Iterator[TextSpan]:
    """Every value that a variable is given."""
    word = rf"""(?<![\w.-]) (?P<around>["'`]?) {re.escape(name)} (?P=around)"""
    form = rf"(?:{_DECLARATION} {re.escape(name)} {_BLANK} | {word} {_OPERATOR}) {_VALUE}"
    for match in re.finditer(form, text, re.VERBOSE | re.MULTILINE):
        group = "bare" if match["quote"] is None else "quoted"
        yield TextSpan(*match.span(group), match[group])


def _is_comment(text: str, place: TextSpan) -> bool:
    """Whether a place stands on a line that starts a comment in one of the usual ways."""
    line = text[text.rfind("\n", 0, place.start) + 1 : place.start].lstrip()
    return line.startswith(_COMMENTS) and _DEFINE.match(line) is None


def _no_variable(name: str, found: list[TextSpan]) -> TextSpanError:
    if not found:
        return TextSpanError(
            f"there is no variable {quoted(name)} that is given a value",
            "show the text around the version: PATH:some text {version}",
        )
    return TextSpanError(
        f"{quoted(name)} is {quoted(found[0].value)}, which is no version",
        "write a version such as 1.2.3 there",
    )


def _pattern_source(pattern: str) -> str:
    """A pattern as a regular expression with one group for each version."""
    first, *others = pattern.split(PLACEHOLDER)
    source = rf"(?<!{_WORD})" if re.match(_WORD, first) else ""
    source += re.escape(first) if first else r"(?<![0-9A-Za-z.+-])"
    for literal in others:
        source += f"({WRITTEN})"
        source += re.escape(literal) if literal else rf"(?!{_WORD}|[.+-][0-9A-Za-z])"
    return source
