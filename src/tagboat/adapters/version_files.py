"""Version files: the entries of `files`, read and written below the top of a repository."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, chdir, contextmanager
from importlib import metadata
from typing import Protocol

from tagboat.adapters.process import run
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.errors import TagboatError, UsageError
from tagboat.core.version.pep440 import read_version, spelled
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

_GROUP = "commitizen.provider"
_STATUS = (
    *("git", "-c", "core.fsmonitor=false", "status", "--porcelain=v1", "-z"),
    *("--no-renames", "--untracked-files=all"),
)
_STATUS_WIDTH = len("XY ")


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


class _Provider(Protocol):
    """What commitizen asks of a provider."""

    def get_version(self) -> str: ...

    def set_version(self, version: str) -> None: ...


class CommitizenProviders:
    """The version providers of commitizen installed, working in the work tree of git at ``root``.

    Each knows a place of its own. Those that commitizen brings rewrite whole files and are not
    used: tagboat has presets for them.

    ``isolated`` makes a block in which commitizen can be imported without side effects and without
    code of the repository. Providers work in the current directory, so that of the process is
    ``root`` while one runs: nothing else may depend on it meanwhile.
    """

    def __init__(self, root: str, isolated: Callable[[], AbstractContextManager[None]]) -> None:
        self._root = root
        self._isolated = isolated

    def version(self, name: str) -> str:
        """What a provider says the version is. Raises UsageError where it can't."""
        with self._running(name) as provider:
            return str(provider.get_version())

    def write(self, name: str, version: str) -> tuple[str, ...]:
        """Let a provider write a version; the paths of all files that are not as they were.

        Files that git ignores don't count. Raises UsageError where the provider fails.
        """
        before = self._dirty()
        with self._running(name) as provider:
            provider.set_version(version)
        after = self._dirty()
        paths = before.keys() | after.keys()
        return tuple(sorted(path for path in paths if before.get(path) != after.get(path)))

    @contextmanager
    def _running(self, name: str) -> Iterator[_Provider]:
        """A provider, in the folder it works in; whatever it raises becomes a UsageError."""
        try:
            with self._isolated(), chdir(self._root):
                yield self._loaded(name)
        except TagboatError:
            raise
        except (Exception, SystemExit) as error:
            problem = f"{type(error).__name__}: {error}"
            raise UsageError(f"the version provider {name!r} failed: {problem}") from error

    def _loaded(self, name: str) -> _Provider:
        installed = metadata.entry_points(group=_GROUP)
        found = [entry for entry in installed if entry.name == name]
        if not found:
            names = ", ".join(sorted(entry.name for entry in installed))
            raise UsageError(
                f"there is no version provider {name!r}; installed: {names}",
                "install it into the environment that tagboat runs in",
            )
        from commitizen.config.base_config import BaseConfig

        provider: _Provider = found[0].load()(BaseConfig())
        return provider

    def _dirty(self) -> dict[str, str]:
        """The files that differ from the last commit, each with a digest of what it holds."""
        records = os.fsdecode(run(_STATUS, self._root)).split("\0")
        paths = [record[_STATUS_WIDTH:] for record in records if record]
        return {path: self._digest(path) for path in paths}

    def _digest(self, path: str) -> str:
        """A digest of what a path holds; empty where nothing can be read, as in a folder."""
        place = os.path.join(self._root, path)
        if os.path.islink(place):
            return os.readlink(place)
        try:
            return hashlib.sha256(RepositoryFiles(self._root).data(path) or b"").hexdigest()
        except UsageError:
            return ""
