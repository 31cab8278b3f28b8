"""What forges refuse, as the servers of the tests do it, each with the words that tell of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from tests.servers.gitea import Gitea
from tests.servers.gitlab import DEVELOPER, MAINTAINER


class Refusal(NamedTuple):
    """One state of a forge in which it refuses a release.

    ``begin`` makes it so on the server, and ``end`` takes back what attributes don't hold. ``said``
    and ``hint`` are words of the error and of what helps, ``code`` is how the run ends.
    """

    forge: str
    name: str
    begin: Callable[[Any], object]
    said: str
    hint: str
    end: Callable[[Any], object] = lambda _: None
    code: int = 1


def _set(**values: object) -> Callable[[Any], object]:
    return lambda server: vars(server).update(values)


_CONTENTS = "the token needs the permission 'Contents: write'"
_API = "the token needs the scope 'api' and the role Developer"
_SCOPE = "the token needs the scope 'write:repository'"
_SETTINGS = "change that in its settings, or set forge.release = false"
_ADDRESS = "give the new address to the remote with `git remote set-url`, or to forge.url"

REFUSALS = (
    Refusal(
        "github",
        "a token of Actions that may read",
        _set(may_write=False),
        "may not make a release on GitHub (acme/app): Resource not accessible by integration (403)",
        _CONTENTS,
    ),
    Refusal(
        "github",
        "a person who may read",
        _set(may_write=False, scopes="repo, workflow"),
        "its user may read the repository, and not push to it",
        _CONTENTS,
    ),
    Refusal(
        "github",
        "a classic token without the scope",
        _set(scopes="read:org, gist"),
        "its scopes are read:org, gist",
        _CONTENTS,
    ),
    Refusal(
        "github",
        "a classic token without any scope",
        # A header without a value: docs.github.com/en/apps/oauth-apps/building-oauth-apps/
        # scopes-for-oauth-apps, "(no scope)"; writing is answered with 404.
        _set(scopes=" "),
        "it has no scopes",
        _CONTENTS,
    ),
    Refusal(
        "github",
        "a classic token for public repositories",
        _set(scopes="public_repo", is_private=True),
        "its scopes are public_repo",
        _CONTENTS,
    ),
    Refusal(
        "github",
        "a token that an organisation has not let in",
        _set(needs_sso=True),
        "Resource protected by organization SAML enforcement",
        "authorise the token for the organisation at https://github.com/orgs/acme/sso",
    ),
    Refusal("github", "archived", _set(is_archived=True), "it is archived", _SETTINGS),
    Refusal(
        "github", "renamed", _set(name="acme/boat"), "(acme/app) is called acme/boat now", _ADDRESS
    ),
    Refusal(
        "gitlab",
        "a person who may read",
        _set(role=20),
        "its user is no Developer of the project",
        _API,
    ),
    Refusal(
        "gitlab",
        "an invited group that may read",
        _set(role=20, is_invited=True),
        "its user is no Developer of the project",
        _API,
    ),
    Refusal(
        "gitlab", "a token that may read", _set(scopes=["read_api"]), "scopes are read_api", _API
    ),
    Refusal(
        "gitlab",
        "a token for git alone",
        _set(scopes=["read_repository", "write_repository"]),
        "The request requires higher privileges than provided by the access token. (403)",
        _API,
    ),
    Refusal(
        "gitlab",
        "a protected tag",
        _set(role=DEVELOPER, protected={"v*": MAINTAINER}),
        "the tag v0.1.0 is protected by the rule 'v*'",
        "Maintainer where tags are protected",
    ),
    Refusal("gitlab", "archived", _set(is_archived=True), "it is archived", _SETTINGS),
    Refusal(
        "gitlab",
        "without releases",
        _set(turned_off={"releases"}),
        "its releases are turned off",
        _SETTINGS,
    ),
    Refusal(
        "gitlab",
        "without packages",
        _set(turned_off={"package_registry"}),
        "its packages are turned off",
        _SETTINGS,
    ),
    Refusal(
        "gitlab",
        "without packages, as older servers tell it",
        _set(turned_off={"package_registry"}, tells_levels=False),
        "its packages are turned off",
        _SETTINGS,
    ),
    Refusal(
        "gitlab", "renamed", _set(name="acme/boat"), "(acme/app) is called acme/boat now", _ADDRESS
    ),
    Refusal(
        "gitea",
        "a person who may read",
        _set(may_write=False),
        "its user may read the repository, and not write to it",
        _SCOPE,
    ),
    Refusal(
        "gitea",
        "a token that may read",
        _set(scope="read:repository"),
        "required scope(s): [write:repository] (403)",
        _SCOPE,
    ),
    Refusal(
        "gitea",
        "a token for issues alone",
        _set(scope="write:issue"),
        "required scope(s): [read:repository] (403)",
        _SCOPE,
    ),
    Refusal(
        "gitea",
        "a team that may write code, and no releases",
        _set(may_release=False),
        "user should have a permission to write to a repo (403)",
        _SCOPE,
    ),
    Refusal("gitea", "archived", _set(is_archived=True), "it is archived", _SETTINGS),
    Refusal(
        "gitea",
        "without releases",
        _set(has_releases=False),
        "its releases are turned off",
        _SETTINGS,
    ),
    Refusal(
        "gitea",
        "without attachments",
        _set(has_attachments=False),
        "its server takes no attachments",
        _SETTINGS,
    ),
    Refusal(
        "gitea",
        "a person's draft",
        lambda server: server.add_draft("v0.1.0"),
        "has a draft v0.1.0 that tagboat did not make",
        "delete that draft, or give it another tag",
        lambda server: server.delete_drafts(),
        4,
    ),
    *(
        Refusal(
            "gitea",
            f"a person's {what} in another case",
            partial(Gitea.add_draft, tag="V0.1.0", draft=draft),
            f"has a {what} V0.1.0 that tagboat did not make",
            "delete it with its tag, or release another version: V0.1.0 and v0.1.0 are one there",
            lambda server: server.delete_drafts(),
            4,
        )
        for what, draft in (("draft", True), ("release", False))
    ),
    Refusal(
        "gitea", "renamed", _set(name="acme/boat"), "(acme/app) is called acme/boat now", _ADDRESS
    ),
)
