"""Fakes of registries, of who signs in them and of who builds for them, held in memory."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tagboat.core.errors import OutsideError
from tagboat.core.images.bake import BakeFile
from tagboat.core.images.builder import BuilderNeeds
from tagboat.core.images.image import Image
from tagboat.core.images.oci import (
    OCI_INDEX,
    OCI_MANIFEST,
    Attestation,
    Descriptor,
    ImageGraph,
    PlatformImage,
)
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
    repository,
)
from tagboat.ports.images import ImageBuilder, InspectionRequest, OnLine, Registry, Signer
from tests.fakes import Effects

T = TypeVar("T")


class MemoryRegistry(Registry):
    """All registries. ``held`` is what tags hold, ``digests`` what there is, by repository.

    ``graphs`` is what digests lead to, where that is told; ``conditions`` has hosts that tell or
    take nothing, ``closed`` those that take nothing, and ``writes`` what was written, as names.
    ``odd`` is how single names are seen, ``fades`` after how many looks one can't be seen any more,
    ``contested`` how often others move one first; ``gaps`` is what a repository lost of a digest,
    ``keeps_damage`` are repositories that write nothing again, ``boasts`` those that don't have
    all that they tell of, ``refused`` names that can't be written, ``looks`` counts what was looked
    at, ``together`` how much of it was asked at once each time. Once there were some effects, it
    ``closes``: nothing is written any more.
    """

    def __init__(self) -> None:
        self.held: dict[Repository, dict[str, str]] = {}
        self.digests: dict[Repository, set[str]] = {}
        self.graphs: dict[str, ImageGraph] = {}
        self.conditions: dict[str, TagStatus] = {}
        self.closed: dict[str, TagStatus] = {}
        self.odd: dict[str, TagStatus] = {}
        self.fades: dict[str, int] = {}
        self.contested: dict[str, int] = {}
        self.gaps: dict[tuple[Repository, str], str] = {}
        self.keeps_damage: set[Repository] = set()
        self.boasts: set[Repository] = set()
        self.refused: set[str] = set()
        self.looks = 0
        self.together: list[int] = []
        self.closes: tuple[int, TagStatus] | None = None
        self.writes: list[str] = []
        self.effects = Effects()

    def push(self, repository: Repository, tag: str, digest: str) -> None:
        """Put an image there, as others do."""
        self.held.setdefault(repository, {})[tag] = digest
        self.digests.setdefault(repository, set()).add(digest)

    def look(
        self,
        repository: Repository,
        reference: str,
        wanted: ExpectedContent = ANYTHING,
        depth: Depth = Depth.DOCUMENTS,
    ) -> Inspection:
        name = repository.at(reference)
        self.looks += 1
        condition = self._unseen(repository, name)
        if condition is not None:
            return Inspection(name, condition)
        there = {digest: digest for digest in self.digests.get(repository, ())}
        digest = (there | self.held.get(repository, {})).get(reference, "")
        condition = TagStatus.PUBLISHED if digest else TagStatus.ABSENT
        graph = self.graphs.get(digest)
        gap = self.gaps.get((repository, digest))
        if graph is not None and gap is not None and depth is not Depth.DIGEST:
            graph = graph._replace(gaps=(gap,))
        return judged(Inspection(name, condition, digest, graph=graph), wanted)

    def _unseen(self, repository: Repository, name: str) -> TagStatus | None:
        """Why a name can't be seen, if so."""
        if name in self.fades:
            self.fades[name] -= 1
            if self.fades[name] < 0:
                return TagStatus.UNREACHABLE
        return self.odd.get(name, self.conditions.get(repository.host))

    def look_all(self, asked: Sequence[InspectionRequest]) -> list[Inspection]:
        return [self.look(*one) for one in asked]

    def at_once(self, looks: Sequence[Callable[[], T]]) -> list[T]:
        self.together.append(len(looks))
        return [look() for look in looks]

    def remembering(self) -> Registry:
        return self

    def begin(self, asked: Sequence[InspectionRequest]) -> None:
        """Nobody waits for memory."""

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
        left = self.contested.get(repository.at(tag), 0)
        if left:
            self.contested[repository.at(tag)] = left - 1
            self.push(repository, tag, f"sha256:{left:064}")
        seen = self.look(repository, tag)
        if not seen.is_seen or seen.digest == digest:
            return seen
        if seen.digest != expected:
            return seen._replace(condition=TagStatus.CONFLICT)
        return self._write(repository, tag, digest)

    def copy(self, source: Repository, digest: str, target: Repository, tag: str) -> Inspection:
        found = self.look(source, digest)
        gaps = {self.gaps.get((source, digest)), self.gaps.get((target, digest))}
        if (
            not found.is_seen
            or found.condition is TagStatus.ABSENT
            or (len(gaps) == 1 and None not in gaps)
        ):
            return found
        if source in self.boasts:
            return found._replace(condition=TagStatus.INCOMPLETE, detail=f"{source} lacks a layer")
        if target in self.keeps_damage:
            return self.look(target, digest)
        if target.host not in self.conditions:
            self.digests.setdefault(target, set()).add(digest)
            self.gaps.pop((target, digest), None)
        return self._write(target, tag, digest)

    def _write(self, repository: Repository, tag: str, digest: str) -> Inspection:
        if self.closes is not None and len(self.effects.names) >= self.closes[0]:
            return Inspection(repository.at(tag), self.closes[1])
        if repository.host in self.closed:
            return Inspection(repository.at(tag), self.closed[repository.host])
        if repository.at(tag) in self.refused:
            return Inspection(repository.at(tag), TagStatus.REFUSED)
        there = self.look(repository, digest)
        if there.condition is TagStatus.PUBLISHED:
            self.push(repository, tag, digest)
            self.writes.append(repository.at(tag))
            self.effects(f"write {repository.at(tag)}")
            return self.look(repository, tag)
        return there


class MemorySigner(Signer):
    """``seals`` says what signatures are worth, by names; ``signed`` is what was signed here."""

    def __init__(self, *, is_legible: bool = True) -> None:
        self.seals: dict[str, SignatureStatus] = {}
        self.signed: list[str] = []
        self.is_missing = False
        self.effects = Effects()
        self._made = SignatureStatus.SIGNED if is_legible else SignatureStatus.UNTRUSTED

    def fault(self) -> str:
        return "there is no key" if self.is_missing else ""

    def verify(self, repository: Repository, digest: str) -> SignatureStatus:
        return self.seals.get(repository.at(digest), SignatureStatus.UNSIGNED)

    def sign(self, repository: Repository, digest: str) -> SignatureStatus:
        if self.verify(repository, digest) is not SignatureStatus.SIGNED:
            self.signed.append(repository.at(digest))
            self.seals[repository.at(digest)] = self._made
            self.effects(f"sign {repository}")
        return self.verify(repository, digest)


class MemoryBuilder(ImageBuilder):
    """Builds images: ``make`` puts one where it is pushed to, ``told`` are the digests it tells.

    ``found`` are what stands in the way, ``wishes`` what was asked of it, ``built`` what was built
    with names, bake file and folder. ``registry`` are digests by reference, ``joined`` what was put
    together there; it is lost where the builder does not keep it. ``pushes_to`` are registries that
    get what is built, ``salt`` makes its bytes others. One that ``is_split`` has several nodes: it
    joins what each has pushed, and drops the annotations of the index (buildx 0.13,
    `build/build.go`: what is combined there gets none). ``fails_after`` is what a build ends with
    once all is pushed, ``is_lost`` that nothing is.
    """

    def __init__(
        self,
        *found: str,
        make: Callable[[Image], object] = bool,
        pushes_to: MemoryRegistry | None = None,
    ) -> None:
        self.found = list(found)
        self.told: dict[str, str] = {}
        self.wishes: list[BuilderNeeds] = []
        self.built: list[tuple[tuple[str, ...], BakeFile, str]] = []
        self.registry: dict[str, str] = {}
        self.joined: list[tuple[str, tuple[str, ...], dict[str, str]]] = []
        self.keeps = True
        self.salt = ""
        self.is_split = False
        self.fails_after = ""
        self.is_lost = False
        self.effects = Effects()
        self._make = make
        self._registry = pushes_to

    def faults(self, images: Sequence[Image], wishes: Sequence[BuilderNeeds]) -> list[str]:
        assert [image.name for image in images] == [override.image for override in wishes]
        self.wishes += wishes
        return self.found

    def loose(self, images: Sequence[Image]) -> frozenset[str]:
        return frozenset(image.name for image in images if image.builder == "old")

    def build(
        self, images: Sequence[Image], document: BakeFile, tree: str, hear: OnLine
    ) -> dict[str, str]:
        names = tuple(image.name for image in images)
        assert document["group"]["default"]["targets"] == list(names)
        hear("#1 done")
        self.built.append((names, document, tree))
        told = dict(self.told)
        for image in images:
            self._make(image)
            if self._registry is not None and image.repositories and not self.is_lost:
                place = repository(image.staging_repository)
                target = document["target"][image.name]
                told[image.name] = self._push(self._registry, place, target)
            self.effects(f"build {image.name}")
        if self.fails_after:
            raise OutsideError(self.fails_after)
        return {name: digest for name, digest in told.items() if name in names}

    def _push(self, registry: MemoryRegistry, place: Repository, target: BakeFile) -> str:
        """Push what a target of a bake file makes, under its tags; its digest."""
        graph = _graph(target, self.salt)
        if self.is_split:
            graph = graph._replace(annotations={})
        registry.graphs[graph.root.digest] = graph
        for name in target["tags"]:
            registry.push(place, name.rpartition(":")[2], graph.root.digest)
        return graph.root.digest

    def find(self, reference: str) -> str:
        return self.registry.get(reference, "")

    def join(self, reference: str, sources: Sequence[str], annotations: Mapping[str, str]) -> str:
        self.joined.append((reference, tuple(sources), dict(annotations)))
        if self._registry is not None:
            return self._rejoined(self._registry, reference, sources[0], annotations)
        if self.keeps:
            self.registry[reference] = "sha256:joined"
        return "sha256:joined"

    def _rejoined(
        self, registry: MemoryRegistry, reference: str, source: str, annotations: Mapping[str, str]
    ) -> str:
        """An index with what another one has, and annotations of its own."""
        graph = registry.graphs[source.partition("@")[2]]
        digest = _digest(graph, sorted(annotations.items()))
        root = graph.root._replace(digest=digest)
        registry.graphs[digest] = graph._replace(root=root, annotations=annotations)
        place, _, tag = reference.rpartition(":")
        if self.keeps:
            registry.push(repository(place), tag, digest)
        return digest


def _graph(target: BakeFile, salt: str) -> ImageGraph:
    """What a build of a target of a bake file leads to: one layer for each platform."""
    told = dict(
        line.removeprefix("index:").split("=", 1)
        for line in target["annotations"]
        if line.startswith("index:")
    )
    named = [(platform, _digest(target, salt, platform)) for platform in target["platforms"]]
    images = tuple(
        PlatformImage(
            platform,
            Descriptor(OCI_MANIFEST, digest, 7, platform),
            told,
            target["labels"],
            config=Descriptor("config", _digest(digest, "config"), 3),
            layers=(Descriptor("layer", _digest(digest, "layer"), 90),),
        )
        for platform, digest in named
    )
    attested = tuple(
        Attestation(digest, Descriptor(OCI_MANIFEST, _digest(digest, "attested"), 5))
        for _, digest in named
    )
    return ImageGraph(Descriptor(OCI_INDEX, _digest(target, salt), 9), told, images, attested)


def _digest(*words: object) -> str:
    return "sha256:" + hashlib.sha256(repr(words).encode()).hexdigest()
