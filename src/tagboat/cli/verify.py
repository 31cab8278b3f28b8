"""``tagboat verify``: whether a release is what it says it is."""

import click

from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import answer, answer_json, examples, note
from tagboat.cli.reports import check_json, check_rows, exit_code, report_step
from tagboat.core.errors import UsageError
from tagboat.core.record.drift import Verdict, worst
from tagboat.use_cases.inspect.verify import verify
from tagboat.wiring.imports import RENDERER, import_ahead
from tagboat.wiring.release import release_context


@click.command(
    short_help="Check one release: history, tag, record, forge and images.",
    epilog=examples(
        "tagboat verify 1.4.0",
        "tagboat verify v1.4.0 --json   every check, with what was found",
        "tagboat status                 the latest release of each channel, quickly",
    ),
)
@click.argument("version", shell_complete=version_names)
@repository_options
def verify_command(common: CommonOptions, version: str) -> int:
    """Compute the release of VERSION again from its history, and compare all that is left of it.

    That is the version, its bump, the release before and the notes, byte for byte; the tag, its
    signature and its branch; the version files; the record; and what the later steps of a release
    find. Nothing is changed. Ends with 4 where something is missing or different, and with 1 where
    something could not be looked at.
    """
    if common.options.offline:
        raise UsageError("verify asks what the remote holds: leave --offline out")
    import_ahead(RENDERER)
    with release_context(common.options, report_step) as place:
        found = verify(place, version)
    if common.as_json:
        shape = {
            "version": found.contract.version,
            "tag": found.tag.name,
            "commit": found.tag.commit,
            "state": found.condition,
            "drift": worst(found.checks) is Verdict.DRIFT,
            "checks": list(map(check_json, found.checks)),
        }
        answer_json(shape)
        return exit_code(found.checks)
    for row in check_rows(found.checks):
        answer(row)
    note(f"{found.tag.name} is {found.condition}")
    return exit_code(found.checks)
