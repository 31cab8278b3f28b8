"""A plan that is kept, approved and applied: exactly that is released, or nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from tagboat.core.plan.plan import plan_json, read_plan
from tagboat.core.version_files.edits import Edit
from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


@pytest.fixture
def clone(remote: Remote, plan: Path) -> GitRepo:
    """A clone with a feature and a changelog, and a plan to release it."""
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG})
    remote.bare.git("config", "receive.denyDeleteCurrent", "ignore")
    assert tagboat("plan", "-o", str(plan), cwd=clone.path).code == 0
    return clone


@pytest.fixture
def other(remote: Remote, clone: GitRepo) -> GitRepo:
    """A second clone, of somebody else."""
    assert clone.head
    return remote.clone("other")


def applied(clone: GitRepo, plan: Path) -> Result:
    return tagboat("release", "--plan", str(plan), cwd=clone.path)


def pushed(clone: GitRepo, message: str) -> None:
    clone.commit(message)
    clone.git("push", "--quiet", "origin", "HEAD:main")


def test_plan_is_applied_in_another_clone(other: GitRepo, remote: Remote, plan: Path) -> None:
    assert applied(other, plan)[:2] == (0, "0.1.0\n")
    digest = json.loads(plan.read_text())["digest"]
    assert f"Tagboat-Plan: {digest}\n" in remote.message("v0.1.0")


@pytest.mark.thorough
def test_plan_is_applied_once(other: GitRepo, clone: GitRepo, remote: Remote, plan: Path) -> None:
    applied(other, plan)
    before = remote.refs
    assert applied(clone, plan).code == 0
    assert remote.refs == before


@pytest.mark.thorough
def test_plan_holds_where_the_branch_moved_on(
    other: GitRepo, clone: GitRepo, remote: Remote, plan: Path
) -> None:
    pushed(other, "feat: more")
    ahead = other.head
    assert applied(clone, plan)[:2] == (0, "0.1.0\n")
    parents = remote.bare.git("rev-list", "--no-walk", "--parents", "main").split()[1:]
    assert parents == [ahead, remote.commit("v0.1.0")]
    assert remote.commit("v0.1.0^") != ahead


def another_release(other: GitRepo) -> None:
    pushed(other, "fix: quick")
    assert tagboat("release", cwd=other.path).code == 0


def taken_tag(other: GitRepo) -> None:
    other.tag("v0.1.0", message="by hand\n")
    other.git("push", "--quiet", "origin", "v0.1.0")


def rewritten_branch(other: GitRepo) -> None:
    other.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "feat: another one")
    other.git("push", "--quiet", "--force", "origin", "main")


def deleted_branch(other: GitRepo) -> None:
    other.git("push", "--quiet", "origin", "main:spare")
    other.git("push", "--quiet", "--delete", "origin", "main")


@pytest.mark.parametrize(
    ("move", "moved"),
    [
        (another_release, "v0.1.0 was made by somebody else"),
        (taken_tag, "v0.1.0 was made by somebody else"),
        (rewritten_branch, "is not on origin/main any more"),
        (deleted_branch, "is not on origin/main any more"),
    ],
)
def test_plan_that_does_not_hold_says_what_moved(
    move: Callable[[GitRepo], None], moved: str, other: GitRepo, clone: GitRepo, plan: Path
) -> None:
    move(other)
    result = applied(clone, plan)
    assert result.code == 5
    assert moved in result.stderr


@pytest.mark.thorough
def test_plan_that_does_not_hold_changes_nothing(
    other: GitRepo, clone: GitRepo, remote: Remote, plan: Path
) -> None:
    another_release(other)
    before = remote.refs, clone.git("for-each-ref")
    applied(clone, plan)
    assert (remote.refs, clone.git("for-each-ref")) == before


@pytest.mark.thorough
def test_plan_does_not_hold_where_an_ancestor_was_released_meanwhile(
    remote: Remote, plan: Path
) -> None:
    """What it tells as new is released then: no change is in two releases."""
    clone = remote.started()
    assert tagboat("release", cwd=clone.path).stdout == "0.1.0\n"
    pushed(clone, "fix: a")
    other = remote.clone("other")
    pushed(clone, "feat: b")
    tagboat("plan", "-o", str(plan), cwd=clone.path)
    (release,) = json.loads(plan.read_text())["plan"]["releases"]
    assert release["previous"] == "v0.1.0"
    assert tagboat("release", cwd=other.path).stdout == "0.1.1\n"
    result = applied(clone, plan)
    assert (result.code, remote.tags) == (5, ["v0.1.0", "v0.1.1"]), result.stderr
    assert "v0.1.1 was released meanwhile" in result.stderr


def test_plan_with_on_race_replan_is_not_merged(remote: Remote, plan: Path) -> None:
    config = '[release]\non_race = "replan"\n'
    clone = remote.started(files={"CHANGELOG.md": CHANGELOG, "tagboat.toml": config})
    tagboat("plan", "-o", str(plan), cwd=clone.path)
    pushed(remote.clone("other"), "fix: quick")
    result = applied(clone, plan)
    assert result.code == 5
    assert "origin/main moved on" in result.stderr


@pytest.mark.thorough
def test_merge_that_conflicts_drops_the_plan(
    other: GitRepo, clone: GitRepo, remote: Remote, plan: Path
) -> None:
    other.commit("docs: rewrite", files={"CHANGELOG.md": "# Something else\n\n## 0.0.1\n"})
    other.git("push", "--quiet", "origin", "main")
    result = applied(clone, plan)
    assert result.code == 5
    assert "conflicts with what main holds now" in result.stderr
    assert remote.tags == []


def test_plan_changed_by_hand_is_refused(clone: GitRepo, plan: Path) -> None:
    plan.write_text(plan.read_text().replace('"version": "0.1.0"', '"version": "9.9.9"'))
    result = applied(clone, plan)
    assert result.code == 2
    assert "was changed after it was made" in result.stderr


FORGED: dict[str, object] = {
    "notes": "## v0.1.0\n\nAll is well.\n",
    "message": "chore(release): 0.1.0\n\nSigned-off-by: Somebody Else <x@example.org>\n",
    "edits": (Edit(path="a.txt", start=0, end=0, old="", new="theirs"),),
    "bump": "major",
    "version": "9.9.9",
    "tag": "v9.9.9",
    "reason": "because",
}


@pytest.mark.matrix
@pytest.mark.parametrize("name", FORGED)
def test_plan_that_says_something_else_than_its_commit_is_refused(
    clone: GitRepo, remote: Remote, plan: Path, name: str
) -> None:
    real, changed = read_plan(plan.read_text()), {name: FORGED[name]}
    if name != "message":
        changed = {"releases": tuple(structs.replace(one, **changed) for one in real.releases)}
    plan.write_text(plan_json(structs.replace(real, **changed)))
    before = remote.refs
    result = applied(clone, plan)
    assert (result.code, remote.refs) == (4, before), result.stderr
    assert name in result.stderr


def test_plan_of_a_wish_is_applied(clone: GitRepo, remote: Remote, plan: Path) -> None:
    assert tagboat("plan", "--as", "2.0.0", "-o", str(plan), cwd=clone.path).code == 0
    assert (applied(clone, plan).code, remote.tags) == (0, ["v2.0.0"])


def test_plan_of_a_later_format_is_refused(clone: GitRepo, plan: Path) -> None:
    plan.write_text(plan.read_text().replace('"format": 2', '"format": 3'))
    result = applied(clone, plan)
    assert result.code == 2
    assert "has format 3" in result.stderr


def test_plan_that_is_not_there(clone: GitRepo, tmp_path: Path) -> None:
    assert applied(clone, tmp_path / "none.json").code == 2


@pytest.mark.parametrize("option", [("--as", "2.0.0"), ("--bump", "major"), ("--dry-run",)])
def test_plan_can_not_be_changed_by_options(
    option: tuple[str, ...], clone: GitRepo, plan: Path
) -> None:
    assert tagboat("release", "--plan", str(plan), *option, cwd=clone.path).code == 2


def test_no_plan_is_written_where_nothing_is_due(clone: GitRepo, plan: Path) -> None:
    applied(clone, plan)
    plan.unlink()
    result = tagboat("plan", "-o", str(plan), "--json", cwd=clone.path)
    assert (result.code, json.loads(result.stdout)["due"]) == (0, False)
    assert not plan.exists()
