"""Apply: make a plan real as long as it holds, and announce each of its releases by need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tagboat.core.errors import ConflictError, RepositoryError, TagboatError
from tagboat.core.escape import in_shell
from tagboat.core.plan.plan import Plan, first_of
from tagboat.core.step import Lost, State
from tagboat.use_cases.plan.make_plan import CommitInputs, PlanInputs
from tagboat.use_cases.plan.validity import PlanCheck, PlanValidity, check_plan
from tagboat.use_cases.release.context import ReleaseContext, ReleaseResult
from tagboat.use_cases.release.lookup import abandonment
from tagboat.use_cases.release.steps_in_order import (
    PlanSteps,
    ReleaseParts,
    UnpublishedRelease,
    steps_of_all,
)
from tagboat.use_cases.retry import is_settled, until
from tagboat.use_cases.steps.assets import refuse_present
from tagboat.use_cases.steps.forge_release import ReachForge
from tagboat.use_cases.steps.pending import PendingPlan, PendingRelease
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.publishing import ForgeTarget


class CheckedOutPlan(NamedTuple):
    """A plan on its way whose commit is checked out, and what each of its releases is made of."""

    context: ReleaseContext
    there: CommitInputs
    pending: PendingPlan

    @classmethod
    def of(cls, context: ReleaseContext, there: CommitInputs, plan: Plan) -> "CheckedOutPlan":
        """A plan for the commit of the inputs."""
        targets = {one.package: there.of(one.package).targets for one in plan.releases}
        return cls(context, there, PendingPlan(plan, context.remote_state, targets))

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.pending.plan

    def inputs(self, release: PendingRelease) -> PlanInputs:
        """What a release is made of."""
        return self.there.of(release.planned.package)

    def check(self) -> PlanCheck:
        """How the plan stands to the remote."""
        packages = [self.inputs(release).package for release in self.pending.releases]
        return check_plan(self.pending, self.context.history, packages)

    def steps(self) -> PlanSteps:
        """All steps, in order."""
        trees = [self.inputs(release).tree for release in self.pending.releases]
        state = self.pending.remote_state
        parts = {
            release.planned.package: ReleaseParts(
                self.inputs(release).targets,
                PublishedRelease(state, release.tag),
                UnpublishedRelease(release, tree, trees),
            )
            for release, tree in zip(self.pending.releases, trees, strict=True)
        }
        return steps_of_all(parts)

    def result(self, notes: Sequence[str]) -> ReleaseResult:
        """What a run says that made it real."""
        tag, _ = self.pending.public()
        commit = self.pending.commit or (tag.commit if tag is not None else "")
        links = self.there.any.links
        urls = {release.tag: links.tag(release.tag) for release in self.pending.releases}
        return ReleaseResult(self.plan, None, commit, tuple(notes), urls)

    def notes(self) -> tuple[str, ...]:
        """What a person should know of where its releases are announced."""
        told = (note for one in self.pending.releases for note in self.inputs(one).targets.notes)
        return tuple(dict.fromkeys(told))

    # What stands in its way

    def unbuildable(self) -> list[str]:
        """What stands in the way of building its images, or of publishing them."""
        staged = [(release, release.staged_images) for release in self.pending.releases]
        return [
            fault
            for release, images in staged
            if images is not None
            for fault in images.faults(release.source_in(images.published_images))
        ]

    def staged_time(self) -> int | None:
        """The time of the release commit that an earlier run staged images of; None without any."""
        for release in self.pending.releases:
            staged = release.staged_images
            if staged is not None:
                time = staged.staged_time(release.source_in(staged.published_images))
                if time is not None:
                    return time
        return None

    def forge_faults(self) -> list[TagboatError]:
        """What its forge would refuse; where there is no way in, that is told already."""
        faults: dict[str, TagboatError] = {}
        for release, forge in self._forges():
            reach = ReachForge(release, forge)
            try:
                if not forge.fault and reach.probe().state is State.ABSENT:
                    reach.apply()
                    refuse_present(release.planned, forge)
            except TagboatError as error:
                faults.setdefault(error.message, error)
        return list(faults.values())

    def reach_forge(self) -> None:
        """Look whether its forge takes each release. Raises what stands in the way."""
        for release, forge in self._forges():
            ReachForge(release, forge).apply()
            refuse_present(release.planned, forge)

    def refuse_closed_forge(self) -> None:
        """Raise RepositoryError where there is no way into its forge."""
        for _, forge in self._forges():
            if forge.fault:
                raise RepositoryError(forge.fault)

    def _forges(self) -> Iterator[tuple[PendingRelease, ForgeTarget]]:
        """Each release that is shown on a forge."""
        for release in self.pending.releases:
            forge = self.inputs(release).targets.forge_target
            if forge is not None:
                yield release, forge

    def dropped(self, *, is_fixed: bool = False) -> Lost | None:
        """Why it is given up, if it is. Raises as `refuse_unseen` does."""
        refuse_unseen(self.context)
        check = self.check()
        gone = Lost("; ".join(check.moved), is_lasting=True)
        if check.standing is PlanValidity.STALE:
            return gone
        if check.standing is PlanValidity.AHEAD and self.plan.message is not None:
            on_race = self.there.any.settings.release.on_race
            is_costly = is_fixed or self.pending.is_staged
            merges = on_race == "merge" or (on_race == "auto" and is_costly)
            return None if merges else gone
        return None

    # Making it real

    def apply(self, *, is_fixed: bool = False) -> Lost | None:
        """Make it real as long as it holds; what moved where it did not.

        A fixed plan can't be made anew, so its release commit is merged where that is needed.
        """
        attempt = partial(self._converged, is_fixed=is_fixed)
        return until(is_settled, lambda _: attempt(), self.context.again)

    def _converged(self, *, is_fixed: bool) -> Lost | None:
        """Go through the steps once, unless the plan is to be dropped.

        A conflict may mean that others were quicker: they took the image tags of the version, with
        its git tag, for a plan of theirs, so that this one does not hold any more, or for the very
        same, with another build of it.
        """
        dropped = self.dropped(is_fixed=is_fixed)
        if dropped is not None:
            return dropped
        was_public = self.pending.is_public()
        try:
            return self._made()
        except ConflictError:
            self.context.remote_state.forget()
            check = self.check()
            if check.standing is PlanValidity.STALE:
                return Lost("; ".join(check.moved), is_lasting=True)
            if check.standing is not PlanValidity.PUBLIC or was_public:
                raise
            return Lost(f"{self.plan.tags} became public meanwhile")

    def _made(self) -> Lost | None:
        """Make all steps true; once all is public in git each package is announced by need."""
        together, announced = self.steps()
        for package, own in together:
            lost = self.context.converge(own, package=package)
            if lost is not None:
                return lost
        where = self.context.release_target.remote
        public = {one.package: [f"tag {one.tag} on {where}"] for one in self.plan.releases}
        by_name = {
            package: partial(self.context.converge, own, public[package], package)
            for package, own in announced
        }
        each_by_need(by_name, {name: self.there.of(name).package.needs for name in by_name})
        return None


def each_by_need(
    announce: Mapping[str, Callable[[], object]], needs: Mapping[str, Sequence[str]]
) -> None:
    """Announce packages in their order; one that fails holds back those alone that need it.

    Raises the first error once all others are done, with what every other one says.
    """
    failures: dict[str, TagboatError] = {}
    held: dict[str, str] = {}
    for name, act in announce.items():
        behind = [need for need in needs[name] if need in failures or need in held]
        if behind:
            held[name] = behind[0]
            continue
        try:
            act()
        except TagboatError as error:
            failures[name] = error
    if failures:
        raise _all_told(failures, held) if len(announce) > 1 else next(iter(failures.values()))


def _all_told(failures: Mapping[str, TagboatError], held: Mapping[str, str]) -> TagboatError:
    """The first of some errors, with what the others say, and who waits for whom."""
    told = [f"{name}: {error.message}" for name, error in failures.items()]
    told += [f"{name} waits for {need}, which it needs" for name, need in held.items()]
    first = next(iter(failures.values()))
    first.message = "\n".join(told)
    return first


def refuse_unseen(context: ReleaseContext) -> None:
    """Raise ConflictError where the remote lacks the tag of the newest release that is recorded."""
    unseen = context.remote_state.unseen()
    if unseen:
        raise ConflictError(
            f"{first_of(unseen)} was released, as its record tells, and "
            f"{context.release_target.remote} does not show the tag: its push is under way, or "
            "somebody deleted it",
            "run it again; where it was deleted on purpose: "
            f"`tagboat abandon {in_shell(unseen[0])} --reason WHY`",
        )


def abandoned(context: ReleaseContext, plan: Plan) -> str:
    """Which release of a plan is not to be finished any more, and why; empty where none is so."""
    for release in plan.releases:
        record = PublishedRelease(context.remote_state, release.tag).record()
        if record is not None and record.abandoned is not None:
            return abandonment(record, record.abandoned)
    return ""
