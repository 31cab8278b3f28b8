"""What is written to real registries: tags once, tags that move, copies byte for byte."""

from collections.abc import Callable

import pytest

from tagboat.adapters.registry import HttpRegistry, Settings
from tagboat.core.errors import OutsideError
from tagboat.core.registry import Condition, Depth, Repository, Wanted
from tests.e2e.conftest import impatient
from tests.e2e.gate import Gate
from tests.e2e.images import Pushing
from tests.engine import Engine, Registry
from tests.servers.front import Fault, Reply, serving

At = Callable[[Registry], Repository]
OTHER = "sha256:" + "b" * 64
IMMUTABLE = {"errors": [{"code": "TAG_INVALID", "message": "the tag is immutable"}]}
REFUSED = {"errors": [{"code": "DENIED", "message": "requested access is denied"}]}


@pytest.fixture
def pushing(engine: Engine, name: str) -> Pushing:
    return Pushing(engine.open, name)


def held(client: HttpRegistry, repository: Repository, tag: str) -> str:
    return client.look(repository, tag, depth=Depth.DIGEST).digest


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_tag_is_written_with_the_same_bytes(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    seen = client.tag_once(at(engine.open), "1.0.0", pushed.digest)
    assert (seen.condition, seen.digest) == (Condition.PUBLISHED, pushed.digest)
    assert held(client, at(engine.open), "1.0.0") == pushed.digest


def test_writing_a_tag_again_changes_nothing(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("1.0.0")
    assert client.tag_once(at(engine.open), "1.0.0", pushed.digest).condition is Condition.PUBLISHED


@pytest.mark.parametrize(
    ("origin", "condition"), [("sha256:a", Condition.CONFLICT), ("", Condition.FOREIGN)]
)
def test_a_version_s_tag_is_never_overwritten(  # noqa: PLR0913, PLR0917 - fixtures
    engine: Engine,
    at: At,
    client: HttpRegistry,
    pushing: Pushing,
    origin: str,
    condition: Condition,
) -> None:
    first = pushing.image("1.0.0", "first", origin)
    second = pushing.image("staged", "second", "sha256:a")
    seen = client.tag_once(at(engine.open), "1.0.0", second.digest)
    assert seen.condition is condition
    assert held(client, at(engine.open), "1.0.0") == first.digest


def test_a_tag_that_others_write_at_the_same_time_is_a_conflict(
    engine: Engine, name: str, client: HttpRegistry, pushing: Pushing
) -> None:
    ours = pushing.image("staged", "ours")
    theirs = pushing.image("theirs", "theirs")
    with serving(Gate(engine.open)) as front:
        front.after = lambda _: (
            front.exchanges[-1].request.method == "PUT" and pushing.retag("1.0.0", "theirs")
        )
        seen = client.tag_once(Repository(f"127.0.0.1:{front.port}", name), "1.0.0", ours.digest)
    assert (seen.condition, seen.digest) == (Condition.CONFLICT, theirs.digest)


def test_a_digest_that_is_not_there_can_t_be_tagged(
    engine: Engine, at: At, client: HttpRegistry
) -> None:
    seen = client.tag_once(at(engine.open), "1.0.0", OTHER)
    assert (seen.condition, seen.name) == (Condition.ABSENT, at(engine.open).at(OTHER))


def test_a_tag_moves_from_what_it_was_seen_to_hold(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing
) -> None:
    old = pushing.image("latest", "old")
    new = pushing.image("1.1.0", "new")
    seen = client.move(at(engine.open), "latest", new.digest, old.digest)
    assert (seen.condition, seen.digest) == (Condition.PUBLISHED, new.digest)
    assert held(client, at(engine.open), "latest") == new.digest


def test_a_tag_that_moved_meanwhile_stays(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing
) -> None:
    held_now = pushing.image("latest", "others")
    new = pushing.image("1.1.0", "new")
    seen = client.move(at(engine.open), "latest", new.digest, "")
    assert seen.condition is Condition.CONFLICT
    assert held(client, at(engine.open), "latest") == held_now.digest


def test_a_new_tag_may_be_moved_into_being(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing
) -> None:
    new = pushing.image("1.1.0", "new")
    seen = client.move(at(engine.open), "latest", new.digest, "")
    assert seen.condition is Condition.PUBLISHED


@pytest.mark.parametrize("kind", ["refuse", "lose answer", "cut answer"])
def test_a_tag_is_written_in_spite_of_an_answer_that_is_lost(
    engine: Engine, name: str, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged")
    reply = Reply(503) if kind == "refuse" else None
    with serving(Gate(engine.open)) as front:
        front.faults = [Fault("PUT .*/manifests/1.0.0", kind, 1, reply=reply)]
        there = Repository(f"127.0.0.1:{front.port}", name)
        seen = client.tag_once(there, "1.0.0", pushed.digest)
    assert (seen.condition, seen.digest) == (Condition.PUBLISHED, pushed.digest)


@pytest.mark.parametrize(
    "reply",
    [Reply(400, IMMUTABLE), Reply(403, REFUSED), Reply(405), Reply(409), Reply(412)],
    ids=lambda reply: str(reply.status),
)
def test_a_registry_with_immutable_tags_denies(
    engine: Engine, name: str, client: HttpRegistry, pushing: Pushing, reply: Reply
) -> None:
    old = pushing.image("latest", "old")
    new = pushing.image("1.1.0", "new")
    with serving(Gate(engine.open)) as front:
        front.faults = [Fault("PUT .*/manifests/latest", "refuse", 9, reply=reply)]
        there = Repository(f"127.0.0.1:{front.port}", name)
        seen = client.move(there, "latest", new.digest, old.digest)
    assert seen.condition is Condition.DENIED


def test_who_may_not_push_anything_is_unauthorised(
    engine: Engine, name: str, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    with serving(Gate(engine.open)) as front:
        front.faults = [Fault("(PUT|POST) ", "refuse", 9, reply=Reply(403, REFUSED))]
        there = Repository(f"127.0.0.1:{front.port}", name)
        seen = client.tag_once(there, "1.0.0", pushed.digest)
    assert seen.condition is Condition.UNAUTHORISED
    assert "requested access is denied" in seen.detail


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_copy_to_another_registry_has_the_same_bytes(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    seen = client.copy(at(engine.open), pushed.digest, at(engine.closed), "staged")
    assert (seen.condition, seen.digest) == (Condition.PUBLISHED, pushed.digest)
    whole = client.look(at(engine.closed), "staged", Wanted(pushed.digest), Depth.LAYERS)
    assert whole.condition is Condition.PUBLISHED
    assert whole.content == client.look(at(engine.open), "staged").content


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_copy_within_a_registry_has_the_same_bytes(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    target = at(engine.open)._replace(path=f"{at(engine.open).path}/mirror")
    seen = client.copy(at(engine.open), pushed.digest, target, "staged")
    assert (seen.condition, seen.digest) == (Condition.PUBLISHED, pushed.digest)


def test_a_copy_replaces_what_the_staging_tag_held(
    engine: Engine, at: At, client: HttpRegistry, pushing: Pushing
) -> None:
    first = pushing.image("staged", "first")
    client.copy(at(engine.open), first.digest, at(engine.closed), "staged")
    second = pushing.image("staged", "second")
    seen = client.copy(at(engine.open), second.digest, at(engine.closed), "staged")
    assert (seen.condition, seen.digest) == (Condition.PUBLISHED, second.digest)


@pytest.mark.parametrize("part", ["manifests", "configs", "layers"])
def test_a_copy_completes_what_is_incomplete(  # noqa: PLR0913, PLR0917 - fixtures
    engine: Engine, own: Registry, at: At, client: HttpRegistry, pushing: Pushing, part: str
) -> None:
    pushed = pushing.image("staged")
    client.copy(at(engine.open), pushed.digest, at(own), "staged")
    own.lose(getattr(pushed, part)["linux/arm64"])
    seen = client.copy(at(engine.open), pushed.digest, at(own), "staged")
    assert seen.condition is Condition.PUBLISHED


def test_a_copy_of_what_is_not_there_is_absent(
    engine: Engine, at: At, client: HttpRegistry
) -> None:
    seen = client.copy(at(engine.open), OTHER, at(engine.closed), "staged")
    assert (seen.condition, seen.name) == (Condition.ABSENT, at(engine.open).at(OTHER))


def test_a_copy_to_a_registry_that_does_not_run_says_so(
    engine: Engine, own: Registry, at: At, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    own.stop()
    seen = client.copy(at(engine.open), pushed.digest, at(own), "staged")
    assert (seen.condition, seen.name) == (Condition.UNREACHABLE, at(own).at("staged"))


def test_a_copy_without_a_login_says_so(engine: Engine, at: At, pushing: Pushing) -> None:
    pushed = pushing.image("staged")
    with HttpRegistry(Settings(budget=impatient, logins=lambda _: None)) as client:
        seen = client.copy(at(engine.open), pushed.digest, at(engine.closed), "staged")
    assert seen.condition is Condition.UNAUTHORISED


def test_a_copy_without_docker_names_it(
    engine: Engine,
    at: At,
    client: HttpRegistry,
    pushing: Pushing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pushed = pushing.image("staged")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutsideError, match="docker is not installed"):
        client.copy(at(engine.open), pushed.digest, at(engine.closed), "staged")
