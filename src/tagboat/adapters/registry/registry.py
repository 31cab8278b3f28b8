"""All registries, through their HTTP interface; the port says what is promised."""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from types import TracebackType
from typing import Self, TypeVar

from tagboat.adapters import process
from tagboat.adapters.registry.client import RegistryClient, RegistryOptions
from tagboat.adapters.registry.errors import RefusalError
from tagboat.adapters.registry.repository_client import (
    RepositoryClient,
    StoredManifest,
    document_of,
    each,
    fetch_graph,
    or_lost,
)
from tagboat.core.errors import OutsideError
from tagboat.core.images.oci import Descriptor, ManifestDocument, ManifestError, content_digest
from tagboat.core.images.registry import (
    ANYTHING,
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    TagStatus,
    error,
    judged,
)
from tagboat.ports.images import InspectionRequest

T = TypeVar("T")


class HttpRegistry:
    """Registries as options say; one connection to each, closed at the end of a ``with``.

    One that ``is_remembering`` asks for nothing twice. ``hosts`` are connections that are there.
    """

    def __init__(
        self,
        options: RegistryOptions | None = None,
        hosts: dict[str, RegistryClient] | None = None,
        *,
        is_remembering: bool = False,
    ) -> None:
        self._options = options or RegistryOptions()
        self._hosts: dict[str, RegistryClient] = {} if hosts is None else hosts
        self._known: dict[tuple[Repository, str, Depth], Future[Inspection]] = {}
        self._manifests: dict[tuple[Repository, str], StoredManifest] = {}
        self._is_remembering = is_remembering
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for host in self._hosts.values():
            host.close()

    def look(
        self,
        repository: Repository,
        reference: str,
        wanted: ExpectedContent = ANYTHING,
        depth: Depth = Depth.DOCUMENTS,
    ) -> Inspection:
        """What a tag or a digest holds."""
        if not self._is_remembering:
            return judged(self._look(repository, reference, depth), wanted)
        known, is_new = self._remembered(repository, reference, depth)
        if is_new:
            self._find(known, repository, reference, depth)
        return judged(known.result(), wanted)

    def begin(self, asked: Sequence[InspectionRequest]) -> None:
        """Begin to look, in threads, as many at a time as ever."""
        if not self._is_remembering:
            return
        for one in asked:
            known, is_new = self._remembered(one.repository, one.reference, one.depth)
            if is_new:
                found = (known, one.repository, one.reference, one.depth)
                Thread(target=self._find, args=found, daemon=True).start()

    def _remembered(
        self, repository: Repository, reference: str, depth: Depth
    ) -> "tuple[Future[Inspection], bool]":
        """What is known of a name or will be, and whether nobody has asked for it yet."""
        key = repository, reference, depth
        with self._lock:
            is_new = key not in self._known
            return self._known.setdefault(key, Future()), is_new

    def _find(
        self, known: "Future[Inspection]", repository: Repository, reference: str, depth: Depth
    ) -> None:
        """Look, for all who ask."""
        try:
            known.set_result(self._look(repository, reference, depth))
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result meets it
            known.set_exception(error)

    def _look(self, repository: Repository, reference: str, depth: Depth) -> Inspection:
        """What a name holds; whether it is right, is for others to judge."""
        client = self._client(repository)
        name = repository.at(reference)
        return self._seen(name, client, lambda: _looked(client, name, reference, depth))

    def remembering(self) -> "HttpRegistry":
        """The same, on the same connections, for one look at everything."""
        return HttpRegistry(self._options, self._hosts, is_remembering=True)

    def look_all(self, asked: Sequence[InspectionRequest]) -> list[Inspection]:
        """What several names hold; registries are asked for all of them at a time."""
        return each(lambda one: self.look(*one), asked)

    def at_once(self, looks: Sequence[Callable[[], T]]) -> list[T]:
        """What several looks find; each in a thread."""
        return each(lambda look: look(), looks)

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """All tags."""
        client = self._client(repository)
        try:
            return client.tags()
        except RefusalError as refusal:
            raise error(self._refused(str(repository), client, refusal)) from refusal

    def may_push(self, repository: Repository) -> Inspection:
        """Whether images may be written there."""
        client = self._client(repository)

        def asked() -> Inspection:
            client.check_push()
            return Inspection(str(repository), TagStatus.PUBLISHED)

        return self._seen(str(repository), client, asked)

    def tag_once(self, repository: Repository, tag: str, digest: str) -> Inspection:
        """Write a tag that is not there."""
        wanted = ExpectedContent(digest)
        seen = self.look(repository, tag, wanted, Depth.DIGEST)
        if seen.condition is TagStatus.CONFLICT:
            return self.look(repository, tag, wanted)
        if seen.condition is not TagStatus.ABSENT:
            return seen
        return _of_new_tag(self._written(repository, tag, digest))

    def move(self, repository: Repository, tag: str, digest: str, expected: str) -> Inspection:
        """Write a tag that is to hold something else."""
        seen = self.look(repository, tag, ExpectedContent(digest), Depth.DIGEST)
        if seen.digest == digest or not seen.is_seen:
            return seen
        if seen.digest != expected:
            detail = f"it was {expected or 'absent'} and is {seen.digest or 'absent'} by now"
            return seen._replace(condition=TagStatus.CONFLICT, detail=detail)
        written = self._written(repository, tag, digest)
        return written if expected else _of_new_tag(written)

    def copy(self, source: Repository, digest: str, target: Repository, tag: str) -> Inspection:
        """Copy a digest to another repository, under a tag."""
        held = self.look(target, digest, ExpectedContent(digest), Depth.LAYERS)
        if held.condition is TagStatus.PUBLISHED:
            return self._kept(target, tag, digest)
        if not held.is_seen:
            return held._replace(name=target.at(tag))
        return self._copied(source, digest, target, tag)

    def _kept(self, repository: Repository, tag: str, digest: str) -> Inspection:
        """Write a tag for what is all there, unless it holds that, or can't be written again."""
        seen = self.look(repository, tag, ExpectedContent(digest), Depth.DIGEST)
        if seen.condition is TagStatus.PUBLISHED:
            return seen
        written = self._put(repository, tag, digest)
        if written.condition is TagStatus.DENIED and seen.digest:
            return Inspection(repository.at(digest), TagStatus.PUBLISHED, digest)
        return written

    def _copied(self, source: Repository, digest: str, target: Repository, tag: str) -> Inspection:
        """Copy what is not all there, and look at what came of it."""
        client = self._client(source)
        name = source.at(digest)
        found: list[StoredManifest] = []

        def fetched() -> Inspection:
            manifest = client.manifest(digest)
            found.extend([manifest] if manifest else [])
            return Inspection(name, TagStatus.PUBLISHED if manifest else TagStatus.ABSENT, digest)

        seen = self._seen(name, client, fetched)
        if not found:
            return seen
        client = self._client(target)
        name = target.at(tag)

        def carried() -> Inspection:
            try:
                _copy(self._client(source), found[0], client, tag)
            except _LackingError as lacking:
                return Inspection(source.at(digest), lacking.condition, "", lacking.detail)
            return Inspection(name, TagStatus.PUBLISHED, digest)

        seen = self._seen(name, client, carried)
        if seen.condition is not TagStatus.PUBLISHED:
            return seen
        return self._shown(target, digest, digest, Depth.LAYERS)

    def _written(self, repository: Repository, tag: str, digest: str) -> Inspection:
        """Write a tag, and read it back: nobody is kept from writing it at the same time."""
        seen = self._put(repository, tag, digest)
        if seen.condition is not TagStatus.PUBLISHED:
            return seen
        return self._shown(repository, tag, digest, Depth.DIGEST)

    def _put(self, repository: Repository, tag: str, digest: str) -> Inspection:
        """Write a tag, whatever it holds; what the registry said."""
        client = self._client(repository)
        name = repository.at(tag)

        def put() -> Inspection:
            manifest = self._manifests.get((repository, digest)) or client.manifest(digest)
            if manifest is None:
                return Inspection(repository.at(digest), TagStatus.ABSENT)
            self._manifests[repository, digest] = manifest
            client.put(tag, manifest)
            return Inspection(name, TagStatus.PUBLISHED, digest)

        seen = self._seen(name, client, put)
        if seen.condition is TagStatus.UNAUTHORISED:
            return self._refused_tag(repository, seen)
        return seen

    def _shown(
        self, repository: Repository, reference: str, digest: str, depth: Depth
    ) -> Inspection:
        """What is seen of what was written just now.

        Not every registry shows at once what it took; and one that keeps its links in files shows
        nothing for the moment in which somebody else writes the same.
        """
        return self._client(repository).host.patiently(
            lambda: self.look(repository, reference, ExpectedContent(digest), depth),
            lambda seen: seen.condition in (TagStatus.ABSENT, TagStatus.INCOMPLETE),
        )

    def _refused_tag(self, repository: Repository, seen: Inspection) -> Inspection:
        """Where anything else may be written, it is this tag that may not."""
        if self.may_push(repository).condition is TagStatus.PUBLISHED:
            return seen._replace(condition=TagStatus.DENIED)
        return seen

    def _seen(
        self, name: str, client: RepositoryClient, looking: Callable[[], Inspection]
    ) -> Inspection:
        """What comes of asking a registry, refusals among it."""
        try:
            return looking()
        except RefusalError as refusal:
            return self._refused(name, client, refusal)
        except ManifestError as unreadable:
            return Inspection(name, TagStatus.FOREIGN, "", str(unreadable))

    def _refused(self, name: str, client: RepositoryClient, refusal: RefusalError) -> Inspection:
        return Inspection(name, refusal.condition, "", client.host.clean(refusal.detail))

    def _client(self, repository: Repository) -> RepositoryClient:
        with self._lock:
            if repository.host not in self._hosts:
                self._hosts[repository.host] = RegistryClient(repository.host, self._options)
        return RepositoryClient(self._hosts[repository.host], repository)


def _of_new_tag(seen: Inspection) -> Inspection:
    """The same of a tag that was not there before: it is not kept from being overwritten."""
    if seen.condition is TagStatus.DENIED:
        return seen._replace(condition=TagStatus.REFUSED)
    return seen


def _looked(client: RepositoryClient, name: str, reference: str, depth: Depth) -> Inspection:
    """What is there; whether it is right, is for others to judge."""
    if depth is Depth.DIGEST:
        digest = client.digest(reference)
        return Inspection(name, TagStatus.PUBLISHED if digest else TagStatus.ABSENT, digest)
    manifest = client.manifest(reference)
    if manifest is None:
        return Inspection(name, TagStatus.ABSENT)
    digest = content_digest(manifest.content)
    graph = fetch_graph(client, document_of(manifest), depth)
    return Inspection(name, TagStatus.PUBLISHED, digest, "", graph, manifest.content)


_IN_MEMORY = 8 << 20
"""Blobs of more bytes are kept in a file on their way."""


def _copy(
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
        manifest = _stored(source, child.digest) or _stored(target, child.digest)
        if manifest is None:
            raise _LackingError(source, child.digest)
        _fill(source, document_of(manifest), target)
        target.put(child.digest, manifest)
    for blob in document.blobs:
        if not _has(target, blob):
            _carry(source, blob, target)


_CANT_TELL = {TagStatus.UNREACHABLE, TagStatus.FAILING, TagStatus.STRANGE}


def _stored(client: RepositoryClient, digest: str) -> StoredManifest | None:
    """A manifest; None where it is lost."""
    return or_lost({}, digest, lambda: client.manifest(digest))


def _has(target: RepositoryClient, blob: Descriptor) -> bool:
    """Whether a blob is there. What a registry can't tell is sent, which mends what it keeps."""
    try:
        return or_lost({}, blob.digest, lambda: target.has_blob(blob)) is True
    except RefusalError as refusal:
        if refusal.condition not in _CANT_TELL:
            raise
        return False


def _carry(source: RepositoryClient, blob: Descriptor, target: RepositoryClient) -> None:
    """Copy one blob."""
    digest = blob.digest
    if source.host is target.host and _mounted(source, digest, target):
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
        if not or_lost({}, digest, lambda: source.receive(digest, kept.write)):
            raise _LackingError(source, digest)
        try:
            target.send(digest, kept)
        except RefusalError:
            if not target.has_blob(blob):  # an answer that got lost says nothing
                raise


def _mounted(source: RepositoryClient, digest: str, target: RepositoryClient) -> bool:
    """Whether a blob was taken over; who may not do both at once may still send it."""
    try:
        return target.mount(digest, source.repository)
    except RefusalError as refusal:
        if refusal.condition is not TagStatus.UNAUTHORISED:
            raise
        return False


class _LackingError(RefusalError):
    """Where a copy comes from does not have what it told of, or has other bytes."""

    def __init__(self, source: RepositoryClient, digest: str) -> None:
        super().__init__(TagStatus.INCOMPLETE, f"{source.repository} lacks {digest}")
