"""What people wrote about a release that is not made yet, joined with its generated notes."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from tagboat.core.changelog.headings import FileHeading, headings_of, lines_of
from tagboat.core.changelog.locale import LOCALES

_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|[0-9]+[.)])\s+\S")
_COMMENT = re.compile(r"\s*<!--.*-->\s*", re.DOTALL)
_ID = re.compile(r"(?<![0-9a-zA-Z])(?=[a-f]*[0-9])[0-9a-f]{7,64}(?![0-9a-zA-Z])")
_GENERATED_ID = re.compile(r"\(`?\[?(?P<id>[0-9a-f]{7})[0-9a-f]*\b[^()]*(?:\([^()]*\))?[^()]*\)")
_REQUEST = re.compile(r"\(\[?(?P<number>[#!][0-9]+)")
_ADDRESS = re.compile(r"\]\([^()\s]*\)|<[^<>\s]*>")
_NUMBER = re.compile(r"[#!][0-9]+")
_NOTHING = frozenset(words["nothing"] for words in LOCALES.values())
_SHORT = 7


class TextBlock(NamedTuple):
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


class Merge(NamedTuple):
    """``notes`` of a release with what people wrote in them; ``rest`` stays where it stood."""

    notes: str
    rest: tuple[str, ...]


def merge_notes(
    notes: str, written: Sequence[str], *, newest: bool, reverted: frozenset[str]
) -> Merge:
    """Join notes with the lines under "Unreleased", which have their ends.

    Generated entries that stand there already go, as do those of reverted commits. An item that
    names the commit or the pull request of an entry is kept instead of it. If the release is not
    the ``newest``, only such items are joined.
    """
    lines = lines_of(notes)
    top = _body_start(lines)
    new, old = _blocks(lines[top:]), _blocks(written)
    said = {block.words for block in new if block.is_item}
    names = frozenset[str]().union(*(block.named for block in new if block.is_item))
    comments = _comments(old)
    own = _filled(
        old[comments:],
        lambda block: block.words not in said and not _is_entry_of(block, reverted),
    )
    moving = own if newest else _filled(own, lambda block: bool(names & block.named))
    moving = [block for block in moving if newest or block.is_item or block.heading is not None]
    moving = _without_bare_headings(moving)
    if not moving:
        return Merge(notes, tuple(_lines_in((*old[:comments], *own))))
    if newest:
        rest = [*old[:comments], *_outline(own)]
    else:
        rest = [*old[:comments], *_filled(own, lambda block: not names & block.named)]
    return Merge(_notes_joined("".join(lines[:top]), new, moving), tuple(_lines_in(rest)))


def _body_start(lines: Sequence[str]) -> int:
    """Where the text below a release's own heading starts."""
    headings = headings_of([line.rstrip("\r\n") for line in lines])
    opens = bool(headings) and not "".join(lines[: headings[0].start]).strip()
    return headings[0].end if opens else 0


def _blocks(lines: Sequence[str]) -> list[TextBlock]:
    """Lines taken apart; blank ones belong to what is above them."""
    headings = {
        heading.start: heading for heading in headings_of([line.rstrip("\r\n") for line in lines])
    }
    found: list[TextBlock] = []
    place = 0
    while place < len(lines):
        heading = headings.get(place)
        end = heading.end if heading is not None else _block_end(lines, place, headings)
        while end < len(lines) and not lines[end].strip():
            end += 1
        is_item = heading is None and _ITEM.match(lines[place]) is not None
        found.append(TextBlock(tuple(lines[place:end]), heading, is_item))
        place = end
    return found


def _block_end(lines: Sequence[str], start: int, headings: dict[int, FileHeading]) -> int:
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


def _comments(blocks: Sequence[TextBlock]) -> int:
    """How many comments stand above everything else: hints to whoever writes there."""
    count = 0
    while count < len(blocks) and _is_hint(blocks[count]):
        count += 1
    return count


def _is_hint(block: TextBlock) -> bool:
    return not block.text.strip() or _COMMENT.fullmatch(block.text) is not None


def _is_entry_of(block: TextBlock, commits: frozenset[str]) -> bool:
    """Whether an item is the generated entry of one of some commits."""
    found = _GENERATED_ID.search(block.text)
    return found is not None and any(name.startswith(found["id"]) for name in commits)


def _filled(blocks: Sequence[TextBlock], wanted: Callable[[TextBlock], bool]) -> list[TextBlock]:
    """The blocks without the items that are not wanted, and without headings emptied thereby."""
    kept: list[TextBlock] = []
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


def _without_bare_headings(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """The blocks without headings that have nothing below them."""
    kept: list[TextBlock] = []
    for block in reversed(blocks):
        below = kept[-1].heading if kept else None
        is_bare = not kept or (
            below is not None and block.heading is not None and below.level <= block.heading.level
        )
        if block.heading is None or not is_bare:
            kept.append(block)
    return kept[::-1]


def _outline(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """The headings that are there to be filled in: all of them where some have nothing below."""
    headings = [block for block in blocks if block.heading is not None]
    filled = [block for block in _without_bare_headings(blocks) if block.heading is not None]
    return headings if len(filled) < len(headings) else []


class _Group(NamedTuple):
    heading: TextBlock | None
    blocks: list[TextBlock]

    @property
    def title(self) -> str:
        heading = self.heading.heading if self.heading is not None else None
        return heading.title.casefold() if heading is not None else ""


def _notes_joined(top: str, new: Sequence[TextBlock], own: Sequence[TextBlock]) -> str:
    """Notes with what people wrote: under the same titles, or in front of what is generated."""
    named = frozenset[str]().union(*(block.named for block in own if block.is_item))
    new = _without_bare_headings(
        [block for block in new if not _is_replaced(block, named) and block.text not in _NOTHING]
    )
    groups = {group.title: group for group in _groups(new)}
    before = [group for group in _groups(own) if group.title not in groups or not group.title]
    mine = {group.title: group for group in _groups(own) if group.title}
    chunks = [top.strip("\n")]
    chunks += [_chunk(group.heading, [group.blocks]) for group in before]
    for title, group in groups.items():
        parts = [mine[title].blocks, group.blocks] if title in mine else [group.blocks]
        chunks.append(_chunk(group.heading, parts))
    return "\n\n".join(filter(None, chunks)) + "\n"


def _is_replaced(block: TextBlock, named: frozenset[str]) -> bool:
    """Whether people wrote an entry themselves; one that says what breaks stays."""
    return block.is_item and "\n" not in block.text and not named.isdisjoint(block.named)


def _groups(blocks: Sequence[TextBlock]) -> list[_Group]:
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


def _chunk(heading: TextBlock | None, parts: Sequence[Sequence[TextBlock]]) -> str:
    """A group's text."""
    texts = [_text_in(part) for part in parts if part]
    body = texts[0] if texts else ""
    for part, text in zip(parts[1:], texts[1:], strict=False):
        is_list = body.rpartition("\n\n")[2].lstrip()[:1] in "-*+" and part[0].is_item
        body += ("\n" if is_list else "\n\n") + text
    if heading is None:
        return body
    gap = "\n\n" if not heading.lines[-1].strip() else "\n"
    return f"{heading.text}{gap}{body}".strip("\n")


def _text_in(blocks: Iterable[TextBlock]) -> str:
    return "".join(_lines_in(blocks)).replace("\r\n", "\n").strip("\n")


def _lines_in(blocks: Iterable[TextBlock]) -> Iterator[str]:
    return (line for block in blocks for line in block.lines)
