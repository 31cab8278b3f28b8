"""Copies what a digest leads to from one repository to another, byte for byte.

`docker buildx imagetools create` does that for an index. It wraps a single manifest into an index
of its own, whose digest is another; it knows nothing of registries without encryption beyond
loopback; and it gives up on a registry that can't tell what it has, as one whose disk was full.
What it can't do is done here.
"""

import tempfile

from tagboat.adapters import process
from tagboat.adapters.registry.errors import RefusalError
from tagboat.adapters.registry.fetch_graph import document_of
from tagboat.adapters.registry.repository_client import RepositoryClient, StoredManifest
from tagboat.core.images.oci import ManifestDocument
from tagboat.core.images.registry import TagStatus

_IN_MEMORY = 8 << 20
"""Blobs of more bytes are kept in a file on their way."""


def copy(
    source: RepositoryClient, manifest: StoredManifest, target: RepositoryClient, tag: str
) -> None:
    """Copy an index or manifest with all below it, and write a tag.

    Raises RefusalError, ManifestError, and OutsideError where there is no Docker.
    """
    root = document_of(manifest)
    is_dockers = root.itself.is_index and source.host.is_dockers and target.host.is_dockers
    name = source.repository.at(root.itself.digest)
    if is_dockers and _docker_copy(name, target.repository.at(tag)):
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
