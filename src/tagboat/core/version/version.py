"""Versions as Semantic Versioning 2.0.0 defines them: https://semver.org/spec/v2.0.0.html.

A `Version` is an immutable value, ordered by precedence (items 10 and 11 of the specification).
Build metadata is kept and spelled back, and takes no part in order, equality or hash.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import final

MAX_DIGITS = 640
"""Longest major, minor or patch number. The specification sets no limit; Python does, for its
conversions between int and str, and no setting of the interpreter can put it below 640 digits."""

_MAX_NUMBER = 10**MAX_DIGITS - 1
_MAX_SHOWN = 60

_NUMBER = rf"(?:0|[1-9][0-9]{{0,{MAX_DIGITS - 1}}})"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD_IDENTIFIER = r"[0-9A-Za-z-]+"

SEMVER = (
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?"
    rf"(?:\+{_BUILD_IDENTIFIER}(?:\.{_BUILD_IDENTIFIER})*)?"
)
"""Regular expression source of a version: no groups, no anchors, to be embedded in larger ones.

It matches exactly the texts that `Version.parse` accepts. Matching takes linear time: where an
identifier ends is never ambiguous.
"""

_match_core = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})").fullmatch
_ATTACHED_NUMBER = r"([A-Za-z-]*[A-Za-z])([0-9]+)"  # kept as text: few versions have one
Identifiers = tuple[tuple[bool, int, str], ...]
"""Sort key of a prerelease; for each identifier whether it is alphanumeric, its length if it is a
number, its text."""


class InvalidVersion(ValueError):  # noqa: N818 - the name the field's libraries use
    """A text or a part that Semantic Versioning does not allow. The message says why."""


@final
class Version(tuple[int, int, int, bool, Identifiers]):  # noqa: SLOT001 - build lives outside the key
    """One version: `major.minor.patch`, and where given `-prerelease` and `+build`.

    Comparisons follow precedence and so ignore `build`. The value is its own sort key, a tuple, so
    that a repository's ten thousand tags are made and compared at the speed of tuples: the three
    numbers, whether it is stable, and a key for each identifier of the prerelease. No attribute can
    be set or deleted.
    """

    major: int = property(itemgetter(0))  # type: ignore[assignment] # as typing.NamedTuple does it
    minor: int = property(itemgetter(1))  # type: ignore[assignment]
    patch: int = property(itemgetter(2))  # type: ignore[assignment]

    def __new__(
        cls,
        major: int,
        minor: int,
        patch: int,
        prerelease: tuple[str, ...] = (),
        build: tuple[str, ...] = (),
    ) -> Version:
        """Make a version of its parts: `Version(1, 2, 3, ("rc", "1"))` is 1.2.3-rc.1.

        Raises `InvalidVersion` for a number below zero or of more than 640 digits, and for an
        identifier that is empty, has a character other than ASCII letters, digits and hyphen, or
        (in the prerelease) is a number with a leading zero.
        """
        _require_number("major number", major)
        _require_number("minor number", minor)
        _require_number("patch number", patch)
        fault = _prerelease_fault(prerelease) or _build_fault(build)
        if fault:
            raise InvalidVersion(fault)
        return cls._made((major, minor, patch), prerelease, build)

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version from a text that holds nothing else, not even a leading `v`.

        Raises `InvalidVersion`, in linear time, for anything else.
        """
        match = _match_core(text)
        if match is not None:
            major, minor, patch = match.groups()
            return tuple.__new__(cls, (int(major), int(minor), int(patch), True, ()))
        rest, plus, build_text = text.partition("+")
        core, dash, prerelease_text = rest.partition("-")
        prerelease = tuple(prerelease_text.split(".")) if dash else ()
        build = tuple(build_text.split(".")) if plus else ()
        match = _match_core(core)
        if match is None:
            raise InvalidVersion(_not_semver(text, _core_fault(core)))
        fault = _prerelease_fault(prerelease) or _build_fault(build)
        if fault:
            raise InvalidVersion(_not_semver(text, fault))
        major, minor, patch = match.groups()
        return cls._made((int(major), int(minor), int(patch)), prerelease, build)

    @classmethod
    def _made(
        cls, numbers: tuple[int, int, int], prerelease: tuple[str, ...], build: tuple[str, ...]
    ) -> Version:
        """Make a version of parts known to be valid."""
        identifiers = tuple(map(_identifier_precedence, prerelease)) if prerelease else ()
        version = tuple.__new__(cls, (*numbers, not prerelease, identifiers))
        if build:
            version.__dict__["_build"] = build
        return version

    @property
    def prerelease(self) -> tuple[str, ...]:
        """The identifiers of the prerelease, as written."""
        return tuple([text for _, _, text in self[4]]) if self[4] else ()

    @property
    def build(self) -> tuple[str, ...]:
        """The identifiers of the build metadata, as written."""
        build: tuple[str, ...] = self.__dict__.get("_build", ())
        return build

    @property
    def is_prerelease(self) -> bool:
        """Whether this version has a prerelease part, and so comes before its core."""
        return not self[3]

    @property
    def core(self) -> Version:
        """The version `major.minor.patch` alone."""
        return Version(self.major, self.minor, self.patch)

    def next_major(self) -> Version:
        """Return the lowest stable version above this one that starts a major line.

        A prerelease of such a version leads to that version: 2.0.0-rc.1 to 2.0.0.
        """
        if self.prerelease and self.minor == self.patch == 0:
            return self.core
        return Version(self.major + 1, 0, 0)

    def next_minor(self) -> Version:
        """Return the lowest stable version above this one that starts a minor line.

        A prerelease of such a version leads to that version: 1.3.0-rc.1 to 1.3.0.
        """
        if self.prerelease and self.patch == 0:
            return self.core
        return Version(self.major, self.minor + 1, 0)

    def next_patch(self) -> Version:
        """Return the lowest stable version above this one; of a prerelease, its core."""
        if self.prerelease:
            return self.core
        return Version(self.major, self.minor, self.patch + 1)

    def with_prerelease(self, token: str, number: int, *, attached: bool = False) -> Version:
        """Return this version's core as the prerelease `token.number`, or attached `token1`.

        The token may hold several identifiers, as in `beta.hotfix`. Raises `InvalidVersion` where
        the outcome would be none.
        """
        _require_number("prerelease number", number)
        prerelease = f"{token}{number}" if attached else f"{token}.{number}"
        return Version(self.major, self.minor, self.patch, tuple(prerelease.split(".")))

    @property
    def numbered_prerelease(self) -> tuple[str, str, bool]:
        """The prerelease as token and number, and whether the number is attached, as in `rc1`.

        What has no number is all token: `rc`, and a lone `1`.
        """
        *first, last = self.prerelease or ("",)
        if first and last.isdigit():
            return ".".join(first), last, False
        attached = re.fullmatch(_ATTACHED_NUMBER, last)
        if attached is None:
            return ".".join(self.prerelease), "", False
        return ".".join((*first, attached[1])), attached[2], True

    def prerelease_number(self, token: str) -> int | None:
        """Return N where the prerelease is exactly `token.N` or `tokenN`, else None.

        Raises `InvalidVersion` where N has more than 640 digits.
        """
        name, number, _ = self.numbered_prerelease
        if name != token or not number:
            return None
        if len(number) > MAX_DIGITS:
            raise InvalidVersion(_too_long("prerelease number"))
        return int(number)

    def __str__(self) -> str:
        """Spell the version as it was read."""
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += "-" + ".".join(self.prerelease)
        if self.build:
            text += "+" + ".".join(self.build)
        return text

    def __repr__(self) -> str:
        return f"Version('{self}')"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Version does not change: {name} can't be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Version does not change: {name} can't be deleted")

    def __reduce__(self) -> tuple[type[Version], tuple[object, ...]]:
        # Copying and pickling set attributes by default.
        return Version, (self.major, self.minor, self.patch, self.prerelease, self.build)


def quoted(text: str) -> str:
    """Show any text in a message: in quotes, unprintable characters escaped, cut if long."""
    if len(text) <= _MAX_SHOWN:
        return repr(text)
    return f"{text[:_MAX_SHOWN]!r}... ({len(text)} characters)"


def _identifier_precedence(identifier: str) -> tuple[bool, int, str]:
    """Order numbers below words, numbers by value (length, then text) and words by ASCII."""
    if identifier.isdigit():
        return (False, len(identifier), identifier)
    return (True, 0, identifier)


def _not_semver(text: str, fault: str) -> str:
    return f"{quoted(text)} is not a semantic version: {fault}"


def _too_long(name: str) -> str:
    return f"the {name} has more than {MAX_DIGITS} digits"


def _require_number(name: str, number: int) -> None:
    if number < 0:
        raise InvalidVersion(f"the {name} is negative")
    if number > _MAX_NUMBER:
        raise InvalidVersion(_too_long(name))


def _core_fault(core: str) -> str:
    """Say what is wrong with a text that is not `major.minor.patch`."""
    if core[:1] in {"v", "V"}:
        return f"it starts with {core[0]!r}, which belongs to a tag and not to a version"
    parts = core.split(".", 3)
    parts += [""] * (3 - len(parts))
    for name, part in zip(("major number", "minor number", "patch number"), parts, strict=False):
        fault = _number_fault(name, part)
        if fault:
            return fault
    return "the patch number is followed by '.', where only '-' or '+' can follow"


def _number_fault(name: str, text: str) -> str:
    """Say what is wrong with one of the three numbers; empty if nothing is."""
    if not text:
        return f"the {name} is missing"
    if not (text.isascii() and text.isdigit()):
        return f"the {name} {quoted(text)} has characters other than the digits 0 to 9"
    if len(text) > 1 and text.startswith("0"):
        return f"the {name} {quoted(text)} has a leading zero"
    if len(text) > MAX_DIGITS:
        return _too_long(name)
    return ""


def _prerelease_fault(identifiers: tuple[str, ...]) -> str:
    """Say what is wrong with a prerelease; empty if nothing is."""
    fault = _identifiers_fault("prerelease", identifiers)
    if fault:
        return fault
    for identifier in identifiers:
        if identifier[0] == "0" and len(identifier) > 1 and identifier.isdigit():
            return f"the prerelease identifier {quoted(identifier)} has a leading zero"
    return ""


def _build_fault(identifiers: tuple[str, ...]) -> str:
    """Say what is wrong with build metadata; empty if nothing is."""
    return _identifiers_fault("build metadata", identifiers)


def _identifiers_fault(part: str, identifiers: tuple[str, ...]) -> str:
    if "" in identifiers:
        return f"the {part} has an empty identifier"
    for identifier in identifiers:
        if not (identifier.isascii() and identifier.replace("-", "0").isalnum()):
            return (
                f"the {part} identifier {quoted(identifier)} has a character other than "
                "ASCII letters, digits and hyphen"
            )
    return ""
