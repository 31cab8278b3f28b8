"""Which packages are released together, and by what bump."""

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.bump.bump import Bump, BumpRules, bumped
from tagboat.core.packages import (
    PROPAGATIONS,
    Need,
    OwnChanges,
    PackageDue,
    cycles,
    due_set,
)
from tagboat.core.version.version import Version

NONE, PATCH, MINOR, MAJOR = Bump
ONE = Version(1, 0, 0)
IDLE = OwnChanges(ONE)
FEATURE = OwnChanges(ONE, is_due=True, bump=MINOR)


def bumps(
    own: dict[str, OwnChanges],
    needs: dict[str, list[Need]] | None = None,
    groups: dict[str, str] | None = None,
) -> dict[str, str]:
    found = due_set(own, needs or {}, groups or {})
    return {name: str(due.bump) for name, due in found.items()}


def test_what_has_changes_is_due_and_nothing_else() -> None:
    assert due_set({"a": FEATURE, "b": IDLE}, {}, {}) == {"a": PackageDue(ONE, MINOR)}


def test_a_dependent_gets_a_patch_and_so_does_its_dependent() -> None:
    own = {"core": FEATURE, "api": IDLE, "app": IDLE, "web": IDLE}
    needs = {"api": [Need("core")], "app": [Need("api")]}
    found = due_set(own, needs, {})
    assert found["app"] == PackageDue(ONE, PATCH, because=("api",))
    assert bumps(own, needs) == {"api": "patch", "app": "patch", "core": "minor"}


@pytest.mark.parametrize(
    ("propagate", "allowed", "expected"),
    [
        ("patch", MAJOR, {"api": "patch"}),
        ("same", MAJOR, {"api": "minor"}),
        ("none", MAJOR, {}),
        ("out-of-range", MINOR, {}),
        ("out-of-range", PATCH, {"api": "patch"}),
    ],
)
def test_propagation_says_what_a_dependency_asks_for(
    propagate: str, allowed: Bump, expected: dict[str, str]
) -> None:
    needs = {"api": [Need("core", propagate, allowed=allowed)]}
    assert bumps({"core": FEATURE, "api": IDLE}, needs) == {"core": "minor"} | expected


def test_a_release_that_was_missed_is_asked_for_until_it_is_there() -> None:
    assert bumps({"core": IDLE, "api": IDLE}, {"api": [Need("core", missed=MINOR)]}) == {
        "api": "patch"
    }
    assert bumps({"core": IDLE, "api": IDLE}, {"api": [Need("core", "same", MINOR)]}) == {
        "api": "minor"
    }


def test_own_changes_that_ask_for_more_are_kept() -> None:
    assert bumps({"core": FEATURE, "api": FEATURE}, {"api": [Need("core")]})["api"] == "minor"


def test_a_release_without_a_bump_is_one() -> None:
    asked = OwnChanges(ONE, is_due=True)
    assert bumps({"core": asked, "api": IDLE}, {"api": [Need("core", "same")]}) == {
        "api": "patch",
        "core": "none",
    }


def test_a_cycle_is_released_as_one() -> None:
    needs = {"a": [Need("b", "none")], "b": [Need("c", "none")], "c": [Need("a", "none")]}
    own = {"a": IDLE, "b": FEATURE, "c": IDLE, "d": IDLE}
    assert bumps(own, needs) == {"a": "patch", "b": "minor", "c": "patch"}
    assert due_set(own, needs, {})["a"].because == ("b", "c")
    assert cycles(needs) == [("a", "b", "c")]


def test_what_needs_something_unknown_is_in_no_cycle() -> None:
    assert cycles({"a": [Need("gone")], "b": [Need("a")]}) == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefx"))))
def test_cycles_are_what_reaches_each_other(names: dict[str, list[str]]) -> None:
    reached = {one: set(of) & names.keys() for one, of in names.items()}
    for middle, one in product(names, names):
        reached[one] |= reached[middle] if middle in reached[one] else set()
    units = {
        tuple(sorted(two for two in names if {one, two} <= reached[one] & reached[two]))
        for one in names
    }
    needs = {one: list(map(Need, of)) for one, of in names.items()}
    assert cycles(needs) == sorted(unit for unit in units if len(unit) > 1)


def test_a_group_has_the_highest_base_and_the_highest_bump() -> None:
    own = {"a": FEATURE, "b": OwnChanges(Version(2, 3, 0)), "c": OwnChanges(), "d": IDLE}
    groups = {"a": "g", "b": "g", "c": "g"}
    expected = PackageDue(Version(2, 3, 0), MINOR, group="g")
    assert due_set(own, {}, groups) == dict.fromkeys("abc", expected)


def test_a_group_releases_the_dependents_of_its_members() -> None:
    own = {"a": FEATURE, "b": IDLE, "c": IDLE}
    assert bumps(own, {"c": [Need("b", "same")]}, {"a": "g", "b": "g"})["c"] == "minor"


def test_a_package_that_is_never_released_alone_waits_for_another() -> None:
    waiting = FEATURE._replace(released=False)
    assert bumps({"a": waiting, "b": IDLE}) == {}
    assert bumps({"a": waiting, "b": FEATURE}) == {"a": "minor", "b": "minor"}


def test_needs_of_what_is_no_package_are_passed_over() -> None:
    assert bumps({"a": IDLE}, {"a": [Need("x", missed=MAJOR)]}) == {}


# Laws

NAMES = "abcd"


class Case:
    """Packages that need each other, drawn at random."""

    def __init__(self, draw: st.DrawFn) -> None:
        names = NAMES[: draw(st.integers(1, 4))]
        version = st.builds(Version, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
        self.own = {
            name: OwnChanges(
                draw(st.none() | version),
                *draw(st.sampled_from([(False, NONE), (True, NONE), (True, PATCH), (True, MAJOR)])),
                released=draw(st.integers(0, 3)) > 0,
            )
            for name in names
        }
        self.needs = {
            name: [
                Need(
                    other,
                    draw(st.sampled_from(PROPAGATIONS)),
                    draw(st.sampled_from([NONE, NONE, NONE, MINOR])),
                    draw(st.sampled_from([NONE, PATCH, MAJOR])),
                )
                for other in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2))
                if other != name
            ]
            for name in names
        }
        self.groups = {
            name: draw(st.sampled_from(["g", "h"])) for name in names if draw(st.booleans())
        }

    def __repr__(self) -> str:
        return f"{self.own}\n{self.needs}\n{self.groups}"

    def due(self) -> dict[str, PackageDue]:
        return due_set(self.own, self.needs, self.groups)


cases = st.composite(Case)()


def reaches(case: Case, start: str, goal: str) -> bool:
    seen, pending = set[str](), [start]
    while pending:
        for need in case.needs.get(pending.pop(), []):
            if need.name in case.own and need.name not in seen:
                seen.add(need.name)
                pending.append(need.name)
    return goal in seen


def is_closed(case: Case, chosen: dict[str, Bump | None]) -> bool:
    """Whether an assignment of bumps (None: not due) obeys every rule."""
    return all(_rank(chosen[name]) >= _least(case, name, chosen) for name in case.own)


def _least(case: Case, name: str, chosen: dict[str, Bump | None]) -> int:
    """What the rules ask of a package, given what the others have."""
    own, group = case.own[name], case.groups.get(name)
    asked: list[Bump | None] = [own.bump if own.is_due else None]
    for other, theirs in chosen.items():
        if theirs is not None and group and group == case.groups.get(other):
            asked.append(theirs)
        if theirs is not None and reaches(case, name, other) and reaches(case, other, name):
            asked.append(PATCH)
    for need in case.needs[name]:
        theirs = chosen.get(need.name)
        if need.name in chosen and (theirs is not None or need.missed):
            asked.append(need.asks(max(need.missed, theirs or NONE)) or None)
    return max(map(_rank, asked))


def least(case: Case) -> dict[str, Bump]:
    """The smallest assignment that obeys every rule, of all there are."""
    names = list(case.own)
    found: dict[str, Bump | None] = dict.fromkeys(names, MAJOR)
    for values in product((None, *Bump), repeat=len(names)):
        chosen = dict(zip(names, values, strict=True))
        if is_closed(case, chosen):
            found = {n: min(found[n], chosen[n], key=_rank) for n in names}
    due = {name: bump for name, bump in found.items() if bump is not None}
    return due if any(case.own[name].released for name in due) else {}


def _rank(bump: Bump | None) -> int:
    return -1 if bump is None else int(bump)


@given(cases)
def test_the_due_set_is_the_least_that_obeys_every_rule(case: Case) -> None:
    assert {name: due.bump for name, due in case.due().items()} == least(case)


@given(cases, st.randoms())
def test_the_order_decides_nothing(case: Case, random: Random) -> None:
    expected = case.due()
    names = list(case.own)
    random.shuffle(names)
    case.own = {name: case.own[name] for name in names}
    case.needs = {name: random.sample(case.needs[name], len(case.needs[name])) for name in names}
    assert case.due() == expected


@given(cases)
def test_what_is_due_asks_for_nothing_more(case: Case) -> None:
    found = case.due()
    for name, due in found.items():
        case.own[name] = case.own[name]._replace(is_due=True, bump=due.bump)
    assert {name: due.bump for name, due in case.due().items()} == {
        name: due.bump for name, due in found.items()
    }


@given(cases)
def test_no_version_goes_down_and_a_group_has_one(case: Case) -> None:
    rules = BumpRules()
    found = case.due()
    for name, due in found.items():
        base = case.own[name].base
        if base is not None:
            assert due.base is not None
            assert due.base >= base
            assert bumped(due.base, rules.at(due.base, due.bump)) >= base
    for group in ("g", "h"):
        assert len({d[:2] for n, d in found.items() if case.groups.get(n) == group}) <= 1


@given(cases)
def test_no_major_arises_without_the_same_bump_or_a_group(case: Case) -> None:
    case.groups = {}
    for needs in case.needs.values():
        needs[:] = [need for need in needs if need.propagate != "same"]
    for name, due in case.due().items():
        own = case.own[name]
        assert due.bump <= max(own.bump if own.is_due else NONE, PATCH)
