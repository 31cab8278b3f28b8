"""Ground: all places where the moving tags of a package stand, looked at together.

A version may hold tags once it is complete in all of them; so it is looked at in each before any
tag is moved to it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from tagboat.core.errors import ConflictError, OutsideError, RepositoryError, TagboatError
from tagboat.core.images.registry import SignatureStatus
from tagboat.core.record.moving_tag import Decision, TagPlace
from tagboat.core.record.record import Record, record_of
from tagboat.core.record.rollback import Reinstatement, Rollback
from tagboat.core.step import Lost
from tagboat.core.version.version import Version
from tagboat.use_cases.images.release_images import PublishedImages
from tagboat.use_cases.images.repositories import ImageRepository, image_repositories
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.lookup import tagging_there
from tagboat.use_cases.rollback.places import (
    GitTagLocation,
    ImageTagLocation,
    TagLocation,
    forge_latest,
    image_tag_locations,
)

A = TypeVar("A")
T = TypeVar("T", Rollback, Reinstatement)


class TagLocations:
    """The places by the configuration that HEAD holds.

    ``notes`` say what a person should know of places that are left alone.
    """

    def __init__(self, context: ReleaseContext) -> None:
        self.tagging = tagging_there(context)
        self.notes: tuple[str, ...] = ()
        self._context = context
        self._images: dict[str, PublishedImages | None] = {}
        self._package = context.package().name
        with context.checked_out(context.release_target.commit) as there:
            self._targets = there.of(self._package).targets
        self._locations = self._found()

    def records(self) -> dict[str, Record]:
        """The records of the package's releases, by tag."""
        return {
            record.tag: record for record in self._context.remote_state.records_of(self._package)
        }

    def record(self, version: Version) -> Record | None:
        """What is recorded of a version, or would be first; None where it is not tagboat's."""
        recorded = self.records()
        names = [tag.name for tag in self.tagging.tags if tag.version == version]
        found = [recorded[name] for name in names if name in recorded]
        return next(iter(found), None) or self._unrecorded(names)

    def settled(
        self, made: Callable[[Sequence[TagPlace]], T], target: Version
    ) -> tuple[T, tuple[str, ...]]:
        """What is made of the places, and where the target lacks something.

        Every version that tags would move to is looked at in all places first; one that is not
        complete in all of them is passed over.
        """
        records = tuple(self.records().values())
        places = self._each(lambda one: one.place(records, target))
        places = self._looked_at(places, target)
        lacking = [place.name for place in places if not _is_complete(place, target)]
        checked = {target}
        while True:
            done = made(places)
            wanted = (one.to.version for one in done.decisions if one.is_move and one.to)
            other = next((version for version in wanted if version not in checked), None)
            if other is None:
                return done, tuple(lacking)
            checked.add(other)
            places = self._judged(self._looked_at(places, other), other)

    def check_signatures(self, decisions: Iterable[Decision]) -> None:
        """Raise ConflictError where an image that tags would move to is not signed as it was to be.

        The configuration of its own release says how.
        """
        asked: dict[tuple[Version, str, str], ImageRepository] = {}
        images = [one for one in self._locations if isinstance(one, ImageTagLocation)]
        for one in decisions:
            for location in images:
                if one.is_move and one.to is not None and location.owns(one):
                    asked[one.to.version, one.to.target, one.place] = location.kept
        for (version, digest, _), kept in asked.items():
            signature_status = self._signature_status(version, kept, digest)
            if signature_status is not SignatureStatus.SIGNED:
                raise ConflictError(
                    f"{kept.repository.at(digest)} of version {version} is "
                    f"{signature_status.value}: "
                    "no tag is moved to it",
                    f"see `tagboat verify {version}`",
                )

    def move(self, decisions: Iterable[Decision]) -> Lost | None:
        """Move the tags, all that can be moved; what was lost to others somewhere.

        Raises OutsideError with what could not be moved.
        """
        moves = [one for one in decisions if one.is_move]
        found = self._each(partial(_moved_in, moves))
        failures = [one for one in found if isinstance(one, TagboatError)]
        if failures:
            raise OutsideError(
                f"it is recorded, and not every tag is moved: {'; '.join(map(str, failures))}",
                "run the same command again: it moves the rest",
            )
        return next((one for one in reversed(found) if isinstance(one, Lost)), None)

    def _each(self, ask: Callable[[TagLocation], A]) -> list[A]:
        """What comes of asking each place, in their order; registries at the same time."""
        images = self._targets.published_images
        if images is None:
            return list(map(ask, self._locations))
        kept = [one for one in self._locations if isinstance(one, ImageTagLocation)]
        found = images.registry.at_once([partial(ask, one) for one in kept])
        # They stand first: see `_found`.
        return [*found, *map(ask, self._locations[len(kept) :])]

    def _found(self) -> list[TagLocation]:
        """The places. Raises RepositoryError where there is none."""
        targets, found = self._targets, list[TagLocation]()
        if targets.published_images is not None:
            found += image_tag_locations(
                image_repositories(targets.published_images), self.records().values()
            )
        if targets.moving_git_tags is not None:
            found.append(
                GitTagLocation(
                    self._context.remote_state, targets.moving_git_tags, self._context.publisher
                )
            )
        if targets.forge_target is not None:
            tags = self.tagging.tags
            latest, notes = forge_latest(targets.forge_target, tags)
            found += latest
            self.notes += notes
        if not found:
            raise RepositoryError(
                "no tag follows the releases here: no image's, none of git's, no forge's latest",
                "see images.tags and release.moving_tags in the configuration",
            )
        return found

    def _looked_at(self, places: Sequence[TagPlace], version: Version) -> list[TagPlace]:
        """The places, each of which knows whether all of a version is there."""
        by_location = dict(zip(self._locations, places, strict=True))

        def looked_at(location: TagLocation) -> TagPlace:
            place = by_location[location]
            known = (location.checked(o) if o.version == version else o for o in place.known)
            return place._replace(known=tuple(known))

        return self._each(looked_at)

    def _judged(self, places: Sequence[TagPlace], version: Version) -> list[TagPlace]:
        """The places, in none of which a version of ours is complete that is not so in all."""
        is_ours = self.record(version) is not None
        is_ended = any(record.version == str(version) for record in self.records().values())
        is_whole = is_ended and all(_is_complete(place, version) for place in places)
        return [_without(place, version) if is_ours and not is_whole else place for place in places]

    def _signature_status(
        self, version: Version, kept: ImageRepository, digest: str
    ) -> SignatureStatus:
        """What the signature of an image is worth, which need not have one."""
        record = self.record(version)
        tag = None if record is None else self._context.remote_state.refs.tags.get(record.tag)
        if tag is None:
            return SignatureStatus.SIGNED
        self._context.remote_state.remote.bring(tag)
        published_images = self._images_at(tag.commit)
        named = () if published_images is None else published_images.images
        for image in named:
            signer = (
                published_images.signer(image)
                if published_images and image.name == kept.image.name
                else None
            )
            if signer is not None:
                return signer.verify(kept.repository, digest)
        return SignatureStatus.SIGNED

    def _images_at(self, commit: str) -> PublishedImages | None:
        """The images by the configuration at a commit; several ask for the same one."""
        if commit not in self._images:
            with self._context.checked_out(commit) as there:
                self._images[commit] = there.of(self._package).targets.published_images
        return self._images[commit]

    def _unrecorded(self, names: Iterable[str]) -> Record | None:
        """The record that a release of ours would get which has none."""
        remote_state = self._context.remote_state
        for tag in filter(None, map(remote_state.refs.tags.get, names)):
            contract = remote_state.contract(tag)
            if contract is not None:
                return record_of(contract, tag.name, tag.commit)
        return None


def _moved_in(moves: Iterable[Decision], location: TagLocation) -> Lost | TagboatError | None:
    """Move the tags of one place; what was lost to others there, or what went wrong."""
    own = [one for one in moves if location.owns(one)]
    try:
        return location.move(own) if own else None
    except TagboatError as error:
        return error


def _is_complete(place: TagPlace, version: Version) -> bool:
    """Whether a version, if it is known there, is complete."""
    return all(one.is_complete for one in place.known if one.version == version)


def _without(place: TagPlace, version: Version) -> TagPlace:
    """A place where a version is not complete."""
    known = (
        one._replace(is_complete=False) if one.version == version else one for one in place.known
    )
    return place._replace(known=tuple(known))
