"""A gate before a registry: passes requests on, so that a test can put faults in their way."""

import http.client
import re
import time
from collections.abc import Callable

from tests.engine import Registry
from tests.patience import patience
from tests.servers.front import Reply, Request, refusal

_OWN = {"connection", "transfer-encoding", "keep-alive"}


class Gate:
    """An application for `front.serving`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def answer(self, request: Request) -> Reply:
        """What the registry answers."""
        connection = http.client.HTTPConnection(self._registry.host, timeout=patience(400))
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        target = f"{request.path}?{query}" if query else request.path
        try:
            connection.request(request.method, target, request.body, request.headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OWN}
            return Reply(answer.status, answer.read(), kept)
        except OSError:
            return refusal(502, "the registry does not answer")
        finally:
            connection.close()

    def broken_off(self, request: Request) -> None:
        """Nothing to take note of."""


class Watchman(Gate):
    """A gate that does something, once, at a request whose ``METHOD path`` a pattern matches.

    ``before`` it is carried out, which it then is not, or ``after``. ``written`` are the bodies of
    the manifests that were written, in their order, by tag. Every request waits for ``delay``
    seconds.
    """

    def __init__(self, registry: Registry) -> None:
        super().__init__(registry)
        self.written: dict[str, list[bytes]] = {}
        self.delay = 0.0
        self._pattern = ""
        self._is_before = True
        self._act: Callable[[], None] = lambda: None

    def at(self, pattern: str, act: Callable[[], None], *, is_before: bool = True) -> None:
        """Do something at the next request of a kind."""
        self._pattern, self._is_before, self._act = pattern, is_before, act

    def answer(self, request: Request) -> Reply:
        """What the registry answers."""
        time.sleep(self.delay)
        line = f"{request.method} {request.path}"
        is_due = bool(self._pattern) and re.search(self._pattern, line) is not None
        if is_due:
            self._pattern = ""
        if is_due and self._is_before:
            self._act()
            return refusal(500, "nobody is there")
        reply = super().answer(request)
        if is_due:
            self._act()
        if request.method == "PUT" and reply.status == http.HTTPStatus.CREATED:
            _, _, tag = request.path.partition("/manifests/")
            self.written.setdefault(tag, []).append(request.body)
        return reply
