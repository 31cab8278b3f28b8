"""Bump: how far the next version is from the last, always with the changes that caused it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from tagboat.core.changes.change import Change
from tagboat.core.changes.message import MessageBody
from tagboat.core.version.version import Version

Within = Callable[[str], AbstractContextManager[None]]
"""Limits the time of a block that matches a pattern of the configuration, which it is told."""

MOST_MATCHED = 1 << 16
"""How many characters of a message patterns of the configuration see."""


def unlimited(_pattern: str) -> AbstractContextManager[None]:
    """A block without a limit."""
    return nullcontext()


def fits_wildcards(text: str, pattern: str) -> bool:
    """Whether a text is as a pattern says where ``*`` is any text and ``?`` any character."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


class Bump(IntEnum):
    """The four sizes of a step from one version to the next; the larger one wins."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        """The lower-case name, as configuration and output spell it."""
        return self.name.lower()


_NONE = Bump.NONE  # Python 3.11 looks up a member of an enumeration slowly


class ZeroRules(NamedTuple):
    """What breaking changes and features mean while the major version is 0."""

    breaking: Bump = Bump.MINOR
    feature: Bump = Bump.MINOR


class ChangeRule(NamedTuple):
    """What is asked for by changes that fit all of its conditions, and where they are written down.

    ``type`` and ``scope`` are names with ``*`` and ``?``, whatever their case; ``pattern`` is a
    regular expression that is found in the message; ``breaking`` is whether they break something,
    None for both. ``bump`` and ``section`` are None where the rule says nothing of it; an empty
    section is none at all. ``number`` is its place in the configuration, from 1.
    """

    number: int
    type: str = ""
    scope: str = ""
    pattern: str = ""
    breaking: bool | None = None
    bump: Bump | None = None
    section: str | None = None

    def fits(self, change: Change, within: Within) -> bool:
        """Whether the rule is about a change; one without a type fits by its message alone."""
        if self.breaking not in (None, is_breaking(change)):
            return False
        if not change.type and not self.reads_any:
            return False
        if self.type and not fits_wildcards(change.type.lower(), self.type.lower()):
            return False
        if self.scope and not fits_wildcards((change.scope or "").lower(), self.scope.lower()):
            return False
        return not self.pattern or self._is_in(change, within)

    @property
    def reads_any(self) -> bool:
        """Whether it makes a change of a message that is none by itself."""
        return bool(self.pattern) and not self.type and not self.scope

    def _is_in(self, change: Change, within: Within) -> bool:
        text = change.rest.message or change.header
        with within(f"the pattern of rules {self.pattern!r}"):
            return re.search(self.pattern, text[:MOST_MATCHED]) is not None

    def __str__(self) -> str:
        """The rule as a person finds it."""
        said = [
            f"{name} {str(value).lower() if name == 'breaking' else value}"
            for name, value in zip(self._fields[1:5], self[1:5], strict=True)
            if value not in ("", None)
        ]
        return f"rule {self.number} ({', '.join(said)})"


class Ruling(NamedTuple):
    """What holds for one change: its bump, the rule that says so if one does, and its section.

    The section is None where no rule says, empty where one leaves the change out.
    """

    bump: Bump
    rule: ChangeRule | None
    section: str | None


def is_breaking(change: Change) -> bool:
    """Whether a change is a major one, by what it says or by what its convention made of it."""
    return change.breaking or change.level == "major"


DEFAULT_TYPES: dict[str, Bump] = {"feat": Bump.MINOR, "fix": Bump.PATCH, "perf": Bump.PATCH}
DEFAULT_HIDDEN = ("docs", "chore", "ci", "test", "build", "style", "refactor")
"""The types that concern no reader of release notes."""


class BumpRules(NamedTuple):
    """Which change asks for which bump: by rules, else by its type; other types ask for none."""

    types: dict[str, Bump] = DEFAULT_TYPES
    zero: ZeroRules = ZeroRules()
    rules: tuple[ChangeRule, ...] = ()

    @property
    def has_patterns(self) -> bool:
        """Whether a rule has a pattern, which takes time that has to be limited."""
        return any(rule.pattern for rule in self.rules)

    def of(self, change: Change, within: Within = unlimited) -> Bump:
        """What one change asks for on its own, from version 1.0.0 on."""
        return self.ruling(change, within).bump if self.rules else self.by_type(change)

    def ruling(self, change: Change, within: Within = unlimited) -> Ruling:
        """What the first rule that fits says of the bump, and the first that does of the section.

        What breaks something is neither lowered nor left out by a rule that does not say of itself
        that it is about breaking changes.
        """
        by: ChangeRule | None = None
        section: str | None = None
        for rule in self.rules:
            if rule.fits(change, within):
                may_lower = rule.breaking or not is_breaking(change)
                if by is None and may_lower and rule.bump is not None:
                    by = rule
                if section is None and (may_lower or rule.section):
                    section = rule.section
        bump = by.bump if by is not None else None
        return Ruling(self.by_type(change) if bump is None else bump, by, section)

    def hides(self, change: Change, within: Within = unlimited) -> bool:
        """Whether a rule leaves a change out of release notes."""
        return bool(self.rules) and self.ruling(change, within).section == ""

    def change_of(self, rest: MessageBody, within: Within = unlimited) -> Change | None:
        """The change that a rule makes of a message that is not conventional, or None."""
        notes = rest.breaking_notes
        change = Change("", None, rest.header, bool(notes), notes, rest)
        return change if any(rule.fits(change, within) for rule in self.rules) else None

    def by_type(self, change: Change) -> Bump:
        """What one change asks for where no rule says anything else."""
        if change.level is not None:
            return Bump[change.level.upper()]
        if change.breaking:
            return Bump.MAJOR
        return self.types.get(change.type, _NONE)

    def at(self, base: Version, bump: Bump) -> Bump:
        """What a bump amounts to on top of ``base``: 0.x versions follow rules of their own."""
        if base.major > 0:
            return bump
        if bump is Bump.MAJOR:
            return self.zero.breaking
        if bump is Bump.MINOR:
            return self.zero.feature
        return bump


def bumped(version: Version, bump: Bump) -> Version:
    """The version a bump leads to from a stable version."""
    if bump is Bump.MAJOR:
        return version.next_major()
    if bump is Bump.MINOR:
        return version.next_minor()
    if bump is Bump.PATCH:
        return version.next_patch()
    return version
