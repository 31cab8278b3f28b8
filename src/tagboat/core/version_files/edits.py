"""Version files: the entries of `files`, the versions they lead to, and the edits of a release.

    entry (text) -> Entry -> spots in files -> edits

An edit replaces the characters of one version and leaves every other character of the file alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from tagboat.core.errors import ConflictError, RepositoryError, UsageError
from tagboat.core.version.version import Version, quoted

if TYPE_CHECKING:
    from tagboat.core.version.pep440 import SpelledVersion
    from tagboat.core.version_files.locate import Folder, VersionLocation


PROVIDER = "commitizen"
_PLACEHOLDER = Version(0, 0, 0)
# Providers of commitizen that hold no version in a file of the project's own.
_NOT_IN_FILES = {
    "commitizen": "name the file: PATH:tool.commitizen.version",
    "scm": "leave it out: it reads tags, as tagboat does, and writes nothing",
}


class FileEntry(NamedTuple):
    """One entry of `files`; ``preset`` and ``provider`` are empty but for the entries they name.

    With a preset ``path`` is the folder of the project, empty for the top of the repository. An
    empty ``key`` is that of a file with nothing but the version. A provider is a plugin of
    commitizen.
    """

    text: str
    path: str = ""
    key: str = ""
    preset: str = ""
    provider: str = ""


class Target(NamedTuple):
    """The version that files are to hold, how it is spelled, and which may stand there before.

    ``expected`` holds the versions to be replaced; none of them: any version may stand there, as at
    the first release.
    """

    version: Version
    scheme: str = "semver"
    expected: tuple[Version, ...] = ()


class Edit(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A replacement in a file: the characters from ``start`` up to ``end`` are ``old``.

    Positions count code points of the text decoded as UTF-8, line ends as they are, where each byte
    that is not UTF-8 counts as one.
    """

    path: str
    start: int
    end: int
    old: str
    new: str


def parse_entry(text: str) -> FileEntry:
    """Read one entry of `files`. Raises UsageError where it names what can't hold a version.

    | entry | means |
    | --- | --- |
    | `PATH:KEY` | a key of a TOML, JSON or YAML file, a variable of any other |
    | `PATH:text {version}` | every place of the file where that text stands |
    | `PATH:x-tagboat-version` | the lines that say so in a comment |
    | `PATH` | a file with the version and nothing else |
    | `PRESET`, `PRESET:FOLDER` | what a package manager keeps at the top or in a folder |
    | `commitizen:NAME` | a provider of commitizen |

    A file whose name is that of a preset is meant with `./` before it.
    """
    from tagboat.core.version_files.presets import PRESETS

    path, colon, key = text.partition(":")
    if path == PROVIDER and colon:
        return _provider(text, key)
    if path in PRESETS:
        return _preset(text, path, key)
    return FileEntry(text, path.removeprefix("./"), key)


def _preset(text: str, preset: str, folder: str) -> FileEntry:
    """An entry with a preset. Its folder is judged here: files are looked for around it too."""
    if folder.startswith("/") or ".." in folder.split("/"):
        raise UsageError(
            f"{quoted(folder)} is not a path inside the repository",
            f"write {preset}:FOLDER with a folder of this repository",
        )
    return FileEntry(text, path=folder.rstrip("/"), preset=preset)


def _provider(text: str, name: str) -> FileEntry:
    """An entry with a provider; those of commitizen that we have presets for are these."""
    from tagboat.core.version_files.presets import PRESETS

    if name in _NOT_IN_FILES:
        raise UsageError(f"{text} names no file with a version", _NOT_IN_FILES[name])
    if name in PRESETS:
        return FileEntry(text, preset=name)
    return FileEntry(text, provider=name)


def version_locations(entry: FileEntry, folder: "Folder") -> "tuple[VersionLocation, ...]":
    """Where the versions of an entry stand; none for a provider, which looks for itself.

    Raises UsageError where a file or a place in it is missing, or is not certain.
    """
    from tagboat.core.version_files.locate import locate_versions, require_text
    from tagboat.core.version_files.presets import PRESETS

    if entry.provider:
        return ()
    if entry.preset:
        return PRESETS[entry.preset](folder, entry.path)
    return locate_versions(entry.path, require_text(folder, entry.path), entry.key)


def version_at(spot: "VersionLocation") -> "SpelledVersion":
    """The version that stands in a spot. Raises UsageError where it is none."""
    from tagboat.core.version.pep440 import read_version

    written = read_version(spot.place.value)
    if written is None:
        raise UsageError(
            f"{_location(spot)} is {quoted(spot.place.value)}, which is no version",
            "write a version such as 1.2.3 there",
        )
    return written


def declared(entries: Iterable[FileEntry], folder: "Folder") -> dict[str, Version]:
    """The versions that files hold, by path; placeholders such as 0.0.0-dev are none.

    What can't be read declares nothing: a release says what is wrong with it.
    """
    found: dict[str, Version] = {}
    for entry in entries:
        with suppress(UsageError):
            for spot in version_locations(entry, folder):
                version = version_at(spot).version
                if version.core > _PLACEHOLDER:
                    found.setdefault(spot.path, version)
                    if found[spot.path] != version:
                        found[_location(spot)] = version
    return found


def is_done(version: Version, target: Target) -> bool:
    """Whether a version is the target already, build metadata included."""
    return version == target.version and version.build == target.version.build


def is_expected(version: Version, target: Target) -> bool:
    """Whether a version may stand where the target is to be written."""
    return not target.expected or version in (target.version, *target.expected)


def edits(found: "Iterable[VersionLocation]", target: Target) -> tuple[Edit, ...]:
    """What to replace so that every spot holds the target; nothing where all of them do.

    Raises UsageError where a spot holds no version, the target can't be spelled as the file needs
    it, or two spots overlap; ConflictError, with every spot concerned, where one holds a version
    that is not expected.
    """
    read_spots = [(spot, version_at(spot)) for spot in dict.fromkeys(found)]
    odd = [
        (_location(spot), written.version)
        for spot, written in read_spots
        if not is_expected(written.version, target)
    ]
    if odd:
        raise conflict(odd, target)
    made = {
        _edit(spot, written, target)
        for spot, written in read_spots
        if not is_done(written.version, target)
    }
    return apart(made)


def conflict(odd: Iterable[tuple[str, Version]], target: Target) -> ConflictError:
    """The error for versions that are not expected where they stand."""
    expected = " or ".join(str(each) for each in dict.fromkeys((*target.expected, target.version)))
    lines = [f"{where} is {version}, expected {expected}" for where, version in odd]
    return ConflictError(
        "\n".join(lines), "write the version of the last release there, commit that and run again"
    )


def apart(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits in order, each once; none touches what another changes. Raises UsageError."""
    planned = sorted(set(edits))
    for one, other in pairwise(planned):
        if one.path == other.path and other.start < max(one.end, one.start + 1):
            raise UsageError(
                f"{one.path}: two entries of `files` lead to the same characters "
                f"({quoted(one.old)} and {quoted(other.old)})",
                "leave one of them out; each package has files and a changelog of its own",
            )
    return tuple(planned)


def edited(text: str, of_file: Iterable[Edit]) -> str:
    """A file's text after its edits; the same text where they were made before.

    Raises ConflictError where neither the old texts nor the new ones stand where they should.
    """
    planned = sorted(of_file)
    before = _holds(text, [(edit.start, edit.old) for edit in planned])
    after = _holds(text, _new_texts(planned))
    if not before and not after:
        raise ConflictError(
            f"{planned[0].path} has changed since the release was planned", "plan it again"
        )
    growth = sum(len(edit.new) - len(edit.old) for edit in planned)
    # Where one text begins with the other, both seem to stand there, and only the longer one does.
    if after and (not before or growth > 0):
        return text
    for edit in reversed(planned):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def edit_between(path: str, before: str, after: str) -> Edit | None:
    """The one edit that turns a text into another; None where they are equal."""
    if before == after:
        return None
    start = 0
    shorter = min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    tail = 0
    while tail < shorter - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    end = len(before) - tail
    return Edit(path, start, end, before[start:end], after[start : len(after) - tail])


def edits_between(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> Iterator[Edit]:
    """What turns some files into others. Raises RepositoryError where a file came or went."""
    for path, text in before.items():
        changed = after[path]
        if text is None or changed is None:
            raise RepositoryError(
                f"a version provider made or removed {path}", "commit that file first"
            )
        change = edit_between(path, text, changed)
        if change is not None:
            yield change


def _holds(text: str, pieces: Iterable[tuple[int, str]]) -> bool:
    return all(text.startswith(piece, start) for start, piece in pieces)


def _new_texts(planned: list[Edit]) -> list[tuple[int, str]]:
    """The new texts, each with where it stands once all edits are made."""
    moved, shift = [], 0
    for edit in planned:
        moved.append((edit.start + shift, edit.new))
        shift += len(edit.new) - len(edit.old)
    return moved


def _edit(spot: "VersionLocation", written: "SpelledVersion", target: Target) -> Edit:
    """The replacement of one version; what stands before it stays."""
    from tagboat.core.version.pep440 import spelled

    place, old = spot.place, spot.written
    new = spelled(target.version, spot.scheme or target.scheme)
    if old == place.value:
        start = place.start + len(written.prefix)
        return Edit(spot.path, start, place.end, old[len(written.prefix) :], new)
    # Spelled with escapes, the characters of the value can't be told apart.
    return Edit(spot.path, place.start, place.end, old, written.prefix + new)


def _location(spot: "VersionLocation") -> str:
    key = f": {spot.key}" if spot.key else ""
    return f"{spot.path}, line {spot.line}{key}"
