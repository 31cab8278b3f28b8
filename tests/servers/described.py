"""Checks exchanges against GitHub's own OpenAPI description, with Prism in proxy mode.

What was recorded is played again through Prism, with the recorded answers behind it, so that a
killed client, a cut connection or binary content never passes through it: Prism turns bodies into
text. The two npm packages are installed into the cache folder by package-lock.json.

Answers that are no JSON are left out: the content of files, which another host gives, and what a
test breaks on purpose. Three things are adapted before the check. An asset's body and content type,
as the description only has ``application/octet-stream`` where its own text asks for the asset's
type. A tag's name with a slash. And Prism's warning about answers with a status that the
description does not list, such as 401 or 500, is no fault.
"""

import fcntl
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests import environment
from tests.patience import patience
from tests.servers.front import Exchange, Reply, Request, serving

IS_OFFLINE = environment.CALLER.get("TAGBOAT_TEST_OFFLINE") == "1"
"""Whether to go without the npm packages; then nothing is checked."""

_HERE = Path(__file__).parent
_CACHE = _HERE.parent.parent / ".cache" / "forge-description"
_DESCRIPTION = "node_modules/@octokit/openapi/generated/api.github.com.json"
_PRISM = "node_modules/@stoplight/prism-cli/dist/index.js"
_NO_ROUTE = "Selected route not found"
_PATHS = (
    "/installation/repositories",
    "",
    "releases/generate-notes",
    "releases",
    "releases/latest",
    "releases/{release_id}",
    "releases/{release_id}/assets",
    "releases/assets/{asset_id}",
    "commits",
    "git/ref/{ref}",
    "issues/{issue_number}/comments",
    "issues/comments/{comment_id}",
    "issues/{issue_number}/labels",
)


class Described:
    """A running Prism."""

    def __init__(self, playback: "_Playback", url: str) -> None:
        self._playback = playback
        self._url = url
        self._checked: set[Exchange | tuple[object, ...]] = set()

    def faults(self, exchanges: Iterable[Exchange]) -> list[str]:
        """What breaks the description, a sentence each; the same exchange is checked once."""
        told = []
        for exchange in exchanges:
            key = _key(exchange)
            if key not in self._checked and not isinstance(exchange.reply.body, bytes):
                self._checked.add(key)
                told += self._faults(exchange)
        return told

    def _faults(self, exchange: Exchange) -> list[str]:
        request = _adapted(exchange.request)
        self._playback.reply = _unredirected(exchange.reply)
        kept = {"accept", "content-type", "authorization", "user-agent"}
        answer = requests.request(
            request.method,
            self._url + request.path,
            params=request.query,
            data=request.body,
            headers={name: value for name, value in request.headers.items() if name in kept},
            timeout=patience(600),
            allow_redirects=False,
        )
        assert answer.status_code == exchange.reply.status, answer.text
        violations = json.loads(answer.headers.get("sl-violations", "[]"))
        return [_sentence(exchange, one) for one in violations if _counts(one)]


@contextmanager
def unless_offline() -> Iterator[Described | None]:
    """Start Prism, or give None where npm packages are not to be used."""
    if IS_OFFLINE:
        yield None
    else:
        with prism() as described:
            yield described


@contextmanager
def prism() -> Iterator[Described]:
    """Start Prism for the length of a ``with`` block. Fails where it can't be installed."""
    _install()
    playback = _Playback()
    with serving(playback) as behind:
        port = _free_port()
        command = ["node", _PRISM, "proxy", "description.json", behind.url, "-p", str(port)]
        with _log(port).open("wb") as log:
            process = subprocess.Popen(
                command, cwd=_CACHE, env=environment.CALLER, stdout=log, stderr=log
            )
        try:
            _await(process, port)
            yield Described(playback, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


class _Playback:
    """Answers everything with one recorded reply."""

    reply = Reply(204)

    def answer(self, _: Request) -> Reply:
        return self.reply

    def broken_off(self, request: Request) -> None:
        """Never happens: whole requests are played."""


def _install() -> None:
    """Have the packages and the part of the description that is used in the cache folder.

    Of several test processes one installs them; the others wait.
    """
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        _install_once()
        _describe()


def _install_once() -> None:
    lock = (_HERE / "package-lock.json").read_bytes()
    done = _CACHE / "installed.json"
    if done.exists() and done.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_HERE / name, _CACHE / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=_CACHE, env=environment.CALLER, check=True, capture_output=True)
    done.write_bytes(lock)


def _describe() -> None:
    part, done = _CACHE / "description.json", _CACHE / "described.json"
    wanted = json.dumps(_PATHS)
    if not done.exists() or done.read_text() != wanted:
        part.write_text(json.dumps(_part(json.loads((_CACHE / _DESCRIPTION).read_text()))))
        done.write_text(wanted)


def _part(whole: dict[str, Any]) -> dict[str, Any]:
    """A description of `_PATHS` alone: with all of GitHub's, Prism takes 20 s to start."""
    inside = "/repos/{owner}/{repo}/"
    paths = {path if path[:1] == "/" else (inside + path).rstrip("/"): None for path in _PATHS}
    part: dict[str, Any] = {"paths": {path: whole["paths"][path] for path in paths}}
    components: dict[str, dict[str, Any]] = {}
    waiting = [part["paths"]]
    while waiting:
        for kind, name in set(_references(waiting.pop())):
            known = components.setdefault(kind, {})
            if name not in known:
                known[name] = whole["components"][kind][name]
                waiting.append(known[name])
    return {"openapi": whole["openapi"], "info": whole["info"], **part, "components": components}


def _references(node: object) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r'"\$ref": "#/components/(\w+)/([^"]+)"', json.dumps(node)):
        yield found[1], found[2]


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        assert process.poll() is None, _log(port).read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("Prism did not start in 60 s")


def _log(port: int) -> Path:
    return _CACHE / f"prism-{port}.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _adapted(request: Request) -> Request:
    """A request without what the description can't say; see above."""
    if request.method == "POST" and request.path.endswith("/assets"):
        headers = request.headers | {"content-type": "application/octet-stream"}
        return request._replace(headers=headers, body=b"content")
    before, mark, tag = request.path.partition("/git/ref/")
    return request._replace(path=before + mark + tag.replace("/", "%2F"))


def _unredirected(reply: Reply) -> Reply:
    """An answer that Prism does not follow elsewhere."""
    kept = {name: value for name, value in reply.headers.items() if name != "Location"}
    return reply._replace(headers=kept)


def _counts(violation: dict[str, str]) -> bool:
    return "Error" in violation["severity"] or _NO_ROUTE in violation["message"]


def _sentence(exchange: Exchange, violation: dict[str, Any]) -> str:
    request = exchange.request
    place = ".".join(str(part) for part in violation["location"])
    return f"{request.method} {request.path}: {place}: {violation['message']}"


def _key(exchange: Exchange) -> tuple[object, ...]:
    """What makes an exchange another one; ports and tokens do not."""
    request, content = exchange.request, exchange.reply.content()
    host = request.headers.get("host", "").encode()
    headers = request.headers.get("content-type"), request.headers.get("accept")
    query = tuple(sorted(request.query.items()))
    answer = exchange.reply.status, content.replace(host, b"")
    return request.method, request.path, query, request.body, headers, answer
