"""Withdrawal: versions that users are moved away from, and back to.

A rollback to a version finds the narrowest of its moving tags that belong to a higher version,
withdraws every version above it that this tag may hold, and lets the rules say again, over what is
not withdrawn, where the tags of those versions lead: in every repository, for git's moving tags and
for the forge's latest release. Only versions are marked. So the next release moves on as usual, and
a withdrawn one that runs again moves nothing.

A rollback that runs again finishes what it began, and does not go on to a wider tag: to 1.2.3 once
more, when ``1.2`` leads there already, leaves ``latest`` alone. A wider tag is asked for by name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.record.moving_tag import (
    Decision,
    Known,
    TagPlace,
    covered,
    decide_all,
    decide_one,
    holder,
    left,
    standing,
)
from tagboat.core.record.record import REINSTATED, ROLLED_BACK, WITHDRAWN, Event, MovedTag, Record
from tagboat.core.version.version import Version


class Rollback(NamedTuple):
    """What a rollback does, as data.

    ``tags`` are the narrowest ones, which it is about; there are none where nothing is to be rolled
    back. ``withdrawn`` are the versions that it withdraws, lowest first, without those that were
    withdrawn before. ``decisions`` tell what becomes of each tag, place by place.
    """

    version: Version
    tags: tuple[str, ...]
    withdrawn: tuple[Version, ...]
    decisions: tuple[Decision, ...]


class Reinstatement(NamedTuple):
    """The end of a version's withdrawal, as data; ``source`` is what users went back to."""

    version: Version
    source: Version
    decisions: tuple[Decision, ...]


class Signed(NamedTuple):
    """Who does it, when (in seconds since 1970), and the reason that was given."""

    time: int
    who: str
    why: str = ""


def known_of(record: Record, target: str, *, is_complete: bool) -> Known:
    """The version of a record as the rules want to know it; ``target`` is that of its own tag."""
    went_to = record.withdrawn_for or record.version
    return Known(
        Version.parse(record.version),
        target,
        is_maintenance=record.is_maintenance,
        is_complete=is_complete,
        withdrawn_for=Version.parse(went_to) if record.is_withdrawn else None,
        chosen=record.chosen,
    )


def plan_rollback(places: Sequence[TagPlace], version: Version, tag: str = "") -> Rollback:
    """Plan the way back to a version, from what the narrowest tag holds, or from what ``tag`` does.

    Raises RepositoryError where the version is not complete everywhere or is withdrawn itself,
    UsageError where ``tag`` is none of its moving tags.
    """
    _refuse(places, version)
    tags = _about(places, version, tag)
    leaving = _leaving(places, version, tags)
    decisions = [one for place in places for one in _decisions(place, version, tags, leaving)]
    known = [one for place in places for one in place.known]
    withdrawn = leaving.difference(one.version for one in known if one.is_withdrawn)
    return Rollback(version, tags, tuple(sorted(withdrawn)), tuple(decisions))


def plan_reinstatement(places: Sequence[TagPlace], version: Version) -> Reinstatement:
    """Plan the end of a withdrawal: the version's tags move to it where it is the highest.

    Raises RepositoryError where the version is not withdrawn.
    """
    found = [
        (place, known) for place in places for known in place.known if known.version == version
    ]
    sources = [known.withdrawn_for for _, known in found if known.withdrawn_for is not None]
    if not sources:
        withdrawn = {one.version for place in places for one in place.known if one.is_withdrawn}
        names = ", ".join(map(str, sorted(withdrawn)))
        raise RepositoryError(
            f"version {version} is not withdrawn",
            f"these are: {names}" if names else "no version is",
        )
    decisions = [
        decision
        for place, known in found
        for decision in decide_all(place, known._replace(withdrawn_for=None))
    ]
    return Reinstatement(version, sources[0], tuple(decisions))


def rollback_events(
    done: Rollback, signed: Signed, keeper: Version | None = None
) -> dict[Version, Event]:
    """The events of a rollback, for the record of each version that is withdrawn and of its own.

    They are to be kept before a tag moves, so that the next run finishes what this one began; none
    where nothing changes. A version that others released has no record: that of ``keeper``, which
    is withdrawn for it, tells where its tags went.
    """
    moves = _moves(done.decisions)
    if not done.withdrawn and not moves:
        return {}
    source = str(done.withdrawn[-1]) if done.withdrawn else ""
    event = Event(
        time=signed.time,
        kind=WITHDRAWN,
        who=signed.who,
        why=signed.why,
        source=source,
        to=str(done.version),
        tags=done.tags,
    )
    events = dict.fromkeys(done.withdrawn, event)
    if keeper is not None:
        return events | {keeper: replace(event, source=source or str(keeper), moves=moves)}
    return events | {done.version: replace(event, kind=ROLLED_BACK, moves=moves)}


def reinstatement_event(done: Reinstatement, signed: Signed) -> Event:
    """The event for the record of the version."""
    return Event(
        time=signed.time,
        kind=REINSTATED,
        who=signed.who,
        why=signed.why,
        source=str(done.source),
        to=str(done.version),
        moves=_moves(done.decisions),
    )


def _moves(decisions: Iterable[Decision]) -> tuple[MovedTag, ...]:
    return tuple(
        MovedTag(
            place=one.place,
            tag=one.tag,
            source="" if one.source is None else str(one.source),
            to=str(one.to.version),
            held=one.held,
            target=one.to.target,
        )
        for one in decisions
        if one.is_move and one.to is not None
    )


def _refuse(places: Sequence[TagPlace], version: Version) -> None:
    """Raise where users can't be moved to a version."""
    found = [known for place in places for known in place.known if known.version == version]
    if not found:
        raise RepositoryError(f"there is no version {version}", "see `tagboat version list`")
    if any(known.is_withdrawn for known in found):
        raise RepositoryError(
            f"version {version} is withdrawn itself",
            f"end that first: `tagboat reinstate {version}`",
        )
    lacking = [
        place.name
        for place in places
        if not any(known.is_complete for known in place.known if known.version == version)
    ]
    if lacking:
        is_ours = all(known.is_ours for known in found)
        raise RepositoryError(
            f"version {version} is not complete in {', '.join(lacking)}: nobody can be moved to it",
            f"see `tagboat verify {version}`" if is_ours else _foreign_hint(places, version),
        )


def _foreign_hint(places: Sequence[TagPlace], version: Version) -> str:
    """What helps where a version that others released has no tag to go by, with the first place."""
    tags: dict[str, tuple[str, bool]] = {}
    for place in places:
        spelled = next((tag for rule in place.rules if (tag := rule.spelled_once(version))), "")
        is_there = any(one.target for one in place.known if one.version == version)
        tags |= {place.name: (f"{place.name}:{spelled}", is_there)} if spelled else {}
    lacking = next((name for name, is_there in tags.values() if not is_there), "")
    source = next((name for name, is_there in tags.values() if is_there), "NAME")
    put = f", `docker buildx imagetools create --tag {lacking} {source}`" if lacking else ""
    return (
        "tagboat did not release it, and goes by its version's tag: put it there"
        f"{put}, or name a version that is in all of them"
    )


def _about(places: Sequence[TagPlace], version: Version, override: str) -> tuple[str, ...]:
    """The narrowest moving tags that belong to a higher version; none where none does.

    Where versions were withdrawn for this one before, tags that are wider than theirs don't count.
    """
    widths = _widths(places, version)
    if override and override not in widths:
        raise UsageError(
            f"{override!r} is no moving tag of version {version}",
            "its moving tags are " + (", ".join(widths) or "none"),
        )
    earlier = _earlier(places, version, widths)
    limit = min((max(widths[tag] for tag in tags) for tags in earlier), default=0)
    wanted = [
        tag for tag, width in widths.items() if tag == override or (not override and width >= limit)
    ]
    higher = {tag for place in places for tag in _higher(place, version, wanted)}
    about = higher or set(wanted).intersection(tag for tags in earlier for tag in tags)
    width = max((widths[tag] for tag in about), default=0)
    return tuple(tag for tag in wanted if tag in about and widths[tag] == width)


def _widths(places: Sequence[TagPlace], version: Version) -> dict[str, int]:
    """The moving tags that may lead to a version, whatever its channel, and how narrow each is."""
    return {tag: rule.width for place in places for rule, tag in covered(place, Known(version))}


def _earlier(
    places: Sequence[TagPlace], version: Version, widths: Mapping[str, int]
) -> list[frozenset[str]]:
    """For each version that was withdrawn for this one, the tags that both may hold."""
    shared = (
        frozenset(tag for _, tag in covered(place, known) if tag in widths)
        for place in places
        for known in place.known
        if known.withdrawn_for == version
    )
    return [tags for tags in shared if tags]


def _higher(place: TagPlace, version: Version, tags: Iterable[str]) -> Iterator[str]:
    """Those tags that hold a higher version, or should."""
    wanted = standing(place)
    for tag in tags:
        now = holder(place, tag)
        if (tag in wanted and wanted[tag].version > version) or (now is not None and now > version):
            yield tag


def _leaving(
    places: Sequence[TagPlace], version: Version, tags: tuple[str, ...]
) -> frozenset[Version]:
    """The versions that users leave: what the tags may hold above, and what they left before."""
    return frozenset(
        known.version
        for place in places
        for known in place.known
        if known.withdrawn_for == version
        or (known.version > version and not known.is_withdrawn and _is_held(place, known, tags))
    )


def _is_held(place: TagPlace, known: Known, tags: tuple[str, ...]) -> bool:
    return any(tag in tags for _, tag in covered(place, known))


def _decisions(
    place: TagPlace, version: Version, tags: tuple[str, ...], leaving: frozenset[Version]
) -> Iterator[Decision]:
    """What becomes of the tags, and of each tag that one of the versions left may hold."""
    before = standing(_marked(place, leaving, None))
    place = _given(_marked(place, leaving, version), version, tags)
    after = standing(place)
    for tag in _touched(place, leaving, tags):
        old, new = before.get(tag), after.get(tag)
        if new is None:
            if tag in place.held:
                yield left(place, tag)
            continue
        is_same = old is not None and old.version == new.version
        if tag in tags or not is_same or holder(place, tag) in leaving:
            yield decide_one(place, tag, new)


def _marked(place: TagPlace, leaving: frozenset[Version], went_to: Version | None) -> TagPlace:
    """A place once versions are withdrawn for another, or as if they had not been."""
    known = (
        one._replace(withdrawn_for=went_to) if one.version in leaving else one
        for one in place.known
    )
    return place._replace(known=tuple(known))


def _given(place: TagPlace, version: Version, tags: tuple[str, ...]) -> TagPlace:
    """A place once a version may hold tags whatever channel it is of."""
    known = (
        one._replace(chosen=one.chosen.union(tags)) if one.version == version else one
        for one in place.known
    )
    return place._replace(known=tuple(known))


def _touched(
    place: TagPlace, leaving: frozenset[Version], tags: tuple[str, ...]
) -> tuple[str, ...]:
    """Those tags, and all that may hold one of the versions; the narrower ones first."""
    widths = {
        tag: rule.width
        for known in place.known
        for rule, tag in covered(place, known)
        if known.version in leaving or tag in tags
    }
    return tuple(sorted(widths, key=lambda tag: -widths[tag]))
