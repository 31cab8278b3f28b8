"""Finish: complete what earlier runs left half made."""

from collections.abc import Callable
from typing import NamedTuple

from tagboat.core.channel import channel_of
from tagboat.core.plan import Plan
from tagboat.core.step import Step
from tagboat.core.version import Version
from tagboat.use_cases.announce import Outlet, completion
from tagboat.use_cases.released import abandonment, of_tag, plan_told, tagged_at, tagging_there
from tagboat.use_cases.site import Site
from tagboat.use_cases.steps.world import Tagged

Steps = Callable[[Tagged, Outlet], list[Step]]


class Finished(NamedTuple):
    """What was completed: the plan of the release that is news, if one is; notes for a person.

    A release that a later one passed in the meantime is no news: nobody is to deploy it now.
    """

    plan: Plan | None = None
    notes: tuple[str, ...] = ()

    def and_then(self, other: "Finished") -> "Finished":
        """What was completed before and after; the later one is the news."""
        return Finished(other.plan or self.plan, (*self.notes, *other.notes))


def finish_earlier(site: Site) -> Finished:
    """Complete what earlier runs left half made, the lowest version first.

    That is every release of the channel whose record has no end: a run that is killed may be
    overtaken by one that looked before it. The newest one is looked at even without a record.
    """
    package, branch = site.package(), site.course.branch
    channel = channel_of(branch, site.course.rules)
    own = [tag for tag in tagging_there(site).tags if channel.owns(tag.version)]
    newest = max(own, key=lambda tag: tag.version, default=None)
    records = {record.tag: record for record in site.world.every_record()}
    left = [
        (Version.parse(record.version), record.tag)
        for record in records.values()
        if not record.is_ended and (record.branch, record.package) == (branch, package.name)
    ]
    if newest is not None and newest.name not in records:
        left.append((newest.version, newest.name))
    finished = Finished()
    for _, name in sorted(left):
        finished = finished.and_then(finish(site, name, completion))
    if newest is None or finished.plan is None or finished.plan.tag != newest.name:
        return finished._replace(plan=None)
    return finished


def finish(site: Site, name: str, steps: Steps) -> Finished:
    """Complete a release as the configuration that it holds has it; others' tags are left alone."""
    release = of_tag(site, name) if name in site.world.refs.tags else None
    if release is None or release.is_foreign:
        return Finished()
    record = release.record
    if record is not None and record.abandoned is not None:
        return Finished(notes=(abandonment(record, record.abandoned),))
    tagged, desk = tagged_at(site, release)
    _, contract = tagged.promised()
    site.converge(steps(tagged, desk.outlet), [f"tag {name} on {site.course.remote}"])
    if record is not None and record.is_ended:
        return Finished()
    note = f"{name} is published: an earlier run had left it half made"
    return Finished(plan_told(name, contract), (note,))
