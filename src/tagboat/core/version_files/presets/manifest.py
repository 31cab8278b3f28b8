"""Manifests and lock files, read once: what stands under a key, and where; npm's and Composer's.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json tells where npm's lock files repeat the
version: at the top, and in `packages` under the package's folder. Lock files of version 1 have no
`packages`.
"""

from collections.abc import Iterator
from typing import Self

from tagboat.core.version_files.formats.json_text import JsonText
from tagboat.core.version_files.formats.key import KeyPath, TextSpanError, key_text, look_up
from tagboat.core.version_files.formats.toml_text import TomlText
from tagboat.core.version_files.locate import (
    Folder,
    VersionLocation,
    in_file,
    locate_version,
    require_text,
)

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")


class Manifest:
    """A TOML or JSON file of the repository. ``path`` and ``folder`` are relative to its top."""

    def __init__(self, path: str, text: str) -> None:
        """Read a file's text. Raises UsageError where it is not valid."""
        self.path = path
        self.folder = path.rpartition("/")[0]
        self.text = text
        with in_file(path):
            self.document = _document(path, text)

    @classmethod
    def required(cls, folder: Folder, path: str) -> Self:
        """The file of this path. Raises UsageError where there is none."""
        return cls(path, require_text(folder, path))

    @classmethod
    def optional(cls, folder: Folder, path: str) -> Self | None:
        """The file of this path, if there is one."""
        text = folder.text(path)
        return None if text is None else cls(path, text)

    @classmethod
    def nearest(cls, folder: Folder, at: str, name: str) -> Self | None:
        """The file of this name in a folder, or in the closest of those around it."""
        while True:
            found = cls.optional(folder, join(at, name))
            if found is not None or not at:
                return found
            at = at.rpartition("/")[0]

    def get(self, *key: str | int) -> object:
        """The value under a key; None where there is none."""
        try:
            return look_up(self.document.data, key).value
        except TextSpanError:
            return None

    def table(self, *key: str | int) -> dict[str, object]:
        """The table under a key; an empty one where there is none."""
        found = self.get(*key)
        return found if isinstance(found, dict) else {}

    def tables(self, key: str) -> Iterator[tuple[int, dict[str, object]]]:
        """The tables of an array, with their indexes."""
        found = self.get(key)
        for index, table in enumerate(found if isinstance(found, list) else ()):
            if isinstance(table, dict):
                yield index, table

    def spot(self, key: KeyPath, scheme: str = "") -> VersionLocation:
        """The spot of a key. Raises UsageError where no text stands there."""
        with in_file(self.path):
            return locate_version(
                self.path, self.text, key_text(key), self.document.find(key), scheme
            )


def _document(path: str, text: str) -> JsonText | TomlText:
    return JsonText(text) if path.endswith(".json") else TomlText(text)


def join(folder: str, path: str) -> str:
    """The path that a path in a folder has from the top; `..` at its start where it leaves that."""
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def below(outer: str, folder: str) -> str:
    """The path from one folder to another inside it; empty where both are the same."""
    return folder[len(outer) :].removeprefix("/")


def npm(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in package.json and in npm's lock files. npm knows SemVer alone."""
    spots = [Manifest.required(folder, join(at, "package.json")).spot(("version",), "semver")]
    for name in _LOCKS:
        lock = Manifest.nearest(folder, at, name)
        if lock is not None:
            spots += _npm_locked(lock, below(lock.folder, at))
    return tuple(spots)


def composer(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in composer.json; composer.lock does not repeat it."""
    return (Manifest.required(folder, join(at, "composer.json")).spot(("version",)),)


def _npm_locked(lock: Manifest, package: str) -> list[VersionLocation]:
    """What a lock file says of the package in a folder, seen from its own."""
    keys: list[tuple[str, ...]] = [("packages", package, "version")]
    if not package:
        keys.append(("version",))
    return [lock.spot(key, "semver") for key in keys if lock.get(*key) is not None]
