"""Change: what a commit means. The Conventional Commits grammar for one header and its footers.

Follows Conventional Commits 1.0.0 (https://www.conventionalcommits.org/en/v1.0.0/) strictly: type
and scope read without regard to case, ``BREAKING CHANGE`` in upper case. The tolerances that real
histories need: blanks or a byte-order mark before the header, any blanks after the colon, and
``feature`` read as ``feat``.
"""

import re
from functools import partial
from typing import NamedTuple

from tagboat.core.changes.message import BLANKS, NOTHING, Footer, MessageBody, put_together

_TYPE = r"[^\W\d_][\w\u0307-]*+"  # the lower case of U+0130 is i and U+0307
_SCOPE = r"[^()\n]++"
LISTED_HEADER = (
    rf"[^\W\d_]++(?:\({_SCOPE}\))?!?:[^\S\r\n]++\S"  # a type with hyphens is a key of YAML
)
_HEADER = re.compile(
    rf"(?P<type>{_TYPE})(?:\((?P<scope>{_SCOPE})\))?(?P<bang>!)?:[^\S\n]++(?P<description>\S.*)"
)
_USUAL = ("feat", "fix", "docs", "chore", "refactor", "test", "ci", "perf")
_AUTOSQUASH = frozenset(("fixup", "squash", "amend"))
_READ_AS = {kind: kind for kind in _USUAL} | {"feature": "feat"}
"""What types are read as; of the usual ones, a history holds the text only once."""


class Change(NamedTuple):
    """One change a commit makes, as its author declared it.

    ``type`` is in lower case, ``scope`` as written (compare it without regard to case),
    ``notes`` are the texts of its ``BREAKING CHANGE`` footers. ``level`` is set by foreign
    conventions that decide the bump themselves: one of ``none``, ``patch``, ``minor``, ``major``.
    """

    type: str
    scope: str | None
    description: str
    breaking: bool = False
    notes: tuple[str, ...] = ()
    rest: MessageBody = NOTHING
    level: str | None = None

    @property
    def body(self) -> str:
        """What the message says beside its header and its footers."""
        return self.rest.body

    @property
    def footers(self) -> tuple[Footer, ...]:
        """The footers of the message, in order."""
        return self.rest.footers

    @property
    def header(self) -> str:
        """The header in its canonical spelling."""
        scope = f"({self.scope})" if self.scope else ""
        return f"{self.type}{scope}{'!' if self.breaking else ''}: {self.description}"


_change = partial(tuple.__new__, Change)  # what Change does, without a call of Python code


def parse(text: str) -> Change | None:
    """Read one commit message as one change, by its header alone.

    Returns None where the header is not a conventional one. Never raises.
    """
    return change_of(MessageBody(text))


def change_of(rest: MessageBody) -> Change | None:
    """What a message declares, or None where its header is unconventional."""
    match = _HEADER.match(rest.message)
    if match is None:
        return None
    kind, scope, bang, description = match.groups()
    kind = kind.lower()
    if bang and kind in _AUTOSQUASH:
        return None  # git's own "fixup! title", misspelled
    kind = _READ_AS.get(kind, kind)
    scope = scope and (scope.strip() or None)
    notes, description = rest.breaking_notes, description.rstrip(BLANKS)
    return _change((kind, scope, description, bool(bang or notes), notes, rest, None))


def rendered(change: Change) -> str:
    """A change as a commit message; parsing it gives the change back."""
    return put_together(change.header, change.rest)
