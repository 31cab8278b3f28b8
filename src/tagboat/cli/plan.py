"""``tagboat plan``: the release that would be made."""

from typing import NamedTuple

import click

from tagboat.adapters.text_file import write_text
from tagboat.cli.ci import dotenv_option, failures_told, tell_outlook
from tagboat.cli.notices import warn_hidden
from tagboat.cli.output import answer, answer_json, examples, note
from tagboat.cli.reports import outlook_json, plan_lines, report_step, step_lines
from tagboat.cli.settings import FILE, Settings, repository_options
from tagboat.cli.wishes import wish_options
from tagboat.core.errors import UsageError
from tagboat.core.plan import plan_json
from tagboat.core.release import Wish
from tagboat.use_cases.release import Outlook, foresee
from tagboat.wiring_release import order, site


@click.command(
    short_help="The release that would be made, step by step.",
    epilog=examples(
        "tagboat plan",
        "tagboat plan -o plan.json                  to be approved, then released with --plan",
        "tagboat plan --as 2.0.0",
    ),
)
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", default="", help="Write the plan to FILE."
)
@dotenv_option
@repository_options
@wish_options
def command(settings: Settings, *, output: str, dotenv: str, wish: Wish) -> int:
    """Show the release of HEAD as a plan, with what is true of each step already.

    Nothing is changed, here or on the remote.
    """
    show_plan(settings, Wanted(output, dotenv), wish)
    return 0


class Wanted(NamedTuple):
    """The files that a plan is written to, if any: as a plan, and as variables."""

    output: str = ""
    dotenv: str = ""


def show_plan(settings: Settings, wanted: Wanted, wish: Wish) -> None:
    """Print a plan, and write it to the files that are named."""
    if settings.options.offline:
        raise UsageError("a plan is made with what the remote holds: leave --offline out")
    with failures_told(()), site(settings.options, report_step) as place:
        outlook = foresee(place, order(place.course, wish))
    _tell(outlook)
    tell_outlook(outlook, wanted.dotenv)
    plan = outlook.drawn.plan
    if wanted.output and plan is not None:
        write_text(wanted.output, (plan_json(plan),))
    if settings.as_json:
        answer_json(outlook_json(outlook))
    elif plan is not None:
        for line in (*plan_lines(plan), "", *step_lines(outlook.steps), "", *_notes(plan.notes)):
            answer(line)


def _notes(text: str) -> list[str]:
    return text.rstrip("\n").split("\n")


def _tell(outlook: Outlook) -> None:
    """What a person should know beside the plan."""
    drawn = outlook.drawn
    for text in drawn.notes:
        note(text)
    if drawn.release is not None:
        warn_hidden(drawn.release.stretch.assessments)
    if drawn.idle is not None:
        note(f"nothing to release: {drawn.idle.reason}")
