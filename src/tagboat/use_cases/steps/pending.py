"""A plan on its way to the remote, and each of its releases."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from tagboat.core.errors import OutsideError, TagboatError
from tagboat.core.images.bake import BuildRequest
from tagboat.core.images.image import (
    CREATED,
    REVISION,
    Image,
    Origin,
    annotations,
    release_facts,
    seconds,
    staging_reference,
    staging_tag,
)
from tagboat.core.images.oci import ORIGIN
from tagboat.core.images.registry import (
    Depth,
    ExpectedContent,
    Inspection,
    TagStatus,
    error,
    lacks_index_annotations,
)
from tagboat.core.plan.plan import Plan, PlannedRelease
from tagboat.core.plan.tag_message import Contract, ImageDigest
from tagboat.core.version.version import Version
from tagboat.ports.images import InspectionRequest
from tagboat.ports.publishing import RemoteTag
from tagboat.use_cases.images.release_images import (
    PublishedImages,
    expected_content,
    published,
    repositories,
    staging,
)
from tagboat.use_cases.steps.remote_state import RemoteState

if TYPE_CHECKING:
    from tagboat.core.forge.release import Asset
    from tagboat.use_cases.images.build import BuildContext, BuiltImage


_EVERYTHING = BuildRequest()
_NOT_JOINED = (
    "and not joined: it is built again; `tagboat image merge` joins what is built before a release "
    "that has no commit of its own"
)


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

    def unused(self) -> Iterator[str]:
        """What was built before and is built again; told of all of a plan by its first release."""
        found = [one.staged_images for one in self.of.releases if one.staged_images is not None]
        is_first = bool(found) and found[0] is self.staged_images
        for images in found:
            if is_first or images is self.staged_images:
                yield from images.unused()

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


class StagedImages:
    """The images of one release, until its tag names them.

    ``origin`` tells what they are built from; None as long as there is no commit.
    """

    def __init__(
        self, published_images: PublishedImages, origin: Callable[[], Origin | None]
    ) -> None:
        self.published_images = published_images
        self._origin = origin
        self._context: BuildContext | None = None
        self._seen: dict[str, Inspection] | None = None
        self._built: dict[str, str] = {}

    @property
    def are_copied(self) -> bool:
        """Whether one of them is published elsewhere than where it is staged."""
        images = self.published_images.images
        return any(place != staging(image) for image in images for place in repositories(image))

    @property
    def are_signed(self) -> bool:
        """Whether one of them is signed."""
        return any(image.sign for image in self.published_images.images)

    @property
    def origin(self) -> Origin | None:
        """What the images are built from."""
        return self._origin()

    def context(self) -> "BuildContext | None":
        """Where they are built, and all that is known of them; None without a commit."""
        origin = self.origin
        if origin is None:
            return None
        if self._context is None or self._context.origin != origin:
            self._context = self._whole(origin)
            self._seen = None
            self._built = {}
        return self._context

    def _whole(self, origin: Origin) -> "BuildContext":
        """Where all of them are built from a commit, whatever was looked at before."""
        from tagboat.use_cases.images.build import BuildContext, settled

        of = self.published_images
        context = BuildContext(of.defined, origin, of.builder(), of.source, of.insecure)
        return settled(context, _EVERYTHING)

    def staged(self) -> dict[str, Inspection]:
        """What is staged of each image, by its name; nothing where there is no commit yet."""
        context = self.context()
        if context is None:
            return {}
        if self._seen is not None:
            return self._seen
        seen = {
            image.name: self._staged(image, context.origin) for image in published(context.images)
        }
        is_whole = all(one.condition is TagStatus.PUBLISHED for one in seen.values())
        if is_whole or not self._built:  # what was built here is to be seen sooner or later
            self._seen = seen
        return seen

    def _staged(self, image: Image, origin: Origin) -> Inspection:
        """What is staged of an image.

        What was built here is looked at by its digest first: another run may have staged a build of
        its own under the same tag since. Where that run is about to, the digest that buildx tells
        may be that of one of its parts, as buildx asks the registry what the tag holds.
        """
        wanted = _expected_of(image, origin)
        look, place = self.published_images.registry.look, staging(image)
        built = self._built.get(image.name)
        if built:
            seen = look(place, built, wanted, Depth.LAYERS)
            if seen.condition is TagStatus.PUBLISHED or not seen.is_seen:
                return _of_commit(seen, origin)
        return _of_commit(look(place, staging_tag(image, origin), wanted, Depth.LAYERS), origin)

    def unused(self) -> Iterator[str]:
        """What was built before, on machines of its own platform, and is built again; and why."""
        context, seen = self.context(), self.staged()
        for image in self.images():
            if context is not None and seen[image.name].condition is not TagStatus.PUBLISHED:
                reason = self._unused(image, seen[image.name], context.origin)
                yield from [f"{image.name} is staged {reason}"] if reason else []

    def _unused(self, image: Image, seen: Inspection, origin: Origin) -> str:
        """Why what is staged of an image is built again, if anything is; else empty."""
        of = label(seen, REVISION)  # that of a release commit is another one
        if of and of == origin.source != origin.commit:
            commit = f"the release commit {origin.commit[:10]}"
            return f"of {of[:10]}, and its labels have to tell {commit}: it is built again"
        if seen.condition is TagStatus.INCOMPLETE:
            is_mended = lacks_index_annotations(seen, _expected_of(image, origin))
            return "" if is_mended else f"and not whole, {seen.detail}: it is built again"
        asked = [
            InspectionRequest(staging(image), staging_tag(image, origin, one), depth=Depth.DIGEST)
            for one in image.platforms
        ]
        pairs = zip(image.platforms, self.published_images.registry.look_all(asked), strict=True)
        parts = [one for one, found in pairs if found.condition is TagStatus.PUBLISHED]
        return f"for {', '.join(parts)} alone, {_NOT_JOINED}" if parts else ""

    def images(self) -> tuple[Image, ...]:
        """The images as they are built."""
        context = self.context()
        return self.published_images.images if context is None else published(context.images)

    def digests(self) -> tuple[ImageDigest, ...]:
        """What the tag promises. Raises where an image is not staged."""
        found = []
        for name, seen in self.staged().items():
            if seen.condition is not TagStatus.PUBLISHED:
                raise error(seen)
            found.append(ImageDigest(name, seen.digest))
        return tuple(found)

    def build(self, names: tuple[str, ...]) -> "tuple[BuiltImage, ...]":
        """Build some of the images, and push each to its staging tag."""
        from tagboat.use_cases.images.build import build

        context = self.context()
        self._seen = None
        if context is None:
            return ()
        wanted = (image for image in published(context.images) if image.name in names)
        images = [image for image in wanted if not self._annotate(image, context)]
        if not images:
            return ()
        asked = BuildRequest(tuple(image.name for image in images))
        try:
            made = build(context, asked, self.published_images.hear)
        except OutsideError:
            # Docker's own builder writes the staging tag more than once, and ends with an error
            # where a registry lets no tag be written again: what is there counts.
            if not all(self._is_usable(image, context.origin) for image in images):
                raise
            made = ()
        self._built |= {one.image: one.digest for one in made}
        for image in images:
            self._annotate(image, context)
        return made

    def _is_usable(self, image: Image, origin: Origin) -> bool:
        """Whether an image is staged, with all but perhaps the annotations of its index."""
        seen = self._staged(image, origin)
        is_whole = seen.condition is TagStatus.PUBLISHED
        return is_whole or lacks_index_annotations(seen, _expected_of(image, origin))

    def _annotate(self, image: Image, context: "BuildContext") -> bool:
        """Give an index its annotations, which builders of several nodes leave out; whether so.

        They join what each node has pushed, without what was asked for the whole.
        """
        seen = self._staged(image, context.origin)
        lacks = lacks_index_annotations(seen, _expected_of(image, context.origin))
        if lacks:
            self._built[image.name] = context.builder.join(
                staging_reference(image, context.origin),
                [f"{image.staging_repository}@{seen.digest}"],
                annotations(image, context.origin),
            )
        return lacks

    def faults(self, origin: Origin) -> list[str]:
        """What stands in the way of building them, or of publishing them, each with what helps."""
        from tagboat.use_cases.images.build import build_faults

        context = self._whole(origin)
        images = published(context.images)
        found = build_faults(context, BuildRequest(tuple(image.name for image in images)))
        places = {place for one in images for place in (staging(one), *repositories(one))}
        seen = [self.published_images.registry.may_push(place) for place in sorted(places)]
        refused = [error(one) for one in seen if one.condition is not TagStatus.PUBLISHED]
        signers = filter(None, map(self.published_images.signer, images))
        unsigned = dict.fromkeys(filter(None, (signer.fault() for signer in signers)))
        return [*found, *map(_with_hint, refused), *unsigned]

    def staged_time(self, origin: Origin) -> int | None:
        """The time of the release commit that an earlier run staged images of; None without any."""
        context = self._whole(origin)
        for image in published(context.images):
            seen = self.published_images.registry.look(
                staging(image), staging_tag(image, context.origin), depth=Depth.DOCUMENTS
            )
            told = seconds(label(seen, CREATED))
            if told is not None:
                return told
        return None


def label(seen: Inspection, name: str) -> str:
    """A label of what was seen, if all its platforms have the same; else an empty text."""
    images = () if seen.graph is None else seen.graph.images
    told = {image.labels.get(name, "") for image in images}
    return told.pop() if len(told) == 1 else ""


def _expected_of(image: Image, origin: Origin) -> ExpectedContent:
    """What an image has to be that is staged."""
    facts = release_facts(str(origin.version), origin.commit, origin.time)
    return expected_content(image, facts, origin=annotations(image, origin)[ORIGIN])


def _of_commit(seen: Inspection, origin: Origin) -> Inspection:
    """The same, in conflict where it is of another commit."""
    is_readable = seen.graph is None or not seen.graph.gaps
    is_ours = is_readable and seen.condition in (TagStatus.PUBLISHED, TagStatus.INCOMPLETE)
    if is_ours and label(seen, REVISION) != origin.commit:
        found = label(seen, REVISION)[:10] or "no commit"
        return seen._replace(condition=TagStatus.CONFLICT, detail=f"it is of {found}")
    return seen


def _with_hint(fault: TagboatError) -> str:
    return f"{fault.message}: {fault.hint}" if fault.hint else fault.message
