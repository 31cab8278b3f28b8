"""Preview: what the next version would be, and how a released one came about."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from tagboat.core.bump.bump import Bump
from tagboat.core.commits.commit import Commit, RepositoryInfo
from tagboat.core.errors import ConflictError, RepositoryError, TagboatError, UsageError
from tagboat.core.next_version.next_version import (
    NextVersion,
    Start,
    VersionOverride,
    next_release,
)
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, token_of
from tagboat.core.version.tag import Tagging, VersionTag, pep440, semver, strange_told
from tagboat.core.version.version import InvalidVersion, Version
from tagboat.use_cases.next_version.commit_range import (
    CommitRange,
    assess_range,
    newest_of,
    since_base,
)
from tagboat.use_cases.next_version.repository_state import BaseFinder, RepositoryState, tagging_of

if TYPE_CHECKING:
    from tagboat.core.version_files.locate import Folder
    from tagboat.ports.git import History

NOT_YET = "0" * 40
"""The id of a commit that is not made yet."""
_NO_WISH = VersionOverride()


def preview(
    finder: BaseFinder, facts: RepositoryInfo, override: VersionOverride = _NO_WISH, title: str = ""
) -> tuple[NextVersion, tuple[str, ...]]:
    """Decide the next version of HEAD; with notes on how the answer was found.

    ``title`` is the message of a commit that is not made yet, for a pull request that is not
    merged. Raises what `next_release` raises, and UsageError or RepositoryError for a repository
    that can't be read to the base.
    """
    repository_state = finder.repository_state(facts)
    if title:
        since = with_title(repository_state.since, title)
        release = decided(
            finder.history, finder.package, repository_state._replace(since=since), override
        )
    else:
        release = upcoming(finder, repository_state, override)
    return release, repository_state.notes


def upcoming(
    finder: BaseFinder, repository_state: RepositoryState, override: VersionOverride = _NO_WISH
) -> NextVersion:
    """What `decided` decides; nothing is due where a release of the channel holds HEAD already.

    A run that is started again checks out such a commit, and so does whoever released it and whose
    branch could not move forward.
    """
    history, package, channel = finder.history, finder.package, repository_state.channel
    holder = holding(history, repository_state, finder.tip)
    if holder is None:
        return decided(history, package, repository_state, override)
    tagging = repository_state.tagging
    assessed = assess_range(history, package, channel, tagging.tags, repository_state.since)
    bump = max((item.bump for item in assessed.assessments), default=Bump.NONE)
    why = f"{repository_state.since.head[:10]} is in {holder.name} already"
    return NextVersion(
        package, channel, tagging, assessed, holder.version, bump, due=False, origin=why
    )


def holding(
    history: "History", repository_state: RepositoryState, tip_of: Callable[[str], str]
) -> VersionTag | None:
    """The lowest version of the channel that has HEAD among its ancestors, if one has.

    ``tip_of`` tells the commit of the channel's branch, or nothing. Tags off the branch are not the
    channel's, unless a stable version took in what a prerelease channel has.
    """
    head, channel = repository_state.since.head, repository_state.channel
    tagging = repository_state.tagging
    newest = newest_of(history, channel, tagging.tags, repository_state.since)
    above = [
        tag
        for tag in tagging.tags
        if channel.owns(tag.version) and (newest is None or tag.version > newest.version)
    ]
    if not above or not head:
        return None
    commits = history.titles(sorted({tag.commit for tag in above}))
    elsewhere = history.not_ancestors(commits, tip_of(channel.branch) or head)
    for tag in sorted(above, key=lambda tag: tag.version):
        is_promoted = channel.prerelease and not tag.version.is_prerelease
        is_own = tag.commit in commits and (is_promoted or tag.commit not in elsewhere)
        if is_own and not history.not_ancestors([head], tag.commit):
            return tag
    return None


def decided(
    history: "History",
    package: Package,
    repository_state: RepositoryState,
    override: VersionOverride = _NO_WISH,
) -> NextVersion:
    """Decide the next version for the state of a repository.

    Raises what `next_release` raises, and RepositoryError where a first version would be decided
    beside newer tags that look like versions and are none.
    """
    tagging = repository_state.tagging
    assessed = assess_range(
        history, package, repository_state.channel, tagging.tags, repository_state.since
    )
    release = next_release(package, repository_state.channel, tagging, assessed, override)
    if override.version is None:
        refuse_beside_strange(history, release)
    return release


def refuse_beside_strange(history: "History", release: NextVersion) -> None:
    """Raise where a first version is due beside newer tags that look like versions."""
    assessed, tagging = release.assessed, release.tagging
    leading = assessed.newest or assessed.ahead or assessed.start
    if release.due and leading is None and tagging.strange:
        _refuse_strange(history, tagging)


def _refuse_strange(history: "History", tagging: Tagging) -> None:
    """Refuse a first version where the newest tag looks like a version and is none, or may do so.

    When a tag was made that is on the remote alone is not known here.
    """
    names = [*(tag.name for tag in tagging.tags), *tagging.strange]
    told, hint = strange_told(tagging.strange)
    if tagging.tags and not history.tag_times().keys() >= set(names):
        hint = "`git fetch --tags` brings what tells which tag is the newest"
    elif tagging.tags and history.newest_tag(names) not in tagging.strange:
        return
    raise RepositoryError(f"{told}: no first version is decided beside it", hint)


def with_title(since: CommitRange, title: str) -> CommitRange:
    """The range with one more commit on top, if a title is given."""
    if not title:
        return since
    parents = (since.head,) if since.head else ()
    latest = max((commit.time for commit in since.commits), default=0)
    commit = Commit(NOT_YET, parents, title, latest)
    return since._replace(commits=(*since.commits, commit))


def review(
    history: "History", package: Package, facts: RepositoryInfo, version: str
) -> tuple[NextVersion, VersionTag]:
    """Decide again, from history alone, the version that a released one should have been.

    Returns the decision and the tag of the version as it was released. Raises UsageError where no
    tag spells the version.
    """
    tagging = tagging_of(history, package, facts.tags, facts.head)
    tag = released_tag(tagging, version)
    earlier = tuple(other for other in tagging.tags if other.version < tag.version)
    channel = Channel("", token_of(tag.version))
    since = since_base(history, tag.commit, channel.candidates(earlier))
    assessed = assess_range(history, package, channel, earlier, since)
    known = tagging._replace(tags=earlier)
    return next_release(package, channel, known, assessed, VersionOverride()), tag


def released_tag(tagging: Tagging, version: str) -> VersionTag:
    """The tag that a version, or a tag's own name, means. Raises UsageError where none does.

    A plain version means the tag that counts, even if another one of that version is called so.
    """
    named = tagging.named(version)
    if named is not None and (named in tagging.tags or semver(version) is None):
        return named
    text = version.removeprefix("v")
    python = pep440(text) if tagging.format.scheme == "pep440" else None
    try:
        found = tagging.of(python or Version.parse(text))
    except InvalidVersion as error:
        raise UsageError(str(error), "see `tagboat version list`") from error
    if not found:
        near = _near_versions(tagging, version)
        raise UsageError(f"no tag spells version {version}{near}", "see `tagboat version list`")
    return found[0]


def _near_versions(tagging: Tagging, version: str) -> str:
    """The versions that a wrong one may have meant, in words."""
    from difflib import get_close_matches

    known = dict.fromkeys(str(tag.version) for tag in tagging.tags)
    near = get_close_matches(version.removeprefix("v"), known, 3)
    return f"; the nearest: {', '.join(near)}" if near else ""


class VersionTakenError(ConflictError):
    """Tags that are no ancestors hold the version; ``tags`` are their names."""

    def __init__(self, error: TagboatError, tags: tuple[str, ...]) -> None:
        super().__init__(error.message, error.hint)
        self.tags = tags


def decide_version(
    finder: BaseFinder, repository_state: RepositoryState, override: VersionOverride
) -> NextVersion:
    """Decide the next version."""
    try:
        return decided(finder.history, finder.package, repository_state, override)
    except RepositoryError as error:
        taken = _rivals(finder, repository_state, override)
        if taken:
            raise VersionTakenError(error, taken) from error
        raise


def _rivals(
    finder: BaseFinder, repository_state: RepositoryState, override: VersionOverride
) -> tuple[str, ...]:
    """The tags elsewhere that hold the version which would be next if they did not."""
    tagging = repository_state.tagging
    commits = {tag.commit for tag in tagging.tags}
    elsewhere = finder.history.not_ancestors(commits, repository_state.since.head)
    own = tuple(tag for tag in tagging.tags if tag.commit not in elsewhere)
    alone = repository_state._replace(tagging=tagging._replace(tags=own))
    try:
        release = decided(finder.history, finder.package, alone, override)
    except RepositoryError:
        return ()
    holders = tagging.of(release.version) if release.version is not None else ()
    return tuple(tag.name for tag in holders if tag not in own)


class PastFiles(Protocol):
    """The files of commits."""

    def files(self, commit: str) -> "Folder":
        """The files of one commit."""
        ...

    def changes(self, commit: str, path: str) -> Iterator[str]:
        """The ids of the commits among a commit's ancestors that changed a file, last first."""
        ...


def declared_start(past: PastFiles, entries: Sequence[str], head: str) -> Start | None:
    """The highest version that the files of a commit hold, and the commit that put it there.

    Placeholders such as 0.0.0 declare nothing. Files that disagree are its fault.
    """
    from tagboat.core.version_files.edits import declared, parse_entry

    parsed = list(map(parse_entry, entries))
    found = declared(parsed, past.files(head))
    if not found:
        return None
    fault = ""
    if len(set(found.values())) > 1:
        told = ", ".join(f"{path} holds {version}" for path, version in found.items())
        fault = f"no tag says which version file is right: {told}"
    version = max(found.values())
    path = next(path for path, held in found.items() if held == version)
    source = head
    for commit in past.changes(head, path.partition(", line ")[0]):
        if declared(parsed, past.files(commit)).get(path) != version:
            break
        source = commit
    return Start(version, path, source, fault)
