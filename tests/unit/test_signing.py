"""A digest is signed everywhere, and its signature copied to where there is none."""

import pytest

from tagboat.core.errors import OutsideError
from tagboat.core.images.registry import Repository, signature_tag
from tagboat.use_cases.steps.stage_images import sign_everywhere
from tests.fake_registry import MemoryRegistry, MemorySigner

DIGEST = "sha256:" + "a" * 64
TAG = signature_tag(DIGEST)
OURS = "sha256:" + "b" * 64
THEIRS = "sha256:" + "c" * 64
FIRST = Repository("one.example.org", "app")
SECOND = Repository("two.example.org", "app")


@pytest.fixture
def registry() -> MemoryRegistry:
    """The image in two repositories, a signature in the first."""
    made = MemoryRegistry()
    made.push(FIRST, TAG, OURS)
    return made


def test_it_is_signed_in_every_repository(registry: MemoryRegistry) -> None:
    signer = MemorySigner()
    sign_everywhere(registry, signer, DIGEST, [FIRST, SECOND])
    assert signer.signed == [FIRST.at(DIGEST), SECOND.at(DIGEST)]


def test_a_signature_is_copied_to_where_there_is_none(registry: MemoryRegistry) -> None:
    sign_everywhere(registry, MemorySigner(), DIGEST, [FIRST, SECOND])
    assert registry.writes == [SECOND.at(TAG)]
    assert registry.held[SECOND] == {TAG: OURS}


def test_what_others_have_signed_stays(registry: MemoryRegistry) -> None:
    registry.push(SECOND, TAG, THEIRS)
    sign_everywhere(registry, MemorySigner(), DIGEST, [FIRST, SECOND])
    assert registry.held[SECOND] == {TAG: THEIRS}


def test_signatures_that_are_kept_elsewhere_are_not_copied() -> None:
    registry = MemoryRegistry()
    sign_everywhere(registry, MemorySigner(), DIGEST, [FIRST, SECOND])
    assert registry.writes == []


def test_a_signature_that_can_t_be_verified_is_an_error(registry: MemoryRegistry) -> None:
    with pytest.raises(OutsideError, match="can't be verified") as caught:
        sign_everywhere(registry, MemorySigner(is_legible=False), DIGEST, [FIRST])
    assert caught.value.hint == (
        "check that the public key or the identity is that of the signing key"
    )
