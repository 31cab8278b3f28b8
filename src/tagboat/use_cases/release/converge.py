"""Converge: make every step true that is not, in order."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tagboat.core.errors import ConflictError, OutsideError, TagboatError
from tagboat.core.record.drift import Check, Verdict, of_finding
from tagboat.core.step import Finding, Lost, State, Step, Visible
from tagboat.use_cases.retry import RETRY, until

_SEVERAL = 2
"""In how many places a release stands at least that can be public by halves."""


class Progress(NamedTuple):
    """A step and what its last probe found.

    ``applied`` says that this run made it true, ``is_begun`` that this run makes it true now.
    ``package`` is the one that it is for; empty where all are meant, or there is but one.
    """

    step: Step
    finding: Finding
    applied: bool = False
    is_begun: bool = False
    package: str = ""

    @property
    def name(self) -> str:
        """The step's name, and the package that it is for."""
        return f"{self.package} {self.step.name}".lstrip()

    @property
    def is_refused(self) -> bool:
        """Whether the step ends a release: something else stands where it would write."""
        return self.finding.state is State.CONFLICT and not self.step.is_courtesy

    def refusal(self, *, is_public: bool = False) -> ConflictError:
        """The error that such a step ends a release with, of which something may be public."""
        see = "what `tagboat verify` says of this version" if is_public else "`tagboat plan`"
        return ConflictError(f"{self.step.describe()}: {self.finding.detail}", f"see {see}")


OnStep = Callable[[Progress], None]
"""Is told of every step as it ends, and where there is something to do also as it begins."""
Again = Callable[[int], None]
"""Is called before what was applied is looked at once more, with the number of looks so far."""


def converge(
    steps: Iterable[Step], watch: OnStep, again: Again, public: Sequence[str] | None = ()
) -> Lost | None:
    """Probe each step, apply it where it is absent, and probe until it is there.

    ``again`` waits, and forgets what was seen.

    Returns what was lost to others, None where all is done. Raises ConflictError where a step finds
    something else than it wants, and what the steps raise. Of a release that people see in several
    places the error says where they see it and where they don't; ``public`` are the names of it
    that were there before, None where all of them were: what is lost of them the step says itself.
    """
    listed = tuple(steps)
    for number, step in enumerate(listed):
        if step.is_courtesy:
            _try_step(step, watch, again)
            continue
        try:
            lost = _make(step, watch, again, is_public=public is None or bool(public))
        except TagboatError as error:
            if public is not None:
                error.message += _halfway(listed, number, public, error)
            raise
        if lost is not None:
            return lost
    return None


def _halfway(steps: Sequence[Step], number: int, public: Sequence[str], error: TagboatError) -> str:
    """What is public of a release of which one step failed, and what is not."""
    visible = [(place, step) for place, step in enumerate(steps) if isinstance(step, Visible)]
    there, names = list(public), list(public)
    try:
        for place, step in visible:
            names += step.names()
            if place <= number:
                there += step.there() if place == number else step.names()
    except TagboatError:
        return "\n  what of it is public can't be seen now; the same command finds out"
    if len(names) < _SEVERAL:
        return ""
    if not there:
        return "\n  public: nothing"
    lacking = ", ".join(name for name in names if name not in there)
    more = "" if isinstance(error, ConflictError) else "; the same command finishes it"
    return f"\n  public: {', '.join(there)}" + (f"\n  not yet: {lacking}{more}" if lacking else "")


def look(steps: Iterable[Step]) -> list[Progress]:
    """What each step's probe finds; nothing is changed."""
    return [Progress(step, step.probe()) for step in steps]


def examine(steps: Iterable[Step]) -> list[Check]:
    """What each step's probe finds, as a check; a probe that fails leaves it unknown.

    The last are looked at first: they ask git, while registries are still answering the others.
    """
    return [_step_check(step) for step in reversed(list(steps))][::-1]


def _step_check(step: Step) -> Check:
    what = step.describe()
    try:
        finding = step.probe()
    except TagboatError as error:
        return Check(step.name, what, Verdict.UNKNOWN, error.message)
    return of_finding(step.name, what, finding, is_courtesy=step.is_courtesy)


def _make(step: Step, watch: OnStep, again: Again, *, is_public: bool = False) -> Lost | None:
    """Make one step true."""
    finding = step.probe()
    if finding.state is State.ABSENT:
        watch(Progress(step, finding, is_begun=True))
        lost = step.apply()
        if lost is not None:
            watch(Progress(step, Finding(State.ABSENT, f"others were quicker: {lost.reason}")))
            return lost
        finding = _awaited(step, again)
        if finding.state is State.ABSENT:
            raise OutsideError(
                f"{step.describe()}: done without an error, and it is still not there"
                + (f": {finding.detail}" if finding.detail else ""),
                "run it again; if that does not help, look at it there",
            )
        watch(Progress(step, finding, applied=True))
    else:
        watch(Progress(step, finding))
    if finding.state is State.CONFLICT:
        raise Progress(step, finding).refusal(is_public=is_public)
    return None


def _awaited(step: Step, again: Again) -> Finding:
    """What is found of a step that was applied, once it is there."""
    return until(_is_there, lambda _: step.probe(), again, RETRY.looks)


def _is_there(finding: Finding) -> bool:
    return finding.state is not State.ABSENT


def _try_step(step: Step, watch: OnStep, again: Again) -> None:
    """Make one step true if that is possible; the release does not depend on it."""
    try:
        _make(step, watch, again)
    except TagboatError as error:
        watch(Progress(step, Finding(State.ABSENT, error.message)))
