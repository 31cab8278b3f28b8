"""``tagboat release``: make the release that is due."""

from typing import TYPE_CHECKING, Any

import click

from tagboat.adapters.interrupts import catch_interrupts
from tagboat.adapters.text_file import read_text
from tagboat.cli.ci import dotenv_option, failures_told, logged, tell_outcome
from tagboat.cli.output import answer, answer_json, examples, note
from tagboat.cli.plan import Wanted, show_plan
from tagboat.cli.reports import outcome_json
from tagboat.cli.settings import Settings, repository_options
from tagboat.cli.watching import sight
from tagboat.cli.wishes import Hand, hand_options, wish_options
from tagboat.core.errors import UsageError
from tagboat.core.plan import Plan, read_plan
from tagboat.core.release import Wish
from tagboat.use_cases.by_hand import release_tag
from tagboat.use_cases.release import Outcome, apply, release
from tagboat.use_cases.site import Site
from tagboat.wiring_release import order, site

if TYPE_CHECKING:
    from tagboat.cli.ci_summary import Told

_NO_WISH = Wish()


@click.command(
    short_help="Make the release that is due, or finish the one that was begun.",
    epilog=examples(
        "tagboat release",
        "tagboat release --dry-run                  the same as `tagboat plan`",
        "tagboat release --plan plan.json           exactly that, or nothing",
        "tagboat release --tag v1.4.2               the rest of what a person tagged and pushed",
    ),
)
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
@click.option("-v", "--verbose", is_flag=True, help="Show what commands say while they run.")
@dotenv_option
@repository_options
@wish_options
@hand_options
def command(settings: Settings, *, dry_run: bool, wish: Wish, hand: Hand, **shown: Any) -> int:  # noqa: ANN401 - click passes what its options make
    """Release HEAD: version files, changelog, tag and record, in one push.

    With nothing due it says why and ends with 0. Run it again after any failure: what is there
    already is kept, what is missing is made.

    With --tag a person has made the tag, and pushed it. It is looked whether tag, version files and
    commits agree, and whether a branch that releases such versions has it; then the rest is done.
    """
    if settings.options.offline:
        raise UsageError("a release is made on the remote: leave --offline out")
    if hand.what and (dry_run or wish != _NO_WISH):
        raise UsageError(f"{hand.what} says everything: leave --dry-run, --as and --bump out")
    if dry_run:
        show_plan(settings, Wanted(dotenv=shown["dotenv"]), wish)
        return 0
    # A job that is cancelled gets SIGTERM: ended like Ctrl-C, it leaves no folder behind.
    catch_interrupts()
    log: list[Told] = []
    with failures_told(log):
        plan = _read(hand.plan) if hand.plan else None
        with (
            sight(as_json=settings.as_json, verbose=shown["verbose"]) as seen,
            site(settings.options, logged(seen.watch, log), plan, seen.hear) as place,
        ):
            outcome = _made(place, plan, wish, hand)
    tell_outcome(outcome, log, shown["dotenv"])
    _report(settings, outcome)
    return 0


def _made(place: Site, plan: Plan | None, wish: Wish, hand: Hand) -> Outcome:
    """Make what was asked for."""
    if plan is not None:
        return apply(place, plan)
    wanted = order(place.course, wish)
    if hand.tag:
        return release_tag(place, hand.tag, wanted, force=hand.force)
    return release(place, wanted)


def _read(file: str) -> Plan:
    text = read_text(file)
    if text is None:
        raise UsageError(f"there is no plan {file!r}", "make one with `tagboat plan -o FILE`")
    return read_plan(text, file)


def _report(settings: Settings, outcome: Outcome) -> None:
    """Say what was released, or why nothing was."""
    for text in outcome.notes:
        note(text)
    if outcome.idle is not None:
        more = " else" if outcome.plan is not None else ""
        note(f"nothing{more} to release: {outcome.idle.reason}")
    if settings.as_json:
        answer_json(outcome_json(outcome))
    elif outcome.plan is not None:
        answer(outcome.plan.version)
