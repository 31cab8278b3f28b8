"""What is seen in a real registry, of every kind there is."""

import pytest

from tagboat.adapters.registry import HttpRegistry, Login, RegistryOptions
from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.images.registry import Depth, ExpectedContent, Repository, TagStatus
from tests.e2e.conftest import impatient
from tests.e2e.images import PLATFORMS, Pushing
from tests.engine import PASSWORD, USER, Engine, Registry
from tests.patience import patience
from tests.servers.front import Fault, Front, Reply

ORIGIN = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


@pytest.fixture
def breaking(own: Registry, name: str) -> Pushing:
    return Pushing(own, name)


def test_a_repository_that_is_not_there_holds_nothing(
    there: Repository, client: HttpRegistry
) -> None:
    assert client.look(there, "1.0.0").condition is TagStatus.ABSENT
    assert client.tags(there) == ()


@pytest.mark.parametrize("depth", Depth)
def test_a_tag_that_is_not_there_is_absent(
    there: Repository, client: HttpRegistry, pushing: Pushing, depth: Depth
) -> None:
    pushing.image("1.0.0")
    assert client.look(there, "1.0.1", depth=depth).condition is TagStatus.ABSENT


@pytest.mark.parametrize("depth", Depth)
def test_what_is_wanted_is_published(
    there: Repository, client: HttpRegistry, pushing: Pushing, depth: Depth
) -> None:
    pushed = pushing.image("1.0.0", origin=ORIGIN)
    wanted = ExpectedContent(pushed.digest, ORIGIN, PLATFORMS)
    seen = client.look(there, "1.0.0", wanted, depth)
    assert (seen.condition, seen.digest) == (TagStatus.PUBLISHED, pushed.digest)


def test_docker_s_own_types_are_read_too(
    engine: Engine, there: Repository, client: HttpRegistry, name: str
) -> None:
    pushed = Pushing(engine.open, name, is_docker=True).image("1.0.0")
    wanted = ExpectedContent(pushed.digest, "", PLATFORMS)
    assert client.look(there, "1.0.0", wanted).condition is TagStatus.PUBLISHED


def test_an_image_that_buildx_made_has_platforms_and_attestations(
    engine: Engine, client: HttpRegistry
) -> None:
    path = engine.folder / "built"
    path.mkdir()
    (path / "Dockerfile").write_text(f"FROM {engine.base()}\nLABEL who=tests\n")
    platforms = "linux/amd64,linux/arm64,linux/arm/v7"
    name = f"{engine.closed.host}/built:1"
    engine.push(name, path, f"--platform={platforms}")
    seen = client.look(Repository(engine.closed.host, "built"), "1", depth=Depth.LAYERS)
    assert seen.condition is TagStatus.PUBLISHED
    assert seen.graph is not None
    assert ",".join(seen.graph.platforms) == platforms
    assert {image.labels["who"] for image in seen.graph.images} == {"tests"}
    subjects = [one.subject for one in seen.graph.attestations]
    assert subjects == [image.manifest.digest for image in seen.graph.images]


@pytest.mark.parametrize("part", ["manifests", "configs", "layers"])
def test_what_a_registry_has_lost_makes_an_image_incomplete(
    broken: Repository, own: Registry, client: HttpRegistry, breaking: Pushing, part: str
) -> None:
    pushed = breaking.image("1.0.0")
    lost = getattr(pushed, part)["linux/arm64"]
    own.lose(lost)
    seen = client.look(broken, "1.0.0", ExpectedContent(pushed.digest), Depth.LAYERS)
    assert seen.condition is TagStatus.INCOMPLETE
    assert seen.detail.startswith("linux/arm64: ")
    assert lost in seen.detail


def test_a_platform_that_is_not_there_makes_an_image_incomplete(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("1.0.0")
    seen = client.look(there, "1.0.0", ExpectedContent(pushed.digest, "", ("linux/s390x",)))
    assert seen.condition is TagStatus.INCOMPLETE
    assert seen.detail == "it is for linux/amd64, linux/arm64, and should be for linux/s390x"


def test_another_build_is_a_conflict(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushing.image("1.0.0", origin=ORIGIN)
    seen = client.look(there, "1.0.0", ExpectedContent(OTHER, ORIGIN))
    assert seen.condition is TagStatus.CONFLICT
    assert "another build of the same commit" in seen.detail


def test_another_origin_is_a_conflict(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushing.image("1.0.0", origin=OTHER)
    seen = client.look(there, "1.0.0", ExpectedContent(origin=ORIGIN))
    assert seen.condition is TagStatus.CONFLICT
    assert OTHER in seen.detail


def test_an_image_without_an_origin_is_foreign(
    there: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushing.image("1.0.0")
    seen = client.look(there, "1.0.0", ExpectedContent(origin=ORIGIN))
    assert seen.condition is TagStatus.FOREIGN


def test_a_registry_that_does_not_run_is_unreachable(
    broken: Repository, own: Registry, client: HttpRegistry
) -> None:
    own.kill()
    assert client.look(broken, "1.0.0").condition is TagStatus.UNREACHABLE
    assert client.may_push(broken).condition is TagStatus.UNREACHABLE
    with pytest.raises(OutsideError, match="can't be reached"):
        client.tags(broken)


@pytest.mark.parametrize(
    ("login", "said"),
    [(None, "authentication required"), (Login(USER, "a-wrong-secret"), "authentication required")],
)
def test_without_the_right_login_a_registry_is_closed(
    mirror: Repository, login: Login | None, said: str
) -> None:
    with HttpRegistry(RegistryOptions(budget=impatient, logins=lambda _: login)) as client:
        seen = client.look(mirror, "1.0.0")
        assert (seen.condition, seen.detail) == (TagStatus.UNAUTHORISED, f"{said} (status 401)")
        assert client.may_push(mirror).condition is TagStatus.UNAUTHORISED
        with pytest.raises(UsageError, match="closed to these credentials") as caught:
            client.tags(mirror)
    assert "a-wrong-secret" not in str(caught.value)


def test_with_the_right_login_it_is_open(mirror: Repository) -> None:
    login = Login(USER, PASSWORD)
    with HttpRegistry(RegistryOptions(budget=impatient, logins=lambda _: login)) as client:
        assert client.look(mirror, "1.0.0").condition is TagStatus.ABSENT
        assert client.may_push(mirror).condition is TagStatus.PUBLISHED


def test_all_tags_are_listed_to_the_last_page(there: Repository, pushing: Pushing) -> None:
    tags = [f"1.0.{number}" for number in range(123)]
    pushing.single(*tags)
    with HttpRegistry(RegistryOptions(budget=impatient, page=25)) as client:
        assert sorted(client.tags(there)) == sorted(tags)


@pytest.mark.parametrize(
    "reply",
    [Reply(429, b"", {"Retry-After": "0"}), Reply(429), Reply(500), Reply(503)],
    ids=["limited", "limited without a time", "broken", "unready"],
)
def test_what_passes_is_waited_for(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing, reply: Reply
) -> None:
    pushed = pushing.image("1.0.0")
    gate.faults = [Fault("GET .*/manifests/", "refuse", 2, reply=reply)]
    seen = client.look(behind, "1.0.0", ExpectedContent(pushed.digest))
    assert seen.condition is TagStatus.PUBLISHED


@pytest.mark.parametrize(
    ("status", "condition"),
    [(429, TagStatus.LIMITED), (500, TagStatus.FAILING), (503, TagStatus.FAILING)],
)
def test_what_does_not_pass_in_time_is_told(
    gate: Front, behind: Repository, client: HttpRegistry, status: int, condition: TagStatus
) -> None:
    gate.faults = [Fault("GET .*/manifests/", "refuse", 99, reply=Reply(status))]
    seen = client.look(behind, "1.0.0")
    assert seen.condition is condition
    assert f"status {status}" in seen.detail


def test_a_registry_that_takes_too_long_is_unreachable(
    gate: Front, behind: Repository, client: HttpRegistry
) -> None:
    gate.faults = [Fault("HEAD .*/manifests/", "slow", 9, seconds=patience(50))]
    seen = client.look(behind, "1.0.0", depth=Depth.DIGEST)
    assert (seen.condition, seen.detail) == (
        TagStatus.UNREACHABLE,
        "it gave no answer: it takes too long",
    )


def test_other_bytes_than_those_of_the_digest_are_not_believed(
    gate: Front, behind: Repository, client: HttpRegistry, pushing: Pushing
) -> None:
    pushed = pushing.image("1.0.0")
    reply = Reply(200, b'{"schemaVersion": 2}', {"Content-Type": "application/json"})
    gate.faults = [Fault(f"GET .*{pushed.digest}", "refuse", 9, reply=reply)]
    seen = client.look(behind, pushed.digest)
    assert seen.condition is TagStatus.STRANGE
    assert "other bytes" in seen.detail


@pytest.mark.parametrize(
    ("held", "condition"),
    [(b"<html>Log in</html>", TagStatus.STRANGE), (b'{"schemaVersion": 2}', TagStatus.FOREIGN)],
)
def test_what_is_no_image_is_foreign_and_a_page_is_no_answer(
    gate: Front, behind: Repository, client: HttpRegistry, held: bytes, condition: TagStatus
) -> None:
    reply = Reply(200, held, {"Content-Type": "text/html"})
    gate.faults = [Fault("GET .*/manifests/", "refuse", 9, reply=reply)]
    assert client.look(behind, "1.0.0").condition is condition
