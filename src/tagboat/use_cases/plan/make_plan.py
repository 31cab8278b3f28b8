"""Draw up a plan: what a release of a commit would be, down to the last character."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.assess import taken_back
from tagboat.core.commits.commit import RELEASE_TRAILER, RepositoryInfo
from tagboat.core.errors import UsageError
from tagboat.core.forge.links import Links
from tagboat.core.next_version.next_version import NextVersion, VersionOverride
from tagboat.core.next_version.package import ChangelogFile
from tagboat.core.plan.plan import Plan, RemoteSnapshot
from tagboat.core.settings import Settings
from tagboat.core.version.channel import Channel
from tagboat.core.version.tag import Tagging
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Edit, Target, edit_between
from tagboat.ports.git import History
from tagboat.ports.publishing import Checkout, RemoteRefs
from tagboat.ports.writing import Workers
from tagboat.use_cases.changelog.changelog import Changelog, Selection, Style
from tagboat.use_cases.changelog.sections import SectionOptions, Sections
from tagboat.use_cases.next_version.next_version import (
    decide_version,
    holding,
)
from tagboat.use_cases.next_version.repository_state import BaseFinder, RepositoryState, tagging_of
from tagboat.use_cases.steps.commands import ReleaseTree
from tagboat.use_cases.steps.publishing import PublishTargets

if TYPE_CHECKING:
    from tagboat.core.changelog.insert import NewNotes


class PlanInputs(NamedTuple):
    """What a plan for one commit is made of; all of it is read at that commit.

    ``style`` reads the templates once it is asked for, which takes a while; ``checkout`` are the
    files of the commit; ``version_edits`` are the changes to the version files; ``targets`` is
    where the release is announced; ``tree`` is where it is made, and has the commands to run.
    """

    finder: BaseFinder
    facts: RepositoryInfo
    links: Links
    style: Callable[[], Style]
    workers: Workers
    changelog: ChangelogFile
    checkout: Checkout
    version_edits: Callable[[Target], tuple[Edit, ...]]
    settings: Settings
    targets: PublishTargets
    tree: ReleaseTree


_COMPUTED = (
    *("package", "version", "tag", "previous", "commit", "channel", "bump", "reason", "notes"),
    *("message", "edits"),
)
"""The fields of a plan that follow from its commit, its time and its configuration."""
_LONGEST = 250
"""How many bytes of a tag may stand between slashes: a file's 255 without `.lock`."""


class PlanRequest(NamedTuple):
    """What is asked for: which branch of which remote, and how the version is chosen."""

    branch: str
    remote: str
    override: VersionOverride
    time: int
    tool: str


class NothingDue(NamedTuple):
    """Why no release is due; ``tag`` names the release that holds the commit, or is empty."""

    reason: str
    tag: str = ""


class PlanResult(NamedTuple):
    """A plan, or why there is none; the decision that led there if it came so far; notes."""

    plan: Plan | None
    nothing_due: NothingDue | None
    release: NextVersion | None
    notes: tuple[str, ...]


def make_plan(inputs: PlanInputs, refs: RemoteRefs, order: PlanRequest) -> PlanResult:
    """Make the plan for the commit of the inputs.

    Raises VersionTakenError where the version is taken, and what `next_release` raises else.
    """
    repository_state = inputs.finder.repository_state(inputs.facts)
    nothing_due = _in_release(inputs.finder.history, repository_state, refs)
    if nothing_due is not None:
        return PlanResult(None, nothing_due, None, repository_state.notes)
    release = decide_version(inputs.finder, repository_state, order.override)
    if not release.due or release.version is None:
        return PlanResult(
            None, NothingDue(release.origin, release.tag), release, repository_state.notes
        )
    _refuse_long(release.tag)
    plan = _plan(inputs, refs, order, Due(repository_state, release, release.version))
    return PlanResult(plan, None, release, (*repository_state.notes, *_layout_notes(inputs)))


def _layout_notes(inputs: PlanInputs) -> Iterator[str]:
    """What to say where the changelog is laid out otherwise than its template writes."""
    there = inputs.checkout.text(inputs.changelog.path)
    if there is not None:
        from tagboat.core.changelog.headings import layout_of

        layout, wanted = layout_of(there), inputs.style().renderer.layout
        if wanted and layout not in ("", wanted):
            yield (
                f"{inputs.changelog.path} has the layout of {layout!r}, the template that of "
                f'{wanted!r}: `changelog.template = "{layout}"` goes on as it is'
            )


def refuse_files(inputs: PlanInputs, release: NextVersion) -> None:
    """Raise what is wrong with the version files, for a version that is due or released."""
    if release.version is not None:
        due = Due(inputs.finder.repository_state(inputs.facts), release, release.version)
        inputs.version_edits(Target(release.version, release.package.scheme, _expected(due)))


def _refuse_long(tag: str) -> None:
    """Refuse a tag that git can't keep: each part of it is the name of a file, and a lock's too."""
    longest = max(len(part.encode()) for part in tag.split("/"))
    if longest > _LONGEST:
        raise UsageError(
            f"the tag {tag[:40]}... has {longest} bytes, and git can keep {_LONGEST} at most "
            "between slashes",
            "make `tag` in the configuration, or the version, shorter",
        )


def release_holding(inputs: PlanInputs, refs: RemoteRefs) -> NothingDue | None:
    """Whether a release of the channel holds the commit of the inputs; None where none does."""
    return _in_release(inputs.finder.history, inputs.finder.repository_state(inputs.facts), refs)


def _in_release(
    history: History, repository_state: RepositoryState, refs: RemoteRefs
) -> NothingDue | None:
    """Why nothing is due where a release of the channel holds the commit."""
    holder = holding(history, repository_state, lambda _: refs.tip or "")
    if holder is None:
        return None
    head = repository_state.since.head
    return NothingDue(f"{head[:10]} is in {holder.name} already", holder.name)


class Due(NamedTuple):
    """A release that is due."""

    repository_state: RepositoryState
    release: NextVersion
    version: Version


def differences(inputs: PlanInputs, refs: RemoteRefs, plan: Plan) -> tuple[str, ...]:
    """What a plan says otherwise than its commit, time and configuration do; names of its fields.

    A plan travels through places where others can write, so it is made again, as the remote
    was when it was made. Raises what `make_plan` raises.
    """
    finder = inputs.finder
    since = {tag.name for tag in tagging_of(finder.history, finder.package, refs.tag_refs()).tags}
    hidden = frozenset({*since.difference(plan.seen.tags), plan.tag})
    inputs = inputs._replace(finder=finder.at(plan.branch, hidden))
    order = PlanRequest(
        plan.branch, plan.remote, VersionOverride.parse(plan.asked), plan.time, plan.tool
    )
    repository_state = inputs.finder.repository_state(inputs.facts)
    release = decide_version(inputs.finder, repository_state, order.override)
    if not release.due or release.version is None:
        return ("version",)
    again = _plan(inputs, refs, order, Due(repository_state, release, release.version))
    return tuple(name for name in _COMPUTED if getattr(plan, name) != getattr(again, name))


def _plan(inputs: PlanInputs, refs: RemoteRefs, order: PlanRequest, due: Due) -> Plan:
    """The plan of a release that is due."""
    repository_state, release, version = due
    notes = notes_of(inputs, due, order.time)
    edits = _edits(inputs, due, notes, order.time)
    base = release.assessed.newest
    return Plan(
        tool=order.tool,
        package=release.package.name,
        version=str(version),
        tag=release.tag,
        previous=base.name if base is not None else "",
        source=repository_state.since.head,
        branch=order.branch,
        remote=order.remote,
        channel=channel_words(release.channel),
        bump=str(release.bump),
        reason=release.origin,
        notes=notes,
        time=order.time,
        message=_message(inputs.settings, release)
        if edits or inputs.tree.release_commands.added
        else None,
        edits=edits,
        configuration=inputs.settings.digest,
        seen=RemoteSnapshot(tip=refs.tip or "", tags=_seen(refs, repository_state.tagging)),
        asked=str(order.override),
    )


def channel_words(channel: Channel) -> str:
    """The channel in one or two words: its kind, and the token of prereleases."""
    return f"{channel.kind} {channel.prerelease}".rstrip()


def notes_of(inputs: PlanInputs, due: Due, time: int) -> str:
    """The text that `tagboat changelog VERSION` will print."""
    return "".join(_written(inputs, due, time, Selection(unreleased=True)))


def _written(inputs: PlanInputs, due: Due, time: int, selection: Selection) -> Iterator[str]:
    """A part of the changelog, with what is unreleased as the version that it becomes."""
    style, history = inputs.style(), inputs.finder.history
    wanted = SectionOptions(style.options.prereleases == "fold", style.renderer.needs_newcomers)
    sections = Sections(history, inputs.finder.package, wanted)
    writer = Changelog(sections, due.repository_state, style, (due.release, time))
    return writer.text(history, selection, inputs.workers)


def _edits(inputs: PlanInputs, due: Due, notes: str, time: int) -> tuple[Edit, ...]:
    """The changes to the version files, and to the changelog where there is or will be one."""
    target = Target(due.version, due.release.package.scheme, _expected(due))
    edits = inputs.version_edits(target)
    file = inputs.changelog
    before = inputs.checkout.text(file.path)
    if before is None and file.begin != "release":
        is_whole = bool(file.begin)
    else:
        is_whole = inputs.style().renderer.is_document
    if is_whole:
        after = "".join(_written(inputs, due, time, Selection()))
    elif before is not None or file.begin:
        from tagboat.core.changelog.insert import inserted

        after = inserted(before or "", _new_notes(inputs, due, notes))
    else:
        return edits
    change = edit_between(inputs.checkout.real_path(file.path), before or "", after)
    return edits if change is None else (*edits, change)


def _new_notes(inputs: PlanInputs, due: Due, notes: str) -> "NewNotes":
    """The release as it goes into the changelog."""
    from tagboat.core.changelog.insert import NewNotes

    release = due.release
    header = inputs.style().renderer.header()
    reverted = taken_back(release.assessed.assessments)
    return NewNotes(notes, str(due.version), release.tag, header, reverted=reverted)


def _expected(due: Due) -> tuple[Version, ...]:
    """The versions that may stand in version files: the last ones, prereleases of the next."""
    assessed = due.release.assessed
    last = {tag.version for tag in (assessed.base, assessed.newest) if tag is not None}
    rehearsed = {
        tag.version
        for tag in due.repository_state.tagging.tags
        if tag.version.is_prerelease and tag.version.core == due.version.core
    }
    return tuple(sorted(last | rehearsed)) if last else ()


def _message(settings: Settings, release: NextVersion) -> str:
    """The message of the release commit, with the trailer it is known by."""
    text = settings.release.message.replace("{version}", str(release.version))
    text = text.replace("{tag}", release.tag).replace("{name}", release.package.name)
    return f"{text.rstrip()}\n\n{RELEASE_TRAILER}: {release.tag}\n"


def _seen(refs: RemoteRefs, tagging: Tagging) -> dict[str, str]:
    """The package's version tags on the remote."""
    names = {tag.name for tag in tagging.tags}
    return {tag.name: tag.object for tag in refs.tags.values() if tag.name in names}
