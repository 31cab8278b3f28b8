"""The steps that run the commands of a repository, and what the later ones make."""

from collections.abc import Mapping
from typing import NamedTuple

from tagboat.core.command import Command, Point, variables
from tagboat.core.contract import Contract
from tagboat.core.step import Finding, State
from tagboat.ports import Workshop
from tagboat.ports.commands import Commands
from tagboat.use_cases.steps.world import Making, Tagged


class Errands(NamedTuple):
    """The commands of a package as the configuration at one commit has them; what runs them."""

    commands: tuple[Command, ...]
    runner: Commands

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

    def __init__(self, workshop: Workshop, errands: Errands) -> None:
        self._workshop = workshop
        self._errands = errands
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
            self._workshop.start(commit)
            self._errands.run(Point.PUBLISH, variables(contract, tag, commit))
            self._commit = commit

    def make_again(self, tagged: Tagged) -> None:
        """The same for a release that is public, maybe since long ago and from elsewhere.

        Raises ConflictError where its tag is gone, and what the ports raise.
        """
        tag, contract = tagged.promised()
        self.make(contract, tag.name, tag.commit)


class RunEarly:
    """The `before-commit` commands were run on the edited files of the planned commit."""

    name = Point.COMMIT.value
    is_courtesy = False

    def __init__(self, making: Making, errands: Errands) -> None:
        self._making = making
        self._errands = errands

    def describe(self) -> str:
        """What is run."""
        return _described(self._errands, Point.COMMIT)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        making = self._making
        return _found(making, is_run=making.has_run_early)

    def apply(self) -> str:
        """Edit the files, then run the commands."""
        making, plan = self._making, self._making.plan
        making.prepare()
        self._errands.run(Point.COMMIT, variables(plan.contract(), plan.tag, plan.commit))
        making.has_run_early = True
        return ""


class RunLate:
    """The `before-publish` commands were run on what will be tagged."""

    name = Point.PUBLISH.value
    is_courtesy = False

    def __init__(self, making: Making, errands: Errands, build: Build) -> None:
        self._making = making
        self._errands = errands
        self._build = build

    def describe(self) -> str:
        """What is run."""
        return _described(self._errands, Point.PUBLISH)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        making = self._making
        return _found(making, is_run=self._build.is_made(making.commit))

    def apply(self) -> str:
        """Run the commands on a clean work tree."""
        making, plan = self._making, self._making.plan
        self._build.make(plan.contract(), plan.tag, making.commit)
        making.is_staged = True
        return ""


def _described(errands: Errands, point: Point) -> str:
    return ", ".join(f"`{command}`" for command in errands.at(point))


def _found(making: Making, *, is_run: bool) -> Finding:
    """What is true of commands that were run, or not, for a release."""
    tag, is_ours = making.public()
    if tag is not None and is_ours:
        return Finding(State.DONE, f"{tag.name} is public")
    if tag is not None:
        return Finding(State.CONFLICT, f"{tag.name} is another one, at {tag.commit[:10]}")
    return Finding(State.DONE if is_run else State.ABSENT)
