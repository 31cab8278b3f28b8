"""What is looked at of the images of a release when it is verified, in every registry."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from tagboat.core.images.oci import ImageGraph
from tagboat.core.images.registry import Inspection, Repository, SignatureStatus, TagStatus, error
from tagboat.core.record.drift import CheckOutcome, PendingCheck, drift_if
from tagboat.use_cases.images.release_images import CREATED, REVISION, created, seconds
from tagboat.use_cases.steps.image_tags import ImagePlacement, ReleasedImages

_Sightings = dict[tuple[Repository, str], Inspection]
_VERSION = "org.opencontainers.image.version"


def image_looks(released_images: ReleasedImages) -> list[PendingCheck]:
    """One look at each image in each registry, and one at its signature if it is to be signed."""
    looks = []
    inspections = cache(partial(_sightings, released_images))
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


def _sightings(released_images: ReleasedImages) -> _Sightings:
    """What all repositories have of what was promised; they are asked at the same time."""
    places = [(placement.repository, placement.digest) for placement in released_images.landings()]
    return dict(zip(places, released_images.published_images.are_whole(places), strict=True))


def _intact(
    released_images: ReleasedImages,
    placement: ImagePlacement,
    inspections: Callable[[], _Sightings],
) -> CheckOutcome:
    """Everything that the digest leads to is there, for every platform, and says what it is."""
    seen = inspections()[placement.repository, placement.digest]
    if not seen.is_seen:
        raise error(seen)
    if seen.condition is not TagStatus.PUBLISHED or seen.graph is None:
        return drift_if(_missing(seen))
    faults = [*_platforms(placement, seen.graph), *_label_faults(released_images, seen.graph)]
    faults += _record_faults(released_images, placement)
    return drift_if("; ".join(faults), placement.digest)


def _missing(seen: Inspection) -> str:
    return f"{seen.condition.value}: {seen.detail}" if seen.detail else seen.condition.value


def _platforms(placement: ImagePlacement, graph: ImageGraph) -> Iterator[str]:
    wanted, found = set(placement.image.platforms), set(graph.platforms)
    if wanted != found:
        yield (
            f"it is for {', '.join(sorted(found))}, and should be for {', '.join(sorted(wanted))}"
        )


def _label_faults(released_images: ReleasedImages, graph: ImageGraph) -> Iterator[str]:
    """What labels and annotations say otherwise than the tag."""
    tag, contract = released_images.tagged.promised()
    time = released_images.published_images.source.time_of(tag.commit)
    wanted = {_VERSION: contract.version, REVISION: tag.commit, CREATED: created(time)}
    places: dict[str, Mapping[str, str]] = {}
    for image in graph.images:
        places[f"the labels of {image.platform}"] = image.labels
        places[f"the annotations of {image.platform}"] = image.annotations
    places["the annotations of the index"] = graph.annotations
    for place, told in places.items():
        for key, value in wanted.items():
            if not _is_same(key, told.get(key, ""), value):
                yield f"{place} say {key}={told.get(key) or 'nothing'}, not {value}"


def _is_same(key: str, told: str, wanted: str) -> bool:
    return seconds(told) == seconds(wanted) if key == CREATED else told == wanted


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
