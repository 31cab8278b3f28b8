"""What each commit of a stretch of history asks for, by definition instead of by procedure.

A commit is effective unless an effective revert in the same stretch names it. Everything else
follows from what a revert names, and from where that is.
"""

import re
from collections.abc import Collection
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from tests.oracle.history import History, Seen


class Size(IntEnum):
    """How much a commit asks for."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


_HEADER = re.compile(r"(?P<type>\w+)(?:\([^()]+\))?(?P<bang>!)?: (?P<description>\S.*)")
_SIZES = {
    "feat": Size.MINOR,
    "feature": Size.MINOR,
    "fix": Size.PATCH,
    "perf": Size.PATCH,
}
_HIDDEN = ("docs", "chore", "ci", "test", "build", "style", "refactor")
_QUOTED = re.compile(r'(?P<word>Revert|Reapply) "(?P<title>.*)"(?: \(#\d+\))?')
_CONVENTIONAL = re.compile(r"revert: (?P<title>.*)")
_NUMBER_BEHIND = re.compile(r"(?: \(#\d+\))+$")
_ID = re.compile(r"(?:This reverts commit|Refs:) (?P<id>[0-9a-f]{40})")
_KEPT = re.compile(r"reversing\nchanges made to (?P<id>[0-9a-f]{40})\.")
_BUTTON = re.compile(r"^Reverts acme/boat#(?P<number>\d+)$", re.MULTILINE)
_PICKED = re.compile(r"^\(cherry picked from commit (?P<id>[0-9a-f]{40})\)$", re.MULTILINE)
_NUMBER = re.compile(r"Merge pull request #(?P<merged>\d+) .*|.* \(#(?P<squashed>\d+)\)")


class Names(NamedTuple):
    """What a revert names: commits that it takes back, all those that it could have meant.

    ``doubt`` says why the design does not settle which; then nothing hangs on the answer.
    """

    commits: frozenset[str]
    doubt: str = ""


class Weights(NamedTuple):
    """What the commits of a stretch ask for; ``doubts`` are reasons not to trust it."""

    sizes: dict[str, Size]
    doubts: frozenset[str]

    @property
    def size(self) -> Size:
        """What they ask for together."""
        return max(self.sizes.values(), default=Size.NONE)


class Stretch:
    """The commits that ``head`` reaches and the base does not; ``ignored`` ones ask for nothing."""

    def __init__(
        self, history: History, head: str, base: str | None, ignored: Collection[str] = ()
    ) -> None:
        self._history = history
        self._ignored = ignored
        self._head = head
        self.ids = self._inside = history.between(head, base)
        self._named: dict[str, Names] = {}

    @cached_property
    def weights(self) -> Weights:
        """What every commit of the stretch asks for."""
        sizes = {commit: self._size(self._history.commits[commit]) for commit in self.ids}
        doubts = {self._names(commit).doubt for commit in self.ids if self._is_revert(commit)}
        return Weights(sizes, frozenset(doubts - {""}))

    def _size(self, commit: Seen) -> Size:
        if commit.id in self._ignored:
            return Size.NONE
        if not self._effective(commit.id, self._inside) or self._is_counted_already(commit):
            return Size.NONE
        if self._is_revert(commit.id):
            hidden = self._takes_back_what_is_hidden(commit)
            return Size.NONE if self._names(commit.id).commits or hidden else Size.PATCH
        return _size(commit)

    def _is_counted_already(self, commit: Seen) -> bool:
        """Whether the commit is the cherry-pick of one with its title that counts elsewhere."""
        return any(
            self._history.commits[source].title == commit.title
            and self._counts(self._history.commits[source])
            for source in _PICKED.findall(commit.message)
        )

    def _counts(self, source: Seen) -> bool:
        """Whether a commit counts without its cherry-picks: released already, or in here."""
        if source.id in self._inside:
            return self._effective(source.id, self._inside)
        return self._is_released(source.id)

    def _is_released(self, commit: str) -> bool:
        """Whether the base, and thereby a release before this one, holds the commit."""
        return commit not in self._inside and self._history.reaches(self._head, commit)

    def _is_revert(self, commit: str) -> bool:
        return bool(_reverted_titles(self._history.commits[commit]))

    def _takes_back_what_is_hidden(self, revert: Seen) -> bool:
        """Whether what is released, and this takes back, stands in no notes."""
        by_id = _ID.search(revert.message)
        known = self._history.commits.get(by_id["id"]) if by_id else None
        if known and self._history.reaches(self._head, known.id):
            if len(known.parents) > 1:
                return False
            return _is_hidden(known)
        title = _reverted_titles(revert)[-1]
        return _is_hidden(revert._replace(message=title))

    def _effective(self, commit: str, within: Collection[str]) -> bool:
        """Whether no effective revert among some commits names this one."""
        return not any(
            self._is_revert(other)
            and commit in self._names(other).commits
            and self._effective(other, within)
            for other in within
            if other != commit
        )

    def _names(self, revert: str) -> Names:
        """The commits of the stretch that a revert takes back."""
        if revert not in self._named:
            self._named[revert] = self._found(self._history.commits[revert])
        return self._named[revert]

    def _found(self, revert: Seen) -> Names:
        """By id, else by number, else by title; nothing where that is released or unknown."""
        by_id = _ID.search(revert.message)
        if by_id and self._history.reaches(revert.id, by_id["id"]):
            kept = _KEPT.search(revert.message)
            return self._undone(by_id["id"], kept["id"] if kept else "")
        if by_id and self._history.reaches(self._head, by_id["id"]):
            return Names(frozenset(), "the id is on another line only")
        earlier = self._earlier(revert)
        by_number = _BUTTON.search(revert.message)
        if by_number:
            wanted = by_number["number"]
            numbered = [c for c in earlier if _number(self._history.commits[c]) == wanted]
            if len(numbered) > 1:
                return Names(frozenset(), "several commits have the number")
            if numbered:
                return self._undone(numbered[0])
            if any(
                _number(self._history.commits[c]) == wanted
                for c in self._history.ancestors(self._head)
            ):
                return Names(frozenset(), "the number is released or on another line")
        return self._by_title(revert, earlier)

    def _earlier(self, revert: Seen) -> frozenset[str]:
        """The commits of the stretch that were there when the revert was made."""
        return self._inside & self._history.ancestors(revert.id) - {revert.id}

    def _by_title(self, revert: Seen, earlier: frozenset[str]) -> Names:
        titles = _reverted_titles(revert)
        plain = _plain(titles[-1])
        if any(
            _plain(self._title(c)) == plain and self._title(c) not in titles for c in self._inside
        ):
            return Names(frozenset(), "titles that differ in a number only")
        for title in titles:
            same = [c for c in earlier if self._title(c) == title]
            standing = [c for c in same if self._effective(c, earlier)]
            if standing:
                return self._last(standing)
        inner = _QUOTED.fullmatch(titles[-1]) if _CONVENTIONAL.fullmatch(revert.title) else None
        if inner and any(_plain(self._title(c)) == _plain(inner["title"]) for c in earlier):
            return Names(frozenset(), "a type before git's own title, or the revert of a revert")
        others = self._inside - earlier - {revert.id}
        elsewhere = any(self._title(c) in titles for c in others)
        return Names(frozenset(), "the title is on another line only" if elsewhere else "")

    def _title(self, commit: str) -> str:
        return self._history.commits[commit].title

    def _last(self, candidates: list[str]) -> Names:
        """The latest of some commits, where one of them comes after all the others."""
        history = self._history
        last = [c for c in candidates if all(history.reaches(c, other) for other in candidates)]
        if last:
            return self._undone(last[0])
        return Names(frozenset(), "several lines have the title")

    def _undone(self, commit: str, kept: str = "") -> Names:
        """A commit; where it is a merge, the side that it merged as well."""
        parents = self._history.commits[commit].parents
        if commit not in self._inside:
            return Names(frozenset())
        if len(parents) < 2:
            return Names(frozenset([commit]))
        side = self._history.between(commit, kept or parents[0])
        return Names(
            side & self._inside, "" if side <= self._inside else "half of the merge is released"
        )


def _size(commit: Seen) -> Size:
    """What a commit that is no revert asks for by its message."""
    match = _HEADER.fullmatch(commit.title)
    if match is None:
        return Size.NONE
    breaking = match["bang"] or "\nBREAKING CHANGE: " in commit.message
    return Size.MAJOR if breaking else _SIZES.get(match["type"].lower(), Size.NONE)


def _is_hidden(commit: Seen) -> bool:
    """Whether a commit, or what it takes back, is of a type that stands in no notes."""
    titles = _reverted_titles(commit)
    if titles:
        return _is_hidden(commit._replace(message=titles[-1]))
    match = _HEADER.fullmatch(commit.title)
    return match is not None and match["type"].lower() in _HIDDEN and _size(commit) is Size.NONE


def _reverted_titles(commit: Seen) -> tuple[str, ...]:
    """The titles that a revert may speak of, the likelier first; none for any other commit."""
    quoted = _QUOTED.fullmatch(commit.title)
    if quoted and quoted["word"] == "Reapply":
        return (f'Revert "{quoted["title"]}"',)
    if quoted:
        return (quoted["title"],)
    match = _CONVENTIONAL.fullmatch(commit.title)
    return (match["title"], _plain(match["title"])) if match else ()


def _plain(title: str) -> str:
    """A title without the number of the pull request that brought it."""
    return _NUMBER_BEHIND.sub("", title)


def _number(commit: Seen) -> str:
    """The pull request that brought a commit."""
    match = _NUMBER.fullmatch(commit.title)
    return (match["merged"] or match["squashed"]) if match else ""
