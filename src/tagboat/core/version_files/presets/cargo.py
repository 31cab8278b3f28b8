"""Rust projects: https://doc.rust-lang.org/cargo/reference/workspaces.html.

A package has its version in its own manifest or takes it from the workspace's. Cargo.lock holds
every package of the workspace, those without a `source`.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from tagboat.core.errors import UsageError
from tagboat.core.version_files.formats.key import TextSpan
from tagboat.core.version_files.locate import Folder, VersionLocation
from tagboat.core.version_files.presets.manifest import Manifest, join

_OWN = ("package", "version")
_SHARED = ("workspace", "package", "version")
_DEPENDENCIES = (
    ("dependencies",),
    ("dev-dependencies",),
    ("build-dependencies",),
    ("workspace", "dependencies"),
)


def cargo(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in Cargo.toml, and of every package that takes it from there in Cargo.lock."""
    manifest = Manifest.required(folder, join(at, "Cargo.toml"))
    if isinstance(manifest.get(*_OWN), str):
        version, names = manifest.spot(_OWN, "semver"), {_name(manifest)}
    elif manifest.get(*_SHARED) is not None:
        version, names = manifest.spot(_SHARED, "semver"), set(_heirs(folder, manifest))
    else:
        raise _no_version(manifest)
    lock = Manifest.nearest(folder, at, "Cargo.lock")
    return (version,) if lock is None else (version, *_cargo_locked(lock, names, manifest))


def _name(manifest: Manifest) -> str:
    return str(manifest.get("package", "name"))


def _takes_version(manifest: Manifest) -> bool:
    return manifest.get(*_OWN, "workspace") is True


def _no_version(manifest: Manifest) -> UsageError:
    if _takes_version(manifest):
        return UsageError(
            f"{manifest.path}: the package takes its version from the workspace",
            "name the workspace: `cargo`, or `cargo:FOLDER` where it is not at the top",
        )
    return UsageError(
        f"{manifest.path}: there is neither package.version nor workspace.package.version",
        "name the packages one by one: `cargo:FOLDER`",
    )


def _heirs(folder: Folder, root: Manifest) -> Iterator[str]:
    """The names of the packages that take the version of a workspace."""
    waiting, seen = [root, *_members(folder, root)], {root.path}
    while waiting:
        manifest = waiting.pop()
        if _takes_version(manifest):
            yield _name(manifest)
        # Folders that a member depends on belong to the workspace without being named.
        for path in _dependencies(manifest):
            if path not in seen:
                seen.add(path)
                found = Manifest.optional(folder, path)
                waiting += [found] if found is not None else []


def _members(folder: Folder, root: Manifest) -> Iterator[Manifest]:
    """The manifests that a workspace names."""
    excluded = [join(root.folder, each) for each in _texts(root.get("workspace", "exclude"))]
    for pattern in _texts(root.get("workspace", "members")):
        for place in folder.folders(join(root.folder, pattern)):
            manifest = Manifest.optional(folder, join(place, "Cargo.toml"))
            if manifest is not None and not any(fnmatchcase(place, each) for each in excluded):
                yield manifest


def _dependencies(manifest: Manifest) -> Iterator[str]:
    """The manifests of the folders inside the repository that a manifest depends on."""
    for key in _DEPENDENCIES:
        for dependency in manifest.table(*key).values():
            path = dependency.get("path") if isinstance(dependency, dict) else None
            if isinstance(path, str):
                place = join(manifest.folder, f"{path}/Cargo.toml")
                yield from () if place.startswith("../") else (place,)


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _cargo_locked(lock: Manifest, names: set[str], manifest: Manifest) -> Iterator[VersionLocation]:
    """What Cargo.lock says of the workspace's own packages of some names."""
    versions: dict[str, object] = {}
    for index, package in lock.tables("package"):
        name = package.get("name")
        if name in names and "source" not in package:
            versions[str(name)] = package.get("version")
            yield lock.spot(("package", index, "version"), "semver")
    missing = sorted(names - versions.keys())
    if missing and lock.folder == manifest.folder:
        raise UsageError(
            f"{lock.path}: it does not hold the package {missing[0]!r}",
            "run `cargo update --workspace`",
        )
    yield from _mentions(lock, {f"{name} {version}" for name, version in versions.items()})


def _mentions(lock: Manifest, packages: set[str]) -> Iterator[VersionLocation]:
    """Dependencies on a package by name and version, as Cargo.lock has them where names clash."""
    for index, package in lock.tables("package"):
        for item, dependency in enumerate(_texts(package.get("dependencies"))):
            if dependency in packages:
                found = lock.spot(("package", index, "dependencies", item), "semver")
                name, _, version = dependency.partition(" ")
                start = found.place.start + len(name) + 1
                place = TextSpan(start, found.place.end, version)
                yield found._replace(place=place, written=version)
