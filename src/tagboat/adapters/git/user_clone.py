"""The user's own repository: what its hooks are told, and what a public release brings it."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tagboat.adapters.git.command import GitCommand
from tagboat.adapters.git.credentials import with_credentials
from tagboat.adapters.process import interrupts_held, run
from tagboat.core.errors import OutsideError
from tagboat.ports.publishing import RemoteTag

if TYPE_CHECKING:
    from tagboat.core.lint.lint import Cleanup

_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-prune",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
)
_PATIENCE = 1200


class GitUserClone:
    """The repository that holds a folder, as it follows one remote."""

    def __init__(self, directory: str, remote: str) -> None:
        self._command = GitCommand(directory, settings=["core.hooksPath=/dev/null"])
        self._remote = remote
        self._known: dict[str, str] = {}

    def branches(self) -> tuple[str, ...]:
        """The branches here and those of the remote, by name; each once."""
        listed = self._command.attempt(
            *("for-each-ref", "--format=%(refname)", "refs/heads", f"refs/remotes/{self._remote}")
        )
        prefixes = ("refs/heads/", f"refs/remotes/{self._remote}/")
        names = (ref.removeprefix(prefixes[0]).removeprefix(prefixes[1]) for ref in listed.split())
        return tuple(sorted({name for name in names if name != "HEAD"}))

    def tag(self, name: str) -> str:
        """The id of the object that a tag of this repository names; empty where it has none."""
        ref = f"refs/tags/{name}"
        return self._known.get(ref) or self._command.attempt("rev-parse", "--verify", ref)

    def lacks(self, tags: Sequence[RemoteTag], branch: str) -> str:
        """What keeping up with releases of one commit would change here; empty if nothing."""
        head = f"refs/heads/{branch}"
        here = self._refs(head, *(f"refs/tags/{tag.name}" for tag in tags))
        changes = [
            f"{tag.name} is not here"
            for tag in tags
            if here.get(f"refs/tags/{tag.name}") != tag.object
        ]
        # Most often the clone stands at the release, and git need not be asked about it.
        if here.get(head) != tags[0].commit and self._may_move(tags[0], branch):
            changes.append(f"{branch} is behind {tags[0].name}")
        return ", ".join(changes)

    def _refs(self, *names: str) -> dict[str, str]:
        """The ids of the objects of refs that are here, by their full names."""
        listed = self._command.attempt("for-each-ref", "--format=%(objectname) %(refname)", *names)
        pairs = (line.partition(" ") for line in listed.splitlines())
        self._known = {ref: made for made, _, ref in pairs}
        return self._known

    def keep_up(self, tags: Sequence[RemoteTag], branch: str) -> bool:
        """Fetch tags of one commit, and move the branch forward to it.

        It moves if it is checked out and its tree is clean. Returns whether it did.
        """
        names = (f"refs/tags/{tag.name}" for tag in tags)
        refspecs = (f"{name}:{name}" for name in names)
        self._known = {}
        with_credentials(self._command).run(
            *(*_FETCH, "--", self._remote, f"refs/heads/{branch}", *refspecs), patience=_PATIENCE
        )
        if not self._may_move(tags[0], branch):
            return False
        with interrupts_held():  # a merge that is cut short leaves files half changed
            self._command.run("merge", "--quiet", "--ff-only", "--no-autostash", tags[0].commit)
        return True

    def _may_move(self, tag: RemoteTag, branch: str) -> bool:
        """Whether the branch is checked out, lies behind the release, and nothing is changed."""
        asked = ("rev-parse", "HEAD^{commit}", "--symbolic-full-name", "HEAD")
        head, _, ref = self._command.attempt(*asked).partition("\n")
        if ref != f"refs/heads/{branch}" or head == tag.commit:
            return False
        # The release may not be here yet, and is ahead of nothing then.
        if self._command.answer("merge-base", "--is-ancestor", head, tag.commit).code:
            return False
        return self._status() == ""

    def is_changed(self) -> bool:
        """Whether a file that git knows is not as it was committed."""
        return bool(self._status())

    def _status(self) -> str | None:
        """What is changed; None where there is no work tree."""
        status = ("status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=none")
        answer = self._command.answer(*status)
        return None if answer.code else answer.output


_KEYS = r"^(core\.comment(char|string)|commit\.cleanup)$"
_NO_EDITOR = ":"
_NO_COMMIT = "0"


def message_cleanup(directory: str) -> "Cleanup":
    """What git takes out of the message that it is about to commit in a folder.

    That depends on ``core.commentChar`` (or ``commentString``), ``commit.cleanup``, and on whether
    there was an editor: without one git tells its hooks that ``GIT_EDITOR`` is ``:``.
    """
    from tagboat.core.lint.lint import Cleanup

    comment, mode = "#", "default"
    try:
        found = run(("git", "config", "--null", "--get-regexp", _KEYS), cwd=directory)
    except OutsideError:  # none of them is set
        found = b""
    for setting in found.decode("utf-8", "replace").split("\0"):
        key, _, value = setting.partition("\n")
        if key == "commit.cleanup":
            mode = value
        elif value:
            comment = value
    if mode == "default" and os.environ.get("GIT_EDITOR") == _NO_EDITOR:
        mode = "whitespace"
    if mode in ("whitespace", "verbatim"):
        return Cleanup("", "")
    return Cleanup("", comment) if mode == "scissors" else Cleanup(comment, comment)


def pushed_range() -> str:
    """The commits that pre-commit's pre-push stage is about, as ``A..B``; empty outside of it."""
    start = os.environ.get("PRE_COMMIT_FROM_REF", "")
    end = os.environ.get("PRE_COMMIT_TO_REF", "")
    return f"{start}..{end}" if start.strip(_NO_COMMIT) and end.strip(_NO_COMMIT) else ""
