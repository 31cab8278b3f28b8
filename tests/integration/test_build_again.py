"""A registry that fails for a moment is pushed to again, by a docker that says what it is told."""

from pathlib import Path

import pytest

from tagboat.adapters.buildx import Buildx
from tagboat.core.errors import OutsideError
from tagboat.core.images.bake import bake
from tagboat.core.images.image import Image, Origin
from tagboat.core.version.version import Version

APP = Image("app", ("r.example/app",))
ORIGIN = Origin(Version(1, 0, 0), "v1.0.0", "a" * 40, 0)
DOCKER = """\
#!/bin/sh
echo x >> "{folder}/calls"
if [ $(wc -l < "{folder}/calls") -gt {failures} ]; then exit 0; fi
echo "------" >&2
echo " > pushing r.example/app with docker:" >&2
echo "------" >&2
echo "ERROR: unexpected status from HEAD request: {status}" >&2
exit 1
"""
MOMENT = "500 Internal Server Error"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of all others on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def pushed(tools: Path, failures: int, status: str = MOMENT) -> int:
    """Build with a docker that fails some times; how often it was called."""
    docker = tools / "docker"
    docker.write_text(DOCKER.format(folder=tools, failures=failures, status=status))
    docker.chmod(0o755)
    heard: list[str] = []
    Buildx(str(tools)).build([APP], bake([APP], ORIGIN), "/tree", heard.append)
    return calls(tools)


def calls(tools: Path) -> int:
    return len((tools / "calls").read_text().split())


def test_what_succeeds_is_done_once(tools: Path) -> None:
    assert pushed(tools, 0) == 1


def test_what_fails_for_a_moment_is_done_again(tools: Path) -> None:
    assert pushed(tools, 2) == 3


def test_what_goes_on_failing_is_given_up(tools: Path) -> None:
    with pytest.raises(OutsideError, match=r"building app failed in pushing r\.example/app"):
        pushed(tools, 9)
    assert calls(tools) == 3


def test_what_is_refused_is_not_tried_again(tools: Path) -> None:
    with pytest.raises(OutsideError, match="403 Forbidden"):
        pushed(tools, 9, "403 Forbidden")
    assert calls(tools) == 1
