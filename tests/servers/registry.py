"""A registry of images in memory, with the rules by which real ones differ from one another.

The interface is that of https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import base64
import hashlib
import re
from typing import NamedTuple

from tests.servers.front import Reply, Request, Routes

USER = "ada"
PASSWORD = "a-secret-for-tests"  # noqa: S105 - of this server
_BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_NAME = r"/v2/((?:[a-z0-9._-]+/)*[a-z0-9._-]+)"


class Rules(NamedTuple):
    """How one registry is not like the others.

    ``challenges`` are what it answers with 401, ``{url}`` standing for its address; none where
    everybody may do everything. ``makes_on_push``: a repository that is not there yet is known to
    those alone who ask for the right to push (GitLab: `app/services/auth/
    container_registry_authentication_service.rb` grants no action on a path without a repository
    but that of pushing; Quay: `endpoints/v2/v2auth.py`). ``wants_repositories``: they are made by
    hand (Amazon ECR, `API_InitiateLayerUpload`: RepositoryNotFoundException, as NAME_UNKNOWN).
    ``is_immutable``: a tag that is there can't be written again, not even with what it holds
    (ECR: ImageTagAlreadyExistsException; Harbor: `src/server/middleware/immutable/pushmf.go`, 412).
    ``refused`` answers a PUT of a tag that fits a pattern (GitLab's protected container tags, 403:
    https://docs.gitlab.com/user/packages/container_registry/protected_container_tags/).
    ``takes_indexes``: not all did (MANIFEST_INVALID or 415).
    ``keeps_bytes``: what is there under a digest is not written again, damaged or not
    (distribution, `registry/storage/blobwriter.go`, moveBlob, and `blobstore.go`, Put).
    ``answers_closed`` is the status for a token that opens too little: 401, or 403 with the error
    insufficient_scope (RFC 6750, 3.1). ``mounts`` says whether tokens for two repositories at a
    time are given out: https://distribution.github.io/distribution/spec/auth/token/ leaves that to
    the server.
    ``page`` is the most tags that one answer lists (ECR and GitLab: 100 unless asked, 1,000).
    """

    challenges: tuple[str, ...] = ()
    makes_on_push: bool = False
    wants_repositories: bool = False
    is_immutable: bool = False
    refused: tuple[str, Reply] = ("(?!)", Reply(403))
    takes_indexes: bool = True
    keeps_bytes: bool = False
    answers_closed: int = 401
    mounts: bool = True
    page: int = 1000


def fault(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    """An error as the specification shapes it."""
    return Reply(status, {"errors": [{"code": code, "message": message}]}, headers or {})


def digest_of(content: bytes) -> str:
    """The digest of some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class RegistryServer:
    """All that it holds: ``manifests`` by repository and digest, ``tags``, ``blobs``, ``written``.

    ``url`` is its own address, to be told once it is known.
    """

    def __init__(self, rules: Rules = Rules()) -> None:  # noqa: B008 - a value
        self.rules = rules
        self.url = ""
        self.manifests: dict[str, dict[str, tuple[bytes, str]]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.blobs: dict[str, dict[str, bytes]] = {}
        self.written: list[str] = []
        self._routes = Routes(
            (rf"(?:GET|HEAD) {_NAME}/manifests/(.+)", self._manifest),
            (rf"PUT {_NAME}/manifests/(.+)", self._put),
            (rf"(?:GET|HEAD) {_NAME}/blobs/(sha256:.+)", self._blob),
            (rf"POST {_NAME}/blobs/uploads/", self._upload),
            (rf"PUT {_NAME}/blobs/uploads/1", self._uploaded),
            (rf"DELETE {_NAME}/blobs/uploads/1", lambda *_: Reply(204)),
            (rf"GET {_NAME}/tags/list", self._list),
        )

    def put(self, repository: str, content: bytes, kind: str, *tags: str) -> str:
        """Put a manifest there, under some tags; its digest."""
        digest = digest_of(content)
        self.manifests.setdefault(repository, {})[digest] = content, kind
        self.tags.setdefault(repository, {}).update(dict.fromkeys(tags, digest))
        return digest

    def put_blob(self, repository: str, content: bytes) -> str:
        """Put a blob there; its digest."""
        self.blobs.setdefault(repository, {})[digest_of(content)] = content
        return digest_of(content)

    def answer(self, request: Request) -> Reply:
        """Carry a request out, once whoever asks is known."""
        if request.path == "/token":
            return self._token(request)
        if self.rules.challenges and not self._is_let_in(request):
            told = (one.format(url=self.url) for one in self.rules.challenges)
            headers = dict(zip(("WWW-Authenticate", "www-authenticate"), told, strict=False))
            if "authorization" in request.headers and self.rules.answers_closed != 401:
                return fault(self.rules.answers_closed, "DENIED", "insufficient_scope", headers)
            return fault(401, "UNAUTHORIZED", "authentication required", headers)
        return Reply(200) if request.path == "/v2/" else self._routes.answer(request)

    def broken_off(self, request: Request) -> None:
        """Nothing to take note of."""

    def _token(self, request: Request) -> Reply:
        """A token that says what it opens (https://distribution.github.io/distribution/spec/auth/token/)."""
        if not self.rules.mounts and " " in request.query.get("scope", ""):
            return fault(403, "DENIED", "requested access to the resource is denied")
        return Reply(200, {"token": f"for {request.query.get('scope', '')}"})

    def _is_let_in(self, request: Request) -> bool:
        header = request.headers.get("authorization", "")
        if header.startswith("Basic "):
            return header == _BASIC and any("Basic" in one for one in self.rules.challenges)
        found = re.match(_NAME + "/(?:manifests|blobs|tags)", request.path)
        repository = found[1] if found else ""
        opened = [one.split(":") for one in header.removeprefix("Bearer for ").split()]
        actions = next((one[2].split(",") for one in opened if one[1:2] == [repository]), [])
        if not header.startswith("Bearer ") or not repository:
            return False
        is_there = repository in self.manifests or not self.rules.makes_on_push
        is_written = request.method in {"POST", "PUT", "PATCH", "DELETE"}
        return "push" in actions or ("pull" in actions and is_there and not is_written)

    def _manifest(self, _: Request, repository: str, reference: str) -> Reply:
        digest = self.tags.get(repository, {}).get(reference, reference)
        found = self.manifests.get(repository, {}).get(digest)
        if found is None:
            code = "MANIFEST_UNKNOWN" if repository in self.manifests else "NAME_UNKNOWN"
            return fault(404, code, "manifest unknown")
        content, kind = found
        length = {"Content-Length": str(len(content))}
        return Reply(200, content, {"Content-Type": kind, "Docker-Content-Digest": digest} | length)

    def _put(self, request: Request, repository: str, reference: str) -> Reply:
        pattern, reply = self.rules.refused
        is_tag = ":" not in reference
        if is_tag and re.search(pattern, reference):
            return reply
        if self.rules.wants_repositories and repository not in self.manifests:
            return self._no_repository(repository)
        if self.rules.is_immutable and reference in self.tags.get(repository, {}):
            return fault(409, "CONFLICT", f"tag {reference} is immutable")
        kind = request.headers.get("content-type", "")
        if not self.rules.takes_indexes and "index" in kind:
            return fault(415, "MANIFEST_INVALID", "manifest type unsupported")
        self.written.append(f"{repository}:{reference}" if is_tag else f"{repository}@{reference}")
        kept = self.manifests.get(repository, {}).get(digest_of(request.body))
        digest = self.put(repository, request.body, kind, *([reference] if is_tag else []))
        if self.rules.keeps_bytes and kept is not None:
            self.manifests[repository][digest] = kept
        return Reply(201, None, {"Docker-Content-Digest": digest})

    def _blob(self, _: Request, repository: str, digest: str) -> Reply:
        found = self.blobs.get(repository, {}).get(digest)
        if found is None:
            return fault(404, "BLOB_UNKNOWN", "blob unknown to registry")
        length = {"Content-Length": str(len(found))}
        return Reply(200, found, {"Docker-Content-Digest": digest} | length)

    def _upload(self, request: Request, repository: str) -> Reply:
        if self.rules.wants_repositories and repository not in self.manifests:
            return self._no_repository(repository)
        blob = self.blobs.get(request.query.get("from", ""), {}).get(request.query.get("mount", ""))
        if blob is not None:
            self.put_blob(repository, blob)
            return Reply(201, None, {"Location": "/"})
        return Reply(202, None, {"Location": f"/v2/{repository}/blobs/uploads/1"})

    def _uploaded(self, request: Request, repository: str) -> Reply:
        if digest_of(request.body) != request.query["digest"]:
            return fault(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        kept = self.blobs.get(repository, {}).get(request.query["digest"])
        if not self.rules.keeps_bytes or kept is None:
            self.put_blob(repository, request.body)
        return Reply(201)

    def _list(self, request: Request, repository: str) -> Reply:
        """The tags in the order of their names, from the one after ``last``."""
        if repository not in self.manifests:
            return fault(404, "NAME_UNKNOWN", "repository name not known to registry")
        asked = min(int(request.query.get("n", "100")), self.rules.page)
        names = [
            one for one in sorted(self.tags[repository]) if one > request.query.get("last", "")
        ]
        link = (
            f'</v2/{repository}/tags/list?n={asked}&last={names[asked - 1]}>; rel="next"'
            if len(names) > asked
            else ""
        )
        headers = {"Link": link} if link else {}
        return Reply(200, {"name": repository, "tags": names[:asked]}, headers)

    def _no_repository(self, name: str) -> Reply:
        """As Amazon ECR says it."""
        told = f"The repository with name '{name}' does not exist in the registry with id '123'"
        return fault(404, "NAME_UNKNOWN", told)
