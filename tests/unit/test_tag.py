"""Tags: reading versions out of their names, and finding out which format a repository uses."""

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from tagboat.core.errors import UsageError
from tagboat.core.version.tag import (
    Ref,
    TagFormat,
    Tagging,
    given,
    inferred,
    pep440,
    semver,
    strange_told,
    way_out,
)
from tagboat.core.version.version import Version

SPELLINGS = ["v{}", "V{}", "{}", "api-v{}", "api@{}", "api-{}", "api/v{}", "api_{}", "@org/api@{}"]


def refs(*names: str) -> list[Ref]:
    return [Ref(name, f"{number:040x}") for number, name in enumerate(names, 1)]


def found(*names: str, newest: str = "") -> Tagging:
    """What is inferred from some tags; the newest is the last of them, or the one named."""
    return inferred(refs(*names), lambda asked: newest or asked[-1])


def versions(tagging: Tagging) -> list[str]:
    return [str(tag.version) for tag in tagging.tags]


# Formats


@pytest.mark.parametrize(
    ("template", "name", "tag"),
    [
        ("v{version}", "", "v1.2.3"),
        ("{version}", "", "1.2.3"),
        ("{name}-v{version}", "api", "api-v1.2.3"),
        ("release/{version}-final", "", "release/1.2.3-final"),
    ],
)
def test_a_format_spells_a_version_as_a_tag(template: str, name: str, tag: str) -> None:
    assert TagFormat.parse(template, name).spell(Version(1, 2, 3)) == tag


@pytest.mark.parametrize("template", ["", "v", "{version}{version}", "v{major}", "{name}-{x}"])
def test_a_format_holds_the_version_exactly_once(template: str) -> None:
    with pytest.raises(UsageError, match="exactly once") as error:
        TagFormat.parse(template)
    assert error.value.hint == 'write it like tag = "v{version}"'


def test_a_format_is_shown_as_configuration_spells_it() -> None:
    assert TagFormat("api-v", "-final").template() == "api-v{version}-final"


@each(st.text("ab-/@v"), st.text("ab-/@"))
def test_a_format_that_is_written_out_reads_as_itself(prefix: str, suffix: str) -> None:
    written = TagFormat(prefix, suffix)

    assert TagFormat.parse(written.template()) == written


# Given formats


def test_a_given_format_leaves_every_other_tag_out() -> None:
    names = refs("v1.0.0", "1.1.0", "api-v2.0.0", "v1", "v1.3.0-rc.1", "latest")

    assert versions(given(names, TagFormat("v"))) == ["1.0.0", "1.3.0-rc.1"]


@pytest.mark.parametrize(
    ("prefix", "names", "strange"),
    [
        ("", ["v1.0.0", "v1.10.0", "v1.9.0"], ("v1.10.0",)),
        ("v", ["1.0.0", "api-v2.0.0"], ("1.0.0",)),
        ("v", ["V1.0.0", "1.x"], ("V1.0.0",)),
        ("v", ["api-v2.0.0", "latest"], ()),
        ("app-v", ["v1.0.0"], ()),
    ],
)
def test_where_a_given_format_reads_no_tag_one_in_another_spelling_is_strange(
    prefix: str, names: list[str], strange: tuple[str, ...]
) -> None:
    assert given(refs(*names), TagFormat(prefix)).strange == strange


@pytest.mark.parametrize(
    ("prefix", "names", "notes"),
    [
        (
            "",
            ["1.7.0", "v1.22.0"],
            ("v1.22.0 does not count: tag = '{version}' does not spell it",),
        ),
        ("", ["1.7.0", "v1.6.0"], ()),
        ("v", ["v1.7.0", "app-v2.0.0"], ()),
        ("app-v", ["app-v1.0.0", "v2.0.0"], ()),
    ],
)
def test_a_higher_tag_in_another_spelling_is_told(
    prefix: str, names: list[str], notes: tuple[str, ...]
) -> None:
    assert given(refs(*names), TagFormat(prefix)).notes == notes


def test_a_given_format_may_have_something_behind_the_version() -> None:
    names = refs("r1.0.0.end", "r1.1.0", "r.end")

    assert versions(given(names, TagFormat("r", ".end"))) == ["1.0.0"]


def test_what_stands_before_and_behind_a_version_does_not_overlap() -> None:
    assert versions(given(refs("v", "vv", "v1.0.0v"), TagFormat("v", "v"))) == ["1.0.0"]


def test_a_tag_keeps_its_name_and_its_commit() -> None:
    (tag,) = given(refs("v1.0.0"), TagFormat("v")).tags

    assert (tag.name, tag.commit) == ("v1.0.0", f"{1:040x}")


def test_tags_may_spell_versions_as_python_does() -> None:
    names = refs("v1.2.0rc1", "v1.2.0-rc.2", "v1.2.0", "v1.2.0.post1", "vx")

    assert versions(given(names, TagFormat("v"), pep440)) == ["1.2.0-rc.1", "1.2.0-rc.2", "1.2.0"]


@pytest.mark.parametrize("text", ["v1.2.3", "1.2", "", "1.2.3rc1"])
def test_a_text_that_is_no_semantic_version_reads_as_none(text: str) -> None:
    assert semver(text) is None


# Inferred formats


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_format_is_that_of_the_tags(spelling: str) -> None:
    tagging = found("latest", spelling.format("1.2.3"), spelling.format("1.3.0-rc.1"))

    assert tagging.format.template() == spelling.format("{version}")
    assert versions(tagging) == ["1.2.3", "1.3.0-rc.1"]


@pytest.mark.parametrize("names", [(), ("latest", "v1", "vv1.2.3", "nightly-2024-01-01")])
def test_without_a_version_tag_the_format_is_v(names: tuple[str, ...]) -> None:
    assert found(*names)[:2] == (TagFormat("v"), ())


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("my-api-2.0.0", "2.0.0"),
        ("py3-1.0.0", "1.0.0"),
        ("api-1.0.0-2.0.0", "1.0.0-2.0.0"),
        ("v1.0.0-api-2.0.0", "1.0.0-api-2.0.0"),
        ("v1.0.0+linux", "1.0.0+linux"),
    ],
)
def test_the_version_starts_as_early_as_it_can(name: str, version: str) -> None:
    assert versions(found(name)) == [version]


def test_one_way_of_spelling_takes_no_look_at_which_tag_is_newest() -> None:
    def refused(_: object) -> str:
        raise AssertionError

    assert inferred(refs("v1.0.0", "v1.1.0"), refused).inferred_from == "v1.0.0"


@pytest.mark.parametrize(("newest", "template"), [("v1.0.0", "v{version}"), ("1.1.0", "{version}")])
def test_where_spellings_mix_the_newest_tag_s_is_the_format(newest: str, template: str) -> None:
    tagging = found("1.1.0", "v1.0.0", newest=newest)

    assert (tagging.format.template(), tagging.inferred_from) == (template, newest)


def test_where_spellings_mix_the_tags_of_all_count() -> None:
    assert sorted(versions(found("v1.0.0", "1.1.0", "V1.2.0"))) == ["1.0.0", "1.1.0", "1.2.0"]


def test_the_spellings_of_one_package_mix_as_well() -> None:
    tagging = found("api-v1.0.0", "api@1.1.0")

    assert tagging.format == TagFormat("api@")
    assert sorted(versions(tagging)) == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (("v1.5.0", "mychart-0.3.0"), "mychart-0.3.0"),
        (("v1.5.0", "mychart-1.3.0"), "mychart-1.3.0"),
        (("v1.0.0", "api-v2.0.0"), "v1.0.0"),
    ],
)
def test_tags_without_a_name_win_over_those_of_one_package(
    names: tuple[str, ...], newest: str
) -> None:
    tagging = found(*names, newest=newest)

    assert [tag.name for tag in tagging.tags] == [names[0]]
    assert tagging.notes == (f"tags of another package do not count: {names[1]}",)


def test_a_package_that_is_higher_and_newer_needs_a_choice() -> None:
    with pytest.raises(UsageError, match="several packages: one without a name, api"):
        found("v1.0.0", "api-v2.0.0", newest="api-v2.0.0")


# Tags of two parts


def test_a_tag_of_two_parts_counts_as_three() -> None:
    tagging = found("v2.5.2", "v2.12", "v2.13-rc.1")

    assert versions(tagging) == ["2.5.2", "2.12.0", "2.13.0-rc.1"]
    assert tagging.format.spell(Version(2, 13, 0)) == "v2.13.0"
    assert tagging.notes == (
        "v2.13-rc.1 counts as 2.13.0-rc.1, and 1 more like it; the next tag has three parts",
    )


def test_tags_of_two_parts_may_be_all_there_are() -> None:
    tagging = found("1.9", "1.10")

    assert (versions(tagging), tagging.format.template()) == (["1.9.0", "1.10.0"], "{version}")


@pytest.mark.parametrize(
    "names",
    [
        ("v1.2.3", "v1.2"),
        ("v1.2.3", "v1"),
        ("v1.2", "v1"),
        ("1.2.3", "v1.2", "v1"),
        ("v4.1.0", "v4.1.0@next"),
        ("v1.2.3", "v1.2.3-final", "1.2.3.0"),
    ],
)
def test_a_tag_that_moves_with_its_line_is_no_release(names: tuple[str, ...]) -> None:
    tagging = inferred([Ref(name, "a" * 40) for name in names], lambda asked: asked[0])

    assert ([tag.name for tag in tagging.tags], tagging.strange) == ([names[0]], ())


def test_a_tag_of_two_parts_whose_version_has_a_tag_of_three_moves() -> None:
    assert [tag.name for tag in found("v1.2.0", "v1.2.1", "v1.2").tags] == ["v1.2.0", "v1.2.1"]


def test_tags_of_two_parts_count_in_a_given_format() -> None:
    assert versions(given(refs("r1.2", "r1.3.0"), TagFormat("r"))) == ["1.3.0", "1.2.0"]


# Tags that look like versions and are none

STRANGE = {
    "v6.0.0-final": 'tag = "v{version}-final" in tagboat.toml reads it',
    "v6.0.0.Final": 'tag = "v{version}.Final" in tagboat.toml reads it',
    "6.0.0-RELEASE": 'tag = "{version}-RELEASE" in tagboat.toml reads it',
    "v.1.2.3": 'tag = "v.{version}" in tagboat.toml reads it',
    "ver1.2.3": 'tag = "ver{version}" in tagboat.toml reads it',
    "1.2.3.4": "tag its commit in three parts: git tag v1.2.3 1.2.3.4",
    "v2024.10.01": "tag its commit in three parts: git tag v2024.10.1 v2024.10.01",
    "2024.01": "tag its commit in three parts: git tag v2024.1.0 2024.01",
    "REL_1_2_3": "tag its commit in three parts: git tag v1.2.3 REL_1_2_3",
    "v3": "tag its commit in three parts: git tag v3.0.0 v3",
    "v5.0.0-beta.2@beta": 'tag = "v{version}-beta.2@beta" in tagboat.toml reads it',
    "0.1-0": "tag its commit in three parts: git tag v0.1.0 0.1-0",
    "v5.3.dev3": 'scheme = "pep440" in tagboat.toml reads it',
    "2.2.44.aa00000": 'tag = "{version}.aa00000" in tagboat.toml reads it',
    "v1.2.3rc1": 'scheme = "pep440" in tagboat.toml reads it',
    "1!2.0.0": 'tag = "1!{version}" in tagboat.toml reads it',
    "v1!2.0": "tag its commit in three parts: git tag v2.0.0 'v1!2.0'",
    "app1.3.0": 'tag = "app{version}" in tagboat.toml reads it',
    "vv1.3.0": 'tag = "vv{version}" in tagboat.toml reads it',
    "go1.21rc2": "tag its commit in three parts: git tag v1.21.0 go1.21rc2",
    "rel/1.3": "tag its commit in three parts: git tag v1.3.0 rel/1.3",
    "curl-8_1_0": "tag its commit in three parts: git tag v8.1.0 curl-8_1_0",
    "v1.3.0/rc1": 'tag = "v{version}/rc1" in tagboat.toml reads it',
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_looks_like_a_version_is_kept_by_its_name(name: str) -> None:
    tagging = found("v1.0.0", name)

    assert (versions(tagging), tagging.strange) == (["1.0.0"], (name,))


@pytest.mark.parametrize("name", STRANGE)
def test_what_looks_like_a_version_has_a_way_out(name: str) -> None:
    assert way_out(name) == STRANGE[name]


@pytest.mark.parametrize(
    "name",
    [
        *("latest", "nightly-2024-01-01", "2024-01-01", "12345", "vnext", "build-1234"),
        *("nightly-2024.01.01", "ubuntu22.04-base", "2fa-1.2"),
    ],
)
def test_what_looks_like_no_version(name: str) -> None:
    assert found("v1.0.0", name).strange == ()


def test_a_tag_of_two_parts_that_is_not_the_highest_is_no_news() -> None:
    assert found("v1.13", "v1.14.0").notes == ()


def test_a_lone_number_is_a_line_where_that_line_has_versions() -> None:
    assert found("v1", "v1.2.0", "v3").strange == ("v3",)


def test_the_highest_of_strange_tags_is_told() -> None:
    assert strange_told(["v1.2.3.4", "v1.10.0.0", "v1.9.0.0"])[0] == (
        "3 tags look like versions and are none, like v1.10.0.0"
    )


# As Python spells them


def test_inference_knows_how_python_spells_prereleases() -> None:
    tagging = inferred(refs("v1.1.0", "v1.2.0rc1", "v1.1", "vx"), lambda asked: asked[-1], pep440)

    assert versions(tagging) == ["1.1.0", "1.2.0-rc.1"]
    assert tagging.format.template() == "v{version}"


@pytest.mark.parametrize(
    ("version", "tag"),
    [("1.2.0-rc.2", "v1.2.0rc2"), ("1.2.0", "v1.2.0"), ("1.2.0-next.1", "v1.2.0-next.1")],
)
def test_a_format_may_spell_versions_as_python_does(version: str, tag: str) -> None:
    assert TagFormat("v", "", "pep440").spell(Version.parse(version)) == tag


def test_tags_of_several_packages_need_a_choice() -> None:
    with pytest.raises(UsageError, match=r"packages: one without a name, api, web$") as error:
        found("v0.1.0", "v0.2.0", "api-v1.0.0", "web@2.0.0", "web-2.1.0", "web-2.10.0")
    assert error.value.hint == (
        'choose one with --tag-format or in tagboat.toml: tag = "v{version}" as in v0.2.0, '
        'or tag = "api-v{version}" as in api-v1.0.0, or tag = "web-{version}" as in web-2.10.0, '
        'or tag = "web@{version}" as in web@2.0.0'
    )


def test_tags_without_a_name_are_a_choice_of_their_own() -> None:
    with pytest.raises(UsageError, match=r"packages: one without a name, app, lib$") as error:
        found("6.9.0", "7.0.0", "app-7.0.0", "lib-0.1.0")
    assert error.value.hint is not None
    assert 'toml: tag = "{version}" as in 7.0.0, or tag = "app-' in error.value.hint


# The tags of one version


def test_the_usual_spelling_of_a_version_comes_first() -> None:
    tagging = found("1.0.0", "v1.0.0", "v1.1.0")

    assert [tag.name for tag in tagging.of(Version(1, 0, 0))] == ["v1.0.0", "1.0.0"]


def test_build_metadata_makes_no_other_version() -> None:
    tagging = found("v1.0.0+linux")

    assert [tag.name for tag in tagging.of(Version(1, 0, 0))] == ["v1.0.0+linux"]


def test_a_version_without_a_tag_has_none() -> None:
    assert found("v1.0.0").of(Version(1, 0, 1)) == ()


@pytest.mark.parametrize(
    ("template", "name", "expected"),
    [
        ("{name}-v{version}", "core-v1.2.3", True),
        ("{name}-v{version}", "core-v1.2.3rc1", True),
        ("{name}-v{version}", "core-v1.2", True),
        ("{name}-v{version}", "1.2.3", False),
        ("{version}-core", "1.2.3-core", True),
        ("{version}-core", "1.2.3", False),
        ("{version}-core", "-core", False),
    ],
)
def test_format_tells_whether_a_tag_is_of_its_package(
    template: str, name: str, *, expected: bool
) -> None:
    assert TagFormat.parse(template, "core").reads(name) is expected
