"""``tagboat plan``: the release that would be made."""

from typing import NamedTuple

import click

from tagboat.adapters.repository_files import write_text
from tagboat.cli.ci import dotenv_option, failures_told, report_dry_run
from tagboat.cli.common_options import FILE, CommonOptions, repository_options, version_options
from tagboat.cli.output import answer, answer_json, complain, examples, note, warn, warn_missed
from tagboat.cli.reports import dry_run_json, plan_lines, report_step, step_lines
from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import VersionOverride
from tagboat.core.plan.plan import Plan, plan_json
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.converge import Progress
from tagboat.use_cases.release.release import DryRun, dry_run
from tagboat.wiring.release import plan_request, release_context
from tagboat.wiring.repository import names_asked


@click.command(
    short_help="The release that would be made, step by step.",
    epilog=examples(
        "tagboat plan",
        "tagboat plan -o plan.json   to be approved, then released with --plan",
        "tagboat plan --as 2.0.0",
        "tagboat plan --local          before anything is pushed",
    ),
)
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", default="", help="Write the plan to FILE."
)
@click.option(
    "--local",
    is_flag=True,
    help="Plan with this clone alone: the work tree's configuration, no remote, nothing pushed.",
)
@dotenv_option
@repository_options
@version_options
def plan_command(
    common: CommonOptions, *, output: str, local: bool, dotenv: str, override: VersionOverride
) -> int:
    """Show the release of HEAD as a plan, with what is true of each step already.

    Nothing is changed, here or on the remote. Of a pull request's commit, where a CI system says
    that it is one, it is the plan as if that were merged.

    Ends with 4 or 2 where a release would, because something else stands there or can't be: the
    plan is shown all the same. What only a release needs, an identity or a token that may write, is
    told, and ends with 0.
    """
    if local and output:
        raise UsageError("a plan of this clone alone can't be released", "leave -o out")
    return show_plan(common, PlanFiles(output, dotenv, local), override)


class PlanFiles(NamedTuple):
    """The files that a plan is written to, if any: as a plan, and as variables.

    ``local`` asks for one by this clone alone.
    """

    output: str = ""
    dotenv: str = ""
    local: bool = False


def show_plan(common: CommonOptions, wanted: PlanFiles, override: VersionOverride) -> int:
    """Print a plan, and write it to the files that are named; the exit code."""
    if common.options.offline and not wanted.local:
        raise UsageError(
            "a plan is made with what the remote holds: leave --offline out",
            "--local plans with this clone alone",
        )
    with (
        failures_told(()),
        release_context(common.options, report_step, local=wanted.local) as place,
    ):
        for text in place.release_target.warnings:
            warn(text)
        names = asked_packages(common, place)
        foreseen = dry_run(place, plan_request(place.release_target, override, names))
    _tell(foreseen)
    report_dry_run(foreseen, wanted.dotenv)
    plan = foreseen.result.plan
    if wanted.output and plan is not None:
        write_text(wanted.output, (plan_json(plan),))
    if common.as_json:
        answer_json(dry_run_json(foreseen))
    elif plan is not None:
        _answer_plan(plan, foreseen.steps)
    if foreseen.refusal is None:
        return 0
    complain(f"a release of this is refused: {foreseen.refusal.message}", "")
    return foreseen.refusal.exit_code


def _answer_plan(plan: Plan, steps: tuple[Progress, ...]) -> None:
    """Answer with a plan in lines, its steps and the notes of its releases."""
    for line in (*plan_lines(plan), "", *step_lines(steps)):
        answer(line)
    for release in plan.releases:
        title = f"\n# {release.package}\n" if len(plan.releases) > 1 else ""
        answer(f"{title}\n{release.notes.rstrip()}")


def asked_packages(common: CommonOptions, place: ReleaseContext) -> tuple[str, ...]:
    """The packages that are asked for, if not all are. Raises UsageError for one format of all."""
    if common.options.tag_format and len(place.packages()) > 1:
        raise UsageError("--tag-format is for one package", "name it with --package")
    return names_asked(common.options)


def _tell(foreseen: DryRun) -> None:
    """What a person should know beside the plan."""
    result = foreseen.result
    for text in result.notes:
        note(text)
    for release in result.decisions.releases if result.decisions is not None else ():
        warn_missed(release)
    if result.nothing_due is not None:
        note(f"nothing to release: {result.nothing_due.reason}")
