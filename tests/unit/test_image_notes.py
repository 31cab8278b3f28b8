"""How images of a release are pulled, in Markdown."""

import pytest

from tagboat.core.images.image import PulledImage, image_notes, size_of

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"


def test_each_repository_has_a_command_with_tag_and_digest() -> None:
    names = ("ghcr.io/acme/app:1.4.0", "docker.io/acme/app:1.4.0")
    image = PulledImage(names, DIGEST, (("linux/arm64", OTHER, 7_300_000),))
    assert image_notes([image]) == (
        "### Container images\n\n"
        "```sh\n"
        f"docker pull ghcr.io/acme/app:1.4.0@{DIGEST}\n"
        f"docker pull docker.io/acme/app:1.4.0@{DIGEST}\n"
        "```\n\n"
        "| platform | digest | download |\n"
        "| --- | --- | --- |\n"
        f"| linux/arm64 | `{OTHER}` | 7.3 MB |\n"
    )


def test_without_images_nothing_is_said() -> None:
    assert image_notes([]) == ""


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (7_349_999, "7.3 MB"), (10**12, "1000.0 GB")],
)
def test_size_in_words(count: int, words: str) -> None:
    assert size_of(count) == words
