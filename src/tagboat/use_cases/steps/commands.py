"""The steps that run the commands of a repository, and what the later ones make."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, Self

from tagboat.core.plan.command import Command, Point, variables
from tagboat.core.plan.plan import Plan
from tagboat.core.plan.tag_message import Contract
from tagboat.core.step import Finding, State
from tagboat.ports.publishing import Checkout, CommandRunner, RemoteTag, WorkTree
from tagboat.use_cases.steps.published import PublishedRelease

if TYPE_CHECKING:
    from tagboat.use_cases.steps.pending import PendingPlan, PendingRelease


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


class SharedTree:
    """The checkout that the releases of one commit work in, one at a time; a context manager.

    That of the plan's commit gets the plan's edits and what the `before-commit` commands make. That
    of the releases' commit gets what the `before-publish` commands of each make, in one folder.
    """

    def __init__(self, work_tree: WorkTree) -> None:
        self.work_tree = work_tree
        self.is_edited = False
        """Whether the `before-commit` commands were run here."""
        self.built: set[str] = set()
        """The tags whose `before-publish` commands were run in what is checked out."""
        self._open = ExitStack()
        self._checkout: tuple[str, Checkout] | None = None
        self._edited: Checkout | None = None

    def __enter__(self) -> Self:
        """Nothing is checked out as yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is checked out."""
        self._open.close()

    def edited(self, plan: Plan) -> Checkout:
        """The plan's commit with the plan's edits, which are made once."""
        if self._edited is None:
            checkout = self.fresh(plan.commit)
            checkout.edit(plan.edits)
            self._edited = checkout
        return self._edited

    def holds(self, commit: str) -> bool:
        """Whether a commit is checked out, untouched but for what was built there."""
        return self._checkout is not None and self._checkout[0] == commit

    def at(self, commit: str) -> Checkout:
        """A commit's checkout, with what was made there if it is checked out already."""
        if self._checkout is None or self._checkout[0] != commit:
            return self.fresh(commit)
        return self._checkout[1]

    def fresh(self, commit: str) -> Checkout:
        """A checkout in the place of the one before."""
        self._open.close()
        self.built.clear()
        checkout = self._open.enter_context(self.work_tree.checked_out(commit))
        self._checkout = commit, checkout
        return checkout


class ReleaseTree(NamedTuple):
    """Where the steps of one release work, and the commands that are run there."""

    shared: SharedTree
    release_commands: ReleaseCommands

    def is_built(self, tag: str, commit: str) -> bool:
        """Whether the `before-publish` commands were run for a tag on a commit."""
        return bool(commit) and self.shared.holds(commit) and tag in self.shared.built

    def build(self, contract: Contract, tag: str, commit: str) -> None:
        """Run the `before-publish` commands on a release's commit, unless it is done.

        Raises what the ports raise.
        """
        if self.is_built(tag, commit):
            return
        shared = self.shared
        checkout = shared.at(commit) if shared.built else shared.fresh(commit)
        self.release_commands.run(Point.PUBLISH, checkout.path, variables(contract, tag, commit))
        shared.built.add(tag)

    def build_again(self, tagged: PublishedRelease) -> None:
        """The same for a release that is public, maybe since long ago and from elsewhere.

        Raises ConflictError where its tag is gone, and what the ports raise.
        """
        tag, contract = tagged.promised()
        self.build(contract, tag.name, tag.commit)

    def folder(self, commit: str) -> str:
        """The folder of a release's commit, with what commands made there if they were run."""
        return self.shared.at(commit).path


class RunBeforeCommit:
    """The `before-commit` commands of all releases were run on the edited files of the commit."""

    name = Point.COMMIT.value
    is_courtesy = False

    def __init__(self, pending: "PendingPlan", trees: Sequence[ReleaseTree]) -> None:
        """``trees`` are those of the plan's releases, in order."""
        self._pending = pending
        self._trees = trees

    def describe(self) -> str:
        """What is run."""
        return _described(Point.COMMIT, self._trees)

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        return _finding(self._pending.public(), is_run=self._trees[0].shared.is_edited)

    def apply(self) -> None:
        """Edit the files, then run the commands. Raises what the ports raise."""
        plan, shared = self._pending.plan, self._trees[0].shared
        folder = shared.edited(plan).path
        for release, tree in zip(plan.releases, self._trees, strict=True):
            told = variables(plan.contract(release), release.tag, plan.commit)
            tree.release_commands.run(Point.COMMIT, folder, told)
        shared.is_edited = True


class RunBeforePublish:
    """The `before-publish` commands were run on what will be tagged."""

    name = Point.PUBLISH.value
    is_courtesy = False

    def __init__(self, pending: "PendingRelease", tree: ReleaseTree) -> None:
        self._pending = pending
        self._tree = tree

    def describe(self) -> str:
        """What is run."""
        return _described(Point.PUBLISH, [self._tree])

    def probe(self) -> Finding:
        """Done once the release is public, or they were run here."""
        is_run = self._tree.is_built(self._pending.tag, self._pending.of.commit)
        return _finding(self._pending.public(), is_run=is_run)

    def apply(self) -> None:
        """Run the commands on a clean work tree, in which those of other releases may have been."""
        pending, of = self._pending, self._pending.of
        self._tree.build(of.plan.contract(pending.planned), pending.tag, of.commit)
        of.keep()


def _described(point: Point, trees: Iterable[ReleaseTree]) -> str:
    return ", ".join(f"`{one}`" for tree in trees for one in tree.release_commands.at(point))


def _finding(public: tuple[RemoteTag | None, bool], *, is_run: bool) -> Finding:
    """What is true of commands that were run, or not, for a release of which a tag is public."""
    tag, is_ours = public
    if tag is not None and is_ours:
        return Finding(State.DONE, f"{tag.name} is public")
    if tag is not None:
        return Finding(State.CONFLICT, f"{tag.name} is another one, at {tag.commit[:10]}")
    return Finding(State.DONE if is_run else State.ABSENT)
