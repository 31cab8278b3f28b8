"""``tagboat reinstate``: end the withdrawal of a version."""

import click

from tagboat.adapters.clock import SystemClock
from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import examples, note
from tagboat.cli.reports import report_step
from tagboat.cli.rollback import report_rollback
from tagboat.core.errors import UsageError
from tagboat.use_cases.rollback.rollback import RollbackRequest, reinstate
from tagboat.wiring.release import release_context


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
    with release_context(common.options, report_step) as place:
        turn = reinstate(place, version, asked)
    if not turn.is_new:
        note(f"version {turn.version} is reinstated already")
    report_rollback(turn, asked, as_json=common.as_json)
    return 0
