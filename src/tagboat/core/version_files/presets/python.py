"""Python projects: the table of PEP 621, Poetry's own, and uv's lock file.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

from tagboat.core.errors import UsageError
from tagboat.core.version_files.locate import Folder, VersionLocation, in_file, require_static
from tagboat.core.version_files.presets.manifest import Manifest, join

_STANDARD = ("project", "version")
_POETRY = ("tool", "poetry", "version")
# uv.lock's sources of packages whose folder is part of the project.
_LOCAL_SOURCES = ("editable", "virtual", "directory")


def pep621(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in the standard table."""
    return (_standard(_pyproject(folder, at)),)


def poetry(folder: Folder, at: str) -> tuple[VersionLocation, ...]:
    """The version in Poetry's table, in the standard one, or in both."""
    manifest = _pyproject(folder, at)
    keys = [key for key in (_STANDARD, _POETRY) if manifest.get(*key) is not None]
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
    return manifest.spot(_STANDARD)


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
    return isinstance(source, dict) and any(kind in source for kind in _LOCAL_SOURCES)
