"""Bumps: what a change asks for, and where that leads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.bump.bump import Bump, BumpRules, ChangeRule, Ruling, ZeroRules, bumped
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


# Rules


def rule(number: int = 1, **said: Any) -> ChangeRule:  # noqa: ANN401 - any of its fields
    return ChangeRule(number, **said)


def ruled(message: str, *rules: ChangeRule, level: str | None = None) -> Ruling:
    change = parse(message)
    assert change is not None
    return BumpRules(rules=rules).ruling(change._replace(level=level))


@pytest.mark.parametrize(
    ("said", "message", "fits"),
    [
        ({"type": "chore"}, "chore(deps): a", True),
        ({"type": "CHORE"}, "chore: a", True),
        ({"type": "chore"}, "fix: a", False),
        ({"type": "c*"}, "ci: a", True),
        ({"scope": "deps*"}, "fix(Deps-Dev): a", True),
        ({"scope": "dep?"}, "fix(deps): a", True),
        ({"scope": "deps"}, "fix(deps-dev): a", False),
        ({"scope": "deps"}, "fix: a", False),
        ({"scope": "[ab]"}, "fix(a): b", False),
        ({"scope": "[ab]"}, "fix([ab]): b", True),
        ({"pattern": r"^docs\(readme\)"}, "docs(readme): a", True),
        ({"pattern": r"^docs\(readme\)"}, "docs(README): a", False),
        ({"pattern": "(?m)^Area: ui"}, "fix: a\n\nArea: ui", True),
        ({"type": "chore", "scope": "deps"}, "chore(api): a", False),
        ({"breaking": True, "bump": Bump.NONE}, "fix: a", False),
        ({"breaking": False}, "fix: a", True),
    ],
)
def test_a_rule_is_about_changes_that_fit_all_that_it_says(
    said: dict[str, Any], message: str, *, fits: bool
) -> None:
    asked_by = ruled(message, rule(**{"bump": Bump.MAJOR} | said)).rule
    assert (asked_by is not None) is fits


def test_the_first_rule_that_fits_counts_for_the_bump_and_for_the_section() -> None:
    rules = (
        rule(1, scope="deps", section="Dependencies"),
        rule(2, type="chore", bump=Bump.PATCH),
        rule(3, scope="deps", bump=Bump.MINOR, section="Other things"),
    )
    assert ruled("chore(deps): a", *rules) == (Bump.PATCH, rules[1], "Dependencies")
    assert ruled("fix: a", *rules) == (Bump.PATCH, None, None)


def test_a_rule_without_a_bump_leaves_that_to_the_type() -> None:
    assert ruled("feat(deps): a", rule(scope="deps", section="D")).bump is Bump.MINOR


def test_what_a_rule_hides_still_asks_for_its_bump() -> None:
    assert ruled("feat(deps): a", rule(scope="deps", section="")) == (Bump.MINOR, None, "")


@pytest.mark.parametrize("level", [None, "major"])
def test_a_breaking_change_is_neither_lowered_nor_hidden_unless_a_rule_says_that_of_it(
    level: str | None,
) -> None:
    message = "feat(deps): a" if level else "feat(deps)!: a"
    silent = rule(1, scope="deps", bump=Bump.NONE, section="")
    explicit = rule(2, scope="deps", breaking=True, bump=Bump.MINOR, section="")

    assert ruled(message, silent, level=level) == (Bump.MAJOR, None, None)
    assert ruled(message, silent, explicit, level=level) == (Bump.MINOR, explicit, "")
    assert ruled(message, rule(scope="deps", section="D"), level=level).section == "D"


@given(LEVELS, st.sampled_from([{}, {"breaking": False}]))
def test_no_rule_that_is_silent_on_breaking_changes_takes_a_major_away(
    bump: Bump, said: dict[str, Any]
) -> None:
    assert ruled("feat(a)!: b", rule(scope="*", bump=bump, **said)).bump is Bump.MAJOR


def test_a_change_without_a_message_fits_by_its_header() -> None:
    rules = BumpRules(rules=(rule(pattern="^revert: a", bump=Bump.MINOR),))
    assert rules.of(Change("revert", None, "a")) is Bump.MINOR


def test_rules_say_whether_they_take_time() -> None:
    assert BumpRules(rules=(rule(pattern="a", bump=Bump.NONE),)).has_patterns
    assert not BumpRules(rules=(rule(type="a", bump=Bump.NONE),)).has_patterns


def test_a_rule_is_named_by_its_place_and_conditions() -> None:
    assert str(rule(2, type="chore", scope="deps*")) == "rule 2 (type chore, scope deps*)"
    assert str(rule(1, pattern="^a", breaking=True)) == "rule 1 (pattern ^a, breaking true)"
