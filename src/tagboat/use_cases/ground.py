"""Ground: all places where the moving tags of a package stand, looked at together.

A version may hold tags once it is complete in all of them; so it is looked at in each before any
tag is moved to it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TypeVar

from tagboat.core.errors import ConflictError, OutsideError, RepositoryError, TagboatError
from tagboat.core.moving_tag import Decision, Place
from tagboat.core.record import Record, record_of
from tagboat.core.signature import Seal
from tagboat.core.version import Version
from tagboat.core.withdrawal import Reinstatement, Rollback
from tagboat.use_cases.anchorage import Anchorage, GitTags, ImageTags, forge_latest, image_tags
from tagboat.use_cases.berths import Berth, berths
from tagboat.use_cases.released import tagging_there
from tagboat.use_cases.site import Site

T = TypeVar("T", Rollback, Reinstatement)


class Ground:
    """The places by the configuration that HEAD holds.

    ``notes`` say what a person should know of places that are left alone.
    """

    def __init__(self, site: Site) -> None:
        self.tagging = tagging_there(site)
        self.notes: tuple[str, ...] = ()
        self._site = site
        # An image stands in several places: the commit of its release is checked out once.
        self._fleet = cache(lambda commit: site.desk(commit).outlet.fleet)
        self._desk = site.desk(site.course.commit)
        self._anchorages = self._found()

    def records(self) -> dict[str, Record]:
        """The records of the package's releases, by tag."""
        package = self._desk.surveyor.package.name
        return {record.tag: record for record in self._site.world.records_of(package)}

    def record(self, version: Version) -> Record | None:
        """What is recorded of a version, or would be first; None where it is not tagboat's."""
        recorded = self.records()
        names = [tag.name for tag in self.tagging.tags if tag.version == version]
        found = [recorded[name] for name in names if name in recorded]
        return next(iter(found), None) or self._unrecorded(names)

    def settled(
        self, made: Callable[[Sequence[Place]], T], target: Version
    ) -> tuple[T, tuple[str, ...]]:
        """What is made of the places, and where the target lacks something.

        Every version that tags would move to is looked at in all places first; one that is not
        complete in all of them is passed over.
        """
        records = tuple(self.records().values())
        places = [one.place(records, target) for one in self._anchorages]
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
        asked: dict[tuple[Version, str, str], Berth] = {}
        images = [one for one in self._anchorages if isinstance(one, ImageTags)]
        for one in decisions:
            for anchorage in images:
                if one.is_move and one.to is not None and anchorage.owns(one):
                    asked[one.to.version, one.to.target, one.place] = anchorage.berth
        for (version, digest, _), berth in asked.items():
            seal = self._seal(version, berth, digest)
            if seal is not Seal.SIGNED:
                raise ConflictError(
                    f"{berth.repository.at(digest)} of version {version} is {seal.value}: "
                    "no tag is moved to it",
                    f"see `tagboat verify {version}`",
                )

    def move(self, decisions: Iterable[Decision]) -> str:
        """Move the tags; why others were quicker somewhere, or an empty text.

        All that can be moved is. Raises OutsideError with what could not.
        """
        moves = [one for one in decisions if one.is_move]
        lost, failures = "", list[TagboatError]()
        for anchorage in self._anchorages:
            own = [one for one in moves if anchorage.owns(one)]
            try:
                lost = (anchorage.move(own) if own else "") or lost
            except TagboatError as error:
                failures.append(error)
        if failures:
            raise OutsideError(
                f"it is recorded, and not every tag is moved: {'; '.join(map(str, failures))}",
                "run the same command again: it moves the rest",
            )
        return lost

    def _found(self) -> list[Anchorage]:
        """The places. Raises RepositoryError where there is none."""
        outlet, found = self._desk.outlet, list[Anchorage]()
        if outlet.fleet is not None:
            found += image_tags(berths(outlet.fleet), self.records().values())
        if outlet.moorings.rules:
            found.append(GitTags(self._site.world, outlet.moorings))
        if outlet.booth is not None:
            tags = self.tagging.tags
            latest, notes = forge_latest(outlet.booth, tags)
            found += latest
            self.notes += notes
        if not found:
            raise RepositoryError(
                "no tag follows the releases here: no image's, none of git's, no forge's latest",
                "see images.tags and release.moving_tags in the configuration",
            )
        return found

    def _looked_at(self, places: Sequence[Place], version: Version) -> list[Place]:
        """The places, each of which knows whether all of a version is there."""
        return [
            place._replace(
                known=tuple(
                    anchorage.checked(one) if one.version == version else one for one in place.known
                )
            )
            for anchorage, place in zip(self._anchorages, places, strict=True)
        ]

    def _judged(self, places: Sequence[Place], version: Version) -> list[Place]:
        """The places, in none of which a version of ours is complete that is not so in all."""
        is_ours = self.record(version) is not None
        is_ended = any(record.version == str(version) for record in self.records().values())
        is_whole = is_ended and all(_is_complete(place, version) for place in places)
        return [_without(place, version) if is_ours and not is_whole else place for place in places]

    def _seal(self, version: Version, berth: Berth, digest: str) -> Seal:
        """What the signature of an image is worth, which need not have one."""
        record = self.record(version)
        tag = None if record is None else self._site.world.refs.tags.get(record.tag)
        if tag is None:
            return Seal.SIGNED
        self._site.world.workshop.bring(tag)
        fleet = self._fleet(tag.commit)
        named = () if fleet is None else fleet.images
        for image in named:
            signer = fleet.signer(image) if fleet and image.name == berth.image.name else None
            if signer is not None:
                return signer.verify(berth.repository, digest)
        return Seal.SIGNED

    def _unrecorded(self, names: Iterable[str]) -> Record | None:
        """The record that a release of ours would get which has none."""
        world = self._site.world
        for tag in filter(None, map(world.refs.tags.get, names)):
            contract = world.contract(tag)
            if contract is not None:
                return record_of(contract, tag.name, tag.commit)
        return None


def _is_complete(place: Place, version: Version) -> bool:
    """Whether a version, if it is known there, is complete."""
    return all(one.is_complete for one in place.known if one.version == version)


def _without(place: Place, version: Version) -> Place:
    """A place where a version is not complete."""
    known = (
        one._replace(is_complete=False) if one.version == version else one for one in place.known
    )
    return place._replace(known=tuple(known))
