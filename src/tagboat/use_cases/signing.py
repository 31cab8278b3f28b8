"""Has a digest signed in every repository that holds it."""

from collections.abc import Sequence

from tagboat.core.errors import OutsideError
from tagboat.core.registry import Condition, Depth, Repository
from tagboat.core.signature import Seal, signature_tag
from tagboat.ports.registry import Registry, Signer


def sign_everywhere(
    registry: Registry, signer: Signer, digest: str, repositories: Sequence[Repository]
) -> None:
    """Make sure that a digest has a good signature in every repository, all of which hold it.

    It is signed in the first one, and the signature is copied to those that have none yet, so that
    one identity is asked once. Raises OutsideError, UsageError.
    """
    first, *others = repositories
    _sign(signer, first, digest)
    for repository in others:
        _copy_signatures(registry, digest, first, repository)
        _sign(signer, repository, digest)


def _sign(signer: Signer, repository: Repository, digest: str) -> None:
    """Sign, unless a good signature is there."""
    if signer.sign(repository, digest) is not Seal.SIGNED:
        raise OutsideError(
            f"{repository.at(digest)} is signed, but its signature can't be verified",
            "check that the public key or the identity is that of the signing key",
        )


def _copy_signatures(
    registry: Registry, digest: str, source: Repository, target: Repository
) -> None:
    """Copy signatures to where there are none; what others have signed there stays."""
    tag = signature_tag(digest)
    there = registry.look(target, tag, depth=Depth.DIGEST)
    found = registry.look(source, tag, depth=Depth.DIGEST)
    if there.condition is Condition.ABSENT and found.condition is Condition.PUBLISHED:
        registry.copy(source, found.digest, target, tag)
