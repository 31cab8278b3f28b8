"""What tests of the release share: a bare remote, clones of it, and what became public."""

import json
import shutil
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple

from tests.gitrepo import REPOSITORY_CONFIG, GitRepo

QUIET = {
    "user.name": "Ada Lovelace",
    "user.email": "ada@example.org",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "tag.forceSignAnnotated": "false",
}
"""Settings of every clone: an identity, and no signatures whatever the machine asks for."""

_SETTINGS = "".join(
    f"[{section}]\n\t{key} = {value}\n"
    for section, _, key, value in ((*name.partition("."), value) for name, value in QUIET.items())
)
_ORIGIN = """\
[remote "origin"]
\turl = {url}
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
\tremote = origin
\tmerge = refs/heads/main
"""
"""What a clone's configuration says of where it came from."""

CHANGELOG = "# Changelog\n\n## Unreleased\n"
PROJECT = '[project]\nname = "app"\nversion = "0.0.0"\n'
PACKAGES = {
    "tagboat.toml": """
[[packages]]
name = "api"
paths = ["api"]
files = ["api/package.json:version"]
needs = ["core"]

[[packages]]
name = "core"
paths = ["core"]
files = ["core/package.json:version"]

[[packages]]
name = "web"
paths = ["web"]
""",
    "api/package.json": '{"version": "0.0.0"}\n',
    "core/package.json": '{"version": "0.0.0"}\n',
    "web/CHANGELOG.md": CHANGELOG,
}
"""The files of a repository with three packages, of which one needs another."""


_folder = tempfile.TemporaryDirectory(prefix="remotes-")
_prepared: dict[Hashable, tuple[Path, GitRepo]] = {}
"""Remotes with a clone, by what was made of them: a folder that holds both, and the clone."""


def _with_settings(repo: GitRepo, settings: str) -> GitRepo:
    """A clone that has settings in the place of the builder's own."""
    config = repo.path / ".git" / "config"
    config.write_text(config.read_text().replace(REPOSITORY_CONFIG, "") + settings)
    return repo


class Remote:
    """A bare repository, and clones of it beside."""

    def __init__(self, path: Path) -> None:
        self.bare = GitRepo.init(path / "remote.git", bare=True)
        self._path = path
        self._first = self._files()

    def clone(self, name: str = "clone") -> GitRepo:
        """A clone of what is public now, with an identity."""
        return _with_settings(self.bare.clone(self._path / name), _SETTINGS)

    def started(self, name: str = "clone", *, files: dict[str, str] | None = None) -> GitRepo:
        """A clone with one commit, a feature, that is pushed; made from nothing."""
        given = files or {"a.txt": "a\n"}
        return self.prepared((name, *sorted(given.items())), name, lambda: self.begun(name, given))

    def prepared(self, key: Hashable, name: str, make: Callable[[], GitRepo]) -> GitRepo:
        """The clone ``name`` as ``make`` leaves it with this remote, made once for each key.

        A remote that a test has changed before gets what it asks for made anew.
        """
        own = (self._path / "remote.git", self._path / name)
        if self._files() != self._first or own[1].exists():
            return make()
        if key not in _prepared:
            clone, folder = make(), Path(tempfile.mkdtemp(dir=_folder.name))
            for place in own:
                shutil.copytree(place, folder / place.name, symlinks=True)
            _prepared[key] = folder, clone
            return clone
        folder, clone = _prepared[key]
        shutil.rmtree(own[0])
        for place in own:
            shutil.copytree(folder / place.name, place, symlinks=True)
        config = own[1] / ".git" / "config"
        config.write_text(
            config.read_text().replace(clone.path.parent.as_uri(), self._path.as_uri())
        )
        return clone.copied(own[1])

    def _files(self) -> list[tuple[str, bytes]]:
        """What the remote holds."""
        found = sorted(self.bare.path.rglob("*"))
        return [(str(one), one.read_bytes() if one.is_file() else b"") for one in found]

    def begun(self, name: str, files: dict[str, str]) -> GitRepo:
        """The same as `started`, kept for nobody; what git would clone and push is put there."""
        origin = _ORIGIN.format(url=self.bare.url)
        copy = _with_settings(GitRepo.init(self._path / name), origin + _SETTINGS)
        made = copy.commit("feat: begin", files=files)
        inside, bare = copy.path / ".git", self.bare.path
        shutil.copytree(inside / "objects", bare / "objects", dirs_exist_ok=True)
        for ref in (bare / "refs" / "heads" / "main", inside / "refs/remotes/origin/main"):
            assert not ref.exists()
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(f"{made}\n")
        return copy

    @property
    def tags(self) -> list[str]:
        """The names of the tags, the lowest version first."""
        return self.bare.git("tag", "--list", "--sort=version:refname").split()

    @property
    def refs(self) -> str:
        """All refs with what they name."""
        return self.bare.git("for-each-ref", "--format=%(objectname) %(refname)")

    def commit(self, revision: str) -> str:
        """The commit that a revision names."""
        return self.bare.git("rev-parse", "--verify", revision + "^{commit}")

    def holds(self, branch: str, revision: str) -> bool:
        """Whether a branch has a commit."""
        missing = self.bare.git("rev-list", "--count", revision, f"^{branch}")
        return missing == "0"

    def record(self, tag: str) -> Any:  # noqa: ANN401 - a JSON document
        """The record of a release."""
        text = self.bare.git("notes", "--ref=tagboat", "show", self.commit(tag))
        return json.loads(text)["releases"][tag]

    def message(self, tag: str) -> str:
        """The message of a tag, byte for byte."""
        return self.bare.git("cat-file", "tag", tag).partition("\n\n")[2] + "\n"


class Public(NamedTuple):
    """What a release is, apart from ids and dates."""

    name: str
    message: str
    tree: str
    parents: str
    title: str

    @classmethod
    def of(cls, remote: Remote, tag: str) -> "Public":
        """Read a release from the remote."""
        tree, parents, title = remote.bare.git(
            "show", "--no-patch", "--format=%T%n%P%n%s", remote.commit(tag)
        ).split("\n")
        return cls(tag, remote.message(tag), tree, parents, title)


def push(clone: GitRepo, message: str, branch: str = "main") -> str:
    """Commit without a change, and push."""
    made = clone.commit(message)
    clone.git("push", "--quiet", "origin", f"HEAD:{branch}")
    return made


def reopen(remote: Remote, tag: str) -> None:
    """Take the end of a release out of its record, as a run leaves it that is killed before."""
    commit = remote.commit(tag)
    note = json.loads(remote.bare.git("notes", "--ref=tagboat", "show", commit))
    note["releases"][tag]["events"] = []
    remote.bare.git(
        "notes", "--ref=tagboat", "add", "--force", "--file=-", commit, stdin=json.dumps(note)
    )
