"""``tagboat rollback``: move users back to an earlier version."""

import click

from tagboat.adapters.clock import SystemClock
from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import examples, note
from tagboat.cli.reports import report_step
from tagboat.cli.rollback_report import report_rollback
from tagboat.core.errors import UsageError
from tagboat.use_cases.rollback.rollback import RollbackRequest, rollback
from tagboat.wiring.release import release_context


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
    with release_context(common.options, report_step) as place:
        turn = rollback(place, version, asked)
    if not turn.is_new:
        note(f"nothing to roll back: no tag of {turn.version} leads to a higher version")
    report_rollback(turn, asked, as_json=common.as_json)
    return 0
