"""The versions that files of a repository hold, and their replacement."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.errors import UsageError
from tagboat.core.version.version import Version, quoted
from tagboat.core.version_files.edits import (
    Edit,
    FileEntry,
    Target,
    conflict,
    edited,
    edits,
    is_done,
    is_expected,
    parse_entry,
    version_at,
    version_locations,
)
from tagboat.core.version_files.locate import VersionLocation, require_text
from tagboat.core.version_files.spelling import read_version, spelled


class Providers(Protocol):
    """Plugins of another tool that read and write a version in ways of their own."""

    def version(self, name: str) -> str:
        """What a plugin says the version is. Raises UsageError where it can't."""
        ...

    def write(self, name: str, version: str) -> tuple[str, ...]:
        """Let a plugin write a version; the paths of all files that changed."""
        ...


class FoundVersion(NamedTuple):
    """A version found: for which entry, in which file (empty for a provider), and under what."""

    entry: str
    path: str
    key: str
    version: Version


class VersionFiles:
    """The files that spell a package's version, as the entries of `files` name them."""

    def __init__(
        self,
        folder: RepositoryFiles,
        entries: Sequence[str],
        providers: Providers,
    ) -> None:
        """Read the entries. Raises UsageError where one can't be meant."""
        self._folder = folder
        self._entries: list[FileEntry] = [parse_entry(text) for text in entries]
        self._providers = providers

    def read(self) -> tuple[FoundVersion, ...]:
        """Every version that stands in the files, or that a provider tells.

        Raises UsageError where one is missing or is none.
        """
        readings = []
        for entry in self._entries:
            if entry.provider:
                readings.append(FoundVersion(entry.text, "", "", self._told(entry)))
            for spot in self._spots(entry):
                version = version_at(spot).version
                readings.append(FoundVersion(entry.text, spot.path, spot.key, version))
        return tuple(readings)

    def planned(self, target: Target) -> tuple[Edit, ...]:
        """The edits that make the files hold the target; none where they do. Nothing is written.

        Raises UsageError where a version is missing or is none, and ConflictError where a file or a
        provider has one that is not expected.
        """
        odd = [
            (entry.text, version)
            for entry, version in self._all_told()
            if not is_expected(version, target)
        ]
        if odd:
            raise conflict(odd, target)
        return edits((spot for entry in self._entries for spot in self._spots(entry)), target)

    def apply(self, planned: Iterable[Edit]) -> tuple[str, ...]:
        """Make edits, each file at once; the paths of the files that changed.

        Edits that were made before change nothing. Raises ConflictError, before anything is
        written, where a file has changed since, and OutsideError where one can't be written.
        """
        by_file: dict[str, list[Edit]] = {}
        for edit in planned:
            by_file.setdefault(self._folder.inside(edit.path), []).append(edit)
        texts = {}
        for path, of_file in by_file.items():
            before = require_text(self._folder, path)
            after = edited(before, of_file)
            if after != before:
                texts[path] = after
        for path, text in texts.items():
            self._folder.write(path, (text,))
        return tuple(texts)

    def apply_providers(self, target: Target) -> tuple[str, ...]:
        """Let every provider that has another version write the target; the files that changed.

        A provider decides itself what it writes, so all that changed in the repository is told.
        """
        changed: set[str] = set()
        for entry, version in self._all_told():
            if not is_done(version, target):
                text = spelled(target.version, target.scheme)
                changed.update(self._providers.write(entry.provider, text))
        return tuple(sorted(changed))

    def _spots(self, entry: FileEntry) -> Iterator[VersionLocation]:
        """The spots of an entry, by the paths of the files themselves: links may share one."""
        for spot in version_locations(entry, self._folder):
            yield spot._replace(path=self._folder.inside(spot.path))

    def _all_told(self) -> list[tuple[FileEntry, Version]]:
        return [(entry, self._told(entry)) for entry in self._entries if entry.provider]

    def _told(self, entry: FileEntry) -> Version:
        """The version that a provider tells."""
        text = self._providers.version(entry.provider)
        written = read_version(text)
        if written is None:
            raise UsageError(
                f"{entry.text}: the provider tells {quoted(text)}, which is no version"
            )
        return written.version
