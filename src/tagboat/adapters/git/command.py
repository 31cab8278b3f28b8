"""Git through GitPython, for everything that changes a repository or talks to a remote.

GitPython is imported when it is first needed. What git is given and says is treated as the process
runner treats it: the C locale, no variables that redirect it, no prompt, no credentials in errors.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tagboat.adapters.process import (
    ProgramError,
    environment,
    interrupts_held,
    leaked,
    redacted,
    summary,
    wait_for_end,
    without,
)
from tagboat.core.errors import OutsideError, RepositoryError, UsageError

if TYPE_CHECKING:
    from git.cmd import Git


class GitOutput(NamedTuple):
    """How a command ended: its status, and both streams as text that keeps every byte."""

    code: int
    output: str
    errors: str


class GitCommand:
    """Runs git in one folder, each command in a session of its own.

    ``patience`` is how many seconds a command has; ``settings`` are ``name=value`` pairs that beat
    all configuration; ``extra_env`` is added to the environment.
    """

    def __init__(
        self,
        directory: str,
        *,
        patience: float = 60,
        settings: Sequence[str] = (),
        extra_env: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self._patience = patience
        self._settings = [word for setting in settings for word in ("-c", setting)]
        self._extra_env = dict(extra_env or {})
        self._secrets: tuple[str, ...] = ()

    def run(self, *arguments: str, data: str = "", patience: float | None = None) -> str:
        """What a command prints. Raises OutsideError with what git said where it fails."""
        answer = self.answer(*arguments, data=data, patience=patience)
        if answer.code:
            raise failure(arguments, answer)
        return answer.output

    def line(self, *arguments: str) -> str:
        """What a command prints, without the last line end. Raises OutsideError."""
        return self.run(*arguments).removesuffix("\n")

    def attempt(self, *arguments: str) -> str:
        """What a command prints, without blanks around it; an empty text where it fails."""
        try:
            return self.run(*arguments).strip()
        except OutsideError:
            return ""

    def at(self, time: int) -> "GitCommand":
        """The same, for commits and tags made at a time in seconds since 1970."""
        stamp = f"@{time} +0000"
        return self.within({"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp})

    def within(self, extra_env: Mapping[str, str], secrets: Iterable[str] = ()) -> "GitCommand":
        """The same, with more in its environment; errors show none of the ``secrets`` in it."""
        made = GitCommand(self.directory, patience=self._patience)
        made._settings = self._settings
        made._extra_env = self._extra_env | dict(extra_env)
        made._secrets = (*self._secrets, *secrets)
        return made

    def answer(self, *arguments: str, data: str = "", patience: float | None = None) -> GitOutput:
        """How a command ends, whatever its status. Raises OutsideError where it never does."""
        patience = patience or self._patience
        given = data.encode("utf-8", "surrogateescape") if data else None
        with interrupts_held():
            handle = self._started(arguments, has_input=bool(data))
            process = handle.proc
            if process is None:
                raise OutsideError(f"`git {arguments[0]}` was not started")
            try:
                output, errors = wait_for_end(process, given, patience)
            except subprocess.TimeoutExpired as error:
                why = f"`git {arguments[0]}` got no answer in {patience:g} s"
                raise OutsideError(why) from error
        said = without(errors.decode("utf-8", "replace"), self._secrets)
        return GitOutput(process.returncode, output.decode("utf-8", "surrogateescape"), said)

    def _started(self, arguments: Sequence[str], *, has_input: bool) -> "Git.AutoInterrupt":
        """Start git through GitPython; it ends when the handle is lost."""
        try:
            from git.cmd import Git
        except ImportError as error:
            raise OutsideError(f"GitPython can't be loaded: {redacted(str(error))}") from error
        # GitPython adds to the environment of this process and takes nothing out of it.
        unset = [word for name in leaked() for word in ("-u", name)]
        return Git(self.directory).execute(
            [*(("env", *unset) if unset else ()), "git", *self._settings, *arguments],
            as_process=True,
            istream=subprocess.PIPE if has_input else None,
            env=environment(self._extra_env),
            start_new_session=True,
        )


def failure(arguments: Sequence[str], answer: GitOutput) -> OutsideError:
    """The error for a command that failed: its name, and what git said."""
    said = summary(answer.errors) or f"it ended with status {answer.code} and said nothing"
    name = next(word for word in arguments if not word.startswith("-") and "=" not in word)
    return OutsideError(f"`git {name}` failed: {said}")


def no_repository(code: int, errors: str, directory: str) -> OutsideError | UsageError:
    """The error for a folder in which git finds no repository it will read."""
    if "dubious ownership" in errors or "unsafe repository" in errors:
        command = re.search(r"git config --global --add safe\.directory .+", errors)
        path = os.path.realpath(directory)
        return OutsideError(
            f"git refuses the repository of {path!r}, because another user owns it",
            command[0] if command is not None else "see `git help config`, safe.directory",
        )
    if "not a git repository (or any" in errors:
        return UsageError(
            f"{directory!r} is not in a git repository", "go to one, or name it with -C"
        )
    return OutsideError(f"git can't read this repository (status {code}): {summary(errors)}")


def unreadable(error: ProgramError) -> RepositoryError:
    """The error for history that git can't read to its end."""
    return RepositoryError(f"the history can't be read: {summary(error.stderr)}", "run `git fsck`")
