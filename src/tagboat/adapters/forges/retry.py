"""Looking, acting and looking again: how work on a forge ends in one state, whatever goes wrong."""

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from tagboat.adapters.forges.errors import AlreadyThereError, UnsettledError
from tagboat.adapters.http import Budget
from tagboat.core.errors import ConflictError, OutsideError
from tagboat.core.forge.release import Asset
from tagboat.ports.forge import Source

T = TypeVar("T")

_BLOCK = 1 << 18
_ROUNDS = 20


def retry_until_done(work: Callable[[], T | None], budget: Budget) -> T:
    """Call ``work`` until it gives a result: it looks, and acts on what it sees, each time.

    None means that it acted and wants to look again. After an error that leaves open what
    happened it is called again, after a pause, as often as the budget allows; then that error is
    raised.
    """
    failures = 0
    for _ in range(_ROUNDS):
        try:
            result = work()
        except (UnsettledError, AlreadyThereError) as error:
            failures += 1
            wait = _pause(error, budget.first_pause * 2 ** (failures - 1))
            if failures >= budget.tries or not budget.allows(wait):
                raise
            budget.wait(wait, error.message)
        else:
            if result is not None:
                return result
    raise OutsideError("the forge never showed what was done on it", "run the same command again")


def check_source(asset: Asset, source: Source) -> None:
    """Make sure that what will be sent is the asset. Raises ConflictError."""
    with source() as stream:
        size, sha256 = measure(iter(lambda: stream.read(_BLOCK), b""))
    if (size, sha256) != (asset.size, asset.sha256):
        raise ConflictError(
            f"the asset {asset.name!r} has changed: {size} bytes with SHA-256 {sha256}, not "
            f"{asset.size} with {asset.sha256}",
            "build it once, before the release is planned",
        )


def measure(blocks: Iterable[bytes]) -> tuple[int, str]:
    """The size of a content and its SHA-256 in hexadecimal."""
    size, digest = 0, hashlib.sha256()
    for block in blocks:
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


def _pause(error: UnsettledError | AlreadyThereError, backoff: float) -> float:
    return max(backoff, error.wait) if isinstance(error, UnsettledError) else backoff
