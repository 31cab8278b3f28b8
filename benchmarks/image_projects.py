"""Repositories that publish an image: a clone, its remote, and where in the registries it goes."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.tools import TAGBOAT, Toolbox
from tests.engine import Engine
from tests.engine.base_image import PLATFORMS

_DOCKERFILE: Final = """\
FROM {base}
COPY a.txt /
RUN head -c 20000000 /dev/zero | sha256sum > /sum
"""
_SETTINGS: Final = """\
initial = "1.0.0"

[forge]
release = false

[[images]]
name = "app"
repositories = {places}
platforms = {platforms}
tags = ["{{version}}", "{{major}}.{{minor}}", "{{major}}", "latest"]
{more}
"""


@dataclass(frozen=True, slots=True)
class ImageProject:
    """A clone with a remote beside it, and the variables that programs run with there."""

    home: Path
    program: str
    variables: Mapping[str, str]

    @property
    def clone(self) -> Path:
        """The work tree that programs run in."""
        return self.home / "clone"

    def change(self, message: str = "fix: another") -> None:
        """Commit what is copied into the image, and push."""
        with (self.clone / "a.txt").open("a") as file:
            file.write(f"{message}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")
        self.git("push", "--quiet", "origin", "main")

    def git(self, *arguments: str) -> str:
        """What git says in the clone."""
        return self._run("git", *arguments)

    def tagboat(self, *arguments: str) -> str:
        """What tagboat says in the clone."""
        return self._run(self.program, *arguments)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.clone, env=self.variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout


def made(
    home: Path, toolbox: Toolbox, engine: Engine, *, both: bool, more: str = ""
) -> ImageProject:
    """A repository whose image of three platforms goes to one registry, or to both."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    variables = {**toolbox.environment, **engine.variables(), **_IDENTITY}
    image_project = ImageProject(home, toolbox.program(TAGBOAT, "tagboat"), variables)
    hosts = [one.host for one in (engine.open, engine.closed)][: 2 if both else 1]
    places = [f"{host}/{home.name}" for host in hosts]
    remote = str(home / "remote.git")
    init = ("git", "init", "--quiet", "--initial-branch=main")
    for command in ((*init, "--bare", remote), (*init, str(image_project.clone))):
        subprocess.run(command, env=variables, check=True)
    image_project.git("remote", "add", "origin", remote)
    settings = _SETTINGS.format(places=places, platforms=list(PLATFORMS), more=more)
    (image_project.clone / "tagboat.toml").write_text(settings)
    (image_project.clone / "Dockerfile").write_text(_DOCKERFILE.format(base=engine.base()))
    image_project.change("feat: begin")
    return image_project


_IDENTITY: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A U Thor"), ("EMAIL", "author@example.com"))
}
