"""The first release of a project whose version files say where it stands."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote

PACKAGE = '{"name": "app", "version": "%s"}\n'
CONFIG = 'files = ["npm", "VERSION"]\n'


def project(repo: GitRepo, package: str, version: str = "") -> None:
    """Commit files that hold versions."""
    files = {"package.json": PACKAGE % package, "VERSION": f"{version or package}\n"}
    repo.commit("feat: begin", files=files | {"tagboat.toml": CONFIG})


def following(repo: GitRepo, *options: str) -> str:
    """The next version."""
    return tagboat("version", "next", *options, cwd=repo.path).stdout.strip()


@pytest.mark.parametrize(
    ("messages", "version"),
    [(["fix: a"], "2.3.2"), (["fix: a", "feat: b"], "2.4.0"), (["feat!: c"], "3.0.0")],
)
def test_a_first_version_follows_the_version_files(
    messages: list[str], version: str, repo: GitRepo
) -> None:
    project(repo, "2.3.1")
    for message in messages:
        repo.commit(message)
    assert following(repo) == version


def test_what_came_before_the_files_held_the_version_does_not_count(repo: GitRepo) -> None:
    project(repo, "2.3.0")
    repo.commit("feat: a")
    repo.commit("chore: 2.3.1", files={"package.json": PACKAGE % "2.3.1", "VERSION": "2.3.1\n"})
    repo.commit("fix: b", files={"package.json": PACKAGE.replace("app", "b") % "2.3.1"})
    result = tagboat("version", "next", cwd=repo.path)
    assert result.stdout == "2.3.2\n"
    assert "counting from 2.3.1, as package.json has it since" in result.stderr


def test_nothing_since_the_files_held_the_version_is_not_due(repo: GitRepo) -> None:
    project(repo, "2.3.1")
    repo.commit("docs: a")
    result = tagboat("version", "next", cwd=repo.path)
    assert (result.code, result.stdout) == (0, "")
    assert "since package.json holds 2.3.1" in result.stderr


@pytest.mark.parametrize("placeholder", ["0.0.0", "0.0.0-development", "0.0.0-dev.1", "0.1.0"])
def test_a_placeholder_and_the_first_version_declare_nothing(
    placeholder: str, repo: GitRepo
) -> None:
    project(repo, placeholder)
    assert following(repo) == "0.1.0"


def test_files_that_disagree_are_refused_with_the_way_out(repo: GitRepo) -> None:
    project(repo, "2.3.1", "2.2.0")
    repo.commit("fix: a")
    result = tagboat("version", "next", cwd=repo.path)
    assert (result.code, result.stdout) == (1, "")
    assert "package.json holds 2.3.1, VERSION holds 2.2.0" in result.stderr
    assert following(repo, "--as", "2.3.2") == "2.3.2"


def test_a_person_may_not_go_below_the_version_files(repo: GitRepo) -> None:
    project(repo, "2.3.1")
    assert tagboat("version", "next", "--as", "1.0.0", cwd=repo.path).code == 2


def test_a_candidate_in_the_files_leads_to_its_version(repo: GitRepo) -> None:
    project(repo, "2.4.0-rc.1")
    repo.commit("fix: a")
    assert following(repo) == "2.4.0"


def test_files_do_not_count_beside_a_tag(repo: GitRepo) -> None:
    project(repo, "2.3.1")
    repo.tag("v1.0.0")
    repo.commit("fix: a")
    assert following(repo) == "1.0.1"


def test_what_is_not_committed_declares_nothing(repo: GitRepo) -> None:
    project(repo, "2.3.1")
    repo.commit("fix: a")
    (repo.path / "VERSION").write_text("9.0.0\n")
    assert following(repo) == "2.3.2"


def test_a_release_says_what_a_preview_says(tmp_path: Path) -> None:
    clone = Remote(tmp_path).started(
        files={"package.json": PACKAGE % "2.3.1", "VERSION": "2.3.1\n", "tagboat.toml": CONFIG}
    )
    clone.commit("fix: a")
    clone.git("push", "--quiet", "origin", "main")
    planned = json.loads(tagboat("plan", "--json", cwd=clone.path).stdout)
    assert planned["plan"]["releases"][0]["version"] == "2.3.2"
    assert tagboat("release", cwd=clone.path).stdout == "2.3.2\n"
    assert json.loads(clone.git("show", "v2.3.2:package.json"))["version"] == "2.3.2"
    assert tagboat("verify", "2.3.2", cwd=clone.path).code == 0
