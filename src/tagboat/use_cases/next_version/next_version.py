"""Preview: what the next version would be, and how a released one came about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tagboat.core.bump.bump import Bump
from tagboat.core.commits.commit import Commit, RepositoryInfo
from tagboat.core.errors import ConflictError, RepositoryError, UsageError
from tagboat.core.next_version.next_version import (
    NextVersion,
    Pull,
    Start,
    TakenError,
    VersionOverride,
    next_release,
)
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import Channel, token_of
from tagboat.core.version.tag import (
    Tagging,
    VersionTag,
    given,
    pep440,
    semver,
    strange_told,
)
from tagboat.core.version.version import InvalidVersion, Version
from tagboat.use_cases.next_version.commit_range import (
    CommitRange,
    assess_range,
    newest_of,
    since_base,
    with_way_out,
)
from tagboat.use_cases.next_version.lineages import holders
from tagboat.use_cases.next_version.repository_state import BaseFinder, RepositoryState, tagging_of

if TYPE_CHECKING:
    from tagboat.core.version_files.locate import Folder
    from tagboat.ports.git import History, Remote

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
    holder = holding(history, repository_state, finder.tip, finder.asked)
    if holder is None:
        return decided(history, package, repository_state, override)
    tagging = repository_state.tagging
    assessed = assess_range(history, package, channel, tagging.tags, repository_state.since)
    return held_by(
        NextVersion.none(package, channel, tagging, assessed), holder, repository_state.since.head
    )


def held_by(release: NextVersion, holder: VersionTag, head: str) -> NextVersion:
    """A release that is not due, because one that is there has HEAD already."""
    why = f"{head[:10]} is in {holder.name} already"
    return release._replace(version=holder.version, origin=why)


def holding(
    history: "History",
    repository_state: RepositoryState,
    tip_of: Callable[[str], str],
    remote: "Remote | None" = None,
) -> VersionTag | None:
    """The lowest version of the channel that has HEAD among its ancestors, as `holders` has it."""
    channel, tagging = repository_state.channel, repository_state.tagging
    newest = newest_of(history, channel, tagging.tags, repository_state.since)
    above = {"": (channel, channel.above(tagging.tags, newest))}
    return holders(history, above, repository_state.since.head, tip_of, remote).get("")


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
    try:
        release = next_release(package, repository_state.channel, tagging, assessed, override)
    except TakenError as error:
        raise with_way_out(history, error) from error
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
    hint += ", or name the first version with --as"
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
    assessed = assessed._replace(pull=_asked_by_others(history, package, facts, tag))
    # What was taken elsewhere is told, not refused: it is the numbers of prereleases that count on.
    numbered = tuple(other for other in earlier if other.version.is_prerelease)
    known = tagging._replace(tags=numbered)
    package = package._replace(initial=max(one.initial for one in _group_of(package)))
    release = next_release(package, channel, known, assessed, VersionOverride())
    return _with_holder(release, earlier), tag


def _asked_by_others(
    history: "History", package: Package, facts: RepositoryInfo, tag: VersionTag
) -> Pull | None:
    """What other packages asked for in a release, as its tag and the tags of its group tell."""
    if package.among is None:
        return None
    from tagboat.core.plan.tag_message import contract_of

    contract = contract_of(history.texts([f"refs/tags/{tag.name}"])[0] or "")
    if contract is None or not (contract.because or package.group):
        return None
    released = tuple(filter(None, contract.because.split(", ")))
    names = tuple(one.rpartition(" ")[0] for one in released)
    base = _group_base(history, package, facts, tag) if package.group else None
    return Pull(Bump[contract.bump.upper()], base, names, package.group, released)


def _group_of(package: Package) -> list[Package]:
    """The packages that have one version with a package, and that."""
    packages = package.among.packages if package.among is not None and package.group else ()
    return [one for one in packages if one.group == package.group] or [package]


def _group_base(
    history: "History", package: Package, facts: RepositoryInfo, tag: VersionTag
) -> Version | None:
    """The highest version that a package's group had before a release."""
    tags = [
        one
        for member in _group_of(package)
        for one in tagging_of(history, member, facts.tags, facts.head).tags
        if one.version < tag.version
    ]
    gone = history.not_ancestors({one.commit for one in tags}, tag.commit)
    channel = Channel("", token_of(tag.version))
    left = channel.candidates([one for one in tags if one.commit not in gone])
    return max((one.version for one in left), default=None)


def _with_holder(release: NextVersion, earlier: Sequence[VersionTag]) -> NextVersion:
    """A past decision, with the tag that had its version and is no ancestor, if there was one."""
    held = (tag.name for tag in earlier if release.due and tag.version == release.version)
    name = next(held, "")
    return release._replace(origin=f"{release.origin}; {name} is no ancestor") if name else release


def ignored_base(
    history: "History", facts: RepositoryInfo, release: NextVersion
) -> VersionTag | None:
    """The tag that would be the base, did the configuration not ignore it, if there is one."""
    package, base = release.package, release.assessed.base
    refs = [ref for ref in facts.tags if package.ignores(ref.name)]
    if not refs or facts.head is None:
        return None
    read = pep440 if package.scheme == "pep440" else semver
    tags = release.channel.candidates(given(refs, release.tagging.format, read).tags)
    higher = [tag for tag in tags if base is None or tag.version > base.version]
    return since_base(history, facts.head, higher).base if higher else None


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
        told = f"no version tag is called {version!r}; {error}"
        raise UsageError(told, "see `tagboat version list`") from error
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

    def __init__(self, error: TakenError) -> None:
        super().__init__(error.message, error.hint)
        self.tags = error.tags


@contextmanager
def taken_is_conflict() -> Iterator[None]:
    """A block that raises VersionTakenError where it raises TakenError."""
    try:
        yield
    except TakenError as error:
        raise VersionTakenError(error) from error


def decide_version(
    finder: BaseFinder, repository_state: RepositoryState, override: VersionOverride
) -> NextVersion:
    """Decide the next version. Raises what `decided` raises, VersionTakenError for TakenError."""
    with taken_is_conflict():
        return decided(finder.history, finder.package, repository_state, override)


class PastFiles(Protocol):
    """The files of commits."""

    def files(self, commit: str) -> "Folder":
        """The files of one commit."""
        ...

    def changes(self, commit: str, paths: Sequence[str]) -> Sequence[Iterator[str]]:
        """For each of some files the ids of a commit's ancestors that changed it, last first."""
        ...


def declared_starts(
    past: PastFiles, entries: Sequence[Sequence[str]], head: str
) -> list[Start | None]:
    """For each of some packages what the version files of a commit hold, by their ``entries``.

    That is the highest version, and the commit that put it there. Placeholders such as 0.0.0
    declare nothing. Files that disagree are its fault.
    """
    from tagboat.core.version_files.edits import declared, parse_entry

    parsed = [tuple(map(parse_entry, one)) for one in entries]
    held = [declared(one, past.files(head)) for one in parsed]
    highest = [max(one, key=lambda path: one[path], default="") for one in held]
    changes = iter(past.changes(head, [path.partition(", line ")[0] for path in highest if path]))

    def started(number: int, path: str) -> Start:
        version = held[number][path]
        source = head
        for commit in next(changes):
            if declared(parsed[number], past.files(commit)).get(path) != version:
                break
            source = commit
        return Start(version, path, source, _disagreement(held[number]))

    return [started(number, path) if path else None for number, path in enumerate(highest)]


def _disagreement(found: Mapping[str, Version]) -> str:
    """What to say of version files that do not hold the same."""
    if len(set(found.values())) <= 1:
        return ""
    told = ", ".join(f"{path} holds {version}" for path, version in found.items())
    return f"no tag says which version file is right: {told}"
