"""How far it is from another tool's configuration to a first plan, and to a release.

``python -m tests.adoption.first_release`` takes configurations of real projects from
``../shared/configs``, makes of each a repository as that configuration expects one, and counts the
commands that a person types in a clone of it. ``--clones FOLDER`` takes the repositories in a
folder instead. Ends with 1 where a way is longer than promised, or the release is not in the
remote.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import QUIET

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "configs"
REQUIRED: Final = "TAGBOAT_REQUIRE_REPLAY"
MOST_TO_PLAN: Final = 3
MOST_TO_RELEASE: Final = 5
WAY_TO_PLAN: Final = (("tagboat", "migrate"), ("tagboat", "plan", "--local", "--json"))
WAY_TO_RELEASE: Final = (
    ("tagboat", "migrate"),
    ("git", "add", "tagboat.toml"),
    ("git", "commit", "--quiet", "--message=build: release with tagboat"),
    ("git", "push", "--quiet"),
    ("tagboat", "release"),
)


@dataclass(frozen=True, slots=True)
class Project:
    """A project with its tool; the last version and its tag, and other files that hold it.

    ``{v}`` in a file is the version.
    """

    tool: str
    name: str
    version: str
    tag: str
    branch: str = "main"
    files: Mapping[str, str] = field(default_factory=dict)


_PACKAGE: Final = '{{\n  "name": "app",\n  "version": "{v}"\n}}\n'
PROJECTS: Final = (
    Project(
        "python-semantic-release",
        "lucsorel/py2puml",
        "0.10.0",
        "0.10.0",
        files={
            "pyproject.toml": '[project]\nname = "py2puml"\nversion = "{v}"\n',
            "src/py2puml/__init__.py": '__version__ = "{v}"\n',
        },
    ),
    Project(
        "commitizen",
        "Joaopeuko/easyT",
        "0.0.4",
        "v0.0.4",
        files={
            "pdtj/__version__.py": '__version__ = "{v}"\n',
            "setup.py": 'from setuptools import setup\n\nsetup(name="pdtj", version="{v}")\n',
        },
    ),
    Project(
        "release-please",
        "Koenkk/zigbee2mqtt",
        "2.12.1",
        "2.12.1",
        "master",
        {"package.json": _PACKAGE},
    ),
    Project(
        "release-please",
        "googleapis/release-please",
        "17.11.1",
        "v17.11.1",
        files={
            "package.json": _PACKAGE,
            "src/index.ts": "export const VERSION = '{v}'; // x-release-please-version\n",
        },
    ),
    Project(
        "semantic-release", "terraform-aws-modules/terraform-aws-vpc", "6.0.1", "v6.0.1", "master"
    ),
    Project(
        "standard-version",
        "filebrowser/filebrowser",
        "2.32.0",
        "v2.32.0",
        "master",
        {"package.json": _PACKAGE},
    ),
)


class Walk(NamedTuple):
    """How far a way was walked: the commands, what the last one said, and the remote's new tags."""

    commands: int
    said: str
    fault: str
    tags: tuple[str, ...]


class Row(NamedTuple):
    """What became of one project; ``stale`` are the files that do not hold the new version."""

    tool: str
    name: str
    to_plan: Walk
    to_release: Walk
    stale: tuple[str, ...] = ()

    @property
    def planned(self) -> str:
        """The tag that the first plan has."""
        if self.to_plan.fault:
            return ""
        plan = json.loads(self.to_plan.said)["plan"] or {"releases": []}
        return ", ".join(one["tag"] for one in plan["releases"])

    @property
    def fault(self) -> str:
        """What is not as promised; empty where all is."""
        if self.to_plan.fault or self.to_release.fault:
            return self.to_plan.fault or self.to_release.fault
        if self.to_plan.commands > MOST_TO_PLAN or self.to_release.commands > MOST_TO_RELEASE:
            return "the way is longer than promised"
        released = ", ".join(self.to_release.tags)
        if not released or released != self.planned:
            return (
                f"{self.planned or 'nothing'} was planned, the remote has {released or 'nothing'}"
            )
        return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.adoption.first_release")
    parser.add_argument("--clones", type=Path, help="a folder with clones of real repositories")
    asked = parser.parse_args(arguments)
    if asked.clones is None and not DATA.is_dir():
        print(f"{DATA} is not there: nothing is tried")
        return int(REQUIRED in os.environ)
    with tempfile.TemporaryDirectory(prefix="adoption-") as folder:
        rows = list(_rows(Path(folder), asked.clones))
    print("\n".join(_table(rows)))
    return int(not rows or any(row.fault for row in rows))


def _rows(folder: Path, clones: Path | None) -> Iterator[Row]:
    """What becomes of each project; of generated ones also what their version files hold."""
    if clones is None:
        for number, project in enumerate(PROJECTS):
            remote = made(folder / str(number), project)
            row = tried(project.tool, project.name, remote)
            yield row._replace(stale=tuple(_stale(project, remote, row.to_release.tags)))
        return
    for path in sorted(one.parent for one in clones.glob("*/.git")):
        bare = folder / path.name / "remote.git"
        bare.parent.mkdir()
        yield tried("", path.name, GitRepo(path, home=folder).clone(bare, bare=True))


def _stale(project: Project, remote: GitRepo, tags: Sequence[str]) -> Iterator[str]:
    """The version files that a release left as they were, or changed elsewhere."""
    for tag in tags:
        version = tag.removeprefix(project.tag.removesuffix(project.version))
        for path, text in project.files.items():
            if remote.git("show", f"{tag}:{path}") != text.format(v=version).rstrip("\n"):
                yield path


def made(folder: Path, project: Project) -> GitRepo:
    """A bare remote with the history that a project's configuration expects."""
    folder.mkdir()
    remote = GitRepo.init(folder / "remote.git", bare=True)
    repo = GitRepo.init(folder / "made")
    repo.git("symbolic-ref", "HEAD", f"refs/heads/{project.branch}")
    remote.git("symbolic-ref", "HEAD", f"refs/heads/{project.branch}")
    own = {path: text.format(v=project.version) for path, text in project.files.items()}
    repo.commit("feat: begin", files=_configuration(project) | own)
    repo.tag(project.tag, message=project.tag)
    repo.commit("fix: an end of file", files={"a.txt": "a"})
    repo.commit("feat(map): another layer", files={"b.txt": "b"})
    repo.commit("chore: tidy up", files={"c.txt": "c"})
    repo.git("push", "--quiet", str(remote.path), project.branch, project.tag)
    return remote


def _configuration(project: Project) -> dict[str, str]:
    """The files by which the project's tool is told what to do."""
    rows = map(json.loads, (DATA / "index.jsonl").read_text().splitlines())
    found = {
        row["path"]: (DATA / row["file"]).read_text()
        for row in rows
        if (row["tool"], row["repo"]) == (project.tool, project.name)
    }
    if not found:
        raise FileNotFoundError(f"{DATA} has no {project.tool} of {project.name}")
    return found


def tried(tool: str, name: str, remote: GitRepo) -> Row:
    """Walk both ways, each in a clone of its own."""
    return Row(tool, name, _walked(remote, WAY_TO_PLAN), _walked(remote, WAY_TO_RELEASE))


def _walked(remote: GitRepo, way: Sequence[Sequence[str]]) -> Walk:
    """Type the commands of a way in a new clone, until one fails."""
    before = _tags(remote)
    clone = remote.clone(remote.path.parent / f"clone-{len(way)}")
    for key, value in QUIET.items():
        clone.git("config", key, value)
    said, fault, count = "", "", 0
    for program, *arguments in way:
        count += 1
        if program == "git":
            clone.git(*arguments)
            continue
        code, said, errors = tagboat(*arguments, cwd=clone.path)
        if code:
            fault = f"{program} {' '.join(arguments)} ended with {code}: {errors.strip()}"
            break
    return Walk(count, said, fault, tuple(sorted(_tags(remote) - before)))


def _tags(remote: GitRepo) -> set[str]:
    """The annotated tags of a remote that a branch of it reaches."""
    told = ("--merged", "HEAD", "--format=%(objecttype) %(refname:short)", "refs/tags")
    lines = remote.git("for-each-ref", *told).splitlines()
    return {line.removeprefix("tag ") for line in lines if line.startswith("tag ")}


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """A row for each project, the ways, and what is not as promised."""
    heads = ("tool", "project", "commands to plan", "to release", "planned", "in the remote")
    cells = [heads]
    for row in rows:
        released = ", ".join(row.to_release.tags) or "-"
        counts = (str(row.to_plan.commands), str(row.to_release.commands))
        cells.append((row.tool or "-", row.name, *counts, row.planned or "-", released))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
    yield ""
    for what, way in (("to a plan", WAY_TO_PLAN), ("to a release", WAY_TO_RELEASE)):
        yield f"{what}: {'; '.join(' '.join(words) for words in way)}"
    yield from (f"BROKEN {row.name}: {row.fault}" for row in rows if row.fault)


if __name__ == "__main__":
    sys.exit(main())
