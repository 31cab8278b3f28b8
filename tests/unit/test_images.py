"""Images are handed to the builder, or joined, once nothing stands in the way."""

import pytest

from tagboat.core.errors import OutsideError, RepositoryError, UsageError
from tagboat.core.images.bake import BuildRequest
from tagboat.core.images.builder import BuilderNeeds
from tagboat.core.images.image import Image, Origin, annotations, staging_reference
from tagboat.core.version.version import Version
from tagboat.ports.images import ImageBuilder
from tagboat.use_cases.images.build import (
    BuildContext,
    BuiltImage,
    build,
    build_faults,
    build_omissions,
    described,
    merge,
    settled,
)
from tests.fake_registry import MemoryBuilder
from tests.git_fakes import MemoryClone, MemoryScratch

ORIGIN = Origin(Version(1, 4, 2), "v1.4.2", "a" * 40, 1_700_000_000)
BOTH = ("linux/amd64", "linux/arm64")
APP = Image("app", ("r.example/acme/app",), platforms=BOTH)
DIGEST = "sha256:" + "0" * 64
FILES = {"Dockerfile": f"FROM alpine@{DIGEST}\nRUN x\n", "plain": "FROM scratch\nCOPY x y\n"}


def build_context(*images: Image, builder: ImageBuilder | None = None) -> BuildContext:
    source = MemoryScratch()
    source.files[ORIGIN.commit] = FILES
    source.gaps[ORIGIN.commit] = (["lib", "docs/theme"], ["api/big.bin", "web/big.bin"])
    return BuildContext(images, ORIGIN, builder or MemoryBuilder(), source)


def test_an_image_is_built_from_the_checkout_and_told_of() -> None:
    builder, heard = MemoryBuilder(), list[str]()
    builder.told["app"] = "sha256:1"
    place = build_context(APP, Image("local"), builder=builder)
    made = build(place, BuildRequest(), heard.append)
    [app, local] = settled(place, BuildRequest()).images
    assert made == (
        BuiltImage("app", BOTH, (staging_reference(app, ORIGIN),), "sha256:1"),
        BuiltImage("local", local.platforms, ("dist/local-1.4.2.oci.tar",), ""),
    )
    assert builder.built == [(("app", "local"), described(place, BuildRequest()), "export of a")]
    assert heard == ["#1 done"]


def test_what_stands_in_the_way_is_told_before_anything_is_built() -> None:
    builder = MemoryBuilder("no daemon")
    with pytest.raises(RepositoryError, match=r"^no daemon$"):
        build(build_context(APP, builder=builder), BuildRequest(), print)
    assert builder.built == []


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    with pytest.raises(RepositoryError) as caught:
        build(build_context(APP, builder=MemoryBuilder("one", "two")), BuildRequest(), print)
    assert caught.value.message == ("2 things stand in the way of building:\n  - one\n  - two")


def test_times_are_left_to_a_builder_that_can_t_set_them() -> None:
    builder = MemoryBuilder()
    [made] = build(
        build_context(APP._replace(builder="old"), builder=builder), BuildRequest(), print
    )
    assert made.is_loose
    [(_, document, _)] = builder.built
    assert "rewrite-timestamp" not in document["target"]["app"]["output"][0]


def test_a_builder_is_asked_for_the_platforms_whose_programs_run() -> None:
    builder = MemoryBuilder()
    images = (
        APP._replace(sbom=True),
        APP._replace(name="plain", dockerfile="plain", sbom=True, sbom_generator="scan"),
    )
    assert (
        build_faults(build_context(*images, builder=builder), BuildRequest(platforms=BOTH[1:]))
        == []
    )
    assert builder.wishes == [
        BuilderNeeds("app", "", BOTH[1:], BOTH[1:], "docker/buildkit-syft-scanner:stable-1"),
        BuilderNeeds("plain", "", BOTH[1:], (), "scan"),
    ]


def test_the_base_is_read_off_the_dockerfile() -> None:
    found = settled(build_context(APP), BuildRequest()).images[0]
    assert found.facts == (("base.name", "docker.io/library/alpine"), ("base.digest", DIGEST))
    assert settled(build_context(found), BuildRequest()).images[0] == found


def test_the_base_is_the_context_that_stands_for_it() -> None:
    pinned = f"alpine@{DIGEST}"
    image = APP._replace(contexts=((pinned, "docker-image://r.example/other:2"),))
    found = settled(build_context(image), BuildRequest()).images[0]
    assert found.facts == (("base.name", "r.example/other:2"),)


def test_a_base_that_is_given_is_not_given_another_s_digest() -> None:
    image = APP._replace(facts=(("base.name", "r.example/base:1"),))
    assert settled(build_context(image), BuildRequest()).images == (image,)


def test_a_dockerfile_that_is_not_in_the_commit() -> None:
    with pytest.raises(
        UsageError, match=r"api/Dockerfile, which app .* the commit aaaaaaaaaa"
    ) as caught:
        described(build_context(APP._replace(context="api")), BuildRequest())
    assert caught.value.hint == "commit it, or name another `dockerfile`"
    named = APP._replace(context="api", dockerfile="Dockerfile")
    assert described(build_context(named), BuildRequest())


@pytest.mark.parametrize(
    ("images", "order", "said"),
    [
        ((), BuildRequest(), "there are no images to build"),
        ((APP,), BuildRequest(names=("ap",)), "there is no image 'ap'"),
        ((APP,), BuildRequest(platforms=("linux/s390x",)), "no image is built for 'linux/s390x'"),
        (
            (APP, Image("local")),
            BuildRequest(("local",), ("linux/arm64",)),
            "no image is built for 'linux/arm64'",
        ),
    ],
)
def test_what_no_definition_has_is_refused(
    images: tuple[Image, ...], order: BuildRequest, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        described(build_context(*images), order)


def test_registries_without_tls_are_told_of() -> None:
    place = build_context(APP)._replace(insecure=("r.example",))
    assert (
        "registry.insecure=true" in described(place, BuildRequest())["target"]["app"]["output"][0]
    )


# Joining


def merging(builder: MemoryBuilder, *digests: str) -> tuple[BuildContext, Image]:
    """A site whose registry has the platforms of an image under digests."""
    place = build_context(APP, builder=builder)
    [app] = settled(place, BuildRequest()).images
    for platform, digest in zip(BOTH, digests, strict=False):
        builder.registry[staging_reference(app, ORIGIN, platform)] = digest
    return place, app


def test_platforms_are_joined_with_the_annotations_given_again() -> None:
    builder = MemoryBuilder()
    place, app = merging(builder, "sha256:a", "sha256:b")
    reference = staging_reference(app, ORIGIN)
    assert merge(place, BuildRequest()) == (BuiltImage("app", BOTH, (reference,), "sha256:joined"),)
    repository = APP.repositories[0]
    assert builder.joined == [
        (
            reference,
            (f"{repository}@sha256:a", f"{repository}@sha256:b"),
            annotations(app, ORIGIN),
        )
    ]


def test_platforms_that_were_built_together_are_joined_once() -> None:
    builder = MemoryBuilder()
    place, _ = merging(builder, "sha256:a", "sha256:a")
    merge(place, BuildRequest())
    assert builder.joined[0][1] == (f"{APP.repositories[0]}@sha256:a",)


def test_platforms_that_are_missing_are_named_with_the_command_that_builds_them() -> None:
    builder = MemoryBuilder()
    place, app = merging(builder, "sha256:a")
    with pytest.raises(RepositoryError) as caught:
        merge(place, BuildRequest())
    assert caught.value.message == (
        f"app lacks linux/arm64: there is no {staging_reference(app, ORIGIN, 'linux/arm64')}"
    )
    assert caught.value.hint == "tagboat image build --platform linux/arm64"
    assert builder.joined == []


def test_images_without_repositories_can_t_be_joined() -> None:
    with pytest.raises(
        UsageError, match="local: images without repositories meet nowhere"
    ) as caught:
        merge(build_context(Image("local")), BuildRequest())
    assert caught.value.hint == "add repositories to [[images]]"


def test_what_the_registry_does_not_keep_is_told() -> None:
    builder = MemoryBuilder()
    place, _ = merging(builder, "sha256:a", "sha256:b")
    builder.keeps = False
    with pytest.raises(OutsideError, match="is not there after sha256:joined was written"):
        merge(place, BuildRequest())


# What a commit does not hold


@pytest.mark.parametrize(
    ("context", "named"),
    [
        (".", ["lib", "docs/theme", "api/big.bin", "web/big.bin"]),
        ("api", ["api/big.bin"]),
        ("docs", ["docs/theme"]),
        ("lib/sub", ["lib"]),
        ("other", []),
    ],
)
def test_submodules_and_large_files_in_contexts_are_told_of(context: str, named: list[str]) -> None:
    told = build_omissions(build_context(Image("local", context=context)), BuildRequest())
    assert [text.partition(" ")[0] for text in told] == named


def test_what_is_told_says_what_is_missing() -> None:
    told = build_omissions(
        build_context(Image("local", context="api"), Image("docs", context="docs")), BuildRequest()
    )
    assert told == [
        "docs/theme is a submodule, and an empty folder in the build",
        "api/big.bin is in Git LFS, and only its pointer is in the build",
    ]


def test_changes_that_are_not_committed_are_told_of() -> None:
    clone = MemoryClone()
    clone.has_changes = True
    place = build_context(Image("local", context="other"))._replace(clone=clone)
    assert build_omissions(place, BuildRequest()) == [
        "changes that are not committed are not in the build"
    ]


def test_platform_that_a_release_builds_again_is_told_of() -> None:
    written = ("its version files", "CHANGELOG.md")
    place = build_context(Image("local", context="other"))._replace(rewritten=written)
    assert build_omissions(place, BuildRequest()) == []
    [told] = build_omissions(place, BuildRequest(platforms=("linux/amd64",)))
    assert told == (
        "a release writes its version files and CHANGELOG.md in a commit of its own, which images "
        "have to tell: it builds again what is built here"
    )


ASKING = {
    "secrets": APP._replace(secrets=(("x", "file:~/.docker/config.json"),)),
    "ssh": APP._replace(ssh=("default",)),
    "network.host": APP._replace(network="host"),
    "cache-to": APP._replace(cache_to=("type=registry,ref=r.example/acme/app:cache",)),
}


@pytest.mark.parametrize("name", ASKING)
def test_what_a_stranger_must_not_have_is_granted_by_a_person_alone(name: str) -> None:
    builder = MemoryBuilder()
    place = build_context(ASKING[name], builder=builder)
    with pytest.raises(UsageError, match=name) as refusal:
        build(place, BuildRequest(allowed=frozenset()), print)
    assert refusal.value.hint == f"where you trust it, grant that with --allow {name}"
    assert not builder.built
    build(place, BuildRequest(allowed=frozenset({name})), print)
    assert builder.built


def test_what_is_released_needs_no_grant() -> None:
    builder = MemoryBuilder()
    for image in ASKING.values():
        build(build_context(image, builder=builder), BuildRequest(), print)
    assert builder.built
