"""Announce: what follows once a release is public in git, reversible before irreversible."""

from functools import partial
from typing import NamedTuple

from tagboat.core.drift import Found, Look, Verdict, fault
from tagboat.core.step import Step
from tagboat.ports import Clone, Now, Rest
from tagboat.use_cases.steps.clone import KeepUp
from tagboat.use_cases.steps.forge import (
    Booth,
    CollectAssets,
    DraftRelease,
    PublishRelease,
    Shown,
    UploadAssets,
)
from tagboat.use_cases.steps.issues import CloseLoop, Ships
from tagboat.use_cases.steps.moving_tags import Moorings, MoveTags
from tagboat.use_cases.steps.record import KeepRecord
from tagboat.use_cases.steps.world import Making, Tagged


class Outlet(NamedTuple):
    """Where a release is announced beside git, as the configuration at its commit has it.

    ``booth`` is its place on a forge; ``notes`` say why there is none, unless that is meant;
    ``moorings`` are the git tags that follow.
    """

    clone: Clone
    now: Now
    rest: Rest
    booth: Booth | None = None
    ships: Ships = lambda _: ()
    notes: tuple[str, ...] = ()
    moorings: Moorings = Moorings()

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return self.booth is None and not self.moorings.rules


def preparation(making: Making, outlet: Outlet) -> list[Step]:
    """What has to be known of the announcement before anything is public."""
    booth = outlet.booth
    return [CollectAssets(making, booth)] if booth is not None and booth.rules.assets else []


def checks(tagged: Tagged, outlet: Outlet) -> list[Look]:
    """What is looked at beside the steps when a release is verified."""
    here = f"{tagged.name} in this clone is that of the remote"
    return [Look("local", here, partial(_in_clone, tagged, outlet.clone))]


def _in_clone(tagged: Tagged, clone: Clone) -> Found:
    """The tag of the user's clone is the remote's, if it has one."""
    tag, _ = tagged.promised()
    here = clone.tag(tag.name)
    if not here:
        return Verdict.NOTE, "this clone does not have it"
    return fault("" if here == tag.object else f"it is {here}, the remote has {tag.object}")


def completion(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """The steps that a release is not complete without, in order."""
    forge = _on_forge(tagged, outlet.booth)
    moved = [MoveTags(tagged, outlet.moorings, outlet.rest)] if outlet.moorings.rules else []
    return [*forge, *moved, KeepRecord(tagged, outlet.now, outlet.rest)]


def _on_forge(tagged: Tagged, booth: Booth | None) -> list[Step]:
    """The release on a forge: a draft, its files, and its publication."""
    if booth is None:
        return []
    shown = Shown(tagged, booth)
    drafted: list[Step] = [DraftRelease(shown), UploadAssets(shown)]
    return drafted if booth.rules.is_draft else [*drafted, PublishRelease(shown)]


def announcement(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """All that follows a push: what completes the release, then what is done if it can be."""
    return [*completion(tagged, outlet), *_told(tagged, outlet), KeepUp(tagged, outlet.clone)]


def _told(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """What is said on issues, where that is asked for."""
    booth = outlet.booth
    if booth is None or booth.rules.is_draft or not (booth.rules.comment or booth.rules.label):
        return []
    return [CloseLoop(Shown(tagged, booth), outlet.ships, outlet.now, outlet.rest)]
