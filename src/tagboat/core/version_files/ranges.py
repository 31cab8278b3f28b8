"""Version ranges of manifests: what one allows, and how it reads for another version.

- `npm`: https://github.com/npm/node-semver#ranges. A number alone means all that begin so.
- `cargo`: https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html. A number alone
  means what is compatible with it.
- `pep440`: https://packaging.python.org/en/latest/specifications/version-specifiers/

pnpm and yarn put `workspace:` before a range of npm; `workspace:^`, `workspace:~` and `workspace:*`
stand for the version that is there (https://pnpm.io/workspaces,
https://yarnpkg.com/protocol/workspace).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tagboat.core.version.pep440 import spelled
from tagboat.core.version.version import Version

_NUMBER = r"(?:0|[1-9][0-9]{0,15})"
_PLAIN = re.compile(
    rf"(?P<sign>\^|~>|~=|~|={{1,3}}|!=|>=|<=|>|<)?(?P<gap>\s*[vV]?)(?P<numbers>{_NUMBER}(?:\.{_NUMBER}){{0,2}})"
    r"(?P<wild>(?:\.[xX*])+)?(?P<suffix>[-+][0-9A-Za-z.+-]+|\.?(?:a|b|rc|dev|post)[0-9]+)?"
)
_BETWEEN = {"npm": r"\s*\|\|\s*|\s+-\s+|\s+", "cargo": r"\s*,\s*", "pep440": r"\s*,\s*"}
_ANY = ("", "*", "x", "X", "latest")
_WORKSPACE = "workspace:"
_HERE = {"*": "", "^": "^", "~": "~"}
"""What `workspace:` may have behind it in the place of a range."""
_ALL_NUMBERS = 3


class Comparator(NamedTuple):
    """One part of a range: a sign, and as many numbers as are written.

    ``start`` and ``end`` are where the version stands in the range, ``numbers_end`` where its
    numbers end. One ``is_open`` where anything may follow its numbers.
    """

    sign: str
    numbers: tuple[int, ...]
    suffix: str
    start: int
    numbers_end: int
    end: int
    is_open: bool

    @property
    def floor(self) -> Version:
        """The lowest version that begins so."""
        text = _dotted(_padded(self.numbers))
        return Version.parse(text + self.suffix if self.suffix.startswith("-") else text)


class RangeEdit(NamedTuple):
    """New characters in the place of some of a range; positions count from its start."""

    start: int
    end: int
    new: str


class VersionRange(NamedTuple):
    """The text of a range, and the scheme that it is read by."""

    text: str
    scheme: str

    def holds(self, version: Version, there: Version) -> bool:
        """Whether a range allows a version; ``there`` is that of the workspace before it.

        What is no range, such as an address or a folder, allows all.
        """
        text = self.text.removeprefix(_WORKSPACE)
        if self.text.startswith(_WORKSPACE) and text in _HERE:
            text = f"{_HERE[text]}{there}"
        if self.scheme == "pep440":
            return _specifier_holds(text, version)
        found = list(_alternatives(text, self.scheme))
        return not found or any(_all_allow(each, version, self.scheme) for each in found)

    def edits(self, version: Version) -> tuple[RangeEdit, ...]:
        """What to replace so that the range is spelled for a version; nothing where none is.

        Each part keeps its sign and the number of its numbers. What only bounds the range from
        above is moved where it would leave the version out. Of several alternatives, or with
        `-` between its ends, a range stays as it is where it allows the version.
        """
        at = len(_WORKSPACE) if self.text.startswith(_WORKSPACE) else 0
        text = self.text[at:]
        found = list(_alternatives(text, self.scheme))
        spans = _is_span(text) or len(found) > 1
        if not found or (spans and self.holds(version, version)):
            return ()
        if len(found) > 1:
            last = found[-1][-1]
            new = f" || {last.sign}{_as_written(last, version, self.scheme)}"
            return (RangeEdit(len(self.text), len(self.text), new),)
        parts = found[0][1:] if spans else found[0]
        made = (_edit_of(part, version, self.scheme) for part in parts)
        changed = (one for one in made if text[one.start : one.end] != one.new)
        return tuple(RangeEdit(at + one.start, at + one.end, one.new) for one in changed)

    def spelled(self, version: Version) -> "VersionRange":
        """The range for a version."""
        text = self.text
        for edit in reversed(self.edits(version)):
            text = text[: edit.start] + edit.new + text[edit.end :]
        return self._replace(text=text)


def _padded(numbers: tuple[int, ...]) -> tuple[int, int, int]:
    major, minor, patch, *_ = (*numbers, 0, 0)
    return major, minor, patch


def _specifier_holds(text: str, version: Version) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text).contains(spelled(version, "pep440"))
    except InvalidSpecifier:
        return True


def _is_span(text: str) -> bool:
    """Whether a range is two ends with a hyphen between them."""
    return re.search(r"\s-\s", text) is not None


def _alternatives(text: str, scheme: str) -> Iterator[list[Comparator]]:
    """The comparators of each alternative; none where a text is no range, or allows all."""
    if text.strip() in _ANY or _scan(text, scheme) is None:
        return
    at = 0
    for part in text.split("||") if scheme == "npm" else [text]:
        found = _scan(part, scheme, at) or []
        if _is_span(part):
            found = [one._replace(sign=sign) for one, sign in zip(found, (">=", "<="), strict=True)]
        yield found
        at += len(part) + len("||")


def _scan(text: str, scheme: str, offset: int = 0) -> list[Comparator] | None:
    """The comparators of a text; None where it holds anything else."""
    between = re.compile(_BETWEEN[scheme])
    found: list[Comparator] = []
    at = len(text) - len(text.lstrip())
    while match := _PLAIN.match(text, at):
        found.append(_comparator(match, offset))
        at = match.end()
        gap = between.match(text, at)
        if at == len(text.rstrip()) or gap is None:
            break
        at = gap.end()
    return found if found and at == len(text.rstrip()) else None


def _comparator(match: re.Match[str], offset: int) -> Comparator:
    numbers = tuple(map(int, match["numbers"].split(".")))
    return Comparator(
        match["sign"] or "",
        numbers,
        match["suffix"] or "",
        offset + match.start("numbers"),
        offset + match.end("numbers"),
        offset + match.end("numbers" if match["wild"] else 0),
        match["wild"] is not None,
    )


def _all_allow(parts: list[Comparator], version: Version, scheme: str) -> bool:
    """Whether all parts allow a version; a prerelease only where one has another of its core."""
    if version.is_prerelease and not any(
        part.suffix.startswith("-") and part.floor.core == version.core for part in parts
    ):
        return False
    return all(low <= version for low in _lows(parts, scheme)) and not any(
        high <= version for high in _highs(parts, scheme)
    )


def _lows(parts: list[Comparator], scheme: str) -> Iterator[Version]:
    """The lowest version that each part allows."""
    for part in parts:
        if part.sign == ">":
            yield _first_above(part, scheme)
        elif part.sign not in ("<", "<="):
            yield part.floor


def _highs(parts: list[Comparator], scheme: str) -> Iterator[Version]:
    """The lowest version that each part leaves out above."""
    for part in parts:
        if part.sign == "<":
            yield part.floor
        elif part.sign in ("^", "~", "~>", "=", "", "<="):
            yield _first_above(part, scheme)


def _first_above(part: Comparator, scheme: str) -> Version:
    """The first version above all that a comparator means."""
    sign = "^" if scheme == "cargo" and not part.sign and not part.is_open else part.sign
    kept = len(part.numbers)
    if sign == "^":
        kept = next((n for n, number in enumerate(part.numbers, 1) if number), kept)
    elif sign in ("~", "~>"):
        kept = min(kept, 2)
    elif kept == _ALL_NUMBERS:
        return _just_above(part.floor)
    return _raised(part.numbers, kept)


def _just_above(version: Version) -> Version:
    """The lowest version above another one."""
    core = version.core
    if version.is_prerelease:
        return Version(core.major, core.minor, core.patch, (*version.prerelease, "0"))
    return Version(core.major, core.minor, core.patch + 1, ("0",))


def _raised(numbers: tuple[int, ...], kept: int) -> Version:
    """The version after all that begin with some numbers."""
    major, minor, patch = _padded((*numbers[: kept - 1], numbers[kept - 1] + 1))
    return Version(major, minor, patch)


def _edit_of(part: Comparator, version: Version, scheme: str) -> RangeEdit:
    """What stands in a comparator for a version; it may be what is there."""
    if part.sign == "<":
        return RangeEdit(part.start, part.numbers_end, _dotted(_bound(part, version)))
    if part.sign in (">", "!=") or (part.sign == "<=" and version <= part.floor):
        return RangeEdit(part.start, part.numbers_end, _dotted(part.numbers))
    return RangeEdit(part.start, part.end, _as_written(part, version, scheme))


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def _bound(part: Comparator, version: Version) -> tuple[int, ...]:
    """The numbers of a bound that is above a version, as far as they matter to it."""
    numbers = part.numbers
    if version.core < part.floor.core:
        return numbers
    kept = max((n for n, number in enumerate(numbers, 1) if number), default=1)
    new = _three_numbers(version)[:kept]
    return (*new[:-1], new[-1] + 1, *[0] * (len(numbers) - kept))


def _three_numbers(version: Version) -> tuple[int, ...]:
    return (version.major, version.minor, version.patch)


def _as_written(part: Comparator, version: Version, scheme: str) -> str:
    """A version with as many numbers as a comparator has; a prerelease is spelled in full."""
    kept = len(part.numbers)
    if part.is_open or (kept < _ALL_NUMBERS and not version.is_prerelease):
        return _dotted(_three_numbers(version)[:kept])
    plain = version.core if not version.is_prerelease else version
    return spelled(plain, "pep440" if scheme == "pep440" else "semver")
