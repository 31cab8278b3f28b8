"""Bumps: what a change asks for, and where that leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.bump.bump import Bump, BumpRules, ZeroRules, bumped
from tagboat.core.changes.change import Change, parse
from tagboat.core.version.version import Version

NUMBERS = st.integers(0, 10**6)
STABLE = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)
LEVELS = st.sampled_from(Bump)
SOME = st.sampled_from([Bump.PATCH, Bump.MINOR, Bump.MAJOR])


def asked(header: str, rules: BumpRules = BumpRules()) -> Bump:  # noqa: B008 - a value
    change = parse(header)
    assert change is not None
    return rules.of(change)


@pytest.mark.parametrize(
    ("header", "bump"),
    [
        ("feat: a", Bump.MINOR),
        ("feature: a", Bump.MINOR),
        ("FIX: a", Bump.PATCH),
        ("perf: a", Bump.PATCH),
        ("docs: a", Bump.NONE),
        ("anything: a", Bump.NONE),
        ("fix!: a", Bump.MAJOR),
        ("docs!: a", Bump.MAJOR),
        ("chore: a\n\nBREAKING CHANGE: b", Bump.MAJOR),
    ],
)
def test_a_change_asks_for_the_bump_of_its_type_unless_it_breaks_something(
    header: str, bump: Bump
) -> None:
    assert asked(header) is bump


def test_types_are_configurable() -> None:
    rules = BumpRules({"docs": Bump.PATCH, "feat": Bump.NONE})

    assert (asked("docs: a", rules), asked("feat: a", rules)) == (Bump.PATCH, Bump.NONE)


@pytest.mark.parametrize("bump", Bump)
def test_a_foreign_convention_decides_by_itself(bump: Bump) -> None:
    change = Change("feat", None, "a", breaking=True, level=str(bump))

    assert BumpRules().of(change) is bump


@pytest.mark.parametrize(
    ("bump", "version"),
    [
        (Bump.NONE, Version(1, 2, 3)),
        (Bump.PATCH, Version(1, 2, 4)),
        (Bump.MINOR, Version(1, 3, 0)),
        (Bump.MAJOR, Version(2, 0, 0)),
    ],
)
def test_a_bump_leads_to_the_next_version_of_its_size(bump: Bump, version: Version) -> None:
    assert bumped(Version(1, 2, 3), bump) == version


@given(STABLE, SOME)
def test_every_bump_leads_upwards(version: Version, bump: Bump) -> None:
    assert bumped(version, bump) > version


@given(STABLE, LEVELS, LEVELS)
def test_a_larger_bump_leads_further(version: Version, one: Bump, other: Bump) -> None:
    assert (bumped(version, one) < bumped(version, other)) == (one < other)


# 0.x


@pytest.mark.parametrize(
    ("bump", "version"),
    [
        (Bump.NONE, "0.4.2"),
        (Bump.PATCH, "0.4.3"),
        (Bump.MINOR, "0.5.0"),
        (Bump.MAJOR, "0.5.0"),
    ],
)
def test_nothing_leaves_0_x_by_itself(bump: Bump, version: str) -> None:
    base = Version(0, 4, 2)

    assert str(bumped(base, BumpRules().at(base, bump))) == version


def test_what_changes_mean_in_0_x_is_configurable() -> None:
    rules = BumpRules(zero=ZeroRules(breaking=Bump.MAJOR, feature=Bump.PATCH))

    assert rules.at(Version(0, 1, 0), Bump.MAJOR) is Bump.MAJOR
    assert rules.at(Version(0, 1, 0), Bump.MINOR) is Bump.PATCH


@given(STABLE.filter(lambda version: version.major > 0), LEVELS)
def test_from_1_0_0_on_a_bump_is_what_it_is(version: Version, bump: Bump) -> None:
    rules = BumpRules(zero=ZeroRules(Bump.PATCH, Bump.NONE))

    assert rules.at(version, bump) is bump
