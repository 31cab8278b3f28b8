"""Resume: complete what earlier runs left half made."""

from collections.abc import Container, Iterator, Mapping
from functools import partial

from tagboat.core.next_version.package import Package
from tagboat.core.packages import by_need
from tagboat.core.record.record import Record
from tagboat.core.version.channel import channel_of
from tagboat.core.version.version import Version
from tagboat.use_cases.release.apply import each_by_need
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult, together
from tagboat.use_cases.release.lookup import (
    abandonment,
    plan_told,
    release_checked_out,
    release_of_tag,
    tagging_of_package,
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
    found: list[ReleaseResult] = []

    def finish(package: Package) -> None:
        found.extend(_finish_package(context, package, records))

    each_by_need({name: partial(finish, packages[name]) for name in by_need(needs)}, needs)
    return together(found)


def _finish_package(
    context: ReleaseContext, package: Package, records: Mapping[str, Record]
) -> Iterator[ReleaseResult]:
    """What comes of what is left of one package; only its newest release is news.

    ``records`` are those of all packages before anything was finished, by tag.
    """
    branch = context.release_target.branch
    channel = channel_of(branch, context.release_target.rules)
    own = [tag for tag in tagging_of_package(context, package).tags if channel.owns(tag.version)]
    newest = max(own, key=lambda tag: tag.version, default=None)
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
        context.converge(steps, [f"tag {name} on {context.release_target.remote}"])
        package = inputs.package
    if not is_news:
        return ReleaseResult()
    note = f"{name} is published: an earlier run had left it half made"
    return ReleaseResult(plan_told(name, contract, package), notes=(note,))
