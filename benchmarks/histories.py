"""Repositories with a generated history: the same bytes, and so the same ids, on every machine.

A history is streamed into `git fast-import`, repacked into one pack with packed refs and a small
checked-out tree, and kept under a key made of its specification and of the code that writes it.

Every history ends in the same unreleased commits, whatever its size.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar, cast

from benchmarks.stream import SIDE, Line, Writer

T = TypeVar("T")
UNRELEASED: Final = 20
"""Commits above the base tag, in every history."""

GIT_ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": os.environ.get("PATH", os.defpath),
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
"""The environment of every git and every tool: no user's configuration, no leaked variables."""

_ABOVE: Final = 100
"""The major number of those side-branch versions that lie above all of main's."""

_CRISS_CROSS_COMMITS: Final = 6

_SETTINGS: Final = {
    "user.name": "A U Thor",
    "user.email": "author@example.com",
    "gc.auto": "0",
    "remote.origin.url": "http://127.0.0.1:9/acme/bench.git",
}


@dataclass(frozen=True, slots=True)
class Spec:
    """What a history looks like: `linear`, `merges` or `side`, its commits and version tags."""

    kind: str
    commits: int
    tags: int

    @property
    def name(self) -> str:
        """The words a table uses for it, such as `linear 10k/1k`."""
        return f"{self.kind} {_short(self.commits)}/{_short(self.tags)}"


@dataclass(frozen=True, slots=True)
class Repository:
    """A generated repository, in two copies that differ only in having a commit-graph file."""

    spec: Spec
    plain: Path
    graph: Path
    base: str
    expected: str

    def path(self, *, graph: bool) -> Path:
        """Return the copy with or without a commit-graph."""
        return self.graph if graph else self.plain


def build(spec: Spec, cache: Path) -> Repository:
    """Return the repository of `spec`, made under `cache` unless it is there already.

    Raises `subprocess.CalledProcessError` where git fails.
    """
    home = kept(cache, f"{spec.kind}-{spec.commits}", _key(spec), lambda home: _make(spec, home))
    base, expected = (home / "versions").read_text().split()
    return Repository(spec, home / "plain", home / "graph", base, expected)


def kept(cache: Path, name: str, key: str, make: Callable[[Path], object]) -> Path:
    """Return the folder for `name` and `key` under `cache`, made unless it is there already."""
    home = cache / f"{name}-{key}"
    if not home.exists():
        for stale in cache.glob(f"{name}-*"):
            shutil.rmtree(stale)
        partial = home.with_name(f"{home.name}.partial")
        make(partial)
        partial.rename(home)
    return home


def head(repository: Path) -> str:
    """Return the id of the commit that HEAD names."""
    return git(repository, "rev-parse", "HEAD").strip()


def _make(spec: Spec, home: Path) -> None:
    plain = home / "plain"
    line = imported(plain, lambda out: write(spec, out))
    graph = home / "graph"
    shutil.copytree(plain, graph, copy_function=os.link)
    for copy in (plain, graph):  # after the links: they change what the index knows of a file
        git(copy, "reset", "--quiet", "--hard")
    git(graph, "commit-graph", "write", "--reachable", "--no-progress")
    base = "v{}.{}.{}".format(*line.version)
    (home / "versions").write_text(f"{base} {line.next_version()}\n")


def imported(repository: Path, write: Callable[[IO[bytes]], T]) -> T:
    """Make a repository of the stream that `write` writes; return what it returns."""
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet", "--initial-branch=main", "--object-format=sha1")
    for key, value in _SETTINGS.items():
        git(repository, "config", key, value)
    command = ["git", "-C", str(repository), "fast-import", "--quiet", "--done"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=GIT_ENVIRONMENT) as process:
        written = write(cast("IO[bytes]", process.stdin))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    git(repository, "update-ref", "-d", SIDE)
    git(repository, "repack", "-a", "-d", "--quiet")
    git(repository, "pack-refs", "--all")
    return written


def write(spec: Spec, out: IO[bytes]) -> Line:
    """Write the fast-import stream of `spec`; return the main line as it ended."""
    line = Line(Writer(out, spec.commits), f"{spec.kind} {spec.commits}", spec.commits)
    _KINDS[spec.kind](line, spec)
    out.write(b"done\n")
    return line


def _linear(line: Line, spec: Spec) -> None:
    for is_due in _until_unreleased(line, spec.commits, spec.tags):
        _direct(line)
        if is_due():
            line.release()
    line.begin_unreleased()
    for _ in range(UNRELEASED):
        _direct(line)


def _merges(line: Line, spec: Spec) -> None:
    """Two commits in three reach main through a merge; some branches merged each other first."""
    _direct(line)
    for number, is_due in enumerate(_until_unreleased(line, spec.commits, spec.tags)):
        if spec.commits - UNRELEASED - line.writer.written < _CRISS_CROSS_COMMITS:
            _direct(line)
        else:
            (_criss_cross if (number + 1) % 8 == 0 else _topic)(line)
        if is_due():
            line.release()
    line.begin_unreleased()
    for step in (_topic, _criss_cross, _direct) * 2:
        step(line)


def _side(line: Line, spec: Spec) -> None:
    """Nine tags in ten sit on branches of two commits, cut from main and never merged.

    Half of those continue the minor that main had reached, half lie above all of main's versions.
    The last tag before HEAD is a late patch of an older minor, merged forward after the base: so
    neither the highest tag nor the nearest one is the base.
    """
    cuts = spec.tags * 9 // 20
    done = patch = 0
    for is_due in _until_unreleased(line, spec.commits, spec.tags - 2 * cuts - 1):
        _direct(line)
        if done < cuts and done * (spec.commits - 100) < cuts * line.writer.written:
            done += 1
            patch += 2 * (done % 2)
            _cut(line, (_ABOVE, done, 0) if done % 2 == 0 else (*line.version[:2], patch))
            _direct(line)
        if is_due():
            line.release(least=1)
            patch = 0
    line.begin_unreleased()
    _merge_forward(line)


def _until_unreleased(line: Line, commits: int, tags: int) -> Iterator[Callable[[], bool]]:
    """Yield the question whether the next of `tags` is due, while released commits are missing.

    The tags stand at even distances, the last on the last released commit.
    """
    released = commits - UNRELEASED
    done = 0

    def is_due() -> bool:
        nonlocal done
        due = line.writer.written * tags >= (done + 1) * released
        done += due
        return due

    while line.writer.written < released:
        yield is_due


def _direct(line: Line) -> None:
    line.add(line.message().text)


def _topic(line: Line) -> None:
    """A branch of two commits, cut from a recent main commit, merged with a merge commit."""
    first = line.message().text
    tip = line.side(line.message().text, line.side(first, line.texts.pick(line.tips)))
    line.add(line.texts.merge(first.split("\n", 1)[0]), tip)


def _criss_cross(line: Line) -> None:
    """Two branches that merged each other before both are merged: two merge bases."""
    start = line.tips[-1]
    left, right = line.side(line.message().text, start), line.side(line.message().text, start)
    left_too = line.side("Merge branch 'right' into left\n", left, right)
    right_too = line.side("Merge branch 'left' into right\n", right, left)
    line.add(line.texts.merge("Join the left side"), left_too)
    line.add(line.texts.merge("Join the right side"), right_too)


def _cut(line: Line, version: tuple[int, int, int]) -> None:
    """A release branch with two commits, tagged `version` and the patch after it."""
    major, minor, patch = version
    first = line.side(line.texts.conventional(kind="fix").text, line.tips[-1])
    line.writer.tag(version, first)
    second = line.side(line.texts.conventional(kind="fix").text, first)
    line.writer.tag((major, minor, patch + 1), second)


def _merge_forward(line: Line) -> None:
    """The unreleased commits of `side`, among them a patch of an older minor and its merge."""
    for _ in range(12):
        _direct(line)
    late = line.side(line.texts.conventional(kind="fix").text, line.tips[-1])
    line.writer.tag((*line.previous[:2], 999), late)
    for _ in range(3):
        _direct(line)
    line.add("Merge branch 'late-patch'\n", late)
    for _ in range(3):
        _direct(line)


_KINDS: Final[Mapping[str, Callable[[Line, Spec], None]]] = {
    "linear": _linear,
    "merges": _merges,
    "side": _side,
}


def _key(spec: Spec) -> str:
    """Hash everything that the history follows from: the specification and the code."""
    return key_of(repr(spec))


def key_of(text: str, *modules: str) -> str:
    """Hash a text with the code that writes histories, and with more modules beside it."""
    digest = hashlib.sha256(text.encode())
    for module in ("messages.py", "stream.py", "histories.py", *modules):
        digest.update(Path(__file__).with_name(module).read_bytes())
    return digest.hexdigest()[:12]


def _short(count: int) -> str:
    if count % 1_000_000 == 0:
        return f"{count // 1_000_000}M"
    return f"{count // 1000}k" if count % 1000 == 0 else str(count)


def git(repository: Path, *arguments: str) -> str:
    """Return what git prints in a repository. Raises `subprocess.CalledProcessError`."""
    command = ["git", "-C", str(repository), *arguments]
    done = subprocess.run(command, env=GIT_ENVIRONMENT, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()
