"""Workspaces: what the manifests of a repository's packages require of each other.

- package.json: `dependencies` and the like, with the catalogs of pnpm and bun:
  https://pnpm.io/catalogs and https://bun.sh/docs/pm/catalogs
- pyproject.toml: dependencies, extras and groups, as PEP 621 and PEP 735 have them
- Cargo.toml: dependencies with a `path`, also those of the workspace:
  https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html

What is required for development alone makes no need. A release brings every requirement on its
package to the new version: in the packages, in other members of their workspaces, at the tops of
these, and where lock files repeat the text. uv.lock does not repeat it for members.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from tagboat.core.errors import UsageError
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Edit
from tagboat.core.version_files.formats.key import KeyPath
from tagboat.core.version_files.locate import Folder, in_file
from tagboat.core.version_files.presets import (
    NPM_LOCKS,
    Manifest,
    below,
    folders_above,
    join,
    texts_in,
)
from tagboat.core.version_files.ranges import VersionRange

_NPM_TABLES = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
_CARGO_TABLES = ("dependencies", "build-dependencies", "dev-dependencies")
_CATALOGS = "pnpm-workspace.yaml"
_CATALOG = "catalog:"
_PNPM_LOCK = "pnpm-lock.yaml"
_PYTHON_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\]\s*)?\(?(?P<range>[^;@()]*)"
)


class Requirement(NamedTuple):
    """What a manifest requires of something with a ``name``, which may be a package of the same.

    The range stands under ``key``, from the character ``at`` of that text on; without a key it
    stands in another manifest. One that is not ``needed`` is for development, or for others.
    """

    name: str
    range: str
    key: KeyPath = ()
    at: int = 0
    needed: bool = True


class _Ecosystem(NamedTuple):
    """A kind of manifest: ``shared`` are files, there or above, that may have ranges for many."""

    manifest: str
    scheme: str
    name: Callable[[Manifest], str]
    requirements: Callable[[Manifest, Manifest | None], Iterator[Requirement]]
    shared: tuple[str, ...] = ()


def _npm(manifest: Manifest, shared: Manifest | None) -> Iterator[Requirement]:
    for table in _NPM_TABLES:
        needed = table != "devDependencies"
        for name, text in manifest.table(table).items():
            if isinstance(text, str) and text.startswith(_CATALOG):
                yield Requirement(name, _from_catalog(shared, text, name), needed=needed)
            elif isinstance(text, str):
                yield Requirement(name, text, (table, name), needed=needed)
    yield from _in_catalogs(manifest, None)


def _from_catalog(shared: Manifest | None, text: str, name: str) -> str:
    """The range of a name in the catalog that a text names; empty where there is none."""
    catalog = text.removeprefix(_CATALOG) or "default"
    catalogs = _catalogs(shared) if shared is not None else []
    held = (one.get(name) for called, _, one in catalogs if called == catalog)
    return next((each for each in held if isinstance(each, str)), "")


def _catalogs(manifest: Manifest) -> list[tuple[str, KeyPath, dict[str, object]]]:
    """Names, keys and entries of catalogs; bun has them below `workspaces`, else beside it."""
    is_top = manifest.path.endswith(_CATALOGS) or manifest.get("workspaces") is not None
    for outer in (("workspaces",), ()) if is_top else ():
        named = ((name, (*outer, "catalogs", name)) for name in manifest.table(*outer, "catalogs"))
        ways = [("default", (*outer, "catalog")), *named]
        found = [(name, way, manifest.table(*way)) for name, way in ways]
        if any(entries for *_, entries in found):
            return found
    return []


def _in_catalogs(manifest: Manifest, _: Manifest | None) -> Iterator[Requirement]:
    """The entries of catalogs, which packages refer to."""
    for _name, way, entries in _catalogs(manifest):
        for name, text in entries.items():
            if isinstance(text, str):
                yield Requirement(name, text, (*way, name), needed=False)


def _python(manifest: Manifest, _: Manifest | None) -> Iterator[Requirement]:
    for key, needed in _python_lists(manifest):
        found = manifest.get(*key)
        for index, text in enumerate(found if isinstance(found, list) else ()):
            match = _PYTHON_REQUIREMENT.match(text) if isinstance(text, str) else None
            if match is not None:
                wanted, at = match["range"].rstrip(), match.start("range")
                yield Requirement(_python_name(match["name"]), wanted, (*key, index), at, needed)


def _python_lists(manifest: Manifest) -> Iterator[tuple[KeyPath, bool]]:
    """Where requirements are listed, and whether those make a need."""
    yield ("project", "dependencies"), True
    yield ("build-system", "requires"), True
    for name in manifest.table("project", "optional-dependencies"):
        yield ("project", "optional-dependencies", name), True
    for name in manifest.table("dependency-groups"):
        yield ("dependency-groups", name), False
    yield ("tool", "uv", "dev-dependencies"), False


def _python_name(name: str) -> str:
    """A name in the form in which all spellings of it are equal."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def _cargo(manifest: Manifest, workspace: Manifest | None) -> Iterator[Requirement]:
    """The dependencies of Rust in folders of the repository, which their folders stand for."""
    targets: list[KeyPath] = [(), *(("target", name) for name in manifest.table("target"))]
    for table in ((*target, table) for target in targets for table in _CARGO_TABLES):
        for name, entry in manifest.table(*table).items():
            for found in _of_crate(manifest, workspace, (*table, name), entry):
                yield found._replace(needed=table[-1] != "dev-dependencies")
    for name, entry in manifest.table("workspace", "dependencies").items():
        for found in _in_folder(manifest, entry, ("workspace", "dependencies", name, "version")):
            yield found._replace(needed=False)


def _of_crate(
    manifest: Manifest, workspace: Manifest | None, key: KeyPath, entry: object
) -> Iterator[Requirement]:
    """What one dependency requires, which the workspace may say for it."""
    if isinstance(entry, dict) and entry.get("workspace") is True and workspace is not None:
        shared = workspace.get("workspace", "dependencies", key[-1])
        return _in_folder(workspace, shared, ())
    return _in_folder(manifest, entry, (*key, "version"))


def _in_folder(manifest: Manifest, entry: object, key: KeyPath) -> Iterator[Requirement]:
    """What is required of a folder, if it is one."""
    path = entry.get("path") if isinstance(entry, dict) else None
    if isinstance(entry, dict) and isinstance(path, str):
        wanted = entry.get("version")
        has_range = isinstance(wanted, str)
        where = join(manifest.folder, path)
        yield Requirement(where, str(wanted) if has_range else "*", key if has_range else ())


_SHARED = (_CATALOGS, "package.json")
_ECOSYSTEMS = (
    _Ecosystem("package.json", "npm", lambda one: str(one.get("name") or ""), _npm, _SHARED),
    _Ecosystem(_CATALOGS, "npm", lambda _: "", _in_catalogs),
    _Ecosystem(
        "pyproject.toml",
        "pep440",
        lambda one: _python_name(str(one.get("project", "name") or "")),
        _python,
    ),
    _Ecosystem("Cargo.toml", "cargo", lambda one: one.folder, _cargo, ("Cargo.toml",)),
)


class _Found(NamedTuple):
    """A manifest; ``owner`` is the package that it is of, empty where it is of none."""

    kind: _Ecosystem
    manifest: Manifest
    owner: str


class Workspace:
    """The manifests of a repository's packages, and of the workspaces around them."""

    def __init__(self, folder: Folder, packages: Mapping[str, Sequence[str]]) -> None:
        """``packages`` are the paths of each by its name; one without any is at the top.

        Raises UsageError where the manifest of a package can't be read.
        """
        self._folder = folder
        self._read: dict[str, Manifest | None] = {}
        self._texts: dict[str, str] = {}
        self._owners = {path: name for name, paths in packages.items() for path in paths or ("",)}
        self._found = list(self._manifests())
        self._names = {
            (one.kind.scheme, one.kind.name(one.manifest)): one.owner
            for one in reversed(self._found)
            if one.owner and one.kind.manifest != _CATALOGS
        }

    def has_manifest(self, package: str) -> bool:
        """Whether a package has a manifest in one of its paths."""
        return any(one.owner == package for one in self._found)

    def needs(self, package: str) -> dict[str, tuple[VersionRange, ...]]:
        """The packages that one requires, sorted by name, with what it allows of each."""
        found: dict[str, dict[VersionRange, None]] = {}
        for one, each in self._by_owner.get(package, ()):
            other = self._meant(one, each) or package
            if each.needed and other != package:
                found.setdefault(other, {})[VersionRange(each.range, one.kind.scheme)] = None
        return {name: tuple(found[name]) for name in sorted(found)}

    def sharing_a_version(self) -> dict[str, list[str]]:
        """The packages of Rust that take their version from a workspace, by its manifest."""
        found: dict[str, list[str]] = {}
        for one in self._found:
            if one.owner and one.manifest.get("package", "version", "workspace") is True:
                root = self._above(one)
                found.setdefault(root.path if root is not None else "", []).append(one.owner)
        return found

    def edits(self, package: str, version: Version) -> tuple[Edit, ...]:
        """What brings the requirements on a package to a version of it.

        Raises UsageError where a version can't be spelled as a manifest needs it.
        """
        asked = self._by_needed.get(package, ())
        return tuple(dict.fromkeys(chain(*(self._edits_of(*each, version) for each in asked))))

    # Requirements, read once for all packages

    @cached_property
    def _by_owner(self) -> dict[str, list[tuple[_Found, Requirement]]]:
        """What each manifest requires, by the package whose it is."""
        by_owner: dict[str, list[tuple[_Found, Requirement]]] = {}
        for one in self._found:
            requirements = one.kind.requirements(one.manifest, self._above(one))
            by_owner.setdefault(one.owner, []).extend((one, each) for each in requirements)
        return by_owner

    @cached_property
    def _by_needed(self) -> dict[str, list[tuple[_Found, Requirement]]]:
        """What is written down of each package, by its name."""
        by_needed: dict[str, list[tuple[_Found, Requirement]]] = {}
        for one, each in chain(*self._by_owner.values()):
            if each.key:
                by_needed.setdefault(self._meant(one, each), []).append((one, each))
        return by_needed

    def _meant(self, one: _Found, each: Requirement) -> str:
        """The package that a requirement means; empty where it is none."""
        return self._names.get((one.kind.scheme, each.name), "")

    # Manifests

    def _manifests(self) -> Iterator[_Found]:
        """The manifests of packages, then of the folders above these and of what they name."""
        above = dict.fromkeys(outer for path in self._owners for outer in folders_above(path))
        members = [place for outer in above for place in self.members(outer)]
        for place in dict.fromkeys((*self._owners, *above, *members)):
            owner = self._owners.get(place, "")
            for kind in _ECOSYSTEMS:
                manifest = self._manifest(join(place, kind.manifest), is_strict=bool(owner))
                if manifest is not None:
                    yield _Found(kind, manifest, owner)

    def _manifest(self, path: str, *, is_strict: bool = False) -> Manifest | None:
        """A manifest or a lock file, read once; what is not valid is none, unless it is strict."""
        if path not in self._read:
            self._read[path] = None
            with suppress(*() if is_strict else (UsageError,)):
                text = self._folder.text(path)
                if text is not None and path.endswith(_PNPM_LOCK):
                    # What comes before tells of the workspace; the rest may be very long.
                    text = text.partition("\npackages:")[0]
                self._read[path] = None if text is None else Manifest(path, text)
        return self._read[path]

    def members(self, outer: str = "") -> Iterator[str]:
        """The folders that the workspace of a folder names, without those of installed packages."""
        for name, ways in _MEMBERS.items():
            manifest = self._manifest(join(outer, name))
            found = [] if manifest is None else [texts_in(manifest.get(*way)) for way in ways]
            for pattern in filter(_stays_inside, chain(*found)):
                places = self._folder.folders(join(outer, pattern))
                yield from (one for one in places if "node_modules" not in one.split("/"))

    def _nearest(self, at: str, name: str) -> Manifest | None:
        """The file of a name in a folder, or in the closest of those above it."""
        places = (self._manifest(join(outer, name)) for outer in (at, *folders_above(at)))
        return next((found for found in places if found is not None), None)

    def _above(self, one: _Found) -> Manifest | None:
        """The manifest with ranges for many, in the folder of another or above it."""
        places = (one.manifest.folder, *folders_above(one.manifest.folder))
        asked = (join(place, name) for name in one.kind.shared for place in places)
        found = filter(None, map(self._manifest, asked))
        return next((each for each in found if _catalogs(each) or each.table("workspace")), None)

    # Edits

    def _edits_of(self, one: _Found, each: Requirement, version: Version) -> Iterator[Edit]:
        """The edits for one requirement, in its manifest and in lock files."""
        wanted = VersionRange(each.range, one.kind.scheme)
        yield from _edits_at(one.manifest, each.key, each.at, wanted, version)
        if one.kind.scheme != "npm":
            return
        for lock, key in self._locked(one.manifest, each.key):
            locked = lock.get(*key)
            if locked == each.range:
                yield from _edits_at(lock, key, 0, wanted, version)
            elif isinstance(locked, str) and key[-1] == "version":
                yield from _edits_at(lock, key, 0, VersionRange(locked, "npm"), version)
        yield from self._in_yarn_lock(one.manifest.folder, each.name, wanted, version)

    def _locked(self, manifest: Manifest, key: KeyPath) -> Iterator[tuple[Manifest, KeyPath]]:
        """Where lock files repeat the text under a key of a manifest."""
        inside = key[1:] if key[0] == "workspaces" else key
        is_catalog = inside[0] in ("catalog", "catalogs")
        for name, top in NPM_LOCKS.items():
            lock = self._nearest(manifest.folder, name)
            if lock is not None:
                yield (
                    lock,
                    inside if is_catalog else (top, below(lock.folder, manifest.folder), *key),
                )
        lock = self._nearest(manifest.folder, _PNPM_LOCK)
        if lock is not None and is_catalog:
            catalog = inside if inside[0] == "catalogs" else ("catalogs", "default", inside[-1])
            yield lock, (*catalog, "specifier")
            yield lock, (*catalog, "version")
        elif lock is not None:
            importer = below(lock.folder, manifest.folder) or "."
            for table in dict.fromkeys((key[0], "dependencies")):
                yield lock, ("importers", importer, table, key[-1], "specifier")

    def _in_yarn_lock(
        self, at: str, name: str, wanted: VersionRange, version: Version
    ) -> Iterator[Edit]:
        """The edits of a lock file of yarn 2 or later; those of yarn 1 leave the workspace out."""
        path, text = next(filter(all, map(self._yarn_lock, (at, *folders_above(at)))), ("", ""))
        if "__metadata:" not in text:
            return
        sign, spelled = r'(?:@|"?: "?)(?:npm:)?', re.escape(wanted.text)
        form = rf'(?<![\w@/.-]){re.escape(name)}{sign}({spelled})(?=[",\n])'
        for match in re.finditer(form, text):
            for edit in wanted.edits(version):
                start, end = match.start(1) + edit.start, match.start(1) + edit.end
                yield Edit(path, start, end, text[start:end], edit.new)

    def _yarn_lock(self, folder: str) -> tuple[str, str]:
        path = join(folder, "yarn.lock")
        if path not in self._texts:
            self._texts[path] = self._folder.text(path) or ""
        return path, self._texts[path]


_MEMBERS: dict[str, tuple[KeyPath, ...]] = {
    "package.json": (("workspaces",), ("workspaces", "packages")),
    _CATALOGS: (("packages",),),
    "pyproject.toml": (("tool", "uv", "workspace", "members"),),
    "Cargo.toml": (("workspace", "members"),),
}
"""Where a file says which folders belong to its workspace."""


def _stays_inside(pattern: str) -> bool:
    """Whether a pattern names folders below its own; one with `!` before it takes folders out."""
    return not pattern.startswith(("/", "!")) and ".." not in pattern.split("/")


def _edits_at(
    manifest: Manifest, key: KeyPath, at: int, wanted: VersionRange, version: Version
) -> Iterator[Edit]:
    """The edits of the text under a key, in which a range begins at a character."""
    with in_file(manifest.path):
        place = manifest.document.find(key)
        for edit in wanted.edits(version):
            start, end = place.part(manifest.text, at + edit.start, at + edit.end)
            yield Edit(manifest.path, start, end, manifest.text[start:end], edit.new)
