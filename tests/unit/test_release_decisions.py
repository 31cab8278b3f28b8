"""What a release run decides: what is planned, resumed, planned again, merged, refused."""

import pytest

from tagboat.core.errors import (
    ConflictError,
    RefusedError,
    RepositoryError,
    TagboatError,
)
from tagboat.core.forge.release import AssetRule, ForgeRelease, ForgeRules
from tagboat.core.images.registry import TagStatus
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point, ReleaseRules
from tagboat.core.plan.tag_message import contract_of
from tagboat.core.record.record import ABANDONED, PUBLISHED, Event
from tagboat.use_cases.plan.make_plan import NothingDue
from tagboat.use_cases.release.release import dry_run
from tests.plans import contract_of_one
from tests.release_fakes import APP, FIRST, FOLLOWED, Project

CHANGELOG = "# Changelog\n"
IMAGES = Package(tag="v{version}", images=(APP,))
SIGNED = Package(
    tag="v{version}", images=(APP._replace(sign="cosign.key"),), moving=FOLLOWED.moving
)


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


# What is due


def test_release_makes_a_tag_that_tells_the_plan(project: Project) -> None:
    result = project.release()
    assert result.plan is not None
    assert contract_of(project.message("v0.1.0")) == contract_of_one(result.plan)


def test_release_is_recorded_as_published_in_the_same_push(project: Project) -> None:
    project.release()
    assert (project.effects.names[0], project.kinds("v0.1.0")) == ("push v0.1.0", [PUBLISHED])


def test_result_names_the_commit_the_page_and_what_is_missing(project: Project) -> None:
    result = project.release()
    assert result.commit == project.at("v0.1.0") == project.tip()
    assert result.urls["v0.1.0"] == "https://github.com/acme/app/releases/tag/v0.1.0"
    assert result.notes == ("no forge release",)


def test_release_commit_is_pushed_with_its_tag(edited: Project) -> None:
    result = edited.release()
    assert edited.tip() == edited.at("v0.1.1") == result.commit
    assert edited.scratch.files_at(edited.tip())["CHANGELOG.md"].count("## ") == 2


def test_version_files_hold_the_version_at_the_tag() -> None:
    project = Project(Package(files=("VERSION",)))
    project.commit("feat: a", VERSION="0.0.0")
    project.release()
    assert project.scratch.files_at(project.at("v0.1.0"))["VERSION"] == "0.1.0"


def test_release_commit_says_which_release_it_is_for() -> None:
    project = Project(Package("app"), ReleaseRules("release {name} {version} ({tag})"))
    project.commit("feat: a", CHANGELOG_md=CHANGELOG)
    project.release()
    message = project.history.commits[project.tip()].message
    assert message == "release app 0.1.0 (v0.1.0)\n\nTagboat-Tag: v0.1.0\n"


def test_version_that_is_asked_for_is_released_and_told(project: Project) -> None:
    project.release(version="2.0.0")
    assert (project.tags, project.record("v2.0.0").asked) == (["v2.0.0"], "--as 2.0.0")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("docs: b", "1 commit since v0.1.0, none of which releases anything"),
        ("", "no commits since v0.1.0"),
    ],
)
def test_nothing_due_says_why_and_changes_nothing(
    project: Project, message: str, reason: str
) -> None:
    project.release()
    if message:
        project.commit(message)
    before = project.public()
    result = project.release()
    assert result.nothing_due is not None
    assert (result.nothing_due.reason, project.public()) == (reason, before)


def test_echo_of_its_own_push_is_nothing_due(edited: Project) -> None:
    edited.release()
    before = edited.public()
    assert edited.release().plan is None
    assert edited.public() == before


def test_commit_that_a_release_holds_is_not_released_again(edited: Project) -> None:
    start = edited.tip()
    edited.release()
    result = edited.release(start)
    assert result.nothing_due == NothingDue(f"{start[:10]} is in v0.1.1 already", ("v0.1.1",))
    assert result.commit == edited.at("v0.1.1")


def test_nothing_due_needs_no_right_to_push(project: Project) -> None:
    project.release()
    project.scratch.closed = "nothing can be pushed"
    assert project.release().nothing_due is not None


def test_prerelease_channel_releases_its_token(project: Project) -> None:
    project.release()
    project.branch("next", project.tip())
    project.commit("feat: b", branch="next")
    project.release(branch="next")
    assert project.tags == ["v0.1.0", "v0.2.0-rc.1"]


def test_prerelease_that_a_stable_version_took_in_is_not_due(project: Project) -> None:
    project.release()
    project.branch("next", project.tip())
    project.commit("feat: b", branch="next")
    project.release(branch="next")
    project.branch("main", project.tip("next"))
    project.release()
    assert project.tags == ["v0.1.0", "v0.2.0", "v0.2.0-rc.1"]
    assert project.release(branch="next").plan is None


def test_commit_of_a_prerelease_branch_that_main_released_is_not_due(project: Project) -> None:
    project.release()
    project.branch("next", project.tip())
    merged = project.commit("feat: b", branch="next")
    project.commit("Merge branch 'next'", merged)
    project.release()
    result = project.release(branch="next")
    assert result.nothing_due == NothingDue(f"{merged[:10]} is in v0.2.0 already", ("v0.2.0",))


def test_maintenance_branch_releases_inside_its_range(project: Project) -> None:
    project.release(version="1.0.0")
    project.branch("1.x", project.tip())
    project.released("feat!: b")
    project.commit("fix: c", branch="1.x")
    project.release(branch="1.x")
    assert project.tags == ["v1.0.0", "v1.0.1", "v2.0.0"]


def test_commit_of_a_tag_elsewhere_is_not_in_its_release(project: Project) -> None:
    project.release()
    project.branch("side", project.tip())
    start = project.commit("fix: b")
    project.branch("side", start)
    project.tag("v0.1.1", project.commit("fix: c", branch="side"))
    with pytest.raises(RepositoryError, match=r"v0\.1\.1"):
        project.release(start)


# A dry run


def test_dry_run_changes_nothing(edited: Project) -> None:
    before = list(edited.effects.names)
    dry_run(edited.context(), edited.request())
    assert edited.effects.names == before


def test_dry_run_names_every_step_with_what_it_found(edited: Project) -> None:
    steps = dry_run(edited.context(), edited.request()).steps
    assert [(one.step.name, one.finding.state.value) for one in steps] == [
        ("commit", "absent"),
        ("push", "absent"),
        ("record", "absent"),
        ("clone", "absent"),
    ]


def test_dry_run_tells_what_stands_in_the_way_of_the_release_alone(project: Project) -> None:
    found = dry_run(project.context(faults=["a token is needed"]), project.request())
    assert found.result.notes == ("no forge release", "a token is needed")


def ending(project: Project) -> tuple[int, int]:
    """The exit codes of a dry run, and of the release itself."""
    refusal, code = dry_run(project.context(), project.request()).refusal, 0
    try:
        project.release()
    except TagboatError as error:
        code = error.exit_code
    return refusal.exit_code if refusal is not None else 0, code


def test_dry_run_ends_as_the_release_where_a_registry_holds_another_image() -> None:
    project = Project(IMAGES)
    project.commit("feat: a")
    project.registry.push(FIRST, "0.1.0", f"sha256:{'0' * 64}")
    assert ending(project) == (4, 4)


def test_dry_run_ends_as_the_release_where_the_forge_has_one_of_others() -> None:
    project = Project(forge_rules=ForgeRules())
    project.forge.releases["7"] = ForgeRelease("7", "v0.1.0", "by hand", is_draft=False)
    project.commit("feat: a")
    assert ending(project) == (4, 4)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (TagStatus.UNAUTHORISED, 1),
        (TagStatus.DENIED, 1),
        (TagStatus.REFUSED, 1),
        (TagStatus.UNREACHABLE, 0),
    ],
)
def test_dry_run_fails_where_a_registry_does_not_let_who_asks_look(
    condition: TagStatus, code: int
) -> None:
    project = Project(IMAGES)
    project.commit("feat: a")
    project.registry.conditions[FIRST.host] = condition
    refusal = dry_run(project.context(), project.request()).refusal
    assert (refusal.exit_code if refusal else 0) == code
    assert refusal is None or f"{FIRST.at('0.1.0')} {condition.value}" in refusal.message


@pytest.mark.parametrize("fault", ["the token may not write", "nobody answers"])
def test_dry_run_ends_well_where_only_its_maker_lacks_something(fault: str) -> None:
    project = Project(forge_rules=ForgeRules())
    project.commit("feat: a")
    project.forge.denies = fault
    found = dry_run(project.context(), project.request())
    assert (found.refusal, found.result.notes) == (None, (fault,))


def test_dry_run_of_what_may_be_released_ends_well(edited: Project) -> None:
    assert ending(edited) == (0, 0)


def test_dry_run_of_nothing_due_has_no_steps(project: Project) -> None:
    project.release()
    found = dry_run(project.context(), project.request())
    assert (found.result.plan, found.steps) == (None, ())


def test_dry_run_plans_at_the_tip_where_the_plan_of_the_commit_would_be_dropped(
    edited: Project,
) -> None:
    start = edited.tip()
    tip = edited.commit("feat: c")
    plan = dry_run(edited.context(start), edited.request()).result.plan
    assert plan is not None
    assert (plan.commit, plan.versions) == (tip, "0.2.0")


def test_dry_run_of_every_kind_of_step_lists_them_in_order() -> None:
    commands = tuple(Command((name,), point, 1) for name, point in zip("abc", Point, strict=True))
    project = Project(
        SIGNED._replace(commands=commands),
        forge_rules=ForgeRules(assets=(AssetRule("app.zip"),), comment="Hello"),
    )
    project.commit("feat: a", CHANGELOG_md=CHANGELOG)
    steps = dry_run(project.context(), project.request()).steps
    assert [one.step.name for one in steps] == [
        *("before-commit", "commit", "before-publish", "files", "forge", "tags", "build", "copy"),
        *("sign", "tags-again", "push", "draft", "assets", "version-tags", "after-push"),
        *("publish", "image-tags", "moving-tags", "record", "issues", "clone"),
    ]
    assert all(one.step.describe() for one in steps)


def test_image_of_one_repository_is_not_copied() -> None:
    project = Project(Package(images=(APP._replace(repositories=("a.example/app",)),)))
    project.commit("feat: a")
    names = [one.step.name for one in dry_run(project.context(), project.request()).steps]
    assert names[:4] == ["tags", "build", "tags-again", "push"]


def test_draft_is_left_to_a_person_to_publish() -> None:
    project = Project(forge_rules=ForgeRules(is_draft=True, label="released"))
    project.commit("feat: a")
    names = [one.step.name for one in dry_run(project.context(), project.request()).steps]
    assert names == ["forge", "push", "draft", "assets", "record", "clone"]


# What stands in the way


def test_what_stands_in_the_way_is_told_before_anything_is_built() -> None:
    project = Project(IMAGES)
    project.commit("feat: a")
    project.builder.found = ["no daemon"]
    project.registry.conditions["b.example"] = TagStatus.UNAUTHORISED
    with pytest.raises(RepositoryError, match=r"2 things(.|\n)*no daemon(.|\n)*b\.example/app"):
        project.release()
    assert project.effects.names == []


def test_remote_that_takes_no_push_is_told_before_anything_is_made(edited: Project) -> None:
    before = list(edited.effects.names)
    edited.scratch.closed = "no atomic pushes"
    with pytest.raises(RepositoryError, match="no atomic pushes"):
        edited.release()
    assert edited.effects.names == before


def test_branch_that_is_protected_ends_with_what_the_server_says(edited: Project) -> None:
    edited.scratch.refused = "protected"
    with pytest.raises(RefusedError, match="protected"):
        edited.release()
    assert edited.tags == ["v0.1.0"]


def test_tag_of_others_elsewhere_on_the_version_is_refused(project: Project) -> None:
    project.branch("side", project.tip())
    project.tag("v0.1.0", project.commit("docs: b", branch="side"))
    with pytest.raises(ConflictError, match=r"v0\.1\.0"):
        project.release()
    assert project.effects.names == []


def test_recorded_release_whose_tag_is_gone_is_a_conflict(project: Project) -> None:
    project.release()
    project.delete("v0.1.0")
    with pytest.raises(
        ConflictError, match=r"v0\.1\.0 was released, as its record tells"
    ) as caught:
        project.release()
    assert caught.value.hint.endswith("`tagboat abandon v0.1.0 --reason WHY`")


def test_tag_that_is_gone_does_not_matter_once_a_later_release_passed_it(project: Project) -> None:
    project.release()
    project.released("fix: b")
    project.delete("v0.1.0")
    project.keep(project.record("v0.1.0"))
    assert project.released("fix: c").plan is not None


def test_tag_that_is_gone_and_abandoned_does_not_matter(project: Project) -> None:
    project.release()
    project.delete("v0.1.0")
    project.keep(project.record("v0.1.0").with_event(Event(time=9, kind=ABANDONED)))
    project.release()
    assert project.tags == ["v0.1.0"]


def test_tag_that_shows_late_is_waited_for(project: Project) -> None:
    project.release()
    project.commit("fix: b")
    project.scratch.unshown = [frozenset({"v0.1.0"})] * 3
    result = project.release()
    assert result.plan is not None
    assert (result.plan.releases[0].previous, project.clock.waits) == ("v0.1.0", [0, 1, 2])
