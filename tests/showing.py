"""What tests of the release on a forge share: a server beside the remote, and what it shows."""

import hashlib
import re
import shutil
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

from tagboat.core.forge.release import marked
from tagboat.core.plan.tag_message import contract_of
from tests.commandline import Result, tagboat, tagboat_process
from tests.gitrepo import GitRepo
from tests.releasing import Remote
from tests.servers.front import Fault, Front, Reply, serving
from tests.servers.worlds import Server, World

TIME = {"SOURCE_DATE_EPOCH": "1704153600"}
TAG = "v0.1.0"
TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "gitea": "GITEA_TOKEN"}
_APIS = {"github": "", "gitlab": "", "gitea": "/api/v1"}


class TagsOf(MutableMapping[str, str]):
    """The tags of a repository, as the forge that hosts it has them."""

    def __init__(self, bare: GitRepo) -> None:
        self._bare = bare

    def _read(self) -> dict[str, str]:
        return self._bare.tags()

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


class Seen(NamedTuple):
    """What a visitor sees of one release: its text, and the digest of each file by its name."""

    text: str
    files: dict[str, str]


class Hosted:
    """A remote, the forge that hosts it, and clones whose configuration names that forge."""

    def __init__(self, remote_state: World, front: Front, path: Path) -> None:
        self.remote_state = remote_state
        self.front = front
        self.path = path
        self.remote = Remote(path / "work")
        self.env = TIME | {
            TOKENS[remote_state.name]: remote_state.token,
            "TMPDIR": str(path / "tmp"),
        }
        (path / "tmp").mkdir()
        self.server: Server = remote_state.server()
        self.server.tags = TagsOf(self.remote.bare)
        front.app = self.server
        self._saved: Server = self.server

    def config(self, more: str = "") -> str:
        """A configuration with the forge's address."""
        url = self.front.url
        return (
            f'[forge]\nkind = "{self.remote_state.name}"\nurl = "{url}/acme/app"\n'
            f'api = "{url}{_APIS[self.remote_state.name]}"\n{more}'
        )

    def started(self, more: str = "", files: dict[str, str] | None = None) -> GitRepo:
        """A clone with one commit that is due."""
        return self.remote.begun("clone", {"tagboat.toml": self.config(more), **(files or {})})

    def release(self, clone: GitRepo, *args: str, **env: str) -> Result:
        """Release in a clone."""
        given = self.env | env
        return tagboat("release", "--channel", "main", *args, cwd=clone.path, env=given)

    def release_beside(self, clone: GitRepo) -> Result:
        """The same in a process of its own, beside others."""
        return tagboat_process("release", "--channel", "main", cwd=clone.path, env=self.env)

    def fail(self, pattern: str, kind: str, times: int = 1, *, seconds: float = 0) -> None:
        """Let something go wrong with requests."""
        self.front.faults.append(Fault(pattern, kind, times, seconds=seconds))

    def refuse(self, pattern: str, reply: Reply, times: int = 99) -> None:
        """Let requests be refused."""
        self.front.faults.append(Fault(pattern, "refuse", times, reply=reply))

    def sent(self, pattern: str) -> int:
        """How many requests of a kind were sent."""
        lines = (f"{one.request.method} {one.request.path}" for one in self.front.exchanges)
        return sum(bool(re.search(pattern, line)) for line in lines)

    def save(self) -> None:
        """Remember how everything is."""
        shutil.rmtree(self.path / "saved", ignore_errors=True)
        shutil.copytree(self.path / "work", self.path / "saved", symlinks=True)
        self._saved = deepcopy(self.server)

    def restore(self) -> None:
        """Make everything what it was when it was saved."""
        shutil.rmtree(self.path / "work")
        shutil.copytree(self.path / "saved", self.path / "work", symlinks=True)
        self.server = deepcopy(self._saved)
        self.front.app = self.server
        self.front.faults.clear()

    def seen(self) -> list[Seen]:
        """Every release that a visitor sees, drafts among them."""
        result = self.server.result()
        releases = result["releases"]
        assert isinstance(releases, list)
        return [
            Seen(str(one.get("body", one.get("description"))), self._files(one, result))
            for one in releases
        ]

    def _files(self, release: dict[str, object], result: dict[str, object]) -> dict[str, str]:
        if self.remote_state.name == "github":
            contents = release["contents"]
            return dict(contents) if isinstance(contents, dict) else {}
        listed = release["assets"] if self.remote_state.name == "gitea" else result["files"]
        assert isinstance(listed, list)
        return {one[-2]: one[-1] for one in listed}

    def promised(self, tag: str = TAG) -> Seen:
        """What the tag says that a visitor should see, beside the record."""
        contract = contract_of(self.remote.message(tag))
        assert contract is not None
        files = {asset.name: asset.sha256 for asset in contract.assets}
        return Seen(marked(contract.notes, tag), files)

    def faults(self, tag: str = TAG) -> list[str]:
        """What is not as the tag promises, in words; nothing where all is well."""
        wanted, found = self.promised(tag), self.seen()
        if len(found) != 1:
            return [f"there are {len(found)} releases"]
        files = dict(found[0].files)
        said = [] if files.pop("record.json", "") else ["there is no record"]
        said += [] if self.server.publications == [tag] else [str(self.server.publications)]
        said += [] if found[0].text == wanted.text else [found[0].text]
        said += [] if files == wanted.files else [str(files)]
        kinds = [event["kind"] for event in self.remote.record(tag)["events"]]
        return said + ([] if kinds[:1] == ["published"] else [f"the record tells {kinds}"])


def digest(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def hosted(remote_state: World, path: Path) -> Iterator[Hosted]:
    """A forge that runs for the length of a ``with`` block."""
    path.mkdir(parents=True, exist_ok=True)
    with serving(remote_state.server()) as front:
        yield Hosted(remote_state, front, path)
