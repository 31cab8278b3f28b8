"""How a registry is told who asks: by tokens and passwords, which nobody else gets to see."""

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
import requests

from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.registry import HttpRegistry, Login, RegistryOptions
from tagboat.adapters.registry.auth import docker_login
from tagboat.adapters.registry.client import RegistryClient
from tagboat.core.errors import UsageError
from tagboat.core.images.oci import OCI_INDEX, content_digest
from tagboat.core.images.registry import Depth, Inspection, Repository, TagStatus
from tests.patience import patience
from tests.servers.front import ELSEWHERE, Fault, Front, Reply, Request, serving

INDEX = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode()
SECRET = "a-secret-for-tests"  # noqa: S105 - of the server below
ADA = Login("ada", SECRET)
IDENTITY = Login("", SECRET, is_token=True)


class Doorkeeper:
    """A registry with one image behind a door: tokens from ``/token``, or ``basic``.

    ``realm`` is where tokens are said to be; each token opens the door ``uses`` times.
    """

    def __init__(self, *, is_basic: bool = False) -> None:
        self.is_basic = is_basic
        self.realm = ""
        self.uses = 99
        self.given = 0

    def answer(self, request: Request) -> Reply:
        if request.path == "/token":
            return self._token(request)
        if request.path == "/v2/":
            return Reply(401)
        if not self._opens(request.headers.get("authorization", "")):
            told = f'Bearer realm="{self.realm}",service="a registry",scope="ignored"'
            return Reply(401, None, {"WWW-Authenticate": "Basic x=y" if self.is_basic else told})
        return Reply(200, INDEX, {"Content-Type": OCI_INDEX})

    def broken_off(self, request: Request) -> None:
        """Nothing to take note of."""

    def _token(self, request: Request) -> Reply:
        said = request.headers.get("authorization", "").removeprefix("Basic ")
        if b"wrong" in base64.b64decode(said):
            return Reply(401, {"errors": [{"code": "UNAUTHORIZED", "message": "no"}]})
        self.given += 1
        return Reply(200, {"token": f"token-{self.given}"})

    def _opens(self, header: str) -> bool:
        if self.is_basic:
            return header == f"Basic {ADA.basic}"
        if header != f"Bearer token-{self.given}" or not self.uses:
            return False
        self.uses -= 1
        return True


@pytest.fixture
def keeper() -> Doorkeeper:
    return Doorkeeper()


@pytest.fixture
def front(keeper: Doorkeeper) -> Iterator[Front]:
    with serving(keeper) as running:
        keeper.realm = f"{running.url}/token"
        yield running


def look(front: Front, login: Login | None, reference: str = "1.0.0") -> Inspection:
    def impatient() -> Budget:
        return Budget(1, 2, Timeouts(patience(40), patience(40)), first_pause=0.01)

    with HttpRegistry(RegistryOptions(budget=impatient, logins=lambda _: login)) as client:
        return client.look(Repository(f"127.0.0.1:{front.port}", "acme/app"), reference)


def asked(front: Front) -> Request:
    return next(one.request for one in front.exchanges if one.request.path == "/token")


def test_a_token_is_fetched_without_a_login_where_there_is_none(front: Front) -> None:
    assert look(front, None).condition is TagStatus.PUBLISHED
    assert "authorization" not in asked(front).headers


def test_a_token_is_asked_for_with_service_and_scope(front: Front) -> None:
    look(front, None)
    assert asked(front).query == {"service": "a registry", "scope": "repository:acme/app:pull"}


def test_a_token_is_asked_for_with_the_login(front: Front) -> None:
    look(front, ADA)
    assert asked(front).headers["authorization"] == f"Basic {ADA.basic}"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[requests.Response]:
    """All answers from now on."""
    seen: list[requests.Response] = []
    ask = requests.Session.request

    def asked(*args: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        seen.append(ask(*args, **options))
        return seen[-1]

    monkeypatch.setattr(requests.Session, "request", asked)
    return seen


def test_answer_to_a_challenge_that_is_not_met_is_closed(
    front: Front, keeper: Doorkeeper, answers: list[requests.Response]
) -> None:
    keeper.realm = "http://127.0.0.2:9/token"
    assert look(front, ADA).condition is not TagStatus.PUBLISHED
    assert [one.raw.closed for one in answers] == [True] * len(answers)


def test_answers_of_too_many_requests_are_closed(
    front: Front, answers: list[requests.Response]
) -> None:
    front.faults.append(Fault("GET /v2/", "refuse", 2, reply=Reply(429, b"later")))
    assert look(front, None).condition is TagStatus.PUBLISHED
    assert [one.status_code for one in answers] == [429, 429, 401, 200, 200]
    assert [one.raw.closed for one in answers] == [True] * len(answers)


def test_an_identity_token_is_traded_for_a_token(front: Front) -> None:
    assert look(front, IDENTITY).condition is TagStatus.PUBLISHED
    assert asked(front).method == "POST"
    assert f"grant_type=refresh_token&refresh_token={SECRET}" in asked(front).body.decode()


def test_an_identity_token_is_traded_once_for_all_that_is_to_be_opened(front: Front) -> None:
    client = RegistryClient(f"127.0.0.1:{front.port}", RegistryOptions(logins=lambda _: IDENTITY))
    client.ask(
        "GET", "/v2/acme/app/blobs/uploads/", ("repository:a:pull,push", "repository:b:pull")
    )
    form = parse_qsl(asked(front).body.decode())
    scopes = [value for name, value in form if name == "scope"]
    assert scopes == ["repository:a:pull,push repository:b:pull"]


def test_one_token_serves_many_requests(front: Front, keeper: Doorkeeper) -> None:
    with HttpRegistry(RegistryOptions(logins=lambda _: ADA)) as client:
        for _ in range(3):
            client.look(Repository(f"127.0.0.1:{front.port}", "acme/app"), "1.0.0")
    assert keeper.given == 1


def test_a_token_that_has_expired_is_fetched_anew(front: Front, keeper: Doorkeeper) -> None:
    there = Repository(f"127.0.0.1:{front.port}", "acme/app")
    with HttpRegistry(RegistryOptions(logins=lambda _: ADA)) as client:
        client.look(there, "1.0.0")
        keeper.uses = 0
        assert client.look(there, "1.0.0").condition is TagStatus.UNAUTHORISED
        keeper.uses = 1
        assert client.look(there, "1.0.0").condition is TagStatus.PUBLISHED


def test_a_login_that_is_refused_is_named_without_its_secret(front: Front) -> None:
    seen = look(front, Login("ada", "wrong"))
    assert (seen.condition, seen.detail) == (
        TagStatus.UNAUTHORISED,
        "it refused the login of ada (status 401)",
    )


@pytest.mark.parametrize(
    ("status", "condition", "said"),
    [
        (429, TagStatus.LIMITED, "too many requests (status 429), and asks to wait 99999 s"),
        (503, TagStatus.FAILING, "status 503, and asks to wait 99999 s"),
    ],
)
def test_a_place_for_tokens_that_fails_or_is_asked_too_often_is_named(
    front: Front, status: int, condition: TagStatus, said: str
) -> None:
    reply = Reply(status, None, {"Retry-After": "99999"})
    front.faults = [Fault("/token", "refuse", 99, reply=reply)]
    seen = look(front, ADA)
    assert seen.condition is condition
    assert seen.detail == f"the place that gives out tokens says: {said}"


def test_a_place_for_tokens_that_talks_nonsense_gives_no_token(front: Front) -> None:
    front.faults = [Fault("/token", "refuse", 99, reply=Reply(200, b"<html>"))]
    seen = look(front, ADA)
    assert (seen.condition, seen.detail) == (
        TagStatus.STRANGE,
        "the place that gives out tokens sends no JSON",
    )


@pytest.mark.parametrize(
    "held", [b"[1]", b"null", b'"token"', b"[" * 100_000, b'{"token": 1}', b'{"token": "a\\nb"}']
)
def test_a_place_for_tokens_that_answers_with_another_shape_gives_no_token(
    front: Front, held: bytes
) -> None:
    front.faults = [Fault("/token", "refuse", 99, reply=Reply(200, held))]
    seen = look(front, ADA)
    assert (seen.condition, seen.detail) == (
        TagStatus.STRANGE,
        "the place that gives out tokens gave none (status 200)",
    )


def test_a_login_is_not_sent_without_encryption(front: Front, keeper: Doorkeeper) -> None:
    keeper.realm = "http://registry.example.org/token"
    seen = look(front, ADA)
    assert seen.condition is TagStatus.UNAUTHORISED
    assert "without encryption" in seen.detail


@pytest.mark.parametrize("login", [ADA, Login("ada", "wrong"), None])
def test_a_password_is_sent_where_one_is_asked_for(
    front: Front, keeper: Doorkeeper, login: Login | None
) -> None:
    keeper.is_basic = True
    is_right = login == ADA
    expected = TagStatus.PUBLISHED if is_right else TagStatus.UNAUTHORISED
    assert look(front, login).condition is expected


def test_what_a_server_repeats_of_a_secret_is_not_passed_on(front: Front) -> None:
    told = {"errors": [{"code": "DENIED", "message": f"not {SECRET} nor {ADA.basic} nor token-1"}]}
    look_at = Fault("GET /v2/acme", "refuse", 1, reply=Reply(401, None, {"WWW-Authenticate": ""}))
    challenge = f'Bearer realm="{front.url}/token"'
    look_at.reply = Reply(401, None, {"WWW-Authenticate": challenge})
    front.faults = [look_at, Fault("GET /v2/acme", "refuse", 9, reply=Reply(403, told))]
    seen = look(front, ADA)
    assert seen.detail == "not *** nor *** nor *** (status 403)"


@pytest.mark.parametrize("secret", ["p.*s(s|w)+ord", "ü/+=?&%41", "a b\\1"])
def test_what_a_server_repeats_of_a_password_in_another_spelling_is_not_passed_on(
    front: Front, keeper: Doorkeeper, secret: str
) -> None:
    keeper.is_basic = True
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    said = f"not {secret} nor {quote(secret, safe='')} nor {encoded}"
    told = {"errors": [{"code": "DENIED", "message": said}]}
    challenge = Reply(401, None, {"WWW-Authenticate": "Basic"})
    front.faults = [
        Fault("GET /v2/acme", "refuse", 1, reply=challenge),
        Fault("GET /v2/acme", "refuse", 9, reply=Reply(403, told)),
    ]
    detail = look(front, Login("ada", secret)).detail
    assert re.fullmatch(r"not \*\*\* nor \*\*\* nor \*\*\*.? \(status 403\)", detail), detail


def test_a_redirect_takes_no_credentials_along(front: Front, keeper: Doorkeeper) -> None:
    keeper.is_basic = True
    elsewhere = f"http://{ELSEWHERE}:{front.port}/v2/acme/app/manifests/2.0.0"
    reply = Reply(307, None, {"Location": elsewhere})
    look(front, ADA)
    front.faults = [Fault("manifests/1.0.0", "refuse", 9, reply=reply)]
    assert look(front, ADA).condition is TagStatus.UNAUTHORISED
    last = front.exchanges[-1].request
    assert (last.path, "authorization" in last.headers) == ("/v2/acme/app/manifests/2.0.0", False)


def test_no_proxy_stands_before_this_machine(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert look(front, ADA).condition is TagStatus.PUBLISHED


@pytest.fixture
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def test_a_login_is_found_where_docker_keeps_it(docker_config: Path) -> None:
    config = {"auths": {"ghcr.io": {"auth": ADA.basic}}}
    docker_config.write_text(json.dumps(config))
    assert docker_login("ghcr.io") == ADA
    assert docker_login("quay.io") is None


def test_docker_hub_is_found_under_its_old_address(docker_config: Path) -> None:
    config = {"auths": {"https://index.docker.io/v1/": {"auth": ADA.basic}}}
    docker_config.write_text(json.dumps(config))
    assert docker_login("docker.io") == ADA


def test_an_identity_token_is_found(docker_config: Path) -> None:
    config = {"auths": {"acr.io": {"auth": ADA.basic, "identitytoken": SECRET}}}
    docker_config.write_text(json.dumps(config))
    assert docker_login("acr.io") == Login("", SECRET, is_token=True)


def test_without_a_configuration_there_is_no_login(docker_config: Path) -> None:
    assert not docker_config.exists()
    assert docker_login("ghcr.io") is None


def helper(folder: Path, script: str) -> None:
    path = folder / "docker-credential-ours"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("where", [{"credsStore": "ours"}, {"credHelpers": {"ghcr.io": "ours"}}])
def test_a_helper_is_asked(
    docker_config: Path, monkeypatch: pytest.MonkeyPatch, where: dict[str, object]
) -> None:
    docker_config.write_text(json.dumps(where))
    told = json.dumps({"ServerURL": "ghcr.io", "Username": "ada", "Secret": SECRET})
    helper(docker_config.parent, f"echo '{told}'")
    monkeypatch.setenv("PATH", f"{docker_config.parent}:{os.defpath}")
    assert docker_login("ghcr.io") == ADA


@pytest.mark.parametrize(
    "config",
    [
        {"auths": {"ghcr.io": {"auth": "bm90aGluZw=="}}},
        {"auths": {"ghcr.io": {"auth": "*"}}},
        {"auths": {"ghcr.io": "x"}},
        {"credsStore": "nowhere"},
        {"credsStore": "ours"},
    ],
)
def test_a_broken_configuration_is_said_to_be_broken(
    docker_config: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, object]
) -> None:
    docker_config.write_text(json.dumps(config))
    helper(docker_config.parent, f"echo it is {SECRET}; exit 1")
    monkeypatch.setenv("PATH", f"{docker_config.parent}:{os.defpath}")
    with pytest.raises(UsageError, match=r"gives no credentials for ghcr\.io") as caught:
        docker_login("ghcr.io")
    assert SECRET not in str(caught.value)
    assert caught.value.hint == (
        "check config.json and its credential helper, or run `docker login ghcr.io` again"
    )


def test_a_broken_configuration_closes_the_registry(front: Front, docker_config: Path) -> None:
    docker_config.write_text(json.dumps({"credsStore": "nowhere"}))
    with HttpRegistry() as client:
        there = Repository(f"127.0.0.1:{front.port}", "acme/app")
        seen = client.look(there, "1.0.0", depth=Depth.DIGEST)
    assert seen.condition is TagStatus.UNAUTHORISED
    assert "gives no credentials" in seen.detail


def test_a_digest_that_is_not_told_is_computed(front: Front) -> None:
    with HttpRegistry(RegistryOptions(logins=lambda _: ADA)) as client:
        there = Repository(f"127.0.0.1:{front.port}", "acme/app")
        seen = client.look(there, "1.0.0", depth=Depth.DIGEST)
    assert seen.digest == content_digest(INDEX)
