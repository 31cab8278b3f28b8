"""Due set: which packages are released together, and why.

A package is due by its own changes, by a dependency that is released, or by its group. These three
rules are applied until nothing more becomes due: each only ever adds a package or raises a bump, so
that there is one answer, in whatever order they are applied.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tagboat.core.bump.bump import Bump
from tagboat.core.version.version import Version

PROPAGATIONS = ("patch", "same", "out-of-range", "none")
"""What a release of a dependency may ask of its dependents."""


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
    ``in_range`` says that what the package requires of it still holds for the next version.
    """

    name: str
    propagate: str = "patch"
    missed: Bump = Bump.NONE
    in_range: bool = True

    def asks(self, bump: Bump) -> Bump:
        """What a release of the dependency with a bump asks for."""
        if self.propagate == "none" or (self.propagate == "out-of-range" and self.in_range):
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
    reached = {name: _reached(name, needs) for name in needs}
    units = {
        tuple(sorted(other for other in of if name in reached.get(other, ())))
        for name, of in reached.items()
        if name in of
    }
    return sorted(unit for unit in units if len(unit) > 1)


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
