"""The image builder, as a protocol: what a release needs from `docker buildx`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tagboat.core.images.bake import BakeFile
from tagboat.core.images.builder import BuilderNeeds
from tagboat.core.images.image import Image

OnLine = Callable[[str], None]
"""Gets each line of a build's progress as it comes, without secrets."""


class ImageBuilder(Protocol):
    """Builds images and joins platforms. What it says was made is a hint: the registry knows."""

    def faults(self, images: Sequence[Image], wishes: Sequence[BuilderNeeds]) -> list[str]:
        """What stands in the way of building, each with what helps. Builds nothing.

        Looks at buildx, the builders, emulators and scanners, and at the secrets of the images.
        """
        ...

    def loose(self, images: Sequence[Image]) -> frozenset[str]:
        """The names of the images whose builder can't set the times of files in what it pushes."""
        ...

    def build(
        self, images: Sequence[Image], document: BakeFile, tree: str, hear: OnLine
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
