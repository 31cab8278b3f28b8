"""Formats of changelogs: a commit's text as readers of Markdown and reStructuredText show it.

Markdown: a commit's text as CommonMark 0.31.2 with GitHub's extensions shows it unchanged.

https://spec.commonmark.org/0.31.2/ and https://github.github.com/gfm/: tables, strikethrough, bare
addresses. What would mean something is escaped with a backslash; addresses and mentions become code
spans, since no backslash keeps a forge from linking the one and notifying the other.

A text of several paragraphs, as a breaking note is, keeps what orders it for its reader: lists and
lists in them, emphasis whose marks belong together, links to web pages that say where they lead. It
is read here and written anew, so that nothing depends on how another reader takes what was meant.

reStructuredText: a commit's text as docutils shows it unchanged.

https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html. A backslash takes the meaning
from any character; before a blank it vanishes, which is how markup is set against a word.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tagboat.core.changelog.markup import Block, Piece, PlainText, blocks, one_line, with_emphasis
from tagboat.core.changes.code_fences import code_spans

_WORDS = re.compile(r"[^\W\d_][^\\`*_\[\]<>~|$@#!&:.-]*")
_NEEDS_CARE = re.compile(
    r"[\\`*_\[\]<>~|$@]|&[\w#]|://|www\.|mailto:|xmpp:"
    r"|\s\s|\s$|^[-+=:\s]|^#{1,6}(?:\s|$)|^[0-9]+[.)](?:\s|$)"
)
_MAY_BE_LINKED = re.compile(r"[#!][0-9]|(?:GH|gh)-[0-9]")
_SPECIAL = re.compile(r"[\\`*\[\]<>~|$]|&(?=#?\w{1,32};)|(?<!_)_++")
_OPENS_BLOCK = re.compile(
    r"(?:#{1,6}(?=\s|$)|[-+](?=\s|$)|-(?=[-\s]+$)|=(?==*\s*$)|:(?=:|-*:?\s*$)|-(?=-*:\s*$))"
)
_OPENS_NUMBERED = re.compile(r"[0-9]{1,9}(?=[.)](?:\s|$))")
_LIST_ITEM = re.compile(r"(?:\\[-+*]|[0-9]{1,9}\\[.)])(?:\s|$)")
_ITEM = re.compile(r"(?P<mark>[-*+]|(?P<number>[0-9]{1,2})[.)])[ \t]+(?P<text>\S.*)")
_MOST_LEVELS = 4
_BARE_PAGE = r"https?://(?:[^\s\0<>\[\]`\\$|@]|(?<=[A-Za-z0-9_])@|@(?!\w))+"
"""Regular expression source of an address that mentions nobody where it is shown."""
_WEB_PAGE = r"https?://(?:[^\s\0<>()\[\]`\\$|\"]|\([^\s\0<>()\[\]`\\$|\"]*\))+"
_LINK = re.compile(rf"(?<![!\\])\[(?P<label>[^\[\]]+)\]\((?P<url>{_WEB_PAGE})\)|<{_BARE_PAGE}>")
_WRAPPED_LINK = re.compile(r"(\[[^\[\]\n]+)\n[ \t]*(?![-*+] )([^\[\]\n]*\]\(https?://)")
_LANGUAGE = re.compile(r"[^\w+#.-]")
_BACKTICKS = re.compile("`{3,}")


class Markdown(PlainText):
    """Markdown as CommonMark and GitHub read it."""

    def line(self, text: str) -> str:
        """Text with code spans kept, references linked and everything else escaped."""
        if (text.isalnum() and not self.tickets) or self._is_plain(text):
            return text
        return _with_start(self._written(self.pieces(one_line(text))))

    def link(self, text: str, url: str) -> str:
        """An inline link; without an address, the text."""
        if not url:
            return self.line(text)
        label = text if text.lstrip("#!").isalnum() else _escaped(one_line(text))
        return f"[{label}]({url})"

    def paragraphs(self, text: str, indent: int) -> str:
        """A text of several paragraphs with its lists, emphasis, links and code fences."""
        margin = " " * indent
        lines = self._laid_out(blocks(text))
        return "\n".join(margin + line if line.strip() else "" for line in lines)

    def _laid_out(self, found: list[Block]) -> list[str]:
        """The lines of some blocks, a blank one between them."""
        layout = _Layout()
        for block in found:
            layout.open()
            if block.is_code:
                layout.put_fence(_fenced(block))
                continue
            for line in _WRAPPED_LINK.sub(r"\1 \2", "\n".join(block.lines)).split("\n"):
                layout.put(line, self._formatted)
        return layout.lines

    def _formatted(self, text: str) -> str:
        """A line of a longer text: what `line` keeps, emphasis, and links to web pages."""
        text = one_line(text)
        if self._is_plain(text):
            return text
        return _with_start(self._written(with_emphasis(list(self._with_links(text)))))

    def _with_links(self, text: str) -> Iterator[Piece]:
        """The parts of a line, the links to web pages as markup."""
        end = 0
        for link in _LINK.finditer(_code_hidden(text)):
            label = text[slice(*link.span("label"))]
            if not label or _may_be_label(label):
                yield from map(_as_link, self.pieces(text[end : link.start()]))
                target = f"[{self._label(label)}]({link['url']})" if label else link[0]
                yield Piece("markup", target)
                end = link.end()
        yield from map(_as_link, self.pieces(text[end:]))

    def _label(self, text: str) -> str:
        """The text of a link, in which there is no other link."""
        found = (
            piece if piece.reference is None else Piece("text", piece.text)
            for piece in self.pieces(text)
        )
        return self._written(list(found))

    def _is_plain(self, text: str) -> bool:
        """Whether a text needs no care at all, as most do; a no is not sure."""
        if self.tickets or not text.isprintable():
            return False
        is_linked = self.is_linked
        if not is_linked and text.lstrip("#!").isalnum():
            return True
        if _WORDS.fullmatch(text) and "  " not in text and text[-1] != " ":
            return True
        if is_linked and _MAY_BE_LINKED.search(text):
            return False
        return not _NEEDS_CARE.search(text)

    def _written(self, found: list[Piece]) -> str:
        out = [""]
        for piece in found:
            part = self._piece(piece)
            if part[0] == "`" and out[-1].endswith("`"):
                out.append(" ")  # two runs of backticks would become one
            elif part[0] == "[" and out[-1].endswith("!"):
                out[-1] = out[-1][:-1] + r"\!"  # the link would become an image
            out.append(part)
        return "".join(out)

    def _piece(self, piece: Piece) -> str:
        if piece.kind in ("code", "markup"):
            return piece.text
        if piece.kind in ("address", "mention"):
            return f"`{piece.text}`"
        if piece.reference is not None and (url := self.linker.url(piece.reference)):
            return self.link(piece.text, url)
        return _escaped(piece.text)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    """A backslash before each character, save for underscores inside a word."""
    mark = match[0]
    if mark[0] == "_":
        text, start, end = match.string, match.start(), match.end()
        before, after = text[start - 1 : start], text[end : end + 1]
        if before.isalnum() and after.isalnum():
            return mark
        return r"\_" * len(mark)
    return "\\" + mark


def _with_start(line: str) -> str:
    """A line that opens no heading, list, table or rule."""
    if _OPENS_BLOCK.match(line):
        return "\\" + line
    number = _OPENS_NUMBERED.match(line)
    return line if number is None else f"{number[0]}\\{line[number.end() :]}"


def _code_hidden(text: str) -> str:
    """A line in which nothing is found inside a code span."""
    parts: list[str] = []
    end = 0
    for start, stop in code_spans(text) if "](" in text or "<h" in text else ():
        parts += (text[end:start], "\0" * (stop - start))
        end = stop
    return "".join((*parts, text[end:]))


def _may_be_label(text: str) -> bool:
    """Whether a link may have this text: it names no address, which may be another."""
    return bool(text.strip()) and "://" not in text and "www." not in text


def _as_link(piece: Piece) -> Piece:
    """An address of a web page as a link."""
    is_page = piece.kind == "address" and re.fullmatch(_BARE_PAGE, piece.text)
    return Piece("markup", f"<{piece.text}>") if is_page else piece


class _OpenItem(NamedTuple):
    """An item of a list: where its mark stood, where its text is written, whether it has a number.

    Places are counted from the margin.
    """

    indent: int
    inside: int
    is_numbered: bool


class _Layout:
    """The lines of a longer text as they are written, and the items that are open."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._items: list[_OpenItem] = []
        self._is_first = True

    @property
    def _inside(self) -> int:
        return self._items[-1].inside if self._items else 0

    def open(self) -> None:
        """Begin a paragraph or a fence."""
        if self.lines:
            self.lines.append("")
        self._is_first = True

    def put_fence(self, lines: list[str]) -> None:
        """Add a code fence, which ends every list."""
        self._items.clear()
        self.lines += lines

    def put(self, line: str, formatted: Callable[[str], str]) -> None:
        """Add a line of a paragraph: an item, or text of what is open."""
        text = line.lstrip(" \t")
        indent = len(line[: len(line) - len(text)].expandtabs(4))
        item = _ITEM.fullmatch(text.rstrip())
        if item is not None and self._may_begin(item["number"]):
            self._put_item(indent, item["number"], formatted(item["text"]))
        else:
            if self._is_first:
                self._close(indent)
            self._put_text(formatted(text))
        self._is_first = False

    def _may_begin(self, number: str | None) -> bool:
        """Whether an item begins here; a number may stand at the start of a line by chance."""
        is_counted = number in (None, "1") or any(item.is_numbered for item in self._items)
        return self._is_first or is_counted

    def _put_item(self, indent: int, number: str | None, text: str) -> None:
        before = self._close(indent)
        if len(self._items) == _MOST_LEVELS:
            before = self._items.pop()
        inside = self._inside
        follows = before.is_numbered if before is not None else False
        is_apart = number not in (None, "1") and not follows
        if self.lines and self.lines[-1] and (is_apart or not (before or self._items)):
            self.lines.append("")
        mark = "-" if number is None else f"{int(number)}."
        self.lines.append(f"{' ' * inside}{mark} {text}")
        self._items.append(_OpenItem(indent, inside + len(mark) + 1, number is not None))

    def _put_text(self, text: str) -> None:
        if self.lines and self.lines[-1] and _LIST_ITEM.match(text):
            self.lines[-1] += "\\"  # what was meant as an item keeps its line
        self.lines.append(" " * self._inside + text)

    def _close(self, indent: int) -> _OpenItem | None:
        """End the items that something does not belong to; the outermost of them."""
        ended = None
        while self._items and indent < self._items[-1].indent + 2:
            ended = self._items.pop()
        return ended


def _fenced(block: Block) -> list[str]:
    """A code fence longer than any run of backticks in it."""
    runs = (len(run) for line in block.lines for run in _BACKTICKS.findall(line))
    fence = "`" * (max(runs, default=2) + 1)
    return [fence + _LANGUAGE.sub("", block.language), *block.lines, fence]


_RST_SPECIAL = re.compile(r"[\\`*|<>@]|_(?![^\W_])|(?<![^\W_])_|:(?=\S|$)")
_RST_WORDS = re.compile(r"[^\W_][^\\`*|_<>@:#!.)-]*")
_RST_NEEDS_CARE = re.compile(r"[\\`*|_<>@:#!]|GH-|gh-|\s\s|\s$|^[^\w(]|^\(|^\w+[.)]|^\s")
_RST_OPENS_BLOCK = re.compile(
    r"[!\"#$%&'()+,./:;=?@\[\]^{}~\-\u2010-\u2015\u2022\u2023\u2043]"
    r"|(?:[0-9]+|[A-Za-z]|[IVXLCDMivxlcdm]+)[.)](?:\s|$)"
)
_LOOKS_LIKE_A_RULE = re.compile(r"\\+")
_UNSAFE_CODE = re.compile(r"^[\s`]|[\s`\\]$|``")
_RST_LANGUAGE = re.compile(r"[^\w+#.-]")


class RestructuredText(PlainText):
    """reStructuredText as docutils reads it."""

    def line(self, text: str) -> str:
        """Text with code spans as literals, references linked and everything else escaped."""
        if not self.tickets and _is_plain(text):
            return text
        found = self.pieces(one_line(text))
        texts = ["", *(piece.text for piece in found), ""]
        line = "".join(
            self._piece(piece, texts[number][-1:], texts[number + 2][:1])
            for number, piece in enumerate(found)
        )
        if _RST_OPENS_BLOCK.match(line):
            return "\\" + line
        return "\\ " + line if _LOOKS_LIKE_A_RULE.fullmatch(line) else line

    def link(self, text: str, url: str) -> str:
        """An anonymous hyperlink; without an address, the text."""
        if not url:
            return self.line(text)
        label = text if text.lstrip("#!").isalnum() else _backslashed(one_line(text))
        return f"`{label} <{_link_url(url)}>`__"

    def block(self, block: Block) -> Iterable[str]:
        """The lines of a paragraph, or of a directive whose content is indented below it."""
        if not block.is_code:
            return map(self.line, block.lines)
        if not any(line.strip() for line in block.lines):
            return ()
        language = _RST_LANGUAGE.sub("", block.language) or "text"
        return [f".. code-block:: {language}", "", *(f"    {line}" for line in block.lines)]

    def _piece(self, piece: Piece, before: str, after: str) -> str:
        """One piece, set against the characters before and after it where it is markup."""
        markup = ""
        if piece.kind == "code":
            markup = _literal(piece.text)
        elif piece.reference is not None and (url := self.linker.url(piece.reference)):
            markup = self.link(piece.text, url)
        if not markup:
            return _backslashed(piece.text)
        start = "" if before in ("", " ") else r"\ "
        return start + markup + ("" if after in ("", " ") else r"\ ")


def _is_plain(text: str) -> bool:
    """Whether a text needs no care at all, as most do; a no is not sure."""
    if not text.isprintable():
        return False
    if _RST_WORDS.fullmatch(text) and "  " not in text and text[-1] != " ":
        return True
    return not _RST_NEEDS_CARE.search(text)


def _backslashed(text: str) -> str:
    return _RST_SPECIAL.sub(r"\\\g<0>", text)


def _link_url(url: str) -> str:
    """An address whose last underscore does not make it a reference to a target's name."""
    return url.removesuffix("_") + r"\_" if url.endswith("_") else url


def _literal(code: str) -> str:
    """A code span as an inline literal; empty where a literal can't hold it."""
    mark = len(code) - len(code.lstrip("`"))
    content = code[mark:-mark].strip()
    return "" if not content or _UNSAFE_CODE.search(content) else f"``{content}``"
