"""The folder that images are built in: the files of a commit, the same on every machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.git.command import GitCommand
from tagboat.adapters.git.scratch_clone import ScratchClone, open_scratch_clone
from tagboat.adapters.git.scratch_clone.remote_mirror import note_of
from tagboat.core.errors import UsageError
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
    with scratch.exported(made.head) as folder:
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
    time = int(made.git("show", "--no-patch", "--format=%ct"))
    assert scratch.time_of(made.head) == time
    with scratch.exported(made.head) as folder:
        places = [Path(folder), *(Path(folder, path) for path in everything(folder))]
        assert {place.lstat().st_mtime_ns for place in places} == {time * 10**9}


def test_modes_do_not_depend_on_this_machine(made: GitRepo, scratch: ScratchClone) -> None:
    before = os.umask(0o077)
    try:
        with scratch.exported(made.head) as folder:
            modes = {
                name: stat.S_IMODE(Path(folder, name).stat().st_mode)
                for name in ("a.txt", "sub", "sub/run.sh", "")
            }
    finally:
        os.umask(before)
    assert modes == {"a.txt": 0o644, "sub": 0o755, "sub/run.sh": 0o755, "": 0o755}


def test_each_export_has_a_folder_of_its_own_that_goes_with_it(
    made: GitRepo, scratch: ScratchClone
) -> None:
    with scratch.exported(made.head) as first:
        second = made.commit("fix: other", files={"a.txt": "three\n"})
        with scratch.exported(second) as folder:
            assert folder != first
            assert Path(folder, "a.txt").read_text() == "three\n"
    assert not Path(first).exists()
    assert not Path(folder).exists()


def test_checkout_ends_with_its_block(made: GitRepo, scratch: ScratchClone) -> None:
    with scratch.checked_out(made.head) as checkout:
        assert checkout.text("a.txt") == "one\ntwo\n"
    with pytest.raises(RuntimeError, match="has ended"):
        checkout.text("a.txt")


def test_checkout_ends_where_another_one_begins(made: GitRepo, scratch: ScratchClone) -> None:
    second = made.commit("fix: other", files={"a.txt": "three\n"})
    with scratch.checked_out(made.git("rev-parse", "HEAD~1")) as first:
        with scratch.checked_out(second) as checkout:
            assert checkout.text("a.txt") == "three\n"
        for act in (lambda: first.path, lambda: first.add(["a.txt"]), lambda: first.commit("x", 0)):
            with pytest.raises(RuntimeError, match="has ended"):
                act()


def test_checkout_has_nothing_that_another_one_left(made: GitRepo, scratch: ScratchClone) -> None:
    with scratch.checked_out(made.head) as checkout:
        Path(checkout.path, "made").touch()
        Path(checkout.path, "a.txt").write_text("changed")
    with scratch.checked_out(made.head) as checkout:
        assert checkout.text("made") is None
        assert checkout.text("a.txt") == "one\ntwo\n"


def test_text_of_a_commit_is_read_whatever_is_checked_out(
    made: GitRepo, scratch: ScratchClone
) -> None:
    first = made.head
    with scratch.checked_out(made.commit("fix: other", files={"a.txt": "three\n"})):
        texts = [scratch.text_at(first, path) for path in ("a.txt", "./sub/../link", "none", "sub")]
    assert texts == ["one\ntwo\n", "one\ntwo\n", None, None]


@pytest.mark.parametrize("path", ["../a.txt", "/etc/hostname", "out"])
def test_text_outside_of_a_commit_is_not_read(
    path: str, made: GitRepo, scratch: ScratchClone
) -> None:
    (made.path / "out").symlink_to("/etc/hostname")
    made.git("add", "out")
    made.git("commit", "--quiet", "-m", "fix: out")
    with pytest.raises(UsageError, match="leads out of the repository"):
        scratch.text_at(made.head, path)


def test_a_commit_holds_all_of_its_files(made: GitRepo, scratch: ScratchClone) -> None:
    assert scratch.absent(made.head) == ([], [])


def test_submodules_are_named_and_empty(made: GitRepo, scratch: ScratchClone) -> None:
    made.git("update-index", "--add", "--cacheinfo", f"160000,{made.head},lib/x y")
    commit = made.git("commit-tree", "-p", "HEAD", "-m", "feat: lib", made.git("write-tree"))
    assert scratch.absent(commit) == (["lib/x y"], [])
    with scratch.exported(commit) as folder:
        assert not any(Path(folder, "lib/x y").iterdir())


def test_files_in_git_lfs_are_named(made: GitRepo, scratch: ScratchClone) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1\n"
    made.commit("feat: big", files={"sub/big.bin": pointer, "small.bin": "x"})
    assert scratch.absent(made.head) == ([], [])
    made.commit("chore: track", files={"sub/.gitattributes": "*.bin filter=lfs\n"})
    assert scratch.absent(made.head) == ([], ["sub/big.bin"])


@pytest.mark.parametrize("folders", range(4))
def test_note_is_found_however_deep_git_puts_it(repo: GitRepo, folders: int) -> None:
    commit, cut = repo.commit("feat: a"), 2 * folders
    path = "/".join([*(commit[at : at + 2] for at in range(0, cut, 2)), commit[cut:]])
    repo.git("notes", "--ref=tagboat", "add", "-m", "beside", repo.commit("fix: b"))
    repo.git("switch", "--quiet", "--orphan", "notes")
    repo.git("update-ref", "refs/notes/tagboat", repo.commit("notes", files={path: "told\n"}))
    command = GitCommand(str(repo.path))
    assert note_of(command, "refs/notes/tagboat", commit) == "told\n"
    assert note_of(command, "refs/notes/tagboat", repo.head) == ""


def test_tree_is_as_committed_again_once_anything_was_changed(
    made: GitRepo, scratch: ScratchClone
) -> None:
    with scratch.checked_out(made.head, only_read=True) as checkout:
        assert checkout.text("a.txt") is not None
    with scratch.checked_out(made.head) as checkout:
        before = checkout.text("a.txt")
        (Path(checkout.path) / "a.txt").write_text("changed\n")
    with scratch.checked_out(made.head) as checkout:
        assert checkout.text("a.txt") == before
