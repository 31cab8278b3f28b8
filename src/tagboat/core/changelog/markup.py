"""Markup: how a commit's text is written in each output format so that it stays text.

Whatever a message says, it can't open a heading, a list, a link, an image or HTML in the document
it is put into, and it notifies nobody. Code spans and closed code fences are kept, references
become links of our own. `PlainText` is the plainest format; the others replace what they write
otherwise.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagboat.core.changelog.inline import Block, Piece, blocks, one_line, pieces
from tagboat.core.changes.references import Reference
from tagboat.core.escape import in_json
from tagboat.core.forge.kinds import FORGES
from tagboat.core.forge.links import Links, encoded

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_HTML_SPECIAL = re.compile("[&<>\"']")
_JSON = json.JSONEncoder(ensure_ascii=False)
_OF_JSON = (str, int, float, bool, type(None))
_SURROGATE = re.compile("[\ud800-\udfff]")


class Tickets(NamedTuple):
    """Another tracker's tickets: a regular expression for their names, and where they can be seen.

    ``{}`` in ``url`` stands for the name; without an http(s) ``url`` they are not linked.
    """

    pattern: str
    url: str = ""


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
