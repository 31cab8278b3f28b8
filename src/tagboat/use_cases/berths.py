"""Berths: which version each moving tag of an image holds, and should hold, in one repository.

Registries don't tell which versions there are: the records of releases do, and the version tags of
the repository itself, where other tools have made some.
"""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.image import Image
from tagboat.core.image_tag import read_tags
from tagboat.core.moving_tag import LABEL, Held, Known, Place, label_version
from tagboat.core.record import Record
from tagboat.core.registry import Condition, Depth, Repository, Sighting, error
from tagboat.core.version import Version
from tagboat.core.withdrawal import known_of
from tagboat.use_cases.fleet import Fleet, repositories


class Berth(NamedTuple):
    """An image in one of its repositories."""

    fleet: Fleet
    image: Image
    repository: Repository

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.repository)

    def tags_of(self, version: Version) -> tuple[str, ...]:
        """The moving tags that a version may have there."""
        return self.fleet.tags(self.image, version).moving


def berths(fleet: Fleet) -> list[Berth]:
    """Every image in each of its repositories."""
    return [Berth(fleet, image, place) for image in fleet.images for place in repositories(image)]


def place_of(berth: Berth, records: Iterable[Record], tags: Iterable[str]) -> Place:
    """What a berth knows and holds. Raises OutsideError or UsageError where it can't be looked at.

    ``records`` are those of the package's releases, ``tags`` the moving tags to look at.
    """
    held = _held(berth, tags)
    known = {one.version: one for one in _recorded(berth, records)}
    others = [version for version in _tagged(berth) if version not in known]
    targets = {one.target for one in known.values()}
    is_explained = all(one.target in targets or one.label for one in held.values())
    for version, tag in _tagged(berth).items():
        if version in others:
            target = "" if is_explained else _digest(berth, tag)
            known[version] = Known(version, target, is_ours=False)
    return Place(berth.name, berth.fleet.rules[berth.image.name], tuple(known.values()), held)


def _recorded(berth: Berth, records: Iterable[Record]) -> Iterable[Known]:
    """The versions that records tell of, with the image's digest."""
    for record in records:
        image = record.images.get(berth.image.name)
        if image is not None:
            is_complete = record.is_ended and record.abandoned is None
            yield known_of(record, image.digest, is_complete=is_complete)


def _tagged(berth: Berth) -> dict[Version, str]:
    """The versions that the repository's own tags spell, with those tags."""
    rules = berth.fleet.rules[berth.image.name]
    names = berth.fleet.registry.tags(berth.repository)
    found = read_tags(names, berth.fleet.rules_in(berth.repository))
    return {version: tag for tag, (rule, version) in found.items() if rule in rules}


def _held(berth: Berth, tags: Iterable[str]) -> dict[str, Held]:
    """What moving tags hold now."""
    held = {}
    for tag in tags:
        seen = berth.fleet.registry.look(berth.repository, tag)
        if not seen.is_seen:
            raise error(seen)
        if seen.condition is not Condition.ABSENT:
            held[tag] = Held(seen.digest, label_version(_labels(seen), berth.fleet.page))
    return held


def _labels(seen: Sighting) -> dict[str, str]:
    """The labels of what was seen, of its first platform."""
    images = () if seen.graph is None else seen.graph.images
    return dict(images[0].labels) if images and LABEL in images[0].labels else {}


def _digest(berth: Berth, tag: str) -> str:
    return berth.fleet.registry.look(berth.repository, tag, depth=Depth.DIGEST).digest
