"""Fakes of what a release needs of git: the remote, work trees, records, the user's clone."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING

from tagboat.core.commits.commit import Commit
from tagboat.core.errors import ConflictError, OutsideError, RefusedError
from tagboat.core.plan.tag_message import Contract
from tagboat.core.step import Lost
from tagboat.core.version_files.edits import Edit, edited
from tagboat.ports.publishing import (
    Checkout,
    Clock,
    CommandRunner,
    CommitFiles,
    Publisher,
    Records,
    RemoteReader,
    RemoteRefs,
    RemoteTag,
    Signature,
    Updates,
    UserClone,
    WorkTree,
)
from tests.fakes import Effects, MemoryHistory

if TYPE_CHECKING:
    from tagboat.core.plan.command import Command

UNSIGNED = Signature(is_signed=False)


class MemoryScratch(RemoteReader, WorkTree, CommitFiles, Records, Publisher):
    """A remote and the scratch clone of it, without files of git's.

    Of the remote: ``tips`` are its branches, ``tags`` its tags with their ``messages`` by object,
    ``records`` the notes by commit. ``history`` says which commit reaches another.
    ``files`` are the texts of commits by path, those of a commit that has none its parent's;
    ``ids`` the ids that the next commits get. ``lost`` are reasons why the next pushes are lost,
    ``locks`` what is said of locks that are in the way of all, ``refused`` why all are refused
    that move a branch; ``meanwhile`` is what others do before the
    next pushes, ``unshown`` are the tags that the next looks do not show. Where ``unreachable``
    says why, nobody answers. ``log`` is what was changed. ``beyond`` are commits as they are where
    the clone is shallow, and ``history`` has them without their parents.
    """

    def __init__(self, history: MemoryHistory | None = None, **tips: str) -> None:
        self.history = history or MemoryHistory()
        self.tips = tips
        self.tags: dict[str, RemoteTag] = {}
        self.messages: dict[str, str] = {}
        self.made: dict[str, int] = {}
        self.records: dict[str, str] = {}
        self.signatures: dict[str, Signature] = {}
        self.files: dict[str, dict[str, str]] = {}
        self.gaps: dict[str, tuple[list[str], list[str]]] = {}
        self.times: dict[str, int] = {}
        self.ids: list[str] = []
        self.lost: list[str] = []
        self.locks: list[str] = []
        self.meanwhile: list[Callable[[], object]] = []
        self.unshown: list[frozenset[str]] = []
        self.newest: list[str] = []
        self.refused = ""
        self.unreachable = ""
        self.who = "Ada <ada@example.org>"
        self.closed = ""
        self.is_conflicting = False
        self.effects = Effects()
        self.fetched: list[str] = []
        self.beyond: dict[str, Commit] = {}
        self.log: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Be a scratch clone that has seen and made nothing."""
        self.checkout: MemoryCheckout | None = None
        self._tagged: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        self._newest: tuple[str, ...] = ()

    def another(self) -> "MemoryScratch":
        """Another scratch clone of the same remote, which has its own view of it."""
        other = copy(self)
        other.history = copy(self.history)
        other.history.refs = {}
        other.fetched, other.log = [], []
        other.begin()
        return other

    def public(self, name: str, commit: str, contract: Contract | None = None) -> None:
        """Make a tag public, annotated with a contract if one is given."""
        made = commit if contract is None else f"tag {name}"
        known = self.history.commits.get(commit)
        self.tags[name] = RemoteTag(name, made, commit)
        self.messages[made] = "" if contract is None else contract.message()
        self.made[name] = contract.time if contract else known.time if known else 0

    def new_id(self, *words: object) -> str:
        """The id of something new."""
        return self.ids.pop(0) if self.ids else hashlib.sha1(repr(words).encode()).hexdigest()  # noqa: S324 - as git's

    # The remote

    def look(self, branch: str) -> RemoteRefs:
        self._reach()
        self._kept, self._seen = dict(self.records), dict(self.records)
        self._newest = tuple(self.newest)
        hidden = self.unshown.pop(0) if self.unshown else frozenset[str]()
        tags = {name: tag for name, tag in self.tags.items() if name not in hidden}
        self.history.refs = {name: tag.commit for name, tag in tags.items()}
        self.history.made = {name: self.made.get(name, 0) for name in tags}
        self.history.texts_at = {
            f"refs/tags/{name}": f"object {tag.commit}\ntag {name}\n\n{self.messages[tag.object]}"
            for name, tag in tags.items()
            if tag.object != tag.commit
        }
        return RemoteRefs(self.tips.get(branch), tags, "r" if self.records else None)

    @property
    def is_shallow(self) -> bool:
        return bool(self.beyond)

    def branches(self, is_wanted: Callable[[str], bool]) -> dict[str, str]:
        self._reach()
        return {name: tip for name, tip in self.tips.items() if is_wanted(name)}

    def bring(self, tag: RemoteTag) -> None:
        self.fetched.append(tag.name)

    def deepen(self) -> None:
        self.fetched.append("everything")
        self.history.commits.update(self.beyond)
        self.beyond = {}

    def tag_messages(self, tags: Sequence[RemoteTag]) -> list[str]:
        return [self.messages[tag.object] for tag in tags]

    def signature(self, tag: RemoteTag) -> Signature:
        return self.signatures.get(tag.name, UNSIGNED)

    def reaches(self, descendant: str, commit: str) -> bool:
        known, seen, pending = self.history.commits, set[str](), [descendant]
        while pending:
            one = pending.pop()
            if one not in seen:
                seen.add(one)
                pending += known[one].parents if one in known else ()
        return commit in seen

    def push_fault(self, branch: str, refs: RemoteRefs) -> str:
        return self.closed if refs.tip == self.tips.get(branch) else "another tip"

    def _reach(self) -> None:
        if self.unreachable:
            raise OutsideError(self.unreachable)

    # Work trees

    @contextmanager
    def checked_out(self, commit: str) -> Iterator["MemoryCheckout"]:
        self.log.append(f"check out {commit[0]}")
        self.checkout = checkout = MemoryCheckout(self, commit)
        try:
            yield checkout
        finally:
            if self.checkout is checkout:
                self.checkout = None

    def merge(self, onto: str, commit: str, message: str, time: int) -> str | None:
        self.log.append(f"merge {commit[0]} into {onto[0]}")
        if self.is_conflicting:
            return None
        known = self.history.commits.get(commit)
        before = self.files_at(known.parents[0]) if known else {}
        changed = self.files_at(commit).items() - before.items()
        files = self.files_at(onto) | dict(changed)
        return self.committed(Commit("", (onto, commit), message, time), files)

    def committed(self, commit: Commit, files: dict[str, str]) -> str:
        """Keep a commit with its files under an id of its own."""
        made = self.new_id(commit, sorted(files.items()))
        self.history.commits[made] = commit._replace(id=made)
        self.history.paths[made] = ()
        self.files[made] = files
        return made

    def files_at(self, commit: str) -> dict[str, str]:
        """The files of a commit."""
        while commit not in self.files and commit in self.history.commits:
            parents = self.history.commits[commit].parents
            if not parents:
                break
            commit = parents[0]
        return self.files.get(commit, {})

    def text_at(self, commit: str, path: str) -> str | None:
        return self.files_at(commit).get(path)

    @contextmanager
    def exported(self, commit: str) -> Iterator[str]:
        with self.checked_out(commit):
            yield f"export of {commit[0]}"

    def absent(self, commit: str) -> tuple[list[str], list[str]]:
        return self.gaps.get(commit, ([], []))

    def time_of(self, commit: str) -> int:
        known = self.history.commits.get(commit)
        return self.times[commit] if known is None else known.time

    # Records

    def record(self, commit: str) -> str:
        return self._kept.get(commit, "")

    def every_record(self) -> Iterator[tuple[str, str]]:
        return iter(self._kept.items())

    def newest_recorded(self) -> tuple[str, ...]:
        return self._newest if self._kept else ()

    def keep_record(self, commit: str, text: str, time: int) -> str:
        self._kept[commit] = text
        self._newest = (commit,)
        return f"records at {time}"

    # What is pushed

    def tag_all(self, messages: Mapping[str, str], commit: str, time: int) -> dict[str, str]:
        return {name: self._tag(name, commit, text, time) for name, text in messages.items()}

    def _tag(self, name: str, commit: str, message: str, time: int) -> str:
        made = f"tag {name} {self.new_id(name, commit, message, time)[:10]}"
        self.messages[made], self._tagged[made] = message, commit
        self.made[name] = time
        self.log.append(f"tag {name} {commit[0]} at {time}")
        return made

    def push(self, branch: str, updates: Updates) -> Lost | None:
        self._reach()
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.locks:
            return Lost("another push came first", lock=self.locks[0])
        if self.lost:
            return Lost(self.lost.pop())
        if self.refused and updates.branch_commit:
            raise RefusedError(self.refused)
        late = self._late(branch, updates)
        if late:
            return Lost("; ".join(late))
        self._update(branch, updates)
        what = branch if updates.branch_commit else " ".join(updates.tags) or "refs"
        self.effects(f"push {what}")
        return None

    def _late(self, branch: str, updates: Updates) -> list[str]:
        """The refs that others were quicker with."""
        tip = self.tips.get(branch)
        late = [
            f"{move.tag}: stale info"
            for move in updates.moves
            if move.seen != (self.tags[move.tag].object if move.tag in self.tags else "")
        ]
        for name, made in updates.tags.items():
            if name in self.tags and self.tags[name].object != made:
                late.append(f"{name}: already exists")
        if updates.branch_commit and tip and not self.reaches(updates.branch_commit, tip):
            late.append(f"{branch}: fetch first")
        if updates.records and self._seen != self.records:
            late.append("records: fetch first")
        return late

    def _update(self, branch: str, updates: Updates) -> None:
        """Move the refs of the remote."""
        for move in updates.moves:
            self.log.append(f"push {move.tag} {move.to[0]}")
            self.public(move.tag, move.to)
        for name, made in updates.tags.items():
            self.tags[name] = RemoteTag(name, made, self._tagged[made])
        if updates.branch_commit:
            self.tips[branch] = updates.branch_commit
        if updates.records:
            changed = [one for one, text in self._kept.items() if self.records.get(one) != text]
            self.newest[:] = changed or self.newest
            self.records.update(self._kept)

    def faults(self) -> list[str]:
        return [] if self.who else ["git does not know who you are"]

    def identity(self) -> str:
        if not self.who:
            raise OutsideError("git does not know who you are")
        return self.who


class MemoryCheckout(Checkout):
    """The files of a commit of a `MemoryScratch`."""

    def __init__(self, scratch: MemoryScratch, commit: str) -> None:
        self._scratch = scratch
        self.commit_id = commit
        self._files = dict(scratch.files_at(commit))
        self._is_changed = False

    @property
    def path(self) -> str:
        self._require()
        return f"checkout of {self.commit_id[0]}"

    def text(self, path: str) -> str | None:
        self._require()
        return self._files.get(path)

    def real_path(self, path: str) -> str:
        self._require()
        return path

    def edit(self, edits: Sequence[Edit]) -> None:
        self._require()
        for path in dict.fromkeys(edit.path for edit in edits):
            before = self._files.get(path)
            if before is None:
                raise ConflictError(f"{path} is not in the commit to be released")
            self._files[path] = edited(before, [edit for edit in edits if edit.path == path])
            self._is_changed = True
        self._scratch.log.append(f"edit {len(edits)}")

    def add(self, patterns: Sequence[str]) -> None:
        self._require()
        self._is_changed |= bool(patterns)
        self._scratch.log.append(f"add {' '.join(patterns)}")

    def commit(self, message: str, time: int) -> str:
        self._require()
        self._scratch.log.append(f"commit {message} at {time}")
        if not self._is_changed:
            return self.commit_id
        return self._scratch.committed(Commit("", (self.commit_id,), message, time), self._files)

    def _require(self) -> None:
        if self._scratch.checkout is not self:
            raise RuntimeError(f"the checkout of {self.commit_id[:10]} has ended")


class MemoryClone(UserClone):
    """The user's repository: ``tags`` are its tags, ``branch`` the commit of the branch."""

    def __init__(self, **tags: str) -> None:
        self.tags = tags
        self.branch = ""
        self.has_changes = False
        self.effects = Effects()

    def tag(self, name: str) -> str:
        return self.tags.get(name, "")

    def lacks(self, tags: Sequence[RemoteTag], branch: str) -> str:
        lacking = [f"{one.name} is not here" for one in tags if self.tag(one.name) != one.object]
        if self.branch != tags[0].commit and not self.has_changes:
            lacking.append(f"{branch} is behind {tags[0].name}")
        return ", ".join(lacking)

    def keep_up(self, tags: Sequence[RemoteTag], branch: str) -> bool:  # noqa: ARG002 - of the port
        self.tags |= {tag.name: tag.object for tag in tags}
        if not self.has_changes:
            self.branch = tags[0].commit
        self.effects("keep up")
        return not self.has_changes

    def is_changed(self) -> bool:
        return self.has_changes


class MemoryCommands(CommandRunner):
    """Notes what it runs, on which commit and where; those that are ``failing`` fail."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str]] = []
        self.folders: list[str] = []
        self.failing = {"fail"}
        self.effects = Effects()

    def run(self, command: "Command", folder: str, variables: Mapping[str, str]) -> None:
        self.ran.append((str(command), variables["TAGBOAT_COMMIT"]))
        self.folders.append(folder)
        if str(command) in self.failing:
            raise OutsideError("it failed")
        self.effects(f"run {command}")

    def succeeds(self, command: "Command", folder: str, variables: Mapping[str, str]) -> bool:
        try:
            self.run(command, folder, variables)
        except OutsideError:
            return False
        return True


class StandingClock(Clock):
    """A clock that stands still; ``waits`` are the tries that were waited before.

    ``meanwhile`` is what others do during the next waits.
    """

    def __init__(self, time: int = 1) -> None:
        self.time = time
        self.waits: list[int] = []
        self.meanwhile: list[Callable[[], object]] = []

    def now(self) -> int:
        return self.time

    def back_off(self, attempt: int) -> None:
        self.waits.append(attempt)
        if self.meanwhile:
            self.meanwhile.pop(0)()
