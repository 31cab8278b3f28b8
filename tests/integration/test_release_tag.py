"""Releases of tags that a person made and pushed: what is checked, and the rest of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote, push, reopen

CONFIG = 'files = ["pyproject.toml:project.version"]\n'


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone with v0.1.0 by tagboat, and a fix since."""

    def make() -> GitRepo:
        clone = remote.started()
        tagboat("release", cwd=clone.path)
        push(clone, "fix: b")
        return clone

    return remote.prepared("tag: 0.1.0", "clone", make)


def tagged(clone: GitRepo, tag: str, at: str = "HEAD", *, message: str | None = None) -> None:
    """Make a tag and push it."""
    clone.tag(tag, at, message=message)
    clone.git("push", "--quiet", "origin", tag)


def kinds(remote: Remote, tag: str) -> list[str]:
    return [event["kind"] for event in remote.record(tag)["events"]]


def refused(clone: GitRepo, remote: Remote, tag: str, *more: str) -> tuple[int, str]:
    """A run that changes nothing: its exit code, and what it says."""
    before = remote.refs
    result = tagboat("release", "--tag", tag, *more, cwd=clone.path)
    assert (result.stdout, remote.refs) == ("", before)
    return result.code, result.stderr


@pytest.mark.parametrize("message", [None, "Version 0.1.1\n\nby hand\n"])
def test_tag_gets_its_record(message: str | None, clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "v0.1.1", message=message)
    before = remote.bare.git("rev-parse", "v0.1.1")
    result = tagboat("release", "--tag", "v0.1.1", cwd=clone.path)
    assert (result.code, result.stdout) == (0, "0.1.1\n"), result.stderr
    record = remote.record("v0.1.1")
    told = {name: record[name] for name in ("version", "previous", "bump", "branch", "commit")}
    assert told == {
        "version": "0.1.1",
        "previous": "v0.1.0",
        "bump": "patch",
        "branch": "main",
        "commit": remote.commit("v0.1.1"),
    }
    assert kinds(remote, "v0.1.1") == ["published"]
    assert remote.bare.git("rev-parse", "v0.1.1") == before


def test_json_has_the_notes_that_the_changelog_has(clone: GitRepo) -> None:
    tagged(clone, "v0.1.1")
    result = tagboat("release", "--tag", "v0.1.1", "--json", cwd=clone.path)
    shape = json.loads(result.stdout)
    notes = tagboat("changelog", "0.1.1", cwd=clone.path).stdout
    assert (shape["released"], shape["tag"], shape["notes"]) == (True, "v0.1.1", notes)


@pytest.mark.thorough
def test_second_time_changes_nothing(clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "v0.1.1")
    tagboat("release", "--tag", "v0.1.1", cwd=clone.path)
    code, said = refused(clone, remote, "v0.1.1")
    assert code == 0
    assert "v0.1.1 is complete already" in said


def test_checkout_of_the_tag_releases_it(clone: GitRepo, remote: Remote, tmp_path: Path) -> None:
    tagged(clone, "v0.1.1")
    push(clone, "docs: c")
    for depth in (None, 1):
        copy = remote.bare.clone(tmp_path / f"depth{depth}", depth=depth)
        copy.git("config", "user.name", "Ada")
        copy.git("config", "user.email", "ada@example.org")
        copy.git("fetch", "--quiet", *([f"--depth={depth}"] if depth else []), "origin", "v0.1.1")
        copy.git("tag", "--force", "v0.1.1", "FETCH_HEAD")
        copy.detach("v0.1.1")
        result = tagboat("release", "--tag", "v0.1.1", cwd=copy.path)
        assert result.code == 0, result.stderr
    assert kinds(remote, "v0.1.1") == ["published"]
    assert remote.record("v0.1.1")["previous"] == "v0.1.0"


@pytest.mark.thorough
@pytest.mark.parametrize("again", [["--tag", "v0.1.1"], []])
def test_run_that_was_killed_is_finished(again: list[str], clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "v0.1.1")
    tagboat("release", "--tag", "v0.1.1", cwd=clone.path)
    whole = remote.record("v0.1.1")
    reopen(remote, "v0.1.1")
    push(clone, "docs: c")
    result = tagboat("release", *again, cwd=clone.path)
    assert result.code == 0, result.stderr
    assert kinds(remote, "v0.1.1") == ["published"]
    assert remote.record("v0.1.1") | {"events": []} == whole | {"events": []}


@pytest.mark.thorough
def test_next_release_counts_from_it(clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "v0.1.1")
    tagboat("release", "--tag", "v0.1.1", cwd=clone.path)
    push(clone, "fix: c")
    assert tagboat("release", cwd=clone.path).stdout == "0.1.2\n"
    assert remote.record("v0.1.2")["previous"] == "v0.1.1"


@pytest.mark.thorough
def test_it_is_verified_by_its_record(clone: GitRepo) -> None:
    tagged(clone, "v0.1.1")
    tagboat("release", "--tag", "v0.1.1", cwd=clone.path)
    result = tagboat("verify", "0.1.1", "--json", cwd=clone.path)
    verdicts = {c["name"]: c["verdict"] for c in json.loads(result.stdout)["checks"]}
    assert result.code == 0, result.stdout
    assert {n for n, verdict in verdicts.items() if verdict != "ok"} == {"tag", "signature"}


@pytest.mark.thorough
def test_higher_version_than_asked_for_is_a_persons_choice(clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "v1.0.0")
    assert tagboat("release", "--tag", "v1.0.0", cwd=clone.path).code == 0
    assert (remote.record("v1.0.0")["asked"], remote.record("v1.0.0")["bump"]) == (
        "--as 1.0.0",
        "patch",
    )


@pytest.mark.thorough
def test_lower_version_than_asked_for_is_refused(clone: GitRepo, remote: Remote) -> None:
    push(clone, "feat: c")
    tagged(clone, "v0.1.1")
    code, said = refused(clone, remote, "v0.1.1")
    assert code == 1
    assert "v0.1.1 is lower than its commits ask for: 0.2.0, minor bump from v0.1.0" in said
    assert "--force" in said


@pytest.mark.thorough
def test_lower_version_is_released_by_force(clone: GitRepo, remote: Remote) -> None:
    push(clone, "feat: c")
    tagged(clone, "v0.1.1")
    assert tagboat("release", "--tag", "v0.1.1", "--force", cwd=clone.path).code == 0
    assert kinds(remote, "v0.1.1") == ["published"]


@pytest.mark.thorough
def test_version_not_above_the_last_is_refused_even_by_force(
    clone: GitRepo, remote: Remote
) -> None:
    tagged(clone, "v0.0.9")
    assert refused(clone, remote, "v0.0.9")[0] == 1
    code, said = refused(clone, remote, "v0.0.9", "--force")
    assert code == 1
    assert "not above v0.1.0" in said


@pytest.mark.thorough
@pytest.mark.parametrize(("held", "code"), [("0.1.1", 0), ("0.1.0", 4)])
def test_version_files_have_to_hold_the_version(held: str, code: int, remote: Remote) -> None:
    clone = remote.started(files={"tagboat.toml": CONFIG})
    clone.commit("chore: 0", files={"pyproject.toml": f'[project]\nversion = "{held}"\n'})
    clone.git("push", "--quiet", "origin", "main")
    tagged(clone, "v0.1.1")
    result = tagboat("release", "--tag", "v0.1.1", cwd=clone.path)
    assert result.code == code, result.stderr
    assert ("pyproject.toml does not hold 0.1.1" in result.stderr) == bool(code)


@pytest.mark.thorough
def test_tag_off_every_channel_is_refused(clone: GitRepo, remote: Remote) -> None:
    clone.switch("feature", at="HEAD")
    push(clone, "feat: c", "feature")
    tagged(clone, "v0.2.0")
    code, said = refused(clone, remote, "v0.2.0")
    assert code == 1
    assert "which no branch of a channel on origin has" in said


def test_version_out_of_range_is_refused(clone: GitRepo, remote: Remote) -> None:
    clone.switch("0.1.x", at="HEAD")
    push(clone, "feat: c", "0.1.x")
    tagged(clone, "v0.2.0")
    code, said = refused(clone, remote, "v0.2.0")
    assert code == 1
    assert "0.1.x releases stable versions >=0.1.0 <0.2.0" in said


def test_prerelease_off_its_channel_is_refused(clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "v0.2.0-rc.1")
    code, said = refused(clone, remote, "v0.2.0-rc.1")
    assert code == 1
    assert "main releases stable versions" in said


@pytest.mark.thorough
def test_prerelease_on_its_channel_is_released(clone: GitRepo, remote: Remote) -> None:
    clone.switch("next", at="HEAD")
    push(clone, "feat: c", "next")
    tagged(clone, "v0.2.0-rc.1")
    clone.switch("main")
    assert tagboat("release", "--tag", "v0.2.0-rc.1", cwd=clone.path).code == 0
    assert remote.record("v0.2.0-rc.1")["channel"] == "prerelease rc"


def test_tag_that_is_not_pushed_says_so(clone: GitRepo, remote: Remote) -> None:
    clone.tag("v0.1.1")
    code, said = refused(clone, remote, "v0.1.1")
    assert code == 2
    assert "try: push it first: git push origin v0.1.1" in said


@pytest.mark.parametrize("tag", ["v0.1.2", "0.1.0", "words"])
def test_tag_that_is_not_there_is_refused(tag: str, clone: GitRepo, remote: Remote) -> None:
    assert refused(clone, remote, tag)[0] == 2


def test_tag_that_spells_no_version_is_refused(clone: GitRepo, remote: Remote) -> None:
    tagged(clone, "nightly")
    assert refused(clone, remote, "nightly")[0] == 2


@pytest.mark.thorough
def test_tag_of_ours_is_seen_to_be_complete(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    assert tagboat("release", "--tag", "v0.1.0", cwd=clone.path).stdout == "0.1.0\n"
    assert kinds(remote, "v0.1.0") == ["published"]


@pytest.mark.thorough
def test_abandoned_tag_is_refused(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    tagboat("abandon", "0.1.0", "--reason", "gone", cwd=clone.path)
    code, said = refused(clone, remote, "v0.1.0")
    assert code == 1
    assert "v0.1.0 was abandoned by Ada" in said


@pytest.mark.thorough
def test_first_version_is_spelled_as_the_tag_is(remote: Remote) -> None:
    clone = remote.started()
    tagged(clone, "0.1.0")
    result = tagboat("release", "--tag", "0.1.0", "--json", cwd=clone.path)
    shape: Any = json.loads(result.stdout)
    assert shape["notes"] == tagboat("changelog", "0.1.0", cwd=clone.path).stdout


@pytest.mark.parametrize(
    "more", [["--dry-run"], ["--as", "2.0.0"], ["--bump", "minor"], ["--plan", "x"]]
)
def test_options_that_contradict_it_are_refused(more: list[str], clone: GitRepo) -> None:
    assert tagboat("release", "--tag", "v0.1.1", *more, cwd=clone.path).code == 2


def test_force_alone_is_refused(clone: GitRepo) -> None:
    assert tagboat("release", "--force", cwd=clone.path).code == 2
