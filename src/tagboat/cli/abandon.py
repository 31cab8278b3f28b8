"""``tagboat abandon``: end a release that can't be finished."""

import click

from tagboat.adapters.clock import SystemClock
from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import answer, answer_json, examples, note
from tagboat.cli.reports import report_step
from tagboat.core.errors import UsageError
from tagboat.use_cases.release.abandon import abandon
from tagboat.wiring.release import release_context


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
