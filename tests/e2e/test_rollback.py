"""Rollback of images in real registries: which tags move, and which never do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.commandline import Result
from tests.e2e.followed import Followed
from tests.e2e.images import Pushing
from tests.engine import PASSWORD, USER, Engine
from tests.patience import patience
from tests.project import answers

Led = dict[str, str]


class Story(NamedTuple):
    """What every tag held after each event, and how the runs ended."""

    tags: dict[str, Led]
    runs: dict[str, Result]


@pytest.fixture(scope="module")
def maintained(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The maintenance release 1.2.4 ran after 2.0.0; then a rollback, a re-run, and 1.2.5."""
    place = Followed(engine, tmp_path_factory.mktemp("maintained"), "rollback-maintained")
    story = Story({}, {})

    def after(name: str, result: Result) -> None:
        story.runs[name] = result
        story.tags[name] = place.led()

    place.start("1.2.3")
    after("1.2.3", place.release())
    after("2.0.0", place.release("feat!: other"))
    place.clone.switch("1.2.x", at="v1.2.3")
    after("1.2.4", place.release("fix: old", "1.2.x"))
    after("dry run", place.run("rollback", "1.2.3", "--dry-run"))
    after("rollback", place.run("rollback", "1.2.3", "--reason", "it loses data"))
    after("again", place.run("rollback", "1.2.3"))
    after("rerun", place.release("", "1.2.x"))
    after("1.2.5", place.release("fix: better", "1.2.x"))
    return story


@pytest.fixture(scope="module")
def crossed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A rollback from 2.0.1 to 1.9.0, which is reinstated."""
    place = Followed(engine, tmp_path_factory.mktemp("crossed"), "rollback-crossed")
    place.start("1.9.0")
    place.release()
    place.release("feat!: other")
    place.release("fix: a")
    story = Story({"before": place.led()}, {})
    story.runs["rollback"] = place.run("rollback", "1.9.0", "--json")
    story.tags["rollback"] = place.led()
    story.runs["reinstate"] = place.run("reinstate", "2.0.1")
    story.tags["reinstate"] = place.led()
    story.runs["tags"] = place.run("image", "tags", "--json")
    story.runs["verify"] = place.run("verify", "2.0.1", "--json")
    story.runs["diff"] = place.run("diff", "1.9.0", "2.0.1", "--json")
    return story


@pytest.fixture
def place(engine: Engine, tmp_path: Path, name: str) -> Iterator[Followed]:
    """A repository with registries of its own."""
    made = Followed(engine, tmp_path, name)
    with made.registry:
        yield made


# A late maintenance release


def test_late_maintenance_release_moves_its_own_tags_alone(maintained: Story) -> None:
    assert maintained.tags["1.2.4"] == {
        "1.2": "1.2.4",
        "1": "1.2.4",
        "2.0": "2.0.0",
        "2": "2.0.0",
        "latest": "2.0.0",
    }


def test_dry_run_moves_nothing(maintained: Story) -> None:
    assert maintained.tags["dry run"] == maintained.tags["1.2.4"]


def test_dry_run_shows_what_the_rollback_does(maintained: Story) -> None:
    assert maintained.runs["dry run"].stdout == maintained.runs["rollback"].stdout
    rows = [line.split() for line in maintained.runs["rollback"].stdout.splitlines()]
    moves = [("1.2", "1.2.4", "->", "1.2.3"), ("1", "1.2.4", "->", "1.2.3")]
    assert [tuple(row[1:]) for row in rows] == moves * 2


def test_rollback_inside_a_line_leaves_latest_alone(maintained: Story) -> None:
    assert maintained.runs["rollback"].code == 0, maintained.runs["rollback"].stderr
    wanted = maintained.tags["1.2.4"] | {"1.2": "1.2.3", "1": "1.2.3"}
    assert maintained.tags["rollback"] == wanted


def test_second_rollback_does_nothing(maintained: Story) -> None:
    assert (maintained.runs["again"].code, maintained.runs["again"].stdout) == (0, "")
    assert maintained.tags["again"] == maintained.tags["rollback"]


def test_withdrawn_release_that_runs_again_moves_nothing(maintained: Story) -> None:
    assert maintained.tags["rerun"] == maintained.tags["rollback"]


def test_next_release_moves_on(maintained: Story) -> None:
    wanted = maintained.tags["rollback"] | {"1.2": "1.2.5", "1": "1.2.5"}
    assert maintained.tags["1.2.5"] == wanted


# Across a major version


def test_rollback_across_a_major_version_moves_latest_alone(crossed: Story) -> None:
    assert crossed.runs["rollback"].code == 0, crossed.runs["rollback"].stderr
    assert crossed.tags["rollback"] == crossed.tags["before"] | {"latest": "1.9.0"}


def test_tags_with_nothing_left_to_lead_to_are_reported(crossed: Story) -> None:
    told = json.loads(crossed.runs["rollback"].stdout)
    assert told["withdrawn"] == ["2.0.0", "2.0.1"]
    assert {one["tag"] for one in told["left"]} == {"2", "2.0"}


def test_reinstated_version_has_its_tags_again(crossed: Story) -> None:
    assert crossed.runs["reinstate"].code == 0, crossed.runs["reinstate"].stderr
    assert crossed.tags["reinstate"] == crossed.tags["before"]


@pytest.mark.parametrize(
    ("run", "shape"),
    [("rollback", "rollback"), ("tags", "image-tags"), ("verify", "verify"), ("diff", "diff")],
)
def test_answers_about_images_have_their_shape(crossed: Story, run: str, shape: str) -> None:
    result = crossed.runs[run]
    assert (result.code, answers.faults(shape, json.loads(result.stdout))) == (0, [])


def test_image_tags_tells_what_each_tag_holds_everywhere(crossed: Story) -> None:
    told = json.loads(crossed.runs["tags"].stdout)
    assert told["drift"] is False
    assert len(told["places"]) == 2
    for place in told["places"]:
        held = {one["tag"]: one["version"] for one in place["tags"] if one["kind"] == "moving"}
        assert held == crossed.tags["reinstate"]


def test_verify_looks_at_the_image_in_both_registries(crossed: Story) -> None:
    checks = json.loads(crossed.runs["verify"].stdout)["checks"]
    assert [one["verdict"] for one in checks if one["name"] == "image"] == ["ok", "ok"]


def test_diff_tells_changes_and_what_there_is_to_download(crossed: Story) -> None:
    told = json.loads(crossed.runs["diff"].stdout)
    assert (told["breaking"], len(told["added"])) == (["other"], 2)
    [image] = told["images"]
    [platform] = image["platforms"]
    assert (platform["platform"], platform["kept"]) == ("linux/amd64", [])
    assert platform["download"] == sum(layer["size"] for layer in platform["added"]) > 0


# What stands in the way


def test_hand_made_latest_is_adopted_and_can_be_rolled_back(
    place: Followed, engine: Engine, name: str
) -> None:
    for registry in (engine.open, engine.closed):
        Pushing(registry, name).image("latest", "by hand")
    place.start("1.0.0")
    first = place.release()
    assert "no version explains what latest" in first.stderr
    place.release("fix: a")
    assert place.run("rollback", "1.0.0").code == 0
    assert place.led() == {"1.0": "1.0.0", "1": "1.0.0", "latest": "1.0.0"}


def test_version_that_one_registry_lost_is_refused_until_it_is_mended(place: Followed) -> None:
    place.start("1.0.0")
    place.release()
    place.release("fix: a")
    seen = place.registry.look(place.closed, "1.0.0")
    assert seen.graph is not None
    delete(f"http://{place.closed.host}/v2/{place.closed.path}/manifests/{seen.digest}")
    refs = place.remote.refs
    result = place.run("rollback", "1.0.0")
    assert (result.code, place.remote.refs) == (1, refs)
    assert f"version 1.0.0 is not complete in {place.closed}" in result.stderr
    assert place.digest("latest") == place.digest("1.0.1")
    assert place.run("release", "--tag", "v1.0.0").code == 0
    assert place.run("rollback", "1.0.0").code == 0
    assert place.digest("latest") == place.digest("latest", place.closed) == seen.digest


def test_rollback_that_was_killed_between_registries_is_finished(place: Followed) -> None:
    place.start("1.0.0")
    place.release()
    place.release("fix: a")
    newer = place.digest("1.0.1")
    place.run("rollback", "1.0.0")
    for tag in ("1.0", "1"):
        place.registry.move(place.closed, tag, newer, place.digest(tag, place.closed))
    result = place.run("rollback", "1.0.0")
    assert (result.code, len(result.stdout.splitlines())) == (0, 2), result.stderr
    assert place.led() == {"1.0": "1.0.0", "1": "1.0.0", "latest": "1.0.0"}


def delete(address: str) -> None:
    """Delete something from a registry."""
    requests.delete(address, auth=(USER, PASSWORD), timeout=patience(600)).raise_for_status()
