"""Plans of what is not on the remote's branch: before the first push, and of a pull request."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def without_identity(clone: GitRepo) -> None:
    for key in ("user.name", "user.email"):
        clone.git("config", "--unset", key)


# Before the first push


def test_a_plan_needs_no_remote_no_identity_and_no_push(repo: GitRepo) -> None:
    repo.commit("feat: a", files={"CHANGELOG.md": CHANGELOG})
    (repo.path / "tagboat.toml").write_text('initial = "2.0.0"\n')
    shown = tagboat("plan", "--local", cwd=repo.path)
    assert shown.code == 0, shown.stderr
    assert shown.stdout.startswith("version  2.0.0:")
    assert "CHANGELOG.md" in shown.stdout
    assert repo.git("for-each-ref").count("\n") == 0
    assert tagboat("version", "next", cwd=repo.path).stdout == "2.0.0\n"


def test_a_plan_of_this_clone_counts_what_is_not_pushed(remote: Remote) -> None:
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    clone.commit("feat: here alone")
    before = remote.refs
    answer = json.loads(tagboat("plan", "--local", "--json", cwd=clone.path).stdout)
    (release,) = answer["plan"]["releases"]
    assert (release["version"], release["previous"]) == ("0.2.0", "v0.1.0")
    assert {step["state"] for step in answer["steps"]} == {"absent"}
    assert remote.refs == before
    assert tagboat("plan", cwd=clone.path).code == 1


def test_a_plan_of_this_clone_is_made_from_any_of_its_folders(repo: GitRepo) -> None:
    repo.commit("feat: a", files={"sub/a.txt": "a"})
    assert tagboat("plan", "--local", cwd=repo.path / "sub").code == 0


def test_a_plan_of_this_clone_is_not_kept(repo: GitRepo) -> None:
    repo.commit("feat: a")
    assert tagboat("plan", "--local", "-o", "plan.json", cwd=repo.path).code == 2


def test_a_plan_of_this_clone_needs_a_channel(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.switch("topic", at="HEAD")
    assert "topic is no channel" in tagboat("plan", "--local", cwd=repo.path).stderr
    assert tagboat("plan", "--local", "--channel", "main", cwd=repo.path).code == 0


@pytest.mark.parametrize(
    ("held", "here", "said"),
    [
        ("", 'initial = "2.0.0"\n', "HEAD holds none"),
        ('initial = "3.0.0"\n', 'initial = "2.0.0"\n', "the work tree has another one"),
        ("", "initial = 2\n", "tagboat.toml"),
    ],
)
def test_a_plan_says_which_configuration_it_reads(
    remote: Remote, held: str, here: str, said: str
) -> None:
    clone = remote.started(files={"tagboat.toml": held} if held else None)
    (clone.path / "tagboat.toml").write_text(here)
    for command in ("plan", "release"):
        result = tagboat(command, cwd=clone.path)
        assert result.code == 0
        assert "warning: a release reads the configuration that HEAD holds" in result.stderr
        assert said in result.stderr


@pytest.mark.parametrize("text", ["", "# a comment\n"])
def test_a_configuration_that_says_the_same_is_no_other(remote: Remote, text: str) -> None:
    clone = remote.started(files={"tagboat.toml": 'initial = "2.0.0"\n'})
    (clone.path / "tagboat.toml").write_text(f'{text}initial = "2.0.0"\n')
    assert "warning" not in tagboat("plan", cwd=clone.path).stderr


# A pull request

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/1/merge", "GITHUB_BASE_REF": "main"}
GITLAB = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}


def proposed(remote: Remote) -> GitRepo:
    """A clone at the merge of a topic into main, that may not write and has no identity."""
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    tagboat("release", cwd=clone.path)
    clone.switch("topic", at="HEAD")
    clone.commit("feat: proposed")
    clone.switch("main")
    clone.commit("fix: meanwhile")
    clone.git("push", "--quiet", "origin", "main")
    clone.detach()
    clone.merge("topic")
    without_identity(clone)
    clone.git("config", "remote.origin.pushurl", "/nonexistent")
    return clone


@pytest.mark.parametrize("env", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_a_pull_request_is_planned_as_if_it_were_merged(
    remote: Remote, env: dict[str, str]
) -> None:
    clone = proposed(remote)
    before = remote.refs
    result = tagboat("plan", "--json", cwd=clone.path, env=env)
    assert result.code == 0, result.stderr
    plan = json.loads(result.stdout)["plan"]
    (release,) = plan["releases"]
    assert (release["version"], plan["branch"], plan["commit"]) == ("0.2.0", "main", clone.head)
    assert "meanwhile" in release["notes"]
    assert remote.refs == before


def test_a_pull_request_is_not_released(remote: Remote) -> None:
    clone = proposed(remote)
    clone.git("config", "--unset", "remote.origin.pushurl")
    clone.git("config", "user.name", "Ada")
    clone.git("config", "user.email", "ada@example.org")
    result = tagboat("release", cwd=clone.path, env=GITHUB)
    assert (result.code, remote.tags) == (1, ["v0.1.0"])
    assert "push first" in result.stderr


def test_a_plan_needs_no_identity(remote: Remote) -> None:
    clone = remote.started()
    without_identity(clone)
    result = tagboat("plan", cwd=clone.path)
    assert (result.code, "who you are" in result.stderr) == (0, True)
