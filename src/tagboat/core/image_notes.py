"""Image notes: how the images of a release are pulled, for its page on a forge (Markdown)."""

from collections.abc import Iterable
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
