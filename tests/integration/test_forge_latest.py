"""Which release of several packages a forge shows as the latest, by the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.servers.worlds import GITHUB, WORLDS
from tests.showing import Hosted, hosted

NAMES = ("api", "core", "web")


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hosted]:
    with hosted(WORLDS[request.param], tmp_path / "hosted") as made:
        yield made


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Hosted]:
    with hosted(GITHUB, tmp_path / "hosted") as made:
        yield made


def started(place: Hosted, tables: dict[str, str], more: str = "") -> GitRepo:
    """A clone with a package for each table, all of which are due."""
    texts = (f'[[packages]]\nname = "{name}"\n{text}\n' for name, text in tables.items())
    return place.started("\n".join((more, *texts)), {f"{name}/a.txt": "a\n" for name in tables})


def three(primary: str = "") -> dict[str, str]:
    """The tables of three packages, of which one may be the primary one."""
    told = {name: "primary = true" if name == primary else "" for name in NAMES}
    return {name: f'paths = ["{name}"]\n{more}' for name, more in told.items()}


def fixed(place: Hosted, clone: GitRepo, *packages: str) -> None:
    """Mend something in packages, and release them."""
    before = clone.git("rev-parse", "HEAD")
    clone.commit("fix: a", files={f"{name}/a.txt": before for name in packages})
    clone.git("push", "--quiet", "origin", "main")
    result = place.release(clone)
    assert result.code == 0, result.stderr


@pytest.mark.matrix("place")
def test_primary_package_is_shown_as_the_latest_where_the_forge_can_be_told(place: Hosted) -> None:
    clone = started(place, three("core"))
    assert place.release(clone).stdout == "api 0.1.0\ncore 0.1.0\nweb 0.1.0\n"
    assert place.server.publications == ["api-v0.1.0", "core-v0.1.0", "web-v0.1.0"]
    is_told = place.remote_state is GITHUB
    assert place.server.latest_tag() == ("core-v0.1.0" if is_told else "web-v0.1.0")
    fixed(place, clone, "core", "web")
    assert place.server.latest_tag() == ("core-v0.1.1" if is_told else "web-v0.1.1")
    fixed(place, clone, "api")
    assert place.server.latest_tag() == ("core-v0.1.1" if is_told else "api-v0.1.1")


def test_without_a_primary_package_none_is_shown_as_the_latest(github: Hosted) -> None:
    clone = started(github, three())
    assert github.release(clone).code == 0
    fixed(github, clone, "web")
    assert len(github.server.publications) == 4
    assert github.server.latest_tag() == ""


def test_without_a_primary_package_the_one_at_the_top_is_shown_as_the_latest(
    github: Hosted,
) -> None:
    clone = started(github, {"app": "", "api": 'paths = ["api"]'})
    assert github.release(clone).code == 0
    assert github.server.latest_tag() == "v0.1.0"
    fixed(github, clone, "api")
    assert github.server.publications[-1] == "api-v0.1.1"
    assert github.server.latest_tag() == "v0.1.0"


def test_the_only_package_is_shown_as_the_latest(github: Hosted) -> None:
    clone = started(github, {"api": 'paths = ["api"]'})
    assert github.release(clone).code == 0
    assert github.server.latest_tag() == "api-v0.1.0"


def test_package_that_is_released_alone_is_not_the_latest(github: Hosted) -> None:
    clone = started(github, three("core"))
    assert github.release(clone, "--package", "core").code == 0
    assert github.release(clone, "--package", "web").code == 0
    assert github.server.publications == ["core-v0.1.0", "web-v0.1.0"]
    assert github.server.latest_tag() == "core-v0.1.0"


def test_version_of_a_person_is_the_latest_of_the_primary_package_alone(github: Hosted) -> None:
    clone = started(github, three("core"))
    for tag in ("core-v0.1.0", "web-v0.1.0"):
        clone.git("tag", tag)
        clone.git("push", "--quiet", "origin", tag)
        assert github.release(clone, "--tag", tag).code == 0
    assert github.server.latest_tag() == "core-v0.1.0"


def test_older_version_of_the_primary_package_is_not_the_latest(github: Hosted) -> None:
    clone = started(github, three("core"))
    assert github.release(clone).code == 0
    clone.switch("0.1.x", at="HEAD")
    clone.switch("main")
    clone.commit("feat: more", files={"core/a.txt": "more\n"})
    clone.git("push", "--quiet", "origin", "main", "0.1.x")
    assert github.release(clone).stdout == "0.2.0\n"
    clone.switch("0.1.x")
    clone.commit("fix: old", files={"core/a.txt": "mended\n"})
    clone.git("push", "--quiet", "origin", "0.1.x")
    result = tagboat("release", "--channel", "0.1.x", cwd=clone.path, env=github.env)
    assert result.stdout == "0.1.1\n", result.stderr
    assert github.server.latest_tag() == "core-v0.2.0"


@pytest.mark.parametrize("primary", ["core", ""])
def test_rollback_of_another_package_leaves_the_latest_release(
    github: Hosted, primary: str
) -> None:
    moving = '[release]\nmoving_tags = ["{name}-v{major}.{minor}"]\n'
    clone = started(github, three(primary), moving)
    assert github.release(clone).code == 0
    fixed(github, clone, "core", "web")
    result = tagboat("rollback", "web-v0.1.0", cwd=clone.path, env=github.env)
    assert (result.code, result.stdout) == (0, "git  web-v0.1  0.1.1  ->  0.1.0\n"), result.stderr
    assert github.server.latest_tag() == ("core-v0.1.1" if primary else "")


def test_rollback_takes_back_what_was_the_latest_before_another_package_was_primary(
    github: Hosted,
) -> None:
    clone = started(github, three("web"))
    assert github.release(clone).code == 0
    fixed(github, clone, "web")
    assert github.server.latest_tag() == "web-v0.1.1"
    text = (clone.path / "tagboat.toml").read_text().replace("primary = true\n", "")
    clone.commit("chore: nothing is primary", files={"tagboat.toml": text})
    clone.git("push", "--quiet", "origin", "main")
    assert tagboat("rollback", "web-v0.1.0", cwd=clone.path, env=github.env).code == 0
    assert github.server.latest_tag() == "web-v0.1.0"
