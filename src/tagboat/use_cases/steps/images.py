"""The steps that stage images before anything is public: build, copy, sign, find tags free."""

from collections.abc import Callable, Iterator

from tagboat.core.image import Image, staging_reference, staging_tag
from tagboat.core.registry import Condition, Depth, Repository, Sighting, error
from tagboat.core.signature import Seal
from tagboat.core.step import Finding, State
from tagboat.core.version import Version
from tagboat.use_cases.fleet import Cargo, repositories, staging
from tagboat.use_cases.signing import sign_everywhere

IsPublic = Callable[[], bool]
"""Whether the release is public already, so that nothing is staged any more."""


class BuildImages:
    """Every image is whole under its staging tag, in the first registry."""

    name = "build"
    is_courtesy = False

    def __init__(self, cargo: Cargo, is_public: IsPublic, done: Callable[[], None]) -> None:
        """``done`` is told once something was built, which is too expensive to be made again."""
        self._cargo = cargo
        self._is_public = is_public
        self._done = done

    def describe(self) -> str:
        """What is built for which platforms, and where it is pushed to."""
        origin = self._cargo.origin
        return "; ".join(
            f"{image.name} for {', '.join(image.platforms)} in "
            + (staging_reference(image, origin) if origin else image.staging_repository)
            for image in self._cargo.images()
        )

    def probe(self) -> Finding:
        """Done where all of each image is there, of the very commit."""
        if self._is_public():
            return Finding(State.DONE)
        staged = self._cargo.staged()
        lacking = [one for one in staged.values() if one.condition is not Condition.PUBLISHED]
        if staged and not lacking:
            return Finding(State.DONE, ", ".join(f"{n} {s.digest}" for n, s in staged.items()))
        return Finding(State.ABSENT, _details(lacking))

    def apply(self) -> str:
        """Build what is not there whole."""
        staged = self._cargo.staged()
        for seen in staged.values():
            if not seen.is_seen:
                raise error(seen)
        names = (name for name, one in staged.items() if one.condition is not Condition.PUBLISHED)
        self._cargo.build(tuple(names))
        self._done()
        return ""


class CopyImages:
    """Every other registry has the same bytes."""

    name = "copy"
    is_courtesy = False

    def __init__(self, cargo: Cargo, is_public: IsPublic) -> None:
        self._cargo = cargo
        self._is_public = is_public

    def describe(self) -> str:
        """What is copied where."""
        return "; ".join(
            f"{image.name} to {', '.join(map(str, others))}"
            for image in self._cargo.images()
            if (others := _others(image))
        )

    def probe(self) -> Finding:
        """Done where each repository has all that the staged digest leads to."""
        if self._is_public():
            return Finding(State.DONE)
        lacking = [seen for _, _, seen in self._seen() if seen.condition is not Condition.PUBLISHED]
        is_done = self._cargo.origin is not None and not lacking
        return Finding(State.DONE if is_done else State.ABSENT, _details(lacking))

    def apply(self) -> str:
        """Copy to where something is missing."""
        for image, place, seen in self._seen():
            if seen.condition is Condition.PUBLISHED:
                continue
            if not seen.is_seen:
                raise error(seen)
            self._copy(image, place)
        return ""

    def _copy(self, image: Image, place: Repository) -> None:
        site = self._cargo.site()
        digest = dict(self._cargo.digests())[image.name]
        if site is None:
            return
        tag = staging_tag(image, site.origin)
        copied = self._cargo.fleet.registry.copy(staging(image), digest, place, tag)
        if copied.condition is not Condition.PUBLISHED:
            raise error(copied)

    def _seen(self) -> Iterator[tuple[Image, Repository, Sighting]]:
        staged = self._cargo.staged()
        for image in self._cargo.images():
            seen = staged.get(image.name)
            if seen is None or seen.condition is not Condition.PUBLISHED:
                continue
            for place in _others(image):
                yield image, place, self._cargo.fleet.is_whole(place, seen.digest)


class SignImages:
    """Every image that is to be signed has a good signature in every registry."""

    name = "sign"
    is_courtesy = False

    def __init__(self, cargo: Cargo, is_public: IsPublic) -> None:
        self._cargo = cargo
        self._is_public = is_public

    def describe(self) -> str:
        """What is signed."""
        return ", ".join(image.name for image in self._cargo.images() if image.sign)

    def probe(self) -> Finding:
        """Done where the signature of each is verified, everywhere."""
        if self._is_public():
            return Finding(State.DONE)
        if self._cargo.origin is None or not self._all_there():
            return Finding(State.ABSENT)
        lacking = [
            str(place)
            for image, digest in self._signed()
            for place in repositories(image)
            if not self._is_good(image, place, digest)
        ]
        return Finding(State.ABSENT if lacking else State.DONE, ", ".join(lacking))

    def apply(self) -> str:
        """Sign by digest."""
        for image, digest in self._signed():
            signer = self._cargo.fleet.signer(image)
            if signer is not None:
                sign_everywhere(self._cargo.fleet.registry, signer, digest, repositories(image))
        return ""

    def _all_there(self) -> bool:
        staged = self._cargo.staged().values()
        return all(seen.condition is Condition.PUBLISHED for seen in staged)

    def _signed(self) -> Iterator[tuple[Image, str]]:
        digests = dict(self._cargo.digests())
        return ((image, digests[image.name]) for image in self._cargo.images() if image.sign)

    def _is_good(self, image: Image, place: Repository, digest: str) -> bool:
        signer = self._cargo.fleet.signer(image)
        return signer is None or signer.verify(place, digest) is Seal.SIGNED


class FreeTags:
    """No registry holds anything else under a version tag of the release."""

    is_courtesy = False

    def __init__(
        self, cargo: Cargo, version: str, is_public: IsPublic, *, is_repeated: bool = False
    ) -> None:
        """It is looked twice: before the long work, and after it."""
        self.name = "tags-again" if is_repeated else "tags"
        self._cargo = cargo
        self._version = version
        self._is_public = is_public

    def describe(self) -> str:
        """Which tags are looked at."""
        return f"{', '.join(place.at(tag) for _, place, tag in self._tags())}: not taken"

    def probe(self) -> Finding:
        """Done where each is free, or holds what is staged; a conflict where one is taken."""
        if self._is_public():
            return Finding(State.DONE)
        staged = {name: seen.digest for name, seen in self._cargo.staged().items()}
        looks = [
            (image, self._cargo.fleet.registry.look(place, tag, depth=Depth.DIGEST))
            for image, place, tag in self._tags()
        ]
        taken = [
            f"{seen.name} holds {seen.digest}"
            for image, seen in looks
            if seen.condition is Condition.PUBLISHED and seen.digest != staged.get(image.name)
        ]
        unseen = [seen for _, seen in looks if not seen.is_seen]
        if taken:
            return Finding(State.CONFLICT, "; ".join(taken))
        return Finding(State.ABSENT if unseen else State.DONE, _details(unseen))

    def apply(self) -> str:
        """There is nothing to make: say what could not be looked at."""
        for _, place, tag in self._tags():
            seen = self._cargo.fleet.registry.look(place, tag, depth=Depth.DIGEST)
            if not seen.is_seen:
                raise error(seen)
        return ""

    def _tags(self) -> Iterator[tuple[Image, Repository, str]]:
        version = Version.parse(self._version)
        for image in self._cargo.images():
            for place in repositories(image):
                for tag in self._cargo.fleet.tags(image, version).once:
                    yield image, place, tag


def is_copied(image: Image) -> bool:
    """Whether there is a repository that the image is copied to."""
    return bool(_others(image))


def _others(image: Image) -> list[Repository]:
    return [place for place in repositories(image) if place != staging(image)]


def _details(seen: list[Sighting]) -> str:
    return "; ".join(f"{one.name} {one.condition.value}: {one.detail}".rstrip(": ") for one in seen)
