"""What steps look at: the remote, a plan on its way to it, and a release that is public there."""

from tagboat.core.plan.tag_message import Contract, contract_of
from tagboat.core.record.record import Record, read_note
from tagboat.core.version.version import Version
from tagboat.ports import Backoff
from tagboat.ports.git import RemoteRefs, RemoteTag, Workshop

_LOOKS = 9
"""How often the remote is asked again for a tag that a record tells of."""


class RemoteState:
    """The remote as it was last seen; asked again after `forget`."""

    def __init__(self, scratch: Workshop, branch: str, rest: Backoff) -> None:
        self.scratch = scratch
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
        refs = self.scratch.look(self.branch)
        missing = self._unshown(refs)
        for attempt in range(_LOOKS):
            if not missing:
                break
            self._rest(attempt)
            refs = self.scratch.look(self.branch)
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
            for commit in self.scratch.newest_recorded()
            for tag, record in self._recorded(commit).items()
            if not record.is_abandoned
        }
        return sorted(told - refs.tags.keys())

    def forget(self) -> None:
        """Ask again next time: something was pushed, here or by others."""
        self._refs = self._records = None

    def contract(self, tag: RemoteTag | None) -> Contract | None:
        """What a tag promises; None where it is not one of ours."""
        return None if tag is None else contract_of(self.scratch.tag_message(tag))

    def records(self, commit: str) -> dict[str, Record]:
        """The records kept with a commit, by tag."""
        self._refs = self.refs  # the workshop has the records of its last look
        return self._recorded(commit)

    def every_record(self) -> list[Record]:
        """All records there are."""
        self._refs = self.refs
        if self._records is None:
            pairs = self.scratch.every_record()
            found = (read_note(text, commit).values() for commit, text in pairs)
            self._records = [record for of_commit in found for record in of_commit]
        return self._records

    def records_of(self, package: str) -> list[Record]:
        """The records of a package's releases."""
        return [record for record in self.every_record() if record.package == package]

    def _recorded(self, commit: str) -> dict[str, Record]:
        return read_note(self.scratch.record(commit), commit)
