"""By hand: the rest of a release whose tag a person made and pushed."""

from typing import NamedTuple

from tagboat.core.channel import Channel, channel_of
from tagboat.core.errors import ConflictError, RepositoryError, UsageError
from tagboat.core.plan import Plan
from tagboat.core.release import Wish
from tagboat.core.tag import VersionTag
from tagboat.core.version import Version
from tagboat.use_cases.announce import announcement
from tagboat.use_cases.plan import Desk, Idle, Order
from tagboat.use_cases.preview import released_tag
from tagboat.use_cases.recount import Recount, Then, recount
from tagboat.use_cases.release import Outcome, groundwork
from tagboat.use_cases.released import (
    Released,
    abandonment,
    bare_plan,
    odd_files,
    of_tag,
    plan_told,
    tagged_at,
    tagging_there,
)
from tagboat.use_cases.site import Site
from tagboat.use_cases.steps.record import OpenRecord
from tagboat.use_cases.steps.world import Making, Tagged, World


class Tag(NamedTuple):
    """The tag that is to be released, the channel that it is on, and when it was made."""

    found: VersionTag
    channel: Channel
    time: int


class Handmade(Making):
    """A release whose tag a person made: that tag is all there is of it."""

    def public(self) -> tuple[None, bool]:
        """Nothing that a run made is public yet."""
        return None, False


def release_tag(site: Site, name: str, order: Order, *, force: bool) -> Outcome:
    """Do the rest of the release that a tag on the remote names; all of it may be there already.

    With ``force`` the version may be lower than its commits ask for. Raises UsageError where the
    tag is not there or spells no version, RepositoryError where it does not fit its branch or its
    history, ConflictError where the version files hold another version.
    """
    found = _found(site, name)
    release = of_tag(site, found.name)
    site.world.workshop.bring(site.world.refs.tags[name])
    if not release.is_foreign:
        return _finished(site, release)
    faults = [*site.world.workshop.faults(), *site.course.faults]
    if faults:
        raise RepositoryError("; ".join(faults))
    site.world.workshop.deepen()
    site.world.forget()
    channel = _channel(site, found)
    site = site._replace(world=World(site.world.workshop, channel.branch, site.rest))
    desk = site.desk(found.commit)
    tag = Tag(found, channel, site.history.tag_times()[name])
    plan = _plan(desk, tag, order, force=force)
    making = Handmade(plan, site.world)
    site.converge(groundwork(desk, making))
    tagged = Tagged(site.world, name, making.contract())
    steps = [OpenRecord(tagged, site.rest), *announcement(tagged, desk.outlet)]
    site.converge(steps, [f"tag {name} on {site.course.remote}"])
    return Outcome(plan, None, found.commit, desk.outlet.notes, desk.links.tag(name))


def _found(site: Site, name: str) -> VersionTag:
    """The tag of a name on the remote, and the version that it spells."""
    tagging = tagging_there(site)
    if name not in site.world.refs.tags:
        if site.desk(site.course.commit).outlet.clone.tag(name):
            raise UsageError(
                f"the tag {name} is in this clone, and not on {site.course.remote}",
                f"push it first: git push {site.course.remote} {name}",
            )
        near = released_tag(tagging, name)
        raise UsageError(f"there is no tag {name!r}", f"did you mean {near.name}?")
    for tag in tagging.tags:
        if tag.name == name:
            return tag
    raise UsageError(
        f"the tag {name} spells no version", f"tags are spelled {tagging.format.template()}"
    )


def _finished(site: Site, release: Released) -> Outcome:
    """See that a release of ours is complete, or one that a person tagged and a run began."""
    record = release.record
    if record is not None and record.abandoned is not None:
        raise RepositoryError(
            abandonment(record, record.abandoned), "release another version instead"
        )
    tagged, desk = tagged_at(site, release)
    tag, contract = tagged.promised()
    public = [f"tag {tag.name} on {site.course.remote}"]
    site.converge(announcement(tagged, desk.outlet), public)
    if record is not None and record.is_ended:
        return Outcome(None, Idle(f"{release.name} is complete already", release.name), tag.commit)
    plan = plan_told(release.name, contract)
    return Outcome(plan, None, tag.commit, url=desk.links.tag(release.name))


def _channel(site: Site, found: VersionTag) -> Channel:
    """The channel that a tag is on, the one that was asked for before others.

    Raises RepositoryError where no branch of a channel holds the tag, or none that releases it.
    """
    rules, remote = site.course.rules, site.course.remote
    tips = site.world.workshop.branches(lambda branch: not channel_of(branch, rules).assumed)
    reaches = site.world.workshop.reaches
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
    return min(fitting, key=lambda channel: channel.branch != site.course.branch)


def _limits(channel: Channel) -> str:
    """What a channel releases, in a few words."""
    if channel.prerelease:
        return f"{channel.branch} releases {channel.prerelease} prereleases"
    only = f" {channel.range}" if channel.range is not None else ""
    return f"{channel.branch} releases stable versions{only}"


def _plan(desk: Desk, tag: Tag, order: Order, *, force: bool) -> Plan:
    """What the tag would promise, if it had been made by a run. Raises where it does not fit."""
    name, version = tag.found.name, tag.found.version
    wrong = odd_files(desk, version)
    if wrong:
        raise ConflictError(
            f"{name} is on a commit where {', '.join(wrong)} does not hold {version}",
            "commit the version there and tag that commit, or let `tagboat release` do all of it",
        )
    seen = Then(tag.channel.branch, frozenset({name}), tag.time)
    demanded = None if force else recount(desk, name, Wish(), seen)
    if demanded is not None:
        _refuse_low(tag.found, demanded)
    if demanded is not None and demanded.version == str(version):
        again, wish = demanded, Wish()
    else:
        wish = Wish(version)
        again = _asked(desk, tag.found, wish, seen)
    fields = again._asdict() | {
        "reason": f"tagged by hand, {again.reason}",
        "package": desk.surveyor.package.name,
        "branch": tag.channel.branch,
        "time": tag.time,
        "tool": order.tool,
        "asked": str(wish),
    }
    return bare_plan(name, tag.found.commit, fields)


def _asked(desk: Desk, found: VersionTag, wish: Wish, seen: Then) -> Recount:
    """Compute a release of the version that the tag spells. Raises RepositoryError."""
    try:
        return recount(desk, found.name, wish, seen)
    except UsageError as error:
        raise RepositoryError(
            f"{found.name} does not fit its branch: {error.message}", "tag another version"
        ) from error


def _refuse_low(found: VersionTag, demanded: Recount) -> None:
    """Raise RepositoryError where the commits ask for more than the version."""
    if demanded.version and Version.parse(demanded.version) > found.version:
        raise RepositoryError(
            f"{found.name} is lower than its commits ask for: {demanded.version}, "
            f"{demanded.reason}",
            f"see `tagboat explain {found.name}`; tag {demanded.version}, or add --force",
        )
