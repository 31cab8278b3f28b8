"""The engine itself: foreign platforms run, and parts of it can be stopped and started."""

import pytest

from tests.engine import Engine


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
