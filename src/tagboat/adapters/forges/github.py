"""GitHub and GitHub Enterprise Server, through PyGithub.

The bytes of assets go through our own session: PyGithub uploads without a timeout and keeps
downloads in memory. https://docs.github.com/en/rest/releases has the API; docs/forges.md says which
part of it is used.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

import requests
from github import Auth, Github
from github.GithubException import BadAttributeException, GithubException
from github.GitRelease import GitRelease
from github.GitReleaseAsset import GitReleaseAsset
from github.Issue import Issue
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)
from urllib3.util import Retry

from tagboat.adapters import http
from tagboat.adapters.clock import Budget
from tagboat.adapters.forges.access import TELL_RIGHTS, check_github
from tagboat.adapters.forges.draft_release import DraftReleaseForge
from tagboat.adapters.forges.errors import (
    ErrorAnswer,
    ErrorTranslator,
    ForgeRepository,
    MissingError,
    answer_of,
)
from tagboat.core.forge.detect import Home
from tagboat.core.forge.release import (
    Asset,
    ForgeRelease,
    Item,
    ReleaseDraft,
    StoredAsset,
    TextLimit,
    is_ours,
)

API = "https://api.github.com"
PERMISSION = "the permission 'Contents: write' (and 'Issues: write' for comments and labels)"
_PAUSE = 1
"""Seconds between two requests that change something."""
_BLOCK = 1 << 18
_LARGEST = 2 << 30
_ORPHAN = "untagged-"
"""How the name of a draft begins whose tag was deleted."""
_NAME = re.compile(r"(?![+@])[A-Za-z0-9_+@-]+(?:\.[A-Za-z0-9_+@-]+)*")
"""The names that GitHub keeps: it makes one full stop of others, and takes those at the ends off.

https://github.com/travis-ci/dpl/issues/821 lists what became of each character in 2018,
https://github.com/electron/forge/pull/1761 has `@`, which is kept, and runs of others.
"""


def forge_of(home: Home, token: http.TokenSource) -> DraftReleaseForge:
    """The releases of a repository; GitHub asks for a pause where it is the host."""
    pause = _PAUSE if home.is_cloud else 0
    return github(home.repository, token, home.api, seconds_between_writes=pause)


def github(
    repository: str,
    token: http.TokenSource,
    api: str = API,
    budget: Budget | None = None,
    seconds_between_writes: float = _PAUSE,
) -> DraftReleaseForge:
    """The releases of ``owner/name``.

    ``api`` is the address of the API: ``https://HOST/api/v3`` on an Enterprise Server. GitHub asks
    for a second between requests that change something.
    """
    spent = budget or Budget()
    place = ForgeRepository("GitHub", api.rstrip("/"), repository, PERMISSION)
    spent.seconds_between_writes = seconds_between_writes
    return DraftReleaseForge(GitHubApi(place, token, spent), spent)


class GitHubApi:
    """GitHub's API in the words of `drafting.Drafts`."""

    body_limit = TextLimit(125_000)
    most_assets = 1_000
    """https://docs.github.com/en/repositories/releasing-projects-on-github/about-releases"""
    is_alone = False

    def __init__(
        self,
        place: ForgeRepository,
        token: http.TokenSource,
        budget: Budget,
    ) -> None:
        self.place = place
        self._edge = ErrorTranslator(place, token)
        bearer = http.Bearer((place.api, _uploads(place.api)), token)
        self._session = http.session(bearer, budget)
        self._timeouts = budget.timeouts
        Requester.injectConnectionClasses(_PlainConnection, _Connection)
        self._upload_urls: dict[str, str] = {}
        """Where files of the releases that were seen go to."""
        retry = http.retries(budget)
        _adapter(retry).expect = self._expect
        client = Github(
            auth=_Asked(token) if token() else None,
            base_url=place.api,
            timeout=max(int(budget.timeouts.read), 1),
            user_agent=http.AGENT,
            per_page=100,
            retry=retry,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self._repository = client.get_repo(place.repository)

    def check_access(self, tag: str) -> None:
        """Ask for the repository, and whether the token may write to it."""
        with self._edge.asking(TELL_RIGHTS):
            check_github(self._edge, self._session, tag)

    def releases(self, tag: str) -> list[ForgeRelease]:
        """All releases of a tag, drafts among them; GitHub can only list all of every tag."""
        with self._asking("list the releases"):
            every = http.every_item(
                self._repository.get_releases(),
                f"the list of releases of {self.place}",
                self._timeouts,
            )
            names = (tag, _ORPHAN)
            found = [self._seen(one) for one in every if one.tag_name.startswith(names)]
            return [seen for seen in found if seen.tag == tag or is_ours(seen, tag)]

    def release(self, number: str) -> ForgeRelease:
        """One release, as it is now."""
        with self._asking("show the release"):
            return self._seen(self._release(number).complete())

    def looked_at(self, release: ForgeRelease) -> ForgeRelease:
        """One release, as it is now."""
        return self.release(release.id)

    def create(self, wanted: ReleaseDraft, text: str) -> ForgeRelease:
        """Make a draft of a tag that is there.

        Its commit is not named: GitHub needs none where there is a tag, and asks for the
        permission ``workflows`` where the commit that is named changes a workflow.
        """
        with self._asking("make a draft"):
            made = self._repository.create_git_release(
                wanted.tag,
                wanted.title,
                text,
                draft=True,
                prerelease=wanted.is_prerelease,
                make_latest="false",
            )
            return self._seen(made)

    def delete(self, release: ForgeRelease) -> None:
        """Delete a draft."""
        with self._unless_gone("delete a draft"):
            self._release(release.id).delete_release()

    def make_public(self, release: ForgeRelease, wanted: ReleaseDraft, text: str) -> None:
        """Publish a draft."""
        is_latest = wanted.is_latest and not wanted.is_prerelease
        with self._asking("publish the release"):
            self._release(release.id).update_release(
                wanted.title,
                text,
                draft=False,
                prerelease=wanted.is_prerelease,
                tag_name=wanted.tag,
                make_latest="true" if is_latest else "false",
            )

    def latest(self) -> str:
        """The tag of the latest release."""
        try:
            with self._asking("show the latest release"):
                # PyGithub 2.9 reads tag_name off the address that it has not asked yet.
                tag: str = self._repository.get_latest_release().raw_data["tag_name"]
                return tag
        except MissingError:
            return ""

    def show_latest(self, release: ForgeRelease) -> None:
        """Make a public release the latest, and change nothing else of it."""
        url = f"{self.place.api}/repos/{self.place.repository}/releases/{release.id}"
        with self._asking("make the release the latest"):
            # PyGithub can't leave title and text alone.
            answer = self._session.patch(url, json={"make_latest": "true"})
            self._edge.check("make the release the latest", answer)

    def fault(self, asset: Asset) -> str:
        """Why GitHub would refuse or rename a file."""
        if asset.size >= _LARGEST:
            return f"the asset {asset.name!r} has {asset.size} bytes: GitHub takes less than 2 GiB"
        if asset.size == 0:
            return f"the asset {asset.name!r} is empty: GitHub takes no empty files"
        if not _NAME.fullmatch(asset.name):
            return (
                f"GitHub would rename the asset {asset.name!r}: name it with ASCII letters, digits "
                "and . _ - + @ only, and no full stop at its ends or beside another"
            )
        return ""

    def attach(self, release: ForgeRelease, asset: Asset, stream: BinaryIO) -> StoredAsset:
        """Upload a file; the answer tells its size and digest."""
        doing = f"take the asset {asset.name}"
        with self._asking(doing):
            if release.id not in self._upload_urls:
                self.release(release.id)
            query = {"name": asset.name} | ({"label": asset.label} if asset.label else {})
            answer = self._session.post(
                f"{self._upload_urls[release.id]}?{urlencode(query)}",
                data=stream,
                headers={"Content-Type": asset.content_type},
            )
            seen = self._edge.value(doing, answer, dict)
            return _github_asset(GitReleaseAsset(self._repository.requester, {}, seen))

    def detach(self, release: ForgeRelease, stored: StoredAsset) -> None:  # noqa: ARG002 - other forges need it
        """Delete a file."""
        with self._unless_gone(f"delete the asset {stored.name}"):
            self._repository.get_release_asset(int(stored.id)).delete_asset()

    def content(self, stored: StoredAsset) -> Iterator[bytes]:
        """Download a file; where GitHub redirects to, the token does not go."""
        doing = f"give the asset {stored.name}"
        headers = {"Accept": "application/octet-stream"}
        with (
            self._asking(doing),
            self._session.get(stored.url, headers=headers, stream=True) as answer,
        ):
            self._edge.check(doing, answer)
            yield from answer.iter_content(_BLOCK)

    def has_tag(self, tag: str) -> bool:
        """Whether the repository has a git tag."""
        try:
            with self._asking("show the tag"):
                self._repository.get_git_ref(f"tags/{tag}").complete()
        except MissingError:
            return False
        return True

    def comments(self, item: Item) -> list[tuple[str, str]]:
        """The comments of an issue or pull request; GitHub numbers them together."""
        with self._asking("list the comments"):
            every = http.every_item(
                self._issue(item).get_comments(),
                f"the list of comments on #{item.number}",
                self._timeouts,
            )
            return [(str(seen.id), seen.body or "") for seen in every]

    def say(self, item: Item, text: str) -> None:
        """Add a comment."""
        with self._asking("add a comment"):
            self._issue(item).create_comment(text)

    def unsay(self, item: Item, comment: str) -> None:
        """Delete a comment."""
        with self._unless_gone("delete a comment"):
            self._issue(item).get_comment(int(comment)).delete()

    def put_label(self, item: Item, label: str) -> None:
        """Add a label; GitHub makes it where the repository has none of that name."""
        url = f"{self.place.api}/repos/{self.place.repository}/issues/{item.number}/labels"
        with self._asking("add a label"):
            # PyGithub sends a bare list, which the API's description does not have.
            self._edge.check("add a label", self._session.post(url, json={"labels": [label]}))

    def _expect(self, response: requests.Response) -> None:
        """Refuse what is no answer of the API; PyGithub follows one kind of redirect."""
        if response.is_redirect and response.status_code != HTTPStatus.MOVED_PERMANENTLY:
            raise self._edge.strange("answer", response.url, "a redirect")
        self._edge.expect_json(response)

    def _release(self, number: str) -> GitRelease:
        return self._repository.get_release(int(number))

    def _seen(self, seen: GitRelease) -> ForgeRelease:
        self._upload_urls[str(seen.id)] = seen.upload_url.partition("{")[0]
        return ForgeRelease(
            str(seen.id),
            seen.tag_name,
            seen.body or "",
            is_draft=seen.draft,
            url=seen.html_url,
            assets=tuple(_github_asset(asset) for asset in seen.assets),
        )

    def _issue(self, item: Item) -> Issue:
        return self._repository.get_issue(item.number)

    @contextmanager
    def _unless_gone(self, doing: str) -> Iterator[None]:
        with self._edge.unless_gone(), self._asking(doing):
            yield

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Turn what PyGithub and requests raise into errors of `answers`."""
        try:
            with self._edge.asking(doing):
                yield
        except GithubException as error:
            answer = answer_of(error.status, error.data, error.headers or {})
            raise self._edge.refused(doing, answer) from error
        except BadAttributeException as error:
            raise self._edge.odd(doing, error) from error
        except ValueError as error:  # half an answer is no JSON
            raise self._edge.silent(doing, error) from error
        except RuntimeError as error:  # PyGithub follows no redirect to another host
            moved, there = HTTPStatus.MOVED_PERMANENTLY, "another host"
            answer = ErrorAnswer(moved, str(error), elsewhere=there)
            raise self._edge.refused(doing, answer) from error


class _Connection(HTTPSRequestsConnectionClass):
    """PyGithub's connection with our time limits; the connections themselves are kept."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - PyGithub's
        super().__init__(*args, **options)
        self.session.mount("https://", _adapter(self.retry))

    def close(self) -> None:
        """Keep the connections, which are those of all requests of a budget."""


class _PlainConnection(HTTPRequestsConnectionClass):
    """The same without encryption."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - PyGithub's
        super().__init__(*args, **options)
        self.session.mount("http://", _adapter(self.retry))

    def close(self) -> None:
        """Keep the connections, too."""


def _adapter(retry: int | Retry) -> http.TimedAdapter:
    """The adapter of the budget that a retry is of."""
    if not isinstance(retry, http.PatientRetry):
        retry = http.retries(Budget())
    adapter = retry.budget.adapter
    if not isinstance(adapter, http.TimedAdapter):
        adapter = retry.budget.adapter = http.TimedAdapter(retry)
    return adapter


class _Asked(Auth.Auth):
    """Asks for the token at every request."""

    def __init__(self, token: http.TokenSource) -> None:
        self._token = token

    @property
    def token_type(self) -> str:
        return "Bearer"

    @property
    def token(self) -> str:
        return self._token()


def _uploads(api: str) -> str:
    """Where GitHub takes uploads: ``uploads.`` for ``api.``, else the API's own host."""
    host = urlsplit(api)
    return host._replace(netloc=re.sub(r"^api\.", "uploads.", host.netloc), path="").geturl()


def _github_asset(seen: GitReleaseAsset) -> StoredAsset:
    return StoredAsset(
        str(seen.id),
        seen.name,
        seen.size,
        (seen.digest or "").removeprefix("sha256:"),
        is_complete=seen.state == "uploaded",
        url=seen.url,
    )
