"""TagLocation: a place where moving tags stand, what is known there, and how they are moved.

There are three kinds: an image in one of its repositories, the tags of git's remote, and the
release that a forge shows as the latest.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tagboat.core.errors import ConflictError
from tagboat.core.forge.release import ReleaseStatus
from tagboat.core.images.registry import TagStatus, error
from tagboat.core.images.tags import TagRule
from tagboat.core.record.moving_tag import Decision, Held, Known, TagPlace
from tagboat.core.record.record import Record
from tagboat.core.record.rollback import known_of
from tagboat.core.step import Lost
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.ports.publishing import Move, Publisher, Updates
from tagboat.use_cases.images.repositories import ImageRepository, place_above, version_digest
from tagboat.use_cases.steps.moving_tags import MovingGitTags
from tagboat.use_cases.steps.publishing import ForgeTarget
from tagboat.use_cases.steps.remote_state import RemoteState

GIT = "git"
"""The name of the place that git's tags are."""
LATEST = TagRule.parse("latest")
"""The rule of the one release that a forge shows as the latest."""


class TagLocation(Protocol):
    """A place where moving tags stand. Every method raises TagboatError where it can't be seen."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def place(self, records: Sequence[Record], floor: Version | None) -> TagPlace:
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

    def move(self, decisions: Sequence[Decision]) -> Lost | None:
        """Move tags from what they were seen to hold, unless others were quicker."""
        ...


class ImageTagLocation:
    """The tags of an image in one repository."""

    def __init__(self, kept: ImageRepository) -> None:
        self.kept = kept

    @property
    def name(self) -> str:
        """The repository."""
        return self.kept.name

    def place(self, records: Sequence[Record], floor: Version | None) -> TagPlace:
        """What the records and the repository know, and its tags."""
        return place_above(self.kept, records, floor)

    def checked(self, known: Known) -> Known:
        """Look at every layer of a version's image."""
        target = known.target or version_digest(self.kept, known.version)
        if not target:
            return known._replace(is_complete=False)
        seen = self.kept.published_images.is_whole(self.kept.repository, target)
        if not seen.is_seen:
            raise error(seen)
        is_whole = seen.condition is TagStatus.PUBLISHED
        return known._replace(target=target, is_complete=known.is_complete and is_whole)

    def owns(self, decision: Decision) -> bool:
        """Whether it is a tag of this image, of several in one repository."""
        to = decision.to
        is_spelled = to is not None and decision.tag in self.kept.spelled(to.version)
        return decision.place == self.name and is_spelled

    def move(self, decisions: Sequence[Decision]) -> Lost | None:
        """Move them one after the other."""
        for one in decisions:
            target = one.to.target if one.to is not None else ""
            registry = self.kept.published_images.registry
            seen = registry.move(self.kept.repository, one.tag, target, one.held)
            if seen.condition is TagStatus.CONFLICT:
                return Lost(f"{seen.name}: {seen.detail}")
            if seen.condition is not TagStatus.PUBLISHED:
                raise error(seen)
        return None


class GitTagLocation:
    """Git's tags that follow the package's releases."""

    name = GIT

    def __init__(
        self, remote_state: RemoteState, moving_git_tags: MovingGitTags, publisher: Publisher
    ) -> None:
        self._remote_state = remote_state
        self._moving_git_tags = moving_git_tags
        self._publisher = publisher

    def place(self, records: Sequence[Record], floor: Version | None) -> TagPlace:
        """The versions that have a tag, and what the moving ones lead to."""
        refs = self._remote_state.refs
        own = {tag.version: tag for tag in self._moving_git_tags.versions(refs)}
        versions = [version for version in own if not floor or version >= floor]
        names = dict.fromkeys(
            name for one in versions for name in self._moving_git_tags.spelled(one)
        )
        taken = {tag.name for tag in own.values()}.intersection(names)
        if taken:
            raise ConflictError(
                f"the tag {min(taken)} is that of a version, and a moving tag as well",
                "spell release.moving_tags otherwise",
            )
        held = {name: Held(refs.tags[name].commit) for name in names if name in refs.tags}
        known = _known(own.values(), records, lambda tag: tag.commit)
        return TagPlace(self.name, self._moving_git_tags.rules, known, held)

    def checked(self, known: Known) -> Known:
        """A tag that is there is all there is."""
        return known

    def owns(self, decision: Decision) -> bool:
        """Whether it is one of git's."""
        return decision.place == self.name

    def move(self, decisions: Sequence[Decision]) -> Lost | None:
        """Move all of them at once."""
        tags = self._remote_state.refs.tags
        moves = tuple(
            Move(one.tag, one.to.target, tags[one.tag].object if one.tag in tags else "")
            for one in decisions
            if one.to is not None
        )
        lost = self._publisher.push(self._remote_state.branch, Updates(moves=moves))
        self._remote_state.forget()
        return lost


class ForgeLatestLocation:
    """The release that a forge shows as the latest."""

    def __init__(self, forge_target: ForgeTarget, versions: Sequence[VersionTag]) -> None:
        """``versions`` are the tags of the package's versions on the remote."""
        self._forge_target = forge_target
        self._versions = versions

    @property
    def name(self) -> str:
        """The forge and the repository on it."""
        return self._forge_target.name

    def place(self, records: Sequence[Record], floor: Version | None) -> TagPlace:  # noqa: ARG002 - there is one tag
        """The versions that have a tag, and which of them is shown."""
        latest = self._forge_target.open().latest_tag()
        held = {LATEST.template: Held(latest)} if latest else {}
        known = _known(self._versions, records, lambda tag: tag.name)
        return TagPlace(self.name, (LATEST,), known, held)

    def checked(self, known: Known) -> Known:
        """A version can be shown once its release is public."""
        public = (ReleaseStatus.PUBLISHED, ReleaseStatus.HAND_EDITED, ReleaseStatus.FOREIGN)
        is_public = self._forge_target.open().find(known.target).condition in public
        return known._replace(is_complete=known.is_complete and is_public)

    def owns(self, decision: Decision) -> bool:
        """Whether it is the forge's."""
        return decision.place == self.name

    def move(self, decisions: Sequence[Decision]) -> None:
        """Show another one."""
        forge = self._forge_target.open()
        for one in decisions:
            release = forge.find(one.to.target).release if one.to is not None else None
            if release is not None:
                forge.make_latest(release)


def image_tag_locations(
    all_kept: Iterable[ImageRepository], records: Iterable[Record]
) -> list[TagLocation]:
    """The images that were ever released there: a repository that is new holds no tag of ours."""
    released = {
        (name, place)
        for record in records
        for name, image in record.images.items()
        for place in image.repositories
    }
    return [ImageTagLocation(one) for one in all_kept if (one.image.name, one.name) in released]


def forge_latest(
    forge_target: ForgeTarget, versions: Sequence[VersionTag]
) -> tuple[list[TagLocation], tuple[str, ...]]:
    """The forge, where it can be told which release is the latest; else what is to be said of that.

    ``versions`` are the tags of the package's versions on the remote. One of a package that is not
    to be the latest moves back where it is, as one that was the primary package left it.
    """
    latest = forge_target.open().latest_tag()
    if latest is None:
        return [], (f"{forge_target.name} chooses by itself which release is the latest",)
    if latest and latest not in {tag.name for tag in versions}:
        where = f"the latest release on {forge_target.name}"
        said = f"{where} is {latest}, which is none of this package's"
        return [], (f"{said}: it stays",)
    if not latest and not forge_target.releases.package.is_forge_latest:
        return [], ()
    return [ForgeLatestLocation(forge_target, versions)], ()


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
