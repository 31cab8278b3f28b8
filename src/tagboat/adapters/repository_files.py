"""The one gate to files that a repository names: what it lets through lies inside the work tree.

A repository is written by strangers: its configuration, its links and what lies at its paths. So a
path is let through only where it stays in the work tree once links are followed, reaches nothing of
git's own in any spelling that some file system takes for `.git`
(https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectHFS), and leads to a
regular file of bounded size. What a person names on the command line may lie anywhere; links of a
work tree on the way there may not lead out of it either.

A file is written whole: it holds the old text or the new one, never half.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO

from tagboat.core.errors import OutsideError, UsageError

MOST_TEXT = 64 << 20
"""How many bytes a text file has at most: changelogs, version files, lock files."""

_HINT = "name a file of this repository by its path from the top"
# What HFS+ leaves out of names, as git's utf8.c lists it, and all else that has no width.
_IGNORED = dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
_IGNORED |= {0xAD: None, 0x180E: None, 0xFEFF: None}
_MOST_LINKS = 40


class RepositoryFiles:
    """The files below a root folder, the top of a work tree; paths are relative to it.

    Links are followed as long as they stay inside. Every method raises UsageError for a path that
    leads out of the folder, into git's own, or to what is no regular file of bounded size.
    """

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._git_folder = _git_folder(self._root)

    def inside(self, path: str) -> str:
        """The path of the file itself from the root, once links are followed."""
        if not path or os.path.isabs(path) or ".." in path.split("/") or not path.isprintable():
            raise UsageError(f"{path!r} is not a path inside the repository", _HINT)
        real = os.path.realpath(os.path.join(self._root, path))
        if not _is_below(real, self._root):
            raise UsageError(f"{path}: a link leads out of the repository to {real}", _HINT)
        relative = os.path.relpath(real, self._root)
        if is_gits(path) or is_gits(relative) or _is_below(real, self._git_folder):
            raise UsageError(f"{path}: it belongs to git itself", _HINT)
        return relative

    def absolute(self, path: str) -> str:
        """Where a path leads."""
        return os.path.normpath(os.path.join(self._root, self.inside(path)))

    def opened(self, path: str, most: int = MOST_TEXT) -> BinaryIO | None:
        """A file to read from, of ``most`` bytes; None where there is none."""
        return _open_regular(self.absolute(path), path, most)

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept (surrogate escapes stand for what is not UTF-8).

        None where there is no such file.
        """
        return _data_text(self.opened(path), path)

    def data(self, path: str, most: int = MOST_TEXT) -> bytes | None:
        """What a file holds; None where there is none."""
        return _data(self.opened(path, most), path, most)

    def write(self, path: str, pieces: Iterable[str]) -> None:
        """Put a file in place. Raises OutsideError where it can't be written."""
        _write(self.absolute(path), path, pieces)

    def remove(self, path: str) -> None:
        """Take a file away. Raises OutsideError where that can't be done."""
        place = self.absolute(path)
        try:
            os.unlink(place)
        except OSError as error:
            raise OutsideError(f"{path}: it can't be removed: {error.strerror}") from error

    def make_folder(self, path: str) -> None:
        """Make a folder with those above it. Raises OutsideError where it can't be made."""
        try:
            os.makedirs(self.absolute(path), exist_ok=True)
        except OSError as error:
            raise OutsideError(f"{path}: it can't be made: {error.strerror}") from error

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The paths that a pattern names, sorted: `*`, `?` and `[…]`, and `**` for folders.

        A name that begins with a dot is named by such a pattern alone. `**` follows no links.
        Nothing is opened, and no path is judged but those of folders on the way.
        """
        found = {""}
        *above, last = [part for part in pattern.split("/") if part not in ("", ".")] or [""]
        for part in above:
            is_plain = not _has_signs(part)
            named = self._named(found, part)
            found = {path for path in named if self._is_folder(path, is_plain=is_plain)}
        return tuple(sorted(filter(None, self._named(found, last, is_last=True))))

    def folders(self, pattern: str) -> tuple[str, ...]:
        """The folders that a pattern names, sorted; none outside."""
        return tuple(path for path in self.matching(pattern) if self._is_folder(path))

    def _named(self, folders: Iterable[str], part: str, *, is_last: bool = False) -> Iterator[str]:
        """The paths in some folders that one part of a pattern names."""
        from fnmatch import fnmatchcase

        for folder in folders:
            place = os.path.join(self._root, folder)
            if part == "**":
                yield folder
                yield from self._below(place, with_files=is_last)
            elif not _has_signs(part):
                if os.path.lexists(os.path.join(place, part)):
                    yield os.path.join(folder, part)
            else:
                hidden = part.startswith(".")
                for name in _names_in(place):
                    if (hidden or not name.startswith(".")) and fnmatchcase(name, part):
                        yield os.path.join(folder, name)

    def _below(self, place: str, *, with_files: bool) -> Iterator[str]:
        for path, folders, files in os.walk(place):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in (*folders, *(files if with_files else ())):
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(path, name), self._root)

    def _is_folder(self, path: str, *, is_plain: bool = False) -> bool:
        """Whether a path leads to a folder inside; ``is_plain`` raises where that is outside."""
        try:
            return not path or os.path.isdir(self.absolute(path))
        except UsageError:
            if is_plain:
                raise
            return False


def read_text(path: str) -> str | None:
    """The text of a file that a person names, as `RepositoryFiles.text` gives it.

    Raises UsageError where it can't be read.
    """
    return _data_text(_open_regular(_refuse_gits(location_of(path), path), path, MOST_TEXT), path)


def read_data(path: str, most: int = MOST_TEXT) -> bytes | None:
    """What a file holds that a person names, which may be one of git's own or a stream.

    None where there is no such file. Raises UsageError where it can't be read.
    """
    place = location_of(path)
    return _data(_open_regular(place, path, most, is_own=place == path), path, most)


def write_text(path: str, pieces: Iterable[str]) -> None:
    """Put a file that a person names in place, once all of its pieces are written.

    Raises UsageError where that would not be a file beside git's own, OutsideError where it can't
    be written; then the file is what it was before.
    """
    _write(_refuse_gits(location_of(path), path), path, pieces)


def keep_for_later(path: str, content: bytes) -> None:
    """Put a file of git's own folder in place, all at once, if one can be written there."""
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{path}.{os.getpid()}"
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)


def folder_named(path: str) -> str:
    """Where a folder lies that a person names, from the root, links followed.

    Raises UsageError where that would be one of git's own, or a link leads out of its work tree.
    """
    return os.path.realpath(_refuse_gits(location_of(path), path))


def beside(root: str, path: str) -> str:
    """Where a file lies that a configuration names and that need not be of its repository.

    That is one from the root of a file system, or in the user's own folder (`~`): a secret, a key.
    Any other is one of the repository at ``root``. Raises UsageError for what it may not name.
    """
    expanded = os.path.expanduser(path)
    if not os.path.isabs(expanded):
        return RepositoryFiles(root).absolute(path)
    return _refuse_gits(location_of(expanded), path)


def location_of(path: str) -> str:
    """Where a file that a person names lies; the path as it is where no link of a tree is on it.

    Raises UsageError where a link that lies in a work tree leads out of that.
    """
    at, trees = "/", dict[str, str]()
    left = os.path.normpath(os.path.join(os.getcwd(), path)).split("/")[::-1]
    links = 0
    while left:
        above, at = at, os.path.normpath(os.path.join(at, left.pop()))
        if not os.path.islink(at):
            continue
        links += 1
        if links > _MOST_LINKS:
            raise UsageError(f"{path} can't be read: too many levels of links")
        if tree := _work_tree(above):
            trees[tree] = at
        left += os.readlink(at).split("/")[::-1]
        at = "/" if left[-1] == "" else above
    for tree, link in trees.items():
        if not _is_below(at, tree):
            raise UsageError(f"{path}: the link {link} leads out of the repository to {at}", _HINT)
    return at if trees else path


def is_gits(path: str) -> bool:
    """Whether a path reaches what some file system takes for `.git`.

    Those of macOS leave characters out and know no case; those of Windows cut names at a colon and
    drop dots and blanks at their end.
    """
    names = path.translate(_IGNORED).lower().replace("\\", "/").split("/")
    return any(name.partition(":")[0].rstrip(". ") in (".git", "git~1") for name in names)


def _refuse_gits(place: str, path: str) -> str:
    """The same place. Raises UsageError where it is one of git's own."""
    absolute = os.path.join(os.getcwd(), place)
    tree = _work_tree(os.path.dirname(absolute))
    if is_gits(os.path.realpath(absolute)) or _is_below(absolute, _git_folder(tree)):
        raise UsageError(f"{path}: it belongs to git itself", "name another file")
    return place


def _work_tree(folder: str) -> str:
    """The top of the work tree that holds a folder; empty where none does."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def _git_folder(root: str) -> str:
    """Git's own folder where `.git` is a file that names it; else empty."""
    path = os.path.join(root, ".git")
    if not os.path.isfile(path):
        return ""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        _, _, named = file.read(1 << 12).strip().partition("gitdir: ")
    return os.path.realpath(os.path.join(root, named)) if named else ""


def _has_signs(part: str) -> bool:
    return any(sign in part for sign in "*?[")


def _is_below(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder.rstrip("/") + "/"))


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _open_regular(place: str, path: str, most: int, *, is_own: bool = False) -> BinaryIO | None:
    """Open a regular file of at most ``most`` bytes, and wait for nothing.

    ``is_own`` lets a stream through, which a person may name.
    """
    try:
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC | (0 if is_own else os.O_NONBLOCK))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path}: it can't be read: {reason}") from error
    fault = _file_fault(os.fstat(handle), most, is_own=is_own)
    if fault:
        os.close(handle)
        raise UsageError(f"{path}: {fault}")
    return os.fdopen(handle, "rb")


def _file_fault(seen: os.stat_result, most: int, *, is_own: bool) -> str:
    """Why a file is not read; empty where it is."""
    if stat.S_ISDIR(seen.st_mode):
        return "this is a folder"
    if not stat.S_ISREG(seen.st_mode):
        return "" if is_own else "this is not a regular file"
    return f"it has more than {most:,} bytes" if seen.st_size > most else ""


def _data(file: BinaryIO | None, path: str, most: int = MOST_TEXT) -> bytes | None:
    """All that a file holds, as long as that is no more than ``most`` bytes."""
    if file is None:
        return None
    with file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise UsageError(f"{path}: it can't be read: {error.strerror}") from error
    if len(data) > most:
        raise UsageError(f"{path}: it has more than {most:,} bytes")
    return data


def _data_text(file: BinaryIO | None, path: str) -> str | None:
    data = _data(file, path)
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _write(place: str, path: str, pieces: Iterable[str]) -> None:
    """Write a file beside its place, then put it there; links are followed."""
    import tempfile

    target = os.path.realpath(place)
    try:
        mode = _mode(target, path)
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".tagboat-")
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}") from error
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(pieces)
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _mode(target: str, path: str) -> int:
    """The mode that a file is to have: its own, or that of a new one."""
    if os.path.lexists(target):
        mode = os.stat(target).st_mode
        if not stat.S_ISREG(mode):
            raise UsageError(f"{path}: this is not a regular file")
        return stat.S_IMODE(mode)
    # The process's mask can only be read by setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask
