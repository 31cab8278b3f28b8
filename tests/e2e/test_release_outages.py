"""A release with an image where something outside fails, and the same command later."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.e2e.harbour import COPIED, SHAPES, Cut, Harbour, Quay, held
from tests.e2e.images import Pushing
from tests.engine import Engine
from tests.gitrepo import GitRepo

STAGED = "PUT .*/manifests/tagboat-"
MEGABYTE = 1 << 20


def fresh(harbour: Harbour) -> GitRepo:
    """A clone of what is public now, at the branch's tip."""
    copy = harbour.remote.clone("fresh")
    copy.detach("origin/main")
    return copy


def test_registry_down_at_the_start(quay: Quay) -> None:
    clone = quay.harbour.started(quay.harbour.settings())
    quay.registries[1].stop()
    result = quay.harbour.release(clone)
    assert (result.code, quay.harbour.builds, quay.harbour.remote.tags) == (1, 0, [])
    assert f"{quay.harbour.repositories[1]} can't be reached" in result.stderr
    quay.registries[1].start()
    assert quay.harbour.is_nothing_public()
    assert (quay.harbour.release(fresh(quay.harbour)).code, quay.faults()) == (0, [])


@pytest.mark.parametrize("shape", SHAPES)
def test_second_registry_lost_after_the_first_has_everything(quay: Quay, shape: str) -> None:
    """Finished by copy: the run that comes later finds what is staged, and builds nothing."""
    top, files = SHAPES[shape]
    harbour = quay.harbour
    clone = harbour.started(harbour.settings(top=top), **files)
    quay.gates[0].at(STAGED, quay.registries[1].kill, is_before=False)
    result = harbour.release(clone)
    assert (result.code, harbour.builds, harbour.remote.tags) == (1, 1, []), result.stderr
    assert "public: nothing" in result.stderr
    quay.registries[1].start()
    assert harbour.is_nothing_public()
    result = harbour.release(fresh(harbour))
    assert (result.code, harbour.builds, quay.faults()) == (0, 1, []), result.stderr


def test_registry_killed_in_the_middle_of_a_copy(quay: Quay) -> None:
    harbour = quay.harbour
    clone = harbour.started(harbour.settings())
    quay.gates[1].at("PUT .*/blobs/uploads/", quay.registries[1].kill)
    result = harbour.release(clone)
    assert (result.code, harbour.remote.tags) == (1, []), result.stderr
    quay.registries[1].start()
    result = harbour.release(fresh(harbour))
    assert (result.code, harbour.builds, quay.faults()) == (0, 1, []), result.stderr


def test_registry_killed_in_the_middle_of_a_build(quay: Quay) -> None:
    harbour = quay.harbour
    clone = harbour.started(harbour.settings())
    quay.gates[0].at("PUT .*/manifests/", quay.registries[0].kill)
    result = harbour.release(clone)
    assert (result.code, harbour.remote.tags) == (1, []), result.stderr
    quay.registries[0].start()
    result = harbour.release(fresh(harbour))
    assert (result.code, quay.faults()) == (0, []), result.stderr


def test_refused_in_the_middle(quay: Quay) -> None:
    """Credentials that end before the copy: nothing is public, and nothing is built again."""
    harbour = quay.harbour
    clone = harbour.started(harbour.settings())
    quay.gates[0].at(STAGED, lambda: quay.refuse(1, "", 401), is_before=False)
    result = harbour.release(clone)
    assert (result.code, harbour.remote.tags) == (2, []), result.stderr
    assert "docker login" in result.stderr
    quay.mend()
    assert harbour.is_nothing_public()
    result = harbour.release(fresh(harbour))
    assert (result.code, harbour.builds, quay.faults()) == (0, 1, []), result.stderr


@pytest.mark.parametrize(
    ("gate", "refused", "public", "lacking"),
    [
        (1, "PUT .*/manifests/0.1.0", ["0:0.1.0"], ["1:0.1.0", "0:latest", "1:latest"]),
        (0, "PUT .*/manifests/latest", ["0:0.1.0", "1:0.1.0"], ["0:latest", "1:latest"]),
        (1, "PUT .*/manifests/latest", ["0:0.1.0", "1:0.1.0", "0:latest"], ["1:latest"]),
    ],
)
def test_failure_after_the_push_names_what_is_public(
    quay: Quay, gate: int, refused: str, public: list[str], lacking: list[str]
) -> None:
    harbour = quay.harbour
    clone = harbour.started(harbour.settings())
    quay.refuse(gate, refused, 401)
    result = harbour.release(clone)
    assert result.code == 2, result.stderr
    there = ", ".join(["tag v0.1.0 on origin", *(_name(quay, one) for one in public)])
    rest = ", ".join([*(_name(quay, one) for one in lacking), "the end of the record"])
    assert f"public: {there}\n" in result.stderr
    assert f"not yet: {rest}; the same command finishes it\n" in result.stderr
    quay.mend()
    result = harbour.release(fresh(harbour))
    assert (result.code, harbour.builds, quay.faults()) == (0, 1, []), result.stderr


def _name(quay: Quay, short: str) -> str:
    number, _, tag = short.partition(":")
    return f"{quay.harbour.repositories[int(number)]}:{tag}"


def test_version_tag_of_somebody_else(engine: Engine, harbour: Harbour, name: str) -> None:
    """Looked at before anything is built, in every registry; left as it is."""
    clone = harbour.started(harbour.settings())
    theirs = Pushing(engine.closed, name).image("0.1.0", "theirs").digest
    result = harbour.release(clone)
    assert (result.code, harbour.builds, harbour.remote.tags) == (4, 0, []), result.stderr
    assert harbour.held("0.1.0") == ["", theirs]
    assert (harbour.held("latest"), "public: nothing" in result.stderr) == (["", ""], True)


def test_slow_registry(quay: Quay) -> None:
    clone = quay.harbour.started(quay.harbour.settings())
    for gate in quay.gates:
        gate.delay = 0.1
    result = quay.harbour.release(clone)
    assert (result.code, quay.faults()) == (0, []), result.stderr


def test_builder_that_lacks_a_platform(harbour: Harbour, engine: Engine) -> None:
    dockerfile = f"FROM {engine.base()}\nRUN true\n"
    platforms = ("linux/amd64", "linux/s390x")
    clone = harbour.started(harbour.settings(platforms=platforms), dockerfile)
    result = harbour.release(clone)
    assert (result.code, harbour.builds, harbour.is_nothing_public()) == (1, 0, True)
    assert "linux/s390x" in result.stderr


def test_failing_build(harbour: Harbour, engine: Engine) -> None:
    dockerfile = f"FROM {engine.base()}\nRUN echo broken here && false\n"
    clone = harbour.started(harbour.settings(platforms=("linux/amd64",)), dockerfile)
    result = harbour.release(clone)
    assert (result.code, harbour.builds, harbour.is_nothing_public()) == (1, 1, True)
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


def test_engine_down(harbour: Harbour, engine: Engine) -> None:
    clone = harbour.started(harbour.settings())
    with stopped(engine):
        result = harbour.release(clone)
    assert (result.code, harbour.is_nothing_public()) == (1, True), result.stderr
    assert "docker" in result.stderr
    assert harbour.release(clone).code == 0


def test_what_is_public_in_git_is_finished_without_an_engine(
    harbour: Harbour, engine: Engine
) -> None:
    clone = harbour.started(harbour.settings())
    harbour.release(clone, cut=Cut(" push .*=no -- .*refs/tags/v0.1.0", 1, "after"))
    assert (harbour.remote.tags, harbour.held("0.1.0")) == (["v0.1.0"], ["", ""])
    with stopped(engine):
        result = harbour.release(fresh(harbour))
    assert result.code == 0, result.stderr
    assert harbour.held("0.1.0") == harbour.held("latest") == [harbour.digest("v0.1.0")] * 2


@pytest.fixture
def small(quay: Quay) -> Iterator[Path]:
    """The place where the second registry keeps everything, with one megabyte."""
    folder = quay.registries[1].folder / "data"
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_disk_of_a_registry_full(quay: Quay, small: Path) -> None:
    harbour = quay.harbour
    dockerfile = "FROM scratch\nCOPY large /\n"
    clone = harbour.started(harbour.settings(platforms=("linux/amd64",)), COPIED)
    text = Random(1).randbytes(2 * MEGABYTE).hex()  # noqa: S311 - what can't be compressed
    clone.commit("fix: a", files={"Dockerfile": dockerfile, "large": text})
    clone.git("push", "--quiet", "origin", "main")
    result = harbour.release(clone)
    assert (result.code, harbour.remote.tags) == (1, []), result.stderr
    subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
    assert harbour.is_nothing_public()
    result = harbour.release(fresh(harbour))
    assert (result.code, harbour.builds, quay.faults()) == (0, 1, []), result.stderr
    assert held(harbour.repositories[1], "0.1.0")
