"""What a release is made of is kept for whoever comes after the run, whichever run ends it."""

import json

import pytest

from tagboat.core.errors import OutsideError, RepositoryError
from tagboat.core.forge.release import NOTES_FILE, RECORD_FILE, AssetRule, ForgeRules
from tagboat.core.next_version.package import Package
from tagboat.core.plan.command import Command, Point
from tagboat.core.record.record import PUBLISHED
from tagboat.core.version.version import Version
from tagboat.use_cases.release.from_tag import release_tag
from tests.forge_fakes import MemoryArtefacts
from tests.release_fakes import Project

TAG = "v0.1.0"
RULES = ForgeRules(assets=(AssetRule("app.zip"),))
BUILD = Command(("build",), Point.PUBLISH, 1)


def project(*others: Package, forge_rules: ForgeRules | None = RULES) -> Project:
    """A project with a feature and a file, of which what is released is kept."""
    package = Package("api", paths=("api",), tag="api-{version}") if others else Package()
    found = Project(package._replace(commands=(BUILD,)), forge_rules=forge_rules)
    found.others = others
    found.files.contents = {"app.zip": b"zip"}
    found.artefacts = MemoryArtefacts()
    found.change("feat: a", "api/a")
    return found


def kept(found: Project, package: str = "") -> dict[str, bytes]:
    assert found.artefacts is not None
    return found.artefacts.kept.get(package, {})


def test_notes_record_and_files_are_kept() -> None:
    found = project()
    result = found.release()
    assert result.plan is not None
    files = kept(found)
    assert sorted(files) == ["app.zip", NOTES_FILE, RECORD_FILE]
    assert files["app.zip"] == b"zip"
    assert files[NOTES_FILE].decode() == result.plan.releases[0].notes
    assert json.loads(files[RECORD_FILE])["tag"] == TAG


def test_without_a_forge_notes_and_record_are_kept() -> None:
    found = project(forge_rules=None)
    found.release()
    assert sorted(kept(found)) == [NOTES_FILE, RECORD_FILE]


def test_nothing_is_kept_where_nobody_asks() -> None:
    found = project()
    found.artefacts = None
    found.release()
    assert "artefacts" not in {progress.step.name for progress in found.steps}


def test_they_are_kept_before_the_release_counts_as_complete() -> None:
    class Full(MemoryArtefacts):
        def keep(self, *_: object) -> None:
            raise OutsideError("the disk is full")

    found = project()
    found.artefacts = Full()
    with pytest.raises(OutsideError):
        found.release()
    assert PUBLISHED not in found.kinds(TAG)
    found.artefacts = MemoryArtefacts()
    assert found.release().plan is not None
    assert kept(found)["app.zip"] == b"zip"


def test_the_run_that_finishes_a_release_keeps_what_the_forge_has() -> None:
    found = project()
    assert found.killed(found.release, "publish")
    found.files.contents = {}
    assert found.release().plan is not None
    assert kept(found)["app.zip"] == b"zip"


def test_what_is_nowhere_is_made_again() -> None:
    found = project()
    assert found.killed(found.release, f"push {TAG}")
    found.artefacts = MemoryArtefacts()
    found.release()
    assert kept(found)["app.zip"] == b"zip"


def test_what_can_not_be_made_again_is_named() -> None:
    found = project()
    found.release()
    found.files.contents = {}
    found.forge.releases.clear()
    found.reopen(TAG)
    with pytest.raises(RepositoryError, match=r"app\.zip"):
        found.release()


def test_of_a_release_that_was_complete_before_nothing_is_kept() -> None:
    found = project()
    found.release()
    found.artefacts = MemoryArtefacts()
    assert found.release().plan is None
    assert kept(found) == {}


def test_of_a_complete_release_that_is_named_by_its_tag_all_is_kept() -> None:
    found = project()
    found.release()
    found.artefacts = MemoryArtefacts()
    found.files.contents = {}
    release_tag(found.context(), TAG, found.request(), force=False)
    assert kept(found)["app.zip"] == b"zip"


def test_a_tag_made_by_hand_is_kept_too() -> None:
    found = project()
    found.tag(TAG)
    release_tag(found.context(), TAG, found.request(), force=False)
    assert kept(found)["app.zip"] == b"zip"


def test_each_package_has_a_folder() -> None:
    web = Package("web", paths=("web",), tag="web-{version}", initial=Version.parse("0.2.0"))
    found = project(web, forge_rules=None)
    found.change("feat: b", "web/b")
    found.release()
    assert json.loads(kept(found, "api")[RECORD_FILE])["version"] == "0.1.0"
    assert json.loads(kept(found, "web")[RECORD_FILE])["version"] == "0.2.0"
