"""Squash merges: the changes inside one commit that holds several.

A forge writes the headers of the commits it squashed as a list (``* feat: …``), each followed by
its body; ``git merge --squash`` writes them indented under ``commit <id>`` lines. ``SquashMode``
says when they count; what does not count is kept, so that a hidden breaking change is never silent.
An item runs on to the next conventional header, so that no breaking note is lost between them.
"""

import re
from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple

from tagboat.core.change import LISTED_HEADER, Change, parse, read
from tagboat.core.message import BLANKS, Message, Rest, folded, unfolded

_BULLET = re.compile(rf"(?m)^[*-] (?={LISTED_HEADER})")
# Few messages need these: left as text, they are compiled for the first that does.
_SQUASHED = r"(?m)^commit [0-9a-f]{40}(?:[0-9a-f]{24})?$"
_INDENTED = r"(?m)^(?: {4}(.*)|)$"
_NEAR_MISS = r"(?im)^[^\w\n\r>]{0,8}breaking[ _-]?changes?\b[^\n\r]*"


class SquashMode(Enum):
    """Which parts of a squashed commit's message count as changes."""

    TITLE = "title"
    ALL = "all"
    OFF = "off"


class Reading(NamedTuple):
    """What one message was read as.

    ``rest`` is the message, not taken apart yet; ``changes`` count; ``uncounted`` are conventional
    headers in the body that the squash mode leaves out; ``near_misses`` are lines that look like a
    breaking note to a person and not to the grammar.
    """

    rest: Rest
    changes: tuple[Change, ...]
    uncounted: tuple[Change, ...] = ()
    near_misses: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        """The message taken apart."""
        return Message(self.rest.header, self.rest)

    @property
    def hidden_breaking(self) -> tuple[str, ...]:
        """What a person would take for a breaking change and this reading does not count."""
        return (*(change.header for change in self.uncounted if change.breaking), *self.near_misses)


_reading = partial(tuple.__new__, Reading)  # what Reading does, without a call of Python code


def read_commit(text: str, mode: SquashMode = SquashMode.TITLE, *, merge: bool = False) -> Reading:
    """Read a commit message as the changes it makes under a squash mode.

    A merge commit (``merge``) counts by its own title alone: what it merged is in the history.
    """
    text = folded(text)
    rest = Rest(text)
    title = read(rest)
    counted: tuple[Change, ...] = () if title is None else (title,)
    parts = () if merge or "\n" not in text else _parts(text)
    if len(parts) <= 1:
        return _reading((rest, counted, (), _near_misses(text, counted)))
    listed = _changes(parts[1:])
    if mode is SquashMode.ALL and listed:
        counted, listed = _changes(parts[:1]) + listed, ()
    elif mode is SquashMode.TITLE and title is None:
        counted, listed = listed, ()
    return Reading(rest, counted, listed, _near_misses(text, counted))


def _parts(text: str) -> Sequence[str]:
    """What stands above the list of squashed messages, then each of them as it was written."""
    if "\ncommit " in text:
        above, *logged = re.split(_SQUASHED, text)
        if logged:
            return [above, *map(_dedented, logged)]
    has_bullets = ("*" in text and "\n* " in text) or ("-" in text and "\n- " in text)
    return _BULLET.split(text) if has_bullets else ()


def _changes(messages: Sequence[str]) -> tuple[Change, ...]:
    """What the messages declare; equal ones count once."""
    changes = map(parse, dict.fromkeys(message.strip() for message in messages))
    return tuple(change for change in changes if change is not None)


def _dedented(item: str) -> str:
    """One message out of git's squash log, without the author and date above it."""
    return "\n".join(re.findall(_INDENTED, unfolded(item)))


def _near_misses(text: str, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Lines that open like a breaking note, unless the commit counts as breaking anyway."""
    if "breaking" not in text.lower() or any(change.breaking for change in changes):
        return ()
    return tuple(line.strip(BLANKS)[:200] for line in re.findall(_NEAR_MISS, text))
