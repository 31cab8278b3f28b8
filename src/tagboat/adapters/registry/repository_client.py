"""One repository of one registry, in the words of the distribution specification.

https://github.com/opencontainers/distribution-spec. What a digest leads to is checked
against it, and all of it looked at, or copied to another repository byte for byte.
"""

import json
import re
import tempfile
from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from typing import IO, Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from tagboat.adapters import process
from tagboat.adapters.http import every_item
from tagboat.adapters.registry import errors
from tagboat.adapters.registry.client import AT_ONCE, RegistryClient
from tagboat.adapters.registry.errors import RefusalError
from tagboat.core.errors import OutsideError
from tagboat.core.images.oci import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    ImageGraph,
    ManifestDocument,
    Parts,
    content_digest,
    image_graph,
    leaves,
    read_config,
    read_document,
)
from tagboat.core.images.registry import Depth, Repository, TagStatus

_ACCEPTED = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES, "*/*;q=0.1"))
_BLOCK = 1 << 20
_LONGEST = 16 << 20
"""How many bytes a manifest or a configuration may have; registries take 4 MiB."""
_OK = HTTPStatus.OK
_GONE = HTTPStatus.NOT_FOUND
_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[A-Za-z0-9=_-]+")
_ELSEWHERE = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.FOUND, HTTPStatus.PERMANENT_REDIRECT}
Q = TypeVar("Q")
T = TypeVar("T")


class StoredManifest(NamedTuple):
    """The bytes of an index or a manifest, and the type that the registry gives them."""

    content: bytes
    media_type: str


class RepositoryClient:
    """A repository. Every method raises RefusalError where the registry does not play along."""

    def __init__(self, host: RegistryClient, repository: Repository) -> None:
        self.host = host
        self.repository = repository
        self._pull = (f"repository:{repository.path}:pull",)
        self._push = (f"repository:{repository.path}:pull,push",)
        self._base = f"/v2/{repository.path}"

    def digest(self, reference: str) -> str:
        """The digest that a tag or digest stands for; empty where there is none."""
        headers = {"Accept": _ACCEPTED}
        path = f"{self._base}/manifests/{reference}"
        answer = self._read("HEAD", path, headers=headers)
        if answer.status_code == _GONE:
            return ""
        found = answer.headers.get("Docker-Content-Digest", "")
        is_told = _DIGEST.fullmatch(found) and (":" not in reference or found == reference)
        if answer.status_code == _OK and is_told:
            return found
        manifest = self.manifest(reference)  # some don't tell, or answer HEAD without a reason
        return "" if manifest is None else content_digest(manifest.content)

    def manifest(self, reference: str) -> StoredManifest | None:
        """The bytes of what a tag or digest stands for; None where there is nothing."""
        headers = {"Accept": _ACCEPTED}
        path = f"{self._base}/manifests/{reference}"
        answer = self._read("GET", path, headers=headers, stream=True)
        content = _content(answer)
        if content is None:
            return None
        _check(content, reference)
        if not _is_manifest(content):
            raise RefusalError(TagStatus.STRANGE, "what it sends is no manifest")
        return StoredManifest(content, answer.headers.get("Content-Type", ""))

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a small blob; None where there is none."""
        answer = self._read("GET", f"{self._base}/blobs/{digest}", stream=True)
        content = _content(answer)
        if content is not None:
            _check(content, digest)
        return content

    def has_blob(self, digest: str) -> bool:
        """Whether there is a blob."""
        answer = self._read("HEAD", f"{self._base}/blobs/{digest}", allow_redirects=False)
        if answer.status_code == _GONE:
            return False
        if answer.status_code == _OK or answer.status_code in _ELSEWHERE:
            return True
        raise errors.reading(answer)

    def tags(self) -> tuple[str, ...]:
        """All tags, to the last page; none where there is no such repository."""
        try:
            return tuple(
                dict.fromkeys(every_item(self._every_tag(), "its list of tags", self.host.timeouts))
            )
        except OutsideError as error:
            raise RefusalError(TagStatus.FAILING, error.message) from error

    def _every_tag(self) -> Iterator[str]:
        path = f"{self._base}/tags/list?n={self.host.page}"
        seen = set()
        while path and path not in seen:
            seen.add(path)
            answer = self._read("GET", path)
            if answer.status_code == _GONE:
                break
            yield from _tag_names(answer)
            path = _next_page(answer)

    def put(self, tag: str, manifest: StoredManifest) -> None:
        """Write a tag: the same bytes under another name."""
        headers = {"Content-Type": manifest.media_type}
        path = f"{self._base}/manifests/{tag}"
        answer = self.host.ask("PUT", path, self._push, headers=headers, data=manifest.content)
        if not errors.is_taken(answer) and self.digest(tag) != content_digest(manifest.content):
            raise errors.not_taken(answer)

    def check_push(self) -> None:
        """Find out whether anything may be written here, without writing anything."""
        where = self._started({})
        self.host.ask("DELETE", where, self._push)  # those that don't know this forget it by time

    def mount(self, digest: str, source: Repository) -> bool:
        """Take a blob over from another repository of the same registry; False if it can't."""
        scopes = (*self._push, f"repository:{source.path}:pull")
        asked = {"mount": digest, "from": source.path}
        path = f"{self._base}/blobs/uploads/"
        answer = self.host.ask("POST", path, scopes, params=asked)
        return answer.status_code == HTTPStatus.CREATED

    def send(self, digest: str, stream: IO[bytes]) -> None:
        """Upload a blob."""
        where = self._started({})
        joint = "&" if urlsplit(where).query else "?"
        headers = {"Content-Type": "application/octet-stream"}
        answer = self.host.ask(
            "PUT", f"{where}{joint}digest={digest}", self._push, headers=headers, data=stream
        )
        if not errors.is_taken(answer):  # whoever sends a blob looks whether it is there
            raise errors.not_taken(answer)

    def receive(self, digest: str, take: Callable[[bytes], object]) -> bool:
        """Download a blob in pieces; False where there is none."""
        answer = self._read("GET", f"{self._base}/blobs/{digest}", stream=True)
        with answer:
            if answer.status_code == _GONE:
                return False
            if not answer.ok:
                raise errors.reading(answer)
            try:
                for block in answer.iter_content(_BLOCK):
                    take(block)
            except requests.RequestException as error:
                raise RefusalError.of(error) from error
        return True

    def _read(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        """The answer to a question.

        Registries that make repositories on the first push know none that is not there yet to who
        asks for reading alone: who may push gets to hear that it is absent.
        """
        try:
            answer = self.host.ask(method, path, self._pull, **options)
        except RefusalError as refusal:
            if refusal.condition is not TagStatus.UNAUTHORISED or not self.host.has_login:
                raise
        else:
            if answer.status_code != HTTPStatus.UNAUTHORIZED or not self.host.has_login:
                return answer
            answer.close()
        return self.host.ask(method, path, self._push, **options)

    def _started(self, asked: dict[str, str]) -> str:
        """Start an upload; where it goes on."""
        path = f"{self._base}/blobs/uploads/"
        answer = self.host.ask("POST", path, self._push, params=asked)
        where = answer.headers.get("Location", "")
        if answer.status_code == _GONE:
            raise RefusalError(TagStatus.NO_REPOSITORY, errors.refusal_text(answer))
        if answer.status_code != HTTPStatus.ACCEPTED or not where:
            raise errors.reading(answer)
        return _led_to(answer, where)


def _content(answer: requests.Response) -> bytes | None:
    """A whole answer of a decent size; None where there is nothing."""
    with answer:
        if answer.status_code == _GONE:
            return None
        if not answer.ok:
            raise errors.reading(answer)
        content = bytearray()
        try:
            for block in answer.iter_content(_BLOCK):
                content += block
                if len(content) > _LONGEST:
                    raise RefusalError(TagStatus.STRANGE, "it sends a manifest without end")
        except requests.RequestException as error:
            raise RefusalError.of(error) from error
    return bytes(content)


def _check(content: bytes, reference: str) -> None:
    """Nobody else's bytes are taken for those of a digest; only SHA-256 is known here."""
    if reference.startswith("sha256:") and content_digest(content) != reference:
        detail = f"it has other bytes under the digest {reference}"
        raise RefusalError(TagStatus.STRANGE, detail)


def _is_manifest(content: bytes) -> bool:
    """Whether some bytes may be a manifest, whoever's: a page to sign in is none."""
    try:
        found = json.loads(content)
    except (RecursionError, ValueError):
        return False
    return isinstance(found, dict) and "schemaVersion" in found


def _tag_names(answer: requests.Response) -> list[str]:
    if not answer.ok:
        raise errors.reading(answer)
    try:
        data = answer.json()
        return [str(tag) for tag in data["tags"] or ()]
    except (requests.JSONDecodeError, KeyError, RecursionError, TypeError) as error:
        raise RefusalError(TagStatus.STRANGE, "its list of tags can't be read") from error


def _next_page(answer: requests.Response) -> str:
    """The address of the next page, which is on the same registry; empty after the last."""
    link = answer.links.get("next", {}).get("url", "")
    if not link:
        return ""
    address = urlsplit(_led_to(answer, link))
    return f"{address.path}?{address.query}"


def _led_to(answer: requests.Response, where: str) -> str:
    """The whole address that an answer names."""
    try:
        return urljoin(answer.url, where)
    except ValueError as error:
        raise RefusalError.of(error) from error


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

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, questions))


_IN_MEMORY = 8 << 20
"""Blobs of more bytes are kept in a file on their way."""


def copy(
    source: RepositoryClient, manifest: StoredManifest, target: RepositoryClient, tag: str
) -> None:
    """Copy an index or manifest with all below it, and write a tag.

    What is there in part is not left to Docker, which may take it for all. Raises RefusalError and
    ManifestError.
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
    """Whether Docker is there and copied it: the registry itself says why not, to who asks here."""
    command = ["docker", "buildx", "imagetools", "create", "--tag", target, source]
    try:
        process.run(command, "/")
    except OutsideError:
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


_CANT_TELL = {TagStatus.UNREACHABLE, TagStatus.FAILING, TagStatus.STRANGE}


def _has(target: RepositoryClient, digest: str) -> bool:
    """Whether a blob is there. What a registry can't tell is sent, which mends what it keeps."""
    try:
        return target.has_blob(digest)
    except RefusalError as refusal:
        if refusal.condition not in _CANT_TELL:
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
