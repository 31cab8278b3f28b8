"""Draw up a plan: what a release of a commit would be, down to the last character."""

from collections.abc import Callable
from typing import NamedTuple

from tagboat.core.channel import Channel
from tagboat.core.commit import RELEASE_TRAILER
from tagboat.core.errors import ConflictError, RepositoryError, TagboatError
from tagboat.core.links import Links
from tagboat.core.plan import Plan, Replacement, Seen, replacement
from tagboat.core.release import Release, Wish
from tagboat.core.tag import Tagging
from tagboat.core.version import Version
from tagboat.core.version_file import Edit, Target
from tagboat.ports import Facts, History, RemoteRefs, Workers
from tagboat.use_cases.announce import Outlet
from tagboat.use_cases.changelog import Changelog, Selection, Style
from tagboat.use_cases.preview import decided
from tagboat.use_cases.sections import Sections, Wanted
from tagboat.use_cases.steps.commands import Build, Errands
from tagboat.use_cases.stretch import newest_of
from tagboat.use_cases.survey import Survey, Surveyor


class Rules(NamedTuple):
    """What the configuration says about making a release; ``message`` has ``{version}``, ``{tag}``.

    ``on_race`` says what becomes of a release commit when the branch moved on: ``merge`` it,
    ``replan``, or ``auto``.
    """

    message: str = "chore(release): {version}"
    on_race: str = "auto"
    hooks: bool = False


class Desk(NamedTuple):
    """What a plan for one commit is drawn up with; all of it is read at that commit.

    ``style`` reads the templates once it is asked for, which takes a while; ``text`` reads a file
    and gives its real path, or None; ``version_edits`` are the changes to the version files;
    ``configuration`` is the digest of the configuration; ``outlet`` is where the release is
    announced; ``errands`` are the commands to run, and ``build`` what they make.
    """

    surveyor: Surveyor
    facts: Facts
    links: Links
    style: Callable[[], Style]
    workers: Workers
    changelog: str
    text: Callable[[str], tuple[str, str] | None]
    version_edits: Callable[[Target], tuple[Edit, ...]]
    configuration: str
    rules: Rules
    outlet: Outlet
    errands: Errands
    build: Build


class Order(NamedTuple):
    """What is asked for: which branch of which remote, and how the version is chosen."""

    branch: str
    remote: str
    wish: Wish
    time: int
    tool: str


class Idle(NamedTuple):
    """Why no release is due; ``tag`` names the release that holds the commit, or is empty."""

    reason: str
    tag: str = ""


class TakenError(ConflictError):
    """Tags that are no ancestors hold the version; ``tags`` are their names."""

    def __init__(self, error: TagboatError, tags: tuple[str, ...]) -> None:
        super().__init__(error.message, error.hint)
        self.tags = tags


class Drawn(NamedTuple):
    """A plan, or why there is none; the decision that led there if it came so far; notes."""

    plan: Plan | None
    idle: Idle | None
    release: Release | None
    notes: tuple[str, ...]


def draw(desk: Desk, refs: RemoteRefs, order: Order) -> Drawn:
    """Draw up the plan for a desk's commit.

    Raises TakenError where the version is taken, and what `next_release` raises else.
    """
    survey = desk.surveyor.survey(desk.facts)
    idle = _held(desk.surveyor.history, survey, refs)
    if idle is not None:
        return Drawn(None, idle, None, survey.notes)
    release = decide(desk.surveyor, survey, order.wish)
    if not release.due or release.version is None:
        return Drawn(None, Idle(release.origin, release.tag), release, survey.notes)
    plan = _plan(desk, refs, order, Due(survey, release, release.version))
    return Drawn(plan, None, release, survey.notes)


def decide(surveyor: Surveyor, survey: Survey, wish: Wish) -> Release:
    """Decide the next version."""
    try:
        return decided(surveyor.history, surveyor.package, survey, wish)
    except RepositoryError as error:
        taken = _rivals(surveyor, survey, wish)
        if taken:
            raise TakenError(error, taken) from error
        raise


def _rivals(surveyor: Surveyor, survey: Survey, wish: Wish) -> tuple[str, ...]:
    """The tags elsewhere that hold the version which would be next if they did not."""
    tagging = survey.tagging
    commits = {tag.commit for tag in tagging.tags}
    elsewhere = surveyor.history.unreached(commits, survey.since.head)
    own = tuple(tag for tag in tagging.tags if tag.commit not in elsewhere)
    alone = survey._replace(tagging=tagging._replace(tags=own))
    try:
        release = decided(surveyor.history, surveyor.package, alone, wish)
    except RepositoryError:
        return ()
    holders = tagging.of(release.version) if release.version is not None else ()
    return tuple(tag.name for tag in holders if tag not in own)


def held(desk: Desk, refs: RemoteRefs) -> Idle | None:
    """Whether a release of the channel holds a desk's commit; None where none does."""
    return _held(desk.surveyor.history, desk.surveyor.survey(desk.facts), refs)


def _held(history: History, survey: Survey, refs: RemoteRefs) -> Idle | None:
    """Find the lowest version of the channel that has the commit among its ancestors.

    A run that is started again checks out the commit it was started for, and not the release commit
    on top of it. Tags off the branch are not the channel's, unless a stable version took in what a
    prerelease channel has.
    """
    head, channel, tags = survey.since.head, survey.channel, survey.tagging.tags
    newest = newest_of(history, channel, tags, survey.since)
    above = [
        tag
        for tag in tags
        if channel.owns(tag.version) and (newest is None or tag.version > newest.version)
    ]
    commits = history.titles(sorted({tag.commit for tag in above}))
    elsewhere = history.unreached(commits, refs.tip or head)
    for tag in sorted(above, key=lambda tag: tag.version):
        is_promoted = channel.prerelease and not tag.version.is_prerelease
        is_own = tag.commit in commits and (is_promoted or tag.commit not in elsewhere)
        if is_own and not history.unreached([head], tag.commit):
            return Idle(f"{head[:10]} is in {tag.name} already", tag.name)
    return None


class Due(NamedTuple):
    """A release that is due."""

    survey: Survey
    release: Release
    version: Version


def _plan(desk: Desk, refs: RemoteRefs, order: Order, due: Due) -> Plan:
    """The plan of a release that is due."""
    survey, release, version = due
    notes = notes_of(desk, due, order.time)
    edits = _edits(desk, due, notes)
    base = release.stretch.newest
    return Plan(
        tool=order.tool,
        package=release.package.name,
        version=str(version),
        tag=release.tag,
        previous=base.name if base is not None else "",
        commit=survey.since.head,
        branch=order.branch,
        remote=order.remote,
        channel=channel_words(release.channel),
        bump=str(release.bump),
        reason=release.origin,
        notes=notes,
        time=order.time,
        message=_message(desk.rules, release) if edits or desk.errands.added else None,
        edits=edits,
        configuration=desk.configuration,
        seen=Seen(tip=refs.tip or "", tags=_seen(refs, survey.tagging)),
        asked=str(order.wish),
    )


def channel_words(channel: Channel) -> str:
    """The channel in one or two words: its kind, and the token of prereleases."""
    return f"{channel.kind} {channel.prerelease}".rstrip()


def notes_of(desk: Desk, due: Due, time: int) -> str:
    """The text that `tagboat changelog VERSION` will print."""
    style = desk.style()
    wanted = Wanted(newcomers=style.renderer.needs_newcomers)
    sections = Sections(desk.surveyor.history, desk.surveyor.package, wanted)
    writer = Changelog(sections, due.survey, style, (due.release, time))
    pieces = writer.text(desk.surveyor.history, Selection(unreleased=True), desk.workers)
    return "".join(pieces)


def _edits(desk: Desk, due: Due, notes: str) -> tuple[Replacement, ...]:
    """The changes to the version files, and to the changelog where there is one."""
    target = Target(due.version, due.release.package.scheme, _expected(due))
    found = [
        Replacement(path=edit.path, start=edit.start, end=edit.end, old=edit.old, new=edit.new)
        for edit in desk.version_edits(target)
    ]
    changelog = desk.text(desk.changelog)
    if changelog is not None:
        from tagboat.core.changelog_insert import inserted

        text, path = changelog
        header = desk.style().renderer.header()
        after = inserted(text, notes, version=str(due.version), header=header)
        change = replacement(path, text, after)
        found += [change] if change is not None else []
    return tuple(found)


def _expected(due: Due) -> tuple[Version, ...]:
    """The versions that may stand in version files: the last ones, prereleases of the next."""
    stretch = due.release.stretch
    last = {tag.version for tag in (stretch.base, stretch.newest) if tag is not None}
    rehearsed = {
        tag.version
        for tag in due.survey.tagging.tags
        if tag.version.is_prerelease and tag.version.core == due.version.core
    }
    return tuple(sorted(last | rehearsed)) if last else ()


def _message(rules: Rules, release: Release) -> str:
    """The message of the release commit, with the trailer it is known by."""
    text = rules.message.replace("{version}", str(release.version)).replace("{tag}", release.tag)
    text = text.replace("{name}", release.package.name)
    return f"{text.rstrip()}\n\n{RELEASE_TRAILER}: {release.tag}\n"


def _seen(refs: RemoteRefs, tagging: Tagging) -> dict[str, str]:
    """The package's version tags on the remote."""
    names = {tag.name for tag in tagging.tags}
    return {tag.name: tag.object for tag in refs.tags.values() if tag.name in names}
