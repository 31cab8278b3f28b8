"""Forge kinds: the programs that host repositories, and everything that only one of them does.

Each is one entry of `FORGES`: what the configuration may name, where links lead, how a remote gives
it away, which variables are about it. Where it has releases, the adapter with its name makes them.
"""

from collections.abc import Mapping
from typing import NamedTuple


class LinkPaths(NamedTuple):
    """Where things stand below a repository's page; ``{}`` are their names, in order."""

    commit: str
    issue: str
    pull_request: str
    compare: str
    tag: str


class JobVariables(NamedTuple):
    """The variables in which a forge's own CI system tells a job about the forge.

    ``mark`` is set in every job. Where a forge sets what another one sets, it has one of ``only``
    besides. ``token`` holds a token of the job, and is no token of that name elsewhere.
    """

    mark: str = ""
    server: str = ""
    api: str = ""
    token: str = ""
    only: tuple[str, ...] = ()


class TokenLogin(NamedTuple):
    """How git gets in over HTTP: with the first token of ``tokens`` that is set, as ``user``.

    It is for the server whose address the variable ``server`` holds, else for ``usual``.
    """

    tokens: tuple[str, ...]
    server: str
    usual: str
    user: str


class ForgeKind(NamedTuple):
    """What is particular to one kind of forge.

    ``hosts`` are public servers; where the first part of a host's name is in ``labels``, that gives
    the kind away. ``ssh_hosts`` are other names of hosts, for ssh. ``aliases`` are other names that
    the configuration knows it by. ``tokens`` are the variables that may hold a token for its API,
    the first first; without any, nothing is released there. ``secrets`` hold tokens of other
    programs for it. ``api`` is the path of its API on its server; where hosts end with ``cloud``,
    and where they are ``hosts`` beside them, its API has a host of its own. ``has_groups``: the
    path of a repository may have more than two parts. ``has_merge_requests``: ``!12`` is one.
    ``has_gh``: ``GH-12`` is an issue. ``has_latest``: it can be told which release is the latest.
    """

    name: str
    hosts: tuple[str, ...]
    paths: LinkPaths
    labels: tuple[str, ...] = ()
    ssh_hosts: Mapping[str, str] = {}
    aliases: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    job: JobVariables = JobVariables()
    logins: tuple[TokenLogin, ...] = ()
    api: str = ""
    cloud: str = ""
    has_groups: bool = False
    has_merge_requests: bool = False
    has_gh: bool = False
    has_latest: bool = False


FORGES: Mapping[str, ForgeKind] = {
    "github": ForgeKind(
        name="GitHub",
        hosts=("github.com",),
        paths=LinkPaths(
            commit="/commit/{}",
            issue="/issues/{}",
            pull_request="/pull/{}",
            compare="/compare/{}...{}",
            tag="/releases/tag/{}",
        ),
        labels=("github",),
        ssh_hosts={"ssh.github.com": "github.com"},
        tokens=("GITHUB_TOKEN", "GH_TOKEN"),
        secrets=("GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN"),
        job=JobVariables("GITHUB_ACTIONS", "GITHUB_SERVER_URL", "GITHUB_API_URL"),
        logins=(
            TokenLogin(
                ("GH_TOKEN", "GITHUB_TOKEN"), "GITHUB_SERVER_URL", "https://github.com", "git"
            ),
        ),
        api="/api/v3",
        cloud=".ghe.com",
        has_gh=True,
        has_latest=True,
    ),
    "gitlab": ForgeKind(
        name="GitLab",
        hosts=("gitlab.com",),
        paths=LinkPaths(
            commit="/-/commit/{}",
            issue="/-/issues/{}",
            pull_request="/-/merge_requests/{}",
            compare="/-/compare/{}...{}",
            tag="/-/tags/{}",
        ),
        labels=("gitlab",),
        ssh_hosts={"altssh.gitlab.com": "gitlab.com"},
        tokens=("GITLAB_TOKEN",),
        secrets=("GL_TOKEN",),
        job=JobVariables("GITLAB_CI", "CI_SERVER_URL", "CI_API_V4_URL", "CI_JOB_TOKEN"),
        logins=(
            TokenLogin(("GITLAB_TOKEN",), "CI_SERVER_URL", "https://gitlab.com", "oauth2"),
            TokenLogin(("CI_JOB_TOKEN",), "CI_SERVER_URL", "", "gitlab-ci-token"),
        ),
        has_groups=True,
        has_merge_requests=True,
    ),
    "gitea": ForgeKind(
        name="Gitea",
        hosts=("gitea.com", "codeberg.org"),
        paths=LinkPaths(
            commit="/commit/{}",
            issue="/issues/{}",
            pull_request="/pulls/{}",
            compare="/compare/{}...{}",
            tag="/releases/tag/{}",
        ),
        labels=("gitea", "forgejo"),
        aliases=("forgejo",),
        tokens=("GITEA_TOKEN", "FORGEJO_TOKEN"),
        # Its jobs have what those of GitHub have.
        job=JobVariables(
            "GITHUB_ACTIONS",
            "GITHUB_SERVER_URL",
            "GITHUB_API_URL",
            "GITHUB_TOKEN",
            only=("GITEA_ACTIONS", "FORGEJO_ACTIONS"),
        ),
        # Any user will do.
        logins=(
            TokenLogin(("GITEA_TOKEN",), "GITEA_SERVER_URL", "https://gitea.com", "git"),
            TokenLogin(("FORGEJO_TOKEN",), "FORGEJO_SERVER_URL", "https://codeberg.org", "git"),
        ),
        api="/api/v1",
    ),
    "bitbucket": ForgeKind(
        name="Bitbucket",
        hosts=("bitbucket.org",),
        paths=LinkPaths(
            commit="/commits/{}",
            issue="/issues/{}",
            pull_request="/pull-requests/{}",
            compare="/branches/compare/{1}%0D{0}",
            tag="/src/{}",
        ),
        ssh_hosts={"altssh.bitbucket.org": "bitbucket.org"},
        logins=(TokenLogin(("BITBUCKET_TOKEN",), "", "https://bitbucket.org", "x-token-auth"),),
    ),
}

NAMES = (*FORGES, *(alias for forge in FORGES.values() for alias in forge.aliases))
"""What the configuration calls the kinds."""
LOGINS = tuple(login for forge in FORGES.values() for login in forge.logins)
TOKENS = frozenset(
    name
    for forge in FORGES.values()
    for names in (forge.tokens, forge.secrets, *(login.tokens for login in forge.logins))
    for name in names
)
"""The variables in which tokens for forges stand."""


def kind_of(name: str) -> str:
    """The kind that a name in the configuration means; a name that is none stays as it is."""
    return next((kind for kind, forge in FORGES.items() if name in forge.aliases), name)


def kind_at(host: str) -> str:
    """The kind that a host's name gives away, or an empty text."""
    label = host.partition(".")[0]
    known = (kind for kind, forge in FORGES.items() if host in forge.hosts)
    alike = (kind for kind, forge in FORGES.items() if label in forge.labels)
    return next(known, "") or next(alike, "")
