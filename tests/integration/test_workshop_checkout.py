"""The folder that images are built in: the files of a commit, the same on every machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.git.scratch_clone import ScratchClone, open_scratch_clone
from tests.gitrepo import GitRepo

FILES: dict[str, str | bytes] = {
    "a.txt": "one\r\ntwo\n",
    "sub/run.sh": "#!/bin/sh\n",
    "sub/private": "x",
    ".gitattributes": "private export-ignore\n*.txt text eol=lf\n",
    ".dockerignore": "x\n",
}


@pytest.fixture
def made(repo: GitRepo) -> GitRepo:
    """A repository whose commit has a program, a link, and attributes that change files."""
    repo.commit("feat: begin", files=FILES)
    (repo.path / "sub/run.sh").chmod(0o700)
    (repo.path / "link").symlink_to("a.txt")
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--amend", "--no-edit")
    return repo


@pytest.fixture
def scratch(made: GitRepo) -> Iterator[ScratchClone]:
    with open_scratch_clone(str(made.path)) as scratch:
        yield scratch


def everything(folder: str) -> list[Path]:
    return sorted(path.relative_to(folder) for path in Path(folder).rglob("*"))


def test_the_folder_has_the_files_of_the_commit_and_nothing_else(
    made: GitRepo, scratch: ScratchClone
) -> None:
    (made.path / "untracked").touch()
    folder = scratch.checkout(made.head)
    assert [str(path) for path in everything(folder)] == [
        ".dockerignore",
        ".gitattributes",
        "a.txt",
        "link",
        "sub",
        "sub/private",
        "sub/run.sh",
    ]
    blob = made.git("rev-parse", "HEAD:a.txt")
    assert made.git("hash-object", "--no-filters", f"{folder}/a.txt") == blob
    assert Path(folder, "link").readlink() == Path("a.txt")


def test_everything_has_the_time_of_the_commit(made: GitRepo, scratch: ScratchClone) -> None:
    folder = scratch.checkout(made.head)
    time = int(made.git("show", "--no-patch", "--format=%ct"))
    assert scratch.time_of(made.head) == time
    places = [Path(folder), *(Path(folder, path) for path in everything(folder))]
    assert {place.lstat().st_mtime_ns for place in places} == {time * 10**9}


def test_modes_do_not_depend_on_this_machine(made: GitRepo, scratch: ScratchClone) -> None:
    before = os.umask(0o077)
    try:
        folder = Path(scratch.checkout(made.head))
    finally:
        os.umask(before)
    modes = {
        name: stat.S_IMODE((folder / name).stat().st_mode)
        for name in ("a.txt", "sub", "sub/run.sh", "")
    }
    assert modes == {"a.txt": 0o644, "sub": 0o755, "sub/run.sh": 0o755, "": 0o755}


def test_each_checkout_has_a_folder_of_its_own(made: GitRepo, scratch: ScratchClone) -> None:
    first = scratch.checkout(made.head)
    second = made.commit("fix: other", files={"a.txt": "three\n"})
    folder = scratch.checkout(second)
    assert folder != first
    assert Path(folder, "a.txt").read_text() == "three\n"


def test_a_commit_holds_all_of_its_files(made: GitRepo, scratch: ScratchClone) -> None:
    assert scratch.absent(made.head) == ([], [])


def test_submodules_are_named_and_empty(made: GitRepo, scratch: ScratchClone) -> None:
    made.git("update-index", "--add", "--cacheinfo", f"160000,{made.head},lib/x y")
    commit = made.git("commit-tree", "-p", "HEAD", "-m", "feat: lib", made.git("write-tree"))
    assert scratch.absent(commit) == (["lib/x y"], [])
    assert not any(Path(scratch.checkout(commit), "lib/x y").iterdir())


def test_files_in_git_lfs_are_named(made: GitRepo, scratch: ScratchClone) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1\n"
    made.commit("feat: big", files={"sub/big.bin": pointer, "small.bin": "x"})
    assert scratch.absent(made.head) == ([], [])
    made.commit("chore: track", files={"sub/.gitattributes": "*.bin filter=lfs\n"})
    assert scratch.absent(made.head) == ([], ["sub/big.bin"])
