"""What a forge tells before anything is public: what a token may do, and who wrote commits.

Nothing is written. What a forge does not tell is left to the moment of writing.
"""

import os
import re
import time
from collections.abc import Mapping
from fnmatch import fnmatchcase
from hashlib import sha256
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import requests

from tagboat.adapters import http
from tagboat.adapters.clock import Budget
from tagboat.adapters.forges.errors import (
    ErrorTranslator,
    ForgeRepository,
    UnsettledError,
    answer_text,
    is_limited,
)
from tagboat.adapters.repository_files import keep_for_later
from tagboat.core.errors import OutsideError
from tagboat.core.forge.detect import Home

TELL_RIGHTS = "tell what the token may do"
_TELL_LIMITS = "tell how large a file may be"
_HELD_TO_MAX_SIZE = re.compile(r"1\.25\.\d+")
"""From go-gitea/gitea#35519 until #36697."""
_DEVELOPER, _ADMIN, _NOBODY = 30, 60, 99
"""Roles: https://docs.gitlab.com/api/access_requests#valid-access-levels"""
_PAGE, _MOST_PAGES = 100, 100


def check_github(edge: ErrorTranslator, session: requests.Session, tag: str) -> None:
    """Ask GitHub for the repository, and whether the token may write. Raises OutsideError.

    What ``permissions`` says is true of people and their classic tokens, whose scopes a header
    tells. Tokens of Actions and of Apps have ``push`` false or nothing there, and fine-grained
    tokens may do less than their user: for them, and for those without any scope, which Apps' may
    be too, GitHub is asked for notes that it doesn't keep: they take the permission of a release.
    https://docs.github.com/en/rest/releases/releases#generate-release-notes-content-for-a-release
    """
    url = f"{edge.place.api}/repos/{edge.place.repository}"
    with edge.asking(TELL_RIGHTS):
        answer = session.get(url)
        seen = edge.repository(TELL_RIGHTS, answer, "full_name")
    if seen.get("archived"):
        raise edge.closed("it is archived")
    may_push = (seen.get("permissions") or {}).get("push")
    scopes = answer.headers.get("X-OAuth-Scopes", "").strip()
    if not scopes:
        given = {"tag_name": tag, "target_commitish": seen.get("default_branch")}
        is_told = _ask_for_notes(edge, session, given, may_push=may_push)
        if not is_told and "X-OAuth-Scopes" in answer.headers:
            raise edge.denied("it has no scopes")
        return
    needed = {"repo"} if seen.get("private") else {"repo", "public_repo"}
    if not needed & set(scopes.replace(",", " ").split()):
        raise edge.denied(f"its scopes are {scopes}")
    if may_push is False:
        raise edge.denied("its user may read the repository, and not push to it")


def _ask_for_notes(
    edge: ErrorTranslator, session: requests.Session, given: object, *, may_push: bool | None
) -> bool:
    """Raise OutsideError where notes of a release may not be written by the token.

    False where they are not there for it. Older Enterprise Servers write no notes: what they said
    before holds then, unless it is the token of an App, which is told by what it may list.
    """
    api, repository = edge.place.api, edge.place.repository
    with edge.asking(TELL_RIGHTS):
        answer = session.post(f"{api}/repos/{repository}/releases/generate-notes", json=given)
        told = edge.answer(answer)
        if answer.status_code == HTTPStatus.FORBIDDEN and not is_limited(told):
            raise edge.denied(answer_text(told))
        if answer.status_code != HTTPStatus.NOT_FOUND or may_push is not False:
            return answer.status_code != HTTPStatus.NOT_FOUND
        is_app = session.get(f"{api}/installation/repositories", params={"per_page": 1}).ok
    if not is_app:
        raise edge.denied("its user may read the repository, and not push to it")
    return True


def check_gitea(edge: ErrorTranslator, session: requests.Session) -> None:
    """Ask Gitea for the repository, and whether its user and the token may write.

    No address tells the scopes of a token. The change of a release that can't be there is refused
    with 403 without the scope, and with 404 with it: both are looked at before the release is, in
    routers/api/v1/api.go. Raises OutsideError.
    """
    url = f"{edge.place.api}/repos/{edge.place.repository}"
    with edge.asking(TELL_RIGHTS):
        seen = edge.repository(TELL_RIGHTS, session.get(url), "full_name")
    if seen.get("archived"):
        raise edge.closed("it is archived")
    if seen.get("has_releases") is False:
        raise edge.closed("its releases are turned off")
    if (seen.get("permissions") or {}).get("push") is False:
        raise edge.denied("its user may read the repository, and not write to it")
    with edge.asking(TELL_RIGHTS):
        settings = session.get(f"{edge.place.api}/settings/attachment")
        if settings.ok and edge.value(TELL_RIGHTS, settings, dict).get("enabled") is False:
            raise edge.closed("its server takes no attachments")
        answer = session.patch(f"{url}/releases/0", json={})
    if answer.status_code == HTTPStatus.FORBIDDEN:
        raise edge.denied(answer_text(edge.answer(answer)))


def largest_gitea_asset(edge: ErrorTranslator, session: requests.Session) -> int | None:
    """How many bytes a file of a release may have, where the server's settings tell that.

    They do for Gitea 1.25. Earlier ones hold only browsers to ``max_size``, later ones have a limit
    for releases apart, which no address tells, and Forgejo, whose versions are its own, is not
    known to hold to any; ``max_files`` is for browsers.
    """
    with edge.asking(_TELL_LIMITS):
        version = session.get(f"{edge.place.api}/version")
        told = edge.value(_TELL_LIMITS, version, dict).get("version") if version.ok else None
        if not _HELD_TO_MAX_SIZE.fullmatch(str(told)):
            return None
        settings = session.get(f"{edge.place.api}/settings/attachment")
        most = edge.value(_TELL_LIMITS, settings, dict).get("max_size") if settings.ok else None
    return most << 20 if isinstance(most, int) else None


def check_gitlab(edge: ErrorTranslator, session: requests.Session, tag: str) -> None:
    """Ask GitLab for the project, and what token and user may. Raises OutsideError."""
    project = _GitLabProject(edge, session)
    seen = project.seen()
    _check_gitlab_project(edge, seen)
    scopes = project.asked("personal_access_tokens/self", {}).get("scopes", ["api"])
    if not {"api", "granular"} & set(scopes):  # fine-grained tokens have the second alone
        raise edge.denied(f"its scopes are {', '.join(scopes)}")
    level = project.level(seen.get("permissions") or {})
    if level < _DEVELOPER:
        raise edge.denied("its user is no Developer of the project")
    rule = _protecting(project.protected_tags(), tag, level)
    if rule:
        raise edge.denied(
            f"the tag {tag} is protected by the rule {rule!r}, and the role of its user is too low "
            "for that"
        )


def _check_gitlab_project(edge: ErrorTranslator, seen: dict[str, Any]) -> None:
    """Raise OutsideError where nobody may release in a project."""
    if seen.get("archived"):
        raise edge.closed("it is archived")
    for what, told in (("releases", "releases are"), ("package_registry", "packages are")):
        if seen.get(f"{what}_access_level") == "disabled":
            raise edge.closed(f"its {told} turned off")
    if seen.get("packages_enabled") is False:  # as older servers tell it
        raise edge.closed("its packages are turned off")


_ONE_COMMIT = {
    "github": {"per_page": "1"},
    "gitea": {"limit": "1", "stat": "false", "verification": "false", "files": "false"},
}
"""How a list of commits is asked for that has the first alone, and of that no more than is needed.

https://docs.github.com/en/rest/commits/commits#list-commits, and GetAllCommits in
routers/api/v1/repo/commits.go of Gitea.
"""
_DAYS, _MOST_KEPT, _MOST_BYTES = 30, 1000, 1 << 20
"""How long logins are kept, of how many people, and in a file of how many bytes."""
_HEADERS = {"github": "Bearer {}", "gitea": "token {}"}


class CommitAuthors:
    """Who wrote commits, by the names that GitHub or Gitea has for people."""

    def __init__(self, home: Home, token: http.TokenSource, memory: "LoginMemory") -> None:
        place = ForgeRepository(home.name, home.api.rstrip("/"), home.repository, "read access")
        bearer = http.Bearer((place.api,), token, pattern=_HEADERS[home.kind])
        self._edge = ErrorTranslator(place, token)
        self._session = http.session(bearer, Budget(seconds=30, tries=3))
        self._url = f"{place.api}/repos/{place.repository}/commits"
        self._query = _ONE_COMMIT[home.kind]
        self._known: dict[str, str] = {}
        self._memory = memory

    def logins(self, authors: Mapping[str, str], *, afresh: bool = False) -> dict[str, str]:
        """The logins of people, each asked for once. Raises OutsideError."""
        recalled = {} if afresh else self._memory.recalled()
        found = {
            email: recalled.get(email) or self._asked(commit) for email, commit in authors.items()
        }
        self._memory.remember({one: told for one, told in found.items() if one not in recalled})
        return {authors[email]: login for email, login in found.items() if login}

    def _asked(self, commit: str) -> str:
        if commit not in self._known:
            self._known[commit] = self._login(commit)
        return self._known[commit]

    def _login(self, commit: str) -> str:
        doing = "tell who wrote a commit"
        with self._edge.asking(doing):
            answer = self._session.get(self._url, params={"sha": commit, **self._query})
            seen = self._edge.value(doing, answer, list)
        first = seen[0] if seen and isinstance(seen[0], dict) else {}
        author = first.get("author") if first.get("sha") == commit else None
        return str(author.get("login") or "") if isinstance(author, dict) else ""


class LoginMemory(NamedTuple):
    """The logins that one forge told lately, by e-mail address, in a file of git's folder.

    Words for changelogs, and nothing else: what is asked ``afresh`` replaces them. They are kept
    for 30 days, for a login may be renamed and given to another; of 1,000 people at most. A file
    that can't be read, or that was damaged, holds none; where none can be written, none is kept.
    """

    path: str

    @classmethod
    def of(cls, folder: str, api: str) -> "LoginMemory":
        """That of the forge at an address; without a folder nothing is kept."""
        name = f"logins-{sha256(api.encode()).hexdigest()[:16]}.json"
        return cls(os.path.join(folder, "tagboat", name) if folder else "")

    def recalled(self) -> dict[str, str]:
        """What was told lately; those that can be no logins are left to whoever asks."""
        return {email: login for email, (login, _) in self._kept().items()}

    def remember(self, told: Mapping[str, str]) -> None:
        """Keep what was told now, if that is possible; who is not known there is forgotten."""
        kept = self._kept()
        now = {email: (login, _today()) for email, login in told.items() if login}
        others = [one for one in kept.items() if one[0] not in told]
        data = dict([*others, *now.items()][-_MOST_KEPT:])
        if not self.path or data == kept:
            return
        keep_for_later(self.path, msgspec.json.encode(data))

    def _kept(self) -> dict[str, tuple[str, int]]:
        """Logins with the days on which they were told, the oldest first."""
        try:
            with open(self.path, "rb") as file:
                data = file.read(_MOST_BYTES + 1)
            kept = msgspec.json.decode(data, type=dict[str, tuple[str, int]])
        except (OSError, msgspec.MsgspecError, UnicodeError):
            return {}
        today = _today()
        return {email: one for email, one in kept.items() if 0 <= today - one[1] <= _DAYS}


def _today() -> int:
    return int(time.time()) // 86_400


class _GitLabProject(NamedTuple):
    """A project that is asked for."""

    edge: ErrorTranslator
    session: requests.Session

    @property
    def path(self) -> str:
        """Where it is in the API."""
        return f"projects/{quote(self.edge.place.repository, safe='')}"

    def seen(self) -> dict[str, Any]:
        """What GitLab says of it."""
        with self.edge.asking(TELL_RIGHTS):
            return self.edge.repository(TELL_RIGHTS, self._get(self.path), "path_with_namespace")

    def level(self, permissions: dict[str, Any]) -> int:
        """The role of the token's user, as a number.

        A project tells that of its own members and of its group's. Those who come in by another
        way, such as a group that was invited, are looked up; an administrator may do everything.
        """
        roles = (permissions.get(kind) or {} for kind in ("project_access", "group_access"))
        level = max(int(role.get("access_level") or 0) for role in roles)
        if level >= _DEVELOPER:
            return level
        user = self.asked("user", {})
        if user.get("is_admin") or not user:
            return _ADMIN
        member = self.asked(f"{self.path}/members/all/{user.get('id')}", {})
        return int(member.get("access_level") or 0)

    def protected_tags(self) -> list[dict[str, Any]]:
        """All rules for protected tags, as far as the token may ask for them."""
        found: list[dict[str, Any]] = []
        for page in range(1, _MOST_PAGES):
            query = f"per_page={_PAGE}&page={page}"
            seen = self.asked(f"{self.path}/protected_tags?{query}", [])
            found += seen
            if len(seen) < _PAGE:
                break
        return found

    def asked(self, path: str, unknown: Any) -> Any:  # noqa: ANN401 - JSON
        """What GitLab answers to a question; ``unknown`` where the token may not ask it."""
        try:
            with self.edge.asking(TELL_RIGHTS):
                return self.edge.value(TELL_RIGHTS, self._get(path), type(unknown))
        except UnsettledError:
            raise
        except OutsideError:
            return unknown

    def _get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.edge.place.api}/api/v4/{path}")


def _protecting(rules: list[dict[str, Any]], tag: str, level: int) -> str:
    """The rule for protected tags by which a role may not make a tag; empty where it may.

    Of several that match it is enough that one lets the role in, as GitLab has it in
    app/models/concerns/protected_ref.rb. Whom one lets in by name, a person or a group, GitLab
    alone knows.
    """
    matching = [rule for rule in rules if _is_for_tag(str(rule.get("name")), tag)]
    allowed = [one for rule in matching for one in rule.get("create_access_levels") or []]
    is_named = any(one.get("user_id") or one.get("group_id") for one in allowed)
    # A level of 0 is nobody.
    lowest = min((int(one.get("access_level") or _NOBODY) for one in allowed), default=0)
    return "" if is_named or level >= lowest else str(matching[0].get("name"))


def _is_for_tag(pattern: str, tag: str) -> bool:
    """Whether a rule is for a tag: of its characters the asterisk alone stands for others."""
    return fnmatchcase(tag, pattern.replace("[", "[[]").replace("?", "[?]"))
