"""Graphs: an order of commits that depends on nothing but the commits."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.commits.commit import Commit, CommitGraph
from tests.fakes import MemoryHistory


def commit(number: int, *parents: int, time: int = 0) -> Commit:
    return Commit(f"{number:040x}", tuple(f"{p:040x}" for p in parents), "x", time)


def numbers(graph: CommitGraph) -> list[int]:
    return [int(one.id, 16) for one in graph.order]


@st.composite
def histories(draw: st.DrawFn) -> list[Commit]:
    """Commits with any parents among the earlier, at times that may lie, parents first."""
    made: list[Commit] = []
    for number in range(draw(st.integers(0, 12))):
        parents = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        made.append(commit(number, *parents, time=draw(st.integers(0, 3))))
    return made


# Order


def test_a_merge_comes_after_both_that_it_merges() -> None:
    merge = commit(3, 1, 2, time=0)
    graph = CommitGraph([merge, commit(1, 0, time=9), commit(2, 0, time=5), commit(0, time=1)])
    assert numbers(graph) == [0, 2, 1, 3]


@given(histories())
def test_parents_come_first(history: list[Commit]) -> None:
    place = {one.id: n for n, one in enumerate(CommitGraph(history).order)}

    assert all(place[parent] < place[one.id] for one in history for parent in one.parents)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_commits_came(
    history: list[Commit], chance: random.Random
) -> None:
    expected = CommitGraph(history).order
    chance.shuffle(history)

    assert CommitGraph(history).order == expected


@given(histories())
def test_every_commit_stands_in_it_once(history: list[Commit]) -> None:
    assert sorted(CommitGraph(history).order) == sorted(history)


@given(histories())
def test_of_all_that_could_come_next_the_earliest_comes(history: list[Commit]) -> None:
    left = {one.id: one for one in history}
    for chosen in CommitGraph(history).order:
        ready = [one for one in left.values() if not left.keys() & set(one.parents)]
        assert chosen == min(ready, key=lambda one: (one.time, one.id))
        del left[chosen.id]


def test_of_two_lines_the_earlier_commit_comes_first() -> None:
    graph = CommitGraph([commit(4, 2, 3, time=9), commit(3, time=5), commit(2, time=7)])

    assert numbers(graph) == [3, 2, 4]


def test_of_two_commits_of_one_time_the_smaller_id_comes_first() -> None:
    assert numbers(CommitGraph([commit(3, 1, 2), commit(2), commit(1)])) == [1, 2, 3]


def test_parents_outside_do_not_matter() -> None:
    assert numbers(CommitGraph([commit(3, 2, 8), commit(2, 9)])) == [2, 3]


def test_a_chain_whose_dates_lie_stays_a_chain() -> None:
    assert numbers(
        CommitGraph([commit(3, 2, time=1), commit(2, 1, time=2), commit(1, time=3)])
    ) == [
        1,
        2,
        3,
    ]


def test_two_chains_side_by_side_are_ordered_by_date() -> None:
    graph = CommitGraph([commit(4, 3, time=4), commit(3, time=1), commit(2, 1, time=3), commit(1)])

    assert numbers(graph) == [1, 3, 2, 4]


# Reachability


def test_what_is_reachable_includes_where_it_starts() -> None:
    graph = CommitGraph([commit(4, 2, 3), commit(3, 1), commit(2, 1), commit(1), commit(9)])

    assert graph.reachable([f"{3:040x}"]) == {f"{n:040x}" for n in (3, 1)}


def test_a_start_outside_reaches_nothing() -> None:
    assert CommitGraph([commit(1)]).reachable(["f" * 40]) == set()


def test_a_merge_brings_what_its_first_line_has_not() -> None:
    history = MemoryHistory()
    root = history.commit("root")
    side = history.commit_all("b", "c")
    history.switch(root)
    history.commit("a")
    merge = history.commits[history.merge(side[-1])]

    assert history.graph().merged_by(merge) == set(side)


def test_a_merge_seen_from_the_other_line_brings_the_first() -> None:
    history = MemoryHistory()
    root = history.commit("root")
    side = history.commit("b")
    history.switch(root)
    own = history.commit("a")
    merge = history.commits[history.merge(side)]

    assert history.graph().merged_by(merge, kept=side) == {own}


def test_a_merge_that_is_said_to_keep_a_stranger_keeps_its_first_line() -> None:
    history = MemoryHistory()
    root = history.commit("root")
    side = history.commit("b")
    history.switch(root)
    history.commit("a")
    merge = history.commits[history.merge(side)]

    assert history.graph().merged_by(merge, kept=root) == {side}


def test_an_octopus_brings_all_its_other_lines() -> None:
    history = MemoryHistory()
    root = history.commit("root")
    sides = []
    for message in ("a", "b"):
        history.switch(root)
        sides.append(history.commit(message))
    history.switch(root)
    merge = history.commits[history.commit("Merge branches", *sides)]

    assert history.graph().merged_by(merge) == set(sides)


# Commits


def test_the_title_is_the_first_line_that_is_not_blank() -> None:
    assert Commit("", (), "\n \n  feat: a \n\nbody").title == "feat: a"


def test_a_commit_with_two_parents_is_a_merge() -> None:
    assert [Commit("", parents, "").is_merge for parents in ((), ("a",), ("a", "b"))] == [
        False,
        False,
        True,
    ]
