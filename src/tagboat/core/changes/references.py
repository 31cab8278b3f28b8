"""References: what a commit message says about issues, pull requests and people.

Read are ``#12``, ``owner/repo#12``, ``GH-12``, GitLab's ``!12``, tickets of other trackers by
pattern (``JIRA-123``), the words that forges close issues by, and ``Refs``. Code spans, code
fences, quotations, HTML blocks that quote and addresses of web pages are passed over, and so are
``&#39;`` and colours such as ``#123abc``.

Every pattern starts where a run of its characters starts, so reading is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from tagboat.core.changes.code_fences import code_spans, fences, html_blocks
from tagboat.core.changes.message import NOTHING, Message, MessageBody

WEB_ADDRESS = (
    r"(?P<address>(?:(?<![\w+.-])(?:[A-Za-z][A-Za-z0-9+.-]{0,30}://|(?:mailto|xmpp):)"
    r"|(?<![^\W_])(?<![+.-])www\.|(?<![A-Za-z])(?i:https?|ftp)://)"
    r"(?:[^\s<>`]*[^\s<>`.,;:!?'\"()\[\]{}*_~])?)"
)
"""Regular expression source of an address in running text, without the punctuation behind it.

What GitHub links behind any sign that is no letter is one, and what begins one where nothing is.
"""

_FORGE = (
    r"(?P<forge>(?:(?<![\w./-])(?P<repository>[\w.-]++(?:/[\w.-]++)+)|(?<![\w./#&!-]))"
    r"(?P<mark>[#!])(?P<number>[0-9]{1,18})(?![\w@]|\.[0-9])"
    r"|(?<![\w./-])(?:GH|gh)-(?P<gh>[0-9]{1,18})(?![\w@]))"
)
_KEYWORD = (
    r"(?P<keyword>(?<![\w-])(?i:(?P<closes>close[sd]?|closing|fix(?:e[sd]|ing)?"
    r"|resolve[sd]?|resolving|implement(?:s|ed|ing)?)|refs?|references?)(?![\w-]))"
)
_MARK = re.compile(r"[#!][0-9]|(?:GH|gh)-[0-9]")
_ALONE = re.compile(
    rf"{_KEYWORD}(?::[ \t]{{0,4}}|[ \t]{{1,4}})(?P<mark>[#!])(?P<number>[0-9]{{1,18}})"
)
_AFTER_KEYWORD = re.compile(r":?[ \t]{0,4}")
_AFTER_REFERENCE = re.compile(r"[ \t]{0,4}(?:,|and|&|,[ \t]{0,4}and)[ \t]{0,4}\n?[ \t]{0,4}")
_NUMBER = re.compile(r"\((?P<text>(?:[\w.-]++(?:/[\w.-]++)+)?[#!][0-9]{1,18})\)")
_LONGEST_GAP = 16


class Reference(NamedTuple):
    """One thing a message refers to.

    ``kind`` is ``issue`` (which may turn out to be a pull request: forges number both alike),
    ``merge_request`` (GitLab's ``!12``) or ``ticket`` (found by a pattern). ``text`` is how it was
    written, ``number`` what identifies it, ``repository`` is empty where it is the same one.
    ``action`` is ``closes``, ``refs`` or empty.
    """

    kind: str
    text: str
    number: str
    repository: str = ""
    action: str = ""


class Person(NamedTuple):
    """A name and an e-mail address, either of which may be empty."""

    name: str
    email: str


def references(
    title: str, rest: MessageBody = NOTHING, tickets: tuple[str, ...] = ()
) -> tuple[Reference, ...]:
    """Everything a message refers to, each once, in the order of first mention.

    The pull request at the end of a title is no such thing: take it off before. ``tickets`` are
    regular expressions for the names of other trackers' tickets. What is closed anywhere counts as
    closed.
    """
    found: dict[tuple[str, str, str], Reference] = {}
    for text in (title, rest.text):
        for reference in _in_text(text, tickets):
            key = (reference.kind, reference.repository, reference.number)
            if key not in found or reference.action == "closes":
                found[key] = reference
    return tuple(found.values())


def without_pull_request(title: str) -> tuple[str, str]:
    """A title without the ``(#12)`` a forge appends, and what was taken off (or an empty text)."""
    if not title.endswith(")"):
        return title, ""
    start = title.rfind("(")
    match = _NUMBER.fullmatch(title, start)
    return (title, "") if match is None else (title[:start].rstrip(), match["text"])


def co_authors(message: Message) -> tuple[Person, ...]:
    """The people named in ``Co-authored-by`` trailers, each address once, in order."""
    found: dict[str, Person] = {}
    for footer in message.footers:
        if footer.token.lower() == "co-authored-by":
            person = _person(footer.value)
            found.setdefault(person.email.lower() or person.name, person)
    return tuple(person for person in found.values() if any(person))


def reference_source(tickets: tuple[str, ...]) -> str:
    """Regular expression source of one reference; `reference_of` reads its matches."""
    if not tickets:
        return _FORGE
    either = "|".join(f"(?:{ticket})" for ticket in tickets)
    return rf"{_FORGE}|(?P<ticket>(?<![\w-])(?:{either})(?![\w@-]))"


def reference_of(match: re.Match[str], action: str = "") -> Reference:
    """The reference that a match of `reference_source` is."""
    groups = match.groupdict()
    text = match[0]
    if groups.get("ticket") is not None:
        return Reference("ticket", text, text, "", action)
    if groups["gh"] is not None:
        return Reference("issue", text, groups["gh"], "", action)
    kind = "issue" if groups["mark"] == "#" else "merge_request"
    return Reference(kind, text, groups["number"], groups["repository"] or "", action)


def _in_text(text: str, tickets: tuple[str, ...]) -> Iterable[Reference]:
    """The references of one text; most texts have none, or one on a line of its own."""
    if not tickets:
        first = _first_number(text)
        if first is None:
            return ()
        if (alone := _alone(text, first)) is not None:
            return (alone,)
    return _governed(_prose(text), tickets)


def _first_number(text: str) -> re.Match[str] | None:
    """The first part of a text that could be a reference by number."""
    if "#" in text or "!" in text or "GH-" in text or "gh-" in text:
        return _MARK.search(text)
    return None


def _alone(text: str, first: re.Match[str]) -> Reference | None:
    """The one reference of a text, where it has a line of its own with the word that governs it."""
    if "`" in text or "~" in text or _MARK.search(text, first.end()):
        return None
    start, end = text.rfind("\n", 0, first.start()) + 1, text.find("\n", first.end())
    match = _ALONE.fullmatch(text, start, end if end >= 0 else len(text))
    if match is None:
        return None
    closes, mark, number = match.group("closes", "mark", "number")
    kind = "issue" if mark == "#" else "merge_request"
    return Reference(kind, mark + number, number, "", "closes" if closes else "refs")


def _governed(prose: str, tickets: tuple[str, ...]) -> Iterator[Reference]:
    """The references of a text without code, with the word that governs each."""
    action, end, gap = "", 0, _AFTER_KEYWORD
    for match in _scanner(tickets).finditer(prose):
        if match["keyword"] is not None:
            action, gap = "closes" if match["closes"] else "refs", _AFTER_KEYWORD
        elif match["address"] is not None:
            action = ""
        else:
            between = prose[end : match.start()]
            if len(between) > _LONGEST_GAP or not gap.fullmatch(between):
                action = ""
            yield reference_of(match, action)
            gap = _AFTER_REFERENCE
        end = match.end()


@cache
def _scanner(tickets: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{WEB_ADDRESS}|{reference_source(tickets)}|{_KEYWORD}")


def _prose(text: str) -> str:
    """The text with code and quotations blanked out."""
    if "`" not in text and "~" not in text and ">" not in text:
        return text
    lines = ["" if line.startswith(">") else line for line in text.split("\n")]
    for fence in fences(lines):
        lines[fence.opener : fence.closer + 1] = [""] * (fence.closer + 1 - fence.opener)
    text = _without_html_blocks("\n".join(lines))
    return "\n".join(map(_without_code, text.split("\n")))


def _without_html_blocks(text: str) -> str:
    """The text without the HTML blocks that quote."""
    parts: list[str] = []
    end = 0
    for start, stop in html_blocks(text):
        parts.append(text[end:start])
        end = stop
    return "".join((*parts, text[end:]))


def _without_code(line: str) -> str:
    """One line with a stroke in place of each code span."""
    parts: list[str] = []
    end = 0
    for start, stop in code_spans(line):
        parts += (line[end:start], "|")
        end = stop
    return "".join((*parts, line[end:]))


def _person(text: str) -> Person:
    """Read ``Name <address>``; the address is what stands last in such brackets."""
    name, found, rest = text.rpartition("<")
    return Person(name.strip(), rest.partition(">")[0].strip()) if found else Person(rest, "")
