"""What steps look at: the remote, a plan on its way to it, and a release that is public there."""

from collections.abc import Iterable
from typing import NamedTuple

from tagboat.core.plan.tag_message import Contract, contract_of
from tagboat.core.record.record import Record, read_note
from tagboat.core.version.version import Version
from tagboat.ports.publishing import Clock, Records, RemoteReader, RemoteRefs, RemoteTag
from tagboat.use_cases.retry import RETRY, until


class _Seen(NamedTuple):
    """The remote's refs, the tags that are missing of which records tell, and those records."""

    refs: RemoteRefs
    missing: list[str]
    records: Records


class RemoteState:
    """The remote as it was last seen; asked again after `forget`."""

    def __init__(self, remote: RemoteReader, records: Records, branch: str, clock: Clock) -> None:
        self.remote = remote
        self.branch = branch
        self._store = records
        self._clock = clock
        self.record_fault = ""
        """Why the remote keeps no records, where it was seen to keep none."""
        self._last: _Seen | None = None
        self._records: list[Record] | None = None
        # What an id names never changes: every step asks for the same tags.
        self._contracts: dict[str, Contract | None] = {}

    def on(self, branch: str) -> "RemoteState":
        """The same remote, looked at for another branch."""
        return RemoteState(self.remote, self._store, branch, self._clock)

    @property
    def refs(self) -> RemoteRefs:
        """The remote's refs."""
        return self._seen().refs

    def _seen(self) -> _Seen:
        """What was seen last."""
        if self._last is None:
            self._last = self._settled()
        return self._last

    def _settled(self) -> _Seen:
        """The remote's refs, with the tags of which the newest record tells; those still missing.

        A server shows the refs of one push one after the other. What is seen in between may lack
        the tag of the release before. A tag that somebody deleted looks the same, and is waited for
        in vain.
        """
        return until(lambda seen: not seen.missing, self._look, self._clock.back_off, RETRY.looks)

    def _look(self, _: int) -> _Seen:
        """Ask the remote once."""
        refs = self.remote.look(self.branch)
        return _Seen(refs, self._unshown(refs), self._store)

    @property
    def is_seen(self) -> bool:
        """Whether its refs are known, and it need not be asked for them."""
        return self._last is not None

    def see(self, refs: RemoteRefs) -> None:
        """Take refs for what the remote shows."""
        self._last = _Seen(refs, [], self._store)

    def unseen(self) -> list[str]:
        """The tags of which the newest record tells, and which the remote does not show.

        A plan that is made without them would release their changes again. That does not hold for
        those that a later release of the same branch has passed: its tag is shown.
        """
        return [name for name in self._seen().missing if not self._is_passed(name)]

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
            for commit in self._store.newest_recorded()
            for tag, record in read_note(self._store.record(commit), commit).items()
            if not record.is_abandoned
        }
        return sorted(told - refs.tags.keys())

    def forget(self) -> None:
        """Ask again next time: something was pushed, here or by others."""
        self._last = self._records = None

    def contract(self, tag: RemoteTag | None) -> Contract | None:
        """What a tag promises; None where it is not one of ours."""
        return None if tag is None else self.contracts([tag])[0]

    def contracts(self, tags: Iterable[RemoteTag]) -> list[Contract | None]:
        """What some tags promise, looked up at once."""
        asked = list(tags)
        new = [tag for tag in asked if tag.object not in self._contracts]
        for tag, text in zip(new, self.remote.tag_messages(new) if new else (), strict=True):
            self._contracts[tag.object] = contract_of(text)
        return [self._contracts[tag.object] for tag in asked]

    def records(self, commit: str) -> dict[str, Record]:
        """The records kept with a commit, by tag."""
        return read_note(self._seen().records.record(commit), commit)

    def every_record(self) -> list[Record]:
        """All records there are."""
        if self._records is None:
            pairs = self._seen().records.every_record()
            found = (read_note(text, commit).values() for commit, text in pairs)
            self._records = [record for of_commit in found for record in of_commit]
        return self._records

    def records_of(self, package: str) -> list[Record]:
        """The records of a package's releases."""
        return [record for record in self.every_record() if record.package == package]
