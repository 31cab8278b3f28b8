"""BuildKit socket: the BuildKit in a Docker daemon on a socket of its own, for the driver `remote`.

A daemon gives its BuildKit to whoever asks `POST /grpc` to become HTTP/2. The socket asks that for
each caller, and passes on what both say.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

_ASK = (
    b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    b"Content-Length: 0\r\n\r\n"
)
_BLOCK = 1 << 16


@contextlib.contextmanager
def buildkit_socket(daemon: str, folder: Path) -> Iterator[str]:
    """The address of a socket in ``folder`` that leads to the BuildKit of a daemon's socket."""
    path = folder / "buildkit.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        args = (listener, daemon.removeprefix("unix://"))
        threading.Thread(target=_serve, args=args, daemon=True).start()
        try:
            yield f"unix://{path}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            path.unlink()


def _serve(listener: socket.socket, daemon: str) -> None:
    """Take callers until the listener is closed."""
    with contextlib.suppress(OSError):
        while True:
            caller, _ = listener.accept()
            threading.Thread(target=_couple, args=(caller, daemon), daemon=True).start()


def _couple(caller: socket.socket, daemon: str) -> None:
    """Let a caller and BuildKit talk until both have ended."""
    with caller, socket.socket(socket.AF_UNIX) as inner, contextlib.suppress(OSError):
        inner.connect(daemon)
        inner.sendall(_ASK)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += inner.recv(1)
        back = threading.Thread(target=_pass_on, args=(inner, caller), daemon=True)
        back.start()
        _pass_on(caller, inner)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass on what one side says until it ends."""
    with contextlib.suppress(OSError):
        while block := source.recv(_BLOCK):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
