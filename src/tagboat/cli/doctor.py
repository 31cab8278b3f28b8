"""``tagboat doctor``: whether everything tagboat needs is there and fits together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import click

from tagboat.cli.common_options import CommonOptions, repository_options
from tagboat.cli.output import answer, answer_json, examples
from tagboat.core.bump.assess import CommitVerdict
from tagboat.core.errors import RepositoryError, TagboatError
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.settings import Settings
from tagboat.core.version.tag import numbers_of, strange_told
from tagboat.use_cases.next_version.next_version import upcoming
from tagboat.use_cases.next_version.repository_state import RepositoryState, tagging_of
from tagboat.wiring.repository import (
    ChangelogRequest,
    RepositoryAdapters,
    changelog_writer,
    repository_adapters,
)


class DoctorCheck(NamedTuple):
    """One thing that was looked at: whether it is well, what was found, and what would help."""

    name: str
    is_well: bool
    found: str
    hint: str = ""


@click.command(
    short_help="Whether everything tagboat needs is there and fits together.",
    epilog=examples(
        "tagboat doctor",
        "tagboat doctor --offline   leave the remote alone",
        "tagboat doctor --json",
        "tagboat doctor --configuration   judge tagboat.toml alone, in any folder",
    ),
)
@click.option(
    "--configuration", is_flag=True, help="Judge the configuration alone, and ask git nothing."
)
@repository_options
def doctor_command(common: CommonOptions, *, configuration: bool) -> int:
    """Look at git, the repository, its configuration, tags, images, channel, remote and templates.

    And at all that a release looks at first: identity, the right to push, version files, token.
    Nothing is written. Ends with 1 if something is wrong.
    """
    if configuration:
        findings = [_look("configuration", lambda: _configuration_alone(common))]
    else:
        findings = list(examined(common))
    if common.as_json:
        answer_json(doctor_json(findings))
    else:
        show_findings(findings)
    return 0 if all(finding.is_well for finding in findings) else 1


def show_findings(findings: Iterable[DoctorCheck]) -> None:
    """Print what was found, for a person."""
    for finding in findings:
        mark = "ok  " if finding.is_well else "FAIL"
        answer(f"{mark}  {finding.name:14} {finding.found}")
        if finding.hint:
            answer(f"{'':6}{'':14} try: {finding.hint}")


def doctor_json(findings: Sequence[DoctorCheck]) -> dict[str, object]:
    """What was found, for a program."""
    is_well = all(finding.is_well for finding in findings)
    return {"ok": is_well, "findings": list(map(_doctor_json, findings))}


def _doctor_json(finding: DoctorCheck) -> dict[str, object]:
    return {
        "name": finding.name,
        "ok": finding.is_well,
        "found": finding.found,
        "hint": finding.hint or None,
    }


def examined(common: CommonOptions) -> Iterator[DoctorCheck]:
    """Look at one thing after the other; what depends on something broken is not looked at."""
    try:
        adapters = repository_adapters(common.options)
    except TagboatError as error:
        yield DoctorCheck("repository", is_well=False, found=error.message, hint=error.hint)
        return
    yield _look("repository", lambda: _repository(adapters))
    yield _look("configuration", lambda: _configuration(adapters))
    yield _look("tags", lambda: _tags(adapters))
    if adapters.settings.images:
        yield _look("images", lambda: _images(common))
    remote = None
    if not common.options.offline:
        remote = _look("remote", lambda: _remote(adapters))
        yield remote
    try:
        repository_state = adapters.finder().repository_state(adapters.facts)
    except TagboatError as error:
        if remote is None or remote.found != error.message:
            yield DoctorCheck("history", is_well=False, found=error.message, hint=error.hint)
        return
    channel = _look("channel", lambda: _channel(repository_state))
    yield channel
    yield _look("next version", lambda: _next(adapters, repository_state))
    yield _look("changelog", lambda: _changelog(adapters))
    if not common.options.offline and channel.is_well:
        yield _look("release", lambda: _release(common))


def _look(name: str, look: Callable[[], str]) -> DoctorCheck:
    """One finding; an error of ours is a fault found."""
    try:
        return DoctorCheck(name, is_well=True, found=look())
    except TagboatError as error:
        return DoctorCheck(name, is_well=False, found=error.message, hint=error.hint)


def _configuration_alone(common: CommonOptions) -> str:
    """Whether a configuration is right in itself, with or without a repository around it."""
    from tagboat.core.version_files.edits import parse_entry
    from tagboat.wiring.repository import settings_of, top_of

    settings = settings_of(top_of(common.options), common.options)
    for package in settings.packages:
        for entry in package.files:
            parse_entry(entry)
    return _whether_configured(settings)


def _repository(adapters: RepositoryAdapters) -> str:
    facts = adapters.facts
    where = adapters.history.root or "bare"
    at = f"HEAD at {facts.head[:10]}" if facts.head else "no commits yet"
    shallow = ", a shallow clone" if facts.shallow_boundary else ""
    return f"{where}, {at}{shallow}"


def _configuration(adapters: RepositoryAdapters) -> str:
    return _whether_configured(adapters.settings)


def _whether_configured(settings: Settings) -> str:
    return "valid" if settings.is_configured else "none, the defaults hold"


def _tags(adapters: RepositoryAdapters) -> str:
    tagging = tagging_of(adapters.history, adapters.package, adapters.facts.tags)
    highest = max((tag.version[:3] for tag in tagging.tags), default=())
    higher = [name for name in tagging.strange if numbers_of(name) > highest]
    if higher:
        raise RepositoryError(*strange_told(higher))
    how = f"inferred from {tagging.inferred_from}" if tagging.inferred_from else "as given"
    if not tagging.tags:
        return f"no version tags yet; the first is spelled {tagging.format.template()}"
    noun = "version tag" if len(tagging.tags) == 1 else "version tags"
    return f"{len(tagging.tags)} {noun}, spelled {tagging.format.template()} ({how})"


def _images(common: CommonOptions) -> str:
    """Whether the images of HEAD can be built here."""
    from tagboat.core.images.bake import BuildRequest
    from tagboat.use_cases.images.build import build_faults
    from tagboat.wiring.publishing import images_of

    with images_of(common.options, VersionOverride()) as context:
        faults = build_faults(context, BuildRequest())
        names = ", ".join(image.name for image in context.images)
    if faults:
        raise RepositoryError("; ".join(faults))
    return f"{names}: nothing stands in the way of building"


def _remote(adapters: RepositoryAdapters) -> str:
    """The remote, and whether this clone knows all of its version tags."""
    refs = adapters.remote.tags()
    if refs is None:
        return "none"
    known = {ref.name for ref in adapters.facts.tags}
    there = tagging_of(adapters.history, adapters.package, refs)
    missing = [tag.name for tag in there.tags if tag.name not in known]
    if missing:
        raise RepositoryError(
            f"version tags of the remote that are not here: {len(missing)}, like {missing[-1]}",
            "git fetch --tags",
        )
    return f"{adapters.remote.name()} answers, all of its version tags are here"


def _channel(repository_state: RepositoryState) -> str:
    channel = repository_state.channel
    if channel.assumed:
        raise RepositoryError(
            f"{channel.branch or 'a detached HEAD'} is no channel and can't be released",
            "name one with --channel, or add it to [[channels]]",
        )
    return f"{channel.kind} (branch {channel.branch})"


def _next(adapters: RepositoryAdapters, repository_state: RepositoryState) -> str:
    release = upcoming(adapters.finder(), repository_state)
    items = release.assessed.assessments
    unread = sum(1 for item in items if item.verdict is CommitVerdict.UNCONVENTIONAL)
    due = f"{release.version}, {release.origin}" if release.due else f"none, {release.origin}"
    return f"{due}; {unread} of {len(items)} commits are not conventional" if unread else due


def _changelog(adapters: RepositoryAdapters) -> str:
    changelog_writer(adapters, ChangelogRequest())
    return "the template loads"


def _release(common: CommonOptions) -> str:
    """What a release looks at first: identity, remote, branch, files, forge, the right to push."""
    from tagboat.cli.reports import report_step
    from tagboat.use_cases.release.release import rehearse
    from tagboat.wiring.release import plan_request, release_context

    with release_context(common.options, report_step) as place:
        rehearse(place, plan_request(place.release_target, VersionOverride()))
    return "nothing stands in the way, as far as can be seen without writing"
