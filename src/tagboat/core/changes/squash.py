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

from tagboat.core.changes.change import LISTED_HEADER, Change, change_of, parse
from tagboat.core.changes.message import BLANKS, Message, MessageBody, unfolded

_BULLET = re.compile(rf"\n[*-] (?={LISTED_HEADER})")  # quicker than ^, it starts with a literal
# Few messages need these: left as text, they are compiled for the first that does.
_SQUASHED = r"(?m)^commit [0-9a-f]{40}(?:[0-9a-f]{24})?$"
_INDENTED = r"(?m)^(?: {4}(.*)|)$"
_NEAR_MISS = r"(?im)^[^\w\n\r>]{0,8}breaking[ _-]?changes?\b[^\n\r]*"


class SquashMode(Enum):
    """Which parts of a squashed commit's message count as changes."""

    TITLE = "title"
    ALL = "all"
    OFF = "off"


_TITLE, _OFF = SquashMode.TITLE, SquashMode.OFF  # Python 3.11 looks up a member slowly


class Reading(NamedTuple):
    """What one message was read as.

    ``rest`` is the message, not taken apart yet, and ``changes`` are those that count. ``omits``
    says that a list of changes in the body would not count, ``overruled`` are changes that another
    convention than tagboat's own takes for none. What does not count is found when it is asked for:
    a changelog never asks.
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
        return self.overruled + (_changes(_parts(self.rest)[1:]) if self.omits else ())

    @property
    def near_misses(self) -> tuple[str, ...]:
        """Lines that look like a breaking note to a person and not to the grammar.

        There are none where a change is known to be breaking, whether it counts or is overruled.
        """
        rest = self.rest
        known = self.changes + self.overruled
        if "breaking" not in rest.message.lower() or any(change.breaking for change in known):
            return ()
        found = re.findall(_NEAR_MISS, rest.folded_message)
        return tuple(line.strip(BLANKS)[:200] for line in found)

    @property
    def hidden_breaking(self) -> tuple[str, ...]:
        """What a person would take for a breaking change and this reading does not count."""
        text = self.rest.message
        may_break = self.overruled or "!: " in text or "BREAKING" in text
        changes = self.uncounted if may_break else ()
        return (*(change.header for change in changes if change.breaking), *self.near_misses)


_reading = partial(tuple.__new__, Reading)  # what Reading does, without a call of Python code


def read_commit(text: str, mode: SquashMode = SquashMode.TITLE, *, merge: bool = False) -> Reading:
    """Read a commit message as the changes it makes under a squash mode.

    A merge commit (``merge``) counts by its own title alone: what it merged is in the history.
    """
    rest = MessageBody(text)
    title = change_of(rest)
    counted: tuple[Change, ...] = () if title is None else (title,)
    lists = not merge and "\n" in rest.message
    if mode is _OFF or (mode is _TITLE and title is not None) or not lists:
        return _reading((rest, counted, lists, ()))
    parts = _parts(rest)
    listed = _changes(parts[1:])
    if mode is _TITLE:
        return Reading(rest, listed)
    return Reading(rest, _changes(parts[:1]) + listed if listed else counted)


def _parts(rest: MessageBody) -> Sequence[str]:
    """What stands above the list of squashed messages, then each of them as it was written."""
    if not _may_list(rest.message):  # folding takes longer than looking
        return ()
    text = rest.folded_message
    if "\ncommit " in text:
        above, *logged = re.split(_SQUASHED, text)
        if logged:
            return [above, *map(_dedented, logged)]
    return _BULLET.split(f"\n{text}") if _has_bullets(text) else ()


def _may_list(text: str) -> bool:
    return "\ncommit " in text or _has_bullets(text)


def _has_bullets(text: str) -> bool:
    return ("*" in text and "\n* " in text) or ("-" in text and "\n- " in text)


def _changes(messages: Sequence[str]) -> tuple[Change, ...]:
    """What the messages declare; equal ones count once."""
    changes = map(parse, dict.fromkeys(message.strip() for message in messages))
    return tuple(change for change in changes if change is not None)


def _dedented(item: str) -> str:
    """One message out of git's squash log, without the author and date above it."""
    return "\n".join(re.findall(_INDENTED, unfolded(item)))
