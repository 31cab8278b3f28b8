"""The tools under comparison: where they come from and which commands do the same work.

Each is installed into an environment of its own and called there by its own entry point, in an
environment of variables that holds nothing of the user's.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.histories import GIT_ENVIRONMENT

TAGBOAT: Final = "tagboat"
GIT_CLIFF: Final = "git-cliff"
COMMITIZEN: Final = "commitizen"
SEMANTIC_RELEASE: Final = "python-semantic-release"
GIT_CHANGELOG: Final = "git-changelog"

PEERS: Final[Mapping[str, str]] = {
    GIT_CLIFF: "2.14.2",
    COMMITIZEN: "4.19.3",
    SEMANTIC_RELEASE: "10.7.0",
    GIT_CHANGELOG: "2.10.0",
}
"""Distributions and the releases that are measured."""

_COMMITIZEN_SETTINGS: Final = """\
[tool.commitizen]
name = "cz_conventional_commits"
version_provider = "scm"
version_scheme = "semver2"
tag_format = "v$version"
"""

FILES: Final[Mapping[str, str]] = {
    "CHANGELOG.md": "# Changelog\n\n<!-- version list -->\n",
    ".cz.toml": _COMMITIZEN_SETTINGS,
}
"""What a repository to be released holds.

python-semantic-release writes where the comment stands; commitizen's changelog is looked for beside
its settings.
"""

_SEMANTIC_RELEASE_SETTINGS: Final = """\
[semantic_release]
commit_parser = "conventional"
tag_format = "v{version}"
"""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Installed tools: the folder with their environments, and tagboat's version."""

    home: Path
    versions: Mapping[str, str]

    def program(self, tool: str, name: str) -> str:
        """Return the path of an entry point in a tool's environment."""
        return str(self.home / tool / "bin" / name)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables every tool runs with."""
        return {**GIT_ENVIRONMENT, "HOME": str(self.home / "user")}

    def next_version(self) -> dict[str, Sequence[str]]:
        """Return each tool's fastest command that prints the next version and writes nothing."""
        cz, psr = str(self.home / "cz.toml"), str(self.home / "psr.toml")
        return {
            TAGBOAT: (self.program(TAGBOAT, "tagboat"), "version", "next"),
            GIT_CLIFF: (self.program(GIT_CLIFF, "git-cliff"), "--unreleased", "--bumped-version"),
            COMMITIZEN: (
                *(self.program(COMMITIZEN, "cz"), "--config", cz),
                *("bump", "--get-next", "--yes"),
            ),
            SEMANTIC_RELEASE: (
                *(self.program(SEMANTIC_RELEASE, "semantic-release"), "--config", psr),
                *("--noop", "version", "--print"),
            ),
        }

    def changelog(self, target: str) -> dict[str, Sequence[str]]:
        """Return each tool's command that writes the whole changelog to the file `target`."""
        cz = str(self.home / "cz.toml")
        return {
            TAGBOAT: (self.program(TAGBOAT, "tagboat"), "changelog", "-o", target),
            GIT_CHANGELOG: (
                *(self.program(GIT_CHANGELOG, "git-changelog"), "--convention", "conventional"),
                *("--output", target),
            ),
            COMMITIZEN: (
                *(self.program(COMMITIZEN, "cz"), "--config", cz),
                *("changelog", "--file-name", target),
            ),
            GIT_CLIFF: (self.program(GIT_CLIFF, "git-cliff"), "--output", target),
        }

    def release(self) -> dict[str, Sequence[Sequence[str]]]:
        """Return each tool's commands that write the changelog, commit, tag and push.

        The repository has the `FILES` that they look for.
        """
        psr = str(self.home / "psr.toml")
        bump = ("bump", "--changelog", "--annotated-tag", "--yes")
        return {
            TAGBOAT: ((self.program(TAGBOAT, "tagboat"), "release"),),
            SEMANTIC_RELEASE: (
                (
                    *(self.program(SEMANTIC_RELEASE, "semantic-release"), "--config", psr),
                    *("version", "--no-vcs-release"),
                ),
            ),
            COMMITIZEN: (
                (self.program(COMMITIZEN, "cz"), *bump),
                (_git(), "push", "--quiet", "--follow-tags", "origin", "main"),
            ),
        }


def floor(base: str, *options: str) -> tuple[Sequence[str], Sequence[str]]:
    """Return the two git commands that no tool can do without: list the tags, read what is new."""
    git = _git()
    return (git, "for-each-ref", "refs/tags"), (git, "log", *options, f"{base}..HEAD")


def forget() -> Sequence[str]:
    """Return the command that removes what tagboat remembers of a repository between runs."""
    return ("/bin/rm", "-rf", ".git/tagboat")


def naive() -> Sequence[str]:
    """Return the git command that asks of every tag whether it is an ancestor of HEAD."""
    return (_git(), "tag", "--merged", "HEAD")


def git_version() -> str:
    """Return git's version number."""
    return subprocess.check_output((_git(), "version"), text=True).split()[2]


def install(
    home: Path, project: Path, peers: Iterable[str] = PEERS, wheel: Path | None = None
) -> Toolbox:
    """Install tools under `home`: `peers` once, tagboat anew when its wheel has changed.

    `wheel` is installed as tagboat where it is given; otherwise one is built from `project`.
    Raises `subprocess.CalledProcessError`, with pip's output, where an installation fails.
    """
    versions = {name: PEERS[name] for name in peers}
    home.mkdir(parents=True, exist_ok=True)
    (home / "user").mkdir(exist_ok=True)
    (home / "cz.toml").write_text(_COMMITIZEN_SETTINGS)
    (home / "psr.toml").write_text(_SEMANTIC_RELEASE_SETTINGS)
    for name, version in versions.items():
        _ensure(home / name, f"{name}=={version}", version)
    wheel = wheel or _build_wheel(home, project)
    _ensure(home / TAGBOAT, str(wheel), hashlib.sha256(wheel.read_bytes()).hexdigest())
    return Toolbox(home, {TAGBOAT: wheel.name.split("-")[1], **versions})


def _build_wheel(home: Path, project: Path) -> Path:
    wheels = home / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    call(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels, project)
    return next(wheels.glob("*.whl"))


def _ensure(environment: Path, requirement: str, key: str) -> None:
    """Make an environment with `requirement` and no setuptools, unless one with `key` is there.

    Byte code is compiled here, so that no measured run has to.
    """
    key = f"{key} {sys.version}"
    marker = environment / "installed"
    if marker.exists() and marker.read_text() == key:
        return
    call(sys.executable, "-m", "venv", "--clear", environment)
    python = environment / "bin" / "python"
    call(python, "-m", "pip", "install", "--compile", requirement)
    call(python, "-m", "pip", "uninstall", "--yes", "setuptools")
    marker.write_text(key)


def call(*command: str | Path) -> None:
    """Run a command that prints nothing unless it fails. Raises `subprocess.CalledProcessError`."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()


def _git() -> str:
    return shutil.which("git", path=GIT_ENVIRONMENT["PATH"]) or "/usr/bin/git"
