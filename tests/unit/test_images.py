"""Images are handed to the builder, or joined, once nothing stands in the way."""

from collections.abc import Mapping, Sequence

import pytest

from tagboat.core.bake import Document, Order
from tagboat.core.builder import Wish
from tagboat.core.errors import OutsideError, RepositoryError, UsageError
from tagboat.core.image import Image, Origin, annotations, staging_reference
from tagboat.core.version import Version
from tagboat.ports.builder import Hear, ImageBuilder
from tagboat.use_cases.images import (
    ImageSite,
    Made,
    build,
    build_faults,
    described,
    lacking,
    merge,
    settled,
)

ORIGIN = Origin(Version(1, 4, 2), "v1.4.2", "a" * 40, 1_700_000_000)
BOTH = ("linux/amd64", "linux/arm64")
APP = Image("app", ("r.example/acme/app",), platforms=BOTH)
DIGEST = "sha256:" + "0" * 64
FILES = {"Dockerfile": f"FROM alpine@{DIGEST}\nRUN x\n", "plain": "FROM scratch\nCOPY x y\n"}


class MemoryBuilder(ImageBuilder):
    """A builder and a registry held in memory: digests by reference."""

    def __init__(self, *found: str) -> None:
        self.found = list(found)
        self.wishes: list[Wish] = []
        self.built: list[tuple[Document, str]] = []
        self.registry: dict[str, str] = {}
        self.joined: list[tuple[str, tuple[str, ...], dict[str, str]]] = []
        self.keeps = True

    def faults(self, images: Sequence[Image], wishes: Sequence[Wish]) -> list[str]:
        assert [image.name for image in images] == [wish.image for wish in wishes]
        self.wishes += wishes
        return self.found

    def loose(self, images: Sequence[Image]) -> frozenset[str]:
        return frozenset(image.name for image in images if image.builder == "old")

    def build(
        self, images: Sequence[Image], document: Document, tree: str, hear: Hear
    ) -> dict[str, str]:
        hear("#1 done")
        self.built.append((document, tree))
        return {image.name: "sha256:1" for image in images if image.repositories}

    def find(self, reference: str) -> str:
        return self.registry.get(reference, "")

    def join(self, reference: str, sources: Sequence[str], annotations: Mapping[str, str]) -> str:
        self.joined.append((reference, tuple(sources), dict(annotations)))
        if self.keeps:
            self.registry[reference] = "sha256:joined"
        return "sha256:joined"


def site(*images: Image, builder: ImageBuilder | None = None) -> ImageSite:
    absent = (["lib", "docs/theme"], ["api/big.bin", "web/big.bin"])
    builder = builder or MemoryBuilder()
    return ImageSite(images, ORIGIN, builder, FILES.get, lambda: "/tree", lambda: absent)


def test_an_image_is_built_from_the_checkout_and_told_of() -> None:
    builder, heard = MemoryBuilder(), list[str]()
    place = site(APP, Image("local"), builder=builder)
    made = build(place, Order(), heard.append)
    [app, local] = settled(place, Order()).images
    assert made == (
        Made("app", BOTH, (staging_reference(app, ORIGIN),), "sha256:1"),
        Made("local", local.platforms, ("dist/local-1.4.2.oci.tar",), ""),
    )
    assert builder.built == [(described(place, Order()), "/tree")]
    assert heard == ["#1 done"]


def test_what_stands_in_the_way_is_told_before_anything_is_built() -> None:
    builder = MemoryBuilder("no daemon")
    with pytest.raises(RepositoryError, match=r"^no daemon$"):
        build(site(APP, builder=builder), Order(), print)
    assert builder.built == []


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    with pytest.raises(RepositoryError) as caught:
        build(site(APP, builder=MemoryBuilder("one", "two")), Order(), print)
    assert caught.value.message == ("2 things stand in the way of building:\n  - one\n  - two")


def test_times_are_left_to_a_builder_that_can_t_set_them() -> None:
    builder = MemoryBuilder()
    [made] = build(site(APP._replace(builder="old"), builder=builder), Order(), print)
    assert made.is_loose
    [(document, _)] = builder.built
    assert "rewrite-timestamp" not in document["target"]["app"]["output"][0]


def test_a_builder_is_asked_for_the_platforms_whose_programs_run() -> None:
    builder = MemoryBuilder()
    images = (
        APP._replace(sbom=True),
        APP._replace(name="plain", dockerfile="plain", sbom=True, sbom_generator="scan"),
    )
    assert build_faults(site(*images, builder=builder), Order(platforms=BOTH[1:])) == []
    assert builder.wishes == [
        Wish("app", "", BOTH[1:], BOTH[1:], "docker/buildkit-syft-scanner:stable-1"),
        Wish("plain", "", BOTH[1:], (), "scan"),
    ]


def test_the_base_is_read_off_the_dockerfile() -> None:
    found = settled(site(APP), Order()).images[0]
    assert found.facts == (("base.name", "docker.io/library/alpine"), ("base.digest", DIGEST))
    assert settled(site(found), Order()).images[0] == found


def test_a_base_that_is_given_is_not_given_another_s_digest() -> None:
    image = APP._replace(facts=(("base.name", "r.example/base:1"),))
    assert settled(site(image), Order()).images == (image,)


def test_a_dockerfile_that_is_not_in_the_commit() -> None:
    with pytest.raises(UsageError, match=r"api/Dockerfile, which app .* the commit aaaaaaaaaa"):
        described(site(APP._replace(context="api")), Order())


@pytest.mark.parametrize(
    ("images", "order", "said"),
    [
        ((), Order(), "there are no images to build"),
        ((APP,), Order(names=("ap",)), "there is no image 'ap'"),
        ((APP,), Order(platforms=("linux/s390x",)), "no image is built for 'linux/s390x'"),
        (
            (APP, Image("local")),
            Order(("local",), ("linux/arm64",)),
            "no image is built for 'linux/arm64'",
        ),
    ],
)
def test_what_no_definition_has_is_refused(
    images: tuple[Image, ...], order: Order, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        described(site(*images), order)


def test_registries_without_tls_are_told_of() -> None:
    place = site(APP)._replace(insecure=("r.example",))
    assert "registry.insecure=true" in described(place, Order())["target"]["app"]["output"][0]


# Joining


def merging(builder: MemoryBuilder, *digests: str) -> tuple[ImageSite, Image]:
    """A site whose registry has the platforms of an image under digests."""
    place = site(APP, builder=builder)
    [app] = settled(place, Order()).images
    for platform, digest in zip(BOTH, digests, strict=False):
        builder.registry[staging_reference(app, ORIGIN, platform)] = digest
    return place, app


def test_platforms_are_joined_with_the_annotations_given_again() -> None:
    builder = MemoryBuilder()
    place, app = merging(builder, "sha256:a", "sha256:b")
    reference = staging_reference(app, ORIGIN)
    assert merge(place, Order()) == (Made("app", BOTH, (reference,), "sha256:joined"),)
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
    merge(place, Order())
    assert builder.joined[0][1] == (f"{APP.repositories[0]}@sha256:a",)


def test_platforms_that_are_missing_are_named_with_the_command_that_builds_them() -> None:
    builder = MemoryBuilder()
    place, app = merging(builder, "sha256:a")
    with pytest.raises(RepositoryError) as caught:
        merge(place, Order())
    assert caught.value.message == (
        f"app lacks linux/arm64: there is no {staging_reference(app, ORIGIN, 'linux/arm64')}"
    )
    assert caught.value.hint == "tagboat image build --platform linux/arm64"
    assert builder.joined == []


def test_images_without_repositories_can_t_be_joined() -> None:
    with pytest.raises(UsageError, match="local: images without repositories meet nowhere"):
        merge(site(Image("local")), Order())


def test_what_the_registry_does_not_keep_is_told() -> None:
    builder = MemoryBuilder()
    place, _ = merging(builder, "sha256:a", "sha256:b")
    builder.keeps = False
    with pytest.raises(OutsideError, match="is not there after sha256:joined was written"):
        merge(place, Order())


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
    told = lacking(site(Image("local", context=context)), Order())
    assert [text.partition(" ")[0] for text in told] == named


def test_what_is_told_says_what_is_missing() -> None:
    told = lacking(site(Image("local", context="api"), Image("docs", context="docs")), Order())
    assert told == [
        "docs/theme is a submodule, and an empty folder in the build",
        "api/big.bin is in Git LFS, and only its pointer is in the build",
    ]


def test_changes_that_are_not_committed_are_told_of() -> None:
    place = site(Image("local", context="other"))._replace(is_changed=lambda: True)
    assert lacking(place, Order()) == ["changes that are not committed are not in the build"]
