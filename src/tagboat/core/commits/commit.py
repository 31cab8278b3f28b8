"""Commit: what git has."""

from typing import NamedTuple

RELEASE_TRAILER = "Tagboat-Tag"
"""The trailer by which a release commit of tagboat is known, whatever its message."""

_RELEASE = f"{RELEASE_TRAILER}: "


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
        return self.message.lstrip().partition("\n")[0].rstrip()
