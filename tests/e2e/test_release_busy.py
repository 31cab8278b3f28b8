"""Others push and release while an image is built, which takes longer than all they do."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.building import in_registry
from tests.e2e.harbour import SHAPES, Harbour, Quay
from tests.e2e.images import PLATFORMS
from tests.engine import Engine
from tests.gitrepo import GitRepo
from tests.releasing import push

ONE = ("linux/amd64",)
SLOW = "FROM {base}\nCOPY a.txt /\nRUN sleep {seconds}\n"
EVERY = 3
"""Seconds between two merges of others."""
MARK = "hunter2-of-this-release"


class Crowd:
    """Merges a change into a branch every few seconds, through a clone of its own."""

    def __init__(self, clone: GitRepo) -> None:
        self.merged: list[str] = []
        self._clone = clone
        self._is_over = threading.Event()

    def _merge(self) -> None:
        while not self._is_over.wait(EVERY):
            self._clone.git("pull", "--quiet", "--no-rebase", "origin", "main")
            number = len(self.merged)
            self.merged.append(self._clone.commit(f"fix: {number}", files={f"{number}.txt": "x\n"}))
            # What the release was quicker than goes along with the next push.
            with suppress(RuntimeError):
                self._clone.git("push", "--quiet", "origin", "HEAD:main")

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Merges go on for the length of a ``with`` block."""
        thread = threading.Thread(target=self._merge)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()


@pytest.mark.parametrize("shape", SHAPES)
def test_branch_that_never_rests(harbour: Harbour, engine: Engine, shape: str) -> None:
    """The build takes 20 seconds, and is not made again: what it built is what is released."""
    top, files = SHAPES[shape]
    dockerfile = SLOW.format(base=engine.base(), seconds=20)
    files = {**files, "a.txt": shape}  # so that the engine has not built it already
    clone = harbour.started(harbour.settings(top=top, platforms=ONE), dockerfile, **files)
    crowd = Crowd(harbour.remote.clone("crowd"))
    with crowd.busy():
        result = harbour.release(clone)
    assert (result.code, harbour.builds) == (0, 1), result.stderr
    assert len(crowd.merged) >= 5
    assert harbour.remote.tags == ["v0.1.0"]
    assert harbour.held("0.1.0") == harbour.held("latest") == [harbour.digest("v0.1.0")] * 2
    picture = in_registry(f"{harbour.repositories[0]}:0.1.0")
    labels = picture.config(ONE[0])["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == harbour.remote.commit("v0.1.0")
    assert harbour.remote.holds("main", "v0.1.0")
    assert harbour.remote.holds("main", crowd.merged[0])


@pytest.mark.parametrize("platforms", [ONE, PLATFORMS], ids=["one platform", "two"])
def test_three_at_once_release_one_commit_once(quay: Quay, platforms: Sequence[str]) -> None:
    """They share an engine and a staging tag, and each makes a build with bytes of its own."""
    harbour = quay.harbour
    first = harbour.started(harbour.settings(platforms=platforms))
    ended = _together(harbour, first, *map(harbour.remote.clone, ("second", "third")))
    assert [code for code, _ in ended] == [0, 0, 0], ended
    assert (harbour.remote.tags, quay.faults(runs=3)) == (["v0.1.0"], [])


def test_two_at_once_with_a_change_each(quay: Quay) -> None:
    """Every change is in one release, and the later version has the tags that move."""
    harbour = quay.harbour
    first = harbour.started(harbour.settings())
    second = harbour.remote.clone("second")
    push(second, "feat: more")
    ended = _together(harbour, first, second)
    assert [code for code, _ in ended] == [0, 0], ended
    for tag in harbour.remote.tags:
        last = tag == harbour.remote.tags[-1]
        assert quay.faults(tag, ("latest",) if last else (), runs=2) == []
        assert harbour.remote.holds("main", tag)
    assert harbour.remote.holds(harbour.remote.tags[-1], second.head)


def _together(harbour: Harbour, *clones: GitRepo) -> list[tuple[int, str]]:
    """How releases end that begin at the same time."""
    begun = [harbour.begin(clone) for clone in clones]
    ended = [harbour.ended(one) for one in begun]
    return [(one.code, one.stderr) for one in ended]


def test_secret_of_a_build_is_in_nothing_that_a_release_leaves(
    harbour: Harbour, engine: Engine, tmp_path: Path
) -> None:
    image = 'provenance = "max"\nsecrets = { token = "env:HIDDEN" }\n'
    dockerfile = (
        f"FROM {engine.base()}\nRUN --mount=type=secret,id=token "
        "cat /run/secrets/token && wc -c < /run/secrets/token > /size\n"
    )
    clone = harbour.started(harbour.settings(image=image, platforms=ONE), dockerfile)
    kept = tmp_path / "kept"
    kept.mkdir()
    result = harbour.release(clone, "--verbose", HIDDEN=MARK, TAGBOAT_TEST_KEEP=str(kept))
    assert result.code == 0, result.stderr
    bake = (kept / "bake.json").read_text()
    record = json.dumps(harbour.remote.record("v0.1.0"))
    picture = in_registry(f"{harbour.repositories[0]}:0.1.0")
    assert b"/run/secrets/token" in picture.everything()
    told = (result.stdout, harbour.log.read_text(), bake, record, harbour.remote.message("v0.1.0"))
    for text in (*told, picture.everything().decode(errors="replace")):
        assert MARK not in text
    assert result.stderr.count(MARK) == 0, result.stderr
