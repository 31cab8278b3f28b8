"""``tagboat status``: whether the latest releases are still what they were."""

from collections.abc import Sequence
from typing import Any

import click

from tagboat.cli.checks import check_json, check_rows, exit_code, table
from tagboat.cli.output import answer, answer_json, examples, note
from tagboat.cli.reports import report_step
from tagboat.cli.settings import Settings, repository_options
from tagboat.cli.shapes import channel_json, tag_json
from tagboat.core.drift import Verdict, worst
from tagboat.core.errors import UsageError
from tagboat.use_cases.status import Berth, status
from tagboat.wiring_release import site

_HELPS = {
    "incomplete": "`tagboat release` finishes it, `tagboat abandon {version}` ends it",
    "foreign": "not made by tagboat: nothing of it is checked",
}


@click.command(
    short_help="What drifted since the latest release of each channel.",
    epilog=examples(
        "tagboat status",
        "tagboat status --channel 1.x               only that branch's release",
        "tagboat status --json                      for a dashboard, or a nightly job",
        "tagboat verify VERSION                     one release, down to its notes and its history",
    ),
)
@repository_options
def command(settings: Settings) -> int:
    """Ask the remote, forge and registries whether the latest releases are all there.

    Every channel that has a branch on the remote is looked at: stable, prerelease, maintenance.
    Nothing is changed. Ends with 4 where something is missing or different, and with 1 where
    something could not be looked at.
    """
    if settings.options.offline:
        raise UsageError("status asks what the remote holds: leave --offline out")
    with site(settings.options, report_step) as place:
        berths = status(place, settings.options.channel)
    if settings.as_json:
        answer_json(_json(berths))
    elif berths:
        _show(berths)
    else:
        note("the remote has no branch that is a channel")
    return exit_code([check for berth in berths for check in berth.checks])


def _json(berths: Sequence[Berth]) -> dict[str, Any]:
    checks = [check for berth in berths for check in berth.checks]
    return {
        "drift": worst(checks) is Verdict.DRIFT,
        "channels": [
            {
                "channel": channel_json(berth.channel),
                "latest": tag_json(berth.tag),
                "state": berth.condition or None,
                "checks": list(map(check_json, berth.checks)),
            }
            for berth in berths
        ],
    }


def _show(berths: Sequence[Berth]) -> None:
    """A table with a row for each channel and, below it, one for each check."""
    rows = [("channel", "latest", "state")]
    for berth in berths:
        channel = berth.channel
        kind = f"{channel.kind} {channel.prerelease}".rstrip()
        name = berth.tag.name if berth.tag is not None else "-"
        rows.append((f"{channel.branch} ({kind})", name, berth.condition or "nothing released"))
    heading, *lines = table(rows)
    answer(heading)
    for line, berth in zip(lines, berths, strict=True):
        answer(line)
        for row in check_rows(berth.checks):
            answer(f"  {row}")
        if berth.condition in _HELPS and berth.tag is not None:
            note(f"{berth.tag.name}: " + _HELPS[berth.condition].format(version=berth.tag.version))
