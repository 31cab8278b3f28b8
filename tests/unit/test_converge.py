"""The loop over steps: probe, apply, probe again."""

import pytest

from tagboat.core.errors import ConflictError, OutsideError, TagboatError
from tagboat.core.step import Finding, Lost, State
from tagboat.use_cases.release.converge import Progress, converge, look
from tagboat.use_cases.retry import is_settled, until

ABSENT, DONE = Finding(State.ABSENT), Finding(State.DONE)
CONFLICT = Finding(State.CONFLICT, "another one is there")
LOST = Lost("v1 came first")


class Scripted:
    """A step whose probes find what they are told, the last for ever; it counts its applies."""

    def __init__(
        self,
        *findings: Finding,
        lost: Lost | None = None,
        fails: bool = False,
        is_courtesy: bool = False,
    ) -> None:
        self.name = "scripted"
        self.is_courtesy = is_courtesy
        self.applied = 0
        self._findings = list(findings)
        self._lost = lost
        self._fails = fails

    def describe(self) -> str:
        return "a thing"

    def probe(self) -> Finding:
        return self._findings.pop(0) if len(self._findings) > 1 else self._findings[0]

    def apply(self) -> Lost | None:
        self.applied += 1
        if self._fails:
            raise OutsideError("no network")
        return self._lost


def rest(_: int) -> None:
    """Does not wait."""


class Log(list[Progress]):
    """What was watched."""

    def __call__(self, progress: Progress) -> None:
        self.append(progress)


def test_absent_step_is_applied_once() -> None:
    step, log = Scripted(ABSENT, DONE), Log()
    assert converge([step], log, rest) is None
    assert step.applied == 1
    assert log == [Progress(step, ABSENT, is_begun=True), Progress(step, DONE, applied=True)]


def test_done_step_is_left_alone() -> None:
    step, log = Scripted(DONE), Log()
    converge([step], log, rest)
    assert (step.applied, log) == (0, [Progress(step, DONE)])


@pytest.mark.parametrize("findings", [(CONFLICT,), (ABSENT, CONFLICT)], ids=["before", "after"])
def test_conflict_stops(findings: tuple[Finding, ...]) -> None:
    following = Scripted(ABSENT, DONE)
    with pytest.raises(ConflictError, match="a thing: another one is there"):
        converge([Scripted(*findings), following], Log(), rest)
    assert following.applied == 0


def test_conflict_that_was_there_is_not_overwritten() -> None:
    step = Scripted(CONFLICT)
    with pytest.raises(ConflictError):
        converge([step], Log(), rest)
    assert step.applied == 0


def test_lost_step_stops_with_the_reason() -> None:
    following = Scripted(ABSENT, DONE)
    lost = converge([Scripted(ABSENT, lost=LOST), following], Log(), rest)
    assert lost == LOST
    assert following.applied == 0


def test_lost_step_is_told_with_the_reason() -> None:
    step, log = Scripted(ABSENT, lost=LOST), Log()
    converge([step], log, rest)
    assert log[-1].finding.detail == "others were quicker: v1 came first"


def test_step_that_shows_late_is_waited_for() -> None:
    step, log, waits = Scripted(ABSENT, ABSENT, ABSENT, DONE), Log(), list[int]()
    assert converge([step], log, waits.append) is None
    assert (step.applied, waits, log[-1].finding) == (1, [0, 1], DONE)


def test_step_that_is_not_there_after_all_is_an_error() -> None:
    missing = Finding(State.ABSENT, "app:1.0.0 incomplete")
    with pytest.raises(
        OutsideError, match=r"it is still not there: app:1\.0\.0 incomplete"
    ) as caught:
        converge([Scripted(missing)], Log(), rest)
    assert caught.value.hint == "run it again; if that does not help, look at it there"


def test_conflict_before_anything_is_public_leads_to_the_plan() -> None:
    with pytest.raises(ConflictError) as caught:
        converge([Scripted(CONFLICT)], Log(), rest)
    assert caught.value.hint == "see `tagboat plan`"


def test_courtesy_that_fails_stops_nothing() -> None:
    courtesy, log = Scripted(ABSENT, fails=True, is_courtesy=True), Log()
    following = Scripted(ABSENT, DONE)
    assert converge([courtesy, following], log, rest) is None
    assert log[1] == Progress(courtesy, Finding(State.ABSENT, "no network"))
    assert following.applied == 1


def test_look_applies_nothing() -> None:
    step = Scripted(ABSENT)
    assert (look([step]), step.applied) == ([Progress(step, ABSENT)], 0)


@pytest.mark.parametrize(
    ("finding", "text"), [(ABSENT, "absent"), (CONFLICT, "conflict: another one is there")]
)
def test_finding_reads_as_one_line(finding: Finding, text: str) -> None:
    assert str(finding) == text


class Shown(Scripted):
    """A step that puts things under names; ``seen`` are those that are there before it ends."""

    def __init__(self, name: str, *findings: Finding, seen: str = "", fails: bool = False) -> None:
        super().__init__(*findings, fails=fails)
        self._names = tuple(name.split())
        self._seen = tuple(seen.split())

    def names(self) -> tuple[str, ...]:
        return self._names

    def there(self) -> tuple[str, ...]:
        return self._seen


def said(*steps: Scripted, public: tuple[str, ...] = ()) -> list[str]:
    """The lines of the error that steps end with."""
    with pytest.raises(TagboatError) as caught:
        converge(steps, Log(), rest, public)
    return caught.value.message.split("\n  ")


def test_failure_names_what_is_public_and_what_is_not() -> None:
    half = Shown("c d", ABSENT, seen="c", fails=True)
    assert said(Shown("a b", DONE), half, Shown("e", ABSENT)) == [
        "no network",
        "public: a, b, c",
        "not yet: d, e; the same command finishes it",
    ]


def test_failure_before_anything_is_public_says_so() -> None:
    steps = Scripted(ABSENT, fails=True), Shown("a", ABSENT), Shown("b", ABSENT)
    assert said(*steps) == ["no network", "public: nothing"]


def test_failure_names_what_was_public_before() -> None:
    steps = Shown("a", ABSENT, fails=True), Scripted(DONE)
    assert said(*steps, public=("tag",))[1:] == [
        "public: tag",
        "not yet: a; the same command finishes it",
    ]


def test_conflict_is_not_finished_by_the_same_command() -> None:
    assert said(Shown("a", DONE), Shown("b", CONFLICT))[1:] == ["public: a", "not yet: b"]


def test_what_is_public_in_one_place_only_needs_no_list() -> None:
    assert said(Shown("a", ABSENT, fails=True)) == ["no network"]


def test_nothing_is_claimed_of_what_can_not_be_seen() -> None:
    class Hidden(Shown):
        def there(self) -> tuple[str, ...]:
            raise OutsideError("still no network")

    steps = Hidden("a", ABSENT, fails=True), Shown("b", ABSENT)
    told = ["no network", "what of it is public can't be seen now; the same command finds out"]
    assert said(*steps) == told


@pytest.mark.parametrize(
    ("outcomes", "tried"),
    [
        ([None], 1),
        ([LOST, LOST, None], 3),
        ([Lost("another plan holds", is_lasting=True)], 1),
        ([LOST, Lost("another plan holds", is_lasting=True)], 2),
        ([LOST] * 4, 4),
    ],
)
def test_what_was_lost_is_tried_again_unless_it_is_lost_for_good(
    outcomes: list[Lost | None], tried: int
) -> None:
    waits: list[int] = []
    ended = until(is_settled, outcomes.__getitem__, waits.append, tries=4)
    assert ended == outcomes[tried - 1]
    assert waits == list(range(tried - 1))
