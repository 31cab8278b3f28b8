"""The steps that run the commands of a repository, and what the later ones make."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import NamedTuple, Self

from tagboat.core.plan.command import Command, Point, variables
from tagboat.core.plan.plan import Plan
from tagboat.core.plan.tag_message import Contract
from tagboat.core.step import Finding, State
from tagboat.ports.publishing import Checkout, CommandRunner, WorkTree
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

    def run(self, point: Point, folder: str, told: Mapping[str, str]) -> None:
        """Run the commands of one point in a folder.

        Raises what the port raises, at the first that fails.
        """
        for command in self.at(point):
            self.runner.run(command, folder, told)


class ReleaseTree:
    """The checkouts that the steps of a release work in, one at a time; a context manager.

    That of the plan's commit gets the plan's edits and what the `before-commit` commands make, that
    of the release's commit what the `before-publish` commands make.
    """

    def __init__(self, work_tree: WorkTree, release_commands: ReleaseCommands) -> None:
        self.work_tree = work_tree
        self.release_commands = release_commands
        self.has_run_early = False
        self._open = ExitStack()
        self._edited: Checkout | None = None
        self._built = ""
        self._checkout: tuple[str, str] | None = None

    def __enter__(self) -> Self:
        """Nothing is checked out as yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is checked out."""
        self._open.close()

    def edited(self, plan: Plan) -> Checkout:
        """The plan's commit with the plan's edits, which are made once."""
        if self._edited is None:
            checkout = self._checked_out(plan.commit)
            checkout.edit(plan.edits)
            self._edited = checkout
        return self._edited

    def run_early(self, plan: Plan) -> None:
        """Run the `before-commit` commands on the edited files. Raises what the ports raise."""
        told = variables(plan.contract(), plan.tag, plan.commit)
        self.release_commands.run(Point.COMMIT, self.edited(plan).path, told)
        self.has_run_early = True

    def is_built(self, commit: str) -> bool:
        """Whether the `before-publish` commands were run on a commit."""
        return bool(commit) and self._built == commit

    def build(self, contract: Contract, tag: str, commit: str) -> None:
        """Run the `before-publish` commands on a release's commit, unless it is done.

        Raises what the ports raise.
        """
        if not self.is_built(commit):
            self._built = ""
            told = variables(contract, tag, commit)
            self.release_commands.run(Point.PUBLISH, self._checked_out(commit).path, told)
            self._built = commit

    def build_again(self, tagged: PublishedRelease) -> None:
        """The same for a release that is public, maybe since long ago and from elsewhere.

        Raises ConflictError where its tag is gone, and what the ports raise.
        """
        tag, contract = tagged.promised()
        self.build(contract, tag.name, tag.commit)

    def folder(self, commit: str) -> str:
        """The folder of a release's commit, with what commands made there if they were run."""
        if self._checkout is None or self._checkout[0] != commit:
            self._checked_out(commit)
        return self._checkout[1] if self._checkout is not None else ""

    def _checked_out(self, commit: str) -> Checkout:
        """A checkout in the place of the one before."""
        self._open.close()
        checkout = self._open.enter_context(self.work_tree.checked_out(commit))
        self._checkout = commit, checkout.path
        return checkout


class RunBeforeCommit:
    """The `before-commit` commands were run on the edited files of the planned commit."""

    name = Point.COMMIT.value
    is_courtesy = False

    def __init__(self, pending: PendingRelease, tree: ReleaseTree) -> None:
        self._pending = pending
        self._tree = tree

    def describe(self) -> str:
        """What is run."""
        return _described(self._tree, Point.COMMIT)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        return _finding(self._pending, is_run=self._tree.has_run_early)

    def apply(self) -> None:
        """Edit the files, then run the commands."""
        self._tree.run_early(self._pending.plan)


class RunBeforePublish:
    """The `before-publish` commands were run on what will be tagged."""

    name = Point.PUBLISH.value
    is_courtesy = False

    def __init__(self, pending: PendingRelease, tree: ReleaseTree) -> None:
        self._pending = pending
        self._tree = tree

    def describe(self) -> str:
        """What is run."""
        return _described(self._tree, Point.PUBLISH)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        pending = self._pending
        return _finding(pending, is_run=self._tree.is_built(pending.commit))

    def apply(self) -> None:
        """Run the commands on a clean work tree."""
        pending, plan = self._pending, self._pending.plan
        self._tree.build(plan.contract(), plan.tag, pending.commit)
        pending.keep()


def _described(tree: ReleaseTree, point: Point) -> str:
    return ", ".join(f"`{command}`" for command in tree.release_commands.at(point))


def _finding(pending: PendingRelease, *, is_run: bool) -> Finding:
    """What is true of commands that were run, or not, for a release."""
    tag, is_ours = pending.public()
    if tag is not None and is_ours:
        return Finding(State.DONE, f"{tag.name} is public")
    if tag is not None:
        return Finding(State.CONFLICT, f"{tag.name} is another one, at {tag.commit[:10]}")
    return Finding(State.DONE if is_run else State.ABSENT)
