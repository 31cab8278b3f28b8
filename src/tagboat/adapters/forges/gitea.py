"""Gitea and Forgejo, through requests.

https://docs.gitea.com/api has the API, which is the same for both; docs/forges.md says which part
of it is used. Neither tells digests of files, so they are read back.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import quote

from requests_toolbelt.multipart.encoder import (  # type: ignore[import-untyped] # it has no types
    MultipartEncoder,
)

from tagboat.adapters import http
from tagboat.adapters.clock import Budget
from tagboat.adapters.forges.access import TELL_RIGHTS, check_gitea, largest_gitea_asset
from tagboat.adapters.forges.draft_release import DraftReleaseForge
from tagboat.adapters.forges.errors import (
    ErrorTranslator,
    ForgeRepository,
    MissingError,
)
from tagboat.core.forge.detect import Home
from tagboat.core.forge.release import (
    Asset,
    ForgeRelease,
    Item,
    ReleaseDraft,
    StoredAsset,
    TextLimit,
    finished,
    is_unfinished,
    marked,
    unfinished,
)
from tagboat.core.plan.tag_message import contract_of

PERMISSION = "the scope 'write:repository' (and 'write:issue' for comments and labels)"
_BLOCK = 1 << 18
_PAGE = 50
"""How many items a page may have before servers cut it, as they come."""
_COLOR = "#ededed"
_MIB = 1 << 20
"""No server's limit is smaller: smaller files need no question."""


def forge_of(home: Home, token: http.TokenSource) -> DraftReleaseForge:
    """The releases of a repository."""
    return gitea(home.repository, token, home.api)


def gitea(
    repository: str, token: http.TokenSource, api: str, budget: Budget | None = None
) -> DraftReleaseForge:
    """The releases of ``owner/name``; ``api`` is ``https://HOST/api/v1``."""
    spent = budget or Budget()
    place = ForgeRepository("Gitea", api.rstrip("/"), repository, PERMISSION)
    return DraftReleaseForge(GiteaApi(place, token, spent), spent)


class GiteaApi:
    """Gitea's API in the words of `drafting.Drafts`."""

    body_limit = TextLimit(65_000, is_bytes=True)
    """On MySQL a text has 65,535 bytes: models/repo/release.go has ``TEXT`` for it."""
    most_assets = 0
    is_alone = True
    """models/repo/release.go: repository and tag are unique together."""

    def __init__(self, place: ForgeRepository, token: http.TokenSource, budget: Budget) -> None:
        self.place = place
        self._edge = ErrorTranslator(place, token)
        bearer = http.Bearer((place.api,), token, pattern="token {}")
        self._session = http.session(bearer, budget)
        self._timeouts = budget.timeouts
        self._base = f"{place.api}/repos/{place.repository}"

    def check_access(self, tag: str) -> None:  # noqa: ARG002 - other forges need it
        """Ask for the repository, and whether its user and its token may write to it."""
        with self._edge.asking(TELL_RIGHTS):
            check_gitea(self._edge, self._session)

    def releases(self, tag: str) -> list[ForgeRelease]:
        """All releases of a tag, drafts among them; Gitea can only list all of every tag.

        Tags that differ by case alone are one to it: lower_tag_name in models/repo/release.go.
        """
        with self._edge.asking("list the releases"):
            every = self._pages("releases", "list the releases")
            named = (seen for seen in every if seen["tag_name"].lower() == tag.lower())
            return [_gitea_release(seen) for seen in named]

    def release(self, number: str) -> ForgeRelease:
        """One release, as it is now."""
        with self._edge.asking("show the release"):
            return _gitea_release(self._ask("GET", f"releases/{number}", "show the release"))

    def looked_at(self, release: ForgeRelease) -> ForgeRelease:
        """The same: what is uploaded is read back, and no public release refuses a file."""
        return release

    def create(self, wanted: ReleaseDraft, text: str) -> ForgeRelease:
        """Make a draft, whose text says so.

        What a push queues is worked off later, and makes a draft public that stands there already
        (pushUpdateAddTags in services/repository/push.go). It is still unfinished then.
        """
        sent = _fields(wanted, unfinished(text)) | {"draft": True}
        with self._edge.asking("make a draft"):
            return _gitea_release(self._ask("POST", "releases", "make a draft", sent))

    def delete(self, release: ForgeRelease) -> None:
        """Delete a draft."""
        with self._edge.unless_gone():
            self._ask("DELETE", f"releases/{release.id}", "delete a draft")

    def make_public(self, release: ForgeRelease, wanted: ReleaseDraft, text: str) -> None:
        """Publish a draft. Gitea chooses the latest release itself: the newest that is public."""
        sent = _fields(wanted, text) | {"draft": False}
        self._ask("PATCH", f"releases/{release.id}", "publish the release", sent)

    def latest(self) -> None:
        """Nothing: Gitea chooses it: the newest that is public."""

    def show_latest(self, release: ForgeRelease) -> None:
        """Nothing, for the same reason."""

    def fault(self, asset: Asset) -> str:
        """Why the server would refuse a file, where it tells its limit."""
        if asset.size <= _MIB or self._largest is None or asset.size <= self._largest:
            return ""
        return (
            f"the asset {asset.name!r} has {asset.size} bytes: {self.place} takes "
            f"{self._largest // _MIB} MiB at most; have MAX_SIZE raised in the section "
            "[attachment] of the server's app.ini, or make the file smaller"
        )

    @cached_property
    def _largest(self) -> int | None:
        return largest_gitea_asset(self._edge, self._session)

    def attach(self, release: ForgeRelease, asset: Asset, stream: BinaryIO) -> StoredAsset:
        """Upload a file."""
        doing = f"take the asset {asset.name}"
        form = MultipartEncoder({"attachment": (asset.name, stream, asset.content_type)})
        with self._edge.asking(doing):
            answer = self._session.post(
                f"{self._base}/releases/{release.id}/assets",
                params={"name": asset.name},
                data=form,
                headers={"Content-Type": form.content_type},
            )
            return _gitea_asset(self._edge.value(doing, answer, dict))

    def detach(self, release: ForgeRelease, stored: StoredAsset) -> None:
        """Delete a file."""
        path = f"releases/{release.id}/assets/{stored.id}"
        with self._edge.unless_gone():
            self._ask("DELETE", path, f"delete the asset {stored.name}")

    def content(self, stored: StoredAsset) -> Iterator[bytes]:
        """Download a file."""
        doing = f"give the asset {stored.name}"
        with self._edge.asking(doing), self._session.get(stored.url, stream=True) as answer:
            self._edge.check(doing, answer)
            yield from answer.iter_content(_BLOCK)

    def has_tag(self, tag: str) -> bool:
        """Whether the repository has a git tag."""
        try:
            self._ask("GET", f"tags/{quote(tag)}", "show the tag")
        except MissingError:
            return False
        return True

    def comments(self, item: Item) -> list[tuple[str, str]]:
        """The comments of an issue or pull request; Gitea numbers them together."""
        with self._edge.asking("list the comments"):
            seen = self._ask("GET", f"issues/{item.number}/comments", "list the comments")
            return [(str(comment["id"]), comment["body"]) for comment in seen]

    def say(self, item: Item, text: str) -> None:
        """Add a comment."""
        path = f"issues/{item.number}/comments"
        self._ask("POST", path, "add a comment", {"body": text})

    def unsay(self, item: Item, comment: str) -> None:  # noqa: ARG002 - other forges need it
        """Delete a comment."""
        with self._edge.unless_gone():
            self._ask("DELETE", f"issues/comments/{comment}", "delete a comment")

    def put_label(self, item: Item, label: str) -> None:
        """Add a label; it is made where the repository has none of that name."""
        number = self._label(label)
        if number is None:
            made = {"name": label, "color": _COLOR}
            self._ask("POST", "labels", "make a label", made)
            number = self._label(label)
        sent = {"labels": [number]}
        self._ask("POST", f"issues/{item.number}/labels", "add a label", sent)

    def _label(self, name: str) -> int | None:
        """The number of a label; of several with one name the lowest, as every run sees it."""
        every = self._pages("labels", "list the labels")
        with self._edge.asking("list the labels"):
            return min((int(seen["id"]) for seen in every if seen["name"] == name), default=None)

    def _pages(self, path: str, doing: str) -> Iterator[dict[str, Any]]:
        """The items of a list, from all its pages."""
        return http.every_item(
            self._every(path, doing), f"the list of {path} of {self.place}", self._timeouts
        )

    def _every(self, path: str, doing: str) -> Iterator[dict[str, Any]]:
        page = 1
        has_more = True
        while has_more:
            with self._edge.asking(doing):
                query = {"page": page, "limit": _PAGE}
                answer = self._session.get(f"{self._base}/{path}", params=query)
                yield from self._edge.value(doing, answer, list)
            has_more = "next" in answer.links
            page += 1

    def _ask(self, method: str, path: str, doing: str, sent: object = None) -> Any:  # noqa: ANN401 - JSON
        """One request with JSON both ways; None where there is no content."""
        with self._edge.asking(doing):
            answer = self._session.request(method, f"{self._base}/{path}", json=sent)
            if answer.ok and not answer.content:
                return None
            held = self._edge.value(doing, answer, object)
            if not isinstance(held, dict | list):
                raise self._edge.strange(doing, answer.url, "something else")
            return held


def _fields(wanted: ReleaseDraft, text: str) -> dict[str, object]:
    return {
        "tag_name": wanted.tag,
        "target_commitish": wanted.commit,
        "name": wanted.title,
        "body": text,
        "prerelease": wanted.is_prerelease,
    }


def _gitea_release(seen: dict[str, Any]) -> ForgeRelease:
    """A release; one that the forge made public by itself is a draft to us until it is finished.

    Some servers put the tag's message in place of title and text when they do so: it is ours by
    what that promises.
    """
    tag, text = seen["tag_name"], finished(seen["body"])
    is_draft = seen["draft"] or is_unfinished(seen["body"])
    if not is_draft and contract_of(f"{seen['name']}\n{text}") is not None:
        is_draft, text = True, marked("", tag)
    return ForgeRelease(
        str(seen["id"]),
        tag,
        text,
        is_draft=is_draft,
        url=seen["html_url"],
        assets=tuple(_gitea_asset(asset) for asset in seen["assets"]),
    )


def _gitea_asset(seen: dict[str, Any]) -> StoredAsset:
    url = seen["browser_download_url"]
    return StoredAsset(str(seen["id"]), seen["name"], seen["size"], "", is_complete=True, url=url)
