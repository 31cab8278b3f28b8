"""JavaScript and PHP projects.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json tells where npm's lock files repeat the
version: at the top, and in `packages` under the package's folder. Lock files of version 1 have no
`packages`.
"""

from tagboat.core.version_files.locate import Folder, VersionLocation
from tagboat.core.version_files.presets.manifest import Manifest, below, join

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")


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
