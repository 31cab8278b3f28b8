"""What people wrote about a release that is not made yet, joined with its generated notes."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from tagboat.core.changelog.headings import FileHeading, headings_of, lines_of
from tagboat.core.changelog.options import LOCALES

_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|[0-9]+[.)])\s+\S")
_COMMENT = re.compile(r"\s*<!--.*-->\s*", re.DOTALL)
_PLACEHOLDER = re.compile(
    r"\W*(?:nothing(?: has)?(?: changed)? yet|no (?:unreleased |notable )?changes(?: yet)?|tbd)\W*",
    re.IGNORECASE,
)
_ID = re.compile(r"(?<![0-9a-zA-Z])(?=[a-f]*[0-9])[0-9a-f]{7,64}(?![0-9a-zA-Z])")
_GENERATED_ID = re.compile(r"\(`?\[?(?P<id>[0-9a-f]{7})[0-9a-f]*\b[^()]*(?:\([^()]*\))?[^()]*\)")
_REQUEST = re.compile(r"\(\[?(?P<number>[#!][0-9]+)")
_ADDRESS = re.compile(r"\]\([^()\s]*\)|<[^<>\s]*>")
_NUMBER = re.compile(r"[#!][0-9]+")
_NOTHING = frozenset(words["nothing"] for words in LOCALES.values())
_SHORT = 7


class WrittenBlock(NamedTuple):
    """A heading, an item of a list or a paragraph; ``lines`` have their ends and blanks below."""

    lines: tuple[str, ...]
    heading: FileHeading | None = None
    is_item: bool = False

    @property
    def text(self) -> str:
        """The lines without blanks around them."""
        return "".join(self.lines).replace("\r\n", "\n").strip("\n")

    @property
    def words(self) -> str:
        """What it says, whatever it refers to."""
        said = _NUMBER.sub("", _ID.sub("", _ADDRESS.sub("", self.text)))
        return " ".join(re.findall(r"\w+", said)).casefold()

    @property
    def named(self) -> frozenset[str]:
        """The commits and the pull request that it names."""
        requests = (match["number"] for match in _REQUEST.finditer(self.text))
        return frozenset({name[:_SHORT] for name in _ID.findall(self.text)} | set(requests))


class NotesKind(Enum):
    """What the notes are of: with a release goes what is written for it.

    The ``NEWEST`` is being made, and takes all; to an ``EARLIER`` one belongs only what names its
    commits. What is ``UNRELEASED`` is brought up to date.
    """

    NEWEST = "newest"
    EARLIER = "earlier"
    UNRELEASED = "unreleased"


class JoinedNotes(NamedTuple):
    """``notes`` of a release with what people wrote in them; ``rest`` stays where it stood."""

    notes: str
    rest: tuple[str, ...]


def join_notes(
    notes: str, written: Sequence[str], kind: NotesKind, reverted: frozenset[str]
) -> JoinedNotes:
    """Join notes with the lines under "Unreleased", which have their ends.

    Generated entries that stand there already go, as do those of reverted commits. An item that
    names the commit or the pull request of an entry is kept instead of it.
    """
    lines = lines_of(notes)
    top = _top_lines(lines)
    new, old = _blocks(lines[top:]), _blocks(written)
    said = {block.words for block in new if block.is_item}
    comments = _comments(old)
    own = _filled(
        old[comments:],
        lambda block: block.words not in said and not _is_part_of(block, reverted),
    )
    moving, rest = _shared_out(own, new, kind)
    kept = tuple(_all_lines((*old[:comments], *rest)))
    return JoinedNotes(_joined_parts("".join(lines[:top]), new, moving) if moving else notes, kept)


def _shared_out(
    own: list[WrittenBlock], new: Sequence[WrittenBlock], kind: NotesKind
) -> tuple[list[WrittenBlock], list[WrittenBlock]]:
    """What joins the notes, and what stays where it stood."""
    if kind is NotesKind.UNRELEASED:
        return own, []
    if kind is NotesKind.NEWEST:
        moving = _without_bare_headings(own)
        return moving, _outline(own) if moving else own
    names = frozenset[str]().union(*(block.named for block in new if block.is_item))
    named = _filled(own, lambda block: bool(names & block.named))
    moving = _without_bare_headings([one for one in named if one.is_item or one.heading])
    return moving, _filled(own, lambda block: not names & block.named) if moving else own


def _top_lines(lines: Sequence[str]) -> int:
    """Where the text below a release's own heading starts."""
    headings = headings_of([line.rstrip("\r\n") for line in lines])
    opens = bool(headings) and not "".join(lines[: headings[0].start]).strip()
    return headings[0].end if opens else 0


def _blocks(lines: Sequence[str]) -> list[WrittenBlock]:
    """Lines taken apart; blank ones belong to what is above them."""
    headings = {
        heading.start: heading for heading in headings_of([line.rstrip("\r\n") for line in lines])
    }
    found: list[WrittenBlock] = []
    place = 0
    while place < len(lines):
        heading = headings.get(place)
        end = heading.end if heading is not None else _notes_end(lines, place, headings)
        while end < len(lines) and not lines[end].strip():
            end += 1
        is_item = heading is None and _ITEM.match(lines[place]) is not None
        found.append(WrittenBlock(tuple(lines[place:end]), heading, is_item))
        place = end
    return found


def _notes_end(lines: Sequence[str], start: int, headings: dict[int, FileHeading]) -> int:
    """Where the paragraph or item ends that starts at a line."""
    item = _ITEM.match(lines[start])
    end = start + 1
    while end < len(lines) and end not in headings:
        line = lines[end]
        other = _ITEM.match(line)
        if other is not None and (item is None or len(other["indent"]) <= len(item["indent"])):
            break
        is_apart = not lines[end - 1].strip()
        if is_apart and line.strip() and (item is None or not line[0].isspace()):
            break
        end += 1
    return end


def _comments(blocks: Sequence[WrittenBlock]) -> int:
    """How many blocks above everything else are none of a release: hints, "nothing yet"."""
    count = 0
    while count < len(blocks) and _is_hidden_line(blocks[count]):
        count += 1
    return count


def _is_hidden_line(block: WrittenBlock) -> bool:
    text = block.text
    return not text.strip() or any(one.fullmatch(text) for one in (_COMMENT, _PLACEHOLDER))


def _is_part_of(block: WrittenBlock, commits: frozenset[str]) -> bool:
    """Whether an item is the generated entry of one of some commits."""
    found = _GENERATED_ID.search(block.text)
    return found is not None and any(name.startswith(found["id"]) for name in commits)


def _filled(
    blocks: Sequence[WrittenBlock], wanted: Callable[[WrittenBlock], bool]
) -> list[WrittenBlock]:
    """The blocks without the items that are not wanted, and without headings emptied thereby."""
    kept: list[WrittenBlock] = []
    lost = False
    for block in blocks:
        if block.heading is not None and lost and kept and kept[-1].heading is not None:
            kept.pop()
        if not block.is_item or wanted(block):
            kept.append(block)
            lost = False
        else:
            lost = True
    if lost and kept and kept[-1].heading is not None:
        kept.pop()
    return kept


def _without_bare_headings(blocks: Sequence[WrittenBlock]) -> list[WrittenBlock]:
    """The blocks without headings that have nothing below them."""
    kept: list[WrittenBlock] = []
    for block in reversed(blocks):
        below = kept[-1].heading if kept else None
        is_bare = not kept or (
            below is not None and block.heading is not None and below.level <= block.heading.level
        )
        if block.heading is None or not is_bare:
            kept.append(block)
    return kept[::-1]


def _outline(blocks: Sequence[WrittenBlock]) -> list[WrittenBlock]:
    """The headings that are there to be filled in: all of them where some have nothing below."""
    headings = [block for block in blocks if block.heading is not None]
    filled = [block for block in _without_bare_headings(blocks) if block.heading is not None]
    return headings if len(filled) < len(headings) else []


class _Group(NamedTuple):
    heading: WrittenBlock | None
    blocks: list[WrittenBlock]

    @property
    def title(self) -> str:
        """What tells one group from another; empty for what stands under no heading."""
        if self.heading is None or self.heading.heading is None:
            return ""
        return (self.heading.heading.title or self.heading.text).casefold()


def _joined_parts(top: str, new: Sequence[WrittenBlock], own: Sequence[WrittenBlock]) -> str:
    """Notes with what people wrote: under the same titles, else in front of what is generated.

    A group of people's own that they put behind one of the same title stays behind it.
    """
    named = frozenset[str]().union(*(block.named for block in own if block.is_item))
    new = _without_bare_headings(
        [block for block in new if not _is_replaced(block, named) and block.text not in _NOTHING]
    )
    groups = {group.title: group for group in _groups(new)}
    mine = {group.title: group for group in _groups(own) if group.title}
    behind = _own_groups(own, groups.keys())
    chunks = [top.strip("\n"), *behind.get(None, ())]
    for title, group in groups.items():
        parts = [mine[title].blocks, group.blocks] if title in mine else [group.blocks]
        chunks += (_chunk(group.heading, parts), *behind.get(title, ()))
    return "\n\n".join(filter(None, chunks)) + "\n"


def _own_groups(
    own: Sequence[WrittenBlock], generated: Container[str]
) -> dict[str | None, list[str]]:
    """The groups that people alone have, by the title of the shared one that they stand behind."""
    behind: dict[str | None, list[str]] = {}
    shared: str | None = None
    for group in _groups(own):
        if group.title and group.title in generated:
            shared = group.title
        else:
            behind.setdefault(shared, []).append(_chunk(group.heading, [group.blocks]))
    return behind


def _is_replaced(block: WrittenBlock, named: frozenset[str]) -> bool:
    """Whether people wrote an entry themselves; one that says what breaks stays."""
    return block.is_item and "\n" not in block.text and not named.isdisjoint(block.named)


def _groups(blocks: Sequence[WrittenBlock]) -> list[_Group]:
    """Blocks under their headings of the highest level; those of one title together."""
    top = min((block.heading.level for block in blocks if block.heading is not None), default=0)
    found: dict[str, _Group] = {}
    at = _Group(None, [])
    for block in blocks:
        if block.heading is not None and block.heading.level == top:
            at = _Group(block, [])
            at = found.setdefault(at.title, at)
        else:
            found.setdefault(at.title, at).blocks.append(block)
    return list(found.values())


def _chunk(heading: WrittenBlock | None, parts: Sequence[Sequence[WrittenBlock]]) -> str:
    """A group's text."""
    texts = [_entry_words(part) for part in parts if part]
    body = texts[0] if texts else ""
    for part, text in zip(parts[1:], texts[1:], strict=False):
        is_list = body.rpartition("\n\n")[2].lstrip()[:1] in "-*+" and part[0].is_item
        body += ("\n" if is_list else "\n\n") + text
    if heading is None:
        return body
    gap = "\n\n" if not heading.lines[-1].strip() else "\n"
    return f"{heading.text}{gap}{body}".strip("\n")


def _entry_words(blocks: Iterable[WrittenBlock]) -> str:
    return "".join(_all_lines(blocks)).replace("\r\n", "\n").strip("\n")


def _all_lines(blocks: Iterable[WrittenBlock]) -> Iterator[str]:
    return (line for block in blocks for line in block.lines)
