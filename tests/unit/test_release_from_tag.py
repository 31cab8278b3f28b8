"""The release of a tag that a person made: what is checked, and the rest of it."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, RepositoryError, UsageError
from tagboat.core.forge.release import AssetRule, ForgeRules
from tagboat.core.images.registry import TagStatus
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.record.record import PUBLISHED
from tagboat.use_cases.inspect.verify import verify
from tagboat.use_cases.plan.make_plan import NothingDue
from tagboat.use_cases.release.context import ReleaseResult
from tagboat.use_cases.release.from_tag import release_tag
from tagboat.use_cases.release.resume import abandon
from tests.release_fakes import APP, FOLLOWED, Project


@pytest.fixture
def project() -> Project:
    """A project with v0.1.0 by tagboat, and a fix since."""
    found = Project()
    found.released("feat: a")
    found.commit("fix: b")
    return found


def completed(project: Project, tag: str, *, force: bool = False) -> ReleaseResult:
    """Do the rest of a release."""
    return release_tag(project.context(), tag, project.request(), force=force)


def test_tag_gets_its_record(project: Project) -> None:
    project.tag("v0.1.1")
    completed(project, "v0.1.1")
    record = project.record("v0.1.1")
    told = record.version, record.previous, record.bump, record.branch, record.commit
    assert told == ("0.1.1", "v0.1.0", "patch", "main", project.tip())
    assert project.kinds("v0.1.1") == [PUBLISHED]


def test_tag_itself_stays_as_it_is(project: Project) -> None:
    project.tag("v0.1.1")
    before = project.scratch.tags["v0.1.1"]
    completed(project, "v0.1.1")
    assert project.scratch.tags["v0.1.1"] == before


def test_result_tells_what_a_run_that_made_the_tag_would(project: Project) -> None:
    project.tag("v0.1.1")
    result = completed(project, "v0.1.1")
    assert result.plan is not None
    assert (result.plan.releases[0].reason, result.plan.releases[0].notes) == (
        "tagged by hand, patch bump from v0.1.0",
        "## 0.1.1\n- b\n",
    )
    assert (result.commit, result.urls["v0.1.1"][-6:]) == (project.tip(), "v0.1.1")


def test_release_is_made_at_the_time_of_its_tag(project: Project) -> None:
    project.tag("v0.1.1")
    time = project.now
    project.commit("docs: c")
    completed(project, "v0.1.1")
    assert project.record("v0.1.1").time == time


def test_second_time_changes_nothing(project: Project) -> None:
    project.tag("v0.1.1")
    completed(project, "v0.1.1")
    before = project.public()
    result = completed(project, "v0.1.1")
    assert result.nothing_due == NothingDue("v0.1.1 is complete already", ("v0.1.1",))
    assert project.public() == before


def test_commit_elsewhere_may_be_checked_out(project: Project) -> None:
    project.tag("v0.1.1")
    start = project.tip()
    project.commit("docs: c")
    release_tag(project.context(start), "v0.1.1", project.request(), force=False)
    assert project.kinds("v0.1.1") == [PUBLISHED]


def test_next_release_counts_from_it(project: Project) -> None:
    project.tag("v0.1.1")
    completed(project, "v0.1.1")
    project.released("fix: c")
    assert project.record("v0.1.2").previous == "v0.1.1"


def test_it_is_verified_by_its_record(project: Project) -> None:
    project.tag("v0.1.1")
    completed(project, "v0.1.1")
    found = verify(project.context(), "0.1.1").checks
    assert {(one.name, one.verdict.value) for one in found if one.verdict.value != "ok"} == {
        ("tag", "note"),
        ("signature", "note"),
    }


def test_run_that_was_killed_is_finished_by_the_same_command(project: Project) -> None:
    project.tag("v0.1.1")
    completed(project, "v0.1.1")
    whole = project.public()
    project.reopen("v0.1.1")
    result = completed(project, "v0.1.1")
    assert result.plan is not None
    assert (result.plan.releases[0].reason, project.public()) == ("tagged by hand", whole)


def test_run_that_was_killed_is_finished_by_any_run(project: Project) -> None:
    project.tag("v0.1.1")
    completed(project, "v0.1.1")
    project.reopen("v0.1.1")
    project.commit("docs: c")
    project.release()
    assert project.kinds("v0.1.1") == [PUBLISHED]


# The version


def test_higher_version_than_asked_for_is_a_persons_choice(project: Project) -> None:
    project.tag("v1.0.0")
    completed(project, "v1.0.0")
    record = project.record("v1.0.0")
    assert (record.asked, record.bump) == ("--as 1.0.0", "patch")


def test_lower_version_than_asked_for_is_refused(project: Project) -> None:
    project.commit("feat: c")
    project.tag("v0.1.1")
    with pytest.raises(RepositoryError, match=r"lower than its commits ask for: 0\.2\.0") as caught:
        completed(project, "v0.1.1")
    assert caught.value.hint.endswith("tag 0.2.0, or add --force")


def test_lower_version_is_released_by_force(project: Project) -> None:
    project.commit("feat: c")
    project.tag("v0.1.1")
    completed(project, "v0.1.1", force=True)
    assert project.kinds("v0.1.1") == [PUBLISHED]


def test_version_that_no_commit_asks_for_is_a_persons_choice(project: Project) -> None:
    project.release()
    project.tag("v0.2.0", project.commit("docs: c"))
    completed(project, "v0.2.0")
    assert project.record("v0.2.0").bump == "none"


@pytest.mark.parametrize("force", [False, True])
def test_version_not_above_the_last_is_refused_even_by_force(
    project: Project, *, force: bool
) -> None:
    project.tag("v0.0.9")
    with pytest.raises(RepositoryError, match=r"v0\.0\.9"):
        completed(project, "v0.0.9", force=force)
    assert "v0.0.9" not in project.records()


@pytest.mark.parametrize("held", ["0.1.1", "0.1.0"])
def test_version_files_have_to_hold_the_version(held: str) -> None:
    project = Project(Package(files=("VERSION",)))
    project.commit("fix: b", VERSION=held)
    project.tag("v0.1.1")
    if held == "0.1.1":
        assert completed(project, "v0.1.1").plan is not None
    else:
        with pytest.raises(ConflictError, match=r"where VERSION does not hold 0\.1\.1"):
            completed(project, "v0.1.1")


def test_first_version_is_spelled_as_the_tag_is() -> None:
    project = Project()
    project.commit("feat: a")
    project.tag("0.1.0")
    plan = completed(project, "0.1.0").plan
    assert plan is not None
    assert (plan.tags, plan.releases[0].asked) == ("0.1.0", "")


# The branch


def on_no_channel(project: Project) -> str:
    project.branch("feature", project.tip())
    project.tag("v0.2.0", project.commit("feat: c", branch="feature"))
    return "v0.2.0"


def out_of_range(project: Project) -> str:
    project.branch("0.1.x", project.tip())
    project.tag("v0.2.0", project.commit("feat: c", branch="0.1.x"))
    return "v0.2.0"


def off_its_channel(project: Project) -> str:
    project.tag("v0.2.0-rc.1")
    return "v0.2.0-rc.1"


def stable_on_a_prerelease_channel(project: Project) -> str:
    project.branch("next", project.tip())
    project.tag("v0.2.0", project.commit("feat: c", branch="next"))
    return "v0.2.0"


@pytest.mark.parametrize(
    ("tagged", "said"),
    [
        (on_no_channel, "which no branch of a channel on origin has"),
        (out_of_range, r"0\.1\.x releases stable versions >=0\.1\.0 <0\.2\.0"),
        (off_its_channel, "main releases stable versions"),
        (stable_on_a_prerelease_channel, "next releases rc prereleases"),
    ],
)
def test_tag_that_no_branch_releases_is_refused(
    project: Project, tagged: Callable[[Project], str], said: str
) -> None:
    name = tagged(project)
    before = project.public()
    with pytest.raises(RepositoryError, match=said):
        completed(project, name)
    assert project.public() == before


def test_prerelease_on_its_channel_is_released_from_anywhere(project: Project) -> None:
    project.branch("next", project.tip())
    project.tag("v0.2.0-rc.1", project.commit("feat: c", branch="next"))
    completed(project, "v0.2.0-rc.1")
    record = project.record("v0.2.0-rc.1")
    assert (record.channel, record.branch) == ("prerelease rc", "next")


def test_of_several_branches_the_one_that_is_asked_for_counts(project: Project) -> None:
    project.branch("0.1.x", project.tip())
    project.tag("v0.1.1")
    context = project.context(branch="0.1.x")
    release_tag(context, "v0.1.1", project.request(), force=False)
    assert project.record("v0.1.1").branch == "0.1.x"


# The tag


def test_tag_that_is_in_this_clone_alone_is_to_be_pushed(project: Project) -> None:
    project.clone.tags["v0.1.1"] = "t"
    with pytest.raises(UsageError, match="in this clone, and not on origin") as caught:
        completed(project, "v0.1.1")
    assert caught.value.hint == "push it first: git push origin v0.1.1"


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("v0.1.2", r"no tag spells version v0\.1\.2; the nearest: 0\.1\.0"),
        ("0.1.0", r"there is no tag '0\.1\.0'"),
        ("words", "words"),
    ],
)
def test_tag_that_is_not_there_is_refused(project: Project, tag: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        completed(project, tag)


def test_tag_that_spells_no_version_is_refused(project: Project) -> None:
    project.tag("nightly")
    with pytest.raises(UsageError, match="the tag nightly spells no version") as caught:
        completed(project, "nightly")
    assert caught.value.hint == "tags are spelled v{version}"


def test_tag_of_ours_is_seen_to_be_complete(project: Project) -> None:
    project.reopen("v0.1.0")
    result = completed(project, "v0.1.0")
    assert result.plan is not None
    assert (result.plan.versions, project.kinds("v0.1.0")) == ("0.1.0", [PUBLISHED])


def test_abandoned_tag_is_refused(project: Project) -> None:
    project.reopen("v0.1.0")
    abandon(project.context(), "v0.1.0", "gone", 1)
    with pytest.raises(RepositoryError, match=r"v0\.1\.0 was abandoned by Ada .*: gone"):
        completed(project, "v0.1.0")


def test_what_stands_in_the_way_is_told_at_once(project: Project) -> None:
    project.tag("v0.1.1")
    project.scratch.who = ""
    context = project.context(faults=["a token is needed"])
    with pytest.raises(RepositoryError, match="git does not know who you are; a token is needed"):
        release_tag(context, "v0.1.1", project.request(), force=False)


# Everything but the tag


@pytest.fixture
def full() -> Project:
    """A project with every kind of step, and a tag that a person made."""
    package = FOLLOWED._replace(images=(APP,), commands=(Command(("make",), Point.PUBLISH, 1),))
    found = Project(package, forge_rules=ForgeRules(assets=(AssetRule("app.zip"),)))
    found.files.contents["app.zip"] = b"zip"
    found.commit("feat: a")
    found.tag("v1.0.0")
    return found


def test_images_files_and_the_page_follow_the_tag(full: Project) -> None:
    completed(full, "v1.0.0")
    public = full.public()
    assert public.releases == [("v1.0.0", False, ["app.zip", "record.json"])]
    assert set(public.images["b.example/app"]) == {"1.0.0", "1.0", "latest"}
    assert full.tags == ["v1", "v1.0", "v1.0.0"]


def test_commands_run_on_the_tags_commit_before_anything_is_recorded(full: Project) -> None:
    completed(full, "v1.0.0")
    assert full.commands.ran == [("make", full.at("v1.0.0"))]
    assert full.effects.names.index("run make") < full.effects.names.index("push refs")


def test_nothing_is_recorded_where_the_images_can_not_be_staged(full: Project) -> None:
    full.registry.conditions["b.example"] = TagStatus.UNAUTHORISED
    with pytest.raises(UsageError, match=r"b\.example/app"):
        completed(full, "v1.0.0")
    assert full.records() == {}


@pytest.mark.parametrize("last", range(1, 14))
def test_release_of_a_tag_that_is_killed_anywhere_is_finished(full: Project, last: int) -> None:
    assert full.killed(lambda: completed(full, "v1.0.0"), last)
    completed(full, "v1.0.0")
    digest = full.record("v1.0.0").images["app"].digest
    public = full.public()
    assert public.records == {"v1.0.0": [PUBLISHED]}
    assert {one for held in public.images.values() for one in held.values()} == {digest}


def another_record(project: Project) -> None:
    """Somebody else recorded another release of the tag."""
    other = Project(project.package)
    other.commit("feat: a")
    other.tag("v1.0.0")
    completed(other, "v1.0.0")
    record = other.record("v1.0.0")
    project.keep(replace(record, plan="sha256:other", events=()))


def test_record_of_another_release_of_the_tag_is_a_conflict(full: Project) -> None:
    full.effects.then["build app"] = lambda: another_record(full)
    with pytest.raises(ConflictError, match="it tells of sha256:other, not of sha256:"):
        completed(full, "v1.0.0")


def test_run_tells_why_there_is_a_record_before_the_end(full: Project) -> None:
    completed(full, "v1.0.0")
    told = [one.step.describe() for one in full.steps if one.step.name == "promise"]
    assert told[0] == "what v1.0.0 promises, in its record: its tag was made by hand"
