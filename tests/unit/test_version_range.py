"""Ranges of manifests: what they allow, and how they are spelled for another version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from tagboat.core.version.version import Version
from tagboat.core.version_files.ranges import VersionRange

NEW = {"1.4.1", "1.5.0", "2.0.0"}


def allowed(text: str, scheme: str, *more: str) -> set[str]:
    """Those of some versions that a range allows, where 1.4.0 is there."""
    wanted = VersionRange(text, scheme)
    return {
        version
        for version in (*NEW, *more)
        if wanted.holds(Version.parse(version), Version(1, 4, 0))
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^1.4.0", {"1.4.1", "1.5.0"}),
        ("~1.4.0", {"1.4.1"}),
        ("~>1.4", {"1.4.1"}),
        ("~1", {"1.4.1", "1.5.0"}),
        ("1.4.0", set()),
        ("=1.4.1", {"1.4.1"}),
        ("v1.4.1", {"1.4.1"}),
        ("1", {"1.4.1", "1.5.0"}),
        ("1.4.x", {"1.4.1"}),
        ("1.X", {"1.4.1", "1.5.0"}),
        ("^0.4.0", set()),
        ("*", NEW),
        ("", NEW),
        ("latest", NEW),
        (">=1.5.0", {"1.5.0", "2.0.0"}),
        (">=1.4.0 <2", {"1.4.1", "1.5.0"}),
        (">1.4", {"1.5.0", "2.0.0"}),
        (">1.4.1", {"1.5.0", "2.0.0"}),
        ("<=1.4", {"1.4.1"}),
        ("<=1.5.0", {"1.4.1", "1.5.0"}),
        ("<1.5.0", {"1.4.1"}),
        ("^1.5.0 || ^2.0.0", {"1.5.0", "2.0.0"}),
        ("1.4.1 - 1.5.0", {"1.4.1", "1.5.0"}),
        ("workspace:*", set()),
        ("workspace:^", {"1.4.1", "1.5.0"}),
        ("workspace:~", {"1.4.1"}),
        ("workspace:^1.4.0", {"1.4.1", "1.5.0"}),
        ("workspace:libs/core", NEW),
        ("npm:other@^1.0.0", NEW),
        ("file:../core", NEW),
        ("git+ssh://host/core.git#v1", NEW),
    ],
)
def test_npm_range_allows(text: str, expected: set[str]) -> None:
    assert allowed(text, "npm") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^0.0.3", {"0.0.3"}),
        ("^0.0", {"0.0.3", "0.0.4"}),
        ("^0.1", {"0.1.0", "0.1.9"}),
        ("^0", {"0.0.3", "0.0.4", "0.1.0", "0.1.9", "0.2.0"}),
    ],
)
def test_caret_keeps_what_is_not_zero(text: str, expected: set[str]) -> None:
    low = ("0.0.3", "0.0.4", "0.1.0", "0.1.9", "0.2.0")
    assert allowed(text, "npm", *low) == expected
    assert allowed(text.removeprefix("^"), "cargo", *low) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.4", {"1.4.1", "1.5.0"}),
        ("=1.4", {"1.4.1"}),
        ("=1.4.1", {"1.4.1"}),
        ("1.4.*", {"1.4.1"}),
        (">=1.4, <1.5", {"1.4.1"}),
        ("*", NEW),
    ],
)
def test_cargo_range_allows(text: str, expected: set[str]) -> None:
    assert allowed(text, "cargo") == expected


def test_prerelease_is_allowed_only_beside_one_of_the_same_version() -> None:
    more = ("2.0.0-rc.1", "2.0.0-rc.2", "2.1.0-rc.1")
    assert allowed("^2.0.0-rc.2", "npm", *more) == {"2.0.0", "2.0.0-rc.2"}
    assert allowed(">=1.0.0", "npm", *more) == NEW
    assert allowed("=2.0.0-rc.1", "npm", *more) == {"2.0.0-rc.1"}
    assert allowed("<2.0.0-0", "npm", *more) == {"1.4.1", "1.5.0"}


def test_specifier_of_python_allows_what_packaging_says() -> None:
    assert allowed(">=1.4,<2", "pep440") == {"1.4.1", "1.5.0"}
    assert allowed("at 1.0", "pep440") == NEW


@pytest.mark.parametrize(
    ("scheme", "text", "version", "expected"),
    [
        ("npm", "^1.4.0", "2.0.0", "^2.0.0"),
        ("npm", "~1.4.0", "1.5.0", "~1.5.0"),
        ("npm", "1.4.0", "1.5.0-rc.1", "1.5.0-rc.1"),
        ("npm", "1.5.0-rc.1", "1.5.0", "1.5.0"),
        ("npm", "^1.4", "1.5.2", "^1.5"),
        ("npm", "^1.4", "2.0.0-rc.1", "^2.0.0-rc.1"),
        ("npm", "1.x", "2.3.4", "2.x"),
        ("npm", "v1.4.0", "1.5.0", "v1.5.0"),
        ("npm", ">= 1.4.0", "1.5.0", ">= 1.5.0"),
        ("npm", ">=1.4.0 <2", "1.5.0", ">=1.5.0 <2"),
        ("npm", ">=1.4.0 <2", "2.1.0", ">=2.1.0 <3"),
        ("npm", ">=1.4.0 <2.0.0-0", "2.1.0", ">=2.1.0 <3.0.0-0"),
        ("npm", "<1.5.0", "1.5.0", "<1.6.0"),
        ("npm", "<=1.4.0", "1.5.0", "<=1.5.0"),
        ("npm", "<=1.6.0", "1.5.0", "<=1.6.0"),
        ("npm", ">1.0.0", "1.5.0", ">1.0.0"),
        ("npm", "^1.0.0 || ^2.0.0", "2.1.0", "^1.0.0 || ^2.0.0"),
        ("npm", "^1.0.0 || ^2.0.0", "3.0.0", "^1.0.0 || ^2.0.0 || ^3.0.0"),
        ("npm", "1.0.0 - 1.9.0", "1.5.0", "1.0.0 - 1.9.0"),
        ("npm", "1.0.0 - 1.9.0", "2.0.0", "1.0.0 - 2.0.0"),
        ("npm", "workspace:^1.4.0", "1.5.0", "workspace:^1.5.0"),
        ("npm", "workspace:*", "1.5.0", "workspace:*"),
        ("npm", "*", "1.5.0", "*"),
        ("npm", "file:../core", "1.5.0", "file:../core"),
        ("npm", "^1.4.0 and", "1.5.0", "^1.4.0 and"),
        ("npm", "^1.4.0+build", "1.5.0", "^1.5.0"),
        ("npm", "^1.4.0", "1.5.0+build", "^1.5.0"),
        ("cargo", "1.4.0", "2.0.0", "2.0.0"),
        ("cargo", "=1.4.0", "1.4.1", "=1.4.1"),
        ("cargo", ">=1.4, <2", "2.0.0", ">=2.0, <3"),
        ("pep440", "==1.4.0", "2.0.0-rc.1", "==2.0.0rc1"),
        ("pep440", "==1.4.0rc1", "1.4.0", "==1.4.0"),
        ("pep440", "~=1.4", "1.5.2", "~=1.5"),
        ("pep440", "==1.4.*", "1.5.2", "==1.5.*"),
        ("pep440", ">=1.4,!=1.4.3,<2", "2.0.0", ">=2.0,!=1.4.3,<3"),
    ],
)
def test_range_is_spelled_for_a_version_in_its_own_way(
    scheme: str, text: str, version: str, expected: str
) -> None:
    assert VersionRange(text, scheme).spelled(Version.parse(version)).text == expected


numbers = st.integers(0, 30)
versions = st.builds(Version, numbers, numbers, numbers)
signs = {
    "npm": ("", "=", "^", "~", ">=", "<", "<="),
    "cargo": ("", "=", "^", "~", ">=", "<", "<="),
    "pep440": ("==", "~=", ">=", "<", "<="),
}


@st.composite
def ranges(draw: st.DrawFn) -> VersionRange:
    scheme = draw(st.sampled_from(sorted(signs)))
    between = " " if scheme == "npm" else ","
    parts = draw(
        st.lists(st.tuples(st.sampled_from(signs[scheme]), versions), min_size=1, max_size=3)
    )
    return VersionRange(between.join(f"{sign}{version}" for sign, version in parts), scheme)


@given(ranges(), versions)
def test_range_spelled_for_a_version_allows_it_and_is_spelled_once(
    wanted: VersionRange, version: Version
) -> None:
    spelled = wanted.spelled(version)
    assert spelled.holds(version, version)
    assert spelled.edits(version) == ()


@given(
    st.lists(st.tuples(st.sampled_from((">=", "<", "<=", "==", ">")), versions), max_size=3),
    versions,
)
def test_npm_and_pep440_agree_where_their_signs_do(
    parts: list[tuple[str, Version]], version: Version
) -> None:
    python = SpecifierSet(",".join(f"{sign}{one}" for sign, one in parts))
    npm = " ".join(f"{'=' if sign == '==' else sign}{one}" for sign, one in parts)
    assert VersionRange(npm, "npm").holds(version, version) == python.contains(str(version))
