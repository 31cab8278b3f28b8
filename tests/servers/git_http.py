"""A git server over HTTP on loopback: `git http-backend` behind basic authentication.

https://git-scm.com/docs/git-http-backend. Repositories are those below one folder. Without an
account everybody may read and write.
"""

import subprocess
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tests.gitrepo import clean_env

HOST = "127.0.0.1"


class Account(NamedTuple):
    """Who may come in. An empty ``user`` stands for any name beside the right token."""

    user: str
    token: str


class GitServer(ThreadingHTTPServer):
    """Serves the repositories below ``root``; ``callers`` are the names and tokens it was given.

    ``watch`` is called at each request, while the program that sent it waits for the answer.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, root: Path, account: Account | None, watch: Callable[[], None]) -> None:
        super().__init__((HOST, 0), _Handler)
        self.root = root
        self.account = account
        self.watch = watch
        self.callers: list[Account] = []

    @property
    def origin(self) -> str:
        """The address of the server."""
        return f"http://{HOST}:{self.server_port}"

    def url(self, repository: Path, login: str = "") -> str:
        """The address of a repository, with a ``login`` (``USER:TOKEN``) before the host."""
        who = f"{login}@" if login else ""
        return f"http://{who}{HOST}:{self.server_port}/{repository.relative_to(self.root)}"

    def knows(self, given: str) -> bool:
        """Whether an ``Authorization`` header opens the door."""
        kind, _, word = given.partition(" ")
        if kind.lower() != "basic":
            return self.account is None
        user, _, token = b64decode(word).decode().partition(":")
        self.callers.append(Account(user, token))
        known = self.account
        return known is None or (token == known.token and known.user in ("", user))


class _Handler(BaseHTTPRequestHandler):
    """Hands one request to git's own program and its answer back."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece
    server: GitServer

    def do_GET(self) -> None:
        """Tell of refs, or hand out an object."""
        self._serve()

    def do_POST(self) -> None:
        """Fetch or push."""
        self._serve()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        body = self._body()
        self.server.watch()
        if not self.server.knows(self.headers.get("Authorization", "")):
            self._answer(b"Status: 401 Unauthorized\r\nWWW-Authenticate: Basic realm=git\r\n\r\nno")
            return
        done = subprocess.run(
            ["git", "http-backend"],
            env=clean_env(self.server.root) | self._cgi(len(body)),
            input=body,
            capture_output=True,
            check=False,
        )
        self._answer(done.stdout or b"Status: 500 Internal Server Error\r\n\r\n" + done.stderr)

    def _body(self) -> bytes:
        """What came in, in one piece or in chunks."""
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _cgi(self, length: int) -> dict[str, str]:
        """The variables that RFC 3875 and git ask for."""
        parts = urlsplit(self.path)
        return {
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "REMOTE_USER": "somebody",
            "REMOTE_ADDR": HOST,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }

    def _answer(self, raw: bytes) -> None:
        """Turn a program's answer into one of HTTP."""
        head, _, body = raw.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
        status = fields.pop("Status", "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in fields.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


@contextmanager
def serving(
    root: Path, account: Account | None = None, watch: Callable[[], None] = lambda: None
) -> Iterator[GitServer]:
    """A server for the repositories below a folder, stopped at the end."""
    server = GitServer(root, account, watch)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
