"""What steps look at: the remote, a plan on its way to it, and a release that is public there."""

from typing import TYPE_CHECKING

from tagboat.core.contract import Contract, contract_of
from tagboat.core.errors import ConflictError
from tagboat.core.image import Origin
from tagboat.core.plan import Plan
from tagboat.core.record import Record, read_note
from tagboat.core.version import Version
from tagboat.ports import RemoteRefs, RemoteTag, Rest, Workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.core.forge import Asset
    from tagboat.use_cases.fleet import Cargo, Fleet

_LOOKS = 9
"""How often the remote is asked again for a tag that a record tells of."""


class World:
    """The remote as it was last seen; asked again after `forget`."""

    def __init__(self, workshop: Workshop, branch: str, rest: Rest) -> None:
        self.workshop = workshop
        self.branch = branch
        self._rest = rest
        self._refs: RemoteRefs | None = None
        self._missing: list[str] = []
        self._records: list[Record] | None = None

    @property
    def refs(self) -> RemoteRefs:
        """The remote's refs."""
        if self._refs is None:
            self._refs, self._missing = self._settled()
        return self._refs

    def _settled(self) -> tuple[RemoteRefs, list[str]]:
        """The remote's refs, with the tags of which the newest record tells; those still missing.

        A server shows the refs of one push one after the other. What is seen in between may lack
        the tag of the release before. A tag that somebody deleted looks the same, and is waited for
        in vain.
        """
        refs = self.workshop.look(self.branch)
        missing = self._unshown(refs)
        for attempt in range(_LOOKS):
            if not missing:
                break
            self._rest(attempt)
            refs = self.workshop.look(self.branch)
            missing = self._unshown(refs)
        return refs, missing

    def unseen(self) -> list[str]:
        """The tags of which the newest record tells, and which the remote does not show.

        A plan that is made without them would release their changes again. That does not hold for
        those that a later release of the same branch has passed: its tag is shown.
        """
        self._refs = self.refs  # what is missing is known from the last look
        return [name for name in self._missing if not self._is_passed(name)]

    def _is_passed(self, name: str) -> bool:
        """Whether a tag is shown of a later release of the same branch."""
        records = self.every_record()
        of_tag = next(record for record in records if record.tag == name)
        return any(
            Version.parse(record.version) > Version.parse(of_tag.version)
            for record in records
            if record.tag in self.refs.tags
            and (record.package, record.branch) == (of_tag.package, of_tag.branch)
        )

    def _unshown(self, refs: RemoteRefs) -> list[str]:
        """The tags of which the newest record tells, and which are not among some refs."""
        told = {
            tag
            for commit in self.workshop.newest_recorded()
            for tag, record in self._recorded(commit).items()
            if not record.is_abandoned
        }
        return sorted(told - refs.tags.keys())

    def forget(self) -> None:
        """Ask again next time: something was pushed, here or by others."""
        self._refs = self._records = None

    def contract(self, tag: RemoteTag | None) -> Contract | None:
        """What a tag promises; None where it is not one of ours."""
        return None if tag is None else contract_of(self.workshop.tag_message(tag))

    def records(self, commit: str) -> dict[str, Record]:
        """The records kept with a commit, by tag."""
        self._refs = self.refs  # the workshop has the records of its last look
        return self._recorded(commit)

    def every_record(self) -> list[Record]:
        """All records there are."""
        self._refs = self.refs
        if self._records is None:
            pairs = self.workshop.every_record()
            found = (read_note(text, commit).values() for commit, text in pairs)
            self._records = [record for of_commit in found for record in of_commit]
        return self._records

    def records_of(self, package: str) -> list[Record]:
        """The records of a package's releases."""
        return [record for record in self.every_record() if record.package == package]

    def _recorded(self, commit: str) -> dict[str, Record]:
        return read_note(self.workshop.record(commit), commit)


class Making:
    """A plan on its way: ``commit`` is what its tag will name, once that is made.

    ``assets`` are the files of its release on a forge, None as long as nobody has looked for them;
    ``cargo`` has its images, None where there are none.
    ``is_unmergeable`` says that the release commit conflicts with what others pushed, or that the
    branch takes no merges, ``has_run_early`` that the commands before the commit were run,
    ``is_staged`` that something was made which is too expensive to be thrown away because others
    pushed.
    """

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan = plan
        self.world = world
        self.digest = plan.digest()
        self.commit = plan.commit if plan.message is None else ""
        self.assets: tuple[Asset, ...] | None = None
        self.cargo: Cargo | None = None
        self.is_unmergeable = False
        self.has_run_early = False
        self.is_staged = False
        self._is_prepared = False

    def prepare(self) -> None:
        """See that the work tree is that of the plan's commit, with the plan's edits."""
        if not self._is_prepared:
            self.world.workshop.start(self.plan.commit)
            self.world.workshop.edit([change.edit() for change in self.plan.edits])
            self._is_prepared = True

    def contract(self) -> Contract:
        """What the tag will say."""
        images = () if self.cargo is None else self.cargo.digests()
        return self.plan.contract()._replace(assets=self.assets or (), images=images)

    def keep(self) -> None:
        """Take note that something was made that is too expensive to be thrown away."""
        self.is_staged = True

    def source_in(self, fleet: "Fleet") -> Origin:
        """What images would be built from, before there is a release commit."""
        commit = self.commit or self.plan.commit
        version, time = Version.parse(self.plan.version), fleet.time_of(commit)
        return Origin(version, self.plan.tag, commit, time, fleet.page, self.plan.commit)

    def origin_in(self, fleet: "Fleet") -> "Callable[[], Origin | None]":
        """What tells what images are built from, once there is a commit."""
        return lambda: self.source_in(fleet) if self.commit else None

    def public(self) -> tuple[RemoteTag | None, bool]:
        """The tag of the plan's name on the remote, and whether it is that of this plan."""
        tag = self.world.refs.tags.get(self.plan.tag)
        contract = self.world.contract(tag)
        return tag, contract is not None and contract.plan == self.digest


class Tagged:
    """A release that is public in git, or will be: its tag tells what was promised.

    A ``contract`` that is given stands for one that the tag does not carry, as where a person made
    the tag.
    """

    def __init__(self, world: World, name: str, contract: Contract | None = None) -> None:
        self.world = world
        self.name = name
        self._given = contract

    @property
    def tag(self) -> RemoteTag | None:
        """The tag on the remote."""
        return self.world.refs.tags.get(self.name)

    @property
    def contract(self) -> Contract | None:
        """What was promised; None where the tag is not there or not ours."""
        return None if self.tag is None else self._given or self.world.contract(self.tag)

    def promised(self) -> tuple[RemoteTag, Contract]:
        """The tag and what it promises. Raises ConflictError where it is gone."""
        tag, contract = self.tag, self.contract
        if tag is None or contract is None:
            raise gone(self.name)
        return tag, contract

    def record(self) -> Record | None:
        """What is recorded of the release; None where nothing is."""
        return None if self.tag is None else self.world.records(self.tag.commit).get(self.name)


def gone(name: str) -> ConflictError:
    """The error for a release whose tag is not there any more."""
    return ConflictError(
        f"the tag {name} is not on the remote any more, or is another one",
        f"look who moved it; `tagboat abandon {name}` ends its release",
    )
