"""Difference: what one version has that another has not, in history and in images."""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.bump.assess import Assessment
from tagboat.core.changelog.timeline import Section
from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.images.image import Image, Layer, PlatformDiff, image_diff
from tagboat.core.images.registry import Depth, Inspection, TagStatus, error
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import VersionTag
from tagboat.ports.git import History
from tagboat.use_cases.images.release_images import PublishedImages, repositories
from tagboat.use_cases.next_version.commit_range import CommitRange, assess_range, commits_after
from tagboat.use_cases.next_version.next_version import released_tag
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.release.context import ReleaseContext


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
    history: History, package: Package, facts: RepositoryInfo, versions: tuple[str, str]
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
    commits = commits_after(history, one.commit, other.commit)
    since = CommitRange(other, commits, one.commit)
    return assess_range(history, package, Channel(""), (), since).assessments


def image_differences(context: ReleaseContext, found: Difference) -> list[ImageDifference]:
    """Compare the images that the tags of two versions promise.

    Those that only one of them has are left out. Raises OutsideError or UsageError where no
    registry shows an image.
    """
    remote_state = context.remote_state
    before, after = (remote_state.refs.tags.get(tag.name) for tag in (found.before, found.after))
    first, second = remote_state.contract(before), remote_state.contract(after)
    if first is None or second is None or after is None:
        return []
    remote_state.remote.bring(after)
    with context.checked_out(after.commit) as there:
        published_images = there.of(second.package).targets.published_images
    if published_images is None:
        return []
    old, new = dict(first.images), dict(second.images)
    return [
        ImageDifference(
            image.name,
            old[image.name],
            new[image.name],
            image_diff(
                _layers(published_images, image, old[image.name]),
                _layers(published_images, image, new[image.name]),
            ),
        )
        for image in published_images.images
        if image.name in old and image.name in new
    ]


def _layers(
    published_images: PublishedImages, image: Image, digest: str
) -> dict[str, tuple[Layer, ...]]:
    """The layers of a digest, by platform, from the first repository that shows it."""
    seen = _shown(
        published_images.is_whole(place, digest, Depth.DOCUMENTS) for place in repositories(image)
    )
    if seen.graph is None:
        raise error(seen)
    return {
        one.platform: tuple(Layer(layer.digest, layer.size) for layer in one.layers)
        for one in seen.graph.images
    }


def _shown(looks: Iterable[Inspection]) -> Inspection:
    """The first look that shows an image, else the last one."""
    seen = [Inspection("", TagStatus.ABSENT)]
    for look in looks:
        seen.append(look)
        if look.graph is not None:
            break
    return seen[-1]
