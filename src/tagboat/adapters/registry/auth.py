"""How a registry is told who asks: it answers 401 with a challenge, which is met with a login.

Basic authentication is RFC 7617. With Bearer a token for a scope is fetched from the address that
the challenge names (https://distribution.github.io/distribution/spec/auth/token, and oauth for
identity tokens); a scope is ``repository:PATH:pull`` or ``repository:PATH:pull,push``.
"""

import base64
import re
import warnings
from collections.abc import Callable, Mapping
from threading import Lock, local
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from tagboat.about import __version__
from tagboat.adapters import http
from tagboat.adapters.clock import Budget
from tagboat.adapters.process import redacted
from tagboat.adapters.registry.errors import (
    RefusalError,
    condition_for_now,
    is_for_now,
    refusal_text,
)
from tagboat.core.errors import UsageError
from tagboat.core.images.registry import TagStatus, is_loopback


class Login(NamedTuple):
    """Who asks, and what proves it: a password, or with ``is_token`` an identity token."""

    user: str
    secret: str
    is_token: bool = False

    @property
    def basic(self) -> str:
        """User and password as HTTP's Basic authentication sends them (RFC 7617)."""
        return base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()


Logins = Callable[[str], Login | None]
"""Gives the login for a host, None where there is none. Raises UsageError."""


def docker_login(host: str) -> Login | None:
    """The login that Docker would use for a host, None where it has none.

    Raises UsageError where Docker's configuration or its credential helper is broken.
    """
    from docker.auth import load_config  # type: ignore[import-untyped] # it has no types
    from docker.errors import DockerException  # type: ignore[import-untyped] # the same

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a helper that is missing is an error soon enough
            found = load_config().resolve_authconfig(host)
    except (DockerException, ValueError, KeyError, AttributeError, OSError) as error:
        raise UsageError(
            f"Docker's configuration gives no credentials for {host}: {type(error).__name__}",
            f"check config.json and its credential helper, or run `docker login {host}` again",
        ) from None
    return _login(found or {})


def _login(found: Mapping[str, object]) -> Login | None:
    """Helpers and the configuration itself spell the same things differently."""
    told = {name.lower(): value for name, value in found.items() if isinstance(value, str)}
    if token := told.get("identitytoken"):
        return Login("", token, is_token=True)
    if told.get("username"):
        return Login(told["username"], told.get("password", ""))
    return None


_ITEM = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PART = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')

Scopes = tuple[str, ...]
_TOKENS = "the place that gives out tokens"


class RegistryAuth(AuthBase):
    """The authorisation of requests to one registry; other places never see it.

    ``is_plain`` says whether an address may be reached without encryption.
    """

    def __init__(
        self, host: str, logins: Logins, budget: Budget, is_plain: Callable[[str], bool]
    ) -> None:
        self.origin: tuple[str, str] | None = None
        self._host = host
        self._logins = logins
        self._budget = budget
        self._is_plain = is_plain
        self._login: Login | None = None
        self._is_known = False
        self._headers: dict[Scopes, str] = {}
        self._current = local()  # several threads ask at a time, each with its own scopes
        self._lock = Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Give a request the header, or take it away where a redirect has led elsewhere."""
        request.headers.pop("Authorization", None)
        current = getattr(self._current, "header", "")
        if current and urlsplit(request.url or "")[:2] == self.origin:
            request.headers["Authorization"] = current
        return request

    def enter(self, scopes: Scopes) -> None:
        """Send from now on what is known to open some scopes."""
        self._current.header = self._headers.get(scopes) or self._headers.get((), "")

    def meet(self, challenge: str, scopes: Scopes) -> bool:
        """Meet what a server offers, tokens before passwords.

        False where there is nothing to meet it with. Raises RefusalError.
        """
        offered = _challenges(challenge)
        bearers = [told for scheme, told in offered if scheme == "bearer" and told.get("realm")]
        is_basic = any(scheme == "basic" for scheme, _ in offered)
        if bearers:
            self._headers[scopes] = f"Bearer {self._token(bearers[0], scopes)}"
        elif is_basic and (login := self._known_login()):
            self._headers[()] = f"Basic {login.basic}"
        else:
            return False
        self.enter(scopes)
        return True

    @property
    def has_login(self) -> bool:
        """Whether somebody is known to the registry who asks; after a challenge that is clear."""
        return self._login is not None

    def clean(self, text: str) -> str:
        """A text without anything that is secret here, encoded ones among it."""
        login = self._login
        secrets = [login.secret, login.basic] if login else []
        secrets += [header.partition(" ")[2] for header in tuple(self._headers.values())]
        return redacted(text, secrets)

    def _known_login(self) -> Login | None:
        """The login for this host, looked up once."""
        with self._lock:
            if not self._is_known:
                try:
                    self._login = self._logins(self._host)
                except UsageError as error:
                    raise RefusalError(TagStatus.UNAUTHORISED, error.message) from error
                self._is_known = True
            return self._login

    def _token(self, told: dict[str, str], scopes: Scopes) -> str:
        """Fetch a token from where a challenge says."""
        realm = told["realm"]
        login = self._known_login()
        asked = [("service", told.get("service", "")), *(("scope", one) for one in scopes)]
        try:
            self._require_encryption(realm)
            answer = self._ask(realm, [pair for pair in asked if pair[1]], login)
            data = _object(answer) if answer.ok else {}
        except (requests.RequestException, ValueError) as error:
            raise RefusalError.of(error, _TOKENS) from error
        token = data.get("token") or data.get("access_token")
        if isinstance(token, str) and token and token.isascii() and token.isprintable():
            return token
        raise _no_token(answer, login)

    def _require_encryption(self, realm: str) -> None:
        """Raise RefusalError where a login would be sent for all to read."""
        if urlsplit(realm).scheme != "https" and not self._is_plain(urlsplit(realm).netloc):
            raise RefusalError(
                TagStatus.UNAUTHORISED, f"it wants a login sent without encryption, to {realm}"
            )

    def _ask(
        self, realm: str, asked: list[tuple[str, str]], login: Login | None
    ) -> requests.Response:
        """Ask for a token: with Basic authentication, or by handing an identity token over."""
        if login and login.is_token:
            form = [("grant_type", "refresh_token"), ("refresh_token", login.secret)]
            told = [pair for pair in asked if pair[0] != "scope"]
            scopes = " ".join(value for name, value in asked if name == "scope")  # RFC 6749, 3.3
            form += [("client_id", f"tagboat-{__version__}"), *told, ("scope", scopes)]
            with self._opened(realm, None) as session:
                return session.post(realm, data=form, verify=session.verify)
        with self._opened(realm, login) as session:
            return session.get(realm, params=asked, verify=session.verify)

    def _opened(self, realm: str, login: Login | None) -> requests.Session:
        """A session for the place that gives out tokens, which may see a password."""
        where = (realm,) if login else ()
        basic = http.Bearer(where, lambda: login.basic if login else "", pattern="Basic {}")
        session = http.session(basic, self._budget)
        session.trust_env = not is_loopback(urlsplit(realm).netloc)
        session.verify = not self._is_plain(urlsplit(realm).netloc)
        return session


def _challenges(header: str) -> list[tuple[str, dict[str, str]]]:
    """The challenges of a header, each with its scheme in lower case and its parameters.

    There may be several in one header, or headers that HTTP joins (RFC 9110, 11.6.1 and 5.3): a
    parameter belongs to the scheme before it.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for item in map(str.strip, _ITEM.findall(header)):
        text = item
        if not _PART.fullmatch(item):
            scheme, _, text = item.partition(" ")
            found.append((scheme.lower(), {}))
        part = _PART.fullmatch(text.strip())
        if part is not None and found:
            value = part[3] if part[2] is None else re.sub(r"\\(.)", r"\1", part[2])
            found[-1][1][part[1].lower()] = value
    return found


def _object(answer: requests.Response) -> dict[str, object]:
    """The JSON object of an answer; an empty one where it holds something else."""
    try:
        data = answer.json()
    except RecursionError:
        return {}
    return data if isinstance(data, dict) else {}


def _no_token(answer: requests.Response, login: Login | None) -> RefusalError:
    """The refusal for an answer without a token."""
    status = answer.status_code
    if answer.ok:
        return RefusalError(TagStatus.STRANGE, f"{_TOKENS} gave none (status {status})")
    if is_for_now(status):
        return RefusalError(condition_for_now(status), f"{_TOKENS} says: {refusal_text(answer)}")
    who = f"the login of {login.user or 'the identity token'}" if login else "anonymous access"
    return RefusalError(TagStatus.UNAUTHORISED, f"it refused {who} (status {status})")
