"""The steps of a release in git: commit, push, record, and the user's clone.

The push is the commit point. Before it nothing exists that anybody sees; after it the tag tells
everything that a run needs to know.
"""

from tagboat.core.contract import Contract, contract_of
from tagboat.core.errors import RaceError
from tagboat.core.plan import Plan
from tagboat.core.record import (
    PUBLISHED,
    Event,
    Record,
    merged,
    note_text,
    read_note,
    record_of,
)
from tagboat.core.step import Finding, State
from tagboat.ports import Clone, RemoteRefs, RemoteTag, Rest, Updates, Workshop

_TRIES = 20
"""How often a record is pushed again where others pushed one in between."""


_LOOKS = 6
"""How often the remote is asked again for a tag that a record tells of."""


class World:
    """The remote as it was last seen; asked again after `forget`."""

    def __init__(self, workshop: Workshop, branch: str, rest: Rest) -> None:
        self.workshop = workshop
        self.branch = branch
        self._rest = rest
        self._refs: RemoteRefs | None = None

    @property
    def refs(self) -> RemoteRefs:
        """The remote's refs."""
        if self._refs is None:
            self._refs = self._settled()
        return self._refs

    def _settled(self) -> RemoteRefs:
        """The remote's refs, with the tags of which the newest record tells.

        A server shows the refs of one push one after the other. What is seen in between may lack
        the tag of the release before, and a plan made from that would release its changes again.
        A tag that somebody deleted looks the same, and is waited for in vain.
        """
        refs = self.workshop.look(self.branch)
        for attempt in range(_LOOKS):
            told = {tag for c in self.workshop.newest_recorded() for tag in self.records(c)}
            if told <= refs.tags.keys():
                break
            self._rest(attempt)
            refs = self.workshop.look(self.branch)
        return refs

    def forget(self) -> None:
        """Ask again next time: something was pushed, here or by others."""
        self._refs = None

    def contract(self, tag: RemoteTag | None) -> Contract | None:
        """What a tag promises; None where it is not one of ours."""
        return None if tag is None else contract_of(self.workshop.tag_message(tag))

    def records(self, commit: str) -> dict[str, Record]:
        """The records kept with a commit."""
        return read_note(self.workshop.record(commit), commit)


class Making:
    """A plan on its way: ``commit`` is what its tag will name, once that is made.

    ``is_unmergeable`` says that the release commit conflicts with what others pushed.
    """

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan = plan
        self.world = world
        self.digest = plan.digest()
        self.commit = plan.commit if plan.message is None else ""
        self.is_unmergeable = False

    def public(self) -> tuple[RemoteTag | None, bool]:
        """The tag of the plan's name on the remote, and whether it is that of this plan."""
        tag = self.world.refs.tags.get(self.plan.tag)
        contract = self.world.contract(tag)
        return tag, contract is not None and contract.plan == self.digest


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


class Push:
    """The commit point: branch, tag and record become public together."""

    name = "push"
    is_courtesy = False

    def __init__(self, making: Making) -> None:
        self._making = making

    def describe(self) -> str:
        """What is pushed where."""
        plan = self._making.plan
        what = plan.tag if plan.message is None else f"{plan.branch} and {plan.tag}"
        return f"{what} on {plan.remote}, in one push"

    def probe(self) -> Finding:
        """Done where the remote has the plan's tag, on its branch."""
        plan, world = self._making.plan, self._making.world
        tag, is_ours = self._making.public()
        if tag is None:
            return Finding(State.ABSENT)
        if not is_ours:
            return Finding(State.CONFLICT, f"{tag.name} is another one, at {tag.commit[:10]}")
        if world.refs.tip is None or not world.workshop.reaches(world.refs.tip, tag.commit):
            where = f"{plan.remote}/{plan.branch}"
            return Finding(State.CONFLICT, f"{tag.name} is public, and {where} does not hold it")
        return Finding(State.DONE, tag.commit)

    def apply(self) -> str:
        """Push, all or nothing."""
        making, plan = self._making, self._making.plan
        world, workshop = making.world, making.world.workshop
        branch_commit = self._branch_commit()
        if plan.message is not None and not branch_commit:
            making.is_unmergeable = True
            return f"the release commit conflicts with what {plan.branch} holds now"
        contract = plan.contract()
        tag_object = workshop.tag(plan.tag, making.commit, contract.message(), plan.time)
        record = record_of(contract, plan.tag, making.commit).with_event(
            Event(time=plan.time, kind=PUBLISHED)
        )
        notes = note_text(merged({plan.tag: record}, world.records(making.commit)))
        records = workshop.keep_record(making.commit, notes, plan.time)
        lost = workshop.push(
            plan.branch, Updates(plan.tag, tag_object, branch_commit or "", records)
        )
        world.forget()
        return lost

    def _branch_commit(self) -> str | None:
        """Where the branch goes: nowhere, to the release commit, or to a merge of it."""
        plan, world = self._making.plan, self._making.world
        tip = world.refs.tip
        if plan.message is None:
            return ""
        if tip == plan.commit or tip is None:
            return self._making.commit
        title = f"Merge tag '{plan.tag}' into {plan.branch}\n"
        return world.workshop.merge(tip, self._making.commit, title, plan.time)


class KeepRecord:
    """The record of a public release, complete."""

    name = "record"
    is_courtesy = False

    def __init__(self, world: World, tag: str, rest: Rest) -> None:
        self._world = world
        self._tag = tag
        self._rest = rest

    def describe(self) -> str:
        """Where the record is kept."""
        return f"the record of {self._tag}, a note on its commit"

    def probe(self) -> Finding:
        """Done where the record tells the end of the release that the tag promises."""
        tag = self._world.refs.tags.get(self._tag)
        contract = self._world.contract(tag)
        if tag is None or contract is None:
            return Finding(State.ABSENT)
        record = self._world.records(tag.commit).get(tag.name)
        if record is None:
            return Finding(State.ABSENT)
        if record.plan != contract.plan:
            return Finding(State.CONFLICT, f"it tells of {record.plan}, the tag of {contract.plan}")
        return Finding(State.DONE if record.is_ended else State.ABSENT)

    def apply(self) -> str:
        """Push the record; merged with what others push in between."""
        lost = ""
        for attempt in range(_TRIES):
            lost = self._pushed()
            self._world.forget()
            if not lost:
                return ""
            self._rest(attempt)
        raise RaceError(f"the record of {self._tag} could not be pushed: {lost}", "run it again")

    def _pushed(self) -> str:
        """One try."""
        world, workshop = self._world, self._world.workshop
        tag = world.refs.tags[self._tag]
        contract = world.contract(tag)
        if contract is None:
            return f"{self._tag} is not the release's tag any more"
        ended = Event(time=contract.time, kind=PUBLISHED)
        record = record_of(contract, tag.name, tag.commit).with_event(ended)
        notes = note_text(merged({tag.name: record}, world.records(tag.commit)))
        made = workshop.keep_record(tag.commit, notes, contract.time)
        return workshop.push(world.branch, Updates(records=made))


class KeepUp:
    """The user's clone has the tag, and its branch the release commit, where nothing is in the way.

    A release does not depend on it.
    """

    name = "clone"
    is_courtesy = True

    def __init__(self, world: World, tag: str, clone: Clone) -> None:
        self._world = world
        self._tag = tag
        self._clone = clone

    def describe(self) -> str:
        """What this clone gets."""
        return f"{self._tag} in this clone, and {self._world.branch} moved forward to it"

    def probe(self) -> Finding:
        """Absent where something is left that can be done."""
        tag = self._world.refs.tags.get(self._tag)
        if tag is None:
            return Finding(State.ABSENT)
        lacking = self._clone.lacks(tag, self._world.branch)
        return Finding(State.ABSENT, lacking) if lacking else Finding(State.DONE)

    def apply(self) -> str:
        """Fetch, and fast-forward."""
        self._clone.keep_up(self._world.refs.tags[self._tag], self._world.branch)
        return ""
