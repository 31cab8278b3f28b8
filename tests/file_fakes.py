"""A fake of the folder that version files and manifests are read from."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from tagboat.core.version_files.locate import Folder


class MemoryFolder(Folder):
    """Files by path, and the folders that they are in."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def text(self, path: str) -> str | None:
        return self.files.get(path)

    def folders(self, pattern: str) -> tuple[str, ...]:
        folders = {path.rpartition("/")[0] for path in self.files}
        return tuple(sorted(one for one in folders if fnmatchcase(one, pattern)))
