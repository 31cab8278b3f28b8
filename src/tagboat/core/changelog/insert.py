"""Putting a release's notes into a changelog that people write by hand.

Not a character of what people wrote changes: it stays where it is, or moves from what was not
released yet to the release that brings it. The caller reads and writes the file as UTF-8 with
``surrogateescape`` and without translating line ends, so that even a file in another encoding comes
out as it was.
"""

import re
from typing import NamedTuple

from tagboat.core.changelog.headings import FileHeading, headings_of, lines_of, version_of
from tagboat.core.changelog.merge import NotesKind, join_notes
from tagboat.core.errors import RepositoryError
from tagboat.core.forge.links import encoded

MARKER = "<!-- version list -->"
"""Stands where the newest release belongs, where headings do not tell."""

_BOM = "\ufeff"
_MARKERS = re.compile(
    r"\s*(?:<!--|\.\.)?\s*(?:version list|towncrier release notes start)\s*(?:-->)?\s*",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r" {0,3}\[(?P<label>[^\[\]]+)\]:\s*(?P<url>\S+)(?P<rest>\s*.*)", re.DOTALL)
_COMPARE = re.compile(r"(?P<site>.*/)(?P<old>[^/]+?)(?P<dots>\.{2,3})(?P<new>[^/.][^/]*)")
_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+ \([^()\s]+\) [\w -]+; urgency=")
_NO_IDS: frozenset[str] = frozenset()


class NewNotes(NamedTuple):
    """What goes into a file: ``text`` is a release's notes, heading included.

    ``version`` is what the heading names, without ``v``, and empty for what is not released yet;
    ``tag`` is the release's. A file without text gets ``header`` first. What people wrote under
    "Unreleased" moves to the release if that is the ``newest``, which is being made; else only what
    names its commits does. ``reverted`` are the ids of commits whose entries are to go.
    """

    text: str
    version: str
    tag: str = ""
    header: str = ""
    newest: bool = True
    reverted: frozenset[str] = _NO_IDS

    @property
    def kind(self) -> NotesKind:
        """What the notes are of."""
        if not self.version:
            return NotesKind.UNRELEASED
        return NotesKind.NEWEST if self.newest else NotesKind.EARLIER


class _ChangelogText(NamedTuple):
    """A file taken apart; ``lines`` have their ends."""

    lines: list[str]
    line_end: str
    headings: list[FileHeading]

    @classmethod
    def of(cls, content: str) -> "_ChangelogText":
        line_end = "\r\n" if content.count("\r\n") * 2 > content.count("\n") else "\n"
        lines = lines_of(content)
        return cls(lines, line_end, headings_of([line.rstrip("\r\n") for line in lines]))

    def spelled(self, text: str) -> str:
        """A text with the file's line ends."""
        return text.replace("\n", self.line_end)


def inserted(existing: str, notes: NewNotes) -> str:
    """A changelog with a release's notes in their place; as it was where they are there already.

    The place is after what is not released yet, else before the first version's heading, else at
    the end (before the definitions of links). The notes take the file's line ends. Without a
    version it is the section of what is not released yet that is made or brought up to date.
    Raises RepositoryError for a file with headings of which none names a version, and in UTF-16.
    """
    if "\0" in existing:
        problem = "the changelog is no text in UTF-8: it has NUL characters"
        raise RepositoryError(problem, "save it in UTF-8; it may be in UTF-16")
    content = existing.removeprefix(_BOM)
    file = _ChangelogText.of(content)
    text = notes.text.strip("\n")
    if not content.strip():
        return existing + file.spelled(f"{notes.header}{text}\n" if text else "")
    at = next((one for one in file.headings if one.is_unreleased or one.version), None)
    if at is not None and not at.is_unreleased:
        at = None  # one that stands below a release was forgotten there
    if notes.version and _has_version(file, notes):
        return existing
    if at is not None:
        lines = _beside_unreleased(file, at, notes)
    elif not text or file.spelled(text) in content:
        return existing
    else:
        place = _insert_line(file)
        lines = _with_text(file, file.lines[:place], text, file.lines[place:])
    if notes.version:
        lines = _with_definitions(lines, file, notes)
    return existing[: len(existing) - len(content)] + "".join(lines)


def _has_version(file: _ChangelogText, notes: NewNotes) -> bool:
    """Whether a release stands in a file already."""
    return file.spelled(notes.text.strip("\n")) in "".join(file.lines) or any(
        heading.version == notes.version and not heading.is_unreleased for heading in file.headings
    )


def _with_text(file: _ChangelogText, before: list[str], text: str, after: list[str]) -> list[str]:
    """Lines with a text between them, set off by blank lines."""
    end = file.line_end
    gap = ""
    if before and not before[-1].endswith("\n"):
        gap = end * 2
    elif before and before[-1].strip():
        gap = end
    closing = end * (2 if after else file.lines[-1].endswith("\n"))
    return [*before, gap, file.spelled(text), closing, *after]


def _beside_unreleased(file: _ChangelogText, at: FileHeading, notes: NewNotes) -> list[str]:
    """The lines with a release after what is not released yet, or with that brought up to date.

    The heading stays, unless it says which version it is for.
    """
    end = _section_end(file, at)
    written = file.lines[at.end : end]
    blank = [line for line in written[:1] if not line.strip()]
    merged = join_notes(notes.text, written[len(blank) :], notes.kind, notes.reverted)
    if not notes.version:
        return _refreshed(file, at, end, merged.notes, merged.rest)
    before = [*file.lines[: at.end], *blank, *merged.rest]
    if notes.newest and at.version:
        before = file.lines[: at.start]
    return _with_text(file, before, merged.notes.strip("\n"), file.lines[end:])


def _refreshed(
    file: _ChangelogText, at: FileHeading, end: int, notes: str, rest: tuple[str, ...]
) -> list[str]:
    """The lines with another section of what is not released yet, under the heading it has."""
    lines = notes.strip("\n").split("\n")
    headings = headings_of(lines)
    if headings and (headings[0].is_unreleased or headings[0].level <= at.level):
        lines = lines[headings[0].end :]
    hints = "".join(rest).replace("\r\n", "\n").strip("\n")
    text = "\n\n".join(filter(None, (hints, "\n".join(lines).strip("\n"))))
    before, after = file.lines[: at.end], file.lines[end:]
    if text:
        return _with_text(file, before, text, after)
    return [*before, file.line_end, *after] if after else before


def _section_end(file: _ChangelogText, at: FileHeading) -> int:
    """Where the section under a heading ends."""
    for heading in file.headings:
        is_deeper = heading.level > at.level + heading.is_bare
        if heading.start >= at.end and not is_deeper:
            return heading.start
    return max(at.end, _last_of(file))


def _insert_line(file: _ChangelogText) -> int:
    """The line before which a release's notes belong, in a file without unreleased changes."""
    for number, line in enumerate(file.lines):
        if _MARKERS.fullmatch(line):
            return next(
                (n for n in range(number + 1, len(file.lines)) if file.lines[n].strip()),
                len(file.lines),
            )
    for heading in file.headings:
        if heading.version:
            return heading.start
    if len(file.headings) > 1 or any(map(_DEBIAN.match, file.lines)):
        raise RepositoryError(
            "no heading of the changelog names a version, so that the place of a release in it is "
            f"not known: it has {_list_marker(file)}",
            f"write the line {MARKER} where the newest release belongs, or a heading "
            "`## Unreleased`",
        )
    return _last_of(file)


def _list_marker(file: _ChangelogText) -> str:
    """The first headings of a file, in words."""
    return ", ".join(repr(heading.title) for heading in file.headings[:3]) or "those of Debian"


def _last_of(file: _ChangelogText) -> int:
    """The end of a file, before the definitions of links."""
    place = end = len(file.lines)
    while end > 0 and (not file.lines[end - 1].strip() or _DEFINITION.match(file.lines[end - 1])):
        end -= 1
        if file.lines[end].strip():
            place = end
    return place


def _with_definitions(lines: list[str], file: _ChangelogText, notes: NewNotes) -> list[str]:
    """The lines with Keep a Changelog's addresses of versions brought up to date."""
    lines = lines_of("".join(lines))
    found = [(n, match) for n, line in enumerate(lines) if (match := _DEFINITION.match(line))]
    versions = [(n, match) for n, match in found if version_of(match["label"])]
    if not notes.tag or notes.version in (version_of(match["label"]) for _, match in versions):
        return lines
    label = notes.version
    if versions and versions[0][1]["label"][:1] in "vV":
        label = f"v{label}"
    for number, match in found:
        if match["label"].lower() == "unreleased" and (range_ := _COMPARE.fullmatch(match["url"])):
            context, old, dots, new = range_.groups()
            tag = encoded(notes.tag)
            lines[number] = lines[number].replace(match["url"], f"{context}{tag}{dots}{new}")
            address = f"{context}{old}{dots}{tag}"
            return _with_line(lines, number + 1, f"[{label}]: {address}", file.line_end)
    if not versions:
        return lines
    number, match = versions[0]
    address = _next_address(match, notes)
    return _with_line(lines, number, f"[{label}]: {address}", file.line_end)


def _next_address(above: re.Match[str], notes: NewNotes) -> str:
    """The address of a release, like that of the one before it."""
    range_ = _COMPARE.fullmatch(above["url"])
    if range_ is None:
        return above["url"].replace(version_of(above["label"]), encoded(notes.version))
    context, _, dots, new = range_.groups()
    return f"{context}{new}{dots}{encoded(notes.tag)}"


def _with_line(lines: list[str], place: int, line: str, line_end: str) -> list[str]:
    """Lines with one more."""
    if place and not lines[place - 1].endswith("\n"):
        return [*lines[:place], line_end + line]
    return [*lines[:place], line + line_end, *lines[place:]]
