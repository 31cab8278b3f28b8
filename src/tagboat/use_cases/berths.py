"""Berths: which version each moving tag of an image holds, and should hold, in one repository.

Registries don't tell which versions there are: the records of releases do, and the version tags of
the repository itself, where other tools have made some.
"""

from collections.abc import Container, Iterable
from typing import NamedTuple

from tagboat.core.image import Image
from tagboat.core.image_tag import TagRule, read_tags
from tagboat.core.moving_tag import Held, Known, Place, label_version
from tagboat.core.record import Record
from tagboat.core.registry import Condition, Depth, Repository, error
from tagboat.core.version import Version
from tagboat.core.withdrawal import known_of
from tagboat.ports.registry import Ask
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

    @property
    def rules(self) -> tuple[TagRule, ...]:
        """The rules of its tags."""
        return self.fleet.rules[self.image.name]

    def tags_of(self, version: Version) -> tuple[str, ...]:
        """The moving tags that a version may have there."""
        return self.fleet.tags(self.image, version).moving

    def spelled(self, version: Version) -> tuple[str, ...]:
        """The same, of a version that may have been released by other rules."""
        return tuple(
            tag for rule in self.rules if not rule.is_once and (tag := rule.spell(version))
        )


def berths(fleet: Fleet) -> list[Berth]:
    """Every image in each of its repositories."""
    return [Berth(fleet, image, place) for image in fleet.images for place in repositories(image)]


def place_of(berth: Berth, records: Iterable[Record], tags: Iterable[str]) -> Place:
    """What a berth knows and holds. Raises OutsideError or UsageError where it can't be looked at.

    ``records`` are those of the package's releases, ``tags`` the moving tags to look at.
    """
    return _place(berth, _recorded(berth, records), _tagged(berth), tags)


def place_above(berth: Berth, records: Iterable[Record], floor: Version | None) -> Place:
    """What a berth knows, and holds under each moving tag of a version that is not below another.

    Without a ``floor`` every moving tag is looked at. Raises as `place_of` does.
    """
    recorded, tagged = _recorded(berth, records), _tagged(berth)
    versions = (version for version in {**recorded, **tagged} if not floor or version >= floor)
    spelled = (tag for version in versions for tag in berth.spelled(version))
    return _place(berth, recorded, tagged, dict.fromkeys(spelled))


def digest_of(berth: Berth, version: Version) -> str:
    """What the version's own tag leads to; empty where it has none."""
    tag = _tagged(berth).get(version)
    return _digest(berth, tag) if tag else ""


def _place(
    berth: Berth, recorded: dict[Version, Known], tagged: dict[Version, str], tags: Iterable[str]
) -> Place:
    known = dict(recorded)
    targets = {one.target for one in known.values()}
    held = _held(berth, tags, targets)
    is_explained = all(one.target in targets or one.label for one in held.values())
    for version, tag in tagged.items():
        if version not in recorded:
            target = "" if is_explained else _digest(berth, tag)
            known[version] = Known(version, target, is_ours=False)
    return Place(berth.name, berth.rules, tuple(known.values()), held)


def _recorded(berth: Berth, records: Iterable[Record]) -> dict[Version, Known]:
    """The versions that records tell of, with the image's digest."""
    found = {}
    for record in records:
        image = record.images.get(berth.image.name)
        if image is not None:
            known = known_of(record, image.digest, is_complete=record.is_complete)
            found[known.version] = known
    return found


def _tagged(berth: Berth) -> dict[Version, str]:
    """The versions that the repository's own tags spell, with those tags."""
    names = berth.fleet.registry.tags(berth.repository)
    found = read_tags(names, berth.fleet.rules_in(berth.repository))
    return {version: tag for tag, (rule, version) in found.items() if rule in berth.rules}


def _held(berth: Berth, tags: Iterable[str], targets: Container[str]) -> dict[str, Held]:
    """What moving tags hold now; the labels of what no record explains."""
    registry, held = berth.fleet.registry, {}
    names = tuple(tags)
    asked = [Ask(berth.repository, tag, depth=Depth.DIGEST) for tag in names]
    for tag, seen in zip(names, registry.look_all(asked), strict=True):
        if not seen.is_seen:
            raise error(seen)
        if seen.condition is not Condition.ABSENT:
            held[tag] = Held(seen.digest, "" if seen.digest in targets else _label(berth, tag))
    return held


def _label(berth: Berth, tag: str) -> str:
    """The version that the label of an image's first platform tells."""
    seen = berth.fleet.registry.look(berth.repository, tag)
    if not seen.is_seen:
        raise error(seen)
    images = () if seen.graph is None else seen.graph.images
    return label_version(images[0].labels, berth.fleet.page) if images else ""


def _digest(berth: Berth, tag: str) -> str:
    return berth.fleet.registry.look(berth.repository, tag, depth=Depth.DIGEST).digest
