"""What one version has that another has not."""

import pytest

from tagboat.core.errors import OutsideError, UsageError
from tagboat.core.next_version.package import Package
from tagboat.use_cases.inspect.diff import Difference, difference, image_differences
from tests.release_fakes import APP, FIRST, SECOND, Project


@pytest.fixture
def project() -> Project:
    """A project whose releases 0.1.0 and 0.1.1 have an image in two registries."""
    found = Project(Package(tag="v{version}", images=(APP,)))
    found.released("feat: a")
    found.released("fix: b")
    return found


def compared(project: Project, before: str = "0.1.0", after: str = "0.1.1") -> Difference:
    context = project.context()
    context.remote_state.forget()
    assert context.remote_state.refs
    return difference(context.history, project.package, context.history.facts(), (before, after))


def test_commits_that_only_the_second_has_are_added(project: Project) -> None:
    found = compared(project)
    assert [one.commit.title for one in found.added] == ["fix: b"]
    assert found.removed == ()


def test_commits_that_only_the_first_has_are_removed(project: Project) -> None:
    found = compared(project, "0.1.1", "0.1.0")
    assert [one.commit.title for one in found.removed] == ["fix: b"]
    assert found.added == ()


def test_what_is_added_reads_as_a_section_of_the_second_version(project: Project) -> None:
    section = compared(project).section()
    assert (str(section.version), section.tag, section.previous) == ("0.1.1", "v0.1.1", "v0.1.0")


def test_version_that_no_tag_spells_is_refused(project: Project) -> None:
    with pytest.raises(UsageError, match=r"no tag spells version 0\.2\.0"):
        compared(project, "0.1.0", "0.2.0")


def test_images_differ_platform_by_platform(project: Project) -> None:
    [found] = image_differences(project.context(), compared(project))
    old, new = (project.record(tag).images["app"].digest for tag in ("v0.1.0", "v0.1.1"))
    assert (found.image, found.before, found.after) == ("app", old, new)
    assert [one.platform for one in found.platforms] == ["linux/amd64"]


def test_first_repository_that_shows_an_image_is_asked(project: Project) -> None:
    del project.registry.digests[FIRST]
    assert len(image_differences(project.context(), compared(project))) == 1


def test_image_that_no_registry_shows_is_an_error(project: Project) -> None:
    for place in (FIRST, SECOND):
        del project.registry.digests[place]
    with pytest.raises(OutsideError, match=r"b\.example/app.* is not there"):
        image_differences(project.context(), compared(project))


def test_image_that_one_version_does_not_have_is_left_out(project: Project) -> None:
    other = APP._replace(name="other", repositories=("a.example/other",))
    project.package = project.package._replace(images=(APP, other))
    project.released("fix: c")
    found = image_differences(project.context(), compared(project, "0.1.1", "0.1.2"))
    assert [one.image for one in found] == ["app"]


def test_versions_of_other_tools_have_no_images(project: Project) -> None:
    project.tag("v0.2.0")
    assert image_differences(project.context(), compared(project, "0.1.0", "0.2.0")) == []


def test_tags_that_are_gone_have_no_images(project: Project) -> None:
    found = compared(project)
    project.delete("v0.1.1")
    assert image_differences(project.context(), found) == []


def test_version_that_publishes_no_image_has_none_to_compare(project: Project) -> None:
    found = compared(project)
    project.packages[project.at("v0.1.1")] = Package(tag="v{version}")
    assert image_differences(project.context(), found) == []
