"""Image tags: what a template spells for a version, and what it reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.errors import UsageError
from tagboat.core.images.tags import (
    ImageTagSet,
    TagRule,
    image_tag_set,
    read_tags,
    tag_rules,
    version_tags,
)
from tagboat.core.version.channel import DEFAULT_RULES, ChannelRule
from tagboat.core.version.tag import is_final
from tagboat.core.version.version import Version

DEFAULT = tag_rules(("{version}", "{major}.{minor}", "{major}", "latest"))
WORD = st.from_regex(r"[a-z][0-9a-z-]{0,5}", fullmatch=True)
NUMBER = st.integers(0, 30)
VERSIONS = st.builds(
    Version,
    NUMBER,
    NUMBER,
    NUMBER,
    st.lists(WORD, max_size=2).map(tuple),
    st.lists(WORD, max_size=2).map(tuple),
)


def spelled(template: str, version: str) -> str | None:
    return TagRule.parse(template, DEFAULT_RULES).spell(Version.parse(version))


@pytest.mark.parametrize(
    ("template", "version", "tag"),
    [
        ("{version}", "1.2.3", "1.2.3"),
        ("{version}", "1.3.0-rc.1", "1.3.0-rc.1"),
        ("{version}", "1.2.3-rc.1+a.7", "1.2.3-rc.1_a.7"),
        ("v{version}-alpine", "1.2.3", "v1.2.3-alpine"),
        ("{major}.{minor}.{patch}", "1.2.3", "1.2.3"),
        ("{major}.{minor}.{patch}", "1.2.3-rc.1", None),
        ("{major}.{minor}.{patch}", "1.2.3+a", "1.2.3"),
        ("{major}.{minor}", "1.2.3", "1.2"),
        ("{major}.{minor}", "0.2.3", "0.2"),
        ("{major}.{minor}", "1.2.3-rc.1", None),
        ("{major}", "1.2.3", "1"),
        ("v{major}-alpine", "1.2.3", "v1-alpine"),
        ("{major}", "0.2.3", None),
        ("{major}-{channel}", "0.2.3-rc.1", None),
        ("latest", "0.2.3", "latest"),
        ("latest", "1.2.3-rc.1", None),
        ("stable", "1.2.3", "stable"),
        ("{channel}", "1.2.3", None),
        ("{channel}", "1.3.0-rc.1", "rc"),
        ("{channel}", "1.3.0-hotfix.2", None),
        ("{channel}", "1.3.0-1", None),
        ("{major}.{minor}-{channel}", "1.3.0-rc.1", "1.3-rc"),
        ("{version}-{channel}", "1.3.0-rc.1", "1.3.0-rc.1-rc"),
        ("{version}-{channel}", "1.3.0", None),
        ("beta", "1.3.0-beta.1", "beta"),
        ("beta", "1.3.0-rc.1", None),
        ("beta", "1.3.0", None),
        ("next", "1.3.0-rc.1", "next"),
        ("next", "1.3.0", None),
    ],
)
def test_template_spells_the_tag_of_a_version(template: str, version: str, tag: str | None) -> None:
    assert spelled(template, version) == tag


def test_fixed_text_that_is_no_prerelease_channel_follows_stable_versions() -> None:
    rule = TagRule.parse("next", (ChannelRule("next"), ChannelRule("beta", "beta")))
    assert rule.spell(Version(1, 2, 3)) == "next"


def test_token_of_several_identifiers_is_spelled_with_dots() -> None:
    rule = TagRule.parse("{channel}", (ChannelRule("hotfix", "beta.hotfix"),))
    assert rule.spell(Version.parse("1.3.0-beta.hotfix.2")) == "beta.hotfix"


def test_channel_spells_nothing_where_there_is_no_prerelease_channel() -> None:
    rule = TagRule.parse("{channel}", (ChannelRule("main"),))
    assert [rule.spell(Version.parse(text)) for text in ("1.3.0-rc.1", "1.3.0")] == [None, None]


@pytest.mark.parametrize(
    ("template", "is_once"),
    [
        ("{version}", True),
        ("a-{version}-b", True),
        ("{major}.{minor}.{patch}", True),
        ("{major}.{minor}.{patch}-{channel}", False),
        ("{major}.{minor}", False),
        ("{major}", False),
        ("latest", False),
        ("{channel}", False),
    ],
)
def test_tag_with_the_whole_version_is_written_once(template: str, is_once: bool) -> None:  # noqa: FBT001 - a table of cases
    assert TagRule.parse(template).is_once is is_once


def test_maintenance_releases_leave_only_fixed_texts_for_stable_versions_alone() -> None:
    rules = tag_rules(("latest", "edge", "next", "{channel}", "{major}"), DEFAULT_RULES)
    assert [rule.template for rule in rules if rule.is_latest] == ["latest", "edge"]


def test_narrower_tags_tell_more_of_the_version() -> None:
    rules = tag_rules(("{major}.{minor}", "{major}", "latest"))
    assert [rule.width for rule in rules] == [2, 1, 0]


def test_fixed_text_for_a_token_is_as_narrow_as_the_token() -> None:
    rules = tag_rules(("next", "{channel}"), DEFAULT_RULES)
    assert [rule.width for rule in rules] == [1, 1]


def test_tags_of_a_version_stand_in_order_and_once() -> None:
    rules = (*DEFAULT, *tag_rules(("{major}.{minor}.{patch}", "latest")))
    assert image_tag_set(rules, Version(1, 2, 3)) == ImageTagSet(("1.2.3",), ("1.2", "1", "latest"))


def test_prerelease_has_no_tag_of_stable_versions() -> None:
    assert image_tag_set(DEFAULT, Version.parse("1.2.3-rc.1")) == ImageTagSet(("1.2.3-rc.1",), ())


def test_version_without_a_tag_that_is_written_once_is_refused() -> None:
    with pytest.raises(UsageError, match=r"version 1\.2\.3-rc\.1 needs an image tag"):
        image_tag_set(tag_rules(("{major}.{minor}.{patch}",)), Version.parse("1.2.3-rc.1"))


@pytest.mark.parametrize("templates", [("{version}",), ("{version}", "{major}.{minor}")])
def test_tag_that_is_longer_than_a_registry_takes_is_refused(templates: tuple[str, ...]) -> None:
    version = Version(1, int("9" * 130), 3)
    with pytest.raises(UsageError, match="can't be an image tag"):
        image_tag_set(tag_rules(templates), version)


def test_longest_tag_is_taken() -> None:
    version = Version(1, 2, 3, ("a" * 122,))
    assert len(image_tag_set(DEFAULT, version).once[0]) == 128


RELEASED = VERSIONS.filter(lambda version: not is_final(version))
"""Versions that may be released: none of -final, -ga and such."""


@given(RELEASED, st.sampled_from(["{version}", "v{version}", "{version}-alpine", "x{version}_"]))
def test_version_is_read_back_from_its_tag(version: Version, template: str) -> None:
    rule = TagRule.parse(template)
    tag = rule.spell(version)
    assert tag is not None
    assert str(rule.read(tag)) == str(version)


@pytest.mark.parametrize(
    ("template", "tag", "version"),
    [
        ("{major}.{minor}.{patch}", "1.2.3", Version(1, 2, 3)),
        ("{major}.{minor}.{patch}", "1.02.3", None),
        ("{major}.{minor}.{patch}", "1.2.3-rc.1", None),
        ("{version}-{major}", "1.2.3-1", Version(1, 2, 3)),
        ("{version}-{major}", "1.2.3-2", None),
        ("{version}.{version}", "1.2.3.1.2.3", Version(1, 2, 3)),
        ("{version}", "1.2", None),
        ("{version}", "latest", None),
        ("{version}", "1.2.3_a_b", None),
        ("{version}", "1.2.3+a", None),
        ("{major}", "1", None),
        ("latest", "latest", None),
    ],
)
def test_only_tags_that_the_rule_spells_are_read(
    template: str, tag: str, version: Version | None
) -> None:
    assert TagRule.parse(template).read(tag) == version


def test_tag_of_a_variant_is_no_prerelease() -> None:
    plain, alpine = tag_rules(("{version}", "{version}-alpine"))
    found = read_tags(["1.2.3", "1.2.3-alpine", "latest", "1.2.3-rc.1"], (plain, alpine))
    assert found == {
        "1.2.3": (plain, Version(1, 2, 3)),
        "1.2.3-alpine": (alpine, Version(1, 2, 3)),
        "1.2.3-rc.1": (plain, Version.parse("1.2.3-rc.1")),
    }


@pytest.mark.parametrize(
    ("template", "tags", "found"),
    [
        ("{version}", ["1.2.3", "latest"], "1.2.3"),
        ("{version}", ["v1.2.3"], "v1.2.3"),
        ("v{version}", ["1.2.3"], "1.2.3"),
        ("{version}-alpine", ["v1.2.3-alpine"], "v1.2.3-alpine"),
        ("{version}", ["1.2.3", "1.2.3_build.7", "v1.2.3"], "1.2.3"),
        ("v{version}", ["1.2.3", "v1.2.3"], "v1.2.3"),
        ("{version}", ["1.2.3_build.6", "1.2.3_build.7"], "1.2.3_build.7"),
    ],
)
def test_tag_of_a_version_is_found_as_other_tools_spell_it(
    template: str, tags: list[str], found: str
) -> None:
    rules = tag_rules([template])
    for order in (tags, tags[::-1]):
        assert version_tags(order, rules, rules) == {Version(1, 2, 3): found}


def test_version_of_another_variant_is_none_of_the_images() -> None:
    rules = tag_rules(["{version}", "{version}-alpine"])
    assert version_tags(["v1.2.3-alpine"], rules, rules[:1]) == {}


def test_version_of_another_image_with_a_v_is_none_of_the_images() -> None:
    rules = tag_rules(["{version}", "v{version}"])
    assert version_tags(["v1.2.3"], rules, rules[:1]) == {}
    assert version_tags(["1.2.3"], rules, rules[1:]) == {}
