"""Status, verify and releases of tags made by hand, where releases are shown on a forge."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.servers.front import refusal
from tests.servers.worlds import WORLDS
from tests.showing import Hosted, digest, hosted

pytestmark = pytest.mark.matrix("place")  # one forge for each behaviour

ASSETS = 'assets = ["a.txt"]\n'
FILES = {"a.txt": "a\n"}


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hosted]:
    with hosted(WORLDS[request.param], tmp_path / "hosted") as made:
        yield made


def released(place: Hosted) -> GitRepo:
    """A clone with v0.1.0, on the forge with its file."""
    clone = place.started(ASSETS, FILES)
    result = place.release(clone)
    assert result.code == 0, result.stderr
    return clone


def looked(clone: GitRepo, env: dict[str, str], *arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code of a command that looks, and verdicts by name, those that are not ok."""
    result = tagboat(*arguments, "--json", cwd=clone.path, env=env)
    shape: Any = json.loads(result.stdout)
    checks = shape["checks"] if "checks" in shape else shape["channels"][0]["checks"]
    odd = {check["name"]: check["verdict"] for check in checks if check["verdict"] != "ok"}
    return result.code, odd


def verified(clone: GitRepo, env: dict[str, str]) -> tuple[int, dict[str, str]]:
    code, odd = looked(clone, env, "verify", "0.1.0")
    return code, {name: verdict for name, verdict in odd.items() if name != "signature"}


def spoil(place: Hosted) -> None:
    """Change the bytes of the file on the forge, and not what is said about it."""
    files = place.server.files  # type: ignore[attr-defined]
    for key, held in files.items():
        content = held if isinstance(held, bytes) else held[-1]
        if content == b"a\n":
            files[key] = b"b\n" if isinstance(held, bytes) else (*held[:-1], b"b\n")


def forget(place: Hosted) -> None:
    """Lose the release."""
    place.server.releases.clear()  # type: ignore[attr-defined]


def test_whole_release_has_not_drifted(place: Hosted) -> None:
    clone = released(place)
    before = place.server.result()
    assert looked(clone, place.env, "status") == (0, {})
    assert verified(clone, place.env) == (0, {})
    assert place.server.result() == before


def test_release_that_is_gone_is_drift(place: Hosted) -> None:
    clone = released(place)
    forget(place)
    code, odd = looked(clone, place.env, "status")
    assert (code, odd["publish"]) == (4, "drift")


def test_file_with_other_bytes_is_drift(place: Hosted) -> None:
    clone = released(place)
    spoil(place)
    code, odd = verified(clone, place.env)
    assert (code, odd["digests"]) == (4, "drift")


def test_visitor_sees_what_is_public(place: Hosted) -> None:
    clone = released(place)
    place.server.is_public = True
    assert looked(clone, {}, "status") == (0, {})
    assert verified(clone, {}) == (0, {})


def test_forge_that_asks_for_a_token_leaves_it_unknown(place: Hosted) -> None:
    clone = released(place)
    code, odd = looked(clone, {}, "status")
    assert (code, set(odd.values())) == (1, {"unknown"})


def test_tag_made_by_hand_gets_its_release_with_files(place: Hosted) -> None:
    clone = place.started(ASSETS, FILES)
    clone.tag("v0.1.0")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    result = place.release(clone, "--tag", "v0.1.0")
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    seen = place.seen()
    notes = tagboat("changelog", "0.1.0", cwd=clone.path).stdout
    assert len(seen) == 1
    assert seen[0].text.startswith(notes.rstrip())
    assert seen[0].files["a.txt"] == digest("a\n")
    before = place.server.result(), place.remote.refs
    assert place.release(clone, "--tag", "v0.1.0").code == 0
    assert (place.server.result(), place.remote.refs) == before
    assert verified(clone, place.env) == (0, {"tag": "note"})


def test_tag_made_by_hand_is_finished_by_any_run(place: Hosted) -> None:
    clone = place.started(ASSETS, FILES)
    clone.tag("v0.1.0")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    place.refuse("POST .*/(releases|assets)$|PUT", refusal(403, "not now"))
    assert place.release(clone, "--tag", "v0.1.0").code != 0
    assert place.remote.record("v0.1.0")["events"] == []
    place.front.faults.clear()
    fresh = place.remote.clone("fresh")
    result = place.release(fresh)
    assert (result.code, result.stdout) == (0, "0.1.0\n"), result.stderr
    assert [event["kind"] for event in place.remote.record("v0.1.0")["events"]] == ["published"]
    assert place.seen()[0].files["a.txt"] == digest("a\n")


def test_missing_token_is_told_before_anything_is_recorded(place: Hosted) -> None:
    clone = place.started(ASSETS, FILES)
    clone.tag("v0.1.0")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    before = place.remote.refs
    result = tagboat("release", "--tag", "v0.1.0", cwd=clone.path)
    assert (result.code, place.remote.refs) == (1, before)
    assert "needs a token" in result.stderr


def test_files_of_a_tag_made_by_hand_are_built_first(place: Hosted) -> None:
    build = '[[commands]]\nwhen = "before-publish"\nrun = ["sh", "-c", "echo built > dist.txt"]\n'
    clone = place.started('assets = ["dist.txt"]\n' + build, FILES)
    clone.tag("v0.1.0")
    clone.git("push", "--quiet", "origin", "v0.1.0")
    result = place.release(clone, "--tag", "v0.1.0")
    assert result.code == 0, result.stderr
    assert place.seen()[0].files["dist.txt"] == digest("built\n")
