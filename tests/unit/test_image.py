"""What is written on an image, and the names it has until its release is public."""

import pytest

from tagboat.core.images.image import (
    CREATED,
    Image,
    Origin,
    annotations,
    definition_digest,
    fill_placeholders,
    labels,
    release_facts,
    staging_reference,
    staging_tag,
    told_faults,
)
from tagboat.core.images.oci import (
    OCI_MANIFEST,
    ORIGIN,
    Descriptor,
    ImageGraph,
    PlatformImage,
)
from tagboat.core.version.version import Version

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ORIGIN_OF = Origin(Version(1, 4, 2), "v1.4.2", COMMIT, 1_700_000_000, "https://git.example/a/b")
IMAGE = Image("app", ("r.example/acme/app", "docker.io/acme/app"))
OCI = "org.opencontainers.image."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{version}", "1.4.2"),
        ("{major}.{minor}.{patch}", "1.4.2"),
        ("{tag} {commit}", f"v1.4.2 {COMMIT}"),
        ("{date}", "2023-11-14T22:13:20Z"),
        ('${version} {"a": 1} {} {other}', '${version} {"a": 1} {} {other}'),
    ],
)
def test_placeholders_are_filled_and_other_braces_kept(text: str, expected: str) -> None:
    assert fill_placeholders(text, ORIGIN_OF) == expected


def test_labels_are_the_keys_that_are_known() -> None:
    assert labels(IMAGE, ORIGIN_OF) == {
        f"{OCI}title": "app",
        f"{OCI}url": "https://git.example/a/b",
        f"{OCI}source": "https://git.example/a/b",
        f"{OCI}base.name": "",
        f"{OCI}base.digest": "",
        f"{OCI}version": "1.4.2",
        f"{OCI}revision": COMMIT,
        f"{OCI}created": "2023-11-14T22:13:20Z",
    }


def test_what_is_given_beats_what_is_derived() -> None:
    image = IMAGE._replace(
        facts=(("title", "App {major}"), ("base.name", "r.example/alpine:3")),
        labels=(("maintainer", "ada"), (f"{OCI}vendor", "ACME")),
    )
    found = labels(image, ORIGIN_OF._replace(page=""))
    assert found[f"{OCI}title"] == "App 1"
    assert found[f"{OCI}base.name"] == "r.example/alpine:3"
    assert found["maintainer"] == "ada"
    assert found[f"{OCI}vendor"] == "ACME"


def test_addresses_that_are_not_known_are_not_inherited_from_the_base_image() -> None:
    nowhere = ORIGIN_OF._replace(page="")
    given = IMAGE._replace(facts=(("source", "https://git.example/given"),))
    found = labels(IMAGE, nowhere)
    assert (found[f"{OCI}source"], found[f"{OCI}url"]) == ("", "")
    assert labels(given, nowhere)[f"{OCI}source"] == "https://git.example/given"
    assert f"{OCI}source" not in annotations(IMAGE, nowhere)


def test_what_a_base_image_says_of_its_own_base_is_not_inherited() -> None:
    found = labels(IMAGE._replace(facts=(("base.name", "r.example/base:1"),)), ORIGIN_OF)
    assert found[f"{OCI}base.name"] == "r.example/base:1"
    assert found[f"{OCI}base.digest"] == ""
    assert labels(IMAGE._replace(facts=()), ORIGIN_OF)[f"{OCI}base.name"] == ""


def test_label_that_the_dockerfile_gives_stays_where_nothing_else_is_known() -> None:
    names = (f"{OCI}source", f"{OCI}base.digest")
    found = labels(IMAGE._replace(file_labels=names), ORIGIN_OF._replace(page=""))
    assert not found.keys() & set(names)
    assert found[f"{OCI}url"] == ""
    assert labels(IMAGE._replace(file_labels=names), ORIGIN_OF)[names[0]] == ORIGIN_OF.page


def test_annotations_say_what_labels_say_and_where_the_image_is_from() -> None:
    image = IMAGE._replace(annotations=(("team", "{tag}"),))
    found = annotations(image, ORIGIN_OF)
    assert found.pop(ORIGIN).startswith("sha256:")
    told = {key: value for key, value in labels(IMAGE, ORIGIN_OF).items() if value}
    assert found == told | {"team": "v1.4.2"}


def test_image_without_an_index_says_all_in_its_manifest() -> None:
    facts = release_facts("1.4.2", COMMIT, ORIGIN_OF.time)
    root = Descriptor(OCI_MANIFEST, "sha256:1", 7)
    told = labels(IMAGE, ORIGIN_OF)
    graph = ImageGraph(root, {}, (PlatformImage("linux/amd64", root, told, told),))
    assert told_faults(graph, facts) == ()
    assert told_faults(graph, facts | {CREATED: "2023-11-14T23:13:20+01:00"}) == ()
    [fault] = told_faults(graph, facts | {f"{OCI}version": "1.4.3"})[:1]
    assert fault == f"the labels of linux/amd64 say {OCI}version=1.4.2, not 1.4.3"


def test_the_staging_tag_is_the_beginning_of_the_origin() -> None:
    tag = staging_tag(IMAGE, ORIGIN_OF)
    key = annotations(IMAGE, ORIGIN_OF)[ORIGIN].removeprefix("sha256:")
    assert tag == f"tagboat-{key[:12]}"
    assert staging_tag(IMAGE, ORIGIN_OF, "linux/arm/v7") == f"{tag}-linux-arm-v7"


def test_the_staging_tag_is_the_same_from_run_to_run() -> None:
    assert staging_tag(IMAGE, ORIGIN_OF) == "tagboat-98d84aae7cc9"


def test_release_commit_that_is_made_again_finds_what_was_staged_for_the_first() -> None:
    first, again = (
        ORIGIN_OF._replace(commit=made * 40, time=time, source="c" * 40)
        for made, time in (("a", 1), ("b", 2))
    )
    assert staging_tag(IMAGE, first) == staging_tag(IMAGE, again)


@pytest.mark.parametrize(
    "other",
    [
        ORIGIN_OF._replace(commit="f" * 40),
        ORIGIN_OF._replace(version=Version(1, 4, 3)),
        ORIGIN_OF._replace(source="e" * 40),
    ],
    ids=["commit", "version", "planned for another commit"],
)
def test_another_origin_has_another_staging_tag(other: Origin) -> None:
    assert staging_tag(IMAGE, other) != staging_tag(IMAGE, ORIGIN_OF)


@pytest.mark.parametrize(
    "changed",
    [
        {"platforms": ("linux/arm64",)},
        {"dockerfile": "other"},
        {"context": "sub"},
        {"target": "runtime"},
        {"contexts": (("a", "b"),)},
        {"build_args": (("A", "1"),)},
        {"secrets": (("npm", "env:NPM"),)},
        {"ssh": ("default",)},
        {"network": "none"},
        {"sbom": True},
        {"provenance": "off"},
        {"facts": (("title", "other"),)},
        {"labels": (("a", "b"),)},
        {"annotations": (("a", "b"),)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_definition_has_another_staging_tag(changed: dict[str, object]) -> None:
    other = IMAGE._replace(**changed)  # type: ignore[arg-type]
    assert definition_digest(other, ORIGIN_OF) != definition_digest(IMAGE, ORIGIN_OF)
    assert staging_tag(other, ORIGIN_OF) != staging_tag(IMAGE, ORIGIN_OF)


@pytest.mark.parametrize(
    "changed",
    [
        {"repositories": ("elsewhere/app",)},
        {"tags": ("latest",)},
        {"suffix": "-alpine"},
        {"cache_to": ("type=inline",)},
        {"no_cache": True},
        {"builder": "other"},
        {"sign": "keyless"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_does_not_change_the_bytes_does_not_change_the_tag(
    changed: dict[str, object],
) -> None:
    other = IMAGE._replace(**changed)  # type: ignore[arg-type]
    assert staging_tag(other, ORIGIN_OF) == staging_tag(IMAGE, ORIGIN_OF)


def test_a_secret_s_source_may_differ_from_machine_to_machine() -> None:
    one = IMAGE._replace(secrets=(("npm", "env:NPM"),), ssh=("deploy=~/a",))
    other = IMAGE._replace(secrets=(("npm", "file:~/.npm"),), ssh=("deploy=~/b",))
    assert staging_tag(one, ORIGIN_OF) == staging_tag(other, ORIGIN_OF)


def test_images_are_staged_in_their_first_repository_or_where_they_are_to_be() -> None:
    tag = staging_tag(IMAGE, ORIGIN_OF)
    staged = IMAGE._replace(staging="r.example/staging")
    assert staging_reference(IMAGE, ORIGIN_OF) == f"r.example/acme/app:{tag}"
    assert staging_reference(staged, ORIGIN_OF) == f"r.example/staging:{tag}"
    assert Image("app").staging_repository == ""


@pytest.mark.parametrize(
    ("dockerfile", "context", "path"),
    [("", ".", "Dockerfile"), ("", "api", "api/Dockerfile"), ("docker/api", "api", "docker/api")],
)
def test_the_path_of_the_dockerfile(dockerfile: str, context: str, path: str) -> None:
    image = Image("app", dockerfile=dockerfile, context=context)
    assert image.dockerfile_path == path
