"""Tags: reading versions out of their names, and finding out which format a repository uses."""

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from tagboat.core.errors import UsageError
from tagboat.core.version.tag import Ref, TagFormat, Tagging, given, inferred, pep440, semver
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
    names = refs("v1.0.0", "1.1.0", "api-v2.0.0", "v1.2", "v1.3.0-rc.1", "latest")

    assert versions(given(names, TagFormat("v"))) == ["1.0.0", "1.3.0-rc.1"]


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


@pytest.mark.parametrize("names", [(), ("latest", "v1", "v1.2", "vv1.2.3", "nightly-2024-01-01")])
def test_without_a_version_tag_the_format_is_v(names: tuple[str, ...]) -> None:
    assert found(*names) == Tagging(TagFormat("v"), ())


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
    ("names", "counted"),
    [(("v1.0.0", "api-v2.0.0"), ["2.0.0"]), (("api-v2.0.0", "v1.0.0"), ["1.0.0"])],
)
def test_a_package_beside_plain_tags_counts_alone_if_its_tag_is_the_newest(
    names: tuple[str, ...], counted: list[str]
) -> None:
    assert versions(found(*names)) == counted


def test_tags_of_several_packages_need_a_choice() -> None:
    with pytest.raises(UsageError, match="several packages: api, v, web") as error:
        found("v0.1.0", "api-v1.0.0", "web@2.0.0", "web-2.1.0")
    assert error.value.hint == (
        'choose one with --tag-format or in tagboat.toml: tag = "api-v{version}" or '
        'tag = "v{version}" or tag = "web-{version}" or tag = "web@{version}"'
    )


# The tags of one version


def test_the_usual_spelling_of_a_version_comes_first() -> None:
    tagging = found("1.0.0", "v1.0.0", "v1.1.0")

    assert [tag.name for tag in tagging.of(Version(1, 0, 0))] == ["v1.0.0", "1.0.0"]


def test_build_metadata_makes_no_other_version() -> None:
    tagging = found("v1.0.0+linux")

    assert [tag.name for tag in tagging.of(Version(1, 0, 0))] == ["v1.0.0+linux"]


def test_a_version_without_a_tag_has_none() -> None:
    assert found("v1.0.0").of(Version(1, 0, 1)) == ()
