"""Rollback and its end where git's tags and a forge's latest release follow, without a registry."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commandline import Result, tagboat, tagboat_process
from tests.gitrepo import GitRepo
from tests.releasing import Remote, push
from tests.servers.github import GitHub
from tests.servers.worlds import GITEA, GITHUB, GITLAB, World
from tests.showing import Hosted, hosted

MOVING = '[release]\nmoving_tags = ["v{major}", "v{major}.{minor}"]\n'
WHY = "it loses data"


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone whose releases 1.2.3, 1.2.4 and 1.3.0 are public."""

    def make() -> GitRepo:
        clone = remote.started(files={"tagboat.toml": 'initial = "1.2.3"\n' + MOVING})
        for message in ("", "fix: a", "feat: b"):
            if message:
                push(clone, message)
            assert tagboat("release", cwd=clone.path).code == 0
        return clone

    return remote.prepared("rollback: 1.2.3, 1.2.4, 1.3.0", "clone", make)


def led(remote: Remote) -> dict[str, str]:
    """The version that each moving tag leads to."""
    versions = {remote.commit(tag): tag for tag in remote.tags if tag.count(".") == 2}
    return {tag: versions[remote.commit(tag)] for tag in remote.tags if tag.count(".") < 2}


def kinds(remote: Remote, tag: str) -> list[str]:
    return [event["kind"] for event in remote.record(tag)["events"]]


def back(clone: GitRepo, version: str, *more: str) -> Result:
    return tagboat("rollback", version, *more, cwd=clone.path)


def test_narrowest_tag_moves_back_and_its_version_is_withdrawn(
    clone: GitRepo, remote: Remote
) -> None:
    result = back(clone, "1.2.3")
    assert (result.code, result.stdout) == (0, "git  v1.2  1.2.4  ->  1.2.3\n")
    assert led(remote) == {"v1": "v1.3.0", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}
    assert kinds(remote, "v1.2.4") == ["published", "withdrawn"]
    assert kinds(remote, "v1.3.0") == ["published"]


@pytest.mark.thorough
def test_a_wider_tag_is_asked_for_by_name(clone: GitRepo, remote: Remote) -> None:
    result = back(clone, "1.2.3", "--tag", "v1")
    assert result.code == 0
    assert led(remote) == {"v1": "v1.2.3", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}
    assert "git:v1.3 stays where it is" in result.stderr
    assert kinds(remote, "v1.3.0") == ["published", "withdrawn"]


def test_record_tells_who_when_from_to_why_and_each_move(clone: GitRepo, remote: Remote) -> None:
    tagboat(
        *("rollback", "1.2.3", "--reason", WHY),
        cwd=clone.path,
        env={"SOURCE_DATE_EPOCH": "4102444800"},
    )
    held, target = remote.commit("v1.2.4"), remote.commit("v1.2.3")
    event = remote.record("v1.2.3")["events"][-1]
    assert event == {
        "time": 4102444800,
        "kind": "rolled back",
        "who": "Ada Lovelace <ada@example.org>",
        "why": WHY,
        "from": "1.2.4",
        "to": "1.2.3",
        "tags": ["v1.2"],
        "moves": [
            {
                "place": "git",
                "tag": "v1.2",
                "from": "1.2.4",
                "to": "1.2.3",
                "held": held,
                "target": target,
            }
        ],
    }


def test_dry_run_shows_the_moves_and_changes_nothing(clone: GitRepo, remote: Remote) -> None:
    before = remote.refs
    result = back(clone, "1.2.3", "--dry-run")
    assert (result.code, result.stdout) == (0, "git  v1.2  1.2.4  ->  1.2.3\n")
    assert remote.refs == before


@pytest.mark.thorough
def test_second_time_changes_nothing(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3")
    before = remote.refs
    result = back(clone, "1.2.3")
    assert (result.code, result.stdout, remote.refs) == (0, "", before)
    assert "nothing to roll back" in result.stderr


@pytest.mark.thorough
def test_one_that_was_killed_before_the_move_is_finished(clone: GitRepo, remote: Remote) -> None:
    held = remote.commit("v1.2")
    back(clone, "1.2.3")
    remote.bare.git("update-ref", "refs/tags/v1.2", held)
    assert back(remote.clone("fresh"), "1.2.3").code == 0
    assert led(remote)["v1.2"] == "v1.2.3"
    assert kinds(remote, "v1.2.4") == ["published", "withdrawn"]


@pytest.mark.thorough
def test_withdrawn_release_that_runs_again_moves_nothing(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3", "--tag", "v1")
    before = remote.refs
    assert tagboat("release", cwd=clone.path).code == 0
    assert remote.refs == before


@pytest.mark.thorough
def test_next_release_moves_on(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3", "--tag", "v1")
    push(clone, "fix: c")
    assert tagboat("release", cwd=clone.path).stdout == "1.3.1\n"
    assert led(remote) == {"v1": "v1.3.1", "v1.2": "v1.2.3", "v1.3": "v1.3.1"}


def test_reinstated_version_has_its_tags_again(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3", "--tag", "v1")
    result = tagboat("reinstate", "1.3.0", "--reason", "fine", cwd=clone.path)
    assert (result.code, result.stdout) == (0, "git  v1  1.2.3  ->  1.3.0\n"), result.stderr
    assert kinds(remote, "v1.3.0") == ["published", "withdrawn", "reinstated"]
    assert led(remote) == {"v1": "v1.3.0", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}


@pytest.mark.thorough
def test_reinstatement_that_was_killed_before_the_move_is_finished(
    clone: GitRepo, remote: Remote
) -> None:
    back(clone, "1.2.3")
    held = remote.commit("v1.2")
    tagboat("reinstate", "1.2.4", cwd=clone.path)
    remote.bare.git("update-ref", "refs/tags/v1.2", held)
    assert tagboat("reinstate", "1.2.4", cwd=clone.path).stdout == "git  v1.2  1.2.3  ->  1.2.4\n"
    assert kinds(remote, "v1.2.4") == ["published", "withdrawn", "reinstated"]


@pytest.mark.thorough
def test_second_reinstatement_changes_nothing(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3")
    tagboat("reinstate", "1.2.4", cwd=clone.path)
    before = remote.refs
    result = tagboat("reinstate", "1.2.4", cwd=clone.path)
    assert (result.code, result.stdout, remote.refs) == (0, "", before)


@pytest.mark.thorough
def test_reinstating_what_was_never_withdrawn_is_refused(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3")
    before = remote.refs
    result = tagboat("reinstate", "1.3.0", cwd=clone.path)
    assert (result.code, remote.refs) == (1, before)
    assert "version 1.3.0 is not withdrawn" in result.stderr
    assert "these are: 1.2.4" in result.stderr


@pytest.mark.thorough
def test_rollback_to_a_withdrawn_version_is_refused(clone: GitRepo, remote: Remote) -> None:
    back(clone, "1.2.3")
    before = remote.refs
    result = back(clone, "1.2.4")
    assert (result.code, remote.refs) == (1, before)
    assert "tagboat reinstate 1.2.4" in result.stderr


@pytest.mark.thorough
def test_rollback_to_a_version_of_other_tools_is_told(clone: GitRepo, remote: Remote) -> None:
    clone.git("tag", "v1.2.2", "v1.2.3~0")
    clone.git("push", "--quiet", "origin", "v1.2.2")
    result = back(clone, "1.2.2")
    assert (result.code, remote.commit("v1.2")) == (0, remote.commit("v1.2.2"))
    assert "1.2.2 was not released by tagboat" in result.stderr
    assert [event["kind"] for event in remote.record("v1.2.4")["events"]][-1] == "withdrawn"


def test_unknown_moving_tag_is_refused_with_those_there_are(clone: GitRepo) -> None:
    result = back(clone, "1.2.3", "--tag", "latest")
    assert result.code == 2
    assert "its moving tags are v1, v1.2" in result.stderr


@pytest.mark.thorough
def test_repository_in_which_no_tag_follows_is_told_so(remote: Remote) -> None:
    clone = remote.started()
    tagboat("release", cwd=clone.path)
    result = back(clone, "0.1.0")
    assert result.code == 1
    assert "no tag follows the releases here" in result.stderr


def test_two_rollbacks_at_once_are_both_kept(clone: GitRepo, remote: Remote) -> None:
    push(clone, "fix: c")
    assert tagboat("release", cwd=clone.path).code == 0
    turns = [(clone, "1.2.3"), (remote.clone("other"), "1.3.0")]
    with ThreadPoolExecutor() as pool:
        runs = pool.map(lambda turn: tagboat_process("rollback", turn[1], cwd=turn[0].path), turns)
    assert [(run.code, run.stdout) for run in runs] == [
        (0, "git  v1.2  1.2.4  ->  1.2.3\n"),
        (0, "git  v1.3  1.3.1  ->  1.3.0\ngit  v1    1.3.1  ->  1.3.0\n"),
    ]
    assert led(remote) == {"v1": "v1.3.0", "v1.2": "v1.2.3", "v1.3": "v1.3.0"}
    assert kinds(remote, "v1.2.4") == ["published", "withdrawn"]
    assert kinds(remote, "v1.3.1") == ["published", "withdrawn"]


def test_tag_that_others_move_in_between_is_looked_at_again(
    clone: GitRepo, remote: Remote, tmp_path: Path
) -> None:
    """Somebody moves it between the record and the move, once."""
    strange, mark = push(clone, "docs: elsewhere"), tmp_path / "once"
    hook = remote.bare.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\n[ -e {mark} ] || git update-ref refs/tags/v1.2 {strange}\ntouch {mark}\n"
    )
    hook.chmod(0o755)
    result = back(clone, "1.2.3")
    assert (result.code, mark.exists(), led(remote)["v1.2"]) == (0, True, "v1.2.3")


RANGES = (
    "whoever chooses by a range of versions (Flux, Renovate) still takes 1.2.4: only a higher "
    "version that does without it reaches them"
)


def test_json_tells_each_move(clone: GitRepo, remote: Remote) -> None:
    result = back(clone, "1.2.3", "--dry-run", "--json", "--reason", WHY)
    assert json.loads(result.stdout) == {
        "version": "1.2.3",
        "changed": False,
        "dry_run": True,
        "reason": WHY,
        "tags": ["v1.2"],
        "withdrawn": ["1.2.4"],
        "moves": [
            {
                "place": "git",
                "tag": "v1.2",
                "from": "1.2.4",
                "to": "1.2.3",
                "held": remote.commit("v1.2.4"),
                "target": remote.commit("v1.2.3"),
            }
        ],
        "left": [],
        "notes": [RANGES],
    }


# On a forge


def hosted_releases(place: Hosted) -> GitRepo:
    """A clone whose releases 0.1.0 and 0.1.1 are public on a forge."""
    clone = place.started(MOVING)
    assert place.release(clone).code == 0
    push(clone, "fix: a")
    assert place.release(clone).code == 0
    return clone


def test_latest_release_of_the_forge_follows(tmp_path: Path) -> None:
    with hosted(GITHUB, tmp_path / "hosted") as place:
        clone = hosted_releases(place)
        assert isinstance(place.server, GitHub)
        assert place.server.latest_tag() == "v0.1.1"
        result = tagboat("rollback", "0.1.0", cwd=clone.path, env=place.env)
        assert result.code == 0, result.stderr
        assert place.server.latest_tag() == "v0.1.0"
        result = tagboat("reinstate", "0.1.1", cwd=clone.path, env=place.env)
        assert result.code == 0, result.stderr
        assert place.server.latest_tag() == "v0.1.1"


@pytest.mark.parametrize("remote_state", [GITLAB, GITEA], ids=["gitlab", "gitea"])
def test_forge_that_chooses_its_latest_release_is_told_of(
    remote_state: World, tmp_path: Path
) -> None:
    with hosted(remote_state, tmp_path / "hosted") as place:
        clone = hosted_releases(place)
        result = tagboat("rollback", "0.1.0", cwd=clone.path, env=place.env)
        assert result.code == 0, result.stderr
        assert result.stdout == "git  v0.1  0.1.1  ->  0.1.0\n"
        assert result.stderr.count("chooses by itself which release is the latest") == 1


@pytest.mark.thorough
def test_latest_release_that_a_person_made_stays(tmp_path: Path) -> None:
    with hosted(GITHUB, tmp_path / "hosted") as place:
        clone = hosted_releases(place)
        assert isinstance(place.server, GitHub)
        place.server.latest = place.server.add_release("nightly", "by hand", draft=False)
        result = tagboat("rollback", "0.1.0", cwd=clone.path, env=place.env)
        assert (result.code, place.server.latest_tag()) == (0, "nightly"), result.stderr
        assert "nightly, which is none of this package's: it stays" in result.stderr


@pytest.mark.thorough
def test_version_whose_release_on_the_forge_is_gone_is_refused(tmp_path: Path) -> None:
    with hosted(GITHUB, tmp_path / "hosted") as place:
        clone = hosted_releases(place)
        assert isinstance(place.server, GitHub)
        del place.server.releases[min(place.server.releases)]
        before = place.remote.refs
        result = tagboat("rollback", "0.1.0", cwd=clone.path, env=place.env)
        assert (result.code, place.remote.refs) == (1, before)
        assert "version 0.1.0 is not complete in GitHub (acme/app)" in result.stderr
