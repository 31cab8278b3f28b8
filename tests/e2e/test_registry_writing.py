"""What is written to real registries: tags once, tags that move, copies byte for byte."""

import pytest

from tagboat.adapters.clock import Budget
from tagboat.adapters.registry import HttpRegistry, RegistryOptions
from tagboat.core.images.registry import Depth, ExpectedContent, Repository, TagStatus
from tests.e2e.conftest import impatient
from tests.e2e.images import Pushing
from tests.engine import Engine, Registry
from tests.servers.front import Fault, Front, Reply

OTHER = "sha256:" + "b" * 64
IMMUTABLE = {"errors": [{"code": "TAG_INVALID", "message": "the tag is immutable"}]}
REFUSED = {"errors": [{"code": "DENIED", "message": "requested access is denied"}]}


def held(client: HttpRegistry, repository: Repository, tag: str) -> str:
    return client.look(repository, tag, depth=Depth.DIGEST).digest


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_tag_is_written_with_the_same_bytes(
    there: Repository, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    seen = client.tag_once(there, "1.0.0", pushed.digest)
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)
    assert held(client, there, "1.0.0") == pushed.digest


def test_writing_a_tag_again_changes_nothing(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("1.0.0")
    assert client.tag_once(there, "1.0.0", pushed.digest).condition is TagStatus.PUBLISHED


@pytest.mark.parametrize(
    ("origin", "condition"), [("sha256:a", TagStatus.CONFLICT), ("", TagStatus.FOREIGN)]
)
def test_a_version_s_tag_is_never_overwritten(
    there: Repository, client: HttpRegistry, pushing: Pushing, origin: str, condition: TagStatus
) -> None:
    first = pushing.image("1.0.0", "first", origin)
    second = pushing.image("staged", "second", "sha256:a")
    seen = client.tag_once(there, "1.0.0", second.digest)
    assert seen.condition is condition
    assert held(client, there, "1.0.0") == first.digest


def test_a_tag_that_others_write_at_the_same_time_is_a_conflict(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    ours = pushing.image("staged", "ours")
    theirs = pushing.image("theirs", "theirs")

    def follow(_: int) -> None:
        if gate.exchanges[-1].request.method == "PUT":
            pushing.retag("1.0.0", "theirs")

    gate.after = follow
    seen = client.tag_once(behind, "1.0.0", ours.digest)
    assert (seen.condition, seen.digest) == (TagStatus.CONFLICT, theirs.digest)


def test_a_tag_that_the_registry_shows_late_is_waited_for(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    gate.faults = [Fault("HEAD .*/manifests/1.0.0", "refuse", 3, reply=Reply(404))]
    seen = client.tag_once(behind, "1.0.0", pushed.digest)
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)


def test_a_tag_that_the_registry_shows_is_not_waited_for(
    there: Repository, pushing: Pushing
) -> None:
    class Watched(Budget):
        def wait(self, seconds: float, why: str = "") -> None:
            pytest.fail(f"waits for {seconds} seconds: {why}")

    old, new = pushing.image("latest", "old"), pushing.image("staged", "new")
    with HttpRegistry(RegistryOptions(budget=Watched)) as client:
        assert client.tag_once(there, "1.0.0", new.digest).condition is TagStatus.PUBLISHED
        seen = client.move(there, "latest", new.digest, old.digest)
        assert seen.condition is TagStatus.PUBLISHED


def test_a_tag_that_the_registry_never_shows_is_absent(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    gate.faults = [Fault("(HEAD|GET) .*/manifests/1.0.0", "refuse", 99, reply=Reply(404))]
    assert client.tag_once(behind, "1.0.0", pushed.digest).condition is TagStatus.ABSENT


def test_a_digest_that_is_not_there_can_t_be_tagged(
    there: Repository, client: HttpRegistry
) -> None:
    seen = client.tag_once(there, "1.0.0", OTHER)
    assert (seen.condition, seen.name) == (TagStatus.ABSENT, there.at(OTHER))


def test_a_tag_moves_from_what_it_was_seen_to_hold(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    old = pushing.image("latest", "old")
    new = pushing.image("1.1.0", "new")
    seen = client.move(there, "latest", new.digest, old.digest)
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, new.digest)
    assert held(client, there, "latest") == new.digest


def test_a_tag_that_moved_meanwhile_stays(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    held_now = pushing.image("latest", "others")
    new = pushing.image("1.1.0", "new")
    seen = client.move(there, "latest", new.digest, "")
    assert seen.condition is TagStatus.CONFLICT
    assert held(client, there, "latest") == held_now.digest


def test_a_new_tag_may_be_moved_into_being(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    new = pushing.image("1.1.0", "new")
    seen = client.move(there, "latest", new.digest, "")
    assert seen.condition is TagStatus.PUBLISHED


@pytest.mark.parametrize("kind", ["refuse", "lose answer", "cut answer"])
def test_a_tag_is_written_in_spite_of_an_answer_that_is_lost(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged")
    reply = Reply(503) if kind == "refuse" else None
    gate.faults = [Fault("PUT .*/manifests/1.0.0", kind, 1, reply=reply)]
    seen = client.tag_once(behind, "1.0.0", pushed.digest)
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)


@pytest.mark.parametrize(
    "reply",
    [Reply(400, IMMUTABLE), Reply(403, REFUSED), Reply(405), Reply(409), Reply(412)],
    ids=lambda reply: str(reply.status),
)
def test_a_registry_with_immutable_tags_denies(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing, reply: Reply
) -> None:
    old = pushing.image("latest", "old")
    new = pushing.image("1.1.0", "new")
    gate.faults = [Fault("PUT .*/manifests/latest", "refuse", 9, reply=reply)]
    seen = client.move(behind, "latest", new.digest, old.digest)
    assert seen.condition is TagStatus.DENIED


def test_who_may_not_push_anything_is_unauthorised(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    gate.faults = [Fault("(PUT|POST) ", "refuse", 9, reply=Reply(403, REFUSED))]
    seen = client.tag_once(behind, "1.0.0", pushed.digest)
    assert seen.condition is TagStatus.UNAUTHORISED
    assert "requested access is denied" in seen.detail


def test_a_repository_that_must_be_created_first_is_told_so(
    gate: Front, behind: Repository, client: HttpRegistry
) -> None:
    told = {"errors": [{"code": "NAME_UNKNOWN", "message": "no such repository"}]}
    gate.faults = [Fault("POST ", "refuse", 9, reply=Reply(404, told))]
    seen = client.may_push(behind)
    assert (seen.condition, seen.detail) == (
        TagStatus.NO_REPOSITORY,
        "no such repository (status 404)",
    )


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_copy_to_another_registry_has_the_same_bytes(
    there: Repository, mirror: Repository, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    seen = client.copy(there, pushed.digest, mirror, "staged")
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)
    whole = client.look(mirror, "staged", ExpectedContent(pushed.digest), Depth.LAYERS)
    assert whole.condition is TagStatus.PUBLISHED
    assert whole.content == client.look(there, "staged").content


@pytest.mark.parametrize("kind", ["index", "manifest"])
def test_a_copy_within_a_registry_has_the_same_bytes(
    there: Repository, client: HttpRegistry, pushing: Pushing, kind: str
) -> None:
    pushed = pushing.image("staged") if kind == "index" else pushing.single("staged")
    target = there._replace(path=f"{there.path}/mirror")
    seen = client.copy(there, pushed.digest, target, "staged")
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)


def test_a_copy_replaces_what_the_staging_tag_held(
    there: Repository, mirror: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    first = pushing.image("staged", "first")
    client.copy(there, first.digest, mirror, "staged")
    second = pushing.image("staged", "second")
    seen = client.copy(there, second.digest, mirror, "staged")
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, second.digest)


def test_a_copy_completes_what_is_incomplete(
    there: Repository, broken: Repository, own: Registry, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    for parts in (pushed.manifests, pushed.configs, pushed.layers):
        client.copy(there, pushed.digest, broken, "staged")
        own.lose(parts["linux/arm64"])
        seen = client.copy(there, pushed.digest, broken, "staged")
        assert seen.condition is TagStatus.PUBLISHED


def test_a_copy_that_broke_off_is_finished_by_the_next(
    gate: Front, behind: Repository, mirror: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.single("staged")
    client.copy(behind, pushed.digest, mirror, "staged")
    target = behind._replace(path=f"{behind.path}/mirror")
    gate.faults = [Fault("PUT .*/blobs/", "cut request", 99)]
    broken_off = client.copy(mirror, pushed.digest, target, "staged")
    assert broken_off.condition is TagStatus.UNREACHABLE
    gate.faults = []
    assert client.copy(mirror, pushed.digest, target, "staged").condition is TagStatus.PUBLISHED


def test_a_copy_is_done_though_another_run_stages_under_the_same_tag(
    gate: Front, behind: Repository, mirror: Repository, client: HttpRegistry, engine: Engine
) -> None:
    pushing = Pushing(engine.open, behind.path)
    theirs = pushing.image("theirs", "theirs")
    ours = Pushing(engine.closed, mirror.path).image("staged", "ours")

    def follow(_: int) -> None:
        request = gate.exchanges[-1].request
        if request.method == "PUT" and request.path.endswith("/manifests/staged"):
            pushing.retag("staged", "theirs")

    gate.after = follow
    for _ in ("copied", "there already"):
        seen = client.copy(mirror, ours.digest, behind, "staged")
        assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, ours.digest)
        assert held(client, behind, "staged") == theirs.digest


def test_a_copy_mends_a_registry_that_can_t_tell_what_it_has(
    gate: Front, behind: Repository, mirror: Repository, client: HttpRegistry, engine: Engine
) -> None:
    """As one whose disk was full, until what it should have is sent again."""
    ours = Pushing(engine.closed, mirror.path).image("staged", "ours")
    gate.faults = [Fault("HEAD .*/blobs/", "refuse", 999, reply=Reply(500))]

    def follow(_: int) -> None:
        if gate.exchanges[-1].request.method == "PUT":
            gate.faults = []

    gate.after = follow
    seen = client.copy(mirror, ours.digest, behind, "staged")
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, ours.digest)


def test_a_copy_does_without_an_answer_that_is_lost(
    gate: Front, behind: Repository, there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.single("staged")
    target = behind._replace(path=f"{behind.path}/mirror")
    gate.faults = [Fault("PUT .*/blobs/", "lose answer", 1)]
    assert client.copy(there, pushed.digest, target, "staged").condition is TagStatus.PUBLISHED


def test_a_copy_of_what_is_not_there_is_absent(
    there: Repository, mirror: Repository, client: HttpRegistry
) -> None:
    seen = client.copy(there, OTHER, mirror, "staged")
    assert (seen.condition, seen.name) == (TagStatus.ABSENT, there.at(OTHER))


def test_a_copy_to_a_registry_that_does_not_run_says_so(
    there: Repository, broken: Repository, own: Registry, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    own.stop()
    seen = client.copy(there, pushed.digest, broken, "staged")
    assert (seen.condition, seen.name) == (TagStatus.UNREACHABLE, broken.at("staged"))


def test_a_copy_without_a_login_says_so(
    there: Repository, mirror: Repository, pushing: Pushing
) -> None:
    pushed = pushing.image("staged")
    with HttpRegistry(RegistryOptions(budget=impatient, logins=lambda _: None)) as client:
        seen = client.copy(there, pushed.digest, mirror, "staged")
    assert seen.condition is TagStatus.UNAUTHORISED


def test_a_copy_needs_no_docker(
    there: Repository,
    mirror: Repository,
    client: HttpRegistry,
    pushing: Pushing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pushed = pushing.image("staged")
    monkeypatch.setenv("PATH", "/nowhere")
    seen = client.copy(there, pushed.digest, mirror, "staged")
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)
    assert held(client, mirror, "staged") == pushed.digest
