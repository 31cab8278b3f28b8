"""Looks at all that a digest leads to."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tagboat.adapters.registry.repository_client import RepositoryClient, StoredManifest
from tagboat.core.images.oci import (
    ImageGraph,
    ManifestDocument,
    Parts,
    image_graph,
    leaves,
    read_config,
    read_document,
)
from tagboat.core.images.registry import Depth

Q = TypeVar("Q")
T = TypeVar("T")
_AT_ONCE = 6
"""How many requests are under way at a time: registries are far away, not slow."""


def fetch_graph(client: RepositoryClient, root: ManifestDocument, depth: Depth) -> ImageGraph:
    """The graph below an index or a manifest. Raises RefusalError, ManifestError."""
    documents = _documents(client, root)
    asked = _image_configs(root, documents)
    contents = dict(zip(asked, each(client.blob, list(asked)), strict=True))
    configs = {digest: read_config(found) for digest, found in contents.items() if found}
    lost = asked.keys() - configs.keys()
    if depth >= Depth.LAYERS:
        blobs = {blob.digest: blob for one in documents.values() for blob in one.blobs}
        left = list(blobs.keys() - asked.keys())
        there = each(client.has_blob, left)
        lost |= {digest for digest, is_there in zip(left, there, strict=True) if not is_there}
    return image_graph(root, Parts(documents, configs, lost))


def document_of(manifest: StoredManifest) -> ManifestDocument:
    """Read an index or a manifest as a registry gives it. Raises ManifestError."""
    return read_document(manifest.content, manifest.media_type)


def _documents(client: RepositoryClient, root: ManifestDocument) -> dict[str, ManifestDocument]:
    """An index with all indexes and manifests below it that are there, by digest."""
    found = {root.itself.digest: root}
    waiting = {child.digest for child in root.manifests}
    while waiting:
        asked = sorted(waiting)
        manifests = each(client.manifest, asked)
        documents = [document_of(manifest) for manifest in manifests if manifest is not None]
        found |= {document.itself.digest: document for document in documents}
        below = {child.digest for document in documents for child in document.manifests}
        waiting = below - found.keys()
    return found


def _image_configs(
    root: ManifestDocument, documents: dict[str, ManifestDocument]
) -> dict[str, None]:
    """The digests of the configurations of images, in their order."""
    ends = (leaf.digest for leaf in leaves(root, documents) if not leaf.is_attestation)
    found = (documents[digest].config for digest in ends if digest in documents)
    return dict.fromkeys(config.digest for config in found if config is not None)


def each(ask: Callable[[Q], T], questions: Sequence[Q]) -> list[T]:
    """The answers to several questions, in their order; asked at the same time."""
    if len(questions) <= 1:
        return [ask(one) for one in questions]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(ask, questions))
