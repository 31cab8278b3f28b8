"""The steps that run the commands of a repository, and what the later ones make."""

from collections.abc import Mapping
from typing import NamedTuple

from tagboat.core.plan.command import Command, Point, variables
from tagboat.core.plan.tag_message import Contract
from tagboat.core.step import Finding, State
from tagboat.ports.commands import CommandRunner
from tagboat.ports.git import Workshop
from tagboat.use_cases.steps.pending import PendingRelease
from tagboat.use_cases.steps.published import PublishedRelease


class ReleaseCommands(NamedTuple):
    """The commands of a package as the configuration at one commit has them; what runs them."""

    commands: tuple[Command, ...]
    runner: CommandRunner

    def at(self, point: Point) -> tuple[Command, ...]:
        """The commands of one point, in order."""
        return tuple(command for command in self.commands if command.point is point)

    @property
    def added(self) -> tuple[str, ...]:
        """The patterns of the files that commands add to the release commit."""
        return tuple(pattern for command in self.at(Point.COMMIT) for pattern in command.add)

    def run(self, point: Point, told: Mapping[str, str]) -> None:
        """Run the commands of one point. Raises what the port raises, at the first that fails."""
        for command in self.at(point):
            self.runner.run(command, told)


class Build:
    """The workshop's work tree with what the `before-publish` commands make there.

    Good for as long as nothing else starts a work tree in the workshop.
    """

    def __init__(self, scratch: Workshop, release_commands: ReleaseCommands) -> None:
        self._scratch = scratch
        self._release_commands = release_commands
        self._commit = ""

    def is_made(self, commit: str) -> bool:
        """Whether the work tree is that of a commit, and the commands were run in it."""
        return bool(commit) and self._commit == commit

    def make(self, contract: Contract, tag: str, commit: str) -> None:
        """Make the work tree that of a release's commit and run the commands, unless it is done.

        Raises what the ports raise.
        """
        if not self.is_made(commit):
            self._commit = ""
            self._scratch.start(commit)
            self._release_commands.run(Point.PUBLISH, variables(contract, tag, commit))
            self._commit = commit

    def make_again(self, tagged: PublishedRelease) -> None:
        """The same for a release that is public, maybe since long ago and from elsewhere.

        Raises ConflictError where its tag is gone, and what the ports raise.
        """
        tag, contract = tagged.promised()
        self.make(contract, tag.name, tag.commit)


class RunBeforeCommit:
    """The `before-commit` commands were run on the edited files of the planned commit."""

    name = Point.COMMIT.value
    is_courtesy = False

    def __init__(self, pending: PendingRelease, release_commands: ReleaseCommands) -> None:
        self._pending = pending
        self._release_commands = release_commands

    def describe(self) -> str:
        """What is run."""
        return _described(self._release_commands, Point.COMMIT)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        pending = self._pending
        return _finding(pending, is_run=pending.has_run_early)

    def apply(self) -> None:
        """Edit the files, then run the commands."""
        pending, plan = self._pending, self._pending.plan
        pending.prepare()
        self._release_commands.run(Point.COMMIT, variables(plan.contract(), plan.tag, plan.commit))
        pending.has_run_early = True


class RunBeforePublish:
    """The `before-publish` commands were run on what will be tagged."""

    name = Point.PUBLISH.value
    is_courtesy = False

    def __init__(
        self, pending: PendingRelease, release_commands: ReleaseCommands, build: Build
    ) -> None:
        self._pending = pending
        self._release_commands = release_commands
        self._build = build

    def describe(self) -> str:
        """What is run."""
        return _described(self._release_commands, Point.PUBLISH)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        pending = self._pending
        return _finding(pending, is_run=self._build.is_made(pending.commit))

    def apply(self) -> None:
        """Run the commands on a clean work tree."""
        pending, plan = self._pending, self._pending.plan
        self._build.make(plan.contract(), plan.tag, pending.commit)
        pending.is_staged = True


def _described(release_commands: ReleaseCommands, point: Point) -> str:
    return ", ".join(f"`{command}`" for command in release_commands.at(point))


def _finding(pending: PendingRelease, *, is_run: bool) -> Finding:
    """What is true of commands that were run, or not, for a release."""
    tag, is_ours = pending.public()
    if tag is not None and is_ours:
        return Finding(State.DONE, f"{tag.name} is public")
    if tag is not None:
        return Finding(State.CONFLICT, f"{tag.name} is another one, at {tag.commit[:10]}")
    return Finding(State.DONE if is_run else State.ABSENT)
