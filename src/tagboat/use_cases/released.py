"""Released: which releases a remote has, and the one that a person names."""

from typing import Any, NamedTuple

from tagboat.core.contract import Contract
from tagboat.core.errors import RepositoryError, TagboatError, UsageError
from tagboat.core.plan import Plan, Seen
from tagboat.core.record import Event, Record, promise_of
from tagboat.core.release import Wish
from tagboat.core.tag import Tagging
from tagboat.core.version import Version
from tagboat.core.version_file import Target
from tagboat.ports import RemoteTag
from tagboat.use_cases.plan import Desk
from tagboat.use_cases.preview import released_tag
from tagboat.use_cases.recount import recount, then
from tagboat.use_cases.site import Site
from tagboat.use_cases.steps.world import Tagged, gone
from tagboat.use_cases.survey import tagging_of


class Released(NamedTuple):
    """A release as git has it: its tag on the remote, what that promises, what is recorded.

    Each is None where there is none: a tag may be gone, and one of other tools promises nothing.
    """

    name: str
    tag: RemoteTag | None
    contract: Contract | None
    record: Record | None

    @property
    def is_foreign(self) -> bool:
        """Whether it is none of tagboat's: other tools made it, or a person."""
        return self.contract is None and self.record is None


def tagging_there(site: Site) -> Tagging:
    """The version tags of the package on the remote, by the configuration that HEAD holds.

    Raises RepositoryError where there is no remote, OutsideError where it can't be reached.
    """
    if not site.course.remote:
        raise RepositoryError("this repository has no remote", "add one with `git remote add`")
    return tagging_of(site.history, site.package(), site.world.refs.tag_refs())


def named(site: Site, tagging: Tagging, version: str) -> Released:
    """The release that a version, or a tag's name, means.

    It may be one of which only the record is left. Raises UsageError where there is none.
    """
    try:
        name = released_tag(tagging, version).name
    except UsageError:
        gone = [r for r in site.world.every_record() if version in (r.tag, r.version)]
        if not gone:
            raise
        return Released(gone[0].tag, None, None, gone[0])
    return of_tag(site, name)


def of_tag(site: Site, name: str) -> Released:
    """The release of a tag that the remote has."""
    tag = site.world.refs.tags[name]
    return Released(name, tag, site.world.contract(tag), site.world.records(tag.commit).get(name))


def tagged_at(site: Site, release: Released) -> tuple[Tagged, Desk]:
    """A release as its steps see it, and the desk at its commit.

    What a tag does not promise that was made by hand, its record does. Raises ConflictError where
    the tag is gone, and what a desk raises.
    """
    contract, record, tag = release.contract, release.record, release.tag
    if tag is None or (contract is None and record is None):
        raise gone(release.name)
    site.world.workshop.bring(tag)
    desk = site.desk(tag.commit)
    if contract is None and record is not None:
        contract = rebuilt(site, desk, record)
    return Tagged(site.world, release.name, contract), desk


def rebuilt(site: Site, desk: Desk, record: Record) -> Contract:
    """What a tag that was made by hand would promise, by its record and the desk at its commit."""
    bare = promise_of(record, "")
    seen = then(site.history, site.world.refs.tags.values(), record.tag, record.source, bare)
    notes = recount(desk, record.tag, Wish.parse(record.asked), seen).notes
    return bare._replace(notes=notes)


def odd_files(desk: Desk, version: Version) -> list[str]:
    """The version files at a desk's commit that do not hold a version. Raises UsageError."""
    target = Target(version, desk.surveyor.package.scheme, ())
    return list(dict.fromkeys(edit.path for edit in desk.version_edits(target)))


def abandonment(record: Record, event: Event) -> str:
    """Who abandoned a release, and why, in words for a person."""
    return f"{record.tag} was abandoned by {event.who}: {event.why}"


def not_ours(name: str) -> TagboatError:
    """The error for a tag that was made by other tools or by hand."""
    return RepositoryError(
        f"{name} was not made by tagboat, which leaves such tags alone",
        f"`tagboat release --tag {name}` makes the rest of a release that was tagged by hand",
    )


def plan_told(name: str, contract: Contract) -> Plan:
    """What was planned, as far as a tag tells."""
    fields = contract._asdict()
    return bare_plan(name, fields.pop("source"), fields)


def bare_plan(name: str, commit: str, fields: dict[str, Any]) -> Plan:
    """A plan of a tag that is there: nothing of it depends on when or where it is drawn up."""
    known = {"reason": "tagged by hand", **fields}
    wanted = {field: known[field] for field in Plan.__struct_fields__ if field in known}
    return Plan(
        tag=name,
        commit=commit,
        remote="",
        message=None,
        edits=(),
        configuration="",
        seen=Seen(tip="", tags={}),
        **wanted,
    )
