"""Channels: what a branch may release, by its name."""

import pytest

from tagboat.core.version.channel import Channel, ChannelRule, Range, channel_of, token_of
from tagboat.core.version.tag import VersionTag
from tagboat.core.version.version import Version

LINE_1_2 = Channel("1.2.x", range=Range(Version(1, 2, 0), Version(1, 3, 0)))
RC = Channel("next", "rc")


def tags(*versions: str) -> list[VersionTag]:
    return [VersionTag(f"v{text}", Version.parse(text), "") for text in versions]


# Rules


@pytest.mark.parametrize(
    ("branch", "kind", "prerelease"),
    [
        ("main", "stable", ""),
        ("master", "stable", ""),
        ("next", "prerelease", "rc"),
        ("rc", "prerelease", "rc"),
        ("beta", "prerelease", "beta"),
        ("alpha", "prerelease", "alpha"),
        ("1.x", "maintenance", ""),
        ("1.2.x", "maintenance", ""),
        ("v1.x", "maintenance", ""),
        ("v10.20.x", "maintenance", ""),
    ],
)
def test_common_branches_need_no_rule(branch: str, kind: str, prerelease: str) -> None:
    channel = channel_of(branch)

    assert (channel.branch, channel.kind, channel.prerelease) == (branch, kind, prerelease)
    assert not channel.assumed


@pytest.mark.parametrize("branch", ["", "topic", "main2", "01.x", "1.02.x", "1.2.3.x", "x1.x"])
def test_a_branch_without_a_rule_is_taken_for_a_stable_one(branch: str) -> None:
    assert channel_of(branch) == Channel(branch, assumed=True)


@pytest.mark.parametrize(
    ("pattern", "branch"),
    [
        ("release/*", "release/2024/spring"),
        ("*", "anything"),
        ("team-*-next", "team-a-next"),
        ("a.b+c", "a.b+c"),
    ],
)
def test_a_star_stands_for_anything(pattern: str, branch: str) -> None:
    assert channel_of(branch, [ChannelRule(pattern, "rc")]) == Channel(branch, "rc")


@pytest.mark.parametrize(("pattern", "branch"), [("a.b", "axb"), ("re*", "are"), ("*/x", "a/xy")])
def test_a_pattern_is_no_regular_expression_and_covers_the_whole_name(
    pattern: str, branch: str
) -> None:
    assert ChannelRule(pattern).channel(branch) is None


def test_the_first_rule_that_names_a_branch_decides() -> None:
    rules = [ChannelRule("next", "beta"), ChannelRule("*", "rc")]

    assert channel_of("next", rules).prerelease == "beta"


@pytest.mark.parametrize(
    ("pattern", "branch", "limits"),
    [
        ("{major}.x", "1.x", ">=1.0.0 <2.0.0"),
        ("release/{major}", "release/12", ">=12.0.0 <13.0.0"),
        ("{major}.{minor}.x", "1.2.x", ">=1.2.0 <1.3.0"),
        ("*-{major}.{minor}", "stable-0.9", ">=0.9.0 <0.10.0"),
    ],
)
def test_numbers_in_a_name_are_the_range(pattern: str, branch: str, limits: str) -> None:
    assert str(channel_of(branch, [ChannelRule(pattern)]).range) == limits


def test_a_prerelease_channel_may_have_a_range() -> None:
    channel = channel_of("2.x-next", [ChannelRule("{major}.x-next", "rc")])

    assert (channel.kind, str(channel.range)) == ("prerelease", ">=2.0.0 <3.0.0")


# Ranges


@pytest.mark.parametrize(
    ("version", "inside"),
    [
        ("1.2.0", True),
        ("1.2.99", True),
        ("1.2.0-rc.1", True),
        ("1.1.9", False),
        ("1.3.0", False),
        ("1.3.0-rc.1", False),
    ],
)
def test_a_range_ends_before_the_next_line_and_its_prereleases(
    version: str, *, inside: bool
) -> None:
    limits = LINE_1_2.range
    assert limits is not None

    assert limits.holds(Version.parse(version)) is inside


# Bases


@pytest.mark.parametrize(
    ("channel", "names"),
    [
        (Channel("main"), ["v1.1.0", "v1.2.0", "v2.0.0"]),
        (RC, ["v1.1.0", "v1.2.0", "v2.0.0"]),
        (LINE_1_2, ["v1.1.0", "v1.2.0"]),
    ],
)
def test_the_bump_counts_from_stable_versions_below_the_end(
    channel: Channel, names: list[str]
) -> None:
    every = tags("1.1.0", "1.2.0", "1.3.0-rc.1", "2.0.0")

    assert [tag.name for tag in channel.candidates(every)] == names
    assert [tag.name for tag in every if channel.counts_from(tag.version)] == names


# Tokens


@pytest.mark.parametrize(
    ("version", "own"),
    [
        ("1.0.0-rc.1", True),
        ("1.0.0-rc", True),
        ("1.0.0-rc.1.2", False),
        ("1.0.0-rc1", True),
        ("1.0.0-rc1.2", False),
        ("1.0.0-rcx1", False),
        ("1.0.0-beta.1", False),
        ("1.0.0-beta1", False),
        ("1.0.0", False),
    ],
)
def test_a_prerelease_belongs_to_the_channel_of_its_token(version: str, *, own: bool) -> None:
    assert RC.has_token(Version.parse(version)) is own


def test_a_stable_channel_has_no_prereleases() -> None:
    assert not Channel("main").has_token(Version.parse("1.0.0-rc.1"))


def test_a_token_may_have_several_parts() -> None:
    channel = Channel("hotfix", "beta.hotfix")

    assert channel.has_token(Version.parse("1.0.0-beta.hotfix.2"))
    assert not channel.has_token(Version.parse("1.0.0-beta.2"))


@pytest.mark.parametrize(
    ("version", "own"), [("1.0.0", True), ("1.0.0-rc.1", True), ("1.0.0-beta.1", False)]
)
def test_a_channel_owns_its_prereleases_and_the_stable_versions(version: str, *, own: bool) -> None:
    assert RC.owns(Version.parse(version)) is own


@pytest.mark.parametrize(
    ("version", "token"),
    [
        ("1.3.0-rc.2", "rc"),
        ("1.3.0-rc", "rc"),
        ("1.3.0-rc12", "rc"),
        ("1.3.0-rc1.2", "rc1"),
        ("1.3.0-beta.hotfix3", "beta.hotfix"),
        ("1.3.0-beta-3", "beta-3"),
        ("1.3.0-sha5114f85", "sha5114f85"),
        ("1.3.0-beta.hotfix.1", "beta.hotfix"),
        ("1.3.0-1", "1"),
        ("1.3.0", ""),
    ],
)
def test_the_token_of_a_version_is_what_stands_before_its_number(version: str, token: str) -> None:
    assert token_of(Version.parse(version)) == token


@pytest.mark.parametrize(
    ("branch", "version", "expected"),
    [
        ("main", "1.2.0", True),
        ("main", "1.2.0-rc.1", False),
        ("1.x", "1.9.0", True),
        ("1.x", "0.9.0", False),
        ("1.x", "2.0.0", False),
        ("next", "1.2.0-rc.1", True),
        ("next", "1.2.0", False),
    ],
)
def test_channel_releases_its_own_kind(branch: str, version: str, *, expected: bool) -> None:
    assert channel_of(branch).releases(Version.parse(version)) is expected
