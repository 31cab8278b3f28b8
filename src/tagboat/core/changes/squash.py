"""Squash merges: the changes inside one commit that holds several.

A forge writes the headers of the commits it squashed as a list (``* feat: …``), each followed by
its body; ``git merge --squash`` writes them indented under ``commit <id>`` lines; people write them
as plain lines. ``SquashMode`` says when they count; what does not count is kept, so that a hidden
change is never silent. An item runs on to the next conventional header, so that no breaking note is
lost between them. What stands below a heading that announces release notes is another project's.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from tagboat.core.changes.change import LISTED_HEADER, Change, change_of, parse
from tagboat.core.changes.message import (
    BLANKS,
    KNOWN_HEADER,
    ListedMessageBody,
    Message,
    MessageBody,
    is_near_note,
    may_break,
    may_note,
    near_notes,
    unfolded,
)
from tagboat.core.commits.commit import (
    BEFORE_TITLE,
    TITLE_NUMBER,
    Commit,
    CommitGraph,
    bare_title,
    unwrapped,
)

_BULLET = re.compile(rf"\n[*-] (?={LISTED_HEADER})")  # quicker than ^, it starts with a literal
# Few messages need these: left as text, they are compiled for the first that does.
_SQUASHED = r"(?m)^commit [0-9a-f]{40}(?:[0-9a-f]{24})?$"
_INDENTED = r"(?m)^(?: {4}(.*)|)$"
_CONTINUED = r"(?m)(?:\n(?: {2}[^\n]*+|[ \t]?$))+"
_OPENS_WITH_LIST = r"(?:[^\n]*+\n\s*+)?[*-] "
_OPENS_WITH_CHANGES = rf"{_OPENS_WITH_LIST}|[^\n]*+\n\s*+{KNOWN_HEADER}"
LIST_MARK = r"[*+\u2022\u2013-]|[0-9]{1,2}[.)]"
"""Regular expression source of what may stand before an item of a list."""
_LISTED = rf"(?m)^[ \t]*+(?:{LIST_MARK})[ \t]++(?P<item>\S[^\n\r]*+)"
_PLAIN = rf"(?![^\n:]*+:[ \t]*[#!][0-9]+$){KNOWN_HEADER}[^\n]*+"
_HEADERS = rf"(?m)(?:\A|\n[ \t\v\f]*+\n)(?P<headers>{_PLAIN}(?:\n{_PLAIN})*)"
_NOTES_OF_OTHERS = r"(?mi)^#{1,6}[ \t].*\b(?:release notes|change ?log|what['\u2019]s changed)\b"
_QUOTED_TITLE = r"Merge pull request '(.*)' \(#\d+\) from "
_MOST_NEAR_MISSES, _MOST_COUNTED, _LONGEST = 100, 1000, 200
_MOST_MERGES = 3
_MOST_LINES = 10_000
_MAY_BE_WRAPPED = ("Merg", "Pull")


class SquashMode(Enum):
    """Which parts of a squashed commit's message count as changes."""

    TITLE = "title"
    ALL = "all"
    OFF = "off"


_TITLE, _ALL = SquashMode.TITLE, SquashMode.ALL  # Python 3.11 looks up a member slowly


class Reading(NamedTuple):
    """What one message was read as.

    ``rest`` is the message, not taken apart yet, and ``changes`` are those that count. ``omits``
    says that there may be changes that do not, ``overruled`` are changes that another convention
    than tagboat's own takes for none. What does not count is found when it is asked for: a
    changelog never asks.
    """

    rest: MessageBody
    changes: tuple[Change, ...]
    omits: bool = False
    overruled: tuple[Change, ...] = ()

    @property
    def message(self) -> Message:
        """The message taken apart."""
        return Message(self.rest.header, self.rest)

    @property
    def uncounted(self) -> tuple[Change, ...]:
        """Changes that the message declares, in its body for the most part, and that do not count.

        It is the squash mode or the convention that leaves them out.
        """
        if not self.omits:
            return self.overruled
        known = {change.header for change in self.changes}
        quoted = re.findall(_QUOTED_TITLE, self.rest.header)
        messages = (*quoted, *_items(self.rest)[1:], *_lines(self.rest))
        found = _changes(self.rest, messages)
        return self.overruled + tuple(one for one in found if one.header not in known)

    @property
    def listed(self) -> Iterator[str]:
        """The items of all lists in the body, however they are marked, up to others' notes."""
        body = _before_foreign_notes(self.rest.folded_message).partition("\n")[2]
        return (line["item"].rstrip(BLANKS) for line in re.finditer(_LISTED, body))

    @property
    def near_misses(self) -> tuple[str, ...]:
        """Lines that look like a breaking note to a person and not to the grammar.

        They are a hundred at most, and one that says how many more there are, counted up to a
        thousand. There are none where a change is known to be breaking, whether it counts or is
        overruled.
        """
        rest = self.rest
        known = self.changes + self.overruled
        if not may_note(rest.message.lower()) or any(change.breaking for change in known):
            return ()
        titled = [rest.header[:_LONGEST]] if is_near_note(rest.header[:_LONGEST]) else []
        most = len(titled) + _MOST_NEAR_MISSES + _MOST_COUNTED
        notes = islice(near_notes(rest.folded_message, opens=True), most)
        lines = (note[0].strip(BLANKS)[:_LONGEST] for note in notes)
        others = (line for line in lines if line not in titled)
        first = [*titled, *islice(others, _MOST_NEAR_MISSES)]
        more = sum(1 for _ in islice(others, _MOST_COUNTED))
        at_least = "at least " if more == _MOST_COUNTED else ""
        first += [f"{at_least}{more:,} more: `git show` has the whole message"] * bool(more)
        return tuple(first)

    @property
    def hidden_breaking(self) -> tuple[str, ...]:
        """What a person would take for a breaking change and this reading does not count.

        Nothing is hidden where a change that counts is breaking.
        """
        text = self.rest.message  # a quick look first: this is asked of every commit
        if not (self.overruled or may_break(text.lower())):
            return ()
        if any(change.breaking for change in self.changes):
            return ()
        hidden = [one for one in self.uncounted if one.breaking]
        if not hidden and self.omits and "!:" in text:
            listed = map(parse, islice(self.listed, _MOST_COUNTED))
            hidden = [one for one in listed if one is not None and one.breaking]
        return (*dict.fromkeys(one.header for one in hidden), *self.near_misses)


_reading = partial(tuple.__new__, Reading)  # what Reading does, without a call of Python code


def read_commit(text: str, mode: SquashMode = SquashMode.TITLE, *, merge: bool = False) -> Reading:
    """Read a commit message as the changes it makes under a squash mode.

    A merge commit (``merge``) counts by its own title alone: what it merged is in the history. What
    a forge wraps around a message is taken off first.
    """
    rest = MessageBody(text)
    whole = rest.message
    if whole[:4] in _MAY_BE_WRAPPED or "\nSee merge" in whole:  # a quick look first
        rest = MessageBody(unwrapped(whole, merge=merge))
    title = change_of(rest)
    counted: tuple[Change, ...] = () if title is None else (title,)
    if merge or "\n" not in rest.message or (title is not None and mode is not _ALL):
        omits = "\n" in rest.message or title is None
        return _reading((rest, counted, omits, ()))
    if mode is _TITLE:
        counted = _changes(rest, _items(rest, opening=True)[1:])
    elif mode is _ALL:
        counted = _changes(rest, _sections(rest))
    return Reading(rest, counted, omits=True)


def said_again(
    graph: CommitGraph, read: Callable[[Commit], Reading]
) -> dict[str, tuple[Commit, str]]:
    """The merges that say nothing of their own, by id: their title is that of a commit they merged.

    With that commit, and the end of the title that has the forge's number, which it lacks.
    """
    merges = [c for c in graph.order if len(c.parents) > 1 and not c.title.startswith("Merge ")]
    titled: dict[str, list[Commit]] = {}
    for merge in merges:
        if read(merge).changes:
            titled.setdefault(bare_title(merge.subject), []).append(merge)
    found: dict[str, tuple[Commit, str]] = {}
    for commit in graph.order if titled else ():
        for merge in _next_after(commit, titled.get(bare_title(commit.title), ()), graph):
            if _is_merged(graph, merge, commit) and _says_no_more(read(merge), read(commit)):
                number = re.search(TITLE_NUMBER, merge.subject)
                is_new = number is not None and not re.search(TITLE_NUMBER, commit.title)
                found[merge.id] = (commit, number[0] if number is not None and is_new else "")
    return found


def _next_after(commit: Commit, merges: Sequence[Commit], graph: CommitGraph) -> Iterator[Commit]:
    """The first of some merges that come after a commit; few, for many may have one title."""
    position = graph.position.__getitem__
    start = bisect_right(merges, position(commit.id), key=lambda merge: position(merge.id))
    return islice(merges, start, start + _MOST_MERGES)


def _says_no_more(merge: Reading, commit: Reading) -> bool:
    """Whether a merge has no note on what breaks that the commit with its title lacks."""
    return bool(commit.changes) and set(merge.changes[0].notes) <= set(commit.changes[0].notes)


def _is_merged(graph: CommitGraph, merge: Commit, commit: Commit) -> bool:
    """Whether a merge brought a commit to the line of its first parent."""
    first = merge.parents[0]
    if commit.id == first or not graph.reaches(merge.id, commit.id):
        return False
    return first not in graph.by_id or not graph.reaches(first, commit.id)


def listed_lines(message: str) -> frozenset[str]:
    """The lines below a title, bare, where a list may tell of what is in the history already.

    It may if one of them has a forge's number, as the titles of pull requests have. There are none
    in most messages; of one without end, the first are taken.
    """
    lines = _lines_below(message)
    return frozenset(map(bare_title, lines)) if any(map(_is_numbered, lines)) else frozenset()


def lines_of_lists(commits: Iterable[Commit], read: Callable[[Commit], Reading]) -> frozenset[str]:
    """The `listed_lines` of those commits whose lists count."""
    listed = ((commit, listed_lines(commit.message)) for commit in commits)
    counting = (lines for commit, lines in listed if lines and _counts_list(read(commit)))
    return frozenset[str]().union(*counting)


def titles_listed(titles: Iterable[str], lines: frozenset[str]) -> frozenset[str]:
    """Those of some titles that stand among lines, their numbers aside."""
    return frozenset(
        title
        for title in titles
        if title in lines or (title.endswith(")") and bare_title(title) in lines)
    )


def untold(
    reading: Reading, changes: tuple[Change, ...], released: frozenset[str]
) -> tuple[Change, ...]:
    """Changes of a squash without those that its history told already; ``released`` are its titles.

    That a squash took in what was released is known where its list has a released title, number and
    all: then no other change with the words of a released one counts again, but for its own title.
    """
    lines = _lines_below(reading.rest.message)
    if not any(line in released and _is_numbered(line) for line in lines):
        return changes
    own = parse(reading.rest.header)
    told = _statements(released) - ({_statement(own)} if own is not None else set())
    return tuple(change for change in changes if _statement(change) not in told)


@lru_cache(maxsize=8)
def _statements(titles: frozenset[str]) -> frozenset[tuple[str, str, str]]:
    """What some titles say, as far as they are changes."""
    return frozenset(_statement(change) for change in map(parse, titles) if change is not None)


def _statement(change: Change) -> tuple[str, str, str]:
    return change.type, (change.scope or "").casefold(), bare_title(change.description)


def _counts_list(reading: Reading) -> bool:
    """Whether changes that are listed in a message count."""
    changes = reading.changes
    return bool(changes[1:] or (changes and parse(reading.rest.header) is None))


def _lines_below(message: str) -> list[str]:
    """The first lines below a title, without what marks items of a list.

    There are none without such a mark and what may be a forge's number.
    """
    end = message.find("\n")  # a quick look first: this is asked of every commit
    if end < 0 or (message.find("(#", end) < 0 and message.find("(!", end) < 0):
        return []
    if not _has_bullets(message):
        return []
    below = message.lstrip(BEFORE_TITLE).split("\n", _MOST_LINES)[1:_MOST_LINES]
    lines = (line.strip(BLANKS).removeprefix("* ").removeprefix("- ") for line in below)
    return [line for line in lines if line]


def _is_numbered(line: str) -> bool:
    return line.endswith(")") and re.search(TITLE_NUMBER, line) is not None


def _items(rest: MessageBody, *, opening: bool = False) -> Sequence[str]:
    """What stands above the list of squashed messages, then each of them as it was written.

    What a list says again is left out. With ``opening`` it counts only where the body begins
    with it.
    """
    if not _may_list(rest.message):  # folding takes longer than looking
        return ()
    text = rest.folded_message
    if "\ncommit " in text:
        above, *logged = re.split(_SQUASHED, text)
        if logged:
            return [above, *map(_dedented, logged)]
    if not _has_bullets(text) or (opening and not re.match(_OPENS_WITH_LIST, text)):
        return ()
    above, *items = _BULLET.split(f"\n{_before_foreign_notes(text)}")
    once = dict.fromkeys(items)
    return [above, *(map(_with_body_dedented, once) if "\n  " in text else once)]


def _before_foreign_notes(text: str) -> str:
    """A text up to a heading that announces the notes of another project."""
    notes = re.search(_NOTES_OF_OTHERS, text) if "\n#" in text else None
    return text if notes is None else text[: notes.start()]


def _sections(rest: MessageBody) -> Sequence[str]:
    """All messages that a squashed one is made of, its title first: items, and plain lines."""
    text = _before_foreign_notes(rest.folded_message)
    items = _items(rest)
    if items and not _has_bullets(text):
        return items
    plain = [(start, start) for start, _ in _plain_headers(text)]
    listed = _BULLET.finditer(text) if re.match(_OPENS_WITH_CHANGES, text) else ()
    openings = sorted((*plain, *((mark.start() + 1, mark.end()) for mark in listed)))
    if not openings or openings[0][0]:
        openings.insert(0, (0, len("* ") if text.startswith(("* ", "- ")) else 0))
    stops = [start for start, _ in openings[1:]] + [len(text)]
    whole, *parts = (text[end:stop] for (_, end), stop in zip(openings, stops, strict=True))
    return [whole, *map(_with_body_dedented, parts)]


def _lines(rest: MessageBody) -> Iterator[str]:
    """The headers below the title that stand on plain lines."""
    return (
        line for start, line in _plain_headers(_before_foreign_notes(rest.folded_message)) if start
    )


def _plain_headers(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are headers and open a paragraph or follow another, and where they start."""
    for run in re.finditer(_HEADERS, text):
        start = run.start("headers")
        for line in run["headers"].split("\n"):
            yield start, line
            start += len(line) + 1


def _may_list(text: str) -> bool:
    return "\ncommit " in text or _has_bullets(text)


def _has_bullets(text: str) -> bool:
    return ("*" in text and "\n* " in text) or ("-" in text and "\n- " in text)


def _changes(rest: MessageBody, messages: Sequence[str]) -> tuple[Change, ...]:
    """What messages in a squashed one declare; equal ones count once, whatever number ends them."""
    body = ListedMessageBody if _has_bullets(rest.message) else MessageBody
    found: dict[tuple[str, str | None, str], Change] = {}
    for message in dict.fromkeys(message.strip() for message in messages):
        change = change_of(body(message))
        if change is None:
            continue
        key = (change.type, change.scope, bare_title(change.description))
        known = found.get(key)
        found[key] = change if known is None else _both_said(known, change)
    return tuple(found.values())


def _with_body_dedented(item: str) -> str:
    """A listed message without the two blanks that make what follows it part of the item."""
    end_of_header = item.find("\n")
    found = re.compile(_CONTINUED).match(item, end_of_header) if "\n  " in item else None
    if found is None:
        return item
    return item[:end_of_header] + found[0].replace("\n  ", "\n") + item[found.end() :]


def _both_said(known: Change, change: Change) -> Change:
    """All that two changes say that have one title, the number of a request aside."""
    fuller = known if known.rest.text.strip() else change
    notes = tuple(dict.fromkeys((*known.notes, *change.notes)))
    breaking = known.breaking or change.breaking
    return fuller._replace(description=known.description, breaking=breaking, notes=notes)


def _dedented(item: str) -> str:
    """One message out of git's squash log, without the author and date above it."""
    return unfolded("\n".join(re.findall(_INDENTED, item)).replace("\r    ", "\r"))
