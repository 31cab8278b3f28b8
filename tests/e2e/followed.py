"""A repository whose releases publish an image of one platform in two registries."""

from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.adapters.registry import HttpRegistry
from tagboat.core.images.registry import Depth, Repository
from tests.commandline import Result, tagboat_process
from tests.engine import Engine
from tests.releasing import Remote

if TYPE_CHECKING:
    from tests.gitrepo import GitRepo

DOCKERFILE = "FROM scratch\nCOPY a.txt /a.txt\n"
CONFIG = """
initial = "{initial}"

[[channels]]
branch = "main"

[[channels]]
branch = "{{major}}.{{minor}}.x"

[forge]
release = false

[[images]]
name = "app"
repositories = ["{first}", "{second}"]
platforms = ["linux/amd64"]
provenance = "off"
{more}
"""


class Followed:
    """A remote, a clone of it, and the repositories of its image: an open one and a closed one."""

    def __init__(self, engine: Engine, path: Path, name: str) -> None:
        self.remote = Remote(path)
        self.open = Repository(engine.open.host, name)
        self.closed = Repository(engine.closed.host, name)
        self.registry = HttpRegistry()
        self.clone: GitRepo

    def start(self, initial: str, more: str = "", **files: str) -> None:
        """Make the clone; its first release is of a version."""
        where = {"first": self.open, "second": self.closed}
        config = CONFIG.format(initial=initial, more=more, **where)
        self.clone = self.remote.started(
            files={"tagboat.toml": config, "Dockerfile": DOCKERFILE, "a.txt": "a\n"} | files
        )

    def commit(self, message: str, branch: str = "main") -> None:
        """Change what is in the image, and push."""
        self.clone.commit(message, files={"a.txt": f"{message}\n"})
        self.clone.git("push", "--quiet", "origin", f"HEAD:{branch}")

    def release(self, message: str = "", branch: str = "main") -> Result:
        """Release what is due, after a change if a message is given."""
        if message:
            self.commit(message, branch)
        result = self.run("release", "--channel", branch)
        assert result.code == 0, result.stderr
        return result

    def run(self, *args: str, **env: str) -> Result:
        """Run tagboat in the clone."""
        return tagboat_process(*args, cwd=self.clone.path, env=env)

    def digest(self, reference: str, place: Repository | None = None) -> str:
        """What a tag holds."""
        return self.registry.look(place or self.open, reference, depth=Depth.DIGEST).digest

    def led(self) -> dict[str, str]:
        """The version that each moving tag holds; it has to be the same in both registries."""
        seen = [self._led(place) for place in (self.open, self.closed)]
        assert seen[0] == seen[1]
        return seen[0]

    def _led(self, place: Repository) -> dict[str, str]:
        names = [tag for tag in self.registry.tags(place) if not tag.startswith("tagboat-")]
        held = {tag: self.digest(tag, place) for tag in names if not tag.endswith(".sig")}
        versions = {digest: tag for tag, digest in held.items() if tag.count(".") == 2}
        return {
            tag: versions.get(digest, digest) for tag, digest in held.items() if tag.count(".") < 2
        }
