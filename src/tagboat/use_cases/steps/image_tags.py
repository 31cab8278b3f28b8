"""The steps that give images their names: those written once, then those that move forward."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tagboat.core.errors import RaceError
from tagboat.core.image import Image
from tagboat.core.image_notes import PulledImage, image_notes
from tagboat.core.moving_tag import Action, Decision, Known, decide
from tagboat.core.record import Image as RecordedImage
from tagboat.core.record import PlatformImage
from tagboat.core.registry import Condition, Depth, Repository, Sighting, Wanted, error
from tagboat.core.step import Finding, State
from tagboat.core.version import Version
from tagboat.core.withdrawal import known_of
from tagboat.ports import Rest
from tagboat.use_cases.berths import Berth, place_of
from tagboat.use_cases.fleet import Fleet, repositories
from tagboat.use_cases.steps.world import Tagged

_TRIES = 5
"""How often a tag is looked at again where somebody moved it in between."""


class Landing(NamedTuple):
    """One image of a public release in one repository, and the digest that was promised."""

    image: Image
    repository: Repository
    digest: str


class Landed:
    """The images that a public release promised, in all their repositories."""

    def __init__(self, tagged: Tagged, fleet: Fleet) -> None:
        self.tagged = tagged
        self.fleet = fleet

    @property
    def version(self) -> Version:
        """The release's version."""
        return Version.parse(self.tagged.promised()[1].version)

    def landings(self) -> list[Landing]:
        """Every image in each of its repositories; none where nothing was promised."""
        contract = self.tagged.contract
        digests = {} if contract is None else dict(contract.images)
        return [
            Landing(image, place, digests[image.name])
            for image in self.fleet.images
            if image.name in digests
            for place in repositories(image)
        ]

    def places(self) -> str:
        """The repositories of all images, for a person."""
        return ", ".join(str(place) for image in self.fleet.images for place in repositories(image))

    def once(self) -> Iterator[tuple[Landing, str]]:
        """The tags that are written once."""
        for landing in self.landings():
            for tag in self.fleet.tags(landing.image, self.version).once:
                yield landing, tag

    def notes(self) -> str:
        """How the images are pulled, for the release's page; empty without any."""
        pulled = []
        for name, image in self.recorded().items():
            tag = next((tag for landing, tag in self.once() if landing.image.name == name), "")
            names = tuple(f"{place}:{tag}" for place in sorted(image.repositories))
            platforms = ((p, one.digest, one.size) for p, one in image.platforms.items())
            pulled.append(PulledImage(names, image.digest, tuple(platforms)))
        return image_notes(pulled)

    def recorded(self) -> dict[str, RecordedImage]:
        """What there is of each image, as the record tells it."""
        found: dict[str, RecordedImage] = {}
        for landing in self.landings():
            seen = self.fleet.is_whole(landing.repository, landing.digest, Depth.DOCUMENTS)
            if seen.condition is not Condition.PUBLISHED or seen.graph is None:
                continue
            known = found.get(landing.image.name)
            there = {} if known is None else known.repositories
            found[landing.image.name] = RecordedImage(
                digest=landing.digest,
                platforms={
                    one.platform: PlatformImage(digest=one.manifest.digest, size=one.size)
                    for one in seen.graph.images
                },
                repositories={**there, str(landing.repository): seen.digest},
            )
        return found


class WriteTags:
    """Each version tag holds the promised digest in every repository; none is ever overwritten."""

    name = "version-tags"
    is_courtesy = False

    def __init__(self, landed: Landed) -> None:
        self._landed = landed
        self._written: dict[str, None] = {}

    def describe(self) -> str:
        """Which tags are written where."""
        if self._landed.tagged.contract is None:
            return f"the version's tags in {self._landed.places()}, written once"
        return f"{_grouped(self._landed.once())}, written once"

    def names(self) -> tuple[str, ...]:
        """The version's tags in all repositories."""
        return tuple(landing.repository.at(tag) for landing, tag in self._landed.once())

    def there(self) -> tuple[str, ...]:
        """Those that were seen to hold what was promised."""
        return tuple(self._written)

    def probe(self) -> Finding:
        """Done where each holds the digest; a conflict where one holds another."""
        if self._landed.tagged.contract is None:
            return Finding(State.ABSENT)
        looks = [self._look(landing, tag) for landing, tag in self._landed.once()]
        other = (Condition.CONFLICT, Condition.FOREIGN)
        taken = [seen for seen in looks if seen.condition in other]
        lacking = [seen for seen in looks if seen.condition is not Condition.PUBLISHED]
        if taken:
            return Finding(State.CONFLICT, _listed(taken))
        return Finding(State.ABSENT if lacking else State.DONE, _listed(lacking))

    def apply(self) -> str:
        """Write what is missing, and copy first what is not there."""
        for landing, tag in self._landed.once():
            seen = self._look(landing, tag)
            if seen.condition is Condition.PUBLISHED:
                continue
            if seen.condition not in (Condition.ABSENT, Condition.INCOMPLETE):
                raise error(seen)
            self._bring(landing, tag)
        return ""

    def _bring(self, landing: Landing, tag: str) -> None:
        fleet = self._landed.fleet
        if fleet.is_whole(landing.repository, landing.digest).condition is not Condition.PUBLISHED:
            self._copy(landing)
        written = self._noted(fleet.registry.tag_once(landing.repository, tag, landing.digest))
        if written.condition is not Condition.PUBLISHED:
            raise error(written)

    def _copy(self, landing: Landing) -> None:
        """Copy the image from any repository that has all of it, under a tag that nobody follows.

        A copy overwrites what its tag holds, so it is never given the version's own.
        """
        tag = f"tagboat-{landing.digest.removeprefix('sha256:')[:12]}"
        fleet = self._landed.fleet
        for other in repositories(landing.image):
            whole = fleet.is_whole(other, landing.digest)
            if other != landing.repository and whole.condition is Condition.PUBLISHED:
                copied = fleet.registry.copy(other, landing.digest, landing.repository, tag)
                if copied.condition is not Condition.PUBLISHED:
                    raise error(copied)
                return
        raise error(fleet.is_whole(landing.repository, landing.digest))

    def _look(self, landing: Landing, tag: str) -> Sighting:
        wanted, registry = Wanted(landing.digest), self._landed.fleet.registry
        return self._noted(registry.look(landing.repository, tag, wanted, Depth.DIGEST))

    def _noted(self, seen: Sighting) -> Sighting:
        """Take note of a tag that is there."""
        if seen.condition is Condition.PUBLISHED:
            self._written[seen.name] = None
        return seen


class MoveImageTags:
    """Each moving tag leads to the release, unless it belongs to a higher version."""

    name = "image-tags"
    is_courtesy = False

    def __init__(self, landed: Landed, rest: Rest) -> None:
        self._landed = landed
        self._rest = rest
        self._odd: dict[str, None] = {}
        self._right: dict[str, None] = {}

    def describe(self) -> str:
        """Which tags move."""
        if self._landed.tagged.contract is None:
            return f"the tags that follow in {self._landed.places()}, moved forward"
        tags = self._tags()
        return f"{_grouped(tags)}, moved forward" if tags else "no tag that moves"

    def names(self) -> tuple[str, ...]:
        """The moving tags in all repositories."""
        return tuple(landing.repository.at(tag) for landing, tag in self._tags())

    def _tags(self) -> list[tuple[Landing, str]]:
        return [
            (landing, tag)
            for landing in self._landed.landings()
            for tag in self._landed.fleet.tags(landing.image, self._landed.version).moving
        ]

    def there(self) -> tuple[str, ...]:
        """Those that were seen to be right, or were moved."""
        return tuple(self._right)

    def probe(self) -> Finding:
        """Done where every tag holds this release, or the version that it should hold instead."""
        if self._landed.tagged.contract is None:
            return Finding(State.ABSENT)
        decisions = [one for landing in self._landed.landings() for one in self._decide(landing)]
        is_left = any(one.is_move for one in decisions)
        # A tag that has moved is explained: what was odd about it before is still to be told.
        self._odd |= dict.fromkeys(one.warning for one in decisions if one.warning)
        told = self._odd or dict.fromkeys(
            f"{one.tag}: {one.reason}" for one in decisions if one.action is not Action.HELD
        )
        state = State.ABSENT if is_left else State.DONE
        return Finding(state, "; ".join(told), is_notable=bool(self._odd))

    def apply(self) -> str:
        """Move them, one after the other."""
        for landing in self._landed.landings():
            self._move(landing)
        return ""

    def _move(self, landing: Landing) -> None:
        """Move the tags of one image in one repository; looked at again where others moved one."""
        lost = ""
        for attempt in range(_TRIES):
            moves = [one for one in self._decide(landing) if one.is_move]
            seen = [self._moved(landing, one) for one in moves]
            beaten = [one for one in seen if one.condition is not Condition.PUBLISHED]
            if not beaten:
                return
            if any(one.condition is not Condition.CONFLICT for one in beaten):
                raise error(beaten[0])
            lost = beaten[0].detail
            self._rest(attempt)
        raise RaceError(f"the tags of {landing.repository} are moved all the time: {lost}", "")

    def _moved(self, landing: Landing, one: Decision) -> Sighting:
        registry = self._landed.fleet.registry
        seen = registry.move(landing.repository, one.tag, landing.digest, one.held)
        if seen.condition is Condition.PUBLISHED:
            self._right[landing.repository.at(one.tag)] = None
        return seen

    def _decide(self, landing: Landing) -> tuple[Decision, ...]:
        """What becomes of each tag."""
        tagged, fleet = self._landed.tagged, self._landed.fleet
        berth = Berth(fleet, landing.image, landing.repository)
        _, contract = tagged.promised()
        records = tagged.world.records_of(contract.package)
        place = place_of(berth, records, berth.tags_of(self._landed.version))
        decisions = decide(place, self._known(landing))
        right = (landing.repository.at(one.tag) for one in decisions if not one.is_move)
        self._right |= dict.fromkeys(right)
        return decisions

    def _known(self, landing: Landing) -> Known:
        """The release itself: its version tags are written, so it is complete."""
        _, contract = self._landed.tagged.promised()
        record = self._landed.tagged.record()
        if record is not None:
            return known_of(record, landing.digest, is_complete=True)
        is_maintenance = contract.channel == "maintenance"
        return Known(self._landed.version, landing.digest, is_maintenance=is_maintenance)


def _grouped(tags: Iterable[tuple[Landing, str]]) -> str:
    """Tags and where they are: those that several repositories share are named once."""
    by_place: dict[str, list[str]] = {}
    for landing, tag in tags:
        by_place.setdefault(str(landing.repository), []).append(tag)
    by_tags: dict[str, list[str]] = {}
    for place, names in by_place.items():
        by_tags.setdefault(", ".join(names), []).append(place)
    return "; ".join(f"{names} in {', '.join(places)}" for names, places in by_tags.items())


def _listed(seen: list[Sighting]) -> str:
    return "; ".join(
        f"{one.name} {one.condition.value}" + (f": {one.detail}" if one.detail else "")
        for one in seen
    )
