"""Others push and release while an image is built, which takes longer than all they do."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.building import in_registry
from tests.e2e.image_release import SHAPES, ImageRelease, ReleasePlaces
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
def test_branch_that_never_rests(image_release: ImageRelease, engine: Engine, shape: str) -> None:
    """The build takes 20 seconds, and is not made again: what it built is what is released."""
    top, files = SHAPES[shape]
    dockerfile = SLOW.format(base=engine.base(), seconds=20)
    files = {**files, "a.txt": shape}  # so that the engine has not built it already
    clone = image_release.started(
        image_release.settings(top=top, platforms=ONE), dockerfile, **files
    )
    crowd = Crowd(image_release.remote.clone("crowd"))
    with crowd.busy():
        result = image_release.release(clone)
    assert (result.code, image_release.builds) == (0, 1), result.stderr
    assert len(crowd.merged) >= 5
    assert image_release.remote.tags == ["v0.1.0"]
    assert (
        image_release.held("0.1.0")
        == image_release.held("latest")
        == [image_release.digest("v0.1.0")] * 2
    )
    picture = in_registry(f"{image_release.repositories[0]}:0.1.0")
    labels = picture.config(ONE[0])["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == image_release.remote.commit("v0.1.0")
    assert image_release.remote.holds("main", "v0.1.0")
    assert image_release.remote.holds("main", crowd.merged[0])


@pytest.mark.parametrize("platforms", [ONE, PLATFORMS], ids=["one platform", "two"])
def test_three_at_once_release_one_commit_once(
    release_places: ReleasePlaces, platforms: Sequence[str]
) -> None:
    """They share an engine and a staging tag, and each makes a build with bytes of its own."""
    image_release = release_places.image_release
    first = image_release.started(image_release.settings(platforms=platforms))
    ended = _together(image_release, first, *map(image_release.remote.clone, ("second", "third")))
    assert [code for code, _ in ended] == [0, 0, 0], ended
    assert (image_release.remote.tags, release_places.faults(runs=3)) == (["v0.1.0"], [])


def test_two_at_once_with_a_change_each(release_places: ReleasePlaces) -> None:
    """Every change is in one release, and the later version has the tags that move."""
    image_release = release_places.image_release
    first = image_release.started(image_release.settings())
    second = image_release.remote.clone("second")
    push(second, "feat: more")
    ended = _together(image_release, first, second)
    assert [code for code, _ in ended] == [0, 0], ended
    for tag in image_release.remote.tags:
        last = tag == image_release.remote.tags[-1]
        assert release_places.faults(tag, ("latest",) if last else (), runs=2) == []
        assert image_release.remote.holds("main", tag)
    assert image_release.remote.holds(image_release.remote.tags[-1], second.head)


def _together(image_release: ImageRelease, *clones: GitRepo) -> list[tuple[int, str]]:
    """How releases end that begin at the same time."""
    begun = [image_release.begin(clone) for clone in clones]
    ended = [image_release.ended(one) for one in begun]
    return [(one.code, one.stderr) for one in ended]


def test_secret_of_a_build_is_in_nothing_that_a_release_leaves(
    image_release: ImageRelease, engine: Engine, tmp_path: Path
) -> None:
    image = 'provenance = "max"\nsecrets = { token = "env:HIDDEN" }\n'
    dockerfile = (
        f"FROM {engine.base()}\nRUN --mount=type=secret,id=token "
        "cat /run/secrets/token && wc -c < /run/secrets/token > /size\n"
    )
    clone = image_release.started(image_release.settings(image=image, platforms=ONE), dockerfile)
    kept = tmp_path / "kept"
    kept.mkdir()
    result = image_release.release(clone, "--verbose", HIDDEN=MARK, TAGBOAT_TEST_KEEP=str(kept))
    assert result.code == 0, result.stderr
    bake = (kept / "bake.json").read_text()
    record = json.dumps(image_release.remote.record("v0.1.0"))
    picture = in_registry(f"{image_release.repositories[0]}:0.1.0")
    assert b"/run/secrets/token" in picture.everything()
    told = (
        result.stdout,
        image_release.log.read_text(),
        bake,
        record,
        image_release.remote.message("v0.1.0"),
    )
    for text in (*told, picture.everything().decode(errors="replace")):
        assert MARK not in text
    assert result.stderr.count(MARK) == 0, result.stderr
