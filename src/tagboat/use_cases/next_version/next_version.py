"""Preview: what the next version would be, and how a released one came about."""

from typing import TYPE_CHECKING

from tagboat.core.commits.commit import Commit, RepositoryInfo
from tagboat.core.errors import ConflictError, RepositoryError, TagboatError, UsageError
from tagboat.core.next_version.next_version import NextVersion, VersionOverride, next_release
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, token_of
from tagboat.core.version.tag import Tagging, VersionTag, pep440, semver, strange_told
from tagboat.core.version.version import InvalidVersion, Version
from tagboat.use_cases.next_version.commit_range import CommitRange, assess_range, since_base
from tagboat.use_cases.next_version.repository_state import BaseFinder, RepositoryState, tagging_of

if TYPE_CHECKING:
    from tagboat.ports.git import History

_NOT_YET = "0" * 40
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
    repository_state = repository_state._replace(since=_with_title(repository_state.since, title))
    return decided(
        finder.history, finder.package, repository_state, override
    ), repository_state.notes


def decided(
    history: "History",
    package: Package,
    repository_state: RepositoryState,
    override: VersionOverride = _NO_WISH,
) -> NextVersion:
    """Decide the next version for what a survey found.

    Raises what `next_release` raises, and RepositoryError where a first version would be decided
    beside newer tags that look like versions and are none.
    """
    tagging = repository_state.tagging
    assessed = assess_range(
        history, package, repository_state.channel, tagging.tags, repository_state.since
    )
    release = next_release(package, repository_state.channel, tagging, assessed, override)
    leading = assessed.newest or assessed.ahead or assessed.start
    is_first = release.due and leading is None and override.version is None
    if is_first and tagging.strange and _is_newest(history, tagging):
        told, hint = strange_told(tagging.strange)
        raise RepositoryError(f"{told}: no first version is decided beside it", hint)
    return release


def _is_newest(history: "History", tagging: Tagging) -> bool:
    """Whether the newest tag is one that looks like a version and is none."""
    names = [*(tag.name for tag in tagging.tags), *tagging.strange]
    return not tagging.tags or history.newest_tag(names) in tagging.strange


def _with_title(since: CommitRange, title: str) -> CommitRange:
    """The stretch with one more commit on top, if a title is given."""
    if not title:
        return since
    parents = (since.head,) if since.head else ()
    latest = max((commit.time for commit in since.commits), default=0)
    commit = Commit(_NOT_YET, parents, title, latest)
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
