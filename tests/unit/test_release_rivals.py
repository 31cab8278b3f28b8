"""What a release run decides where others are quicker, and what a plan that is given needs."""

from collections.abc import Callable

import pytest

from tagboat.core.errors import ConflictError, OutsideError, RaceError, RepositoryError
from tagboat.core.forge.release import ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import ReleaseRules
from tagboat.core.record.record import ABANDONED, PUBLISHED, Event
from tagboat.use_cases.plan.make_plan import NothingDue
from tagboat.use_cases.retry import RETRY
from tests.release_fakes import APP, FIRST, Project

CHANGELOG = "# Changelog\n"
IMAGES = Package(tag="v{version}", images=(APP,))
OTHER = f"sha256:{'0' * 64}"


@pytest.fixture
def project() -> Project:
    """A project with one commit that is not released."""
    found = Project()
    found.commit("feat: a")
    return found


@pytest.fixture
def edited() -> Project:
    """A project whose releases have a release commit, with v0.1.0 and a fix since."""
    found = Project()
    found.commit("feat: a", CHANGELOG_md=CHANGELOG)
    found.release()
    found.commit("fix: b")
    return found


@pytest.fixture
def imaged() -> Project:
    """A project with an image that is not released."""
    found = Project(IMAGES)
    found.commit("feat: a")
    return found


# Others push first


def test_tag_alone_is_pushed_though_the_branch_moved_on(project: Project) -> None:
    start = project.tip()
    project.scratch.meanwhile = [lambda: project.commit("docs: b")]
    project.release()
    assert project.at("v0.1.0") == start != project.tip()


def test_release_commit_is_planned_again_where_nothing_expensive_is_staged(
    edited: Project,
) -> None:
    edited.scratch.meanwhile = [lambda: edited.commit("feat: c")]
    edited.release()
    assert edited.tags == ["v0.1.0", "v0.2.0"]
    assert edited.at("v0.2.0") == edited.tip()


def test_release_commit_is_merged_where_images_are_staged() -> None:
    project = Project(IMAGES)
    project.commit("feat: a", CHANGELOG_md=CHANGELOG)
    project.scratch.meanwhile = [lambda: project.commit("feat: b")]
    project.release()
    assert project.history.commits[project.tip()].parents[1] == project.at("v0.1.0")
    assert project.effects.names.count("build app") == 1


@pytest.mark.parametrize(("on_race", "tag"), [("merge", "v0.1.1"), ("replan", "v0.2.0")])
def test_on_race_says_what_becomes_of_the_release_commit(
    edited: Project, on_race: str, tag: str
) -> None:
    edited.rules = ReleaseRules(on_race=on_race)
    edited.scratch.meanwhile = [lambda: edited.commit("feat: c")]
    edited.release()
    assert edited.tags == ["v0.1.0", tag]


def test_on_race_replan_gives_up_what_is_staged() -> None:
    project = Project(IMAGES, ReleaseRules(on_race="replan"))
    project.commit("feat: a", CHANGELOG_md=CHANGELOG)
    project.scratch.meanwhile = [lambda: project.commit("feat: b")]
    project.release()
    assert project.effects.names.count("build app") == 2


def test_merge_that_conflicts_is_planned_again_from_the_tip(edited: Project) -> None:
    edited.rules = ReleaseRules(on_race="merge")
    edited.scratch.is_conflicting = True
    edited.scratch.meanwhile = [lambda: edited.commit("feat: c")]
    edited.release()
    assert edited.at("v0.2.0") == edited.tip()


def test_rival_that_released_the_same_commits_leaves_nothing_due(edited: Project) -> None:
    edited.scratch.meanwhile = [lambda: edited.release(edited.tip())]
    assert edited.release().plan is None
    assert edited.tags == ["v0.1.0", "v0.1.1"]


def test_rival_that_released_more_commits_leaves_nothing_due(edited: Project) -> None:
    edited.scratch.meanwhile = [lambda: edited.released("feat: c")]
    assert edited.release().plan is None
    assert edited.tags == ["v0.1.0", "v0.2.0"]


def test_start_that_a_later_release_passed_is_released_from_the_tip(edited: Project) -> None:
    start = edited.tip()
    edited.tag("v0.1.1", edited.commit("docs: c"))
    edited.commit("fix: d")
    assert edited.release(start).nothing_due == NothingDue(
        f"{start[:10]} is in v0.1.1 already", ("v0.1.1",)
    )
    assert edited.release().plan is not None


def test_versions_between_the_commit_and_the_tip_are_planned_after(project: Project) -> None:
    project.release()
    base = project.tip()
    merged = project.commit("fix: b", branch="side")
    project.tag("v0.1.1", project.commit("fix: c"))
    project.scratch.tips["main"] = project.commit("Merge side", merged)
    assert base != merged
    result = project.release(merged)
    assert result.plan is not None
    assert (result.plan.versions, result.plan.commit) == ("0.1.2", project.tip())


def test_race_that_is_always_lost_ends_with_nothing_released(edited: Project) -> None:
    edited.scratch.lost = ["stale info"] * 2000
    with pytest.raises(RaceError, match=r"others were quicker \d+ times: stale info"):
        edited.release()
    assert edited.tags == ["v0.1.0"]


LOCK = "cannot lock ref 'refs/heads/main': Unable to create '/srv/r.git/main.lock': File exists"


def test_lock_that_stays_on_the_remote_is_named_once_all_tries_are_done(edited: Project) -> None:
    edited.scratch.locks.append(LOCK)
    with pytest.raises(OutsideError, match="nothing is public") as error:
        edited.release()
    assert error.value.message.endswith(f"the remote stays locked: {LOCK}")
    assert "wait, and run it again" in error.value.hint
    assert "whoever runs the server removes it" in error.value.hint
    assert len(edited.clock.waits) == RETRY.races - 1


def test_plan_that_a_lock_kept_back_is_not_called_stale(edited: Project) -> None:
    plan = edited.planned()
    edited.scratch.locks.append(LOCK)
    with pytest.raises(OutsideError, match="the remote stays locked"):
        edited.apply(plan)


def test_release_is_finished_once_the_lock_is_gone(edited: Project) -> None:
    edited.scratch.locks.append(LOCK)
    with pytest.raises(OutsideError):
        edited.release()
    edited.scratch.locks.clear()
    edited.release()
    assert edited.tags == ["v0.1.0", "v0.1.1"]


# A server shows the refs of one push one after the other


def test_tag_in_flight_is_waited_for(edited: Project) -> None:
    start = edited.tip()
    edited.release()
    end = edited.tip()
    edited.branch("main", start)
    edited.clock.meanwhile = [bool, lambda: edited.branch("main", end)]
    assert edited.release(start).nothing_due == NothingDue(
        f"{start[:10]} is in v0.1.1 already", ("v0.1.1",)
    )
    assert edited.clock.waits == [0, 1]


def test_tag_that_no_branch_shows_after_all_is_a_conflict(edited: Project) -> None:
    start = edited.tip()
    edited.release()
    edited.branch("main", start)
    with pytest.raises(ConflictError, match=r"v0\.1\.1"):
        edited.release(start)
    assert len(edited.clock.waits) == RETRY.looks


def test_tag_of_another_branch_is_not_waited_for(edited: Project) -> None:
    start = edited.tip()
    edited.branch("master", start)
    edited.release(branch="master")
    with pytest.raises(ConflictError, match=r"v0\.1\.1"):
        edited.release()
    assert edited.clock.waits == []


def test_tag_that_was_pushed_this_moment_is_looked_at_again(project: Project) -> None:
    project.branch("side", project.tip())
    project.tag("v0.1.0", project.commit("docs: b", branch="side"))
    project.scratch.unshown = [frozenset({"v0.1.0"})]
    with pytest.raises(ConflictError, match=r"v0\.1\.0 at .*, no ancestor of what"):
        project.release()
    assert project.clock.waits == [0]


# Others took what a plan needs


def test_version_tag_of_others_in_a_registry_is_a_conflict(imaged: Project) -> None:
    imaged.registry.push(FIRST, "0.1.0", OTHER)
    with pytest.raises(ConflictError, match=r"a\.example/app:0\.1\.0 holds sha256:0000"):
        imaged.release()
    assert imaged.effects.names == []


def build_of_ones_own(project: Project) -> None:
    """Let the next build have other bytes, as if it had begun before the last one ended."""
    project.registry.held.clear()
    project.builder.salt += "other"


def test_plan_that_a_rival_made_real_with_another_build_is_finished(imaged: Project) -> None:
    plan = imaged.planned()

    def rival() -> None:
        build_of_ones_own(imaged)
        imaged.apply(plan)

    imaged.effects.then["build app"] = rival
    assert imaged.apply(plan).plan == plan
    assert imaged.kinds("v0.1.0") == [PUBLISHED]


def test_plan_of_a_rival_for_the_same_version_leaves_nothing_due(imaged: Project) -> None:
    start = imaged.tip()

    def rival() -> None:
        build_of_ones_own(imaged)
        imaged.commit("docs: b")
        imaged.release(start)

    imaged.effects.then["build app"] = rival
    assert imaged.release(start).plan is None


def test_release_commit_keeps_the_time_of_the_run_that_staged_its_images() -> None:
    project = Project(IMAGES)
    start = project.commit("feat: a", CHANGELOG_md=CHANGELOG)
    time = project.now
    assert project.killed(project.release, "build app")
    project.commit("docs: b", branch="other")
    assert project.release(start).plan is not None
    assert (project.record("v0.1.0").time, len(project.builder.built)) == (time, 1)


def test_conflict_of_a_plan_that_was_public_before_is_told(imaged: Project) -> None:
    plan = imaged.planned()
    imaged.apply(plan)
    imaged.registry.push(FIRST, "0.1.0", OTHER)
    with pytest.raises(ConflictError, match=r"app:0\.1\.0 conflict"):
        imaged.apply(plan)


# A plan that is given


def test_plan_is_made_real_as_it_is(edited: Project) -> None:
    plan = edited.planned()
    result = edited.apply(plan)
    assert (result.plan, result.commit) == (plan, edited.at("v0.1.1"))
    assert result.urls["v0.1.1"].endswith("/v0.1.1")


def test_plan_that_is_applied_twice_changes_nothing(edited: Project) -> None:
    plan = edited.planned()
    edited.apply(plan)
    before = edited.public()
    assert edited.apply(plan).plan == plan
    assert edited.public() == before


def test_plan_holds_where_the_branch_moved_on_and_is_merged(edited: Project) -> None:
    plan = edited.planned()
    edited.commit("feat: c")
    edited.apply(plan)
    assert edited.history.commits[edited.tip()].parents[1] == edited.at("v0.1.1")


def test_plan_is_applied_again_where_a_push_was_lost(edited: Project) -> None:
    plan = edited.planned()
    edited.scratch.lost = ["stale info"]
    edited.apply(plan)
    assert edited.clock.waits == [0]


def test_plan_whose_release_commit_can_not_be_merged_is_dropped(edited: Project) -> None:
    plan = edited.planned()
    edited.commit("feat: c")
    edited.scratch.is_conflicting = True
    with pytest.raises(RaceError, match="the release commit conflicts with what main holds now"):
        edited.apply(plan)


def moved_on(project: Project) -> None:
    project.rules = ReleaseRules(on_race="replan")
    project.commit("feat: c")


def rewritten(project: Project) -> None:
    project.branch("main", project.at("v0.1.0"))


def gone(project: Project) -> None:
    del project.scratch.tips["main"]


def released_above(project: Project) -> None:
    project.tag("v0.3.0", project.commit("feat: c"))


def released_below(project: Project) -> None:
    project.tag("v0.1.5", project.history.commits[project.tip()].parents[0])


def tagged_elsewhere(project: Project) -> None:
    project.tag("v0.9.0", project.commit("feat: c", branch="side"))


def base_moved(project: Project) -> None:
    project.tag("v0.1.0", project.history.commits[project.tip()].parents[0])


def base_deleted(project: Project) -> None:
    project.delete("v0.1.0")
    project.scratch.records.clear()


def taken(project: Project) -> None:
    project.tag("v0.1.1")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (moved_on, "origin/main moved on to"),
        (rewritten, "is not on origin/main any more"),
        (gone, "is not on origin/main any more"),
        (released_above, r"v0\.3\.0 was released meanwhile"),
        (released_below, r"v0\.1\.5 was released meanwhile"),
        (base_moved, r"v0\.1\.0, which it counts from, was moved or deleted"),
        (base_deleted, r"v0\.1\.0, which it counts from, was moved or deleted"),
        (taken, r"v0\.1\.1 was made by somebody else"),
    ],
)
def test_plan_that_does_not_hold_says_what_moved_and_changes_nothing(
    edited: Project, change: Callable[[Project], None], said: str
) -> None:
    edited.rules = ReleaseRules(on_race="replan")
    plan = edited.planned()
    change(edited)
    before = edited.public()
    with pytest.raises(RaceError, match=said):
        edited.apply(plan)
    assert edited.public() == before


def test_plan_holds_where_others_tagged_a_commit_elsewhere(edited: Project) -> None:
    plan = edited.planned()
    tagged_elsewhere(edited)
    edited.apply(plan)
    assert "v0.1.1" in edited.tags


def test_plan_of_another_configuration_does_not_hold(edited: Project) -> None:
    plan = edited.planned()
    edited.rules = ReleaseRules(on_race="merge")
    with pytest.raises(RaceError, match="the configuration is another one"):
        edited.apply(plan)


def test_plan_for_a_forge_without_a_way_in_is_refused(edited: Project) -> None:
    plan = edited.planned()
    edited.forge_rules, edited.forge_fault = ForgeRules(), "a token is needed"
    with pytest.raises(RepositoryError, match="a token is needed"):
        edited.apply(plan)


def test_plan_of_a_release_that_was_abandoned_is_refused() -> None:
    project = Project(forge_rules=ForgeRules())
    project.commit("feat: a")
    plan = project.planned()
    project.killed(lambda: project.apply(plan), "push v0.1.0")
    event = Event(time=9, kind=ABANDONED, who="Eve", why="no")
    project.keep(project.record("v0.1.0").with_event(event))
    with pytest.raises(RepositoryError, match=r"v0\.1\.0 was abandoned by Eve: no"):
        project.apply(plan)


def test_plan_that_goes_stale_while_it_is_made_real_is_dropped(edited: Project) -> None:
    plan = edited.planned()
    edited.scratch.meanwhile = [lambda: released_above(edited)]
    with pytest.raises(RaceError, match=r"v0\.3\.0 was released meanwhile"):
        edited.apply(plan)


def test_branch_that_goes_away_meanwhile_drops_the_plan(edited: Project) -> None:
    plan = edited.planned()
    edited.scratch.meanwhile = [lambda: gone(edited)]
    edited.scratch.lost = ["stale info"]
    with pytest.raises(RaceError, match="origin/main is gone"):
        edited.apply(plan)


def test_commit_that_leaves_the_branch_meanwhile_drops_the_plan(edited: Project) -> None:
    plan = edited.planned()
    edited.scratch.meanwhile = [lambda: rewritten(edited)]
    edited.scratch.lost = ["stale info"]
    with pytest.raises(RaceError, match="is not on origin/main any more"):
        edited.apply(plan)


def test_release_that_its_branch_does_not_hold_is_a_conflict(edited: Project) -> None:
    plan = edited.planned()
    edited.apply(plan)
    edited.branch("main", plan.commit)
    with pytest.raises(ConflictError, match=r"v0\.1\.1 is public, and origin/main does not"):
        edited.apply(plan)
