"""Which registries are reached without encryption, or by a certificate nobody vouches for.

127.1 is another spelling of 127.0.0.1 that is not known to be this machine: it stands for a
registry elsewhere.
"""

import socket
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from tagboat.adapters.registry import HttpRegistry, RegistryOptions
from tagboat.core.images.registry import Depth, ExpectedContent, Repository, TagStatus
from tests.e2e.conftest import impatient
from tests.e2e.images import Pushing
from tests.engine import Registry

Opened = Callable[[str], HttpRegistry]


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path / "encrypted", 0, is_encrypted=True)
    registry.start()
    yield registry
    registry.stop()


def elsewhere(registry: Registry) -> Repository:
    return Repository(f"127.1:{registry.port}", "acme/app")


def condition(repository: Repository, *insecure: str) -> TagStatus:
    with HttpRegistry(RegistryOptions(frozenset(insecure), impatient)) as client:
        return client.look(repository, "1.0.0").condition


def test_loopback_is_reached_without_encryption(own: Registry) -> None:
    assert condition(Repository(own.host, "acme/app")) is TagStatus.ABSENT


def test_loopback_is_reached_by_any_certificate(encrypted: Registry) -> None:
    assert condition(Repository(encrypted.host, "acme/app")) is TagStatus.ABSENT


def test_elsewhere_nothing_is_sent_without_encryption(own: Registry) -> None:
    assert condition(elsewhere(own)) is TagStatus.UNREACHABLE


def test_elsewhere_a_certificate_must_be_good(encrypted: Registry) -> None:
    assert condition(elsewhere(encrypted)) is TagStatus.UNREACHABLE


def test_a_host_listed_as_insecure_is_reached_without_encryption(own: Registry) -> None:
    there = elsewhere(own)
    assert condition(there, there.host) is TagStatus.ABSENT


def test_a_host_listed_as_insecure_is_reached_by_any_certificate(encrypted: Registry) -> None:
    there = elsewhere(encrypted)
    assert condition(there, there.host) is TagStatus.ABSENT


def test_the_environment_does_not_bring_certificates_back(
    encrypted: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    there = elsewhere(encrypted)
    assert condition(there, there.host) is TagStatus.ABSENT


@contextmanager
def leading_to(registry: Registry) -> Iterator[int]:
    """A port that passes encryption on to a registry, and leads to it who comes without."""

    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if self.request.recv(1, socket.MSG_PEEK) == b"\x16":
                with socket.create_connection(("127.0.0.1", registry.port)) as there:
                    back = Thread(target=pass_on, args=(there, self.request))
                    back.start()
                    pass_on(self.request, there)
                    back.join()
                return
            path = self.request.recv(9999).split()[1].decode()
            head = f"HTTP/1.1 308 Moved\r\nLocation: https://127.1:{port}{path}\r\n"
            self.request.sendall(f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        port = server.server_address[1]
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield int(port)
        server.shutdown()
        thread.join()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(9999):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_a_host_listed_as_insecure_that_leads_to_encryption_is_written_to(
    encrypted: Registry,
) -> None:
    with leading_to(encrypted) as port:
        there = Repository(f"127.1:{port}", "acme/app")
        with HttpRegistry(RegistryOptions(frozenset({there.host}), impatient)) as client:
            assert client.may_push(there).condition is TagStatus.PUBLISHED
            assert client.look(there, "1.0.0").condition is TagStatus.ABSENT
        assert condition(there, there.host) is TagStatus.ABSENT


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_copy_to_such_a_host_has_the_same_bytes(
    there: Repository, own: Registry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    target = elsewhere(own)
    with HttpRegistry(RegistryOptions(frozenset({target.host}), impatient)) as client:
        assert client.copy(there, pushed.digest, target, "staged").digest == pushed.digest
        seen = client.look(target, "staged", ExpectedContent(pushed.digest), Depth.LAYERS)
    assert seen.condition is TagStatus.PUBLISHED


def test_a_copy_within_such_a_host_has_the_same_bytes(own: Registry) -> None:
    there = elsewhere(own)
    pushed = Pushing(own, there.path).image("staged")
    mirror = there._replace(path="acme/mirror")
    with HttpRegistry(RegistryOptions(frozenset({there.host}), impatient)) as client:
        assert client.copy(there, pushed.digest, mirror, "staged").digest == pushed.digest
