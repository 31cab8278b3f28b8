"""The images of a package, what builds them, and the registries that keep them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

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
    Repository,
    TagStatus,
    error,
    lacks_index_annotations,
    repository,
)
from tagboat.core.images.tags import ImageTagSet, TagRule, image_tag_set
from tagboat.core.plan.tag_message import ImageDigest
from tagboat.core.version.version import Version
from tagboat.ports.images import ImageBuilder, InspectionRequest, OnLine, Registry, Signer
from tagboat.ports.publishing import CommitFiles
from tagboat.use_cases.images.build import BuildContext, BuiltImage, build, build_faults, settled

_EVERYTHING = BuildRequest()


class PublishedImages(NamedTuple):
    """The images of a package, as the configuration at one commit has them; some are published.

    ``rules`` are those of each published image's tags, by its name; ``signers`` sign images, by
    their names; ``source`` is what they are built from; ``page`` is the repository's address;
    ``hear`` gets each line of a build; ``insecure`` are registries without encryption.
    """

    defined: tuple[Image, ...]
    rules: Mapping[str, tuple[TagRule, ...]]
    registry: Registry
    signers: Mapping[str, Signer]
    builder: ImageBuilder
    source: CommitFiles
    page: str
    hear: OnLine
    insecure: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[Image, ...]:
        """Those that are published."""
        return _published(self.defined)

    def context(self, origin: Origin) -> BuildContext:
        """Where all of them are built from a commit."""
        return BuildContext(self.defined, origin, self.builder, self.source, self.insecure)

    def signer(self, image: Image) -> Signer | None:
        """What signs an image; None where nothing does."""
        return self.signers.get(image.name)

    def tags(self, image: Image, version: Version) -> ImageTagSet:
        """The tags of an image's version. Raises UsageError where it can't be spelled."""
        return image_tag_set(self.rules[image.name], version)

    def rules_in(self, place: Repository) -> tuple[TagRule, ...]:
        """The rules of all images that share a repository."""
        return tuple(
            rule
            for image in self.images
            if place in repositories(image)
            for rule in self.rules[image.name]
        )

    def is_whole(self, place: Repository, digest: str, depth: Depth = Depth.LAYERS) -> Inspection:
        """Whether a repository has all that a digest leads to."""
        return self.registry.look(place, digest, ExpectedContent(digest), depth)

    def are_whole(self, asked: Iterable[tuple[Repository, ExpectedContent]]) -> list[Inspection]:
        """Whether repositories have all, down to the layers, that digests lead to."""
        questions = [
            InspectionRequest(place, wanted.digest, wanted, Depth.LAYERS) for place, wanted in asked
        ]
        return self.registry.look_all(questions)


def repositories(image: Image) -> tuple[Repository, ...]:
    """Where an image is published."""
    return tuple(map(repository, image.repositories))


def expected_content(
    image: Image, facts: Mapping[str, str], *, digest: str = "", origin: str = ""
) -> ExpectedContent:
    """What an image of a release has to be, before its tag is there and for ever after.

    ``facts`` are those of `release_facts`.
    """
    return ExpectedContent(digest, origin, image.platforms, image.is_attested, facts)


def staging(image: Image) -> Repository:
    """Where an image is pushed to first."""
    return repository(image.staging_repository)


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

    def context(self) -> BuildContext | None:
        """Where they are built, and all that is known of them; None without a commit."""
        origin = self.origin
        if origin is None:
            return None
        if self._context is None or self._context.origin != origin:
            self._context = settled(self.published_images.context(origin), _EVERYTHING)
            self._seen = None
            self._built = {}
        return self._context

    def staged(self) -> dict[str, Inspection]:
        """What is staged of each image, by its name; nothing where there is no commit yet."""
        context = self.context()
        if context is None:
            return {}
        if self._seen is not None:
            return self._seen
        seen = {
            image.name: self._staged(image, context.origin) for image in _published(context.images)
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
        """What was built before, on machines of their own platforms, and is built again; and why.

        A release commit is another one than they were built from, which their labels tell.
        """
        context, seen = self.context(), self.staged()
        for image in self.images():
            if context is None or seen[image.name].condition is TagStatus.PUBLISHED:
                continue
            of = label(seen[image.name], REVISION)
            if of and of == context.origin.source != context.origin.commit:
                yield (
                    f"{image.name} is staged of {of[:10]}, and its labels have to tell the release "
                    f"commit {context.origin.commit[:10]}: it is built again"
                )
            elif parts := self._staged_parts(image, context.origin):
                yield (
                    f"{image.name} is staged for {', '.join(parts)} alone, and not joined: it is "
                    "built again; `tagboat image merge` joins what is built before a release that "
                    "has no commit of its own"
                )

    def _staged_parts(self, image: Image, origin: Origin) -> list[str]:
        """The platforms of an image that were staged one by one."""
        asked = [
            InspectionRequest(staging(image), staging_tag(image, origin, one), depth=Depth.DIGEST)
            for one in image.platforms
        ]
        seen = self.published_images.registry.look_all(asked)
        pairs = zip(image.platforms, seen, strict=True)
        return [one for one, found in pairs if found.condition is TagStatus.PUBLISHED]

    def images(self) -> tuple[Image, ...]:
        """The images as they are built."""
        context = self.context()
        return self.published_images.images if context is None else _published(context.images)

    def digests(self) -> tuple[ImageDigest, ...]:
        """What the tag promises. Raises where an image is not staged."""
        found = []
        for name, seen in self.staged().items():
            if seen.condition is not TagStatus.PUBLISHED:
                raise error(seen)
            found.append(ImageDigest(name, seen.digest))
        return tuple(found)

    def build(self, names: tuple[str, ...]) -> tuple[BuiltImage, ...]:
        """Build some of the images, and push each to its staging tag."""
        context = self.context()
        self._seen = None
        if context is None:
            return ()
        images = [image for image in _published(context.images) if image.name in names]
        try:
            made = build(context, BuildRequest(names), self.published_images.hear)
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

    def _annotate(self, image: Image, context: BuildContext) -> None:
        """Give an index its annotations, which builders of several nodes leave out.

        They join what each node has pushed, without what was asked for the whole.
        """
        seen = self._staged(image, context.origin)
        if lacks_index_annotations(seen, _expected_of(image, context.origin)):
            self._built[image.name] = context.builder.join(
                staging_reference(image, context.origin),
                [f"{image.staging_repository}@{seen.digest}"],
                annotations(image, context.origin),
            )

    def faults(self, origin: Origin) -> list[str]:
        """What stands in the way of building them, or of publishing them, each with what helps."""
        context = settled(self.published_images.context(origin), _EVERYTHING)
        images = _published(context.images)
        found = build_faults(context, BuildRequest(tuple(image.name for image in images)))
        places = {place for one in images for place in (staging(one), *repositories(one))}
        seen = [self.published_images.registry.may_push(place) for place in sorted(places)]
        refused = [error(one) for one in seen if one.condition is not TagStatus.PUBLISHED]
        signers = filter(None, map(self.published_images.signer, images))
        unsigned = dict.fromkeys(filter(None, (signer.fault() for signer in signers)))
        return [*found, *map(_with_hint, refused), *unsigned]

    def staged_time(self, origin: Origin) -> int | None:
        """The time of the release commit that an earlier run staged images of; None without any."""
        context = settled(self.published_images.context(origin), _EVERYTHING)
        for image in _published(context.images):
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


def _published(images: Sequence[Image]) -> tuple[Image, ...]:
    return tuple(image for image in images if image.repositories)


def _with_hint(fault: TagboatError) -> str:
    return f"{fault.message}: {fault.hint}" if fault.hint else fault.message
