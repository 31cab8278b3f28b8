"""Looks at all that a digest leads to."""

from tagboat.adapters.registry.shelf import Manifest, Shelf
from tagboat.core.image_graph import (
    Config,
    Document,
    Graph,
    Parts,
    graph,
    leaves,
    read_config,
    read_document,
)
from tagboat.core.registry import Depth


def whole(shelf: Shelf, root: Document, depth: Depth) -> Graph:
    """The graph below an index or a manifest. Raises RefusalError, ManifestError."""
    documents = _documents(shelf, root)
    configs: dict[str, Config] = {}
    lost: set[str] = set()
    for leaf in leaves(root, documents):
        document = documents.get(leaf.digest)
        if leaf.is_attestation or document is None or document.config is None:
            continue
        content = shelf.blob(document.config.digest)
        if content is None:
            lost.add(document.config.digest)
        else:
            configs[document.config.digest] = read_config(content)
    if depth >= Depth.LAYERS:
        lost |= _lost_blobs(shelf, documents, configs)
    return graph(root, Parts(documents, configs, lost))


def read(manifest: Manifest) -> Document:
    """Read an index or a manifest as a registry gives it. Raises ManifestError."""
    return read_document(manifest.content, manifest.media_type)


def _documents(shelf: Shelf, root: Document) -> dict[str, Document]:
    """An index with all indexes and manifests below it that are there, by digest."""
    found = {root.itself.digest: root}
    waiting = list(root.manifests)
    while waiting:
        child = waiting.pop()
        if child.digest in found:
            continue
        manifest = shelf.manifest(child.digest)
        if manifest is not None:
            found[child.digest] = read(manifest)
            waiting += found[child.digest].manifests
    return found


def _lost_blobs(
    shelf: Shelf, documents: dict[str, Document], configs: dict[str, Config]
) -> set[str]:
    """The digests of blobs that are needed and not there; those read already are."""
    needed = {blob.digest for document in documents.values() for blob in document.blobs}
    return {digest for digest in needed if digest not in configs and not shelf.has_blob(digest)}
