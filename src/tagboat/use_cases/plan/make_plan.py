"""Make a plan: what releases of a commit would be, down to the last character."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.bump.assess import taken_back
from tagboat.core.commits.commit import RepositoryInfo
from tagboat.core.errors import UsageError
from tagboat.core.forge.links import Links
from tagboat.core.next_version.next_version import NextVersion, NextVersions, VersionOverride
from tagboat.core.next_version.package import ChangelogFile, Package
from tagboat.core.plan.plan import (
    Plan,
    PlannedRelease,
    RemoteSnapshot,
    refuse_long,
    release_message,
)
from tagboat.core.settings import Settings
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import Edit, Target, edit_between
from tagboat.ports.forge import LoginSource
from tagboat.ports.git import History
from tagboat.ports.publishing import Checkout, RemoteRefs, Workers
from tagboat.use_cases.next_version.commit_range import CommitRange
from tagboat.use_cases.next_version.next_version import decide_version, holding, taken_is_conflict
from tagboat.use_cases.next_version.repository_state import BaseFinder, RepositoryState, tagging_of
from tagboat.use_cases.steps.commands import ReleaseTree
from tagboat.use_cases.steps.publishing import PublishTargets

if TYPE_CHECKING:
    from tagboat.core.changelog.insert import NewNotes
    from tagboat.use_cases.changelog.changelog import Selection, Style
    from tagboat.use_cases.next_version.package_versions import PackageVersions


class PlanInputs(NamedTuple):
    """What a release of one package of one commit is made of; all of it is read at that commit.

    ``style`` reads the templates once it is asked for, which takes a while; ``checkout`` are the
    files of the commit; ``version_edits`` are the changes to the version files; ``targets`` is
    where the release is announced; ``tree`` is where it is made, and has the commands to run.
    ``versions`` decides about all packages of the commit; None where that has one. ``logins`` tells
    those of authors; None where nobody asks for them.
    """

    finder: BaseFinder
    facts: RepositoryInfo
    links: Links
    style: "Callable[[], Style]"
    workers: Workers
    changelog: ChangelogFile
    checkout: Checkout
    version_edits: Callable[[Target], tuple[Edit, ...]]
    settings: Settings
    targets: PublishTargets
    tree: ReleaseTree
    versions: "PackageVersions | None" = None
    logins: LoginSource | None = None

    @property
    def package(self) -> Package:
        """The package."""
        return self.finder.package


class CommitInputs(NamedTuple):
    """What plans of one commit are made of: the names of its packages, and the inputs of each.

    ``of`` raises UsageError where the commit's configuration has no package of a name.
    """

    names: tuple[str, ...]
    of: Callable[[str], PlanInputs]

    @property
    def any(self) -> PlanInputs:
        """The inputs of a package, for what all of them have alike."""
        return self.of(self.names[0])

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages of the commit."""
        one = self.any
        return (one.package,) if one.versions is None else one.versions.among.packages


class PlanRequest(NamedTuple):
    """What is asked for: which branch of which remote, and how the version is chosen.

    ``names`` are those of the packages that are asked for, if not all of them are.
    """

    branch: str
    remote: str
    override: VersionOverride
    time: int
    tool: str
    names: tuple[str, ...] = ()


class NothingDue(NamedTuple):
    """Why no release is due; ``tags`` name the releases that hold the commit, if any do."""

    reason: str
    tags: tuple[str, ...] = ()


class PlanResult(NamedTuple):
    """A plan, or why there is none; the decisions that led there if it came so far; notes."""

    plan: Plan | None
    nothing_due: NothingDue | None
    decisions: NextVersions | None
    notes: tuple[str, ...]


class Due(NamedTuple):
    """A release that is due, with what it is made of; ``logins`` are those that the forge told."""

    inputs: PlanInputs
    repository_state: RepositoryState
    release: NextVersion
    version: Version
    logins: str = ""
    notes: tuple[str, ...] = ()


def make_plan(there: CommitInputs, refs: RemoteRefs, order: PlanRequest) -> PlanResult:
    """Make the plan for the commit of the inputs.

    Raises VersionTakenError where a version is taken, and what `next_release` raises else.
    """
    decisions, due, nothing_due = decide_due(there, refs, order)
    notes = (*decisions.notes, *_unmatched(there.any))
    if not due:
        return PlanResult(None, nothing_due, decisions, notes)
    for one in due:
        refuse_long(one.release.tag)
    due = [with_logins(one) for one in due]
    said = (note for one in due for note in (*_layout_notes(one), *one.notes))
    left = (f"left behind, and due then: {', '.join(decisions.left)}",) * bool(decisions.left)
    plan = plan_of(due, refs, order)
    return PlanResult(plan, None, decisions, (*notes, *said, *left))


def _unmatched(inputs: PlanInputs) -> list[str]:
    """What to say of paths of packages that no file of the commit fits."""
    if inputs.versions is None:
        return []
    from tagboat.use_cases.next_version.owned_commits import begin_unmatched

    return begin_unmatched(inputs.finder.history, inputs.versions.among, inputs.facts.head)()


def decide_due(
    there: CommitInputs, refs: RemoteRefs, order: PlanRequest
) -> tuple[NextVersions, list[Due], NothingDue]:
    """The decisions, the releases that are due, and why there are none where that is so."""
    from tagboat.core.packages import by_need
    from tagboat.use_cases.next_version.package_versions import Asked

    inputs = there.any
    if inputs.versions is None:
        return _decided_alone(inputs, refs, order.override)
    asked = Asked(order.names, order.override, tip=refs.tip or "")
    with taken_is_conflict():
        decisions = inputs.versions.decide(inputs.facts, asked)
    due = {
        one.package.name: _due(there.of(one.package.name), one, one.version)
        for one in decisions.due
        if one.version is not None
    }
    names = by_need({name: one.release.package.needs for name, one in due.items()})
    return decisions, [due[name] for name in names], _none_due(decisions, inputs.facts.head)


def _none_due(decisions: NextVersions, head: str | None) -> NothingDue:
    """Why none of several packages is due, with the releases that hold the commit."""
    reasons = {one.origin for one in decisions.releases}
    several = f"none of {len(decisions.releases)} packages is due"
    newest = (one.assessed.newest for one in decisions.releases)
    of_head = (tag.name for tag in newest if tag is not None and tag.commit == head)
    tags = dict.fromkeys((*decisions.held, *of_head))
    return NothingDue(reasons.pop() if len(reasons) == 1 else several, tuple(tags))


def _decided_alone(
    inputs: PlanInputs, refs: RemoteRefs, override: VersionOverride
) -> tuple[NextVersions, list[Due], NothingDue]:
    """The same where the commit has one package."""
    state = inputs.finder.repository_state(inputs.facts)
    nothing_due = _in_release(inputs.finder.history, state, refs)
    if nothing_due is not None:
        return NextVersions((), notes=state.notes), [], nothing_due
    release = decide_version(inputs.finder, state, override)
    decisions = NextVersions((release,), notes=state.notes)
    if not release.due or release.version is None:
        tags = (release.tag,) if release.tag else ()
        return decisions, [], NothingDue(release.origin, tags)
    return decisions, [Due(inputs, state, release, release.version)], NothingDue("")


def _due(inputs: PlanInputs, release: NextVersion, version: Version) -> Due:
    """A release that is due, with the state that it is made for: what is known of it by now."""
    newest, head = release.assessed.newest, inputs.facts.head or ""
    if newest is None or inputs.style().renderer.needs_newcomers:
        return Due(inputs, inputs.finder.repository_state(inputs.facts), release, version)
    since = CommitRange(newest, (), head)
    state = RepositoryState(inputs.facts, release.channel, release.tagging, since)
    return Due(inputs, state, release, version)


def with_logins(due: Due, *, afresh: bool = False) -> Due:
    """The same with the logins of its authors, where they are asked for; ``afresh``: now."""
    if due.inputs.logins is None:
        return due
    from tagboat.use_cases.changelog.changelog import logins_of

    text, notes = logins_of(
        due.release.assessed, due.inputs.links, due.inputs.logins, afresh=afresh
    )
    return due._replace(logins=text, notes=notes)


def _layout_notes(due: Due) -> Iterator[str]:
    """What to say of the changelog as it is before a release that is due."""
    path = due.inputs.changelog.path
    there = due.inputs.checkout.text(path)
    if there is not None:
        from tagboat.use_cases.changelog.changelog import layout_notes

        wanted, version = due.inputs.style().renderer.layout, str(due.version)
        yield from layout_notes(path, there, wanted, version)


def refuse_files(inputs: PlanInputs, release: NextVersion) -> None:
    """Raise what is wrong with the version files, for a version that is due or released."""
    if release.version is not None:
        due = _due(inputs, release, release.version)
        inputs.version_edits(Target(due.version, release.package.scheme, _expected(due)))


def release_holding(there: CommitInputs, refs: RemoteRefs) -> NothingDue | None:
    """Whether a release of the channel holds the commit of the inputs; None where none does.

    Where the commit has several packages each has releases of its own: None.
    """
    inputs = there.any
    if inputs.versions is not None:
        return None
    return _in_release(inputs.finder.history, inputs.finder.repository_state(inputs.facts), refs)


def _in_release(
    history: History, repository_state: RepositoryState, refs: RemoteRefs
) -> NothingDue | None:
    """Why nothing is due where a release of the channel holds the commit."""
    holder = holding(history, repository_state, lambda _: refs.tip or "")
    if holder is None:
        return None
    head = repository_state.since.head
    return NothingDue(f"{head[:10]} is in {holder.name} already", (holder.name,))


def names_of_tags(several: Iterable[PlanInputs], refs: RemoteRefs) -> set[str]:
    """The version tags of packages on the remote."""
    there = refs.tag_refs()
    found = (tagging_of(one.finder.history, one.package, there).tags for one in several)
    return {tag.name for tags in found for tag in tags}


def plan_of(due: Sequence[Due], refs: RemoteRefs, order: PlanRequest) -> Plan:
    """The plan of releases that are due."""
    first, template = due[0], due[0].inputs.settings.release.message
    releases = tuple(_release_of(one, order) for one in due)
    _refuse_shared_changelog(due, releases)
    added = any(one.inputs.tree.release_commands.added for one in due)
    has_commit = added or any(one.edits for one in releases)
    seen = names_of_tags((one.inputs for one in due), refs)
    return Plan(
        tool=order.tool,
        source=first.repository_state.since.head,
        branch=order.branch,
        remote=order.remote,
        time=order.time,
        message=release_message(template, releases) if has_commit else None,
        configuration=first.inputs.settings.digest,
        seen=RemoteSnapshot(
            tip=refs.tip or "",
            tags={name: tag.object for name, tag in refs.tags.items() if name in seen},
        ),
        releases=releases,
    )


def _refuse_shared_changelog(due: Sequence[Due], releases: Sequence[PlannedRelease]) -> None:
    """Refuse two releases that would write into one changelog."""
    writers: dict[str, str] = {}
    for one, release in zip(due, releases, strict=True):
        path = one.inputs.changelog.path
        if any(edit.path == path for edit in release.edits):
            if path in writers:
                raise UsageError(
                    f"{writers[path]} and {release.package} would both write to {path}",
                    'give each a file of its own, `changelog = {file = "..."}`, or make them '
                    "one package",
                )
            writers[path] = release.package


def _release_of(due: Due, order: PlanRequest) -> PlannedRelease:
    """A release of a plan."""
    release, version = due.release, due.version
    notes = notes_of(due, order.time)
    base, pull = release.assessed.newest, release.assessed.pull
    return PlannedRelease(
        package=release.package.name,
        version=str(version),
        tag=release.tag,
        channel=release.channel.words,
        previous=base.name if base is not None else "",
        bump=str(release.bump),
        reason=release.origin,
        because=", ".join(pull.released) if pull is not None else "",
        asked=str(order.override),
        logins=due.logins,
        notes=notes,
        edits=_edits(due, notes, order.time),
        paths=release.package.paths,
        images=release.package.image_repositories,
    )


def notes_of(due: Due, time: int) -> str:
    """The text that `tagboat changelog VERSION` will print."""
    from tagboat.use_cases.changelog.changelog import Selection

    return "".join(_written(due, time, Selection(unreleased=True)))


def _written(due: Due, time: int, selection: "Selection") -> Iterator[str]:
    """A part of the changelog, with what is unreleased as the version that it becomes."""
    from tagboat.use_cases.changelog.changelog import Changelog
    from tagboat.use_cases.changelog.sections import SectionOptions, Sections

    inputs = due.inputs
    style, history = inputs.style(), inputs.finder.history
    folded, newcomers = style.options.prereleases == "fold", style.renderer.needs_newcomers
    wanted = SectionOptions(folded, newcomers, logins=style.options.logins)
    sections = Sections(history, inputs.finder.package, wanted)
    writer = Changelog(sections, due.repository_state, style, (due.release, time, due.logins))
    return writer.text(history, selection, inputs.workers)


def _edits(due: Due, notes: str, time: int) -> tuple[Edit, ...]:
    """The changes to the version files, and to the changelog where there is or will be one."""
    from tagboat.use_cases.changelog.changelog import Selection

    inputs = due.inputs
    edits = inputs.version_edits(Target(due.version, inputs.package.scheme, _expected(due)))
    file = inputs.changelog
    before = inputs.checkout.text(file.path)
    if before is None and file.begin != "release":
        is_whole = bool(file.begin)
    else:
        is_whole = inputs.style().renderer.is_document
    if is_whole:
        after = "".join(_written(due, time, Selection()))
    elif before is not None or file.begin:
        from tagboat.core.changelog.insert import inserted

        after = inserted(before or "", _new_notes(due, notes))
    else:
        return edits
    change = edit_between(inputs.checkout.real_path(file.path), before or "", after)
    return edits if change is None else (*edits, change)


def _new_notes(due: Due, notes: str) -> "NewNotes":
    """The release as it goes into the changelog."""
    from tagboat.core.changelog.insert import NewNotes

    release = due.release
    header = due.inputs.style().renderer.header()
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
