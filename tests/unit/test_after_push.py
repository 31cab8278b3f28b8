"""Commands that publish once the tag is public: run once, from the files that were promised."""

import pytest

from tagboat.core.errors import ConflictError, OutsideError
from tagboat.core.forge.release import AssetRule, ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.record.record import PUBLISHED, RAN
from tagboat.use_cases.release.resume import abandon
from tests.release_fakes import Project

BUILD = Command(("build",), Point.PUBLISH, 1)
UPLOAD = Command(("upload",), Point.PUSHED, 1)
TELL = Command(("tell",), Point.PUSHED, 1)
CHECKED = UPLOAD._replace(unless=("look",))
FAILS = UPLOAD._replace(unless=("fail",))
TAG = "v0.1.0"


def project(*commands: Command, forge_rules: ForgeRules | None = None) -> Project:
    found = Project(Package(commands=(BUILD, *commands)), forge_rules=forge_rules)
    found.commit("feat: a")
    return found


def ran(found: Project) -> list[str]:
    return [name for name, _ in found.commands.ran]


def test_commands_are_run_after_the_push_and_noted() -> None:
    found = project(UPLOAD, TELL)
    found.release()
    names = [name for name in found.effects.names if name.startswith(("run", f"push {TAG}"))]
    assert names == ["run build", f"push {TAG}", "run upload", "run tell"]
    assert sorted(found.kinds(TAG)) == [PUBLISHED, RAN, RAN]


def test_they_are_run_on_the_commit_of_the_release_where_its_files_were_made() -> None:
    found = project(UPLOAD)
    found.release()
    assert found.commands.ran == [("build", found.at(TAG)), ("upload", found.at(TAG))]
    assert len(set(found.commands.folders)) == 1


def test_a_second_run_does_not_publish_again() -> None:
    found = project(UPLOAD)
    found.release()
    found.release()
    assert ran(found) == ["build", "upload"]


def test_what_was_noted_is_not_run_again_by_the_run_that_finishes() -> None:
    found = project(UPLOAD, TELL)
    assert found.killed(found.release, "run tell")
    found.release()
    assert ran(found).count("upload") == 1
    assert ran(found).count("tell") == 2
    assert sorted(found.kinds(TAG)) == [PUBLISHED, RAN, RAN]


def test_a_run_killed_before_the_note_asks_whether_it_is_done() -> None:
    found = project(CHECKED)
    assert found.killed(found.release, f"push {TAG}")
    found.release()
    assert ran(found) == ["build", "look"]
    assert sorted(found.kinds(TAG)) == [PUBLISHED, RAN]


def test_what_is_not_done_is_made_again_and_published() -> None:
    found = project(FAILS)
    assert found.killed(found.release, f"push {TAG}")
    found.release()
    assert ran(found) == ["build", "fail", "build", "upload"]


def test_a_failure_says_what_is_public() -> None:
    found = project(UPLOAD, Command(("fail",), Point.PUSHED, 1))
    with pytest.raises(OutsideError) as failed:
        found.release()
    assert "`upload`\n  not yet: `fail`" in failed.value.message
    assert found.kinds(TAG) == [RAN]


def test_files_that_come_out_differently_are_not_published() -> None:
    found = project(UPLOAD, forge_rules=ForgeRules(assets=(AssetRule("app.zip"),)))
    found.files.contents["app.zip"] = b"once"
    assert found.killed(found.release, "run upload")
    found.files.contents["app.zip"] = b"twice"
    with pytest.raises(ConflictError, match=r"made again, app\.zip is another file") as caught:
        found.release()
    assert caught.value.hint == (
        "let SOURCE_DATE_EPOCH make builds repeatable; this release is ended by "
        f"`tagboat abandon {TAG} --reason WHY`"
    )


def test_files_that_come_out_the_same_are_published() -> None:
    found = project(UPLOAD, forge_rules=ForgeRules(assets=(AssetRule("app.zip"),)))
    found.files.contents["app.zip"] = b"once"
    assert found.killed(found.release, f"push {TAG}")
    found.release()
    assert ran(found) == ["build", "build", "upload"]


def test_nothing_is_published_for_a_release_that_was_abandoned() -> None:
    found = project(Command(("fail",), Point.PUSHED, 1))
    with pytest.raises(OutsideError):
        found.release()
    abandon(found.context(), TAG, "no", found.now)
    found.commit("docs: b")
    found.release()
    assert ran(found).count("fail") == 1


def test_a_plan_runs_nothing() -> None:
    found = project(CHECKED)
    assert found.planned().tags == TAG
    assert ran(found) == []
