"""What helps where something outside is not as it should be: the words, and that they do help."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.hints import NEXT, Refused, both, followed, written


def on_a_branch_without_commits(repo: GitRepo) -> None:
    repo.git("symbolic-ref", "HEAD", "refs/heads/gone")


def with_a_tag_of_nothing(repo: GitRepo) -> None:
    (repo.path / ".git/refs/tags/v9.0.0").write_text("12" * 20 + "\n")


def without_a_commit(repo: GitRepo) -> None:
    commit = repo.git("rev-parse", "HEAD~1").strip()
    (repo.path / ".git/objects" / commit[:2] / commit[2:]).unlink()


def with_a_remote_that_is_gone(repo: GitRepo) -> None:
    repo.git("remote", "add", "origin", str(repo.path / "gone.git"))
    repo.git("tag", "--delete", "v1.0.0")


LATIN = 'initial = "0.1.0" # \u00e4\n'
REFUSED = {
    "a branch without commits": Refused(
        on_a_branch_without_commits,
        "go to a branch that has, with `git switch`, or run `git fsck`",
        lambda repo: repo.git("switch", "--quiet", "main"),
    ),
    "a remote that is gone": Refused(
        with_a_remote_that_is_gone,
        "--offline answers from this clone alone",
        again=(*NEXT, "--offline"),
    ),
    "a configuration in another encoding": Refused(
        written("tagboat.toml", LATIN.encode("latin-1")),
        "save the file as UTF-8",
        written("tagboat.toml", LATIN),
    ),
    "two configurations": Refused(
        both(
            written("tagboat.toml", 'initial = "0.1.0"\n'),
            written("pyproject.toml", '[tool.tagboat]\ninitial = "0.1.0"\n'),
        ),
        "keep tagboat.toml and delete [tool.tagboat] from pyproject.toml, or move what it says "
        "there",
        written("pyproject.toml", ""),
    ),
    "a configuration in a shared file already": Refused(
        written("pyproject.toml", '[tool.tagboat]\ninitial = "0.1.0"\n'),
        "change that, or delete it and run this again",
        written("pyproject.toml", ""),
        ("init",),
    ),
    "a configuration that is there already": Refused(
        written("tagboat.toml", 'initial = "0.1.0"\n'),
        "change it, or delete it and run this again",
        lambda repo: (repo.path / "tagboat.toml").unlink(),
        ("init",),
    ),
    "a format that no template writes": Refused(
        written("tagboat.toml", '[changelog]\nfile = "CHANGELOG.adoc"\n'),
        "name a template of your own in `changelog.template`, such as ./changelog.txt.j2",
        both(
            written("changelog.txt.j2", "x"),
            written(
                "tagboat.toml",
                '[changelog]\nfile = "CHANGELOG.adoc"\ntemplate = "./changelog.txt.j2"\n',
            ),
        ),
        ("changelog",),
    ),
    "one of git's own files": Refused(
        bool,
        "name another file",
        command=("changelog", "-o", ".git/x.md"),
        again=("changelog", "-o", "x.md"),
    ),
    "no folder": Refused(bool, "name one with -C", command=("-C", "gone", *NEXT), again=NEXT),
}


@pytest.fixture
def begun(repo: GitRepo) -> GitRepo:
    """A repository with a release and a fix since."""
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    repo.commit("fix: c")
    return repo


@pytest.mark.parametrize("case", REFUSED)
def test_what_fails_goes_once_its_hint_is_followed(case: str, begun: GitRepo) -> None:
    followed(REFUSED[case], begun)


@pytest.mark.parametrize("spoiled", [with_a_tag_of_nothing, without_a_commit])
def test_what_git_can_not_read_is_named_by_what_the_hint_says(
    spoiled: Callable[[GitRepo], object], begun: GitRepo
) -> None:
    spoiled(begun)
    failed = tagboat(*NEXT, cwd=begun.path)
    assert "  try: run `git fsck`\n" in failed.stderr
    with pytest.raises(RuntimeError, match=r"v9\.0\.0|missing commit"):
        begun.git("fsck")


def test_a_folder_outside_of_repositories_says_how_to_name_one(
    begun: GitRepo, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    failed = tagboat(*NEXT, cwd=outside)
    assert "  try: go to one, or name it with -C\n" in failed.stderr
    assert tagboat("-C", str(begun.path), *NEXT, cwd=outside).code == 0


def test_a_time_in_milliseconds_says_what_is_wanted(begun: GitRepo) -> None:
    words = ("changelog", "--next")
    failed = tagboat(*words, cwd=begun.path, env={"SOURCE_DATE_EPOCH": "1704067200000000"})
    assert "  try: give seconds since 1970, not milliseconds\n" in failed.stderr
    assert tagboat(*words, cwd=begun.path, env={"SOURCE_DATE_EPOCH": "1704067200"}).code == 0
