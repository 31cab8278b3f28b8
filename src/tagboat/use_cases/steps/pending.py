"""A plan on its way to the remote."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tagboat.core.images.image import Origin
from tagboat.core.plan.plan import Plan
from tagboat.core.plan.tag_message import Contract
from tagboat.core.version.version import Version
from tagboat.ports.publishing import RemoteTag
from tagboat.use_cases.images.release_images import PublishedImages, StagedImages

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.core.forge.release import Asset

from tagboat.use_cases.steps.remote_state import RemoteState


class PendingRelease:
    """A plan on its way: ``commit`` is what its tag will name, once that is made.

    ``assets`` are the files of its release on a forge, None as long as nobody has looked for them;
    ``staged_images`` has its images, None where there are none. ``is_staged`` says that something
    was made which is too expensive to be thrown away because others pushed.
    """

    def __init__(
        self, plan: Plan, remote_state: RemoteState, published_images: PublishedImages | None
    ) -> None:
        """``published_images`` are the images that its release publishes."""
        self.plan = plan
        self.remote_state = remote_state
        self.digest = plan.digest()
        self.commit = plan.commit if plan.message is None else ""
        self.assets: tuple[Asset, ...] | None = None
        self.staged_images = (
            None
            if published_images is None
            else StagedImages(published_images, self.origin_in(published_images))
        )
        self.is_staged = False

    def contract(self) -> Contract:
        """What the tag will say."""
        images = () if self.staged_images is None else self.staged_images.digests()
        return replace(self.plan.contract(), assets=self.assets or (), images=images)

    def keep(self) -> None:
        """Take note that something was made that is too expensive to be thrown away."""
        self.is_staged = True

    def source_in(self, published_images: PublishedImages) -> Origin:
        """What images would be built from, before there is a release commit."""
        commit = self.commit or self.plan.commit
        version, time = Version.parse(self.plan.version), published_images.source.time_of(commit)
        return Origin(version, self.plan.tag, commit, time, published_images.page, self.plan.commit)

    def origin_in(self, published_images: PublishedImages) -> "Callable[[], Origin | None]":
        """What tells what images are built from, once there is a commit."""
        return lambda: self.source_in(published_images) if self.commit else None

    def public(self) -> tuple[RemoteTag | None, bool]:
        """The tag of the plan's name on the remote, and whether it is that of this plan."""
        tag = self.remote_state.refs.tags.get(self.plan.tag)
        contract = self.remote_state.contract(tag)
        return tag, contract is not None and contract.plan == self.digest

    def is_public(self) -> bool:
        """Whether its tag is on the remote."""
        return self.public()[1]
