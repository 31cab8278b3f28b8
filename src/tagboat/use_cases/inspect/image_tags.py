"""Tag list: what each tag of an image holds, in each of its repositories, and what it should."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from tagboat.core.errors import CHOOSE_REMOTE, NO_REMOTE, RepositoryError, TagboatError
from tagboat.core.images.registry import Depth, Inspection, TagStatus
from tagboat.core.record.drift import Verdict
from tagboat.core.record.moving_tag import Action, Decision, decisions_at
from tagboat.core.record.record import Record
from tagboat.core.version.version import Version
from tagboat.ports.images import InspectionRequest
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.images.repositories import ImageRepository, image_repositories, place_above
from tagboat.use_cases.release.context import ReleaseContext

_MOVING = {
    Action.HELD: Verdict.OK,
    Action.LEFT: Verdict.NOTE,
    Action.FIRST: Verdict.DRIFT,
    Action.MOVE: Verdict.DRIFT,
    Action.STAYS: Verdict.DRIFT,
}


class HeldTag(NamedTuple):
    """A tag: the version and the digest that it holds, and what is to be said of that.

    ``version`` is empty where nothing tells it, ``digest`` where the tag is not there; ``wanted``
    is the version that it should hold, empty where that is none.
    """

    tag: str
    version: str
    digest: str
    wanted: str
    verdict: Verdict
    detail: str = ""
    is_moving: bool = False


class Listing(NamedTuple):
    """The tags of one image in one repository; ``fault`` says why they could not be looked at."""

    image: str
    repository: str
    tags: tuple[HeldTag, ...] = ()
    fault: str = ""


def tag_list(context: ReleaseContext) -> list[Listing]:
    """Look at the tags of all images. Changes nothing.

    Raises RepositoryError where no image is published, OutsideError where the remote can't be
    reached.
    """
    if not context.release_target.remote:
        raise RepositoryError(NO_REMOTE, CHOOSE_REMOTE)
    published = _published_images(context)
    if not published:
        raise RepositoryError(
            "no image is published: the configuration has none with repositories",
            "add repositories to [[images]] in tagboat.toml",
        )
    registry = next(iter(published.values())).registry.remembering()
    looks = [
        partial(_listing, kept, context.remote_state.records_of(package))
        for package, images in published.items()
        for kept in image_repositories(images._replace(registry=registry))
    ]
    return registry.at_once(looks)


def _published_images(context: ReleaseContext) -> dict[str, PublishedImages]:
    """Those that HEAD's configuration has, by package."""
    with context.checked_out(context.release_target.commit) as there:
        names = [one.name for one in context.packages()]
        found = {name: there.of(name).targets.published_images for name in names}
    return {name: images for name, images in found.items() if images is not None}


def _listing(kept: ImageRepository, records: Sequence[Record]) -> Listing:
    """One repository; one that can't be looked at hides nothing of the others."""
    image = kept.image.name
    try:
        place = place_above(kept, records, None)
        moving = tuple(_moving_tag(one) for one in decisions_at(place))
        once = tuple(_once(kept, records, {one.version for one in place.known}))
    except TagboatError as error:
        return Listing(image, kept.name, (), error.message)
    return Listing(image, kept.name, (*moving, *once))


def _moving_tag(one: Decision) -> HeldTag:
    wanted = "" if one.to is None else str(one.to.version)
    source = "" if one.source is None else str(one.source)
    is_right = one.action is Action.HELD
    detail = "" if is_right else one.warning or _should(one, wanted)
    verdict = _MOVING[one.action]
    if verdict is Verdict.DRIFT and one.to is not None and not one.to.is_ours:
        # What others released is theirs: no run of tagboat would move a tag to it.
        verdict, detail = Verdict.NOTE, f"{detail}; {wanted} was not released by tagboat"
    return HeldTag(one.tag, source, one.held, wanted, verdict, detail, is_moving=True)


def _should(one: Decision, wanted: str) -> str:
    if one.action is Action.LEFT:
        return one.reason
    return f"it should hold {wanted}" + ("" if one.held else ", and it is not there")


def _once(
    kept: ImageRepository, records: Iterable[Record], versions: Iterable[Version]
) -> Iterator[HeldTag]:
    """The version tags, the highest version first."""
    recorded = {Version.parse(record.version): record for record in records}
    ordered = sorted(versions, reverse=True)
    pairs = [(tag, version) for version in ordered for tag in _spelled(kept, version)]
    asked = [InspectionRequest(kept.repository, tag, depth=Depth.DIGEST) for tag, _ in pairs]
    looks = kept.published_images.registry.look_all(asked)
    for (tag, version), seen in zip(pairs, looks, strict=True):
        record = recorded.get(version)
        if record is None and seen.condition is TagStatus.ABSENT:
            continue  # other tools have spelled it otherwise
        verdict, detail = _judged(kept, record, seen)
        yield HeldTag(tag, str(version), seen.digest, str(version), verdict, detail)


def _spelled(kept: ImageRepository, version: Version) -> Iterator[str]:
    return (tag for rule in kept.rules if rule.is_once and (tag := rule.spell(version)))


def _judged(kept: ImageRepository, record: Record | None, seen: Inspection) -> tuple[Verdict, str]:
    """Whether a version's tag holds what is recorded."""
    if not seen.is_seen:
        return Verdict.UNKNOWN, seen.detail or seen.condition.value
    image = None if record is None else record.images.get(kept.image.name)
    if record is None or image is None:
        return Verdict.NOTE, "no record tells of it"
    if seen.condition is TagStatus.ABSENT:
        return (Verdict.DRIFT if record.is_complete else Verdict.NOTE), "it is not there"
    if seen.digest != image.digest:
        return Verdict.DRIFT, f"{image.digest} is recorded"
    return Verdict.OK, _stands(record)


def _stands(record: Record) -> str:
    """What is to be known of a release whose tag is right."""
    if record.is_withdrawn:
        return "withdrawn"
    return "" if record.is_complete else "its release is not complete"
