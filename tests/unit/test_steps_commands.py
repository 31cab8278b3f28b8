"""The steps up to the push, and moving tags: absent, done, conflict, and applied twice."""

import pytest

from tagboat.core.errors import ConflictError, OutsideError, RaceError, RefusedError
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.record.record import read_note
from tagboat.core.step import Lost, State
from tagboat.use_cases.steps.commands import (
    ReleaseCommands,
    ReleaseTree,
    RunBeforeCommit,
    RunBeforePublish,
    SharedTree,
)
from tagboat.use_cases.steps.moving_tags import MoveTags, MovingGitTags
from tagboat.use_cases.steps.published import PackageReleases, PublishedRelease
from tagboat.use_cases.steps.push import Push, ReleaseCommit
from tagboat.use_cases.steps.record import RecordWriter
from tagboat.use_cases.steps.remote_state import RemoteState
from tests.git_fakes import MemoryCommands, MemoryScratch, StandingClock
from tests.plans import contract_of_one, pending_release, plan_of_one

SOURCE, RELEASED, OTHER = "a" * 40, "b" * 40, "c" * 40
PLAN = plan_of_one(source=SOURCE)


class ImageProject:
    """A plan on its way, with commands."""

    def __init__(self, *words: str) -> None:
        self.scratch, self.runner = MemoryScratch(main=SOURCE), MemoryCommands()
        self.scratch.ids = [RELEASED]
        self.clock = StandingClock()
        remote_state = RemoteState(self.scratch, self.scratch, "main", self.clock)
        self.pending = pending_release(PLAN, remote_state)
        self.plan = self.pending.of
        commands = [
            Command((word,), point, 1, (word,) if point is Point.COMMIT else ())
            for point in Point
            for word in words
        ]
        self.shared = SharedTree(self.scratch)
        self.tree = ReleaseTree(self.shared, ReleaseCommands(tuple(commands), self.runner))
        self.early = RunBeforeCommit(self.plan, [self.tree])
        self.commit = ReleaseCommit(self.plan, [self.tree])
        self.late = RunBeforePublish(self.pending, self.tree)
        writer = RecordWriter(self.scratch, self.scratch, self.clock)
        self.push = Push(self.plan, self.scratch, writer)

    def steps(self) -> list[State]:
        """What each step finds."""
        return [step.probe().state for step in (self.early, self.commit, self.late)]


@pytest.fixture
def yard() -> ImageProject:
    return ImageProject("one", "two")


def test_nothing_is_done_at_first_and_probes_run_nothing(yard: ImageProject) -> None:
    assert yard.steps() == [State.ABSENT] * 3
    assert (yard.scratch.log, yard.runner.ran) == ([], [])


def test_commands_before_the_commit_run_on_edited_files(yard: ImageProject) -> None:
    yard.early.apply()
    assert yard.scratch.log == ["check out a", "edit 0"]
    assert yard.runner.ran == [("one", SOURCE), ("two", SOURCE)]
    assert yard.steps() == [State.DONE, State.ABSENT, State.ABSENT]


def test_commit_keeps_what_the_commands_made(yard: ImageProject) -> None:
    yard.early.apply()
    yard.commit.apply()
    assert yard.scratch.log == ["check out a", "edit 0", "add one two", "commit release at 0"]
    assert yard.plan.commit == RELEASED


def test_commit_without_commands_edits_by_itself() -> None:
    yard = ImageProject()
    yard.commit.apply()
    assert yard.scratch.log == ["check out a", "edit 0", "add ", "commit release at 0"]


def test_commands_before_publishing_run_in_a_clean_tree_of_the_release(yard: ImageProject) -> None:
    for step in (yard.early, yard.commit, yard.late):
        step.apply()
    assert yard.scratch.log[-1] == "check out b"
    assert yard.runner.ran[2:] == [("one", RELEASED), ("two", RELEASED)]
    assert yard.steps() == [State.DONE] * 3
    assert yard.plan.is_staged


def test_steps_applied_twice_do_the_work_once(yard: ImageProject) -> None:
    for step in (yard.early, yard.commit, yard.late):
        step.apply()
    before = list(yard.runner.ran)
    yard.late.apply()
    assert (yard.runner.ran, yard.steps()) == (before, [State.DONE] * 3)


def test_nothing_is_staged_where_a_command_fails() -> None:
    yard = ImageProject("fail")
    yard.plan.commit = RELEASED
    with pytest.raises(OutsideError):
        yard.late.apply()
    assert (yard.late.probe().state, yard.plan.is_staged) == (State.ABSENT, False)


def test_public_release_needs_no_commands(yard: ImageProject) -> None:
    yard.scratch.public("v1.2.3", RELEASED, contract_of_one(PLAN))
    assert yard.steps() == [State.DONE] * 3


def test_tag_of_somebody_else_is_a_conflict_before_anything_runs(yard: ImageProject) -> None:
    yard.scratch.public("v1.2.3", OTHER)
    assert (yard.early.probe().state, yard.late.probe().state) == (State.CONFLICT, State.CONFLICT)


def test_what_steps_check_out_ends_with_the_release_tree(yard: ImageProject) -> None:
    with yard.shared:
        yard.commit.apply()
        assert yard.scratch.checkout is not None
    assert yard.scratch.checkout is None


def test_build_of_a_public_release_is_made_again_at_its_commit(yard: ImageProject) -> None:
    yard.scratch.public("v1.2.3", RELEASED, contract_of_one(PLAN))
    tagged = PublishedRelease(yard.plan.remote_state, "v1.2.3")
    yard.tree.build_again(tagged)
    yard.tree.build_again(tagged)
    assert yard.runner.ran == [("one", RELEASED), ("two", RELEASED)]


def test_build_of_a_tag_that_is_gone_is_a_conflict(yard: ImageProject) -> None:
    with pytest.raises(ConflictError):
        yard.tree.build_again(PublishedRelease(yard.plan.remote_state, "v1.2.3"))


def test_push_makes_branch_tag_and_record_public_together(yard: ImageProject) -> None:
    yard.commit.apply()
    assert (yard.push.probe().state, yard.push.there()) == (State.ABSENT, ())
    assert yard.push.apply() is None
    assert (yard.push.probe().state, yard.push.there()) == (State.DONE, yard.push.names())
    assert yard.scratch.tips == {"main": RELEASED}
    assert read_note(yard.scratch.records[RELEASED], RELEASED)["v1.2.3"].is_complete


def test_tag_of_another_plan_is_a_conflict_of_the_push(yard: ImageProject) -> None:
    yard.scratch.public("v1.2.3", OTHER)
    assert str(yard.push.probe()) == f"conflict: v1.2.3 is another one, at {OTHER[:10]}"


def test_push_that_others_were_quicker_with_may_be_tried_again(yard: ImageProject) -> None:
    yard.commit.apply()
    yard.scratch.lost = ["main: stale info"]
    assert yard.push.apply() == Lost("main: stale info")
    assert yard.push.apply() is None


def test_push_merges_the_release_commit_where_the_branch_moved_on(yard: ImageProject) -> None:
    yard.commit.apply()
    yard.scratch.tips["main"] = OTHER
    assert yard.push.apply() is None
    assert "merge b into c" in yard.scratch.log
    assert yard.scratch.tags["v1.2.3"].commit == RELEASED


def test_release_commit_that_conflicts_with_the_branch_is_lost_for_good(yard: ImageProject) -> None:
    yard.commit.apply()
    yard.scratch.tips["main"], yard.scratch.is_conflicting = OTHER, True
    why = "the release commit conflicts with what main holds now"
    assert yard.push.apply() == Lost(why, is_lasting=True)
    assert yard.scratch.tags == {}


def test_merge_that_the_branch_does_not_take_is_lost_for_good(yard: ImageProject) -> None:
    yard.commit.apply()
    yard.scratch.tips["main"], yard.scratch.refused = OTHER, "linear history"
    assert yard.push.apply() == Lost("linear history", is_lasting=True)


def test_release_commit_that_the_branch_does_not_take_is_refused(yard: ImageProject) -> None:
    yard.commit.apply()
    yard.scratch.refused = "protected"
    with pytest.raises(RefusedError, match="protected"):
        yard.push.apply()


class ImageRelease(ImageProject):
    """A public release 1.2.3, with moving tags."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch.public("v1.2.3", RELEASED, contract_of_one(PLAN))
        self.step = self.moving("v{major}", "v{major}.{minor}")

    def moving(self, *templates: str) -> MoveTags:
        """The step with other rules."""
        releases = PackageReleases(self.scratch.history, Package(tag="v{version}"))
        moving_git_tags = MovingGitTags(tag_rules(list(templates)), releases)
        tagged = PublishedRelease(self.plan.remote_state, "v1.2.3")
        return MoveTags(tagged, moving_git_tags, self.scratch, self.clock)


@pytest.fixture
def image_release() -> ImageRelease:
    return ImageRelease()


def test_tags_that_are_missing_are_absent(image_release: ImageRelease) -> None:
    assert image_release.step.probe().state is State.ABSENT
    assert image_release.step.describe() == "v1, v1.2 moved forward to v1.2.3"


def test_tags_are_pushed_together(image_release: ImageRelease) -> None:
    image_release.step.apply()
    assert image_release.scratch.log == ["push v1 b", "push v1.2 b"]
    assert image_release.step.probe().state is State.DONE


def test_tags_applied_twice_are_pushed_once(image_release: ImageRelease) -> None:
    image_release.step.apply()
    image_release.step.apply()
    assert len(image_release.scratch.log) == 2


def test_tag_of_a_higher_version_stays(image_release: ImageRelease) -> None:
    image_release.scratch.public("v1.3.0", OTHER)
    image_release.scratch.public("v1", OTHER)
    image_release.step.apply()
    assert image_release.scratch.log == ["push v1.2 b"]


def test_tag_in_the_place_of_a_version_is_a_conflict(image_release: ImageRelease) -> None:
    image_release.scratch.public("v1.0.0", OTHER)
    step = image_release.moving("v1.0.0")
    assert step.probe().state is State.CONFLICT
    with pytest.raises(ConflictError):
        step.apply()


def test_tag_lost_to_others_is_tried_again(image_release: ImageRelease) -> None:
    image_release.scratch.lost = ["stale info"]
    image_release.step.apply()
    assert (image_release.clock.waits, len(image_release.scratch.log)) == ([0], 2)


def test_tag_that_others_always_move_is_a_lost_race(image_release: ImageRelease) -> None:
    image_release.scratch.lost = ["stale info"] * 100
    with pytest.raises(RaceError, match="stale info"):
        image_release.step.apply()


def test_tag_that_a_lock_keeps_back_names_it(image_release: ImageRelease) -> None:
    image_release.scratch.locks.append("Unable to create '/srv/r.git/v1.lock': File exists")
    told = r"could not be moved, and the remote stays locked: .*v1\.lock"
    with pytest.raises(OutsideError, match=told):
        image_release.step.apply()


def test_release_that_is_not_public_yet_has_its_tags_absent(image_release: ImageRelease) -> None:
    del image_release.scratch.tags["v1.2.3"]
    assert image_release.step.probe().state is State.ABSENT
    assert image_release.step.describe() == "v1, v1.2 moved forward to v1.2.3"
