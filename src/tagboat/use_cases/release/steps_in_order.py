"""The steps of a release, in order: reversible before irreversible, announcements last."""

from collections.abc import Container
from enum import Enum
from functools import partial

from tagboat.core.plan.command import Point
from tagboat.core.step import Step
from tagboat.use_cases.steps.commands import ReleaseTree, RunBeforeCommit, RunBeforePublish
from tagboat.use_cases.steps.forge_release import (
    CollectAssets,
    DraftRelease,
    ForgeReleaseView,
    PublishRelease,
    ReachForge,
    UploadAssets,
)
from tagboat.use_cases.steps.image_tags import MoveImageTags, ReleasedImages, WriteTags
from tagboat.use_cases.steps.issues import CommentOnIssues
from tagboat.use_cases.steps.moving_tags import MoveTags
from tagboat.use_cases.steps.pending import PendingRelease
from tagboat.use_cases.steps.published import PublishedRelease
from tagboat.use_cases.steps.publishing import PublishTargets, RunAfterPush
from tagboat.use_cases.steps.push import Push, ReleaseCommit, UpdateClone
from tagboat.use_cases.steps.record import KeepRecord, Observed
from tagboat.use_cases.steps.stage_images import (
    BuildImages,
    CopyImages,
    FreeTags,
    SignImages,
)


class Phase(Enum):
    """A part of a release, for runs that do not begin at the beginning."""

    COMMIT = "the release commit"
    STAGE = "what has to be there before anything is public"
    PUSH = "the commit point: branch and tag in one push"
    COMPLETE = "what the release is not complete without"
    COURTESY = "what is done if it can be"


ANNOUNCEMENT = (Phase.COMPLETE, Phase.COURTESY)


def steps_in_order(
    targets: PublishTargets,
    tagged: PublishedRelease,
    making: tuple[PendingRelease, ReleaseTree] | None = None,
    phases: Container[Phase] = tuple(Phase),
) -> list[Step]:
    """All steps of a release, or those of some phases; before the push only where it is ``making``.

    A step stands here once, with what it needs and the condition on which it is a part of it.
    """
    commit, stage, push, complete, courtesy = Phase
    steps: list[tuple[Phase, Step | None]] = []
    forge, tags, writer = targets.forge_target, targets.moving_git_tags, targets.writer
    if making is not None:
        release, tree = making
        runs, images, is_public = tree.release_commands.at, release.staged_images, release.is_public
        version, has_commit = release.plan.version, release.plan.message is not None
        steps += [
            (commit, RunBeforeCommit(release, tree) if runs(Point.COMMIT) else None),
            (commit, ReleaseCommit(release, tree) if has_commit else None),
            (stage, RunBeforePublish(release, tree) if runs(Point.PUBLISH) else None),
            (stage, CollectAssets(release, forge) if forge and forge.rules.assets else None),
            (stage, ReachForge(release, forge) if forge else None),
            (stage, FreeTags(images, version, is_public) if images else None),
            (stage, BuildImages(images, is_public, release.keep) if images else None),
            (stage, CopyImages(images, is_public) if images and images.are_copied else None),
            (stage, SignImages(images, is_public) if images and images.are_signed else None),
            (stage, FreeTags(images, version, is_public, is_repeated=True) if images else None),
            (push, Push(release, tree.work_tree, writer, is_end=targets.is_quiet)),
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
        (complete, KeepRecord(tagged, writer, partial(_observed, page, released))),
        (courtesy, CommentOnIssues(told, writer) if told else None),
        (courtesy, UpdateClone(tagged, targets.clone)),
    ]
    return [step for phase, step in steps if step is not None and phase in phases]


def _observed(page: ForgeReleaseView | None, released: ReleasedImages | None) -> Observed:
    """What there is of a release beside git, once all of it is done."""
    return Observed(page.recorded() if page else (), released.recorded() if released else {})
