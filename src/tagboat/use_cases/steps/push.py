"""The commit point: one push, before which nothing exists that anybody sees.

After it the tag tells everything that a run needs to know. The steps around it make the release
commit before, and bring the user's clone up to date after.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tagboat.core.errors import RefusedError
from tagboat.core.plan.plan import first_of
from tagboat.core.record.record import PUBLISHED, Event, record_of
from tagboat.core.step import Finding, Lost, State
from tagboat.ports.publishing import Updates, UserClone, WorkTree
from tagboat.use_cases.steps.commands import ReleaseTree
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.record import RecordWriter

if TYPE_CHECKING:
    from tagboat.use_cases.steps.pending import PendingPlan


class ReleaseCommit:
    """The commit with version files, changelogs, and further files that commands changed."""

    name = "commit"
    is_courtesy = False

    def __init__(self, pending: "PendingPlan", trees: Sequence[ReleaseTree]) -> None:
        """``trees`` are those of the plan's releases, in order."""
        self._pending = pending
        self._shared = trees[0].shared
        self._added = tuple(path for tree in trees for path in tree.release_commands.added)

    def describe(self) -> str:
        """Which files the release commit changes."""
        edited = [edit.path for edit in self._pending.plan.edits]
        return f"a release commit that changes {first_of([*edited, *self._added])}"

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
        checkout = self._shared.edited(plan)
        checkout.add(self._added)
        self._pending.commit = checkout.commit(plan.message or "", plan.time)


class Push:
    """The commit point: branch, tags and records become public together."""

    name = "push"
    is_courtesy = False

    def __init__(self, pending: "PendingPlan", work_tree: WorkTree, writer: RecordWriter) -> None:
        self._pending = pending
        self._work_tree = work_tree
        self._writer = writer

    def describe(self) -> str:
        """What is pushed where."""
        plan = self._pending.plan
        what = plan.tags if plan.message is None else f"{plan.branch} and {plan.tags}"
        return f"{what} on {plan.remote or 'the remote'}, in one push"

    def probe(self) -> Finding:
        """Done where the remote has the plan's tags, on its branch."""
        plan, remote_state = self._pending.plan, self._pending.remote_state
        tag, is_ours = self._pending.public()
        if tag is None:
            return Finding(State.ABSENT)
        if not is_ours:
            return Finding(State.CONFLICT, f"{tag.name} is another one, at {tag.commit[:10]}")
        if not all(release.is_public() for release in self._pending.releases):
            return Finding(State.ABSENT, f"{tag.name} is the first that shows")
        if remote_state.refs.tip is None or not remote_state.remote.reaches(
            remote_state.refs.tip, tag.commit
        ):
            where = f"{plan.remote}/{plan.branch}"
            return Finding(State.CONFLICT, f"{tag.name} is public, and {where} does not hold it")
        return Finding(State.DONE, tag.commit)

    def names(self) -> tuple[str, ...]:
        """The tags, and the branch where it moves."""
        plan = self._pending.plan
        branch = () if plan.message is None else (f"{plan.branch} on {plan.remote}",)
        return (*(f"tag {one.tag} on {plan.remote}" for one in plan.releases), *branch)

    def there(self) -> tuple[str, ...]:
        """Looked at anew where a push was tried: it may be done though it failed."""
        return self.names() if self._pending.is_public() else ()

    def apply(self) -> Lost | None:
        """Push, all or nothing."""
        pending, plan = self._pending, self._pending.plan
        branch_commit = self._branch_commit()
        if branch_commit is None:
            why = f"the release commit conflicts with what {plan.branch} holds now"
            return Lost(why, is_lasting=True)
        contracts = {release.tag: release.contract() for release in pending.releases}
        messages = {tag: contract.message() for tag, contract in contracts.items()}
        tags = self._writer.publisher.tag_all(messages, pending.commit, plan.time)
        records = []
        for release in pending.releases:
            record = record_of(contracts[release.tag], release.tag, pending.commit)
            if release.is_quiet:
                record = record.with_event(Event(time=plan.time, kind=PUBLISHED))
            records.append(record)
        kept = self._writer.keep(pending.remote_state, records)
        return self._pushed(Updates(tags, branch_commit, kept))

    def _pushed(self, updates: Updates) -> Lost | None:
        """One push; what made it lose where a merge is not what the branch takes."""
        pending = self._pending
        pending.remote_state.forget()
        try:
            return self._writer.publisher.push(pending.plan.branch, updates)
        except RefusedError as error:
            if pending.is_public():
                return None  # git lets the others pass where a server hides the records' ref
            if updates.branch_commit in {"", pending.commit}:
                raise
            # A branch of linear history takes a release commit on its tip, but no merge.
            return Lost(error.message, is_lasting=True)

    def _branch_commit(self) -> str | None:
        """Where the branch goes: nowhere, to the release commit, or to a merge of it."""
        plan, remote_state = self._pending.plan, self._pending.remote_state
        tip = remote_state.refs.tip
        if self._pending.commit == plan.commit:
            return ""
        if tip == plan.commit or tip is None:
            return self._pending.commit
        what = "tag" if len(plan.releases) == 1 else "tags"
        title = f"Merge {what} '{plan.tags}' into {plan.branch}\n"
        return self._work_tree.merge(tip, self._pending.commit, title, plan.time)


class UpdateClone:
    """The user's clone has the tags, and its branch the release commit, if nothing is in the way.

    A release does not depend on it.
    """

    name = "clone"
    is_courtesy = True

    def __init__(self, releases: Sequence[PublishedRelease], clone: UserClone) -> None:
        """``releases`` are those of one commit."""
        self._releases = releases
        self._branch = releases[0].remote_state.branch
        self._clone = clone
        self._has_moved: bool | None = None

    def describe(self) -> str:
        """What this clone gets, or got."""
        names = first_of(one.name for one in self._releases)
        if self._has_moved is None:
            return f"{names} in this clone, and {self._branch} forward to it if it can"
        moved = f", and {self._branch} moved forward to it" if self._has_moved else ""
        return f"{names} in this clone{moved}"

    def probe(self) -> Finding:
        """Absent where something is left that can be done."""
        tags = [one.tag for one in self._releases if one.tag is not None]
        if len(tags) < len(self._releases):
            return Finding(State.ABSENT)
        lacking = self._clone.lacks(tags, self._branch)
        return Finding(State.ABSENT, lacking) if lacking else Finding(State.DONE)

    def apply(self) -> None:
        """Fetch, and fast-forward."""
        tags = [one.promised()[0] for one in self._releases]
        self._has_moved = self._clone.keep_up(tags, self._branch)
