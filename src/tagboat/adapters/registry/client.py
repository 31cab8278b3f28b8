"""One registry: its address, the session that requests to it go through, and who asks."""

from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus
from threading import BoundedSemaphore, Lock
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from tagboat.adapters import http
from tagboat.adapters.clock import Budget
from tagboat.adapters.registry.auth import Logins, RegistryAuth, Scopes, docker_login
from tagboat.adapters.registry.errors import RefusalError
from tagboat.core.images.registry import HUB, is_loopback

_HUB_ADDRESS = "https://registry-1.docker.io"
_SAFE = (*http.SAFE, "PUT")
"""What may be repeated: to put the same bytes under the same name twice changes nothing."""
_PAGE = 1000
AT_ONCE = 6
"""How many requests to one registry are under way at a time: they are far away, not slow."""
T = TypeVar("T")


class RegistryOptions(NamedTuple):
    """How registries are asked.

    ``insecure`` are the hosts that may be reached without encryption, or with a certificate that
    nobody vouches for; those of loopback always may. ``budget`` makes a budget for each registry;
    ``page`` is how many tags to ask for at once.
    """

    insecure: frozenset[str] = frozenset()
    budget: Callable[[], Budget] = Budget
    logins: Logins = docker_login
    page: int = _PAGE


class RegistryClient:
    """A registry by its name, as it stands before the paths of repositories.

    ``is_dockers`` says whether Docker reaches it without being told more about it.
    """

    def __init__(self, name: str, options: RegistryOptions) -> None:
        self.name = name
        self.page = options.page
        self.is_dockers = is_loopback(name) or name not in options.insecure
        self._insecure = options.insecure
        self._budget = options.budget()
        self.timeouts = self._budget.timeouts
        self._access = RegistryAuth(name, options.logins, self._budget, self._is_plain)
        self._session = http.session(self._access, self._budget, _SAFE)
        self._session.trust_env = not is_loopback(name)  # no proxy stands before this machine
        if self._is_plain(name):
            disable_warnings(InsecureRequestWarning)  # whoever lists a host as insecure knows
        self._looking = Lock()
        self._settled: set[Scopes] = set()
        self._places = BoundedSemaphore(AT_ONCE)
        self._base = ""
        self._is_unverified = False

    def ask(self, method: str, path: str, scopes: Scopes, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        """The answer to one request; ``path`` may be a whole address of this registry.

        Raises RefusalError where there is none, or where the registry wants a login that is not
        known.
        """
        return self._first(scopes, lambda: self._asked(method, path, scopes, options))

    def _first(self, what: Scopes, ask: Callable[[], T]) -> T:
        """Ask: whoever comes first alone, so that what it finds is not asked for by all."""
        if what not in self._settled:
            with self._looking:
                if what not in self._settled:
                    try:
                        return ask()
                    finally:
                        self._settled.add(what)
        return ask()

    def _asked(
        self, method: str, path: str, scopes: Scopes, options: dict[str, Any]
    ) -> requests.Response:
        """The answer, a challenge that can be met among it."""
        self._access.enter(scopes)
        answer = self._addressed(method, path, options)
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            return answer
        with ExitStack() as unread:
            unread.enter_context(answer)
            if not self._access.meet(answer.headers.get("WWW-Authenticate", ""), scopes):
                unread.pop_all()
                return answer
        return self._addressed(method, path, options)

    def _addressed(self, method: str, path: str, options: dict[str, Any]) -> requests.Response:
        """The answer from the registry's address, which the first request finds out."""
        if "://" in path:
            return self._send(method, path, options)
        if self._base:
            return self._send(method, self._base + path, options)
        if not self._is_plain(self.name):
            self._settle(_HUB_ADDRESS if self.name == HUB else f"https://{self.name}")
            return self._send(method, self._base + path, options)
        return self._first_plain(method, path, options)

    @property
    def has_login(self) -> bool:
        """Whether it was told who asks."""
        return self._access.has_login

    def clean(self, text: str) -> str:
        """A text without secrets."""
        return self._access.clean(text)

    def patiently(self, look: Callable[[], T], is_passing: Callable[[T], bool]) -> T:
        """What is seen once it does not pass by itself, or the budget allows no more.

        Each wait is twice as long as the one before.
        """
        seen = look()
        for attempt in range(self._budget.tries):
            wait = self._budget.first_pause * 2**attempt
            if not (is_passing(seen) and self._budget.allows(wait)):
                break
            self._budget.wait(wait)
            seen = look()
        return seen

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def _send(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        """Send a request; too many requests are waited for even where no time is given."""
        unread = ExitStack()

        def once() -> requests.Response:
            unread.close()
            return unread.enter_context(self._once(method, url, options))

        return self.patiently(once, _is_vague)

    def _once(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        body = options.get("data")
        if body is not None and hasattr(body, "seek"):
            body.seek(0)  # it may have been sent in vain before
        if self._is_unverified:  # said of each request, as the environment outdoes the session
            options = options | {"verify": False}
        try:
            with self._places:
                return self._session.request(method, url, **options)
        except (requests.RequestException, ValueError) as error:
            raise RefusalError.of(error) from error

    def _settle(self, base: str) -> None:
        """Take an address for the registry's."""
        self._access.origin = urlsplit(base)[:2]
        self._base = base

    def _first_plain(self, method: str, path: str, options: dict[str, Any]) -> requests.Response:
        """The answer without encryption, where that is no must, else with it where it is spoken."""
        plain = f"http://{self.name}"
        try:
            answer = self._send(method, plain + path, options)
        except RefusalError as refusal:
            if refusal.is_closed or not self._is_encrypted():
                raise
        else:
            if not (self._wants_encryption(answer) and self._is_encrypted()):
                self._settle(plain)
                return answer
            answer.close()
        self._settle(f"https://{self.name}")
        return self._send(method, self._base + path, options)

    def _wants_encryption(self, answer: requests.Response) -> bool:
        """Whether a server says what those do that expect encryption, or leads to where it is."""
        led = answer.url, answer.headers.get("Location", "")
        is_led = any(one.startswith(f"https://{self.name}/") for one in led)
        return is_led or answer.status_code == HTTPStatus.BAD_REQUEST

    def _is_encrypted(self) -> bool:
        """Whether the registry speaks TLS, by whatever certificate."""
        self._is_unverified = True
        try:
            self._once("GET", f"https://{self.name}/v2/", {})
        except RefusalError:
            return False
        return True

    def _is_plain(self, netloc: str) -> bool:
        """Whether a host may be reached without encryption."""
        return netloc in self._insecure or is_loopback(netloc)


def _is_vague(answer: requests.Response) -> bool:
    """Whether there were too many requests, and no time is given to wait for."""
    is_too_many = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    return is_too_many and http.pause(answer.status_code, answer.headers) is None
