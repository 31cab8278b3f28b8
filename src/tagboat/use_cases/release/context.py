"""Site: where releases are made and looked at."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tagboat.core.next_version.package import Package
from tagboat.core.step import Lost, Step
from tagboat.ports import Backoff
from tagboat.ports.git import History
from tagboat.use_cases.plan.make_plan import PlanInputs
from tagboat.use_cases.release.converge import OnStep, converge
from tagboat.use_cases.release.preflight import ReleaseTarget
from tagboat.use_cases.steps.remote_state import RemoteState


class ReleaseContext(NamedTuple):
    """Where releases are made: the workshop with its view of the remote.

    ``package`` is what is released, by the configuration that HEAD holds. Raises UsageError.
    ``inputs`` checks a commit out in the workshop and reads there what a plan needs.
    """

    remote_state: RemoteState
    history: History
    release_target: ReleaseTarget
    package: Callable[[], Package]
    inputs: Callable[[str], PlanInputs]
    rest: Backoff
    watch: OnStep

    def converge(self, steps: Iterable[Step], public: Sequence[str] = ()) -> Lost | None:
        """Make steps true; says and raises what `converge.converge` does."""
        return converge(steps, self.watch, self.again, public)

    def again(self, attempt: int) -> None:
        """Wait, and forget what was seen of the remote."""
        self.rest(attempt)
        self.remote_state.forget()
