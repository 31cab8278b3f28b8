"""The step that makes the release commit."""

from tagboat.core.step import Finding, State
from tagboat.use_cases.steps.commands import ReleaseTree
from tagboat.use_cases.steps.pending import PendingRelease


class ReleaseCommit:
    """The commit with the version files, the changelog, and further files that commands changed."""

    name = "commit"
    is_courtesy = False

    def __init__(self, pending: PendingRelease, tree: ReleaseTree) -> None:
        self._pending = pending
        self._tree = tree

    def describe(self) -> str:
        """Which files the release commit changes."""
        edited = [edit.path for edit in self._pending.plan.edits]
        files = ", ".join(dict.fromkeys([*edited, *self._tree.release_commands.added]))
        return f"a release commit that changes {files}"

    def probe(self) -> Finding:
        """Done once it is public, or made here."""
        tag, is_ours = self._pending.public()
        if tag is not None and is_ours:
            return Finding(State.DONE, tag.commit)
        if self._pending.commit:
            return Finding(State.DONE, f"{self._pending.commit}, not public yet")
        return Finding(State.ABSENT)

    def apply(self) -> None:
        """Commit on top of the plan's commit; where no file changed after all, that is tagged."""
        plan = self._pending.plan
        checkout = self._tree.edited(plan)
        checkout.add(self._tree.release_commands.added)
        self._pending.commit = checkout.commit(plan.message or "", plan.time)
