"""Reverts: which commits of an unreleased stretch take each other back."""

import pytest

from tagboat.core.changes.revert import RevertResult, concerned, net, revert_of, reverted_ids
from tagboat.core.commits.commit import Commit, CommitGraph
from tests.fakes import MemoryHistory

ID = "0123456789" * 4
LONG_ID = ID + "0123456789abcdef01234567"


@pytest.fixture
def history() -> MemoryHistory:
    """A history of one commit."""
    history = MemoryHistory()
    history.commit("chore: begin")
    return history


def netted(history: MemoryHistory, *released: str) -> RevertResult:
    return net(history.graph(), released)


def commit(message: str, *parents: str) -> Commit:
    return Commit(ID, parents, message)


def title_of(message: str) -> str | None:
    revert = revert_of(commit(message))
    return None if revert is None else revert.title


# What a message says


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ('Revert "feat: a"', "feat: a"),
        ('Revert "feat: a" (#12)', "feat: a"),
        ('Revert "feat: a (#10)" (#12)', "feat: a"),
        ('Revert "feat: a (#9) (acme/app#10)" (!12)', "feat: a"),
        ('Revert "feat: "quoted" a"', 'feat: "quoted" a'),
        ('Revert "Revert "feat: a""', 'Revert "feat: a"'),
        ('Reapply "feat: a"', 'Revert "feat: a"'),
        ("revert: feat: a", "feat: a"),
        ("Revert: feat: a", "feat: a"),
        ("revert(api)!: feat: a", "feat: a"),
        ("REVERT: feat: a", "feat: a"),
        ('\n  Revert "feat: a"', "feat: a"),
        ('\ufeffRevert "feat: a"', "feat: a"),
        ("revert:  feat: a", "feat: a"),
        ('revert "feat: a"', "feat: a"),
        ('revert: "feat: a"', "feat: a"),
        ("revert: 'feat: a' (#12)", "feat: a"),
        ("revert(api): `feat: a (#10)`", "feat: a"),
        ('revert: "feat: a" and "feat: b"', '"feat: a" and "feat: b"'),
        ('fix: Revert "feat: a" (#12)', "feat: a"),
        ('chore(deps)!: revert "feat: a"', "feat: a"),
        ('Chore: Reapply "feat: a"', 'Revert "feat: a"'),
    ],
)
def test_a_revert_names_a_title(message: str, title: str) -> None:
    assert title_of(message) == title


@pytest.mark.parametrize(
    "message",
    [
        "feat: a",
        "Revert feat: a",
        "Reverting is fun: a",
        "revert:a",
        'Please revert "feat: a"',
        'fix: please revert "feat: a"',
        'fix: revert "feat: a" once more',
        "fix: revert feat: a",
        f"fix: a\n\nThis reverts commit {ID}.",
    ],
)
def test_other_titles_are_no_reverts(message: str) -> None:
    assert revert_of(commit(message)) is None


def test_a_merge_is_no_revert() -> None:
    assert revert_of(commit('Revert "feat: a"', "a" * 40, "b" * 40)) is None


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (f"This reverts commit {ID}.", (ID,)),
        ("This reverts commit 0123456.", ("0123456",)),
        (f"This reverts commit {ID}.\nThis reverts commit abcdef0.", (ID, "abcdef0")),
        (f"Reverts commits: {ID}", (ID,)),
        ("Refs: 0123456, abcdef0", ("0123456", "abcdef0")),
        ("Ref: 0123456 abcdef0", ("0123456", "abcdef0")),
        ("Reverts: 0123456", ("0123456",)),
        (f"Revert: {ID}", (ID,)),
        (f"This reverts commit {LONG_ID}.", (LONG_ID,)),
        ("This reverts commit 012345.", ()),
        ("Refs: #12", ()),
        (f"See commit {ID}.", ()),
    ],
)
def test_a_revert_names_ids(body: str, ids: tuple[str, ...]) -> None:
    revert = revert_of(commit(f"revert: feat: a\n\n{body}"))

    assert revert is not None
    assert revert.ids == ids


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        ("Reverts #12", ("#12",)),
        ("Reverts acme/app#12", ("#12",)),
        ("Reverts acme/sub/app!12", ("!12",)),
        ("Reverts merge request !12", ("!12",)),
        ("This reverts merge request !12", ("!12",)),
        ("This reverts merge request acme/app!12", ("!12",)),
        ("Reverts acme/app#12\nReverts acme/app#13", ("#12", "#13")),
        ("It reverts #12", ()),
        ("Reverts x#y", ()),
    ],
)
def test_a_revert_names_numbers(body: str, numbers: tuple[str, ...]) -> None:
    revert = revert_of(commit(f'Revert "feat: a"\n\n{body}'))

    assert revert is not None
    assert revert.numbers == numbers


def test_the_revert_of_a_merge_names_the_parent_that_is_kept() -> None:
    body = f"This reverts commit {ID}, reversing\nchanges made to {'a' * 40}."
    revert = revert_of(commit(f"Revert \"Merge branch 'x'\"\n\n{body}"))

    assert revert is not None
    assert revert.kept == "a" * 40


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        (f"revert: a\n\nRefs: 0123456, {ID}", (ID,)),
        (f"revert: a\n\nRefs: {LONG_ID}", (LONG_ID,)),
        (f"fix: a\n\nThis reverts commit {ID}.", ()),
    ],
)
def test_only_whole_ids_of_reverts_mean_something_elsewhere(
    message: str, ids: tuple[str, ...]
) -> None:
    assert reverted_ids(commit(message)) == ids


# Pairs


def test_without_reverts_nothing_is_taken_back(history: MemoryHistory) -> None:
    history.commit_all("feat: a", "fix: b")

    assert netted(history) == RevertResult({}, frozenset(), frozenset())


def test_a_revert_and_what_it_takes_back_are_gone(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    revert = history.revert(feature)

    assert netted(history) == RevertResult({feature: revert}, frozenset({revert}), frozenset())


@pytest.mark.parametrize(
    "message",
    [
        'Revert "feat: a"',
        "revert: feat: a",
        'Revert "feat: a (#7)" (#8)',
        'Revert "another title"\n\nReverts acme/app#7',
        'revert: "feat: a (#7)" (#8)',
        'revert: Revert "feat: a (#7)" (#8)',
        'fix: Revert "feat: a"',
        'chore: revert "another title"\n\nReverts acme/app#7',
        f'Revert "feat: a"\n\nThis reverts commit {ID}.',
    ],
)
def test_a_revert_finds_what_it_names_by_title_or_number(
    history: MemoryHistory, message: str
) -> None:
    feature = history.commit("feat: a (#7)")
    revert = history.commit(message)

    assert netted(history).reverted == {feature: revert}


@pytest.mark.parametrize(
    ("title", "is_taken"),
    [
        ("fix: keep the list (reverts {})", True),
        ("undo that (Reverts commit {}) (#12)", True),
        ("fix: (reverts {}) keep the list", False),
        ("fix: say what `git log` says (reverts 0000000)", False),
    ],
)
def test_a_commit_that_reverts_another_beside_what_it_does_stays(
    history: MemoryHistory, title: str, *, is_taken: bool
) -> None:
    feature = history.commit("feat: a")
    revert = history.commit(title.format(feature[:7]))
    wanted = {feature: revert} if is_taken else {}
    assert netted(history) == RevertResult(wanted, frozenset(), frozenset())


def test_a_revert_of_a_commit_that_reverts_restores(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    fix = history.commit(f"fix: b (reverts {feature[:9]})")
    revert = history.revert(fix)
    assert netted(history).reverted == {fix: revert}


def test_an_abbreviated_id_is_enough(history: MemoryHistory) -> None:
    feature, _ = history.commit_all("feat: a", "feat: a")
    revert = history.commit(f"revert: feat: a\n\nRefs: {feature[:7]}")

    assert netted(history).reverted == {feature: revert}


def test_an_abbreviated_id_means_what_it_is_all_of(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    history.commit(f"revert: feat: b\n\nRefs: {feature[:7]}{'0' * 33}")

    assert netted(history).reverted == {}


def test_an_id_beats_a_number_and_a_title(history: MemoryHistory) -> None:
    first, _, _ = history.commit_all("feat: a", "feat: b (#7)", "feat: c")
    revert = history.commit(f'Revert "feat: c"\n\nThis reverts commit {first}.\nReverts #7')

    assert netted(history).reverted == {first: revert}


def test_a_number_beats_a_title(history: MemoryHistory) -> None:
    numbered, _ = history.commit_all("feat: b (#7)", "feat: c")
    revert = history.commit('Revert "feat: c"\n\nReverts acme/app#7')

    assert netted(history).reverted == {numbered: revert}


def test_of_equal_titles_the_last_before_the_revert_is_meant(history: MemoryHistory) -> None:
    _, second = history.commit_all("feat: a", "feat: a")
    revert = history.commit('Revert "feat: a"')
    history.commit("feat: a")

    assert netted(history).reverted == {second: revert}


def test_one_revert_may_take_several_commits_back(history: MemoryHistory) -> None:
    one, other = history.commit_all("feat: a", "feat: b")
    revert = history.commit(f"revert: both\n\nRefs: {one}, {other}")

    assert netted(history).reverted == {one: revert, other: revert}


def test_two_reverts_by_title_take_two_commits_back(history: MemoryHistory) -> None:
    one, other = history.commit_all("fix: a", "fix: a")
    first, second = history.commit_all('Revert "fix: a"', 'Revert "fix: a"')

    assert netted(history).reverted == {other: first, one: second}


def test_two_reverts_of_one_number_take_it_back_once(history: MemoryHistory) -> None:
    feature = history.commit("feat: a (#7)")
    reverts = history.commit_all(
        'Revert "feat: a"\n\nReverts acme/app#7', 'Revert "feat: a"\n\nReverts acme/app#7'
    )
    found = netted(history)

    assert found.reverted == {feature: reverts[0]}
    assert found.spent == set(reverts)


def test_what_another_line_brought_was_not_there_to_be_reverted(history: MemoryHistory) -> None:
    side = history.commit("feat: a")
    history.switch(history.commits[side].parents[0])
    revert = history.commit('Revert "feat: a"')
    history.merge(side)

    assert netted(history) == RevertResult({}, frozenset(), frozenset({revert}))


def test_what_comes_later_is_not_reverted_by_id_either() -> None:
    later = Commit("c" * 40, ("b" * 40,), "feat: a")
    revert = Commit("b" * 40, (), f'Revert "feat: a"\n\nThis reverts commit {later.id}.')

    assert net(CommitGraph([later, revert])).standing == {revert.id}


# Chains


def test_the_revert_of_a_revert_restores(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    first = history.revert(feature)
    second = history.revert(first)

    assert netted(history) == RevertResult({first: second}, frozenset({second}), frozenset())


@pytest.mark.parametrize("length", range(1, 6))
def test_in_a_chain_of_reverts_only_an_odd_number_takes_back(
    history: MemoryHistory, length: int
) -> None:
    feature = last = history.commit("feat: a")
    for _ in range(length):
        last = history.revert(last)

    assert (feature in netted(history).reverted) == (length % 2 == 1)


@pytest.mark.parametrize(
    "message", ['Reapply "feat: a"', 'Revert "Revert "feat: a""', 'revert: Revert "feat: a"']
)
def test_a_reapplied_commit_is_restored_by_title(history: MemoryHistory, message: str) -> None:
    feature = history.commit("feat: a")
    revert = history.commit('Revert "feat: a"')
    again = history.commit(message)
    found = netted(history)

    assert feature not in found.reverted
    assert found.reverted == {revert: again}


def test_a_revert_without_a_title_takes_back_no_commit_without_one(history: MemoryHistory) -> None:
    history.commit_all("", "feat: a")
    history.commit('revert: Revert "feat: b"')

    assert netted(history).reverted == {}


def test_a_commit_reverted_again_after_it_was_restored_is_gone(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    history.commit_all('Revert "feat: a"', 'Reapply "feat: a"')
    last = history.commit('Revert "feat: a"')

    assert netted(history).reverted[feature] == last


# Merges


def merged(history: MemoryHistory, message: str) -> tuple[list[str], str]:
    """Two commits on a side branch and the merge that brought them beside another commit."""
    root = history.head
    side = history.commit_all("feat: a", "fix: b")
    history.switch(root)
    history.commit("fix: own")
    return side, history.merge(side[-1], message)


def test_the_revert_of_a_merge_takes_the_merged_side_back(history: MemoryHistory) -> None:
    side, merge = merged(history, "Merge branch 'x'")
    revert = history.revert(merge)

    assert netted(history).reverted == dict.fromkeys([*side, merge], revert)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Merge pull request #12 from acme/x\n\nfeat: a", "Reverts acme/app#12"),
        ("Merge branch 'x' into 'main'\n\nSee merge request acme/app!12", "Reverts !12"),
        ("Merge 'x'\n\nSee merge request acme/app!12", "This reverts merge request !12"),
        ("Merge branch 'x' (#12)", "Reverts #12"),
    ],
)
def test_a_forge_s_button_reverts_a_merge_by_its_number(
    history: MemoryHistory, title: str, body: str
) -> None:
    side, merge = merged(history, title)
    revert = history.commit(f'Revert "something else"\n\n{body}')

    assert netted(history).reverted == dict.fromkeys([*side, merge], revert)


def test_the_revert_of_a_merge_towards_its_other_parent_takes_the_first_line_back(
    history: MemoryHistory,
) -> None:
    side, merge = merged(history, "Merge branch 'x'")
    own = history.commits[merge].parents[0]
    kept = f"This reverts commit {merge}, reversing\nchanges made to {side[-1]}."
    revert = history.commit(f"Revert \"Merge branch 'x'\"\n\n{kept}")

    assert netted(history).reverted == {own: revert, merge: revert}


def test_the_revert_of_the_revert_of_a_merge_restores_the_merged_side(
    history: MemoryHistory,
) -> None:
    side, merge = merged(history, "Merge branch 'x'")
    history.revert(history.revert(merge))

    assert not netted(history).reverted.keys() & {*side, merge}


def test_a_revert_reaches_over_merges_to_what_it_names(history: MemoryHistory) -> None:
    side, _ = merged(history, "Merge branch 'x'")
    revert = history.revert(side[0])

    assert netted(history).reverted == {side[0]: revert}


# What is not there


def test_a_revert_of_what_is_not_in_the_stretch_stands(history: MemoryHistory) -> None:
    revert = history.commit(f'Revert "feat: elsewhere"\n\nThis reverts commit {ID}.')

    assert netted(history) == RevertResult({}, frozenset(), frozenset({revert}))


def test_a_revert_of_one_thing_here_and_one_elsewhere_stands(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    revert = history.commit(f"revert: both\n\nRefs: {feature}, {ID}")

    assert netted(history) == RevertResult({feature: revert}, frozenset(), frozenset({revert}))


def test_the_revert_of_something_released_spares_an_equal_title(history: MemoryHistory) -> None:
    history.commit("feat: a")
    revert = history.commit(f'Revert "feat: a"\n\nThis reverts commit {ID}.')

    assert netted(history, ID) == RevertResult({}, frozenset(), frozenset({revert}))


def test_the_revert_of_a_standing_revert_leaves_nothing(history: MemoryHistory) -> None:
    first = history.commit(f'Revert "feat: elsewhere"\n\nThis reverts commit {ID}.')
    second = history.revert(first)

    assert netted(history) == RevertResult({first: second}, frozenset({second}), frozenset())


# What reverts may have to do with


def test_a_history_without_reverts_concerns_nobody(history: MemoryHistory) -> None:
    history.commit("feat: a")
    assert concerned(history.graph()) == set()


def test_a_revert_concerns_itself_and_what_it_names(history: MemoryHistory) -> None:
    named = history.commit("feat: a")
    history.commit("feat: b")
    assert concerned(history.graph()) - {history.head} == set()
    revert = history.revert(named)
    by_title = history.commit("feat: c")
    second = history.commit('Revert "feat: c"')
    by_number = history.commit("feat: d (#12)")
    third = history.commit('Revert "something"\n\nReverts acme/app#12')
    assert concerned(history.graph()) == {named, revert, by_title, second, by_number, third}


def test_the_revert_of_a_merge_concerns_what_it_merged(history: MemoryHistory) -> None:
    start = history.head
    one = history.commit("feat: on a side")
    history.switch(start)
    other = history.commit("feat: on main")
    merge = history.merge(one)
    revert = history.revert(merge)
    assert concerned(history.graph()) == {one, other, merge, revert}
