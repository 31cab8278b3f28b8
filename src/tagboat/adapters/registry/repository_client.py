"""One repository of one registry, in the words of the distribution specification.

https://github.com/opencontainers/distribution-spec. What a digest leads to is checked
against it, and all of it looked at, or copied to another repository byte for byte.
"""

import json
import re
from collections.abc import Callable, Container, Iterator, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import IO, Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from tagboat.adapters.http import every_item
from tagboat.adapters.registry import errors
from tagboat.adapters.registry.client import AT_ONCE, RegistryClient
from tagboat.adapters.registry.errors import DamageError, RefusalError
from tagboat.core.errors import OutsideError
from tagboat.core.images.oci import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    MISSING,
    Descriptor,
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
_OTHER_BYTES = "has other bytes than its digest says"
_CLOSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
"""What is answered to a token for too little; the second by RFC 6750, 3.1: insufficient_scope."""
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
        _check(content, reference, answer)
        if not _is_manifest(content):
            raise RefusalError(TagStatus.STRANGE, "what it sends is no manifest")
        return StoredManifest(content, answer.headers.get("Content-Type", ""))

    def blob(self, digest: str) -> bytes | None:
        """The bytes of a small blob; None where there is none."""
        answer = self._read("GET", f"{self._base}/blobs/{digest}", stream=True)
        content = _content(answer)
        if content is not None:
            _check(content, digest, answer)
        return content

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether there is a blob. Raises DamageError where it has another size than it should."""
        path = f"{self._base}/blobs/{blob.digest}"
        answer = self._read("HEAD", path, allow_redirects=False)
        if answer.status_code == _GONE:
            return False
        if answer.status_code == _OK:
            if _length(answer) not in (None, blob.size):  # some say nothing of use to HEAD
                self._check_size(path, blob)
            return True
        if answer.status_code in _ELSEWHERE:
            return True
        raise errors.reading(answer)

    def _check_size(self, path: str, blob: Descriptor) -> None:
        """Ask for a blob itself how long it is. Raises DamageError."""
        with self._read("GET", path, stream=True) as answer:
            length = _length(answer) if answer.status_code == _OK else None
        if length not in (None, blob.size):
            raise DamageError(f"has {length} bytes, and should have {blob.size}")

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
        """Download a blob in pieces; False where there is none. Raises DamageError in the end."""
        read = sha256()
        answer = self._read("GET", f"{self._base}/blobs/{digest}", stream=True)
        with answer:
            if answer.status_code == _GONE:
                return False
            if not answer.ok:
                raise errors.reading(answer)
            for block in _content_blocks(answer):
                take(block)
                read.update(block)
        if digest.startswith("sha256:") and digest != f"sha256:{read.hexdigest()}":
            raise DamageError(_OTHER_BYTES)
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
            if answer.status_code not in _CLOSED or not self.host.has_login:
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
        for block in _content_blocks(answer):
            content += block
            if len(content) > _LONGEST:
                raise RefusalError(TagStatus.STRANGE, "it sends a manifest without end")
    return bytes(content)


def _content_blocks(answer: requests.Response) -> Iterator[bytes]:
    """What an answer holds, in pieces. Raises RefusalError."""
    try:
        yield from answer.iter_content(_BLOCK)
    except requests.RequestException as error:
        raise RefusalError.of(error) from error


def _length(answer: requests.Response) -> int | None:
    """How many bytes an answer says that there are; None where it does not say that."""
    told = answer.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() and "Content-Encoding" not in answer.headers else None


def _check(content: bytes, reference: str, answer: requests.Response) -> None:
    """Nobody else's bytes are taken for those of a digest; only SHA-256 is known here.

    A registry that calls them by that digest has damaged ones; what does not is no registry.
    """
    if not reference.startswith("sha256:") or content_digest(content) == reference:
        return
    if answer.headers.get("Docker-Content-Digest") == reference:
        raise DamageError(_OTHER_BYTES)
    raise RefusalError(TagStatus.STRANGE, f"it has other bytes under the digest {reference}")


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
    lost: dict[str, str] = {}
    documents = _documents(client, root, lost)
    read = _image_configs(root, documents)
    kept = {blob.digest: blob for one in documents.values() for blob in one.blobs}
    asked = [kept[one] for one in read] + [kept[one] for one in kept if one not in read]
    asked = asked if depth >= Depth.LAYERS else asked[: len(read)]

    def found(blob: Descriptor) -> bytes | None:
        return or_lost(lost, blob.digest, lambda: _blob(client, read, blob))

    contents = dict(zip((one.digest for one in asked), each(found, asked), strict=True))
    configs = {digest: read_config(content) for digest in read if (content := contents[digest])}
    lost |= dict.fromkeys(read.keys() - configs.keys() - lost.keys(), MISSING)
    return image_graph(root, Parts(documents, configs, lost))


def or_lost(lost: dict[str, str], digest: str, ask: Callable[[], T | None]) -> T | None:
    """What is found of a part of an image; None where it is lost, with what became of it noted."""
    try:
        found = ask()
    except DamageError as damage:
        lost[digest] = damage.what
        return None
    except RefusalError as refusal:
        # distribution, registry/storage/manifeststore.go: bytes that are no manifest any more are
        # an error of the server (500), so it matters of which part.
        if refusal.condition is TagStatus.FAILING:
            raise RefusalError(refusal.condition, f"{digest}: {refusal.detail}") from refusal
        raise
    if found is None:
        lost[digest] = MISSING
    return found


def _blob(client: RepositoryClient, read: Container[str], blob: Descriptor) -> bytes | None:
    """A configuration, which is read; of a layer whether it is there: None where it is not."""
    if blob.digest in read:
        return client.blob(blob.digest)
    return b"" if client.has_blob(blob) else None


def document_of(manifest: StoredManifest) -> ManifestDocument:
    """Read an index or a manifest as a registry gives it. Raises ManifestError."""
    return read_document(manifest.content, manifest.media_type)


def _documents(
    client: RepositoryClient, root: ManifestDocument, lost: dict[str, str]
) -> dict[str, ManifestDocument]:
    """An index with all indexes and manifests below it that are there, by digest."""
    found = {root.itself.digest: root}

    def stored(digest: str) -> StoredManifest | None:
        return or_lost(lost, digest, lambda: client.manifest(digest))

    waiting = {child.digest for child in root.manifests}
    while waiting:
        asked = sorted(waiting)
        manifests = each(stored, asked)
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
