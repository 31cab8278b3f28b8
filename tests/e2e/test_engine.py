"""The engine itself: foreign platforms run, and parts of it can be stopped and started."""

import contextlib
import signal
from pathlib import Path

import pytest

from tests.engine import Engine, running


@pytest.mark.parametrize(
    ("platform", "machine"),
    [("linux/amd64", "x86_64"), ("linux/arm64", "aarch64"), ("linux/arm/v7", "armv7l")],
)
def test_every_platform_of_the_base_image_runs(engine: Engine, platform: str, machine: str) -> None:
    said = engine.docker("run", "--rm", "--platform", platform, engine.base(), "uname", "-m")
    assert said.strip() == machine


def test_a_part_can_be_stopped_and_started(engine: Engine) -> None:
    engine.closed.kill()
    assert not engine.is_whole
    engine.closed.start()
    assert engine.is_whole


def test_a_killed_engine_leaves_nothing_running() -> None:
    with running() as own:
        own.stop_daemon(signal.SIGKILL)
        left = [words for words in command_lines() if str(own.folder) in words]
        assert all("docker-registry" in words for words in left)


def command_lines() -> list[str]:
    """The command lines of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().decode(errors="replace"))
    return found
