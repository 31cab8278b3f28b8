"""What helps where a release is refused: the words are those for the case."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from tagboat.core.errors import TagboatError
from tagboat.core.forge.release import ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import ReleaseRules
from tagboat.core.record.record import ABANDONED, Event
from tagboat.use_cases.inspect.verify import verify
from tagboat.use_cases.release.from_tag import release_tag
from tagboat.use_cases.release.resume import abandon
from tagboat.use_cases.rollback.rollback import RollbackRequest, rollback
from tests.release_fakes import APP, FOLLOWED, SECOND, Project

OTHER = f"sha256:{'0' * 64}"
PUBLISHED_APP = Package(tag="v{version}", images=(APP,))
WITHDRAWING = ReleaseRules(after_rollback="refuse")


class Refused(NamedTuple):
    """A project with v0.1.0 of some package and a fix since, and what of it is refused."""

    run: Callable[[Project], object]
    hint: str
    package: Package = Package()
    rules: ReleaseRules = ReleaseRules()


def tagged(project: Project, name: str) -> object:
    return release_tag(project.context(), name, project.request(), force=False)


def tag_that_is_gone(project: Project) -> None:
    project.delete("v0.1.0")
    project.release()


def tag_on_no_branch_of_a_channel(project: Project) -> None:
    project.branch("feature", project.tip())
    project.tag("v0.2.0", project.commit("feat: c", branch="feature"))
    tagged(project, "v0.2.0")


def tag_that_no_branch_releases(project: Project) -> None:
    project.tag("v0.2.0-rc.1")
    tagged(project, "v0.2.0-rc.1")


def tag_without_its_version_in_files(project: Project) -> None:
    project.tag("v0.1.1", project.commit("fix: c", VERSION="0.1.0"))
    tagged(project, "v0.1.1")


def tag_lower_than_asked_for(project: Project) -> None:
    project.commit("feat: c")
    project.tag("v0.1.1")
    tagged(project, "v0.1.1")


def tag_not_above_the_last(project: Project) -> None:
    project.tag("v0.0.9")
    tagged(project, "v0.0.9")


def tag_of_an_abandoned_release(project: Project) -> None:
    project.reopen("v0.1.0")
    abandon(project.context(), "v0.1.0", "gone", 1)
    tagged(project, "v0.1.0")


def plan_of_an_abandoned_release(project: Project) -> None:
    project.forge_rules = ForgeRules()
    plan = project.planned()
    project.killed(lambda: project.apply(plan), "push v0.1.1")
    event = Event(time=9, kind=ABANDONED, who="Eve", why="no")
    project.keep(project.record("v0.1.1").with_event(event))
    project.apply(plan)


def plan_that_does_not_hold(project: Project) -> None:
    plan = project.planned()
    project.tag("v0.1.1")
    project.apply(plan)


def push_that_others_are_quicker_with(project: Project) -> None:
    project.scratch.lost = ["stale info"] * 2000
    project.release()


def published_release_to_abandon(project: Project) -> None:
    abandon(project.context(), "v0.1.0", "no", 1)


def withdrawn_commits(project: Project) -> None:
    project.release()
    rollback(project.context(), "0.1.0", RollbackRequest(project.now, "broken"))
    project.commit("fix: c")
    project.release()


def image_that_others_made(project: Project) -> None:
    project.killed(project.release, "push v0.1.1")
    project.registry.push(SECOND, "0.1.1", OTHER)
    project.release()


def plan_that_somebody_changed(project: Project) -> None:
    plan = project.planned()
    (release,) = plan.releases
    project.apply(replace(plan, releases=(replace(release, notes="mine"),)))


def tag_with_a_near_name(project: Project) -> None:
    tagged(project, "0.1.0")


def tag_of_others(project: Project) -> None:
    project.tag("v0.1.1")
    verify(project.context(), "0.1.1")


def several_packages(_: Project) -> None:
    api, web = (Package(name=name, paths=(name,)) for name in ("api", "web"))
    Project(api, ReleaseRules(), web).context().package()


REFUSED = {
    "a plan that somebody changed": Refused(
        plan_that_somebody_changed,
        "nothing was released; somebody changed it, or another version of tagboat made it: make a "
        "new plan with `tagboat plan -o FILE`",
    ),
    "a tag with a near name": Refused(tag_with_a_near_name, "did you mean v0.1.0?"),
    "a tag of others": Refused(
        tag_of_others,
        "`tagboat release --tag v0.1.1` makes the rest of a release that was tagged by hand",
    ),
    "one of several packages": Refused(several_packages, "choose one with --package: api, web"),
    "the tag of a record is gone": Refused(
        tag_that_is_gone,
        "run it again; where it was deleted on purpose: `tagboat abandon v0.1.0 --reason WHY`",
    ),
    "a tag on no branch of a channel": Refused(
        tag_on_no_branch_of_a_channel, "push that branch first, or tag a commit that is on one"
    ),
    "a tag that no branch releases": Refused(
        tag_that_no_branch_releases,
        "tag a version that it releases, or a commit of another branch",
    ),
    "a tag whose files hold another version": Refused(
        tag_without_its_version_in_files,
        "commit the version there and tag that commit, or let `tagboat release` do all of it",
        Package(files=("VERSION",)),
    ),
    "a tag that is too low": Refused(
        tag_lower_than_asked_for, "see `tagboat explain v0.1.1`; tag 0.2.0, or add --force"
    ),
    "a tag that is not above the last": Refused(tag_not_above_the_last, "tag another version"),
    "the tag of an abandoned release": Refused(
        tag_of_an_abandoned_release, "release another version instead"
    ),
    "the plan of an abandoned release": Refused(
        plan_of_an_abandoned_release, "make a new plan with `tagboat plan -o FILE`"
    ),
    "a plan that does not hold": Refused(
        plan_that_does_not_hold, "nothing was released; make a new plan with `tagboat plan -o FILE`"
    ),
    "a push that is lost": Refused(
        push_that_others_are_quicker_with, "nothing was released; run it again"
    ),
    "a published release is abandoned": Refused(
        published_release_to_abandon,
        "`tagboat rollback 0.1.0` makes it the newest again where a later one should not be used",
    ),
    "what was withdrawn is released again": Refused(
        withdrawn_commits,
        "revert those commits, or `tagboat reinstate` the version",
        FOLLOWED,
        WITHDRAWING,
    ),
    "an image of others, and the tag is public": Refused(
        image_that_others_made, "see what `tagboat verify` says of this version", PUBLISHED_APP
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusal_says_what_helps(case: str) -> None:
    refused = REFUSED[case]
    project = Project(refused.package, refused.rules)
    project.commit("feat: a", VERSION="0.1.0")
    project.release()
    project.commit("fix: b")
    with pytest.raises(TagboatError) as caught:
        refused.run(project)
    assert caught.value.hint == refused.hint
