"""The workshop itself: the remote's refs, a clean work tree, and what is made in it."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from tagboat.adapters.git.command import GitCommand, failure
from tagboat.adapters.git.credentials import with_credentials
from tagboat.adapters.git.scratch_clone.alternates import (
    AlternateSource,
    alternate_source,
    use_alternates,
)
from tagboat.adapters.git.scratch_clone.checkout import large_files, normalize_files, submodules
from tagboat.adapters.git.scratch_clone.push import push, push_fault, signature
from tagboat.adapters.git.scratch_clone.remote_mirror import RECORDS, TAGS, RemoteMirror, notes
from tagboat.adapters.interrupts import interrupts_held
from tagboat.core.errors import ConflictError, UsageError
from tagboat.core.step import Lost
from tagboat.core.version_files.edits import Edit, edited
from tagboat.ports.git import RemoteRefs, RemoteTag, Signature, Updates


@contextmanager
def open_scratch_clone(directory: str) -> Iterator["ScratchClone"]:
    """A workshop for the repository that holds a folder; gone without a trace at the end."""
    folder = ""
    try:
        with interrupts_held():
            folder = os.path.realpath(tempfile.mkdtemp(prefix="tagboat-"))
        lent = alternate_source(directory)
        use_alternates(lent, folder)
        yield ScratchClone(folder, lent)
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
    """A throw-away repository that borrows from the user's. ``remote`` is set before it is used.

    ``honours_hooks`` lets the hooks of the user's repository judge the release commit. ``author``
    (``Name <address>``) makes commits and tags; without one git's own identity does.
    """

    def __init__(self, tree: str, lent: AlternateSource) -> None:
        self.tree = tree
        self.honours_hooks = False
        self.author = ""
        self._lent = lent
        self._local = GitCommand(tree)
        self._command = with_credentials(self._local)
        self._mirror = RemoteMirror(self._command, lent, tree)
        # What an id names never changes: every step asks for the same tag and the same record.
        self._messages: dict[str, str] = {}
        self._records: dict[tuple[str, str], str] = {}
        self._times: dict[str, int] = {}
        self._started = ""

    @property
    def remote(self) -> str:
        """The name of the remote."""
        return self._mirror.remote

    @remote.setter
    def remote(self, name: str) -> None:
        self._mirror.remote = name

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

    def start(self, commit: str) -> None:
        """Make the work tree that of a commit, whatever was there."""
        self._command.run("checkout", "--quiet", "--force", "--detach", commit)
        if self._started:  # else nobody has put anything there yet
            self._command.run("clean", "--quiet", "-ffdx")
        self._started = commit

    def checkout(self, commit: str) -> str:
        """A folder with the files of a commit and nothing else, not even `.git`; its path.

        It depends on the commit alone: files have the bytes that git stores, modes 644 and 755,
        and the commit's time. The folder goes when the workshop does.
        """
        self.start(commit)
        folder = tempfile.mkdtemp(prefix="checkout-", dir=os.path.join(self.tree, ".git"))
        self._command.run("checkout-index", "--all", "--force", f"--prefix={folder}/")
        normalize_files(folder, self.time_of(commit))
        return folder

    def time_of(self, commit: str) -> int:
        """When a commit was made, in seconds since 1970: the committer's date."""
        if commit not in self._times:
            shown = self._command.line("show", "--no-patch", "--format=%ct", commit)
            self._times[commit] = int(shown)
        return self._times[commit]

    def absent(self, commit: str) -> tuple[list[str], list[str]]:
        """The paths whose content a commit does not hold: submodules, and files in Git LFS."""
        return submodules(self._command, commit), large_files(self._command, commit)

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept; None where there is none."""
        place = self._inside(path)
        try:
            with open(place, encoding="utf-8", errors="surrogateescape", newline="") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"{path} can't be read: {error.strerror}") from error

    def text_and_path(self, path: str) -> tuple[str, str] | None:
        """A file's text, and the path of the file itself where links lead to it; or None."""
        text = self.text(path)
        return None if text is None else (text, os.path.relpath(self._inside(path), self.tree))

    def edit(self, edits: Sequence[Edit]) -> None:
        """Change files of the commit that was started from, for the commit to be made."""
        changed: dict[str, list[Edit]] = {}
        for edit in edits:
            changed.setdefault(edit.path, []).append(edit)
        for path, of_file in changed.items():
            self._edit(path, of_file)
        if changed:
            self._command.run("--literal-pathspecs", "add", "--force", "--", *changed)

    def add(self, patterns: Sequence[str]) -> None:
        """Take files as they are now into the commit to be made, ignored ones too."""
        for pattern in patterns:
            answer = self._command.answer(
                *("--glob-pathspecs", "add", "--all", "--force", "--", pattern)
            )
            if answer.code and "did not match any files" in answer.errors:
                raise UsageError(
                    f"commands add {pattern!r} to the release commit, and there is no such file",
                    "correct `add`, or have a command make that file",
                )
            if answer.code:
                raise failure(("add",), answer)

    def commit(self, message: str, time: int) -> str:
        """Commit what was edited and added; the new id, or that of the start where nothing was."""
        if self._head() != self._started:
            raise ConflictError(
                f"a command committed in the work tree: HEAD is {self._head()[:10]}, and was "
                f"{self._started[:10]}",
                "leave the commit to tagboat: name the files under `add`",
            )
        if not self._command.answer("diff", "--cached", "--quiet", "--no-ext-diff").code:
            return self._started
        hooks = [f"core.hooksPath={self._lent.hooks}"] if self.honours_hooks else []
        settings = [word for hook in hooks for word in ("-c", hook)]
        check = [] if self.honours_hooks else ["--no-verify"]
        # Hooks and signing programs need nothing that opens the remote.
        self._by_author(self._local).at(time).run(
            *(*settings, "commit", "--quiet", *check, "--cleanup=verbatim", "--file=-"),
            data=message,
        )
        return self._head()

    def merge(self, onto: str, commit: str, message: str, time: int) -> str | None:
        """Merge a commit into another, which becomes the first parent; None where they conflict.

        The files for that stand in a folder beside: what was made in the work tree stays there.
        """
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

    def tag(self, name: str, commit: str, message: str, time: int) -> str:
        """Make an annotated tag here; the id of its object."""
        # Not --annotate: it would overrule tag.forceSignAnnotated.
        self._by_author(self._local).at(time).run(
            "tag", "--force", "--cleanup=verbatim", "--file=-", "--", name, commit, data=message
        )
        made = self._command.line("rev-parse", "--verify", f"{TAGS}{name}")
        self._mirror.refs[TAGS + name] = made
        return made

    def tag_message(self, tag: RemoteTag) -> str:
        """The message of a tag, with its signature; empty where it is lightweight."""
        if tag.object == tag.commit:
            return ""
        if tag.object not in self._messages:
            self.bring(tag)
            raw = self._command.run("cat-file", "tag", tag.object)
            self._messages[tag.object] = raw.partition("\n\n")[2]
        return self._messages[tag.object]

    def signature(self, tag: RemoteTag) -> Signature:
        """Whether a tag is signed, and what git says about that."""
        return signature(self._command, tag, self.tag_message(tag))

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
        listed = self._command.answer("notes", f"--ref={RECORDS}", "list", commit)
        if listed.code:
            return ""
        return self._command.run("cat-file", "blob", listed.output.strip())

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
            f"{TAGS}{updates.tag}": updates.tag_object,
            RECORDS: updates.records,
        }
        refspecs = [f"{made}:{ref}" for ref, made in moves.items() if made]
        refspecs += [f"+{move.to}:{TAGS}{move.tag}" for move in updates.moves]
        seen = {f"{TAGS}{move.tag}": move.seen for move in updates.moves}
        return push(self._command, self._mirror.remote, refspecs, seen)

    def faults(self) -> list[str]:
        """What stands in the way of a release on this machine: an identity."""
        who = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
        command = self._by_author(self._local)
        if any(command.answer("var", name).code for name in who):
            return [
                "git does not know who you are: set user.name and user.email, or release.author"
            ]
        return []

    def identity(self) -> str:
        """Who works here, as git names people: a name and an address."""
        stamped = self._command.line("var", "GIT_COMMITTER_IDENT")
        return stamped.rsplit(" ", 2)[0]

    def push_fault(self, branch: str) -> str:
        """Why nothing can be pushed to a branch of the remote; empty where it can."""
        tip = self._mirror.tip
        return push_fault(self._command, self.remote, f"{tip}:refs/heads/{branch}") if tip else ""

    def _by_author(self, command: GitCommand) -> GitCommand:
        """A command whose commits and tags are by the author, if one is given."""
        name, _, address = self.author.removesuffix(">").rpartition(" <")
        if not name:
            return command
        who = {"NAME": name, "EMAIL": address}
        return command.within(
            {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
        )

    def _head(self) -> str:
        return self._command.line("rev-parse", "--verify", "HEAD^{commit}")

    def _inside(self, path: str) -> str:
        """Where a path leads, links followed. Raises UsageError where that is not in the tree."""
        real = os.path.realpath(os.path.join(self.tree, path))
        inner = os.path.relpath(real, self.tree).split(os.sep)
        if inner[0] in ("..", ".git"):
            raise UsageError(f"{path!r} leads out of the repository")
        return real

    def _edit(self, path: str, edits: list[Edit]) -> None:
        """Change one file."""
        before = self.text(path)
        if before is None:
            raise ConflictError(f"{path} is not in the commit to be released", "plan it again")
        with open(
            self._inside(path), "w", encoding="utf-8", errors="surrogateescape", newline=""
        ) as file:
            file.write(edited(before, edits))
