"""All that a digest leads to: looked at, and copied to another repository byte for byte."""

import tempfile
from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import TypeVar

from tagboat.adapters import process
from tagboat.adapters.registry.errors import RefusalError
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
from tagboat.core.images.registry import Depth, TagStatus

Q = TypeVar("Q")
T = TypeVar("T")
_AT_ONCE = 6
"""How many requests are under way at a time: registries are far away, not slow."""


def fetch_graph(client: RepositoryClient, root: ManifestDocument, depth: Depth) -> ImageGraph:
    """The graph below an index or a manifest. Raises RefusalError, ManifestError."""
    documents = _documents(client, root)
    read = _image_configs(root, documents)
    kept = {blob.digest: None for one in documents.values() for blob in one.blobs}
    asked = list(read | kept if depth >= Depth.LAYERS else read)
    found = dict(zip(asked, each(partial(_blob, client, read), asked), strict=True))
    configs = {digest: read_config(content) for digest in read if (content := found[digest])}
    lost = {digest for digest in found if found[digest] is None} | (read.keys() - configs.keys())
    return image_graph(root, Parts(documents, configs, lost))


def _blob(client: RepositoryClient, read: Container[str], digest: str) -> bytes | None:
    """A configuration, which is read; of a layer whether it is there: None where it is not."""
    if digest in read:
        return client.blob(digest)
    return b"" if client.has_blob(digest) else None


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


_IN_MEMORY = 8 << 20
"""Blobs of more bytes are kept in a file on their way."""


def copy(
    source: RepositoryClient, manifest: StoredManifest, target: RepositoryClient, tag: str
) -> None:
    """Copy an index or manifest with all below it, and write a tag.

    What is there in part is not left to Docker, which may take it for all. Raises RefusalError,
    ManifestError, and OutsideError where there is no Docker.
    """
    root = document_of(manifest)
    is_dockers = root.itself.is_index and source.host.is_dockers and target.host.is_dockers
    name = source.repository.at(root.itself.digest)
    is_begun = bool(target.digest(root.itself.digest))
    if is_dockers and not is_begun and _docker_copy(name, target.repository.at(tag)):
        return
    _fill(source, root, target)
    target.put(tag, manifest)


def _docker_copy(source: str, target: str) -> bool:
    """Whether Docker copied it: the registry itself says why not, to who asks it here."""
    command = ["docker", "buildx", "imagetools", "create", "--tag", target, source]
    try:
        process.run(command, "/")
    except process.ProgramError:
        return False
    return True


def _fill(source: RepositoryClient, document: ManifestDocument, target: RepositoryClient) -> None:
    """Copy what a document needs, what is needed first before what needs it."""
    for child in document.manifests:
        manifest = source.manifest(child.digest)
        if manifest is None:
            raise _lacking(source, child.digest)
        _fill(source, document_of(manifest), target)
        target.put(child.digest, manifest)
    for blob in document.blobs:
        if not _has(target, blob.digest):
            _carry(source, blob.digest, target)


def _has(target: RepositoryClient, digest: str) -> bool:
    """Whether a blob is there. What a registry can't tell is sent, which mends what it keeps."""
    try:
        return target.has_blob(digest)
    except RefusalError as refusal:
        if refusal.condition is not TagStatus.UNREACHABLE:
            raise
        return False


def _carry(source: RepositoryClient, digest: str, target: RepositoryClient) -> None:
    """Copy one blob."""
    if source.host is target.host and target.mount(digest, source.repository):
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
        if not source.receive(digest, kept.write):
            raise _lacking(source, digest)
        try:
            target.send(digest, kept)
        except RefusalError:
            if not target.has_blob(digest):  # an answer that got lost says nothing
                raise


def _lacking(source: RepositoryClient, digest: str) -> RefusalError:
    return RefusalError(TagStatus.INCOMPLETE, f"{source.repository} lacks {digest}")
