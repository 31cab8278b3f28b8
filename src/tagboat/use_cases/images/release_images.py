"""The images of a package, what builds them, and the registries that keep them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tagboat.core.images.image import (
    Image,
)
from tagboat.core.images.registry import (
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    repository,
)
from tagboat.core.images.tags import ImageTagSet, TagRule, image_tag_set
from tagboat.core.version.version import Version
from tagboat.ports.images import ImageBuilder, InspectionRequest, OnLine, Registry, Signer
from tagboat.ports.publishing import CommitFiles


class PublishedImages(NamedTuple):
    """The images of a package, as the configuration at one commit has them; some are published.

    ``rules`` are those of each published image's tags, by its name; ``signers`` sign images, by
    their names; ``builder`` gives what builds images, ``source`` is what they are built from;
    ``page`` is the repository's address; ``hear`` gets each line of a build; ``insecure`` are
    registries without encryption.
    """

    defined: tuple[Image, ...]
    rules: Mapping[str, tuple[TagRule, ...]]
    registry: Registry
    signers: Mapping[str, Signer]
    builder: Callable[[], ImageBuilder]
    source: CommitFiles
    page: str
    hear: OnLine
    insecure: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[Image, ...]:
        """Those that are published."""
        return published(self.defined)

    def signer(self, image: Image) -> Signer | None:
        """What signs an image; None where nothing does."""
        return self.signers.get(image.name)

    def tags(self, image: Image, version: Version) -> ImageTagSet:
        """The tags of an image's version. Raises UsageError where it can't be spelled."""
        return image_tag_set(self.rules[image.name], version)

    def rules_in(self, place: Repository) -> tuple[TagRule, ...]:
        """The rules of all images that share a repository."""
        return tuple(
            rule
            for image in self.images
            if place in repositories(image)
            for rule in self.rules[image.name]
        )

    def is_whole(self, place: Repository, digest: str, depth: Depth = Depth.LAYERS) -> Inspection:
        """Whether a repository has all that a digest leads to."""
        return self.registry.look(place, digest, ExpectedContent(digest), depth)

    def are_whole(self, asked: Iterable[tuple[Repository, ExpectedContent]]) -> list[Inspection]:
        """Whether repositories have all, down to the layers, that digests lead to."""
        questions = [
            InspectionRequest(place, wanted.digest, wanted, Depth.LAYERS) for place, wanted in asked
        ]
        return self.registry.look_all(questions)


def repositories(image: Image) -> tuple[Repository, ...]:
    """Where an image is published."""
    return tuple(map(repository, image.repositories))


def expected_content(
    image: Image, facts: Mapping[str, str], *, digest: str = "", origin: str = ""
) -> ExpectedContent:
    """What an image of a release has to be, before its tag is there and for ever after.

    ``facts`` are those of `release_facts`.
    """
    return ExpectedContent(digest, origin, image.platforms, image.is_attested, facts)


def staging(image: Image) -> Repository:
    """Where an image is pushed to first."""
    return repository(image.staging_repository)


def published(images: Sequence[Image]) -> tuple[Image, ...]:
    """Those of some images that are published."""
    return tuple(image for image in images if image.repositories)
