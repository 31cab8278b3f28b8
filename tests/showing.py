"""What tests of the release on a forge share: a server beside the remote, and what it shows."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote
from tests.servers.front import Fault, Front, refusal, serving
from tests.servers.worlds import World

TIME = {"SOURCE_DATE_EPOCH": "1704153600"}
TAG = "v0.1.0"
TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "gitea": "GITEA_TOKEN"}
_APIS = {"github": "", "gitlab": "", "gitea": "/api/v1"}


class TagsOf(MutableMapping[str, str]):
    """The tags of a repository, as the forge that hosts it has them."""

    def __init__(self, bare: GitRepo) -> None:
        self._bare = bare

    def _read(self) -> dict[str, str]:
        listed = self._bare.git(
            "for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags"
        )
        pairs = (line.partition(" ") for line in listed.split("\n") if line)
        return {name: made for name, _, made in pairs}

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __setitem__(self, name: str, _: str) -> None:
        raise AssertionError(f"the forge would have made the tag {name}")

    def __delitem__(self, name: str) -> None:
        raise AssertionError(f"the forge would have deleted the tag {name}")


class Hosted:
    """A remote, the forge that hosts it, and clones of it whose configuration names the forge."""

    def __init__(self, world: World, front: Front, path: Path) -> None:
        self.world = world
        self.front = front
        self.remote = Remote(path)
        self.env = TIME | {TOKENS[world.name]: world.token}
        self.renew()

    def renew(self) -> None:
        """Begin again with an empty forge."""
        self.server = self.world.server()
        self.server.tags = TagsOf(self.remote.bare)
        self.front.app = self.server
        self.front.exchanges.clear()

    def config(self, more: str = "") -> str:
        """A configuration with the forge's address."""
        url = self.front.url
        return (
            f'[forge]\nkind = "{self.world.name}"\nurl = "{url}/acme/app"\n'
            f'api = "{url}{_APIS[self.world.name]}"\n{more}'
        )

    def started(self, more: str = "", **files: str) -> GitRepo:
        """A clone with one commit that is due."""
        named = {name.replace("_", "."): text for name, text in files.items()}
        return self.remote.started(files=named | {"tagboat.toml": self.config(more)})

    def release(self, clone: GitRepo, *args: str, **env: str) -> Result:
        """Release in a clone."""
        return tagboat("release", "--channel", "main", *args, cwd=clone.path, env=self.env | env)

    def refuse(self, pattern: str, status: int, message: str = "no", **headers: str) -> None:
        """Refuse requests until `renew`."""
        reply = refusal(status, message, **headers)
        self.front.faults.append(Fault(pattern, "refuse", times=99, reply=reply))


@contextmanager
def hosted(world: World, path: Path) -> Iterator[Hosted]:
    """A forge that runs for the length of a ``with`` block."""
    with serving(world.server()) as front:
        yield Hosted(world, front, path)
