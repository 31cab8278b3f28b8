"""Preview: what the next version would be, and how a released one came about."""

from tagboat.core.channel import Channel, token_of
from tagboat.core.commit import Commit
from tagboat.core.errors import UsageError
from tagboat.core.package import Package
from tagboat.core.release import Release, Wish, next_release
from tagboat.core.tag import Tagging, VersionTag
from tagboat.core.version import InvalidVersion, Version
from tagboat.ports import Facts, History
from tagboat.use_cases.since import Since, since_base
from tagboat.use_cases.stretch import stretch_of
from tagboat.use_cases.survey import Survey, Surveyor, tagging_of

_NOT_YET = "0" * 40
"""The id of a commit that is not made yet."""
_NO_WISH = Wish()


def preview(
    surveyor: Surveyor, facts: Facts, wish: Wish = _NO_WISH, title: str = ""
) -> tuple[Release, tuple[str, ...]]:
    """Decide the next version of HEAD; with notes on how the answer was found.

    ``title`` is the message of a commit that is not made yet, for a pull request that is not
    merged. Raises what `next_release` raises, and UsageError or RepositoryError for a repository
    that can't be read to the base.
    """
    survey = surveyor.survey(facts)
    survey = survey._replace(since=_with_title(survey.since, title))
    return decided(surveyor.history, surveyor.package, survey, wish), survey.notes


def decided(history: History, package: Package, survey: Survey, wish: Wish = _NO_WISH) -> Release:
    """Decide the next version for what a survey found. Raises what `next_release` raises."""
    stretch = stretch_of(history, package, survey.channel, survey.tagging.tags, survey.since)
    return next_release(package, survey.channel, survey.tagging, stretch, wish)


def _with_title(since: Since, title: str) -> Since:
    """The stretch with one more commit on top, if a title is given."""
    if not title:
        return since
    parents = (since.head,) if since.head else ()
    latest = max((commit.time for commit in since.commits), default=0)
    commit = Commit(_NOT_YET, parents, title, latest)
    return Since(since.base, (*since.commits, commit), since.head)


def review(
    history: History, package: Package, facts: Facts, version: str
) -> tuple[Release, VersionTag]:
    """Decide again, from history alone, the version that a released one should have been.

    Returns the decision and the tag of the version as it was released. Raises UsageError where no
    tag spells the version.
    """
    tagging = tagging_of(history, package, facts.tags)
    tag = released_tag(tagging, version)
    earlier = tuple(other for other in tagging.tags if other.version < tag.version)
    channel = Channel("", token_of(tag.version))
    since = since_base(history, tag.commit, channel.candidates(earlier))
    stretch = stretch_of(history, package, channel, earlier, since)
    known = Tagging(tagging.format, earlier)
    return next_release(package, channel, known, stretch, Wish()), tag


def released_tag(tagging: Tagging, version: str) -> VersionTag:
    """The tag that a version, or a tag's own name, means. Raises UsageError where none does."""
    for tag in tagging.tags:
        if tag.name == version:
            return tag
    try:
        found = tagging.of(Version.parse(version.removeprefix("v")))
    except InvalidVersion as error:
        raise UsageError(str(error), "see `tagboat version list`") from error
    if not found:
        near = _nearest(tagging, version)
        raise UsageError(f"no tag spells version {version}{near}", "see `tagboat version list`")
    return found[0]


def _nearest(tagging: Tagging, version: str) -> str:
    """The versions that a wrong one may have meant, in words."""
    from difflib import get_close_matches

    known = dict.fromkeys(str(tag.version) for tag in tagging.tags)
    near = get_close_matches(version.removeprefix("v"), known, 3)
    return f"; the nearest: {', '.join(near)}" if near else ""
