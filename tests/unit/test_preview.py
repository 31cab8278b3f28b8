"""From a repository to its next version, and to what a released version should have been."""

import pytest

from tagboat.core.bump.assess import CommitVerdict
from tagboat.core.bump.bump import Bump
from tagboat.core.errors import RepositoryError, UsageError
from tagboat.core.next_version.next_version import NextVersion, VersionOverride
from tagboat.core.next_version.package import Package
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.next_version import ignored_base, preview, released_tag, review
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query, tagging_of
from tests.fakes import MemoryHistory, MemoryRemote

ROOT = Package()
NO_WISH = VersionOverride()


@pytest.fixture
def history() -> MemoryHistory:
    """v1.0.0 on main."""
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    return history


def decided(
    history: MemoryHistory,
    override: VersionOverride = NO_WISH,
    title: str = "",
    package: Package = ROOT,
    channel: str = "",
) -> NextVersion:
    finder = BaseFinder(history, MemoryRemote(None, history), package, Query(channel=channel))
    return preview(finder, history.facts(), override, title)[0]


def version(history: MemoryHistory, channel: str = "", title: str = "") -> str:
    """The version that is due on a channel; of HEAD's branch where none is named."""
    release = decided(history, title=title, channel=channel)
    return str(release.version) if release.due else "nothing"


# The next version


def test_the_changes_since_the_base_make_the_next_version(history: MemoryHistory) -> None:
    history.commit_all("fix: b", "feat: c")

    assert version(history) == "1.1.0"


def test_on_the_tag_nothing_is_due(history: MemoryHistory) -> None:
    release = decided(history)

    assert (release.due, str(release.version), release.tag) == (False, "1.0.0", "v1.0.0")


@pytest.mark.parametrize(("offline", "right"), [(False, "1.1.0"), (True, "1.0.0")])
def test_a_stable_version_that_took_in_a_channel_is_fetched_where_a_clone_lacks_it(
    history: MemoryHistory, *, offline: bool, right: str
) -> None:
    history.branch = "next"
    clone = history.clone(tags=False)
    history.commit("feat: b", tag="v1.1.0")
    place = Query(offline=offline, channel="next")
    if offline:
        clone.tag("v1.0.0")
    finder = BaseFinder(clone, MemoryRemote(history, clone), ROOT, place)

    release = preview(finder, clone.facts())[0]

    assert (str(release.version), release.due) == (right, False)


def test_what_a_person_wishes_is_passed_on(history: MemoryHistory) -> None:
    assert str(decided(history, VersionOverride(bump=Bump.MAJOR)).version) == "2.0.0"


def test_notes_on_the_repository_are_passed_on(history: MemoryHistory) -> None:
    history.branch = "topic"
    finder = BaseFinder(history, MemoryRemote(None, history), ROOT, Query())

    assert preview(finder, history.facts())[1] == (
        "topic is no channel: answering as if it were a stable one",
    )


def test_a_package_with_paths_counts_what_touches_them(history: MemoryHistory) -> None:
    history.commit("feat: b", path="web/b")
    history.commit("fix: c", path="api/c")
    package = Package(paths=("api",))

    assert str(decided(history, package=package).version) == "1.0.1"


def test_a_package_with_paths_has_a_first_version(history: MemoryHistory) -> None:
    history.refs.clear()
    history.commit("fix: c", path="api/c")

    assert str(decided(history, package=Package(paths=("api",))).version) == "0.1.0"


def test_a_package_with_paths_on_its_tag_is_not_due(history: MemoryHistory) -> None:
    assert not decided(history, package=Package(paths=("api",))).due


def test_the_revert_of_a_released_commit_is_a_patch(history: MemoryHistory) -> None:
    assert history.head is not None
    history.revert(history.head)

    assert version(history) == "1.0.1"


def test_a_cherry_pick_of_a_released_commit_is_nothing(history: MemoryHistory) -> None:
    assert history.head is not None
    history.cherry_pick(history.head)

    assert version(history) == "nothing"


def test_a_cherry_pick_of_an_unreleased_commit_elsewhere_counts(history: MemoryHistory) -> None:
    root = history.head
    elsewhere = history.commit("feat: b")
    history.switch(root)
    history.cherry_pick(elsewhere)

    assert version(history) == "1.1.0"


def test_before_the_first_version_a_named_commit_may_be_anywhere(history: MemoryHistory) -> None:
    history.refs.clear()
    history.commit(f"fix: b\n\n(cherry picked from commit {'f' * 40})")

    assert version(history) == "0.1.0"


# What if


def test_a_title_counts_as_if_it_were_merged(history: MemoryHistory) -> None:
    history.commit("fix: b")

    assert version(history, title="feat: c") == "1.1.0"


def test_a_title_alone_makes_a_release_due(history: MemoryHistory) -> None:
    assert version(history, title="fix: c") == "1.0.1"


def test_a_title_that_releases_nothing_changes_nothing(history: MemoryHistory) -> None:
    assert version(history, title="docs: c") == "nothing"


def test_a_title_may_be_the_first_commit() -> None:
    assert version(MemoryHistory(), title="feat: a") == "0.1.0"


def test_a_title_may_revert_what_is_there(history: MemoryHistory) -> None:
    history.commit("feat: b")

    assert version(history, title='Revert "feat: b"') == "nothing"


def test_a_title_comes_after_the_newest_prerelease(history: MemoryHistory) -> None:
    history.commit("feat: b", tag="v1.1.0-rc.1")

    assert version(history, "next", title="fix: c") == "1.1.0-rc.2"


def test_a_title_on_a_package_with_paths_is_outside_of_it(history: MemoryHistory) -> None:
    history.commit("fix: b", path="api/b")
    release = decided(history, title="feat: c", package=Package(paths=("api",)))

    assert release.assessed.assessments[-1].verdict is CommitVerdict.OUTSIDE


# Prereleases


def test_being_due_counts_from_the_newest_prerelease(history: MemoryHistory) -> None:
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.commit("docs: c")

    assert version(history, "next") == "nothing"


def test_the_bump_counts_from_the_last_stable_version(history: MemoryHistory) -> None:
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.commit("fix: c")

    assert version(history, "next") == "1.1.0-rc.2"


def test_prereleases_of_another_token_do_not_count(history: MemoryHistory) -> None:
    history.commit("feat: b", tag="v1.1.0-beta.1")

    assert version(history, "next") == "1.1.0-rc.1"


def test_a_reverted_feature_does_not_lower_the_prerelease(history: MemoryHistory) -> None:
    history.commit("fix: b")
    history.revert(history.commit("feat: c", tag="v1.1.0-rc.1"))

    assert version(history, "next") == "1.1.0-rc.2"


def test_prereleases_elsewhere_are_numbers_and_no_newest(history: MemoryHistory) -> None:
    root = history.head
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.switch(root)
    history.commit("feat: c")
    release = decided(history, channel="next")

    assert str(release.version) == "1.1.0-rc.2"
    assert release.assessed.newest == release.assessed.base


def test_the_newest_prerelease_may_stand_on_a_merged_line(history: MemoryHistory) -> None:
    root = history.head
    side = history.commit("feat: b", tag="v1.1.0-rc.1")
    history.switch(root)
    history.commit("docs: c")
    history.merge(side)

    assert version(history, "next") == "nothing"


def test_a_prerelease_on_the_commit_of_its_base_counts(history: MemoryHistory) -> None:
    history.tag("v1.1.0-rc.1")
    history.commit("fix: b")

    assert version(history, "next") == "1.1.0-rc.2"


def test_a_prerelease_beside_the_base_makes_what_the_base_brought_due(
    history: MemoryHistory,
) -> None:
    root = history.head
    prerelease = history.commit("feat: b", tag="v1.2.0-rc.1")
    history.switch(root)
    history.commit("fix: c", tag="v1.0.1")
    history.merge(prerelease)

    assert version(history, "next") == "1.2.0-rc.2"


def test_a_prerelease_before_any_stable_version(history: MemoryHistory) -> None:
    history.refs.clear()
    history.tag("v0.1.0-rc.1")
    history.commit("fix: b")

    assert version(history, "next") == "0.1.0-rc.2"


def test_promoting_covers_all_prereleases(history: MemoryHistory) -> None:
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.commit("fix: c", tag="v1.1.0-rc.2")
    release = decided(history)

    assert str(release.version) == "1.1.0"
    assert len(release.assessed.assessments) == 2


def test_what_is_stable_is_not_due_as_a_prerelease(history: MemoryHistory) -> None:
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.tag("v1.1.0")

    assert version(history, "next") == "nothing"


# Reviewing what was released


@pytest.mark.parametrize(
    ("tag", "decision"), [("v1.1.0", "1.1.0"), ("v1.1.0-rc.1", "1.1.0-rc.1"), ("v1.0.0", "0.1.0")]
)
def test_a_released_version_is_decided_again(
    history: MemoryHistory, tag: str, decision: str
) -> None:
    history.commit("feat: b", tag="v1.1.0-rc.1")
    history.commit("fix: c", tag="v1.1.0")
    history.commit("feat: d", tag="v1.2.0")
    release, released = review(history, ROOT, history.facts(), tag)

    assert (str(release.version), released.name) == (decision, tag)


def test_a_review_tells_where_a_version_differs_from_the_rules(history: MemoryHistory) -> None:
    history.commit("fix: b", tag="v2.0.0")
    release, released = review(history, ROOT, history.facts(), "2.0.0")

    assert (str(release.version), str(released.version)) == ("1.0.1", "2.0.0")


def test_a_review_names_the_version_that_was_taken_elsewhere(history: MemoryHistory) -> None:
    start = history.head
    history.commit("feat: b", tag="v1.1.0")
    history.switch(start)
    history.commit("feat: b", tag="v1.1.1")
    release, _ = review(history, ROOT, history.facts(), "1.1.1")

    assert str(release.version) == "1.1.0"
    assert release.origin == "minor bump from v1.0.0; v1.1.0 is no ancestor"


@pytest.mark.parametrize(
    ("package", "strange"),
    [
        (ROOT._replace(tag="app-v{version}"), ("v1.0.0",)),
        (ROOT._replace(tag="app-v{version}", paths=("app",)), ()),
        (ROOT._replace(tag="{name}-v{version}", name="app"), ()),
    ],
)
def test_a_format_with_a_name_passes_no_tag_without_one_in_silence_where_all_is_one_package(
    history: MemoryHistory, package: Package, strange: tuple[str, ...]
) -> None:
    history.commit("feat: a", tag="v1.0.0")
    assert tagging_of(history, package, history.listed()).strange == strange


@pytest.mark.parametrize("text", ["v1.0.0", "1.0.0"])
def test_a_version_is_named_with_and_without_v(history: MemoryHistory, text: str) -> None:
    tagging = tagging_of(history, ROOT, history.listed())

    assert released_tag(tagging, text).name == "v1.0.0"


def test_a_tag_s_own_name_beats_the_usual_spelling(history: MemoryHistory) -> None:
    history.commit("fix: b", tag="1.0.0")
    history.tag("v1.0.1")
    tagging = tagging_of(history, ROOT, history.listed())

    assert [released_tag(tagging, text).name for text in ("1.0.0", "v1.0.0")] == ["1.0.0", "v1.0.0"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("1.0.1", "no tag spells version 1.0.1"), ("first", "'first' is not a semantic version")],
)
def test_a_version_without_a_tag_is_an_error(
    history: MemoryHistory, text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        review(history, ROOT, history.facts(), text)
    assert error.value.hint == "see `tagboat version list`"


# Prereleases ahead of a stable channel


def published(*steps: str) -> MemoryHistory:
    """A history of commits; a step that begins with ``v`` tags the last one."""
    history = MemoryHistory()
    for step in steps:
        if step.startswith("v"):
            history.tag(step)
        else:
            history.commit(step)
    return history


@pytest.mark.parametrize(
    ("steps", "next_version"),
    [
        (["feat: a", "v2.0.0-beta.1", "feat: b"], "2.0.0"),
        (["feat: a", "v5.1.0", "feat: b", "v6.0.0-rc.29", "fix: c"], "6.0.0"),
        (["feat: a", "v1.0.0", "feat: b", "v1.1.0-rc.1", "feat!: c"], "2.0.0"),
        (["feat: a", "v2.0.0-rc.1", "fix: b", "v1.9.0", "fix: c"], "2.0.0"),
        (["feat: a", "v1.0.0", "fix: b", "v1.1.0-dev", "fix: c"], "1.0.1"),
        (["feat: a", "v1.0.0", "fix: b", "v1.1.0-SNAPSHOT", "fix: c"], "1.0.1"),
        (["feat: a", "v1.0.0", "v1.0.0-rc.1", "fix: c"], "1.0.1"),
        (["feat: a", "v1.0.0", "fix: b\n\nRelease-As: 1.5.0", "v2.0.0-rc.1", "fix: c"], "2.0.0"),
    ],
)
def test_a_stable_version_is_not_below_a_prerelease_that_head_has(
    steps: list[str], next_version: str
) -> None:
    assert version(published(*steps)) == next_version


def test_a_maintenance_branch_goes_on_below_a_prerelease() -> None:
    history = published("feat: a", "v10.0.0", "feat!: b", "v11.0.0-next.0", "fix: c")

    with pytest.raises(RepositoryError, match="releases only"):
        version(history, "10.0.x")
    assert (
        version(published("feat: a", "v10.0.0", "v11.0.0-next.0", "fix: b"), "10.0.x") == "10.0.1"
    )


def test_a_prerelease_elsewhere_does_not_lift_a_stable_version(history: MemoryHistory) -> None:
    start = history.head
    history.commit("feat!: b", tag="v2.0.0-rc.1")
    history.switch(start)
    history.commit("fix: c")

    assert version(history) == "1.0.1"


def test_a_person_may_ask_for_less_than_a_prerelease_and_is_warned() -> None:
    history = published("feat: a", "v1.0.0", "feat: b", "v2.0.0-rc.1", "fix: c")
    release = decided(history, VersionOverride(version=Version(1, 1, 0)))

    assert (str(release.version), release.warning) == (
        "1.1.0",
        "--as 1.1.0 is below v2.0.0-rc.1, which this branch has",
    )


# Tags that are spelled in another way


@pytest.mark.parametrize(
    ("steps", "next_version"),
    [
        (["feat: a", "v2.5.2", "feat: b", "v2.12", "feat: c"], "2.13.0"),
        (["feat: a", "v2.5.2", "feat: b", "v2.6.0", "v2.6", "feat: c"], "2.7.0"),
        (["feat: a", "v5.1.0", "feat: b", "v6.0.0-final", "fix: c"], "5.2.0"),
        (["feat: a", "v1.5.0", "feat: b", "v2024.10.01", "fix: c"], "1.6.0"),
        (["feat: a", "v1.5.0", "feat: b", "vx-9.0.0", "fix: c"], "nothing"),
    ],
)
def test_which_tags_count(steps: list[str], next_version: str) -> None:
    if next_version == "nothing":
        with pytest.raises(UsageError, match="several packages"):
            version(published(*steps))
    else:
        assert version(published(*steps)) == next_version


@pytest.mark.parametrize("name", ["v2024.10.01", "v.1.2.3", "v6.0.0-final", "v1.2.3.4", "v3"])
def test_no_first_version_is_believed_beside_what_looks_like_one(name: str) -> None:
    with pytest.raises(RepositoryError, match=f"{name} looks like a version and is none") as error:
        decided(published("feat: a", name, "fix: b"))
    assert error.value.hint


def test_a_person_may_ask_for_a_first_version_beside_what_looks_like_one() -> None:
    release = decided(
        published("feat: a", "ver1.2.3", "fix: b"), VersionOverride(version=Version(1, 2, 4))
    )

    assert (str(release.version), release.tagging.strange) == ("1.2.4", ("ver1.2.3",))


# Two tags of one version


@pytest.mark.parametrize(
    ("first", "second"),
    [("v1.0.0", "1.0.0"), ("1.0.0", "v1.0.0"), ("v1.0.0+1", "v1.0.0+2"), ("v1.0.0+2", "v1.0.0+1")],
)
def test_the_later_of_two_tags_of_a_version_counts(first: str, second: str) -> None:
    history = MemoryHistory()
    for message, name in (("feat: a", first), ("feat: b", second), ("fix: c", "")):
        history.commit(message, tag=name)
    release = decided(history)

    assert (str(release.version), release.assessed.base and release.assessed.base.name) == (
        "1.0.1",
        second,
    )
    assert [tag.name for tag in release.tagging.others] == [first]
    assert f"{second} counts, the later one" in release.tagging.notes[0]


def test_of_two_tags_of_a_version_the_one_that_head_has_counts() -> None:
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    start = history.head
    history.commit("feat: b", tag="1.0.0")
    history.switch(start)
    history.commit("fix: c")

    assert version(history) == "1.0.1"


def test_two_tags_of_a_version_on_one_commit_are_no_news() -> None:
    history = published("feat: a", "v1.0.0", "fix: b")
    history.tag("1.0.0", next(iter(history.commits)))

    assert decided(history).tagging.notes == ()


# Ignored tags


def ignoring(*patterns: str) -> Package:
    return Package(ignored_tags=patterns)


def test_an_ignored_tag_is_no_base(history: MemoryHistory) -> None:
    history.commit("fix: b", tag="v2.0.0")
    history.commit("fix: c")
    release = decided(history, package=ignoring("v2.*"))
    base = release.assessed.base
    assert (str(release.version), base and base.name) == ("1.0.1", "v1.0.0")


def test_an_ignored_tag_that_would_be_the_base_is_named(history: MemoryHistory) -> None:
    history.commit("fix: b", tag="v2.0.0")
    history.commit("fix: c")
    facts = history.facts()
    found = [
        ignored_base(history, facts, decided(history, package=ignoring(pattern)))
        for pattern in ("v2.*", "v[^1]*", "v3*", "v0*")
    ]
    assert [tag and tag.name for tag in found] == ["v2.0.0", "v2.0.0", None, None]


def test_an_ignored_tag_below_the_base_is_not_named(history: MemoryHistory) -> None:
    history.commit("fix: b", tag="v0.9.0")
    release = decided(history, package=ignoring("v0*"))
    assert ignored_base(history, history.facts(), release) is None


def test_an_ignored_tag_of_another_branch_is_not_named(history: MemoryHistory) -> None:
    top = history.head
    history.commit("fix: b", tag="v2.0.0")
    history.switch(top)
    history.commit("fix: c")
    release = decided(history, package=ignoring("v2*"))
    assert ignored_base(history, history.facts(), release) is None


def test_the_only_tag_may_be_ignored(history: MemoryHistory) -> None:
    package = ignoring("v1.*")._replace(scheme="pep440")
    release = decided(history, package=package)
    named = ignored_base(history, history.facts(), release)
    assert (str(release.version), named and named.name) == ("0.1.0", "v1.0.0")


def test_a_release_whose_own_tag_is_ignored_is_refused(history: MemoryHistory) -> None:
    history.commit("feat!: b")
    with pytest.raises(RepositoryError, match=r"v2\.0\.0 fits 'v2\.\*' of ignore\.tags"):
        decided(history, package=ignoring("v2.*"))
