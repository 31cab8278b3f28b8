"""The step that moves git tags such as ``v1`` and ``v1.2`` to a release, forward only.

They are lightweight: the same ref whoever makes it, and ``git describe`` passes it over.
"""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.errors import ConflictError, RaceError
from tagboat.core.images.tags import TagRule
from tagboat.core.record.moving_tag import (
    Action,
    Decision,
    Held,
    Known,
    TagPlace,
    covered,
    decide_all,
)
from tagboat.core.record.rollback import known_of
from tagboat.core.step import Finding, Lost, State
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.ports.publishing import Clock, Move, Publisher, RemoteRefs, RemoteTag, Updates
from tagboat.use_cases.retry import given_up, is_settled, until
from tagboat.use_cases.steps.published import PackageReleases, PublishedRelease


class MovingGitTags(NamedTuple):
    """The rules of a package's moving tags, and its releases."""

    rules: tuple[TagRule, ...]
    releases: PackageReleases

    def versions(self, refs: RemoteRefs) -> tuple[VersionTag, ...]:
        """Those tags of the remote that are versions of the package."""
        return self.releases.tagging(refs).tags

    def spelled(self, version: Version) -> tuple[str, ...]:
        """The moving tags that a version may have."""
        return tuple(dict.fromkeys(tag for rule in self.rules if (tag := rule.spell(version))))


def known_release(tagged: PublishedRelease, target: str) -> Known:
    """A public release as moving tags know it: complete, with what its record tells."""
    _, contract = tagged.promised()
    record = tagged.record()
    if record is not None:
        return known_of(record, target, is_complete=True)
    is_maintenance = contract.channel == "maintenance"
    return Known(Version.parse(contract.version), target, is_maintenance=is_maintenance)


def finding_of(decisions: Iterable[Decision], odd: dict[str, None]) -> Finding:
    """Whether a tag is left to move; ``odd`` keeps what a person should know of the tags.

    A tag that has moved is explained: what was odd about it before is still to be told.
    """
    decided = tuple(decisions)
    odd |= dict.fromkeys(one.warning for one in decided if one.warning)
    told = odd or dict.fromkeys(
        f"{one.tag}: {one.reason}" for one in decided if one.action is not Action.HELD
    )
    state = State.ABSENT if any(one.is_move for one in decided) else State.DONE
    return Finding(state, "; ".join(told), is_notable=bool(odd) and state is State.DONE)


class MoveTags:
    """Each moving tag of a public release leads to it, unless it belongs to a higher version."""

    name = "moving-tags"
    is_courtesy = False

    def __init__(
        self,
        tagged: PublishedRelease,
        moving_git_tags: MovingGitTags,
        publisher: Publisher,
        clock: Clock,
    ) -> None:
        self._tagged = tagged
        self._moving_git_tags = moving_git_tags
        self._publisher = publisher
        self._clock = clock
        self._odd: dict[str, None] = {}

    def describe(self) -> str:
        """Which tags move where, as the release's name alone tells."""
        name = self._tagged.name
        alone = RemoteRefs(None, {name: RemoteTag(name, "", "")}, None)
        tags = [
            tag
            for found in self._moving_git_tags.versions(alone)
            for tag in self._moving_git_tags.spelled(found.version)
        ]
        return f"{', '.join(tags) or 'no tag'} moved forward to {name}"

    def names(self) -> tuple[str, ...]:
        """All of them together: they move at once."""
        return (self.describe(),)

    def there(self) -> tuple[str, ...]:
        """None of them, as they move at once."""
        return ()

    def probe(self) -> Finding:
        """Done where every tag holds this release, or a version that it should hold instead."""
        if self._tagged.contract is None:
            return Finding(State.ABSENT)
        decisions = self._decisions()
        taken = self._taken(decisions)
        if taken:
            return Finding(State.CONFLICT, f"{', '.join(taken)} is the tag of a version")
        return finding_of(decisions, self._odd)

    def apply(self) -> None:
        """Move the tags, all at once, unless others move them in the same moment."""
        lost = until(is_settled, self._push, self._clock.back_off)
        if lost is not None:
            told = f"the tags of {self._tagged.name} could not be moved"
            raise given_up(lost, RaceError(f"{told}: {lost.reason}", "run it again"), told)

    def _push(self, _: int) -> Lost | None:
        """One try; looked at again next time."""
        remote_state, moves = self._tagged.remote_state, self._moves()
        if not moves:
            return None
        lost = self._publisher.push(remote_state.branch, Updates(moves=moves))
        remote_state.forget()
        return lost

    def _moves(self) -> tuple[Move, ...]:
        """What has to be pushed, with what was seen there."""
        tag, _ = self._tagged.promised()
        decisions, tags = self._decisions(), self._tagged.remote_state.refs.tags
        if self._taken(decisions):
            raise ConflictError(f"{self._taken(decisions)[0]} is the tag of a version")
        return tuple(
            Move(one.tag, tag.commit, tags[one.tag].object if one.tag in tags else "")
            for one in decisions
            if one.is_move
        )

    def _taken(self, decisions: Iterable[Decision]) -> list[str]:
        """The moving tags that stand in the place of a version's own."""
        own = {tag.name for tag in self._moving_git_tags.versions(self._tagged.remote_state.refs)}
        return [one.tag for one in decisions if one.tag in own]

    def _decisions(self) -> tuple[Decision, ...]:
        """What becomes of each tag."""
        tag, contract = self._tagged.promised()
        refs, version = self._tagged.remote_state.refs, Version.parse(contract.version)
        held = {
            name: Held(refs.tags[name].commit)
            for name in self._moving_git_tags.spelled(version)
            if name in refs.tags
        }
        known = tuple(self._known(found, version) for found in self._moving_git_tags.versions(refs))
        place = TagPlace("git", self._moving_git_tags.rules, known, held)
        return decide_all(place, known_release(self._tagged, tag.commit))

    def _known(self, found: VersionTag, version: Version) -> Known:
        """A version of the package; what happened to it matters where it is above the release."""
        plain = Known(found.version, found.commit)
        if found.version <= version or not self._may_share(plain, version):
            return plain
        other = PublishedRelease(self._tagged.remote_state, found.name)
        record = other.record()
        if record is None:
            contract = other.contract
            is_maintenance = contract is not None and contract.channel == "maintenance"
            return plain._replace(is_ours=contract is not None, is_maintenance=is_maintenance)
        return known_of(record, found.commit, is_complete=record.is_complete)

    def _may_share(self, known: Known, version: Version) -> bool:
        """Whether a version may have one of the tags that another may have."""
        spelled = self._moving_git_tags.spelled(version)
        place = TagPlace("git", self._moving_git_tags.rules, (), {})
        return any(tag in spelled for _, tag in covered(place, known))
