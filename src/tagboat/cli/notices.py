"""What every command that reads commits tells a person beside its answer."""

from collections.abc import Iterable

from tagboat.cli.output import warn
from tagboat.core.assess import Assessment, Verdict

_SHOWN = 5


def warn_hidden(assessments: Iterable[Assessment]) -> None:
    """Name what a person would take for a breaking change and the reading does not count."""
    hidden = [
        (item.commit.id[:10], line)
        for item in assessments
        if item.verdict in (Verdict.COUNTED, Verdict.NO_RELEASE, Verdict.UNCONVENTIONAL)
        for line in item.reading.hidden_breaking
    ]
    for commit, line in hidden[:_SHOWN]:
        warn(f"{commit} looks like a breaking change that is not counted: {line}")
    if len(hidden) > _SHOWN:
        warn(f"{len(hidden) - _SHOWN} more like these; see `tagboat explain`")
