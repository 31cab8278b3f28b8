"""GitLab, through python-gitlab.

GitLab has no drafts. What stands for one is the generic package that holds a release's files: it is
filled first, and the release, with links to the files, is made at the moment of publishing, in one
request. https://docs.gitlab.com/api/releases and https://docs.gitlab.com/user/packages have the
API; docs/forges.md says which part of it is used.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, count
from types import SimpleNamespace
from typing import Any, BinaryIO
from urllib.parse import quote

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError
from gitlab.v4.objects import ProjectIssue, ProjectMergeRequest, ProjectRelease

from tagboat.adapters import http
from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.forges.access import TELL_RIGHTS, check_gitlab
from tagboat.adapters.forges.draft_release import DraftReleaseForge
from tagboat.adapters.forges.errors import (
    DeniedError,
    ErrorAnswer,
    ErrorTranslator,
    ForgeRepository,
    MissingError,
)
from tagboat.core.forge.detect import Home
from tagboat.core.forge.kinds import FORGES
from tagboat.core.forge.release import (
    Asset,
    ForgeRelease,
    Item,
    ReleaseDraft,
    StoredAsset,
    TextLimit,
    marked,
)

URL = "https://gitlab.com"
PERMISSION = "the scope 'api' and the role Developer, or Maintainer where tags are protected"
_BLOCK = 1 << 18
_LONGEST_PATH, _LONGEST_NAME = 128, 255
_PATH = re.compile(r"/[^/](?!.*//.*)[-.\w/]+[A-Za-z0-9]+")
"""The paths of links: FILEPATH_REGEX and its length in app/models/releases/link.rb of GitLab."""
_FILE_NAME = re.compile(r"[A-Za-z0-9._+-]+")


def forge_of(home: Home, token: http.TokenSource) -> DraftReleaseForge:
    """The releases of a project, with the one token that its home names."""
    is_job_token = home.tokens == (FORGES["gitlab"].job.token,)
    return gitlab(home.repository, token, home.api, is_job_token=is_job_token)


def gitlab(
    repository: str,
    token: http.TokenSource,
    url: str = URL,
    budget: Budget | None = None,
    *,
    is_job_token: bool = False,
) -> DraftReleaseForge:
    """The releases of ``group/project``; ``url`` is the server's address without ``/api/v4``.

    A job token (``CI_JOB_TOKEN``) can make releases and packages; comments and labels need another.
    """
    spent = budget or Budget()
    place = ForgeRepository("GitLab", url.rstrip("/"), repository, PERMISSION)
    name, pattern = ("JOB-TOKEN", "{}") if is_job_token else ("Authorization", "Bearer {}")
    bearer = http.Bearer((place.api,), token, name, pattern)
    session = http.session(bearer, spent)
    edge = ErrorTranslator(place, token)
    api = GitLabApi(edge, session, spent.timeouts, is_job_token=is_job_token)
    return DraftReleaseForge(api, spent)


class GitLabApi:
    """GitLab's API in the words of `drafting.Drafts`. A release's id is its tag."""

    body_limit = TextLimit(1_000_000)
    most_assets = 0
    is_alone = True

    def __init__(
        self,
        edge: ErrorTranslator,
        session: requests.Session,
        timeouts: Timeouts,
        *,
        is_job_token: bool,
    ) -> None:
        self.place = edge.place
        self._is_job_token = is_job_token
        self._edge = edge
        self._session = session
        self._timeouts = timeouts
        self._wait: float | None = None
        session.hooks["response"].append(self._note_wait)
        session.hooks["response"].append(self._expect_json)
        client = _Client(self.place.api, session=session, keep_base_url=True, per_page=100)
        self._path = f"projects/{quote(self.place.repository, safe='')}"
        self._project = client.projects.get(self.place.repository, lazy=True)
        self._package = _clean(self.place.repository.rpartition("/")[2])

    def check_access(self, tag: str) -> None:
        """Ask for the project, and whether the token and its user may write to it.

        A job token may not ask for any of that, and runs with the rights of a person who was let
        run the pipeline.
        """
        if not self._is_job_token:
            with self._edge.asking(TELL_RIGHTS):
                check_gitlab(self._edge, self._session, tag)

    def releases(self, tag: str) -> list[ForgeRelease]:
        """The release of a tag, or what stands for its draft once there is a package."""
        seen = self._public(tag)
        if seen is not None:
            return [seen]
        files = self._files(tag)
        return [self._draft(tag, files)] if files else []

    def release(self, number: str) -> ForgeRelease:
        """One release, or what stands for its draft."""
        return self._public(number) or self._draft(number, self._files(number))

    def looked_at(self, release: ForgeRelease) -> ForgeRelease:
        """The release, if it is public by now."""
        return self._public(release.id) or release

    def create(self, wanted: ReleaseDraft, text: str) -> ForgeRelease:
        """Say what stands for a draft; there is nothing to make before the first file."""
        return ForgeRelease(wanted.tag, wanted.tag, text, is_draft=True)

    def delete(self, release: ForgeRelease) -> None:
        """Do nothing: the package of a draft is the package of the release."""

    def make_public(self, release: ForgeRelease, wanted: ReleaseDraft, text: str) -> None:
        """Make the release with its links. Without ``ref`` GitLab never makes the tag.

        GitLab has no prereleases, and shows the newest release as the latest.
        """
        names = [asset.name for asset in wanted.assets]
        urls = {stored.name: stored.url for stored in release.assets if stored.name in names}
        links = _links(wanted.assets, urls)
        given = {"tag_name": wanted.tag, "name": wanted.title, "description": text}
        with self._asking("publish the release"):
            self._project.releases.create(given | {"assets": {"links": links}})

    def latest(self) -> None:
        """Nothing: GitLab chooses it by the date of releases."""

    def show_latest(self, release: ForgeRelease) -> None:
        """Nothing, for the same reason."""

    def fault(self, asset: Asset) -> str:
        """Why GitLab would refuse a file."""
        if _FILE_NAME.fullmatch(asset.name):
            return ""
        return (
            f"GitLab takes no asset of the name {asset.name!r}: name it with ASCII letters, digits "
            "and . _ - + only"
        )

    def attach(self, release: ForgeRelease, asset: Asset, stream: BinaryIO) -> StoredAsset:
        """Upload a file into the package; asked to, GitLab answers with its size and digest."""
        version = _clean(release.tag)
        with self._asking(f"take the asset {asset.name}"):
            made = self._project.generic_packages.upload(
                self._package, version, asset.name, data=stream, select="package_file"
            )
        return self._stored(made.attributes.get("package_id"), _uploaded_file(made, asset), version)

    def detach(self, release: ForgeRelease, stored: StoredAsset) -> None:  # noqa: ARG002 - other forges need it
        """Delete a file of the package, if the token may; a newer one is in its place anyway.

        Developers publish packages, and Maintainers delete of them.
        """
        package, _, number = stored.id.partition("/")
        files = self._project.packages.get(int(package), lazy=True).package_files
        try:
            with self._edge.unless_gone(), self._asking(f"delete the asset {stored.name}"):
                files.delete(int(number))
        except DeniedError:
            return

    def content(self, stored: StoredAsset) -> Iterator[bytes]:
        """Download a file."""
        doing = f"give the asset {stored.name}"
        with self._edge.asking(doing), self._session.get(stored.url, stream=True) as answer:
            self._edge.check(doing, answer)
            yield from answer.iter_content(_BLOCK)

    def has_tag(self, tag: str) -> bool:
        """Whether the project has a git tag.

        Job tokens may list tags and not get one: https://docs.gitlab.com/ci/jobs/ci_job_token
        """
        with self._asking("list the tags"):
            tags = self._project.tags.list(iterator=True, search=f"^{tag}")
            every = http.every_item(tags, f"the list of tags of {self.place}", self._timeouts)
            return any(seen.name == tag for seen in every)

    def comments(self, item: Item) -> list[tuple[str, str]]:
        """The comments of an issue or merge request."""
        with self._asking("list the comments"):
            notes = self._item(item).notes.list(iterator=True, sort="asc", order_by="created_at")
            every = http.every_item(
                notes, f"the list of comments on #{item.number}", self._timeouts
            )
            return [(str(note.id), note.body) for note in every if not note.system]

    def say(self, item: Item, text: str) -> None:
        """Add a comment."""
        with self._asking("add a comment"):
            self._item(item).notes.create({"body": text})

    def unsay(self, item: Item, comment: str) -> None:
        """Delete a comment."""
        with self._edge.unless_gone(), self._asking("delete a comment"):
            self._item(item).notes.delete(int(comment))

    def put_label(self, item: Item, label: str) -> None:
        """Add a label; GitLab makes it where the project has none of that name."""
        self._check_talking()
        is_issue = item.kind == "issue"
        manager = self._project.issues if is_issue else self._project.mergerequests
        with self._asking("add a label"):
            manager.update(item.number, {"add_labels": label})

    def _public(self, tag: str) -> ForgeRelease | None:
        try:
            with self._asking("show the release"):
                seen = self._project.releases.get(tag)
        except MissingError:
            return None
        if "assets" not in seen.attributes:
            url = f"{self.place.api}/api/v4/{self._path}/releases"
            raise self._edge.strange("show the release", url, "something else")
        with self._asking("show the release"):
            urls = {link["url"] for link in seen.assets["links"]}
            files = tuple(stored for stored in self._files(tag) if stored.url in urls)
            return _gitlab_release(seen, tag, files)

    def _draft(self, tag: str, files: tuple[StoredAsset, ...]) -> ForgeRelease:
        """A package is ours by its name, so what stands for the draft carries our marker."""
        return ForgeRelease(tag, tag, marked("", tag), is_draft=True, assets=files)

    def _files(self, tag: str) -> tuple[StoredAsset, ...]:
        """The files of a release's package; GitLab searches for parts of names.

        Of those with one name the newest counts, as that is the one that GitLab gives.
        """
        version = _clean(tag)
        with self._asking("list the packages"):
            packages = self._project.packages.list(
                iterator=True, package_type="generic", package_name=self._package
            )
            found = (
                self._stored(package.id, file, version)
                for package in http.every_item(
                    packages, f"the list of packages of {self.place}", self._timeouts
                )
                if package.name == self._package and package.version == version
                for file in http.every_item(
                    package.package_files.list(iterator=True),
                    f"the list of files of {version}",
                    self._timeouts,
                )
            )
            newest = {one.name: one for one in sorted(found, key=_uploaded_as)}
        return tuple(newest.values())

    def _stored(self, package: Any, file: Any, version: str) -> StoredAsset:  # noqa: ANN401 - python-gitlab's
        path = f"packages/generic/{self._package}/{version}/{file.file_name}"
        url = f"{self.place.api}/api/v4/{self._path}/{path}"
        number = f"{package}/{file.id}"
        digest = file.file_sha256 or ""
        return StoredAsset(number, file.file_name, file.size, digest, is_complete=True, url=url)

    def _check_talking(self) -> None:
        """Raise DeniedError for a job token: https://docs.gitlab.com/ci/jobs/ci_job_token."""
        if self._is_job_token:
            said = f"{self.place} takes no comment and no label from a job token"
            raise DeniedError(said, f"give another one in GITLAB_TOKEN: it needs {PERMISSION}")

    def _item(self, item: Item) -> ProjectIssue | ProjectMergeRequest:
        self._check_talking()
        if item.kind == "issue":
            return self._project.issues.get(item.number, lazy=True)
        return self._project.mergerequests.get(item.number, lazy=True)

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Turn what python-gitlab and requests raise into errors of `answers`."""
        try:
            with self._edge.asking(doing):
                yield
        except GitlabError as error:
            answer = ErrorAnswer(
                error.response_code or 0, _said(error.error_message), wait=self._wait
            )
            raise self._edge.refused(doing, answer) from error

    def _expect_json(self, response: requests.Response, **_: object) -> None:
        """Refuse what is no answer of the API, unless it is a file."""
        is_file = response.request.method == "GET" and "/packages/generic/" in response.url
        if not is_file:
            self._edge.expect_json(response)

    def _note_wait(self, response: requests.Response, **_: object) -> None:
        """Keep how long the server asks to wait: python-gitlab's errors have no headers."""
        self._wait = http.pause(response.status_code, response.headers)


class _Client(Gitlab):
    """python-gitlab without pauses of its own: those of the session have a budget."""

    def http_request(self, verb: str, path: str, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - python-gitlab's signature
        """One request."""
        return super().http_request(verb, path, *args, **options | {"obey_rate_limit": False})


def _said(told: object) -> str:
    """What GitLab said; python-gitlab passes on bytes, lists and objects as they came."""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def _uploaded_file(made: Any, asset: Asset) -> SimpleNamespace:  # noqa: ANN401 - python-gitlab's
    """What the answer to an upload says; its size stands in some only for the digest's sake.

    A server without digests, or one that answers without them, is read back.
    """
    told = made.attributes
    digest = told.get("file_sha256")
    size = told.get("size", 0) if digest and digest != asset.sha256 else asset.size
    return SimpleNamespace(id=told.get("id"), file_name=asset.name, file_sha256=digest, size=size)


def _gitlab_release(seen: ProjectRelease, tag: str, files: tuple[StoredAsset, ...]) -> ForgeRelease:
    url = seen.attributes.get("_links", {}).get("self", "")
    return ForgeRelease(tag, tag, seen.description or "", is_draft=False, url=url, assets=files)


def _links(assets: Sequence[Asset], urls: Mapping[str, str]) -> list[dict[str, str]]:
    """The links of a release to its files: GitLab takes each name and each path once.

    A name that is no path there, as one with a plus sign, gets the nearest one, if that is free.
    """
    paths = Counter(_path(asset.name) for asset in assets)
    links = []
    for asset, name in zip(assets, _link_names(assets), strict=True):
        path = _path(asset.name)
        link = {
            "name": name,
            "url": urls[asset.name],
            "link_type": "package",
        }
        if _PATH.fullmatch(path) and len(path) <= _LONGEST_PATH and paths[path] == 1:
            link["direct_asset_path"] = path
        links.append(link)
    return links


def _link_names(assets: Sequence[Asset]) -> list[str]:
    """What links are called: by their labels, with the file's name where several have one label."""
    titles = [(asset.label.strip() or asset.name)[:_LONGEST_NAME] for asset in assets]
    counts = Counter(titles)
    taken = {title for title in titles if counts[title] == 1}
    names = []
    for asset, title in zip(assets, titles, strict=True):
        told = (f" ({asset.name}{more})" for more in chain([""], map(", {}".format, count(2))))
        longer = (title[: _LONGEST_NAME - len(more)] + more for more in told)
        names.append(
            title if counts[title] == 1 else next(one for one in longer if one not in taken)
        )
        taken.add(names[-1])
    return names


def _path(name: str) -> str:
    """Where a file can be had from a release."""
    return f"/{re.sub(r'[^A-Za-z0-9_.-]', '-', name)}"


def _uploaded_as(stored: StoredAsset) -> int:
    """When a file was uploaded, among those of its project."""
    return int(stored.id.rpartition("/")[2])


def _clean(name: str) -> str:
    """A name or version as packages may have it."""
    return re.sub(r"[^A-Za-z0-9._+-]", "-", name).strip(".")
