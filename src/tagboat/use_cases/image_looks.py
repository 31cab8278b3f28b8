"""What is looked at of the images of a release when it is verified, in every registry."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from tagboat.core.drift import Found, Look, fault
from tagboat.core.image_graph import Graph
from tagboat.core.registry import Condition, Repository, Sighting, error
from tagboat.core.signature import Seal
from tagboat.use_cases.fleet import CREATED, REVISION, created, seconds
from tagboat.use_cases.steps.image_tags import Landed, Landing

_Sightings = dict[tuple[Repository, str], Sighting]
_VERSION = "org.opencontainers.image.version"


def image_looks(landed: Landed) -> list[Look]:
    """One look at each image in each registry, and one at its signature if it is to be signed."""
    looks = []
    sightings = cache(partial(_sightings, landed))
    for landing in landed.landings():
        name = f"{landing.image.name} in {landing.repository}"
        what = f"{name} is whole, and what was promised"
        looks.append(Look("image", what, partial(_whole, landed, landing, sightings)))
        if landing.image.sign:
            signed = partial(_signed, landed, landing)
            looks.append(Look("image-signature", f"{name} is signed", signed))
    return looks


def _sightings(landed: Landed) -> _Sightings:
    """What all repositories have of what was promised; they are asked at the same time."""
    places = [(landing.repository, landing.digest) for landing in landed.landings()]
    return dict(zip(places, landed.fleet.are_whole(places), strict=True))


def _whole(landed: Landed, landing: Landing, sightings: Callable[[], _Sightings]) -> Found:
    """Everything that the digest leads to is there, for every platform, and says what it is."""
    seen = sightings()[landing.repository, landing.digest]
    if not seen.is_seen:
        raise error(seen)
    if seen.condition is not Condition.PUBLISHED or seen.graph is None:
        return fault(_missing(seen))
    faults = [*_platforms(landing, seen.graph), *_told(landed, seen.graph)]
    faults += _recorded(landed, landing)
    return fault("; ".join(faults), landing.digest)


def _missing(seen: Sighting) -> str:
    return f"{seen.condition.value}: {seen.detail}" if seen.detail else seen.condition.value


def _platforms(landing: Landing, graph: Graph) -> Iterator[str]:
    wanted, found = set(landing.image.platforms), set(graph.platforms)
    if wanted != found:
        yield (
            f"it is for {', '.join(sorted(found))}, and should be for {', '.join(sorted(wanted))}"
        )


def _told(landed: Landed, graph: Graph) -> Iterator[str]:
    """What labels and annotations say otherwise than the tag."""
    tag, contract = landed.tagged.promised()
    time = landed.fleet.time_of(tag.commit)
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


def _recorded(landed: Landed, landing: Landing) -> Iterator[str]:
    """Where the record tells of another digest in that repository."""
    record = landed.tagged.record()
    image = None if record is None else record.images.get(landing.image.name)
    known = "" if image is None else image.repositories.get(str(landing.repository), "")
    if known and known != landing.digest:
        yield f"the record tells of {known}"


def _signed(landed: Landed, landing: Landing) -> Found:
    """Its signature is there, and is by whom it should be."""
    signer = landed.fleet.signer(landing.image)
    seal = Seal.SIGNED if signer is None else signer.verify(landing.repository, landing.digest)
    return fault("" if seal is Seal.SIGNED else seal.value)
