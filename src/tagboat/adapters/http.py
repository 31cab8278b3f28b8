"""The one HTTP session factory: every request to a forge or a registry is made by it.

Requests have timeouts, send their token to one place only, read no ``.netrc``, and wait and repeat
within a budget: reading is repeated after any failure, everything else only where the server says
that it was not carried out (a rate limit) or was never reached. A server that failed at one request
to the last repetition is not waited for at the next. An answer has to be there, all of it, within a
time, and so have the pages of a list. What may have been carried out is for the caller to look at.
"""

import time
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_tz
from http.client import HTTPResponse
from io import BufferedReader
from socket import SocketIO, socket
from threading import local
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ResponseError
from urllib3.exceptions import TimeoutError as TimedOutError
from urllib3.util import Retry

from tagboat.about import __version__
from tagboat.adapters.clock import GIVEN_UP, TIMEOUTS, Budget, Timeouts, tell
from tagboat.core.errors import OutsideError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

AGENT = f"tagboat/{__version__}"
SAFE = ("GET", "HEAD")
"""The methods that change nothing, and are repeated after any failure."""
_KEEPS_METHOD = frozenset({307, 308})
"""The redirects after which a request is the same one, elsewhere (RFC 9110, 15.4)."""
_UNREADY = frozenset({500, 502, 503, 504})
_REFUSED = frozenset({403, 429})
_TIME_DIGITS = 10  # those of a Unix time; fewer are seconds

TokenSource = Callable[[], str]
"""Gives a token; it is called for every request, as some tokens are short-lived."""


_MOST_ITEMS = 500_000
_REPEATED = 60.0
"""For how many seconds after its first failure a request is repeated."""
T = TypeVar("T")


class Bearer(AuthBase):
    """Sends a token to the origins of some addresses, in one header; other places never see it.

    ``pattern`` is the header's value with ``{}`` for the token. An empty token is not sent.
    """

    def __init__(
        self,
        urls: Iterable[str],
        token: TokenSource,
        header: str = "Authorization",
        pattern: str = "Bearer {}",
    ) -> None:
        self._origins = {urlsplit(url)[:2] for url in urls}
        self._token = token
        self._header = header
        self._pattern = pattern

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Give one request the header, or take it away where a redirect has led elsewhere."""
        request.headers.pop(self._header, None)
        token = self._token()
        if token and urlsplit(request.url or "")[:2] in self._origins:
            request.headers[self._header] = self._pattern.format(token)
        return request


class PatientRetry(Retry):
    """Repeats requests that are safe to repeat, as long as the budget lasts.

    An answer that is not worth waiting for is passed on as it is.
    """

    budget = Budget(0)
    next_wait = 0.0
    first_failure = 0.0
    """When a request failed for the first time, in `time.monotonic`; 0 as long as it did not."""

    def new(self, **options: object) -> Self:
        """A copy with some settings changed; urllib3 makes one for each try."""
        made = super().new(**options)
        made.budget, made.first_failure = self.budget, self.first_failure
        return made

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: FBT001, FBT002 - urllib3's signature
        """Whether an answer may be worth another try; `increment` decides."""
        return status_code in _REFUSED or super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count a try. Raises MaxRetryError where there is no room for the next one."""
        pool = cast("ConnectionPool", _pool)  # urllib3 names it each time
        server = pool.scheme, pool.host, pool.port
        wait = None if response is None else pause(response.status, response.headers)
        is_refused = response is not None and response.status in _REFUSED and wait is None
        is_failure = wait is None and not is_refused
        try:
            retry = super().increment(method, url, response, error, _pool, _stacktrace)
        except MaxRetryError:
            if is_failure:
                self.budget.give_up(server)
            raise
        retry.next_wait = retry.get_backoff_time() if wait is None else wait
        if is_failure:
            retry.first_failure = self.first_failure or time.monotonic()
            if time.monotonic() > retry.first_failure + _REPEATED:
                self.budget.give_up(server)
        is_hopeless = is_refused or (is_failure and self.budget.is_in_vain(server))
        if is_hopeless or not self.budget.allows(retry.next_wait):
            reason = error or ResponseError("not worth waiting for")
            raise MaxRetryError(pool, url or "", reason)
        if isinstance(error, TimedOutError):
            tell(f"{pool.host}:{pool.port} gave no answer in time, and is asked again")
        return retry

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:  # noqa: ARG002 - urllib3's signature
        """Wait before the next try."""
        self.budget.wait(self.next_wait)


def _took_long(error: requests.RequestException) -> bool:
    """Whether a request waited for an answer as long as it may."""
    why = error.args[0] if error.args else None
    return isinstance(getattr(why, "reason", why), TimedOutError)


def pause(status: int, headers: Mapping[str, str]) -> float | None:
    """How many seconds a server asks to wait, None where it does not.

    ``Retry-After`` (RFC 9110, 10.2.3) in seconds or as a date, else the reset time of an exhausted
    rate limit: a Unix time on GitHub and GitLab, seconds where a gateway does as
    draft-ietf-httpapi-ratelimit-headers-02 says. Times count from the server's own.
    """
    after = headers.get("Retry-After", "").strip()
    if after.isdecimal():
        return float(after)
    date, now = _unix_time(after), _unix_time(headers.get("Date", "")) or time.time()
    left = headers.get("X-RateLimit-Remaining", headers.get("RateLimit-Remaining"))
    reset = headers.get("X-RateLimit-Reset", headers.get("RateLimit-Reset", ""))
    if date is None and status in _REFUSED and left == "0" and reset.isdecimal():
        date = now + 1 + max(float(reset) - (now if len(reset) >= _TIME_DIGITS else 0), 0)
    return None if date is None else max(date - now, 0)


def _unix_time(text: str) -> float | None:
    """The time that a header names, in one of the forms of RFC 9110, 5.6.7; None for any other."""
    with suppress(ValueError, OverflowError):  # a year beyond those that there are
        parts = parsedate_tz(text)
        return parts and float(timegm(parts[:9])) - (parts[9] or 0)
    return None


def retries(budget: Budget, safe: Iterable[str] = SAFE) -> PatientRetry:
    """What requests are repeated by; for client libraries that bring their own session too."""
    made = PatientRetry(
        budget.tries,
        allowed_methods=frozenset(safe),
        status_forcelist=_UNREADY,
        backoff_factor=budget.first_pause,
        backoff_jitter=budget.first_pause / 5,
        raise_on_status=False,
    )
    made.budget = budget
    return made


class _TimedReader(SocketIO):
    """Reads from a socket until a time in `time.monotonic`, however busy that keeps it."""

    def __init__(self, sock: socket, end: float) -> None:
        super().__init__(sock, "r")
        sock._io_refs += 1  # type: ignore[attr-defined] # noqa: SLF001 - as socket.makefile does
        self._end = end
        self._socket = sock

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        """Read what is there. Raises TimeoutError when the time is up."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        limit = self._socket.gettimeout()
        self._socket.settimeout(left if limit is None else min(limit, left))
        return super().readinto(buffer)


class _TimedResponse(HTTPResponse):
    """An answer that has to be there, all of it, in the time that the request's thread gives."""

    def __init__(self, sock: socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - http.client's
        super().__init__(sock, *args, **options)
        self.fp.close()
        end = time.monotonic() + getattr(_current, "seconds", TIMEOUTS.whole)
        self.fp = BufferedReader(_TimedReader(sock, end))


class _TimedConnection(HTTPConnection):
    response_class = _TimedResponse


class _TimedTlsConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTlsConnection


class _List(NamedTuple):
    """What this thread lists, and until when in `time.monotonic`."""

    what: str
    end: float


class _Silence(NamedTuple):
    """When, in `time.monotonic`, a server was given up that let all repetitions wait, and how."""

    time: float
    error: requests.RequestException


_POOLS = {"http": _Pool, "https": _TlsPool}
_current = local()
"""How many seconds this thread's requests give their answers, and what it lists."""


class TimedAdapter(HTTPAdapter):
    """Gives each request that has no timeouts of its own the session's, and each answer an end."""

    def __init__(self, retry: PatientRetry) -> None:
        super().__init__(max_retries=retry)
        self._budget, self._timeouts = retry.budget, retry.budget.timeouts
        self.expect: Callable[[requests.Response], None] = lambda _: None
        """Is shown each answer of a client library that has no hooks, and may raise."""
        self._silent: dict[tuple[str, str], _Silence] = {}
        """The origins of the servers that one waited for in vain, as long as may be."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - that of requests
        """Make the pool of connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:  # noqa: ANN401 - the same
        """The pool of connections through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(  # noqa: PLR0913, PLR0917 - the signature of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the same
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 - the same
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request."""
        limits = timeout or (self._timeouts.connect, self._timeouts.read)
        asked = getattr(_current, "list", None)
        if asked is not None and time.monotonic() > asked.end:
            raise OutsideError(f"{asked.what} has no end, or comes too slowly")
        _current.seconds = self._timeouts.stream if stream else self._timeouts.whole
        with self._unless_silent(request):
            if request.method in SAFE:
                answer = super().send(request, stream, limits, verify, cert, proxies)
            else:
                self._budget.pace()
                answer = super().send(request, stream, limits, verify, cert, proxies)
                self._budget.changed()
        self.expect(answer)
        return answer

    @contextmanager
    def _unless_silent(self, request: requests.PreparedRequest) -> Iterator[None]:
        """Ask a server, unless one waited for it in vain a moment ago, as long as may be."""
        origin = urlsplit(request.url or "")[:2]
        seen = self._silent.get(origin)
        if seen is not None and time.monotonic() < seen.time + GIVEN_UP:
            raise type(seen.error)(*seen.error.args, request=request)
        try:
            yield
        except requests.RequestException as error:
            if request.method in SAFE and _took_long(error):
                self._silent[origin] = _Silence(time.monotonic(), error)
            raise
        self._silent.pop(origin, None)


class _Session(requests.Session):
    """Follows redirects by the rules of `Bearer` alone, and only what is ``safe`` to send twice.

    Anything else would become another request, or hand what it carries to another place.
    """

    def __init__(self, safe: Iterable[str]) -> None:
        super().__init__()
        self._safe = frozenset(safe)

    def resolve_redirects(
        self,
        resp: requests.Response,
        req: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - the signature of requests
        **options: Any,  # noqa: ANN401 - the same
    ) -> Iterator[Any]:
        """The answers, or the next request, that a redirect leads to."""
        if req.method in SAFE or (req.method in self._safe and resp.status_code in _KEEPS_METHOD):
            yield from super().resolve_redirects(resp, req, *args, **options)

    def rebuild_auth(
        self,
        prepared_request: requests.PreparedRequest,
        response: requests.Response,  # noqa: ARG002 - the signature of requests
    ) -> None:
        """Authenticate the request that a redirect leads to."""
        prepared_request.prepare_auth(self.auth)


def session(auth: AuthBase, budget: Budget, safe: Iterable[str] = SAFE) -> requests.Session:
    """A session that authenticates, waits and repeats as this module says.

    ``auth`` is asked again where a redirect leads; ``safe`` are the methods repeated after any
    failure.
    """
    made = _Session(safe)
    made.auth = auth
    made.headers["User-Agent"] = AGENT
    adapter = TimedAdapter(retries(budget, safe))
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def every_item(items: Iterable[T], what: str, timeouts: Timeouts) -> Iterator[T]:
    """The items of a list that comes in pages. Raises OutsideError for one without end."""
    before = getattr(_current, "list", None)
    _current.list = _List(what, time.monotonic() + timeouts.pages)
    try:
        for number, item in enumerate(items):
            if number >= _MOST_ITEMS:
                raise OutsideError(f"{what} has no end: {number:,} items so far")
            yield item
    finally:
        _current.list = before
