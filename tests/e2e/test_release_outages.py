"""A release with an image where something outside fails, and the same command later."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.e2e.image_release import COPIED, SHAPES, Cut, ImageRelease, ReleasePlaces, held
from tests.e2e.images import Pushing
from tests.engine import Engine
from tests.gitrepo import GitRepo

STAGED = "PUT .*/manifests/tagboat-"
MEGABYTE = 1 << 20


def fresh(image_release: ImageRelease) -> GitRepo:
    """A clone of what is public now, at the branch's tip."""
    copy = image_release.remote.clone("fresh")
    copy.detach("origin/main")
    return copy


def test_registry_down_at_the_start(release_places: ReleasePlaces) -> None:
    clone = release_places.image_release.started(release_places.image_release.settings())
    release_places.registries[1].stop()
    result = release_places.image_release.release(clone)
    assert (
        result.code,
        release_places.image_release.builds,
        release_places.image_release.remote.tags,
    ) == (1, 0, [])
    said = f"{release_places.image_release.repositories[1]} meets a failure of its registry"
    assert said in result.stderr  # as what stands before it answers
    release_places.registries[1].start()
    assert release_places.image_release.is_nothing_public()
    assert (
        release_places.image_release.release(fresh(release_places.image_release)).code,
        release_places.faults(),
    ) == (0, [])


@pytest.mark.parametrize("shape", SHAPES)
def test_second_registry_lost_after_the_first_has_everything(
    release_places: ReleasePlaces, shape: str
) -> None:
    """Finished by copy: the run that comes later finds what is staged, and builds nothing."""
    top, files = SHAPES[shape]
    image_release = release_places.image_release
    clone = image_release.started(image_release.settings(top=top), **files)
    release_places.gates[0].at(STAGED, release_places.registries[1].kill, is_before=False)
    result = image_release.release(clone)
    assert (result.code, image_release.builds, image_release.remote.tags) == (1, 1, []), (
        result.stderr
    )
    assert "public: nothing" in result.stderr
    release_places.registries[1].start()
    assert image_release.is_nothing_public()
    result = image_release.release(fresh(image_release))
    assert (result.code, image_release.builds, release_places.faults()) == (0, 1, []), result.stderr


def test_registry_killed_in_the_middle_of_a_copy(release_places: ReleasePlaces) -> None:
    image_release = release_places.image_release
    clone = image_release.started(image_release.settings())
    release_places.gates[1].at("PUT .*/blobs/uploads/", release_places.registries[1].kill)
    result = image_release.release(clone)
    assert (result.code, image_release.remote.tags) == (1, []), result.stderr
    release_places.registries[1].start()
    result = image_release.release(fresh(image_release))
    assert (result.code, image_release.builds, release_places.faults()) == (0, 1, []), result.stderr


def test_registry_killed_in_the_middle_of_a_build(release_places: ReleasePlaces) -> None:
    image_release = release_places.image_release
    clone = image_release.started(image_release.settings())
    release_places.gates[0].at("PUT .*/manifests/", release_places.registries[0].kill)
    result = image_release.release(clone)
    assert (result.code, image_release.remote.tags) == (1, []), result.stderr
    release_places.registries[0].start()
    result = image_release.release(fresh(image_release))
    assert (result.code, release_places.faults()) == (0, []), result.stderr


def test_refused_in_the_middle(release_places: ReleasePlaces) -> None:
    """Credentials that end before the copy: nothing is public, and nothing is built again."""
    image_release = release_places.image_release
    clone = image_release.started(image_release.settings())
    release_places.gates[0].at(STAGED, lambda: release_places.refuse(1, "", 401), is_before=False)
    result = image_release.release(clone)
    assert (result.code, image_release.remote.tags) == (2, []), result.stderr
    assert "docker login" in result.stderr
    release_places.mend()
    assert image_release.is_nothing_public()
    result = image_release.release(fresh(image_release))
    assert (result.code, image_release.builds, release_places.faults()) == (0, 1, []), result.stderr


@pytest.mark.parametrize(
    ("gate", "refused", "public", "lacking"),
    [
        (1, "PUT .*/manifests/0.1.0", ["0:0.1.0"], ["1:0.1.0", "0:latest", "1:latest"]),
        (0, "PUT .*/manifests/latest", ["0:0.1.0", "1:0.1.0"], ["0:latest", "1:latest"]),
        (1, "PUT .*/manifests/latest", ["0:0.1.0", "1:0.1.0", "0:latest"], ["1:latest"]),
    ],
)
def test_failure_after_the_push_names_what_is_public(
    release_places: ReleasePlaces, gate: int, refused: str, public: list[str], lacking: list[str]
) -> None:
    image_release = release_places.image_release
    clone = image_release.started(image_release.settings())
    release_places.refuse(gate, refused, 401)
    result = image_release.release(clone)
    assert result.code == 1, result.stderr
    there = ", ".join(["tag v0.1.0 on origin", *(_name(release_places, one) for one in public)])
    rest = ", ".join([*(_name(release_places, one) for one in lacking), "the end of the record"])
    assert f"public: {there}\n" in result.stderr
    assert f"not yet: {rest}; the same command finishes it\n" in result.stderr
    release_places.mend()
    result = image_release.release(fresh(image_release))
    assert (result.code, image_release.builds, release_places.faults()) == (0, 1, []), result.stderr


def _name(release_places: ReleasePlaces, short: str) -> str:
    number, _, tag = short.partition(":")
    return f"{release_places.image_release.repositories[int(number)]}:{tag}"


def test_version_tag_of_somebody_else(
    engine: Engine, image_release: ImageRelease, name: str
) -> None:
    """Looked at before anything is built, in every registry; left as it is."""
    clone = image_release.started(image_release.settings())
    theirs = Pushing(engine.closed, name).image("0.1.0", "theirs").digest
    result = image_release.release(clone)
    assert (result.code, image_release.builds, image_release.remote.tags) == (4, 0, []), (
        result.stderr
    )
    assert image_release.held("0.1.0") == ["", theirs]
    assert (image_release.held("latest"), "public: nothing" in result.stderr) == (["", ""], True)


def test_slow_registry(release_places: ReleasePlaces) -> None:
    clone = release_places.image_release.started(release_places.image_release.settings())
    for gate in release_places.gates:
        gate.delay = 0.1
    result = release_places.image_release.release(clone)
    assert (result.code, release_places.faults()) == (0, []), result.stderr


def test_builder_that_lacks_a_platform(image_release: ImageRelease, engine: Engine) -> None:
    dockerfile = f"FROM {engine.base()}\nRUN true\n"
    platforms = ("linux/amd64", "linux/s390x")
    clone = image_release.started(image_release.settings(platforms=platforms), dockerfile)
    result = image_release.release(clone)
    assert (result.code, image_release.builds, image_release.is_nothing_public()) == (1, 0, True)
    assert "linux/s390x" in result.stderr


def test_failing_build(image_release: ImageRelease, engine: Engine) -> None:
    dockerfile = f"FROM {engine.base()}\nRUN echo broken here && false\n"
    clone = image_release.started(image_release.settings(platforms=("linux/amd64",)), dockerfile)
    result = image_release.release(clone)
    assert (result.code, image_release.builds, image_release.is_nothing_public()) == (1, 1, True)
    assert "Dockerfile:2" in result.stderr
    assert "public: nothing" in result.stderr


@contextmanager
def stopped(engine: Engine) -> Iterator[None]:
    """The engine itself is down for the length of a ``with`` block; its registries are not."""
    engine.stop_daemon()
    try:
        yield
    finally:
        engine.start_daemon()


def test_engine_down(image_release: ImageRelease, engine: Engine) -> None:
    clone = image_release.started(image_release.settings())
    with stopped(engine):
        result = image_release.release(clone)
    assert (result.code, image_release.is_nothing_public()) == (1, True), result.stderr
    assert "docker" in result.stderr
    assert image_release.release(clone).code == 0


def test_what_is_public_in_git_is_finished_without_an_engine(
    image_release: ImageRelease, engine: Engine
) -> None:
    clone = image_release.started(image_release.settings())
    image_release.release(clone, cut=Cut(" push .*=no -- .*refs/tags/v0.1.0", 1, "after"))
    assert (image_release.remote.tags, image_release.held("0.1.0")) == (["v0.1.0"], ["", ""])
    with stopped(engine):
        result = image_release.release(fresh(image_release))
    assert result.code == 0, result.stderr
    assert (
        image_release.held("0.1.0")
        == image_release.held("latest")
        == [image_release.digest("v0.1.0")] * 2
    )


@pytest.fixture
def small(release_places: ReleasePlaces) -> Iterator[Path]:
    """The place where the second registry keeps everything, with one megabyte."""
    folder = release_places.registries[1].folder / "data"
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_disk_of_a_registry_full(release_places: ReleasePlaces, small: Path) -> None:
    image_release = release_places.image_release
    dockerfile = "FROM scratch\nCOPY large /\n"
    clone = image_release.started(image_release.settings(platforms=("linux/amd64",)), COPIED)
    text = Random(1).randbytes(2 * MEGABYTE).hex()  # noqa: S311 - what can't be compressed
    clone.commit("fix: a", files={"Dockerfile": dockerfile, "large": text})
    clone.git("push", "--quiet", "origin", "main")
    result = image_release.release(clone)
    assert (result.code, image_release.remote.tags) == (1, []), result.stderr
    subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
    assert image_release.is_nothing_public()
    result = image_release.release(fresh(image_release))
    assert (result.code, image_release.builds, release_places.faults()) == (0, 1, []), result.stderr
    assert held(image_release.repositories[1], "0.1.0")
