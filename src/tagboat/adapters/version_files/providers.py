"""Version providers of commitizen: installed plugins that know a place of their own.

Those that commitizen brings rewrite whole files and are not used: tagboat has presets for them.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, chdir, contextmanager
from importlib import metadata
from typing import Protocol

from tagboat.adapters.process import run
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.errors import TagboatError, UsageError

_GROUP = "commitizen.provider"
_STATUS = (
    *("git", "-c", "core.fsmonitor=false", "status", "--porcelain=v1", "-z"),
    *("--no-renames", "--untracked-files=all"),
)
_STATUS_WIDTH = len("XY ")


class _Provider(Protocol):
    """What commitizen asks of a provider."""

    def get_version(self) -> str: ...

    def set_version(self, version: str) -> None: ...


class CommitizenProviders:
    """The providers installed, working in the work tree of git at ``root``.

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
