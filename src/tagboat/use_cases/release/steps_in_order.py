"""The steps of a release, in order: reversible before irreversible, announcements last."""

from collections.abc import Container, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tagboat.core.plan.command import Point
from tagboat.core.step import Step
from tagboat.use_cases.steps.assets import CollectAssets, KeepArtefacts, UploadAssets
from tagboat.use_cases.steps.commands import ReleaseTree, RunBeforeCommit, RunBeforePublish
from tagboat.use_cases.steps.forge_release import (
    CommentOnIssues,
    DraftRelease,
    ForgeReleaseView,
    PublishRelease,
    ReachForge,
)
from tagboat.use_cases.steps.image_tags import MoveImageTags, WriteTags
from tagboat.use_cases.steps.moving_tags import MoveTags
from tagboat.use_cases.steps.published import PublishedRelease, ReleasedImages
from tagboat.use_cases.steps.publishing import PublishTargets, RunAfterPush
from tagboat.use_cases.steps.push import Push, ReleaseCommit, UpdateClone
from tagboat.use_cases.steps.record import KeepRecord, Observed
from tagboat.use_cases.steps.stage_images import (
    BuildImages,
    CopyImages,
    FreeTags,
    SignImages,
)

if TYPE_CHECKING:
    from tagboat.use_cases.steps.pending import PendingRelease


class Phase(Enum):
    """A part of a release, for runs that do not begin at the beginning."""

    COMMIT = "the release commit"
    STAGE = "what has to be there before anything is public"
    PUSH = "the commit point: branch and tag in one push"
    COMPLETE = "what the release is not complete without"
    COMMENT = "what is told where it was asked for"
    CLONE = "what the user's clone gets"


ANNOUNCEMENT = (Phase.COMPLETE, Phase.COMMENT, Phase.CLONE)


class UnpublishedRelease(NamedTuple):
    """A release that is not public yet, its tree, and those of all releases of its plan."""

    release: "PendingRelease"
    tree: ReleaseTree
    trees: Sequence[ReleaseTree]

    @property
    def runs_early(self) -> bool:
        """Whether commands run before the commit."""
        return any(tree.release_commands.at(Point.COMMIT) for tree in self.trees)


class ReleaseParts(NamedTuple):
    """What the steps of one release work with; ``unpublished`` where it is not public yet."""

    targets: PublishTargets
    tagged: PublishedRelease
    unpublished: UnpublishedRelease | None = None


class PackageSteps(NamedTuple):
    """Steps that follow each other; those of all packages together, where ``package`` is empty."""

    package: str
    steps: list[Step]


class PlanSteps(NamedTuple):
    """The steps of a plan: those that follow each other, and the announcements, each on its own.

    Those of the only release of a plan all follow each other.
    """

    together: list[PackageSteps]
    announced: list[PackageSteps]


def steps_of_all(releases: Mapping[str, ReleaseParts]) -> PlanSteps:
    """The steps of all releases of a plan, by package: one commit and one push, in their order.

    Each is staged before the push, and announced after it.
    """
    any_release = next(iter(releases.values()))
    if len(releases) == 1:
        return PlanSteps([PackageSteps("", steps_in_order(*any_release))], [])
    tagged = [one.tagged for one in releases.values()]
    together = [
        PackageSteps("", steps_in_order(*any_release, phases=(Phase.COMMIT,))),
        *_of_each(releases, (Phase.STAGE,)),
        PackageSteps("", steps_in_order(*any_release, phases=(Phase.PUSH,))),
        PackageSteps("", [UpdateClone(tagged, any_release.targets.clone)]),
    ]
    return PlanSteps(together, list(_of_each(releases, (Phase.COMPLETE, Phase.COMMENT))))


def _of_each(
    releases: Mapping[str, ReleaseParts], phases: Container[Phase]
) -> Iterator[PackageSteps]:
    for package, one in releases.items():
        yield PackageSteps(package, steps_in_order(*one, phases=phases))


def steps_in_order(
    targets: PublishTargets,
    tagged: PublishedRelease,
    unpublished: UnpublishedRelease | None = None,
    phases: Container[Phase] = tuple(Phase),
) -> list[Step]:
    """All steps of a release, or those of some phases; before the push only of an ``unpublished``.

    A step stands here once, with what it needs and the condition on which it is a part of it.
    """
    commit, stage, push, complete, comment, clone = Phase
    steps: list[tuple[Phase, Step | None]] = []
    forge, tags, writer = targets.forge_target, targets.moving_git_tags, targets.writer
    kept = targets.artefacts
    if unpublished is not None:
        release, tree, trees = unpublished
        plan, images, is_public = release.of, release.staged_images, release.of.is_public
        unused = release.unused
        version, runs = release.planned.version, tree.release_commands.at(Point.PUBLISH)
        steps += [
            (commit, RunBeforeCommit(plan, trees) if unpublished.runs_early else None),
            (commit, ReleaseCommit(plan, trees) if plan.plan.message is not None else None),
            (stage, RunBeforePublish(release, tree) if runs else None),
            (stage, CollectAssets(release, forge) if forge and forge.rules.assets else None),
            (stage, ReachForge(release, forge) if forge else None),
            (stage, FreeTags(images, version, is_public) if images else None),
            (stage, BuildImages(images, is_public, plan.keep, unused) if images else None),
            (stage, CopyImages(images, is_public) if images and images.are_copied else None),
            (stage, SignImages(images, is_public) if images and images.are_signed else None),
            (stage, FreeTags(images, version, is_public, is_repeated=True) if images else None),
            (push, Push(plan, tree.shared.work_tree, writer)),
        ]
    released = targets.published_images and ReleasedImages(tagged, targets.published_images)
    page = forge and ForgeReleaseView(tagged, forge, released.notes if released else str)
    shown = page if forge and not forge.rules.is_draft else None
    told = ForgeReleaseView(tagged, forge) if forge and forge.rules.tells_issues else None
    steps += [
        (complete, DraftRelease(page) if page else None),
        (complete, UploadAssets(page) if page else None),
        (complete, WriteTags(released) if released else None),
        (complete, RunAfterPush(tagged, targets) if targets.late_commands else None),
        (complete, PublishRelease(shown) if shown else None),
        (complete, MoveImageTags(released, writer.clock) if released else None),
        (complete, MoveTags(tagged, tags, writer.publisher, writer.clock) if tags else None),
        (complete, KeepArtefacts(tagged, kept, page) if kept else None),
        (complete, KeepRecord(tagged, writer, partial(_observed, page, released))),
        (comment, CommentOnIssues(told, writer) if told else None),
        (clone, UpdateClone([tagged], targets.clone)),
    ]
    return [step for phase, step in steps if step is not None and phase in phases]


def _observed(page: ForgeReleaseView | None, released: ReleasedImages | None) -> Observed:
    """What there is of a release beside git, once all of it is done."""
    return Observed(page.recorded() if page else (), released.recorded() if released else {})
