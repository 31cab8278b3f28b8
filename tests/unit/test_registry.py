"""Names of repositories, and what a sighting means beside what is wanted."""

import pytest

from tagboat.core.errors import ConflictError, OutsideError, TagboatError, UsageError
from tagboat.core.images.oci import (
    OCI_INDEX,
    OCI_MANIFEST,
    ORIGIN,
    Attestation,
    Descriptor,
    ImageGraph,
    PlatformImage,
)
from tagboat.core.images.registry import (
    ANYTHING,
    KEYLESS,
    ExpectedContent,
    Inspection,
    Repository,
    Signing,
    TagStatus,
    error,
    is_loopback,
    judged,
    repository,
    signature_tag,
)

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


def graph(origin: str = "", gaps: tuple[str, ...] = ()) -> ImageGraph:
    told = {ORIGIN: origin} if origin else {}
    root = Descriptor(OCI_INDEX, OURS, 1)
    return ImageGraph(root, told, (PlatformImage("linux/amd64", root),), (), gaps)


def seen(digest: str = OURS, looked: ImageGraph | None = None) -> Inspection:
    return Inspection(NAME, TagStatus.PUBLISHED, digest, "", looked)


@pytest.mark.parametrize(
    "wanted",
    [
        ANYTHING,
        ExpectedContent(OURS),
        ExpectedContent(OURS, "b"),
        ExpectedContent(origin="a"),
        ExpectedContent("", "a", ("linux/amd64",)),
    ],
)
def test_what_is_wanted_is_published(wanted: ExpectedContent) -> None:
    assert judged(seen(looked=graph("a")), wanted).condition is TagStatus.PUBLISHED


def test_the_right_digest_is_enough() -> None:
    assert judged(seen(), ExpectedContent(OURS, "a", ("linux/arm64",))) == seen()


def test_without_a_look_inside_only_a_digest_can_be_wrong() -> None:
    assert judged(seen(), ExpectedContent(origin="a")) == seen()


def test_what_is_not_there_stays_absent() -> None:
    absent = Inspection(NAME, TagStatus.ABSENT)
    assert judged(absent, ExpectedContent(OURS)) is absent


@pytest.mark.parametrize(
    ("inspection", "wanted", "said"),
    [
        (seen(OTHER), ExpectedContent(OURS), f"it is {OTHER}, not {OURS}"),
        (
            seen(OTHER, graph("a")),
            ExpectedContent(OURS, "a"),
            f"it is {OTHER}, not {OURS}, another build of the same commit",
        ),
        (
            seen(OTHER, graph("b")),
            ExpectedContent(OURS, "a"),
            f"it is {OTHER}, not {OURS}; its origin is b, not a",
        ),
        (
            seen(looked=graph("b")),
            ExpectedContent(origin="a"),
            f"it is {OURS}; its origin is b, not a",
        ),
    ],
)
def test_another_image_of_ours_is_a_conflict(
    inspection: Inspection, wanted: ExpectedContent, said: str
) -> None:
    found = judged(inspection, wanted)
    assert (found.condition, found.detail) == (TagStatus.CONFLICT, said)


@pytest.mark.parametrize("wanted", [ExpectedContent(OTHER), ExpectedContent(origin="a")])
def test_another_image_without_an_origin_is_foreign(wanted: ExpectedContent) -> None:
    found = judged(seen(looked=graph()), wanted)
    assert found.condition is TagStatus.FOREIGN
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
    assert (found.condition, found.detail) == (TagStatus.INCOMPLETE, said)


def test_a_platform_that_is_not_there_is_a_gap() -> None:
    found = judged(seen(looked=graph()), ExpectedContent(platforms=("linux/arm64", "linux/amd64")))
    assert (found.condition, found.detail) == (
        TagStatus.INCOMPLETE,
        "linux/arm64: there is no image",
    )


def test_an_image_without_the_attestation_that_is_wanted_has_a_gap() -> None:
    found = judged(seen(looked=graph()), ExpectedContent(is_attested=True))
    assert (found.condition, found.detail) == (TagStatus.INCOMPLETE, "there is no attestation")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/i386", "linux/386"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/amd64/v2", "linux/amd64/v2"),
    ],
)
def test_platform_is_there_however_it_is_spelled(given: str, told: str) -> None:
    image = PlatformImage(told, Descriptor(OCI_MANIFEST, "sha256:1", 1, told))
    looked = graph()._replace(images=(image,))
    found = judged(seen(looked=looked), ExpectedContent(platforms=(given,)))
    assert (found.condition, found.detail) == (TagStatus.PUBLISHED, "")


def test_two_images_of_one_platform_are_no_whole_image() -> None:
    parts = [Descriptor(OCI_MANIFEST, f"sha256:{one}", 1, "linux/arm64") for one in "112"]
    images = tuple(PlatformImage(one.platform, one) for one in parts)
    wanted = ExpectedContent(platforms=("linux/arm64",))
    found = judged(seen(looked=graph()._replace(images=images)), wanted)
    assert found.detail == "linux/arm64: there are 2 images"
    found = judged(seen(looked=graph()._replace(images=images[:2])), wanted)
    assert found.condition is TagStatus.PUBLISHED


def test_each_platform_has_an_attestation_of_its_own() -> None:
    names = ("linux/amd64", "linux/arm64")
    parts = [Descriptor(OCI_MANIFEST, f"sha256:{name}", 1, name) for name in names]
    images = tuple(PlatformImage(one.platform, one) for one in parts)
    once = Attestation(parts[0].digest, Descriptor(OCI_MANIFEST, "sha256:9", 1))
    looked = graph()._replace(images=images, attestations=(once, once))
    found = judged(seen(looked=looked), ExpectedContent(is_attested=True))
    assert found.detail == "linux/arm64: there is no attestation"
    both = (once, once._replace(subject=parts[1].digest))
    found = judged(
        seen(looked=looked._replace(attestations=both)), ExpectedContent(is_attested=True)
    )
    assert found.condition is TagStatus.PUBLISHED


@pytest.mark.parametrize(
    ("condition", "kind", "code"),
    [
        (TagStatus.CONFLICT, ConflictError, 4),
        (TagStatus.FOREIGN, ConflictError, 4),
        (TagStatus.INCOMPLETE, OutsideError, 1),
        (TagStatus.UNREACHABLE, OutsideError, 1),
        (TagStatus.FAILING, OutsideError, 1),
        (TagStatus.LIMITED, OutsideError, 1),
        (TagStatus.STRANGE, OutsideError, 1),
        (TagStatus.UNAUTHORISED, UsageError, 2),
        (TagStatus.DENIED, UsageError, 2),
        (TagStatus.REFUSED, OutsideError, 1),
        (TagStatus.NO_REPOSITORY, OutsideError, 1),
    ],
)
def test_who_has_to_act_is_told_by_the_error(
    condition: TagStatus, kind: type[TagboatError], code: int
) -> None:
    found = error(Inspection(NAME, condition, "", "because"))
    assert (type(found), found.exit_code) == (kind, code)
    assert found.message.startswith(NAME)
    assert found.message.endswith(": because")
    assert found.hint


LOGIN = (
    "run `docker login a.example:5000` as someone who may push to acme/app; some registries say "
    "the same of a project that is not there"
)
REACH = "check the address and the network, then run the same command again"
FAILING = (
    "look at the state of a.example:5000 and of what stands before it; once it answers, run the "
    "same command again, which goes on where this one ended"
)
LIMITED = (
    "wait until a.example:5000 takes more requests, or `docker login a.example:5000` as someone "
    "who may send more; then run the same command again, which goes on where this one ended"
)
RULES = (
    "look at the rules that a.example:5000 has for acme/app and at what the login may do there; "
    "then run the same command again, which goes on where this one ended"
)
STRANGE = (
    "check that a.example:5000 is the registry, and what stands between; then run the same command "
    "again"
)
CREATE = (
    "a.example:5000 makes no repository on a push: create acme/app there, then run the same "
    "command again"
)


@pytest.mark.parametrize(
    ("condition", "said", "helps"),
    [
        (
            TagStatus.ABSENT,
            "is not there",
            "run the same command again: it makes what is missing",
        ),
        (
            TagStatus.INCOMPLETE,
            "is incomplete",
            "run the same command again: it makes or copies what is missing",
        ),
        (
            TagStatus.CONFLICT,
            "holds another image",
            "a version's tag is never overwritten: release another version",
        ),
        (
            TagStatus.FOREIGN,
            "holds an image that tagboat did not make",
            "look at who wrote that tag; release another version, or delete the tag",
        ),
        (
            TagStatus.UNREACHABLE,
            "can't be reached",
            REACH,
        ),
        (
            TagStatus.FAILING,
            "meets a failure of its registry",
            FAILING,
        ),
        (
            TagStatus.LIMITED,
            "meets a limit of its registry",
            LIMITED,
        ),
        (
            TagStatus.STRANGE,
            "gets an answer that is no registry's",
            STRANGE,
        ),
        (
            TagStatus.UNAUTHORISED,
            "is closed to these credentials",
            LOGIN,
        ),
        (
            TagStatus.DENIED,
            "can't be written",
            "let that tag be overwritten there, or take it out of the image's tags",
        ),
        (
            TagStatus.REFUSED,
            "is refused by its registry",
            RULES,
        ),
        (
            TagStatus.NO_REPOSITORY,
            "has no repository to be in",
            CREATE,
        ),
    ],
)
@pytest.mark.parametrize("name", [f"@{OURS}", ":1.0.0", ""])
def test_each_refusal_says_what_is_so_and_what_helps(
    condition: TagStatus, said: str, helps: str, name: str
) -> None:
    name = f"a.example:5000/acme/app{name}"
    found = error(Inspection(name, condition))
    assert (found.message, found.hint) == (f"{name} {said}", helps)


def test_job_on_github_is_told_what_its_token_needs() -> None:
    found = error(Inspection("ghcr.io/acme/app:1.0.0", TagStatus.UNAUTHORISED))
    assert found.hint == (
        "run `docker login ghcr.io` as someone who may push to acme/app; a job of GitHub Actions "
        "needs `packages: write`, and a package that is there the role Write for its repository"
    )


def test_every_condition_has_an_error() -> None:
    assert all(error(Inspection(NAME, condition)).message for condition in TagStatus)


@pytest.mark.parametrize("condition", TagStatus)
def test_a_registry_that_tells_nothing_is_told_from_one_that_has_nothing(
    condition: TagStatus,
) -> None:
    hidden = {TagStatus.UNREACHABLE, TagStatus.UNAUTHORISED, TagStatus.DENIED}
    hidden |= {TagStatus.FAILING, TagStatus.LIMITED}
    hidden |= {TagStatus.REFUSED, TagStatus.NO_REPOSITORY, TagStatus.STRANGE}
    assert Inspection(NAME, condition).is_seen is (condition not in hidden)


def test_signatures_stand_under_a_tag_made_from_the_digest() -> None:
    assert signature_tag(OURS) == f"sha256-{'a' * 64}.sig"


def test_signing_without_a_key_is_known() -> None:
    assert Signing(KEYLESS).is_keyless
    assert not Signing("cosign.key").is_keyless
