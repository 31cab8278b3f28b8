"""Repositories that can't be read: one clear error each, the right exit code, nothing written."""

import os
from pathlib import Path

import pytest

from tagboat.adapters.git.command import no_repository
from tests.commandline import Result, tagboat
from tests.conftest import MakeRepo
from tests.environment import lacking
from tests.gitrepo import GitRepo


def _is_clear(done: Result) -> bool:
    """Whether an error says one thing and what helps, without a traceback."""
    lines = done.stderr.splitlines()
    errors = [line for line in lines if line.startswith("tagboat: error: ")]
    return done.stdout == "" and len(errors) == 1 and "Traceback" not in done.stderr


def _files(folder: Path) -> dict[str, bytes]:
    """All that a folder holds."""
    return {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _object(repo: GitRepo, name: str) -> Path:
    """The file of a loose object."""
    full = repo.git("rev-parse", name)
    return repo.path / ".git/objects" / full[:2] / full[2:]


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """A repository with three commits since v1.0.0."""
    repo.commit("feat: a", files={"a.txt": "a"})
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commits("fix: b", "feat: c", "fix: d")
    return repo


@pytest.fixture
def fake_git(tmp_path: Path) -> Path:
    """A folder for PATH with a program called git, to be written by the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nexit 1\n")
    (folder / "git").chmod(0o755)
    return folder


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = tagboat("version", "next", "-C", "nowhere", cwd=tmp_path)
    assert done.code == 2
    assert _is_clear(done)
    assert "nowhere" in done.stderr


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = tagboat("version", "next", "-C", "file", cwd=tmp_path)
    assert done.code == 2
    assert _is_clear(done)
    assert "it is a file" in done.stderr


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    done = tagboat("version", "next", cwd=tmp_path)
    assert done.code == 2
    assert _is_clear(done)
    assert "not in a git repository" in done.stderr


def test_a_work_tree_whose_repository_is_gone(released: GitRepo, tmp_path: Path) -> None:
    released.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "tree"))
    released.path.rename(tmp_path / "moved")
    done = tagboat("version", "next", cwd=tmp_path / "tree")
    assert done.code == 1
    assert _is_clear(done)


def test_a_git_that_says_no_command_for_a_repository_of_another_user() -> None:
    error = no_repository(128, "fatal: unsafe repository ('/srv/app' is owned by eve)", "/srv/app")
    assert error.hint == "see `git help config`, safe.directory"


def test_a_repository_of_another_user(released: GitRepo) -> None:
    if os.geteuid() != 0:
        lacking("only root can give a folder away")
    _give_away(released.path)
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)
    assert "another user owns it" in done.stderr
    assert f"git config --global --add safe.directory {released.path}" in done.stderr


def test_the_command_for_another_user_s_repository_quotes_its_path(make_repo: MakeRepo) -> None:
    if os.geteuid() != 0:
        lacking("only root can give a folder away")
    repo = make_repo("two words")
    repo.commit("feat: a")
    _give_away(repo.path)
    done = tagboat("version", "next", cwd=repo.path)
    assert f"safe.directory '{repo.path}'" in done.stderr


def _give_away(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 12345, 12345)


def test_git_is_not_installed(released: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = tagboat("version", "next", cwd=released.path, env={"PATH": str(tmp_path / "empty")})
    assert done.code == 1
    assert _is_clear(done)
    assert "git is not installed" in done.stderr


def test_git_can_t_be_started(released: GitRepo, fake_git: Path) -> None:
    (fake_git / "git").chmod(0o644)
    done = tagboat("version", "next", cwd=released.path, env={"PATH": str(fake_git)})
    assert done.code == 1
    assert _is_clear(done)


@pytest.mark.parametrize("answer", ["git version 2.30.0", "git version 2.33.8 (Vendor-1)"])
def test_git_is_too_old(released: GitRepo, fake_git: Path, answer: str) -> None:
    real = f"PATH={os.environ['PATH']!r} exec git"
    script = f'#!/bin/sh\n[ "$1" = version ] && echo "{answer}" && exit\n{real} "$@"\n'
    (fake_git / "git").write_text(script)
    done = tagboat("version", "next", cwd=released.path, env={"PATH": f"{fake_git}:/usr/bin:/bin"})
    assert done.code == 1
    assert _is_clear(done)
    assert "2.34 or newer" in done.stderr
    assert "  try: upgrade git\n" in done.stderr


@pytest.mark.parametrize("answer", ["git version 2.34.0", "git version 3.1.windows.1"])
def test_git_is_new_enough(released: GitRepo, fake_git: Path, answer: str) -> None:
    real = f"PATH={os.environ['PATH']!r} exec git"
    script = f'#!/bin/sh\n[ "$1" = version ] && echo "{answer}" && exit\n{real} "$@"\n'
    (fake_git / "git").write_text(script)
    env = {"PATH": f"{fake_git}:/usr/bin:/bin"}
    assert tagboat("version", "next", cwd=released.path, env=env) == (0, "1.1.0\n", "")


def test_git_that_fails_without_a_word(released: GitRepo, fake_git: Path) -> None:
    done = tagboat("version", "next", cwd=released.path, env={"PATH": f"{fake_git}:/usr/bin:/bin"})
    assert done.code == 1
    assert _is_clear(done)
    assert "status 1" in done.stderr


@pytest.mark.parametrize("name", ["HEAD~1", "HEAD", "v1.0.0", "v1.0.0^{commit}"])
def test_an_object_in_the_range_is_missing(released: GitRepo, name: str) -> None:
    _object(released, name).unlink()
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)
    assert "git fsck" in done.stderr


@pytest.mark.parametrize("name", ["HEAD~1", "HEAD", "v1.0.0", "v1.0.0^{commit}"])
@pytest.mark.parametrize("keep", [0, 20])
def test_an_object_in_the_range_is_cut_short(released: GitRepo, name: str, keep: int) -> None:
    path = _object(released, name)
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:keep])
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)
    assert "git fsck" in done.stderr


def test_an_object_that_a_changelog_needs_is_missing(repo: GitRepo, tmp_path: Path) -> None:
    repo.commits("feat: a", "fix: b")
    repo.tag("v1.0.0")
    repo.commit("fix: c")
    _object(repo, "v1.0.0~1").unlink()
    written = tmp_path / "CHANGELOG.md"
    written.write_text("mine\n")
    assert tagboat("version", "next", cwd=repo.path).code == 0
    done = tagboat("changelog", "-o", str(written), cwd=repo.path)
    assert done.code == 1
    assert _is_clear(done)
    assert "git fsck" in done.stderr
    assert written.read_text() == "mine\n"


def test_trees_and_blobs_that_are_missing_are_not_missed(released: GitRepo) -> None:
    _object(released, "HEAD~3:a.txt").unlink()
    _object(released, "HEAD^{tree}").unlink()
    assert tagboat("version", "next", cwd=released.path) == (0, "1.1.0\n", "")


def test_a_bare_repository_s_trees_are_not_read_for_a_mailmap(released: GitRepo) -> None:
    path = _object(released, "HEAD^{tree}")
    released.git("config", "core.bare", "true")
    path.chmod(0o644)
    path.write_bytes(b"")
    assert tagboat("version", "next", cwd=released.path / ".git") == (0, "1.1.0\n", "")


def test_head_names_a_branch_that_is_missing(released: GitRepo) -> None:
    released.git("symbolic-ref", "HEAD", "refs/heads/elsewhere")
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)
    assert "'elsewhere'" in done.stderr
    assert "git switch" in done.stderr


@pytest.mark.parametrize("content", ["2" * 40, "junk", ""])
def test_head_names_a_branch_that_is_broken(released: GitRepo, content: str) -> None:
    (released.path / ".git/refs/heads/main").write_text(f"{content}\n")
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)


def test_a_branch_that_is_broken_in_a_repository_without_tags(repo: GitRepo) -> None:
    repo.commit("feat: a")
    (repo.path / ".git/refs/heads/main").write_text("junk\n")
    done = tagboat("version", "next", cwd=repo.path)
    assert done.code == 1
    assert _is_clear(done)


def test_a_detached_head_whose_commit_is_missing(released: GitRepo) -> None:
    released.detach()
    _object(released, "HEAD").unlink()
    done = tagboat("version", "next", "--channel", "main", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)


def test_a_repository_of_a_format_that_git_does_not_know(released: GitRepo) -> None:
    released.git("config", "core.repositoryFormatVersion", "99")
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)


def test_a_configuration_that_git_can_t_read(released: GitRepo) -> None:
    (released.path / ".git/config").write_text("[core\n")
    done = tagboat("version", "next", cwd=released.path)
    assert done.code == 1
    assert _is_clear(done)


def test_a_failure_writes_nothing(released: GitRepo) -> None:
    _object(released, "HEAD~1").unlink()
    before = _files(released.path)
    tagboat("version", "next", cwd=released.path)
    tagboat("explain", cwd=released.path)
    assert _files(released.path) == before


def test_a_preview_writes_nothing(released: GitRepo) -> None:
    before = _files(released.path)
    tagboat("version", "next", cwd=released.path)
    tagboat("explain", cwd=released.path)
    assert _files(released.path) == before
