"""Reverts: which commits of an unreleased range take each other back.

A revert names what it takes back by id (git's ``This reverts commit <id>``, also of a merge; the
``Refs`` footers that Conventional Commits suggests; ``(reverts <id>)`` at the end of a title), by
number (a forge button's ``Reverts owner/repo#12``) or only by title. Taking back something
unreleased removes both; what was released before stays released, and its revert is a change of its
own. A revert of a revert restores.
"""

import re
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import product
from typing import NamedTuple

from tagboat.core.changes.change import Change
from tagboat.core.commits.commit import (
    BEFORE_TITLE,
    TITLE_NUMBER,
    Commit,
    CommitGraph,
    bare_title,
)

# Kept as texts: most histories have no revert, and a pattern costs time only once it is used.
_GIT_TITLE = r'(?:[Rr]evert|Reapply) "(?P<title>.*)"(?: \([#!]\d+\))?'
_CONVENTIONAL_TITLE = r"[Rr][Ee][Vv][Ee][Rr][Tt](?:\([^()\n]+\))?!?:[^\S\n]+(?P<title>.*)"
_TYPED_TITLE = rf"[^\W\d_][\w-]*+(?:\([^()\n]+\))?!?:[^\S\n]+{_GIT_TITLE}"
_QUOTED_TITLE = r"([\"'`])((?:(?!\1).)+)\1((?: \([#!]\d+\))*)"
_BY_ID = r"\b[Rr]everts commits?:? ([0-9a-f]{7,64})\b"
_IN_TITLE = r"\((?i:reverts)(?: commit)? ([0-9a-f]{7,64})\)(?: \([#!]\d+\))?$"
_KEPT = r"\breversing\s+changes made to ([0-9a-f]{40,64})\b"
_BY_REFS = r"(?m)^Re(?:fs?|verts?): ([0-9a-f]{7,64}(?:[, ]+[0-9a-f]{7,64})*)[ \t]*$"
_BY_NUMBER = r"(?m)^(?:R|This r)everts (?:merge request )?(?:[\w.-]+(?:/[\w.-]+)+)?([#!]\d+)\b"
_MERGE_NUMBER = r"(?m)Merge pull request (#\d+)|^See merge request \S*(!\d+)$"
_WHOLE_ID = (40, 64)
_MOST_NESTED = 4
_STARTS = frozenset((*map("".join, product("Rr", "Ee", "VvAa")), "Mer", "Pul"))
# How a revert may begin, with Rev or Rea in any case or wrapped by a forge: for a quick look.


class Revert(NamedTuple):
    """What a commit says it takes back: full or short ids, forge numbers (``#12``), one title.

    ``kept`` is the parent to which the revert of a merge goes back, where it names one. ``inner``
    is the title that ``revert: Revert "feat: a"`` means where no commit has the other one. With
    ``has_own`` the commit takes something back beside what it does itself, which stays.
    """

    ids: tuple[str, ...]
    numbers: tuple[str, ...]
    title: str
    kept: str = ""
    inner: str = ""
    has_own: bool = False


class RevertResult(NamedTuple):
    """The outcome over a range of commits, by commit id.

    ``reverted`` maps what was taken back to the revert that did it; ``spent`` are reverts with
    nothing left to say; ``standing`` are reverts of something released earlier, or unknown.
    """

    reverted: dict[str, str]
    spent: frozenset[str]
    standing: frozenset[str]


def may_be_revert(message: str) -> bool:
    """A quick look, asked of every commit of a history: whether its message may be a revert's."""
    begins = message.lstrip(BEFORE_TITLE)[:3] in _STARTS
    return begins or "evert" in message


def is_typed_revert(commit: Commit) -> bool:
    """Whether a revert declares a type of its own, which says what it is if it takes back nothing.

    As in ``fix: Revert "feat: a"``, where titles without a type are refused.
    """
    return not commit.subject.lower().startswith(("revert", "reapply"))


def unquoted(title: str) -> str:
    """A title without the quotation marks that are around all of it."""
    return re.sub(rf"^{_QUOTED_TITLE}$", r"\2\3", title)


def revert_of(commit: Commit) -> Revert | None:
    """What ``commit`` takes back, or None where it is no revert."""
    title = "" if commit.is_merge else commit.subject
    patterns = (_GIT_TITLE, _CONVENTIONAL_TITLE, _TYPED_TITLE)
    match = next(filter(None, (re.fullmatch(one, title) for one in patterns)), None)
    said = re.search(_IN_TITLE, title)
    if match is None:
        return None if said is None else Revert((said[1],), (), "", has_own=True)
    taken_back = unquoted(match["title"])
    if 'Reapply "' in title[: match.start("title")]:
        taken_back = f'Revert "{taken_back}"'
    message = commit.message
    ids = [*re.findall(_BY_ID, message), *(said.groups() if said is not None else ())]
    for listed in re.findall(_BY_REFS, message):
        ids += re.findall(r"[0-9a-f]+", listed)
    numbers = tuple(re.findall(_BY_NUMBER, message))
    kept = re.search(_KEPT, message)
    parent = kept[1] if kept is not None else ""
    return Revert(tuple(ids), numbers, bare_title(taken_back), parent, _inner(match))


def _inner(match: re.Match[str]) -> str:
    """The title within git's own, where a type was put before that."""
    is_put_before = match.re.pattern == _CONVENTIONAL_TITLE
    quoted = re.fullmatch(_GIT_TITLE, match["title"]) if is_put_before else None
    return "" if quoted is None else bare_title(quoted["title"])


def reverted_ids(commit: Commit) -> tuple[str, ...]:
    """The whole ids that a revert names; those that are abbreviated may mean anything elsewhere."""
    revert = revert_of(commit)
    return () if revert is None else tuple(i for i in revert.ids if len(i) in _WHOLE_ID)


def as_revert(commit: Commit, changes: tuple[Change, ...]) -> Change:
    """The change that a revert of something released makes."""
    if changes and changes[0].type == "revert":
        return changes[0]._replace(description=unquoted(changes[0].description))
    revert = revert_of(commit)
    return Change("revert", None, revert.title if revert is not None else commit.subject)


def undone(commit: Commit, message_of: Callable[[str], str]) -> tuple[str, ...]:
    """The messages of what a revert took back, or its title where no message is known.

    Of the revert of a revert, what that took back. None for a merge: that brought more than it
    says. ``message_of`` gives the message of a commit by its id, or an empty text.
    """
    revert = revert_of(commit)
    if revert is None or revert.kept:
        return ()
    known = tuple(filter(None, map(message_of, revert.ids)))
    is_told = known and len(known) == len(revert.ids)
    return tuple(map(_innermost, known if is_told else (*known, revert.title)))


def _innermost(message: str) -> str:
    """What a message takes back, as often as it is a revert itself; seldom more than twice."""
    for _ in range(_MOST_NESTED):
        inner = revert_of(Commit("", (), message))
        if inner is None:
            break
        message = inner.title
    return message


def _reverts_in(graph: CommitGraph) -> dict[str, Revert]:
    """What the reverts of a graph say, by their ids; a quick look first, since few are any."""
    likely = (c for c in graph.order if may_be_revert(c.message))
    return {c.id: r for c in likely if (r := revert_of(c)) is not None}


def net(graph: CommitGraph, released: Container[str] = ()) -> RevertResult:
    """Find the commits of a range that cancel out, chains of reverts included.

    A commit is taken back if a revert names it that is not taken back itself. ``released`` holds
    the ids that reverts name and that were released before.
    """
    reverts = _reverts_in(graph)
    if not reverts:
        return RevertResult({}, frozenset(), frozenset())
    search = _Search(graph, released)
    incomplete = set()
    for commit in graph.order:
        if commit.id in reverts and not search.settle(commit, reverts[commit.id]):
            incomplete.add(commit.id)
    reverted = search.taken_back(reverts)
    left = {name for name, revert in reverts.items() if not revert.has_own} - reverted.keys()
    return RevertResult(reverted, frozenset(left - incomplete), frozenset(left & incomplete))


def concerned(graph: CommitGraph) -> set[str]:
    """The ids of all commits that reverts may have to do with: themselves, and what they name.

    What these leave out no revert takes back, in whatever part of the graph it is looked for.
    """
    reverts = _reverts_in(graph)
    ids = {name[:7] for revert in reverts.values() for name in revert.ids}
    numbers = {number for revert in reverts.values() for number in revert.numbers}
    titles = {title for revert in reverts.values() for title in (revert.title, revert.inner)} - {""}
    found = set(reverts)
    for commit in graph.order if reverts else ():
        is_named = commit.id[:7] in ids or bare_title(commit.subject) in titles
        if is_named or (numbers and not numbers.isdisjoint(_numbers(commit))):
            found.add(commit.id)
            found |= graph.merged_by(commit) if commit.is_merge else set()
            for kept in commit.parents[1:]:
                found |= graph.merged_by(commit, kept)
    return found


class _Search:
    """Finds what reverts name among the commits of a graph, one after the other, parents first.

    A revert names only what it was made on top of: its own ancestors. What came in on another line
    is not what its author saw.
    """

    def __init__(self, graph: CommitGraph, released: Container[str]) -> None:
        self._graph = graph
        self._reaches = graph.reaches
        self._released = released
        self._by_prefix = _grouped((commit.id[:7], commit) for commit in graph.order)
        titled = [(bare_title(commit.subject), commit) for commit in graph.order]
        self._by_title = _grouped((title, commit) for title, commit in titled if title)
        self._by_number = _grouped(
            (number, commit) for commit in graph.order for number in _numbers(commit)
        )
        self._targets: dict[str, set[str]] = {}
        self._namers: dict[str, list[str]] = {}

    def settle(self, commit: Commit, revert: Revert) -> bool:
        """Find what a revert takes back; whether that is all it names, nothing being released."""
        found = self._named(commit, revert)
        targets: set[str] = set()
        for target in found:
            if target is not None:
                targets.add(target.id)
                if target.is_merge:
                    targets |= self._graph.merged_by(target, revert.kept)
        self._targets[commit.id] = targets
        for name in targets:
            self._namers.setdefault(name, []).append(commit.id)
        return all(found)

    def taken_back(self, reverts: Iterable[str]) -> dict[str, str]:
        """What reverts take back, and by which one: the later decide about the earlier."""
        taken: dict[str, str] = {}
        for revert in sorted(reverts, key=self._graph.position.__getitem__, reverse=True):
            if revert not in taken:
                taken.update(dict.fromkeys(self._targets[revert], revert))
        return taken

    def _named(self, commit: Commit, revert: Revert) -> list[Commit | None]:
        """The commits a revert names by id, else by number, else by title; None for any other."""
        found = [self._of_id(commit, name) for name in revert.ids]
        if any(found) or any(map(self._is_released, revert.ids)):
            return found
        found = [self._of_number(commit, number) for number in revert.numbers]
        if any(found):
            return found
        titles = (title for title in (revert.title, revert.inner) if title in self._by_title)
        return [self._standing(commit, self._by_title.get(next(titles, "")))]

    def _of_id(self, commit: Commit, name: str) -> Commit | None:
        """The ancestor with that (abbreviated) id."""
        for candidate in self._by_prefix.get(name[:7], ()):
            if candidate.id.startswith(name) and self._reaches(commit.id, candidate.id):
                return candidate
        return None

    def _is_released(self, name: str) -> bool:
        """Whether an id names a commit below this range of commits."""
        return name in self._released and name not in self._graph.by_id

    def _of_number(self, commit: Commit, number: str) -> Commit | None:
        """The last ancestor that a number brought, rather one that is not taken back by then."""
        named = self._by_number.get(number, [])
        older = (one for one in reversed(named) if self._reaches(commit.id, one.id))
        return self._standing(commit, named) or next(older, None)

    def _standing(self, commit: Commit, candidates: Sequence[Commit] | None) -> Commit | None:
        """The last of the candidates among a revert's ancestors that is not taken back by then."""
        for candidate in reversed(candidates or ()):
            if self._reaches(commit.id, candidate.id) and self._stands(commit.id, candidate.id):
                return candidate
        return None

    def _stands(self, revert: str, target: str) -> bool:
        """Whether no other revert that this one is based on takes a commit back."""
        chain: set[str] = set()
        pending = [target]
        while pending:
            namers = self._namers.get(pending.pop(), ())
            new = [name for name in namers if name not in chain and self._reaches(revert, name)]
            chain.update(new)
            pending.extend(new)
        return target not in self.taken_back(chain)


def _grouped(pairs: Iterable[tuple[str, Commit]]) -> dict[str, list[Commit]]:
    """Commits by key, each list in the order they came."""
    groups: dict[str, list[Commit]] = {}
    for key, commit in pairs:
        groups.setdefault(key, []).append(commit)
    return groups


def _numbers(commit: Commit) -> set[str]:
    """The forge numbers under which a commit came in: ``#12``, ``!12``."""
    own = re.search(TITLE_NUMBER, commit.subject)
    numbers = {own[1]} if own is not None else set()
    if commit.is_merge:
        numbers.update(n for pair in re.findall(_MERGE_NUMBER, commit.message) for n in pair if n)
    return numbers
