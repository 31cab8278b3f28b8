"""A history in memory is the repository that git has of it, for the oracle and for tagboat."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.commits.commit import Visit
from tests.oracle.asked import assert_next_is_right
from tests.oracle.benches import InGit, InMemory, remembered
from tests.oracle.conftest import MakeScript
from tests.oracle.effort import examples
from tests.oracle.history import read, told
from tests.oracle.script import Script
from tests.oracle.scripts import (
    NEAR_VERSIONS,
    PRERELEASE_CHANNELS,
    STABLE_CHANNELS,
    Flavour,
    scripts,
)

EVERYTHING = Flavour(reverts=True, picks=True, versions=NEAR_VERSIONS)
CHANNELS = st.sampled_from((*STABLE_CHANNELS, *PRERELEASE_CHANNELS))


@examples(20)
@given(script=scripts(EVERYTHING))
def test_the_oracle_reads_the_same(written: MakeScript, script: Script) -> None:
    git, memory = read(written(script).path), told(script)
    assert git.commits == memory.commits
    assert sorted(git.releases) == sorted(memory.releases)
    assert all(git.ancestors(commit) == memory.ancestors(commit) for commit in git.commits)


@examples(20)
@given(script=scripts(EVERYTHING))
def test_tagboat_reads_the_same(written: MakeScript, script: Script) -> None:
    made, memory = written(script), remembered(script)
    assert InMemory(script).ids == made.ids
    git = InGit(made).adapters("main").history
    ours, theirs = git.facts(), memory.facts()
    assert ours._replace(tags=()) == theirs._replace(tags=())
    assert sorted(ours.tags) == sorted(theirs.tags)
    assert git.tag_times() == memory.tag_times()
    assert git.messages(made.ids) == memory.messages(made.ids)
    assert git.authors(made.head) == memory.authors(made.head)
    assert _sorted(git.walk(made.head)) == _sorted(memory.walk(made.head))
    tagged = sorted({tag.commit for tag in ours.tags})
    assert git.ancestors(tagged, made.head) == memory.ancestors(tagged, made.head)
    assert git.not_ancestors(tagged, made.head) == memory.not_ancestors(tagged, made.head)
    for base in tagged[:2]:
        assert _sorted(git.walk(made.head, [base], edges=True)) == _sorted(
            memory.walk(made.head, [base], edges=True)
        )


@examples(30)
@given(script=scripts(EVERYTHING), channel=CHANNELS)
def test_next_is_right_in_git(written: MakeScript, script: Script, channel: str) -> None:
    assert_next_is_right(InGit(written(script)), channel)


@examples(30)
@given(script=scripts(Flavour(any_dates=True, most_tags=1)))
def test_next_is_right_in_git_whatever_the_dates_say(written: MakeScript, script: Script) -> None:
    assert_next_is_right(InGit(written(script)), "main")


def _sorted(visits: Iterable[Visit]) -> list[Visit]:
    return sorted(visits, key=lambda visit: visit.commit.id)
