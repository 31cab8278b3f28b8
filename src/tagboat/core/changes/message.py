"""The anatomy of a commit message: header, body, footers.

Follows Conventional Commits 1.0.0 (https://www.conventionalcommits.org/en/v1.0.0/), items 8-13 and
16, with the boundaries made exact: footers start at the first line that opens with a breaking token
(or at the paragraph that it ends, if that is all footers), otherwise at the last paragraph if each
of its lines is a footer or the indented continuation of one. Nothing inside a quotation (``> ``), a
closed code fence or an HTML block that quotes is ever a footer: while footers are looked for, such
a block is one line, its line ends written as CR, which no text has once its own line ends are LF.

Matching is linear in the length of the message: a repeated part never gives back what its
successor could begin with. It is also quick: whole messages are searched, never line by line.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import ClassVar, NamedTuple

from tagboat.core.commits.commit import BEFORE_TITLE

BLANKS = " \t\n\r\v\f"
# The Angular convention's types, the ones most projects use.
KNOWN_TYPES = (
    *("feat", "feature", "fix", "docs", "style", "refactor"),
    *("perf", "test", "build", "ci", "chore", "revert"),
)
KNOWN_HEADER = rf"(?i:{'|'.join(KNOWN_TYPES)})(?:\([^()\r\n]++\))?!?:[^\S\r\n]++\S"
"""Regular expression source of how a header with a known type begins."""
_BREAKING_TOKENS = ("BREAKING CHANGE", "BREAKING-CHANGE")
_KEY = r"(?:BREAKING[ -]CHANGE|[A-Za-z0-9][A-Za-z0-9-]*+)"
_END = r"(?:(: | #)|(?<=^BREAKING[ -]CHANGE):(?:[^\S\r\n ]|[ \t\v\f]*$))"
_FOOTER = re.compile(rf"(?m)^({_KEY}){_END}")
_NEITHER_FOOTER_NOR_CONTINUED = re.compile(rf"(?m)^(?!{_KEY}{_END}|[ \t])")
_TO_LAST_BLANK_LINE = re.compile(r"(?:(?s:.*)\n)?[ \t\v\f]*\n")
# Few messages need these: left as text, they are compiled for the first that does.
_LINE_END = r"(?<!\r)\r++\n"
_ON_ONE_LINE = r"[^\n\r]*\r[^\n]*"
_BREAKING = rf"(?m)^BREAKING[ -]CHANGE{_END}"
_FENCED = (
    rf"(?m)^(?:{_KEY}(?:: | #))?[ \t\v\f]*(`{{3,}}+(?=[^`\n]*$)|~{{3,}}+)"
    r"(?:(?s:.*?)\n[ \t\v\f]*\1[`~]*[ \t\v\f]*$(?P<closed>)|(?s:.*))"
)
_NEAR_WORDS = r"breaking(?:[ \t_-]{0,2}changes?)?|bc[ _-]breaks?"
_NEAR_NOTE = (
    r"(?im)^(?P<before>[^\w\n\r>]{0,8}(?:[0-9]{1,2}[.)][ \t]|x\][^\w\n\r>]{1,4}(?:(?:this|it)\b"
    r"[\w \t]{0,20}? (?:is|has|contains|includes|introduces|makes) (?:an? )?)?)?)"
    r"(?P<words>breaking(?:[ \t_-]{0,2}changes?\b|(?=[*_`]*+[ \t]*+(?:[:\uff1a]|$)))"
    r"|bc[ _-]breaks?\b)[*_`]*+[ \t]*+"
    r"(?P<mark>[:\uff1a#]|[-\u2013\u2014](?=\s))?[*_`]*+[ \t]*+(?P<text>[^\n\r]*)"
)
# The token inside a line, and with letters that changed places.
_INNER_NOTE = (
    r"(?m)^(?P<before>[^\n\r>`\"'\u201c]{1,80}[ \t(*])(?P<words>BREAKING[ -]CHANGES?)"
    r"(?P<mark>[:\uff1a])[ \t]++(?P<text>[^\n\r]++)"
)
_MISSPELLED_NOTE = (
    r"(?m)^(?P<before>[^\w\n\r>]{0,8})(?P<words>B[REAKING]{5,8}[ _-]C[HANCGE]{4,6}S?)"
    r"(?P<mark>[:\uff1a])[ \t]++(?P<text>[^\n\r]++)"
)
_NEAR_TITLE = (
    rf"(?i)(?<!\S)[\[(\u3010][^\w()\[\]]*(?:{_NEAR_WORDS})[^\w()\[\]]*[\])\u3011](?!\w)"
    rf"|^(?:[^:]*:[ \t]+)?[^\w:]{{0,4}}(?:{_NEAR_WORDS})"
    r"(?:[ \t]*[:\uff1a]|[ \t]+[-\u2013\u2014][ \t])"
    "|^(?:\U0001f4a5|:boom:)"
)
# What no breaking note holds: a rule, a header that is listed, a line of a forge or of git, HTML.
_NOTE_END = (
    rf"(?m)(?<=\n)(?:-{{3,}}+[ \t]*$|[*-] {KNOWN_HEADER}|\(cherry picked from commit "
    r"|(?:See merge request|Related work items:|Differential Revision:) \S+.*$"
    r"|<(?:!--|/?(?i:details|summary|blockquote|pre|table|ul|ol|hr|h[1-6]|p|div|img|br)\b))"
)
# A forge lists the commits it squashes as blocks, each below a blank line and opened by its title.
_OPENS_WITH_COMMIT = r"[^\n]*+\n\s*+(?<=\n)\* \S[^\n]*+\n(?!\* )"
_PARAGRAPH = r"(?m)(?:^[^\S\n]*+\S[^\n]*+\n?)+"


def with_line_feeds(text: str) -> str:
    """The text with every line end as LF."""
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    return unfolded(re.sub(_LINE_END, "\n", text) if "\r\n" in text else text)


def normalized(text: str) -> str:
    """The message with every line end as LF and the blanks around it removed."""
    text = with_line_feeds(text) if "\r" in text else text
    return text.lstrip(BEFORE_TITLE).rstrip(BLANKS)


def unfolded(text: str) -> str:
    """A part of a folded message as it was."""
    return text.replace("\r", "\n")


class Footer(NamedTuple):
    """A footer: ``token`` as written, ``separator`` (``": "`` or ``" #"``) and its ``value``."""

    token: str
    separator: str
    value: str


class MessageBody:
    """What follows a header: body and footers, told apart when one of them is first asked for.

    Most commits of a history are read for their header alone: of the others nothing is kept but
    the normalized ``message``, which is a copy only where that changes it.
    """

    __slots__ = ("_folded", "_parts", "message")
    _is_listed: ClassVar[bool] = False

    def __init__(self, text: str) -> None:
        self.message = normalized(text)
        self._folded: str | None = None
        self._parts: tuple[str, list[str]] | None = None

    @property
    def header(self) -> str:
        """The header that it follows."""
        text = self.message
        end = text.find("\n")
        return text if end < 0 else text[:end].rstrip(BLANKS)

    @property
    def folded_message(self) -> str:
        """The message with each block of its body that quotes on one line, by CR."""
        if self._folded is None:
            self._folded = _folded(self.message)
        return self._folded

    @property
    def body(self) -> str:
        """The body, without the blank lines around it; an empty text where there is none."""
        return self._told_apart()[0]

    @property
    def footers(self) -> tuple[Footer, ...]:
        """The footers at the end, in order."""
        parts = self._told_apart()[1]
        separators = [separator or ": " for separator in parts[2::3]]
        return tuple(map(_footer, zip(parts[1::3], separators, _values_in(parts), strict=True)))

    @property
    def text(self) -> str:
        """All of it as it was written."""
        return self.message.partition("\n")[2]

    @property
    def breaking_notes(self) -> tuple[str, ...]:
        """The texts of the breaking-change notes, in order, each with all its paragraphs."""
        if "BREAKING" not in self.message:
            return ()
        parts = self._told_apart()[1]
        found = zip(parts[1::3], parts[3::3], strict=True)
        lists_commits = self._is_listed or re.match(_OPENS_WITH_COMMIT, self.message)
        ended = _note_in_list if lists_commits else _note
        notes = [ended(text.strip(BLANKS)) for token, text in found if token in _BREAKING_TOKENS]
        return tuple(filter(None, notes))

    def _told_apart(self) -> tuple[str, list[str]]:
        """The body, and the footers as they were split: each is three texts, after a first one."""
        if self._parts is None:
            text = self.text
            if _may_quote(text) and _FOOTER.search(text):  # folding takes longer than looking
                text = self.folded_message.partition("\n")[2]
            start = _footers_start(text)
            self._parts = _trimmed(text[:start]), _FOOTER.split(text[start:])
        return self._parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MessageBody) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        return f"Rest{self._content()}"

    def _content(self) -> tuple[str, tuple[Footer, ...]]:
        return self.body, self.footers


class ListedMessageBody(MessageBody):
    """What follows a header in a list of squashed commits: it may run on into the next of them."""

    __slots__ = ()
    _is_listed = True


NOTHING = MessageBody("")


class Message(NamedTuple):
    """A commit message taken apart."""

    header: str
    rest: MessageBody

    @property
    def body(self) -> str:
        """The body, without the blank lines around it."""
        return self.rest.body

    @property
    def footers(self) -> tuple[Footer, ...]:
        """The footers at the end, in order."""
        return self.rest.footers

    @property
    def breaking_notes(self) -> tuple[str, ...]:
        """The texts of the breaking-change notes, in order, each with all its paragraphs."""
        return self.rest.breaking_notes


def is_breaking_token(token: str) -> bool:
    """Whether a footer token announces a breaking change (upper case, both spellings)."""
    return token in _BREAKING_TOKENS


def opens_breaking_note(line: str) -> bool:
    """Whether a line starts with what makes a breaking note count."""
    return re.match(_BREAKING, line) is not None


def may_break(text: str) -> bool:
    """A quick look: whether a message, in lower case, may say that something breaks."""
    return "!:" in text or may_note(text)


def may_note(text: str) -> bool:
    """A quick look: whether a message, in lower case, may say in words that something breaks."""
    return "break" in text or "g ch" in text or "boom" in text or "\U0001f4a5" in text


def is_near_note(title: str) -> bool:
    """Whether a title says in words that it breaks something: in brackets, or before a colon."""
    return re.search(_NEAR_TITLE, title) is not None


def near_notes(text: str, *, opens: bool = False) -> Iterator[re.Match[str]]:
    """The lines that look like a breaking note to a person, well spelled or not.

    ``words`` are what says so, ``text`` is what follows. Prose that begins with the words is none,
    unless it opens a paragraph with the very token, which other tools take for a note; nor a box
    that nobody ticked, nor a note that says there is nothing. ``opens`` says that the text itself
    opens a paragraph.
    """
    found = set[int]()
    for line in re.finditer(_NEAR_NOTE, text):
        is_first = opens if not line.start() else text.endswith("\n\n", 0, line.start())
        if _is_near(line, is_first=is_first):
            found.add(line.start())
            yield line
    if "CHANGE" in text or "BREAKING" in text:
        for spelling in (_INNER_NOTE, _MISSPELLED_NOTE):
            for line in re.finditer(spelling, text):
                if line.start() not in found and not says_none(line["text"]):
                    yield line


def _is_near(line: re.Match[str], *, is_first: bool) -> bool:
    """Whether a line that begins with what breaks is a note, nearly."""
    before, words = line["before"].lower(), line["words"]
    is_token = is_first and not before and words in _BREAKING_TOKENS
    is_heading = not line["text"] and (
        " " in words or "-" in words or "_" in words or "#" in before
    )
    is_marked = line["mark"] or is_heading or is_token
    return (
        "[ ]" not in before and bool("[x]" in before or is_marked) and not says_none(line["text"])
    )


def says_none(text: str) -> bool:
    """Whether the text of a breaking note says that nothing breaks."""
    return text.removesuffix("-->").strip(f"{BLANKS}.*_`").lower() in (
        "none",
        "no",
        "nope",
        "nothing",
        "n/a",
        "na",
        "-",
    )


def _may_quote(text: str) -> bool:
    """A quick look: whether a text may have a code fence or an HTML block that quotes."""
    return _has_html(text) or _has_fences(text)


def _has_html(text: str) -> bool:
    return "<" in text and ("</" in text or "-->" in text)


def _has_fences(text: str) -> bool:
    # One character is looked for faster than three.
    return ("`" in text and "```" in text) or ("~" in text and "~~~" in text)


def _folded(text: str) -> str:
    header, end, rest = text.partition("\n")
    if _has_fences(rest):
        rest = re.sub(_FENCED, _fold, rest)
    if _has_html(rest):
        rest = _without_line_ends(rest)
    return header + end + rest


def _fold(fence: re.Match[str]) -> str:
    """The fence on one line if it is closed."""
    return fence[0].replace("\n", "\r") if fence.lastgroup else fence[0]


def _blanked(line: re.Match[str]) -> str:
    return " " * len(line[0])


def _without_line_ends(text: str) -> str:
    """The text with each HTML block that quotes on one line; a fence on one holds no tag."""
    from tagboat.core.changes.code_fences import html_blocks

    parts: list[str] = []
    end = 0
    shown = re.sub(_ON_ONE_LINE, _blanked, text) if "\r" in text else text
    for start, stop in html_blocks(shown):
        parts += (text[end:start], text[start:stop].replace("\n", "\r"))
        end = stop
    return "".join((*parts, text[end:]))


def take_apart(text: str) -> Message:
    """Split a message into header, body and footers. Never raises."""
    rest = MessageBody(text)
    return Message(rest.header, rest)


_footer = partial(tuple.__new__, Footer)  # what Footer does, without a call of Python code


def _values_in(parts: list[str]) -> list[str]:
    """The values of split footers: each runs on to the next token."""
    return [unfolded(text).strip(BLANKS) for text in parts[3::3]]


def _note(text: str) -> str:
    """A breaking note, its blocks folded, up to what is none of it."""
    end = re.search(_NOTE_END, text) if "\n" in text else None
    return unfolded(text if end is None else text[: end.start()].rstrip(BLANKS))


def _note_in_list(text: str) -> str:
    """The same in a list of squashed commits: up to the next of them."""
    return _note(text[: _next_commit(text)].rstrip(BLANKS) if "\n* " in text else text)


def _next_commit(note: str) -> int:
    """Where a listed commit begins behind a note; its length if there is none.

    It is a paragraph of one line. A list is the note's own where its items stand together or go on,
    and where a colon announces it.
    """
    is_announced = False
    for paragraph in re.finditer(_PARAGRAPH, note):
        text = paragraph[0].rstrip(BLANKS)
        is_item = text.startswith("* ")
        if is_item and "\n" not in text and paragraph.start() and not is_announced:
            return paragraph.start()
        is_announced = text.endswith(":") or (is_announced and (is_item or text[0] in BLANKS))
    return len(note)


def _footers_start(rest: str) -> int:
    """Where the footers begin in what follows the header; its length if there are none."""
    breaking = re.search(_BREAKING, rest) if "BREAKING" in rest else None
    end = breaking.end() if breaking else len(rest)
    blank = _TO_LAST_BLANK_LINE.match(rest, 0, end)
    start = blank.end() if blank else 0
    if _FOOTER.match(rest, start) and not _NEITHER_FOOTER_NOR_CONTINUED.search(rest, start, end):
        return start
    return breaking.start() if breaking else end


def _trimmed(body: str) -> str:
    """A body without the blank lines around it; the indentation of its first line stays."""
    body = unfolded(body).rstrip(BLANKS)
    first = len(body) - len(body.lstrip(BLANKS))
    return body[body.rfind("\n", 0, first) + 1 :]


def put_together(header: str, rest: MessageBody) -> str:
    """Write a message out; reading it again gives the same parts."""
    ending = "\n".join("".join(footer) for footer in rest.footers)
    return "\n\n".join(part for part in (header, rest.body, ending) if part)
