"""Base, due commits, bump and next version equal the oracle's."""

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.asked import assert_next_is_right
from tests.oracle.benches import InMemory
from tests.oracle.effort import examples
from tests.oracle.script import Script
from tests.oracle.scripts import (
    FEW_VERSIONS,
    NEAR_VERSIONS,
    PRERELEASE_CHANNELS,
    STABLE_CHANNELS,
    Flavour,
    scripts,
)

ANY_CHANNEL = st.sampled_from((*STABLE_CHANNELS, *PRERELEASE_CHANNELS))


@examples(100)
@given(script=scripts(), channel=st.sampled_from(STABLE_CHANNELS))
def test_stable_and_maintenance_channels(script: Script, channel: str) -> None:
    assert_next_is_right(InMemory(script), channel)


@examples(100)
@given(script=scripts(Flavour(any_dates=True, most_tags=1)))
def test_one_tag_whatever_the_dates_say(script: Script) -> None:
    assert_next_is_right(InMemory(script), "main")


@examples(100)
@given(
    script=scripts(Flavour(versions=NEAR_VERSIONS)), channel=st.sampled_from(PRERELEASE_CHANNELS)
)
def test_prerelease_channels(script: Script, channel: str) -> None:
    assert_next_is_right(InMemory(script), channel)


@examples(100)
@given(script=scripts(Flavour(reverts=True, versions=FEW_VERSIONS)))
def test_reverts(script: Script) -> None:
    assert_next_is_right(InMemory(script), "main")


@examples(100)
@given(script=scripts(Flavour(reverts=True, versions=NEAR_VERSIONS)))
def test_reverts_between_prereleases(script: Script) -> None:
    assert_next_is_right(InMemory(script), "next")


@examples(100)
@given(script=scripts(Flavour(picks=True, versions=NEAR_VERSIONS)), channel=ANY_CHANNEL)
def test_cherry_picks(script: Script, channel: str) -> None:
    assert_next_is_right(InMemory(script), channel)


@examples(50)
@given(
    script=scripts(Flavour(reverts=True, picks=True, versions=FEW_VERSIONS)),
)
def test_reverts_among_cherry_picks(script: Script) -> None:
    assert_next_is_right(InMemory(script), "main")


@examples(50)
@given(script=scripts(Flavour(wishes=True)), channel=st.sampled_from(STABLE_CHANNELS))
def test_versions_that_commits_ask_for(script: Script, channel: str) -> None:
    assert_next_is_right(InMemory(script), channel)


@examples(50)
@given(
    script=scripts(Flavour(wishes=True)),
    channel=st.sampled_from(STABLE_CHANNELS),
    places=st.sets(st.integers(0, 20), min_size=1),
)
def test_commits_that_the_configuration_ignores(
    script: Script, channel: str, places: set[int]
) -> None:
    made = InMemory(script)
    ignored = tuple(made.ids[at] for at in sorted(places) if at < len(made.ids))
    assert_next_is_right(made, channel, ignored)
