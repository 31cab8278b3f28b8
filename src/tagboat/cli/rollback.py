"""``rollback``, ``reinstate`` and ``abandon``: take a release back from users, and end that."""

from typing import Any

import click

from tagboat.adapters.clock import SystemClock
from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import answer, answer_json, examples, note, warn
from tagboat.cli.reports import report_step, table
from tagboat.core.errors import UsageError
from tagboat.core.record.moving_tag import Decision
from tagboat.use_cases.rollback.rollback import RollbackRequest, RollbackResult, reinstate, rollback
from tagboat.wiring.release import release_context


def report_rollback(turn: RollbackResult, asked: RollbackRequest, *, as_json: bool) -> None:
    """Say what was done, or would be: a row for each tag that moves, notes on those that don't."""
    _tell_more(turn, asked)
    if as_json:
        answer_json(rollback_json(turn, asked))
    elif turn.moves:
        for row in table([_move_row(one) for one in turn.moves]):
            answer(row)


def _tell_more(turn: RollbackResult, asked: RollbackRequest) -> None:
    """What a person should know beside the answer."""
    if asked.is_dry and turn.is_new:
        note("this is what would be done")
    if turn.withdrawn:
        note(f"withdrawn: {', '.join(map(str, turn.withdrawn))}")
    for one in turn.left:
        note(f"{_full_tag(one)} stays where it is: {one.reason}")
    for one in turn.decisions:
        if one.warning:
            warn(one.warning)
    for text in turn.notes:
        note(text)


def rollback_json(turn: RollbackResult, asked: RollbackRequest) -> dict[str, Any]:
    """What was done, or would be."""
    return {
        "version": str(turn.version),
        "changed": turn.is_new and not asked.is_dry,
        "dry_run": asked.is_dry,
        "reason": asked.why or None,
        "tags": list(turn.tags),
        "withdrawn": list(map(str, turn.withdrawn)),
        "moves": [_move_json(one) for one in turn.moves],
        "left": [
            {"place": one.place, "tag": one.tag, "held": one.held, "why": one.reason}
            for one in turn.left
        ],
        "notes": [*turn.notes, *(one.warning for one in turn.decisions if one.warning)],
    }


def _move_row(one: Decision) -> tuple[str, ...]:
    to = "" if one.to is None else str(one.to.version)
    return one.place, one.tag, str(one.source or one.held or "new"), "->", to


def _move_json(one: Decision) -> dict[str, Any]:
    return {
        "place": one.place,
        "tag": one.tag,
        "from": None if one.source is None else str(one.source),
        "to": None if one.to is None else str(one.to.version),
        "held": one.held or None,
        "target": None if one.to is None else one.to.target,
    }


def _full_tag(one: Decision) -> str:
    return f"{one.place}:{one.tag}"


@click.command(
    short_help="Move every tag that users follow back to an earlier version.",
    epilog=examples(
        "tagboat rollback 1.2.3 --dry-run      each tag that would move, and where to",
        'tagboat rollback 1.2.3 --reason "1.2.4 loses data"',
        "tagboat rollback 1.9.0 --tag latest   whatever `latest` may hold above",
        "tagboat reinstate 1.2.4               the way back",
    ),
)
@click.argument("version", shell_complete=version_names)
@click.option(
    "--tag", metavar="TAG", default="", help="Go by this moving tag, not by the narrowest."
)
@click.option("--reason", metavar="TEXT", default="", help="Why; kept in the records.")
@click.option("--dry-run", is_flag=True, help="Show each tag's move and change nothing.")
@repository_options
def rollback_command(
    common: CommonOptions, version: str, *, tag: str, reason: str, dry_run: bool
) -> int:
    """Withdraw the versions above VERSION, and let the tags that follow lead back to it.

    It goes by VERSION's narrowest moving tag that a higher version holds: what that tag may hold
    above VERSION is withdrawn. Then the rules say again where tags lead: those of images in every
    registry, git's, and the latest release of the forge. Nothing is built and no version's own tag
    is touched. The next release moves them on as usual. Run it again after any failure.
    """
    if common.options.offline:
        raise UsageError("tags are moved on the remote and in registries: leave --offline out")
    asked = RollbackRequest(SystemClock().now(), reason.strip(), tag, dry_run)
    with release_context(common.of_tag(version).options, report_step) as place:
        turn = rollback(place, version, asked)
    if not turn.is_new:
        note(f"nothing to roll back: no tag of {turn.version} leads to a higher version")
    report_rollback(turn, asked, as_json=common.as_json)
    return 0


@click.command(
    short_help="End the withdrawal of a version that was rolled back.",
    epilog=examples(
        "tagboat reinstate 1.2.4 --dry-run   each tag that would move, and where to",
        'tagboat reinstate 1.2.4 --reason "it was the database"',
    ),
)
@click.argument("version", shell_complete=version_names)
@click.option("--reason", metavar="TEXT", default="", help="Why; kept in the record.")
@click.option("--dry-run", is_flag=True, help="Show each tag's move and change nothing.")
@repository_options
def reinstate_command(common: CommonOptions, version: str, *, reason: str, dry_run: bool) -> int:
    """Let the tags that follow lead to VERSION again, where it is the highest.

    The same digest as before; nothing is built. Run it again after any failure.
    """
    if common.options.offline:
        raise UsageError("tags are moved on the remote and in registries: leave --offline out")
    asked = RollbackRequest(SystemClock().now(), reason.strip(), is_dry=dry_run)
    with release_context(common.of_tag(version).options, report_step) as place:
        turn = reinstate(place, version, asked)
    if not turn.is_new:
        note(f"version {turn.version} is reinstated already")
    report_rollback(turn, asked, as_json=common.as_json)
    return 0


@click.command(
    short_help="End a release that can't be finished; later runs leave it alone.",
    epilog=examples(
        'tagboat abandon 1.4.0 --reason "the base image is gone"',
        'tagboat abandon v1.4.0 --reason "superseded by 1.4.1" --json',
    ),
)
@click.argument("version", shell_complete=version_names)
@click.option("--reason", metavar="TEXT", required=True, help="Why; kept in the record.")
@repository_options
def abandon_command(common: CommonOptions, version: str, *, reason: str) -> int:
    """Record on the remote that the release of VERSION is not to be finished.

    Its tag stays, and the version is not used again: the next release counts from it. Only a
    release of tagboat's that a run left half made can be abandoned; what is published stays.
    """
    from tagboat.use_cases.release.resume import abandon

    if common.options.offline:
        raise UsageError("the record is kept on the remote: leave --offline out")
    if not reason.strip():
        raise UsageError("--reason is empty", 'say why, like --reason "the base image is gone"')
    with release_context(common.options, report_step) as place:
        end = abandon(place, version, reason.strip(), SystemClock().now())
    if not end.is_new:
        note(f"{end.record.tag} was abandoned before: {end.event.why}")
    if common.as_json:
        shape = {
            "version": end.record.version,
            "tag": end.record.tag,
            "commit": end.record.commit,
            "time": end.event.time,
            "who": end.event.who,
            "reason": end.event.why,
            "changed": end.is_new,
        }
        answer_json(shape)
    elif end.is_new:
        answer(f"{end.record.tag} is abandoned")
    return 0
