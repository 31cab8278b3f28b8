"""Abandon: end a release that can't be finished, so that no run tries to any more."""

from typing import NamedTuple

from tagboat.core.errors import RepositoryError
from tagboat.core.record.record import ABANDONED, Event, Record, record_of
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.lookup import ReleaseLookup, not_ours, release_named, tagging_with


class Abandonment(NamedTuple):
    """How a release was ended; ``is_new`` says that it was done now."""

    record: Record
    event: Event
    is_new: bool


def abandon(context: ReleaseContext, version: str, reason: str, time: int) -> Abandonment:
    """Record that a release is not to be finished, with who decided that and why.

    One that is abandoned already stays as it is; one that was published can only be abandoned once
    its tag is gone. Raises UsageError where no tag spells the version,
    RepositoryError where the release is published or not one of tagboat's, RaceError.
    """
    record = _open(release_named(context, tagging_with(context, version), version))
    if record.is_abandoned:
        before = next(event for event in record.events if event.kind == ABANDONED)
        return Abandonment(record, before, is_new=False)
    faults = context.publisher.faults()
    if faults:
        raise RepositoryError(faults[0])
    who = context.publisher.identity()
    event = Event(time=time, kind=ABANDONED, who=who, why=reason)

    def ended() -> Record:
        """The record as it is now: others may have published the release meanwhile."""
        return _open(
            release_named(context, tagging_with(context, record.tag), record.tag)
        ).with_event(event)

    context.writer.push(context.remote_state, ended)
    return Abandonment(record.with_event(event), event, is_new=True)


def _open(release: ReleaseLookup) -> Record:
    """The record of a release that is not published, or whose tag somebody deleted."""
    record = release.record
    if record is None:
        if release.tag is None or release.contract is None:
            raise not_ours(release.name)
        return record_of(release.contract, release.name, release.tag.commit)
    if release.tag is not None and record.is_ended and record.abandoned is None:
        raise RepositoryError(
            f"{release.name} is published: only a release that was never finished is abandoned",
            f"`tagboat rollback {record.version}` makes it the newest again where a later one "
            "should not be used",
        )
    return record
