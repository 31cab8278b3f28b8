"""Ownership: which package a file belongs to.

A file belongs to the package with the deepest path above it, to several where they name the same
path; a package without paths has what no other owns. What a package excludes is not its own, and
one that covers all has what deeper ones own besides. Lock files at the top belong to nobody, unless
a package names them.
"""

import re
from collections.abc import Iterable, Sequence

from tagboat.core.next_version.package import Package

LOCK_FILES = frozenset(
    (
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
        *("bun.lockb", "deno.lock", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"),
        *("Cargo.lock", "go.sum", "go.work.sum", "Gemfile.lock", "composer.lock", "mix.lock"),
        *("pubspec.lock", "gradle.lockfile", "packages.lock.json", "flake.lock"),
    )
)
"""What package managers write at the top of a workspace for all of its packages."""

_WILD = re.compile(r"(\*\*/|\*\*|\*|\?)")
_PARTS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def path_regex(pattern: str) -> str:
    """A path, folder or pattern as the source of a regular expression, with all that is below."""
    parts = (_PARTS.get(part, re.escape(part)) for part in _WILD.split(pattern.strip("/")))
    return f"{''.join(parts)}(?:/.*)?"


def ownership(files: Iterable[str], packages: Sequence[Package]) -> dict[str, tuple[str, ...]]:
    """The names of the packages that own each of some files, in the order of ``packages``.

    Files are paths from the top of the repository.
    """
    owners = Owners(packages)
    return {file: owners.of(file) for file in files}


class Owners:
    """Tells the owners of files; what was found for a folder is kept."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self._packages = packages
        self._claims: dict[str, list[int]] = {}
        self._everything: list[tuple[int, tuple[str, ...]]] = []
        for number, package in enumerate(packages):
            for path in package.paths or ("",):
                self._claims.setdefault(path, []).append(number)
            if package.covers == "all":
                self._everything.append((number, package.paths))
        self._excluded = {
            number: re.compile("|".join(map(path_regex, package.exclude)))
            for number, package in enumerate(packages)
            if package.exclude
        }
        self._levels: dict[str, list[list[int]]] = {}

    def of(self, file: str) -> tuple[str, ...]:
        """The names of the packages that own a file, in the order of the packages."""
        claims = self._claims.get(file, [])
        levels = self._above(file.rpartition("/")[0])
        found = self._kept(claims, file)
        if not found and "/" not in file and file in LOCK_FILES:
            levels = []
        for level in levels:
            if found:
                break
            found = self._kept(level, file)
        for number, paths in self._everything:
            if number not in found and self._kept([number], file) and _is_at_or_below(file, paths):
                found = [*found, number]
        return tuple(self._packages[number].name for number in sorted(found))

    def of_all(self, files: Iterable[str]) -> set[str]:
        """The names of the packages that own any of some files."""
        return {name for file in files for name in self.of(file)}

    def _above(self, folder: str) -> list[list[int]]:
        """The packages that claim a folder or one above it, the deepest first."""
        known = self._levels.get(folder)
        if known is None:
            own = [self._claims[folder]] if folder in self._claims else []
            above = self._above(folder.rpartition("/")[0]) if folder else []
            known = self._levels[folder] = own + above
        return known

    def _kept(self, numbers: Sequence[int], file: str) -> Sequence[int]:
        """Those packages that do not exclude a file."""
        if not self._excluded:
            return numbers
        excluded = self._excluded
        return [n for n in numbers if n not in excluded or not excluded[n].fullmatch(file)]


def _is_at_or_below(file: str, paths: Sequence[str]) -> bool:
    """Whether a file is one of some paths or below one; all are where there are no paths."""
    return not paths or any(file == path or file.startswith(f"{path}/") for path in paths)


def as_of(packages: Sequence[Package], then: Sequence[Package] | None) -> tuple[Package, ...]:
    """The packages with the paths that a configuration of the past gave them.

    ``then`` is what that configuration says, None where there was none. A package that it does not
    have is where it is now, or where ``was_paths`` says; one that is gone keeps its files.
    """
    before = {package.name: package for package in then or () if package.name}
    found = [_placed(package, before) for package in packages]
    known = {name for package in packages for name in (package.name, *package.was)}
    return (*found, *(package for name, package in before.items() if name not in known))


def _placed(package: Package, before: dict[str, Package]) -> Package:
    """A package where it was."""
    old = next((before[name] for name in (package.name, *package.was) if name in before), None)
    if old is not None:
        exclude = tuple(dict.fromkeys((*package.exclude, *old.exclude)))
        return package._replace(paths=old.paths, exclude=exclude)
    if not package.paths:
        return package
    return package._replace(paths=tuple(dict.fromkeys((*package.paths, *package.was_paths))))
