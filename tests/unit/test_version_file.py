"""Entries of `files`, and the edits of a release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.core.errors import ConflictError, UsageError
from tagboat.core.version.version import Version
from tagboat.core.version_files.edits import (
    Edit,
    FileEntry,
    Target,
    declared,
    edited,
    edits,
    parse_entry,
    version_locations,
)
from tests.file_fakes import MemoryFolder

V122, V123, V130 = Version(1, 2, 2), Version(1, 2, 3), Version(1, 3, 0)


def made(files: dict[str, str], entries: list[str], target: Target) -> tuple[Edit, ...]:
    """The edits that a target leads to."""
    folder = MemoryFolder(files)
    found = [spot for entry in entries for spot in version_locations(parse_entry(entry), folder)]
    return edits(found, target)


def new_text(text: str, entry: str, target: Target) -> str:
    """One file's text after its edits."""
    path = entry.partition(":")[0]
    return edited(text, made({path: text}, [entry], target))


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("a.toml:a.b", {"path": "a.toml", "key": "a.b"}),
        ("README.md:app:{version}", {"path": "README.md", "key": "app:{version}"}),
        ("VERSION", {"path": "VERSION"}),
        ("./npm", {"path": "npm"}),
        ("npm", {"preset": "npm"}),
        ("npm:", {"preset": "npm"}),
        ("npm:libs/a/", {"preset": "npm", "path": "libs/a"}),
        ("commitizen:npm", {"preset": "npm"}),
        ("commitizen:my_provider", {"provider": "my_provider"}),
        ("commitizen", {"path": "commitizen"}),
    ],
)
def test_an_entry_is_read(text: str, entry: dict[str, str]) -> None:
    assert parse_entry(text) == FileEntry(text, **entry)


@pytest.mark.parametrize("text", ["commitizen:scm", "commitizen:commitizen"])
def test_a_provider_without_a_file_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no file with a version"):
        parse_entry(text)


@pytest.mark.parametrize("text", ["npm:../a", "npm:a/../b", "npm:/a", "npm:.."])
def test_a_preset_stays_in_the_repository(text: str) -> None:
    with pytest.raises(UsageError, match="is not a path inside the repository"):
        parse_entry(text)


def test_a_provider_has_no_spots() -> None:
    assert version_locations(parse_entry("commitizen:other"), MemoryFolder({})) == ()


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("a.toml:v", 'v = "@"'),
        ("a.json:v", '{"v": "@"}'),
        ("a.yaml:v", "v: @"),
        ("a.yml:v", "v: @"),
        ("a.py:v", "v = '@'"),
        ("a.py:say {version}!", "say @! say @!"),
        ("a.toml:say {version}", "# say @"),
        ("VERSION", "@\r\n"),
    ],
)
def test_the_name_of_a_file_tells_what_a_key_means(entry: str, text: str) -> None:
    old, new = text.replace("@", "1.2.3"), text.replace("@", "1.3.0")
    assert new_text(old, entry, Target(V130)) == new


def test_an_edit_tells_the_characters_to_replace() -> None:
    files = {"a.py": "é = 1\r\nv = 'v1.2.3'"}
    assert made(files, ["a.py:v"], Target(V130)) == (Edit("a.py", 13, 18, "1.2.3", "1.3.0"),)


@pytest.mark.parametrize(
    ("scheme", "old", "new"),
    [
        ("semver", "1.2.3", "1.3.0-rc.1"),
        ("pep440", "1.2.3", "1.3.0rc1"),
        ("semver", "1.2.3rc2", "1.3.0-rc.1"),
        ("pep440", "1.2.3-rc.2", "1.3.0rc1"),
        ("semver", "v1.2.3-rc.2", "v1.3.0-rc.1"),
        ("pep440", "V1.2.3", "V1.3.0rc1"),
    ],
)
def test_the_scheme_decides_what_is_written(scheme: str, old: str, new: str) -> None:
    target = Target(Version.parse("1.3.0-rc.1"), scheme)
    assert new_text(old, "VERSION", target) == new


def test_a_version_that_the_scheme_cannot_spell_is_refused() -> None:
    target = Target(Version.parse("1.3.0-nightly.1"), "pep440")
    with pytest.raises(UsageError, match="has no PEP 440 spelling"):
        new_text("1.2.3", "VERSION", target)


def test_a_version_spelled_with_escapes_is_replaced_whole() -> None:
    assert new_text('{"v": "v1.2.3\\u002B5"}', "a.json:v", Target(V130)) == '{"v": "v1.3.0"}'


@pytest.mark.parametrize("text", ["1.3.0", "v1.3.0", "1.3"])
def test_a_file_that_holds_the_target_is_done(text: str) -> None:
    assert made({"VERSION": text}, ["VERSION"], Target(V130, "semver", (V123,))) == ()


def test_other_build_metadata_is_another_version_to_write() -> None:
    target = Target(Version.parse("1.3.0+b2"), "semver", (V123,))
    assert new_text("1.3.0+b1", "VERSION", target) == "1.3.0+b2"


@pytest.mark.parametrize("old", ["1.2.2", "1.2.3"])
def test_every_expected_version_is_replaced(old: str) -> None:
    assert new_text(old, "VERSION", Target(V130, "semver", (V122, V123))) == "1.3.0"


def test_any_version_is_replaced_where_none_is_expected() -> None:
    assert new_text("9.9.9", "VERSION", Target(V130)) == "1.3.0"


def test_versions_that_are_not_expected_are_a_conflict_that_names_them_all() -> None:
    files = {"VERSION": "1.0.0", "a.py": "\nv = '1.2.4'", "b.py": "v = '1.2.3'"}
    with pytest.raises(ConflictError) as caught:
        made(files, ["VERSION", "a.py:v", "b.py:v"], Target(V130, "semver", (V123, V122, V123)))
    assert caught.value.message.split("\n") == [
        "VERSION, line 1 is 1.0.0, expected 1.2.3 or 1.2.2 or 1.3.0",
        "a.py, line 2: v is 1.2.4, expected 1.2.3 or 1.2.2 or 1.3.0",
    ]


def test_a_value_that_is_no_version_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        made({"a.toml": "v = 'soon'"}, ["a.toml:v"], Target(V130))
    assert caught.value.message == "a.toml, line 1: v is 'soon', which is no version"


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^a\.toml: there is no such file$"):
        made({}, ["a.toml:v"], Target(V130))


def test_a_place_named_twice_is_edited_once() -> None:
    files = {"pyproject.toml": "[project]\nversion = '1.2.3'"}
    entries = ["pep621", "pyproject.toml:project.version", "pyproject.toml:version = '{version}'"]
    assert len(made(files, entries, Target(V130))) == 1


def test_places_that_overlap_are_refused() -> None:
    with pytest.raises(UsageError, match="two entries of `files` lead to the same characters"):
        made({"a.txt": "-1.2.3.4"}, ["a.txt:1.{version}", "a.txt:-{version}.4"], Target(V130))


def test_edits_made_before_change_nothing() -> None:
    files = {"a.txt": "app:1.2.3 app:1.2.3"}
    planned = made(files, ["a.txt:app:{version}"], Target(Version.parse("1.10.0")))
    after = edited(files["a.txt"], planned)
    assert after == "app:1.10.0 app:1.10.0"
    assert edited(after, planned) == after


versions = st.builds(
    Version,
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 12),
    st.sampled_from([(), ("rc", "1"), ("rc", "11")]),
)


@given(versions, versions, st.integers(1, 3), st.sampled_from(["", " ", "\n"]))
def test_applied_twice_is_applied_once(old: Version, new: Version, many: int, end: str) -> None:
    text = "; ".join([f"app:{old}"] * many) + end
    planned = made({"a.txt": text}, ["a.txt:app:{version}"], Target(new))

    once = edited(text, planned)

    assert once == text.replace(f"app:{old}", f"app:{new}")
    assert edited(once, planned) == once


def test_a_file_changed_since_is_a_conflict() -> None:
    planned = made({"VERSION": "1.2.3"}, ["VERSION"], Target(V130))
    with pytest.raises(ConflictError, match="VERSION has changed since the release was planned"):
        edited(" 1.2.3", planned)


def test_no_edits_leave_a_text_alone() -> None:
    assert edited("1.2.3", ()) == "1.2.3"


def test_files_declare_versions_and_placeholders_are_none() -> None:
    files = {"a": "1.2.3", "b": "0.0.0", "c": '{"version": "2.0.0", "next": "3.0.0"}', "d": "x"}
    entries = map(parse_entry, ("a", "b", "c:version", "d", "gone"))
    found = declared(entries, MemoryFolder(files | {"c.json": files["c"]}))
    assert found.get("a") == V123
    assert "b" not in found
    assert "d" not in found


def test_a_file_that_declares_two_versions_is_told_of_both() -> None:
    files = MemoryFolder({"a.json": '{"version": "2.0.0", "next": "3.0.0"}'})
    entries = map(parse_entry, ("a.json:version", "a.json:next"))
    assert sorted(map(str, declared(entries, files).values())) == ["2.0.0", "3.0.0"]
