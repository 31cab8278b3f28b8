"""Where a release is announced beside git: its forge, its images, the tags that follow."""

from typing import NamedTuple

from tagboat.core.forge.release import (
    ForgeRules,
)
from tagboat.ports.forge import AssetFiles, Forge, ForgeAccess
from tagboat.ports.publishing import UserClone
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.steps.commands import ReleaseTree
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.published import PackageReleases
from tagboat.use_cases.steps.record import RecordWriter


class ForgeTarget(NamedTuple):
    """Where and how the releases of a repository are shown on a forge.

    ``tree`` is where files of a release that are nowhere are made again, ``releases`` those of its
    package. ``is_read_only`` is for looking alone: what stands in the way is told by whoever looks,
    as an error.
    """

    access: ForgeAccess
    files: AssetFiles
    rules: ForgeRules
    releases: PackageReleases
    tree: ReleaseTree
    is_read_only: bool = False

    @property
    def name(self) -> str:
        """The forge and the repository on it, for a person."""
        return self.access.name

    @property
    def fault(self) -> str:
        """Why there is no way in, which whoever opens it is told."""
        return "" if self.is_read_only else self.access.fault

    def open(self) -> Forge:
        """The forge. Raises RepositoryError where there is no way in."""
        return self.access.to_read() if self.is_read_only else self.access.to_change()


class PublishTargets(NamedTuple):
    """Where a release is announced beside git, as the configuration at its commit has it.

    ``writer`` keeps its record; ``forge_target`` is its place on a forge; ``notes`` say why there
    is none, unless that is meant; ``moving_git_tags`` are the git tags that follow;
    ``published_images`` has the images that are published.
    """

    clone: UserClone
    writer: RecordWriter
    forge_target: ForgeTarget | None = None
    notes: tuple[str, ...] = ()
    moving_git_tags: MovingGitTags | None = None
    published_images: PublishedImages | None = None

    def for_reading(self) -> "PublishTargets":
        """The same for looking alone, once."""
        forge, images = self.forge_target, self.published_images
        return self._replace(
            forge_target=forge and forge._replace(is_read_only=True),
            published_images=images and images._replace(registry=images.registry.remembering()),
        )

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return (
            self.forge_target is None
            and self.published_images is None
            and self.moving_git_tags is None
        )
