"""Paths that a repository names: none leads out of the work tree or into git's own."""

import os
from pathlib import Path

import pytest

from tagboat.adapters.repository_files import RepositoryFiles, is_gits, read_text, write_text
from tagboat.core.errors import UsageError
from tests.commandline import tagboat, tagboat_process
from tests.gitrepo import GitRepo

GITS = (
    ".git/config",
    ".git/hooks/post-commit",
    ".GIT/config",
    ".Git/hooks/x",
    "sub/.git/config",
    ".git./config",
    ".git /config",
    ".git . /config",
    "GIT~1/config",
    "git~1 ./config",
    ".git::$INDEX_ALLOCATION/config",
    ".git\\config",
    ".g\u200cit/config",
    "\u2060.git\ufeff/config",
    ".git",
)


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """A released version and a change after it."""
    repo.commit("feat: start")
    repo.tag("v1.0.0")
    repo.commit("fix: a")
    return repo


def configure(repo: GitRepo, file: str) -> None:
    text = file.replace("\\", "\\\\")
    (repo.path / "tagboat.toml").write_text(f'[changelog]\nfile = "{text}"\n')


def updated(repo: GitRepo) -> tuple[int, str]:
    done = tagboat_process("changelog", "--next", "--update", cwd=repo.path, starts=400)
    return done.code, done.stderr


@pytest.mark.parametrize("path", GITS)
def test_every_spelling_of_gits_folder_is_known(path: str) -> None:
    assert is_gits(path)


@pytest.mark.parametrize("path", [".github/x", ".gitignore", "git/x", "a.git/x", ".gitlab-ci.yml"])
def test_names_that_only_resemble_it_are_others(path: str) -> None:
    assert not is_gits(path)


@pytest.mark.matrix
@pytest.mark.parametrize("path", GITS)
def test_a_changelog_among_gits_files_is_refused(released: GitRepo, path: str) -> None:
    before = (released.path / ".git" / "config").read_bytes()
    configure(released, path)
    code, said = updated(released)
    assert (code, "Traceback" in said) == (2, False)
    assert (released.path / ".git" / "config").read_bytes() == before
    assert not (released.path / ".git" / "hooks" / "post-commit").exists()


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_changelog_behind_a_link_out_is_refused(
    released: GitRepo, tmp_path: Path, *, is_folder: bool
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_text("theirs\n")
    target, file = (outside, "docs/a.md") if is_folder else (outside / "a.md", "docs")
    (released.path / "docs").symlink_to(target)
    configure(released, file)
    code, said = updated(released)
    assert (code, (outside / "a.md").read_text()) == (2, "theirs\n")
    assert "a link leads out of the repository" in said


@pytest.mark.parametrize("file", ["docs/.git/x.md", "docs/a.md"])
def test_a_link_into_gits_folder_is_refused(released: GitRepo, file: str) -> None:
    (released.path / "docs").symlink_to(".git" if file == "docs/a.md" else ".")
    configure(released, file)
    code, said = updated(released)
    assert (code, "it belongs to git itself" in said) == (2, True)


def test_a_pipe_is_no_changelog(released: GitRepo) -> None:
    os.mkfifo(released.path / "pipe.md")
    configure(released, "pipe.md")
    code, said = updated(released)
    assert (code, "this is not a regular file" in said) == (2, True)


def test_a_changelog_without_end_is_refused(released: GitRepo) -> None:
    with (released.path / "big.md").open("wb") as file:
        file.truncate(5 << 30)
    configure(released, "big.md")
    code, said = updated(released)
    assert (code, "it has more than" in said) == (2, True)


@pytest.mark.parametrize("name", ["out.md", "docs/out.md", ".git/config", "git.md"])
def test_an_answer_is_not_written_through_a_link_of_the_repository(
    released: GitRepo, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (released.path / "docs").symlink_to(outside)
    (released.path / "out.md").symlink_to(outside / "new.md")
    (released.path / "git.md").symlink_to(".git/config")
    before = (released.path / ".git" / "config").read_bytes()
    done = tagboat("changelog", "-o", name, cwd=released.path)
    assert (done.code, list(outside.iterdir())) == (2, [])
    assert (released.path / ".git" / "config").read_bytes() == before


def test_an_answer_may_be_written_anywhere_a_person_says(released: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    done = tagboat("changelog", "-o", str(tmp_path / "link" / "a.md"), cwd=released.path)
    assert (done.code, (tmp_path / "real" / "a.md").exists()) == (0, True)


def test_a_bare_repository_has_no_file_to_update(released: GitRepo, tmp_path: Path) -> None:
    released.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    done = tagboat("changelog", "--update", cwd=tmp_path / "bare")
    assert (done.code, (tmp_path / "bare" / "CHANGELOG.md").exists()) == (2, False)
    assert "no work tree" in done.stderr


@pytest.mark.parametrize("name", ["tagboat.toml", "pyproject.toml"])
def test_a_configuration_that_lies_elsewhere_is_not_read(
    released: GitRepo, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("[password]\nword = hunter2\n")
    (released.path / name).symlink_to(tmp_path / "secret")
    done = tagboat("version", "next", cwd=released.path)
    assert (done.code, "hunter2" in done.stderr) == (2, False)


def test_a_template_is_no_pipe(released: GitRepo) -> None:
    os.mkfifo(released.path / "a.md.j2")
    done = tagboat_process("changelog", "--template", "a.md.j2", cwd=released.path, starts=400)
    assert done.code == 2


# The gate itself


def test_gits_folder_under_another_name_is_gits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".git").write_text("gitdir: data\n")
    with pytest.raises(UsageError, match="belongs to git"):
        RepositoryFiles(str(tmp_path)).inside("data/config")
    with pytest.raises(UsageError, match="belongs to git"):
        write_text(str(tmp_path / "data" / "config"), ["x"])


def test_folders_that_lead_into_themselves_end(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).symlink_to(".")
    (tmp_path / "x.txt").write_text("x")
    files = RepositoryFiles(str(tmp_path))
    assert "x.txt" in files.matching("**/**/**/**/**/*.txt")


def test_a_pattern_names_what_a_shell_names(tmp_path: Path) -> None:
    for path in ("a/b/c.txt", "a/c.txt", "a/.d/c.txt", "a/.c.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    files = RepositoryFiles(str(tmp_path))
    assert files.matching("a/*") == ("a/b", "a/c.txt")
    assert files.matching("a/**/*.txt") == ("a/b/c.txt", "a/c.txt")
    assert files.matching("a/.*") == ("a/.c.txt", "a/.d")
    assert files.matching("**") == ("a", "a/b", "a/b/c.txt", "a/c.txt")
    assert files.folders("*") == ("a",)


def test_a_chain_of_links_that_comes_back_is_inside(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    (tree / "a").symlink_to("../tree/b")
    write_text(str(tree / "a"), ["x"])
    assert (read_text(str(tree / "b")), (tree / "a").is_symlink()) == ("x", True)


def test_links_that_lead_to_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UsageError, match="too many levels of links"):
        read_text(str(tmp_path / "a"))


# A git directory among the files


@pytest.mark.parametrize("settings", ["bare = true", "bare = false\n\tworktree = ../web"])
@pytest.mark.parametrize("command", [("version", "next"), ("plan",), ("check",), ("release",)])
def test_a_git_directory_among_the_files_decides_nothing(
    repo: GitRepo, tmp_path: Path, settings: str, command: tuple[str, ...]
) -> None:
    ran = tmp_path / "ran"
    files = {
        "web/HEAD": "ref: refs/heads/main\n",
        "web/objects/keep": "",
        "web/refs/keep": "",
        "web/config": f"[core]\n\t{settings}\n\tfsmonitor = touch {ran}\n"
        f'[remote "origin"]\n\turl = "ext::touch {ran}"\n[protocol "ext"]\n\tallow = always\n',
    }
    repo.commit("feat: a", files=files)
    result = tagboat(*command, cwd=repo.path / "web")

    assert (result.code, result.stdout) == (1, "")
    assert "is not trusted" in result.stderr
    assert (
        "  try: go to the top folder of the one around it, or name that with -C\n"
    ) in result.stderr
    assert not ran.exists()
    assert tagboat("version", "next", cwd=repo.path).code == 0


def test_a_bare_repository_that_lies_among_the_files_of_another_answers(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    bare = repo.clone(repo.path / "mirror.git", bare=True)

    assert tagboat("version", "next", cwd=bare.path) == (0, "1.0.1\n", "")
