"""``tagboat doctor``, whether everything tagboat needs is there and fits together; ``schema``."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import NamedTuple

import click

from tagboat.adapters.repository_files import RepositoryFiles
from tagboat.cli.common_options import CommonOptions, repository_options
from tagboat.cli.output import answer, answer_json, examples
from tagboat.core.bump.assess import CommitVerdict
from tagboat.core.errors import RepositoryError, TagboatError
from tagboat.core.escape import in_shell
from tagboat.core.forge.kinds import FORGES
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.next_version.package import Package, released_from
from tagboat.core.plan.plan import first_of
from tagboat.core.settings import Settings
from tagboat.core.version.tag import Tagging, numbers_of, strange_told
from tagboat.use_cases.next_version.repository_state import tagging_of
from tagboat.wiring.repository import (
    ChangelogRequest,
    OpenRepository,
    Options,
    RepositoryAdapters,
    links_of,
    names_asked,
    open_repository,
    packages_of,
    style,
    template_of,
)


class DoctorCheck(NamedTuple):
    """One thing that was looked at: whether it is well, what was found, and what would help."""

    name: str
    is_well: bool
    found: str
    hint: str = ""


_UNASKED = DoctorCheck(
    "release",
    is_well=True,
    found="not looked at without the remote: version files, changelog, the right to push",
    hint="`tagboat plan --local` tries the files",
)


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
        well = "note" if finding.hint else "ok"
        found = finding.found.replace("\n", f"\n{'':21}")
        answer(f"{well if finding.is_well else 'FAIL':4}  {finding.name:14} {found}")
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
        opened = open_repository(common.options)
        packages = packages_of(opened.settings, opened.history.root, common.options)
    except TagboatError as error:
        yield DoctorCheck("repository", is_well=False, found=error.message, hint=error.hint)
        return
    several = [opened.of(package) for package in packages]
    adapters = several[0]
    yield _look("repository", lambda: _repository(adapters))
    yield _look("configuration", lambda: _configuration(adapters))
    yield _look("tags", lambda: _tags(adapters) if len(several) == 1 else _tags_of_all(several))
    if any(one.images for one in packages):
        yield _look("images", lambda: _images(common, packages))
    remote = None
    if not common.options.offline:
        remote = _look("remote", lambda: _remote(several))
        yield remote
    try:
        repository_state = adapters.finder().repository_state(adapters.facts)
    except TagboatError as error:
        if remote is None or remote.found != error.message:
            yield DoctorCheck("history", is_well=False, found=error.message, hint=error.hint)
        return
    channel = _look("channel", lambda: _channel(repository_state.channel.branch, packages))
    yield channel
    if len(several) == 1:
        yield _look("next version", lambda: _next(adapters))
    else:
        yield _look("next version", lambda: _next_of_all(opened, common.options))
        yield from _waiting_for_tags(opened.history.root, len(several))
        yield from _primary_in_vain(adapters, packages)
    yield _look("changelog", lambda: _changelog(several))
    yield from _beforehand(common, channel)


def _beforehand(common: CommonOptions, channel: DoctorCheck) -> Iterator[DoctorCheck]:
    """What a release looks at first, which asks the remote."""
    if common.options.offline:
        yield _UNASKED
    elif channel.is_well:
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
    """Whether there is one. Raises RepositoryError where paths of packages fit nothing."""
    from tagboat.use_cases.next_version.owned_commits import begin_unmatched

    among, head = adapters.package.among, adapters.facts.head
    unmatched = [] if among is None else begin_unmatched(adapters.history, among, head)()
    if unmatched:
        raise RepositoryError(first_of(unmatched), "take them out, or spell them as the files are")
    return _whether_configured(adapters.settings)


def _whether_configured(settings: Settings) -> str:
    return "valid" if settings.is_configured else "none, the defaults hold"


def _tagging(adapters: RepositoryAdapters) -> Tagging:
    """The version tags of a package. Raises RepositoryError beside strange ones above them."""
    tagging = tagging_of(adapters.history, adapters.package, adapters.facts.tags)
    highest = max((tag.version[:3] for tag in tagging.tags), default=())
    higher = [name for name in tagging.strange if numbers_of(name) > highest]
    if higher:
        raise RepositoryError(*strange_told(higher))
    return tagging


def _tags(adapters: RepositoryAdapters) -> str:
    tagging = _tagging(adapters)
    how = f"inferred from {tagging.inferred_from}" if tagging.inferred_from else "as given"
    if not tagging.tags:
        return f"no version tags yet; the first is spelled {tagging.format.template()}"
    noun = "version tag" if len(tagging.tags) == 1 else "version tags"
    return f"{len(tagging.tags)} {noun}, spelled {tagging.format.template()} ({how})"


def _tags_of_all(several: Sequence[RepositoryAdapters]) -> str:
    """The version tags of several packages. Raises RepositoryError as `_tags` does."""
    number = sum(len(_tagging(adapters).tags) for adapters in several)
    return f"{number} version tag{'s' * (number != 1)} of {len(several)} packages"


def _images(common: CommonOptions, packages: Sequence[Package]) -> str:
    """Whether the images of HEAD can be built here: all of them are asked for at once."""
    from tagboat.core.images.bake import BuildRequest
    from tagboat.use_cases.images.build import build_faults
    from tagboat.wiring.publishing import images_of

    images = tuple(image for package in packages for image in package.images)
    first = next(package.name for package in packages if package.images)
    with images_of(common.options._replace(package=first), VersionOverride()) as context:
        faults = build_faults(context._replace(images=images), BuildRequest())
        names = ", ".join(image.name for image in images)
    if faults:
        raise RepositoryError("; ".join(faults))
    return f"{names}: nothing stands in the way of building"


def _remote(several: Sequence[RepositoryAdapters]) -> str:
    """The remote, and whether this clone has the same version tags."""
    adapters = several[0]
    refs = adapters.remote.tags()
    if refs is None:
        return "none"
    known, where = dict(adapters.facts.tags), in_shell(adapters.remote.name() or "origin")
    there = [tag for one in several for tag in tagging_of(one.history, one.package, refs).tags]
    missing = [tag.name for tag in there if tag.name not in known]
    moved = [tag.name for tag in there if known.get(tag.name, tag.commit) != tag.commit]
    if missing:
        told = f"version tags of the remote that are not here: {len(missing)}, like {missing[-1]}"
        raise RepositoryError(told, f"git fetch --tags {where}")
    if moved:
        told = f"version tags that are elsewhere on the remote: {len(moved)}, like {moved[-1]}"
        raise RepositoryError(told, f"git fetch --tags --force {where}")
    _refuse_unknown_highest(several, adapters.remote.name(), {ref.name for ref in refs})
    return f"{adapters.remote.name()} answers, all of its version tags are here"


def _refuse_unknown_highest(
    several: Sequence[RepositoryAdapters], remote: str | None, there: Container[str]
) -> None:
    """Raise where a package's highest version tag is in this clone alone: no release counts it."""
    for one in several:
        tags = tagging_of(one.history, one.package, one.facts.tags).tags
        highest = max(tags, key=lambda tag: tag.version, default=None)
        if highest is not None and highest.name not in there:
            told = f"the highest version tag of this clone is not on the remote: {highest.name}"
            name, where = in_shell(highest.name), in_shell(remote or "origin")
            raise RepositoryError(told, f"git push {where} {name}, or git tag --delete {name}")


def _channel(branch: str, packages: Sequence[Package]) -> str:
    """What the branch is, for those packages that are released from it."""
    kinds: dict[str, list[str]] = {}
    for name, channel in released_from(branch, packages).items():
        if channel.assumed:
            raise RepositoryError(
                f"{branch or 'a detached HEAD'} is no channel and can't be released",
                "name one with --channel" + (", or add it to [[channels]]" if branch else ""),
            )
        kinds.setdefault(channel.kind, []).append(name)
    if len(packages) == sum(map(len, kinds.values())) and len(kinds) == 1:
        return f"{next(iter(kinds))} (branch {branch})"
    told = (f"{kind} for {', '.join(names)}" for kind, names in kinds.items())
    return f"{'; '.join(told)} (branch {branch})"


def _next(adapters: RepositoryAdapters) -> str:
    release, _ = adapters.next_version()
    items = release.assessed.assessments
    unread = sum(1 for item in items if item.verdict is CommitVerdict.UNCONVENTIONAL)
    due = f"{release.version}, {release.origin}" if release.due else f"none, {release.origin}"
    return f"{due}; {unread} of {len(items)} commits are not conventional" if unread else due


def _next_of_all(opened: OpenRepository, options: Options) -> str:
    """What is due of all packages, or of those that are asked for."""
    from tagboat.use_cases.next_version.package_versions import Asked

    decisions = opened.versions(options).decide(opened.facts, Asked(names_asked(options)))
    due = [f"{one.package.name} {one.version}" for one in decisions.due]
    return f"{first_of(due) or 'none'}; {len(due)} of {len(decisions.releases)} packages are due"


# Where more tags than these are pushed at once GitHub starts no workflow for them:
# https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
_MOST_TAGS = 3
_WORKFLOWS = ".github/workflows"
_ON_TAGS = re.compile(r"(?m)^ *push:[^\n]*\n(?: +[^\n]*\n|\n)*? +tags:")


def _waiting_for_tags(root: str | None, number: int) -> Iterator[DoctorCheck]:
    """What to say of workflows that start on tags which are pushed with many others."""
    if root is None or number <= _MOST_TAGS:
        return
    files = RepositoryFiles(root)
    paths = (path for end in ("yml", "yaml") for path in files.matching(f"{_WORKFLOWS}/*.{end}"))
    waiting = [path for path in paths if _ON_TAGS.search(files.text(path) or "")]
    if waiting:
        yield DoctorCheck(
            "workflows",
            is_well=True,
            found=f"{first_of(waiting)} waits for tags, and {number} packages can be due at once: "
            f"GitHub starts nothing where more than {_MOST_TAGS} tags are pushed together",
            hint="start it from the job that releases, with its output `releases`",
        )


def _primary_in_vain(
    adapters: RepositoryAdapters, packages: Sequence[Package]
) -> Iterator[DoctorCheck]:
    """What to say of a package that is to be the latest where the forge can't be told."""
    forge = FORGES.get(links_of(adapters).kind)
    name = next((package.name for package in packages if package.primary), "")
    if forge is not None and forge.tokens and not forge.has_latest and name:
        yield DoctorCheck(
            "primary",
            is_well=True,
            found=f"{name} is primary, and {forge.name} chooses the latest release itself, of all "
            "packages: that has no effect there",
            hint="take `primary` out, or keep it for a forge that can be told, as GitHub",
        )


def _changelog(several: Sequence[RepositoryAdapters]) -> str:
    """Whether the templates load."""
    request = ChangelogRequest()
    used = {template_of(adapters, request): adapters for adapters in several}
    for adapters in used.values():
        style(adapters, request)
    return "the template loads" if len(used) == 1 else f"{len(used)} templates load"


def _release(common: CommonOptions) -> str:
    """What a release looks at first: identity, remote, branch, files, forge, the right to push."""
    from tagboat.cli.reports import report_step
    from tagboat.use_cases.release.release import rehearse
    from tagboat.wiring.release import plan_request, release_context

    with release_context(common.options, report_step) as place:
        names = names_asked(common.options)
        rehearse(place, plan_request(place.release_target, VersionOverride(), names))
    return "nothing stands in the way, as far as can be seen without writing"


@click.command(
    short_help="The JSON Schema of the configuration.",
    epilog=examples("tagboat schema > tagboat.schema.json"),
)
@click.option("--json", is_flag=True, expose_value=False, help="The same: it is JSON anyway.")
def schema_command() -> int:
    """Print the JSON Schema (2020-12) of tagboat.toml and of [tool.tagboat] in pyproject.toml."""
    from tagboat.core.config.shape import json_schema

    answer_json(json_schema())
    return 0
