"""Drift: what checks come to, and where a release stands by its record."""

import pytest

from tagboat.core.errors import OutsideError
from tagboat.core.record.drift import (
    Check,
    CheckOutcome,
    PendingCheck,
    Verdict,
    condition,
    differs,
    drift_if,
    of_finding,
    worst,
)
from tagboat.core.record.record import ABANDONED, PUBLISHED, Event
from tagboat.core.step import Finding, State
from tests.unit.test_record import RECORD


@pytest.mark.parametrize(
    ("text", "verdict", "detail"),
    [("", Verdict.OK, "fine"), ("wrong", Verdict.DRIFT, "wrong")],
)
def test_fault_is_drift(text: str, verdict: Verdict, detail: str) -> None:
    assert drift_if(text, "fine") == (verdict, detail)


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ("a", "a", (Verdict.OK, "a")),
        ("", "", (Verdict.OK, "")),
        ("a", "b", (Verdict.DRIFT, "a, and it should be b")),
        ("", "b", (Verdict.DRIFT, "none, and it should be b")),
        ("a", "", (Verdict.DRIFT, "a, and it should be none")),
    ],
)
def test_different_texts_are_drift(found: str, wanted: str, expected: CheckOutcome) -> None:
    assert differs(found, wanted) == expected


def test_look_gives_a_check() -> None:
    assert PendingCheck("x", "y", lambda: (Verdict.NOTE, "z")).check() == Check(
        "x", "y", Verdict.NOTE, "z"
    )


def test_look_that_fails_leaves_it_unknown() -> None:
    def find() -> CheckOutcome:
        raise OutsideError("no answer")

    assert PendingCheck("x", "y", find).check() == Check("x", "y", Verdict.UNKNOWN, "no answer")


@pytest.mark.parametrize(
    ("state", "is_courtesy", "verdict", "detail"),
    [
        (State.DONE, False, Verdict.OK, "d"),
        (State.DONE, True, Verdict.OK, "d"),
        (State.ABSENT, False, Verdict.DRIFT, "absent: d"),
        (State.CONFLICT, False, Verdict.DRIFT, "conflict: d"),
        (State.ABSENT, True, Verdict.NOTE, "absent: d"),
    ],
)
def test_probe_that_is_not_done_is_drift(
    state: State, *, is_courtesy: bool, verdict: Verdict, detail: str
) -> None:
    check = of_finding("x", "y", Finding(state, "d"), is_courtesy=is_courtesy)
    assert check == Check("x", "y", verdict, detail)


@pytest.mark.parametrize("state", [State.ABSENT, State.DONE])
def test_what_can_not_be_looked_at_is_unknown(state: State) -> None:
    check = of_finding("x", "y", Finding(state, "d", is_unseen=True))
    assert (check.verdict, check.detail) == (Verdict.UNKNOWN, "d")


def test_what_is_done_and_worth_knowing_is_a_note() -> None:
    check = of_finding("x", "y", Finding(State.DONE, "edited", is_notable=True))
    assert (check.verdict, check.detail) == (Verdict.NOTE, "edited")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], Verdict.OK),
        ([Verdict.OK, Verdict.NOTE], Verdict.OK),
        ([Verdict.UNKNOWN, Verdict.OK], Verdict.UNKNOWN),
        ([Verdict.UNKNOWN, Verdict.DRIFT], Verdict.DRIFT),
    ],
)
def test_drift_beats_what_is_unknown(verdicts: list[Verdict], expected: Verdict) -> None:
    assert worst(Check("x", "y", verdict) for verdict in verdicts) is expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], "incomplete"),
        ([PUBLISHED], "published"),
        ([ABANDONED], "abandoned"),
        ([PUBLISHED, "withdrawn"], "withdrawn"),
        ([PUBLISHED, "withdrawn", "reinstated"], "published"),
        ([ABANDONED, PUBLISHED], "published"),
    ],
)
def test_record_says_where_a_release_stands(kinds: list[str], expected: str) -> None:
    record = RECORD
    for time, kind in enumerate(kinds):
        record = record.with_event(Event(time=time, kind=kind))
    assert condition(record) == expected


def test_release_without_a_record_is_incomplete() -> None:
    assert condition(None) == "incomplete"
