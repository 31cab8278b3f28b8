"""One repository of one registry, in the words of the distribution specification.

https://github.com/opencontainers/distribution-spec. What a digest leads to is checked against it.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import IO, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests

from tagboat.adapters.http import every_item
from tagboat.adapters.registry import errors
from tagboat.adapters.registry.client import RegistryClient
from tagboat.adapters.registry.errors import RefusalError
from tagboat.core.errors import OutsideError
from tagboat.core.images.oci import INDEX_TYPES, MANIFEST_TYPES, content_digest
from tagboat.core.images.registry import Repository, TagStatus

_ACCEPTED = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES, "*/*;q=0.1"))
_BLOCK = 1 << 20
_LONGEST = 16 << 20
"""How many bytes a manifest or a configuration may have; registries take 4 MiB."""
_OK = HTTPStatus.OK
_GONE = HTTPStatus.NOT_FOUND
_ELSEWHERE = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.FOUND, HTTPStatus.PERMANENT_REDIRECT}


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
        if answer.status_code == _OK and found:
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
            raise RefusalError(TagStatus.UNREACHABLE, error.message) from error

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
        if not answer.ok:
            raise errors.writing(answer)

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
        if not answer.ok:
            raise errors.writing(answer)

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
        return urljoin(answer.url, where)


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
                    raise RefusalError(TagStatus.UNREACHABLE, "it sends a manifest without end")
        except requests.RequestException as error:
            raise RefusalError.of(error) from error
    return bytes(content)


def _check(content: bytes, reference: str) -> None:
    """Nobody else's bytes are taken for those of a digest; only SHA-256 is known here."""
    if reference.startswith("sha256:") and content_digest(content) != reference:
        detail = f"it has other bytes under the digest {reference}"
        raise RefusalError(TagStatus.UNREACHABLE, detail)


def _tag_names(answer: requests.Response) -> list[str]:
    if not answer.ok:
        raise errors.reading(answer)
    try:
        data = answer.json()
        return [str(tag) for tag in data["tags"] or ()]
    except (requests.JSONDecodeError, KeyError, TypeError) as error:
        raise RefusalError(TagStatus.UNREACHABLE, "its list of tags can't be read") from error


def _next_page(answer: requests.Response) -> str:
    """The address of the next page, which is on the same registry; empty after the last."""
    link = answer.links.get("next", {}).get("url", "")
    if not link:
        return ""
    address = urlsplit(urljoin(answer.url, link))
    return f"{address.path}?{address.query}"
