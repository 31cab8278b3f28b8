"""GitHub: releases, assets, tags, comments and labels of one repository, kept in memory."""

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from tests.servers.front import ELSEWHERE, Numbers, Reply, Request, Routes, refusal

if TYPE_CHECKING:
    from collections.abc import MutableMapping

TOKEN = "ghp-a-token-for-tests"  # noqa: S105 - of the server below
REPOSITORY = "acme/app"
_TIME = "2026-01-02T03:04:05Z"
_BASE = f"/repos/{REPOSITORY}"


def digest(content: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()


def invalid(resource: str, code: str, field: str) -> Reply:
    """The answer to what breaks a rule."""
    error = {"resource": resource, "code": code, "field": field}
    return Reply(422, {"message": "Validation Failed", "errors": [error]})


class GitHub:
    """The application. Its attributes are the repository's state and the server's settings."""

    def __init__(self) -> None:
        self.tags: MutableMapping[str, str] = {"v1.2.3": "c0ffee" * 6 + "c0ff"}
        self.releases: dict[int, dict[str, Any]] = {}
        self.files: dict[int, bytes] = {}
        self.people: dict[str, str] = {}
        """The accounts that commits are linked with, by the ids of commits."""
        self.comments: dict[int, tuple[int, str]] = {}
        self.labels: dict[int, list[str]] = {7: [], 8: []}
        self.latest: int | None = None
        self.publications: list[str] = []
        self.is_public = False
        """Whether visitors without a token may look."""
        self.may_write = True
        """Whether the token may; it may always read."""
        self.scopes = ""
        """Those of a classic token, which a header tells. Without any it is one of Actions or an
        App, for which ``permissions.push`` is false in any case: semantic-release/github asks
        ``installation/repositories`` for that reason (lib/verify.js)."""
        self.may_run_workflows = False
        """Whether the token may write workflows; the commit that is released changes one."""
        self.name = REPOSITORY
        """What the repository is called now."""
        self.is_archived = False
        self.is_private = False
        self.needs_sso = False
        """Whether the organisation wants single sign-on that the token has not been through."""
        self.gives_digests = True
        self.is_immutable = False
        self.unlisted = 0
        """How many listings the newest release is still missing from."""
        self.leaked: list[str] = []
        """Tokens that were sent to the place where files are stored."""
        self._ids = Numbers(1001)
        number = r"(\d+)"
        self._routes = Routes(
            (r"GET /installation/repositories", self._list_installed),
            (rf"GET {_BASE}", self._show_repository),
            (rf"POST {_BASE}/releases/generate-notes", self._write_notes),
            (rf"GET {_BASE}/releases", self._list_releases),
            (rf"POST {_BASE}/releases", self._create),
            (rf"GET {_BASE}/releases/latest", self._show_latest),
            (rf"GET {_BASE}/releases/{number}", self._show),
            (rf"PATCH {_BASE}/releases/{number}", self._update),
            (rf"DELETE {_BASE}/releases/{number}", self._delete),
            (rf"POST {_BASE}/releases/{number}/assets", self._upload),
            (rf"GET {_BASE}/releases/assets/{number}", self._asset),
            (rf"DELETE {_BASE}/releases/assets/{number}", self._delete_asset),
            (rf"GET {_BASE}/commits", self._list_commits),
            (rf"GET {_BASE}/git/ref/tags/(.+)", self._tag),
            (rf"GET {_BASE}/issues/{number}/comments", self._list_comments),
            (rf"POST {_BASE}/issues/{number}/comments", self._comment),
            (rf"DELETE {_BASE}/issues/comments/{number}", self._delete_comment),
            (rf"POST {_BASE}/issues/{number}/labels", self._label),
        )

    def answer(self, request: Request) -> Reply:
        """Carry a request out."""
        authorization = request.headers.get("authorization", "")
        if request.path.startswith("/storage/"):
            self.leaked += [authorization] if authorization else []
            content = self.files[int(request.path.removeprefix("/storage/"))]
            return Reply(200, content, {"Content-Type": "application/octet-stream"})
        is_visitor = self.is_public and request.method == "GET" and not authorization
        if not is_visitor and authorization != f"Bearer {TOKEN}":
            return refusal(401, f"Bad credentials: {authorization}")
        if not self._is_allowed(request):
            return self._denied()
        if self.name != REPOSITORY and request.path != "/repositories/1":
            # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
            # "Follow redirects": 301 for good, 307 for a request to repeat as it is.
            status = 301 if request.method == "GET" else 307
            location = _url(request, request.path.replace(_BASE, "/repositories/1"))
            return Reply(status, {"message": "Moved Permanently"}, {"Location": location})
        if request.path == "/repositories/1":
            return self._show_repository(request)
        return self._routes.answer(request)

    def _is_allowed(self, request: Request) -> bool:
        """Who may write; generating notes takes the same permission, "Contents" (write).

        https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
        """
        enough = {"repo"} if self.is_private else {"repo", "public_repo"}
        classic = not self.scopes or enough & set(self.scopes.split(", "))
        if self.needs_sso and request.path.startswith(_BASE):
            return False
        is_write = request.method != "GET" and not request.path.startswith(f"{_BASE}/issues/")
        return not is_write or (self.may_write and bool(classic) and not self.is_archived)

    def _denied(self) -> Reply:
        """What GitHub answers to a write: docker/actions-toolkit#919 shows it for notes, too."""
        if self.needs_sso:
            # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
            # "Personal access tokens and SAML SSO": 403, and a header with the address.
            url = "https://github.com/orgs/acme/sso?authorization_request=abc"
            said = "Resource protected by organization SAML enforcement. You must grant your "
            told = {"X-GitHub-SSO": f"required; url={url}"}
            return Reply(403, {"message": f"{said}Personal Access token access."}, told)
        if self.is_archived:
            return refusal(403, "Repository was archived so is read-only.")
        if self.scopes:
            return refusal(404, "Not Found")
        return refusal(403, "Resource not accessible by integration")

    def _show_repository(self, request: Request) -> Reply:
        push = self.may_write and bool(self.scopes)
        rights = {"admin": False, "maintain": False, "push": push, "triage": push, "pull": True}
        shown = _repository(request, self.name) | {"archived": self.is_archived}
        shown |= {"private": True} if self.is_private else {}
        headers = {"X-OAuth-Scopes": self.scopes} if self.scopes else {}
        return Reply(200, shown | {"permissions": rights}, headers)

    def _list_installed(self, request: Request) -> Reply:
        if self.scopes:
            return refusal(403, "You must authenticate with an installation access token")
        return Reply(200, {"total_count": 1, "repositories": [_repository(request, self.name)]})

    def _write_notes(self, request: Request) -> Reply:
        tag = str(request.json()["tag_name"])
        return Reply(200, {"name": tag, "body": f"**Full Changelog**: {tag}"})

    def broken_off(self, request: Request) -> None:
        """An upload that breaks off leaves an asset behind that is not ``uploaded``."""
        found = re.fullmatch(rf"{_BASE}/releases/(\d+)/assets", request.path)
        if found:
            self._store(int(found[1]), request, "open")

    def result(self) -> dict[str, Any]:
        """What a visitor sees, without ids."""
        return {
            "releases": [self._seen(number) for number in sorted(self.releases)],
            "publications": self.publications,
            "comments": list(self.comments.values()),
            "labels": self.labels,
            "tags": sorted(self.tags),
        }

    def latest_tag(self) -> str:
        """The release that was told to be it: without one, releases/latest answers with 404."""
        return "" if self.latest is None else str(self.releases[self.latest]["tag_name"])

    def _seen(self, number: int) -> dict[str, Any]:
        release = self.releases[number]
        names = ("tag_name", "name", "body", "draft", "prerelease", "target_commitish")
        kept = {name: release.get(name) for name in names}
        assets = {one["name"]: (one["label"], one["content_type"]) for one in release["assets"]}
        contents = {one["name"]: digest(self.files[one["id"]]) for one in release["assets"]}
        latest = self.latest == number
        return kept | {"assets": assets, "contents": contents, "latest": latest}

    def add_release(self, tag: str, text: str, *, draft: bool) -> int:
        """Make a release as a person would."""
        number = next(self._ids)
        given = {"tag_name": tag, "name": tag, "body": text, "draft": draft}
        self.releases[number] = given | {"prerelease": False, "assets": []}
        return number

    def fill(self, count: int) -> None:
        """Make drafts of other tags."""
        for number in range(count):
            self.add_release(f"other-{number}", "soon", draft=True)

    def orphan(self, tag: str) -> None:
        """Delete a tag: its draft has another name from then on, as mislav/hub#2435 tells."""
        for number, seen in self.releases.items():
            if seen["draft"] and seen["tag_name"] == tag:
                seen["tag_name"] = f"untagged-{digest(str(number).encode())[:20]}"

    # Releases

    def _list_releases(self, request: Request) -> Reply:
        numbers = sorted(self.releases, reverse=True)
        if self.unlisted and numbers:
            self.unlisted -= 1
            numbers = numbers[1:]
        return self._page(request, [self._release(request, number) for number in numbers])

    def _create(self, request: Request) -> Reply:
        given = request.json()
        if not given.get("draft") and self._public(str(given["tag_name"])):
            return invalid("Release", "already_exists", "tag_name")
        if self._is_about_workflows(given):
            return refusal(403, "Resource not accessible by integration")
        number = next(self._ids)
        kept = {name: given.get(name) for name in ("tag_name", "name", "body", "target_commitish")}
        flags = {name: bool(given.get(name)) for name in ("draft", "prerelease")}
        self.releases[number] = kept | flags | {"assets": []}
        if not flags["draft"]:
            self._publish(number, str(given.get("make_latest", "true")))
        return Reply(201, self._release(request, number))

    def _show(self, request: Request, number: str) -> Reply:
        if int(number) not in self.releases:
            return refusal(404, "Not Found")
        return Reply(200, self._release(request, int(number)))

    def _update(self, request: Request, number: str) -> Reply:
        seen, given = self.releases.get(int(number)), request.json()
        if seen is None:
            return refusal(404, "Not Found")
        if self._is_about_workflows(given):
            return refusal(403, "Resource not accessible by integration")
        was_draft = seen["draft"]
        others = [other for other in self._public(seen["tag_name"]) if other != int(number)]
        if not given.get("draft", was_draft) and others:
            return invalid("Release", "already_exists", "tag_name")
        names = ("tag_name", "name", "body", "draft", "prerelease", "target_commitish")
        seen.update({name: given[name] for name in names if name in given})
        if was_draft and not seen["draft"]:
            self._publish(int(number), str(given.get("make_latest", "true")))
        elif given.get("make_latest") == "true" and not seen["draft"]:
            self.latest = int(number)
        return Reply(200, self._release(request, int(number)))

    def _is_about_workflows(self, given: dict[str, object]) -> bool:
        """Whether a request is about a commit that changes a workflow, without the permission.

        https://docs.github.com/en/rest/releases/releases#create-a-release: 404, and 403 for some
        kinds of tokens. Without ``target_commitish`` the default branch is compared with itself.
        """
        return "target_commitish" in given and not self.may_run_workflows

    def _show_latest(self, request: Request) -> Reply:
        if self.latest not in self.releases:
            return refusal(404, "Not Found")
        return Reply(200, self._release(request, self.latest))

    def _delete(self, _: Request, number: str) -> Reply:
        return Reply(204) if self.releases.pop(int(number), None) else refusal(404, "Not Found")

    def _publish(self, number: int, make_latest: str) -> None:
        tag = self.releases[number]["tag_name"]
        self.publications.append(tag)
        self.tags.setdefault(tag, "0" * 40)
        if make_latest == "true":
            self.latest = number

    def _public(self, tag: str) -> list[int]:
        return [
            number
            for number, seen in self.releases.items()
            if seen["tag_name"] == tag and not seen["draft"]
        ]

    # Assets

    def _upload(self, request: Request, number: str) -> Reply:
        seen = self.releases.get(int(number))
        if seen is None:
            return refusal(404, "Not Found")
        if self.is_immutable and not seen["draft"]:
            return refusal(422, "Cannot upload assets to an immutable release.")
        if _kept_name(request) in {asset["name"] for asset in seen["assets"]}:
            return invalid("ReleaseAsset", "already_exists", "name")
        return Reply(201, self._asset_of(request, self._store(int(number), request, "uploaded")))

    def _store(self, release: int, request: Request, state: str) -> dict[str, Any]:
        number, is_whole = next(self._ids), state == "uploaded"
        self.files[number] = request.body if is_whole else b""
        asset = {
            "id": number,
            "name": _kept_name(request),
            "label": request.query.get("label"),
            "content_type": request.headers["content-type"],
            "state": state,
        }
        self.releases[release]["assets"].append(asset)
        return asset

    def _asset(self, request: Request, number: str) -> Reply:
        if int(number) not in self.files:
            return refusal(404, "Not Found")
        port = request.headers["host"].partition(":")[2]
        return Reply(302, None, {"Location": f"http://{ELSEWHERE}:{port}/storage/{number}"})

    def _delete_asset(self, _: Request, number: str) -> Reply:
        for seen in self.releases.values():
            kept = [asset for asset in seen["assets"] if asset["id"] != int(number)]
            if kept != seen["assets"]:
                if self.is_immutable and not seen["draft"]:
                    return refusal(422, "Cannot delete assets from an immutable release.")
                seen["assets"] = kept
                return Reply(204)
        return refusal(404, "Not Found")

    # Tags and issues

    def _tag(self, request: Request, tag: str) -> Reply:
        if tag not in self.tags:
            return refusal(404, "Not Found")
        url = _url(request, f"{_BASE}/git/refs/tags/{tag}")
        target = {"type": "commit", "sha": self.tags[tag], "url": url}
        return Reply(200, {"ref": f"refs/tags/{tag}", "node_id": "R", "url": url, "object": target})

    def _list_commits(self, request: Request) -> Reply:
        """A commit alone; ``author`` is null where no account has the address.

        https://docs.github.com/en/rest/commits/commits#list-commits
        """
        assert request.query["per_page"] == "1"
        sha = request.query["sha"]
        url = _url(request, f"{_BASE}/commits/{sha}")
        login = self.people.get(sha)
        person = {"name": "Ada", "email": "ada@example.org", "date": _TIME}
        tree = {"sha": sha, "url": url}
        commit = {"url": url, "author": person, "committer": person, "message": "feat: a"}
        account = None if login is None else _user(request) | {"login": login}
        places = dict.fromkeys(("url", "html_url", "comments_url"), url)
        seen = {"sha": sha, "node_id": "C", "commit": commit | {"tree": tree, "comment_count": 0}}
        accounts = {"author": account, "committer": None}
        return Reply(200, [seen | places | accounts | {"parents": []}])

    def _list_comments(self, request: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "Not Found")
        numbers = [number for number in sorted(self.comments) if self._is_on(number, issue)]
        return self._page(request, [self._comment_of(request, number) for number in numbers])

    def _comment(self, request: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "Not Found")
        number = next(self._ids)
        self.comments[number] = (int(issue), str(request.json()["body"]))
        return Reply(201, self._comment_of(request, number))

    def _delete_comment(self, _: Request, number: str) -> Reply:
        return Reply(204) if self.comments.pop(int(number), None) else refusal(404, "Not Found")

    def _label(self, request: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "Not Found")
        given = json.loads(request.body)
        names = given["labels"] if isinstance(given, dict) else given
        has = self.labels[int(issue)]
        has += [name for name in names if name not in has]
        return Reply(200, [_label(request, name) for name in has])

    def _is_on(self, number: int, issue: str) -> bool:
        return self.comments[number][0] == int(issue)

    # Shapes, as the description asks for them

    def _page(self, request: Request, items: list[dict[str, Any]]) -> Reply:
        size = int(request.query.get("per_page", "30"))
        page = int(request.query.get("page", "1"))
        rest = items[page * size :]
        url = _url(request, f"{request.path}?per_page={size}&page={page + 1}")
        headers = {"Link": f'<{url}>; rel="next"'} if rest else {}
        return Reply(200, items[(page - 1) * size : page * size], headers)

    def _release(self, request: Request, number: int) -> dict[str, Any]:
        seen = self.releases[number]
        url = _url(request, f"{_BASE}/releases/{number}")
        page = seen["tag_name"] if not seen["draft"] else f"untagged-{number}"
        return {
            "id": number,
            "node_id": "RE",
            "url": url,
            "html_url": _url(request, f"/{REPOSITORY}/releases/tag/{page}"),
            "assets_url": f"{url}/assets",
            "upload_url": f"{url}/assets{{?name,label}}",
            "tarball_url": None if seen["draft"] else f"{url}/tarball",
            "zipball_url": None if seen["draft"] else f"{url}/zipball",
            "tag_name": seen["tag_name"],
            "target_commitish": seen.get("target_commitish") or "main",
            "name": seen["name"],
            "body": seen["body"],
            "draft": seen["draft"],
            "prerelease": seen["prerelease"],
            "immutable": self.is_immutable and not seen["draft"],
            "created_at": _TIME,
            "published_at": None if seen["draft"] else _TIME,
            "author": _user(request),
            "assets": [self._asset_of(request, asset) for asset in seen["assets"]],
        }

    def _asset_of(self, request: Request, asset: dict[str, Any]) -> dict[str, Any]:
        content = self.files[asset["id"]]
        gives = self.gives_digests and asset["state"] == "uploaded"
        return asset | {
            "node_id": "RA",
            "url": _url(request, f"{_BASE}/releases/assets/{asset['id']}"),
            "browser_download_url": _url(request, f"/download/{asset['id']}"),
            "size": len(content),
            "digest": f"sha256:{digest(content)}" if gives else None,
            "download_count": 0,
            "created_at": _TIME,
            "updated_at": _TIME,
            "uploader": _user(request),
        }

    def _comment_of(self, request: Request, number: int) -> dict[str, Any]:
        issue, text = self.comments[number]
        return {
            "id": number,
            "node_id": "IC",
            "url": _url(request, f"{_BASE}/issues/comments/{number}"),
            "html_url": _url(request, f"/{REPOSITORY}/issues/{issue}#{number}"),
            "issue_url": _url(request, f"{_BASE}/issues/{issue}"),
            "body": text,
            "user": _user(request),
            "created_at": _TIME,
            "updated_at": _TIME,
            "author_association": "MEMBER",
        }


def _label(request: Request, name: str) -> dict[str, Any]:
    return {
        "id": 1,
        "node_id": "LA",
        "url": _url(request, f"{_BASE}/labels/1"),
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def _repository(request: Request, name: str) -> dict[str, Any]:
    """The repository."""
    owner, _, short = name.partition("/")
    links = (
        "archive assignees blobs branches collaborators comments commits compare contents "
        "contributors deployments downloads events forks git_commits git_refs git_tags hooks "
        "issue_comment issue_events issues keys labels languages merges milestones notifications "
        "pulls releases stargazers statuses subscribers subscription tags teams trees"
    )
    flags = (
        "private fork archived disabled has_downloads has_issues has_projects has_wiki has_pages "
        "has_discussions"
    )
    counts = (
        "forks forks_count open_issues open_issues_count size stargazers_count watchers "
        "watchers_count network_count subscribers_count"
    )
    url = _url(request, f"/repos/{name}")
    return {
        "id": 1,
        "node_id": "R",
        "name": short,
        "full_name": name,
        "owner": _user(request) | {"login": owner},
        "html_url": _url(request, f"/{name}"),
        "url": url,
        "default_branch": "main",
        "visibility": "public",
        **{f"{one}_url": f"{url}/{one}" for one in links.split()},
        **{f"{one}_url": _url(request, f"/{name}.git") for one in ("clone", "git", "ssh", "svn")},
        **dict.fromkeys(("description", "homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(flags.split(), False),
        **dict.fromkeys(counts.split(), 0),
        **dict.fromkeys(("pushed_at", "created_at", "updated_at"), _TIME),
    }


def _user(request: Request) -> dict[str, Any]:
    links = (
        "followers following gists starred subscriptions organizations repos events received_events"
    )
    url = _url(request, "/users/robot")
    return {
        "login": "robot",
        "id": 1,
        "node_id": "U",
        "avatar_url": f"{url}/avatar",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{url}/page",
        "type": "Bot",
        "site_admin": False,
    } | {f"{name}_url": f"{url}/{name}" for name in links.split()}


def _url(request: Request, path: str) -> str:
    return f"http://{request.headers['host']}{path}"


def _kept_name(request: Request) -> str:
    """What GitHub calls a file: several characters that it replaces become one full stop.

    Files of one name are told by that: https://github.com/travis-ci/dpl/issues/821 lists them,
    and https://github.com/electron/forge/pull/1761 what is different since: `@` is kept.
    """
    return re.sub(r"[^A-Za-z0-9_+@-]+", ".", request.query["name"]).strip(".")
