"""The versions that files of a repository hold, and their replacement."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.errors import UsageError
from tagboat.core.version.version import Version, quoted
from tagboat.core.version_files.edits import (
    Edit,
    FileEntry,
    Target,
    conflict,
    edits,
    is_done,
    is_expected,
    parse_entry,
    version_locations,
)
from tagboat.core.version_files.locate import VersionLocation
from tagboat.core.version_files.spelling import read_version, spelled


class Providers(Protocol):
    """Plugins of another tool that read and write a version in ways of their own."""

    def version(self, name: str) -> str:
        """What a plugin says the version is. Raises UsageError where it can't."""
        ...

    def write(self, name: str, version: str) -> tuple[str, ...]:
        """Let a plugin write a version; the paths of all files that changed."""
        ...


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
