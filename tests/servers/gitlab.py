"""GitLab: releases, generic packages, tags, notes and labels of one project.

Written from the documentation of the API alone: GitLab's own description is in no package.
"""

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.servers.front import Numbers, Reply, Request, Routes, refusal
from tests.servers.github import digest

if TYPE_CHECKING:
    from collections.abc import MutableMapping

TOKEN = "glpat-a-token-for-tests"  # noqa: S105 - of the server below
PROJECT = "acme/app"
DEVELOPER, MAINTAINER, ADMIN, NOBODY = 30, 40, 60, 99
"""Roles, by the numbers of lib/gitlab/access.rb."""
_JOB_TOKEN_PATHS = re.compile(r"\w+ /releases|(?:GET|PUT|DELETE) /packages|GET /repository/tags$")
"""What job tokens may ask for: what has ``job_token_allowed`` in lib/api/releases.rb, tags.rb,
generic_packages.rb, project_packages.rb and package_files.rb."""
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
        self.role = DEVELOPER
        """That of the token's user, in the project."""
        self.scopes = ["api"]
        self.is_fine_grained = False
        """Whether the token has ``granular_scopes``, which not every server tells it."""
        self.is_job_token = False
        self.is_invited = False
        """Whether the user comes in with an invited group, which the project does not tell."""
        self.protected: dict[str, int] = {}
        """Patterns of protected tags, and the lowest role that may make them; 0 is nobody."""
        self.is_admin = False
        self.name = PROJECT
        """What the project is called now."""
        self.is_archived = False
        self.turned_off: set[str] = set()
        """Of ``releases`` and ``package_registry`` those that the project does without."""
        self.tells_levels = True
        """Whether it tells ``package_registry_access_level``, which older servers don't."""
        self.gives_digests = True
        self._ids = Numbers(1001)
        number = r"(\d+)"
        item = rf"(?:issues|merge_requests)/{number}"
        self._routes = Routes(
            (rf"GET {_BASE}", self._show_project),
            (r"GET /api/v4/personal_access_tokens/self", self._show_token),
            (r"GET /api/v4/user", self._show_user),
            (rf"GET {_BASE}/members/all/7", self._show_member),
            (rf"GET {_BASE}/protected_tags", self._list_protected),
            (rf"GET {_BASE}/repository/tags", self._list_tags),
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
        if self.name != PROJECT and _BASE in request.path:
            # lib/api/helpers.rb of GitLab, find_project!: redirect!(301 for GET, else 307).
            location = request.path.replace("acme%2Fapp", self.name.replace("/", "%2F"))
            status = 301 if request.method == "GET" else 307
            where = f"http://{request.headers['host']}{location}"
            return Reply(status, None, {"Location": where})
        if self.name != PROJECT and request.path.startswith("/api/v4/projects/"):
            return self._show_project(request)
        return self._refused(request) or self._routes.answer(request)

    def _refused(self, request: Request) -> Reply | None:
        """Who may ask for what, by token, scope and role."""
        path = request.path.removeprefix(_BASE)
        if self.is_job_token and not _JOB_TOKEN_PATHS.match(f"{request.method} {path}"):
            return refusal(401, "401 Unauthorized")
        needed = {"api", "read_api"} if request.method == "GET" else {"api"}
        is_of_token = path.endswith("/personal_access_tokens/self")
        if not (needed & set(self.scopes) or self.is_fine_grained or is_of_token):
            # lib/api/api_guard.rb: InsufficientScopeError, as rack-oauth2 words it.
            said = "The request requires higher privileges than provided by the access token."
            error = {"error": "insufficient_scope", "error_description": said}
            return Reply(403, error | {"scope": " ".join(sorted(needed))})
        if request.method == "GET":
            return None
        is_deletion = request.method == "DELETE" and "/packages/" in path
        # doc/user/permissions.md: packages are published by Developers, deleted by Maintainers.
        if self.role < (MAINTAINER if is_deletion else DEVELOPER) or self.is_archived:
            return refusal(403, "403 Forbidden")
        return None

    def _show_project(self, request: Request) -> Reply:
        role = None if self.is_invited else {"access_level": self.role, "notification_level": 3}
        shown = {
            "id": 1,
            "path_with_namespace": self.name,
            "archived": self.is_archived,
            "permissions": {"project_access": role, "group_access": None},
        }
        features = ("releases", "package_registry")
        levels: dict[str, object] = {
            f"{one}_access_level": "disabled" for one in features if one in self.turned_off
        }
        if not self.tells_levels:
            # doc/api/projects.md: what package_registry_access_level has taken the place of.
            levels = {"packages_enabled": "package_registry" not in self.turned_off}
        has_token = "authorization" in request.headers
        return Reply(200, shown | levels if has_token else {"path_with_namespace": self.name})

    def _show_token(self, _: Request) -> Reply:
        # lib/api/personal_access_tokens/self_information.rb: allowed with every scope.
        # gitlab-org/gitlab!259764: all that a fine-grained token is told of itself before that.
        scopes = ["granular"] if self.is_fine_grained else self.scopes
        told = {"scopes": scopes, "granular": self.is_fine_grained}
        return Reply(200, {"id": 1, "active": True, **told})

    def _show_user(self, _: Request) -> Reply:
        return Reply(
            200, {"id": 7, "username": "robot"} | ({"is_admin": True} if self.is_admin else {})
        )

    def _show_member(self, _: Request) -> Reply:
        # doc/api/project_members.md: inherited and invited members among them.
        return Reply(200, {"id": 7, "access_level": self.role})

    def _list_protected(self, request: Request) -> Reply:
        # lib/api/protected_tags.rb, lib/api/entities/protected_tag.rb
        rules = [
            {"name": name, "create_access_levels": [{"id": 1, "access_level": level}]}
            for name, level in self.protected.items()
        ]
        return _page(request, rules)

    def _list_tags(self, request: Request) -> Reply:
        # doc/api/tags.md: "^term" finds the tags that begin with the term.
        start = request.query.get("search", "").removeprefix("^")
        found = [{"name": tag} for tag in self.tags if tag.startswith(start)]
        return _page(request, found)

    def broken_off(self, request: Request) -> None:
        """An upload that breaks off leaves nothing behind."""

    def result(self) -> dict[str, Any]:
        """What a visitor sees, without ids and ports."""
        # app/finders/packages/package_file_finder.rb: of several files of a name the last is given.
        newest = {(package, name): content for package, name, content in self.files.values()}
        files = [
            (*self.packages[package], name, digest(content))
            for (package, name), content in newest.items()
        ]
        return {
            "releases": [self._seen(release) for release in self.releases.values()],
            "files": sorted(files),
            "publications": self.publications,
            "comments": list(self.comments.values()),
            "labels": self.labels,
            "tags": sorted(self.tags),
        }

    def latest_tag(self) -> str:
        """The release with the newest ``released_at``, the time when it was made.

        https://docs.gitlab.com/user/project/releases/#permanent-link-to-latest-release
        """
        return next(reversed(self.releases), "")

    def fill(self, count: int) -> None:
        """Make releases of other tags."""
        given = {"name": "x", "description": "x", "assets": {"links": []}}
        for number in range(count):
            tag = f"other-{number}"
            self.releases[tag] = given | {"tag_name": tag}

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
        # app/services/releases/create_service.rb: access, then whether it is there, then the tag.
        # app/models/concerns/protected_ref.rb: it is enough that one rule of those that match lets
        # the user in; lib/gitlab/ref_matcher.rb: the asterisk alone stands for others.
        plain = {pattern: re.sub(r"[?[]", r"[\g<0>]", pattern) for pattern in self.protected}
        rules = [
            low or NOBODY
            for pattern, low in self.protected.items()
            if fnmatchcase(tag, plain[pattern])
        ]
        role = ADMIN if self.is_admin else self.role
        if "releases" in self.turned_off or role < min(rules, default=0):
            return refusal(403, "Access Denied")
        if tag in self.releases:
            return refusal(409, "Release already exists")
        if tag not in self.tags and "ref" not in given:
            return refusal(422, "Ref is not specified")
        wrong = _link_fault(given.get("assets"))
        if wrong:
            return refusal(400, wrong)
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
        held = [number for number, (where, *_) in self.files.items() if where == int(package)]
        return _page(request, [self._file(number) for number in held])

    def _delete_file(self, _: Request, package: str, number: str) -> Reply:
        found = self.files.pop(int(number), None)
        if found is None:
            return refusal(404, "404 Not found")
        assert found[0] == int(package)
        return Reply(204)

    def _upload(self, request: Request, name: str, version: str, file: str) -> Reply:
        if "package_registry" in self.turned_off:
            return refusal(403, "403 Forbidden")
        known = [number for number, seen in self.packages.items() if seen == (name, version)]
        package = known[0] if known else next(self._ids)
        self.packages[package] = (name, version)
        number = next(self._ids)
        self.files[number] = (package, file, request.body)
        # doc/user/packages/generic_packages: select=package_file answers with the file.
        if request.query.get("select") == "package_file":
            return Reply(201, self._file(number) | {"package_id": package})
        return Reply(201, {"message": "201 Created"})

    def _file(self, number: int) -> dict[str, Any]:
        package, name, content = self.files[number]
        return {
            "id": number,
            "package_id": package,
            "file_name": name,
            "size": len(content),
            "file_sha256": digest(content) if self.gives_digests else None,
        }

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


def _link_fault(assets: object) -> str:
    """What is wrong with the links of a release.

    app/models/releases/link.rb of GitLab: a name and a filepath are unique in a release, the latter
    is one of FILEPATH_REGEX with 128 characters at most, a name has 255 and is not blank.
    """
    links = assets.get("links", []) if isinstance(assets, dict) else []
    paths = [link["direct_asset_path"] for link in links if "direct_asset_path" in link]
    pattern = re.compile(r"\A/[^/](?!.*//.*)[\-.\w/]+[\da-zA-Z]+\Z")
    if any(len(path) > 128 or not pattern.match(path) for path in paths):
        return "Validation failed: Links filepath is invalid"
    if len(set(paths)) < len(paths):
        return "Validation failed: Links filepath has already been taken"
    names = [link["name"] for link in links]
    if not all(name.strip() for name in names):
        return "Validation failed: Links name can't be blank"
    if len(set(names)) < len(names) or any(len(name) > 255 for name in names):
        return "Validation failed: Links have duplicate values (name)"
    return ""


def _page(request: Request, items: list[dict[str, Any]]) -> Reply:
    size = int(request.query.get("per_page", "20"))
    page = int(request.query.get("page", "1"))
    url = f"http://{request.headers['host']}{request.path}?per_page={size}&page={page + 1}"
    headers = {"Link": f'<{url}>; rel="next"'} if items[page * size :] else {}
    return Reply(200, items[(page - 1) * size : page * size], headers)
