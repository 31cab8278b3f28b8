"""Image graph: what a digest leads to, read from the bytes that a registry holds.

An index names a manifest for each platform and for each attestation; a manifest names a
configuration and layers. All of them are found by the digest of their bytes, so that a graph is
either whole or not, and is the same wherever it is whole.

https://github.com/opencontainers/image-spec and Docker's manifest v2, schema 2, which differ in
names of types only. Attestations are what buildx writes: manifests of the platform unknown/unknown.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import DecodeError, Struct, field, json

ORIGIN = "org.tagboat.origin"
"""The annotation that tells which commit, version and definition an image of ours is built from."""

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX_TYPES = (OCI_INDEX, DOCKER_INDEX)
MANIFEST_TYPES = (OCI_MANIFEST, DOCKER_MANIFEST)

MISSING = "is missing"
"""What became of a part that is not there."""

_REFERENCE_TYPE = "vnd.docker.reference.type"
_REFERENCE_DIGEST = "vnd.docker.reference.digest"
_NOWHERE = "unknown/unknown"
_KEPT_ELSEWHERE = (".foreign.", ".nondistributable.")
"""In the media types of layers that registries don't keep."""


class ManifestError(ValueError):
    """Bytes that are neither an index nor a manifest; the message says what they are."""


class Descriptor(NamedTuple):
    """What one document says of another: its type, digest, size in bytes, and of what platform."""

    media_type: str
    digest: str
    size: int
    platform: str = ""
    annotations: Mapping[str, str] = {}

    @property
    def is_index(self) -> bool:
        """Whether it names an index."""
        return self.media_type in INDEX_TYPES

    @property
    def is_attestation(self) -> bool:
        """Whether it names an attestation, which has no platform."""
        return self.platform == _NOWHERE or _REFERENCE_TYPE in self.annotations


class ManifestDocument(NamedTuple):
    """An index, which has manifests, or a manifest, which has a configuration and layers.

    ``itself`` is how others name it.
    """

    itself: Descriptor
    annotations: Mapping[str, str]
    manifests: tuple[Descriptor, ...] = ()
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """What a registry must keep beside the document itself, each once."""
        every = (self.config, *self.layers) if self.config else self.layers
        kept = {blob.digest: blob for blob in every if _is_kept(blob)}
        return tuple(kept.values())


class ImageConfig(NamedTuple):
    """A configuration: the platform it is for, its labels, when it was made (as it says)."""

    platform: str
    labels: Mapping[str, str]
    created: str = ""


class PlatformImage(NamedTuple):
    """The image of one platform; ``config`` and ``layers`` are empty where it could not be read."""

    platform: str
    manifest: Descriptor
    annotations: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    created: str = ""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes there are to download, its configuration among them."""
        return sum(layer.size for layer in self.layers) + (self.config.size if self.config else 0)


class Attestation(NamedTuple):
    """What is attested of one manifest: ``kinds`` are predicate types, ``subject`` its digest."""

    subject: str
    manifest: Descriptor
    kinds: tuple[str, ...] = ()


class ImageGraph(NamedTuple):
    """All that a digest leads to; ``gaps`` has a sentence for each part that is not there."""

    root: Descriptor
    annotations: Mapping[str, str]
    images: tuple[PlatformImage, ...]
    attestations: tuple[Attestation, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms there are images for, in their order."""
        return tuple(image.platform for image in self.images)

    @property
    def origin(self) -> str:
        """What the image says it is built from, if all its parts say the same; else empty."""
        if ORIGIN in self.annotations:
            return self.annotations[ORIGIN]
        told = {image.annotations.get(ORIGIN, "") for image in self.images}
        return told.pop() if len(told) == 1 else ""

    def image(self, platform: str) -> PlatformImage | None:
        """The image of a platform, None where there is none."""
        return next((image for image in self.images if image.platform == platform), None)


class Parts(NamedTuple):
    """What of a graph was found: documents and configurations by digest.

    ``lost`` says of each digest whose bytes are not there, or are others, what became of it.
    """

    documents: Mapping[str, ManifestDocument]
    configs: Mapping[str, ImageConfig]
    lost: Mapping[str, str] = {}


class _Platform(Struct, frozen=True):
    architecture: str = ""
    os: str = ""
    variant: str = ""


class _Descriptor(Struct, frozen=True, rename="camel"):
    digest: str
    size: int
    media_type: str = ""
    platform: _Platform | None = None
    annotations: dict[str, str] | None = None


class _Document(Struct, frozen=True, rename="camel"):
    schema_version: int
    media_type: str = ""
    manifests: list[_Descriptor] | None = None
    config: _Descriptor | None = None
    layers: list[_Descriptor] | None = None
    annotations: dict[str, str] | None = None


class _Execution(Struct, frozen=True):
    labels: dict[str, str] | None = field(default=None, name="Labels")


class _Config(Struct, frozen=True):
    architecture: str = ""
    os: str = ""
    variant: str = ""
    created: str | None = None
    config: _Execution | None = None


# What threads read at the same time is known before they do: to msgspec a type that another thread
# is still looking at is a wild pointer.
_DOCUMENTS = json.Decoder(_Document)
_CONFIGS = json.Decoder(_Config)


def content_digest(content: bytes) -> str:
    """The digest of some bytes: ``sha256:`` and 64 hexadecimal digits."""
    from hashlib import sha256  # start-up: every configuration is checked with images in mind

    return f"sha256:{sha256(content).hexdigest()}"


def read_document(content: bytes, media_type: str = "") -> ManifestDocument:
    """Read an index or a manifest; ``media_type`` is what the registry calls it.

    Where the bytes name their own type, that counts. Raises ManifestError.
    """
    try:
        found = _DOCUMENTS.decode(content)
    except (DecodeError, RecursionError) as error:
        raise ManifestError(f"it is no manifest: {error}") from error
    kind = found.media_type or media_type.partition(";")[0].strip()
    if found.schema_version != 2:  # noqa: PLR2004 - the only one both specifications have
        raise ManifestError(f"it is a manifest of schema {found.schema_version}, not 2")
    if kind not in (*INDEX_TYPES, *MANIFEST_TYPES):
        raise ManifestError(f"it has the type {kind!r}, which is no image's")
    itself = Descriptor(kind, content_digest(content), len(content))
    told = found.annotations or {}
    if itself.is_index:
        return ManifestDocument(itself, told, _descriptors(found.manifests))
    config = None if found.config is None else _descriptor(found.config)
    return ManifestDocument(itself, told, (), config, _descriptors(found.layers))


def read_config(content: bytes) -> ImageConfig:
    """Read a configuration. Raises ManifestError."""
    try:
        found = _CONFIGS.decode(content)
    except (DecodeError, RecursionError) as error:
        raise ManifestError(f"it is no image configuration: {error}") from error
    labels = (found.config and found.config.labels) or {}
    platform = _platform(_Platform(found.architecture, found.os, found.variant))
    return ImageConfig(platform, labels, found.created or "")


def image_graph(root: ManifestDocument, parts: Parts) -> ImageGraph:
    """Put a graph together; whatever ``parts`` lacks is named among its gaps."""
    ends = leaves(root, parts.documents)
    images = tuple(_leaf_image(leaf, parts) for leaf in ends if not leaf.is_attestation)
    named = {image.manifest.digest: image.platform for image in images}
    attestations = tuple(_attestation(leaf, parts) for leaf in ends if leaf.is_attestation)
    named |= {
        one.manifest.digest: f"attestation of {named.get(one.subject, 'nothing known')}"
        for one in attestations
    }
    gaps = tuple(gap for leaf in ends for gap in _gaps(leaf, named[leaf.digest], parts))
    return ImageGraph(root.itself, root.annotations, images, attestations, gaps)


def leaves(
    document: ManifestDocument, documents: Mapping[str, ManifestDocument]
) -> tuple[Descriptor, ...]:
    """The manifests below a document, those below an index in an index too.

    A digest can't lead to itself, so this ends.
    """
    if not document.itself.is_index:
        return (document.itself,)
    found: list[Descriptor] = []
    for child in document.manifests:
        inner = documents.get(child.digest) if child.is_index else None
        found += [child] if inner is None else leaves(inner, documents)
    return tuple(found)


def _leaf_image(leaf: Descriptor, parts: Parts) -> PlatformImage:
    """The image of a manifest; its platform is the one its index gives, else its own."""
    document = parts.documents.get(leaf.digest)
    if document is None or document.config is None:
        return PlatformImage(leaf.platform, leaf)
    config = parts.configs.get(document.config.digest, ImageConfig("", {}))
    return PlatformImage(
        leaf.platform or config.platform,
        leaf,
        document.annotations,
        config.labels,
        config.created,
        document.config,
        document.layers,
    )


def _attestation(leaf: Descriptor, parts: Parts) -> Attestation:
    document = parts.documents.get(leaf.digest)
    layers = () if document is None else document.layers
    kinds = (layer.annotations.get("in-toto.io/predicate-type", "") for layer in layers)
    subject = leaf.annotations.get(_REFERENCE_DIGEST, "")
    return Attestation(subject, leaf, tuple(filter(None, kinds)))


def _gaps(leaf: Descriptor, name: str, parts: Parts) -> list[str]:
    """What of one manifest is not there."""
    document = parts.documents.get(leaf.digest)
    if document is None:
        kind, told = "index" if leaf.is_index else "manifest", parts.lost.get(leaf.digest, MISSING)
        return [f"{name or leaf.digest}: the {kind} {leaf.digest} {told}"]
    config = document.config
    return [
        f"{name or leaf.digest}: the {'configuration' if blob == config else 'layer'}"
        f" {blob.digest} {parts.lost[blob.digest]}"
        for blob in document.blobs
        if blob.digest in parts.lost
    ]


def _is_kept(blob: Descriptor) -> bool:
    return not any(word in blob.media_type for word in _KEPT_ELSEWHERE)


def _descriptors(found: list[_Descriptor] | None) -> tuple[Descriptor, ...]:
    return tuple(map(_descriptor, found or ()))


def _descriptor(found: _Descriptor) -> Descriptor:
    platform = "" if found.platform is None else _platform(found.platform)
    told = found.annotations or {}
    return Descriptor(found.media_type, found.digest, found.size, platform, told)


def _platform(found: _Platform) -> str:
    """A platform as Docker spells it."""
    return usual_platform("/".join(filter(None, (found.os, found.architecture, found.variant))))


_USUAL_ARCHITECTURES = {
    "386": ("i386",),
    "amd64": ("amd64/v1", "x86_64", "x86_64/v1"),
    "arm64": ("arm64/8", "arm64/v8", "aarch64", "aarch64/8", "aarch64/v8"),
    "arm/v6": ("arm/6", "armel"),
    "arm/v7": ("arm", "arm/7", "armhf"),
}
"""The spellings of one platform that builders take for the same.

https://github.com/containerd/platforms, `database.go`
"""
_USUAL = {other: usual for usual, others in _USUAL_ARCHITECTURES.items() for other in others}


def usual_platform(platform: str) -> str:
    """A platform as it is told of what is built for it: linux/arm64 of linux/arm64/v8."""
    system, slash, rest = platform.partition("/")
    return f"{system}{slash}{_USUAL.get(rest, rest)}"
