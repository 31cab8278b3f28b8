"""Names of repositories, and what a sighting means beside what is wanted."""

import pytest

from tagboat.core.errors import ConflictError, OutsideError, TagboatError, UsageError
from tagboat.core.image_graph import OCI_INDEX, ORIGIN, Descriptor, Graph, PlatformImage
from tagboat.core.registry import (
    ANYTHING,
    Condition,
    Repository,
    Sighting,
    Wanted,
    error,
    is_loopback,
    judged,
    repository,
)
from tagboat.core.signature import KEYLESS, Signing, signature_tag

OURS = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
NAME = "ghcr.io/acme/app:1.0.0"


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("ghcr.io/acme/app", "ghcr.io", "acme/app"),
        ("acme/app", "docker.io", "acme/app"),
        ("busybox", "docker.io", "library/busybox"),
        ("docker.io/busybox", "docker.io", "library/busybox"),
        ("index.docker.io/acme/app", "docker.io", "acme/app"),
        ("localhost/app", "localhost", "app"),
        ("127.0.0.1:5000/a/b-c/d__e", "127.0.0.1:5000", "a/b-c/d__e"),
        ("[::1]:5000/app", "[::1]:5000", "app"),
    ],
)
def test_a_name_is_read_as_docker_does(text: str, host: str, path: str) -> None:
    assert repository(text) == Repository(host, path)


@pytest.mark.parametrize(
    "text",
    ["", "ghcr.io/", "ghcr.io/Acme/app", "ghcr.io/acme/app:1", "a b", "x@sha256:1", "-.io/a"],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not the name of an image repository"):
        repository(text)


def test_tags_and_digests_are_named_differently() -> None:
    there = Repository("ghcr.io", "acme/app")
    assert there.at("1.0.0") == "ghcr.io/acme/app:1.0.0"
    assert there.at(OURS) == f"ghcr.io/acme/app@{OURS}"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5000", "a.localhost:1", "127.0.0.1", "127.9.9.9:5000", "[::1]:5"],
)
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["ghcr.io", "128.0.0.1", "localhost.io", "notlocalhost", "127.io"])
def test_other_machines_are_known(host: str) -> None:
    assert not is_loopback(host)


def graph(origin: str = "", gaps: tuple[str, ...] = ()) -> Graph:
    told = {ORIGIN: origin} if origin else {}
    root = Descriptor(OCI_INDEX, OURS, 1)
    return Graph(root, told, (PlatformImage("linux/amd64", root),), (), gaps)


def seen(digest: str = OURS, looked: Graph | None = None) -> Sighting:
    return Sighting(NAME, Condition.PUBLISHED, digest, "", looked)


@pytest.mark.parametrize(
    "wanted",
    [
        ANYTHING,
        Wanted(OURS),
        Wanted(OURS, "b"),
        Wanted(origin="a"),
        Wanted("", "a", ("linux/amd64",)),
    ],
)
def test_what_is_wanted_is_published(wanted: Wanted) -> None:
    assert judged(seen(looked=graph("a")), wanted).condition is Condition.PUBLISHED


def test_the_right_digest_is_enough() -> None:
    assert judged(seen(), Wanted(OURS, "a", ("linux/arm64",))) == seen()


def test_without_a_look_inside_only_a_digest_can_be_wrong() -> None:
    assert judged(seen(), Wanted(origin="a")) == seen()


def test_what_is_not_there_stays_absent() -> None:
    absent = Sighting(NAME, Condition.ABSENT)
    assert judged(absent, Wanted(OURS)) is absent


@pytest.mark.parametrize(
    ("sighting", "wanted", "said"),
    [
        (seen(OTHER), Wanted(OURS), f"it is {OTHER}, not {OURS}"),
        (
            seen(OTHER, graph("a")),
            Wanted(OURS, "a"),
            f"it is {OTHER}, not {OURS}, another build of the same commit",
        ),
        (
            seen(OTHER, graph("b")),
            Wanted(OURS, "a"),
            f"it is {OTHER}, not {OURS}; its origin is b, not a",
        ),
        (seen(looked=graph("b")), Wanted(origin="a"), f"it is {OURS}; its origin is b, not a"),
    ],
)
def test_another_image_of_ours_is_a_conflict(sighting: Sighting, wanted: Wanted, said: str) -> None:
    found = judged(sighting, wanted)
    assert (found.condition, found.detail) == (Condition.CONFLICT, said)


@pytest.mark.parametrize("wanted", [Wanted(OTHER), Wanted(origin="a")])
def test_another_image_without_an_origin_is_foreign(wanted: Wanted) -> None:
    found = judged(seen(looked=graph()), wanted)
    assert found.condition is Condition.FOREIGN
    assert found.detail.endswith(", and names no origin")


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        (("a layer is missing",), "a layer is missing"),
        (("one", "two", "three"), "one (and 2 more)"),
    ],
)
def test_what_has_gaps_is_incomplete(gaps: tuple[str, ...], said: str) -> None:
    found = judged(seen(looked=graph(gaps=gaps)), ANYTHING)
    assert (found.condition, found.detail) == (Condition.INCOMPLETE, said)


def test_a_platform_that_is_not_there_is_a_gap() -> None:
    found = judged(seen(looked=graph()), Wanted(platforms=("linux/arm64", "linux/amd64")))
    assert (found.condition, found.detail) == (
        Condition.INCOMPLETE,
        "linux/arm64: there is no image",
    )


def test_an_image_without_the_attestation_that_is_wanted_has_a_gap() -> None:
    found = judged(seen(looked=graph()), Wanted(is_attested=True))
    assert (found.condition, found.detail) == (Condition.INCOMPLETE, "there is no attestation")


@pytest.mark.parametrize(
    ("condition", "kind", "code"),
    [
        (Condition.CONFLICT, ConflictError, 4),
        (Condition.FOREIGN, ConflictError, 4),
        (Condition.INCOMPLETE, OutsideError, 1),
        (Condition.UNREACHABLE, OutsideError, 1),
        (Condition.UNAUTHORISED, UsageError, 2),
        (Condition.DENIED, UsageError, 2),
    ],
)
def test_who_has_to_act_is_told_by_the_error(
    condition: Condition, kind: type[TagboatError], code: int
) -> None:
    found = error(Sighting(NAME, condition, "", "because"))
    assert (type(found), found.exit_code) == (kind, code)
    assert found.message.startswith(NAME)
    assert found.message.endswith(": because")
    assert found.hint


def test_every_condition_has_an_error() -> None:
    assert all(error(Sighting(NAME, condition)).message for condition in Condition)


@pytest.mark.parametrize("condition", Condition)
def test_a_registry_that_tells_nothing_is_told_from_one_that_has_nothing(
    condition: Condition,
) -> None:
    hidden = {Condition.UNREACHABLE, Condition.UNAUTHORISED, Condition.DENIED}
    assert Sighting(NAME, condition).is_seen is (condition not in hidden)


def test_signatures_stand_under_a_tag_made_from_the_digest() -> None:
    assert signature_tag(OURS) == f"sha256-{'a' * 64}.sig"


def test_signing_without_a_key_is_known() -> None:
    assert Signing(KEYLESS).is_keyless
    assert not Signing("cosign.key").is_keyless
