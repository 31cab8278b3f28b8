"""What is looked at of the images of a release when it is verified, in every registry."""

from collections.abc import Callable, Iterator
from functools import cache, partial

from tagboat.core.escape import in_shell
from tagboat.core.images.registry import (
    Inspection,
    Repository,
    SignatureStatus,
    TagStatus,
    content_faults,
    error,
)
from tagboat.core.record.drift import CheckOutcome, PendingCheck, drift_if
from tagboat.use_cases.steps.image_tags import ImagePlacement, ReleasedImages

_Inspections = dict[tuple[Repository, str], Inspection]


def image_looks(released_images: ReleasedImages) -> list[PendingCheck]:
    """One look at each image in each registry, and one at its signature if it is to be signed."""
    looks = []
    inspections = cache(partial(_inspections, released_images))
    for placement in released_images.landings():
        name = f"{placement.image.name} in {placement.repository}"
        what = f"{name} is whole, and what was promised"
        looks.append(
            PendingCheck("image", what, partial(_intact, released_images, placement, inspections))
        )
        if placement.image.sign:
            signed = partial(_signed, released_images, placement)
            looks.append(PendingCheck("image-signature", f"{name} is signed", signed))
    return looks


def _inspections(released_images: ReleasedImages) -> _Inspections:
    """What all repositories have of what was promised; they are asked at the same time."""
    placements = released_images.landings()
    wanted = [(one.repository, released_images.expected(one)) for one in placements]
    seen = released_images.published_images.are_whole(wanted)
    return {(place, one.digest): found for (place, one), found in zip(wanted, seen, strict=True)}


def _intact(
    released_images: ReleasedImages,
    placement: ImagePlacement,
    inspections: Callable[[], _Inspections],
) -> CheckOutcome:
    """Everything that the digest leads to is there, for every platform, and says what it is."""
    seen = inspections()[placement.repository, placement.digest]
    if not seen.is_seen:
        raise error(seen)
    if seen.graph is None or seen.graph.gaps:
        mended = _mended(released_images, placement, inspections())
        return drift_if(_missing(seen) and f"{_missing(seen)}; {mended}")
    faults = content_faults(seen.graph, released_images.expected(placement))
    faults += tuple(_record_faults(released_images, placement))
    return drift_if("; ".join(faults), placement.digest)


def _missing(seen: Inspection) -> str:
    """What is missing of an image; empty where nothing is that a look can tell."""
    if seen.condition is TagStatus.PUBLISHED:
        return ""
    return seen.detail or seen.condition.value


def _mended(
    released_images: ReleasedImages, placement: ImagePlacement, inspections: _Inspections
) -> str:
    """What helps where a repository lost an image, or a part of it."""
    for other in released_images.landings():
        seen = inspections[other.repository, other.digest]
        is_same = other.image.name == placement.image.name
        if is_same and seen.condition is TagStatus.PUBLISHED:
            name = in_shell(released_images.tagged.name)
            return f"`tagboat release --tag {name}` copies it from {other.repository}"
    return "no other repository has all of it"


def _record_faults(released_images: ReleasedImages, placement: ImagePlacement) -> Iterator[str]:
    """Where the record tells of another digest in that repository."""
    record = released_images.tagged.record()
    image = None if record is None else record.images.get(placement.image.name)
    known = "" if image is None else image.repositories.get(str(placement.repository), "")
    if known and known != placement.digest:
        yield f"the record tells of {known}"


def _signed(released_images: ReleasedImages, placement: ImagePlacement) -> CheckOutcome:
    """Its signature is there, and is by whom it should be."""
    signer = released_images.published_images.signer(placement.image)
    signature_status = (
        SignatureStatus.SIGNED
        if signer is None
        else signer.verify(placement.repository, placement.digest)
    )
    return drift_if("" if signature_status is SignatureStatus.SIGNED else signature_status.value)
