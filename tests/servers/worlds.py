"""Each forge in the terms that tests of all forges share, and the release they all make."""

import hashlib
import io
from collections.abc import Callable, MutableMapping
from typing import BinaryIO, NamedTuple, Protocol

from tagboat.adapters.clock import Budget
from tagboat.adapters.forges.gitea import gitea
from tagboat.adapters.forges.github import github
from tagboat.adapters.forges.gitlab import gitlab
from tagboat.core.forge.release import Asset, Item, ReleaseDraft, ReleaseState
from tagboat.ports.forge import Forge
from tests.servers import gitea as gitea_server
from tests.servers import github as github_server
from tests.servers import gitlab as gitlab_server
from tests.servers.front import App

ISSUE = Item("issue", 7)
TAG = "v1.2.3"
CONTENTS = {
    "app-1.2.3.tar.gz": bytes(range(256)) * 40,
    "plan.json": b'{"version": "1.2.3"}\n',
}


def asset(name: str, content_type: str, label: str = "") -> Asset:
    """One of the files above, described."""
    content = CONTENTS[name]
    return Asset(name, len(content), hashlib.sha256(content).hexdigest(), content_type, label)


ARCHIVE = asset("app-1.2.3.tar.gz", "application/gzip", "Source, built")
WANTED = ReleaseDraft(
    TAG,
    "c0ffee" * 6 + "c0ff",
    "App 1.2.3",
    "### Features\n\n- it floats\n",
    (ARCHIVE, asset("plan.json", "application/json")),
)


def opening(name: str) -> Callable[[], BinaryIO]:
    """Opens one of the files above, each time it is called."""
    return lambda: io.BytesIO(CONTENTS[name])


class Server(App, Protocol):
    """What every one of the servers shows."""

    publications: list[str]
    tags: MutableMapping[str, str]
    is_public: bool

    def result(self) -> dict[str, object]:
        """What a visitor sees, without ids."""
        ...

    def latest_tag(self) -> str:
        """The tag of the release that a visitor finds as the latest, empty where there is none."""
        ...

    def fill(self, count: int) -> None:
        """Make releases of other tags, drafts where there are any."""
        ...


class World(NamedTuple):
    """A forge: its server's class, and which requests do what, as patterns of ``METHOD path``."""

    name: str
    server: type[Server]
    token: str
    create: str
    upload: str
    publish: str
    comment: str
    label: str

    def forge(self, url: str, budget: Budget | None = None, token: str | None = None) -> Forge:
        """Our adapter for it; waits for two seconds at most, in short pauses."""
        spent = budget or Budget(2, first_pause=0.02)
        return MAKERS[self.name](url, spent, token or self.token)


def _github(url: str, budget: Budget, token: str) -> Forge:
    return github(github_server.REPOSITORY, lambda: token, url, budget, seconds_between_writes=0)


def _gitea(url: str, budget: Budget, token: str) -> Forge:
    return gitea(gitea_server.REPOSITORY, lambda: token, f"{url}/api/v1", budget)


def _gitlab(url: str, budget: Budget, token: str) -> Forge:
    return gitlab(gitlab_server.PROJECT, lambda: token, url, budget)


MAKERS = {"github": _github, "gitea": _gitea, "gitlab": _gitlab}

GITHUB = World(
    "github",
    github_server.GitHub,
    github_server.TOKEN,
    create=r"^POST .*/releases$",
    upload=r"^POST .*/assets$",
    publish=r"^PATCH .*/releases/\d+$",
    comment=r"^POST .*/comments$",
    label=r"^POST .*/labels$",
)
GITEA = World(
    "gitea",
    gitea_server.Gitea,
    gitea_server.TOKEN,
    create=r"^POST .*/releases$",
    upload=r"^POST .*/assets$",
    publish=r"^PATCH .*/releases/\d+$",
    comment=r"^POST .*/comments$",
    label=r"^POST .*/issues/\d+/labels$",
)
GITLAB = World(
    "gitlab",
    gitlab_server.GitLab,
    gitlab_server.TOKEN,
    create="nothing is sent for a draft",
    upload=r"^PUT .*/packages/generic/",
    publish=r"^POST .*/releases$",
    comment=r"^POST .*/notes$",
    label=r"^PUT .*/issues/\d+$",
)
WORLDS = {remote_state.name: remote_state for remote_state in (GITHUB, GITEA, GITLAB)}


def release(forge: Forge) -> ReleaseState:
    """A whole release, as the steps do it."""
    drafted = forge.draft(WANTED)
    assert drafted.release is not None
    for one in WANTED.assets:
        forge.upload(drafted.release, one, opening(one.name))
    published = forge.publish(drafted.release, WANTED)
    forge.comment(ISSUE, "Released in 1.2.3.", TAG)
    forge.label(ISSUE, "released")
    return published
