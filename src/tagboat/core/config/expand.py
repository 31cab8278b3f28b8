"""Many packages declared at once: a pattern for paths is a package for each folder that it fits."""

from collections.abc import Iterator

from msgspec.structs import replace

from tagboat.core.config.meaning import is_pattern
from tagboat.core.config.shape import Config
from tagboat.core.config.tables import PackageTable
from tagboat.core.errors import UsageError
from tagboat.core.version_files.locate import Folder
from tagboat.core.version_files.presets.manifest import Manifest

_NAMES = (
    ("package.json", ("name",)),
    ("pyproject.toml", ("project", "name")),
    ("Cargo.toml", ("package", "name")),
)


def expanded(config: Config, folder: Folder) -> Config:
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


def _tables(table: PackageTable, folder: Folder, named: set[str]) -> Iterator[PackageTable]:
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


def _name_in(folder: Folder, path: str) -> str:
    """What a package is called: as its manifest says, else as its folder is."""
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
