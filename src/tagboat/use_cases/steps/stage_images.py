"""The steps that stage images before anything is public: build, copy, sign, find tags free."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tagboat.core.errors import OutsideError
from tagboat.core.images.image import Image, staging_reference, staging_tag
from tagboat.core.images.registry import (
    Depth,
    Inspection,
    Repository,
    SignatureStatus,
    TagStatus,
    error,
    signature_tag,
)
from tagboat.core.step import Finding, State
from tagboat.core.version.version import Version
from tagboat.ports.images import Registry, Signer
from tagboat.use_cases.images.release_images import repositories, staging

if TYPE_CHECKING:
    from tagboat.use_cases.steps.pending import StagedImages

_CLOSED = (TagStatus.UNAUTHORISED, TagStatus.DENIED, TagStatus.REFUSED)
"""What a registry says that does not let who asks look at a tag."""


def sign_everywhere(
    registry: Registry, signer: Signer, digest: str, repositories: Sequence[Repository]
) -> None:
    """Make sure that a digest has a good signature in every repository, all of which hold it.

    It is signed in the first one, and the signature is copied to those that have none yet, so that
    one identity is asked once. Raises OutsideError, UsageError.
    """
    first, *others = repositories
    _sign(signer, first, digest)
    for repository in others:
        _copy_signatures(registry, digest, first, repository)
        _sign(signer, repository, digest)


def _sign(signer: Signer, repository: Repository, digest: str) -> None:
    """Sign, unless a good signature is there."""
    if signer.sign(repository, digest) is not SignatureStatus.SIGNED:
        raise OutsideError(
            f"{repository.at(digest)} is signed, but its signature can't be verified",
            "check that the public key or the identity is that of the signing key",
        )


def _copy_signatures(
    registry: Registry, digest: str, source: Repository, target: Repository
) -> None:
    """Copy signatures to where there are none; what others have signed there stays."""
    tag = signature_tag(digest)
    there = registry.look(target, tag, depth=Depth.DIGEST)
    found = registry.look(source, tag, depth=Depth.DIGEST)
    if there.condition is TagStatus.ABSENT and found.condition is TagStatus.PUBLISHED:
        registry.copy(source, found.digest, target, tag)


IsPublic = Callable[[], bool]
"""Whether the release is public already, so that nothing is staged any more."""


class BuildImages:
    """Every image is whole under its staging tag, in the first registry."""

    name = "build"
    is_courtesy = False

    def __init__(
        self,
        staged_images: "StagedImages",
        is_public: IsPublic,
        done: Callable[[], None],
        unused: Callable[[], Iterable[str]],
    ) -> None:
        """``done`` is told once something was built, which is too expensive to be made again.

        ``unused`` are the reasons why something is built again, to be told before it is.
        """
        self._staged_images = staged_images
        self._is_public = is_public
        self._done = done
        self._unused = unused

    def describe(self) -> str:
        """What is built for which platforms, and where it is pushed to."""
        origin = self._staged_images.origin
        return "; ".join(
            f"{image.name} for {', '.join(image.platforms)} in "
            + (staging_reference(image, origin) if origin else image.staging_repository)
            for image in self._staged_images.images()
        )

    def probe(self) -> Finding:
        """Done where all of each image is there, of the very commit."""
        if self._is_public():
            return Finding(State.DONE)
        staged = self._staged_images.staged()
        lacking = [one for one in staged.values() if one.condition is not TagStatus.PUBLISHED]
        if staged and not lacking:
            return Finding(State.DONE, ", ".join(f"{n} {s.digest}" for n, s in staged.items()))
        unused = "; ".join(self._unused())
        return Finding(State.ABSENT, unused or _details(lacking), is_notable=bool(unused))

    def apply(self) -> None:
        """Build what is not there whole."""
        staged = self._staged_images.staged()
        for seen in staged.values():
            if not seen.is_seen:
                raise error(seen)
        names = (name for name, one in staged.items() if one.condition is not TagStatus.PUBLISHED)
        self._staged_images.build(tuple(names))
        self._done()


class CopyImages:
    """Every other registry has the same bytes."""

    name = "copy"
    is_courtesy = False

    def __init__(self, staged_images: "StagedImages", is_public: IsPublic) -> None:
        self._staged_images = staged_images
        self._is_public = is_public

    def describe(self) -> str:
        """What is copied where."""
        return "; ".join(
            f"{image.name} to {', '.join(map(str, others))}"
            for image in self._staged_images.images()
            if (others := _other_repositories(image))
        )

    def probe(self) -> Finding:
        """Done where each repository has all that the staged digest leads to."""
        if self._is_public():
            return Finding(State.DONE)
        lacking = [seen for _, _, seen in self._seen() if seen.condition is not TagStatus.PUBLISHED]
        is_done = self._staged_images.origin is not None and not lacking
        return Finding(State.DONE if is_done else State.ABSENT, _details(lacking))

    def apply(self) -> None:
        """Copy to where something is missing."""
        for image, place, seen in self._seen():
            if seen.condition is TagStatus.PUBLISHED:
                continue
            if not seen.is_seen:
                raise error(seen)
            self._copy(image, place)

    def _copy(self, image: Image, place: Repository) -> None:
        context = self._staged_images.context()
        digest = dict(self._staged_images.digests())[image.name]
        if context is None:
            return
        tag = staging_tag(image, context.origin)
        copied = self._staged_images.published_images.registry.copy(
            staging(image), digest, place, tag
        )
        if copied.condition is not TagStatus.PUBLISHED:
            raise error(copied)

    def _seen(self) -> Iterator[tuple[Image, Repository, Inspection]]:
        staged = self._staged_images.staged()
        for image in self._staged_images.images():
            seen = staged.get(image.name)
            if seen is None or seen.condition is not TagStatus.PUBLISHED:
                continue
            for place in _other_repositories(image):
                yield (
                    image,
                    place,
                    self._staged_images.published_images.is_whole(place, seen.digest),
                )


class SignImages:
    """Every image that is to be signed has a good signature in every registry."""

    name = "sign"
    is_courtesy = False

    def __init__(self, staged_images: "StagedImages", is_public: IsPublic) -> None:
        self._staged_images = staged_images
        self._is_public = is_public

    def describe(self) -> str:
        """What is signed."""
        return ", ".join(image.name for image in self._staged_images.images() if image.sign)

    def probe(self) -> Finding:
        """Done where the signature of each is verified, everywhere."""
        if self._is_public():
            return Finding(State.DONE)
        if self._staged_images.origin is None or not self._all_there():
            return Finding(State.ABSENT)
        lacking = [
            str(place)
            for image, digest in self._signed()
            for place in repositories(image)
            if not self._is_good(image, place, digest)
        ]
        return Finding(State.ABSENT if lacking else State.DONE, ", ".join(lacking))

    def apply(self) -> None:
        """Sign by digest."""
        for image, digest in self._signed():
            signer = self._staged_images.published_images.signer(image)
            if signer is not None:
                sign_everywhere(
                    self._staged_images.published_images.registry,
                    signer,
                    digest,
                    repositories(image),
                )

    def _all_there(self) -> bool:
        staged = self._staged_images.staged().values()
        return all(seen.condition is TagStatus.PUBLISHED for seen in staged)

    def _signed(self) -> Iterator[tuple[Image, str]]:
        digests = dict(self._staged_images.digests())
        return (
            (image, digests[image.name]) for image in self._staged_images.images() if image.sign
        )

    def _is_good(self, image: Image, place: Repository, digest: str) -> bool:
        signer = self._staged_images.published_images.signer(image)
        return signer is None or signer.verify(place, digest) is SignatureStatus.SIGNED


class FreeTags:
    """No registry holds anything else under a version tag of the release."""

    is_courtesy = False

    def __init__(
        self,
        staged_images: "StagedImages",
        version: str,
        is_public: IsPublic,
        *,
        is_repeated: bool = False,
    ) -> None:
        """It is looked twice: before the long work, and after it."""
        self.name = "tags-again" if is_repeated else "tags"
        self._staged_images = staged_images
        self._version = version
        self._is_public = is_public

    def describe(self) -> str:
        """Which tags are looked at."""
        return f"{', '.join(place.at(tag) for _, place, tag in self._tags())}, to be free"

    def probe(self) -> Finding:
        """Done where each is free, or holds what is staged; a conflict where one is taken."""
        if self._is_public():
            return Finding(State.DONE)
        staged = {name: seen.digest for name, seen in self._staged_images.staged().items()}
        looks = [
            (
                image,
                self._staged_images.published_images.registry.look(place, tag, depth=Depth.DIGEST),
            )
            for image, place, tag in self._tags()
        ]
        taken = [
            f"{seen.name} holds {seen.digest}"
            for image, seen in looks
            if seen.condition is TagStatus.PUBLISHED and seen.digest != staged.get(image.name)
        ]
        unseen = [seen for _, seen in looks if not seen.is_seen]
        if taken:
            return Finding(State.CONFLICT, "; ".join(taken))
        is_closed = any(seen.condition in _CLOSED for seen in unseen)
        state = State.ABSENT if unseen else State.DONE
        return Finding(state, _details(unseen), is_closed=is_closed)

    def apply(self) -> None:
        """There is nothing to make: say what could not be looked at."""
        for _, place, tag in self._tags():
            seen = self._staged_images.published_images.registry.look(
                place, tag, depth=Depth.DIGEST
            )
            if not seen.is_seen:
                raise error(seen)

    def _tags(self) -> Iterator[tuple[Image, Repository, str]]:
        version = Version.parse(self._version)
        for image in self._staged_images.images():
            for place in repositories(image):
                for tag in self._staged_images.published_images.tags(image, version).once:
                    yield image, place, tag


def _other_repositories(image: Image) -> list[Repository]:
    return [place for place in repositories(image) if place != staging(image)]


def _details(seen: list[Inspection]) -> str:
    return "; ".join(f"{one.name} {one.condition.value}: {one.detail}".rstrip(": ") for one in seen)
