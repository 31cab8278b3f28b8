"""Timeline: a whole history cut into the sections of its versions, in one pass.

The section of a version is what is reachable from it and not from its base, the highest version
below it among its ancestors. Bases make a tree. What is reachable from a version is what is
reachable from its base plus its section, so a walk down that tree which marks a section on the way
in and unmarks it on the way out visits each commit once for each section it stands in: the cost is
the size of the output, not commits times tags.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tagboat.core.bump.assess import Assessment, may_name, names_in
from tagboat.core.changes.squash import listed_lines, titles_listed
from tagboat.core.commits.commit import Commit, bare_title
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version


class Dependency(NamedTuple):
    """A package that another one is released for, and the version that it has then, if known."""

    name: str
    version: str


def dependencies_told(text: str) -> tuple[Dependency, ...]:
    """The dependencies that a text tells, each with its version, between commas."""
    told = (one.rpartition(" ") for one in text.split(", ") if one)
    return tuple(Dependency(name or last, last if name else "") for name, _, last in told)


class Section(NamedTuple):
    """What is reachable from a version and not from its base, weighed, parents first.

    ``version`` is None for what is not released yet; then ``tag`` is empty and ``time`` None.
    ``time`` is when the tag was made, in seconds since 1970; ``commit`` the id it names (of HEAD
    for the unreleased), ``previous`` the tag of the base or an empty text. ``newcomers`` are the
    e-mail addresses of authors without an earlier commit, None where nobody asked.
    ``dependencies`` are what it is released for, ``logins`` who wrote it, as `ReleaseFacts` has it.
    """

    version: Version | None
    tag: str
    commit: str
    time: int | None
    previous: str
    assessments: tuple[Assessment, ...]
    newcomers: frozenset[str] | None = None
    dependencies: tuple[Dependency, ...] = ()
    logins: str = ""


_NONE = -1


class Cut(NamedTuple):
    """The raw material of one section.

    ``tag`` is None for the unreleased; ``released`` are the messages, by id, of released commits
    that those inside name; ``newcomers`` the e-mail addresses of authors first seen here;
    ``titles`` are those of released commits that squashes inside list.
    """

    tag: VersionTag | None
    base: VersionTag | None
    commits: tuple[Commit, ...]
    released: dict[str, str]
    newcomers: frozenset[str]
    titles: frozenset[str] = frozenset()


class Timeline:
    """All commits that are ancestors of one head, numbered, children before parents."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        if self._numbered(commits):
            # The dates lie, and git showed a commit before one of its children.
            self._numbered([self._commits[n] for n in reversed(_parents_first(self._parents))])

    def _numbered(self, commits: Iterable[Commit]) -> bool:
        """Number commits as they come, while git looks for more; whether a parent came first."""
        self._commits = listed = list[Commit]()
        self._place = place = dict[str, int]()
        # Most have one parent: a tuple of it takes less memory than a list.
        self._parents = parents = list[tuple[int, ...]]()
        self._naming = naming = list[Commit]()
        waiting: dict[str, list[int]] = {}
        for n, commit in enumerate(commits):
            place[commit.id] = n
            listed.append(commit)
            if may_name(commit):
                naming.append(commit)
            parents.append(())
            for child in waiting.pop(commit.id, ()):
                parents[child] += (n,)
            for parent in commit.parents:
                waiting.setdefault(parent, []).append(n)
        # Who still waits has a parent that came first, or one that a shallow clone leaves out.
        mixed = [name for name in waiting if name in place]
        for name in mixed:
            for child in waiting[name]:
                parents[child] += (place[name],)
        return bool(mixed)

    def __contains__(self, commit_id: str) -> bool:
        """Whether a commit is part of the history."""
        return commit_id in self._place

    def reachable_from(self, commit_ids: Iterable[str]) -> frozenset[str]:
        """Some commits of the history, with all their ancestors."""
        marked = bytearray(len(self._commits))
        for name in commit_ids:
            marked[self._place[name]] = 1
        for n, parents in enumerate(self._parents):
            if marked[n]:
                for parent in parents:
                    marked[parent] = 1
        return frozenset(commit.id for n, commit in enumerate(self._commits) if marked[n])

    def bases(
        self, tags: Sequence[VersionTag], lane: Sequence[VersionTag]
    ) -> dict[str, VersionTag | None]:
        """The base of each of ``tags`` among the tags of a lane, which they are of, by name."""
        ranked = sorted((t for t in lane if t.commit in self._place), key=_precedence)
        spots: dict[str, tuple[int, int]] = {}
        here: dict[int, list[int]] = {}
        limit, version = 0, None
        for rank, tag in enumerate(ranked):
            if tag.version != version:
                limit, version = rank, tag.version  # as many spell a lower version
            place = self._place[tag.commit]
            here.setdefault(place, []).append(rank)
            spots[tag.name] = place, limit
        best = self._highest(here)
        found: dict[str, VersionTag | None] = {}
        for tag in tags:
            rank = self._highest_below(*spots[tag.name], best, here)
            found[tag.name] = ranked[rank] if rank != _NONE else None
        return found

    def cuts(
        self,
        heads: Sequence[tuple[VersionTag | None, str]],
        bases: dict[str, VersionTag | None],
        *,
        newcomers: bool,
    ) -> list[Cut]:
        """Cut out the sections of ``heads``: tags, or None for the unreleased, with their commits.

        ``bases`` gives the base of each by tag name, of the unreleased under an empty name. Every
        base must be one of the heads, or None.
        """
        children: dict[str, list[int]] = {}
        for n, (tag, _) in enumerate(heads):
            base = bases[tag.name if tag is not None else ""]
            children.setdefault(base.name if base is not None else "", []).append(n)
        named = {self._place[commit.id]: names_in(commit) for commit in self._naming}
        listed = _ListedTitles.of(self._commits)
        marks = _Marks(self._commits, self._parents, newcomers=newcomers)
        cuts: dict[int, Cut] = {}
        pending = children.get("", [])
        while len(cuts) < len(heads):
            n = pending.pop()
            if n == _NONE:  # the way out of a section
                marks.leave()
                continue
            tag, commit = heads[n]
            found = marks.enter(self._place[commit])
            commits = tuple([self._commits[place] for place in found])
            names = [named[place] for place in found if place in named]
            messages = self._messages(names, marks) if names else {}
            base = bases[tag.name if tag is not None else ""]
            cuts[n] = Cut(
                tag, base, commits, messages, marks.newcomers, listed.before(found, marks)
            )
            pending.append(_NONE)
            if tag is not None:
                pending += children.get(tag.name, ())
        return [cuts[n] for n in range(len(heads))]

    def _messages(self, named: Sequence[Sequence[str]], marks: "_Marks") -> dict[str, str]:
        """The messages, by id, of the commits that those of a section name."""
        found = {name: self._place.get(name) for names in named for name in names}
        return {
            name: self._commits[n].message
            for name, n in found.items()
            if n is not None and marks.is_marked(n)
        }

    def _highest(self, here: dict[int, list[int]]) -> list[int]:
        """For each commit the highest rank among it and its ancestors."""
        best = [_NONE] * len(self._commits)
        for n, ranks in here.items():
            best[n] = ranks[-1]
        for n in range(len(best) - 1, -1, -1):
            for parent in self._parents[n]:
                if best[parent] > best[n]:  # noqa: PLR1730 - quicker, and this is every commit
                    best[n] = best[parent]
        return best

    def _highest_below(
        self, start: int, limit: int, best: list[int], here: dict[int, list[int]]
    ) -> int:
        """The highest rank below ``limit`` among a commit and its ancestors."""
        found, seen, pending = _NONE, {start}, [start]
        while pending:
            n = pending.pop()
            if best[n] < limit:
                found = max(found, best[n])
                continue
            for rank in here.get(n, ()):
                if found < rank < limit:
                    found = rank
            for parent in self._parents[n]:
                if parent not in seen and best[parent] > found:
                    seen.add(parent)
                    pending.append(parent)
        return found


class _Marks:
    """Which commits are reachable from where the walk stands, and whose authors were seen."""

    def __init__(
        self, commits: list[Commit], parents: list[tuple[int, ...]], *, newcomers: bool
    ) -> None:
        self._commits = commits
        self._parents = parents
        self._marked = bytearray(len(commits))
        self._seen: dict[str, int] = {}
        self._trail: list[list[int]] = []
        self._counts_authors = newcomers
        self.newcomers: frozenset[str] = frozenset()

    def is_marked(self, n: int) -> bool:
        """Whether a commit is reachable from where the walk stands."""
        return bool(self._marked[n])

    def enter(self, start: int) -> list[int]:
        """Mark what ``start`` adds and return it."""
        marked, parents = self._marked, self._parents
        found = [] if marked[start] else [start]
        marked[start] = 1
        for n in found:
            for parent in parents[n]:
                if not marked[parent]:
                    marked[parent] = 1
                    found.append(parent)
        self._trail.append(found)
        if self._counts_authors:
            self._meet(found)
        return found

    def leave(self) -> None:
        """Unmark what the last `enter` marked."""
        for n in self._trail.pop():
            self._marked[n] = 0
            if self._counts_authors:
                self._seen[self._commits[n].author_email.lower()] -= 1

    def _meet(self, found: list[int]) -> None:
        """Count the authors of a section."""
        seen, new = self._seen, set()
        for n in found:
            email = self._commits[n].author_email.lower()
            if not seen.get(email):
                new.add(email)
            seen[email] = seen.get(email, 0) + 1
        self.newcomers = frozenset(new)


class _ListedTitles(NamedTuple):
    """What squashes list: ``lines`` by the places of their commits, and what has such a title.

    ``titled`` are titles with the places of their commits, by the bare title.
    """

    lines: dict[int, frozenset[str]]
    titled: dict[str, list[tuple[str, int]]]

    @classmethod
    def of(cls, commits: Sequence[Commit]) -> "_ListedTitles":
        """Those of a history."""
        lines = {n: told for n, one in enumerate(commits) if (told := listed_lines(one.message))}
        titled: dict[str, list[tuple[str, int]]] = {}
        if lines:
            titles = [commit.title for commit in commits]
            wanted = titles_listed(titles, frozenset[str]().union(*lines.values()))
            for n, title in enumerate(titles):
                if title in wanted:
                    titled.setdefault(bare_title(title), []).append((title, n))
        return cls(lines, titled)

    def before(self, places: Sequence[int], marks: "_Marks") -> frozenset[str]:
        """The titles of commits before a section that stand among the lines of lists in it."""
        told = [self.lines[n] for n in places if n in self.lines] if self.lines else ()
        inside = set(places) if told else set[int]()
        return frozenset(
            title
            for line in frozenset[str]().union(*told)
            for title, n in self.titled.get(line, ())
            if marks.is_marked(n) and n not in inside
        )


def passed_by(
    timeline: Timeline, tags: Iterable[VersionTag], times: Mapping[str, int]
) -> list[tuple[VersionTag, VersionTag]]:
    """The stable versions outside a history that were tagged before the next one inside it.

    The highest first, each with that next one. What was tagged later is of a line that is kept up
    beside the history, and what is above all of it is of one that has more.
    """
    stable = sorted((tag for tag in tags if not tag.version.is_prerelease), key=_precedence)
    found: list[tuple[VersionTag, VersionTag]] = []
    above: VersionTag | None = None
    inside = {tag.version for tag in stable if tag.commit in timeline}
    for tag in reversed(stable):
        if tag.commit in timeline:
            above = tag
        elif above is not None and tag.version not in inside:
            made, followed = times.get(tag.name), times.get(above.name)
            if made is not None and followed is not None and made <= followed:
                found.append((tag, above))
    return found


def _precedence(tag: VersionTag) -> tuple[object, str]:
    return tag.version, tag.name


def _parents_first(links: list[tuple[int, ...]]) -> list[int]:
    """A topological order of a numbered graph."""
    waiting = [len(parents) for parents in links]
    children: list[list[int]] = [[] for _ in links]
    for n, parents in enumerate(links):
        for parent in parents:
            children[parent].append(n)
    ready = [n for n, count in enumerate(waiting) if not count]
    order = []
    while ready:
        n = ready.pop()
        order.append(n)
        for child in children[n]:
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return order
