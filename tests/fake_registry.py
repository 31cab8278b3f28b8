"""Fakes of registries and of who signs in them, held in memory."""

from typing import TYPE_CHECKING

from tagboat.core.registry import (
    ANYTHING,
    Condition,
    Depth,
    Repository,
    Sighting,
    Wanted,
    error,
    judged,
)
from tagboat.core.signature import Seal
from tagboat.ports.registry import Registry, Signer

if TYPE_CHECKING:
    from tagboat.core.image_graph import Graph


class MemoryRegistry(Registry):
    """All registries. ``held`` is what tags hold, ``digests`` what there is, by repository.

    ``graphs`` is what digests lead to, where that is told; ``conditions`` has hosts that tell or
    take nothing, and ``writes`` what was written, as names.
    """

    def __init__(self) -> None:
        self.held: dict[Repository, dict[str, str]] = {}
        self.digests: dict[Repository, set[str]] = {}
        self.graphs: dict[str, Graph] = {}
        self.conditions: dict[str, Condition] = {}
        self.writes: list[str] = []

    def push(self, repository: Repository, tag: str, digest: str) -> None:
        """Put an image there, as others do."""
        self.held.setdefault(repository, {})[tag] = digest
        self.digests.setdefault(repository, set()).add(digest)

    def look(
        self,
        repository: Repository,
        reference: str,
        wanted: Wanted = ANYTHING,
        depth: Depth = Depth.DOCUMENTS,  # noqa: ARG002 - all of it is there
    ) -> Sighting:
        name = repository.at(reference)
        if repository.host in self.conditions:
            return Sighting(name, self.conditions[repository.host])
        there = {digest: digest for digest in self.digests.get(repository, ())}
        digest = (there | self.held.get(repository, {})).get(reference, "")
        condition = Condition.PUBLISHED if digest else Condition.ABSENT
        return judged(Sighting(name, condition, digest, graph=self.graphs.get(digest)), wanted)

    def tags(self, repository: Repository) -> tuple[str, ...]:
        if repository.host in self.conditions:
            raise error(Sighting(str(repository), self.conditions[repository.host]))
        return tuple(self.held.get(repository, ()))

    def may_push(self, repository: Repository) -> Sighting:
        condition = self.conditions.get(repository.host, Condition.PUBLISHED)
        return Sighting(str(repository), condition)

    def tag_once(self, repository: Repository, tag: str, digest: str) -> Sighting:
        seen = self.look(repository, tag, Wanted(digest))
        if seen.condition is not Condition.ABSENT:
            return seen
        return self._write(repository, tag, digest)

    def move(self, repository: Repository, tag: str, digest: str, expected: str) -> Sighting:
        seen = self.look(repository, tag)
        if not seen.is_seen or seen.digest == digest:
            return seen
        if seen.digest != expected:
            return seen._replace(condition=Condition.CONFLICT)
        return self._write(repository, tag, digest)

    def copy(self, source: Repository, digest: str, target: Repository, tag: str) -> Sighting:
        found = self.look(source, digest)
        if found.condition is not Condition.PUBLISHED:
            return found
        if target.host not in self.conditions:
            self.digests.setdefault(target, set()).add(digest)
        return self._write(target, tag, digest)

    def _write(self, repository: Repository, tag: str, digest: str) -> Sighting:
        there = self.look(repository, digest)
        if there.condition is Condition.PUBLISHED:
            self.push(repository, tag, digest)
            self.writes.append(repository.at(tag))
            return self.look(repository, tag)
        return there


class MemorySigner(Signer):
    """``seals`` says what signatures are worth, by names; ``signed`` is what was signed here."""

    def __init__(self, *, is_legible: bool = True) -> None:
        self.seals: dict[str, Seal] = {}
        self.signed: list[str] = []
        self.is_missing = False
        self._made = Seal.SIGNED if is_legible else Seal.UNTRUSTED

    def fault(self) -> str:
        return "there is no key" if self.is_missing else ""

    def verify(self, repository: Repository, digest: str) -> Seal:
        return self.seals.get(repository.at(digest), Seal.UNSIGNED)

    def sign(self, repository: Repository, digest: str) -> Seal:
        if self.verify(repository, digest) is not Seal.SIGNED:
            self.signed.append(repository.at(digest))
            self.seals[repository.at(digest)] = self._made
        return self.verify(repository, digest)
