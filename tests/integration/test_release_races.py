"""Several clones release at once: every commit ends in exactly one release."""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from tests.commandline import Result, tagboat_process
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, PACKAGES, Remote, push
from tests.tiers import some

CLONES = 4
SHAPES = {
    "tag only": {},
    "release commit": {"CHANGELOG.md": CHANGELOG},
    "merged release commit": {
        "CHANGELOG.md": CHANGELOG,
        "tagboat.toml": '[release]\non_race = "merge"\n',
    },
}
BUMPS = ("feat", "fix", "feat", "fix")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def published(clone: GitRepo) -> str:
    """Push a clone's commit on top of what others pushed; its id then."""
    for _ in range(20):
        try:
            clone.git("push", "--quiet", "origin", "HEAD:main")
        except RuntimeError:
            clone.git("pull", "--quiet", "--rebase", "origin", "main")
        else:
            return clone.head
    raise AssertionError("never pushed")


def raced(clones: Sequence[GitRepo]) -> list[Result]:
    """Let every clone push its commit and release, all at once."""

    def run(clone: GitRepo) -> Result:
        published(clone)
        return tagboat_process("release", cwd=clone.path)

    with ThreadPoolExecutor(len(clones)) as pool:
        return list(pool.map(run, clones))


def sections(remote: Remote) -> dict[str, list[str]]:
    """Which release's notes name which feature or fix, by the subjects."""
    subjects = [f"from {number}" for number in range(CLONES)]
    notes = {tag: remote.message(tag) for tag in remote.tags}
    return {what: [tag for tag in notes if what in notes[tag]] for what in subjects}


@pytest.fixture(params=SHAPES, ids=list(SHAPES))
def race(request: pytest.FixtureRequest, remote: Remote) -> list[Result]:
    remote.started("first", files={"a.txt": "a\n"} | SHAPES[request.param])
    clones = [remote.clone(f"clone{number}") for number in range(CLONES)]
    for number, clone in enumerate(clones):
        clone.commit(f"{BUMPS[number]}: from {number}", files={f"{number}.txt": "x\n"})
    return raced(clones)


@pytest.mark.matrix
def test_race_leaves_every_commit_in_one_release(race: list[Result], remote: Remote) -> None:
    assert [(result.code, result.stderr) for result in race if result.code] == []
    assert {what: len(tags) for what, tags in sections(remote).items()} == {
        f"from {number}": 1 for number in range(CLONES)
    }
    for tag in remote.tags:
        assert remote.holds("main", tag)
    versions = [tuple(map(int, tag.removeprefix("v").split("."))) for tag in remote.tags]
    assert versions[0] == (0, 1, 0)
    for (_, minor, patch), following in pairwise(versions):
        assert following in ((0, minor, patch + 1), (0, minor + 1, 0))
    for tag in remote.tags:
        assert remote.record(tag)["commit"] == remote.commit(tag)


def racing() -> Sequence[int]:
    """The numbers of the clones that change packages: four of eight, or all of them."""
    return some(range(8), 4, "clones that change packages")


@pytest.fixture
def package_race(remote: Remote) -> list[Result]:
    """Clones, of which two of eight change both packages that others need or don't."""
    remote.started("first", files=PACKAGES)
    clones = [remote.clone(f"clone{number}") for number in racing()]
    for number, clone in zip(racing(), clones, strict=True):
        of = ("core", "web") if number % 4 == 0 else (("api", "core", "web")[number % 3],)
        files = {f"{package}/{number}.txt": "x\n" for package in of}
        clone.commit(f"{BUMPS[number % 4]}: from {number}", files=files)
    return raced(clones)


def notes_with(remote: Remote, subject: str) -> list[str]:
    """The packages of which a release's notes name a subject, once for each release."""
    told = {tag: remote.message(tag) for tag in remote.tags}
    return sorted(tag.partition("-")[0] for tag, text in told.items() if subject in text)


@pytest.mark.matrix
def test_race_of_packages_leaves_every_change_in_one_release_of_each(
    package_race: list[Result], remote: Remote
) -> None:
    assert [(result.code, result.stderr) for result in package_race if result.code] == []
    for number in racing():
        of = ["core", "web"] if number % 4 == 0 else [("api", "core", "web")[number % 3]]
        assert notes_with(remote, f"from {number}") == of
    for tag in remote.tags:
        assert remote.holds("main", tag)
        assert remote.record(tag)["events"]


def passing(folder: Path, other: GitRepo) -> dict[str, str]:
    """Variables with which another clone releases right after the remote was first asked."""
    folder.mkdir()
    git, begun = folder / "git", folder / "begun"
    git.write_text(f"""\
#!/bin/sh
PATH=${{PATH#*:}}
export PATH
case "$*" in *ls-remote*refs/notes/tagboat) ;; *) exec git "$@" ;; esac
git "$@" || exit
test ! -e {begun} || exit 0
touch {begun}
cd {other.path} && exec {sys.executable} -m tagboat release >&2
""")
    git.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_a_release_that_came_between_two_questions_is_counted_from(
    remote: Remote, tmp_path: Path
) -> None:
    first = remote.started("first", files={"a.txt": "a\n"})
    push(first, "feat: begin")
    assert tagboat_process("release", cwd=first.path).code == 0
    push(first, "fix: below")
    later = remote.clone("later")
    push(later, "feat: above")
    result = tagboat_process("release", cwd=later.path, env=passing(tmp_path / "bin", first))
    assert (result.code, remote.tags) == (0, ["v0.1.0", "v0.1.1", "v0.2.0"]), result.stderr
    assert "below" not in remote.message("v0.2.0")
