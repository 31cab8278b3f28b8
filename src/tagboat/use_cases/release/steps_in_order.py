"""Announce: what follows once a release is public in git, reversible before irreversible."""

from collections.abc import Callable
from functools import partial

from tagboat.core.plan.command import Point
from tagboat.core.step import Step
from tagboat.use_cases.images.release_images import StagedImages
from tagboat.use_cases.plan.make_plan import (
    PlanInputs,
)
from tagboat.use_cases.steps.clone import UpdateClone
from tagboat.use_cases.steps.commands import RunBeforeCommit, RunBeforePublish
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
from tagboat.use_cases.steps.publishing import PublishTargets
from tagboat.use_cases.steps.push import Push
from tagboat.use_cases.steps.record import KeepRecord, Observed
from tagboat.use_cases.steps.release_commit import ReleaseCommit
from tagboat.use_cases.steps.stage_images import (
    BuildImages,
    CopyImages,
    FreeTags,
    IsPublic,
    SignImages,
    is_copied,
)


def preparation(pending: PendingRelease, targets: PublishTargets) -> list[Step]:
    """What has to be there of the announcement before anything is public."""
    forge_target = targets.forge_target
    steps: list[Step] = []
    if forge_target is not None and forge_target.rules.assets:
        steps.append(CollectAssets(pending, forge_target))
    if forge_target is not None:
        steps.append(ReachForge(pending, forge_target))
    if pending.staged_images is None:
        return steps
    staged = stage(
        pending.staged_images, pending.plan.version, lambda: pending.public()[1], pending.keep
    )
    return [*steps, *staged]


def stage(
    staged_images: StagedImages, version: str, is_public: IsPublic, keep: Callable[[], None]
) -> list[Step]:
    """The steps by which images are built, and are the same in every registry."""
    images = staged_images.published_images.images
    steps: list[Step] = [
        FreeTags(staged_images, version, is_public),
        BuildImages(staged_images, is_public, keep),
    ]
    if any(map(is_copied, images)):
        steps.append(CopyImages(staged_images, is_public))
    if any(image.sign for image in images):
        steps.append(SignImages(staged_images, is_public))
    return [*steps, FreeTags(staged_images, version, is_public, is_repeated=True)]


def completion(tagged: PublishedRelease, targets: PublishTargets) -> list[Step]:
    """The steps that a release is not complete without, in order."""
    _, publisher, clock = targets.writer
    released_images = (
        None
        if targets.published_images is None
        else ReleasedImages(tagged, targets.published_images)
    )
    notes = (lambda: "") if released_images is None else released_images.notes
    shown = (
        None
        if targets.forge_target is None
        else ForgeReleaseView(tagged, targets.forge_target, notes)
    )
    drafted, published = _on_forge(shown)
    named: list[Step] = [] if released_images is None else [WriteTags(released_images)]
    moved: list[Step] = [] if released_images is None else [MoveImageTags(released_images, clock)]
    if targets.moving_git_tags is not None:
        moved.append(MoveTags(tagged, targets.moving_git_tags, publisher, clock))
    record = KeepRecord(tagged, targets.writer, partial(_sight, shown, released_images))
    return [*drafted, *named, *published, *moved, record]


def _sight(shown: ForgeReleaseView | None, released_images: ReleasedImages | None) -> Observed:
    """What there is of a release beside git, once all of it is done."""
    return Observed(
        () if shown is None else shown.recorded(),
        {} if released_images is None else released_images.recorded(),
    )


def _on_forge(shown: ForgeReleaseView | None) -> tuple[list[Step], list[Step]]:
    """The release on a forge: a draft with its files, and its publication."""
    if shown is None:
        return [], []
    drafted: list[Step] = [DraftRelease(shown), UploadAssets(shown)]
    return drafted, [] if shown.forge_target.rules.is_draft else [PublishRelease(shown)]


def announcement(tagged: PublishedRelease, targets: PublishTargets) -> list[Step]:
    """All that follows a push: what completes the release, then what is done if it can be."""
    return [
        *completion(tagged, targets),
        *_on_issues(tagged, targets),
        UpdateClone(tagged, targets.clone),
    ]


def _on_issues(tagged: PublishedRelease, targets: PublishTargets) -> list[Step]:
    """What is said on issues, where that is asked for."""
    forge_target = targets.forge_target
    if (
        forge_target is None
        or forge_target.rules.is_draft
        or not (forge_target.rules.comment or forge_target.rules.label)
    ):
        return []
    return [CommentOnIssues(ForgeReleaseView(tagged, forge_target), targets.writer)]


def steps_in_order(inputs: PlanInputs, pending: PendingRelease) -> list[Step]:
    """The steps of a plan, in order."""
    tagged = PublishedRelease(pending.remote_state, pending.plan.tag)
    tree, writer, steps = inputs.tree, inputs.targets.writer, list[Step]()
    if tree.release_commands.at(Point.COMMIT):
        steps.append(RunBeforeCommit(pending, tree))
    if pending.plan.message is not None:
        steps.append(ReleaseCommit(pending, tree))
    steps += groundwork(inputs, pending)
    steps.append(Push(pending, tree.work_tree, writer, is_end=inputs.targets.is_quiet))
    return [*steps, *announcement(tagged, inputs.targets)]


def groundwork(inputs: PlanInputs, pending: PendingRelease) -> list[Step]:
    """What is run, collected and built of the commit that will be released, before it is."""
    late = (
        [RunBeforePublish(pending, inputs.tree)]
        if inputs.tree.release_commands.at(Point.PUBLISH)
        else []
    )
    return [*late, *preparation(pending, inputs.targets)]
