"""Several packages in one run: one plan and one push, then each is announced by need."""

import pytest
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, OutsideError, RaceError, RepositoryError, UsageError
from tagboat.core.forge.release import AssetRule, ForgeRules
from tagboat.core.images.image import Image, staging_tag
from tagboat.core.images.registry import TagStatus, repository
from tagboat.core.next_version.package import ChangelogFile, Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.plan.plan import plan_json, read_plan
from tagboat.core.plan.tag_message import contract_of
from tagboat.core.record.record import PUBLISHED
from tagboat.use_cases.inspect.verify import verify
from tagboat.use_cases.plan.make_plan import PlanRequest
from tagboat.use_cases.release.context import ReleaseResult
from tagboat.use_cases.release.from_tag import release_tag
from tagboat.use_cases.release.release import dry_run, rehearse, release
from tagboat.use_cases.release.resume import abandon
from tagboat.use_cases.steps.pending import PendingPlan
from tests.release_fakes import Project


def image(name: str, host: str) -> Image:
    return Image(name, (f"{host}.example/{name}",), tags=("{version}", "latest"))


def package(name: str, *images: Image, needs: tuple[str, ...] = ()) -> Package:
    changelog = ChangelogFile(f"{name}.md")
    return Package(
        name, (name,), f"{name}-v{{version}}", images=images, needs=needs, changelog=changelog
    )


CORE, WEB = package("core", image("core", "a")), package("web", image("web", "b"))
API = package("api", needs=("core",))
FORGE = ForgeRules("{name} {version}", (AssetRule("app.zip"),))
FIRST = ["api-v0.1.0", "core-v0.1.0", "web-v0.1.0"]
SECOND = ["api-v0.1.1", "core-v0.2.0", "web-v0.1.1"]


def project_of(*packages: Package, forge_rules: ForgeRules | None = FORGE) -> Project:
    """A project of packages, each with a feature that is not released."""
    found = Project(packages[0], forge_rules=forge_rules)
    found.others = packages[1:]
    found.files.contents["app.zip"] = b"zip"
    for one in packages:
        found.change(f"feat: {one.name}", f"{one.name}/a")
    return found


@pytest.fixture
def project() -> Project:
    """Three packages at 0.1.0, of which one needs another, and changes since of two."""
    found = project_of(API, CORE, WEB)
    found.release()
    found.change("feat: b", "core/b")
    found.change("fix: c", "web/b")
    return found


def asked(project: Project, *names: str) -> PlanRequest:
    return project.request()._replace(names=names)


def named(project: Project, *names: str) -> ReleaseResult:
    """A run for some packages alone."""
    context = project.context()
    own = tuple(one for one in context.packages() if one.name in names)
    return release(context._replace(packages=lambda: own), asked(project, *names))


def commits(project: Project, tags: list[str]) -> set[str]:
    return {project.at(tag) for tag in tags}


def stage_parts(project: Project) -> None:
    """Build one platform of each image that is due, on a machine of its own."""
    plan = project.planned()
    with project.context().checked_out(plan.commit) as there:
        targets = {one.package: there.of(one.package).targets for one in plan.releases}
        for release in PendingPlan(plan, project.context().remote_state, targets).releases:
            published = targets[release.planned.package].published_images
            if published is not None:
                origin = release.source_in(published)
                for one in published.images:
                    tag = staging_tag(one, origin, "linux/amd64")
                    project.registry.push(repository(one.staging_repository), tag, OTHER)


OTHER = f"sha256:{'7' * 64}"


def test_what_is_built_again_is_told_of_all_packages_before_anything_is_built(
    project: Project,
) -> None:
    stage_parts(project)
    project.steps.clear()
    built = len(project.builder.built)
    project.release()
    begun = [one for one in project.steps if one.step.name == "build" and one.is_begun]
    assert [one.name for one in begun] == ["core build", "web build"]
    assert "core is staged" in begun[0].finding.detail
    assert "web is staged" in begun[0].finding.detail
    assert "core is staged" not in begun[1].finding.detail
    assert len(project.builder.built) == built + 2


# One plan, one push


def test_all_that_is_due_is_one_commit_and_one_push(project: Project) -> None:
    before = len(project.effects.names)
    project.release()
    pushes = [name for name in project.effects.names[before:] if name.startswith("push ")]
    assert pushes[0] == "push core-v0.2.0 api-v0.1.1 web-v0.1.1"
    assert (project.tags, len(commits(project, SECOND))) == (sorted(FIRST + SECOND), 1)


def test_each_release_has_a_contract_that_names_the_plan(project: Project) -> None:
    plan = project.planned()
    project.release()
    told = [contract_of(project.message(tag)) for tag in SECOND]
    assert [(one.package, one.version, one.because) for one in told if one] == [
        ("api", "0.1.1", "core 0.2.0"),
        ("core", "0.2.0", ""),
        ("web", "0.1.1", ""),
    ]
    assert {one.plan for one in told if one} == {plan.digest()}


def test_each_release_is_announced_and_recorded(project: Project) -> None:
    project.release()
    seen = project.public()
    assert [tag for tag, is_draft, _ in seen.releases if not is_draft] == sorted(FIRST + SECOND)
    assert {tag: seen.records[tag] for tag in SECOND} == {tag: [PUBLISHED] for tag in SECOND}
    assert "0.2.0" in seen.images["a.example/core"]
    assert "0.1.1" in seen.images["b.example/web"]


def test_what_is_needed_is_released_before_what_needs_it(project: Project) -> None:
    assert [one.package for one in project.planned().releases] == ["core", "api", "web"]


def test_result_tells_every_release(project: Project) -> None:
    result = project.release()
    assert result.plan is not None
    assert (result.plan.versions, result.commit) == (
        "core 0.2.0, api 0.1.1, web 0.1.1",
        project.at("web-v0.1.1"),
    )
    assert list(result.urls) == ["core-v0.2.0", "api-v0.1.1", "web-v0.1.1"]


def test_second_run_has_nothing_to_do(project: Project) -> None:
    project.release()
    before = project.public()
    result = project.release()
    assert (result.plan, project.public()) == (None, before)
    assert result.nothing_due is not None
    assert result.nothing_due.reason == "none of 3 packages is due"


def test_commit_that_releases_hold_is_seen_to_be_complete(project: Project) -> None:
    start = project.tip()
    project.release()
    project.commit("docs: d")
    project.reopen("web-v0.1.1")
    result = project.release(start)
    assert result.nothing_due is not None
    assert set(result.nothing_due.tags) == set(SECOND)
    assert project.kinds("web-v0.1.1") == [PUBLISHED]


# Some packages alone


def test_packages_that_are_named_are_released_alone(project: Project) -> None:
    result = named(project, "core")
    assert "core-v0.2.0" in project.tags
    assert "web-v0.1.1" not in project.tags
    assert "left behind, and due then: api" in result.notes


def test_what_was_left_behind_stays_due(project: Project) -> None:
    named(project, "core")
    project.release()
    assert project.tags == sorted(FIRST + SECOND)
    assert project.record("api-v0.1.1").because == "core 0.2.0"


def test_name_that_no_package_has_is_refused(project: Project) -> None:
    with pytest.raises(UsageError, match="there is no package 'no'"):
        release(project.context(), asked(project, "no"))


# Failures


def test_failure_before_the_push_leaves_nothing_public(project: Project) -> None:
    before = project.public()
    project.registry.conditions["b.example"] = TagStatus.UNAUTHORISED
    with pytest.raises(RepositoryError, match="closed to these credentials"):
        project.release()
    assert project.public() == before


def uploading(*failing: str) -> Project:
    """A project whose packages are uploaded after the push; that of some fails."""
    packages = (
        one._replace(commands=(Command(("upload", one.name), Point.PUSHED, 1),))
        for one in (API, CORE, WEB)
    )
    project = project_of(*packages)
    project.commands.failing = {f"upload {name}" for name in failing}
    return project


def test_package_that_fails_holds_back_only_what_needs_it() -> None:
    project = uploading("core")
    with pytest.raises(OutsideError) as failed:
        project.release()
    assert failed.value.message.startswith("core: it failed")
    assert failed.value.message.endswith("api waits for core, which it needs")
    assert project.tags == FIRST
    assert [tag for tag in FIRST if PUBLISHED in project.kinds(tag)] == ["web-v0.1.0"]


def test_every_package_that_fails_is_told() -> None:
    with pytest.raises(OutsideError, match=r"(?s)^core: it failed.*\nweb: it failed"):
        uploading("core", "web").release()


def test_second_run_finishes_what_was_held_back() -> None:
    project = uploading("core")
    with pytest.raises(OutsideError):
        project.release()
    project.commands.failing.clear()
    result = project.release()
    assert all(PUBLISHED in project.kinds(tag) for tag in FIRST)
    assert result.nothing_due is not None
    assert result.plan is not None
    told = [(one.tag, one.reason) for one in result.plan.releases]
    half_made = "an earlier run had left it half made"  # and told nobody of any package
    assert told == [(f"{name}-v0.1.0", half_made) for name in ("core", "api", "web")]
    assert project.release().plan is None


def test_what_was_held_back_is_told_with_what_is_due_by_now() -> None:
    project = uploading("core")
    with pytest.raises(OutsideError):
        project.release()
    project.commands.failing.clear()
    project.change("feat: b", "web/b")
    result = project.release()
    assert result.plan is not None
    assert result.plan.tags == "core-v0.1.0, api-v0.1.0, web-v0.2.0"


def test_failure_in_what_was_left_holds_back_what_needs_it_and_new_plans() -> None:
    project = uploading("core")
    for _ in range(2):
        with pytest.raises(OutsideError, match="api waits for core"):
            project.release()
    assert project.tags == FIRST


# Killed, and races


def all_effects() -> list[str]:
    """What a run of three packages changes, in order."""
    project = project_of(API, CORE, WEB)
    project.release()
    return project.effects.names


@pytest.mark.parametrize("last", range(1, len(all_effects()) + 1))
def test_run_that_is_killed_after_any_effect_is_finished_by_the_next(last: int) -> None:
    whole = project_of(API, CORE, WEB)
    whole.release()
    project = project_of(API, CORE, WEB)
    project.killed(project.release, last)
    project.release()
    assert project.public() == whole.public()


def test_plan_that_lost_is_made_again_for_all_packages(project: Project) -> None:
    project.scratch.meanwhile = [lambda: project.change("feat: d", "web/c")]
    project.rules = project.rules._replace(on_race="replan")
    project.commit("docs: files", core_md="# Changelog\n")
    project.release()
    assert "core-v0.2.0" in project.tags
    assert len({project.message(t).split("Tagboat-Plan: ")[1][:71] for t in SECOND[:2]}) == 1


def test_rival_that_released_the_same_packages_leaves_nothing_to_do(project: Project) -> None:
    project.commit("docs: files", core_md="# Changelog\n")
    project.scratch.meanwhile = [lambda: project.release(project.tip())]
    project.release()
    assert project.tags == sorted(FIRST + SECOND)
    assert project.effects.names.count("build core") == 2
    assert commits(project, SECOND) == {project.tip()}


def test_rival_that_released_one_package_makes_the_plan_anew(project: Project) -> None:
    project.scratch.meanwhile = [lambda: named(project, "web")]
    result = project.release()
    assert result.plan is not None
    assert result.plan.tags == "core-v0.2.0, api-v0.1.1"
    assert project.tags == sorted(FIRST + SECOND)


# Plans that are given, tags by hand, and looking


def test_plan_is_made_real_as_it_is(project: Project) -> None:
    plan = read_plan(plan_json(project.planned()))
    result = project.apply(plan)
    assert (result.plan, project.tags) == (plan, sorted(FIRST + SECOND))


def test_plan_of_some_packages_is_made_real_as_it_is(project: Project) -> None:
    plan = dry_run(project.context(), asked(project, "web")).result.plan
    assert plan is not None
    project.apply(plan)
    assert project.tags == sorted([*FIRST, "web-v0.1.1"])


def test_plan_of_which_a_package_was_released_does_not_hold_any_more(project: Project) -> None:
    plan = project.planned()
    named(project, "web")
    with pytest.raises(RaceError, match=r"web-v0\.1\.1 was"):
        project.apply(plan)
    assert "core-v0.2.0" not in project.tags


def test_plan_whose_release_says_something_else_is_refused(project: Project) -> None:
    plan = project.planned()
    first, *others = plan.releases
    with pytest.raises(ConflictError, match="its notes differ"):
        project.apply(replace(plan, releases=(replace(first, notes="else"), *others)))
    with pytest.raises(ConflictError, match="its releases differ"):
        project.apply(replace(plan, releases=(*others, first)))


def test_rest_of_a_release_of_one_package_is_made_for_its_tag(project: Project) -> None:
    project.tag("web-v0.1.1")
    result = release_tag(project.context(), "web-v0.1.1", project.request(), force=False)
    assert result.plan is not None
    assert result.plan.releases[0].package == "web"
    assert project.kinds("web-v0.1.1") == [PUBLISHED]
    assert "0.1.1" in project.public().images["b.example/web"]


def test_tag_that_no_package_spells_is_refused(project: Project) -> None:
    project.tag("other-1")
    with pytest.raises(UsageError, match="the tag other-1 spells no version"):
        release_tag(project.context(), "other-1", project.request(), force=False)
    with pytest.raises(UsageError, match="is not a semantic version"):
        release_tag(project.context(), "none", project.request(), force=False)


@pytest.mark.parametrize("package", ["core", "api", "web"])
def test_release_of_one_of_several_packages_verifies(project: Project, package: str) -> None:
    project.release()
    context = project.context()
    (own,) = (one for one in context.packages() if one.name == package)
    version = "0.2.0" if package == "core" else "0.1.1"
    found = verify(context._replace(packages=lambda: (own,)), version)
    assert [check for check in found.checks if check.verdict.value == "drift"] == []


def test_preview_shows_the_steps_of_each_package(project: Project) -> None:
    seen = dry_run(project.context(), project.request())
    assert [one.name for one in seen.steps if one.step.name in ("build", "push", "record")] == [
        "core build",
        "web build",
        "push",
        "core record",
        "api record",
        "web record",
    ]


def test_rehearsal_looks_at_the_forge_for_every_package(project: Project) -> None:
    rehearse(project.context(), project.request())
    project.forge_fault = "a token is needed"
    with pytest.raises(Exception, match="a token is needed"):
        rehearse(project.context(), project.request())


def test_release_whose_tag_was_deleted_is_abandoned_by_its_name(project: Project) -> None:
    project.release()
    project.delete("api-v0.1.1")
    project.change("fix: e", "api/e")
    with pytest.raises(ConflictError, match=r"^api-v0\.1\.1 was released") as refused:
        project.release()
    assert "`tagboat abandon api-v0.1.1 --reason WHY`" in refused.value.hint
    with pytest.raises(ConflictError):
        named(project, "core")
    assert abandon(project.context(), "api-v0.1.1", "by mistake", project.now).is_new
