"""Formats of changelogs: a commit's text as readers of Markdown and reStructuredText show it.

Markdown: a commit's text as CommonMark 0.31.2 with GitHub's extensions shows it unchanged.

https://spec.commonmark.org/0.31.2/ and https://github.github.com/gfm/: tables, strikethrough, bare
addresses. What would mean something is escaped with a backslash; addresses and mentions become code
spans, since no backslash keeps a forge from linking the one and notifying the other.

reStructuredText: a commit's text as docutils shows it unchanged.

https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html. A backslash takes the meaning
from any character; before a blank it vanishes, which is how markup is set against a word.
"""

import re
from collections.abc import Iterable

from tagboat.core.changelog.markup import Block, Piece, PlainText, one_line

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

    def block(self, block: Block) -> Iterable[str]:
        """The lines of a paragraph, or a fence that its content can't close."""
        if block.is_code:
            return _fenced(block)
        return _with_breaks([self.line(line) for line in block.lines])

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
        if piece.kind == "code":
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


def _with_breaks(lines: list[str]) -> list[str]:
    """Lines of a paragraph, with a hard break before each that was meant as an item of a list."""
    for number in range(1, len(lines)):
        if _LIST_ITEM.match(lines[number]):
            lines[number - 1] += "\\"
    return lines


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
