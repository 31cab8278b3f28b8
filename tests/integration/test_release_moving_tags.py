"""Git tags that follow releases: forward only, never a version's own, safe against others."""

import stat
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote

MOVING = '[release]\nmoving_tags = ["v{major}", "v{major}.{minor}"]\n'
PACKAGES = """
[[packages]]
name = "api"
paths = ["api"]

[[packages]]
name = "web"
paths = ["web"]
"""


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone whose next release is 1.0.0, with moving tags and a changelog."""
    config = 'initial = "1.0.0"\n' + MOVING
    return remote.started(files={"tagboat.toml": config, "CHANGELOG.md": CHANGELOG})


def released(clone: GitRepo, message: str = "", branch: str = "main") -> str:
    """Release what is due, after a commit if a message is given; the version."""
    if message:
        clone.commit(message)
        clone.git("push", "--quiet", "origin", f"HEAD:{branch}")
    result = tagboat("release", cwd=clone.path)
    assert result.code == 0, result.stderr
    return result.stdout.strip()


def led(remote: Remote) -> dict[str, str]:
    """The version that each moving tag leads to."""
    versions = {remote.commit(tag): tag for tag in remote.tags if tag.count(".") == 2}
    return {tag: versions[remote.commit(tag)] for tag in remote.tags if tag.count(".") < 2}


def test_first_release_makes_them(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    assert led(remote) == {"v1": "v1.0.0", "v1.0": "v1.0.0"}


def test_they_name_the_commit_itself(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    assert remote.bare.git("cat-file", "-t", "v1") == "commit"


def test_they_follow_the_next_release(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    released(clone, "fix: b")
    released(clone, "feat: c")
    assert led(remote) == {"v1": "v1.1.0", "v1.0": "v1.0.1", "v1.1": "v1.1.0"}


@pytest.mark.thorough
def test_maintenance_release_moves_its_own_alone(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    released(clone, "feat: c")
    clone.switch("1.0.x", at="v1.0.0")
    assert released(clone, "fix: old", "1.0.x") == "1.0.1"
    assert led(remote) == {"v1": "v1.1.0", "v1.0": "v1.0.1", "v1.1": "v1.1.0"}


@pytest.mark.thorough
def test_prerelease_moves_none(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    clone.switch("next", at="HEAD")
    assert released(clone, "feat: soon", "next") == "1.1.0-rc.1"
    assert led(remote) == {"v1": "v1.0.0", "v1.0": "v1.0.0"}


def test_second_run_pushes_nothing(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    before = remote.refs
    assert released(clone) == ""
    assert remote.refs == before


@pytest.mark.thorough
def test_run_for_an_old_release_moves_nothing_back(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    released(clone, "fix: b")
    before = remote.refs
    again = remote.clone("again")
    again.detach("v1.0.0")
    assert tagboat("release", "--channel", "main", cwd=again.path).code == 0
    assert remote.refs == before


def test_one_that_is_missing_is_made_again_in_a_fresh_clone(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    before = remote.refs
    remote.bare.git("update-ref", "-d", "refs/tags/v1")
    assert tagboat("release", cwd=remote.clone("fresh").path).code == 0
    assert remote.refs == before


def test_one_that_no_version_explains_moves_with_a_warning(clone: GitRepo, remote: Remote) -> None:
    clone.git("tag", "-a", "v1", "-m", "by hand")
    clone.git("push", "--quiet", "origin", "v1")
    plan = tagboat("plan", cwd=clone.path)
    assert plan.code == 0
    released(clone)
    assert led(remote)["v1"] == "v1.0.0"


def test_lost_race_for_a_tag_is_looked_at_again(
    clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    """Somebody moves the tag between the look and the push, once."""
    released(clone)
    first, mark = remote.commit("v1"), tmp_path / "once"
    other = clone.commit("docs: elsewhere")
    clone.git("push", "--quiet", "origin", "main")
    hook = remote.bare.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\n[ -e {mark} ] || git update-ref refs/tags/v1 {other}\ntouch {mark}\n"
    )
    hook.chmod(hook.stat().st_mode | stat.S_IEXEC)
    released(clone, "fix: b")
    assert (mark.exists(), led(remote)["v1"]) == (True, "v1.0.1")
    assert remote.commit("v1") not in (first, other)


def test_record_says_published_once_they_moved(clone: GitRepo, remote: Remote) -> None:
    released(clone)
    assert [event["kind"] for event in remote.record("v1.0.0")["events"]] == ["published"]


@pytest.mark.thorough
def test_withdrawn_version_holds_none(clone: GitRepo, remote: Remote) -> None:
    """What is above the release and withdrawn is passed over."""
    released(clone)
    released(clone, "feat: b")
    text = remote.bare.git("notes", "--ref=tagboat", "show", remote.commit("v1.1.0"))
    withdrawn = text.replace(
        '"events": [', '"events": [{"time": 1, "kind": "withdrawn", "to": "1.0.0"},'
    )
    remote.bare.git(
        *("-c", "user.name=a", "-c", "user.email=a@b", "notes", "--ref=tagboat", "add", "-f"),
        *("-F", "-", remote.commit("v1.1.0")),
        stdin=withdrawn,
    )
    clone.switch("1.0.x", at="v1.0.0")
    assert released(clone, "fix: old", "1.0.x") == "1.0.1"
    assert led(remote)["v1"] == "v1.0.1"


def test_pep440_does_not_take_them_for_versions(remote: Remote) -> None:
    config = 'initial = "1.0.0"\nscheme = "pep440"\ntag = "v{version}"\n' + MOVING
    clone = remote.started(files={"tagboat.toml": config})
    assert [released(clone), released(clone, "fix: b")] == ["1.0.0", "1.0.1"]
    assert led(remote) == {"v1": "v1.0.1", "v1.0": "v1.0.1"}


def test_each_package_has_its_own(remote: Remote) -> None:
    config = 'initial = "1.0.0"\n[release]\nmoving_tags = ["{name}-v{major}"]\n' + PACKAGES
    files = {"api/a": "a", "web/a": "a", "tagboat.toml": config}
    clone = remote.started(files=files)
    for name in ("api", "web"):
        assert tagboat("release", "--package", name, cwd=clone.path).code == 0
    assert remote.tags == ["api-v1", "api-v1.0.0", "web-v1", "web-v1.0.0"]


@pytest.mark.thorough
def test_fixed_name_follows_the_highest_stable_version(remote: Remote) -> None:
    config = '[release]\nmoving_tags = ["latest"]\n'
    clone = remote.started(files={"tagboat.toml": config})
    released(clone)
    released(clone, "feat: b")
    assert led(remote) == {"latest": "v0.2.0"}


def test_tag_that_is_a_versions_own_is_a_conflict(remote: Remote) -> None:
    config = 'tag = "v{version}"\n[release]\nmoving_tags = ["v9.9.9"]\n'
    clone = remote.started(files={"tagboat.toml": config})
    clone.git("tag", "v9.9.9")
    clone.git("push", "--quiet", "origin", "v9.9.9")
    clone.commit("feat: c", files={"a.txt": "c\n"})
    clone.git("push", "--quiet", "origin", "main")
    result = tagboat("release", "--as", "9.10.0", cwd=clone.path)
    assert result.code == 4
    assert "v9.9.9 is the tag of a version" in result.stderr
    assert remote.commit("v9.9.9") != remote.commit("v9.10.0")


def test_plan_names_them(clone: GitRepo) -> None:
    result = tagboat("plan", cwd=clone.path)
    assert "moving-tags" in result.stdout
