"""Anchorage: a place where moving tags stand, what is known there, and how they are moved.

There are three kinds: an image in one of its repositories, the tags of git's remote, and the
release that a forge shows as the latest.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tagboat.core.errors import ConflictError
from tagboat.core.forge import Condition as Shown
from tagboat.core.image_tag import TagRule
from tagboat.core.moving_tag import Decision, Held, Known, Place
from tagboat.core.record import Record
from tagboat.core.registry import Condition, error
from tagboat.core.tag import VersionTag
from tagboat.core.version import Version
from tagboat.core.withdrawal import known_of
from tagboat.ports import Move, Updates
from tagboat.use_cases.berths import Berth, digest_of, place_above
from tagboat.use_cases.steps.forge import Booth
from tagboat.use_cases.steps.moving_tags import Moorings
from tagboat.use_cases.steps.world import World

GIT = "git"
"""The name of the place that git's tags are."""
LATEST = TagRule.parse("latest")
"""The rule of the one release that a forge shows as the latest."""


class Anchorage(Protocol):
    """A place where moving tags stand. Every method raises TagboatError where it can't be seen."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def place(self, records: Sequence[Record], floor: Version | None) -> Place:
        """What it knows, and what the moving tags hold that a version not below ``floor`` may have.

        ``records`` are those of the package's releases.
        """
        ...

    def checked(self, known: Known) -> Known:
        """A version with its target, and with whether all of it is there."""
        ...

    def owns(self, decision: Decision) -> bool:
        """Whether a tag that moves is one of those here."""
        ...

    def move(self, decisions: Sequence[Decision]) -> str:
        """Move tags from what they were seen to hold; why others were quicker, or an empty text."""
        ...


class ImageTags:
    """The tags of an image in one repository."""

    def __init__(self, berth: Berth) -> None:
        self.berth = berth

    @property
    def name(self) -> str:
        """The repository."""
        return self.berth.name

    def place(self, records: Sequence[Record], floor: Version | None) -> Place:
        """What the records and the repository know, and its tags."""
        return place_above(self.berth, records, floor)

    def checked(self, known: Known) -> Known:
        """Look at every layer of a version's image."""
        target = known.target or digest_of(self.berth, known.version)
        if not target:
            return known._replace(is_complete=False)
        seen = self.berth.fleet.is_whole(self.berth.repository, target)
        if not seen.is_seen:
            raise error(seen)
        is_whole = seen.condition is Condition.PUBLISHED
        return known._replace(target=target, is_complete=known.is_complete and is_whole)

    def owns(self, decision: Decision) -> bool:
        """Whether it is a tag of this image, of several in one repository."""
        to = decision.to
        is_spelled = to is not None and decision.tag in self.berth.spelled(to.version)
        return decision.place == self.name and is_spelled

    def move(self, decisions: Sequence[Decision]) -> str:
        """Move them one after the other."""
        for one in decisions:
            target = one.to.target if one.to is not None else ""
            registry = self.berth.fleet.registry
            seen = registry.move(self.berth.repository, one.tag, target, one.held)
            if seen.condition is Condition.CONFLICT:
                return f"{seen.name}: {seen.detail}"
            if seen.condition is not Condition.PUBLISHED:
                raise error(seen)
        return ""


class GitTags:
    """Git's tags that follow the package's releases."""

    name = GIT

    def __init__(self, world: World, moorings: Moorings) -> None:
        self._world = world
        self._moorings = moorings

    def place(self, records: Sequence[Record], floor: Version | None) -> Place:
        """The versions that have a tag, and what the moving ones lead to."""
        refs = self._world.refs
        own = {tag.version: tag for tag in self._moorings.versions(refs)}
        versions = [version for version in own if not floor or version >= floor]
        names = dict.fromkeys(name for one in versions for name in self._moorings.spelled(one))
        taken = {tag.name for tag in own.values()}.intersection(names)
        if taken:
            raise ConflictError(
                f"the tag {min(taken)} is that of a version, and a moving tag as well",
                "spell release.moving_tags otherwise",
            )
        held = {name: Held(refs.tags[name].commit) for name in names if name in refs.tags}
        known = _known(own.values(), records, lambda tag: tag.commit)
        return Place(self.name, self._moorings.rules, known, held)

    def checked(self, known: Known) -> Known:
        """A tag that is there is all there is."""
        return known

    def owns(self, decision: Decision) -> bool:
        """Whether it is one of git's."""
        return decision.place == self.name

    def move(self, decisions: Sequence[Decision]) -> str:
        """Move all of them at once."""
        tags = self._world.refs.tags
        moves = tuple(
            Move(one.tag, one.to.target, tags[one.tag].object if one.tag in tags else "")
            for one in decisions
            if one.to is not None
        )
        lost = self._world.workshop.push(self._world.branch, Updates(moves=moves))
        self._world.forget()
        return lost


class ForgeLatest:
    """The release that a forge shows as the latest."""

    def __init__(self, booth: Booth, versions: Sequence[VersionTag]) -> None:
        """``versions`` are the tags of the package's versions on the remote."""
        self._booth = booth
        self._versions = versions

    @property
    def name(self) -> str:
        """The forge and the repository on it."""
        return self._booth.name

    def place(self, records: Sequence[Record], floor: Version | None) -> Place:  # noqa: ARG002 - there is one tag
        """The versions that have a tag, and which of them is shown."""
        latest = self._booth.open().latest_tag()
        held = {LATEST.template: Held(latest)} if latest else {}
        known = _known(self._versions, records, lambda tag: tag.name)
        return Place(self.name, (LATEST,), known, held)

    def checked(self, known: Known) -> Known:
        """A version can be shown once its release is public."""
        public = (Shown.PUBLISHED, Shown.HAND_EDITED, Shown.FOREIGN)
        is_public = self._booth.open().find(known.target).condition in public
        return known._replace(is_complete=known.is_complete and is_public)

    def owns(self, decision: Decision) -> bool:
        """Whether it is the forge's."""
        return decision.place == self.name

    def move(self, decisions: Sequence[Decision]) -> str:
        """Show another one."""
        forge = self._booth.open()
        for one in decisions:
            release = forge.find(one.to.target).release if one.to is not None else None
            if release is not None:
                forge.make_latest(release)
        return ""


def image_tags(berths: Iterable[Berth], records: Iterable[Record]) -> list[Anchorage]:
    """The images that were ever released there: a repository that is new holds no tag of ours."""
    released = {
        (name, place)
        for record in records
        for name, image in record.images.items()
        for place in image.repositories
    }
    return [ImageTags(one) for one in berths if (one.image.name, one.name) in released]


def forge_latest(
    booth: Booth, versions: Sequence[VersionTag]
) -> tuple[list[Anchorage], tuple[str, ...]]:
    """The forge, where it can be told which release is the latest; else what is to be said of that.

    ``versions`` are the tags of the package's versions on the remote.
    """
    latest = booth.open().latest_tag()
    if latest is None:
        return [], (f"{booth.name} chooses by itself which release is the latest",)
    if latest and latest not in {tag.name for tag in versions}:
        said = f"the latest release on {booth.name} is {latest}, which is none of this package's"
        return [], (f"{said}: it stays",)
    return [ForgeLatest(booth, versions)], ()


def _known(
    tags: Iterable[VersionTag], records: Iterable[Record], target: Callable[[VersionTag], str]
) -> tuple[Known, ...]:
    """The versions that git has; of those without a record, others made all."""
    recorded = {record.tag: record for record in records}
    found = {}
    for tag in tags:
        record = recorded.get(tag.name)
        if record is not None:
            found[tag.version] = known_of(record, target(tag), is_complete=record.is_complete)
        elif tag.version not in found:
            found[tag.version] = Known(tag.version, target(tag), is_ours=False)
    return tuple(found.values())
