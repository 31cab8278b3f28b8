"""The configurations of other tools in a repository, and the one of ours that they become."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from tagboat.core.config.migrate import HOMES, TOOLS, OldTool, migrate
from tagboat.core.config.migrate.old_file import OldFile
from tagboat.core.config.migrate.translation import ReportRow, Translation
from tagboat.core.config.writing import toml_text
from tagboat.core.errors import UsageError
from tagboat.core.version_files.locate import Folder

_BELOW = ("*/*", "*/.*", "*/*/*", "*/*/.*", "*/*/*/*", "*/*/*/.*")
_FOREIGN = {"node_modules", "vendor", "third_party"}


class SearchedFolder(Folder, Protocol):
    """The files of a work tree, which can be searched."""

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The paths that a pattern names, sorted."""
        ...


class Migration(NamedTuple):
    """What a migration is: the text of `tagboat.toml`, the tools that were asked, the report.

    ``own`` are the files that are needed no more; ``shared`` tell others something, too.
    """

    text: str
    tools: tuple[str, ...]
    own: tuple[str, ...]
    shared: tuple[str, ...]
    report: Translation


def migration(
    folder: SearchedFolder, tool: str = "", path: str = "", repository: str = ""
) -> Migration:
    """Read what other tools were told in a repository, and say it in ours.

    ``tool`` asks for one tool alone, ``path`` for one file of it; ``repository`` is what its forge
    calls this one. Raises UsageError where there is nothing of the kind.
    """
    search = _FileSearch(folder, path)
    found = [
        (one, files)
        for one in TOOLS
        if one.name == tool or not tool
        if (files := search.files(one))
    ]
    if not found and not search.unread:
        what = path or f"a configuration of {tool or 'another tool'}"
        names = ", ".join(one.name for one in TOOLS)
        raise UsageError(f"there is no {what} here", f"tools that are read: {names}")
    report = migrate(folder, found, repository)
    report.left[:0] = search.unread
    own = [file.path for one, some in found for file in some if one.owns(file.path)]
    paths = dict.fromkeys(file.path for _, some in found for file in some)
    head = f"Made by `tagboat migrate` from {', '.join(paths)}. `tagboat schema` has every key."
    text = toml_text(_without_empty(report.data), report.origins, head)
    shared = tuple(path for path in paths if path not in own)
    return Migration(text, tuple(one.name for one, _ in found), tuple(own), shared, report)


class _FileSearch:
    """The search for the files of tools; ``unread`` is what was found and not read."""

    def __init__(self, folder: SearchedFolder, path: str) -> None:
        self._folder = folder
        self._path = path
        self.unread: list[ReportRow] = []

    def files(self, tool: OldTool) -> Sequence[OldFile]:
        """The files of a tool: the first that tells it something, or all of them."""
        read = [file for path in self._paths(tool) if (file := self._read(tool, path)) is not None]
        if tool.takes_all:
            return read
        for file in read[1:]:
            row = ReportRow(tool.name, file.path, 1, file.path, _top_keys(file))
            note = f"{read[0].path} is read; migrate this one with --from {file.path}"
            self.unread.append(row._replace(note=note))
        return read[:1]

    def _paths(self, tool: OldTool) -> Iterator[str]:
        """The paths that may be a tool's: at the usual places, or else in folders below."""
        if self._path:
            yield self._path
            return
        usual = [
            path
            for home in HOMES
            for name in tool.files
            for path in self._folder.matching(f"{home}/{name}" if home else name)
        ]
        yield from usual
        if not (usual and tool.takes_all):
            yield from (path for path in self._below if tool.is_named(path))

    @cached_property
    def _below(self) -> tuple[str, ...]:
        """All paths in the first folders below the top, those of packages of others aside."""
        found = (path for pattern in _BELOW for path in self._folder.matching(pattern))
        return tuple(path for path in found if not _FOREIGN & set(path.split("/")))

    def _read(self, tool: OldTool, path: str) -> OldFile | None:
        try:
            text = self._folder.text(path)
            return None if text is None else tool.read(path, text)
        except UsageError as error:
            if tool.owns(path):
                note = error.message.removeprefix(f"{path}: ")
                self.unread.append(ReportRow(tool.name, path, 1, path, (path,), note=note))
            return None


def _top_keys(file: OldFile) -> tuple[str, ...]:
    return tuple(map(str, file.data)) if isinstance(file.data, dict) else (file.path,)


def _without_empty(data: dict[str, object]) -> dict[str, object]:
    """The same without tables and lists that hold nothing."""
    return {key: value for key, value in data.items() if value not in ({}, [])}
