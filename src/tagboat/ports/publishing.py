"""What releasing needs: the remote, work trees, records, what is pushed, notes, and the time.

One throw-away clone beside the user's repository stands behind it. It has every object of that
repository and the refs of the remote.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from tagboat.core.step import Lost
from tagboat.core.version.tag import Ref
from tagboat.core.version_files.edits import Edit

if TYPE_CHECKING:
    from tagboat.core.changelog.changelog import ReleaseNotes
    from tagboat.core.plan.command import Command


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> int:
        """The time in seconds since 1970."""
        ...

    def back_off(self, attempt: int) -> None:
        """Wait before another try, for a random time that grows with the number of tries so far."""
        ...


class RemoteTag(NamedTuple):
    """A tag of a remote: its name, the id of its own object, and of what that leads to.

    The two are the same where the tag is lightweight.
    """

    name: str
    object: str
    commit: str


class RemoteRefs(NamedTuple):
    """The refs of a remote that a release depends on, as they were at one moment.

    ``tip`` is the branch's commit and ``records`` that of the records' ref; None where the remote
    has no such ref.
    """

    tip: str | None
    tags: dict[str, RemoteTag]
    records: str | None

    def tag_refs(self) -> list[Ref]:
        """The tags, each with the commit it leads to."""
        return [Ref(tag.name, tag.commit) for tag in self.tags.values()]


class UserClone(Protocol):
    """The user's repository, which is only touched once a release is public."""

    def tag(self, name: str) -> str:
        """The id of the object that a tag of this repository names; empty where it has none."""
        ...

    def lacks(self, tags: Sequence[RemoteTag], branch: str) -> str:
        """What keeping up with releases of one commit would change here; empty if nothing."""
        ...

    def keep_up(self, tags: Sequence[RemoteTag], branch: str) -> bool:
        """Fetch tags of one commit, and move the branch forward to it.

        It moves if it is checked out and its tree is clean. Returns whether it did.
        """
        ...

    def is_changed(self) -> bool:
        """Whether a file that git knows is not as it was committed."""
        ...


class Signature(NamedTuple):
    """What git says about a tag's signature.

    ``is_good`` is None where it can't be told: the tag is not signed, or the key is not known.
    """

    is_signed: bool
    is_good: bool | None = None
    said: str = ""


class Move(NamedTuple):
    """A tag that a push moves to an id, if it still is what was seen: empty for none."""

    tag: str
    to: str
    seen: str


class Updates(NamedTuple):
    """The refs that a push moves: each to an id, or left alone where that is empty.

    ``tags`` are new ones, each with the id of its object.
    """

    tags: Mapping[str, str] = {}
    branch_commit: str = ""
    records: str = ""
    moves: tuple[Move, ...] = ()


class RemoteReader(Protocol):
    """Looks at the remote, and brings here what a shallow clone lacks of it."""

    @property
    def is_shallow(self) -> bool:
        """Whether the beginning of the history is not here."""
        ...

    def look(self, branch: str) -> RemoteRefs:
        """Ask the remote, and make tags and records here those of the remote.

        What this clone lacks is fetched. Raises OutsideError.
        """
        ...

    def branches(self, is_wanted: Callable[[str], bool]) -> dict[str, str]:
        """The branches of the remote by name, those that are wanted, their commits brought here.

        A shallow clone gets no history below them. Raises OutsideError.
        """
        ...

    def bring(self, tag: RemoteTag) -> None:
        """Make sure that a tag is here with its commit, which a shallow clone may lack."""
        ...

    def deepen(self) -> None:
        """Bring all history and tags of the remote that a shallow clone lacks."""
        ...

    def tag_messages(self, tags: Sequence[RemoteTag]) -> list[str]:
        """The messages of tags, with their signatures; empty for those that are lightweight."""
        ...

    def signature(self, tag: RemoteTag) -> Signature:
        """Whether a tag is signed, and what git says about that. Raises OutsideError."""
        ...

    def reaches(self, descendant: str, commit: str) -> bool:
        """Whether a commit is another one or an ancestor of it."""
        ...

    def push_fault(self, branch: str, refs: RemoteRefs) -> str:
        """Why nothing can be pushed to a branch of the remote; empty where it can.

        ``refs`` are what `look` saw of that branch. Pushes nothing.
        """
        ...


class Checkout(Protocol):
    """The files of a commit in a folder, and the commit that is made of them.

    It ends with the block that opened it, and earlier where another one is opened: what is asked of
    it then raises RuntimeError. Files have the bytes that git stores.
    """

    @property
    def path(self) -> str:
        """The folder."""
        ...

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept; None where there is none. Raises UsageError."""
        ...

    def real_path(self, path: str) -> str:
        """Where a path leads, links followed. Raises UsageError where that is not in the folder."""
        ...

    def edit(self, edits: Sequence[Edit]) -> None:
        """Change files, for the commit to be made.

        Raises ConflictError where a file is not what the edits expect, OutsideError.
        """
        ...

    def add(self, patterns: Sequence[str]) -> None:
        """Take files as they are now into the commit to be made, ignored ones too.

        ``*`` stands for any text without a slash, ``**`` for any text. Raises UsageError where a
        pattern fits no file.
        """
        ...

    def commit(self, message: str, time: int) -> str:
        """Commit what was edited and added; the new id, or that of the start where nothing was.

        Raises ConflictError where somebody else committed here meanwhile, OutsideError.
        """
        ...


class WorkTree(Protocol):
    """Checks commits out, and merges them."""

    def checked_out(self, commit: str) -> AbstractContextManager[Checkout]:
        """The files of a commit and nothing else, as long as the block lasts."""
        ...

    def merge(self, onto: str, commit: str, message: str, time: int) -> str | None:
        """Merge a commit into another, which becomes the first parent; None where they conflict.

        No checkout is touched.
        """
        ...


class CommitFiles(Protocol):
    """The files of commits, whatever is checked out: what images are built from."""

    def text_at(self, commit: str, path: str) -> str | None:
        """A file's text, links followed; None where there is none. Raises UsageError."""
        ...

    def exported(self, commit: str) -> AbstractContextManager[str]:
        """A folder with the files of a commit and nothing else, not even `.git`; its path.

        It depends on the commit alone: files have the bytes that git stores, modes 644 and 755,
        and the commit's time. It is gone after the block, and so is every checkout.
        """
        ...

    def absent(self, commit: str) -> tuple[list[str], list[str]]:
        """The paths whose content a commit does not hold: submodules, and files in Git LFS."""
        ...

    def time_of(self, commit: str) -> int:
        """When a commit was made, in seconds since 1970: the committer's date."""
        ...


class Records(Protocol):
    """The records of releases, kept beside commits, as `RemoteReader.look` last saw them."""

    def record(self, commit: str) -> str:
        """The record kept with a commit; empty where there is none."""
        ...

    def every_record(self) -> Iterator[tuple[str, str]]:
        """All commits that records are kept with, each with its record."""
        ...

    def newest_recorded(self) -> tuple[str, ...]:
        """The commits whose record the last change of the records was about."""
        ...

    def keep_record(self, commit: str, text: str, time: int) -> str:
        """Put a record in the place of the one kept here; the new commit of the records' ref."""
        ...


class Publisher(Protocol):
    """Makes tags, and pushes."""

    def tag_all(self, messages: Mapping[str, str], commit: str, time: int) -> dict[str, str]:
        """Make annotated tags of a commit here, of which there is at least one.

        Returns the ids of their objects, by name. Raises OutsideError.
        """
        ...

    def push(self, branch: str, updates: Updates) -> Lost | None:
        """Update the remote's refs, all or none: none where others were quicker.

        Raises OutsideError where the remote refuses, or can't be reached.
        """
        ...

    def faults(self) -> list[str]:
        """What stands in the way of a release on this machine: identity, signing, addresses."""
        ...

    def identity(self) -> str:
        """Who works here, as git names people: a name and an address. Raises OutsideError."""
        ...


class CommandRunner(Protocol):
    """Runs commands, one at a time."""

    def run(self, command: "Command", folder: str, variables: Mapping[str, str]) -> None:
        """Run a command in a folder to its end, with some variables more in its environment.

        Nothing that it started is left running. Raises OutsideError with the end of what it said
        where it fails, can't be started or runs out of time.
        """
        ...

    def succeeds(self, command: "Command", folder: str, variables: Mapping[str, str]) -> bool:
        """Run a command as `run` does, and say whether that went well."""
        ...


T = TypeVar("T")


class Renderer(Protocol):
    """Writes releases down.

    ``layout`` names the shipped template that is used, and is empty for a repository's own;
    ``is_document`` says that nothing can be added to what it writes, only written whole.
    """

    @property
    def layout(self) -> str:
        """The name of that template, or an empty text."""
        ...

    @property
    def is_document(self) -> bool:
        """Whether what it writes is one document."""
        ...

    @property
    def needs_newcomers(self) -> bool:
        """Whether it asks for first-time contributors, which takes all earlier history."""
        ...

    def notes(self, release: "ReleaseNotes") -> str:
        """One release. Raises UsageError where a template is wrong."""
        ...

    def assembled(self, notes: Iterable[str]) -> Iterator[str]:
        """A whole document, in pieces, from what `notes` gave for each release."""
        ...

    def header(self) -> str:
        """What stands before the first release of a document."""
        ...


class Workers(Protocol):
    """Does the same to many things, several at a time, or one thing beside another."""

    def each(self, work: Callable[[T], str], items: Sequence[T]) -> Iterator[str]:
        """What ``work`` gives for each item, in their order. Raises what it raises."""
        ...

    def beside(self, work: Callable[[], T]) -> AbstractContextManager[Callable[[], T]]:
        """Let some work be done during a block; after it, what the block gets tells the result.

        The work only looks: nothing of what it changes or remembers is seen here. Its result is a
        value of the core. What it raises is raised where the result is asked for.
        """
        ...
