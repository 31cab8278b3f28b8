"""The step that makes the release commit."""

from tagboat.core.step import Finding, State
from tagboat.use_cases.steps.world import Making


class ReleaseCommit:
    """The commit with the version files and the changelog, made in the workshop."""

    name = "commit"
    is_courtesy = False

    def __init__(self, making: Making) -> None:
        self._making = making

    def describe(self) -> str:
        """Which files the release commit changes."""
        files = ", ".join(dict.fromkeys(edit.path for edit in self._making.plan.edits))
        return f"a release commit that changes {files}"

    def probe(self) -> Finding:
        """Done once it is public, or made here."""
        tag, is_ours = self._making.public()
        if tag is not None and is_ours:
            return Finding(State.DONE, tag.commit)
        if self._making.commit:
            return Finding(State.DONE, f"{self._making.commit}, not public yet")
        return Finding(State.ABSENT)

    def apply(self) -> str:
        """Commit on top of the plan's commit."""
        plan, workshop = self._making.plan, self._making.world.workshop
        workshop.start(plan.commit)
        edits = [change.edit() for change in plan.edits]
        self._making.commit = workshop.commit(plan.message or "", edits, plan.time)
        return ""
