"""Releases that nothing disturbs: what becomes public, and what stays as it was."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, PROJECT, Remote

FILES = {"CHANGELOG.md": CHANGELOG, "pyproject.toml": PROJECT}
CONFIG = 'files = ["pyproject.toml:project.version"]\n'


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone with one feature and neither changelog nor version files."""
    return remote.started()


@pytest.fixture
def project(remote: Remote) -> GitRepo:
    """A clone with one feature, a changelog and a version file."""
    return remote.started(files=FILES | {"tagboat.toml": CONFIG})


def push(repo: GitRepo, message: str) -> str:
    """Commit and push."""
    made = repo.commit(message)
    repo.git("push", "--quiet", "origin", "HEAD:main")
    return made


def test_version_released_is_the_answer(clone: GitRepo) -> None:
    result = tagboat("release", cwd=clone.path)
    assert (result.code, result.stdout) == (0, "0.1.0\n")


def test_tag_is_on_head_where_no_file_changes(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    assert remote.commit("v0.1.0") == remote.commit("main") == clone.head


def test_notes_in_the_tag_are_what_the_changelog_prints(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    notes = tagboat("changelog", "0.1.0", cwd=clone.path).stdout
    assert remote.message("v0.1.0").startswith(notes + "\nTagboat-Release: 1\n")


def test_notes_of_a_release_commit_are_what_the_changelog_prints(
    project: GitRepo, remote: Remote
) -> None:
    (project.path / "tagboat.toml").write_text("[changelog]\nhide = []\nunconventional = 'group'\n")
    project.git("add", "tagboat.toml")
    project.git("commit", "--quiet", "-m", "chore: show everything")
    push(project, "odd words")
    tagboat("release", cwd=project.path)
    notes = tagboat("changelog", "0.1.0", cwd=project.path).stdout
    assert "odd words" in notes
    assert remote.message("v0.1.0").startswith(notes + "\nTagboat-Release: 1\n")


def test_release_commit_is_the_only_one_made(project: GitRepo, remote: Remote) -> None:
    before = project.head
    tagboat("release", cwd=project.path)
    assert remote.commit("v0.1.0^") == before
    assert remote.commit("main") == remote.commit("v0.1.0")


def test_files_of_the_release_commit_hold_the_version(project: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=project.path)
    changed = remote.bare.git("diff", "--name-only", "v0.1.0^", "v0.1.0").split()
    assert changed == ["CHANGELOG.md", "pyproject.toml"]
    assert remote.bare.git("show", "v0.1.0:pyproject.toml") + "\n" == PROJECT.replace(
        "0.0.0", "0.1.0"
    )


def test_changelog_of_the_release_commit_holds_the_notes(project: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=project.path)
    notes = tagboat("changelog", "0.1.0", cwd=project.path).stdout
    assert notes in remote.bare.git("show", "v0.1.0:CHANGELOG.md") + "\n"


def test_record_names_what_the_tag_names(project: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=project.path)
    record = remote.record("v0.1.0")
    assert record["commit"] == remote.commit("v0.1.0")
    assert f"Tagboat-Plan: {record['plan']}\n" in remote.message("v0.1.0")
    assert [event["kind"] for event in record["events"]] == ["published"]


def test_second_release_counts_from_the_first(project: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=project.path)
    push(project, "fix: b")
    assert tagboat("release", cwd=project.path).stdout == "0.1.1\n"
    assert remote.tags == ["v0.1.0", "v0.1.1"]
    assert remote.record("v0.1.1")["previous"] == "v0.1.0"


def test_nothing_due_says_why_and_ends_with_0(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    push(clone, "docs: b")
    before = remote.refs
    result = tagboat("release", cwd=clone.path)
    assert (result.code, result.stdout) == (0, "")
    assert "nothing to release: 1 commit since v0.1.0" in result.stderr
    assert remote.refs == before


@pytest.mark.thorough
def test_its_own_echo_is_nothing_due(project: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=project.path)
    before = remote.refs
    echo = remote.clone("echo")
    echo.detach("origin/main")
    result = tagboat("release", "--channel", "main", cwd=echo.path)
    assert (result.code, result.stdout, remote.refs) == (0, "", before)


@pytest.mark.thorough
def test_run_of_the_original_commit_again_is_nothing_due(project: GitRepo, remote: Remote) -> None:
    original = project.head
    tagboat("release", cwd=project.path)
    push(project, "feat: later")
    before = remote.refs
    again = remote.clone("again")
    again.detach(original)
    result = tagboat("release", "--channel", "main", cwd=again.path)
    assert (result.code, result.stdout, remote.refs) == (0, "", before)
    assert "is in v0.1.0 already" in result.stderr


def test_clone_gets_the_tag_and_the_release_commit(project: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=project.path)
    assert project.git("rev-parse", "v0.1.0") == remote.bare.git("rev-parse", "v0.1.0")
    assert project.head == remote.commit("main")
    assert project.git("status", "--porcelain") == ""


def test_clone_with_changes_keeps_them_byte_for_byte(project: GitRepo) -> None:
    (project.path / "pyproject.toml").write_text("half done")
    (project.path / "a.txt").write_text("staged")
    project.git("add", "a.txt")
    (project.path / "new.txt").write_text("untracked")
    before = project.git("status", "--porcelain"), project.head
    index = (project.path / ".git" / "index").read_bytes()
    assert tagboat("release", cwd=project.path).code == 0
    assert (project.git("status", "--porcelain"), project.head) == before
    assert (project.path / ".git" / "index").read_bytes() == index
    assert (project.path / "pyproject.toml").read_text() == "half done"


def test_nothing_is_left_in_the_temporary_folder(project: GitRepo, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    tagboat("release", cwd=project.path, env={"TMPDIR": str(temporary)})
    assert list(temporary.iterdir()) == []


def test_plan_changes_nothing(project: GitRepo, remote: Remote) -> None:
    before = remote.refs, project.git("for-each-ref"), project.git("status", "--porcelain")
    result = tagboat("plan", cwd=project.path)
    assert result.code == 0
    after = remote.refs, project.git("for-each-ref"), project.git("status", "--porcelain")
    assert after == before


def test_dry_run_is_the_plan(project: GitRepo) -> None:
    env = {"SOURCE_DATE_EPOCH": "1704070000"}
    plan = tagboat("plan", cwd=project.path, env=env)
    assert tagboat("release", "--dry-run", cwd=project.path, env=env) == plan


def test_plan_names_every_step_and_its_state(project: GitRepo) -> None:
    shape = json.loads(tagboat("plan", "--json", cwd=project.path).stdout)
    steps = [(step["name"], step["state"]) for step in shape["steps"]]
    assert steps == [(name, "absent") for name in ("commit", "push", "record", "clone")]


def test_json_tells_what_was_released(project: GitRepo, remote: Remote) -> None:
    shape = json.loads(tagboat("release", "--json", cwd=project.path).stdout)
    assert (shape["released"], shape["version"], shape["tag"]) == (True, "0.1.0", "v0.1.0")
    assert shape["commit"] == remote.commit("v0.1.0")


@pytest.mark.thorough
def test_prerelease_channel_releases_its_token(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    clone.switch("next", at="HEAD")
    clone.commit("feat: soon")
    clone.git("push", "--quiet", "origin", "next")
    assert tagboat("release", cwd=clone.path).stdout == "0.2.0-rc.1\n"
    assert remote.commit("v0.2.0-rc.1") == clone.head


@pytest.mark.thorough
def test_prerelease_that_was_promoted_is_not_due_again(clone: GitRepo, remote: Remote) -> None:
    clone.switch("next", at="HEAD")
    clone.git("push", "--quiet", "origin", "next")
    tagboat("release", cwd=clone.path)
    clone.switch("main")
    assert tagboat("release", cwd=clone.path).stdout == "0.1.0\n"
    clone.switch("next")
    assert tagboat("release", cwd=clone.path)[:2] == (0, "")
    assert remote.tags == ["v0.1.0", "v0.1.0-rc.1"]


@pytest.mark.thorough
def test_version_asked_for_is_released(clone: GitRepo) -> None:
    assert tagboat("release", "--as", "3.0.0", cwd=clone.path).stdout == "3.0.0\n"


def test_line_ends_and_bytes_of_the_changelog_stay(remote: Remote) -> None:
    old = "# Log\r\n\r\n## 0.0.9\r\n\r\n- caf\udce9\r\n"
    attributes = "*.md text eol=lf working-tree-encoding=UTF-8\n"
    clone = remote.started(files={"CHANGELOG.md": old, "b.txt": "b\n"})
    clone.commit("ci: attributes", files={".gitattributes": attributes})
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path)
    text = remote.bare.git("show", "v0.1.0:CHANGELOG.md") + "\n"
    assert text.startswith("# Log\r\n\r\n## 0.1.0")
    assert text.endswith(old[len("# Log\r\n\r\n") :])
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ('file = "docs/changes.md"', ["## 0.2.0", "## 0.1.0"]),
        ('file = "docs/changes.md"\nbegin = "release"', ["## 0.2.0"]),
    ],
)
def test_changelog_that_is_named_is_made(
    clone: GitRepo, remote: Remote, settings: str, shown: list[str]
) -> None:
    tagboat("release", cwd=clone.path)
    clone.commit("fix: later", files={"tagboat.toml": f"[changelog]\n{settings}\n"})
    clone.git("push", "--quiet", "origin", "main")
    assert tagboat("release", "--bump", "minor", cwd=clone.path).stdout == "0.2.0\n"
    text = remote.bare.git("show", "v0.2.0:docs/changes.md")
    assert text.startswith("# Changelog\n")
    assert [line.split(" - ")[0] for line in text.splitlines() if line[:3] == "## "] == shown
    assert tagboat("release", cwd=clone.path).stdout == ""


def test_without_configuration_no_changelog_is_made(clone: GitRepo, remote: Remote) -> None:
    tagboat("release", cwd=clone.path)
    assert remote.commit("v0.1.0") == clone.head


def test_changelog_in_restructured_text_gets_restructured_text(
    clone: GitRepo, remote: Remote
) -> None:
    settings = {"tagboat.toml": '[changelog]\nfile = "CHANGELOG.rst"\n'}
    clone.commit("fix: later", files=settings)
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path)
    text = remote.bare.git("show", "v0.1.0:CHANGELOG.rst")
    assert text.startswith("Changelog\n====")
    assert "##" not in text
    clone.commit("fix: last")
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path)
    text = remote.bare.git("show", "v0.1.1:CHANGELOG.rst")
    assert text.index("\n0.1.1 (") < text.index("\n0.1.0 (")


def test_changelog_in_json_stays_one_document(clone: GitRepo, remote: Remote) -> None:
    clone.commit("fix: later", files={"tagboat.toml": '[changelog]\nfile = "log.json"\n'})
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path)
    clone.commit("fix: last")
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path)
    document = json.loads(remote.bare.git("show", "v0.1.1:log.json"))
    assert [release["version"] for release in document["releases"]] == ["0.1.1", "0.1.0"]


def test_changelog_in_the_layout_of_another_tool_is_named(clone: GitRepo) -> None:
    text = "# CHANGELOG\n\n## v0.0.9 (2024-01-01)\n\n### Features\n\n- A (`0123abc`)\n"
    clone.commit("fix: later", files={"CHANGELOG.md": text})
    clone.git("push", "--quiet", "origin", "main")
    assert 'changelog.template = "psr"' in tagboat("plan", cwd=clone.path).stderr
    clone.commit("fix: more", files={"tagboat.toml": '[changelog]\ntemplate = "psr"\n'})
    clone.git("push", "--quiet", "origin", "main")
    assert "changelog.template" not in tagboat("plan", cwd=clone.path).stderr
