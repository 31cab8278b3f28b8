"""Moving tag: which version each of them should hold, and what one release does to it.

The rules look at versions that are complete and not withdrawn; of those that a tag's rule covers
the highest holds it. A release moves its tags forward only: what a tag holds now and every version
that is known are looked at, so that a job that is late or runs again moves nothing backwards.

The same rules serve image repositories, git's ``v1`` and ``v1.2``, and the forge's latest release.
What a version's own tag leads to is its target: the digest of an image, a commit, a tag's name.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from tagboat.core.images.tags import TagRule
from tagboat.core.version.tag import semver
from tagboat.core.version.version import Version

LABEL = "org.opencontainers.image.version"
"""The label that says which version an image is: https://github.com/opencontainers/image-spec."""
_SOURCE = "org.opencontainers.image.source"


class Known(NamedTuple):
    """A version that git or the place knows.

    ``target`` is what its own tag leads to there, empty where it has none. ``is_ours`` says that
    tagboat released it, ``is_maintenance`` that a maintenance channel did; ``chosen`` are the tags
    that a rollback gave it, whatever its channel. ``is_complete`` says that everything of it is
    there. ``withdrawn_for`` is the version that users went back to when this one was withdrawn.
    """

    version: Version
    target: str = ""
    is_ours: bool = True
    is_maintenance: bool = False
    is_complete: bool = True
    withdrawn_for: Version | None = None
    chosen: frozenset[str] = frozenset()

    @property
    def is_withdrawn(self) -> bool:
        """Whether the rules pass it over until it is reinstated."""
        return self.withdrawn_for is not None

    @property
    def is_visible(self) -> bool:
        """Whether a moving tag may hold it."""
        return self.is_complete and not self.is_withdrawn


class Held(NamedTuple):
    """What a tag holds now: its target, and the version that the image's label tells."""

    target: str
    label: str = ""


_NOTHING = Held("")


class TagPlace(NamedTuple):
    """Where tags stand: one image in one repository, git's remote, or the forge.

    ``known`` has every version that git or the place knows, each once; ``held`` what the moving
    tags hold now, by name, without those that are not there.
    """

    name: str
    rules: tuple[TagRule, ...]
    known: tuple[Known, ...]
    held: Mapping[str, Held]


class Action(Enum):
    """What becomes of a moving tag."""

    FIRST = "first"
    """It is made: there is none of its name yet."""
    MOVE = "move"
    """It moves."""
    HELD = "held"
    """It holds the right version already."""
    STAYS = "stays"
    """It belongs to another version than the one released."""
    LEFT = "left"
    """Every version that it could hold is withdrawn or not complete: it stays where it is."""


class Decision(NamedTuple):
    """What becomes of one tag in one place, and why.

    ``source`` is the version it holds now, None where no version explains it or it is not there;
    ``held`` is the target it holds now. ``to`` is the version that it should hold, None where there
    is none. ``warning`` is what a person should know, or empty.
    """

    place: str
    tag: str
    action: Action
    source: Version | None
    held: str
    to: Known | None
    reason: str
    warning: str = ""

    @property
    def is_move(self) -> bool:
        """Whether the tag has to be written."""
        return self.action in (Action.FIRST, Action.MOVE)


def covered(place: TagPlace, known: Known) -> Iterator[tuple[TagRule, str]]:
    """The moving tags that may hold a version, with their rules."""
    for rule in place.rules:
        tag = None if rule.is_once else rule.spell(known.version)
        if tag is None or (rule.is_latest and known.is_maintenance and tag not in known.chosen):
            continue
        yield rule, tag


def standing(place: TagPlace) -> dict[str, Known]:
    """The version that each moving tag should hold; tags with none are left out."""
    holders: dict[str, Known] = {}
    for known in place.known:
        if known.is_visible:
            for _, tag in covered(place, known):
                if tag not in holders or holders[tag].version < known.version:
                    holders[tag] = known
    return holders


def holder(place: TagPlace, tag: str) -> Version | None:
    """The version that a tag holds now; None where it is not there or no version explains it.

    A version of ours with the tag's target explains it. Else its image's label does, even one of a
    version that nobody knows; else any version with its target. Where several have the target it is
    the highest of them.
    """
    held = place.held.get(tag)
    if held is None:
        return None
    same = [known for known in place.known if known.target and known.target == held.target]
    ours = [known.version for known in same if known.is_ours]
    told = semver(held.label.removeprefix("v"))
    if not ours and told is not None:
        return told
    return max(ours or [known.version for known in same], default=None)


def label_version(labels: Mapping[str, str], source: str) -> str:
    """The version that an image's labels tell, or an empty text.

    Labels are inherited: those that name another source than the repository's own address are of
    the base image, and say nothing.
    """
    named = labels.get(_SOURCE, "")
    if source and named and _comparable(named) != _comparable(source):
        return ""
    return labels.get(LABEL, "")


def decide_all(place: TagPlace, release: Known) -> tuple[Decision, ...]:
    """What becomes of each moving tag when a version is released there, again or at last.

    ``release`` is taken as it is given, whether or not ``place`` knows the version.
    """
    others = tuple(known for known in place.known if known.version != release.version)
    place = place._replace(known=(*others, release))
    wanted = standing(place)
    tags = dict.fromkeys(tag for _, tag in covered(place, release))
    return tuple(_decision(place, tag, release, wanted.get(tag)) for tag in tags)


def decisions_at(place: TagPlace) -> tuple[Decision, ...]:
    """What the rules make of every moving tag that some version may hold.

    `Action.HELD` says that a tag is right, `Action.LEFT` that nothing is left that it could hold;
    with any other the tag has drifted.
    """
    wanted = standing(place)
    tags = dict.fromkeys(tag for known in place.known for _, tag in covered(place, known))
    told = (tag for tag in tags if tag in wanted or tag in place.held)
    return tuple(
        decide_one(place, tag, wanted[tag]) if tag in wanted else left(place, tag) for tag in told
    )


def decide_one(place: TagPlace, tag: str, to: Known) -> Decision:
    """Let a tag hold a version, unless it holds a higher one that is not withdrawn."""
    now = _as_is(place, tag)._replace(to=to)
    if tag not in place.held:
        return now._replace(action=Action.FIRST, reason="there is none yet")
    if now.held == to.target:
        return now._replace(action=Action.HELD, source=to.version, reason="it holds that")
    if now.source is None:
        return _unexplained(place, now, to)
    if now.source > to.version:
        named = [known for known in place.known if known.version == now.source]
        if not any(known.is_withdrawn for known in named):
            warning = "" if named else f"nothing but the label of {now.held} tells of {now.source}"
            reason = f"it holds {now.source}, which is higher"
            return now._replace(reason=reason, warning=warning)
    return now._replace(action=Action.MOVE, reason=_highest_told(to))


def _unexplained(place: TagPlace, now: Decision, to: Known) -> Decision:
    """Move a tag that no version explains, unless it may hold a higher one, complete or not."""
    warning = f"no version explains what {now.tag} of {place.name} holds: {now.held}"
    higher = [
        known.version
        for known in place.known
        if known.version > to.version
        and not known.is_withdrawn
        and any(tag == now.tag for _, tag in covered(place, known))
    ]
    if higher:
        return now._replace(reason=f"it may hold {max(higher)}, which is higher", warning=warning)
    return now._replace(action=Action.MOVE, reason=_highest_told(to), warning=warning)


def left(place: TagPlace, tag: str) -> Decision:
    """A tag that no version may hold, which stays where it is."""
    reason = "every version that it could hold is withdrawn or not complete"
    return _as_is(place, tag)._replace(action=Action.LEFT, reason=reason)


def _as_is(place: TagPlace, tag: str) -> Decision:
    """A tag as it is, which stays so."""
    held = place.held.get(tag, _NOTHING)
    return Decision(place.name, tag, Action.STAYS, holder(place, tag), held.target, None, "")


def _decision(place: TagPlace, tag: str, release: Known, wanted: Known | None) -> Decision:
    """What a release does to a tag that ``wanted`` should hold."""
    now = _as_is(place, tag)._replace(to=wanted)
    if release.is_withdrawn:
        return now._replace(reason=f"{release.version} is withdrawn")
    if wanted is None or not release.is_complete:
        return now._replace(reason=f"{release.version} is not complete")
    if wanted.version > release.version:
        return now._replace(reason=f"{wanted.version} is higher")
    return decide_one(place, tag, release)


def _highest_told(to: Known) -> str:
    return f"{to.version} is the highest"


def _comparable(address: str) -> str:
    """An address as it can be compared: without its scheme, its ending and letter case."""
    rest = address.rpartition("://")[2].rstrip("/").removesuffix(".git")
    return rest.lower()
