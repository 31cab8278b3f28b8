"""A plan on its way to the remote, and each of its releases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from tagboat.core.images.image import Origin
from tagboat.core.plan.plan import Plan, PlannedRelease
from tagboat.core.plan.tag_message import Contract
from tagboat.core.version.version import Version
from tagboat.ports.publishing import RemoteTag
from tagboat.use_cases.images.release_images import PublishedImages, StagedImages
from tagboat.use_cases.steps.remote_state import RemoteState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.core.forge.release import Asset


class Announcement(Protocol):
    """Where a release is announced, as far as a plan has to know."""

    @property
    def published_images(self) -> PublishedImages | None:
        """The images that are published; None where there are none."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Whether nothing follows the push."""
        ...


class PendingPlan:
    """A plan on its way: ``commit`` is what its tags will name, once that is made.

    ``is_staged`` says that something was made which is too expensive to be thrown away because
    others pushed. ``is_handmade`` is the plan of a tag that a person made: nothing that a run made
    of it is public.
    """

    def __init__(
        self,
        plan: Plan,
        remote_state: RemoteState,
        targets: Mapping[str, "Announcement"],
        *,
        is_handmade: bool = False,
    ) -> None:
        """``targets`` are where each package is announced, by its name."""
        self.plan = plan
        self.remote_state = remote_state
        self.digest = plan.digest()
        self.commit = plan.commit if plan.message is None else ""
        self.is_staged = False
        self.is_handmade = is_handmade
        self.releases = tuple(
            PendingRelease(self, one, targets[one.package]) for one in plan.releases
        )

    def keep(self) -> None:
        """Take note that something was made that is too expensive to be thrown away."""
        self.is_staged = True

    def public(self) -> tuple[RemoteTag | None, bool]:
        """A tag of its releases on the remote, and whether it is of this plan: another's first.

        The tags of one push may show one after the other: with the first all of it is public.
        """
        if not self.is_handmade:
            tags = self.remote_state.refs.tags
            self.remote_state.contracts(tags[one.tag] for one in self.releases if one.tag in tags)
        there = [found for one in self.releases if (found := one.public())[0] is not None]
        return min(there, key=lambda found: found[1], default=(None, False))

    def is_public(self) -> bool:
        """Whether its tags are on the remote."""
        return self.public()[1]


class PendingRelease:
    """A release of a plan that is on its way.

    ``assets`` are the files of its release on a forge, None as long as nobody has looked for them;
    ``staged_images`` has its images, None where there are none. ``is_quiet`` says that nothing
    follows its push.
    """

    def __init__(self, of: PendingPlan, planned: PlannedRelease, targets: "Announcement") -> None:
        self.of = of
        self.planned = planned
        self.is_quiet = targets.is_quiet
        published_images = targets.published_images
        self.assets: tuple[Asset, ...] | None = None
        self.staged_images = (
            None
            if published_images is None
            else StagedImages(published_images, self.origin_in(published_images))
        )

    @property
    def tag(self) -> str:
        """The name of its tag."""
        return self.planned.tag

    def contract(self) -> Contract:
        """What the tag will say."""
        images = () if self.staged_images is None else self.staged_images.digests()
        promised = self.of.plan.contract(self.planned)
        return replace(promised, assets=self.assets or (), images=images)

    def source_in(self, published_images: PublishedImages) -> Origin:
        """What images would be built from, before there is a release commit."""
        commit = self.of.commit or self.of.plan.commit
        time = published_images.source.time_of(commit)
        version, page = Version.parse(self.planned.version), published_images.page
        return Origin(version, self.tag, commit, time, page, self.of.plan.commit)

    def origin_in(self, published_images: PublishedImages) -> "Callable[[], Origin | None]":
        """What tells what images are built from, once there is a commit."""
        return lambda: self.source_in(published_images) if self.of.commit else None

    def public(self) -> tuple[RemoteTag | None, bool]:
        """The tag of its name on the remote, and whether it is that of this plan."""
        if self.of.is_handmade:
            return None, False
        tag = self.of.remote_state.refs.tags.get(self.tag)
        contract = self.of.remote_state.contract(tag)
        return tag, contract is not None and contract.plan == self.of.digest

    def is_public(self) -> bool:
        """Whether its tag is on the remote."""
        return self.public()[1]
