"""``tagboat status``, ``verify``: whether the latest releases, or one, are what they were."""

from typing import TYPE_CHECKING, Any

import click

from tagboat.cli.common_options import CommonOptions, repository_options, version_names
from tagboat.cli.output import answer, answer_json, examples, note
from tagboat.cli.reports import check_json, check_rows, exit_code, report_step, table
from tagboat.cli.shapes import channel_json, tag_json
from tagboat.core.errors import UsageError
from tagboat.core.record.drift import Verdict, worst
from tagboat.wiring.release import release_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.use_cases.inspect.status import ChannelStatus


_HELPS = {
    "incomplete": "`tagboat release` finishes it, `tagboat abandon {version} --reason WHY` ends it",
    "foreign": "not made by tagboat: nothing of it is checked",
}


@click.command(
    short_help="What drifted since the latest release of each channel.",
    epilog=examples(
        "tagboat status",
        "tagboat status --channel 1.x   only that branch's release",
        "tagboat status --json          for a dashboard, or a nightly job",
        "tagboat verify VERSION         one release, down to its notes",
    ),
)
@repository_options
def status_command(common: CommonOptions) -> int:
    """Ask the remote, forge and registries whether the latest releases are all there.

    Every channel that has a branch on the remote is looked at: stable, prerelease, maintenance.
    Nothing is changed. Ends with 4 where something is missing or different, and with 1 where
    something could not be looked at.
    """
    from tagboat.use_cases.inspect.status import status

    if common.options.offline:
        raise UsageError("status asks what the remote holds: leave --offline out")
    with release_context(common.options, report_step) as place:
        all_kept = status(place, common.options.channel)
    if common.as_json:
        answer_json(_status_json(all_kept))
    elif all_kept:
        _show_table(all_kept)
    else:
        note("the remote has no branch that is a channel")
    return exit_code([check for kept in all_kept for check in kept.checks])


def _status_json(all_kept: "Sequence[ChannelStatus]") -> dict[str, Any]:
    checks = [check for kept in all_kept for check in kept.checks]
    return {
        "drift": worst(checks) is Verdict.DRIFT,
        "channels": [
            {
                "channel": channel_json(kept.channel),
                "package": kept.package or None,
                "latest": tag_json(kept.tag),
                "state": kept.condition or None,
                "checks": list(map(check_json, kept.checks)),
            }
            for kept in all_kept
        ],
    }


def _show_table(all_kept: "Sequence[ChannelStatus]") -> None:
    """A table with a row for each channel and, below it, one for each check."""
    rows = [("channel", "latest", "state")]
    for kept in all_kept:
        channel = kept.channel
        name = kept.tag.name if kept.tag is not None else f"- {kept.package}".rstrip()
        rows.append(
            (f"{channel.branch} ({channel.words})", name, kept.condition or "nothing released")
        )
    heading, *lines = table(rows)
    answer(heading)
    for line, kept in zip(lines, all_kept, strict=True):
        answer(line)
        for row in check_rows(kept.checks):
            answer(f"  {row}")
        if kept.condition in _HELPS and kept.tag is not None:
            note(f"{kept.tag.name}: " + _HELPS[kept.condition].format(version=kept.tag.version))


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
    from tagboat.use_cases.inspect.verify import verify

    if common.options.offline:
        raise UsageError("verify asks what the remote holds: leave --offline out")
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
