"""What the version files say before the first tag: the version that a first release follows."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from tagboat.core.next_version.next_version import Start
from tagboat.core.version_files.edits import declared, parse_entry
from tagboat.core.version_files.locate import Folder


class PastFiles(Protocol):
    """The files of commits."""

    def files(self, commit: str) -> Folder:
        """The files of one commit."""
        ...

    def changes(self, commit: str, path: str) -> Iterator[str]:
        """The ids of the commits among a commit's ancestors that changed a file, last first."""
        ...


def declared_start(past: PastFiles, entries: Sequence[str], head: str) -> Start | None:
    """The highest version that the files of a commit hold, and the commit that put it there.

    Placeholders such as 0.0.0 declare nothing. Files that disagree are its fault.
    """
    parsed = list(map(parse_entry, entries))
    found = declared(parsed, past.files(head))
    if not found:
        return None
    fault = ""
    if len(set(found.values())) > 1:
        told = ", ".join(f"{path} holds {version}" for path, version in found.items())
        fault = f"no tag says which version file is right: {told}"
    version = max(found.values())
    path = next(path for path, held in found.items() if held == version)
    source = head
    for commit in past.changes(head, path.partition(", line ")[0]):
        if declared(parsed, past.files(commit)).get(path) != version:
            break
        source = commit
    return Start(version, path, source, fault)
