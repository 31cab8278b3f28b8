"""Configurations of other tools, said again in tagboat's words.

One file a tool, and one line in `TOOLS`: which files are the tool's, and what translates them.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from tagboat.core.config.migrate import (
    commitizen,
    git_cliff,
    goreleaser,
    python_semantic_release,
    release_please,
    semantic_release,
    standard_version,
    workflows,
)
from tagboat.core.config.migrate.key_rules import OldKey
from tagboat.core.config.migrate.old_file import OldFile, read_old_file
from tagboat.core.config.migrate.translation import Translation
from tagboat.core.version_files.locate import Folder, in_file

_SHARED = ("pyproject.toml", "package.json", "Cargo.toml", "setup.cfg")


class OldTool(NamedTuple):
    """Another tool: the names of its files, the tables in them that are its own, if not all.

    ``name`` is what the command line calls it. A file that has none of the tables is not its own.
    ``tag`` is the format of tags where nothing says another one; ``takes_all`` says that all of its
    files count, and not only the first that is found; ``is_of_repository`` that they say paths from
    the top, wherever they stand; ``stays`` that they have other work to do, too.
    """

    name: str
    files: tuple[str, ...]
    translate: Callable[[Translation, Sequence[OldFile]], None]
    tables: tuple[tuple[str, ...], ...] = ((),)
    tag: str = ""
    takes_all: bool = False
    is_of_repository: bool = False
    stays: bool = False

    def owns(self, path: str) -> bool:
        """Whether a file is this tool's alone."""
        return path.rpartition("/")[2] not in _SHARED and not self.stays

    def is_named(self, path: str) -> bool:
        """Whether a file in some folder has one of the names."""
        name = path.rpartition("/")[2]
        return any(fnmatchcase(name, pattern) for pattern in self.files)

    def read(self, path: str, text: str) -> OldFile | None:
        """What a file tells the tool, if anything. Raises UsageError where it can't be read."""
        with in_file(path):
            file = read_old_file(path, text)
        tables = [table for table in self.tables if table or self.stays or self.owns(path)]
        found = [one for table in tables if (one := file.at(*table)) is not None]
        beside = tuple(one for one in found[1:] if one.top)
        return found[0]._replace(beside=beside) if found else None


TOOLS = (
    OldTool(
        python_semantic_release.NAME,
        (
            *("pyproject.toml", "setup.cfg", "releaserc.toml", "semantic_release.toml"),
            "releaserc.json",
        ),
        python_semantic_release.from_python_semantic_release,
        (("tool", "semantic_release"), ("semantic_release",)),
        "v{version}",
    ),
    OldTool(
        commitizen.NAME,
        (
            *(".cz.toml", "cz.toml", ".cz.json", "cz.json", ".cz.yaml", "cz.yaml"),
            *("pyproject.toml", ".cz", "setup.cfg", ".cz.cfg"),
        ),
        commitizen.from_commitizen,
        (("tool", "commitizen"), ("commitizen",)),
        "{version}",
    ),
    OldTool(
        release_please.NAME,
        (
            *("release-please-config*.json", "release-please.json", ".release-please*.json"),
            *("release-please-manifest.json",),
        ),
        release_please.from_release_please,
        takes_all=True,
        is_of_repository=True,
    ),
    OldTool(
        semantic_release.NAME,
        (".releaserc", ".releaserc.*", "release.config.*", "package.json"),
        semantic_release.from_semantic_release,
        (("release",), ()),
        "v{version}",
    ),
    OldTool(
        standard_version.NAME,
        (".versionrc", ".versionrc.*", "package.json"),
        standard_version.from_standard_version,
        (("commit-and-tag-version",), ("standard-version",), ()),
        "v{version}",
    ),
    OldTool(
        workflows.NAME,
        (".github/workflows/*.yml", ".github/workflows/*.yaml"),
        workflows.from_workflows,
        takes_all=True,
        is_of_repository=True,
        stays=True,
    ),
    OldTool(
        git_cliff.NAME,
        ("cliff.toml", ".cliff.toml", "pyproject.toml", "Cargo.toml"),
        git_cliff.from_git_cliff,
        (
            ("tool", "git-cliff"),
            ("workspace", "metadata", "git-cliff"),
            ("package", "metadata", "git-cliff"),
            (),
        ),
    ),
    OldTool(
        goreleaser.NAME,
        (".goreleaser*.yml", ".goreleaser*.yaml", "goreleaser*.yml", "goreleaser*.yaml"),
        goreleaser.from_goreleaser,
        takes_all=True,
        is_of_repository=True,
        stays=True,
    ),
)
"""The tools, in the order in which they are asked: what an earlier one says counts."""


HOMES = ("", ".github", ".config")
"""The folders where a file counts for the whole repository."""


def migrate(
    folder: Folder, found: Iterable[tuple[OldTool, Sequence[OldFile]]], repository: str = ""
) -> Translation:
    """The configuration that says what those of other tools say, and what became of each key.

    What a file in a folder of its own says is about the package in that folder. ``repository`` is
    what its forge calls this one.
    """
    whole = Translation(folder, repository)
    for tool, files in found:
        at = files[0].path.rpartition("/")[0]
        inner = whole if tool.is_of_repository or at in HOMES else Translation(folder)
        tool.translate(inner, files)
        for file in files:
            _leave_untold(OldKey(inner, tool.name, file, (), file.data), inner.told(file.path))
            for other in file.beside:
                OldKey(inner, tool.name, other, (), other.data).leave(f"{file.top[0]} is read")
        if inner is not whole:
            is_shared = any(row.key.endswith("extends") for row in inner.left)
            counts_all = not is_shared and "monorepo" not in inner.data.get("convention", "")
            usual = {"tag": "" if is_shared else tool.tag, "empty": "all" if counts_all else ""}
            whole.add_package(at, inner, usual)
    whole.settle()
    return whole


def _leave_untold(key: OldKey, told: Container[str]) -> None:
    """Leave what no rule spoke of, so that no key is lost."""
    parts = [name.split(".") for name in key.row("", "").keys]
    known = [any(".".join(one[:n]) in told for n in range(1, len(one) + 1)) for one in parts]
    if not any(known) and key.path:
        key.leave("it is not understood")
    elif not all(known):
        for below in key.items():
            _leave_untold(below, told)


class NextRelease(NamedTuple):
    """What a tool says of the next release: its version and its notes, or why it says nothing.

    ``is_local`` says whether it could be asked here at all.
    """

    version: str = ""
    notes: str = ""
    fault: str = ""
    is_local: bool = True


class Comparison(NamedTuple):
    """What an old tool and tagboat, as it was migrated, say of the next release."""

    tool: str
    there: NextRelease
    here: NextRelease
