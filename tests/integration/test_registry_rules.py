"""What registries do that not all of them do, by a server that does as each of them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tagboat.adapters.clock import Budget, Timeouts
from tagboat.adapters.registry import HttpRegistry, Login, RegistryOptions
from tagboat.core.images.oci import OCI_INDEX, OCI_MANIFEST
from tagboat.core.images.registry import (
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    TagStatus,
    error,
)
from tagboat.ports.images import InspectionRequest
from tests.patience import patience
from tests.servers.front import Fault, Front, Reply, Request, serving
from tests.servers.registry import PASSWORD, USER, RegistryServer, Rules, fault

ADA = Login(USER, PASSWORD)
NAME = "acme/app"


class World(NamedTuple):
    """A registry that runs, its repository, and who asks it."""

    server: RegistryServer
    front: Front
    client: HttpRegistry
    there: Repository

    def push(self, *tags: str) -> str:
        """Put an image of one platform there; the digest of its index."""
        config = {"architecture": "amd64", "os": "linux"}
        blob = self.server.put_blob(NAME, json.dumps(config).encode())
        layer = self.server.put_blob(NAME, b"a layer")
        manifest = {
            "schemaVersion": 2,
            "config": {"digest": blob, "size": 1},
            "layers": [{"digest": layer, "size": 7}],
        }
        child = self.server.put(NAME, json.dumps(manifest).encode(), OCI_MANIFEST)
        below = {"digest": child, "size": 1, "mediaType": OCI_MANIFEST}
        index = {"schemaVersion": 2, "manifests": [below]}
        return self.server.put(NAME, json.dumps(index).encode(), OCI_INDEX, *tags)


Make = Callable[..., World]


def impatient() -> Budget:
    return Budget(1, 2, Timeouts(patience(40), patience(40)), first_pause=0.01)


@pytest.fixture
def make() -> Iterator[Make]:
    """Starts registries."""
    with ExitStack() as stack:
        options = RegistryOptions(budget=impatient, logins=lambda _: ADA)
        client = stack.enter_context(HttpRegistry(options))

        def made(rules: Rules = Rules()) -> World:  # noqa: B008 - a value
            server = RegistryServer(rules)
            front = stack.enter_context(serving(server))
            server.url = front.url
            return World(server, front, client, Repository(f"127.0.0.1:{front.port}", NAME))

        yield made


def whole(world: World, digest: str) -> Inspection:
    """What is there of a digest, down to the layers."""
    return world.client.look(world.there, digest, ExpectedContent(digest), Depth.LAYERS)


# Damage


@pytest.mark.parametrize("lost", ["manifest", "configuration", "layer"])
def test_what_was_lost_is_seen_and_copied_from_elsewhere(make: Make, lost: str) -> None:
    good, bad = make(), make()
    digest = good.push("1.0.0")
    assert bad.push("1.0.0") == digest
    kept = bad.server.manifests[NAME] if lost == "manifest" else bad.server.blobs[NAME]
    del kept[[one for one in kept if one != digest][lost == "layer"]]
    assert whole(bad, digest).condition is TagStatus.INCOMPLETE
    assert lost in whole(bad, digest).detail
    seen = bad.client.copy(good.there, digest, bad.there, "tagboat-1")
    assert seen.condition is TagStatus.PUBLISHED
    assert whole(bad, digest).condition is TagStatus.PUBLISHED


def damage(world: World, digest: str, part: str) -> str:
    """Let a part of an image have other bytes, as a disk that was full leaves them; its digest."""
    blobs, manifests = world.server.blobs[NAME], world.server.manifests[NAME]
    if part in ("layer", "configuration"):
        found = [*blobs][part == "layer"]
        blobs[found] = blobs[found][:3]
        return found
    found = digest if part == "index" else next(one for one in manifests if one != digest)
    content, kind = manifests[found]
    manifests[found] = content[:-3], kind
    return found


PARTS = ("index", "manifest", "configuration", "layer")


@pytest.mark.parametrize("part", PARTS)
def test_what_is_damaged_is_seen_and_copied_from_elsewhere(make: Make, part: str) -> None:
    good, bad = make(), make()
    digest = good.push("1.0.0")
    bad.push("1.0.0")
    damage(bad, digest, part)
    seen = whole(bad, digest)
    assert seen.condition is TagStatus.INCOMPLETE, seen
    assert (
        "has 3 bytes, and should have 7" if part == "layer" else "has other bytes"
    ) in seen.detail
    copied = bad.client.copy(good.there, digest, bad.there, "tagboat-1")
    assert copied.condition is TagStatus.PUBLISHED, copied
    assert whole(bad, digest).condition is TagStatus.PUBLISHED


@pytest.mark.parametrize("part", PARTS)
def test_damage_that_a_registry_keeps_is_still_seen_after_a_copy(make: Make, part: str) -> None:
    good, bad = make(), make(Rules(keeps_bytes=True))
    digest = good.push("1.0.0")
    bad.push("1.0.0")
    damage(bad, digest, part)
    seen = bad.client.copy(good.there, digest, bad.there, "tagboat-1")
    assert (seen.condition, seen.detail) == (TagStatus.INCOMPLETE, whole(bad, digest).detail)


@pytest.mark.parametrize("what", ["gone", "damaged"])
def test_source_that_has_less_than_it_says_is_named_and_not_the_target(
    make: Make, what: str
) -> None:
    source, target = make(), make()
    digest = source.push("1.0.0")
    layer = [*source.server.blobs[NAME]][1]
    if what == "damaged":
        source.server.blobs[NAME][layer] = b"A LAYER"
    else:
        source.front.faults = [Fault(f"GET .*{layer}", "refuse", 9, reply=Reply(404))]
    assert whole(source, digest).condition is TagStatus.PUBLISHED
    seen = target.client.copy(source.there, digest, target.there, "tagboat-1")
    assert (seen.name, seen.condition) == (source.there.at(digest), TagStatus.INCOMPLETE)
    assert seen.detail == f"{source.there} lacks {layer}"


def test_page_in_place_of_a_manifest_is_no_damage(make: Make) -> None:
    world = make()
    digest = world.push("1.0.0")
    child = next(one for one in world.server.manifests[NAME] if one != digest)
    page = Reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})
    world.front.faults = [Fault(f"GET .*{child}", "refuse", 9, reply=page)]
    assert whole(world, digest).condition is TagStatus.STRANGE


def test_part_that_a_registry_fails_at_is_named(make: Make) -> None:
    """As distribution does at a manifest that is cut off: status 500, each time."""
    world = make()
    digest = world.push("1.0.0")
    child = next(one for one in world.server.manifests[NAME] if one != digest)
    world.front.faults = [Fault(f"GET .*{child}", "refuse", 99, reply=Reply(500))]
    seen = whole(world, digest)
    assert (seen.condition, seen.detail) == (TagStatus.FAILING, f"{child}: status 500")


READING_AT_ONCE = """
import sys, threading
from tagboat.core.images.oci import read_config, read_document
index = b'{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}'
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
def read():
    together.wait()
    read_document(index)
    read_config(b"{}")
readers = [threading.Thread(target=read) for _ in range(8)]
for one in readers: one.start()
for one in readers: one.join()
"""


def test_first_manifests_are_read_by_several_threads() -> None:
    """About one of three such processes ended with a fault of memory (msgspec 0.22)."""
    command = [sys.executable, "-c", READING_AT_ONCE]
    ends = [subprocess.run(command, check=False).returncode for _ in range(8)]
    assert set(ends) == {0}


def test_length_that_only_head_has_wrong_is_no_damage(make: Make) -> None:
    world = make()
    digest = world.push("1.0.0")
    empty = Reply(200, b"", {"Content-Length": "0"})
    world.front.faults = [Fault("HEAD .*/blobs/", "refuse", 9, reply=empty)]
    assert whole(world, digest).condition is TagStatus.PUBLISHED


def test_registries_that_lost_different_parts_mend_each_other(make: Make) -> None:
    one, other = make(), make()
    digest = one.push("1.0.0")
    other.push("1.0.0")
    del one.server.manifests[NAME][next(d for d in one.server.manifests[NAME] if d != digest)]
    del other.server.blobs[NAME][[*other.server.blobs[NAME]][1]]
    for to, source in ((one, other), (other, one)):
        seen = to.client.copy(source.there, digest, to.there, "tagboat-1")
        assert seen.condition is TagStatus.PUBLISHED, seen
        assert whole(to, digest).condition is TagStatus.PUBLISHED


def test_what_was_seen_once_is_not_asked_for_again_in_one_look(make: Make) -> None:
    world = make()
    digest = world.push("1.0.0")
    once = world.client.remembering()
    once.look(world.there, digest, depth=Depth.LAYERS)
    count = len(world.front.exchanges)
    assert once.look(world.there, digest, ExpectedContent(digest), Depth.LAYERS).graph
    assert len(world.front.exchanges) == count
    world.client.look(world.there, digest)
    assert len(world.front.exchanges) > count


def test_what_was_begun_is_not_asked_for_again(make: Make) -> None:
    world = make()
    digest = world.push("1.0.0")
    question = InspectionRequest(world.there, digest, depth=Depth.LAYERS)
    world.client.remembering().look(*question)
    alone = len(world.front.exchanges)
    once = world.client.remembering()
    once.begin([question])
    assert once.look(*question).graph
    assert len(world.front.exchanges) == 2 * alone


def test_a_challenge_is_met_once_for_all_that_ask_at_a_time(make: Make) -> None:
    world = make(Rules((BEARER,)))
    digest = world.push("1.0.0", "1.0", "1", "latest")
    once = world.client.remembering()
    asked = [
        InspectionRequest(world.there, one, depth=Depth.DIGEST)
        for one in (digest, "1.0.0", "1.0", "1", "latest")
    ]
    once.begin(asked)
    assert {seen.digest for seen in once.look_all(asked)} == {digest}
    refused = [one for one in world.front.exchanges if one.reply.status == 401]
    tokens = [one for one in world.front.exchanges if one.request.path.startswith("/token")]
    assert (len(refused), len(tokens)) == (1, 1)  # the first of five questions


def test_an_image_that_gets_several_tags_is_read_once_to_be_written(make: Make) -> None:
    world = make()
    digest = world.push("1.0.0")
    for tag in ("1.0", "1"):
        assert world.client.move(world.there, tag, digest, "").condition is TagStatus.PUBLISHED
    asked = [one.request for one in world.front.exchanges]
    read = [one for one in asked if one.method == "GET" and digest in one.path]
    assert len(read) == 1


# Who asks

BEARER = 'Bearer realm="{url}/token",service="a, registry",scope="repository:acme/app:pull"'
BASIC = 'Basic realm="a \\"registry\\", of ours"'


@pytest.mark.parametrize(
    "challenges",
    [
        (BEARER,),
        (BASIC,),
        (BEARER, BASIC),
        (BASIC, BEARER),
        (f"{BEARER}, {BASIC}",),
        (f"{BASIC}, {BEARER}",),
        (f"Negotiate, {BASIC},{BEARER}",),
        (f"Negotiate dG9rZW4=, basic , {BEARER}",),
        ("Digest x=y", "Basic"),
    ],
)
def test_challenges_are_met_in_whatever_order_and_headers(
    make: Make, challenges: tuple[str, ...]
) -> None:
    world = make(Rules(challenges))
    world.push("1.0.0")
    assert world.client.look(world.there, "1.0.0").condition is TagStatus.PUBLISHED
    last = world.front.exchanges[-1].request.headers["authorization"]
    assert last.startswith("Bearer" if any("Bearer" in one for one in challenges) else "Basic")


def test_schemes_that_nobody_knows_close_a_registry(make: Make) -> None:
    world = make(Rules(("Negotiate", "Digest realm=x")))
    assert world.client.look(world.there, "1.0.0").condition is TagStatus.UNAUTHORISED


@pytest.mark.parametrize("depth", Depth)
def test_repository_that_is_made_on_the_first_push_is_absent(make: Make, depth: Depth) -> None:
    world = make(Rules((BEARER,), makes_on_push=True))
    assert world.client.look(world.there, "1.0.0", depth=depth).condition is TagStatus.ABSENT
    assert world.client.tags(world.there) == ()
    assert world.client.may_push(world.there).condition is TagStatus.PUBLISHED


def test_token_for_reading_that_opens_nothing_is_followed_by_one_for_writing(make: Make) -> None:
    world = make(Rules((BEARER,), makes_on_push=True, answers_closed=403))
    assert world.client.look(world.there, "1.0.0").condition is TagStatus.ABSENT
    assert world.client.tags(world.there) == ()


@pytest.mark.parametrize("mounts", [True, False])
def test_blob_that_can_not_be_mounted_is_sent(make: Make, mounts: bool) -> None:  # noqa: FBT001 - one of two
    world = make(Rules((BEARER,), makes_on_push=True, mounts=mounts))
    index = world.push("1.0.0")
    digest = next(one for one in world.server.manifests[NAME] if one != index)
    new = Repository(world.there.host, "acme/new")
    seen = world.client.copy(world.there, digest, new, "tagboat-1")
    assert seen.condition is TagStatus.PUBLISHED, seen


def test_image_is_copied_to_a_repository_that_is_made_for_it(make: Make) -> None:
    good, new = make(), make(Rules((BEARER,), makes_on_push=True))
    index = good.push("1.0.0")
    digest = next(one for one in good.server.manifests[NAME] if one != index)
    seen = new.client.copy(good.there, digest, new.there, "tagboat-1")
    assert seen.condition is TagStatus.PUBLISHED
    assert new.client.tag_once(new.there, "1.0.0", digest).condition is TagStatus.PUBLISHED


def test_image_is_copied_where_there_is_no_docker(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    good, new = make(), make()
    digest = good.push("1.0.0")
    seen = new.client.copy(good.there, digest, new.there, "tagboat-1")
    assert seen.condition is TagStatus.PUBLISHED
    assert whole(new, digest).condition is TagStatus.PUBLISHED


def test_reader_alone_does_not_ask_for_more(make: Make) -> None:
    world = make(Rules((BEARER,)))
    world.push("1.0.0")
    world.client.look(world.there, "1.0.0", depth=Depth.DIGEST)
    asked = [one.request.query for one in world.front.exchanges if one.request.path == "/token"]
    assert [one["scope"] for one in asked] == ["repository:acme/app:pull"]


# Refusals

PROTECTED = fault(403, "DENIED", "requested access to the resource is denied")
OVERWRITE = fault(403, "MANIFEST_INVALID", "manifest invalid")
"""As Artifactory says that a login may write, and not overwrite: kaniko's issue 1095."""
REDEPLOY = "Repository does not allow updating assets: docker"
"""As Nexus says that a tag is written once: https://github.com/GoogleContainerTools/jib/issues/3057"""
NO_PACKAGE = fault(403, "DENIED", "installation not allowed to Write organization package")
"""As GitHub's registry says that a job's token may not write: https://github.com/actions/runner/issues/1039"""


def test_tag_that_is_protected_is_refused_and_written_once_it_is_let(make: Make) -> None:
    world = make(Rules(refused=(r"^1\.", PROTECTED)))
    digest = world.push("staged")
    seen = world.client.tag_once(world.there, "1.0.0", digest)
    assert (seen.condition, error(seen).exit_code) == (TagStatus.REFUSED, 1)
    assert "requested access to the resource is denied (status 403)" in error(seen).message
    world.server.rules = Rules()
    assert world.client.tag_once(world.there, "1.0.0", digest).condition is TagStatus.PUBLISHED


@pytest.mark.parametrize("status", [401, 403, 405, 409, 412])
def test_new_tag_that_is_not_taken_is_never_called_immutable(make: Make, status: int) -> None:
    world = make(Rules(refused=(r"^(1\.|latest)", fault(status, "DENIED", "no"))))
    digest = world.push("staged")
    for seen in (
        world.client.tag_once(world.there, "1.0.0", digest),
        world.client.move(world.there, "latest", digest, ""),
    ):
        assert seen.condition is TagStatus.REFUSED


def test_tag_that_is_immutable_is_denied_where_it_would_move(make: Make) -> None:
    world = make(Rules(is_immutable=True))
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    assert world.client.move(world.there, "latest", new, old).condition is TagStatus.DENIED


def test_login_that_may_not_overwrite_is_told_so_and_not_of_types(make: Make) -> None:
    world = make(Rules(refused=("latest", OVERWRITE)))
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    seen = world.client.move(world.there, "latest", new, old)
    assert (seen.condition, seen.detail) == (TagStatus.DENIED, "manifest invalid (status 403)")


def test_login_that_may_write_nothing_is_not_told_of_tags(make: Make) -> None:
    world = make(Rules(refused=("latest", NO_PACKAGE)))
    world.front.faults = [Fault("POST", "refuse", 9, reply=NO_PACKAGE)]
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    assert world.client.move(world.there, "latest", new, old).condition is TagStatus.UNAUTHORISED


def test_what_a_registry_says_in_a_detail_is_told_and_understood(make: Make) -> None:
    error_of = {"code": "BLOB_UPLOAD_INVALID", "message": "blob upload invalid", "detail": REDEPLOY}
    world = make(Rules(refused=("latest", Reply(400, {"errors": [error_of]}))))
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    seen = world.client.move(world.there, "latest", new, old)
    assert (seen.condition, seen.detail) == (
        TagStatus.DENIED,
        f"blob upload invalid: {REDEPLOY} (status 400)",
    )


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("to", ["/sign-in", f"/v2/{NAME}/manifests/other"])
def test_tag_that_is_sent_elsewhere_is_not_written_there(make: Make, status: int, to: str) -> None:
    world = make()
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    led = Reply(status, None, {"Location": to})
    world.front.faults = [Fault("PUT .*/latest", "refuse", 9, reply=led)]
    seen = world.client.move(world.there, "latest", new, old)
    assert (seen.condition, seen.detail) == (TagStatus.STRANGE, f"status {status}")
    assert world.server.written == []


PAGE = {"Content-Type": "text/html"}
NOT_TAKEN = {
    "a page": Reply(200, b"<html>Sign in</html>", PAGE),
    "a page of a firewall": Reply(202, b"<html>Wait</html>", PAGE),
    "another service": Reply(200, {"ok": True}),
    "nothing": Reply(204),
}
"""Answers that are good, and none to a manifest: those have 201, where they are.

A firewall's challenge has 202: https://docs.aws.amazon.com/waf/latest/APIReference/API_ChallengeAction.html
"""


@pytest.mark.parametrize("held", ["another image", "nothing"])
@pytest.mark.parametrize("what", NOT_TAKEN)
def test_write_that_is_answered_by_something_else_is_no_conflict(
    make: Make, what: str, held: str
) -> None:
    world = make()
    old = world.push("latest") if held == "another image" else ""
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    world.front.faults = [Fault("PUT .*/manifests/", "refuse", 9, reply=NOT_TAKEN[what])]
    seen = world.client.move(world.there, "latest", new, old)
    assert seen.condition is TagStatus.STRANGE, seen
    assert f"status {NOT_TAKEN[what].status}" in seen.detail
    assert "check that 127.0.0.1:" in error(seen).hint
    assert world.client.tag_once(world.there, "1.0.0", new).condition is TagStatus.STRANGE


@pytest.mark.parametrize("what", NOT_TAKEN)
@pytest.mark.parametrize("part", ["blobs", "manifests"])
def test_copy_that_is_answered_by_something_else_is_told(make: Make, part: str, what: str) -> None:
    good, new = make(), make()
    index = good.push("1.0.0")
    digest = next(one for one in good.server.manifests[NAME] if one != index)
    new.front.faults = [Fault(f"PUT .*/{part}/", "refuse", 99, reply=NOT_TAKEN[what])]
    seen = new.client.copy(good.there, digest, new.there, "tagboat-1")
    assert seen.condition is TagStatus.STRANGE, seen


TAKEN = {
    "by what is there": Reply(200, b"", PAGE),
    "by its digest": Reply(202, b"OK", PAGE | {"Docker-Content-Digest": "sha256:" + "0" * 64}),
    "by its place": Reply(200, b"OK", PAGE | {"Location": "/v2/acme/app/manifests/latest"}),
}
"""Answers to a manifest that was taken; Quay's have a page's type, too: `Response("OK", ...)` in
endpoints/v2/manifest.py."""


class Answering(RegistryServer):
    """Takes manifests, and says so in words of its own."""

    reply = Reply(201)

    def answer(self, request: Request) -> Reply:
        done = super().answer(request)
        return self.reply if request.method == "PUT" else done


@pytest.mark.parametrize("how", TAKEN)
def test_write_that_is_taken_is_one_whatever_its_status(make: Make, how: str) -> None:
    world = make()
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    answering = Answering()
    vars(answering).update(tags=world.server.tags, manifests=world.server.manifests)
    answering.reply, world.front.app = TAKEN[how], answering
    assert world.client.move(world.there, "latest", new, old).condition is TagStatus.PUBLISHED


def test_immutable_tag_is_no_matter_of_types_whatever_its_code_is(make: Make) -> None:
    said = fault(400, "MANIFEST_INVALID", "the repository has enabled tag immutability")
    world = make(Rules(refused=("latest", said)))
    old = world.push("latest")
    new = world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX)
    assert world.client.move(world.there, "latest", new, old).condition is TagStatus.DENIED


@pytest.mark.parametrize("tag", ["tagboat-1", "tagboat-2"])
def test_whole_image_under_an_immutable_staging_tag_is_left_as_it_is(make: Make, tag: str) -> None:
    world = make(Rules(is_immutable=True))
    world.server.put(NAME, b'{"schemaVersion": 2, "manifests": []}', OCI_INDEX, "tagboat-2")
    digest = world.push("tagboat-1")
    seen = world.client.copy(world.there, digest, world.there, tag)
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, digest)
    assert world.server.written == []


def test_repository_that_is_made_by_hand_is_asked_for(make: Make) -> None:
    world = make(Rules(wants_repositories=True))
    seen = world.client.may_push(world.there)
    assert seen.condition is TagStatus.NO_REPOSITORY
    assert "does not exist in the registry" in error(seen).message
    assert "create acme/app there" in error(seen).hint


def test_registry_without_indexes_is_said_to_have_none(make: Make) -> None:
    world = make(Rules(takes_indexes=False))
    seen = world.client.tag_once(world.there, "1.0.0", world.push("staged"))
    assert seen.condition is TagStatus.REFUSED
    assert "it does not take this type of manifest: manifest type unsupported" in seen.detail


def test_question_that_is_refused_is_not_called_out_of_reach(make: Make) -> None:
    world = make()
    world.front.faults = [Fault("GET", "refuse", 9, reply=fault(400, "NAME_INVALID", "no name"))]
    seen = world.client.look(world.there, "1.0.0")
    assert (seen.condition, seen.detail) == (TagStatus.REFUSED, "no name (status 400)")


PASSING = {
    429: (TagStatus.LIMITED, "`docker login 127.0.0.1:"),
    408: (TagStatus.FAILING, "look at the state of 127.0.0.1:"),
    500: (TagStatus.FAILING, "look at the state of 127.0.0.1:"),
    502: (TagStatus.FAILING, "look at the state of 127.0.0.1:"),
    504: (TagStatus.FAILING, "look at the state of 127.0.0.1:"),
    520: (TagStatus.FAILING, "look at the state of 127.0.0.1:"),
}
"""520 is Cloudflare's: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/"""


@pytest.mark.parametrize("method", ["HEAD|GET", "GET", "POST", "PUT"])
@pytest.mark.parametrize("status", PASSING)
def test_registry_that_answers_is_not_called_out_of_reach(
    make: Make, method: str, status: int
) -> None:
    world = make()
    digest = world.push("staged")
    world.front.faults = [Fault(f"^({method}) ", "refuse", 99, reply=Reply(status))]
    seen = {
        "HEAD|GET": lambda: world.client.look(world.there, "1.0.0", depth=Depth.DIGEST),
        "GET": lambda: world.client.look(world.there, "1.0.0"),
        "POST": lambda: world.client.may_push(world.there),
        "PUT": lambda: world.client.tag_once(world.there, "1.0.0", digest),
    }[method]()
    condition, hint = PASSING[status]
    assert seen.condition is condition, seen
    assert f"status {status}" in seen.detail
    assert hint in error(seen).hint


def test_registry_that_says_when_to_come_back_is_told_with_that_time(make: Make) -> None:
    world = make()
    limit = Reply(429, None, {"Retry-After": "21600"})
    world.front.faults = [Fault("GET", "refuse", 99, reply=limit)]
    said = error(world.client.look(world.there, "1.0.0")).message
    assert said.endswith(
        ":1.0.0 meets a limit of its registry: too many requests (status 429), and asks to wait "
        "21600 s"
    )


# Many tags


def test_three_thousand_tags_are_listed_in_few_requests(make: Make) -> None:
    world = make()
    world.push(*(f"1.{number}.0" for number in range(3000)))
    assert len(world.client.tags(world.there)) == 3000
    assert len(world.front.exchanges) == 3  # a page each


def test_registry_of_small_pages_is_read_to_the_last(make: Make) -> None:
    world = make(Rules(page=100))
    world.push(*(f"1.{number}.0" for number in range(250)))
    assert len(world.client.tags(world.there)) == 250
