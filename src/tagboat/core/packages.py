"""Packages: which files belong to which, and which are released together.

A file belongs to the package with the deepest path above it, to several where they name the same
path; a package without paths has what no other owns. What a package excludes is not its own, and
one that covers all has what deeper ones own besides. Lock files at the top belong to nobody, unless
a package names them.

A package is due by its own changes, by a dependency that is released, or by its group. These three
rules are applied until nothing more becomes due: each only ever adds a package or raises a bump, so
that there is one answer, in whatever order they are applied.
"""

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from tagboat.core.bump.bump import Bump
from tagboat.core.next_version.next_version import NextVersion, same_version
from tagboat.core.next_version.package import Package
from tagboat.core.version.version import Version

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
PROPAGATIONS = ("patch", "same", "out-of-range", "none")
"""What a release of a dependency may ask of its dependents."""
MANIFESTS = "manifests"
"""What a package needs where its manifests say it."""


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
        self._everything: dict[str, list[int]] = {}
        for number, package in enumerate(packages):
            for path in package.paths or ("",):
                self._claims.setdefault(path, []).append(number)
                if package.covers == "all":
                    self._everything.setdefault(path, []).append(number)
        self._excluded = {
            number: re.compile("|".join(map(path_regex, package.exclude)))
            for number, package in enumerate(packages)
            if package.exclude
        }
        self._levels: dict[str, list[list[int]]] = {}
        self._by_folder: dict[str, tuple[str, ...]] = {}

    def of(self, file: str) -> tuple[str, ...]:
        """The names of the packages that own a file, in the order of the packages."""
        folder = file.rpartition("/")[0]
        if not folder or file in self._claims or self._excluded:
            return self._of_file(file)
        if folder not in self._by_folder:
            self._by_folder[folder] = self._of_file(file)
        return self._by_folder[folder]

    def _of_file(self, file: str) -> tuple[str, ...]:
        """The same, where the file's own name may matter."""
        claims = self._claims.get(file, [])
        levels = self._above(file.rpartition("/")[0])
        found = self._kept(claims, file)
        if not found and "/" not in file and file in LOCK_FILES:
            levels = []
        for level in levels:
            if found:
                break
            found = self._kept(level, file)
        every = self._kept(self._covering(file), file) if self._everything else ()
        return tuple(self._packages[number].name for number in sorted({*found, *every}))

    def _covering(self, file: str) -> list[int]:
        """The packages that have all that is at or below a path above a file."""
        found = list(self._everything.get(file, ()))
        while file:
            file = file.rpartition("/")[0]
            found += self._everything.get(file, ())
        return found

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


def unmatched(packages: Sequence[Package], files: Iterable[str]) -> list[str]:
    """What to say of paths and exclusions of packages that none of some files fits, each once."""
    known = sorted(files)
    asked = {
        (name, pattern): package.name
        for package in reversed(packages)
        for name, patterns in (("paths", package.paths), ("exclude", package.exclude))
        for pattern in patterns
    }
    fits = {pattern: _fits_any(pattern.strip("/"), known) for _, pattern in asked}
    told = (
        f"{package}: no file fits {pattern!r} of its {name}"
        for (name, pattern), package in reversed(asked.items())
        if not fits[pattern]
    )
    return list(told)


def _fits_any(pattern: str, files: Sequence[str]) -> bool:
    """Whether any of some sorted files fits a path or pattern."""
    start = _WILD.split(pattern, maxsplit=1)[0]
    if start == pattern:
        places = (bisect_left(files, pattern), bisect_left(files, f"{pattern}/"))
        return any(
            f"{file}/".startswith(f"{pattern}/") for at in places for file in files[at : at + 1]
        )
    fits = re.compile(path_regex(pattern)).fullmatch
    alike = takewhile(
        lambda file: file.startswith(start), islice(files, bisect_left(files, start), None)
    )
    return any(map(fits, alike))


class OwnChanges(NamedTuple):
    """What a package asks for by itself: ``bump`` on top of ``base``, None before its first.

    One that is not ``released`` by itself waits for another package that is.
    """

    base: Version | None = None
    is_due: bool = False
    bump: Bump = Bump.NONE
    released: bool = True


class Need(NamedTuple):
    """A dependency of a package, and what its release asks for (one of `PROPAGATIONS`).

    ``missed`` is how far the dependency went in releases that the package's own base does not have.
    ``allowed`` is the highest bump of it that what the package requires of it allows.
    """

    name: str
    propagate: str = "patch"
    missed: Bump = Bump.NONE
    allowed: Bump = Bump.MAJOR

    def asks(self, bump: Bump) -> Bump:
        """What a release of the dependency with a bump asks for."""
        if self.propagate == "none" or (self.propagate == "out-of-range" and bump <= self.allowed):
            return Bump.NONE
        return bump if bump and self.propagate == "same" else Bump.PATCH


class PackageDue(NamedTuple):
    """A package that is due: its ``bump`` on top of ``base``, its group's where it has one.

    ``because`` are the dependencies that make it due, ``group`` is its group.
    """

    base: Version | None
    bump: Bump
    because: tuple[str, ...] = ()
    group: str = ""


def due_set(
    own: Mapping[str, OwnChanges],
    needs: Mapping[str, Sequence[Need]],
    groups: Mapping[str, str],
) -> dict[str, PackageDue]:
    """The packages that are released together, by name, sorted.

    ``needs`` are the dependencies of packages, ``groups`` the group of those that have one. Names
    that ``own`` does not have are no packages.
    """
    known = {name: [n for n in needs.get(name, ()) if n.name in own] for name in sorted(own)}
    rules = _Rules(own, known, groups)
    bumps = {name: changes.bump for name, changes in own.items() if changes.is_due}
    while True:
        grown = {name: rules.bump_of(name, bumps) for name in known}
        found = {name: bump for name, bump in grown.items() if bump is not None}
        if found == bumps:
            break
        bumps = found
    if not any(own[name].released for name in bumps):
        return {}
    return {name: rules.due(name, bumps) for name in known if name in bumps}


class _Rules:
    """What makes each package due, given the bumps of those that are due so far."""

    def __init__(
        self,
        own: Mapping[str, OwnChanges],
        needs: Mapping[str, Sequence[Need]],
        groups: Mapping[str, str],
    ) -> None:
        self._own = own
        self._needs = needs
        self._members: dict[str, list[str]] = {}
        self._groups = groups
        for name in needs:
            if groups.get(name):
                self._members.setdefault(groups[name], []).append(name)
        self._units = {name: unit for unit in cycles(needs) for name in unit}

    def bump_of(self, name: str, bumps: Mapping[str, Bump]) -> Bump | None:
        """The bump of a package; None where it is not due."""
        found = [bumps[name]] if name in bumps else []
        found += [bumps[other] for other in self._group(name) if other in bumps]
        found += [asked for need in self._needs[name] if (asked := _asks_for(need, bumps))]
        if any(other in bumps for other in self._units.get(name, ())):
            found.append(Bump.PATCH)
        return max(found, default=None)

    def due(self, name: str, bumps: Mapping[str, Bump]) -> PackageDue:
        """Why a package is due."""
        because = {need.name for need in self._needs[name] if _asks_for(need, bumps)}
        because |= {other for other in self._units.get(name, ()) if other != name}
        bases = [self._own[one].base for one in (name, *self._group(name))]
        base = max((base for base in bases if base is not None), default=None)
        return PackageDue(base, bumps[name], tuple(sorted(because)), self._groups.get(name, ""))

    def _group(self, name: str) -> Sequence[str]:
        return self._members.get(self._groups.get(name, ""), ())


def _asks_for(need: Need, bumps: Mapping[str, Bump]) -> Bump:
    """What a dependency asks for, by what it is due for and by what was missed."""
    if need.name not in bumps and not need.missed:
        return Bump.NONE
    return need.asks(max(need.missed, bumps.get(need.name, Bump.NONE)))


def cycles(needs: Mapping[str, Sequence[Need]]) -> list[tuple[str, ...]]:
    """The packages that need each other, each cycle sorted by name."""
    tangled = _tangled(needs)
    reached = {name: _reached(name, tangled) for name in tangled}
    units = {
        tuple(sorted(other for other in of if name in reached.get(other, ())))
        for name, of in reached.items()
        if name in of
    }
    return sorted(unit for unit in units if len(unit) > 1)


def _tangled(needs: Mapping[str, Sequence[Need]]) -> dict[str, Sequence[Need]]:
    """The packages that are in a cycle or need one that is; mostly there are none."""
    users: dict[str, list[str]] = {name: [] for name in needs}
    waiting = dict.fromkeys(needs, 0)
    for name, of in needs.items():
        for need in of:
            if need.name in users:
                users[need.name].append(name)
                waiting[name] += 1
    free = [name for name, number in waiting.items() if not number]
    for name in free:  # grows while it is gone through
        for user in users[name]:
            waiting[user] -= 1
            if not waiting[user]:
                free.append(user)
    return {name: needs[name] for name, number in waiting.items() if number}


def cycles_told(needs: Mapping[str, Sequence[Need]]) -> tuple[str, ...]:
    """What a person should know of packages that need each other."""
    return tuple(
        f"{', '.join(unit)} need each other: they are released as one" for unit in cycles(needs)
    )


def by_need(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Names in their order, but each after those that it needs, as far as these are among them.

    Where some need each other, the first of them comes last.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name not in needs:
            return
        seen.add(name)
        for other in needs[name]:
            visit(other)
        found[name] = None

    for name in needs:
        visit(name)
    return list(found)


def _reached(start: str, needs: Mapping[str, Sequence[Need]]) -> set[str]:
    """The packages that one needs, directly or not."""
    found: set[str] = set()
    pending = [start]
    while pending:
        for need in needs.get(pending.pop(), ()):
            if need.name not in found:
                found.add(need.name)
                pending.append(need.name)
    return found


def with_their_group(releases: Sequence[NextVersion]) -> list[NextVersion]:
    """Releases, those of a group under one version. Raises as `next_release` does."""
    groups: dict[str, list[NextVersion]] = {}
    for one in releases:
        if one.due and one.package.group:
            groups.setdefault(one.package.group, []).append(one)
    same = {one.package.name: one for of in groups.values() for one in same_version(of)}
    return [same.get(one.package.name, one) for one in releases]


def with_dependencies(
    releases: Sequence[NextVersion], newest: Mapping[str, Version | None], own: Container[str]
) -> list[NextVersion]:
    """Releases that say with what they are released: dependencies, or what their group is due for.

    ``newest`` are the newest versions of packages, ``own`` those that are due by own changes.
    """
    due = {one.package.name: one for one in releases if one.due}
    versions = {**newest, **{name: one.version for name, one in due.items()}}

    def told(one: NextVersion) -> NextVersion:
        pull = one.assessed.pull
        if pull is None:
            return one
        names: Sequence[str] = pull.because
        if pull.group and not names and one.package.name not in own:
            names = [n for n in due if n in own and due[n].package.group == pull.group]
        released = tuple(f"{name} {versions[name]}" for name in names if versions.get(name))
        return one._replace(assessed=one.assessed._replace(pull=pull._replace(released=released)))

    return [told(one) for one in releases]
