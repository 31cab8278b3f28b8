"""Fakes of registries and of who signs in them, held in memory."""

from typing import TYPE_CHECKING

from tagboat.core.images.registry import (
    ANYTHING,
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    SignatureStatus,
    TagStatus,
    error,
    judged,
)
from tagboat.ports.registry import Registry, Signer

if TYPE_CHECKING:
    from tagboat.core.images.oci import ImageGraph


class MemoryRegistry(Registry):
    """All registries. ``held`` is what tags hold, ``digests`` what there is, by repository.

    ``graphs`` is what digests lead to, where that is told; ``conditions`` has hosts that tell or
    take nothing, and ``writes`` what was written, as names.
    """

    def __init__(self) -> None:
        self.held: dict[Repository, dict[str, str]] = {}
        self.digests: dict[Repository, set[str]] = {}
        self.graphs: dict[str, ImageGraph] = {}
        self.conditions: dict[str, TagStatus] = {}
        self.writes: list[str] = []

    def push(self, repository: Repository, tag: str, digest: str) -> None:
        """Put an image there, as others do."""
        self.held.setdefault(repository, {})[tag] = digest
        self.digests.setdefault(repository, set()).add(digest)

    def look(
        self,
        repository: Repository,
        reference: str,
        wanted: ExpectedContent = ANYTHING,
        depth: Depth = Depth.DOCUMENTS,  # noqa: ARG002 - all of it is there
    ) -> Inspection:
        name = repository.at(reference)
        if repository.host in self.conditions:
            return Inspection(name, self.conditions[repository.host])
        there = {digest: digest for digest in self.digests.get(repository, ())}
        digest = (there | self.held.get(repository, {})).get(reference, "")
        condition = TagStatus.PUBLISHED if digest else TagStatus.ABSENT
        return judged(Inspection(name, condition, digest, graph=self.graphs.get(digest)), wanted)

    def tags(self, repository: Repository) -> tuple[str, ...]:
        if repository.host in self.conditions:
            raise error(Inspection(str(repository), self.conditions[repository.host]))
        return tuple(self.held.get(repository, ()))

    def may_push(self, repository: Repository) -> Inspection:
        condition = self.conditions.get(repository.host, TagStatus.PUBLISHED)
        return Inspection(str(repository), condition)

    def tag_once(self, repository: Repository, tag: str, digest: str) -> Inspection:
        seen = self.look(repository, tag, ExpectedContent(digest))
        if seen.condition is not TagStatus.ABSENT:
            return seen
        return self._write(repository, tag, digest)

    def move(self, repository: Repository, tag: str, digest: str, expected: str) -> Inspection:
        seen = self.look(repository, tag)
        if not seen.is_seen or seen.digest == digest:
            return seen
        if seen.digest != expected:
            return seen._replace(condition=TagStatus.CONFLICT)
        return self._write(repository, tag, digest)

    def copy(self, source: Repository, digest: str, target: Repository, tag: str) -> Inspection:
        found = self.look(source, digest)
        if found.condition is not TagStatus.PUBLISHED:
            return found
        if target.host not in self.conditions:
            self.digests.setdefault(target, set()).add(digest)
        return self._write(target, tag, digest)

    def _write(self, repository: Repository, tag: str, digest: str) -> Inspection:
        there = self.look(repository, digest)
        if there.condition is TagStatus.PUBLISHED:
            self.push(repository, tag, digest)
            self.writes.append(repository.at(tag))
            return self.look(repository, tag)
        return there


class MemorySigner(Signer):
    """``seals`` says what signatures are worth, by names; ``signed`` is what was signed here."""

    def __init__(self, *, is_legible: bool = True) -> None:
        self.seals: dict[str, SignatureStatus] = {}
        self.signed: list[str] = []
        self.is_missing = False
        self._made = SignatureStatus.SIGNED if is_legible else SignatureStatus.UNTRUSTED

    def fault(self) -> str:
        return "there is no key" if self.is_missing else ""

    def verify(self, repository: Repository, digest: str) -> SignatureStatus:
        return self.seals.get(repository.at(digest), SignatureStatus.UNSIGNED)

    def sign(self, repository: Repository, digest: str) -> SignatureStatus:
        if self.verify(repository, digest) is not SignatureStatus.SIGNED:
            self.signed.append(repository.at(digest))
            self.seals[repository.at(digest)] = self._made
        return self.verify(repository, digest)
