"""A gate before a registry: passes requests on, so that a test can put faults in their way."""

import http.client

from tests.engine import Registry
from tests.servers.front import Reply, Request

_OWN = {"connection", "transfer-encoding", "keep-alive"}


class Gate:
    """An application for `front.serving`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def answer(self, request: Request) -> Reply:
        """What the registry answers."""
        connection = http.client.HTTPConnection(self._registry.host, timeout=20)
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        target = f"{request.path}?{query}" if query else request.path
        try:
            connection.request(request.method, target, request.body, request.headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OWN}
            return Reply(answer.status, answer.read(), kept)
        finally:
            connection.close()

    def broken_off(self, request: Request) -> None:
        """Nothing to take note of."""
