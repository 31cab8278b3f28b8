"""Commit: what git has."""

from typing import NamedTuple

RELEASE_TRAILER = "Tagboat-Tag"
"""The trailer by which a release commit of tagboat is known, whatever its message."""

_RELEASE = f"{RELEASE_TRAILER}: "
BEFORE_TITLE = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What may stand before the title and is none of it: every blank, and a byte-order mark."""


class Commit(NamedTuple):
    """One commit object as git reports it.

    ``id`` and ``parents`` are full object ids in hexadecimal (40 or 64 digits), ``time`` is the
    committer's date in seconds since 1970 (it may be negative or lie), texts are Unicode with
    undecodable bytes replaced by U+FFFD.
    """

    id: str
    parents: tuple[str, ...]
    message: str
    time: int = 0
    author_name: str = ""
    author_email: str = ""

    @property
    def is_merge(self) -> bool:
        """Whether the commit joins two or more lines of history."""
        return len(self.parents) > 1

    @property
    def is_release(self) -> bool:
        """Whether tagboat made it for a release; no release has its own commit in its notes."""
        text = self.message.rstrip()
        return text.startswith(_RELEASE, text.rfind("\n") + 1)

    @property
    def title(self) -> str:
        """The first line of the message that is not blank, without blanks around it."""
        return self.message.lstrip(BEFORE_TITLE).partition("\n")[0].rstrip()
