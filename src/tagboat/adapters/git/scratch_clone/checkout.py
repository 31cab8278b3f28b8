"""Files of a commit in a folder, and what a commit names and does not hold."""

import os
import re
import stat
from collections.abc import Sequence
from typing import NamedTuple

from tagboat.adapters.git.command import GitCommand, failure
from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.core.errors import ConflictError, UsageError
from tagboat.core.version_files.edits import Edit, edited

# https://git-scm.com/docs/git-interpret-trailers
_TRAILERS = re.compile(r"\s*(?:[A-Za-z0-9-]+: [^\n]*\s*)*")
_SUBMODULE = "160000"
_BLOB = re.compile(r"[0-9a-f]+ blob [0-9]+")
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_POINTER = "^version https://git-lfs.github.com/spec/v"


class TreeFolder:
    """A folder with one work tree, what runs git there, and the checkout that it belongs to."""

    def __init__(self, path: str, command: GitCommand) -> None:
        self.path = path
        self.command = command
        self._holder: ScratchCheckout | None = None
        self._is_clean = True
        self._untouched = ""

    def give(self, checkout: "ScratchCheckout", commit: str) -> None:
        """Make the work tree that of a commit, whatever was there; it is the checkout's then."""
        self._holder = None
        if commit != self._untouched:
            self.forget()
            self.command.run("checkout", "--quiet", "--force", "--detach", commit)
            if not self._is_clean:  # else nobody has put anything there yet
                self.command.run("clean", "--quiet", "-ffdx")
        self.forget()
        self._is_clean = False
        self._holder = checkout

    def take(self, checkout: "ScratchCheckout", untouched: str = "") -> None:
        """End a checkout; ``untouched`` is its commit where nobody changed anything there."""
        if self._holder is checkout:
            self._holder = None
            self._untouched = untouched

    def forget(self) -> None:
        """Say that index, HEAD or files may be others than those of a checkout that ended."""
        self._untouched = ""

    def holds(self, checkout: "ScratchCheckout") -> bool:
        """Whether the work tree is still that of a checkout."""
        return self._holder is checkout


class CommitOptions(NamedTuple):
    """How a release commit is made: the folder of the hooks that judge it, and a sign-off.

    An empty folder: none judges. ``sign_off`` puts `Signed-off-by:` with the committer behind it.
    """

    hooks: str = ""
    sign_off: bool = False


class ScratchCheckout:
    """The work tree of a folder as long as it is that of one commit.

    ``authored`` runs git for the author, ``options`` say how the commit is made. Its path is given
    to nobody once it has ended, see `Checkout`.
    """

    def __init__(
        self, folder: TreeFolder, commit: str, authored: GitCommand, options: CommitOptions
    ) -> None:
        self._folder = folder
        self._commit = commit
        self._authored = authored
        self._options = options

    def restore(self) -> None:
        """Make all files those of the commit again."""
        self._folder.give(self, self._commit)

    @property
    def path(self) -> str:
        """The folder."""
        return self._git().directory

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept; None where there is none."""
        return self._files().text(path)

    def real_path(self, path: str) -> str:
        """Where a path leads, links followed."""
        return self._files().inside(path)

    def edit(self, edits: Sequence[Edit]) -> None:
        """Change files, for the commit to be made."""
        changed: dict[str, list[Edit]] = {}
        for edit in edits:
            changed.setdefault(edit.path, []).append(edit)
        for path, of_file in changed.items():
            self._edit(path, of_file)
        if changed:
            self._git().run("--literal-pathspecs", "add", "--force", "--", *changed)

    def add(self, patterns: Sequence[str]) -> None:
        """Take files as they are now into the commit to be made, ignored ones too."""
        for pattern in patterns:
            answer = self._git().answer(
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
        head = self._head()
        if head != self._commit:
            raise ConflictError(
                f"a command committed in the work tree: HEAD is {head[:10]}, and was "
                f"{self._commit[:10]}",
                "leave the commit to tagboat: name the files under `add`",
            )
        if not self._git().answer("diff", "--cached", "--quiet", "--no-ext-diff").code:
            return self._commit
        # Hooks and signing programs need nothing that opens the remote.
        author, hooks = self._authored.at(time), self._options.hooks
        how = ["--quiet", "--cleanup=verbatim", "--file=-"]
        how += ["--signoff"] if self._options.sign_off else []
        if not hooks:
            author.run("commit", "--no-verify", *how, data=message)
            return self._head()
        tree = self._git().line("write-tree")
        author.run("-c", f"core.hooksPath={hooks}", "commit", *how, data=message)
        made = self._head()
        refuse_rewritten(self._git(), made, _Meant(self._commit, tree, message))
        return made

    def _git(self) -> GitCommand:
        """What runs git in the folder. Raises RuntimeError where the checkout has ended."""
        if not self._folder.holds(self):
            raise RuntimeError(f"the checkout of {self._commit[:10]} has ended")
        return self._folder.command

    def _head(self) -> str:
        return self._git().line("rev-parse", "--verify", "HEAD^{commit}")

    def _files(self) -> RepositoryFiles:
        """The files that may be read and changed here."""
        return RepositoryFiles(self.path)

    def _edit(self, path: str, edits: list[Edit]) -> None:
        """Change one file, or make it where that is what the edits say."""
        before = self.text(path)
        if before is None and any(edit.old or edit.start for edit in edits):
            raise ConflictError(f"{path} is not in the commit to be released", "plan it again")
        files = self._files()
        if os.path.dirname(path):
            files.make_folder(os.path.dirname(path))
        files.write(path, (edited(before or "", edits),))


class _Meant(NamedTuple):
    """A commit as it is meant to be: its only parent, its tree, and its message."""

    parent: str
    tree: str
    message: str


def refuse_rewritten(command: GitCommand, commit: str, meant: _Meant) -> None:
    """Refuse a release commit that a hook made another one: hooks judge. Raises ConflictError.

    A hook may put trailers behind the message, as code review does.
    """
    head, _, message = command.run("cat-file", "commit", commit).partition("\n\n")
    fields = [line.split(" ", 1) for line in head.split("\n")]
    own = meant.message.rstrip("\n")
    added = message.removeprefix(own)
    if [value for key, value in fields if key == "parent"] != [meant.parent]:
        what = "which commits there are"
    elif fields[0][1] != meant.tree:
        changed = ("diff-tree", "-r", "-z", "--name-only", meant.tree, fields[0][1])
        what = ", ".join(filter(None, command.run(*changed).split("\0")))
    elif not message.startswith(own) or not _TRAILERS.fullmatch(added):
        what = "its message"
    else:
        return
    raise ConflictError(
        f"a hook of this repository changed the release commit: {what}",
        "nothing was released; hooks may judge the commit, and commands with `add` may change it",
    )


def text_at(command: GitCommand, commit: str, path: str) -> str | None:
    """The text of a commit's file, links followed; None where there is none. Raises UsageError."""
    name, outside = os.path.normpath(path), UsageError(f"{path!r} leads out of the repository")
    if name.startswith("../") or os.path.isabs(name):
        raise outside
    data = f"{commit}:{name}\n"
    said = command.run("cat-file", "--batch", "--follow-symlinks", data=data)
    head, _, body = said.partition("\n")
    if head.startswith("symlink "):
        raise outside
    return body.removesuffix("\n") if _BLOB.fullmatch(head) else None


def normalize_files(folder: str, time: int) -> None:
    """Give all that is in a folder the modes git knows, and one time in seconds since 1970.

    Otherwise they would be those of this machine: its umask, and the moment of the checkout.
    """
    for path, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            _settle(os.path.join(path, name), time)
    _settle(folder, time)


def _settle(path: str, time: int) -> None:
    mode = os.lstat(path).st_mode
    if not stat.S_ISLNK(mode):
        is_open = stat.S_ISDIR(mode) or mode & stat.S_IXUSR
        os.chmod(path, 0o755 if is_open else 0o644)
    os.utime(path, (time, time), follow_symlinks=False)


def submodules(command: GitCommand, commit: str) -> list[str]:
    """The paths of a commit's submodules."""
    listed = command.run("ls-tree", "-r", "-z", commit)
    entries = [entry.partition("\t") for entry in listed.split("\0")]
    return [path for mode, _, path in entries if mode.startswith(_SUBMODULE)]


def large_files(command: GitCommand, commit: str) -> list[str]:
    """The paths of a commit's files that are pointers of Git LFS."""
    attributes = ("--", ".gitattributes", "**/.gitattributes")
    if command.answer("grep", "--quiet", "filter=lfs", commit, *attributes).code:
        return []
    found = command.answer("grep", "-z", "-l", "-I", _POINTER, commit)
    return [name.removeprefix(f"{commit}:") for name in found.output.split("\0") if name]
