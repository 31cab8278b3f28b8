"""Status: the latest release of each channel, what is left of it, and where it stands."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote, push, reopen


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone of a remote with v0.1.0 on main."""

    def make() -> GitRepo:
        clone = remote.started()
        tagboat("release", cwd=clone.path)
        return clone

    return remote.prepared("status: 0.1.0", "clone", make)


def asked(clone: GitRepo, *more: str) -> tuple[int, Any]:
    result = tagboat("status", "--json", *more, cwd=clone.path)
    return result.code, json.loads(result.stdout)


def states(shape: Any) -> dict[str, tuple[str | None, str | None]]:  # noqa: ANN401 - JSON
    return {
        kept["channel"]["branch"]: (kept["latest"] and kept["latest"]["tag"], kept["state"])
        for kept in shape["channels"]
    }


def test_complete_release_has_not_drifted(clone: GitRepo) -> None:
    code, shape = asked(clone)
    assert (code, shape["drift"], states(shape)) == (0, False, {"main": ("v0.1.0", "published")})
    assert [check["verdict"] for check in shape["channels"][0]["checks"]] == ["ok"]


@pytest.mark.thorough
def test_release_that_was_left_is_incomplete_and_drift(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    code, shape = asked(clone)
    assert (code, shape["drift"], states(shape)) == (4, True, {"main": ("v0.1.0", "incomplete")})


def test_person_is_told_what_helps(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    result = tagboat("status", cwd=clone.path)
    assert result.code == 4
    assert result.stdout == (
        "channel        latest  state\n"
        "main (stable)  v0.1.0  incomplete\n"
        "  drift  record  the record of v0.1.0, a note on its commit: absent\n"
    )
    assert (
        "`tagboat release` finishes it, `tagboat abandon 0.1.0 --reason WHY` ends it"
        in result.stderr
    )


def test_abandoned_release_is_marked_and_no_drift(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    tagboat("abandon", "0.1.0", "--reason", "gone", cwd=clone.path)
    code, shape = asked(clone)
    assert (code, states(shape)) == (0, {"main": ("v0.1.0", "abandoned")})


def test_release_of_others_is_foreign_and_no_drift(clone: GitRepo) -> None:
    push(clone, "feat: b")
    clone.tag("v0.2.0")
    clone.git("push", "--quiet", "origin", "v0.2.0")
    code, shape = asked(clone)
    assert (code, states(shape)) == (0, {"main": ("v0.2.0", "foreign")})


def test_every_channel_on_the_remote_has_its_latest(clone: GitRepo, remote: Remote) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:0.1.x", "HEAD:feature")
    clone.switch("next", at="HEAD")
    push(clone, "feat: soon", "next")
    tagboat("release", cwd=clone.path)
    other = remote.clone("other")
    push(other, "feat: b")
    tagboat("release", cwd=other.path)
    code, shape = asked(clone)
    assert code == 0
    assert list(states(shape).items()) == [
        ("main", ("v0.2.0", "published")),
        ("0.1.x", ("v0.1.0", "published")),
        ("next", ("v0.2.0-rc.1", "published")),
    ]


def test_one_channel_is_asked_for(clone: GitRepo) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:0.1.x")
    _, shape = asked(clone, "--channel", "0.1.x")
    assert list(states(shape)) == ["0.1.x"]


def test_channel_without_a_release_has_none(remote: Remote) -> None:
    clone = remote.started()
    assert tagboat("status", cwd=clone.path)[:2] == (
        0,
        "channel        latest  state\nmain (stable)  -       nothing released\n",
    )


def test_shallow_clone_answers_the_same(clone: GitRepo, remote: Remote, tmp_path: Path) -> None:
    push(clone, "docs: b")
    clone.git("push", "--quiet", "origin", "v0.1.0^{commit}:refs/heads/0.1.x")
    shallow = remote.bare.clone(tmp_path / "shallow", depth=1, tags=False)
    assert asked(shallow) == asked(clone)


@pytest.mark.parametrize("tags", [True, False])
def test_what_others_released_beyond_the_cut_of_a_shallow_clone_is_seen(
    remote: Remote, tmp_path: Path, *, tags: bool
) -> None:
    clone = remote.started()
    clone.git("tag", "v1.0.0")
    clone.git("push", "--quiet", "origin", "v1.0.0")
    push(clone, "fix: b")
    shallow = remote.bare.clone(tmp_path / "shallow", depth=1, tags=tags)
    assert states(asked(shallow)[1]) == {"main": ("v1.0.0", "foreign")}
    assert asked(shallow) == asked(clone)
    assert (shallow.path / ".git/shallow").exists()  # the user's own clone stays as it is


def test_nothing_is_changed(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    before = remote.refs, clone.git("for-each-ref"), clone.git("status", "--porcelain")
    tagboat("status", cwd=clone.path)
    assert (remote.refs, clone.git("for-each-ref"), clone.git("status", "--porcelain")) == before


def test_clone_without_an_identity_answers(clone: GitRepo) -> None:
    clone.git("config", "user.email", "")
    clone.git("config", "user.useConfigOnly", "true")
    assert asked(clone)[0] == 0


@pytest.mark.thorough
def test_configuration_that_can_not_be_read_leaves_it_unknown(
    clone: GitRepo, remote: Remote
) -> None:
    push(clone, "feat: b")
    clone.commit("ci: wrong", files={"tagboat.toml": "colour = 'red'\n"})
    clone.git("push", "--quiet", "origin", "main")
    assert remote.tags == ["v0.1.0"]
    plain = clone.path.parent / "plain.toml"
    plain.write_text("")
    result = tagboat("status", cwd=clone.path)
    assert result.code == 2
