"""Resume: complete what earlier runs left half made, or end what can't be completed."""

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import RepositoryError
from tagboat.core.next_version.package import Package
from tagboat.core.packages import by_need
from tagboat.core.record.record import ABANDONED, Event, Record, record_of
from tagboat.core.version.channel import channel_of
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.use_cases.release.apply import each_by_need
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult, together
from tagboat.use_cases.release.lookup import (
    HALF_MADE,
    ReleaseLookup,
    abandonment,
    not_ours,
    plan_told,
    release_checked_out,
    release_named,
    release_of_tag,
    tagging_of_package,
    tagging_with,
)
from tagboat.use_cases.release.steps_in_order import Phase, steps_in_order


def finish_earlier(context: ReleaseContext) -> ReleaseResult:
    """Complete what earlier runs left half made, package by package, the lowest version first.

    That is every release of the channel whose record has no end: a run that is killed may be
    overtaken by one that looked before it. The newest one is looked at even without a record.
    """
    packages = {one.name: one for one in context.packages()}
    records = {record.tag: record for record in context.remote_state.every_record()}
    needs = {name: one.needs for name, one in packages.items()}
    newest = {name: _newest(context, one) for name, one in packages.items()}
    tags = context.remote_state.refs.tags
    context.remote_state.contracts(tags[one.name] for one in newest.values() if one is not None)
    found: list[ReleaseResult] = []

    def finish(package: Package) -> None:
        found.extend(_finish_package(context, package, newest[package.name], records))

    order = by_need(needs)
    each_by_need({name: partial(finish, packages[name]) for name in order}, needs)
    done = together([*_rest_of_plans(context, packages, newest, found), *found])
    if done.plan is None:
        return done
    releases = sorted(done.plan.releases, key=lambda one: order.index(one.package))
    return done._replace(plan=replace(done.plan, releases=tuple(releases)))


def _rest_of_plans(
    context: ReleaseContext,
    packages: Mapping[str, Package],
    newest: Mapping[str, VersionTag | None],
    found: Sequence[ReleaseResult],
) -> Iterator[ReleaseResult]:
    """The releases of the plans that were finished now: a run that fails tells of none of them."""
    finished = {one.package for result in found if result.plan for one in result.plan.releases}
    tags = {name: tag.name for name, tag in newest.items() if tag is not None}
    there = context.remote_state.refs.tags
    promised = context.remote_state.contracts(there[tag] for tag in tags.values())
    known = [(name, one) for name, one in zip(tags, promised, strict=True) if one is not None]
    plans = {contract.plan for name, contract in known if name in finished}
    for name, contract in known:
        if contract.plan in plans and name not in finished:
            yield ReleaseResult(plan_told(tags[name], contract, packages[name], HALF_MADE))


def _newest(context: ReleaseContext, package: Package) -> VersionTag | None:
    """The newest release of a package on the branch; None where that is none of its channels."""
    channel = channel_of(context.release_target.branch, package.channels)
    if channel.assumed:
        return None
    own = [tag for tag in tagging_of_package(context, package).tags if channel.owns(tag.version)]
    return max(own, key=lambda tag: tag.version, default=None)


def _finish_package(
    context: ReleaseContext,
    package: Package,
    newest: VersionTag | None,
    records: Mapping[str, Record],
) -> Iterator[ReleaseResult]:
    """What comes of what is left of one package; only its ``newest`` release is news.

    ``records`` are those of all packages before anything was finished, by tag.
    """
    branch = context.release_target.branch
    left = [
        (Version.parse(record.version), record.tag)
        for record in records.values()
        if not record.is_ended and (record.branch, record.package) == (branch, package.name)
    ]
    if newest is not None and newest.name not in records:
        left.append((newest.version, newest.name))
    for _, name in sorted(left):
        finished = finish_release(context, name, (Phase.COMPLETE,))
        is_news = newest is not None and name == newest.name
        yield finished if is_news else finished._replace(plan=None)


def finish_release(context: ReleaseContext, name: str, phases: Container[Phase]) -> ReleaseResult:
    """Complete a release as the configuration that it holds has it; others' tags are left alone.

    Of one that was complete before nothing is kept for what comes after: it is no news.
    """
    release = release_of_tag(context, name) if name in context.remote_state.refs.tags else None
    if release is None or release.is_foreign:
        return ReleaseResult()
    record = release.record
    if record is not None and record.abandoned is not None:
        return ReleaseResult(notes=(abandonment(record, record.abandoned),))
    is_news = record is None or not record.is_ended
    with release_checked_out(context, release) as (tagged, inputs):
        _, contract = tagged.promised()
        targets = inputs.targets if is_news else inputs.targets._replace(artefacts=None)
        steps = steps_in_order(targets, tagged, phases=phases)
        package = inputs.package
        which = package.name if len(context.packages()) > 1 else ""
        tag = f"tag {name} on {context.release_target.remote}"
        context.converge(steps, [tag] if is_news else None, which)
        urls = {name: inputs.links.tag(name)}
    if not is_news:
        return ReleaseResult()
    note = f"{name} is published: {HALF_MADE}"
    plan = plan_told(name, contract, package, HALF_MADE)
    return ReleaseResult(plan, notes=(note,), urls=urls)


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
