"""Rollback and its end: what is withdrawn, which tags move where, what is refused and finished."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tagboat.core.errors import (
    ConflictError,
    OutsideError,
    RaceError,
    RepositoryError,
    UsageError,
)
from tagboat.core.forge.release import ForgeRelease, ForgeRules
from tagboat.core.images.registry import SignatureStatus, TagStatus
from tagboat.core.images.tags import tag_rules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import ReleaseRules
from tagboat.core.record.drift import Verdict
from tagboat.core.record.record import PUBLISHED, REINSTATED, ROLLED_BACK, WITHDRAWN
from tagboat.core.version.version import Version
from tagboat.use_cases.inspect.image_tags import tag_list
from tagboat.use_cases.inspect.verify import verify
from tagboat.use_cases.release.release import dry_run
from tagboat.use_cases.rollback.rollback import (
    RollbackRequest,
    RollbackResult,
    reinstate,
    rollback,
)
from tests.release_fakes import APP, FIRST, FOLLOWED, SECOND, Project

INITIAL = Version(1, 2, 3)
LATER = 9**9
ASKED = RollbackRequest(LATER, "it loses data")
OTHER = f"sha256:{'0' * 64}"
IMAGE = APP._replace(tags=("{version}", "{major}.{minor}", "{major}", "latest"))


def released(package: Package, forge_rules: ForgeRules | None = None) -> Project:
    """A project whose releases 1.2.3, 1.2.4 and 1.3.0 are public."""
    project = Project(package._replace(initial=INITIAL), forge_rules=forge_rules)
    project.released("feat: begin")
    project.released("fix: a")
    project.released("feat: b")
    return project


@pytest.fixture
def project() -> Project:
    """Releases that git's tags follow."""
    return released(FOLLOWED)


@pytest.fixture
def imaged() -> Project:
    """Releases that the tags of an image follow, in two registries."""
    return released(Package(tag="v{version}", images=(IMAGE,)))


@pytest.fixture
def hosted() -> Project:
    """Releases on a forge."""
    return released(Package(tag="v{version}"), ForgeRules())


def back(project: Project, version: str, asked: RollbackRequest = ASKED) -> RollbackResult:
    return rollback(project.context(), version, asked)


def forward(project: Project, version: str, asked: RollbackRequest = ASKED) -> RollbackResult:
    return reinstate(project.context(), version, asked)


def led(project: Project) -> dict[str, str]:
    """The version that each moving tag of git leads to."""
    versions = {project.at(tag): tag for tag in project.tags if tag.count(".") == 2}
    return {tag: versions.get(project.at(tag), "") for tag in project.tags if tag.count(".") < 2}


def held(project: Project, place: str = "a.example/app") -> dict[str, str]:
    """The version that each moving tag of an image holds in a repository."""
    tags = project.public().images[place]
    versions = {digest: tag for tag, digest in tags.items() if tag.count(".") == 2}
    return {tag: versions.get(digest, "") for tag, digest in tags.items() if tag.count(".") < 2}


# Back


def test_narrowest_tag_moves_back_and_its_version_is_withdrawn(project: Project) -> None:
    result = back(project, "1.2.3")
    assert led(project) == {"v1": "v1.3.0", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}
    assert (result.tags, result.withdrawn) == (("v1.2",), (Version(1, 2, 4),))
    assert project.kinds("v1.2.4") == [PUBLISHED, WITHDRAWN]
    assert project.kinds("v1.3.0") == [PUBLISHED]


def test_wider_tag_is_asked_for_by_name(project: Project) -> None:
    result = back(project, "1.2.3", ASKED._replace(tag="v1"))
    assert led(project) == {"v1": "v1.2.3", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}
    assert [one.tag for one in result.left] == ["v1.3"]


def test_record_tells_who_when_from_to_why_and_each_move(project: Project) -> None:
    before = project.at("v1.2")
    back(project, "1.2.3")
    event = project.record("v1.2.3").events[-1]
    assert (event.kind, event.who, event.why) == (
        ROLLED_BACK,
        "Ada <ada@example.org>",
        "it loses data",
    )
    assert (event.time, event.source, event.to, event.tags) == (LATER, "1.2.4", "1.2.3", ("v1.2",))
    [move] = event.moves
    assert (move.tag, move.held, move.target) == ("v1.2", before, project.at("v1.2.3"))


def test_clock_that_is_behind_does_not_undo_a_rollback(project: Project) -> None:
    back(project, "1.2.3", RollbackRequest(1))
    assert project.record("v1.2.4").is_withdrawn


@pytest.mark.parametrize("run", [back, forward])
def test_dry_run_changes_nothing(
    project: Project, run: Callable[[Project, str, RollbackRequest], RollbackResult]
) -> None:
    if run is forward:
        back(project, "1.2.3")
    before = project.public()
    project.scratch.who = ""
    result = run(project, "1.2.3" if run is back else "1.2.4", RollbackRequest(1, is_dry=True))
    assert ([one.tag for one in result.moves], project.public()) == (["v1.2"], before)


def test_second_time_changes_nothing(project: Project) -> None:
    back(project, "1.2.3")
    before = project.public()
    assert not back(project, "1.2.3").is_new
    assert project.public() == before


def test_rollback_that_was_killed_before_the_move_is_finished(project: Project) -> None:
    assert project.killed(lambda: back(project, "1.2.3"), 1)
    assert led(project)["v1.2"] == "v1.2.4"
    assert back(project, "1.2.3").is_new
    assert (led(project)["v1.2"], project.kinds("v1.2.4")) == ("v1.2.3", [PUBLISHED, WITHDRAWN])


def test_withdrawn_release_that_runs_again_moves_nothing(project: Project) -> None:
    back(project, "1.2.3", ASKED._replace(tag="v1"))
    before = project.public()
    project.release()
    assert project.public() == before


def test_next_release_moves_on(project: Project) -> None:
    back(project, "1.2.3", ASKED._replace(tag="v1"))
    project.released("fix: c")
    assert led(project) == {"v1": "v1.3.1", "v1.2": "v1.2.3", "v1.3": "v1.3.1"}


def test_tags_of_images_move_back_in_every_registry(imaged: Project) -> None:
    back(imaged, "1.2.3")
    assert held(imaged) == held(imaged, "b.example/app")
    assert held(imaged) == {"1": "1.3.0", "1.2": "1.2.3", "1.3": "1.3.0", "latest": "1.3.0"}


def test_latest_release_of_the_forge_moves_back(hosted: Project) -> None:
    back(hosted, "1.2.3")
    assert hosted.forge.latest == "v1.2.3"
    assert hosted.kinds("v1.3.0")[-1] == WITHDRAWN


# Forward again


def test_reinstated_version_has_its_tags_again(project: Project) -> None:
    back(project, "1.2.3", ASKED._replace(tag="v1"))
    forward(project, "1.3.0")
    assert led(project) == {"v1": "v1.3.0", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}
    assert project.kinds("v1.3.0") == [PUBLISHED, WITHDRAWN, REINSTATED]


def test_reinstatement_that_was_killed_before_the_move_is_finished(project: Project) -> None:
    back(project, "1.2.3")
    assert project.killed(lambda: forward(project, "1.2.4"), 1)
    assert [one.tag for one in forward(project, "1.2.4").moves] == ["v1.2"]
    assert project.kinds("v1.2.4") == [PUBLISHED, WITHDRAWN, REINSTATED]


def test_second_reinstatement_changes_nothing(project: Project) -> None:
    back(project, "1.2.3")
    forward(project, "1.2.4")
    before = project.public()
    assert not forward(project, "1.2.4").is_new
    assert project.public() == before


def test_version_that_is_not_complete_everywhere_is_not_reinstated(imaged: Project) -> None:
    back(imaged, "1.2.3")
    del imaged.registry.digests[SECOND]
    with pytest.raises(
        RepositoryError, match=r"1\.2\.4 is not complete in b\.example/app"
    ) as caught:
        forward(imaged, "1.2.4")
    assert caught.value.hint == "see `tagboat verify 1.2.4`"
    seen = verify(imaged.context(), "1.2.4")
    assert any(one.verdict is Verdict.DRIFT for one in seen.checks)


# What is refused


def test_version_that_was_never_withdrawn_is_not_reinstated(project: Project) -> None:
    back(project, "1.2.3")
    with pytest.raises(RepositoryError, match=r"1\.3\.0 is not withdrawn") as caught:
        forward(project, "1.3.0")
    assert caught.value.hint == "these are: 1.2.4"


def test_nobody_is_moved_to_a_withdrawn_version(project: Project) -> None:
    back(project, "1.2.3")
    with pytest.raises(RepositoryError, match=r"1\.2\.4 is withdrawn itself"):
        back(project, "1.2.4")


def test_version_of_other_tools_is_not_reinstated(project: Project) -> None:
    project.tag("v1.2.2", project.at("v1.2.3"))
    with pytest.raises(RepositoryError, match=r"v1\.2\.2 was not made by tagboat"):
        forward(project, "1.2.2")


# To what others released


@pytest.fixture
def adopted() -> Project:
    """A project of which others released 5.4.3 and 5.4.4, and tagboat 5.5.0."""
    project = Project(FOLLOWED._replace(images=(IMAGE,)))
    project.commit("feat: old")
    for version, digest in (("5.4.3", OTHERS[0]), ("5.4.4", OTHERS[1])):
        project.tag(f"v{version}", project.commit(f"fix: {version}"))
        for place in (FIRST, SECOND):
            for tag in (version, "5.4", "latest"):
                project.registry.push(place, tag, digest)
    project.released("feat: ours")
    return project


OTHERS = [f"sha256:{number * 64}" for number in "34"]


def test_version_of_others_is_gone_back_to_by_the_digest_of_its_tag(adopted: Project) -> None:
    assert held(adopted)["latest"] == "5.5.0"
    done = back(adopted, "5.4.4")
    for place in ("a.example/app", "b.example/app"):
        assert adopted.public().images[place]["latest"] == OTHERS[1]
    assert adopted.at("v5") == adopted.at("v5.4.4")
    assert done.withdrawn == (Version(5, 5, 0),)
    assert "5.4.4 was not released by tagboat" in done.notes[0]


def test_record_of_what_is_withdrawn_tells_of_it(adopted: Project) -> None:
    back(adopted, "5.4.4")
    event = adopted.record("v5.5.0").events[-1]
    assert (event.kind, event.to, event.source) == (WITHDRAWN, "5.4.4", "5.5.0")
    assert {(one.place, one.target) for one in event.moves if one.tag == "latest"} == {
        ("a.example/app", OTHERS[1]),
        ("b.example/app", OTHERS[1]),
    }


def test_rollback_to_what_others_released_leaves_no_drift(adopted: Project) -> None:
    back(adopted, "5.4.4")
    found = [one for listing in tag_list(adopted.context()) for one in listing.tags]
    assert [one for one in found if one.verdict not in (Verdict.OK, Verdict.NOTE)] == []


def test_rollback_to_what_others_released_changes_nothing_twice(adopted: Project) -> None:
    back(adopted, "5.4.4")
    before = adopted.public()
    assert not back(adopted, "5.4.4").moves
    assert adopted.public() == before


def test_rollback_to_what_others_released_is_finished_after_a_kill(adopted: Project) -> None:
    assert adopted.killed(lambda: back(adopted, "5.4.4"), 1)
    back(adopted, "5.4.4")
    assert adopted.public().images["b.example/app"]["latest"] == OTHERS[1]


def test_release_after_it_moves_on_and_the_withdrawn_one_comes_back(adopted: Project) -> None:
    back(adopted, "5.4.4")
    forward(adopted, "5.5.0")
    assert held(adopted)["latest"] == "5.5.0"
    adopted.released("fix: c")
    assert held(adopted)["latest"] == "5.5.1"


def test_version_of_others_without_an_image_says_what_helps(adopted: Project) -> None:
    del adopted.registry.held[SECOND]["5.4.4"]
    with pytest.raises(
        RepositoryError, match=r"5\.4\.4 is not complete in b\.example/app"
    ) as caught:
        back(adopted, "5.4.4")
    assert caught.value.hint == (
        "tagboat did not release it, and goes by its version's tag: put it there, `docker buildx "
        "imagetools create --tag b.example/app:5.4.4 a.example/app:5.4.4`, or name a version that "
        "is in all of them"
    )


def test_version_of_others_is_gone_back_to_though_their_tags_have_a_v(adopted: Project) -> None:
    for place in (FIRST, SECOND):
        tags = adopted.registry.held[place]
        for version in ("5.4.3", "5.4.4"):
            tags[f"v{version}"] = tags.pop(version)
    back(adopted, "5.4.4")
    for name in ("a.example/app", "b.example/app"):
        assert adopted.public().images[name]["latest"] == OTHERS[1]
    found = [one for listing in tag_list(adopted.context()) for one in listing.tags]
    assert [one for one in found if one.verdict not in (Verdict.OK, Verdict.NOTE)] == []
    forward(adopted, "5.5.0")
    assert held(adopted)["latest"] == "5.5.0"


def test_version_of_others_is_its_own_tag_and_none_with_build_metadata(adopted: Project) -> None:
    for place in (FIRST, SECOND):
        adopted.registry.push(place, "5.4.4_build.7", OTHERS[0])
    back(adopted, "5.4.4")
    assert adopted.public().images["a.example/app"]["latest"] == OTHERS[1]


def test_tag_that_others_left_behind_is_no_drift_of_ours(adopted: Project) -> None:
    adopted.registry.push(FIRST, "5.4", OTHERS[0])
    [listing, _] = tag_list(adopted.context())
    [found] = [one for one in listing.tags if one.tag == "5.4"]
    assert found.verdict is Verdict.NOTE
    assert found.detail == "it should hold 5.4.4; 5.4.4 was not released by tagboat"


def test_thousands_of_versions_of_others_cost_few_looks(adopted: Project) -> None:
    for number in range(3000):
        adopted.registry.push(FIRST, f"4.{number}.0", f"sha256:{number:064}")
    adopted.registry.push(FIRST, "latest", f"sha256:{'e' * 64}")
    adopted.registry.looks = 0
    adopted.released("fix: c")
    assert held(adopted)["latest"] == "5.5.1"
    assert adopted.registry.looks < 1000


HELD = "1.3.0 was withdrawn (it loses data), and 1.3.1 still holds all of it"


def notes_of(project: Project) -> tuple[str, ...]:
    """What the next plan notes."""
    return dry_run(project.context(), project.request()).result.notes


def test_next_release_that_still_holds_what_was_withdrawn_is_named(project: Project) -> None:
    back(project, "1.2.4", ASKED._replace(tag="v1"))
    project.commit("fix: c")
    assert HELD in notes_of(project)
    assert HELD in project.release().notes
    project.commit("fix: d")
    assert not any("withdrawn" in note for note in notes_of(project))


def test_revert_of_what_was_withdrawn_is_enough(project: Project) -> None:
    back(project, "1.2.4", ASKED._replace(tag="v1"))
    project.commit(f'Revert "feat: b"\n\nThis reverts commit {project.at("v1.3.0")}.')
    assert not any("withdrawn" in note for note in notes_of(project))


def test_revert_of_something_older_is_not(project: Project) -> None:
    back(project, "1.2.4", ASKED._replace(tag="v1"))
    project.commit(f'Revert "feat: begin"\n\nThis reverts commit {project.at("v1.2.3")}.')
    assert HELD in notes_of(project)


def test_configuration_may_refuse_what_was_withdrawn(project: Project) -> None:
    project.rules = ReleaseRules(after_rollback="refuse")
    back(project, "1.2.4", ASKED._replace(tag="v1"))
    project.commit("fix: c")
    before = project.public()
    for run in (lambda: notes_of(project), project.release):
        with pytest.raises(
            RepositoryError, match=r"after_rollback refuses .* 1\.3\.0 was"
        ) as caught:
            run()
        assert caught.value.hint == "revert those commits, or `tagboat reinstate` the version"
    assert project.public() == before
    forward(project, "1.3.0")
    project.release()
    assert "v1.3.1" in project.tags


def test_withdrawal_without_a_reason_is_told_without_one(project: Project) -> None:
    back(project, "1.2.4", RollbackRequest(LATER, tag="v1"))
    project.commit("fix: c")
    assert "1.3.0 was withdrawn, and 1.3.1 still holds all of it" in notes_of(project)


def test_what_a_rollback_does_not_reach_is_said(imaged: Project) -> None:
    told = back(imaged, "1.2.4", ASKED._replace(tag="latest")).notes
    assert " ".join(told) == (
        "whoever chooses by a range of versions (Flux, Renovate) still takes 1.3.0: only a higher "
        "version that does without it reaches them"
    )


def test_version_whose_tag_is_gone_is_refused(project: Project) -> None:
    project.delete("v1.2.3")
    with pytest.raises(ConflictError, match=r"v1\.2\.3 is not on the remote any more"):
        back(project, "1.2.3")


def test_version_above_that_others_made_can_not_be_withdrawn(project: Project) -> None:
    project.tag("v1.2.9", project.at("v1.3.0"))
    before = project.public()
    with pytest.raises(RepositoryError, match=r"1\.2\.9 was not released by tagboat") as caught:
        back(project, "1.2.3")
    assert caught.value.hint == "move its tags by hand, or name a narrower tag with --tag"
    assert project.public() == before


def test_release_without_a_record_is_withdrawn_by_what_its_tag_tells(project: Project) -> None:
    commit = project.at("v1.2.4")
    del project.scratch.records[commit]
    back(project, "1.2.3")
    assert project.kinds("v1.2.4") == [WITHDRAWN]


def test_unknown_tag_is_refused_with_those_there_are(project: Project) -> None:
    with pytest.raises(UsageError, match="'latest' is no moving tag") as caught:
        back(project, "1.2.3", ASKED._replace(tag="latest"))
    assert caught.value.hint == "its moving tags are v1, v1.2"


def test_repository_in_which_no_tag_follows_is_told_so() -> None:
    project = released(Package(tag="v{version}"))
    with pytest.raises(RepositoryError, match="no tag follows the releases here") as caught:
        back(project, "1.2.3")
    assert caught.value.hint == "see images.tags and release.moving_tags in the configuration"


def test_nobody_rolls_back_without_a_name(project: Project) -> None:
    project.scratch.who = ""
    with pytest.raises(RepositoryError, match="git does not know who you are"):
        back(project, "1.2.3")


def test_moving_tag_that_is_a_version_as_well_is_a_conflict(project: Project) -> None:
    project.package = FOLLOWED._replace(moving=tag_rules(["v1.3.0"]))
    with pytest.raises(
        ConflictError, match=r"v1\.3\.0 is that of a version, and a moving tag"
    ) as caught:
        back(project, "1.2.3")
    assert caught.value.hint == "spell release.moving_tags otherwise"
    project.package = FOLLOWED
    assert back(project, "1.2.3").is_new


@pytest.mark.parametrize("place", [FIRST, SECOND])
def test_version_that_is_not_whole_somewhere_is_refused(imaged: Project, place: object) -> None:
    digest = imaged.record("v1.2.3").images["app"].digest
    for repository, digests in imaged.registry.digests.items():
        if repository == place:
            digests.discard(digest)
            tags = imaged.registry.held[repository]
            imaged.registry.held[repository] = {t: d for t, d in tags.items() if d != digest}
    with pytest.raises(RepositoryError, match=f"1.2.3 is not complete in {place}"):
        back(imaged, "1.2.3")


def test_registry_that_can_not_be_seen_stops_it_before_anything_is_recorded(
    imaged: Project,
) -> None:
    imaged.registry.conditions["b.example"] = TagStatus.UNREACHABLE
    with pytest.raises(OutsideError, match=r"b\.example"):
        back(imaged, "1.2.3")
    assert imaged.kinds("v1.2.4") == [PUBLISHED]


def test_image_without_the_signature_it_should_have_is_not_moved_to() -> None:
    image = IMAGE._replace(sign="cosign.key")
    project = released(Package(tag="v{version}", images=(image,)))
    digest = project.record("v1.2.3").images["app"].digest
    project.signer.seals[SECOND.at(digest)] = SignatureStatus.UNTRUSTED
    with pytest.raises(
        ConflictError, match=r"of version 1\.2\.3 is untrusted: no tag is moved"
    ) as caught:
        back(project, "1.2.3")
    assert caught.value.hint == "see `tagboat verify 1.2.3`"
    assert project.kinds("v1.2.4") == [PUBLISHED]


def test_signatures_are_asked_for_by_the_configuration_of_the_release_itself(
    imaged: Project,
) -> None:
    signed = imaged.package._replace(images=(IMAGE._replace(sign="cosign.key"),))
    imaged.packages[imaged.tip()] = signed
    back(imaged, "1.2.3")
    assert held(imaged)["1.2"] == "1.2.3"


def test_signed_images_move_back() -> None:
    project = released(Package(tag="v{version}", images=(IMAGE._replace(sign="cosign.key"),)))
    back(project, "1.2.3")
    assert held(project)["1.2"] == "1.2.3"


def test_release_that_is_gone_from_the_forge_is_refused(hosted: Project) -> None:
    number = next(one.id for one in hosted.forge.releases.values() if one.tag == "v1.2.3")
    del hosted.forge.releases[number]
    with pytest.raises(RepositoryError, match=r"1\.2\.3 is not complete in a forge"):
        back(hosted, "1.2.3")


# What is left alone


def test_forge_that_chooses_by_itself_is_told_of(project: Project) -> None:
    project.forge_rules = ForgeRules()
    project.forge.latest = None
    result = back(project, "1.2.3")
    assert result.notes[0] == "a forge chooses by itself which release is the latest"


def test_latest_release_that_a_person_made_stays(project: Project) -> None:
    project.forge_rules = ForgeRules()
    project.forge.latest = "nightly"
    result = back(project, "1.2.3")
    assert result.notes[0] == (
        "the latest release on a forge is nightly, which is none of this package's: it stays"
    )
    assert project.forge.latest == "nightly"


def test_forge_without_a_latest_release_gets_one_at_the_next_rollback(hosted: Project) -> None:
    hosted.forge.latest = ""
    back(hosted, "1.2.3")
    assert hosted.forge.latest == "v1.2.3"


def test_image_that_was_never_released_is_passed_over(imaged: Project) -> None:
    fresh = IMAGE._replace(name="new", repositories=("c.example/new",))
    imaged.package = imaged.package._replace(images=(IMAGE, fresh))
    back(imaged, "1.2.3")
    assert held(imaged)["1.2"] == "1.2.3"


def test_images_that_share_a_repository_keep_to_their_own_tags() -> None:
    slim = IMAGE._replace(
        name="slim",
        tags=("{version}-slim", "{major}.{minor}-slim"),
    )
    project = released(Package(tag="v{version}", images=(IMAGE, slim)))
    back(project, "1.2.3")
    tags = project.public().images["a.example/app"]
    assert tags["1.2-slim"] == tags["1.2.3-slim"] != tags["1.2"] == tags["1.2.3"]


def test_version_between_that_is_not_complete_is_passed_over(imaged: Project) -> None:
    """Back to 1.2.3 from 1.3.0: users go where all of a version is, which 1.2.4 is not."""
    digest = imaged.record("v1.2.4").images["app"].digest
    imaged.registry.digests[SECOND].discard(digest)
    imaged.registry.held[SECOND]["1.2"] = imaged.record("v1.2.3").images["app"].digest
    del imaged.registry.held[SECOND]["1.2.4"]
    imaged.released("feat: d")
    back(imaged, "1.3.0", ASKED._replace(tag="latest"))
    assert held(imaged)["latest"] == "1.3.0"


@pytest.fixture
def lanes() -> Project:
    """Releases 1.2.3, 1.3.0 and 1.3.2 of main, and 1.3.1 of a maintenance branch between them."""
    project = Project(Package(tag="v{version}", images=(IMAGE,), initial=INITIAL))
    project.released("feat: begin")
    project.released("feat: b")
    project.branch("1.3.x", project.tip())
    side = project.commit("fix: c", branch="1.3.x")
    project.release(branch="1.3.x")
    project.commit("Merge branch '1.3.x'", side)
    project.released("fix: d")
    return project


LATEST = ASKED._replace(tag="latest")


def test_other_tags_of_what_is_withdrawn_go_to_the_highest_version_left(lanes: Project) -> None:
    back(lanes, "1.2.3", LATEST)
    assert held(lanes) == {"1": "1.3.1", "1.2": "1.2.3", "1.3": "1.3.1", "latest": "1.2.3"}


def test_version_left_that_is_not_whole_everywhere_is_passed_over(lanes: Project) -> None:
    lanes.registry.digests[SECOND].discard(lanes.record("v1.3.1").images["app"].digest)
    lanes.registry.held[SECOND].pop("1.3.1")
    result = back(lanes, "1.2.3", LATEST)
    assert {(one.place, one.tag) for one in result.left} == {
        ("a.example/app", "1.3"),
        ("b.example/app", "1.3"),
    }


def test_version_left_whose_git_tag_is_gone_needs_no_signature(lanes: Project) -> None:
    lanes.delete("v1.3.1")
    back(lanes, "1.2.3", LATEST)
    assert held(lanes)["1.3"] == "1.3.1"


def test_version_whose_release_had_no_image_is_known_by_its_own_tag(imaged: Project) -> None:
    record = imaged.record("v1.2.3")
    imaged.keep(replace(record, images={}))
    back(imaged, "1.2.3")
    assert held(imaged)["1.2"] == "1.2.3"


def test_version_tag_that_vanishes_meanwhile_is_not_complete(imaged: Project) -> None:
    imaged.keep(replace(imaged.record("v1.2.3"), images={}))
    imaged.registry.odd[FIRST.at("1.2.3")] = TagStatus.ABSENT
    with pytest.raises(RepositoryError, match=r"1\.2\.3 is not complete in a\.example/app"):
        back(imaged, "1.2.3")


def test_image_that_can_not_be_seen_whole_stops_it(imaged: Project) -> None:
    digest = imaged.record("v1.2.3").images["app"].digest
    imaged.registry.odd[SECOND.at(digest)] = TagStatus.UNREACHABLE
    with pytest.raises(OutsideError, match="can't be reached"):
        back(imaged, "1.2.3")


# Others are at work


def test_version_of_others_that_appears_meanwhile_stops_it(project: Project) -> None:
    def others() -> None:
        project.tag("v1.2.9", project.at("v1.3.0"))
        project.scratch.lost.append("records: fetch first")

    project.scratch.meanwhile = [others]
    with pytest.raises(RepositoryError, match=r"there is no record of version 1\.2\.9"):
        back(project, "1.2.3")


def test_tag_that_others_moved_in_between_is_looked_at_again(project: Project) -> None:
    strange = project.commit("docs: elsewhere")
    project.effects.then["push refs"] = lambda: project.scratch.public("v1.2", strange)
    back(project, "1.2.3")
    assert led(project)["v1.2"] == "v1.2.3"


def test_tag_that_others_always_move_is_a_lost_race(project: Project) -> None:
    project.effects.then["push refs"] = lambda: project.scratch.lost.extend(["v1.2: stale"] * 9)
    with pytest.raises(RaceError, match=r"others move the same tags all the time: v1\.2: stale"):
        back(project, "1.2.3")


def test_tag_that_a_lock_keeps_back_names_it(project: Project) -> None:
    def locked() -> None:
        project.scratch.locks.append("Unable to create '/r.git/refs/tags/v1.2.lock': File exists")

    project.effects.then["push refs"] = locked
    told = r"the tags could not be moved, and the remote stays locked: .*v1\.2\.lock"
    with pytest.raises(OutsideError, match=told):
        back(project, "1.2.3")


def test_tag_of_an_image_that_others_moved_in_between_is_looked_at_again(imaged: Project) -> None:
    imaged.effects.then["push refs"] = lambda: imaged.registry.push(FIRST, "1.2", OTHER)
    back(imaged, "1.2.3")
    assert held(imaged)["1.2"] == "1.2.3"


def test_record_that_others_pushed_in_between_is_kept(project: Project) -> None:
    other = replace(project.record("v1.3.0"), tag="other", package="other")
    project.scratch.meanwhile = [lambda: project.keep(other)]
    back(project, "1.2.3")
    assert "other" in project.records()
    assert project.kinds("v1.2.4") == [PUBLISHED, WITHDRAWN]


def test_two_rollbacks_at_once_are_both_kept(project: Project) -> None:
    project.released("fix: c")
    project.scratch.meanwhile = [lambda: back(project, "1.3.0")]
    back(project, "1.2.3")
    assert project.kinds("v1.2.4") == project.kinds("v1.3.1") == [PUBLISHED, WITHDRAWN]
    assert led(project) == {"v1": "v1.3.0", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}


def test_what_could_not_be_moved_is_told_and_finished_later(imaged: Project) -> None:
    def closed() -> None:
        imaged.registry.closed["b.example"] = TagStatus.DENIED

    imaged.effects.then["push refs"] = closed
    with pytest.raises(
        OutsideError, match=r"not every tag is moved: b\.example/app:1\.2"
    ) as caught:
        back(imaged, "1.2.3")
    assert caught.value.hint == "run the same command again: it moves the rest"
    assert held(imaged)["1.2"] == "1.2.3"
    imaged.registry.closed.clear()
    back(imaged, "1.2.3")
    assert held(imaged, "b.example/app")["1.2"] == "1.2.3"


def test_forge_release_that_vanishes_in_between_is_left(hosted: Project) -> None:
    kept = dict(hosted.forge.releases)

    def vanish() -> None:
        hosted.forge.releases.clear()

    hosted.effects.then["push refs"] = vanish
    back(hosted, "1.2.3")
    hosted.forge.releases.update(kept)
    assert hosted.forge.latest == "v1.3.0"


def test_draft_of_a_person_is_no_release_of_a_version(hosted: Project) -> None:
    hosted.forge.releases["99"] = ForgeRelease("99", "v1.2.3", "by hand", is_draft=True)
    back(hosted, "1.2.3")
    assert hosted.forge.latest == "v1.2.3"
