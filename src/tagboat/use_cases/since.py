"""Find the base of a release, and the commits since."""

from collections.abc import Sequence
from typing import NamedTuple

from tagboat.core.commit import Commit
from tagboat.core.tag import VersionTag
from tagboat.core.version import Version
from tagboat.ports import History

_PATIENCE = 100
"""How many commits a walk goes on after it met the first tag, to find a higher one nearby."""


class Since(NamedTuple):
    """The base, the commits reachable from ``head`` and not from it (in no order), the head."""

    base: VersionTag | None
    commits: tuple[Commit, ...]
    head: str


def since_base(history: History, head: str, candidates: Sequence[VersionTag]) -> Since:
    """Find the highest of ``candidates`` that is ``head`` or an ancestor, and what came after.

    The walk that reads the commits after the highest candidate also proves that it is an ancestor:
    then, and only then, it stands at the walk's border. That is all there is to do in nearly every
    repository. Otherwise the nearest tag sets the bar, and only candidates above it are asked
    about.
    """
    strangers = history.strangers_known(head) if len(candidates) > 1 else frozenset[str]()
    if strangers:
        candidates = [tag for tag in candidates if tag.commit not in strangers]
    if not candidates:
        return _everything(history, head)
    first = _try(history, head, max(candidates, key=_version))
    if first is not None:
        return first
    bar = _nearest(history, head, candidates)
    higher = [tag for tag in candidates if bar is None or tag.version > bar.version]
    elsewhere = history.unreached({tag.commit for tag in higher}, head) if higher else set()
    ranked = sorted(higher, key=_version, reverse=True)
    for tag in (*(tag for tag in ranked if tag.commit not in elsewhere), *filter(None, [bar])):
        found = _try(history, head, tag)
        if found is not None:
            return found
    return _everything(history, head)


def _version(tag: VersionTag) -> Version:
    return tag.version


def _everything(history: History, head: str) -> Since:
    """All of history, where no candidate is an ancestor."""
    return Since(None, tuple(visit.commit for visit in history.walk(head)), head)


def _try(history: History, head: str, tag: VersionTag) -> Since | None:
    """The commits after ``tag``, or None where it is no ancestor of ``head``."""
    if tag.commit == head:
        return Since(tag, (), head)
    commits: list[Commit] = []
    proved = False
    for visit in history.walk(head, (tag.commit,), edges=True):
        if visit.is_edge:
            proved = proved or visit.commit.id == tag.commit
        else:
            commits.append(visit.commit)
    return Since(tag, tuple(commits), head) if proved else None


def _nearest(history: History, head: str, candidates: Sequence[VersionTag]) -> VersionTag | None:
    """The highest tag on the first commits of a walk that carry one; None where none does."""
    tags = {tag.commit: tag for tag in sorted(candidates, key=_version)}
    found: VersionTag | None = None
    patience = _PATIENCE
    for visit in history.walk(head):
        here = tags.get(visit.commit.id)
        if here is not None and (found is None or here.version > found.version):
            found = here
        patience -= found is not None
        if patience <= 0:
            break
    return found
