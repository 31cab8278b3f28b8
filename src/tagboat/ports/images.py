"""What builds, keeps and signs images, as the use cases need it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from tagboat.core.images.image import Image
from tagboat.core.images.registry import (
    ANYTHING,
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    SignatureStatus,
)

if TYPE_CHECKING:
    from tagboat.core.images.bake import BakeFile
    from tagboat.core.images.builder import BuilderNeeds


OnLine = Callable[[str], None]
"""Gets each line of a build's progress as it comes, without secrets."""
T = TypeVar("T")


class ImageBuilder(Protocol):
    """Builds images and joins platforms. What it says was made is a hint: the registry knows."""

    def faults(self, images: Sequence[Image], wishes: "Sequence[BuilderNeeds]") -> list[str]:
        """What stands in the way of building, each with what helps. Builds nothing.

        Looks at buildx, the builders, emulators and scanners, and at the secrets of the images.
        """
        ...

    def loose(self, images: Sequence[Image]) -> frozenset[str]:
        """The names of the images whose builder can't set the times of files in what it pushes."""
        ...

    def build(
        self, images: Sequence[Image], document: "BakeFile", tree: str, hear: OnLine
    ) -> dict[str, str]:
        """Build the images by a bake file, with contexts in a clean checkout.

        Returns the digests by name, as far as buildx tells. Raises OutsideError with the failing
        step, its platform and its line.
        """
        ...

    def find(self, reference: str) -> str:
        """The digest that a tag of a registry has; empty where there is none.

        Raises OutsideError where the registry does not answer.
        """
        ...

    def join(self, reference: str, sources: Sequence[str], annotations: Mapping[str, str]) -> str:
        """Put several images of a registry into one index under a tag; its digest.

        Their attestations come along; annotations of the index have to be given again. Raises
        OutsideError.
        """
        ...


class InspectionRequest(NamedTuple):
    """One question of `Registry.look`."""

    repository: Repository
    reference: str
    wanted: ExpectedContent = ANYTHING
    depth: Depth = Depth.DOCUMENTS


class Registry(Protocol):
    """Every registry at once; whom to ask stands in the name of a repository.

    What comes of an attempt is a value: unless a method says so, nothing is raised for what a
    registry answers or does not answer. Whatever is written is looked at afterwards, since
    registries have no compare-and-swap; every method may be called again after any failure.
    """

    def look(
        self,
        repository: Repository,
        reference: str,
        wanted: ExpectedContent = ANYTHING,
        depth: Depth = Depth.DOCUMENTS,
    ) -> Inspection:
        """What a tag or a digest holds, beside what is wanted there."""
        ...

    def look_all(self, asked: Sequence[InspectionRequest]) -> list[Inspection]:
        """What `look` says to each of several questions, in their order."""
        ...

    def at_once(self, looks: Sequence[Callable[[], T]]) -> list[T]:
        """What several looks find, in their order; registries may be asked at the same time."""
        ...

    def remembering(self) -> "Registry":
        """The same for one look at everything: what was seen once is not asked for again."""
        ...

    def begin(self, asked: Sequence[InspectionRequest]) -> None:
        """Begin to look at what will be asked for, while the caller does something else.

        One that is not `remembering` need not.
        """
        ...

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """All tags; none where there is no repository.

        Raises OutsideError or UsageError where the registry does not tell: an empty answer is true.
        """
        ...

    def may_push(self, repository: Repository) -> Inspection:
        """Whether images may be written there: published if so.

        No repository where the registry wants it created first; unreachable; unauthorised.
        """
        ...

    def tag_once(self, repository: Repository, tag: str, digest: str) -> Inspection:
        """Make sure that a tag, which is never overwritten, holds a digest of its repository."""
        ...

    def move(self, repository: Repository, tag: str, digest: str, expected: str) -> Inspection:
        """Make sure that a tag holds a digest of its repository.

        ``expected`` is what it was last seen to hold, empty for nothing: where it holds something
        else by now, that is a conflict.
        """
        ...

    def copy(self, source: Repository, digest: str, target: Repository, tag: str) -> Inspection:
        """Make sure that a repository has all that a digest leads to, byte for byte.

        A tag is written for it, whatever that holds, so that the registry keeps it: meant for
        staging tags, and for signatures. What the tag holds afterwards is not looked at: another
        run may stage its own build of the same commit there.
        Raises OutsideError where Docker or what it copies with is not there.
        """
        ...


class Signer(Protocol):
    """Signs and verifies what is in registries, by digest.

    Looking at and making signatures raises UsageError where the key can't be used, and OutsideError
    where the registry or the signing program fails.
    """

    def fault(self) -> str:
        """Why nothing could be signed on this machine, found without signing; else empty."""
        ...

    def verify(self, repository: Repository, digest: str) -> SignatureStatus:
        """What its signatures are worth."""
        ...

    def sign(self, repository: Repository, digest: str) -> SignatureStatus:
        """Add a signature unless a good one is there; verified afterwards."""
        ...
