"""What is public of a release and of its images, and of its package's releases."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.errors import ConflictError
from tagboat.core.escape import in_shell
from tagboat.core.images.image import Image, PulledImage, image_notes, release_facts
from tagboat.core.images.registry import (
    Depth,
    ExpectedContent,
    Inspection,
    Repository,
    SignatureStatus,
    TagStatus,
    signature_tag,
)
from tagboat.core.next_version.package import Package
from tagboat.core.plan.tag_message import Contract
from tagboat.core.record.record import Record, RecordedImage, RecordedPlatform
from tagboat.core.version.tag import Tagging
from tagboat.core.version.version import Version
from tagboat.ports.git import History
from tagboat.ports.images import InspectionRequest
from tagboat.ports.publishing import RemoteRefs, RemoteTag
from tagboat.use_cases.images.release_images import (
    PublishedImages,
    expected_content,
    repositories,
    staging,
)
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.steps.remote_state import RemoteState

if TYPE_CHECKING:
    from tagboat.core.forge.release import Item

SPOILT = (TagStatus.ABSENT, TagStatus.INCOMPLETE)
"""What is found of an image, by its digest, where its registry lost it or a part of it."""
Inspections = dict[tuple[Repository, str], Inspection]


class PublishedRelease:
    """A release that is public in git, or will be: its tag tells what was promised.

    A ``contract`` that is given stands for one that the tag does not carry, as where a person made
    the tag.
    """

    def __init__(
        self, remote_state: RemoteState, name: str, contract: Contract | None = None
    ) -> None:
        self.remote_state = remote_state
        self.name = name
        self._given = contract

    @property
    def tag(self) -> RemoteTag | None:
        """The tag on the remote."""
        return self.remote_state.refs.tags.get(self.name)

    @property
    def contract(self) -> Contract | None:
        """What was promised; None where the tag is not there or not ours."""
        return None if self.tag is None else self._given or self.remote_state.contract(self.tag)

    def promised(self) -> tuple[RemoteTag, Contract]:
        """The tag and what it promises. Raises ConflictError where it is gone."""
        tag, contract = self.tag, self.contract
        if tag is None or contract is None:
            raise gone(self.name)
        return tag, contract

    def record(self) -> Record | None:
        """What is recorded of the release; None where nothing is."""
        return (
            None if self.tag is None else self.remote_state.records(self.tag.commit).get(self.name)
        )


def gone(name: str) -> ConflictError:
    """The error for a release whose tag is not there any more."""
    return ConflictError(
        f"the tag {name} is not on the remote any more, or is another one",
        f"look who moved it; `tagboat abandon {in_shell(name)} --reason WHY` ends its release",
    )


class PackageReleases(NamedTuple):
    """The package, and the history that its releases are of."""

    history: History
    package: Package

    def tagging(self, refs: RemoteRefs) -> Tagging:
        """The version tags of the package among those of the remote."""
        return tagging_of(self.history, self.package, refs.tag_refs())

    def is_latest(self, tagged: PublishedRelease) -> bool:
        """Whether a forge should show a release as the latest: the highest stable one.

        Raises ConflictError without its tag.
        """
        _, contract = tagged.promised()
        version = Version.parse(contract.version)
        if version.is_prerelease or not self.package.is_forge_latest:
            return False
        others = (tag.version for tag in self.tagging(tagged.remote_state.refs).tags)
        return not any(other > version for other in others if not other.is_prerelease)

    def ships(self, tagged: PublishedRelease) -> "Sequence[Item]":
        """The issues, and pull or merge requests, of what a release has and its base has not."""
        from tagboat.core.changelog.entry import shipped
        from tagboat.use_cases.changelog.sections import Sections

        tagging = self.tagging(tagged.remote_state.refs)
        for tag in tagging.tags:
            if tag.name == tagged.name:
                section = Sections(self.history, self.package).of_version(tagging, tag)
                return shipped(section.assessments)
        return ()


class ImagePlacement(NamedTuple):
    """One image of a public release in one repository, and the digest that was promised."""

    image: Image
    repository: Repository
    digest: str


class LostSignatures(NamedTuple):
    """An image without whole signatures, how that was seen, and where they still are."""

    placement: ImagePlacement
    seen: Inspection
    source: Repository
    digest: str


def signature_look(placement: ImagePlacement) -> InspectionRequest:
    """The look at the signatures of an image in one repository, down to their layers."""
    tag = signature_tag(placement.digest)
    return InspectionRequest(placement.repository, tag, depth=Depth.LAYERS)


class ReleasedImages:
    """The images that a public release promised, in all their repositories."""

    def __init__(self, tagged: PublishedRelease, published_images: PublishedImages) -> None:
        self.tagged = tagged
        self.published_images = published_images

    @property
    def version(self) -> Version:
        """The release's version."""
        return Version.parse(self.tagged.promised()[1].version)

    def landings(self) -> list[ImagePlacement]:
        """Every image in each of its repositories; none where nothing was promised."""
        contract = self.tagged.contract
        digests = {} if contract is None else dict(contract.images)
        return [
            ImagePlacement(image, place, digests[image.name])
            for image in self.published_images.images
            if image.name in digests
            for place in repositories(image)
        ]

    def expected(self, placement: ImagePlacement) -> ExpectedContent:
        """What an image has to be, wherever it is."""
        tag, contract = self.tagged.promised()
        time = self.published_images.source.time_of(tag.commit)
        facts = release_facts(contract.version, tag.commit, time)
        return expected_content(placement.image, facts, digest=placement.digest)

    def wholes(self) -> dict[ImagePlacement, Inspection]:
        """What each repository has of what was promised, down to the layers."""
        placements = self.landings()
        wanted = [(one.repository, ExpectedContent(one.digest)) for one in placements]
        return dict(zip(placements, self.published_images.are_whole(wanted), strict=True))

    def sources(
        self, placement: ImagePlacement, wholes: Mapping[ImagePlacement, Inspection]
    ) -> Iterator[tuple[Repository, bool]]:
        """The repositories to copy an image from, where it was staged too; first those with all.

        One that lost a part, which is told, may still have what another one lacks.
        """
        seen = {
            one.repository: found.condition
            for one, found in wholes.items()
            if (one.image.name, one.digest) == (placement.image.name, placement.digest)
        }
        staged = staging(placement.image)
        if staged not in seen:
            seen[staged] = self.published_images.is_whole(staged, placement.digest).condition
        del seen[placement.repository]
        for condition in (TagStatus.PUBLISHED, TagStatus.INCOMPLETE):
            found = [place for place, seen_as in seen.items() if seen_as is condition]
            yield from ((place, condition is TagStatus.PUBLISHED) for place in found)

    def lost_signatures(self) -> list[LostSignatures]:
        """Where an image lacks signatures, or a part of them, that another repository has whole."""
        signed = [one for one in self.landings() if one.image.sign]
        asked = [signature_look(one) for one in signed]
        seen = list(zip(signed, self.published_images.registry.look_all(asked), strict=True))
        there = {
            one.digest: (one.repository, found.digest)
            for one, found in reversed(seen)
            if found.condition is TagStatus.PUBLISHED
        }
        return [
            LostSignatures(one, found, *there[one.digest])
            for one, found in seen
            if found.condition in SPOILT and one.digest in there
        ]

    def places(self) -> str:
        """The repositories of all images, for a person."""
        return ", ".join(
            str(place) for image in self.published_images.images for place in repositories(image)
        )

    def once(self) -> Iterator[tuple[ImagePlacement, str]]:
        """The tags that are written once."""
        for placement in self.landings():
            for tag in self.published_images.tags(placement.image, self.version).once:
                yield placement, tag

    def notes(self) -> str:
        """How the images are pulled, for the release's page; empty without any."""
        pulled = []
        for name, image in self.recorded().items():
            tag = next((tag for placement, tag in self.once() if placement.image.name == name), "")
            names = tuple(f"{place}:{tag}" for place in sorted(image.repositories))
            platforms = ((p, one.digest, one.size) for p, one in image.platforms.items())
            pulled.append(PulledImage(names, image.digest, tuple(platforms)))
        return image_notes(pulled)

    def recorded(self) -> dict[str, RecordedImage]:
        """What there is of each image, as the record tells it."""
        found: dict[str, RecordedImage] = {}
        for placement in self.landings():
            seen = self.published_images.is_whole(
                placement.repository, placement.digest, Depth.DOCUMENTS
            )
            if seen.condition is not TagStatus.PUBLISHED or seen.graph is None:
                continue
            known = found.get(placement.image.name)
            there = {} if known is None else known.repositories
            found[placement.image.name] = RecordedImage(
                digest=placement.digest,
                platforms={
                    one.platform: RecordedPlatform(digest=one.manifest.digest, size=one.size)
                    for one in seen.graph.images
                },
                repositories={**there, str(placement.repository): seen.digest},
            )
        return found


def mending(
    released_images: ReleasedImages, placement: ImagePlacement, inspections: Inspections
) -> str:
    """What helps where a repository lost an image, or a part of it."""
    places = released_images.landings()
    wholes = {one: inspections[one.repository, one.digest] for one in places}
    for source, is_whole in released_images.sources(placement, wholes):
        if is_whole:
            return _copied_by(released_images, source)
    told = "no other repository has all of it"
    if not _lack_different_parts(wholes.pop(placement), wholes):
        return told
    command = _finishing(released_images)
    return f"{told}; {command} puts it together from what they have, each its part"


def _lack_different_parts(seen: Inspection, others: Mapping[ImagePlacement, Inspection]) -> bool:
    """Whether nothing that one repository lost of an image is seen to be lost in all others."""
    graphs = [one.graph for one in others.values() if one.digest == seen.digest and one.graph]
    if seen.graph is None or not graphs:
        return False
    return not set(seen.graph.gaps).intersection(*(graph.gaps for graph in graphs))


def unsigned(
    released_images: ReleasedImages, placement: ImagePlacement, found: SignatureStatus
) -> str:
    """What is wrong with the signatures of an image, and what helps."""
    lost = {one.placement: one for one in released_images.lost_signatures()}
    if placement in lost:
        # Of signatures that lost their layers none is by anybody, as cosign sees it.
        _, seen, source, _ = lost[placement]
        told = seen.detail or SignatureStatus.UNSIGNED.value
        return f"{told}; {_copied_by(released_images, source)}"
    if found is SignatureStatus.UNSIGNED:
        command = _finishing(released_images)
        return (
            "unsigned, and no other repository has its signatures: sign its digest there again "
            f"with cosign, and {command} copies that to the others"
        )
    return str(found.value)


def _copied_by(released_images: ReleasedImages, source: Repository) -> str:
    """The command that copies what a repository lacks."""
    return f"{_finishing(released_images)} copies it from {source}"


def _finishing(released_images: ReleasedImages) -> str:
    """The command that sees that a release is complete."""
    return f"`tagboat release --tag {in_shell(released_images.tagged.name)}`"
