"""Difference: what one version has that another has not, in history and in images."""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.assess import Assessment
from tagboat.core.channel import Channel
from tagboat.core.image import Image
from tagboat.core.image_diff import Layer, PlatformDiff, image_diff
from tagboat.core.package import Package
from tagboat.core.registry import Condition, Depth, Sighting, error
from tagboat.core.section import Section
from tagboat.core.tag import VersionTag
from tagboat.ports import Facts, History
from tagboat.use_cases.fleet import Fleet, repositories
from tagboat.use_cases.preview import released_tag
from tagboat.use_cases.since import Since
from tagboat.use_cases.site import Site
from tagboat.use_cases.stretch import stretch_of
from tagboat.use_cases.survey import tagging_of


class Difference(NamedTuple):
    """Two versions: the commits that only the second has, and those that only the first has."""

    before: VersionTag
    after: VersionTag
    added: tuple[Assessment, ...]
    removed: tuple[Assessment, ...]

    def section(self) -> Section:
        """What was added, as a section of a changelog."""
        after = self.after
        return Section(after.version, after.name, after.commit, None, self.before.name, self.added)


class ImageDifference(NamedTuple):
    """How an image differs, platform by platform; ``before`` and ``after`` are digests."""

    image: str
    before: str
    after: str
    platforms: tuple[PlatformDiff, ...]


def difference(
    history: History, package: Package, facts: Facts, versions: tuple[str, str]
) -> Difference:
    """Compare two versions of a package. Raises UsageError where no tag spells one of them."""
    tagging = tagging_of(history, package, facts.tags)
    before, after = (released_tag(tagging, version) for version in versions)
    return Difference(
        before,
        after,
        _only(history, package, after, before),
        _only(history, package, before, after),
    )


def _only(
    history: History, package: Package, one: VersionTag, other: VersionTag
) -> tuple[Assessment, ...]:
    """The commits of one version that another has not, weighed, parents first."""
    visits = history.walk(one.commit, (other.commit,))
    since = Since(other, tuple(visit.commit for visit in visits), one.commit)
    return stretch_of(history, package, Channel(""), (), since).assessments


def image_differences(site: Site, found: Difference) -> list[ImageDifference]:
    """Compare the images that the tags of two versions promise.

    Those that only one of them has are left out. Raises OutsideError or UsageError where no
    registry shows an image.
    """
    world = site.world
    before, after = (world.refs.tags.get(tag.name) for tag in (found.before, found.after))
    first, second = world.contract(before), world.contract(after)
    if first is None or second is None or after is None:
        return []
    world.workshop.bring(after)
    fleet = site.desk(after.commit).outlet.fleet
    if fleet is None:
        return []
    old, new = dict(first.images), dict(second.images)
    return [
        ImageDifference(
            image.name,
            old[image.name],
            new[image.name],
            image_diff(
                _layers(fleet, image, old[image.name]), _layers(fleet, image, new[image.name])
            ),
        )
        for image in fleet.images
        if image.name in old and image.name in new
    ]


def _layers(fleet: Fleet, image: Image, digest: str) -> dict[str, tuple[Layer, ...]]:
    """The layers of a digest, by platform, from the first repository that shows it."""
    seen = _shown(fleet.is_whole(place, digest, Depth.DOCUMENTS) for place in repositories(image))
    if seen.graph is None:
        raise error(seen)
    return {
        one.platform: tuple(Layer(layer.digest, layer.size) for layer in one.layers)
        for one in seen.graph.images
    }


def _shown(looks: Iterable[Sighting]) -> Sighting:
    """The first look that shows an image, else the last one."""
    seen = [Sighting("", Condition.ABSENT)]
    for look in looks:
        seen.append(look)
        if look.graph is not None:
            break
    return seen[-1]
