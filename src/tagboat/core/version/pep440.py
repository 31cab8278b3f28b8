"""Spelling a version the way Python packages do, and back: PEP 440; and in either scheme.

The specification followed is https://packaging.python.org/en/latest/specifications/version-specifiers/.

| SemVer | PEP 440 | also read from SemVer |
| --- | --- | --- |
| 1.2.0-alpha.1 | 1.2.0a1 | 1.2.0-a.1 |
| 1.2.0-beta.1 | 1.2.0b1 | 1.2.0-b.1 |
| 1.2.0-rc.1 | 1.2.0rc1 | 1.2.0-c.1 |
| 1.2.0-dev.1 | 1.2.0.dev1 | |
| 1.2.0+linux.5 | 1.2.0+linux.5 | |

The tokens in the first column are the canonical ones. With them, both ways round give back what
went in, build metadata included. The short tokens are read, and come back as the canonical ones.

Order is the same on both sides among stable, `alpha`, `beta` and `rc`, and among stable, `rc` and
`dev`. One pair differs: SemVer orders words by ASCII, so `dev` is above `alpha` and `beta`, while
in PEP 440 `.devN` is below them. `dev` is spelled all the same, because development releases alone
or followed by release candidates are in use and order well; only who mixes `dev` with `alpha` or
`beta` before one release gets two orders. The short tokens are outside the promise of order too:
`a.2` is below `alpha.1`, and `a2` above `a1`.

SemVer gives build metadata no order, PEP 440 does: versions that differ in it alone are equal here
and ordered there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.errors import UsageError
from tagboat.core.version.version import MAX_DIGITS, SEMVER, InvalidVersion, Version, quoted

if TYPE_CHECKING:
    from packaging.version import Version as Pep440Version

_SEGMENTS = {
    "alpha": "a",
    "a": "a",
    "beta": "b",
    "b": "b",
    "rc": "rc",
    "c": "rc",
    "dev": ".dev",
}
_RELEASE_NUMBERS = 3
_TOKENS = {"a": "alpha", "b": "beta", "rc": "rc"}
_NUMBER = r"(?:0|[1-9][0-9]*)"
# Also what no scheme of ours can say, such as post releases: better found and refused than missed.
_PEP440_SUFFIX = (
    r"[-_.]?(?:a|b|c|rc|RC|alpha|beta|pre|preview|dev|post|rev|r)[-_.]?[0-9]+"
    r"(?:\+[0-9a-z]+(?:\.[0-9a-z]+)*)?"
)

WRITTEN = rf"[vV]?(?:{_NUMBER}\.{_NUMBER}\.{_NUMBER}{_PEP440_SUFFIX}|{SEMVER})"
"""Regular expression source of a version with three numbers inside a longer text, either scheme."""


class NoSpelling(ValueError):  # noqa: N818 - not a mistake: the other scheme has no such version
    """A version that the other scheme can't express. The message says why."""


def to_pep440(version: Version) -> str:
    """Spell a version in PEP 440's normal form.

    Raises `NoSpelling` for a prerelease that is not one of the tokens above with one number, for
    build metadata that PEP 440 would change (upper case, hyphens, leading zeros), and for numbers
    of more than 640 digits.
    """
    fault = (
        _segment_fault(version.prerelease)
        or _local_fault(version.build)
        or _length_fault(version.prerelease + version.build)
    )
    if fault:
        raise NoSpelling(f"{quoted(str(version))} has no PEP 440 spelling: {fault}")
    text = f"{version.major}.{version.minor}.{version.patch}"
    if version.prerelease:
        token, number = version.prerelease
        text += _SEGMENTS[token] + number
    if version.build:
        text += "+" + ".".join(version.build)
    return text


def from_pep440(text: str) -> Version:
    """Read a PEP 440 version, in any form that `packaging` accepts, as a SemVer version.

    Missing release numbers are zero, and a local version becomes build metadata. Raises
    `NoSpelling` for what is no PEP 440 version and for what SemVer has no counterpart for: an
    epoch, more than three release numbers, a post release, a development release of a prerelease,
    and numbers of more than 640 digits.
    """
    from packaging.version import Version as Pep440Version

    try:
        parsed = Pep440Version(text)
    except ValueError as error:
        raise NoSpelling(f"{quoted(text)} is not a PEP 440 version") from error
    prerelease = _prerelease(parsed)
    build = tuple(parsed.local.split(".")) if parsed.local else ()
    fault = _scheme_fault(parsed) or _length_fault(prerelease + build)
    if fault:
        raise NoSpelling(f"{quoted(text)} has no SemVer spelling: {fault}")
    major, minor, patch = (*parsed.release, 0, 0)[:_RELEASE_NUMBERS]
    try:
        return Version(major, minor, patch, prerelease, build)
    except InvalidVersion as error:
        raise NoSpelling(f"{quoted(text)} has no SemVer spelling: {error}") from error


def _prerelease(parsed: Pep440Version) -> tuple[str, ...]:
    if parsed.pre is not None:
        letter, number = parsed.pre
        return (_TOKENS[letter], str(number))
    if parsed.dev is not None:
        return ("dev", str(parsed.dev))
    return ()


def _scheme_fault(parsed: Pep440Version) -> str:
    """Name what SemVer has no counterpart for; empty if there is nothing."""
    if parsed.epoch:
        return "it has an epoch"
    if len(parsed.release) > _RELEASE_NUMBERS:
        return "it has more than three release numbers"
    if parsed.post is not None:
        return "it is a post release"
    if parsed.pre is not None and parsed.dev is not None:
        return "it is a development release of a prerelease"
    return ""


def _segment_fault(identifiers: tuple[str, ...]) -> str:
    if not identifiers:
        return ""
    token, *rest = identifiers
    if len(rest) != 1 or not rest[0].isdigit():
        return "its prerelease is not one word and one number, as in 1.2.0-rc.1"
    if token not in _SEGMENTS:
        return f"{quoted(token)} is none of alpha, beta, rc and dev, nor of a, b and c"
    return ""


def _local_fault(identifiers: tuple[str, ...]) -> str:
    for identifier in identifiers:
        if not identifier.isalnum() or identifier != identifier.lower():
            return (
                f"{quoted(identifier)} in its build metadata has characters other than "
                "lower-case letters and digits"
            )
        if identifier.isdigit() and identifier.startswith("0") and identifier != "0":
            return f"{quoted(identifier)} in its build metadata has a leading zero"
    return ""


def _length_fault(identifiers: tuple[str, ...]) -> str:
    """Refuse numbers that not every Python can convert."""
    for identifier in identifiers:
        if identifier.isdigit() and len(identifier) > MAX_DIGITS:
            return f"it has a number of more than {MAX_DIGITS} digits"
    return ""


class SpelledVersion(NamedTuple):
    """A version as a file has it: what stands before it (`v`, `V` or nothing), and the version."""

    prefix: str
    version: Version


def read_version(text: str) -> SpelledVersion | None:
    """Read a text that holds a version in either scheme and nothing else; None for any other."""
    prefix = text[:1] if text[:1] in ("v", "V") else ""
    body = text[len(prefix) :]
    # PEP 440 would allow blanks and prefixes of its own.
    if not body[:1].isdigit() or body != body.strip():
        return None
    try:
        return SpelledVersion(prefix, Version.parse(body))
    except InvalidVersion:
        pass
    try:
        return SpelledVersion(prefix, from_pep440(body))
    except NoSpelling:
        return None


def spelled(version: Version, scheme: str) -> str:
    """Spell a version in a scheme, `semver` or `pep440`. Raises UsageError where that can't be."""
    if scheme != "pep440":
        return str(version)
    try:
        return to_pep440(version)
    except NoSpelling as error:
        raise UsageError(str(error), 'choose another version, or scheme = "semver"') from error
