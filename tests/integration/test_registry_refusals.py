"""Registries whose answers are none of a registry: whatever is asked, a run ends with one error.

Releases are made in memory but for their images, which are in registries on loopback.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.registry import HttpRegistry, Login, RegistryOptions
from tagboat.core.errors import TagboatError
from tagboat.core.images.bake import BakeFile
from tagboat.core.images.image import Image
from tagboat.core.images.oci import OCI_INDEX, OCI_MANIFEST
from tagboat.core.images.registry import Repository
from tagboat.core.next_version.package import Package
from tagboat.core.record.drift import Verdict
from tagboat.use_cases.inspect.image_tags import tag_list
from tagboat.use_cases.inspect.status import status
from tagboat.use_cases.inspect.verify import verify
from tagboat.use_cases.rollback.rollback import RollbackRequest, rollback
from tests.fake_registry import MemoryBuilder, MemoryRegistry
from tests.patience import patience
from tests.release_fakes import Project
from tests.servers.front import ELSEWHERE, Fault, Front, Reply, Request, serving
from tests.servers.registry import PASSWORD, USER, RegistryServer, Rules
from tests.tiers import some

NAME = "acme/app"
BEARER = 'Bearer realm="{url}/token",service="a registry"'
_NOWHERE = {"os": "unknown", "architecture": "unknown"}


class PushingBuilder(MemoryBuilder):
    """Pushes what it builds to registries on loopback, by their names."""

    def __init__(self, servers: dict[str, RegistryServer]) -> None:
        super().__init__(pushes_to=MemoryRegistry())
        self._servers = servers

    def _push(self, registry: MemoryRegistry, place: Repository, target: BakeFile) -> str:  # noqa: ARG002 - it has none
        server, told = self._servers[place.host], dict(map(_annotation, target["annotations"]))
        below: list[object] = []
        for platform in target["platforms"]:
            system, _, architecture = platform.partition("/")
            where = {"os": system, "architecture": architecture}
            config = where | {"config": {"Labels": target["labels"]}}
            image = _manifest(server, config, {"annotations": told})
            below.append(image | {"platform": where})
            of_image = {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": image["digest"],
            }
            attestation = _manifest(server, {}, {})
            below.append(attestation | {"platform": _NOWHERE, "annotations": of_image})
        tags = [name.rpartition(":")[2] for name in target["tags"]]
        index = {"schemaVersion": 2, "manifests": below, "annotations": told}
        return str(_put(server, index, OCI_INDEX, *tags)["digest"])


def _annotation(line: str) -> tuple[str, str]:
    """The name and the value of an annotation as a bake file writes it."""
    name, _, value = line.partition(":")[2].partition("=")
    return name, value


def _put(server: RegistryServer, value: object, kind: str, *tags: str) -> dict[str, object]:
    content = json.dumps(value).encode()
    digest = server.put(NAME, content, kind, *tags)
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def _manifest(server: RegistryServer, config: object, more: dict[str, Any]) -> dict[str, object]:
    """A manifest with its configuration and one layer; what an index says of it."""
    content = json.dumps(config).encode()
    layer = b"layer of " + content
    value = {
        "schemaVersion": 2,
        "config": {"digest": server.put_blob(NAME, content), "size": len(content)},
        "layers": [{"digest": server.put_blob(NAME, layer), "size": len(layer)}],
        **more,
    }
    return _put(server, value, OCI_MANIFEST)


def impatient() -> Budget:
    return Budget(1, 2, Timeouts(patience(40), patience(40)), first_pause=0.001)


Answer = Callable[[int], Reply]
"""An answer by a registry's port."""


def shape(request: Request) -> str:
    """What kind of request one is, whatever tag or digest it asks for."""
    path = re.sub(r"/sha256:\w+", "/DIGEST", request.path)
    return f"{request.method} {re.sub('/manifests/[^D].*', '/manifests/TAG', path)}"


class OddAnswer(Fault):
    """An answer that is put in the way of the request of a number among those of a shape."""

    def __init__(self, asked: str, number: int, reply: Reply) -> None:
        super().__init__("", "refuse", reply=reply)
        self._asked, self._left = asked, number

    def takes(self, request: Request) -> bool:
        self._left -= shape(request) == self._asked
        is_hit = self._left == 0
        self._left -= is_hit
        return is_hit


class Registries:
    """A project with two registries, one behind a door."""

    def __init__(self, fronts: list[Front]) -> None:
        self._fronts = fronts
        self.begin()

    def begin(self) -> None:
        """Have a project without a release, and empty registries that all goes well with."""
        names = [f"127.0.0.1:{front.port}" for front in self._fronts]
        doors = Rules((BEARER,)), Rules()
        servers = list(map(RegistryServer, doors))
        for front, server in zip(self._fronts, servers, strict=True):
            front.app, server.url = server, front.url
        self.servers = dict(zip(names, servers, strict=True))
        tags = ("{version}", "{major}.{minor}", "latest")
        image = Image("app", tuple(f"{name}/{NAME}" for name in names), tags=tags)
        self.project = Project(Package(tag="v{version}", images=(image,)))
        self.project.builder = PushingBuilder(self.servers)
        self.project.commit("feat: a")
        self.arm()

    def arm(self, *faults: Fault) -> None:
        """Let some things go wrong from now on, and forget what was asked."""
        for front in self._fronts:
            front.faults = list(faults)
            front.exchanges.clear()

    @property
    def port(self) -> int:
        """That of the registry behind a door."""
        return self._fronts[0].port

    def run(self, command: "Command") -> object:
        """What a run gives, that has connections of its own."""
        options = RegistryOptions(budget=impatient, logins=lambda _: Login(USER, PASSWORD))
        with HttpRegistry(options) as registry:
            self.project.registry = registry  # type: ignore[assignment] # a real one
            return command(self.project)

    def tried(self, command: "Command") -> object:
        """The same, or the one error that it ends with; anything else is a fault of tagboat's."""
        try:
            return self.run(command)
        except TagboatError as error:
            return error

    def shapes(self, command: "Command") -> Counter[str]:
        """How many requests of each shape a run sends to which all goes well."""
        self.arm()
        self.run(command)
        return Counter(shape(one.request) for front in self._fronts for one in front.exchanges)

    def public(self) -> tuple[object, ...]:
        """What people see of the project, apart from staging tags."""
        tags = [server.tags.get(NAME, {}) for server in self.servers.values()]
        images = [
            {tag: digest for tag, digest in held.items() if not tag.startswith("tagboat-")}
            for held in tags
        ]
        kept = [(tag, kinds and kinds[-1]) for tag, kinds in self._kinds().items()]
        return self.project.tags, kept, images

    def _kinds(self) -> dict[str, list[str]]:
        return {tag: self.project.kinds(tag) for tag in self.project.records()}


Command = Callable[[Project], object]


class Kind(NamedTuple):
    """A command, and what is done before it."""

    before: tuple[Command, ...]
    command: Command


def released(project: Project) -> object:
    return project.release()


def changed(project: Project) -> object:
    return project.commit("feat: b")


KINDS = {
    "release": Kind((), released),
    "plan": Kind((), lambda it: it.planned()),
    "status": Kind((released,), lambda it: [one.checks for one in status(it.context())]),
    "verify": Kind((released,), lambda it: verify(it.context(), "0.1.0").checks),
    "image tags": Kind((released,), lambda it: tag_list(it.context())),
    "rollback": Kind(
        (released, changed, released),
        lambda it: rollback(it.context(), "0.1.0", RollbackRequest(it.now, "broken")).version,
    ),
}


def answer(status: int, body: object = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(status, body, named)


def redirect(to: str) -> Answer:
    """A redirect to an address, in which the registry's port may stand."""
    return lambda port: Reply(307, b"", {"Location": to.format(port=port)})


def challenge(realm: str) -> Answer:
    return answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service=')


ODD: dict[str, Answer] = {
    "a page": answer(200, b"<html>Sign in</html>", Content_Type="text/html"),
    "an empty answer": answer(200),
    "no content": answer(204),
    "half an answer": answer(200, b'{"schemaVersion": 2, "mani'),
    "a shorter answer than it says": answer(200, b"{}", Content_Length="7000"),
    "bytes that can't be decoded": answer(200, b"{}", Content_Encoding="gzip"),
    "another shape": answer(200, {"tags": 7, "manifests": "x", "token": ["a"], "layers": {}}),
    "another shape below": answer(200, {"tags": [{}], "manifests": [{"digest": 5}], "token": ""}),
    "nested without end": answer(200, b"[" * 100_000, Content_Type=OCI_INDEX),
    "a header that is no digest": answer(
        200, b"{}", Docker_Content_Digest="<b>", Content_Type=OCI_MANIFEST
    ),
    "a token that is none": answer(200, {"token": "a\nb", "tags": None}),
    "a place for an upload that is none": answer(202, b"", Location="http://[::1"),
    "a next page that is none": answer(200, {"tags": []}, Link='<http://[::1>; rel="next"'),
    "a redirect to another host": redirect(f"http://{ELSEWHERE}:{{port}}/elsewhere"),
    "a redirect in circles": redirect("/v2/acme/app/manifests/latest"),
    "a redirect to no address": redirect("http://[::1"),
    "a redirect to a file": redirect("file:///etc/passwd"),
    "a redirect to nowhere": answer(307),
    "not modified": answer(304),
    "a challenge without a scheme": answer(401),
    "a challenge to no address": challenge("http://[::1"),
    "a challenge to a file": challenge("file:///token"),
    "a challenge to no port": challenge("http://127.0.0.1:99999/token"),
    "a page that forbids": answer(403, b"<html>no</html>", Content_Type="text/html"),
    "a page that is missing": answer(404, b"<html>no</html>", Content_Type="text/html"),
    "a conflict": answer(409),
    "too many requests without end": answer(429, Retry_After="99999"),
    "a wait that is none": answer(429, Retry_After="soon"),
    "a failure without end": answer(503, Retry_After="99999"),
    "errors of another shape": answer(500, {"errors": [{"message": {"a": 1}}, 6]}),
    "a status that is none": answer(999),
}


@pytest.fixture(scope="module")
def registries() -> Iterator[Registries]:
    with ExitStack() as stack:
        fronts = [stack.enter_context(serving(RegistryServer())) for _ in range(2)]
        yield Registries(fronts)


@pytest.mark.matrix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", ODD)
def test_odd_answer_to_any_request_is_one_error_and_the_same_command_finishes(
    registries: Registries, kind: str, odd: str
) -> None:
    before, command = KINDS[kind]
    begun(registries, before)
    shapes = registries.shapes(command)
    done = registries.public()
    third = sorted(shapes)[len(odd) % 3 :: 3]
    for asked in some(third, 1, f"registries, {kind}, {odd}"):
        begun(registries, before)
        seen, number = registries.public(), 1 + len(odd) % shapes[asked]
        registries.arm(OddAnswer(asked, number, ODD[odd](registries.port)))
        found = registries.tried(command)
        if isinstance(found, TagboatError):
            is_tagged = registries.project.tags != seen[0]
            assert kind != "release" or is_tagged or registries.public() == seen, asked
        elif kind in {"status", "verify"}:
            assert all(is_told(found)), (asked, found)
        else:
            assert registries.public() == done, asked
        registries.arm()
        registries.run(command)
        assert registries.public() == done, asked


SAYING_NOTHING = [name for name in ODD if "missing" not in name]
"""Those that don't say that something is not there."""


@pytest.mark.matrix
@pytest.mark.parametrize("kind", ["status", "verify"])
@pytest.mark.parametrize("odd", SAYING_NOTHING)
def test_registry_that_answers_like_none_does_not_make_drift_of_a_release(
    registries: Registries, kind: str, odd: str
) -> None:
    before, command = KINDS[kind]
    begun(registries, before)
    registries.arm(Fault(".", "refuse", 9999, reply=ODD[odd](registries.port)))
    verdicts = {one.verdict for one in _flat(registries.run(command))}
    assert Verdict.UNKNOWN in verdicts
    assert Verdict.DRIFT not in verdicts


def begun(registries: Registries, before: tuple[Command, ...]) -> None:
    registries.begin()
    for one in before:
        registries.run(one)


def is_told(found: object) -> Iterator[bool]:
    """Whether each check that did not find what should be says what it found."""
    for one in _flat(found):
        yield one.verdict in {Verdict.OK, Verdict.NOTE} or bool(one.detail)


def _flat(found: Any) -> Iterator[Any]:  # noqa: ANN401 - checks, or tuples of them
    for one in found:
        if hasattr(one, "verdict"):
            yield one
        else:
            yield from one
