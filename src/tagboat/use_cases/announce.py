"""Announce: what follows once a release is public in git, reversible before irreversible."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from tagboat.core.drift import Found, Look, Verdict, fault
from tagboat.core.step import Step
from tagboat.ports import Clone, Now, Rest
from tagboat.use_cases.fleet import Cargo, Fleet
from tagboat.use_cases.image_looks import image_looks
from tagboat.use_cases.steps.clone import KeepUp
from tagboat.use_cases.steps.forge import (
    Booth,
    CollectAssets,
    DraftRelease,
    PublishRelease,
    ReachForge,
    Shown,
    UploadAssets,
)
from tagboat.use_cases.steps.image_tags import Landed, MoveImageTags, WriteTags
from tagboat.use_cases.steps.images import (
    BuildImages,
    CopyImages,
    FreeTags,
    IsPublic,
    SignImages,
    is_copied,
)
from tagboat.use_cases.steps.issues import CloseLoop, Ships
from tagboat.use_cases.steps.moving_tags import Moorings, MoveTags
from tagboat.use_cases.steps.record import KeepRecord, Sight
from tagboat.use_cases.steps.world import Making, Tagged


class Outlet(NamedTuple):
    """Where a release is announced beside git, as the configuration at its commit has it.

    ``booth`` is its place on a forge; ``notes`` say why there is none, unless that is meant;
    ``moorings`` are the git tags that follow; ``fleet`` has the images that are published.
    """

    clone: Clone
    now: Now
    rest: Rest
    booth: Booth | None = None
    ships: Ships = lambda _: ()
    notes: tuple[str, ...] = ()
    moorings: Moorings = Moorings()
    fleet: Fleet | None = None

    def for_reading(self) -> "Outlet":
        """The same for looking alone."""
        booth = self.booth.for_reading() if self.booth is not None else None
        return self._replace(booth=booth)

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return self.booth is None and self.fleet is None and not self.moorings.rules


def preparation(making: Making, outlet: Outlet) -> list[Step]:
    """What has to be there of the announcement before anything is public."""
    booth = outlet.booth
    steps: list[Step] = []
    if booth is not None and booth.rules.assets:
        steps.append(CollectAssets(making, booth))
    if booth is not None:
        steps.append(ReachForge(making, booth))
    if outlet.fleet is None:
        return steps
    if making.cargo is None:
        making.cargo = Cargo(outlet.fleet, making.origin_in(outlet.fleet))
    staged = stage(making.cargo, making.plan.version, lambda: making.public()[1], making.keep)
    return [*steps, *staged]


def stage(cargo: Cargo, version: str, is_public: IsPublic, keep: Callable[[], None]) -> list[Step]:
    """The steps by which images are built, and are the same in every registry."""
    images = cargo.fleet.images
    steps: list[Step] = [
        FreeTags(cargo, version, is_public),
        BuildImages(cargo, is_public, keep),
    ]
    if any(map(is_copied, images)):
        steps.append(CopyImages(cargo, is_public))
    if any(image.sign for image in images):
        steps.append(SignImages(cargo, is_public))
    return [*steps, FreeTags(cargo, version, is_public, is_repeated=True)]


def checks(tagged: Tagged, outlet: Outlet) -> list[Look]:
    """What is looked at beside the steps when a release is verified."""
    here = f"{tagged.name} in this clone is that of the remote"
    looks = [Look("local", here, partial(_in_clone, tagged, outlet.clone))]
    if outlet.booth is not None:
        what = f"the files on {outlet.booth.name} are those that the tag promises, byte for byte"
        looks.append(Look("digests", what, partial(_whole, Shown(tagged, outlet.booth))))
    if outlet.fleet is not None:
        looks += image_looks(Landed(tagged, outlet.fleet))
    return looks


def _whole(shown: Shown) -> Found:
    """Whether every file of a release on a forge has the bytes that were promised."""
    spoilt = shown.spoilt()
    return fault(f"not so: {', '.join(spoilt)}" if spoilt else "")


def _in_clone(tagged: Tagged, clone: Clone) -> Found:
    """The tag of the user's clone is the remote's, if it has one."""
    tag, _ = tagged.promised()
    here = clone.tag(tag.name)
    if not here:
        return Verdict.NOTE, "this clone does not have it"
    return fault("" if here == tag.object else f"it is {here}, the remote has {tag.object}")


def completion(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """The steps that a release is not complete without, in order."""
    landed = None if outlet.fleet is None else Landed(tagged, outlet.fleet)
    notes = (lambda: "") if landed is None else landed.notes
    shown = None if outlet.booth is None else Shown(tagged, outlet.booth, notes)
    drafted, published = _on_forge(shown)
    named: list[Step] = [] if landed is None else [WriteTags(landed)]
    moved: list[Step] = [] if landed is None else [MoveImageTags(landed, outlet.rest)]
    if outlet.moorings.rules:
        moved.append(MoveTags(tagged, outlet.moorings, outlet.rest))
    record = KeepRecord(tagged, outlet.now, outlet.rest, partial(_sight, shown, landed))
    return [*drafted, *named, *published, *moved, record]


def _sight(shown: Shown | None, landed: Landed | None) -> Sight:
    """What there is of a release beside git, once all of it is done."""
    return Sight(
        () if shown is None else shown.recorded(), {} if landed is None else landed.recorded()
    )


def _on_forge(shown: Shown | None) -> tuple[list[Step], list[Step]]:
    """The release on a forge: a draft with its files, and its publication."""
    if shown is None:
        return [], []
    drafted: list[Step] = [DraftRelease(shown), UploadAssets(shown)]
    return drafted, [] if shown.booth.rules.is_draft else [PublishRelease(shown)]


def announcement(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """All that follows a push: what completes the release, then what is done if it can be."""
    return [*completion(tagged, outlet), *_told(tagged, outlet), KeepUp(tagged, outlet.clone)]


def _told(tagged: Tagged, outlet: Outlet) -> list[Step]:
    """What is said on issues, where that is asked for."""
    booth = outlet.booth
    if booth is None or booth.rules.is_draft or not (booth.rules.comment or booth.rules.label):
        return []
    return [CloseLoop(Shown(tagged, booth), outlet.ships, outlet.now, outlet.rest)]
