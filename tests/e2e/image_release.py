"""What tests of releases with images share: a remote, its clones, and what is public of a release.

Programs named git and docker come first on PATH. They write down how they are called, and kill
their caller where a test asks for it.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import requests

from tagboat.core.images.oci import OCI_INDEX, OCI_MANIFEST
from tagboat.core.plan.tag_message import Contract, contract_of
from tests.commandline import Result
from tests.e2e.gate import Watchman
from tests.engine import PASSWORD, USER, Registry
from tests.gitrepo import GitRepo
from tests.patience import patience
from tests.releasing import CHANGELOG, PROJECT, Remote
from tests.servers.front import Fault, Front, refusal, serving

COPIED = "FROM scratch\nCOPY a.txt /\n"
"""A Dockerfile that no platform needs an emulator for."""
COMMIT_FILES = {"CHANGELOG.md": CHANGELOG, "pyproject.toml": PROJECT}
"""Files of a repository whose releases have a commit of their own."""
VERSION_FILE = 'files = ["pyproject.toml:project.version"]\n'

SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "tag only": ("", {}),
    "release commit": (VERSION_FILE, COMMIT_FILES),
}
"""Repositories of both kinds: what stands at the top of their configuration, and their files."""

_ACCEPTED = f"{OCI_INDEX}, {OCI_MANIFEST}"
# The chosen call: the caller dies and the program does not run; it runs on as an orphan; or it ends
# first. A call is chosen by a pattern and by how many like it there were.
_WRAPPER = """\
#!/bin/sh
line="{name} $*"
echo "$line" >> {log}
if [ "$TAGBOAT_TEST_KEEP" ]; then
    for word; do case "$word" in */bake.json) cp "$word" "$TAGBOAT_TEST_KEEP" ;; esac; done
fi
if [ "$TAGBOAT_TEST_CALL" ] && echo "$line" | grep -q -e "$TAGBOAT_TEST_CALL" &&
    [ "$(grep -c -e "$TAGBOAT_TEST_CALL" {log})" = "$TAGBOAT_TEST_NUMBER" ]; then
    case "$TAGBOAT_TEST_MOMENT" in
    before) kill -9 "-$PPID"; exit 1 ;;
    after) {program} "$@"; kill -9 "-$PPID"; exit 0 ;;
    orphan) kill -9 "-$PPID" ;;
    esac
fi
exec {program} "$@"
"""


class Cut(NamedTuple):
    """Where a run is killed: at a call of git or docker, ``before``, ``after`` or as ``orphan``.

    ``call`` is a pattern of grep, ``number`` counts the calls that fit it, from 1.
    """

    call: str
    number: int
    moment: str

    def variables(self) -> dict[str, str]:
        """What tells the programs."""
        return {
            "TAGBOAT_TEST_CALL": self.call,
            "TAGBOAT_TEST_NUMBER": str(self.number),
            "TAGBOAT_TEST_MOMENT": self.moment,
        }


class ImageRelease:
    """A remote whose releases publish one image in some repositories, the first one first."""

    def __init__(self, path: Path, *repositories: str) -> None:
        self.path = path
        self.repositories = repositories
        self.remote = Remote(path / "work")
        self.log = path / "calls.log"
        self._folders: dict[int, Path] = {}
        """Where runs keep what they throw away in the end, by their process ids."""
        self._runs = 0
        self._wrap("git")
        self._wrap("docker")

    def settings(
        self,
        *,
        platforms: Sequence[str] = ("linux/amd64", "linux/arm64"),
        tags: Sequence[str] = ("{version}", "latest"),
        top: str = "",
        image: str = "",
    ) -> str:
        """A configuration; ``top`` stands before its tables, ``image`` in the image's."""
        return (
            f"{top}[forge]\nrelease = false\n[[images]]\n"
            f"repositories = {list(self.repositories)}\nplatforms = {list(platforms)}\n"
            f"tags = {list(tags)}\n{image}"
        )

    def started(self, settings: str, dockerfile: str = COPIED, **files: str) -> GitRepo:
        """A clone with a feature that is due."""
        given = {"tagboat.toml": settings, "Dockerfile": dockerfile, "a.txt": "a\n"} | files
        return self.remote.started(files=given)

    def release(self, clone: GitRepo, *options: str, cut: Cut | None = None, **env: str) -> Result:
        """Run a release, which leaves nothing behind unless it is cut."""
        return self.ended(self.begin(clone, *options, cut=cut, **env))

    def ended(self, process: "subprocess.Popen[str]") -> Result:
        """How a run ends, which leaves nothing behind unless it is killed."""
        output, errors = process.communicate(timeout=patience(12_000))
        left = list(self._folders[process.pid].iterdir())
        assert process.returncode == -signal.SIGKILL or left == [], errors
        return Result(process.returncode, output, errors)

    def begin(
        self, clone: GitRepo, *options: str, cut: Cut | None = None, **env: str
    ) -> "subprocess.Popen[str]":
        """A release that runs."""
        self._runs += 1
        temporary = self.path / f"tmp{self._runs}"
        temporary.mkdir()
        path = f"{self.path}/bin:{os.environ['PATH']}"
        variables = {"TMPDIR": str(temporary), "PATH": path} | (cut.variables() if cut else {})
        process = subprocess.Popen(
            [sys.executable, "-m", "tagboat", "release", "--channel", "main", *options],
            cwd=clone.path,
            env=os.environ | variables | env,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._folders[process.pid] = temporary
        return process

    def calls(self, pattern: str) -> int:
        """How often git or docker was called with some words, since the last `forget`."""
        return len(self._called(pattern))

    @property
    def builds(self) -> int:
        """How often something was built.

        What is handed over again with the same file, as a registry failed for a moment, counts
        once: with several parts of an image pushed to one tag, Debian's does so by itself.
        """
        return len(set(self._called("docker buildx bake")))

    def forget(self) -> None:
        """Count from here."""
        self.log.unlink(missing_ok=True)

    def contract(self, tag: str) -> Contract:
        """What a tag promises."""
        found = contract_of(self.remote.message(tag))
        assert found is not None
        return found

    def digest(self, tag: str) -> str:
        """The digest of the image that a git tag promises."""
        [image] = self.contract(tag).images
        return image.digest

    def held(self, tag: str) -> list[str]:
        """What an image tag holds in each repository; empty texts where there is none."""
        return [held(repository, tag) for repository in self.repositories]

    def is_nothing_public(self) -> bool:
        """Whether nothing exists under a name that users follow."""
        named = [tag for one in self.repositories for tag in tags(one) if is_followed(tag)]
        return not (self.remote.tags or named)

    def _called(self, pattern: str) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if pattern in line]

    def _wrap(self, name: str) -> None:
        folder = self.path / "bin"
        folder.mkdir(exist_ok=True)
        wrapper = folder / name
        program = shutil.which(name)
        wrapper.write_text(_WRAPPER.format(name=name, log=self.log, program=program))
        wrapper.chmod(0o755)


class ReleasePlaces:
    """A image_release with gates before two registries of its own, which may be broken."""

    def __init__(self, path: Path, registries: Sequence[Registry], fronts: Sequence[Front]) -> None:
        self.registries = registries
        self.fronts = fronts
        self.gates: list[Watchman] = []
        self.watch()
        self.image_release = ImageRelease(
            path, *(f"127.0.0.1:{front.port}/app" for front in fronts)
        )

    def watch(self) -> None:
        """Forget what was seen at the gates."""
        self.gates = [Watchman(registry) for registry in self.registries]
        for front, gate in zip(self.fronts, self.gates, strict=True):
            front.app = gate
            front.faults.clear()

    def refuse(self, number: int, pattern: str, status: int = 503) -> None:
        """Refuse requests to a registry whose ``METHOD path`` a pattern matches, until `mend`."""
        reply = refusal(status, "not now", www_authenticate='Basic realm="tests"')
        self.fronts[number].faults.append(Fault(pattern, "refuse", 9999, reply=reply))

    def mend(self) -> None:
        """Refuse nothing any more."""
        for front in self.fronts:
            front.faults.clear()

    def faults(
        self, tag: str = "v0.1.0", moving: Sequence[str] = ("latest",), *, runs: int = 1
    ) -> list[str]:
        """What is not as a git tag promises, in words; nothing where all is well.

        Registries don't compare and set: each of several runs at the same time may write a version
        tag, but only the same bytes.
        """
        version, digest = tag.removeprefix("v"), self.image_release.digest(tag)
        written = [gate.written.get(version, []) for gate in self.gates]
        is_once = all(len(set(one)) == 1 and len(one) <= runs for one in written)
        found = [] if is_once else [f"{version} was written {list(map(len, written))} times"]
        wrong = [one for one in (version, *moving) if self.image_release.held(one) != [digest] * 2]
        found += [f"{one} is {self.image_release.held(one)}, not {digest}" for one in wrong]
        kinds = [event["kind"] for event in self.image_release.remote.record(tag)["events"]]
        return found + ([] if kinds == ["published"] else [f"the record tells {kinds}"])


@contextmanager
def release_places_in(path: Path) -> Iterator[ReleasePlaces]:
    """A release_places whose registries and gates run for the length of a ``with`` block."""
    registries = [Registry(path / name, 0) for name in ("first", "second")]
    with ExitStack() as stack:
        for registry in registries:
            registry.start()
            stack.callback(registry.stop)
        fronts = [stack.enter_context(serving(Watchman(one))) for one in registries]
        yield ReleasePlaces(path / "release_places", registries, fronts)


def held(repository: str, tag: str) -> str:
    """The digest that a tag holds; empty where there is none."""
    answer = _asked("HEAD", repository, f"manifests/{tag}")
    assert answer.status_code in {200, 404}, answer.status_code
    return answer.headers["Docker-Content-Digest"] if answer.ok else ""


def tags(repository: str) -> list[str]:
    """The tags of a repository."""
    answer = _asked("GET", repository, "tags/list")
    return sorted(answer.json().get("tags") or []) if answer.ok else []


def is_followed(tag: str) -> bool:
    """Whether a tag is neither that of a staged image nor a signature."""
    return not tag.startswith(("tagboat-", "sha256-"))


def _asked(method: str, repository: str, what: str) -> requests.Response:
    host, _, path = repository.partition("/")
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (USER, PASSWORD)
        url = f"http://{host}/v2/{path}/{what}"
        return session.request(method, url, headers={"Accept": _ACCEPTED}, timeout=patience(600))
