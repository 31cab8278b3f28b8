"""Publishing."""

from typing import NamedTuple

from tagboat.ports import Backoff, Now
from tagboat.ports.git import UserClone
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.steps.forge_release import ForgeTarget
from tagboat.use_cases.steps.issues import Ships
from tagboat.use_cases.steps.moving_tags import MovingGitTags


class PublishTargets(NamedTuple):
    """Where a release is announced beside git, as the configuration at its commit has it.

    ``forge_target`` is its place on a forge; ``notes`` say why there is none, unless that is meant;
    ``moving_git_tags`` are the git tags that follow; ``published_images`` has the images that are
    published.
    """

    clone: UserClone
    now: Now
    rest: Backoff
    forge_target: ForgeTarget | None = None
    ships: Ships = lambda _: ()
    notes: tuple[str, ...] = ()
    moving_git_tags: MovingGitTags = MovingGitTags()
    published_images: PublishedImages | None = None

    def for_reading(self) -> "PublishTargets":
        """The same for looking alone."""
        forge_target = self.forge_target.for_reading() if self.forge_target is not None else None
        return self._replace(forge_target=forge_target)

    @property
    def is_quiet(self) -> bool:
        """Whether the push is all there is to it."""
        return (
            self.forge_target is None
            and self.published_images is None
            and not self.moving_git_tags.rules
        )
