"""PEP 440 spellings, both ways."""

from collections.abc import Callable
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.version import Version as Pep440Version

from tagboat.core.version.pep440 import NoSpelling, from_pep440, to_pep440
from tagboat.core.version.version import MAX_DIGITS, Version
from tests.growth import grows_with_the_length_alone

numbers = st.integers(0, 3) | st.integers(0, 10**20)
canonical_tokens = st.sampled_from(["alpha", "beta", "rc", "dev"])
local_parts = (
    st.sampled_from(["0", "1", "10", "a", "1a", "a01"])
    | numbers.map(str)
    | st.builds("{}{}".format, st.sampled_from("abz"), st.text("0123456789abz", max_size=8))
)
# Everything whose spelling is promised to come back, with and without order.
prereleases = st.just(()) | st.tuples(canonical_tokens, numbers.map(str))
spellable = st.builds(
    Version,
    numbers,
    numbers,
    numbers,
    prereleases,
    st.lists(local_parts, max_size=2).map(tuple),
)
plain = st.builds(Version, numbers, numbers, numbers, prereleases)

pep440_texts = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "v", "0!", " ", "V0!"]),
    st.lists(numbers.map(str), min_size=1, max_size=3).map(".".join),
    st.just("")
    | st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", ".", "-", "_"]),
        st.sampled_from(
            ["a", "b", "c", "rc", "RC", "alpha", "Beta", "pre", "preview", "dev", "DEV"]
        ),
        st.sampled_from(["", ".", "-", "_"]),
        st.just("0") | numbers.map(str),
    ),
    st.sampled_from(["", "+1", "+007", "+Ubuntu-1", "+a_b.c", "\n"]),
)


def mixes_dev_with_alpha_or_beta(one: Version, other: Version) -> bool:
    """Whether the pair is the one of which the module says that its order differs."""
    tokens = {one.prerelease[:1], other.prerelease[:1]}
    return ("dev",) in tokens and bool(tokens & {("alpha",), ("beta",)})


# Examples


@pytest.mark.parametrize(
    ("semver", "pep440"),
    [
        ("1.2.0", "1.2.0"),
        ("1.2.0-alpha.1", "1.2.0a1"),
        ("1.2.0-beta.2", "1.2.0b2"),
        ("1.2.0-rc.1", "1.2.0rc1"),
        ("1.2.0-dev.3", "1.2.0.dev3"),
        ("1.2.0+linux.5", "1.2.0+linux.5"),
        ("1.2.0-rc.0+5114f85", "1.2.0rc0+5114f85"),
    ],
)
def test_a_canonical_spelling_goes_both_ways(semver: str, pep440: str) -> None:
    assert to_pep440(Version.parse(semver)) == pep440
    assert str(from_pep440(pep440)) == semver


@pytest.mark.parametrize(
    ("semver", "pep440"),
    [("1.2.0-a.1", "1.2.0a1"), ("1.2.0-b.2", "1.2.0b2"), ("1.2.0-c.3", "1.2.0rc3")],
)
def test_a_short_token_is_spelled_as_its_long_one(semver: str, pep440: str) -> None:
    assert to_pep440(Version.parse(semver)) == pep440


@pytest.mark.parametrize(
    ("pep440", "semver"),
    [
        ("1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("v1.2", "1.2.0"),
        ("0!1.2", "1.2.0"),
        ("01.02", "1.2.0"),
        (" 1.2.3\n", "1.2.3"),
        ("1.2c1", "1.2.0-rc.1"),
        ("1.2-Preview_4", "1.2.0-rc.4"),
        ("1.2a", "1.2.0-alpha.0"),
        ("1.2.dev", "1.2.0-dev.0"),
        ("1.2+Ubuntu-01", "1.2.0+ubuntu.1"),
    ],
)
def test_any_form_of_a_pep440_version_is_read(pep440: str, semver: str) -> None:
    assert str(from_pep440(pep440)) == semver


# Refusals


NOT_WORD_AND_NUMBER = "its prerelease is not one word and one number, as in 1.2.0-rc.1"
NOT_LOCAL = "in its build metadata has characters other than lower-case letters and digits"


@pytest.mark.parametrize(
    ("semver", "reason"),
    [
        ("1.0.0-rc", NOT_WORD_AND_NUMBER),
        ("1.0.0-rc1", NOT_WORD_AND_NUMBER),
        ("1.0.0-1", NOT_WORD_AND_NUMBER),
        ("1.0.0-alpha.beta", NOT_WORD_AND_NUMBER),
        ("1.0.0-alpha.beta.1", NOT_WORD_AND_NUMBER),
        ("1.0.0-rc.1.dev.2", NOT_WORD_AND_NUMBER),
        ("1.0.0-nightly.1", "'nightly' is none of alpha, beta, rc and dev, nor of a, b and c"),
        ("1.0.0-RC.1", "'RC' is none of alpha, beta, rc and dev, nor of a, b and c"),
        ("1.0.0-1.2", "'1' is none of alpha, beta, rc and dev, nor of a, b and c"),
        ("1.0.0+Linux", f"'Linux' {NOT_LOCAL}"),
        ("1.0.0+a-b", f"'a-b' {NOT_LOCAL}"),
        ("1.0.0+ok.007", "'007' in its build metadata has a leading zero"),
    ],
)
def test_a_version_without_a_pep440_spelling_is_refused(semver: str, reason: str) -> None:
    with pytest.raises(NoSpelling) as refusal:
        to_pep440(Version.parse(semver))
    assert str(refusal.value) == f"'{semver}' has no PEP 440 spelling: {reason}"


@pytest.mark.parametrize(
    ("pep440", "reason"),
    [
        ("1!1.2.3", "it has an epoch"),
        ("1.2.3.4", "it has more than three release numbers"),
        ("1.2.3.0", "it has more than three release numbers"),
        ("1.2.3.post1", "it is a post release"),
        ("1.2.3-1", "it is a post release"),
        ("1.2.3rc1.post1", "it is a post release"),
        ("1.2.3rc1.dev1", "it is a development release of a prerelease"),
    ],
)
def test_a_version_without_a_semver_spelling_is_refused(pep440: str, reason: str) -> None:
    with pytest.raises(NoSpelling) as refusal:
        from_pep440(pep440)
    assert str(refusal.value) == f"'{pep440}' has no SemVer spelling: {reason}"


@pytest.mark.parametrize("text", ["", "x", "1.2.x", "1.2.0-alpha.beta.1", "1.0+a+b"])
def test_what_is_no_pep440_version_is_refused(text: str) -> None:
    with pytest.raises(NoSpelling) as refusal:
        from_pep440(text)
    assert str(refusal.value) == f"'{text}' is not a PEP 440 version"


@pytest.mark.parametrize("place", ["1.0.0-rc.{}", "1.0.0+{}"])
def test_a_number_too_long_for_python_has_no_pep440_spelling(place: str) -> None:
    long = Version.parse(place.format("9" * (MAX_DIGITS + 1)))
    with pytest.raises(NoSpelling, match="it has a number of more than 640 digits"):
        to_pep440(long)


@pytest.mark.parametrize("place", ["1.0rc{}", "1.0.dev{}", "1.0+{}", "{}.0"])
def test_a_number_too_long_for_python_has_no_semver_spelling(place: str) -> None:
    with pytest.raises(NoSpelling, match=r"has no SemVer spelling: .* more than 640 digits"):
        from_pep440(place.format("9" * (MAX_DIGITS + 1)))


def test_the_longest_number_goes_both_ways() -> None:
    long = f"1.0.0-rc.{'9' * MAX_DIGITS}"
    assert str(from_pep440(to_pep440(Version.parse(long)))) == long


@pytest.mark.parametrize("piece", ["9", "1.", "a", "1.0+a.", "\0"])
def test_a_million_characters_of_rubbish_are_refused_quickly_and_shortly(piece: str) -> None:
    def refused(length: int) -> Callable[[], object]:
        text = f"{piece * (length // len(piece))}!"

        def read() -> None:
            with suppress(NoSpelling):
                from_pep440(text)

        return read

    assert grows_with_the_length_alone(refused, 1_000_000)
    with pytest.raises(NoSpelling) as refusal:
        from_pep440(piece * 1_000_000 + "!")
    assert len(str(refusal.value)) < 1000


# Laws


@given(spellable)
def test_a_version_comes_back_from_its_pep440_spelling(version: Version) -> None:
    assert str(from_pep440(to_pep440(version))) == str(version)


@given(spellable)
def test_the_pep440_spelling_is_in_normal_form(version: Version) -> None:
    spelling = to_pep440(version)
    assert str(Pep440Version(spelling)) == spelling


@given(pep440_texts)
def test_a_pep440_version_comes_back_in_normal_form_with_three_numbers(text: str) -> None:
    parsed = Pep440Version(text)
    missing = ".0" * (3 - len(parsed.release))
    normal = str(parsed).replace(parsed.base_version, parsed.base_version + missing, 1)
    assert to_pep440(from_pep440(text)) == normal


@given(plain, plain)
def test_order_is_kept_both_ways(one: Version, other: Version) -> None:
    assume(not mixes_dev_with_alpha_or_beta(one, other))
    spelled, other_spelled = Pep440Version(to_pep440(one)), Pep440Version(to_pep440(other))
    assert (one < other) == (spelled < other_spelled)
    assert (one == other) == (spelled == other_spelled)


@given(spellable, spellable)
def test_build_metadata_never_turns_the_order_round(one: Version, other: Version) -> None:
    assume(not mixes_dev_with_alpha_or_beta(one, other))
    if one < other:
        assert Pep440Version(to_pep440(one)) < Pep440Version(to_pep440(other))


@pytest.mark.parametrize(("token", "number"), list(product(["alpha", "beta"], [0, 1])))
def test_only_dev_against_alpha_and_beta_has_another_order(token: str, number: int) -> None:
    release = Version(1, 2, 0)
    dev, early = release.with_prerelease("dev", 0), release.with_prerelease(token, number)
    assert dev > early
    assert Pep440Version(to_pep440(dev)) < Pep440Version(to_pep440(early))
