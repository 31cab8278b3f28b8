"""Hints: what makes a command fail, what its hint says, and that following it helps."""

from collections.abc import Callable
from typing import NamedTuple

from tests.commandline import tagboat
from tests.gitrepo import GitRepo

NEXT = ("version", "next")


class Refused(NamedTuple):
    """What makes a command fail in a repository, its hint, and what follows that.

    The command goes once that is done, in the form of ``again`` where the hint changes it.
    """

    fails: Callable[[GitRepo], object]
    hint: str
    helps: Callable[[GitRepo], object] = bool
    command: tuple[str, ...] = NEXT
    again: tuple[str, ...] = ()


def written(name: str, text: str | bytes) -> Callable[[GitRepo], object]:
    """What writes a file into the work tree."""
    data = text.encode() if isinstance(text, str) else text
    return lambda repo: (repo.path / name).write_bytes(data)


def both(*steps: Callable[[GitRepo], object]) -> Callable[[GitRepo], object]:
    """One thing after another."""
    return lambda repo: [step(repo) for step in steps]


def followed(one: Refused, repo: GitRepo) -> None:
    """Let a command fail, see its hint, do what that says, and see the command go."""
    one.fails(repo)
    failed = tagboat(*one.command, cwd=repo.path)
    one.helps(repo)
    assert (failed.code > 0, f"  try: {one.hint}\n" in failed.stderr) == (True, True), failed
    again = tagboat(*(one.again or one.command), cwd=repo.path)
    assert again.code == 0, again
