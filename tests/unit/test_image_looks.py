"""What verify finds out about images in registries."""

import pytest

from tagboat.core.images.registry import SignatureStatus, TagStatus
from tagboat.core.record.drift import Verdict
from tagboat.use_cases.inspect.verify import image_looks
from tagboat.use_cases.steps.image_tags import WriteTags
from tagboat.use_cases.steps.published import ReleasedImages
from tests.unit.test_steps_commands import RELEASED
from tests.unit.test_steps_images import (
    APP,
    FIRST,
    ORIGIN,
    SECOND,
    ImageRelease,
    digest_of,
    graph_of,
)

DIGEST = digest_of(ORIGIN)


def published(image_release: ImageRelease) -> ReleasedImages:
    """A release whose image is in both registries."""
    released_images = image_release.released_images()
    WriteTags(released_images).apply()
    return released_images


def found(released_images: ReleasedImages) -> list[tuple[str, Verdict, str]]:
    """What each look finds."""
    checks = [look.check() for look in image_looks(released_images)]
    return [(check.name, check.verdict, check.detail) for check in checks]


@pytest.fixture
def image_release() -> ImageRelease:
    return ImageRelease()


def test_image_that_is_whole_everywhere_is_well(image_release: ImageRelease) -> None:
    assert found(published(image_release)) == [("image", Verdict.OK, DIGEST)] * 2


def test_registry_that_lost_it_has_drifted(image_release: ImageRelease) -> None:
    released_images = published(image_release)
    del image_release.registry.digests[SECOND], image_release.registry.held[SECOND]
    helps = "`tagboat release --tag v1.2.3` copies it from a.example/app"
    assert found(released_images)[1] == ("image", Verdict.DRIFT, f"absent; {helps}")


def test_registry_that_is_down_leaves_it_unknown(image_release: ImageRelease) -> None:
    released_images = published(image_release)
    image_release.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    assert [verdict for _, verdict, _ in found(released_images)] == [Verdict.OK, Verdict.UNKNOWN]


def test_platform_that_is_not_there_is_named(image_release: ImageRelease) -> None:
    released_images = published(image_release)
    graph = image_release.registry.graphs[DIGEST]
    [image] = graph.images
    other = image._replace(platform="linux/s390x")
    image_release.registry.graphs[DIGEST] = graph._replace(images=(other,))
    assert found(released_images)[0] == (
        "image",
        Verdict.DRIFT,
        "it is for linux/s390x, and should be for linux/amd64",
    )


def test_labels_of_another_commit_are_told(image_release: ImageRelease) -> None:
    released_images = published(image_release)
    other = ORIGIN._replace(commit="e" * 40)
    graph = graph_of(APP, ORIGIN, DIGEST)
    [image] = graph.images
    [odd] = graph_of(APP, other, DIGEST).images
    image_release.registry.graphs[DIGEST] = graph._replace(
        images=(image._replace(labels=odd.labels),)
    )
    key = "org.opencontainers.image.revision"
    assert found(released_images)[0][2] == (
        f"the labels of linux/amd64 say {key}={'e' * 40}, not {RELEASED}"
    )


def test_index_without_annotations_is_told(image_release: ImageRelease) -> None:
    released_images = published(image_release)
    graph = image_release.registry.graphs[DIGEST]
    image_release.registry.graphs[DIGEST] = graph._replace(annotations={})
    assert (
        "the annotations of the index say org.opencontainers.image.version=nothing"
        in (found(released_images)[0][2])
    )


def test_signature_is_looked_at_where_there_should_be_one() -> None:
    image_release = ImageRelease(APP._replace(sign="cosign.key"))
    released_images = published(image_release)
    image_release.signer.seals[FIRST.at(DIGEST)] = SignatureStatus.SIGNED
    names = [(name, verdict) for name, verdict, _ in found(released_images)]
    assert names == [
        ("image", Verdict.OK),
        ("image-signature", Verdict.OK),
        ("image", Verdict.OK),
        ("image-signature", Verdict.DRIFT),
    ]
