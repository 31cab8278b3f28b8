"""Lookup: which releases a remote has, and the one that a person names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import (
    CHOOSE_REMOTE,
    NO_REMOTE,
    RepositoryError,
    TagboatError,
    UsageError,
)
from tagboat.core.escape import in_shell
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.next_version.package import Package
from tagboat.core.plan.plan import Plan, PlannedRelease, RemoteSnapshot
from tagboat.core.plan.tag_message import Contract, ReleaseFacts
from tagboat.core.record.record import Event, Record, promise_of
from tagboat.core.version.tag import Tagging
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Target
from tagboat.ports.publishing import RemoteTag
from tagboat.use_cases.next_version.next_version import released_tag
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.use_cases.plan.make_plan import PlanInputs
from tagboat.use_cases.plan.recompute import past_state, recompute
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.steps.published import PublishedRelease, gone


class ReleaseLookup(NamedTuple):
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


def tagging_there(context: ReleaseContext) -> Tagging:
    """The version tags of the package on the remote, by the configuration that HEAD holds.

    Raises RepositoryError where there is no remote, OutsideError where it can't be reached.
    """
    return tagging_of_package(context, context.package())


def tagging_with(context: ReleaseContext, name: str) -> Tagging:
    """The version tags of the package whose tag has a name, or had it by a record.

    As `tagging_there` where there is none.
    """
    packages = context.packages()
    if len(packages) > 1:
        recorded = {one.tag: one.package for one in context.remote_state.every_record()}
        for package in packages:
            tagging = tagging_of_package(context, package)
            is_recorded = name in recorded and recorded[name] == package.name
            if is_recorded or any(tag.name == name for tag in tagging.tags):
                return tagging
    return tagging_there(context)


def tagging_of_package(context: ReleaseContext, package: Package) -> Tagging:
    """The same for one of several packages."""
    if not context.release_target.remote:
        raise RepositoryError(NO_REMOTE, CHOOSE_REMOTE)
    return tagging_of(context.history, package, context.remote_state.refs.tag_refs())


def release_named(context: ReleaseContext, tagging: Tagging, version: str) -> ReleaseLookup:
    """The release that a version, or a tag's name, means.

    It may be one of which only the record is left. Raises UsageError where there is none.
    """
    try:
        name = released_tag(tagging, version).name
    except UsageError:
        gone = [r for r in context.remote_state.every_record() if version in (r.tag, r.version)]
        if not gone:
            raise
        return ReleaseLookup(gone[0].tag, None, None, gone[0])
    return release_of_tag(context, name)


def release_of_tag(context: ReleaseContext, name: str) -> ReleaseLookup:
    """The release of a tag that the remote has."""
    tag = context.remote_state.refs.tags[name]
    return ReleaseLookup(
        name,
        tag,
        context.remote_state.contract(tag),
        context.remote_state.records(tag.commit).get(name),
    )


@contextmanager
def release_checked_out(
    context: ReleaseContext, release: ReleaseLookup
) -> Iterator[tuple[PublishedRelease, PlanInputs]]:
    """A release as its steps see it, with its commit checked out.

    What a tag does not promise that was made by hand, its record does. Raises ConflictError where
    the tag is gone, and what checking out raises.
    """
    contract, record, tag = release.contract, release.record, release.tag
    if tag is None or (contract is None and record is None):
        raise gone(release.name)
    context.remote_state.remote.bring(tag)
    told = contract or record
    with context.checked_out(tag.commit) as there:
        inputs = there.of(told.package if told is not None else "")
        if contract is None and record is not None:
            contract = rebuilt(context, inputs, record)
        yield PublishedRelease(context.remote_state, release.name, contract), inputs


def rebuilt(context: ReleaseContext, inputs: PlanInputs, record: Record) -> Contract:
    """What a tag that was made by hand would promise, by its record and what its commit holds."""
    bare, tags = promise_of(record, ""), context.remote_state.refs.tags.values()
    seen = past_state(context.history, tags, [record.tag], record.source, bare)
    notes = recompute(inputs, record.tag, VersionOverride.parse(record.asked), seen).notes
    return replace(bare, notes=notes)


def odd_files(inputs: PlanInputs, version: Version) -> list[str]:
    """The version files of the inputs that do not hold a version. Raises UsageError."""
    target = Target(version, inputs.package.scheme, ())
    return list(dict.fromkeys(edit.path for edit in inputs.version_edits(target)))


def abandonment(record: Record, event: Event) -> str:
    """Who abandoned a release, and why, in words for a person."""
    return f"{record.tag} was abandoned by {event.who}: {event.why}"


def not_ours(name: str) -> TagboatError:
    """The error for a tag that was made by other tools or by hand."""
    return RepositoryError(
        f"{name} was not made by tagboat, which leaves such tags alone",
        f"`tagboat release --tag {in_shell(name)}` makes the rest of a release that was tagged by "
        "hand",
    )


BY_HAND = "tagged by hand"
HALF_MADE = "an earlier run had left it half made"
"""Why a run completes a release whose tag was there."""


def plan_told(name: str, contract: Contract, package: Package, reason: str) -> Plan:
    """What was planned of a package, as far as a tag tells."""
    return bare_plan(name, contract, package, contract.notes, reason)


def bare_plan(name: str, facts: ReleaseFacts, package: Package, notes: str, reason: str) -> Plan:
    """A plan of a tag that is there: nothing of it depends on when or where it is made."""
    release = PlannedRelease(
        package=facts.package,
        version=facts.version,
        tag=name,
        channel=facts.channel,
        previous=facts.previous,
        bump=facts.bump,
        reason=reason,
        because=facts.because,
        asked=facts.asked,
        logins=facts.logins,
        notes=notes,
        edits=(),
        paths=package.paths,
        images=package.image_repositories,
    )
    return Plan(
        tool=facts.tool,
        source=facts.source,
        branch=facts.branch,
        remote="",
        time=facts.time,
        message=None,
        configuration="",
        seen=RemoteSnapshot(tip="", tags={}),
        releases=(release,),
    )
