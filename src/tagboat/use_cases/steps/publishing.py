"""Where a release is announced beside git."""

from typing import NamedTuple

from tagboat.ports.publishing import UserClone
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.steps.forge_release import ForgeTarget
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.record import RecordWriter


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
        """The same for looking alone."""
        forge_target = self.forge_target
        return self._replace(forge_target=forge_target and forge_target._replace(is_read_only=True))

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return (
            self.forge_target is None
            and self.published_images is None
            and self.moving_git_tags is None
        )
