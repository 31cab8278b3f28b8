"""Site: where releases are made and looked at."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from tagboat.core.next_version.package import Package
from tagboat.core.step import Lost, Step
from tagboat.ports.git import History, Publisher
from tagboat.use_cases.plan.make_plan import PlanInputs
from tagboat.use_cases.release.converge import OnStep, converge
from tagboat.use_cases.release.preflight import ReleaseTarget
from tagboat.use_cases.steps.record import RecordWriter
from tagboat.use_cases.steps.remote_state import RemoteState


class ReleaseContext(NamedTuple):
    """Where releases are made: the scratch clone with its view of the remote.

    ``package`` is what is released, by the configuration that HEAD holds. Raises UsageError.
    ``checked_out`` checks a commit out and reads there what a plan needs, for as long as its block
    lasts; one ends where the next begins. ``writer`` keeps records for who works here.
    """

    remote_state: RemoteState
    history: History
    release_target: ReleaseTarget
    package: Callable[[], Package]
    checked_out: Callable[[str], AbstractContextManager[PlanInputs]]
    writer: RecordWriter
    watch: OnStep

    @property
    def publisher(self) -> Publisher:
        """What pushes."""
        return self.writer.publisher

    def converge(self, steps: Iterable[Step], public: Sequence[str] = ()) -> Lost | None:
        """Make steps true; says and raises what `converge.converge` does."""
        return converge(steps, self.watch, self.again, public)

    def again(self, attempt: int) -> None:
        """Wait, and forget what was seen of the remote."""
        self.writer.clock.back_off(attempt)
        self.remote_state.forget()
