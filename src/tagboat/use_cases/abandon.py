"""Abandon: end a release that can't be finished, so that no run tries to any more."""

from typing import NamedTuple

from tagboat.core.errors import RepositoryError
from tagboat.core.record import ABANDONED, Event, Record, record_of
from tagboat.use_cases.released import Released, named, not_ours, tagging_there
from tagboat.use_cases.site import Site
from tagboat.use_cases.steps.record import amend


class End(NamedTuple):
    """How a release was ended; ``is_new`` says that it was done now."""

    record: Record
    event: Event
    is_new: bool


def abandon(site: Site, version: str, reason: str, time: int) -> End:
    """Record that a release is not to be finished, with who decided that and why.

    One that is abandoned already stays as it is; one that was published can only be abandoned once
    its tag is gone. Raises UsageError where no tag spells the version,
    RepositoryError where the release is published or not one of tagboat's, RaceError.
    """
    record = _open(named(site, tagging_there(site), version))
    if record.is_abandoned:
        before = next(event for event in record.events if event.kind == ABANDONED)
        return End(record, before, is_new=False)
    faults = site.world.workshop.faults()
    if faults:
        raise RepositoryError(faults[0])
    who = site.world.workshop.identity()
    event = Event(time=time, kind=ABANDONED, who=who, why=reason)

    def ended() -> Record:
        """The record as it is now: others may have published the release meanwhile."""
        return _open(named(site, tagging_there(site), record.tag)).with_event(event)

    amend(site.world, ended, site.rest)
    return End(record.with_event(event), event, is_new=True)


def _open(release: Released) -> Record:
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
