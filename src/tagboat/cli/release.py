"""``tagboat release``: make the release that is due."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from tagboat.adapters.asset_files import ArtefactFolder
from tagboat.adapters.repository_files import read_text
from tagboat.cli.ci import dotenv_option, failures_told, logged, report_result
from tagboat.cli.common_options import (
    FILE,
    CommonOptions,
    GivenRelease,
    given_release_options,
    repository_options,
    version_options,
)
from tagboat.cli.output import answer, answer_json, examples, note, warn, warn_missed
from tagboat.cli.plan import PlanFiles, asked_packages, show_plan
from tagboat.cli.reports import released_lines, reporter, result_json
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.plan.plan import Plan, read_plan
from tagboat.ports.forge import Artefacts
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult
from tagboat.use_cases.release.release import apply_plan, release
from tagboat.wiring.release import ReleaseOutputs, plan_request, release_context

if TYPE_CHECKING:
    from tagboat.cli.ci import ReportedStep

_NO_WISH = VersionOverride()


@click.command(
    short_help="Make the release that is due, or finish the one that was begun.",
    epilog=examples(
        "tagboat release",
        "tagboat release --dry-run          the same as `tagboat plan`",
        "tagboat release --plan plan.json   exactly that, or nothing",
        "tagboat release --tag v1.4.2       the rest for a tag that a person pushed",
        "tagboat release --artefacts out    keeps its notes and files in out",
    ),
)
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
@click.option("-v", "--verbose", is_flag=True, help="Show what commands say while they run.")
@click.option(
    "--artefacts",
    type=FILE,
    metavar="DIR",
    default="",
    help="Keep the release's notes, record and files in DIR; of packages in a folder each.",
)
@dotenv_option
@repository_options
@version_options
@given_release_options
def release_command(
    common: CommonOptions,
    *,
    dry_run: bool,
    override: VersionOverride,
    hand: GivenRelease,
    **shown: Any,  # noqa: ANN401 - click passes what its options make
) -> int:
    """Release HEAD: version files, changelog, tag and record, in one push.

    With nothing due it says why and ends with 0. Run it again after any failure: what is there
    already is kept, what is missing is made.

    With --tag a person has made the tag, and pushed it. It is looked whether tag, version files and
    commits agree, and whether a branch that releases such versions has it; then the rest is done.
    """
    if common.options.offline:
        raise UsageError("a release is made on the remote: leave --offline out")
    if hand.what and (dry_run or override != _NO_WISH):
        raise UsageError(f"{hand.what} says everything: leave --dry-run, --as and --bump out")
    if dry_run:
        return show_plan(common, PlanFiles(dotenv=shown["dotenv"]), override)
    log: list[ReportedStep] = []
    with failures_told(log):
        plan = _load_plan(hand.plan) if hand.plan else None
        with (
            _artefacts(common, shown["artefacts"]) as kept,
            reporter(as_json=common.as_json, verbose=shown["verbose"]) as seen,
            release_context(
                common.options, logged(seen.watch, log), plan, ReleaseOutputs(seen.hear, kept)
            ) as place,
        ):
            for text in place.release_target.warnings:
                warn(text)
            result = _made(place, plan, hand, override, asked_packages(common, place))
    report_result(result, log, shown["dotenv"])
    _report(common, result)
    return 0


def _artefacts(common: CommonOptions, name: str) -> AbstractContextManager[Artefacts | None]:
    """The folder for what the release is made of, if there is to be one."""
    return ArtefactFolder(common.path(name)) if name else nullcontext()


def _made(
    place: ReleaseContext,
    plan: Plan | None,
    hand: GivenRelease,
    override: VersionOverride,
    names: tuple[str, ...],
) -> ReleaseResult:
    """Make what was asked for."""
    if plan is not None:
        return apply_plan(place, plan)
    wanted = plan_request(place.release_target, override, names)
    if hand.tag:
        from tagboat.use_cases.release.from_tag import release_tag

        return release_tag(place, hand.tag, wanted, force=hand.force)
    return release(place, wanted)


def _load_plan(file: str) -> Plan:
    text = read_text(file)
    if text is None:
        raise UsageError(f"there is no plan {file!r}", "make one with `tagboat plan -o FILE`")
    return read_plan(text, file)


def _report(common: CommonOptions, result: ReleaseResult) -> None:
    """Say what was released, or why nothing was."""
    for text in result.notes:
        note(text)
    for decision in result.decisions.releases if result.decisions is not None else ():
        warn_missed(decision)
    if result.nothing_due is not None and result.plan is not None:
        note(f"finished {result.plan.versions}")
    elif result.nothing_due is not None:
        note(f"nothing to release: {result.nothing_due.reason}")
    if common.as_json:
        answer_json(result_json(result))
    elif result.plan is not None:
        for one in released_lines(result.plan):
            answer(one)
