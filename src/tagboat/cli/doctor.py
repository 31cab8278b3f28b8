"""``tagboat doctor``: whether everything tagboat needs is there and fits together."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import click

from tagboat.cli.output import answer, answer_json, examples
from tagboat.cli.settings import Settings, repository_options
from tagboat.core.assess import Verdict
from tagboat.core.errors import RepositoryError, TagboatError
from tagboat.core.release import Wish
from tagboat.use_cases.preview import decided
from tagboat.use_cases.survey import Survey, tagging_of
from tagboat.wiring import Ask, Workbench, changelog, workbench


class Finding(NamedTuple):
    """One thing that was looked at: whether it is well, what was found, and what would help."""

    name: str
    is_well: bool
    found: str
    hint: str = ""


@click.command(
    short_help="Whether everything tagboat needs is there and fits together.",
    epilog=examples(
        "tagboat doctor",
        "tagboat doctor --offline        leave the remote alone",
        "tagboat doctor --json",
    ),
)
@repository_options
def command(settings: Settings) -> int:
    """Look at git, the repository, its configuration, tags, images, channel, remote and templates.

    Ends with 1 if something is wrong.
    """
    findings = list(_examined(settings))
    is_well = all(finding.is_well for finding in findings)
    if settings.as_json:
        answer_json({"ok": is_well, "findings": list(map(_json, findings))})
    else:
        for finding in findings:
            mark = "ok  " if finding.is_well else "FAIL"
            answer(f"{mark}  {finding.name:14} {finding.found}")
            if finding.hint:
                answer(f"{'':6}{'':14} try: {finding.hint}")
    return 0 if is_well else 1


def _json(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "ok": finding.is_well,
        "found": finding.found,
        "hint": finding.hint or None,
    }


def _examined(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other; what depends on something broken is not looked at."""
    try:
        bench = workbench(settings.options)
    except TagboatError as error:
        yield Finding("repository", is_well=False, found=error.message, hint=error.hint)
        return
    yield _look("repository", lambda: _repository(bench))
    yield _look("configuration", lambda: _configuration(bench))
    yield _look("tags", lambda: _tags(bench))
    if bench.config is not None and bench.config.images:
        yield _look("images", lambda: _images(settings))
    remote = None
    if not settings.options.offline:
        remote = _look("remote", lambda: _remote(bench))
        yield remote
    try:
        survey = bench.surveyor().survey(bench.facts)
    except TagboatError as error:
        if remote is None or remote.found != error.message:
            yield Finding("history", is_well=False, found=error.message, hint=error.hint)
        return
    yield _look("channel", lambda: _channel(survey))
    yield _look("next version", lambda: _next(bench, survey))
    yield _look("changelog", lambda: _changelog(bench))


def _look(name: str, look: Callable[[], str]) -> Finding:
    """One finding; an error of ours is a fault found."""
    try:
        return Finding(name, is_well=True, found=look())
    except TagboatError as error:
        return Finding(name, is_well=False, found=error.message, hint=error.hint)


def _repository(bench: Workbench) -> str:
    facts = bench.facts
    where = bench.history.root or "bare"
    at = f"HEAD at {facts.head[:10]}" if facts.head else "no commits yet"
    shallow = ", a shallow clone" if facts.cut else ""
    return f"{where}, {at}{shallow}"


def _configuration(bench: Workbench) -> str:
    return "none, the defaults hold" if bench.config is None else "valid"


def _tags(bench: Workbench) -> str:
    tagging = tagging_of(bench.history, bench.package, bench.facts.tags)
    how = f"inferred from {tagging.inferred_from}" if tagging.inferred_from else "as given"
    if not tagging.tags:
        return f"no version tags yet; the first is spelled {tagging.format.template()}"
    noun = "version tag" if len(tagging.tags) == 1 else "version tags"
    return f"{len(tagging.tags)} {noun}, spelled {tagging.format.template()} ({how})"


def _images(settings: Settings) -> str:
    """Whether the images of HEAD can be built here."""
    from tagboat.core.bake import Order
    from tagboat.use_cases.images import build_faults
    from tagboat.wiring_images import images_of

    with images_of(settings.options, Wish()) as site:
        faults = build_faults(site, Order())
        names = ", ".join(image.name for image in site.images)
    if faults:
        raise RepositoryError("; ".join(faults))
    return f"{names}: nothing stands in the way of building"


def _remote(bench: Workbench) -> str:
    """The remote, and whether this clone knows all of its version tags."""
    refs = bench.remote.tags()
    if refs is None:
        return "none"
    known = {ref.name for ref in bench.facts.tags}
    there = tagging_of(bench.history, bench.package, refs)
    missing = [tag.name for tag in there.tags if tag.name not in known]
    if missing:
        raise RepositoryError(
            f"version tags of the remote that are not here: {len(missing)}, like {missing[-1]}",
            "git fetch --tags",
        )
    return f"{bench.remote.name()} answers, all of its version tags are here"


def _channel(survey: Survey) -> str:
    channel = survey.channel
    if channel.assumed:
        raise RepositoryError(
            f"{channel.branch or 'a detached HEAD'} is no channel and can't be released",
            "name one with --channel, or add it to [[channels]]",
        )
    return f"{channel.kind} (branch {channel.branch})"


def _next(bench: Workbench, survey: Survey) -> str:
    release = decided(bench.history, bench.package, survey)
    items = release.stretch.assessments
    unread = sum(1 for item in items if item.verdict is Verdict.UNCONVENTIONAL)
    due = f"{release.version}, {release.origin}" if release.due else f"none, {release.origin}"
    return f"{due}; {unread} of {len(items)} commits are not conventional" if unread else due


def _changelog(bench: Workbench) -> str:
    changelog(bench, Ask())
    return "the template loads"
