"""The files of a repository, none of them outside it."""

import glob
import os
import stat

from tagboat.core.errors import UsageError

_HINT = "`files` names files of this repository, by their paths from its top"


class RepositoryFolder:
    """The files below a root folder.

    Links are followed as long as they stay inside. Whatever would leave the folder, or reach into
    git's own, raises UsageError.
    """

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)

    def text(self, path: str) -> str | None:
        """A file's text, every byte kept (surrogate escapes stand for what is not UTF-8).

        None where there is no such file. Raises UsageError for what is no regular file and for one
        that can't be read.
        """
        place = self.absolute(path)
        try:
            mode = os.stat(place).st_mode
            if stat.S_ISDIR(mode):
                raise UsageError(f"{path}: this is a folder", "name a file in it")
            if not stat.S_ISREG(mode):
                raise UsageError(f"{path}: this is not a regular file")
            with open(place, encoding="utf-8", errors="surrogateescape", newline="") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UsageError(f"{path}: it can't be read: {error.strerror}") from error

    def folders(self, pattern: str) -> tuple[str, ...]:
        """The folders that a path with `*`, `?` and `**` in it names, sorted; none outside."""
        found = glob.glob(pattern, root_dir=self._root, recursive=True)
        return tuple(sorted({path.rstrip("/") for path in found if self._is_folder(path)}))

    def inside(self, path: str) -> str:
        """The path of the file itself from the root, once links are followed.

        Raises UsageError where it is not inside the root.
        """
        if not path or os.path.isabs(path) or ".." in path.split("/") or not path.isprintable():
            raise UsageError(f"{path!r} is not a path inside the repository", _HINT)
        real = os.path.realpath(os.path.join(self._root, path))
        if os.path.commonpath((real, self._root)) != self._root:
            raise UsageError(f"{path}: a link leads out of the repository to {real}", _HINT)
        relative = os.path.relpath(real, self._root)
        if ".git" in relative.lower().split("/"):
            raise UsageError(f"{path}: it belongs to git itself", _HINT)
        return relative

    def absolute(self, path: str) -> str:
        """Where a path from the root leads, links followed. Raises as `inside` does."""
        return os.path.join(self._root, self.inside(path))

    def _is_folder(self, path: str) -> bool:
        try:
            return os.path.isdir(self.absolute(path))
        except UsageError:
            return False
