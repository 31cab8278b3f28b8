"""Gitea and Forgejo: releases, attachments, tags, comments and labels of one repository.

Written from the documentation of the API and checked by field name against a client that is
generated from Gitea's own description.
"""

from email import message_from_bytes
from typing import TYPE_CHECKING, Any

from tests.servers.front import Numbers, Reply, Request, Routes, refusal
from tests.servers.github import digest

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

TOKEN = "gitea-a-token-for-tests"  # noqa: S105 - of the server below
REPOSITORY = "acme/app"
_TIME = "2026-01-02T03:04:05Z"
_BASE = f"/api/v1/repos/{REPOSITORY}"


class Gitea:
    """The application. Its attributes are the repository's state."""

    def __init__(self) -> None:
        self.tags: MutableMapping[str, str] = {"v1.2.3": "c0ffee" * 6 + "c0ff"}
        self.releases: dict[int, dict[str, Any]] = {}
        self.files: dict[int, bytes] = {}
        self.people: dict[str, str] = {}
        """The accounts that commits are linked with, by the ids of commits."""
        self.comments: dict[int, tuple[int, str]] = {}
        self.names: dict[int, str] = {}
        """The repository's labels."""
        self.labels: dict[int, list[int]] = {7: [], 8: []}
        self.publications: list[str] = []
        self.is_public = False
        """Whether visitors without a token may look."""
        self.may_write = True
        """Whether the token's user may."""
        self.may_release = True
        """Whether the user may, apart from code: teams have a right for each unit."""
        self.scope = "write:repository"
        self.name = REPOSITORY
        """What the repository is called now."""
        self.is_archived = False
        self.has_releases = True
        self.has_attachments = True
        self.version = "1.26.1"
        self.attachment_settings: dict[str, object] = {"max_size": 2048, "max_files": 5}
        """What is told of attachments in general, those of issues among them; sizes in MiB."""
        self.queue = -1
        """For how many requests what a push queued waits; -1 where it is worked off at once."""
        self.message: Callable[[str], str] | None = None
        """The message of a tag, for servers that put it in place of a release's title and text."""
        self._waiting: dict[str, int] = {}
        self._ids = Numbers(1001)
        number = r"(\d+)"
        self._routes = Routes(
            (rf"GET {_BASE}", self._show_repository),
            (r"GET /api/v1/settings/attachment", self._show_settings),
            (r"GET /api/v1/version", lambda _: Reply(200, {"version": self.version})),
            (rf"GET {_BASE}/releases", self._list_releases),
            (rf"POST {_BASE}/releases", self._create),
            (rf"GET {_BASE}/releases/{number}", self._show),
            (rf"PATCH {_BASE}/releases/{number}", self._update),
            (rf"DELETE {_BASE}/releases/{number}", self._delete),
            (rf"POST {_BASE}/releases/{number}/assets", self._upload),
            (rf"DELETE {_BASE}/releases/{number}/assets/{number}", self._delete_asset),
            (rf"GET /attachments/{number}", self._download),
            (rf"GET {_BASE}/commits", self._list_commits),
            (rf"GET {_BASE}/tags/(.+)", self._tag),
            (rf"GET {_BASE}/issues/{number}/comments", self._list_comments),
            (rf"POST {_BASE}/issues/{number}/comments", self._comment),
            (rf"DELETE {_BASE}/issues/comments/{number}", self._delete_comment),
            (rf"GET {_BASE}/labels", self._list_labels),
            (rf"POST {_BASE}/labels", self._make_label),
            (rf"POST {_BASE}/issues/{number}/labels", self._label),
        )

    def answer(self, request: Request) -> Reply:
        """Carry a request out."""
        authorization = request.headers.get("authorization", "")
        is_visitor = self.is_public and request.method == "GET" and not authorization
        if not is_visitor and authorization != f"token {TOKEN}":
            return refusal(401, f"invalid username, password or token: {authorization}")
        if self.name != REPOSITORY:
            # context.RedirectToRepo in services/context/repo.go of Gitea.
            location = _url(request, request.path.replace(REPOSITORY, self.name))
            if REPOSITORY in request.path:
                return Reply(301 if request.method == "GET" else 307, None, {"Location": location})
            return self._show_repository(request)
        self._work_off()
        return self._refused(request) or self._routes.answer(request)

    def _work_off(self) -> None:
        """What a push has queued, each tag once: pushUpdateAddTags in services/repository/push.go.

        A release that stands there already, and is none that the queue itself made, is no draft
        any more. Forgejo's takes title and text from the tag's message, too.
        """
        if self.queue < 0:
            return
        for tag in self.tags:
            left = self._waiting.setdefault(tag, self.queue)
            self._waiting[tag] = left - 1
            for seen in self.releases.values():
                if left == 0 and seen["tag_name"].lower() == tag.lower():
                    self.publications += [tag] if seen["draft"] else []
                    seen["draft"] = False
                    if self.message is not None:
                        seen["name"], _, seen["body"] = self.message(tag).partition("\n")

    def _refused(self, request: Request) -> Reply | None:
        """Who may write: the scope is looked at first, then the right, then what is asked for.

        routers/api/v1/api.go of Gitea: tokenRequiresScopes, reqRepoWriter(unit.TypeReleases), and
        for an archived repository context.RepoMustNotBeArchived.
        """
        if "/issues" in request.path or "/labels" in request.path:
            return None
        if not self.has_releases and "/releases" in request.path:
            return refusal(404, "The target couldn't be found.")
        is_read = request.method == "GET"
        needed = "read:repository" if is_read else "write:repository"
        if request.path.startswith(_BASE) and self.scope not in {needed, "write:repository"}:
            said = f"token does not have at least one of required scope(s): [{needed}]"
            return refusal(403, said)
        if is_read:
            return None
        if not (self.may_write and self.may_release):
            return refusal(403, "user should have a permission to write to a repo")
        return refusal(423, "repo is archived") if self.is_archived else None

    def _show_repository(self, _: Request) -> Reply:
        rights = {"admin": False, "push": self.may_write, "pull": True}
        shown = {"id": 1, "full_name": self.name, "permissions": rights}
        more = {"archived": self.is_archived, "has_releases": self.has_releases}
        return Reply(200, shown | more)

    def broken_off(self, request: Request) -> None:
        """An upload that breaks off leaves nothing behind."""

    def result(self) -> dict[str, Any]:
        """What a visitor sees, without ids."""
        return {
            "releases": [self._seen(release) for release in self.releases.values()],
            "publications": self.publications,
            "comments": list(self.comments.values()),
            "labels": {issue: [self.names[n] for n in on] for issue, on in self.labels.items()},
            "tags": sorted(self.tags),
        }

    def latest_tag(self) -> str:
        """The newest that is public and no prerelease, by the time when its draft was made.

        GetLatestReleaseByRepoID in models/repo/release.go, createTag in services/release.
        """
        public = [n for n, one in self.releases.items() if not one["draft"] | one["prerelease"]]
        return str(self.releases[max(public)]["tag_name"]) if public else ""

    def fill(self, count: int) -> None:
        """Make drafts of other tags."""
        for number in range(count):
            self.add_draft(f"other-{number}")

    def _lower_names(self) -> set[str]:
        return {seen["tag_name"].lower() for seen in self.releases.values()}

    def add_draft(self, tag: str, *, draft: bool = True) -> None:
        """Make a draft as a person would, or a release of a tag that nobody looks at."""
        given = {"tag_name": tag, "name": tag, "body": "soon", "draft": draft}
        self.releases[next(self._ids)] = given | {"prerelease": False, "assets": []}

    def delete_drafts(self) -> None:
        """Delete the drafts that a person made."""
        kept = {n: seen for n, seen in self.releases.items() if seen["body"] != "soon"}
        self.releases.clear()
        self.releases.update(kept)

    def _seen(self, release: dict[str, Any]) -> dict[str, Any]:
        contents = [(one["name"], digest(self.files[one["id"]])) for one in release["assets"]]
        return release | {"assets": sorted(contents)}

    def _show_settings(self, _: Request) -> Reply:
        # modules/structs/settings.go: those of attachments in general.
        return Reply(200, {"enabled": self.has_attachments, **self.attachment_settings})

    def _list_releases(self, request: Request) -> Reply:
        """The newest first, drafts for those who may write: ListReleases in release.go."""
        is_writer = self.may_write and "authorization" in request.headers
        numbers = sorted(self.releases, reverse=True)
        shown = [n for n in numbers if is_writer or not self.releases[n]["draft"]]
        return _page(request, [self._release(request, number) for number in shown])

    def _create(self, request: Request) -> Reply:
        given = request.json()
        if len(str(given["body"]).encode()) > 65_535:
            # models/repo/release.go: Note is a TEXT, which has 65,535 bytes on MySQL.
            return refusal(500, "Error 1406 (22001): Data too long for column 'note' at row 1")
        # GetRelease in models/repo/release.go looks for lower_tag_name.
        if str(given["tag_name"]).lower() in self._lower_names():
            return refusal(409, "Release is has no Tag")
        number = next(self._ids)
        self.releases[number] = given | {"assets": []}
        return Reply(201, self._release(request, number))

    def _show(self, request: Request, number: str) -> Reply:
        if int(number) not in self.releases:
            return refusal(404, "The target couldn't be found.")
        return Reply(200, self._release(request, int(number)))

    def _update(self, request: Request, number: str) -> Reply:
        seen = self.releases.get(int(number))
        if seen is None:
            return refusal(404, "The target couldn't be found.")
        was_draft = seen["draft"]
        seen.update(request.json())
        if was_draft and not seen["draft"]:
            self.publications.append(seen["tag_name"])
            self.tags.setdefault(seen["tag_name"], "0" * 40)
        return Reply(200, self._release(request, int(number)))

    def _delete(self, _: Request, number: str) -> Reply:
        return Reply(204) if self.releases.pop(int(number), None) else refusal(404, "Not Found")

    def _upload(self, request: Request, number: str) -> Reply:
        seen = self.releases.get(int(number))
        if seen is None:
            return refusal(404, "The target couldn't be found.")
        if not self.has_attachments:
            return refusal(404, "Attachment is not enabled")  # release_attachment.go
        content = _attachment(request)
        if self._is_too_large(content):
            return refusal(413, "attachment exceeds limit")
        attachment = next(self._ids)
        self.files[attachment] = content
        asset = {"id": attachment, "name": request.query["name"]}
        seen["assets"].append(asset)
        return Reply(201, self._asset(request, asset))

    def _is_too_large(self, content: bytes) -> bool:
        """Gitea 1.25 alone holds a release to the general limit; MAX_FILES is for browsers.

        uploadAttachment in services/attachment/attachment.go; go-gitea/gitea#35519 came in 1.25.0,
        and #36697 gave releases a limit of their own in 1.26, which no address tells.
        """
        most = self.attachment_settings.get("max_size")
        return self.version.startswith("1.25.") and len(content) > int(str(most)) << 20

    def _delete_asset(self, _: Request, release: str, number: str) -> Reply:
        seen = self.releases[int(release)]
        kept = [asset for asset in seen["assets"] if asset["id"] != int(number)]
        found = len(kept) < len(seen["assets"])
        seen["assets"] = kept
        return Reply(204) if found else refusal(404, "Not Found")

    def _download(self, _: Request, number: str) -> Reply:
        headers = {"Content-Type": "application/octet-stream"}
        return Reply(200, self.files[int(number)], headers)

    def _tag(self, _: Request, tag: str) -> Reply:
        if tag not in self.tags:
            return refusal(404, "The target couldn't be found.")
        return Reply(200, {"name": tag, "id": self.tags[tag], "commit": {"sha": self.tags[tag]}})

    def _list_commits(self, request: Request) -> Reply:
        """A commit alone; ``author`` is null where no account has the address.

        GetAllCommits in routers/api/v1/repo/commits.go, ToCommit in services/convert/git_commit.go.
        """
        assert request.query["limit"] == "1"
        login = self.people.get(request.query["sha"])
        account = None if login is None else {"id": 1, "login": login, "email": "a@example.org"}
        return Reply(200, [{"sha": request.query["sha"], "author": account, "commit": {}}])

    def _list_comments(self, _: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "issue does not exist")
        on = {n: text for n, (where, text) in self.comments.items() if where == int(issue)}
        return Reply(200, [{"id": number, "body": text} for number, text in on.items()])

    def _comment(self, request: Request, issue: str) -> Reply:
        number = next(self._ids)
        self.comments[number] = (int(issue), str(request.json()["body"]))
        return Reply(201, {"id": number, "body": self.comments[number][1]})

    def _delete_comment(self, _: Request, number: str) -> Reply:
        return Reply(204) if self.comments.pop(int(number), None) else refusal(404, "Not Found")

    def _list_labels(self, request: Request) -> Reply:
        items = [{"id": number, "name": name} for number, name in self.names.items()]
        return _page(request, items)

    def _make_label(self, request: Request) -> Reply:
        number = next(self._ids)
        self.names[number] = str(request.json()["name"])
        return Reply(201, {"id": number, "name": self.names[number], "color": "ededed"})

    def _label(self, request: Request, issue: str) -> Reply:
        if int(issue) not in self.labels:
            return refusal(404, "issue does not exist")
        given = request.json()["labels"]
        assert isinstance(given, list)
        has = self.labels[int(issue)]
        has += [number for number in given if number not in has]
        return Reply(200, [{"id": number, "name": self.names[number]} for number in has])

    def _release(self, request: Request, number: int) -> dict[str, Any]:
        seen = self.releases[number]
        return seen | {
            "id": number,
            "url": _url(request, f"{_BASE}/releases/{number}"),
            "html_url": _url(request, f"/{REPOSITORY}/releases/tag/{seen['tag_name']}"),
            "created_at": _TIME,
            "published_at": _TIME,
            "assets": [self._asset(request, asset) for asset in seen["assets"]],
        }

    def _asset(self, request: Request, asset: dict[str, Any]) -> dict[str, Any]:
        return asset | {
            "size": len(self.files[asset["id"]]),
            "download_count": 0,
            "created_at": _TIME,
            "uuid": f"uuid-{asset['id']}",
            "browser_download_url": _url(request, f"/attachments/{asset['id']}"),
        }


def _attachment(request: Request) -> bytes:
    """The file in a multipart form, or what is there of it."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    form, part, *_ = message_from_bytes(head + request.body).walk()
    assert form.is_multipart()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _page(request: Request, items: list[dict[str, Any]]) -> Reply:
    size, page = int(request.query["limit"]), int(request.query["page"])
    rest = items[page * size :]
    url = _url(request, f"{request.path}?limit={size}&page={page + 1}")
    return Reply(
        200,
        items[(page - 1) * size : page * size],
        {"Link": f'<{url}>; rel="next"'} if rest else {},
    )


def _url(request: Request, path: str) -> str:
    return f"http://{request.headers['host']}{path}"
