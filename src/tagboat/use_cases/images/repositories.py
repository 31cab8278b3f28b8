"""Moving tags: which version each moving tag of an image holds, and should hold, in one repository.

Registries don't tell which versions there are: the records of releases do, and the version tags of
the repository itself, where other tools have made some.
"""

from collections.abc import Collection, Container, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from tagboat.core.images.image import Image
from tagboat.core.images.registry import Depth, Repository, TagStatus, error
from tagboat.core.images.tags import TagRule, version_tags
from tagboat.core.record.moving_tag import Held, Known, TagPlace, label_version, standing
from tagboat.core.record.record import Record
from tagboat.core.record.rollback import known_of
from tagboat.core.version.version import Version
from tagboat.ports.images import InspectionRequest
from tagboat.use_cases.images.release_images import PublishedImages, repositories

_MOST_ASKED = 300
"""Of how many versions it is looked at what their tags hold, to explain a tag that moves."""
_AT_A_TIME = 50


class ImageRepository(NamedTuple):
    """An image in one of its repositories."""

    published_images: PublishedImages
    image: Image
    repository: Repository

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.repository)

    @property
    def rules(self) -> tuple[TagRule, ...]:
        """The rules of its tags."""
        return self.published_images.rules[self.image.name]

    def tags_of(self, version: Version) -> tuple[str, ...]:
        """The moving tags that a version may have there."""
        return self.published_images.tags(self.image, version).moving

    def spelled(self, version: Version) -> tuple[str, ...]:
        """The same, of a version that may have been released by other rules."""
        return tuple(
            tag for rule in self.rules if not rule.is_once and (tag := rule.spell(version))
        )


def image_repositories(published_images: PublishedImages) -> list[ImageRepository]:
    """Every image in each of its repositories."""
    return [
        ImageRepository(published_images, image, place)
        for image in published_images.images
        for place in repositories(image)
    ]


def place_of(kept: ImageRepository, records: Iterable[Record], tags: Iterable[str]) -> TagPlace:
    """What a repository knows and holds. Raises OutsideError or UsageError where it can't.

    ``records`` are those of the package's releases, ``tags`` the moving tags to look at.
    """
    return _place(kept, _recorded(kept, records), _tagged(kept), tags)


def place_above(
    kept: ImageRepository, records: Iterable[Record], floor: Version | None
) -> TagPlace:
    """What one knows, and holds under each moving tag of a version that is not below another.

    Without a ``floor`` every moving tag is looked at. Raises as `place_of` does.
    """
    recorded, tagged = _recorded(kept, records), _tagged(kept)
    versions = (version for version in {**recorded, **tagged} if not floor or version >= floor)
    spelled = (tag for version in versions for tag in kept.spelled(version))
    return _place(kept, recorded, tagged, dict.fromkeys(spelled))


def version_digest(kept: ImageRepository, version: Version) -> str:
    """What the version's own tag leads to; empty where it has none."""
    tag = _tagged(kept).get(version)
    return _tag_digest(kept, tag) if tag else ""


def _place(
    kept: ImageRepository,
    recorded: dict[Version, Known],
    tagged: dict[Version, str],
    tags: Iterable[str],
) -> TagPlace:
    names = tuple(tags)
    targets = {one.target for one in recorded.values()}
    held = _held(kept, names, targets)
    odd = {one.target for one in held.values() if one.target not in targets and not one.label}
    others = {version: tag for version, tag in tagged.items() if version not in recorded}
    digests = _digests_until(kept, others, odd)
    place = _with_others(kept, recorded, dict.fromkeys(others, "") | digests, held)
    wanted = {standing(place)[tag] for tag in names if tag in standing(place)}
    asked = {one.version: others[one.version] for one in wanted if not (one.is_ours or one.target)}
    if not asked:
        return place
    found = _tag_digests(kept, asked)
    return _with_others(kept, recorded, dict.fromkeys(others, "") | digests | found, held)


def _with_others(
    kept: ImageRepository,
    recorded: Mapping[Version, Known],
    digests: Mapping[Version, str],
    held: Mapping[str, Held],
) -> TagPlace:
    """A place with what others released there, by what their version tags hold where known."""
    others = (Known(version, digest, is_ours=False) for version, digest in digests.items())
    return TagPlace(kept.name, kept.rules, (*recorded.values(), *others), held)


def _digests_until(
    kept: ImageRepository, tagged: Mapping[Version, str], odd: Collection[str]
) -> dict[Version, str]:
    """What version tags hold, the highest versions first, until they explain what is odd.

    A repository may have thousands of versions: some hundred are looked at.
    """
    found: dict[Version, str] = {}
    versions = sorted(tagged, reverse=True)[:_MOST_ASKED]
    while versions and not set(odd) <= set(found.values()):
        asked, versions = versions[:_AT_A_TIME], versions[_AT_A_TIME:]
        found |= _tag_digests(kept, {version: tagged[version] for version in asked})
    return found


def _tag_digests(kept: ImageRepository, tagged: Mapping[Version, str]) -> dict[Version, str]:
    """What some version tags hold; empty for one that can't be seen."""
    asked = [InspectionRequest(kept.repository, tag, depth=Depth.DIGEST) for tag in tagged.values()]
    seen = kept.published_images.registry.look_all(asked)
    return {version: one.digest for version, one in zip(tagged, seen, strict=True)}


def _recorded(kept: ImageRepository, records: Iterable[Record]) -> dict[Version, Known]:
    """The versions that records tell of, with the image's digest."""
    found = {}
    for record in records:
        image = record.images.get(kept.image.name)
        if image is not None:
            known = known_of(record, image.digest, is_complete=record.is_complete)
            found[known.version] = known
    return found


def _tagged(kept: ImageRepository) -> dict[Version, str]:
    """The versions that the repository's own tags spell, with those tags."""
    names = kept.published_images.registry.tags(kept.repository)
    return version_tags(names, kept.published_images.rules_in(kept.repository), kept.rules)


def _held(kept: ImageRepository, tags: Iterable[str], targets: Container[str]) -> dict[str, Held]:
    """What moving tags hold now; the labels of what no record explains."""
    registry, names = kept.published_images.registry, tuple(tags)
    held: dict[str, str] = {}
    asked = [InspectionRequest(kept.repository, tag, depth=Depth.DIGEST) for tag in names]
    for tag, seen in zip(names, registry.look_all(asked), strict=True):
        if not seen.is_seen:
            raise error(seen)
        if seen.condition is not TagStatus.ABSENT:
            held[tag] = seen.digest
    odd = [tag for tag, digest in held.items() if digest not in targets]
    told = registry.at_once([partial(_label, kept, tag) for tag in odd])
    labels = dict(zip(odd, told, strict=True))
    return {tag: Held(digest, labels.get(tag, "")) for tag, digest in held.items()}


def _label(kept: ImageRepository, tag: str) -> str:
    """The version that the label of an image's first platform tells."""
    seen = kept.published_images.registry.look(kept.repository, tag)
    if not seen.is_seen:
        raise error(seen)
    images = () if seen.graph is None else seen.graph.images
    return label_version(images[0].labels, kept.published_images.page) if images else ""


def _tag_digest(kept: ImageRepository, tag: str) -> str:
    return kept.published_images.registry.look(kept.repository, tag, depth=Depth.DIGEST).digest
