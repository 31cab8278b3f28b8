"""What each tag of an image holds in each repository, and what it should."""

import pytest

from tagboat.core.errors import RepositoryError
from tagboat.core.images.image import Image
from tagboat.core.images.registry import TagStatus
from tagboat.core.next_version.package import Package
from tagboat.core.record.drift import Verdict
from tagboat.core.version.version import Version
from tagboat.use_cases.inspect.image_tags import HeldTag, tag_list
from tagboat.use_cases.rollback.rollback import RollbackRequest, rollback
from tests.release_fakes import APP, FIRST, SECOND, Project

OTHER = f"sha256:{'0' * 64}"
IMAGES = Package(tag="v{version}", images=(APP,), initial=Version(1, 0, 0))


@pytest.fixture
def project() -> Project:
    """A project whose releases 1.0.0 and 1.0.1 have an image in two registries."""
    found = Project(IMAGES)
    found.released("feat: a")
    found.released("fix: b")
    return found


def tags(project: Project, place: int = 0) -> dict[str, HeldTag]:
    """The tags of one repository."""
    return {one.tag: one for one in tag_list(project.context())[place].tags}


def told(project: Project, tag: str) -> tuple[str, Verdict, str]:
    """What is told of one tag of the first repository."""
    one = tags(project)[tag]
    return one.version, one.verdict, one.detail


def test_moving_tags_come_first_then_versions_from_the_highest(project: Project) -> None:
    assert list(tags(project)) == ["1.0", "latest", "1.0.1", "1.0.0"]
    assert tags(project) == tags(project, 1)


def test_tags_that_are_right_say_which_version_they_hold(project: Project) -> None:
    found = tags(project).values()
    assert [(one.version, one.wanted) for one in found] == [("1.0.1", "1.0.1")] * 3 + [
        ("1.0.0", "1.0.0")
    ]
    assert {one.verdict for one in found} == {Verdict.OK}


def test_moving_tag_that_was_moved_back_has_drifted(project: Project) -> None:
    project.registry.push(FIRST, "1.0", project.record("v1.0.0").images["app"].digest)
    assert told(project, "1.0") == ("1.0.0", Verdict.DRIFT, "it should hold 1.0.1")


def test_moving_tag_that_is_not_there_has_drifted(project: Project) -> None:
    del project.registry.held[FIRST]["latest"]
    assert told(project, "latest") == (
        "",
        Verdict.DRIFT,
        "it should hold 1.0.1, and it is not there",
    )


def test_moving_tag_that_no_version_explains_is_told_of(project: Project) -> None:
    project.registry.push(FIRST, "latest", OTHER)
    version, verdict, detail = told(project, "latest")
    assert (version, verdict) == ("", Verdict.DRIFT)
    assert detail.startswith("no version explains what latest of a.example/app holds")


def test_moving_tag_with_nothing_left_to_hold_is_worth_a_note(project: Project) -> None:
    project.released("feat: c")
    rollback(project.context(), "1.0.1", RollbackRequest(9**9, tag="latest"))
    assert told(project, "1.1") == (
        "1.1.0",
        Verdict.NOTE,
        "every version that it could hold is withdrawn or not complete",
    )


def test_withdrawn_version_is_told(project: Project) -> None:
    rollback(project.context(), "1.0.0", RollbackRequest(9**9))
    assert told(project, "1.0.1") == ("1.0.1", Verdict.OK, "withdrawn")


def test_version_tag_that_is_gone_has_drifted(project: Project) -> None:
    del project.registry.held[FIRST]["1.0.0"]
    assert told(project, "1.0.0")[1:] == (Verdict.DRIFT, "it is not there")


def test_version_tag_of_a_release_on_its_way_may_be_missing(project: Project) -> None:
    project.commit("fix: c")
    assert project.killed(project.release, "push v1.0.2")
    assert told(project, "1.0.2")[1:] == (Verdict.NOTE, "it is not there")


def test_version_tag_of_a_release_on_its_way_says_so(project: Project) -> None:
    project.reopen("v1.0.1")
    assert told(project, "1.0.1")[1:] == (Verdict.OK, "its release is not complete")


def test_version_tag_with_another_image_has_drifted(project: Project) -> None:
    digest = project.record("v1.0.0").images["app"].digest
    project.registry.push(FIRST, "1.0.0", OTHER)
    assert told(project, "1.0.0")[1:] == (Verdict.DRIFT, f"{digest} is recorded")


def test_version_of_other_tools_is_worth_a_note(project: Project) -> None:
    project.registry.push(FIRST, "0.9.0", OTHER)
    assert told(project, "0.9.0") == ("0.9.0", Verdict.NOTE, "no record tells of it")


def test_version_without_this_image_is_worth_a_note(project: Project) -> None:
    new = Image("new", ("a.example/new",), tags=("{version}",))
    project.package = IMAGES._replace(images=(new,))
    project.registry.push(FIRST._replace(path="new"), "1.0.0", OTHER)
    [listing] = tag_list(project.context())
    assert [(one.tag, one.verdict) for one in listing.tags] == [("1.0.0", Verdict.NOTE)]


def test_registry_that_is_down_hides_nothing_of_the_others(project: Project) -> None:
    project.registry.conditions["a.example"] = TagStatus.UNREACHABLE
    first, second = tag_list(project.context())
    assert first.tags == ()
    assert "a.example/app" in first.fault
    assert (len(second.tags), second.fault) == (4, "")


@pytest.mark.parametrize("tag", ["1.0", "1.0.0"])
def test_one_name_that_can_not_be_seen(project: Project, tag: str) -> None:
    project.registry.odd[FIRST.at(tag)] = TagStatus.UNREACHABLE
    listing = tag_list(project.context())[0]
    if tag == "1.0":
        assert "a.example/app:1.0" in listing.fault
    else:
        assert told(project, tag)[1:] == (Verdict.UNKNOWN, "unreachable")


def test_label_tells_what_no_record_explains(project: Project) -> None:
    """An image of a version that nobody recorded: its label says which one it is."""
    digest = project.record("v1.0.1").images["app"].digest
    graph = project.registry.graphs[digest]
    labels = {"org.opencontainers.image.version": "1.0.7"}
    images = tuple(one._replace(labels=labels) for one in graph.images)
    project.registry.graphs[OTHER] = graph._replace(images=images)
    project.registry.push(FIRST, "latest", OTHER)
    assert told(project, "latest") == (
        "1.0.7",
        Verdict.DRIFT,
        f"nothing but the label of {OTHER} tells of 1.0.7",
    )


def test_image_of_other_tools_explains_a_tag_by_its_digest(project: Project) -> None:
    project.registry.push(FIRST, "1.0.9", OTHER)
    project.registry.push(FIRST, "latest", OTHER)
    assert told(project, "latest")[0] == "1.0.9"


def test_labels_of_several_tags_are_asked_for_at_once(project: Project) -> None:
    for tag in ("1.0", "latest"):
        project.registry.push(FIRST, tag, OTHER)
    project.registry.together.clear()
    tag_list(project.context())
    assert project.registry.together == [2, 2, 0]  # the repositories, then the labels in each


def test_label_that_can_not_be_seen_is_no_label(project: Project) -> None:
    project.registry.push(FIRST, "latest", OTHER)
    project.registry.fades[FIRST.at("latest")] = 1
    assert "a.example/app:latest" in tag_list(project.context())[0].fault


def test_places_are_told_in_the_order_of_the_configuration(project: Project) -> None:
    places = [one.repository for one in tag_list(project.context())]
    assert places == [str(FIRST), str(SECOND)]


def test_repository_without_images_is_told_so() -> None:
    project = Project()
    project.commit("feat: a")
    with pytest.raises(RepositoryError, match="no image is published") as caught:
        tag_list(project.context())
    assert caught.value.hint == "add repositories to [[images]] in tagboat.toml"


def test_repository_without_a_remote_is_told_so(project: Project) -> None:
    with pytest.raises(RepositoryError, match="this repository has no remote"):
        tag_list(project.context(remote=""))
