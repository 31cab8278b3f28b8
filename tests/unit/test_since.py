"""Finding the base of a release and the commits since, without reading more than is needed."""

from collections.abc import Iterable, Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.commits.commit import Visit
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version
from tagboat.use_cases.next_version.commit_range import CommitRange, since_base
from tests.fakes import MemoryHistory


class ByDates(MemoryHistory):
    """A history whose walks go by dates and take some released commits for new."""

    taken_for_new: frozenset[str] = frozenset()
    questions = 0

    def walk(
        self, include: str, exclude: Sequence[str] = (), *, edges: bool = False
    ) -> Iterator[Visit]:
        for visit in super().walk(include, exclude, edges=edges):
            if visit.commit.id not in self.taken_for_new:
                yield visit
        if exclude:
            yield from (Visit(self.commits[one], is_boundary=False) for one in self.taken_for_new)

    def independent(self, commits: Iterable[str]) -> set[str]:
        self.questions += 1
        return super().independent(list(commits))


def candidates(history: MemoryHistory) -> list[VersionTag]:
    return [
        VersionTag(name, Version.parse(name.removeprefix("v")), commit)
        for name, commit in history.refs.items()
    ]


def found(history: MemoryHistory) -> CommitRange:
    assert history.head is not None
    return since_base(history, history.head, candidates(history))


def base(history: MemoryHistory) -> str:
    tag = found(history).base
    return tag.name if tag is not None else ""


def titles(history: MemoryHistory) -> list[str]:
    return sorted(commit.title for commit in found(history).commits)


@st.composite
def histories(draw: st.DrawFn) -> MemoryHistory:
    """A history of merges, with versions on any commits, and HEAD anywhere."""
    history = MemoryHistory()
    for number in range(draw(st.integers(1, 14))):
        earlier = list(history.commits)
        history.switch(draw(st.sampled_from(earlier)) if earlier else None)
        merged = draw(st.sets(st.sampled_from(earlier), max_size=2)) if earlier else set()
        history.commit(f"feat: {number}", *sorted(merged - {history.head}))
    every = st.sampled_from(sorted(history.commits))
    for patch in draw(st.lists(st.integers(0, 20), unique=True, max_size=6)):
        history.tag(f"v1.0.{patch}", draw(every))
    history.switch(draw(every))
    history.non_ancestors = frozenset(draw(st.sets(every)))
    return history


@given(histories())
def test_the_base_is_the_highest_version_among_the_ancestors(history: MemoryHistory) -> None:
    since = found(history)
    inside = [
        tag for tag in candidates(history) if tag.commit in history.reachable_from(since.head)
    ]

    assert since.base == max(inside, key=lambda tag: tag.version, default=None)


@given(histories())
def test_the_commits_are_those_that_the_base_does_not_reach(history: MemoryHistory) -> None:
    since = found(history)
    below = history.reachable_from(since.base.commit) if since.base is not None else frozenset()

    assert {one.id for one in since.commits} == history.reachable_from(since.head) - below
    assert len(since.commits) == len({one.id for one in since.commits})


def test_without_tags_everything_came_since() -> None:
    history = MemoryHistory()
    history.commit_all("a", "b")

    assert (base(history), titles(history)) == ("", ["a", "b"])


def test_on_the_tag_itself_nothing_came_since() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")

    assert (base(history), titles(history), history.walks) == ("v1.0.0", [], [])


def test_in_a_plain_history_only_the_commits_since_are_walked() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v1.0.0")
    tagged = history.commit("b", tag="v1.1.0")
    head = history.commit("c")
    found(history)

    assert history.walks == [(head, (tagged,))]


def test_a_tag_on_a_merged_side_branch_is_a_base() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    side = history.commit("b", tag="v1.1.0")
    history.switch(root)
    history.commit("c")
    history.merge(side, "merge")

    assert (base(history), titles(history)) == ("v1.1.0", ["c", "merge"])


def test_the_highest_version_counts_and_not_the_nearest() -> None:
    history = MemoryHistory()
    history.commit("a", tag="v2.0.0")
    history.commit("b", tag="v1.9.0")
    history.commit("c")

    assert (base(history), titles(history)) == ("v2.0.0", ["b", "c"])


def test_higher_versions_elsewhere_do_not_count() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    history.commit("b", tag="v2.0.0")
    history.switch(root)
    history.commit("c")

    assert (base(history), titles(history)) == ("v1.0.0", ["c"])


def test_where_all_versions_are_elsewhere_everything_came_since() -> None:
    history = MemoryHistory()
    root = history.commit("a")
    history.commit("b", tag="v2.0.0")
    history.switch(root)
    history.commit("c")

    assert (base(history), titles(history)) == ("", ["a", "c"])


def test_a_higher_version_far_behind_a_lower_one_is_found() -> None:
    history = MemoryHistory()
    root = history.commit("a")
    history.commit("elsewhere", tag="v3.0.0")
    history.switch(root)
    history.commit("b", tag="v2.0.0")
    history.commit_all(*(f"c{number}" for number in range(150)))
    history.commit("d", tag="v1.0.0")
    history.commit("e")

    assert (base(history), len(found(history).commits)) == ("v2.0.0", 152)


def test_of_two_versions_on_one_commit_the_higher_is_the_base() -> None:
    history = MemoryHistory()
    root = history.commit("a")
    history.commit("elsewhere", tag="v3.0.0")
    history.switch(root)
    history.commit("b", tag="v1.0.1")
    history.tag("v1.0.0")
    history.commit("c")

    assert base(history) == "v1.0.1"


def test_a_tag_that_is_known_to_be_elsewhere_is_not_looked_for() -> None:
    history = MemoryHistory()
    root = history.commit("a", tag="v1.0.0")
    elsewhere = history.commit("b", tag="v2.0.0")
    history.switch(root)
    head = history.commit("c")
    history.non_ancestors = frozenset({elsewhere})

    assert base(history) == "v1.0.0"
    assert history.walks == [(head, (root,))]


def test_where_every_tag_is_known_to_be_elsewhere_everything_came_since() -> None:
    history = MemoryHistory()
    root = history.commit("a")
    history.non_ancestors = frozenset({history.commit("b", tag="v1.0.0"), history.commit("c")})
    history.tag("v2.0.0")
    history.switch(root)

    assert (base(history), titles(history)) == ("", ["a"])


def test_what_the_base_reaches_is_not_new_whatever_a_walk_says() -> None:
    history = ByDates()
    old = history.commit("feat: old")
    history.commit("feat: released", tag="v1.0.0")
    history.merge(old)
    history.taken_for_new = frozenset({old})

    assert titles(history) == ["Merge branch 'side'"]


def test_nothing_more_is_asked_where_all_lines_begin_at_the_base() -> None:
    history = ByDates()
    history.commit("feat: old")
    history.commit("feat: released", tag="v1.0.0")
    start = history.head
    side = history.commit("fix: a")
    history.switch(start)
    history.commit("fix: b")
    history.merge(side)

    assert (len(titles(history)), history.questions) == (3, 0)
