"""Small histories that the generator found, each with what was wrong about it."""

import subprocess

import pytest

from tests.oracle.asked import assert_next_is_right, next_release
from tests.oracle.benches import Asked, InGit, InMemory
from tests.oracle.conftest import MakeScript
from tests.oracle.script import Form, Node, Picks, Reverts, Says, Script, Tag
from tests.oracle.scripts import START

FIX = Says("fix: a")
FEATURE = Says("feat: b")


def line(*messages: Says | Reverts | Picks, tags: dict[str, int]) -> Script:
    """A history without branches."""
    nodes = [Node(message, (at - 1,) if at else (), 60 * at) for at, message in enumerate(messages)]
    return Script(tuple(nodes), tuple(Tag(name, at) for name, at in tags.items()), len(nodes) - 1)


def version(script: Script, channel: str = "main") -> str:
    """What tagboat answers, once the oracle agrees."""
    return version_of(InMemory(script), channel)


def version_of(made: Asked, channel: str = "main") -> str:
    """What tagboat answers about a history that was made, once the oracle agrees."""
    assert_next_is_right(made, channel)
    return str(next_release(made, channel).version)


def test_a_revert_of_a_released_commit_spares_an_unreleased_one_with_its_title() -> None:
    script = line(FEATURE, FEATURE, Reverts(0), tags={"v1.0.0": 0})
    assert version(script) == "1.1.0"


def test_a_revert_by_title_means_a_commit_that_is_not_reverted_yet() -> None:
    script = line(Says("chore: start"), FIX, Reverts(1), Reverts(1, Form.TITLE), tags={"v1.0.0": 0})
    assert version(script) == "1.0.1"


def test_two_reverts_by_title_take_back_two_commits() -> None:
    script = line(
        Says("chore: start"), FIX, FIX, Reverts(2), Reverts(1, Form.TITLE), tags={"v1.0.0": 0}
    )
    assert version(script) == "1.0.0"


def test_two_lines_may_revert_one_commit_by_title() -> None:
    nodes = (
        Node(Says("chore: start"), (), 0),
        Node(FIX, (0,), 60),
        Node(Reverts(1, Form.TITLE), (1,), 120),
        Node(Reverts(1, Form.TITLE), (1,), 180),
        Node(Says("Merge branch 'side'"), (2, 3), 240),
    )
    assert version(Script(nodes, (Tag("v1.0.0", 0),), 4)) == "1.0.0"


def test_the_revert_of_a_merge_keeps_the_parent_that_it_names() -> None:
    nodes = (
        Node(Says("chore: start"), (), 0),
        Node(FIX, (0,), 60),
        Node(FEATURE, (0,), 120),
        Node(Says("Merge branch 'side'"), (1, 2), 180),
        Node(Reverts(3, kept=1), (3,), 240),
    )
    assert version(Script(nodes, (Tag("v1.0.0", 0),), 4)) == "1.1.0"


def test_a_conventional_revert_may_have_two_numbers() -> None:
    script = line(
        Says("chore: start"),
        FIX,
        Reverts(1, own_number=True),
        Reverts(2, Form.CONVENTIONAL_TITLE, own_number=True),
        tags={"v1.0.0": 0},
    )
    assert version(script) == "1.0.1"


def test_the_revert_of_what_a_prerelease_brought_is_due() -> None:
    script = line(FIX, FEATURE, Reverts(1), tags={"v1.0.0": 0, "v1.1.0-rc.1": 1})
    assert version(script, "next") == "1.1.0-rc.2"


def test_what_a_stable_version_released_is_due_on_a_prerelease_channel_that_lacks_it() -> None:
    nodes = (
        Node(FIX, (), 0),
        Node(FEATURE, (0,), 60),
        Node(FIX, (0,), 120),
        Node(Says("Merge branch 'main'"), (1, 2), 180),
    )
    tags = (Tag("v1.0.0", 0), Tag("v1.1.0-rc.1", 1), Tag("v1.0.1", 2))
    assert version(Script(nodes, tags, 3), "next") == "1.1.0-rc.2"


def dated_backwards() -> Script:
    """A base that reaches a feature through a commit which is dated too early."""
    chore, parents = Says("chore: n"), [(), (), (1,), (2,), (3,), (4,), (0,), (5, 6), (6, 5)]
    parents += [(7,), (9,), (8,), (11,), (10,), (12, 13), (8,), (13,), (16,), (14, 15)]
    nodes = [Node(FIX, of, START + 60 * at) for at, of in enumerate(parents)]
    for at in (2, 7, 11, 14, 18):
        nodes[at] = nodes[at]._replace(message=chore)
    nodes[8] = nodes[8]._replace(message=FEATURE)
    nodes[12] = nodes[12]._replace(time=START)
    return Script(tuple(nodes), (Tag("v1.0.0", 14),), 18)


def test_what_the_base_reaches_is_not_new_where_dates_run_backwards() -> None:
    assert version(dated_backwards()) == "1.0.1"


@pytest.mark.parametrize("has_graph", [False, True], ids=["loose", "commit-graph"])
def test_what_the_base_reaches_is_not_new_in_git_either(
    written: MakeScript, *, has_graph: bool
) -> None:
    """Git's own range lists the feature, with a commit-graph and without one."""
    made = written(dated_backwards())
    git = ["git", "-C", str(made.path)]
    if has_graph:
        subprocess.run([*git, "commit-graph", "write", "--reachable"], check=True)
    assert (made.path / "objects/info/commit-graph").exists() == has_graph
    ranged = subprocess.check_output([*git, "rev-list", "v1.0.0..HEAD"], text=True).split()
    assert made.ids[8] in ranged
    assert version_of(InGit(made)) == "1.0.1"
