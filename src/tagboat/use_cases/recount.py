"""Recount: what a release had to be, computed again from the history that it was made of."""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.contract import Contract
from tagboat.core.release import Wish
from tagboat.core.tag import TagFormat
from tagboat.core.version import Version
from tagboat.ports import History, RemoteTag
from tagboat.use_cases.plan import Desk, Due, channel_words, decide, notes_of


class Recount(NamedTuple):
    """What comes out: words and texts are those of a contract.

    ``version`` is empty where nothing was due. ``reason`` says where it comes from.
    """

    version: str
    previous: str
    bump: str
    channel: str
    notes: str
    reason: str


class Then(NamedTuple):
    """How things were when a release was made: for a branch, without the tags made since."""

    branch: str
    hidden: frozenset[str]
    time: int


def then(
    history: History, tags: Iterable[RemoteTag], name: str, source: str, contract: Contract
) -> Then:
    """How things were when the release of a tag was planned for a commit.

    Its own tag was not there, and what is younger was not. Of two tags of the same second the one
    that the commit holds was there before.
    """
    times = history.tag_times()
    there = {tag.name: tag.commit for tag in tags if tag.name in times}
    elsewhere = history.unreached(set(there.values()), source)
    hidden = {
        other
        for other, commit in there.items()
        if other != contract.previous and times[other] + (commit in elsewhere) > contract.time
    }
    return Then(contract.branch, frozenset({*hidden, name}), contract.time)


def recount(desk: Desk, name: str, wish: Wish, seen: Then) -> Recount:
    """Compute a release again at the desk's commit, as things were then.

    Its tag's name is taken as it is. Raises what deciding about a version does.
    """
    surveyor = desk.surveyor.at(seen.branch, seen.hidden)
    survey = surveyor.survey(desk.facts)
    release = decide(surveyor, survey, wish)
    newest = release.stretch.newest
    previous = newest.name if newest is not None else ""
    words = channel_words(release.channel)
    if not release.due or release.version is None:
        return Recount("", previous, str(release.bump), words, "", release.origin)
    spelled = release.tagging._replace(format=_format(name, release.version))
    due = Due(survey, release._replace(tagging=spelled), release.version)
    notes = notes_of(desk._replace(surveyor=surveyor), due, seen.time)
    version, bump = str(release.version), str(release.bump)
    return Recount(version, previous, bump, words, notes, release.origin)


def _format(name: str, version: Version) -> TagFormat:
    """The format that spells a version as a tag does."""
    prefix, _, suffix = name.partition(str(version))
    return TagFormat(prefix, suffix)
