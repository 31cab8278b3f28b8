"""Several writers of records at once: none is lost, and a release is published once."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commandline import Result, tagboat, tagboat_process
from tests.gitrepo import GitRepo
from tests.releasing import Remote, push, reopen
from tests.tiers import some

NAMES = some("abcd", 2, "writers")
WRITERS = len(NAMES)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def kinds(remote: Remote, tag: str) -> list[str]:
    return [event["kind"] for event in remote.record(tag)["events"]]


def at_once(*runs: Callable[[], Result]) -> list[Result]:
    """Start all of some runs together; what each left."""
    barrier = threading.Barrier(len(runs))
    results: list[Result] = []

    def start(run: Callable[[], Result]) -> None:
        barrier.wait()
        results.append(run())

    threads = [threading.Thread(target=start, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def command(clone: GitRepo, *arguments: str) -> Callable[[], Result]:
    return lambda: tagboat_process(*arguments, cwd=clone.path)


def test_no_writer_of_several_is_lost(remote: Remote) -> None:
    clone = remote.started()
    tags = []
    for number in range(WRITERS):
        tags.append(tagboat("release", cwd=clone.path).stdout.strip())
        push(clone, f"feat: {number}")
    for version in tags:
        reopen(remote, f"v{version}")
    clones = [remote.clone(f"writer{number}") for number in range(WRITERS)]
    results = at_once(
        *(
            command(copy, "abandon", version, "--reason", f"no {version}")
            for copy, version in zip(clones, tags, strict=True)
        )
    )
    assert [result.code for result in results] == [0] * WRITERS, results
    whys = [remote.record(f"v{version}")["events"][0]["why"] for version in tags]
    assert whys == [f"no {version}" for version in tags]


def test_writers_of_one_note_are_all_kept(remote: Remote) -> None:
    """Packages that are released from one commit have their records in one note."""
    config = "".join(
        f'[[packages]]\nname = "{name}"\npaths = ["{name}"]\ntag = "{name}-v{{version}}"\n'
        for name in NAMES
    )
    remote.started(files={"tagboat.toml": config} | {f"{n}/x": "x" for n in NAMES})
    clones = {name: remote.clone(f"of-{name}") for name in NAMES}
    results = at_once(
        *(command(copy, "release", "--package", name) for name, copy in clones.items())
    )
    assert [result.code for result in results] == [0] * WRITERS, results
    assert [kinds(remote, f"{name}-v0.1.0") for name in clones] == [["published"]] * WRITERS


def test_release_that_several_finish_is_published_once(remote: Remote) -> None:
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    push(clone, "docs: b")
    reopen(remote, "v0.1.0")
    clones = [remote.clone(f"finisher{number}") for number in range(WRITERS)]
    results = at_once(*(command(copy, "release") for copy in clones))
    assert [result.code for result in results] == [0] * WRITERS, results
    assert kinds(remote, "v0.1.0") == ["published"]


def test_ends_that_cross_are_both_told(remote: Remote) -> None:
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    push(clone, "docs: b")
    reopen(remote, "v0.1.0")
    other = remote.clone("other")
    finished, ended = (
        command(clone, "release"),
        command(other, "abandon", "0.1.0", "--reason", "gone"),
    )
    codes = sorted(result.code for result in at_once(finished, ended))
    assert codes in ([0, 0], [0, 1])
    assert codes == [0, 0] or kinds(remote, "v0.1.0") == ["published"]
    assert sorted(kinds(remote, "v0.1.0")) in (
        ["abandoned"],
        ["abandoned", "published"],
        ["published"],
    )


def test_tag_that_several_release_by_hand_is_released_once(remote: Remote) -> None:
    clone = remote.started()
    clone.tag("v0.1.0")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    clones = [remote.clone(f"hand{number}") for number in range(WRITERS)]
    results = at_once(*(command(copy, "release", "--tag", "v0.1.0") for copy in clones))
    assert [result.code for result in results] == [0] * WRITERS, results
    assert kinds(remote, "v0.1.0") == ["published"]
