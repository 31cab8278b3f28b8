"""How a version is written in a file: the schemes, the `v` before it, and finding it in prose."""

from typing import NamedTuple

from tagboat.core.errors import UsageError
from tagboat.core.version.pep440 import NoSpelling, from_pep440, to_pep440
from tagboat.core.version.version import SEMVER, InvalidVersion, Version

_NUMBER = r"(?:0|[1-9][0-9]*)"
# Also what no scheme of ours can say, such as post releases: better found and refused than missed.
_PEP440_SUFFIX = (
    r"[-_.]?(?:a|b|c|rc|RC|alpha|beta|pre|preview|dev|post|rev|r)[-_.]?[0-9]+"
    r"(?:\+[0-9a-z]+(?:\.[0-9a-z]+)*)?"
)

WRITTEN = rf"[vV]?(?:{_NUMBER}\.{_NUMBER}\.{_NUMBER}{_PEP440_SUFFIX}|{SEMVER})"
"""Regular expression source of a version with three numbers inside a longer text, either scheme."""


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
