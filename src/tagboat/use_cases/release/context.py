"""Where releases are made and looked at, and how a run ends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import reduce
from typing import NamedTuple

from msgspec.structs import replace

from tagboat.core.errors import UsageError
from tagboat.core.next_version.next_version import NextVersions
from tagboat.core.next_version.package import Package
from tagboat.core.plan.plan import Plan
from tagboat.core.step import Lost, Step
from tagboat.core.version.channel import ChannelRule
from tagboat.ports.git import History
from tagboat.ports.publishing import Publisher
from tagboat.use_cases.plan.make_plan import CommitInputs, NothingDue
from tagboat.use_cases.release.converge import OnStep, Progress, converge
from tagboat.use_cases.steps.record import RecordWriter
from tagboat.use_cases.steps.remote_state import RemoteState


class ReleaseTarget(NamedTuple):
    """Where a release is to happen: a commit, and the branch and remote it is for.

    Branch and remote are empty where they are not known, the commit where a plan says all about it.
    ``rules`` say which branches are channels. ``faults`` are what is known already to stand in the
    way of a release, though not of its plan. ``is_local`` asks for a plan by this clone alone,
    ``is_unmerged`` says that the commit may be a pull request's, which is not on the branch yet.
    ``warnings`` are for a person.
    """

    commit: str
    branch: str
    remote: str
    rules: Sequence[ChannelRule]
    faults: tuple[str, ...] = ()
    is_local: bool = False
    is_unmerged: bool = False
    warnings: tuple[str, ...] = ()


class ReleaseContext(NamedTuple):
    """Where releases are made: the scratch clone with its view of the remote.

    ``packages`` are those that are asked for, by the configuration that HEAD holds. Raises
    UsageError. ``checked_out`` checks a commit out and reads there what a plan needs, for as long
    as its block lasts; one ends where the next begins. ``writer`` keeps records for who works here.
    """

    remote_state: RemoteState
    history: History
    release_target: ReleaseTarget
    packages: Callable[[], tuple[Package, ...]]
    checked_out: Callable[[str], AbstractContextManager[CommitInputs]]
    writer: RecordWriter
    watch: OnStep

    @property
    def publisher(self) -> Publisher:
        """What pushes."""
        return self.writer.publisher

    def package(self) -> Package:
        """The package that is asked for. Raises UsageError where it is not clear which."""
        packages = self.packages()
        top = [one for one in packages if not one.paths] or list(packages)
        if len(packages) > 1 and len(top) != 1:
            names = ", ".join(one.name for one in packages)
            raise UsageError(
                "this repository has several packages", f"choose one with --package: {names}"
            )
        return top[0]

    def converge(
        self, steps: Iterable[Step], public: Sequence[str] | None = (), package: str = ""
    ) -> Lost | None:
        """Make steps true, of one of several packages; says and raises as `converge.converge`."""

        def watch(progress: Progress) -> None:
            self.watch(progress._replace(package=package))

        return converge(steps, watch, self.again, public)

    def again(self, attempt: int) -> None:
        """Wait, and forget what was seen of the remote."""
        self.writer.clock.back_off(attempt)
        self.remote_state.forget()


class ReleaseResult(NamedTuple):
    """How a run ended: the plan that was made real or finished, why none was due; notes.

    ``commit`` is what the tags name, ``urls`` their pages where the remote has pages, ``decisions``
    how the versions were found, if this run had to find them. A release that a later one passed
    before it was finished is no news: nobody is to deploy it now.
    """

    plan: Plan | None = None
    nothing_due: NothingDue | None = None
    commit: str = ""
    notes: tuple[str, ...] = ()
    urls: Mapping[str, str] = {}
    decisions: NextVersions | None = None

    def and_then(self, later: "ReleaseResult") -> "ReleaseResult":
        """What came of a run's earlier part and of its later one, which is the news."""
        plan = later.plan or self.plan
        if plan is not None and self.plan is not None:
            newer = {release.package for release in plan.releases}
            others = (one for one in self.plan.releases if one.package not in newer)
            plan = replace(plan, releases=(*others, *plan.releases))
        urls = {**self.urls, **later.urls}
        return later._replace(plan=plan, notes=(*self.notes, *later.notes), urls=urls)


def together(results: Iterable[ReleaseResult]) -> ReleaseResult:
    """What came of all parts of a run, of which the later ones are the news."""
    return reduce(ReleaseResult.and_then, results, ReleaseResult())
