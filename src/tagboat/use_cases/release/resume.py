"""Finish: complete what earlier runs left half made."""

from collections.abc import Callable
from typing import NamedTuple

from tagboat.core.plan.plan import Plan
from tagboat.core.step import Step
from tagboat.core.version.channel import channel_of
from tagboat.core.version.version import Version
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.lookup import (
    abandonment,
    plan_told,
    release_checked_out,
    release_of_tag,
    tagging_there,
)
from tagboat.use_cases.release.steps_in_order import completion
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.publishing import PublishTargets

Steps = Callable[[PublishedRelease, PublishTargets], list[Step]]


class Finished(NamedTuple):
    """What was completed: the plan of the release that is news, if one is; notes for a person.

    A release that a later one passed in the meantime is no news: nobody is to deploy it now.
    """

    plan: Plan | None = None
    notes: tuple[str, ...] = ()

    def and_then(self, other: "Finished") -> "Finished":
        """What was completed before and after; the later one is the news."""
        return Finished(other.plan or self.plan, (*self.notes, *other.notes))


def finish_earlier(context: ReleaseContext) -> Finished:
    """Complete what earlier runs left half made, the lowest version first.

    That is every release of the channel whose record has no end: a run that is killed may be
    overtaken by one that looked before it. The newest one is looked at even without a record.
    """
    package, branch = context.package(), context.release_target.branch
    channel = channel_of(branch, context.release_target.rules)
    own = [tag for tag in tagging_there(context).tags if channel.owns(tag.version)]
    newest = max(own, key=lambda tag: tag.version, default=None)
    records = {record.tag: record for record in context.remote_state.every_record()}
    left = [
        (Version.parse(record.version), record.tag)
        for record in records.values()
        if not record.is_ended and (record.branch, record.package) == (branch, package.name)
    ]
    if newest is not None and newest.name not in records:
        left.append((newest.version, newest.name))
    finished = Finished()
    for _, name in sorted(left):
        finished = finished.and_then(finish_release(context, name, completion))
    if newest is None or finished.plan is None or finished.plan.tag != newest.name:
        return finished._replace(plan=None)
    return finished


def finish_release(context: ReleaseContext, name: str, steps: Steps) -> Finished:
    """Complete a release as the configuration that it holds has it; others' tags are left alone."""
    release = release_of_tag(context, name) if name in context.remote_state.refs.tags else None
    if release is None or release.is_foreign:
        return Finished()
    record = release.record
    if record is not None and record.abandoned is not None:
        return Finished(notes=(abandonment(record, record.abandoned),))
    with release_checked_out(context, release) as (tagged, inputs):
        _, contract = tagged.promised()
        context.converge(
            steps(tagged, inputs.targets), [f"tag {name} on {context.release_target.remote}"]
        )
    if record is not None and record.is_ended:
        return Finished()
    note = f"{name} is published: an earlier run had left it half made"
    return Finished(plan_told(name, contract), (note,))
