"""Bump: how far the next version is from the last, always with the changes that caused it."""

from enum import IntEnum
from typing import NamedTuple

from tagboat.core.changes.change import Change
from tagboat.core.version.version import Version


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


DEFAULT_TYPES: dict[str, Bump] = {"feat": Bump.MINOR, "fix": Bump.PATCH, "perf": Bump.PATCH}


class BumpRules(NamedTuple):
    """Which type of change asks for which bump; types that are not named ask for none."""

    types: dict[str, Bump] = DEFAULT_TYPES
    zero: ZeroRules = ZeroRules()

    def of(self, change: Change) -> Bump:
        """What one change asks for on its own, from version 1.0.0 on."""
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
