"""What each commit of a stretch contributes to a release, and why."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from tagboat.core.bump.assess import (
    Assessment,
    CommitVerdict,
    Ignore,
    Policy,
    ReleasedMessages,
    Rewrite,
    assess,
    names_in,
    picked_from,
    release_as,
)
from tagboat.core.bump.bump import Bump, BumpRules, ChangeRule
from tagboat.core.bump.missed import missed
from tagboat.core.changes.change import Change
from tagboat.core.changes.message import MessageBody
from tagboat.core.changes.squash import Reading, SquashMode
from tagboat.core.commits.commit import Commit
from tagboat.core.errors import RepositoryError
from tagboat.core.version.version import Version
from tests.fakes import MemoryHistory

ID = "0123456789" * 4
PLAIN = Policy()


@pytest.fixture
def history() -> MemoryHistory:
    """A history of one commit."""
    history = MemoryHistory()
    history.commit("chore: begin")
    return history


def weighed(
    history: MemoryHistory,
    policy: Policy = PLAIN,
    released: Mapping[str, str] | None = None,
    touching: frozenset[str] | None = None,
) -> dict[str, Assessment]:
    found = assess(history.graph(), policy, ReleasedMessages(released or {}), touching)
    return {item.commit.id: item for item in found}


def last(history: MemoryHistory, policy: Policy = PLAIN) -> Assessment:
    """The assessment of HEAD."""
    assert history.head is not None
    return weighed(history, policy)[history.head]


def headers(item: Assessment) -> list[str]:
    return [change.header for change in item.changes]


# Messages


@pytest.mark.parametrize(
    ("message", "verdict", "bump"),
    [
        ("feat: a", CommitVerdict.COUNTED, Bump.MINOR),
        ("fix(api): a", CommitVerdict.COUNTED, Bump.PATCH),
        ("docs!: a", CommitVerdict.COUNTED, Bump.MAJOR),
        ("docs: a", CommitVerdict.NO_RELEASE, Bump.NONE),
        ("whatever: a", CommitVerdict.NO_RELEASE, Bump.NONE),
        ("Add a", CommitVerdict.UNCONVENTIONAL, Bump.NONE),
        ("", CommitVerdict.UNCONVENTIONAL, Bump.NONE),
    ],
)
def test_a_commit_counts_by_what_its_message_says(
    history: MemoryHistory, message: str, verdict: CommitVerdict, bump: Bump
) -> None:
    history.commit(message)
    item = last(history)

    assert (item.verdict, item.bump) == (verdict, bump)


def test_commits_are_weighed_parents_first(history: MemoryHistory) -> None:
    history.commit_all("feat: a", "fix: b")

    assert list(weighed(history)) == list(history.commits)


def test_of_several_changes_the_largest_decides(history: MemoryHistory) -> None:
    history.commit("Squash\n\n* fix: a\n* feat: b\n* docs: c")
    item = last(history)

    assert (item.bump, headers(item)) == (Bump.MINOR, ["fix: a", "feat: b", "docs: c"])


def test_the_squash_mode_decides_what_counts(history: MemoryHistory) -> None:
    history.commit("fix: a\n\n* feat: b")

    assert last(history, Policy(squash=SquashMode.ALL)).bump is Bump.MINOR
    assert last(history, Policy(squash=SquashMode.TITLE)).bump is Bump.PATCH


def test_types_that_release_something_are_configurable(history: MemoryHistory) -> None:
    history.commit("docs: a")

    assert last(history, Policy(BumpRules({"docs": Bump.PATCH}))).bump is Bump.PATCH


def test_a_merge_without_a_conventional_title_is_transparent(history: MemoryHistory) -> None:
    history.merge(history.commit("feat: a"), "Merge branch 'x'\n\n* feat: b")

    assert last(history).verdict is CommitVerdict.MERGE


def test_a_merge_counts_by_its_conventional_title(history: MemoryHistory) -> None:
    history.merge(history.commit("chore: a"), "feat: b")

    assert last(history).bump is Bump.MINOR


NOTE = "\n\nBREAKING CHANGE: it is gone"


def merged(history: MemoryHistory, side: str, merge: str) -> tuple[str, str]:
    """A commit on a side and the merge of it; their ids."""
    start = history.head
    commit = history.commit(side)
    history.switch(start)
    history.commit("docs: main")
    return commit, history.merge(commit, merge)


@pytest.mark.parametrize(
    ("side", "merge", "header"),
    [
        ("fix: a", "fix: a (#12)", "fix: a (#12)"),
        ("fix: a", "Merged PR 12: fix: a", "fix: a (!12)"),
        ("fix: a (#12)", "fix: a (#12)", "fix: a (#12)"),
        ("fix: a", "fix: a", "fix: a"),
        (
            "feat!: a\n\nBREAKING CHANGE: b",
            "feat!: a (#12)\n\nBREAKING CHANGE: b",
            "feat!: a (#12)",
        ),
    ],
)
def test_a_merge_with_the_title_of_what_it_merged_says_nothing_again(
    history: MemoryHistory, side: str, merge: str, header: str
) -> None:
    commit, again = merged(history, side, merge)
    items = weighed(history)

    assert headers(items[commit]) == [header]
    assert (items[again].verdict, items[again].changes) == (CommitVerdict.MERGE, ())


@pytest.mark.parametrize(
    ("side", "merge"),
    [
        ("fix: a", "fix: b (#12)"),
        ("fix: a", "fix!: a (#12)"),
        ("fix: a", "fix: a (#12)\n\nBREAKING CHANGE: b"),
        ("fix: a\n\nBREAKING CHANGE: c", "fix: a (#12)\n\nBREAKING CHANGE: b"),
        ("a", "fix: a"),
    ],
)
def test_a_merge_that_says_more_than_what_it_merged_counts(
    history: MemoryHistory, side: str, merge: str
) -> None:
    commit, again = merged(history, side, merge)
    items = weighed(history)

    assert items[again].verdict is CommitVerdict.COUNTED
    assert "(#12)" not in "".join(headers(items[commit]))


def test_a_merge_counts_where_what_it_says_again_does_not(history: MemoryHistory) -> None:
    start = history.head
    history.revert(history.commit("fix: a"))
    side = history.head or ""
    history.switch(start)
    merge = history.merge(side, "fix: a (#12)")

    assert weighed(history)[merge].verdict is CommitVerdict.COUNTED


@pytest.mark.parametrize("start", ["fix: a", "fix: a (#12)"])
def test_a_merge_counts_where_its_title_was_on_the_main_line(
    history: MemoryHistory, start: str
) -> None:
    history.commit(start)
    _, merge = merged(history, "chore: b", "fix: a")
    first = history.commit(start)
    side = history.commit("chore: c")
    history.switch(first)
    second = history.merge(side, "fix: a")
    items = weighed(history)

    assert [items[one].verdict for one in (merge, second)] == [CommitVerdict.COUNTED] * 2


def test_a_foreign_convention_reads_instead(history: MemoryHistory) -> None:
    def shouted(text: str, *, merge: bool = False) -> Reading:
        kind = "merge" if merge else "shout"
        return Reading(MessageBody(text), (Change(kind, None, text.upper(), level="major"),))

    root = history.head
    side = history.commit("a")
    history.switch(root)
    history.merge(side, "b")
    items = weighed(history, Policy(convention=shouted))

    assert headers(items[side]) == ["shout: A"]
    assert (headers(last(history, Policy(convention=shouted))), items[side].bump) == (
        ["merge: B"],
        Bump.MAJOR,
    )


# Ignored and rewritten


@pytest.mark.parametrize(
    "ignore",
    [
        Ignore(authors=("Bot <*>",)),
        Ignore(authors=("nobody", "*bot@example.or?>")),
        Ignore(authors=("Bot",)),
        Ignore(authors=("bot@example.org",)),
        Ignore(patterns=("x", r"^feat: .* \[skip\]$")),
        Ignore(patterns=("(?m)^Skip: yes",)),
        Ignore(("f" * 7, "01234567")),
    ],
)
def test_a_commit_is_left_out_by_id_author_or_pattern(ignore: Ignore) -> None:
    commit = Commit(ID, (), "feat: a [skip]", 0, "Bot", "bot@example.org")
    if ignore.patterns and "Skip:" in ignore.patterns[0]:
        commit = commit._replace(message="feat: a\n\nSkip: yes")

    assert ignore.reason(commit) == [*ignore.ids, *ignore.authors, *ignore.patterns][-1]


@pytest.mark.parametrize(
    "ignore",
    [
        Ignore(),
        Ignore(("1234567",)),
        Ignore(authors=("Bo", "BOT <*>", "example.org")),
        Ignore(patterns=("^a",)),
    ],
)
def test_a_commit_that_no_rule_names_stays(ignore: Ignore) -> None:
    assert ignore.reason(Commit(ID, (), "feat: a", 0, "Bot", "bot@example.org")) == ""


def test_an_ignored_commit_says_which_rule_it_was(history: MemoryHistory) -> None:
    history.commit("feat!: a")
    item = last(history, Policy(ignore=Ignore(patterns=("^feat",))))

    assert (item.verdict, item.bump, item.other) == (CommitVerdict.IGNORED, Bump.NONE, "^feat")


def test_a_rule_that_names_no_commit_leaves_none_out(history: MemoryHistory) -> None:
    history.commit("feat: a")

    assert last(history, Policy(ignore=Ignore(patterns=("^fix",)))).verdict is CommitVerdict.COUNTED


def test_messages_are_rewritten_one_rule_after_the_other(history: MemoryHistory) -> None:
    history.commit("feet: a")
    rules = (Rewrite("^feet", "feat"), Rewrite(r"^feat: (\w+)", r"feat(x): \1"))

    assert headers(last(history, Policy(rewrite=rules))) == ["feat(x): a"]


# Reverts


def test_what_is_reverted_names_its_revert(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    revert = history.revert(feature)
    items = weighed(history)

    assert (items[feature].verdict, items[feature].other) == (CommitVerdict.REVERTED, revert)
    assert items[revert].verdict is CommitVerdict.REVERTS
    assert not items[feature].bump
    assert not items[revert].bump


def test_a_revert_with_a_type_of_its_own_takes_back_too(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    revert = history.commit(f'fix: Revert "feat: a"\n\nThis reverts commit {feature}.')
    items = weighed(history)

    assert items[feature].verdict is CommitVerdict.REVERTED
    assert items[revert].verdict is CommitVerdict.REVERTS


def test_what_was_restored_counts(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    history.revert(history.revert(feature))

    assert weighed(history)[feature].bump is Bump.MINOR


@pytest.mark.parametrize(
    ("message", "header", "bump"),
    [
        (f'Revert "feat: old"\n\nThis reverts commit {ID}.', "revert: feat: old", Bump.PATCH),
        ('Revert "feat: old (#3)" (#4)', "revert: feat: old", Bump.PATCH),
        ("revert(api): feat: old", "revert(api): feat: old", Bump.PATCH),
        ("revert!: feat: old", "revert!: feat: old", Bump.MAJOR),
        ('revert: "feat: old"', "revert: feat: old", Bump.PATCH),
        ('fix: Revert "feat: old"', 'fix: Revert "feat: old"', Bump.PATCH),
        ('feat!: Revert "feat: old"', 'feat!: Revert "feat: old"', Bump.MAJOR),
    ],
)
def test_the_revert_of_something_released_is_a_change_of_its_own(
    history: MemoryHistory, message: str, header: str, bump: Bump
) -> None:
    history.commit(message)
    item = last(history)

    assert (item.verdict, headers(item), item.bump) == (CommitVerdict.COUNTED, [header], bump)


@pytest.mark.parametrize(
    "message",
    [
        f'Revert "docs: old"\n\nThis reverts commit {ID}.',
        'Revert "docs: old (#3)" (#4)',
        "revert: docs: old",
        'revert: "docs: old"',
        "revert(api): docs: old",
        'Reapply "docs: old"',
        'Revert "Revert "docs: old""',
        "revert: revert: docs: old",
    ],
)
def test_the_revert_of_a_hidden_type_is_of_that_type(history: MemoryHistory, message: str) -> None:
    history.commit(message)
    item = last(history)

    assert (item.verdict, item.bump) == (CommitVerdict.NO_RELEASE, Bump.NONE)
    assert headers(item) == ['docs: Revert "old"']


@pytest.mark.parametrize(
    ("released", "verdict"),
    [
        ("docs: old", CommitVerdict.NO_RELEASE),
        ("feat: old", CommitVerdict.COUNTED),
        ("docs!: old", CommitVerdict.COUNTED),
        ("docs: old\n\nBREAKING CHANGE: gone", CommitVerdict.COUNTED),
        ("some words", CommitVerdict.COUNTED),
    ],
)
def test_what_the_released_commit_says_tells_more_than_the_title_of_its_revert(
    history: MemoryHistory, released: str, verdict: CommitVerdict
) -> None:
    history.commit(f'Revert "docs: new words for it"\n\nThis reverts commit {ID}.')

    (item,) = (
        i
        for i in weighed(history, released={ID: released}).values()
        if i.changes[0].type != "chore"
    )
    assert item.verdict is verdict


@pytest.mark.parametrize(
    "message",
    [
        "revert!: docs: old",
        'Revert "docs!: old"',
        'Revert "deps: old"',
        "revert: some words",
        f'Revert "docs: old"\n\nThis reverts commit {ID}, reversing\nchanges made to {"b" * 40}.',
        "revert: " * 100 + "docs: old",
    ],
)
def test_the_revert_of_what_may_concern_readers_counts(
    history: MemoryHistory, message: str
) -> None:
    history.commit(message)

    assert last(history).verdict is CommitVerdict.COUNTED


def test_a_revert_of_several_commits_counts_if_one_of_them_is_not_hidden(
    history: MemoryHistory,
) -> None:
    other = "c" * 40
    history.commit(f"revert: docs: old\n\nRefs: {ID}, {other}")
    known = {ID: "docs: old", other: "ci: old"}

    assert [*weighed(history, released=known).values()][-1].bump is Bump.NONE
    known[other] = "fix: old"
    assert [*weighed(history, released=known).values()][-1].bump is Bump.PATCH


def test_the_revert_of_a_hidden_type_that_releases_is_worth_a_revert(
    history: MemoryHistory,
) -> None:
    history.commit('Revert "build: old"')
    item = last(history, Policy(BumpRules({"build": Bump.MINOR, "revert": Bump.PATCH})))

    assert (item.bump, headers(item)) == (Bump.PATCH, ['build: Revert "old"'])


@pytest.mark.parametrize(
    "rule",
    [
        ChangeRule(1, type="fix", scope="deps", section=""),
        ChangeRule(1, pattern=r"\(deps\)", section=""),
    ],
)
def test_the_revert_of_what_a_rule_hides_is_hidden(
    history: MemoryHistory, rule: ChangeRule
) -> None:
    history.commit('Revert "fix(deps): old"')
    item = last(history, ruled(rule))
    assert (headers(item), item.bump) == (['fix(deps): Revert "old"'], Bump.PATCH)
    assert item.rulings[0].section == ""

    history.commit('Revert "fix: old"')
    assert headers(last(history, ruled(rule))) == ["revert: fix: old"]


def test_which_types_are_hidden_is_configurable(history: MemoryHistory) -> None:
    history.commit('Revert "docs: old"')

    assert headers(last(history, Policy(hidden=("ci",)))) == ["revert: docs: old"]


def test_a_rule_says_what_the_revert_of_a_hidden_type_asks_for(history: MemoryHistory) -> None:
    history.commit('Revert "docs: old"')

    assert last(history, ruled(ChangeRule(1, type="docs", bump=Bump.MINOR))).bump is Bump.MINOR
    assert last(history, ruled(ChangeRule(1, type="revert", bump=Bump.MINOR))).bump is Bump.NONE


def test_what_a_revert_is_worth_is_configurable(history: MemoryHistory) -> None:
    history.commit('Revert "feat: old"')

    assert last(history, Policy(BumpRules({"revert": Bump.MINOR}))).bump is Bump.MINOR


def test_a_revert_that_is_worth_nothing_releases_nothing(history: MemoryHistory) -> None:
    history.commit('Revert "feat: old"')
    item = last(history, Policy(BumpRules({"revert": Bump.NONE})))

    assert (item.verdict, item.bump) == (CommitVerdict.NO_RELEASE, Bump.NONE)


def test_the_revert_of_a_released_commit_spares_an_unreleased_one(history: MemoryHistory) -> None:
    feature = history.commit("feat: a")
    history.commit(f'Revert "feat: a"\n\nThis reverts commit {ID}.')
    items = weighed(history, released={ID: "feat: a"})

    assert items[feature].verdict is CommitVerdict.COUNTED


# Cherry-picks


def test_a_cherry_pick_of_what_is_released_does_not_count(history: MemoryHistory) -> None:
    history.commit(f"feat: a\n\n(cherry picked from commit {ID})")
    (item,) = (i for i in weighed(history, released={ID: "feat: a"}).values() if i.other)

    assert (item.verdict, item.bump, item.other) == (CommitVerdict.PICKED, Bump.NONE, ID)


def test_a_cherry_pick_beside_its_source_counts_once(history: MemoryHistory) -> None:
    root = history.head
    source = history.commit("feat: a")
    history.switch(root)
    picked = history.cherry_pick(source)
    history.merge(source)
    items = weighed(history)

    assert [items[one].verdict for one in (source, picked)] == [
        CommitVerdict.COUNTED,
        CommitVerdict.PICKED,
    ]


def test_a_cherry_pick_of_a_cherry_pick_counts_by_the_first(history: MemoryHistory) -> None:
    body = f"(cherry picked from commit {'a' * 40})\n(cherry picked from commit {ID})"
    history.commit(f"feat: a\n\n{body}")
    items = weighed(history, released={ID: "feat: a"}).values()

    assert [item.other for item in items] == ["", ID]


@pytest.mark.parametrize("released", [{}, {ID: "feat: another"}])
def test_a_cherry_pick_of_what_is_not_here_or_says_something_else_counts(
    history: MemoryHistory, released: dict[str, str]
) -> None:
    history.commit(f"feat: a\n\n(cherry picked from commit {ID})")

    assert [i.bump for i in weighed(history, released=released).values()][-1] is Bump.MINOR


def test_a_cherry_pick_of_what_was_reverted_counts(history: MemoryHistory) -> None:
    source = history.commit("feat: a")
    history.revert(source)
    picked = history.cherry_pick(source)

    assert weighed(history)[picked].verdict is CommitVerdict.COUNTED


@pytest.mark.parametrize(
    "message",
    ["feat: a", f"feat: a\n\n> (cherry picked from commit {ID})", "(cherry picked from commit x)"],
)
def test_a_message_that_names_no_source_is_no_cherry_pick(message: str) -> None:
    assert picked_from(Commit("", (), message)) == ()


def test_what_a_commit_names_is_what_it_picks_and_what_it_takes_back() -> None:
    other = "f" * 40
    text = f"This reverts commit {ID}.\n\n(cherry picked from commit {other})"

    assert names_in(Commit("", (), f'Revert "feat: a"\n\n{text}')) == (other, ID)


# Packages with paths


def test_a_commit_that_does_not_touch_the_package_does_not_count(history: MemoryHistory) -> None:
    inside, outside = history.commit_all("feat: a", "feat: b")
    items = weighed(history, touching=frozenset({inside}))

    assert (items[inside].verdict, items[outside].verdict) == (
        CommitVerdict.COUNTED,
        CommitVerdict.OUTSIDE,
    )


# Release-As


def asked(
    history: MemoryHistory, policy: Policy = PLAIN, touching: frozenset[str] | None = None
) -> tuple[Version, str] | None:
    return release_as(weighed(history, policy, touching=touching).values())


def test_without_a_footer_no_version_is_asked_for(history: MemoryHistory) -> None:
    assert asked(history) is None


@pytest.mark.parametrize("footer", ["Release-As: 2.0.0", "release-as: v2.0.0", "Release-As #2.0.0"])
def test_a_footer_asks_for_a_version(history: MemoryHistory, footer: str) -> None:
    commit = history.commit(f"chore: a\n\n{footer}")

    assert asked(history) == (Version(2, 0, 0), commit)


def test_the_highest_version_asked_for_wins(history: MemoryHistory) -> None:
    _, highest, _ = history.commit_all(
        "a\n\nRelease-As: 2.1.0", "b\n\nRelease-As: 10.0.0", "c\n\nRelease-As: 9.0.0"
    )

    assert asked(history) == (Version(10, 0, 0), highest)


def test_an_ignored_commit_asks_for_nothing(history: MemoryHistory) -> None:
    history.commit("chore: a\n\nRelease-As: 2.0.0")

    assert asked(history, Policy(ignore=Ignore(patterns=("Release-As",)))) is None


def test_a_reverted_commit_asks_for_nothing(history: MemoryHistory) -> None:
    history.revert(history.commit("chore: a\n\nRelease-As: 2.0.0"))

    assert asked(history) is None


def test_a_cherry_pick_of_what_is_released_asks_for_nothing(history: MemoryHistory) -> None:
    history.commit(f"feat: a\n\nRelease-As: 2.0.0\n(cherry picked from commit {ID})")

    assert release_as(weighed(history, released={ID: "feat: a"}).values()) is None


def test_a_commit_outside_the_package_asks_for_nothing(history: MemoryHistory) -> None:
    history.commit("chore: a\n\nRelease-As: 2.0.0")

    assert asked(history, touching=frozenset()) is None


def test_a_footer_that_names_no_version_is_an_error_that_names_the_commit(
    history: MemoryHistory,
) -> None:
    commit = history.commit("chore: a\n\nRelease-As: next")

    with pytest.raises(RepositoryError, match=f"commit {commit[:10]} names no version: 'next'"):
        asked(history)


# Release commits


def test_a_release_commit_is_none_of_what_it_releases(history: MemoryHistory) -> None:
    history.commit("feat(release): 1.0.0\n\nTagboat-Tag: v1.0.0\n")

    assert last(history).verdict is CommitVerdict.RELEASE


def test_a_commit_that_only_speaks_of_the_trailer_counts(history: MemoryHistory) -> None:
    history.commit("feat: read Tagboat-Tag\n\nThe trailer `Tagboat-Tag: v1` is read.\n")

    assert last(history).verdict is CommitVerdict.COUNTED


# What is missed


def lost(history: MemoryHistory, policy: Policy = PLAIN) -> list[str]:
    """What does not count in a history, breaking lines first."""
    found = missed(assess(history.graph(), policy), policy)
    return [line for one in found for line in (*one.breaking, *one.others)]


@pytest.mark.parametrize(
    "header",
    [
        "feat : x",
        "feat:x",
        "feat(): x",
        "feat (a): x",
        "feat!(a): x",
        "feat\uff1a x",
        "\u2728 feat!: x",
        ":sparkles: feat: x",
        "[A-1] feat: x",
        "A-1: feat: x",
        "feat(a)(b): x",
        "feat/a: x",
        "[fix] x",
        "feat add x",
        "fix(a) x",
        "Fix - x",
        "refactor !: x",
        "fature: x",
        "feats(a): x",
        "hotfix: x",
        "Bugfix: x",
        "feat(a):",
        "fixup!: x",
        "squash!: feat: x",
        "revert 'feat: x'",
        "(feat): x",
        "(fix) x",
        "[feat](a): x",
        "**feat**: x",
        "`fix`(a): x",
        "*Fix*: x",
        "feat- x",
        "fix -- x",
        "Fix; x",
        "fix \u2192 x",
        "fix/some-branch",
        "fix #12: x",
        "feat((a b)): x",
        "fix-api: x",
        "feat_api: x",
        "api(feat): x",
        "feat",
        "feat!",
        "fix(a)",
        "bug: x",
        "Added: x",
        "enhancement(a): x",
        "performance: x",
        ":sparkles: x",
        "\u2728 x",
        "\U0001f41b x",
        "docs: a, feat: b",
        "docs: a; fix(b): c",
        "fix: a + feat: b",
    ],
)
def test_what_is_nearly_a_header_is_missed(history: MemoryHistory, header: str) -> None:
    history.commit(header)

    assert lost(history) == [header]


@pytest.mark.parametrize(
    "message",
    [
        "docs: x",
        "docs:x",
        "chore (deps): x",
        "net: x",
        "Fix a typo",
        "Feature flags are read once",
        "fix, x",
        "fixup! feat: x",
        "Merge branch 'feat: x'",
        'Revert "feat: x"',
        "prefer: feathers",
        "Release feature branches (#12)",
        "fix: a\n\n* fix: b",
        "feat!: a\n\n* feat!: b",
        "docs: a\n\n* style: b\n\nfix: #12",
        "fix",
        "Ups!",
        "Done(a)!",
        "fix a: b",
        '"fix" does nothing',
        "Fix --no-verify",
        "fix-up the words",
        "docs-fix: x",
        "chore(feat): x",
        "feat: a, fix: b",
        "docs: a\n\n- Fix the words\n- feature flags are read",
        "docs: a\n\nRelease as soon as 2.0.0 is ready",
        "docs: release as 2.0.0",
        "docs: a\n\n### Release Notes\n\n1. feat: b",
        "docs: a\n\n```\n1. feat: b\n```",
    ],
)
def test_what_is_not_missed(history: MemoryHistory, message: str) -> None:
    history.commit(message)

    assert lost(history) == []


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        ("fix: a\n\n* feat: b\n* fix: c", ["feat: b"]),
        ("fix: a\n\nfeat: b\nfix: c", ["feat: b"]),
        ("docs: a\n\nfix(b): c", ["fix(b): c"]),
        ("a\n\nsome words\n\n* feat: b", ["feat: b"]),
        ("feat: a\n\n* fix!: b", ["fix!: b"]),
        ("docs: a\n\n- feat : b", ["feat : b"]),
        ("docs: a\n\n- (feat): b\n- [fix] c", ["(feat): b", "[fix] c"]),
        ("docs: a\n\n- **feat**: b", ["**feat**: b"]),
        ("a\n\n1. feat: b\n2) fix: c", ["feat: b", "fix: c"]),
        ("a\n\n\u2022 feat: b\n+ fix: c", ["feat: b", "fix: c"]),
        ("a\n\n  * feat: b", ["feat: b"]),
        ("docs: a\n\n1. feat!: b", ["feat!: b"]),
        ("fix: a\n\n1. feat: b\n2. fix: c", ["feat: b"]),
    ],
)
def test_what_asks_for_more_than_its_commit_is_missed(
    history: MemoryHistory, message: str, lines: list[str]
) -> None:
    history.commit(message)

    assert lost(history) == lines


@pytest.mark.parametrize(
    "line",
    [
        "Release As: 2.0.0",
        "release_as: 2.0.0",
        "ReleaseAs: v2.0.0",
        "  Release-As: 2.0.0",
        "Release-As 2.0.0",
        "Release-As:2.0.0",
        "Release-As = 2.0.0",
        "- Release-As: 2.0.0",
        "Release-As: 2.0.0\n\nWith that we leave 1.x.",
    ],
)
def test_what_nearly_asks_for_a_version_is_missed(history: MemoryHistory, line: str) -> None:
    history.commit(f"fix: a\n\n{line}")

    assert lost(history) == [line.partition("\n")[0].strip()]


def test_a_footer_that_asks_for_a_version_is_not_missed(history: MemoryHistory) -> None:
    history.commit("fix: a\n\nRelease-As: 2.0.0")

    assert lost(history) == []


def test_a_type_that_is_configured_means_what_it_says(history: MemoryHistory) -> None:
    history.commit("hotfix: x")

    assert (
        lost(history, Policy(rules=BumpRules(types={"fix": Bump.PATCH, "hotfix": Bump.NONE}))) == []
    )


def test_what_is_nearly_a_configured_type_is_missed(history: MemoryHistory) -> None:
    history.commit("security:x")

    assert lost(history, Policy(rules=BumpRules(types={"security": Bump.PATCH}))) == ["security:x"]


def test_what_is_left_out_is_not_missed(history: MemoryHistory) -> None:
    ignored = history.commit("feat:x")

    assert lost(history, Policy(ignore=Ignore(ids=(ignored,)))) == []


def test_another_convention_has_slips_of_its_own(history: MemoryHistory) -> None:
    history.commit("feat:x")

    assert lost(history, Policy(convention=lambda text, **_: Reading(MessageBody(text), ()))) == []


@pytest.mark.parametrize("body", ["feat!: x", "* feat!: x", "BREAKING CHANGE: x"])
def test_a_merge_that_hides_a_breaking_change_is_named(history: MemoryHistory, body: str) -> None:
    start = history.head
    side = history.commit("wip")
    history.switch(start)
    history.commit("docs: a")
    history.merge(side, f"Merge branch 'side'\n\n{body}")

    assert lost(history) == [body.removeprefix("* ")]


@pytest.mark.parametrize("merged", ["feat!: x", "fix!: y"])
def test_what_merged_commits_say_is_not_missed(history: MemoryHistory, merged: str) -> None:
    start = history.head
    side = history.commit(merged)
    history.switch(start)
    history.commit("docs: a")
    history.merge(side, "Merge pull request #1 from a/b\n\nfeat!: x")

    assert lost(history) == []


def test_a_merge_of_what_was_released_misses_nothing(history: MemoryHistory) -> None:
    released = history.head
    history.commit("docs: a")
    history.merge(released or "", "Merge branch 'side'\n\nfeat: x")

    assert lost(history) == []


def test_a_merge_hides_a_breaking_change_that_no_merged_commit_tells(
    history: MemoryHistory,
) -> None:
    main = history.head
    side = history.commit("fix: a")
    history.switch(main)
    history.merge(side, "Merge branch 'side'\n\n* feat!: b\n")
    assert lost(history) == ["feat!: b"]


def test_a_merge_misses_what_asks_for_more_than_the_commits_it_merged(
    history: MemoryHistory,
) -> None:
    main = history.head
    side = history.commit("fix: a")
    history.switch(main)
    history.merge(side, "Merge branch 'side'\n\n* feat: b\n* fix: c\n")
    assert lost(history) == ["feat: b"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("* fix: keep the map (#3)\n* feat: b (#4)", []),
        ("* fix: keep the map (#3)\n* feat: b", ["feat: b"]),
        ("* fix: keep the map (#3)\n* feat: b\n* fix: c", ["feat: b"]),
        ("* fix: keep the map (#3)\n* feat: b\n* feat: c", []),
        ("* fix: keep the map (#5)\n* feat: b", []),
    ],
)
def test_what_a_squash_repeats_by_its_words_alone_is_named(
    history: MemoryHistory, body: str, named: list[str]
) -> None:
    history.commit(f"Dark mode (#9)\n\n{body}")
    titles = frozenset(("fix: keep the map (#3)", "feat: b", "feat: b (#4)"))
    found = assess(history.graph(), PLAIN, ReleasedMessages(titles=titles))
    assert [line for one in missed(found, PLAIN) for line in one.others] == named


# Rules


def ruled(*rules: ChangeRule, **others: Any) -> Policy:  # noqa: ANN401 - any of its fields
    return Policy(rules=BumpRules(rules=rules), **others)


SHINY = ChangeRule(1, pattern="^:sparkles:", bump=Bump.MINOR, section="added")


def test_an_assessment_says_which_rule_each_of_its_bumps_is_from(history: MemoryHistory) -> None:
    one = ChangeRule(1, scope="deps", bump=Bump.MINOR)
    history.commit("Squash\n\n* fix(deps): a\n* fix: b")
    item = last(history, ruled(one))

    assert (item.bump, [ruling.rule for ruling in item.rulings]) == (Bump.MINOR, [one, None])


def test_a_rule_may_leave_nothing_to_release(history: MemoryHistory) -> None:
    history.commit("fix(deps): a")
    item = last(history, ruled(ChangeRule(1, scope="deps", bump=Bump.NONE)))

    assert (item.verdict, item.bump) == (CommitVerdict.NO_RELEASE, Bump.NONE)


def test_without_rules_there_are_no_rulings(history: MemoryHistory) -> None:
    history.commit("fix: a")

    assert last(history).rulings == ()


def test_a_pattern_alone_makes_a_change_of_any_message(history: MemoryHistory) -> None:
    history.commit(":sparkles: show depths")
    item = last(history, ruled(SHINY))

    assert (item.verdict, item.bump) == (CommitVerdict.COUNTED, Bump.MINOR)
    assert [(one.type, one.description) for one in item.changes] == [("", ":sparkles: show depths")]


def test_what_a_pattern_reads_keeps_its_breaking_notes(history: MemoryHistory) -> None:
    history.commit(":sparkles: show depths\n\nBREAKING CHANGE: in metres")
    item = last(history, ruled(SHINY))

    assert (item.bump, item.changes[0].notes) == (Bump.MAJOR, ("in metres",))
    assert lost(history, ruled(SHINY)) == []


@pytest.mark.parametrize(
    "one",
    [SHINY, ChangeRule(1, type="*", bump=Bump.MINOR), ChangeRule(1, breaking=False, section="a")],
)
def test_other_messages_stay_unconventional(history: MemoryHistory, one: ChangeRule) -> None:
    history.commit("show depths")

    assert last(history, ruled(one, SHINY)).verdict is CommitVerdict.UNCONVENTIONAL


def test_no_pattern_makes_a_change_of_a_merge(history: MemoryHistory) -> None:
    history.merge(history.commit("fix: a"), ":sparkles: merge")

    assert last(history, ruled(SHINY)).verdict is CommitVerdict.MERGE


@pytest.mark.parametrize("bump", [Bump.NONE, Bump.MINOR])
def test_a_rule_says_what_a_revert_asks_for(history: MemoryHistory, bump: Bump) -> None:
    history.commit(f'Revert "feat: a"\n\nThis reverts commit {ID}.')
    policy = ruled(ChangeRule(1, type="revert", bump=bump))

    assert last(history, policy).bump is bump
    assert last(history, ruled(ChangeRule(1, type="docs", bump=bump))).bump is Bump.PATCH


def test_patterns_of_rules_are_limited(history: MemoryHistory) -> None:
    told: list[str] = []

    def within(pattern: str) -> AbstractContextManager[None]:
        told.append(pattern)
        return nullcontext()

    history.commit(":sparkles: a")
    last(history, ruled(SHINY, within=within))
    assert set(told) == {"the pattern of rules '^:sparkles:'"}


@pytest.mark.parametrize(
    "one",
    [
        ChangeRule(1, scope="deps", bump=Bump.PATCH),
        ChangeRule(1, type="chore", bump=Bump.PATCH),
        ChangeRule(1, type="ch*", bump=Bump.PATCH),
    ],
)
def test_what_a_rule_asks_for_in_a_body_is_missed(history: MemoryHistory, one: ChangeRule) -> None:
    history.commit("docs: a\n\n* chore(deps): b")

    assert lost(history, ruled(one)) == ["chore(deps): b"]


def test_what_a_rule_lowers_is_not_missed(history: MemoryHistory) -> None:
    history.commit("docs: a\n\n* fix(deps): b")

    assert lost(history, ruled(ChangeRule(1, scope="deps", bump=Bump.NONE))) == []


def test_an_author_with_brackets_is_one_to_leave_out() -> None:
    commit = Commit(ID, (), "feat: a", 0, "renovate[bot]", "bot@example.org")

    assert Ignore(authors=("*[bot] <*>",)).reason(commit) == "*[bot] <*>"
    assert not Ignore(authors=("*[bot] <*>",)).reason(commit._replace(author_name="Bob"))
