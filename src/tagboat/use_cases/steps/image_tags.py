"""The steps that give images their names: those written once, then those that move forward."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain

from tagboat.core.errors import RaceError
from tagboat.core.images.registry import (
    Depth,
    ExpectedContent,
    Inspection,
    TagStatus,
    error,
    kept_damaged,
    nowhere_whole,
    signature_tag,
)
from tagboat.core.record.moving_tag import Decision, decide_all
from tagboat.core.record.record import Record
from tagboat.core.step import Finding, Lost, State
from tagboat.ports.publishing import Clock
from tagboat.use_cases.images.repositories import ImageRepository, place_of
from tagboat.use_cases.retry import RETRY, is_settled, until
from tagboat.use_cases.steps.moving_tags import finding_of, known_release
from tagboat.use_cases.steps.published import SPOILT, ImagePlacement, ReleasedImages


class WriteTags:
    """Each version tag holds the promised digest in every repository; none is ever overwritten."""

    name = "version-tags"
    is_courtesy = False

    def __init__(self, released_images: ReleasedImages) -> None:
        self._released_images = released_images
        self._written: dict[str, None] = {}

    def describe(self) -> str:
        """Which tags are written where."""
        if self._released_images.tagged.contract is None:
            return f"the version's tags in {self._released_images.places()}, written once"
        return f"{_tags_by_place(self._released_images.once())}, written once"

    def names(self) -> tuple[str, ...]:
        """The version's tags in all repositories."""
        return tuple(
            placement.repository.at(tag) for placement, tag in self._released_images.once()
        )

    def there(self) -> tuple[str, ...]:
        """Those that were seen to hold what was promised."""
        return tuple(self._written)

    def probe(self) -> Finding:
        """Done where each holds the digest, all of it; a conflict where one holds another."""
        if self._released_images.tagged.contract is None:
            return Finding(State.ABSENT)
        looks = self._look_all(tuple(self._released_images.once()))
        other = (TagStatus.CONFLICT, TagStatus.FOREIGN)
        taken = [seen for seen in looks if seen.condition in other]
        if taken:
            return Finding(State.CONFLICT, _tags_told(taken))
        # What its tag holds was judged before the push; here it matters what a registry lost since.
        wholes = self._released_images.wholes().values()
        # A registry that keeps tags beside images may go on telling a tag of an index that is gone.
        spoilt = [seen for seen in wholes if seen.condition in SPOILT]
        spoilt += [one.seen for one in self._released_images.lost_signatures()]
        lacking = [seen for seen in looks if seen.condition is not TagStatus.PUBLISHED]
        unseen = [seen for seen in wholes if not seen.is_seen]
        is_unseen = not any(one.is_seen for one in (*lacking, *spoilt)) and bool(lacking or unseen)
        state = State.ABSENT if lacking or spoilt or unseen else State.DONE
        return Finding(state, _tags_told([*lacking, *spoilt, *unseen]), is_unseen=is_unseen)

    def apply(self) -> None:
        """Bring each image to where it is not whole, write missing tags, bring lost signatures."""
        wholes = self._released_images.wholes()
        for placement, tag in self._released_images.once():
            seen = self._look(placement, tag)
            whole = wholes[placement]
            if not whole.is_seen:
                raise error(whole)
            if whole.condition is not TagStatus.PUBLISHED:
                wholes[placement] = self._copy(placement, wholes)
            if seen.condition is TagStatus.PUBLISHED:
                continue
            if seen.condition is not TagStatus.ABSENT:
                raise error(seen)
            self._write(placement, tag)
        self._copy_signatures()

    def _copy_signatures(self) -> None:
        """Bring signatures to where they were lost."""
        registry = self._released_images.published_images.registry
        for (_, place, digest), _, source, signatures in self._released_images.lost_signatures():
            copied = registry.copy(source, signatures, place, signature_tag(digest))
            if copied.condition is not TagStatus.PUBLISHED:
                raise kept_damaged(copied) if copied.is_seen else error(copied)

    def _write(self, placement: ImagePlacement, tag: str) -> None:
        registry = self._released_images.published_images.registry
        written = self._noted(registry.tag_once(placement.repository, tag, placement.digest))
        if written.condition is not TagStatus.PUBLISHED:
            raise error(written)

    def _copy(
        self, placement: ImagePlacement, wholes: Mapping[ImagePlacement, Inspection]
    ) -> Inspection:
        """Copy the image from where it still is, under a tag that nobody follows.

        A copy overwrites what its tag holds, so it is never given the version's own.
        """
        tag = f"tagboat-{placement.digest.removeprefix('sha256:')[:12]}"
        registry = self._released_images.published_images.registry
        for source, is_whole in self._released_images.sources(placement, wholes):
            copied = registry.copy(source, placement.digest, placement.repository, tag)
            if copied.condition is TagStatus.PUBLISHED:
                return copied
            if is_whole and not (copied.is_seen and copied.name == source.at(placement.digest)):
                raise kept_damaged(copied) if copied.is_seen else error(copied)
        raise nowhere_whole(wholes[placement])

    def _look_all(self, tags: Sequence[tuple[ImagePlacement, str]]) -> list[Inspection]:
        looks = [partial(self._look, placement, tag) for placement, tag in tags]
        return self._released_images.published_images.registry.at_once(looks)

    def _look(self, placement: ImagePlacement, tag: str) -> Inspection:
        wanted, registry = (
            ExpectedContent(placement.digest),
            self._released_images.published_images.registry,
        )
        return self._noted(registry.look(placement.repository, tag, wanted, Depth.DIGEST))

    def _noted(self, seen: Inspection) -> Inspection:
        """Take note of a tag that is there."""
        if seen.condition is TagStatus.PUBLISHED:
            self._written[seen.name] = None
        return seen


class MoveImageTags:
    """Each moving tag leads to the release, unless it belongs to a higher version."""

    name = "image-tags"
    is_courtesy = False

    def __init__(self, released_images: ReleasedImages, clock: Clock) -> None:
        self._released_images = released_images
        self._clock = clock
        self._odd: dict[str, None] = {}
        self._right: dict[str, None] = {}

    def describe(self) -> str:
        """Which tags move."""
        if self._released_images.tagged.contract is None:
            return f"the tags that follow in {self._released_images.places()}, moved forward"
        tags = self._tags()
        return f"{_tags_by_place(tags)}, moved forward" if tags else "no tag that moves"

    def names(self) -> tuple[str, ...]:
        """The moving tags in all repositories."""
        return tuple(placement.repository.at(tag) for placement, tag in self._tags())

    def _tags(self) -> list[tuple[ImagePlacement, str]]:
        return [
            (placement, tag)
            for placement in self._released_images.landings()
            for tag in self._released_images.published_images.tags(
                placement.image, self._released_images.version
            ).moving
        ]

    def there(self) -> tuple[str, ...]:
        """Those that were seen to be right, or were moved."""
        return tuple(self._right)

    def probe(self) -> Finding:
        """Done where every tag holds this release, or the version that it should hold instead."""
        if self._released_images.tagged.contract is None:
            return Finding(State.ABSENT)
        looks = [
            partial(self._decide, placement, self._records())
            for placement in self._released_images.landings()
        ]
        found = self._released_images.published_images.registry.at_once(looks)
        return finding_of(chain.from_iterable(found), self._odd)

    def apply(self) -> None:
        """Move them, one after the other."""
        for placement in self._released_images.landings():
            self._move(placement)

    def _move(self, placement: ImagePlacement) -> None:
        """Move the tags of one image in one repository; looked at again where others moved one."""
        attempt = partial(self._move_once, placement)
        lost = until(is_settled, lambda _: attempt(), self._clock.back_off, RETRY.moves)
        if lost is not None:
            where = f"the tags of {placement.repository}"
            raise RaceError(f"{where} are moved all the time: {lost.reason}", "")

    def _move_once(self, placement: ImagePlacement) -> Lost | None:
        """One try."""
        moves = [one for one in self._decide(placement, self._records()) if one.is_move]
        seen = [self._moved(placement, one) for one in moves]
        beaten = [one for one in seen if one.condition is not TagStatus.PUBLISHED]
        if any(one.condition is not TagStatus.CONFLICT for one in beaten):
            raise error(beaten[0])
        return Lost(beaten[0].detail) if beaten else None

    def _moved(self, placement: ImagePlacement, one: Decision) -> Inspection:
        registry = self._released_images.published_images.registry
        seen = registry.move(placement.repository, one.tag, placement.digest, one.held)
        if seen.condition is TagStatus.PUBLISHED:
            self._right[placement.repository.at(one.tag)] = None
        return seen

    def _records(self) -> tuple[Record, ...]:
        """What is recorded of the package's releases."""
        tagged = self._released_images.tagged
        return tuple(tagged.remote_state.records_of(tagged.promised()[1].package))

    def _decide(self, placement: ImagePlacement, records: Sequence[Record]) -> tuple[Decision, ...]:
        """What becomes of each tag."""
        tagged, published_images = (
            self._released_images.tagged,
            self._released_images.published_images,
        )
        kept = ImageRepository(published_images, placement.image, placement.repository)
        place = place_of(kept, records, kept.tags_of(self._released_images.version))
        decisions = decide_all(place, known_release(tagged, placement.digest))
        right = (placement.repository.at(one.tag) for one in decisions if not one.is_move)
        self._right |= dict.fromkeys(right)
        return decisions


def _tags_by_place(tags: Iterable[tuple[ImagePlacement, str]]) -> str:
    """Tags and where they are: those that several repositories share are named once."""
    by_place: dict[str, list[str]] = {}
    for placement, tag in tags:
        by_place.setdefault(str(placement.repository), []).append(tag)
    by_tags: dict[str, list[str]] = {}
    for place, names in by_place.items():
        by_tags.setdefault(", ".join(names), []).append(place)
    return "; ".join(f"{names} in {', '.join(places)}" for names, places in by_tags.items())


def _tags_told(seen: list[Inspection]) -> str:
    return "; ".join(
        f"{one.name} {one.condition.value}" + (f": {one.detail}" if one.detail else "")
        for one in seen
    )
