"""Memory of which tags are no ancestors: a repository with thousands of tags on side branches.

That a commit is no ancestor of another never changes: ids name content. Finding it out can take a
walk over all history, so what was found is kept in the repository's own folder, where it is shared
by its work trees and goes with it. Without write access nothing is kept, and nothing else changes.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from tagboat.adapters.repository_files import keep_for_later
from tagboat.core.commits.commit import Visit
from tagboat.core.errors import RepositoryError

_WORTH = 64
"""From how many tags on it is cheaper to remember than to ask again."""
_MAGIC = "tagboat ancestry 1"


class _Known(NamedTuple):
    """What is remembered: ``non_ancestors`` are no ancestors of ``origin``."""

    origin: str
    non_ancestors: frozenset[str]


class Ancestry(Protocol):
    """Asks git itself."""

    def non_ancestors(self, candidates: set[str], origin: str) -> set[str]:
        """Those candidates that are not ``origin`` or an ancestor of it."""
        ...

    def walk(
        self, include: str, exclude: Sequence[str] = (), *, edges: bool = False
    ) -> Iterator[Visit]:
        """As `History.walk`."""
        ...


class AncestryMemory:
    """Answers from what earlier looks at a repository found, and asks git for the rest.

    ``folder`` is the repository's common git folder. Replaced and grafted commits have other
    parents than their ids say: with any of those nothing is remembered.
    """

    def __init__(self, ancestry: Ancestry, folder: str) -> None:
        self._ancestry = ancestry
        self._folder = folder
        self._file = os.path.join(folder, "tagboat", "ancestry")

    def recalled(self, origin: str) -> frozenset[str]:
        """What is known to be neither ``origin`` nor an ancestor of it."""
        known = self._recalled()
        if known is None or self._is_unreliable():
            return frozenset()
        fresh = self._since(known, origin)
        return frozenset() if fresh is None else known.non_ancestors - fresh

    def non_ancestors(self, wanted: set[str], origin: str) -> set[str]:
        """Those of the wanted that are not ``origin`` or an ancestor of it."""
        if len(wanted) < _WORTH or self._is_unreliable():
            return self._ancestry.non_ancestors(wanted, origin)
        known = self._recalled()
        fresh = self._since(known, origin)
        if known is None or fresh is None:
            known, fresh = _Known(origin, frozenset()), set()
        non_ancestors = (wanted & known.non_ancestors) - fresh
        open_questions = wanted - non_ancestors - fresh
        if open_questions:
            non_ancestors |= self._ancestry.non_ancestors(open_questions, origin)
        if known.origin != origin or not non_ancestors <= known.non_ancestors:
            self._remember(_Known(origin, (known.non_ancestors - fresh) | non_ancestors))
        return non_ancestors

    def _since(self, known: _Known | None, origin: str) -> set[str] | None:
        """The commits of ``origin`` that were not there then; None where that can't be said."""
        if known is None:
            return None
        if known.origin == origin:
            return set()
        fresh, connected = {origin}, False
        try:
            for visit in self._ancestry.walk(origin, (known.origin,), edges=True):
                fresh.add(visit.commit.id)
                connected = connected or (visit.is_boundary and visit.commit.id == known.origin)
        except RepositoryError:
            return None  # What was HEAD then may be pruned by now.
        return fresh if connected else None

    def _is_unreliable(self) -> bool:
        """Whether commits may have other parents than they say: replace refs, grafts, shallowness.

        A repository with reftables does not show its refs as files, so it counts as unreliable.
        """
        if any(map(self._has, ("refs/replace", "info/grafts", "shallow", "reftable"))):
            return True
        with contextlib.suppress(OSError), open(self._path("packed-refs"), "rb") as packed:
            return b" refs/replace/" in packed.read()
        return False

    def _has(self, name: str) -> bool:
        return os.path.exists(self._path(name))

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _recalled(self) -> _Known | None:
        """What is remembered; None where that is nothing, or was damaged."""
        try:
            with open(self._file, encoding="ascii") as file:
                magic, origin, *non_ancestors, end = file.read().split("\n")
        except (OSError, ValueError):
            return None
        # The origin becomes an argument of git's.
        is_whole = magic == end == _MAGIC and origin.isalnum()
        return _Known(origin, frozenset(non_ancestors)) if is_whole else None

    def _remember(self, known: _Known) -> None:
        """Keep what is known for the next time, if that is possible."""
        text = "\n".join((_MAGIC, known.origin, *sorted(known.non_ancestors), _MAGIC))
        keep_for_later(self._file, text.encode("ascii"))
