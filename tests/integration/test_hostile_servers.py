"""Servers that never come to an end are left in time, and waiting for them is said."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from tagboat.adapters import clock, http
from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.forges.errors import UnsettledError, retry_until_done
from tagboat.adapters.forges.gitea import gitea
from tagboat.adapters.forges.github import github
from tagboat.adapters.forges.gitlab import gitlab
from tagboat.adapters.registry import HttpRegistry, RegistryOptions
from tagboat.core.errors import OutsideError
from tagboat.core.images.registry import Repository
from tests.patience import patience

SHORT = Timeouts(patience(20), patience(100), patience(8), patience(8), patience(6))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """Listens on loopback; each request of a connection is answered by ``answer``.

    Nobody listens any more at the end of the block: a thread that still waited on a closed socket
    would, where the process is stopped and goes on, wait on whichever has its number by then.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, answer))
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, answer: Callable[[socket.socket, bytes], None]) -> None:
    with suppress(OSError):
        while True:
            threading.Thread(
                target=_serve, args=(listener.accept()[0], answer), daemon=True
            ).start()


def _serve(connection: socket.socket, answer: Callable[[socket.socket, bytes], None]) -> None:
    with connection, suppress(OSError):
        while request := connection.recv(1 << 16):
            answer(connection, request)


def drips(head: bytes) -> Callable[[socket.socket, bytes], None]:
    """Sends a head, and then a byte at a time."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)

    return answer


IN_HEAD, IN_BODY = b"HTTP/1.1 200 OK\r\nX: ", HEAD + b"Content-Length: 900000\r\n\r\n"


def budget() -> Budget:
    return Budget(0.1, 1, SHORT, 0.01)


@pytest.mark.parametrize("head", [IN_HEAD, IN_BODY], ids=["head", "body"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_an_answer_has_an_end(head: bytes, *, is_stream: bool) -> None:
    asking = http.session(http.Bearer((), lambda: ""), budget())
    with server(drips(head)) as url, pytest.raises(requests.RequestException):
        asking.get(url, stream=is_stream, timeout=patience(100)).content  # noqa: B018 - reads it


@pytest.mark.parametrize("head", [IN_HEAD, IN_BODY], ids=["head", "body"])
def test_a_forge_that_sends_a_byte_at_a_time_is_left(head: bytes) -> None:
    with server(drips(head)) as url:
        for forge in (
            github("a/b", lambda: "", url, budget(), 0),
            gitlab("a/b", lambda: "", url, budget()),
            gitea("a/b", lambda: "", url, budget()),
        ):
            with pytest.raises(OutsideError):
                forge.find("v1.0.0")


@pytest.mark.parametrize("head", [IN_HEAD, IN_BODY], ids=["head", "body"])
def test_a_registry_that_sends_a_byte_at_a_time_is_left(head: bytes) -> None:
    with server(drips(head)) as url:
        registry = HttpRegistry(RegistryOptions(budget=budget))
        repository = Repository(url.removeprefix("http://"), "a/b")
        with pytest.raises(OutsideError):
            registry.tags(repository)


def test_silent_server_is_asked_for_a_minute_and_not_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, told = list[bytes](), list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: 45.0 * len(begun))
    clock.tell_waits(told.append)
    patient = Budget(9, 5, Timeouts(patience(20), patience(5)), 0.01)
    asking = http.session(http.Bearer((), lambda: ""), patient)
    with server(lambda _connection, request: begun.append(request[:6])) as url:
        for path in "abc":
            with pytest.raises(requests.ConnectionError, match=r"Read timed out"):
                asking.get(f"{url}/{path}")
    clock.tell_waits(lambda _text: None)
    assert begun == [b"GET /a"] * 3
    assert told == [f"{url.removeprefix('http://')} gave no answer in time, and is asked again"] * 2


def test_server_that_is_silent_without_encryption_is_asked_with_it() -> None:
    begun: list[bytes] = []

    def cut(connection: socket.socket, request: bytes) -> None:
        begun.append(request[:1])
        connection.shutdown(socket.SHUT_RDWR)

    asking = http.session(http.Bearer((), lambda: ""), budget())
    with server(cut) as url:
        for address in (url, url.replace("http:", "https:"), url):
            with pytest.raises(requests.ConnectionError):
                asking.get(address)
    assert begun == [b"G", b"G", b"\x16", b"\x16", b"G"]


def endless(item: bytes) -> Callable[[socket.socket, bytes], None]:
    """Answers every request with a page that names the next one."""
    count = iter(range(1 << 60))

    def answer(connection: socket.socket, request: bytes) -> None:
        host = request.partition(b"\r\nHost: ")[2].partition(b"\r\n")[0]
        path = request.split(b" ")[1].partition(b"?")[0]
        link = b'Link: <http://%s%s?page=%d>; rel="next"\r\n' % (host, path, next(count))
        length = b"Content-Length: %d\r\n\r\n" % len(item)
        connection.sendall(HEAD + link + b"X-Next-Page: 2\r\n" + length + item)

    return answer


def test_a_list_has_an_end() -> None:
    with server(endless(b'[{"tag_name": "x"}]')) as url:
        for forge in (
            github("a/b", lambda: "", url, budget(), 0),
            gitea("a/b", lambda: "", url, budget()),
        ):
            with pytest.raises(OutsideError, match="has no end"):
                forge.find("v1.0.0")


def test_tags_have_an_end() -> None:
    with server(endless(b'{"tags": ["a"]}')) as url:
        registry = HttpRegistry(RegistryOptions(budget=budget))
        with pytest.raises(OutsideError, match="has no end"):
            registry.tags(Repository(url.removeprefix("http://"), "a/b"))


def test_a_long_wait_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    clock.tell_waits(told.append)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    waits = iter([60.0, 0.0])

    def work() -> bool:
        if wait := next(waits):
            raise UnsettledError("GitHub did not list: too many requests (403)", "", wait)
        return True

    assert retry_until_done(work, Budget(300))
    clock.tell_waits(lambda _text: None)
    assert told == ["waiting 60 s: GitHub did not list: too many requests (403)"]
