"""Files of a commit in a folder of their own, and what a commit names and does not hold."""

import os
import stat

from tagboat.adapters.git.command import GitCommand

_SUBMODULE = "160000"
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_POINTER = "^version https://git-lfs.github.com/spec/v"


def normalize_files(folder: str, time: int) -> None:
    """Give all that is in a folder the modes git knows, and one time in seconds since 1970.

    Otherwise they would be those of this machine: its umask, and the moment of the checkout.
    """
    for path, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            _settle(os.path.join(path, name), time)
    _settle(folder, time)


def _settle(path: str, time: int) -> None:
    mode = os.lstat(path).st_mode
    if not stat.S_ISLNK(mode):
        is_open = stat.S_ISDIR(mode) or mode & stat.S_IXUSR
        os.chmod(path, 0o755 if is_open else 0o644)
    os.utime(path, (time, time), follow_symlinks=False)


def submodules(command: GitCommand, commit: str) -> list[str]:
    """The paths of a commit's submodules."""
    listed = command.run("ls-tree", "-r", "-z", commit)
    entries = [entry.partition("\t") for entry in listed.split("\0")]
    return [path for mode, _, path in entries if mode.startswith(_SUBMODULE)]


def large_files(command: GitCommand, commit: str) -> list[str]:
    """The paths of a commit's files that are pointers of Git LFS."""
    attributes = ("--", ".gitattributes", "**/.gitattributes")
    if command.answer("grep", "--quiet", "filter=lfs", commit, *attributes).code:
        return []
    found = command.answer("grep", "-z", "-l", "-I", _POINTER, commit)
    return [name.removeprefix(f"{commit}:") for name in found.output.split("\0") if name]
