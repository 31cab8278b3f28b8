"""Text files, read and written whole: a file holds the old text or the new one, never half."""

import os
import tempfile
from collections.abc import Iterable

from tagboat.core.errors import OutsideError, UsageError


def read_text(path: str) -> str | None:
    """A file's text, every byte kept (surrogate escapes stand for what is not UTF-8).

    None where there is no such file. Raises UsageError where it can't be read.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error


def write_text(path: str, pieces: Iterable[str]) -> None:
    """Put a file in place once all of its pieces are written; links are followed.

    Raises OutsideError where it can't be written; then the file is what it was before.
    """
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode & 0o7777 if os.path.exists(target) else None
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".tagboat-")
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}") from error
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(pieces)
        os.chmod(temporary, 0o666 & ~_umask() if mode is None else mode)
        os.replace(temporary, target)
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
