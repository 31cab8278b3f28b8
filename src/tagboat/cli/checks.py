"""What checks found: rows for a person, shapes for programs, the exit code."""

from collections.abc import Iterable, Sequence
from typing import Any

from tagboat.core.drift import Check, Verdict, worst
from tagboat.core.errors import ConflictError

_CODES = {Verdict.DRIFT: ConflictError.exit_code, Verdict.UNKNOWN: 1}


def exit_code(checks: Iterable[Check]) -> int:
    """4 where anything drifted, 1 where something could not be looked at, else 0."""
    return verdict_code(worst(checks))


def verdict_code(verdict: Verdict) -> int:
    """The same for the worst of verdicts."""
    return _CODES.get(verdict, 0)


def check_json(check: Check) -> dict[str, Any]:
    """One check."""
    return {
        "name": check.name,
        "what": check.what,
        "verdict": check.verdict.value,
        "detail": check.detail or None,
    }


def check_rows(checks: Sequence[Check]) -> list[str]:
    """A table of checks, each with its verdict first."""
    return table(
        [
            (
                check.verdict.value,
                check.name,
                check.what + (f": {check.detail}" * bool(check.detail)),
            )
            for check in checks
        ]
    )


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
