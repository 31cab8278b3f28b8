"""The scratch clone itself: the remote's refs, a clean work tree, and what is made of them."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from tagboat.adapters.git.command import GitCommand, failure
from tagboat.adapters.git.credentials import with_credentials
from tagboat.adapters.git.scratch_clone.alternates import (
    AlternateSource,
    Entries,
    alternate_source,
    closed_settings,
    use_alternates,
    write_settings,
)
from tagboat.adapters.git.scratch_clone.checkout import (
    CommitOptions,
    ScratchCheckout,
    TreeFolder,
    large_files,
    normalize_files,
    submodules,
    text_at,
)
from tagboat.adapters.git.scratch_clone.push import (
    make_tags,
    push,
    push_fault,
    setting_faults,
    signature,
)
from tagboat.adapters.git.scratch_clone.remote_mirror import (
    RECORDS,
    TAGS,
    TIP,
    RemoteMirror,
    note_of,
    notes,
    object_contents,
)
from tagboat.adapters.process import interrupts_held
from tagboat.core.step import Lost
from tagboat.ports.publishing import RemoteRefs, RemoteTag, Signature, Updates


@contextmanager
def open_scratch_clone(
    directory: str, meanwhile: Callable[[], object] = lambda: None
) -> Iterator["ScratchClone"]:
    """A scratch clone of the repository that holds a folder; gone without a trace at the end.

    It follows no remote as yet. ``meanwhile`` is done while git looks at the repository, and
    raises before that does.
    """
    folder = ""
    try:
        with interrupts_held():
            folder = os.path.realpath(tempfile.mkdtemp(prefix="tagboat-"))
        lent = alternate_source(directory, meanwhile)
        command = with_credentials(GitCommand(folder), use_alternates(lent, folder))
        yield ScratchClone(
            TreeFolder(folder, command), lent, RemoteMirror(command, lent, folder, "")
        )
    finally:
        with interrupts_held():
            _remove(folder)


def _remove(folder: str) -> None:
    """Remove a folder with all that is in it, also what a command made unwritable."""
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        for path, _folders, _files in os.walk(folder):
            with suppress(OSError):
                os.chmod(path, stat.S_IRWXU)


class ScratchClone:
    """A throw-away repository that borrows from the user's, with one work tree.

    ``author`` (``Name <address>``) makes commits and tags; without one git's own identity does.
    ``making`` says how the release commit is made.
    """

    def __init__(
        self,
        folder: TreeFolder,
        lent: AlternateSource,
        mirror: RemoteMirror,
        author: str = "",
        making: CommitOptions = CommitOptions(),  # noqa: B008 - a value
    ) -> None:
        self.tree = folder.path
        self._folder = folder
        self._lent = lent
        self._mirror = mirror
        self._author = author
        self._making = making
        self._command = folder.command
        self._local = GitCommand(folder.path)
        # What an id names never changes: every step asks for the same tag and the same record.
        self._messages: dict[str, str] = {}
        self._records: dict[tuple[str, str], str] = {}
        self._times: dict[str, int] = {}

    def following(self, remote: str, author: str) -> "ScratchClone":
        """The same clone with a remote, for an author."""
        mirror = RemoteMirror(self._command, self._lent, self.tree, remote)
        return ScratchClone(self._folder, self._lent, mirror, author)

    def by(self, author: str, *, honours_hooks: bool, sign_off: bool) -> "ScratchClone":
        """The same clone for another author; the hooks of the user's repository may judge."""
        making = CommitOptions(self._lent.hooks if honours_hooks else "", sign_off)
        return ScratchClone(self._folder, self._lent, self._mirror, author, making)

    @property
    def origin(self) -> str:
        """The repository that is borrowed from, as a remote."""
        return self._lent.common

    @property
    def configured(self) -> Entries:
        """What is configured for the repository that is borrowed from."""
        return self._lent.entries

    @property
    def is_shallow(self) -> bool:
        """Whether the beginning of the history is not here."""
        return self._mirror.is_shallow

    def look(self, branch: str) -> RemoteRefs:
        """Ask the remote, and make tags and records here those of the remote."""
        return self._mirror.look(branch)

    def branches(self, is_wanted: Callable[[str], bool]) -> dict[str, str]:
        """The branches of the remote by name, those that are wanted, their commits brought here."""
        return self._mirror.branches(is_wanted)

    def bring(self, tag: RemoteTag) -> None:
        """Make sure that a tag is here with its commit, which a shallow clone may lack."""
        self._mirror.bring(tag)

    def deepen(self) -> None:
        """Bring all history and tags of the remote that a shallow clone lacks."""
        self._mirror.deepen()

    @contextmanager
    def without_credentials(self) -> Iterator[None]:
        """A block in which the configuration here opens no remote; then it is as before."""
        path = os.path.join(self.tree, ".git", "config")
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            before = file.read()
        head = before.partition("[include]")[0]
        write_settings(path, head + closed_settings(self._lent))
        try:
            yield
        finally:
            write_settings(path, before)

    @contextmanager
    def checked_out(self, commit: str, *, only_read: bool = False) -> Iterator[ScratchCheckout]:
        """The files of a commit and nothing else, as long as the block lasts.

        Those that are ``only_read`` are there at once when they are checked out again.
        """
        checkout = ScratchCheckout(self._folder, commit, self._by_author(self._local), self._making)
        checkout.restore()
        try:
            yield checkout
        finally:
            self._folder.take(checkout, commit if only_read else "")

    @contextmanager
    def exported(self, commit: str) -> Iterator[str]:
        """A folder with the files of a commit and nothing else, not even `.git`; its path."""
        inside = os.path.join(self.tree, ".git")
        with (
            self.checked_out(commit),
            tempfile.TemporaryDirectory(prefix="export-", dir=inside) as folder,
        ):
            self._command.run("checkout-index", "--all", "--force", f"--prefix={folder}/")
            normalize_files(folder, self.time_of(commit))
            yield folder

    def text_at(self, commit: str, path: str) -> str | None:
        """A file's text, links followed; None where there is none. Raises UsageError."""
        return text_at(self._command, commit, path)

    def time_of(self, commit: str) -> int:
        """When a commit was made, in seconds since 1970: the committer's date."""
        if commit not in self._times:
            shown = self._command.line("show", "--no-patch", "--format=%ct", commit)
            self._times[commit] = int(shown)
        return self._times[commit]

    def absent(self, commit: str) -> tuple[list[str], list[str]]:
        """The paths whose content a commit does not hold: submodules, and files in Git LFS."""
        return submodules(self._command, commit), large_files(self._command, commit)

    def merge(self, onto: str, commit: str, message: str, time: int) -> str | None:
        """Merge a commit into another, which becomes the first parent; None where they conflict.

        The files for that stand in a folder beside: what was made in the work tree stays there.
        """
        self._folder.forget()
        with tempfile.TemporaryDirectory(dir=os.path.join(self.tree, ".git")) as folder:
            beside = ("-C", folder, f"--git-dir={self.tree}/.git", f"--work-tree={folder}")
            got = self._command.answer(*beside, "checkout", "--quiet", "--force", "--detach", onto)
            if got.code:
                raise failure(("checkout",), got)
            arguments = ("merge", "--quiet", "--no-ff", "--no-edit", "--no-log", "--no-verify")
            command = self._by_author(self._command).at(time)
            answer = command.answer(*beside, *arguments, "-m", message, commit)
            if not answer.code:
                return self._head()
            if self._command.run("ls-files", "--unmerged"):
                return None
            raise failure(("merge",), answer)

    def tag_all(self, messages: Mapping[str, str], commit: str, time: int) -> dict[str, str]:
        """Make annotated tags of a commit here; the ids of their objects, by name."""
        made = make_tags(self._by_author(self._local).at(time), commit, messages)
        self._mirror.refs |= {TAGS + name: tag for name, tag in made.items()}
        return made

    def tag_messages(self, tags: Sequence[RemoteTag]) -> list[str]:
        """The messages of tags, with their signatures; empty for those that are lightweight."""
        new = {one.object: one for one in tags if one.object not in {one.commit, *self._messages}}
        for tag in new.values():
            self.bring(tag)
        for made, raw in zip(new, object_contents(self._command, list(new)), strict=True):
            text = raw.decode("utf-8", "surrogateescape")
            self._messages[made] = text.partition("\n\n")[2]
        return [self._messages.get(one.object, "") for one in tags]

    def signature(self, tag: RemoteTag) -> Signature:
        """Whether a tag is signed, and what git says about that."""
        return signature(self._command, tag, self.tag_messages([tag])[0])

    def reaches(self, descendant: str, commit: str) -> bool:
        """Whether a commit is another one or an ancestor of it."""
        if commit == descendant:
            return True
        return not self._command.answer("merge-base", "--is-ancestor", commit, descendant).code

    def record(self, commit: str) -> str:
        """The record kept with a commit; empty where there is none."""
        if RECORDS not in self._mirror.refs:
            return ""
        key = self._mirror.refs[RECORDS], commit
        if key not in self._records:
            self._records[key] = self._note(commit)
        return self._records[key]

    def _note(self, commit: str) -> str:
        return note_of(self._command, RECORDS, commit)

    def every_record(self) -> Iterator[tuple[str, str]]:
        """All commits that records are kept with, each with its record."""
        return notes(self._command, RECORDS) if RECORDS in self._mirror.refs else iter(())

    def newest_recorded(self) -> tuple[str, ...]:
        """The commits whose record the last change of the records' ref was about."""
        if RECORDS not in self._mirror.refs:
            return ()
        changed = ("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--name-only")
        paths = self._command.run(*changed, self._mirror.refs[RECORDS])
        # With many notes git spreads them over folders named by the first digits.
        return tuple(path.replace("/", "") for path in paths.split("\0") if path)

    def keep_record(self, commit: str, text: str, time: int) -> str:
        """Put a record in the place of the one kept here; the new commit of the records' ref."""
        self._by_author(self._local).at(time).run(
            "notes", f"--ref={RECORDS}", "add", "--force", "--file=-", commit, data=text
        )
        made = self._command.line("rev-parse", "--verify", RECORDS)
        self._mirror.refs[RECORDS] = made
        return made

    def push(self, branch: str, updates: Updates) -> Lost | None:
        """Update the remote's refs, all or none."""
        moves = {
            f"refs/heads/{branch}": updates.branch_commit,
            **{TAGS + name: made for name, made in updates.tags.items()},
            RECORDS: updates.records,
        }
        refspecs = [f"{made}:{ref}" for ref, made in moves.items() if made]
        refspecs += [f"+{move.to}:{TAGS}{move.tag}" for move in updates.moves]
        seen = {f"{TAGS}{move.tag}": move.seen for move in updates.moves}
        lost = push(self._command, self._mirror.remote, refspecs, seen)
        if lost is None and updates.branch_commit:
            self._mirror.refs[TIP] = updates.branch_commit  # so that it is not fetched
        return lost

    def faults(self) -> list[str]:
        """What stands in the way of a release on this machine: identity, signing, addresses."""
        who = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
        command = self._by_author(self._local)
        if any(command.answer("var", name).code for name in who):
            return [
                "git does not know who you are: set user.name and user.email, or release.author"
            ]
        return list(setting_faults(self._command, command, self._mirror.remote))

    def identity(self) -> str:
        """Who works here, as git names people: a name and an address."""
        stamped = self._command.line("var", "GIT_COMMITTER_IDENT")
        return stamped.rsplit(" ", 2)[0]

    def push_fault(self, branch: str, refs: RemoteRefs) -> str:
        """Why nothing can be pushed to a branch of the remote; empty where it can."""
        if refs.tip is None:
            return ""
        return push_fault(self._command, self._mirror.remote, f"{refs.tip}:refs/heads/{branch}")

    def _by_author(self, command: GitCommand) -> GitCommand:
        """A command whose commits and tags are by the author, if one is given."""
        name, _, address = self._author.removesuffix(">").rpartition(" <")
        if not name:
            return command
        who = {"NAME": name, "EMAIL": address}
        return command.within(
            {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
        )

    def _head(self) -> str:
        return self._command.line("rev-parse", "--verify", "HEAD^{commit}")
