"""Site: where releases are made and looked at."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tagboat.core.package import Package
from tagboat.core.step import Step
from tagboat.ports import History, Rest
from tagboat.use_cases.converge import Watch, converge
from tagboat.use_cases.plan import Desk
from tagboat.use_cases.preflight import Course
from tagboat.use_cases.steps.world import World


class Site(NamedTuple):
    """Where releases are made: the workshop with its view of the remote.

    ``package`` is what is released, by the configuration that HEAD holds. Raises UsageError.
    ``desk`` checks a commit out in the workshop and reads there what a plan needs.
    """

    world: World
    history: History
    course: Course
    package: Callable[[], Package]
    desk: Callable[[str], Desk]
    rest: Rest
    watch: Watch

    def converge(self, steps: Iterable[Step], public: Sequence[str] = ()) -> str:
        """Make steps true; says and raises what `converge.converge` does."""
        return converge(steps, self.watch, self.again, public)

    def again(self, attempt: int) -> None:
        """Wait, and forget what was seen of the remote."""
        self.rest(attempt)
        self.world.forget()
