"""One HTTP server for every forge and registry: asks an application, and fails as it is told.

It writes down each exchange, so that tests can count requests and have them checked against a
forge's own description.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

ELSEWHERE = "127.1"
"""This machine under another name, which no file and no server has to know."""
_TLS = b"\x16"
"""What a client that wants encryption begins with: https://www.rfc-editor.org/rfc/rfc8446#section-5.1"""


class Request(NamedTuple):
    """What came in; header names are in lower case, ``path`` is as it was sent.

    What a query says several times of one name has blanks between.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """The body read as a JSON object; an empty body as one without keys."""
        read = json.loads(self.body) if self.body else {}
        return read if isinstance(read, dict) else {"": read}


class Reply(NamedTuple):
    """What goes out; ``body`` is bytes, or a value to be written as JSON."""

    status: int
    body: object = None
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it

    def content(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


class Numbers:
    """Ids that grow; unlike `itertools.count`, they may be copied."""

    def __init__(self, first: int) -> None:
        self._next = first

    def __next__(self) -> int:
        """The next one."""
        self._next += 1
        return self._next - 1


class Exchange(NamedTuple):
    """A request, what was answered, and whether the answer was a fault put in its way."""

    request: Request
    reply: Reply
    is_fault: bool


class App(Protocol):
    """A forge: all its state, behind one method."""

    def answer(self, request: Request) -> Reply:
        """Carry a request out."""
        ...

    def broken_off(self, request: Request) -> None:
        """Take note of an upload whose connection was cut."""
        ...


class Fault:
    """What goes wrong with requests whose ``METHOD path`` a pattern matches, ``times`` times.

    ``refuse``: answered with ``reply`` and not carried out. ``lose answer``: carried out, and
    answered with 502. ``cut answer``: carried out, and the connection closed. ``cut request``: the
    connection closed in the middle of the body. ``truncate``: half the body taken for the whole.
    ``twice``: delivered twice. ``slow``: carried out after ``seconds``.
    """

    def __init__(
        self,
        pattern: str,
        kind: str,
        times: int = 1,
        *,
        reply: Reply | None = None,
        seconds: float = 0,
    ) -> None:
        self._pattern = re.compile(pattern)
        self.kind = kind
        self.times = times
        self.reply = reply
        self.seconds = seconds

    def takes(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        hit = self.times > 0 and self._pattern.search(f"{request.method} {request.path}")
        self.times -= bool(hit)
        return bool(hit)


def refusal(status: int, message: str, **headers: str) -> Reply:
    """An answer that is an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"message": message}, named)


class Front:
    """A running server. ``faults`` may be changed at any time; ``exchanges`` is what happened.

    ``before`` and ``after`` are called with the number of a request, from 1, before it is carried
    out and before it is answered.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.faults: list[Fault] = []
        self.exchanges: list[Exchange] = []
        self.before: Callable[[int], None] = lambda _: None
        self.after: Callable[[int], None] = lambda _: None
        self.port = 0
        self._count = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def restart_counting(self) -> None:
        """Make the next request the first."""
        self._count = 0

    def quiet(self) -> AbstractContextManager[object]:
        """Carry no request out for the length of a ``with`` block; the last one has ended."""
        return self._lock

    def handle(self, request: Request) -> Reply | None:
        """Carry a request out, one at a time; None to cut the connection."""
        with self._lock:
            self._count += 1
            self.before(self._count)
            fault = next((one for one in self.faults if one.takes(request)), None)
            reply = self._faulty(fault, request) if fault else self.app.answer(request)
            if reply is not None:
                self.exchanges.append(Exchange(request, reply, fault is not None))
            self.after(self._count)
            return reply

    def _faulty(self, fault: Fault, request: Request) -> Reply | None:
        half = request._replace(body=request.body[: len(request.body) // 2])
        if fault.reply is not None:
            return fault.reply
        match fault.kind:
            case "cut request":
                self.app.broken_off(half)
                return None
            case "truncate":
                return self.app.answer(half)
            case "twice":
                self.app.answer(request)
            case "slow":
                time.sleep(fault.seconds)
        done = self.app.answer(request)
        return {"lose answer": refusal(502, "Bad Gateway"), "cut answer": None}.get(
            fault.kind, done
        )


@contextmanager
def serving(app: App) -> Iterator[Front]:
    """Run a server for the length of a ``with`` block, on a port of its own."""
    front = Front(app)
    server = _Server(("127.0.0.1", 0), _handler(front))
    front.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients are killed here, and connections cut, on purpose."""


class _Reading(BaseHTTPRequestHandler):
    """Reads requests, and says nothing about them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        """Take requests from a connection."""
        # Docker tries TLS first, and goes on without it where HTTP answers.
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS:
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        else:
            super().handle()

    def read(self) -> Request:
        """The request; what a header says several times is joined."""
        parts = urlsplit(self.path)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        body = self.rfile.read(int(headers.get("content-length", "0")))
        query: dict[str, str] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            query[name] = f"{query[name]} {value}" if name in query else value
        return Request(self.command, parts.path, query, headers, body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(_Reading):
        def answer(self) -> None:
            reply = front.handle(self.read())
            if reply is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = b"" if self.command == "HEAD" else reply.content()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Type" not in reply.headers and content:
                self.send_header("Content-Type", "application/json; charset=utf-8")
            if reply.status != 204 and "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

    return Handler


class Routes:
    """Finds the method for a request by a list of ``METHOD pattern`` and method."""

    def __init__(self, *routes: tuple[str, Callable[..., Reply]]) -> None:
        self._routes = [(re.compile(pattern), method) for pattern, method in routes]

    def answer(self, request: Request) -> Reply:
        """Call the first route that fits, with the pattern's groups, decoded; 404 without one."""
        line = f"{request.method} {request.path}"
        for pattern, method in self._routes:
            found = pattern.fullmatch(line)
            if found:
                return method(request, *(unquote(group) for group in found.groups()))
        return refusal(404, "Not Found")
