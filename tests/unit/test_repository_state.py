"""Looking at a repository: its channel, its tags, and never half a history."""

import pytest

from tagboat.core.errors import OutsideError, RepositoryError, UsageError
from tagboat.core.next_version.package import Package
from tagboat.core.version.channel import ChannelRule
from tagboat.ports.git import Remote
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query, RepositoryState
from tests.fakes import MemoryHistory, MemoryRemote

ROOT = Package()
HERE = Query()
OFFLINE = Query(offline=True)
UNSHALLOW = "git fetch --unshallow --tags"


@pytest.fixture
def history() -> MemoryHistory:
    """v0.9.0, a fix, v1.0.0, a feature and two fixes, on main."""
    history = MemoryHistory()
    history.commit("feat: a", tag="v0.9.0")
    history.commit("fix: b")
    history.commit("fix: c", tag="v1.0.0")
    history.commit_all("feat: d", "fix: e", "fix: f")
    return history


def unasked(history: MemoryHistory) -> MemoryRemote:
    """A remote that must not be asked: everything is in the clone."""
    return MemoryRemote(history, history, may_be_asked=False)


def state_of(
    history: MemoryHistory,
    remote: Remote | None = None,
    place: Query = HERE,
    package: Package = ROOT,
) -> RepositoryState:
    finder = BaseFinder(history, remote or unasked(history), package, place)
    return finder.repository_state(history.facts())


def base(repository_state: RepositoryState) -> str:
    return repository_state.since.base.name if repository_state.since.base is not None else ""


# The channel


def test_the_branch_that_is_checked_out_is_the_channel(history: MemoryHistory) -> None:
    history.branch = "next"
    repository_state = state_of(history)

    assert (repository_state.channel.prerelease, repository_state.notes) == ("rc", ())


def test_a_channel_that_is_given_beats_the_branch(history: MemoryHistory) -> None:
    assert state_of(history, place=Query(channel="beta")).channel.prerelease == "beta"


def test_a_detached_head_takes_the_branch_that_is_built(history: MemoryHistory) -> None:
    history.branch = None
    repository_state = state_of(history, place=Query(ci_branch="next"))

    assert (repository_state.channel.branch, repository_state.notes) == ("next", ())


def test_the_branch_beats_what_the_ci_system_says(history: MemoryHistory) -> None:
    assert state_of(history, place=Query(ci_branch="next")).channel.branch == "main"


def test_a_detached_head_without_a_word_counts_as_stable_and_says_so(
    history: MemoryHistory,
) -> None:
    history.branch = None
    repository_state = state_of(history)

    assert repository_state.channel.kind == "stable"
    assert repository_state.notes == (
        "HEAD is detached and no --channel is given: answering for a stable one",
    )


def test_a_branch_that_is_no_channel_counts_as_stable_and_says_so(history: MemoryHistory) -> None:
    history.branch = "topic"
    repository_state = state_of(history)

    assert repository_state.channel.kind == "stable"
    assert repository_state.notes == ("topic is no channel: answering as if it were a stable one",)


def test_the_rules_that_are_given_name_the_channels(history: MemoryHistory) -> None:
    package = Package(channels=(ChannelRule("m*", "beta"),))

    assert state_of(history, package=package).channel.prerelease == "beta"


def test_a_maintenance_channel_has_its_base_below_its_end(history: MemoryHistory) -> None:
    history.branch = "0.x"

    assert base(state_of(history)) == "v0.9.0"


# The tags


def test_the_base_and_the_commits_since_are_found(history: MemoryHistory) -> None:
    repository_state = state_of(history)

    assert base(repository_state) == "v1.0.0"
    assert {commit.title for commit in repository_state.since.commits} == {
        "feat: d",
        "fix: e",
        "fix: f",
    }


def test_a_given_format_decides_which_tags_count(history: MemoryHistory) -> None:
    history.tag("api-v2.0.0")

    assert base(state_of(history, package=Package(tag="v{version}"))) == "v1.0.0"


def test_a_given_format_names_the_package(history: MemoryHistory) -> None:
    history.tag("api-v2.0.0")
    package = Package("api", tag="{name}-v{version}")

    assert base(state_of(history, package=package)) == "api-v2.0.0"


def test_tags_in_python_s_spelling_count_where_the_scheme_is_python_s(
    history: MemoryHistory,
) -> None:
    history.tag("v2.0.0rc1")
    package = Package(tag="v{version}", scheme="pep440")

    assert [str(t.version) for t in state_of(history, package=package).tagging.tags][-1] == (
        "2.0.0-rc.1"
    )


def test_tags_of_several_packages_need_a_choice(history: MemoryHistory) -> None:
    history.tag("api-v2.0.0")
    history.tag("web-v2.0.0")

    with pytest.raises(UsageError, match="several packages"):
        state_of(history)


def test_before_the_first_commit_there_is_nothing() -> None:
    repository_state = state_of(MemoryHistory())

    assert (
        repository_state.since.base,
        repository_state.since.commits,
        repository_state.since.head,
    ) == (None, (), "")


# Clones without tags


def test_a_clone_without_version_tags_asks_its_remote_and_says_so(history: MemoryHistory) -> None:
    clone = history.clone(tags=False)
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert base(repository_state) == "v1.0.0"
    assert repository_state.notes == ("this clone has no version tags: read them from its remote",)


def test_a_clone_with_version_tags_asks_nobody(history: MemoryHistory) -> None:
    assert state_of(history, unasked(history)).notes == ()


def test_tags_that_spell_no_version_are_none(history: MemoryHistory) -> None:
    clone = history.clone(tags=False)
    clone.tag("latest")

    assert base(state_of(clone, MemoryRemote(history, clone))) == "v1.0.0"


def test_a_tag_of_the_remote_that_the_clone_does_not_reach_is_taken_and_no_base(
    history: MemoryHistory,
) -> None:
    clone = history.clone(tags=False)
    history.commit("feat: later", tag="v2.0.0")
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert base(repository_state) == "v1.0.0"
    assert "v2.0.0" in {tag.name for tag in repository_state.tagging.tags}


@pytest.mark.parametrize("has_remote", [True, False])
def test_where_nobody_has_a_version_tag_there_is_no_base(*, has_remote: bool) -> None:
    history = MemoryHistory()
    history.commit("feat: a")
    repository_state = state_of(history, MemoryRemote(history if has_remote else None, history))

    assert (
        base(repository_state),
        len(repository_state.since.commits),
        repository_state.notes,
    ) == ("", 1, ())


def test_a_remote_that_does_not_answer_is_no_remote_without_tags(history: MemoryHistory) -> None:
    clone = history.clone(tags=False)

    with pytest.raises(OutsideError, match="nobody answers"):
        state_of(clone, MemoryRemote(history, clone, is_there=False))


def test_offline_a_clone_without_version_tags_answers_and_says_so(history: MemoryHistory) -> None:
    repository_state = state_of(history.clone(tags=False), place=OFFLINE)

    assert base(repository_state) == ""
    assert repository_state.notes == (
        "this clone has no version tags, and its remote is not asked",
    )


# Clones that do not fetch every tag

NARROW = "this clone does not fetch every tag of its remote"


def narrow_clone(history: MemoryHistory) -> MemoryHistory:
    """A clone of the branch that is checked out, as it is now."""
    clone = history.clone()
    clone.narrow = frozenset({"origin"})
    return clone


def test_a_version_on_a_branch_that_is_not_fetched_is_taken_and_no_base(
    history: MemoryHistory,
) -> None:
    clone = narrow_clone(history)
    history.commit("feat: elsewhere", tag="v1.1.0")
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert base(repository_state) == "v1.0.0"
    assert "v1.1.0" in {tag.name for tag in repository_state.tagging.tags}
    assert repository_state.notes == (f"{NARROW}: asked it, and it has 1 more version tag",)


def test_a_version_that_was_made_here_since_the_clone_is_the_base(history: MemoryHistory) -> None:
    clone = narrow_clone(history)
    history.tag("v1.1.0")
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert base(repository_state) == "v1.1.0"


def test_a_remote_without_more_versions_changes_nothing(history: MemoryHistory) -> None:
    clone = narrow_clone(history)
    history.tag("latest")
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert (base(repository_state), repository_state.notes) == ("v1.0.0", ())


def test_a_tag_that_moved_on_the_remote_counts_as_it_is_here(history: MemoryHistory) -> None:
    clone = narrow_clone(history)
    history.tag("v1.0.0", history.commit("feat: later"))
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert (base(repository_state), repository_state.notes) == ("v1.0.0", ())


def test_offline_a_clone_that_does_not_fetch_every_tag_answers_and_says_so(
    history: MemoryHistory,
) -> None:
    repository_state = state_of(narrow_clone(history), place=OFFLINE)

    assert base(repository_state) == "v1.0.0"
    assert repository_state.notes == (f"{NARROW}, which is not asked for the others",)


def test_a_remote_that_does_not_answer_may_have_more_versions(history: MemoryHistory) -> None:
    clone = narrow_clone(history)

    with pytest.raises(OutsideError, match="nobody answers"):
        state_of(clone, MemoryRemote(history, clone, is_there=False))


def test_the_tags_that_another_remote_keeps_are_not_asked_for(history: MemoryHistory) -> None:
    history.narrow = frozenset({"fork"})

    assert state_of(history, unasked(history)).notes == ()


# Shallow clones


def deep_history(depth: int) -> MemoryHistory:
    """v1.0.0 and a number of fixes."""
    history = MemoryHistory()
    history.commit("feat: a", tag="v1.0.0")
    history.commit_all(*["fix: b"] * depth)
    return history


@pytest.mark.parametrize("tags", [True, False])
def test_a_shallow_clone_is_deepened_until_it_holds_its_base(
    history: MemoryHistory, *, tags: bool
) -> None:
    clone = history.clone(1, tags=tags)
    remote = MemoryRemote(history, clone)
    repository_state = state_of(clone, remote)

    assert (base(repository_state), len(repository_state.since.commits)) == ("v1.0.0", 3)
    assert remote.depths == [200]
    assert repository_state.notes == (
        "this clone is shallow: fetched 200 more commits to find the base",
    )


def test_a_shallow_clone_is_deepened_in_larger_and_larger_steps() -> None:
    history = deep_history(2500)
    clone = history.clone(1)
    remote = MemoryRemote(history, clone)
    repository_state = state_of(clone, remote)

    assert (base(repository_state), len(repository_state.since.commits)) == ("v1.0.0", 2500)
    assert remote.depths == [200, 2000, None]
    assert repository_state.notes[-1] == (
        "this clone is shallow: fetched all of its history to find the base"
    )


def test_a_shallow_clone_without_a_version_anywhere_is_read_to_its_beginning() -> None:
    history = MemoryHistory()
    history.commit_all("feat: a", "fix: b")
    clone = history.clone(1)
    repository_state = state_of(clone, MemoryRemote(history, clone))

    assert (base(repository_state), len(repository_state.since.commits)) == ("", 2)


def test_a_shallow_clone_that_holds_its_base_is_not_deepened(history: MemoryHistory) -> None:
    clone = history.clone(4)
    remote = MemoryRemote(history, clone)
    repository_state = state_of(clone, remote)

    assert (base(repository_state), remote.depths, repository_state.notes) == ("v1.0.0", [], ())


def test_a_shallow_clone_that_holds_only_a_lower_tag_is_deepened() -> None:
    history = MemoryHistory()
    history.commit("feat: a", tag="v2.0.0")
    history.commit("fix: b", tag="v1.9.0")
    history.commit("fix: c")
    clone = history.clone(2)
    remote = MemoryRemote(history, clone)

    assert (base(state_of(clone, remote)), remote.depths) == ("v2.0.0", [200])


def test_higher_prereleases_of_the_remote_deepen_no_shallow_clone(history: MemoryHistory) -> None:
    clone = history.clone(4)
    history.commit("feat: later", tag="v2.0.0-rc.1")
    remote = MemoryRemote(history, clone)
    state_of(clone, remote)

    assert remote.depths == []


def test_a_shallow_clone_that_holds_its_base_and_not_all_since_is_deepened(
    history: MemoryHistory,
) -> None:
    tip = history.head
    history.switch(next(iter(history.commits)))
    side = history.commit_all(*(f"fix: side {number}" for number in range(6)))
    history.switch(tip)
    history.merge(side[-1])
    clone = history.clone(5)
    remote = MemoryRemote(history, clone)
    repository_state = state_of(clone, remote)

    assert "v1.0.0" in {ref.name for ref in history.clone(5).listed()}
    assert {commit.id for commit in repository_state.since.commits} >= set(side)
    assert remote.depths == [200]


def test_offline_a_shallow_clone_without_its_base_is_refused(history: MemoryHistory) -> None:
    with pytest.raises(RepositoryError, match="no more is fetched offline") as error:
        state_of(history.clone(2), place=OFFLINE)
    assert error.value.hint == UNSHALLOW


def test_offline_a_shallow_clone_is_refused_though_it_holds_a_tag(history: MemoryHistory) -> None:
    """A higher version may lie outside it, and so may a tag that was not fetched."""
    with pytest.raises(RepositoryError, match="no more is fetched offline"):
        state_of(history.clone(4), place=OFFLINE)


def test_a_shallow_clone_without_a_remote_is_refused(history: MemoryHistory) -> None:
    clone = history.clone(2)

    with pytest.raises(RepositoryError, match="it has no remote to fetch more from") as error:
        state_of(clone, MemoryRemote(None, clone))
    assert error.value.hint == f"git remote add origin URL && {UNSHALLOW}"


def test_a_shallow_clone_whose_remote_does_not_answer_is_refused(history: MemoryHistory) -> None:
    clone = history.clone(2)

    with pytest.raises(RepositoryError, match="can't be reached: nobody answers") as error:
        state_of(clone, MemoryRemote(history, clone, is_there=False))
    assert error.value.hint == UNSHALLOW


def test_a_shallow_clone_of_a_shallow_remote_is_refused(history: MemoryHistory) -> None:
    origin = history.clone(2)
    clone = origin.clone(1)
    remote = MemoryRemote(origin, clone)

    with pytest.raises(RepositoryError, match="its remote does not have the rest either"):
        state_of(clone, remote)
    assert remote.depths == [200, 2000, None]


def test_a_shallow_clone_without_a_remote_is_refused_though_it_holds_a_base(
    history: MemoryHistory,
) -> None:
    clone = history.clone(4)

    with pytest.raises(RepositoryError, match="it has no remote to fetch more from"):
        state_of(clone, MemoryRemote(None, clone))


def test_higher_tag_that_a_shallow_clone_holds_is_looked_at_in_the_whole_history(
    history: MemoryHistory,
) -> None:
    clone = history.clone(5)
    clone.tag("v2.0.0", "e" * 40)
    remote = MemoryRemote(history, clone)

    assert base(state_of(clone, remote)) == "v1.0.0"
    assert remote.depths == [200]
