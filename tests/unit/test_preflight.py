"""Everything that stands in the way of a release, found before anything is written."""

from collections.abc import Callable

import pytest

from tagboat.core.errors import CHOOSE_REMOTE, NO_REMOTE, RepositoryError
from tagboat.core.version.channel import ChannelRule
from tagboat.use_cases.release.context import ReleaseContext
from tagboat.use_cases.release.release import dry_run, release
from tests.release_fakes import Project


@pytest.fixture
def project() -> Project:
    """A project with one commit that is not released."""
    found = Project()
    found.commit("feat: a")
    return found


def told(project: Project, context: ReleaseContext) -> str:
    """What a release says that changes nothing."""
    with pytest.raises(RepositoryError) as caught:
        release(context, project.request())
    assert project.effects.names == []
    return caught.value.message


def detached(project: Project) -> ReleaseContext:
    return project.context(project.tip(), branch="")


def off_a_channel(project: Project) -> ReleaseContext:
    project.branch("feature", project.tip())
    return project.context(branch="feature")


def off_the_rules(project: Project) -> ReleaseContext:
    return project.context(channels=[ChannelRule("trunk")])


def without_a_remote(project: Project) -> ReleaseContext:
    return project.context(remote="")


def out_of_reach(project: Project) -> ReleaseContext:
    project.scratch.unreachable = "nobody answers"
    return project.context()


def without_the_branch(project: Project) -> ReleaseContext:
    return project.context(project.tip(), branch="master")


def without_the_commit(project: Project) -> ReleaseContext:
    return project.context(project.local("fix: b"))


def without_a_name(project: Project) -> ReleaseContext:
    project.scratch.who = ""
    return project.context()


def without_a_token(project: Project) -> ReleaseContext:
    return project.context(faults=["a token is needed"])


def without_a_right(project: Project) -> ReleaseContext:
    project.scratch.closed = "no atomic pushes"
    return project.context()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (detached, "HEAD is detached: say which branch this is with --channel"),
        (
            off_a_channel,
            "feature is no channel: release from one that is, or add it to [[channels]]",
        ),
        (
            off_the_rules,
            "main is no channel: release from one that is, or add it to [[channels]]",
        ),
        (without_a_remote, f"{NO_REMOTE}: {CHOOSE_REMOTE}"),
        (out_of_reach, "the remote 'origin' can't be reached: nobody answers"),
        (without_the_branch, "origin/master does not exist: push the branch first"),
        (without_a_name, "git does not know who you are"),
        (without_a_token, "a token is needed"),
        (without_a_right, "no atomic pushes"),
    ],
)
def test_what_stands_in_the_way_is_told(
    project: Project, place: Callable[[Project], ReleaseContext], said: str
) -> None:
    assert told(project, place(project)) == said


def test_commit_that_the_remote_lacks_is_to_be_pushed(project: Project) -> None:
    context = without_the_commit(project)
    commit = context.release_target.commit
    assert (
        told(project, context) == f"{commit[:10]} is not on origin/main: push first, then release"
    )


def test_all_of_it_is_told_at_once(project: Project) -> None:
    project.scratch.who, project.scratch.closed = "", "no atomic pushes"
    off_a_channel(project)
    context = project.context(branch="feature", faults=["a token is needed"])
    assert told(project, context).split("\n") == [
        "4 things stand in the way of a release:",
        "  - feature is no channel: release from one that is, or add it to [[channels]]",
        "  - git does not know who you are",
        "  - a token is needed",
        "  - no atomic pushes",
    ]


@pytest.mark.parametrize("place", [without_a_token, without_a_right])
def test_plan_needs_no_right_to_write(
    project: Project, place: Callable[[Project], ReleaseContext]
) -> None:
    assert dry_run(place(project), project.request()).result.plan is not None


def test_plan_needs_nothing_that_only_a_push_needs(project: Project) -> None:
    project.scratch.who, project.scratch.closed = "", "no atomic pushes"
    assert dry_run(project.context(), project.request()).result.plan is not None
