"""Drift: any difference between what a release promised and what is there.

A check looks at one thing. Where it can't be looked at, that is no drift, and not nothing either.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from tagboat.core.record import Record
from tagboat.core.step import Finding, State


class Verdict(Enum):
    """What came of a check; ``NOTE`` is worth knowing and nothing that was promised."""

    OK = "ok"
    NOTE = "note"
    UNKNOWN = "unknown"
    DRIFT = "drift"


class Check(NamedTuple):
    """One thing that was looked at: its ``name`` is a word that stays, ``what`` should be true.

    ``detail`` is what was found, where that is not just what should be.
    """

    name: str
    what: str
    verdict: Verdict
    detail: str = ""


def checked(name: str, what: str, fault: str, fine: str = "") -> Check:
    """A check that found a fault, or where that is empty none; ``fine`` is its detail then."""
    return Check(name, what, Verdict.DRIFT if fault else Verdict.OK, fault or fine)


def of_finding(name: str, what: str, finding: Finding, *, is_courtesy: bool = False) -> Check:
    """A step's probe as a check: what is not done is drift, unless it was a courtesy."""
    verdict = Verdict.OK
    if finding.state is not State.DONE:
        verdict = Verdict.NOTE if is_courtesy else Verdict.DRIFT
    return Check(name, what, verdict, finding.detail if verdict is Verdict.OK else str(finding))


def worst(checks: Iterable[Check]) -> Verdict:
    """Drift, where there is any; else whether anything is unknown; else that all is well."""
    found = {check.verdict for check in checks}
    return next((v for v in (Verdict.DRIFT, Verdict.UNKNOWN) if v in found), Verdict.OK)


def condition(record: Record | None) -> str:
    """Where a release stands by its record, in one word."""
    if record is None:
        return "incomplete"
    if record.abandoned is not None:
        return "abandoned"
    if not record.is_ended:
        return "incomplete"
    turns = [event.kind for event in record.events if event.kind in ("withdrawn", "reinstated")]
    return "withdrawn" if turns[-1:] == ["withdrawn"] else "published"
