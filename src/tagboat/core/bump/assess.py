"""Assessment: what each commit of an unreleased range contributes, and why.

Commits become changes, changes ask for a bump, and everything that is left out is named with its
reason: merges, unconventional messages, types that release nothing, ignored commits, pairs that
revert each other, cherry-picks of what is released already.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cached_property, partial
from typing import NamedTuple, Protocol

from tagboat.core.bump.bump import (
    DEFAULT_HIDDEN,
    MOST_MATCHED,
    Bump,
    BumpRules,
    Ruling,
    Within,
    fits_wildcards,
    is_breaking,
    unlimited,
)
from tagboat.core.changes.change import Change
from tagboat.core.changes.revert import (
    as_revert,
    is_typed_revert,
    may_be_revert,
    net,
    reverted_ids,
    undone,
)
from tagboat.core.changes.squash import Reading, SquashMode, read_commit, said_again, untold
from tagboat.core.commits.commit import RELEASE_TRAILER, Commit, CommitGraph
from tagboat.core.errors import RepositoryError
from tagboat.core.version.version import InvalidVersion, Version

_PICKED_WORDS = "(cherry picked from commit "
_RELEASE_AS = "release-as"
_PICKED = r"(?m)^\(cherry picked from commit ([0-9a-f]{7,64})\)"


class Convention(Protocol):
    """Reads a commit message as changes."""

    def __call__(self, text: str, *, merge: bool = False) -> Reading:
        """Read one message; a merge commit counts by its own title alone. Never raises."""
        ...


class CommitVerdict(Enum):
    """Why a commit counts or does not; the values are what a person reads."""

    COUNTED = "counted"
    NO_RELEASE = "its type releases nothing"
    UNCONVENTIONAL = "not a conventional message"
    MERGE = "merge commit"
    RELEASE = "release commit"
    IGNORED = "ignored by configuration"
    REVERTED = "reverted"
    REVERTS = "reverts an unreleased commit"
    PICKED = "cherry-pick of a commit that counts already"
    OUTSIDE = "does not touch the package"


class Assessment(NamedTuple):
    """One commit with its reading, its verdict and the bump it asks for.

    ``changes`` are those that stand in release notes; ``other`` is the id of the commit the verdict
    refers to (the revert, or the source of a cherry-pick), or the rule that ignored it. ``rulings``
    say what the configuration's rules make of each change; there are none where it has no rules.
    """

    commit: Commit
    reading: Reading
    verdict: CommitVerdict
    bump: Bump = Bump.NONE
    changes: tuple[Change, ...] = ()
    other: str = ""
    rulings: tuple[Ruling, ...] = ()


# Most commits count: for these, what Assessment does without a call of Python code, and the members
# of an enumeration without Python 3.11 looking them up.
_assessment = partial(tuple.__new__, Assessment)
_COUNTED, _NO_RELEASE, _PATCH = CommitVerdict.COUNTED, CommitVerdict.NO_RELEASE, Bump.PATCH


Reader = Callable[[Commit], Reading]
"""Reads the message of a commit."""


class Ignore(NamedTuple):
    """Commits to leave out: by (abbreviated) id, by author, by a pattern in the message.

    Authors are ``name <email>`` with ``*`` and ``?``; patterns are regular expressions.
    """

    ids: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def reason(self, commit: Commit, within: Within = unlimited) -> str:
        """The rule that leaves the commit out, or an empty text."""
        for prefix in self.ids:
            if commit.id.startswith(prefix):
                return prefix
        author = f"{commit.author_name} <{commit.author_email}>"
        for pattern in self.authors:
            if fits_wildcards(author, pattern) or pattern in (
                commit.author_name,
                commit.author_email,
            ):
                return pattern
        return next((p for p in self.patterns if self._fits(p, commit.message, within)), "")

    @staticmethod
    def _fits(pattern: str, message: str, within: Within) -> bool:
        with within(f"ignore.patterns {pattern!r}"):
            return re.search(pattern, message[:MOST_MATCHED]) is not None

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return any(self[:])


class Rewrite(NamedTuple):
    """A correction made to messages before they are read: a regular expression and its text."""

    pattern: str
    text: str


class Policy(NamedTuple):
    """How a package reads its commits; ``hidden`` are the types that its notes leave out."""

    rules: BumpRules = BumpRules()
    squash: SquashMode = SquashMode.TITLE
    convention: Convention | None = None
    ignore: Ignore = Ignore()
    rewrite: tuple[Rewrite, ...] = ()
    within: Within = unlimited
    hidden: tuple[str, ...] = DEFAULT_HIDDEN

    def bump_of(self, change: Change) -> Bump:
        """What one change asks for on its own."""
        return self.rules.of(change, self.within)

    def reader(self) -> Reader:
        """A function that reads one commit, its message rewritten first.

        What rules say of messages that are not conventional makes changes of these.
        """
        plain = self._plain_reader()
        if not any(rule.reads_any for rule in self.rules.rules):
            return plain

        def read(commit: Commit) -> Reading:
            reading = plain(commit)
            if reading.changes or commit.is_merge:
                return reading
            change = self.rules.change_of(reading.rest, self.within)
            return reading if change is None else reading._replace(changes=(change,))

        return read

    def _plain_reader(self) -> Reader:
        """A function that reads one commit; none that is ignored is shown to another convention.

        That may fail on it, and to ignore a commit is the way out then.
        """
        mode, rewrite, within = self.squash, self.rewrite, self.within
        own = partial(read_commit, mode=mode)
        convention, ignore = self.convention or own, self.convention and self.ignore
        if self.convention is None and not rewrite:
            return lambda commit: read_commit(commit.message, mode, merge=len(commit.parents) > 1)

        def read(commit: Commit) -> Reading:
            text = commit.message
            for rule in rewrite:
                with within(f"the pattern of rewrite {rule.pattern!r}"):
                    start, rest = text[:MOST_MATCHED], text[MOST_MATCHED:]
                    text = re.sub(rule.pattern, rule.text, start) + rest
            is_ignored = ignore and ignore.reason(commit, within)
            return (own if is_ignored else convention)(text, merge=len(commit.parents) > 1)

        return read


class ReleasedMessages(NamedTuple):
    """What was released of what a range names, messages by id, and of what it lists, titles."""

    messages: Mapping[str, str] = {}
    titles: frozenset[str] = frozenset()


_NOTHING_KNOWN = ReleasedMessages()


def taken_back(assessments: Iterable[Assessment]) -> frozenset[str]:
    """The ids of the commits that a revert takes out of the release, and of those reverts."""
    gone = (CommitVerdict.REVERTED, CommitVerdict.REVERTS)
    return frozenset(item.commit.id for item in assessments if item.verdict in gone)


def picked_from(commit: Commit) -> tuple[str, ...]:
    """The ids of the commits that ``git cherry-pick -x`` says this one repeats."""
    if _PICKED_WORDS not in commit.message:
        return ()
    return tuple(re.findall(_PICKED, commit.message))


def may_name(commit: Commit) -> bool:
    """A quick look, asked of every commit of a history: whether `names_in` may find any."""
    return may_be_revert(commit.message) or _PICKED_WORDS in commit.message


def names_in(commit: Commit) -> tuple[str, ...]:
    """The ids of the commits that one repeats or takes back; none for most commits."""
    return (*picked_from(commit), *reverted_ids(commit))


def assess(
    graph: CommitGraph,
    policy: Policy,
    released: ReleasedMessages = _NOTHING_KNOWN,
    touching: frozenset[str] | None = None,
    read: Reader | None = None,
) -> tuple[Assessment, ...]:
    """Weigh every commit of a range, parents first.

    ``touching`` limits a package with paths to the commits that change them; None means all count.
    ``read`` is the policy's reader, where there is one already.
    """
    scales = _Assessor(graph, policy, released, touching)
    scales.read = read or scales.read
    return tuple(map(scales.weigh, graph.order))


class _Assessor:
    """Weighs the commits of one range."""

    def __init__(
        self,
        graph: CommitGraph,
        policy: Policy,
        released: ReleasedMessages,
        touching: frozenset[str] | None,
    ) -> None:
        self._graph = graph
        self.read = policy.reader()
        self._rules = policy.rules
        self._is_ruled = bool(policy.rules.rules)
        self._ignore = policy.ignore or None
        self._within = policy.within
        self._hidden = policy.hidden
        self._released = released
        self._touching = touching
        self._reverts = net(graph, released.messages)
        self._has_reasons = any((self._ignore, touching is not None, *self._reverts))

    def weigh(self, commit: Commit) -> Assessment:
        """What one commit contributes."""
        reading, message = self.read(commit), commit.message
        # A quick look first: most ranges have no reason of their own to leave something out.
        if self._has_reasons or RELEASE_TRAILER in message or _PICKED_WORDS in message:
            left_out = self._left_out(commit)
            if left_out is not None:
                verdict, other = left_out
                return Assessment(commit, reading, verdict, other=other)
            if commit.id in self._reverts.standing and not is_typed_revert(commit):
                return self._standing_revert(commit, reading)
        changes = self._own_changes(commit, reading) if self._said_again else reading.changes
        if self._released.titles:
            changes = untold(reading, changes, self._released.titles)
        if not changes:
            verdict = CommitVerdict.MERGE if commit.is_merge else CommitVerdict.UNCONVENTIONAL
            return Assessment(commit, reading, verdict)
        if self._is_ruled:
            return self._ruled(commit, reading, changes)
        of = self._rules.by_type
        bump = max(map(of, changes)) if changes[1:] else of(changes[0])
        verdict = _COUNTED if bump else _NO_RELEASE
        return _assessment((commit, reading, verdict, bump, changes, "", ()))

    @cached_property
    def _said_again(self) -> dict[str, tuple[Commit, str]]:
        return said_again(self._graph, self.read)

    @cached_property
    def _numbers(self) -> dict[str, str]:
        """The numbers that merges add to the titles of what they merged, by commit."""
        return {commit.id: number for commit, number in self._said_again.values() if number}

    def _own_changes(self, commit: Commit, reading: Reading) -> tuple[Change, ...]:
        """What a commit says: a merge not again what a commit that it merged, and that counts."""
        changes = reading.changes
        if commit.id in self._said_again:
            return () if self._left_out(self._said_again[commit.id][0]) is None else changes
        if number := self._numbers.get(commit.id):
            first = changes[0]._replace(description=changes[0].description + number)
            return (first, *changes[1:])
        return changes

    def _ruled(
        self,
        commit: Commit,
        reading: Reading,
        changes: tuple[Change, ...],
        least: Bump = Bump.NONE,
    ) -> Assessment:
        """What changes ask for by the rules; ``least`` where no rule says."""
        rulings = tuple(self._rules.ruling(change, self._within) for change in changes)
        bump = max(max(one.bump, Bump.NONE if one.rule else least) for one in rulings)
        verdict = CommitVerdict.COUNTED if bump else CommitVerdict.NO_RELEASE
        return Assessment(commit, reading, verdict, bump, changes, rulings=rulings)

    def _left_out(self, commit: Commit) -> tuple[CommitVerdict, str] | None:
        """Why a commit does not count whatever it says, and the commit or rule that says so."""
        if commit.is_release:
            return CommitVerdict.RELEASE, ""
        if self._ignore is not None and (reason := self._ignore.reason(commit, self._within)):
            return CommitVerdict.IGNORED, reason
        other = self._reverts.reverted.get(commit.id, "")
        if other or commit.id in self._reverts.spent:
            return CommitVerdict.REVERTED if other else CommitVerdict.REVERTS, other
        for source in picked_from(commit):
            if self._counts_already(source, commit.title):
                return CommitVerdict.PICKED, source
        if self._touching is not None and commit.id not in self._touching:
            return CommitVerdict.OUTSIDE, ""
        return None

    def _counts_already(self, source: str, title: str) -> bool:
        """Whether the commit that a cherry-pick names, with the same title, counts by itself."""
        known = Commit(source, (), self._message_of(source))
        return known.title == title and source not in self._reverts.reverted

    def _message_of(self, name: str) -> str:
        """The message of a commit that is named, of this range or released; empty if unknown."""
        known = self._graph.by_id.get(name)
        return known.message if known is not None else self._released.messages.get(name, "")

    def _standing_revert(self, commit: Commit, reading: Reading) -> Assessment:
        """The revert of something released: a change of its own."""
        change, worth = as_revert(commit, reading.changes), self._rules.types.get("revert", _PATCH)
        hidden = () if is_breaking(change) else self._hidden_undone(commit)
        if hidden:
            worth = worth if any(map(self._rules.by_type, hidden)) else Bump.NONE
            text = f'Revert "{hidden[0].description}"'
            change = hidden[0]._replace(description=text, level=str(worth))
        return self._ruled(commit, reading, (change,), worth)

    def _hidden_undone(self, commit: Commit) -> Sequence[Change]:
        """What a revert takes back, if that is known and all of it stands in no notes."""
        found: list[Change] = []
        for message in undone(commit, self._message_of):
            changes = self.read(Commit(message, (), message)).changes  # readers know them by ids
            if not changes or not all(map(self._is_hidden, changes)):
                return ()
            found += changes
        return found

    def _is_hidden(self, change: Change) -> bool:
        is_hidden = change.type in self._hidden or self._rules.hides(change, self._within)
        return is_hidden and not is_breaking(change)


def release_as(assessments: Iterable[Assessment]) -> tuple[Version, str] | None:
    """The highest version that a ``Release-As`` footer of a commit that counts asks for.

    With the id of that commit. Raises RepositoryError where such a footer names no version.
    """
    skipped = (
        CommitVerdict.IGNORED,
        CommitVerdict.REVERTED,
        CommitVerdict.PICKED,
        CommitVerdict.OUTSIDE,
    )
    asked = (
        (_footer_version(item.commit, footer.value), item.commit.id)
        for item in assessments
        if _RELEASE_AS in item.reading.message.rest.message.lower() and item.verdict not in skipped
        for footer in item.reading.message.footers
        if footer.token.lower() == _RELEASE_AS
    )
    return max(asked, default=None)


def _footer_version(commit: Commit, text: str) -> Version:
    """The version a footer names, with or without a leading ``v``."""
    try:
        return Version.parse(text.strip().removeprefix("v"))
    except InvalidVersion as error:
        raise RepositoryError(
            f"the Release-As footer of commit {commit.id[:10]} names no version: {error}",
            "ignore that commit in the configuration, or ask for a version with --as",
        ) from error
