"""Presets: where the package managers keep a project's version, lock files included.

| preset | manifest | lock file |
| --- | --- | --- |
| `pep621` | pyproject.toml: `project.version` | |
| `poetry` | pyproject.toml: `project.version`, `tool.poetry.version` or both | |
| `uv` | pyproject.toml: `project.version` | uv.lock |
| `cargo` | Cargo.toml: `package.version`, else that of its workspace | Cargo.lock |
| `npm` | package.json: `version` | package-lock.json, npm-shrinkwrap.json, bun.lock |
| `composer` | composer.json: `version` | |

A lock file is looked for in the manifest's folder and then in those around it, where workspaces
have it. Only what it says of the project's own packages counts. A project without one is fine.

npm's lock files repeat the version at the top, and in `packages` under the package's folder; those
of version 1 have no `packages`: https://docs.npmjs.com/cli/configuring-npm/package-lock-json. bun
publishes with the versions that its lock file has of a workspace's packages. A
package of Rust has its version in its own manifest or takes it from the workspace's, and Cargo.lock
holds every package of the workspace, those without a `source`:
https://doc.rust-lang.org/cargo/reference/workspaces.html. The standard table of Python's projects:
https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Self

from tagboat.core.errors import UsageError
from tagboat.core.version_files.formats.json_text import JsonText, LooseJsonText
from tagboat.core.version_files.formats.key import (
    KeyPath,
    TextSpan,
    TextSpanError,
    key_text,
    look_up,
)
from tagboat.core.version_files.formats.toml_text import TomlText
from tagboat.core.version_files.locate import (
    Folder,
    VersionLocation,
    in_file,
    locate_version,
    require_static,
    require_text,
)

if TYPE_CHECKING:
    from tagboat.core.version_files.formats.yaml_text import YamlText

NPM_LOCKS = {
    "package-lock.json": "packages",
    "npm-shrinkwrap.json": "packages",
    "bun.lock": "workspaces",
}
"""The lock files of npm and bun, each with the key under which it repeats manifests by folder."""
_PROJECT = ("project", "version")
_POETRY = ("tool", "poetry", "version")
# uv.lock's sources of packages whose folder is part of the project.
_UV_LOCAL_SOURCES = ("editable", "virtual", "directory")
_CARGO_OWN = ("package", "version")
_CARGO_SHARED = ("workspace", "package", "version")
_CARGO_DEPENDENCIES = (
    ("dependencies",),
    ("dev-dependencies",),
    ("build-dependencies",),
    ("workspace", "dependencies"),
)


class Manifest:
    """A TOML, JSON or YAML file of the repository; its paths are relative to the top of that."""

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
        places = (at, *folders_above(at))
        found = (cls.optional(folder, join(place, name)) for place in places)
        return next(filter(None, found), None)

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


def _document(path: str, text: str) -> "JsonText | TomlText | YamlText":
    if path.endswith(".yaml"):
        # Other manifests need not wait for PyYAML, which takes long to import.
        from tagboat.core.version_files.formats.yaml_text import YamlText

        return YamlText(text)
    if path.endswith("bun.lock"):
        return LooseJsonText(text)
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


def folders_above(folder: str) -> Iterator[str]:
    """The folders above one, the closest first, the top last."""
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def below(outer: str, folder: str) -> str:
    """The path from one folder to another inside it; empty where both are the same."""
    return folder[len(outer) :].removeprefix("/")


def pep621(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in the standard table."""
    return (_standard(_pyproject(folder, at)),)


def poetry(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in Poetry's table, in the standard one, or in both."""
    manifest = _pyproject(folder, at)
    keys = [key for key in (_PROJECT, _POETRY) if manifest.get(*key) is not None]
    return tuple(manifest.spot(key) for key in keys) or (_standard(manifest),)


def uv(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in the standard table and in uv.lock."""
    manifest = _pyproject(folder, at)
    version = _standard(manifest)
    lock = Manifest.nearest(folder, at, "uv.lock")
    return (version,) if lock is None else (version, *_uv_locked(lock, manifest))


def _pyproject(folder: Folder, at: str) -> Manifest:
    return Manifest.required(folder, join(at, "pyproject.toml"))


def _standard(manifest: Manifest) -> VersionLocation:
    with in_file(manifest.path):
        require_static(manifest.table("project"))
    return manifest.spot(_PROJECT)


def _uv_locked(lock: Manifest, manifest: Manifest) -> tuple[VersionLocation, ...]:
    """What uv.lock says of the project. uv writes versions in PEP 440's normal form."""
    from packaging.utils import canonicalize_name

    name = canonicalize_name(str(manifest.get("project", "name")))
    found = tuple(
        lock.spot(("package", index, "version"), "pep440")
        for index, package in lock.tables("package")
        if package.get("name") == name and _is_local_source(package.get("source"))
    )
    if not found and lock.folder == manifest.folder:
        raise UsageError(f"{lock.path}: it does not hold the package {name!r}", "run `uv lock`")
    return found


def _is_local_source(source: object) -> bool:
    return isinstance(source, dict) and any(kind in source for kind in _UV_LOCAL_SOURCES)


def cargo(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in Cargo.toml, and of every package that takes it from there in Cargo.lock."""
    manifest = Manifest.required(folder, join(at, "Cargo.toml"))
    if _takes_version(manifest):
        manifest = _workspace_above(folder, manifest) or manifest
    if isinstance(manifest.get(*_CARGO_OWN), str):
        version, names = manifest.spot(_CARGO_OWN, "semver"), {_name(manifest)}
    elif manifest.get(*_CARGO_SHARED) is not None:
        version, names = manifest.spot(_CARGO_SHARED, "semver"), set(_heirs(folder, manifest))
    else:
        raise _no_version(manifest)
    lock = Manifest.nearest(folder, at, "Cargo.lock")
    return (version,) if lock is None else (version, *_cargo_locked(lock, names, manifest))


def _workspace_above(folder: Folder, manifest: Manifest) -> Manifest | None:
    """The closest manifest above another that has a version for all of its workspace."""
    for place in (manifest.folder, *folders_above(manifest.folder)):
        found = Manifest.optional(folder, join(place, "Cargo.toml"))
        if found is not None and found.get(*_CARGO_SHARED) is not None:
            return found
    return None


def _name(manifest: Manifest) -> str:
    return str(manifest.get("package", "name"))


def _takes_version(manifest: Manifest) -> bool:
    return manifest.get(*_CARGO_OWN, "workspace") is True


def _no_version(manifest: Manifest) -> UsageError:
    if _takes_version(manifest):
        return UsageError(
            f"{manifest.path}: the package takes its version from the workspace",
            "give the workspace a version: workspace.package.version, in a folder above",
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
    excluded = [join(root.folder, each) for each in texts_in(root.get("workspace", "exclude"))]
    for pattern in texts_in(root.get("workspace", "members")):
        for place in folder.folders(join(root.folder, pattern)):
            manifest = Manifest.optional(folder, join(place, "Cargo.toml"))
            if manifest is not None and not any(fnmatchcase(place, each) for each in excluded):
                yield manifest


def _dependencies(manifest: Manifest) -> Iterator[str]:
    """The manifests of the folders inside the repository that a manifest depends on."""
    for key in _CARGO_DEPENDENCIES:
        for dependency in manifest.table(*key).values():
            path = dependency.get("path") if isinstance(dependency, dict) else None
            if isinstance(path, str):
                place = join(manifest.folder, f"{path}/Cargo.toml")
                yield from () if place.startswith("../") else (place,)


def texts_in(value: object) -> list[str]:
    """The texts of an array; none where it is no array."""
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
        for item, dependency in enumerate(texts_in(package.get("dependencies"))):
            if dependency in packages:
                found = lock.spot(("package", index, "dependencies", item), "semver")
                name, _, version = dependency.partition(" ")
                start = found.place.start + len(name) + 1
                place = TextSpan(start, found.place.end, version)
                yield found._replace(place=place, written=version)


def npm(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in package.json and in lock files of npm and bun. npm knows SemVer alone."""
    spots = [Manifest.required(folder, join(at, "package.json")).spot(("version",), "semver")]
    for name, key in NPM_LOCKS.items():
        lock = Manifest.nearest(folder, at, name)
        if lock is not None:
            spots += _npm_locked(lock, key, below(lock.folder, at))
    return tuple(spots)


def composer(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in composer.json; composer.lock does not repeat it."""
    return (Manifest.required(folder, join(at, "composer.json")).spot(("version",)),)


def _npm_locked(lock: Manifest, key: str, package: str) -> list[VersionLocation]:
    """What a lock file says of the package in a folder, seen from its own."""
    keys: list[tuple[str, ...]] = [(key, package, "version")]
    if not package:
        keys.append(("version",))
    return [lock.spot(way, "semver") for way in keys if lock.get(*way) is not None]


Preset = Callable[[Folder, str], tuple[VersionLocation, ...]]
"""Finds the spots of the project in a folder (empty: the top). Raises UsageError."""

PRESETS: dict[str, Preset] = {
    "cargo": cargo,
    "composer": composer,
    "npm": npm,
    "pep621": pep621,
    "poetry": poetry,
    "uv": uv,
}
