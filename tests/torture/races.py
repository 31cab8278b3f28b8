"""Races: clones push and release at once, and the remote is looked at when all have ended.

Every clone has a commit of its own, pushes it on top of what others pushed, then releases. The
remote is behind `git http-backend`. What must be true at the end does not depend on who was first.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests import environment
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.git_http import serving
from tests.torture.scene import PATIENCE

CLONES = 8
_BUMPS = ("feat", "fix")
# A release commit that is only ready once somebody else has released, or nobody will any more.
_HOOK = """\
#!/bin/sh
tags() {{ env -u GIT_DIR git --git-dir={bare} tag | wc -l; }}
before=$(tags)
echo run >> {log}
until [ "$(tags)" -gt "$before" ] || [ -e {over} ]; do sleep 0.1; done
"""


class Shape(NamedTuple):
    """A kind of race: what the repository holds, and whether making one release takes long.

    ``is_slow``: making the first clone's release commit takes longer than a whole release of the
    others, who begin once that is under way and each release twice.
    """

    name: str
    files: dict[str, str]
    is_slow: bool = False


def _configured(on_race: str, *, hooks: bool = False) -> dict[str, str]:
    text = f'[release]\non_race = "{on_race}"\nhooks = {str(hooks).lower()}\n'
    return {"CHANGELOG.md": CHANGELOG, "tagboat.toml": text}


SHAPES = (
    Shape("tag only", {}),
    Shape("release commit", _configured("auto")),
    Shape("merged", _configured("merge")),
)
SLOW = tuple(
    Shape(f"slow, {on_race}", _configured(on_race, hooks=True), is_slow=True)
    for on_race in ("auto", "merge", "replan")
)


class Run(NamedTuple):
    """One release: its exit code, what it said, and how long it took."""

    code: int
    said: str
    seconds: float


class Verdict(NamedTuple):
    """How a race ended: what is wrong, which is nothing where it was clean.

    ``commits`` is how often a slow release commit was made.
    """

    runs: tuple[Run, ...]
    releases: int
    commits: int
    faults: tuple[str, ...]


def race(folder: Path, shape: Shape, clones: int = CLONES) -> Verdict:
    """Let clones race in an empty folder."""
    remote = Remote(folder)
    remote.started("first", files={"a.txt": "a\n"} | shape.files)
    release_target = Course(shape, folder / "commits", folder / "over", remote)
    with serving(folder) as server:
        racers = [remote.clone(f"clone{number}") for number in range(clones)]
        for racer in racers:
            racer.git("remote", "set-url", "origin", server.url(remote.bare.path))
        ended = release_target.run(racers)
    runs = tuple(run for of_one in ended for run in of_one)
    faults = (
        *_unfinished(runs),
        *public(remote, _subjects(clones, shape)),
        *left(remote, racers),
    )
    return Verdict(runs, len(remote.tags), release_target.commits(), faults)


class Course(NamedTuple):
    """One race: ``log`` has a line for every slow release commit, ``over`` is there at the end."""

    shape: Shape
    log: Path
    over: Path
    remote: Remote

    def commits(self) -> int:
        """How often the slow release commit was made."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def run(self, racers: Sequence[GitRepo]) -> list[list[Run]]:
        """Let all clones run at once, or the others once the slow one is under way."""
        with ThreadPoolExecutor(len(racers)) as pool:
            if not self.shape.is_slow:
                return list(pool.map(self._raced, racers, range(len(racers))))
            self._slow_down(racers[0])
            slow = pool.submit(self._raced, racers[0], 0)
            while not self.log.exists() and not slow.done():
                time.sleep(0.05)
            others = list(pool.map(self._raced, racers[1:], range(1, len(racers))))
            self.over.touch()
            return [slow.result(), *others]

    def _slow_down(self, racer: GitRepo) -> None:
        hook = racer.path / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        bare = self.remote.bare.path
        hook.write_text(_HOOK.format(log=self.log, over=self.over, bare=bare))
        hook.chmod(0o755)

    def _raced(self, racer: GitRepo, place: int) -> list[Run]:
        """What one clone does: commit, push and release, as often as the shape says."""
        runs = []
        for number in range(_rounds(place, self.shape)):
            racer.commit(
                f"{_BUMPS[place % 2]}: {_subject(place, number)}",
                files={f"{place}-{number}.txt": "x\n"},
            )
            _published(racer)
            runs.append(_released(racer))
        return runs


def _rounds(place: int, shape: Shape) -> int:
    return 2 if shape.is_slow and place else 1


def _subject(place: int, number: int) -> str:
    return f"work {number} of clone {place}."


def _subjects(clones: int, shape: Shape) -> list[str]:
    return [
        _subject(place, number)
        for place in range(clones)
        for number in range(_rounds(place, shape))
    ]


def _published(racer: GitRepo) -> None:
    """Push a commit on top of what others pushed; HEAD is that commit afterwards."""
    while True:
        try:
            racer.git("push", "--quiet", "origin", "HEAD:main")
        except RuntimeError:
            racer.git("pull", "--quiet", "--rebase", "origin", "main")
        else:
            return


def _released(racer: GitRepo) -> Run:
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tagboat", "release"],
            cwd=racer.path,
            env=os.environ | environment.quiet(racer.path.parent),
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Run(-1, f"did not end in {PATIENCE:.0f} s", PATIENCE)
    return Run(done.returncode, done.stderr.strip(), time.monotonic() - begun)


def _unfinished(runs: Sequence[Run]) -> Iterator[str]:
    """Runs that failed: everything that was asked for could be released."""
    for run in runs:
        if run.code:
            yield f"exit {run.code}: {run.said}"


def public(remote: Remote, subjects: Sequence[str]) -> Iterator[str]:
    """What is wrong with the refs that everybody sees."""
    tags = remote.tags
    yield from told(remote, subjects)
    yield from _counted(tags)
    for tag in tags:
        if not remote.holds("main", tag):
            yield f"{tag} is not on main"
        if remote.record(tag)["commit"] != remote.commit(tag):
            yield f"the record of {tag} tells of another commit"
    known = {"refs/heads/main", "refs/notes/tagboat", *(f"refs/tags/{tag}" for tag in tags)}
    for ref in {line.partition(" ")[2] for line in remote.refs.splitlines()} - known:
        yield f"{ref} is there"


def told(remote: Remote, subjects: Sequence[str]) -> Iterator[str]:
    """Commits that do not stand in the notes of exactly one release."""
    notes = {tag: remote.message(tag) for tag in remote.tags}
    for subject in subjects:
        holders = [tag for tag in notes if subject in notes[tag]]
        if len(holders) != 1:
            yield f"{subject!r} is in {holders or 'no release'}"


def _counted(tags: Sequence[str]) -> Iterator[str]:
    """Versions that do not follow one from the other."""
    versions = [tuple(map(int, tag.removeprefix("v").split("."))) for tag in tags]
    if versions[:1] != [(0, 1, 0)]:
        yield f"the first version is {tags[:1]}"
    for (_, minor, patch), following in pairwise(versions):
        if following not in {(0, minor, patch + 1), (0, minor + 1, 0)}:
            yield f"0.{minor}.{patch} is followed by {'.'.join(map(str, following))}"


def left(remote: Remote, racers: Sequence[GitRepo]) -> Iterator[str]:
    """What dropped tries left in clones: every tag is the remote's, and HEAD is on its branch."""
    public = set(remote.bare.git("for-each-ref", "--format=%(objectname)", "refs/tags").split())
    commits = remote.bare.git("rev-list", "main").split()
    for racer in racers:
        own = racer.git("for-each-ref", "--format=%(objectname)", "refs/tags").split()
        name = racer.path.name
        if not set(own) <= public:
            yield f"{name} has a tag of its own"
        if racer.head not in commits:
            yield f"{name} has a commit of its own"
        if racer.git("status", "--porcelain"):
            yield f"{name} is not clean"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Races of one shape in a line."""
    runs = [run for verdict in verdicts for run in verdict.runs]
    releases = sum(verdict.releases for verdict in verdicts)
    commits = sum(verdict.commits for verdict in verdicts)
    codes = Counter(run.code for run in runs)
    clean = sum(not verdict.faults for verdict in verdicts)
    slowest = max((run.seconds for run in runs), default=0)
    text = f"{len(verdicts)} races, {clean} clean; {len(runs)} runs made {releases} releases"
    text += f", the slowest took {slowest:.1f} s"
    if commits:
        text += f"; {commits} slow release commits"
    return text + "".join(f"; exit {code}: {n}" for code, n in sorted(codes.items()) if code)
