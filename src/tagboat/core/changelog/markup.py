"""Markup: how a commit's text is written in each output format so that it stays text.

A line is made of plain text, code spans, addresses of web pages, mentions of people and references;
a longer text is made of paragraphs and closed code fences. Nobody sees the difference between what
a person wrote and what a terminal, a browser or a bidirectional override would make of it: such
characters are taken out first.

Whatever a message says, it can't open a heading, an image or HTML in the document it is put into,
it can't leave its place there, and it notifies nobody. Code spans and closed code fences are kept,
references become links of our own; lists and links of a person's are left to a format. `PlainText`
is the plainest format; the others replace what they write otherwise.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from tagboat.core.changelog.options import Tickets
from tagboat.core.changes.code_fences import code_spans, fences
from tagboat.core.changes.references import WEB_ADDRESS, Reference, reference_of, reference_source
from tagboat.core.escape import in_json
from tagboat.core.forge.kinds import FORGES
from tagboat.core.forge.links import Links, encoded

_LINE_END = re.compile("\r\n?|[\u0085\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb]"
)
_MARK = re.compile(r"[@:]|[#!][0-9]|www\.|(?:GH|gh)-[0-9]")
# In braces it is a word of another language: a placeholder, a tag of a comment.
_MENTION = r"(?P<mention>\{@\w[^{}`\n]*+\}|(?<![A-Za-z0-9_])(?:@\w(?:[\w./-]*\w)?)+)"
_EMPHASIS = re.compile(r"(?<![*_\\])(?:\*\*?|_)(?![*_])")  # __name__ is a name
_BLANK = ("", " ")
_MAY_OPEN_BEHIND = (*_BLANK, *"([{\"'")
_MAY_CLOSE_BEFORE = (*_BLANK, *".,;:!?)]}\"'")
# Few texts need these: left as text, they are compiled for the first that does.
_LIST_OR_FENCE = r"(?:[-*+>]|[0-9]{1,2}[.)])[ \t]|```|~~~"
_OPENING_END = rf"\n[ \t]*(?:\n|{_LIST_OR_FENCE})"
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_HTML_SPECIAL = re.compile("[&<>\"']")
_JSON = json.JSONEncoder(ensure_ascii=False)
_OF_JSON = (str, int, float, bool, type(None))
_SURROGATE = re.compile("[\ud800-\udfff]")


class Piece(NamedTuple):
    """A part of a line: ``kind`` is ``text``, ``code``, ``address``, ``mention`` or ``reference``.

    ``text`` is what was written, backticks included. ``markup`` is a part that a format has made.
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


def opening_of(text: str) -> str:
    """The sentences that a text begins with; empty where that is a list or code."""
    if re.match(_LIST_OR_FENCE, text):
        return ""
    end = re.search(_OPENING_END, text)
    return text if end is None else text[: end.start()]


def behind_opening(text: str, said: str) -> str:
    """A text, without its opening where that has the letters of what has been said."""
    opening = opening_of(text)
    return text[len(opening) :].strip("\n") if letters_of(opening) == said else text


def letters_of(text: str) -> str:
    """A text without blanks, case and the mark at its end, to tell whether two say the same."""
    return "".join(text.split()).casefold().rstrip(".:!")


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


def with_emphasis(found: list[Piece]) -> list[Piece]:
    """The parts of a line, the marks of emphasis that belong together as markup."""
    paired = _paired("".join(piece.text if piece.kind == "text" else "x" for piece in found))
    if not paired:
        return found
    out: list[Piece] = []
    start = 0
    for piece in found:
        is_text = piece.kind == "text"
        out += _divided(piece.text, start, paired) if is_text else [piece]
        start += len(piece.text) if is_text else 1
    return out


def _paired(line: str) -> set[int]:
    """Where marks of emphasis stand that belong together, whoever reads them.

    What is between two of them is whole: no mark there belongs to one outside.
    """
    opened: dict[str, int] = {}
    paired = set[int]()
    for mark in _EMPHASIS.finditer(line):
        start = mark.start()
        before, after = line[start - 1 : start], line[mark.end() : mark.end() + 1]
        opens = before in _MAY_OPEN_BEHIND and after not in (*_BLANK, "@")
        closes = after in _MAY_CLOSE_BEFORE and before not in _BLANK
        if opens and not closes:
            opened[mark[0]] = start
        elif closes and not opens and mark[0] in opened:
            first = opened[mark[0]]
            paired |= {first, start}
            opened = {text: at for text, at in opened.items() if at < first}
    return paired


def _divided(text: str, start: int, paired: set[int]) -> Iterator[Piece]:
    """Text that starts somewhere in its line, divided at marks of emphasis."""
    end = 0
    for mark in _EMPHASIS.finditer(text):
        if start + mark.start() in paired:
            if mark.start() > end:
                yield Piece("text", text[end : mark.start()])
            yield Piece("markup", mark[0])
            end = mark.end()
    if end < len(text):
        yield Piece("text", text[end:])


class Linker(NamedTuple):
    """Knows where references lead."""

    links: Links = Links()
    tickets: tuple[Tickets, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """The regular expressions of all tickets."""
        return tuple(ticket.pattern for ticket in self.tickets)

    def url(self, reference: Reference) -> str:
        """The address of what a reference names, or an empty text."""
        if reference.kind == "ticket":
            return self._ticket_url(reference.number)
        forge = FORGES.get(self.links.kind)
        if forge is None or (not forge.has_groups and reference.repository.count("/") > 1):
            return ""
        if reference.kind == "merge_request":
            at = self.links.pull_request if forge.has_merge_requests else None
        else:
            is_foreign = reference.text[:1] in "Gg" and not forge.has_gh
            at = None if is_foreign and not reference.repository else self.links.issue
        return at(reference.number, reference.repository) if at is not None else ""

    def _ticket_url(self, name: str) -> str:
        for ticket in self.tickets:
            if re.fullmatch(ticket.pattern, name) and ticket.url.startswith(("https:", "http:")):
                return ticket.url.replace("{}", encoded(name))
        return ""


class PlainText:
    """Plain text: cleaned, and nothing else."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self.tickets = linker.patterns
        self.is_linked = bool(linker.links.kind)

    def value(self, value: object) -> str:
        """What a template prints for any value: nothing for None, one line for a text."""
        return "" if value is None else self.line(str(value))

    def line(self, text: str) -> str:
        """Text as it stands in a line, at its start or after something else."""
        return one_line(text)

    def link(self, text: str, url: str) -> str:
        """Text that leads to an address; without an address, the text."""
        return f"{self.line(text)} <{url}>" if url else self.line(text)

    def paragraphs(self, text: str, indent: int) -> str:
        """A text of several paragraphs, a blank line between them, every line indented."""
        margin = " " * indent
        return "\n\n".join(
            "\n".join(margin + line if line.strip() else "" for line in self.block(block))
            for block in blocks(text)
        )

    def block(self, block: Block) -> Iterable[str]:
        """The lines of one paragraph or code fence."""
        return block.lines if block.is_code else map(self.line, block.lines)

    def pieces(self, line: str) -> list[Piece]:
        """The parts of a line."""
        return pieces(line, self.tickets)


class Html(PlainText):
    """HTML 5: https://html.spec.whatwg.org/."""

    def line(self, text: str) -> str:
        """Text with code spans as ``<code>`` and references as links."""
        return "".join(map(self._piece, self.pieces(one_line(text))))

    def link(self, text: str, url: str) -> str:
        """An ``<a>`` element; without an address, the text."""
        return f'<a href="{_html(url)}">{_html(one_line(text))}</a>' if url else self.line(text)

    def paragraphs(self, text: str, indent: int) -> str:
        """``<p>`` and ``<pre>`` elements; what is preformatted can't be indented."""
        margin = " " * indent
        return "\n".join(
            f"<pre><code>{_html(chr(10).join(block.lines))}</code></pre>"
            if block.is_code
            else f"{margin}<p>{self.line(' '.join(block.lines))}</p>"
            for block in blocks(text)
        )

    def _piece(self, piece: Piece) -> str:
        if piece.kind == "code":
            return f"<code>{_html(piece.text.strip('`').strip())}</code>"
        if piece.reference is not None and (url := self.linker.url(piece.reference)):
            return self.link(piece.text, url)
        return _html(piece.text)


class Json(PlainText):
    """JSON, RFC 8259: every value is printed as JSON, records as objects."""

    def value(self, value: object) -> str:
        """Any value as JSON on one line."""
        text = in_json(_JSON.encode(_json_value(value)))
        return text if text.isascii() else _SURROGATE.sub("\ufffd", text)

    def line(self, text: str) -> str:
        """A text as a JSON string, just as it was written."""
        return self.value(text)


def _html(text: str) -> str:
    return _HTML_SPECIAL.sub(lambda match: _HTML[match[0]], text)


def _json_value(value: object) -> object:
    """A value made of dicts, lists and what JSON has itself; any other object as its text."""
    kind = type(value)
    if kind in _OF_JSON:
        return value
    if (names := getattr(kind, "_fields", None)) is not None:
        return {
            name: item if type(item := getattr(value, name)) is str else _json_value(item)
            for name in names
        }
    if isinstance(value, Mapping):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_json_value(item) for item in value]
    return str(value)
