"""reStructuredText: a commit's text as docutils shows it unchanged.

https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html. A backslash takes the meaning
from any character; before a blank it vanishes, which is how markup is set against a word.
"""

import re
from collections.abc import Iterable

from tagboat.core.changelog.markup import Block, Piece, PlainText, one_line

_SPECIAL = re.compile(r"[\\`*|<>@]|_(?![^\W_])|(?<![^\W_])_|:(?=\S|$)")
_WORDS = re.compile(r"[^\W_][^\\`*|_<>@:#!.)-]*")
_NEEDS_CARE = re.compile(r"[\\`*|_<>@:#!]|GH-|gh-|\s\s|\s$|^[^\w(]|^\(|^\w+[.)]|^\s")
_OPENS_BLOCK = re.compile(
    r"[!\"#$%&'()+,./:;=?@\[\]^{}~\-\u2010-\u2015\u2022\u2023\u2043]"
    r"|(?:[0-9]+|[A-Za-z]|[IVXLCDMivxlcdm]+)[.)](?:\s|$)"
)
_LOOKS_LIKE_A_RULE = re.compile(r"\\+")
_UNSAFE_CODE = re.compile(r"^[\s`]|[\s`\\]$|``")
_LANGUAGE = re.compile(r"[^\w+#.-]")


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
        if _OPENS_BLOCK.match(line):
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
        language = _LANGUAGE.sub("", block.language) or "text"
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
    if _WORDS.fullmatch(text) and "  " not in text and text[-1] != " ":
        return True
    return not _NEEDS_CARE.search(text)


def _backslashed(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _link_url(url: str) -> str:
    """An address whose last underscore does not make it a reference to a target's name."""
    return url.removesuffix("_") + r"\_" if url.endswith("_") else url


def _literal(code: str) -> str:
    """A code span as an inline literal; empty where a literal can't hold it."""
    mark = len(code) - len(code.lstrip("`"))
    content = code[mark:-mark].strip()
    return "" if not content or _UNSAFE_CODE.search(content) else f"``{content}``"
