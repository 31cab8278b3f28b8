"""Versions: Semantic Versioning 2.0.0."""

import copy
import itertools
import re
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.version.version import MAX_DIGITS, SEMVER, InvalidVersion, Version, quoted
from tests.growth import grows_with_the_length_alone

# The examples that semver.org publishes with its regular expression.
PUBLISHED_VALID = """\
0.0.4
1.2.3
10.20.30
1.1.2-prerelease+meta
1.1.2+meta
1.1.2+meta-valid
1.0.0-alpha
1.0.0-beta
1.0.0-alpha.beta
1.0.0-alpha.beta.1
1.0.0-alpha.1
1.0.0-alpha0.valid
1.0.0-alpha.0valid
1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay
1.0.0-rc.1+build.1
2.0.0-rc.1+build.123
1.2.3-beta
10.2.3-DEV-SNAPSHOT
1.2.3-SNAPSHOT-123
1.0.0
2.0.0
1.1.7
2.0.0+build.1848
2.0.1-alpha.1227
1.0.0-alpha+beta
1.2.3----RC-SNAPSHOT.12.9.1--.12+788
1.2.3----R-S.12.9.1--.12+meta
1.2.3----RC-SNAPSHOT.12.9.1--.12
1.0.0+0.build.1-rc.10000aaa-kk-0.1
99999999999999999999999.999999999999999999.99999999999999999
1.0.0-0A.is.legal
""".splitlines()

PUBLISHED_INVALID = """\
1
1.2
1.2.3-0123
1.2.3-0123.0123
1.1.2+.123
+invalid
-invalid
-invalid+invalid
-invalid.01
alpha
alpha.beta
alpha.beta.1
alpha.1
alpha+beta
alpha_beta
alpha.
alpha..
beta
1.0.0-alpha_beta
-alpha.
1.0.0-alpha..
1.0.0-alpha..1
1.0.0-alpha...1
1.0.0-alpha....1
1.0.0-alpha.....1
1.0.0-alpha......1
1.0.0-alpha.......1
01.1.1
1.01.1
1.1.01
1.2.3.DEV
1.2-SNAPSHOT
1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788
1.2-RC-SNAPSHOT
-1.0.3-gamma+b7718
+justmeta
9.8.7+meta+meta
9.8.7-whatever+meta+meta
99999999999999999999999.999999999999999999.99999999999999999----RC-SNAPSHOT.12.09.1--------------------------------..12
""".splitlines()

# Item 11 of the specification, in rising order.
PRECEDENCE_CHAIN = """\
1.0.0-alpha
1.0.0-alpha.1
1.0.0-alpha.beta
1.0.0-beta
1.0.0-beta.2
1.0.0-beta.11
1.0.0-rc.1
1.0.0
2.0.0
2.1.0
2.1.1
""".splitlines()

NOT_ALLOWED = "has a character other than ASCII letters, digits and hyphen"

# Few values, so that pairs often share a prefix, beside any value at all.
numbers = st.integers(0, 3) | st.integers(0, 10**30)
build_identifiers = st.sampled_from(["0", "1", "01", "a", "-"]) | st.text(
    alphabet=string.ascii_letters + string.digits + "-", min_size=1
)
identifiers = st.sampled_from(["0", "1", "2", "10", "a", "b", "A", "-", "1a", "rc"]) | (
    build_identifiers.filter(lambda text: not re.fullmatch("0[0-9]+", text))
)
versions = st.builds(
    Version,
    numbers,
    numbers,
    numbers,
    st.lists(identifiers, max_size=4).map(tuple),
    st.lists(build_identifiers, max_size=3).map(tuple),
)
near_versions = st.text(alphabet="01.-+aZv_ ", max_size=14) | st.builds(
    "{}{}".format, versions, st.text(alphabet="0.-+a_", max_size=3)
)


def version(text: str) -> Version:
    return Version.parse(text)


def is_accepted(text: str) -> bool:
    try:
        Version.parse(text)
    except InvalidVersion:
        return False
    return True


# Reading and spelling


@pytest.mark.parametrize("text", PUBLISHED_VALID)
def test_every_published_valid_example_is_read_and_spelled_back(text: str) -> None:
    assert str(version(text)) == text


@pytest.mark.parametrize("text", PUBLISHED_INVALID)
def test_every_published_invalid_example_is_refused(text: str) -> None:
    assert not is_accepted(text)


def test_the_parts_are_what_the_text_says() -> None:
    read = version("1.22.333-rc.1+build.05")
    assert (read.major, read.minor, read.patch) == (1, 22, 333)
    assert read.prerelease == ("rc", "1")
    assert read.build == ("build", "05")


@given(versions)
def test_what_is_spelled_is_read_back_part_by_part(made: Version) -> None:
    read = version(str(made))
    assert (read.major, read.minor, read.patch) == (made.major, made.minor, made.patch)
    assert (read.prerelease, read.build) == (made.prerelease, made.build)


@given(near_versions)
def test_acceptance_agrees_with_the_semver_package(text: str) -> None:
    assert is_accepted(text) == semver.Version.is_valid(text)


@given(st.text())
def test_any_text_is_either_a_version_or_refused_with_a_reason(text: str) -> None:
    try:
        read = version(text)
    except InvalidVersion as error:
        shown, _, reason = str(error).rpartition(" is not a semantic version: ")
        assert shown == quoted(text)
        assert reason
    else:
        assert str(read) == text


@given(near_versions)
def test_a_refused_text_that_is_nearly_a_version_gets_a_reason(text: str) -> None:
    if not is_accepted(text):
        with pytest.raises(InvalidVersion, match=r"is not a semantic version: \w"):
            version(text)


def test_repr_names_type_and_spelling() -> None:
    assert repr(version("1.2.3-rc.1")) == "Version('1.2.3-rc.1')"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the major number is missing"),
        (".1.2", "the major number is missing"),
        ("1", "the minor number is missing"),
        ("1.2", "the patch number is missing"),
        ("1.2-rc.1", "the patch number is missing"),
        ("v1.2.3", "it starts with 'v', which belongs to a tag and not to a version"),
        ("V1.2.3", "it starts with 'V', which belongs to a tag and not to a version"),
        ("1.x.3", "the minor number 'x' has characters other than the digits 0 to 9"),
        (" 1.2.3", "the major number ' 1' has characters other than the digits 0 to 9"),
        ("1.2.3\n", r"the patch number '3\n' has characters other than the digits 0 to 9"),
        ("1.2.3_0", "the patch number '3_0' has characters other than the digits 0 to 9"),
        ("1.2.\u0663", "the patch number '\u0663' has characters other than the digits 0 to 9"),
        ("1.2.\u00b3", "the patch number '\u00b3' has characters other than the digits 0 to 9"),
        ("01.2.3", "the major number '01' has a leading zero"),
        ("1.00.3", "the minor number '00' has a leading zero"),
        ("1.2.3.4", "the patch number is followed by '.', where only '-' or '+' can follow"),
        ("1.2.3-", "the prerelease has an empty identifier"),
        ("1.2.3-rc..1", "the prerelease has an empty identifier"),
        ("1.2.3-rc.01", "the prerelease identifier '01' has a leading zero"),
        (
            "1.2.3-rc\n",
            rf"the prerelease identifier 'rc\n' {NOT_ALLOWED}",
        ),
        (
            "1.2.3-r\u00e9",
            f"the prerelease identifier 'r\u00e9' {NOT_ALLOWED}",
        ),
        ("1.2.3+", "the build metadata has an empty identifier"),
        (
            "1.2.3+a+b",
            f"the build metadata identifier 'a+b' {NOT_ALLOWED}",
        ),
        (f"1.2.{'9' * 641}", "the patch number has more than 640 digits"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(InvalidVersion) as refusal:
        version(text)
    assert str(refusal.value) == f"{quoted(text)} is not a semantic version: {reason}"


# The constructor


def test_prerelease_and_build_may_be_left_out() -> None:
    assert str(Version(major=1, minor=2, patch=3)) == "1.2.3"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Version(-1, 0, 0), "the major number is negative"),
        (lambda: Version(0, -1, 0), "the minor number is negative"),
        (lambda: Version(0, 0, -1), "the patch number is negative"),
        (lambda: Version(10**640, 0, 0), "the major number has more than 640 digits"),
        (lambda: Version(1, 2, 3, ("",)), "the prerelease has an empty identifier"),
        (lambda: Version(1, 2, 3, ("00",)), "the prerelease identifier '00' has a leading zero"),
        (
            lambda: Version(1, 2, 3, ("rc.1",)),
            f"the prerelease identifier 'rc.1' {NOT_ALLOWED}",
        ),
        (lambda: Version(1, 2, 3, (), ("",)), "the build metadata has an empty identifier"),
    ],
)
def test_the_constructor_refuses_what_no_text_could_spell(
    make: Callable[[], Version], reason: str
) -> None:
    with pytest.raises(InvalidVersion) as refusal:
        make()
    assert str(refusal.value) == reason


# A value


@pytest.mark.parametrize(
    "name", ["major", "minor", "patch", "prerelease", "build", "core", "other"]
)
def test_no_attribute_can_be_set(name: str) -> None:
    with pytest.raises(AttributeError, match="does not change"):
        setattr(version("1.2.3"), name, 1)


def test_no_attribute_can_be_deleted() -> None:
    made = version("1.2.3")
    with pytest.raises(AttributeError, match="does not change"):
        del made.major


def test_a_copy_is_the_same_version() -> None:
    assert str(copy.copy(version("1.2.3-rc.1+a"))) == "1.2.3-rc.1+a"


@given(versions)
def test_a_deep_copy_is_the_same_version(made: Version) -> None:
    copied = copy.deepcopy(made)
    assert copied == made
    assert str(copied) == str(made)


# Order


@pytest.mark.parametrize(
    ("lower", "higher"), list(itertools.combinations(map(version, PRECEDENCE_CHAIN), 2)), ids=str
)
def test_the_specifications_chain_is_in_rising_order(lower: Version, higher: Version) -> None:
    assert lower < higher


@given(versions, versions)
def test_order_agrees_with_the_semver_package(one: Version, other: Version) -> None:
    expected = semver.Version.parse(str(one)).compare(str(other))
    assert (one > other) - (one < other) == expected


@given(versions, versions)
def test_of_two_versions_exactly_one_relation_holds(one: Version, other: Version) -> None:
    assert [one < other, one == other, one > other].count(True) == 1


@given(versions, versions)
def test_the_six_comparisons_agree(one: Version, other: Version) -> None:
    assert (one <= other) == (one < other or one == other)
    assert (one >= other) == (other <= one)
    assert (one > other) == (other < one)
    assert (one != other) == (not one == other)  # noqa: SIM201 - the two operators are compared


@given(versions, versions, versions)
def test_order_is_transitive(one: Version, two: Version, three: Version) -> None:
    for low, middle, high in itertools.permutations((one, two, three)):
        if low <= middle <= high:
            assert low <= high


@given(versions, st.lists(build_identifiers, max_size=2).map(tuple))
def test_build_metadata_changes_neither_equality_nor_hash(
    made: Version, build: tuple[str, ...]
) -> None:
    other = Version(made.major, made.minor, made.patch, made.prerelease, build)
    assert made == other
    assert hash(made) == hash(other)


def test_sorting_keeps_equal_versions_as_they_stood() -> None:
    texts = ["1.0.0+b", "1.0.0+a", "0.9.0", "1.0.0", "1.0.0+c"]
    ordered = list(map(str, sorted(map(version, texts))))
    assert ordered == ["0.9.0", "1.0.0+b", "1.0.0+a", "1.0.0", "1.0.0+c"]


def test_a_long_prerelease_number_is_ordered_by_value() -> None:
    assert version("1.0.0-9") < version(f"1.0.0-{'1' * 5000}") < version(f"1.0.0-{'2' * 5000}")


def test_a_version_is_unequal_to_anything_else() -> None:
    text: object = "1.2.3"

    assert version("1.2.3") != text


@pytest.mark.parametrize(
    "compare",
    [
        lambda made: made < "1.2.3",
        lambda made: made <= "1.2.3",
        lambda made: made > "1.2.3",
        lambda made: made >= "1.2.3",
    ],
)
def test_a_version_has_no_order_with_anything_else(compare: Callable[[Version], bool]) -> None:
    made = version("1.2.3")
    with pytest.raises(TypeError, match="not supported"):
        compare(made)


# What follows a version


@pytest.mark.parametrize(
    ("text", "major", "minor", "patch"),
    [
        ("1.2.3", "2.0.0", "1.3.0", "1.2.4"),
        ("0.0.0", "1.0.0", "0.1.0", "0.0.1"),
        ("1.2.3+build", "2.0.0", "1.3.0", "1.2.4"),
        ("1.3.0-rc.1", "2.0.0", "1.3.0", "1.3.0"),
        ("1.3.1-rc.1", "2.0.0", "1.4.0", "1.3.1"),
        ("2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"),
        ("2.0.1-rc.1+build", "3.0.0", "2.1.0", "2.0.1"),
    ],
)
def test_the_next_versions(text: str, major: str, minor: str, patch: str) -> None:
    made = version(text)
    following = (made.next_major(), made.next_minor(), made.next_patch())
    assert tuple(map(str, following)) == (major, minor, patch)


@given(versions)
def test_the_next_versions_rise_from_patch_to_major(made: Version) -> None:
    assert made < made.next_patch() <= made.next_minor() <= made.next_major()


@given(versions, versions)
def test_no_stable_version_lies_between_a_version_and_its_next_patch(
    made: Version, other: Version
) -> None:
    assert not made < other.core < made.next_patch()


@given(versions.filter(lambda made: made.is_prerelease or not made.build))
def test_the_next_versions_agree_with_the_semver_package(made: Version) -> None:
    # A stable version with build metadata is left out: there the package answers with the core,
    # which is equal to the version and not above it.
    theirs = semver.Version.parse(str(made))
    expected = [str(theirs.next_version(part)) for part in ("major", "minor", "patch")]
    assert list(map(str, (made.next_major(), made.next_minor(), made.next_patch()))) == expected


def test_a_version_at_the_limit_has_no_next_one() -> None:
    with pytest.raises(InvalidVersion, match="major number has more than 640 digits"):
        Version(10**MAX_DIGITS - 1, 0, 0).next_major()


def test_core_drops_prerelease_and_build() -> None:
    assert str(version("1.2.3-rc.1+build").core) == "1.2.3"


@pytest.mark.parametrize(("text", "expected"), [("1.0.0-0", True), ("1.0.0+rc", False)])
def test_only_a_prerelease_part_makes_a_prerelease(text: str, *, expected: bool) -> None:
    assert version(text).is_prerelease is expected


# Prereleases with a token and a number


@pytest.mark.parametrize(
    ("token", "number", "expected"),
    [("rc", 1, "1.2.3-rc.1"), ("beta.hotfix", 0, "1.2.3-beta.hotfix.0")],
)
def test_a_prerelease_is_made_of_the_core(token: str, number: int, expected: str) -> None:
    assert str(version("1.2.3-alpha.7+build").with_prerelease(token, number)) == expected


def test_the_number_of_a_prerelease_may_be_attached() -> None:
    assert str(version("1.2.3").with_prerelease("beta.rc", 2, attached=True)) == "1.2.3-beta.rc2"


@pytest.mark.parametrize(
    ("token", "number", "reason"),
    [
        ("rc", -1, "the prerelease number is negative"),
        ("rc", 10**MAX_DIGITS, "the prerelease number has more than 640 digits"),
        ("", 1, "the prerelease has an empty identifier"),
        ("rc.", 1, "the prerelease has an empty identifier"),
        ("01", 1, "the prerelease identifier '01' has a leading zero"),
    ],
)
def test_a_prerelease_that_is_none_is_refused(token: str, number: int, reason: str) -> None:
    with pytest.raises(InvalidVersion) as refusal:
        version("1.2.3").with_prerelease(token, number)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("text", "token", "expected"),
    [
        ("1.2.3-rc.12", "rc", 12),
        ("1.2.3-beta.hotfix.0", "beta.hotfix", 0),
        ("1.2.3", "rc", None),
        ("1.2.3-rc", "rc", None),
        ("1.2.3-rc.x", "rc", None),
        ("1.2.3-rc.-1", "rc", None),
        ("1.2.3-rc.1.2", "rc", None),
        ("1.2.3-RC.1", "rc", None),
        ("1.2.3-5", "", None),
        ("1.2.3-rc12", "rc", 12),
        ("1.2.3-beta.hotfix0", "beta.hotfix", 0),
        ("1.2.3-rc1", "rc1", None),
        ("1.2.3-rc1.2", "rc1", 2),
    ],
)
def test_the_number_of_a_prerelease(text: str, token: str, expected: int | None) -> None:
    assert version(text).prerelease_number(token) == expected


@given(versions, st.lists(identifiers, min_size=1, max_size=3).map(".".join), numbers)
def test_the_number_is_the_one_the_prerelease_was_made_with(
    made: Version, token: str, number: int
) -> None:
    assert made.with_prerelease(token, number).prerelease_number(token) == number


@pytest.mark.parametrize("length", [MAX_DIGITS + 1, 5000])
def test_a_prerelease_number_too_long_to_count_is_an_error(length: int) -> None:
    with pytest.raises(InvalidVersion, match="prerelease number has more than 640 digits"):
        version(f"1.2.3-rc.{'9' * length}").prerelease_number("rc")


# The pattern for others


@given(near_versions)
def test_the_pattern_matches_what_parse_accepts(text: str) -> None:
    assert bool(re.fullmatch(SEMVER, text)) == is_accepted(text)


@pytest.mark.parametrize("length", [MAX_DIGITS, MAX_DIGITS + 1])
def test_the_pattern_shares_the_limit_of_parse(length: int) -> None:
    text = f"{'9' * length}.0.0"
    assert bool(re.fullmatch(SEMVER, text)) == is_accepted(text) == (length == MAX_DIGITS)


def test_the_pattern_can_stand_inside_another() -> None:
    found = re.fullmatch(rf"api-v({SEMVER})(-final)", "api-v1.2.3-rc.1+b-final")
    assert found is not None
    assert found.groups() == ("1.2.3-rc.1+b", "-final")


@pytest.mark.parametrize("piece", ["1", "a", "0", "-", "1a", "1.", "a.", "0.", "-."])
def test_the_pattern_takes_linear_time(piece: str) -> None:
    def refusing(length: int) -> Callable[[], object]:
        hostile = "1.2.3-" + piece * (length // len(piece)) + "!"
        assert re.fullmatch(SEMVER, hostile) is None
        return lambda: re.fullmatch(SEMVER, hostile)

    assert grows_with_the_length_alone(refusing, 400_000)


# Hostile input


@pytest.mark.parametrize(
    ("start", "piece", "end"),
    [
        ("", "1", ""),
        ("", ".", ""),
        ("", "\0", ""),
        ("1.2.3-", ".", ""),
        ("1.2.3-", "a.", ""),
        ("1.2.3-", "0", ""),
        ("1.2.3+", "-", "!"),
    ],
)
def test_a_million_characters_of_rubbish_are_refused_quickly_and_shortly(
    start: str, piece: str, end: str
) -> None:
    def refused(length: int) -> Callable[[], object]:
        text = f"{start}{piece * (length // len(piece))}{end}"

        def read() -> None:
            with suppress(InvalidVersion):
                version(text)

        return read

    assert grows_with_the_length_alone(refused, 1_000_000)
    with pytest.raises(InvalidVersion) as refusal:
        version(f"{start}{piece * 1_000_000}{end}")
    assert len(str(refusal.value)) < 1000


@pytest.fixture
def _shortest_conversions() -> Iterator[None]:
    """Python converting as few digits between int and str as it can be told to."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(sys.int_info.str_digits_check_threshold)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("_shortest_conversions")
def test_the_longest_number_is_read_whatever_the_interpreters_limit() -> None:
    text = f"{'9' * MAX_DIGITS}.0.0"
    assert str(version(text)) == text


def test_a_message_holds_no_raw_control_character() -> None:
    with pytest.raises(InvalidVersion) as refusal:
        version("1.2.3-\x1b[31m\x00\u202e\ud800")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb", r"'a\nb'"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 60}'... (61 characters)"),
    ],
)
def test_a_quoted_text_is_escaped_and_cut(text: str, expected: str) -> None:
    assert quoted(text) == expected
