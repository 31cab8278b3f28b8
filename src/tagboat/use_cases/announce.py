"""Announce: what follows once a release is public in git, reversible before irreversible."""

from typing import NamedTuple

from tagboat.core.step import Step
from tagboat.ports import Clone, Now, Rest
from tagboat.use_cases.steps.clone import KeepUp
from tagboat.use_cases.steps.record import KeepRecord
from tagboat.use_cases.steps.world import Tagged


class Outlet(NamedTuple):
    """Where a release is announced beside git, as the configuration at its commit has it."""

    clone: Clone
    now: Now
    rest: Rest

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return True


def completion(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """The steps that a release is not complete without, in order."""
    return [KeepRecord(tagged, outlet.now, outlet.rest)]


def announcement(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """All that follows a push: what completes the release, then what is done if it can be."""
    return [*completion(tagged, outlet), KeepUp(tagged, outlet.clone)]
