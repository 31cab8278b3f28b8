"""Drift: any difference between what a release promised and what is there.

A check looks at one thing. Where it can't be looked at, that is no drift, and not nothing either.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from tagboat.core.errors import TagboatError
from tagboat.core.record.record import Record
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


CheckOutcome = tuple[Verdict, str]
"""A verdict and its detail."""


class PendingCheck(NamedTuple):
    """A check that is still to be made: ``find`` looks. Raises TagboatError where it can't."""

    name: str
    what: str
    find: Callable[[], CheckOutcome]

    def check(self) -> Check:
        """Make it; what can't be looked at stays unknown."""
        try:
            return Check(self.name, self.what, *self.find())
        except TagboatError as error:
            return Check(self.name, self.what, Verdict.UNKNOWN, error.message)


def drift_if(text: str, fine: str = "") -> CheckOutcome:
    """Drift where there is a fault; else all is well, and ``fine`` says how."""
    return (Verdict.DRIFT, text) if text else (Verdict.OK, fine)


def differs(found: str, wanted: str) -> CheckOutcome:
    """Drift where two texts differ: what was found, and what would be right."""
    if found == wanted:
        return Verdict.OK, found
    return Verdict.DRIFT, f"{found or 'none'}, and it should be {wanted or 'none'}"


def of_finding(name: str, what: str, finding: Finding, *, is_courtesy: bool = False) -> Check:
    """A step's probe as a check: what is not done is drift, unless it was a courtesy."""
    if finding.is_unseen:
        return Check(name, what, Verdict.UNKNOWN, finding.detail)
    if finding.state is State.DONE:
        verdict = Verdict.NOTE if finding.is_notable else Verdict.OK
        return Check(name, what, verdict, finding.detail)
    return Check(name, what, Verdict.NOTE if is_courtesy else Verdict.DRIFT, str(finding))


def worst(checks: Iterable[Check]) -> Verdict:
    """Drift, where there is any; else whether anything is unknown; else that all is well."""
    return worst_of(check.verdict for check in checks)


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The same of verdicts alone."""
    found = set(verdicts)
    return next((v for v in (Verdict.DRIFT, Verdict.UNKNOWN) if v in found), Verdict.OK)


def condition(record: Record | None) -> str:
    """Where a release stands by its record, in one word."""
    if record is None:
        return "incomplete"
    if record.abandoned is not None:
        return "abandoned"
    if not record.is_ended:
        return "incomplete"
    return "withdrawn" if record.is_withdrawn else "published"
