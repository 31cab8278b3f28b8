"""Packages that a configuration leaves to the repository to name, with what they need.

A pattern for paths declares many packages at once: one for each folder it fits. What a package
needs may stand in its manifests.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tagboat.core.config.meaning import Required, is_pattern, plain_path
from tagboat.core.config.release_tables import PackageTable
from tagboat.core.config.shape import Config
from tagboat.core.errors import UsageError
from tagboat.core.packages import MANIFESTS

if TYPE_CHECKING:
    from tagboat.core.version_files.locate import Folder

_NAMES = (
    ("package.json", ("name",)),
    ("pyproject.toml", ("project", "name")),
    ("Cargo.toml", ("package", "name")),
)


def expanded(config: Config, folder: "Folder") -> Config:
    """The configuration with a table for each package; ``folder`` is the top of the repository.

    A folder that another table names is not meant. ``{path}`` and ``{name}`` in the texts of a
    table stand for those of each package. Raises UsageError where a pattern fits nothing, and where
    two packages have one name.
    """
    named = {path.strip("/") for table in config.packages for path in table.paths}
    tables = [one for table in config.packages for one in _tables(table, folder, named)]
    names: dict[str, PackageTable] = {}
    for table in tables:
        if table.name in names:
            places = f"{names[table.name].paths[0]} and {table.paths[0]}"
            raise UsageError(f"two packages are called {table.name!r}: {places}")
        names[table.name] = table
    return replace(config, packages=tuple(tables))


def _tables(table: PackageTable, folder: "Folder", named: set[str]) -> Iterator[PackageTable]:
    """The tables that one stands for: itself, unless it has a pattern."""
    if not is_pattern(table):
        yield table
        return
    (pattern,) = table.paths
    found = [
        path for path in folder.folders(pattern) if path not in named and _may_hold_a_package(path)
    ]
    if not found:
        raise UsageError(f"no folder fits {pattern!r}, which packages are declared by")
    for path in found:
        yield _table_of(table, path, _name_in(folder, path))


def _may_hold_a_package(path: str) -> bool:
    """Whether a folder may hold a package: none that is hidden, or that tools fill."""
    parts = path.split("/")
    return not any(part.startswith(".") or part == "node_modules" for part in parts)


def _name_in(folder: "Folder", path: str) -> str:
    """What a package is called: as its manifest says, else as its folder is."""
    from tagboat.core.version_files.presets import Manifest

    for file, key in _NAMES:
        manifest = Manifest.optional(folder, f"{path}/{file}")
        name = manifest.get(*key) if manifest is not None else None
        if isinstance(name, str) and name:
            return name
    return path.rpartition("/")[2]


def _table_of(table: PackageTable, path: str, name: str) -> PackageTable:
    """A table for the package in a folder."""

    def fill(text: str) -> str:
        return text.replace("{path}", path).replace("{name}", name)

    changelog = table.changelog
    if changelog.file is not None:
        changelog = replace(changelog, file=fill(changelog.file))
    return replace(
        table,
        name=name,
        paths=(path,),
        exclude=tuple(map(fill, table.exclude)),
        was_paths=tuple(map(fill, table.was_paths)),
        files=tuple(map(fill, table.files)),
        changelog=changelog,
    )


def required_by(config: Config, folder: "Folder", named: Container[str]) -> Required:
    """What the manifests of the packages that go by them require of other packages.

    Raises UsageError where one of the ``named`` packages has none, where one can't be read, and
    where packages have one version, that of their workspace, and are not in one group.
    """
    readers = [table for table in config.packages if table.needs == MANIFESTS]
    if not readers:
        return {}
    from tagboat.core.version_files.workspace import Workspace

    paths = {table.name: tuple(map(plain_path, table.paths)) for table in config.packages}
    workspace = Workspace(folder, paths)
    _refuse_apart(workspace.sharing_a_version(), config)
    for table in readers:
        if table.name in named and not workspace.has_manifest(table.name):
            where = ", ".join(table.paths) or "the top"
            told = f"{table.name} needs what its manifests say, and there is none in {where}"
            hint = "add package.json, pyproject.toml or Cargo.toml, or name its `needs` one by one"
            raise UsageError(told, hint)
    return {table.name: workspace.needs(table.name) for table in readers}


def _refuse_apart(shared: Mapping[str, Sequence[str]], config: Config) -> None:
    """Raise UsageError where packages have one version and are not in one group."""
    groups = {table.name: table.group for table in config.packages}
    for path, names in shared.items():
        found = {groups[name] for name in names}
        if len(names) > 1 and (len(found) > 1 or found == {None}):
            told = f"{', '.join(names)} have one version, that of {path}"
            raise UsageError(told, "put them into one `group`")
