"""A marked token stands everywhere a token can be; nothing but git's environment ever shows it.

The list of processes and the temporary files are looked at whenever the server gets a request: the
programs that sent it are waiting then.
"""

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.git_http import Account, GitServer, serving
from tests.servers.protection import protect

MARK = "tok_7f3a9c1e5b2d"
USER = "ada"
HEADER = b64encode(f"{USER}:{MARK}".encode()).decode()
SHAPES = (MARK.encode(), HEADER.encode(), MARK.replace("t", "%74").encode())
VARIABLES = (
    *("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN"),
    *("BITBUCKET_TOKEN", "ACTIONS_RUNTIME_TOKEN", "NPM_TOKEN", "DEPLOY_PASSWORD"),
)
SERVERS = ("GITHUB_SERVER_URL", "CI_SERVER_URL", "GITEA_SERVER_URL", "FORGEJO_SERVER_URL")
COMMANDS = (
    ("version", "next"),
    ("plan", "--json", "-o", "plan.json"),
    ("release", "--json"),
    ("release",),
)


class Lookout:
    """Looks for the mark among the arguments of what this test started and in a folder's files.

    Tests beside this one put it into arguments of their own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.looks = 0
        self.found: set[str] = set()

    def look(self) -> None:
        """Look once."""
        self.looks += 1
        processes = filter(is_own, Path("/proc").glob("[0-9]*/cmdline"))
        places = [*processes, *self.folder.rglob("*")]
        self.found |= {f"{place}: {text!r}" for place in places if marked(text := content(place))}


def is_own(place: Path) -> bool:
    """Whether a process below /proc is this one, or one that it started."""
    pid = place.parent.name
    while pid not in ("", "0", "1", str(os.getpid())):
        status = content(Path("/proc", pid, "stat")).rpartition(b")")[2].split()
        pid = status[1].decode() if len(status) > 1 else ""
    return pid == str(os.getpid())


def content(place: Path) -> bytes:
    """What a file holds; nothing where it is gone, or none."""
    try:
        return place.read_bytes()
    except OSError:
        return b""


def marked(text: bytes | str) -> bool:
    data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
    return any(shape in data for shape in SHAPES)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "served")


@pytest.fixture
def lookout(tmp_path: Path) -> Lookout:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return Lookout(folder)


@pytest.fixture
def server(tmp_path: Path, lookout: Lookout) -> Iterator[GitServer]:
    with serving(tmp_path / "served", Account("", MARK), lookout.look) as started:
        yield started


@pytest.fixture
def clone(remote: Remote, server: GitServer) -> GitRepo:
    copy = remote.started(files={"CHANGELOG.md": CHANGELOG})
    copy.git("remote", "set-url", "origin", server.url(remote.bare.path))
    return copy


def address(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path, f"{USER}:{MARK}"))


def encoded_address(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    login = f"{USER}:{MARK.replace('t', '%74')}"
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path, login))


def push_address(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    address(clone, remote, server)
    clone.git("remote", "set-url", "--push", "origin", server.url(remote.bare.path, f"b:{MARK}"))


def rewritten_address(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    clone.git("remote", "set-url", "origin", f"forge:{remote.bare.path.name}")
    base = server.url(remote.bare.path.parent, f"{USER}:{MARK}").removesuffix(".")
    clone.git("config", f"url.{base}.insteadOf", "forge:")


def user_alone(clone: GitRepo, remote: Remote, server: GitServer) -> None:
    server.account = None
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path, MARK))


def store(clone: GitRepo, _remote: Remote, server: GitServer) -> None:
    kept = clone.path.parent / "store"
    kept.write_text(f"{server.origin.replace('//', f'//{USER}:{MARK}@')}\n")
    clone.git("config", "credential.helper", f"store --file={kept}")


def header(clone: GitRepo, _remote: Remote, server: GitServer) -> None:
    value = f"AUTHORIZATION: basic {HEADER}"
    clone.git("config", f"http.{server.origin}/.extraheader", value)


def nothing(_clone: GitRepo, _remote: Remote, _server: GitServer) -> None:
    """Leave git without a login: variables are all there is."""


WAYS = (address, push_address, user_alone, store, header, nothing)
MORE_WAYS = (*WAYS, encoded_address, rewritten_address)


def environment(server: GitServer, lookout: Lookout) -> dict[str, str]:
    """All variables that hold a token, and the server that they are for."""
    tokens = dict.fromkeys(VARIABLES, MARK)
    return tokens | dict.fromkeys(SERVERS, server.origin) | {"TMPDIR": str(lookout.folder)}


def search(clone: GitRepo, env: dict[str, str], lookout: Lookout, code: int = 0) -> str:
    """Run commands; what was said. Nothing of it shows the mark, nor does a file left."""
    before = content(clone.path / ".git" / "config")
    said = ""
    for command in COMMANDS[1:3] if code else COMMANDS:
        result = tagboat(*command, "--debug", cwd=clone.path, env=env)
        said += result.stdout + result.stderr
        assert result.code in {0, code}, result.stderr
    assert not marked(said)
    assert not marked(content(clone.path / "plan.json"))
    assert content(clone.path / ".git" / "config") == before
    lookout.look()
    assert lookout.found == set()
    return said


@pytest.mark.matrix
@pytest.mark.parametrize("way", MORE_WAYS, ids=lambda way: way.__name__)
def test_token_is_shown_nowhere(
    way: object, clone: GitRepo, remote: Remote, server: GitServer, lookout: Lookout
) -> None:
    assert callable(way)
    way(clone, remote, server)
    search(clone, environment(server, lookout), lookout)
    assert remote.tags == ["v0.1.0"]
    assert lookout.looks > len(COMMANDS)
    public = remote.message("v0.1.0") + json.dumps(remote.record("v0.1.0"))
    assert not marked(public)


@pytest.mark.matrix
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_token_is_shown_nowhere_where_a_server_repeats_it(
    way: object, clone: GitRepo, remote: Remote, server: GitServer, lookout: Lookout
) -> None:
    assert callable(way)
    way(clone, remote, server)
    protect(remote.bare, f'echo "token {MARK} may not push to $ref" >&2; exit 1')
    said = search(clone, environment(server, lookout), lookout, 1)
    assert "may not push to refs/heads/main" in said


@pytest.mark.matrix
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_token_is_shown_nowhere_where_a_server_refuses_it(
    way: object, clone: GitRepo, remote: Remote, server: GitServer, lookout: Lookout
) -> None:
    assert callable(way)
    way(clone, remote, server)
    server.account = Account("", "another one")
    search(clone, environment(server, lookout), lookout, 1)


@pytest.mark.matrix
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_token_is_shown_nowhere_where_no_server_is_reached(
    way: object, clone: GitRepo, remote: Remote, server: GitServer, lookout: Lookout
) -> None:
    assert callable(way)
    way(clone, remote, server)
    server.server_close()
    search(clone, environment(server, lookout), lookout, 1)


def test_git_alone_would_show_it(
    clone: GitRepo, remote: Remote, server: GitServer, lookout: Lookout
) -> None:
    address(clone, remote, server)
    clone.git("ls-remote")
    assert lookout.found != set()


def test_token_is_shown_nowhere_where_a_partial_clone_fetches_trees(
    remote: Remote, server: GitServer, lookout: Lookout
) -> None:
    packages = "[[packages]]\nname = 'api'\npaths = ['api']\n"
    first = remote.started(files={"tagboat.toml": packages, "api/a.txt": "a\n"})
    for text in ("b", "c"):
        first.commit(f"fix: {text}", files={"api/a.txt": f"{text}\n"})
    first.git("push", "--quiet", "origin", "main")
    clone = remote.bare.clone(lookout.folder.parent / "partial", filter_spec="tree:0")
    login = f"{USER}:{MARK}"
    clone.git("remote", "set-url", "origin", server.url(remote.bare.path, login))
    result = tagboat("version", "next", cwd=clone.path)
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    assert server.callers
    assert lookout.found == set()
