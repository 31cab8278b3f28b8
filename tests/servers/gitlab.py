"""GitLab: releases, generic packages, tags, notes and labels of one project.

Written from the documentation of the API alone: GitLab's own description is in no package.
"""

import itertools
import re
from typing import TYPE_CHECKING, Any

from tests.servers.front import Reply, Request, Routes, refusal
from tests.servers.github import digest

if TYPE_CHECKING:
    from collections.abc import MutableMapping

TOKEN = "glpat-a-token-for-tests"  # noqa: S105 - of the server below
PROJECT = "acme/app"
_TIME = "2026-01-02T03:04:05Z"
_BASE = "/api/v4/projects/acme%2Fapp"


class GitLab:
    """The application. Its attributes are the project's state."""

    def __init__(self) -> None:
        self.tags: MutableMapping[str, str] = {"v1.2.3": "c0ffee" * 6 + "c0ff"}
        self.releases: dict[str, dict[str, Any]] = {}
        self.packages: dict[int, tuple[str, str]] = {}
        self.files: dict[int, tuple[int, str, bytes]] = {}
        self.comments: dict[int, tuple[int, str]] = {}
        self.labels: dict[int, list[str]] = {7: [], 8: []}
        self.publications: list[str] = []
        self.is_public = False
        """Whether visitors without a token may look."""
        self.gives_digests = True
        self._ids = itertools.count(1001)
        number = r"(\d+)"
        item = rf"(?:issues|merge_requests)/{number}"
        self._routes = Routes(
            (rf"GET {_BASE}/releases/([^/]+)", self._show),
            (rf"POST {_BASE}/releases", self._publish),
            (rf"GET {_BASE}/packages", self._list_packages),
            (rf"GET {_BASE}/packages/{number}/package_files", self._list_files),
            (rf"DELETE {_BASE}/packages/{number}/package_files/{number}", self._delete_file),
            (rf"PUT {_BASE}/packages/generic/([^/]+)/([^/]+)/([^/]+)", self._upload),
            (rf"GET {_BASE}/packages/generic/([^/]+)/([^/]+)/([^/]+)", self._download),
            (rf"GET {_BASE}/repository/tags/([^/]+)", self._tag),
            (rf"GET {_BASE}/{item}/notes", self._list_notes),
            (rf"POST {_BASE}/{item}/notes", self._note),
            (rf"DELETE {_BASE}/{item}/notes/{number}", self._delete_note),
            (rf"PUT {_BASE}/{item}", self._label),
        )

    def answer(self, request: Request) -> Reply:
        """Carry a request out."""
        authorization = request.headers.get("authorization", request.headers.get("job-token", ""))
        is_visitor = self.is_public and request.method == "GET" and not authorization
        if not is_visitor and authorization not in {f"Bearer {TOKEN}", TOKEN}:
            return refusal(401, f"401 Unauthorized: {authorization}")
        return self._routes.answer(request)

    def broken_off(self, request: Request) -> None:
        """An upload that breaks off leaves nothing behind."""

    def result(self) -> dict[str, Any]:
        """What a visitor sees, without ids and ports."""
        files = [
            (*self.packages[package], name, digest(content))
            for package, name, content in self.files.values()
        ]
        return {
            "releases": [self._seen(release) for release in self.releases.values()],
            "files": sorted(files),
            "publications": self.publications,
            "comments": list(self.comments.values()),
            "labels": self.labels,
            "tags": sorted(self.tags),
        }

    def _seen(self, release: dict[str, Any]) -> dict[str, Any]:
        links = [
            link | {"url": re.sub(r"^http://[^/]+", "", link["url"])}
            for link in release["assets"]["links"]
        ]
        return release | {"assets": links}

    def _show(self, request: Request, tag: str) -> Reply:
        if tag not in self.releases:
            return refusal(404, "404 Not Found")
        return Reply(200, self._release(request, tag))

    def _publish(self, request: Request) -> Reply:
        given = request.json()
        tag = str(given["tag_name"])
        if tag in self.releases:
            return refusal(409, "Release already exists")
        if tag not in self.tags and "ref" not in given:
            return refusal(422, "Ref is not specified")
        self.releases[tag] = given
        self.publications.append(tag)
        return Reply(201, self._release(request, tag))

    def _release(self, request: Request, tag: str) -> dict[str, Any]:
        release = self.releases[tag]
        links = [link | {"id": number} for number, link in enumerate(release["assets"]["links"])]
        page = f"http://{request.headers['host']}/{PROJECT}/-/releases/{tag}"
        return release | {
            "created_at": _TIME,
            "released_at": _TIME,
            "assets": {"count": len(links), "sources": [], "links": links},
            "_links": {"self": page},
        }

    def _list_packages(self, request: Request) -> Reply:
        part = request.query.get("package_name", "")
        return _page(
            request,
            [
                {"id": number, "name": name, "version": version, "package_type": "generic"}
                for number, (name, version) in self.packages.items()
                if part in name
            ],
        )

    def _list_files(self, request: Request, package: str) -> Reply:
        return _page(
            request,
            [
                {
                    "id": number,
                    "package_id": where,
                    "file_name": name,
                    "size": len(content),
                    "file_sha256": digest(content) if self.gives_digests else None,
                }
                for number, (where, name, content) in self.files.items()
                if where == int(package)
            ],
        )

    def _delete_file(self, _: Request, package: str, number: str) -> Reply:
        found = self.files.pop(int(number), None)
        if found is None:
            return refusal(404, "404 Not found")
        assert found[0] == int(package)
        return Reply(204)

    def _upload(self, request: Request, name: str, version: str, file: str) -> Reply:
        known = [number for number, seen in self.packages.items() if seen == (name, version)]
        package = known[0] if known else next(self._ids)
        self.packages[package] = (name, version)
        self.files[next(self._ids)] = (package, file, request.body)
        return Reply(201, {"message": "201 Created"})

    def _download(self, _: Request, name: str, version: str, file: str) -> Reply:
        found = [
            content
            for package, stored, content in self.files.values()
            if (*self.packages[package], stored) == (name, version, file)
        ]
        return Reply(200, found[-1], {"Content-Type": "application/octet-stream"})

    def _tag(self, _: Request, tag: str) -> Reply:
        if tag not in self.tags:
            return refusal(404, "404 Tag Not Found")
        return Reply(200, {"name": tag, "target": self.tags[tag]})

    def _list_notes(self, request: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "404 Not found")
        return _page(
            request,
            [
                {"id": number, "body": text, "system": False}
                for number, (where, text) in sorted(self.comments.items())
                if where == int(issue)
            ],
        )

    def _note(self, request: Request, issue: str) -> Reply:
        number = next(self._ids)
        self.comments[number] = (int(issue), str(request.json()["body"]))
        return Reply(201, {"id": number, "body": self.comments[number][1], "system": False})

    def _delete_note(self, _: Request, issue: str, number: str) -> Reply:
        found = self.comments.pop(int(number), None)
        if found is None:
            return refusal(404, "404 Not found")
        assert found[0] == int(issue)
        return Reply(204)

    def _label(self, request: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "404 Not found")
        has = self.labels[int(issue)]
        has += [name for name in str(request.json()["add_labels"]).split(",") if name not in has]
        return Reply(200, {"iid": int(issue), "labels": has})


def _page(request: Request, items: list[dict[str, Any]]) -> Reply:
    size = int(request.query.get("per_page", "20"))
    page = int(request.query.get("page", "1"))
    url = f"http://{request.headers['host']}{request.path}?per_page={size}&page={page + 1}"
    headers = {"Link": f'<{url}>; rel="next"'} if items[page * size :] else {}
    return Reply(200, items[(page - 1) * size : page * size], headers)
