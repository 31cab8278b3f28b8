"""By hand: the rest of a release whose tag a person made and pushed."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import ConflictError, RepositoryError, UsageError
from tagboat.core.escape import in_shell
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.next_version.package import Package
from tagboat.core.plan.plan import Plan
from tagboat.core.version.channel import Channel, channel_of
from tagboat.core.version.tag import Tagging, VersionTag
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.next_version import released_tag
from tagboat.use_cases.plan.make_plan import NothingDue, PlanInputs, PlanRequest
from tagboat.use_cases.plan.recompute import PastState, Recomputation, recompute
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult
from tagboat.use_cases.release.lookup import (
    BY_HAND,
    HALF_MADE,
    ReleaseLookup,
    abandonment,
    bare_plan,
    odd_files,
    plan_told,
    release_checked_out,
    release_of_tag,
    tagging_of_package,
)
from tagboat.use_cases.release.steps_in_order import Phase, UnpublishedRelease, steps_in_order
from tagboat.use_cases.steps.pending import PendingPlan
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.record import OpenRecord


class TagToRelease(NamedTuple):
    """The tag that is to be released, the channel that it is on, and when it was made."""

    found: VersionTag
    channel: Channel
    time: int


def release_tag(
    context: ReleaseContext, name: str, order: PlanRequest, *, force: bool
) -> ReleaseResult:
    """Do the rest of the release that a tag on the remote names; all of it may be there already.

    With ``force`` the version may be lower than its commits ask for. Raises UsageError where the
    tag is not there or spells no version, RepositoryError where it does not fit its branch or its
    history, ConflictError where the version files hold another version.
    """
    package, found = _remote_tag(context, name)
    release = release_of_tag(context, found.name)
    context.remote_state.remote.bring(context.remote_state.refs.tags[name])
    if not release.is_foreign:
        return _finished(context, release)
    faults = [*context.publisher.faults(), *context.release_target.faults]
    if faults:
        raise RepositoryError("; ".join(faults))
    context.remote_state.remote.deepen()
    context.remote_state.forget()
    channel = _tag_channel(context, package, found)
    context = context._replace(remote_state=context.remote_state.on(channel.branch))
    tag = TagToRelease(found, channel, context.history.tag_times()[name])
    with context.checked_out(found.commit) as there:
        inputs = there.of(package.name)
        return _completed(context, inputs, _tag_plan(inputs, tag, order, force=force))


def _completed(context: ReleaseContext, inputs: PlanInputs, plan: Plan) -> ReleaseResult:
    """Make everything of a plan but its commit and its tag."""
    targets, tree = inputs.targets, inputs.tree
    package = plan.releases[0].package
    of = PendingPlan(plan, context.remote_state, {package: targets}, is_handmade=True)
    pending = of.releases[0]
    unpublished = UnpublishedRelease(pending, tree, (tree,))
    tagged = PublishedRelease(context.remote_state, pending.tag)
    context.converge(steps_in_order(targets, tagged, unpublished, (Phase.STAGE,)))
    tagged = PublishedRelease(context.remote_state, pending.tag, pending.contract())
    steps = [OpenRecord(tagged, targets.writer), *steps_in_order(targets, tagged)]
    context.converge(steps, [f"tag {pending.tag} on {context.release_target.remote}"])
    urls = {pending.tag: inputs.links.tag(pending.tag)}
    return ReleaseResult(plan, None, plan.commit, inputs.targets.notes, urls)


def _remote_tag(context: ReleaseContext, name: str) -> tuple[Package, VersionTag]:
    """The tag of a name on the remote, the package and the version that it spells."""
    for package in context.packages():
        tag = tagging_of_package(context, package).named(name)
        if tag is not None and name in context.remote_state.refs.tags:
            return package, tag
    raise _no_such_tag(context, name)


def _no_such_tag(context: ReleaseContext, name: str) -> UsageError:
    """The error for a tag that is not on the remote, or is nobody's version."""
    taggings = [tagging_of_package(context, package) for package in context.packages()]
    return _of_nobody(context, name, taggings) or _near_tag(name, taggings)


def _of_nobody(
    context: ReleaseContext, name: str, taggings: Sequence[Tagging]
) -> UsageError | None:
    """The error for a tag that is there, or in this clone alone."""
    if name in context.remote_state.refs.tags:
        spelled = ", ".join(dict.fromkeys(one.format.template() for one in taggings))
        return UsageError(f"the tag {name} spells no version", f"tags are spelled {spelled}")
    with context.checked_out(context.release_target.commit) as there:
        is_here = bool(there.any.targets.clone.tag(name))
    if not is_here:
        return None
    remote = context.release_target.remote
    return UsageError(
        f"the tag {name} is in this clone, and not on {remote}",
        f"push it first: git push {in_shell(remote)} {in_shell(name)}",
    )


def _near_tag(name: str, taggings: Iterable[Tagging]) -> UsageError:
    """The error for a tag that is nowhere, with the one that may be meant."""
    faults = []
    for tagging in taggings:
        try:
            near = released_tag(tagging, name)
        except UsageError as error:
            faults.append(error)
        else:
            return UsageError(f"there is no tag {name!r}", f"did you mean {near.name}?")
    return faults[0]


def _finished(context: ReleaseContext, release: ReleaseLookup) -> ReleaseResult:
    """See that a release of ours is complete, or one that a person tagged and a run began."""
    record = release.record
    if record is not None and record.abandoned is not None:
        raise RepositoryError(
            abandonment(record, record.abandoned), "release another version instead"
        )
    is_ended = record is not None and record.is_ended
    with release_checked_out(context, release) as (tagged, inputs):
        tag, contract = tagged.promised()
        public = None if is_ended else [f"tag {tag.name} on {context.release_target.remote}"]
        context.converge(steps_in_order(inputs.targets, tagged), public)
    if is_ended:
        nothing_due = NothingDue(f"{release.name} is complete already", (release.name,))
        return ReleaseResult(None, nothing_due, tag.commit)
    reason = BY_HAND if release.contract is None else HALF_MADE
    plan = plan_told(release.name, contract, inputs.package, reason)
    urls = {release.name: inputs.links.tag(release.name)}
    return ReleaseResult(plan, None, tag.commit, urls=urls)


def _tag_channel(context: ReleaseContext, package: Package, found: VersionTag) -> Channel:
    """The channel that a tag is on, the one that was asked for before others.

    Raises RepositoryError where no branch of a channel holds the tag, or none that releases it.
    """
    rules, remote = package.channels, context.release_target.remote
    tips = context.remote_state.remote.branches(
        lambda branch: not channel_of(branch, rules).assumed
    )
    reaches = context.remote_state.remote.reaches
    holding = [
        channel_of(branch, rules) for branch, tip in tips.items() if reaches(tip, found.commit)
    ]
    if not holding:
        raise RepositoryError(
            f"{found.name} is at {found.commit[:10]}, which no branch of a channel on {remote} has",
            "push that branch first, or tag a commit that is on one",
        )
    fitting = [channel for channel in holding if channel.releases(found.version)]
    if not fitting:
        told = "; ".join(_limits(channel) for channel in holding)
        raise RepositoryError(
            f"{found.name} is on no branch that releases {found.version}: {told}",
            "tag a version that it releases, or a commit of another branch",
        )
    return min(fitting, key=lambda channel: channel.branch != context.release_target.branch)


def _limits(channel: Channel) -> str:
    """What a channel releases, in a few words."""
    if channel.prerelease:
        return f"{channel.branch} releases {channel.prerelease} prereleases"
    only = f" {channel.range}" if channel.range is not None else ""
    return f"{channel.branch} releases stable versions{only}"


def _tag_plan(inputs: PlanInputs, tag: TagToRelease, order: PlanRequest, *, force: bool) -> Plan:
    """What the tag would promise, if it had been made by a run. Raises where it does not fit."""
    name, version = tag.found.name, tag.found.version
    wrong = odd_files(inputs, version)
    if wrong:
        raise ConflictError(
            f"{name} is on a commit where {', '.join(wrong)} does not hold {version}",
            "commit the version there and tag that commit, or let `tagboat release` do all of it",
        )
    seen = PastState(tag.channel.branch, frozenset({name}), tag.time)
    demanded = None if force else recompute(inputs, name, VersionOverride(), seen)
    if demanded is not None and demanded.version == str(version):
        again = demanded
    else:
        again = _asked(inputs, tag.found, VersionOverride(version), seen)
    if demanded is not None:  # what fits no branch is no matter of force
        _refuse_low(tag.found, demanded)
    facts, reason = replace(again, tool=order.tool), f"{BY_HAND}, {again.reason}"
    return bare_plan(name, facts, inputs.package, again.notes, reason)


def _asked(
    inputs: PlanInputs, found: VersionTag, override: VersionOverride, seen: PastState
) -> Recomputation:
    """Compute a release of the version that the tag spells. Raises RepositoryError."""
    try:
        return recompute(inputs, found.name, override, seen)
    except UsageError as error:
        raise RepositoryError(
            f"{found.name} does not fit its branch: {error.message}", "tag another version"
        ) from error


def _refuse_low(found: VersionTag, demanded: Recomputation) -> None:
    """Raise RepositoryError where the commits ask for more than the version."""
    if demanded.version and Version.parse(demanded.version) > found.version:
        raise RepositoryError(
            f"{found.name} is lower than its commits ask for: {demanded.version}, "
            f"{demanded.reason}",
            f"see `tagboat explain {found.name}`; tag {demanded.version}, or add --force",
        )
