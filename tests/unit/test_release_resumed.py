"""What a run makes of releases that earlier ones left half made, and what ends one for good."""

import pytest
from msgspec.structs import replace

from tagboat.core.errors import ConflictError, OutsideError, RaceError, RepositoryError, UsageError
from tagboat.core.forge.release import AssetRule, ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.record.record import ABANDONED, PUBLISHED, TOLD
from tagboat.use_cases.release.resume import abandon
from tests.release_fakes import APP, FOLLOWED, SECOND, Project

HALF = "v0.1.0 is published: an earlier run had left it half made"
FULL = FOLLOWED._replace(
    images=(APP._replace(sign="cosign.key"),),
    commands=(Command(("prepare",), Point.COMMIT, 1), Command(("build",), Point.PUBLISH, 1)),
)
RULES = ForgeRules(assets=(AssetRule("app.zip"),), comment="It is in {tag}", label="released")


@pytest.fixture
def project() -> Project:
    """A project with git tags that follow, and one commit that is not released."""
    found = Project(FOLLOWED)
    found.commit("feat: a")
    return found


def left(project: Project, *messages: str, branch: str = "main") -> str:
    """Commit, and leave the release after its push; the commit."""
    for message in messages:
        project.commit(message, branch=branch)
    tip = project.tip(branch)
    before = len(project.effects.names)
    assert project.killed(lambda: project.release(branch=branch), 1)
    assert project.effects.names[before].startswith("push v")
    return tip


# What is finished


def test_release_that_was_left_is_finished(project: Project) -> None:
    left(project)
    project.release()
    assert project.kinds("v0.1.0") == [PUBLISHED]


def test_release_that_is_finished_is_news(project: Project) -> None:
    left(project)
    result = project.release()
    assert result.plan is not None
    assert (result.plan.tags, result.notes) == ("v0.1.0", (HALF,))


def test_release_that_is_finished_is_told_by_the_commit_of_its_tag(project: Project) -> None:
    tip = left(project)
    project.commit("docs: b")
    assert project.release().commit == tip


def test_every_release_that_was_left_is_finished_lowest_first(project: Project) -> None:
    project.release()
    project.released("fix: b")
    for tag in project.tags:
        if tag in ("v0.1.0", "v0.1.1"):
            project.reopen(tag)
    project.released("fix: c")
    assert project.kinds("v0.1.0") == project.kinds("v0.1.1") == [PUBLISHED]


def test_release_that_a_later_one_passed_is_no_news(project: Project) -> None:
    project.release()
    project.released("fix: b")
    project.reopen("v0.1.0")
    result = project.release()
    assert (result.plan, HALF in result.notes) == (None, True)


def test_what_is_finished_is_told_beside_what_is_new(project: Project) -> None:
    left(project)
    result = project.released("fix: b")
    assert result.plan is not None
    assert (result.plan.tags, result.notes[0]) == ("v0.1.1", HALF)


def test_release_of_another_branch_is_left_to_its_runs(project: Project) -> None:
    project.release()
    project.branch("0.1.x", project.tip())
    left(project, "fix: b", branch="0.1.x")
    project.commit("feat: c")
    project.release()
    assert project.kinds("v0.1.1") == []


def test_release_of_another_package_is_left_to_its_runs(project: Project) -> None:
    left(project)
    project.package = FOLLOWED._replace(name="other", tag="other-{version}")
    project.release()
    assert project.kinds("v0.1.0") == []


def test_release_whose_tag_is_gone_is_left_alone(project: Project) -> None:
    project.release()
    project.released("fix: b")
    project.reopen("v0.1.0")
    project.delete("v0.1.0")
    project.released("fix: c")
    assert project.kinds("v0.1.0") == []


def test_release_of_others_is_never_finished(project: Project) -> None:
    project.tag("v1.0.0")
    assert project.release().plan is None
    assert (project.tags, project.records()) == (["v1.0.0"], {})


def test_missing_record_of_the_newest_release_is_made_again(project: Project) -> None:
    project.release()
    project.scratch.records.clear()
    project.release()
    assert project.kinds("v0.1.0") == [PUBLISHED]


def test_record_of_another_plan_is_a_conflict(project: Project) -> None:
    project.release()
    project.keep(replace(project.record("v0.1.0"), plan="sha256:other", events=()))
    with pytest.raises(ConflictError, match=r"the record of .* tells of sha256:other"):
        project.release()


def test_release_is_finished_by_the_configuration_that_it_holds(project: Project) -> None:
    tip = left(project)
    project.packages[tip] = FOLLOWED
    project.package = Package(tag="v{version}")
    project.commit("docs: b")
    project.release()
    assert project.tags == ["v0.1", "v0.1.0"]


def test_conflict_says_what_of_a_release_is_public_already() -> None:
    project = Project(Package(tag="v{version}", images=(APP,)))
    project.commit("feat: a")
    left_after = "push v0.1.0"
    assert project.killed(project.release, left_after)
    project.registry.push(SECOND, "0.1.0", f"sha256:{'0' * 64}")
    with pytest.raises(ConflictError) as caught:
        project.release()
    [_, public, lacking] = caught.value.message.split("\n")
    assert public == "  public: tag v0.1.0 on origin"
    assert lacking.startswith("  not yet: a.example/app:0.1.0, b.example/app:0.1.0")


def broken() -> None:
    raise OutsideError("no network")


TAG = "tag v0.1.0 on origin"
VERSIONS = "a.example/app:0.1.0, b.example/app:0.1.0"
PAGE = "the release on a forge"
MOVED = "a.example/app:0.1, a.example/app:latest"
MOVED_TOO = "b.example/app:0.1, b.example/app:latest"
END = "v0.1 moved forward to v0.1.0, the end of the record"


@pytest.mark.parametrize(
    ("effect", "public", "lacking"),
    [
        ("push v0.1.0", [TAG], [VERSIONS, PAGE, MOVED, MOVED_TOO, END]),
        ("draft", [TAG], [VERSIONS, PAGE, MOVED, MOVED_TOO, END]),
        ("write a.example/app:0.1.0", [TAG], [VERSIONS, PAGE, MOVED, MOVED_TOO, END]),
        ("publish", [TAG, VERSIONS], [PAGE, MOVED, MOVED_TOO, END]),
        ("write b.example/app:0.1", [TAG, VERSIONS, PAGE, MOVED], [MOVED_TOO, END]),
        ("push refs", [TAG, VERSIONS, PAGE, MOVED, MOVED_TOO], [END]),
    ],
)
def test_failure_says_what_of_a_release_is_public_already(
    effect: str, public: list[str], lacking: list[str]
) -> None:
    project = Project(FOLLOWED._replace(images=(APP,)), forge_rules=ForgeRules())
    project.commit("feat: a")
    project.effects.then[effect] = broken
    with pytest.raises(OutsideError) as caught:
        project.release()
    assert caught.value.message.split("\n") == [
        "no network",
        f"  public: {', '.join(public)}",
        f"  not yet: {', '.join(lacking)}; the same command finishes it",
    ]


# Killed anywhere


def everything() -> Project:
    """A project that has every kind of step."""
    project = Project(FULL, forge_rules=RULES)
    project.files.contents["app.zip"] = b"zip"
    project.commit("feat: a (#7)", CHANGELOG_md="# Changelog\n")
    return project


def whole() -> list[str]:
    """The effects of a release that nobody kills."""
    project = everything()
    project.release()
    return project.effects.names


EFFECTS = whole()


def shape(project: Project) -> object:
    """What there is of a release, whatever time and commit it has."""
    public = project.public()
    promised = project.record("v0.1.0").images["app"].digest
    images = {place: set(held.values()) == {promised} for place, held in public.images.items()}
    tags = {name: commit == project.at("v0.1.0") for name, commit in public.tags.items()}
    told = project.forge.comments, project.forge.labels
    return tags, public.records, public.releases, public.latest, images, told


def test_release_of_every_kind_of_step_has_every_effect() -> None:
    kinds = {name.partition(" ")[0] for name in EFFECTS}
    assert kinds == {
        *("run", "build", "write", "sign", "push", "draft", "upload", "publish"),
        *("comment", "label", "keep"),
    }


@pytest.mark.parametrize("last", range(1, len(EFFECTS) + 1), ids=lambda n: f"{n}-{EFFECTS[n - 1]}")
def test_release_that_is_killed_anywhere_is_finished_by_the_same_command(last: int) -> None:
    project, reference = everything(), everything()
    start = project.tip()
    reference.release()
    assert project.killed(lambda: project.release(start), last)
    project.release(start)
    assert shape(project) == shape(reference)


@pytest.mark.parametrize("last", range(1, len(EFFECTS) + 1))
def test_nothing_is_built_twice_wherever_a_release_is_killed(last: int) -> None:
    project = everything()
    start = project.tip()
    assert project.killed(lambda: project.release(start), last)
    project.release(start)
    assert project.effects.names.count("build app") == 1


def test_release_that_is_run_again_changes_nothing() -> None:
    project = everything()
    start = project.tip()
    project.release(start)
    before = list(project.effects.names)
    project.release(start)
    assert project.effects.names == before


def test_issues_are_told_once_and_that_is_recorded() -> None:
    project = everything()
    project.release()
    assert project.forge.comments == [(7, "It is in v0.1.0")]
    assert set(project.kinds("v0.1.0")) == {PUBLISHED, TOLD}


# Abandoned


def test_abandoned_release_tells_who_when_and_why(project: Project) -> None:
    left(project)
    done = abandon(project.context(), "0.1.0", "no image", 1234)
    [event] = project.record("v0.1.0").events
    assert (event.kind, event.who, event.why, event.time) == (
        ABANDONED,
        "Ada <ada@example.org>",
        "no image",
        1234,
    )
    assert (done.event, done.is_new) == (event, True)


def test_abandoned_release_is_left_alone_and_told(project: Project) -> None:
    left(project)
    abandon(project.context(), "v0.1.0", "no image", 1)
    result = project.release()
    told = "v0.1.0 was abandoned by Ada <ada@example.org>: no image"
    assert (result.notes, project.tags) == ((told,), ["v0.1.0"])


def test_next_release_counts_from_an_abandoned_one(project: Project) -> None:
    left(project)
    abandon(project.context(), "v0.1.0", "no image", 1)
    project.released("fix: b")
    assert project.record("v0.1.1").previous == "v0.1.0"


def test_release_that_is_abandoned_already_stays_as_it_was(project: Project) -> None:
    left(project)
    first = abandon(project.context(), "v0.1.0", "no image", 1)
    again = abandon(project.context(), "v0.1.0", "another reason", 2)
    assert again == first._replace(is_new=False)
    assert project.kinds("v0.1.0") == [ABANDONED]


def test_published_release_is_not_abandoned(project: Project) -> None:
    project.release()
    with pytest.raises(RepositoryError, match=r"v0\.1\.0 is published"):
        abandon(project.context(), "v0.1.0", "no", 1)


def test_release_that_is_published_meanwhile_is_not_abandoned(project: Project) -> None:
    left(project)
    project.scratch.meanwhile = [project.release]
    with pytest.raises(RepositoryError, match=r"v0\.1\.0 is published"):
        abandon(project.context(), "v0.1.0", "no", 1)


def test_published_release_whose_tag_is_gone_is_abandoned(project: Project) -> None:
    project.release()
    project.delete("v0.1.0")
    abandon(project.context(), "v0.1.0", "it was deleted", 999)
    project.release()
    assert project.tags.count("v0.1.0") == 1


def test_release_without_a_record_gets_one_that_says_so(project: Project) -> None:
    left(project)
    project.scratch.records.clear()
    abandon(project.context(), "v0.1.0", "no", 1)
    assert project.kinds("v0.1.0") == [ABANDONED]


def test_tag_of_others_is_not_abandoned(project: Project) -> None:
    project.tag("v1.0.0")
    with pytest.raises(RepositoryError, match=r"v1\.0\.0 was not made by tagboat"):
        abandon(project.context(), "v1.0.0", "no", 1)


def test_unknown_version_is_not_abandoned(project: Project) -> None:
    project.release()
    with pytest.raises(UsageError, match=r"no tag spells version 0\.1\.1; the nearest: 0\.1\.0"):
        abandon(project.context(), "0.1.1", "no", 1)


def test_nobody_abandons_without_a_name(project: Project) -> None:
    left(project)
    project.scratch.who = ""
    with pytest.raises(RepositoryError, match="git does not know who you are"):
        abandon(project.context(), "v0.1.0", "no", 1)


def test_record_that_others_write_all_the_time_is_a_lost_race(project: Project) -> None:
    left(project)
    project.scratch.lost = ["records: fetch first"] * 100
    with pytest.raises(RaceError, match="the record could not be pushed: records: fetch first"):
        abandon(project.context(), "v0.1.0", "no", 1)


def test_record_that_a_lock_keeps_back_names_it(project: Project) -> None:
    left(project)
    project.scratch.locks.append("Unable to create '/r.git/refs/notes/tagboat.lock': File exists")
    told = r"the record could not be pushed, and the remote stays locked: .*tagboat\.lock"
    with pytest.raises(OutsideError, match=told):
        abandon(project.context(), "v0.1.0", "no", 1)


def test_record_that_others_wrote_meanwhile_is_merged(project: Project) -> None:
    left(project)
    other = replace(project.record("v0.1.0"), tag="other", package="other")
    project.scratch.meanwhile = [lambda: project.keep(other)]
    abandon(project.context(), "v0.1.0", "no", 1)
    assert project.records().keys() == {"v0.1.0", "other"}


def test_repository_without_a_remote_has_nothing_to_abandon(project: Project) -> None:
    with pytest.raises(RepositoryError, match="this repository has no remote"):
        abandon(project.context(remote=""), "v0.1.0", "no", 1)
