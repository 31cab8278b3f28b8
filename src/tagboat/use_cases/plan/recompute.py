"""Recomputation: what a release had to be, computed again from the history that it was made of."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.next_version.next_version import NextVersion, VersionOverride
from tagboat.core.plan.plan import Plan
from tagboat.core.plan.tag_message import Contract, ReleaseFacts
from tagboat.core.version.tag import TagFormat
from tagboat.core.version.version import Version
from tagboat.ports.git import History
from tagboat.ports.publishing import RemoteRefs, RemoteTag
from tagboat.use_cases.next_version.next_version import decide_version
from tagboat.use_cases.next_version.repository_state import RepositoryState
from tagboat.use_cases.plan.make_plan import (
    CommitInputs,
    Due,
    PlanInputs,
    PlanRequest,
    decide_due,
    names_of_tags,
    notes_of,
    plan_of,
    with_logins,
)


class Recomputation(ReleaseFacts, frozen=True, kw_only=True):
    """What comes out; ``tool`` is nobody's.

    ``version`` is empty where nothing was due. ``reason`` says where it comes from.
    """

    notes: str = ""
    reason: str


class PastState(NamedTuple):
    """How things were when a release was made: for a branch, without the tags made since.

    ``logins`` are what the forge told then.
    """

    branch: str
    hidden: frozenset[str]
    time: int
    logins: str = ""


def past_state(
    history: History,
    tags: Iterable[RemoteTag],
    own: Collection[str],
    source: str,
    contract: Contract,
) -> PastState:
    """How things were when the release of a tag was planned for a commit.

    ``own`` are the tags of its plan: they were not there, and what is younger was not. Of two tags
    of the same second the one that the commit holds was there before. A lightweight tag has the
    date of its commit: where the release holds that, a later date is a wrong clock's. So it is of
    a prerelease of the version itself, which led to it.
    """
    times = history.tag_times()
    known = times.keys() - {contract.previous, *own}
    there = [tag for tag in tags if tag.name in known]
    elsewhere = history.not_ancestors({tag.commit for tag in there}, source)
    hidden = {
        tag.name
        for tag in there
        if times[tag.name] + (tag.commit in elsewhere) > contract.time
        and (
            tag.commit in elsewhere
            or (tag.object != tag.commit and not _leads_to(tag.name, contract.version))
        )
    }
    return PastState(contract.branch, frozenset({*hidden, *own}), contract.time, contract.logins)


def _leads_to(name: str, version: str) -> bool:
    """Whether a tag's name spells a prerelease of a version."""
    before, _, after = name.partition(version)
    return (after[:1] == "-" or after[:1].isalpha()) and before[-1:] not in (*"0123456789", ".")


def recompute(
    inputs: PlanInputs,
    name: str,
    override: VersionOverride,
    seen: PastState,
    names: Sequence[str] = (),
) -> Recomputation:
    """Compute a release again at the commit of the inputs, as things were then.

    Its tag's name is taken as it is; ``names`` are the packages of its plan, where there are
    several. Raises what deciding about a version does.
    """
    inputs = as_it_was(inputs, seen.branch, seen.hidden)
    repository_state = inputs.finder.repository_state(inputs.facts)
    release = _decided(inputs, repository_state, override, names)
    newest, pull = release.assessed.newest, release.assessed.pull
    found = Recomputation(
        version="",
        package=inputs.package.name,
        previous=newest.name if newest is not None else "",
        source=repository_state.since.head,
        branch=seen.branch,
        channel=release.channel.words,
        bump=str(release.bump),
        time=seen.time,
        tool="",
        because=", ".join(pull.released) if pull is not None else "",
        asked=str(override),
        logins=seen.logins,
        reason=release.origin,
    )
    if not release.due or release.version is None:
        return found
    spelled = release.tagging._replace(format=_format(name, release.version))
    decided = release._replace(tagging=spelled)
    due = Due(inputs, repository_state, decided, release.version, seen.logins)
    return replace(found, version=str(release.version), notes=notes_of(due, seen.time))


def _decided(
    inputs: PlanInputs,
    repository_state: RepositoryState,
    override: VersionOverride,
    names: Sequence[str],
) -> NextVersion:
    """The decision about the package of the inputs, alone or among those of its plan."""
    if inputs.versions is None:
        return decide_version(inputs.finder, repository_state, override)
    from tagboat.use_cases.next_version.package_versions import Asked

    own = inputs.package.name
    asked = Asked(tuple(names) or (own,), override, tip=repository_state.since.head)
    decisions = inputs.versions.decide(inputs.facts, asked)
    return decisions.of(own)


_COMPUTED = ("commit", "message")
_COMPUTED_OF_RELEASE = (
    *("package", "version", "tag", "channel", "previous", "bump", "reason", "because"),
    *("logins", "notes", "edits", "paths", "images"),
)
"""The fields of a plan that follow from its commit, its time and its configuration."""


def differences(there: CommitInputs, refs: RemoteRefs, plan: Plan) -> tuple[str, ...]:
    """What a plan says otherwise than its commit, time and configuration do; names of its fields.

    A plan travels through places where others can write, so it is made again, as the remote
    was when it was made. Raises what `make_plan` raises.
    """
    names = tuple(release.package for release in plan.releases)
    since = names_of_tags(map(there.of, names), refs).difference(plan.seen.tags)
    hidden = frozenset({*since, *(release.tag for release in plan.releases)})
    past = CommitInputs(there.names, lambda name: as_it_was(there.of(name), plan.branch, hidden))
    override = VersionOverride.parse(plan.releases[0].asked)
    order = PlanRequest(plan.branch, plan.remote, override, plan.time, plan.tool)
    if past.any.versions is not None:
        order = order._replace(names=names)
    # What the branch got since may hold the release itself.
    _, due, _ = decide_due(past, refs._replace(tip=plan.commit), order)
    if [one.release.package.name for one in due] != list(names):
        return ("version",) if not due else ("releases",)
    again = plan_of([with_logins(one, afresh=True) for one in due], refs, order)
    found = [name for name in _COMPUTED if getattr(plan, name) != getattr(again, name)]
    for one, other in zip(plan.releases, again.releases, strict=True):
        found += [
            name for name in _COMPUTED_OF_RELEASE if getattr(one, name) != getattr(other, name)
        ]
    return tuple(dict.fromkeys(found))


def as_it_was(inputs: PlanInputs, branch: str, hidden: frozenset[str]) -> PlanInputs:
    """The inputs for a branch as if some tags were not there."""
    versions = inputs.versions and inputs.versions.at(branch, hidden)
    return inputs._replace(finder=inputs.finder.at(branch, hidden), versions=versions)


def _format(name: str, version: Version) -> TagFormat:
    """The format that spells a version as a tag does."""
    prefix, found, suffix = name.partition(str(version))
    if found:
        return TagFormat(prefix, suffix)
    prefix, found, suffix = name.partition(TagFormat("", scheme="pep440").spell(version))
    return TagFormat(prefix, suffix, "pep440") if found else TagFormat("v")
