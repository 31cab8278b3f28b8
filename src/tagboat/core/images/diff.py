"""Image diff: what there is to download, for each platform, to go from one image to another.

A layer is what its digest says, and a machine that has it does not fetch it again, wherever in the
image it stands: https://github.com/opencontainers/image-spec.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class PulledImage(NamedTuple):
    """An image that can be pulled: its names with the version's tag, its digest, its platforms.

    Each platform has its name, the digest of its manifest, and the bytes there are to download.
    """

    names: tuple[str, ...]
    digest: str
    platforms: tuple[tuple[str, str, int], ...]


def image_notes(images: Iterable[PulledImage], title: str = "Container images") -> str:
    """A section of release notes; an empty text without images.

    The tag is for people and the digest for machines: Docker goes by the digest.
    """
    parts = [_part(image) for image in images]
    return "\n".join([f"### {title}\n", *parts]) if parts else ""


def size_of(count: int) -> str:
    """A number of bytes in words, by powers of 1000: `7.3 MB`."""
    amount, units = float(count), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:  # noqa: PLR2004 - what the units stand for
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def _part(image: PulledImage) -> str:
    commands = "\n".join(f"docker pull {name}@{image.digest}" for name in image.names)
    rows = "\n".join(
        f"| {name} | `{digest}` | {size_of(size)} |" for name, digest, size in image.platforms
    )
    table = f"| platform | digest | download |\n| --- | --- | --- |\n{rows}\n"
    return f"```sh\n{commands}\n```\n\n{table}"


class Layer(NamedTuple):
    """A layer of an image: its digest, and its size in bytes as it is transferred."""

    digest: str
    size: int


Layers = Mapping[str, Sequence[Layer]]
"""The layers of an image from the base up, by platform."""


class PlatformDiff(NamedTuple):
    """How two images differ on one platform, each layer once and in the order of its image.

    ``is_new`` says that the first image has nothing for the platform, ``is_gone`` that the second
    has not.
    """

    platform: str
    kept: tuple[Layer, ...]
    removed: tuple[Layer, ...]
    added: tuple[Layer, ...]
    is_new: bool = False
    is_gone: bool = False

    @property
    def download(self) -> int:
        """The bytes to fetch where the first image is there; manifests and configs are not in."""
        return sum(layer.size for layer in self.added)


def image_diff(before: Layers, after: Layers) -> tuple[PlatformDiff, ...]:
    """The difference for each platform that either image has, in the order of their names."""
    return tuple(_platform_diff(name, before, after) for name in sorted({*before, *after}))


def _platform_diff(name: str, before: Layers, after: Layers) -> PlatformDiff:
    old = {layer.digest: layer for layer in before.get(name, ())}
    new = {layer.digest: layer for layer in after.get(name, ())}
    return PlatformDiff(
        name,
        kept=tuple(layer for digest, layer in new.items() if digest in old),
        removed=tuple(layer for digest, layer in old.items() if digest not in new),
        added=tuple(layer for digest, layer in new.items() if digest not in old),
        is_new=name not in before,
        is_gone=name not in after,
    )
