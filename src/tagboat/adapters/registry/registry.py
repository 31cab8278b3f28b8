"""All registries, through their HTTP interface; the port says what is promised."""

from collections.abc import Callable, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from tagboat.adapters.registry import copying
from tagboat.adapters.registry.host import Host, Settings
from tagboat.adapters.registry.looking import each, read, whole
from tagboat.adapters.registry.refusal import RefusalError
from tagboat.adapters.registry.shelf import Manifest, Shelf
from tagboat.core.image_graph import ManifestError, digest_of
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
from tagboat.ports.registry import Ask


class HttpRegistry:
    """Registries as `Settings` say; one connection to each, closed at the end of a ``with``."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._hosts: dict[str, Host] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for host in self._hosts.values():
            host.close()

    def look(
        self,
        repository: Repository,
        reference: str,
        wanted: Wanted = ANYTHING,
        depth: Depth = Depth.DOCUMENTS,
    ) -> Sighting:
        """What a tag or a digest holds."""
        shelf = self._shelf(repository)
        name = repository.at(reference)
        seen = self._seen(name, shelf, lambda: _looked(shelf, name, reference, depth))
        return judged(seen, wanted)

    def look_all(self, asked: Sequence[Ask]) -> list[Sighting]:
        """What several names hold; registries are asked for all of them at a time."""
        return each(lambda one: self.look(*one), asked)

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """All tags."""
        shelf = self._shelf(repository)
        try:
            return shelf.tags()
        except RefusalError as refusal:
            raise error(self._refused(str(repository), shelf, refusal)) from refusal

    def may_push(self, repository: Repository) -> Sighting:
        """Whether images may be written there."""
        shelf = self._shelf(repository)

        def asked() -> Sighting:
            shelf.check_push()
            return Sighting(str(repository), Condition.PUBLISHED)

        return self._seen(str(repository), shelf, asked)

    def tag_once(self, repository: Repository, tag: str, digest: str) -> Sighting:
        """Write a tag that is not there."""
        wanted = Wanted(digest)
        seen = self.look(repository, tag, wanted, Depth.DIGEST)
        if seen.condition is Condition.CONFLICT:
            return self.look(repository, tag, wanted)
        if seen.condition is not Condition.ABSENT:
            return seen
        return self._written(repository, tag, digest)

    def move(self, repository: Repository, tag: str, digest: str, expected: str) -> Sighting:
        """Write a tag that is to hold something else."""
        seen = self.look(repository, tag, Wanted(digest), Depth.DIGEST)
        if seen.digest == digest or not seen.is_seen:
            return seen
        if seen.digest != expected:
            detail = f"it was {expected or 'absent'} and is {seen.digest or 'absent'} by now"
            return seen._replace(condition=Condition.CONFLICT, detail=detail)
        return self._written(repository, tag, digest)

    def copy(self, source: Repository, digest: str, target: Repository, tag: str) -> Sighting:
        """Copy a digest to another repository, under a tag."""
        held = self.look(target, digest, Wanted(digest), Depth.LAYERS)
        if held.condition is Condition.PUBLISHED:
            return self._put(target, tag, digest)
        if not held.is_seen:
            return held._replace(name=target.at(tag))
        return self._copied(source, digest, target, tag)

    def _copied(self, source: Repository, digest: str, target: Repository, tag: str) -> Sighting:
        """Copy what is not all there, and look at what came of it."""
        shelf = self._shelf(source)
        name = source.at(digest)
        found: list[Manifest] = []

        def fetched() -> Sighting:
            manifest = shelf.manifest(digest)
            found.extend([manifest] if manifest else [])
            return Sighting(name, Condition.PUBLISHED if manifest else Condition.ABSENT, digest)

        seen = self._seen(name, shelf, fetched)
        if not found:
            return seen
        shelf = self._shelf(target)
        name = target.at(tag)

        def carried() -> Sighting:
            copying.copy(self._shelf(source), found[0], shelf, tag)
            return Sighting(name, Condition.PUBLISHED, digest)

        seen = self._seen(name, shelf, carried)
        if seen.condition is not Condition.PUBLISHED:
            return seen
        return self._shown(target, digest, digest, Depth.LAYERS)

    def _written(self, repository: Repository, tag: str, digest: str) -> Sighting:
        """Write a tag, and read it back: nobody is kept from writing it at the same time."""
        seen = self._put(repository, tag, digest)
        if seen.condition is not Condition.PUBLISHED:
            return seen
        return self._shown(repository, tag, digest, Depth.DIGEST)

    def _put(self, repository: Repository, tag: str, digest: str) -> Sighting:
        """Write a tag, whatever it holds; what the registry said."""
        shelf = self._shelf(repository)
        name = repository.at(tag)

        def put() -> Sighting:
            manifest = shelf.manifest(digest)
            if manifest is None:
                return Sighting(repository.at(digest), Condition.ABSENT)
            shelf.put(tag, manifest)
            return Sighting(name, Condition.PUBLISHED, digest)

        seen = self._seen(name, shelf, put)
        if seen.condition is Condition.UNAUTHORISED:
            return self._refused_tag(repository, seen)
        return seen

    def _shown(self, repository: Repository, reference: str, digest: str, depth: Depth) -> Sighting:
        """What is seen of what was written just now.

        Not every registry shows at once what it took; and one that keeps its links in files shows
        nothing for the moment in which somebody else writes the same.
        """
        return self._shelf(repository).host.patiently(
            lambda: self.look(repository, reference, Wanted(digest), depth),
            lambda seen: seen.condition in (Condition.ABSENT, Condition.INCOMPLETE),
        )

    def _refused_tag(self, repository: Repository, seen: Sighting) -> Sighting:
        """Where anything else may be written, it is this tag that may not."""
        if self.may_push(repository).condition is Condition.PUBLISHED:
            return seen._replace(condition=Condition.DENIED)
        return seen

    def _seen(self, name: str, shelf: Shelf, looking: Callable[[], Sighting]) -> Sighting:
        """What comes of asking a registry, refusals among it."""
        try:
            return looking()
        except RefusalError as refusal:
            return self._refused(name, shelf, refusal)
        except ManifestError as unreadable:
            return Sighting(name, Condition.FOREIGN, "", str(unreadable))

    def _refused(self, name: str, shelf: Shelf, refusal: RefusalError) -> Sighting:
        return Sighting(name, refusal.condition, "", shelf.host.clean(refusal.detail))

    def _shelf(self, repository: Repository) -> Shelf:
        with self._lock:
            if repository.host not in self._hosts:
                self._hosts[repository.host] = Host(repository.host, self._settings)
        return Shelf(self._hosts[repository.host], repository)


def _looked(shelf: Shelf, name: str, reference: str, depth: Depth) -> Sighting:
    """What is there; whether it is right, is for others to judge."""
    if depth is Depth.DIGEST:
        digest = shelf.digest(reference)
        return Sighting(name, Condition.PUBLISHED if digest else Condition.ABSENT, digest)
    manifest = shelf.manifest(reference)
    if manifest is None:
        return Sighting(name, Condition.ABSENT)
    digest = digest_of(manifest.content)
    graph = whole(shelf, read(manifest), depth)
    return Sighting(name, Condition.PUBLISHED, digest, "", graph, manifest.content)
