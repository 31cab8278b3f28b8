"""Where a repository is read from: folders, work trees, bare ones, HEAD on no branch or commit."""

from pathlib import Path

import pytest

from tagboat.adapters.git.history import GitHistory
from tests.commandline import tagboat
from tests.conftest import MakeRepo
from tests.gitrepo import GitRepo

PATCH = (0, "1.0.1\n", "")


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """A repository with one fix since v1.0.0."""
    repo.commit("feat: a", files={"docs/a.txt": "a"})
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    return repo


def test_a_subdirectory_answers_for_its_repository(released: GitRepo) -> None:
    assert tagboat("version", "next", cwd=released.path / "docs") == PATCH


def test_another_folder_is_named_with_an_option(released: GitRepo, tmp_path: Path) -> None:
    folder = f"{released.path.name}/docs"
    assert tagboat("-C", folder, "version", "next", cwd=tmp_path) == PATCH


def test_a_folder_reached_through_a_link_answers_for_the_real_one(
    released: GitRepo, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(released.path / "docs")
    assert tagboat("version", "next", "-C", "link", cwd=tmp_path) == PATCH


def test_the_root_behind_a_link_is_the_real_top_folder(released: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(released.path / "docs")
    history = GitHistory(str(tmp_path / "link"))
    history.facts()
    assert history.root == str(released.path.resolve())


def test_a_folder_whose_name_holds_a_line_end(make_repo: MakeRepo) -> None:
    repo = make_repo("two\nlines \N{LINE SEPARATOR} x")
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    assert tagboat("version", "next", cwd=repo.path) == PATCH


def test_a_linked_worktree_answers_for_its_own_branch(released: GitRepo, tmp_path: Path) -> None:
    released.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "tree"), "v1.0.0")
    topic = GitRepo(tmp_path / "tree")
    topic.commit("feat: c")
    done = tagboat("version", "next", "--channel", "main", cwd=topic.path)
    assert done == (0, "1.1.0\n", "")


def test_a_bare_repository(released: GitRepo, tmp_path: Path) -> None:
    bare = released.clone(tmp_path / "bare.git", bare=True)
    assert tagboat("version", "next", cwd=bare.path) == PATCH


def test_a_bare_repository_has_no_root(released: GitRepo, tmp_path: Path) -> None:
    history = GitHistory(str(released.clone(tmp_path / "bare.git", bare=True).path))
    history.facts()
    assert history.root is None


def test_inside_the_git_folder(released: GitRepo) -> None:
    assert tagboat("version", "next", cwd=released.path / ".git") == PATCH


def test_a_submodule_answers_for_itself(released: GitRepo, make_repo: MakeRepo) -> None:
    outer = make_repo("outer")
    outer.commit("feat: outer")
    outer.tag("v7.0.0")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    outer.git(*add, released.url, "inner")
    assert tagboat("version", "next", cwd=outer.path / "inner") == PATCH


def test_a_repository_around_a_submodule_answers_for_itself(
    released: GitRepo, make_repo: MakeRepo
) -> None:
    outer = make_repo("outer")
    outer.commit("feat: outer")
    outer.tag("v7.0.0")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    outer.git(*add, released.url, "inner")
    outer.commit("feat: embed the other")
    assert tagboat("version", "next", cwd=outer.path) == (0, "7.1.0\n", "")


def test_a_detached_head_is_answered_for_as_a_stable_one_and_says_so(released: GitRepo) -> None:
    released.detach()
    done = tagboat("version", "next", cwd=released.path)
    assert (done.code, done.stdout) == (0, "1.0.1\n")
    assert "HEAD is detached and no --channel is given" in done.stderr


def test_a_detached_head_takes_the_channel_from_the_option(released: GitRepo) -> None:
    released.detach()
    assert tagboat("version", "next", "--channel", "main", cwd=released.path) == PATCH


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_REF": "refs/heads/1.0.x"},
        {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "1.0.x"},
        {"CI_COMMIT_BRANCH": "1.0.x"},
        {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "1.0.x"},
        {"BRANCH_NAME": "PR-7", "CHANGE_TARGET": "1.0.x"},
        {"BRANCH_NAME": "1.0.x"},
        {"GIT_BRANCH": "origin/1.0.x"},
        {"BITBUCKET_BRANCH": "1.0.x"},
        {"CIRCLE_BRANCH": "1.0.x"},
        {"BUILD_SOURCEBRANCH": "refs/heads/1.0.x"},
        {"TRAVIS_BRANCH": "1.0.x"},
        {"DRONE_BRANCH": "1.0.x"},
        {"BUILDKITE_BRANCH": "1.0.x"},
    ],
    ids="+".join,
)
def test_a_detached_head_takes_the_channel_from_ci(
    released: GitRepo, variables: dict[str, str]
) -> None:
    released.commit("feat: too big for this branch")
    released.detach()
    done = tagboat("version", "next", cwd=released.path, env=variables)
    assert done.code == 1
    assert "1.0.x" in done.stderr


def test_the_option_beats_ci(released: GitRepo) -> None:
    released.detach()
    env = {"GITHUB_REF": "refs/heads/0.9.x"}
    assert tagboat("version", "next", "--channel", "main", cwd=released.path, env=env) == PATCH


def test_the_branch_checked_out_beats_ci(released: GitRepo) -> None:
    env = {"GITHUB_REF": "refs/heads/0.9.x"}
    assert tagboat("version", "next", cwd=released.path, env=env) == PATCH


def test_no_commits_yet_releases_nothing(repo: GitRepo) -> None:
    done = tagboat("version", "next", cwd=repo.path)
    assert (done.code, done.stdout) == (0, "")
    assert "nothing to release" in done.stderr


def test_no_commits_yet_in_a_bare_repository_releases_nothing(make_repo: MakeRepo) -> None:
    done = tagboat("version", "next", cwd=make_repo("bare.git", bare=True).path)
    assert (done.code, done.stdout) == (0, "")
    assert "nothing to release" in done.stderr


def test_the_branch_is_known_before_it_has_a_commit(make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", bare=True, branch="trunk")
    assert GitHistory(str(bare.path)).facts().branch == "trunk"


def test_no_commits_yet_and_a_title_is_the_first_version(repo: GitRepo) -> None:
    done = tagboat("version", "next", "--title", "feat: first", cwd=repo.path)
    assert (done.code, done.stdout) == (0, "0.1.0\n")


def test_no_tags_yet_is_the_first_version(repo: GitRepo) -> None:
    repo.commits("chore: begin", "feat: a")
    assert tagboat("version", "next", cwd=repo.path) == (0, "0.1.0\n", "")


@pytest.mark.parametrize("kind", ["tags", "heads"])
def test_something_else_called_head_changes_nothing(released: GitRepo, kind: str) -> None:
    released.git("update-ref", f"refs/{kind}/HEAD", "HEAD~1")
    done = tagboat("version", "next", cwd=released.path)
    assert (done.code, done.stdout) == (0, "1.0.1\n")
    assert GitHistory(str(released.path)).facts().branch == "main"


def test_a_branch_whose_name_steers_the_terminal_is_shown_harmlessly(released: GitRepo) -> None:
    name = "evil\N{RIGHT-TO-LEFT OVERRIDE}\x9b31m"
    released.git("switch", "--quiet", "--create", name)
    done = tagboat("version", "next", cwd=released.path)
    assert (done.code, done.stdout) == (0, "1.0.1\n")
    assert not set("\x1b\x9b\N{RIGHT-TO-LEFT OVERRIDE}") & set(done.stderr)


def test_a_branch_named_like_an_option_is_a_branch(released: GitRepo, tmp_path: Path) -> None:
    name = f"--output={tmp_path}/written"
    released.git("update-ref", f"refs/heads/{name}", "HEAD")
    released.git("symbolic-ref", "HEAD", f"refs/heads/{name}")
    done = tagboat("version", "next", cwd=released.path)
    assert (done.code, done.stdout) == (0, "1.0.1\n")
    assert not (tmp_path / "written").exists()
