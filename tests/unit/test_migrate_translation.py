"""A translation says each thing once, leaves what does not fit, and loses no key."""

from itertools import pairwise

import pytest

from tagboat.core.config.check import problems
from tagboat.core.config.migrate import TOOLS
from tagboat.core.config.migrate.key_rules import OldKey, Rule, translate_keys
from tagboat.core.config.migrate.old_file import OldFile, read_old_file
from tagboat.core.config.migrate.translation import Translation
from tests.unit.migrating import Files, migrated


def old_key(text: str, name: str = "a.json") -> OldKey:
    file = read_old_file(name, text)
    return OldKey(Translation(Files()), "tool", file, (), file.data)


def carrying(*to: str) -> Rule:
    return Rule((str, int), lambda key: key.carry(to, key.value))


def test_what_was_said_already_is_left() -> None:
    key = old_key('{"a": "v{version}",\n"b": "{version}",\n"c": "v{version}"}')
    translate_keys(key, dict.fromkeys(("a", "b", "c"), carrying("tag")))
    assert key.whole.data == {"tag": "v{version}"}
    [row] = key.whole.left
    assert (row.key, row.line, row.note) == ("b", 2, "tag is 'v{version}' already (a.json:1)")


def test_what_does_not_fit_together_is_taken_out_with_its_place() -> None:
    key = old_key("{}")
    whole = key.whole
    section = {"types": ["fix"], "title": "A"}
    for number in (1, 2):
        title = {"title": str(number)}
        assert whole.put(("changelog", "sections"), [section | title], f"a.json:{number}") == ""
    whole.put(("scheme",), "pep440", "the default")
    whole.put(("channels",), [{"branch": "x", "prerelease": "odd"}], "the default")
    whole.settle()
    assert problems(whole.data) == ()
    assert [(row.key, row.line) for row in whole.left] == [
        ("changelog.sections[1].types[0]", 2),
        ("channels[0].prerelease", 0),
    ]


def test_a_table_whose_default_does_not_fit_goes_and_others_keep_their_places() -> None:
    whole = old_key("{}").whole
    for number, name in enumerate("abc", 1):
        own = {"tag": "b-v{version}"} if name == "a" else {}
        table = {"name": name, "paths": [name]} | own
        assert whole.put(("packages",), [table], f"x:{number}") == ""
    whole.data["images"] = [{"repositories": ["a/b"], "tags": ["x"], "package": "c"}]
    whole.settle()
    assert [one["name"] for one in whole.data["packages"]] == ["a", "c"]
    assert [whole.origins["packages", number] for number in (0, 1)] == ["x:1", "x:3"]
    assert {row.key: row.line for row in whole.left} == {"packages[1].tag": 2, "images[0]": 0}


def test_what_was_taken_out_of_a_list_may_be_said_again() -> None:
    whole = old_key("{}").whole
    assert whole.put(("changelog", "hide"), ["a"], "x:1") == ""
    whole.data["changelog"]["hide"].clear()
    assert whole.put(("changelog", "hide"), ["a", "a"], "x:2") == ""
    assert whole.data == {"changelog": {"hide": ["a"]}}


def test_paths_lead_into_lists_of_tables() -> None:
    whole = old_key("{}").whole
    assert whole.put(("packages",), [{"name": "a"}], "x") == ""
    assert whole.put(("packages", 0, "tag"), "a-{version}", "x") == ""
    assert whole.data["packages"] == [{"name": "a", "tag": "a-{version}"}]


def test_every_key_below_is_named() -> None:
    key = old_key('{"a": {"b": [{"c": 1}, {"d": {}}], "e": [1, [2]]}, "f": null}')
    translate_keys(
        key, {"a": Rule(dict, lambda key: key.adapt("")), "f": Rule(str, lambda key: key.keep(""))}
    )
    [row] = key.whole.changed
    assert row.keys == ("a.b.c", "a.b.d", "a.e")
    assert [(row.key, row.note) for row in key.whole.carried] == [("f", "it says nothing")]


def test_a_star_stands_for_any_name_and_a_name_counts_first() -> None:
    key = old_key('{"a": {"x": 1, "y": 2}, "b": [{"c": 1}], "odd": {"deep": 1}}')
    rules = {
        "a.x": carrying("check", "header_length"),
        "a.*": Rule(int, lambda key: key.adapt("other")),
        "b.*.c": Rule(str, lambda key: key.keep("")),
    }
    translate_keys(key, rules)
    assert [row.key for row in key.whole.carried] == ["a.x"]
    assert [row.key for row in key.whole.changed] == ["a.y"]
    assert [(row.key, row.note) for row in key.whole.left] == [
        ("b[0].c", "a text was expected there"),
        ("odd", "tagboat has nothing like it"),
    ]


def test_a_program_is_named_and_not_run() -> None:
    key = old_key("module.exports = {a: f(), b: 1}", "a.js")
    translate_keys(key, {"a": carrying("tag"), "b": carrying("tag")})
    assert [(row.key, row.note) for row in key.whole.left] == [
        ("a", "it is computed by a program, which is not run: f()"),
        ("b", "expected a string, found an integer"),
    ]


def test_a_value_without_end_has_an_end() -> None:
    loop: list[object] = []
    loop.append(loop)
    file = OldFile("a", {"a": loop}, lambda _: 1)
    key = OldKey(Translation(Files()), "tool", file, (), file.data)
    translate_keys(key, {})
    assert [row.key for row in key.whole.left] == ["a"]


def test_a_pair_that_is_wrong_leaves_the_key() -> None:
    key = old_key('{"a": 1}').get("a")
    key.carry_table(("bump",), {"fix": "much"})
    assert [row.key for row in key.whole.left] == ["a"]
    assert (key.texts, key.text, list(key.items())) == ([], "1", [])
    assert (old_key("[true]").get("x").text, old_key("{}").get("x").get("y").value) == ("", None)


def test_files_are_known_by_their_names() -> None:
    one = TOOLS[0]
    assert (one.owns("a/pyproject.toml"), one.owns("a/releaserc.toml")) == (False, True)
    assert (one.is_named("a/pyproject.toml"), one.is_named("a/x.toml")) == (True, False)
    assert migrated(one.name, ("releaserc.toml", "[semantic_release]")).left == {}


NOTES = "@semantic-release/release-notes-generator"
KEPT = "# Changelog\n\n## [1.0.0] - 2024-01-01\n\n### Added\n\n- a\n"
RELEASE_PLEASE = "# Changelog\n\n## 1.0.0 (2024-01-01)\n\n\n### Features\n\n* a\n"


def layout(tool: str, name: str, text: str, changelog: str | None = "") -> tuple[str, str]:
    """The template that is chosen for a tool's file beside a changelog, and what is said of it."""
    found = migrated(tool, (name, text), beside={"CHANGELOG.md": changelog})
    chosen = found.data.get("changelog", {}).get("template", "")
    return chosen, found.changed.get("changelog", "").removeprefix("changelog.template: ")


@pytest.mark.parametrize(
    ("tool", "name", "text", "chosen"),
    [
        ("python-semantic-release", "releaserc.toml", "[semantic_release]\nx = 1", "psr"),
        ("release-please", "release-please-config.json", '{"packages": {}}', "release-please"),
        ("git-cliff", "cliff.toml", "git.split_commits = false", "git-cliff"),
        ("semantic-release", ".releaserc", "{plugins: []}", "angular"),
        ("semantic-release", ".releaserc", "preset: conventionalcommits", "release-please"),
        (
            "semantic-release",
            ".releaserc",
            f"preset: conventionalcommits\nplugins: [['{NOTES}', {{preset: angular}}]]",
            "angular",
        ),
        ("semantic-release", ".releaserc", "preset: eslint", ""),
        ("standard-version", ".versionrc", "{}", "release-please"),
        ("standard-version", ".versionrc", "preset: {name: angular}", "angular"),
        ("standard-version", ".versionrc", "preset: atom", ""),
        ("commitizen", ".cz.toml", "[tool.commitizen]\nx = 1", ""),
        (
            "python-semantic-release",
            "releaserc.toml",
            '[semantic_release]\nchangelog_file = "C.rst"',
            "",
        ),
    ],
)
def test_the_layout_is_that_of_the_tool(tool: str, name: str, text: str, chosen: str) -> None:
    said = f"the layout of {tool}" if chosen else ""
    assert layout(tool, name, text) == (chosen, said)


def test_a_changelog_goes_on_in_the_layout_that_it_has() -> None:
    beside = ("commitizen", ".cz.toml", "[tool.commitizen]\nx = 1", RELEASE_PLEASE)
    assert layout(*beside) == ("release-please", "the layout of CHANGELOG.md")
    assert layout("git-cliff", "cliff.toml", "", RELEASE_PLEASE)[0] == "release-please"


def test_the_layout_of_ours_need_not_be_said() -> None:
    assert layout("git-cliff", "cliff.toml", "git.x = 1", KEPT) == ("", "")


def test_a_changelog_that_can_not_be_read_has_no_layout() -> None:
    assert layout("git-cliff", "cliff.toml", "git.x = 1", None)[0] == "git-cliff"


def test_a_template_that_a_key_names_counts() -> None:
    text = '{"packages": {}, "changelog-type": "github"}'
    found = migrated("release-please", ("release-please-config.json", text))
    assert found.data["changelog"] == {"template": "github", "logins": True}
    assert found.changed == {"changelog-type": "changelog.template: it is made here, by commits"}


def test_what_no_rule_speaks_of_is_left() -> None:
    found = migrated("goreleaser", (".goreleaser.yml", "dockers: x\ndocker_manifests: {a: b}\n"))
    assert found.left == {"dockers": ": it is not understood"}


def test_what_repeats_itself_through_aliases_is_listed_once() -> None:
    names = "abcdefghij"
    lists = (f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(names))
    tables = (f"{b}{b}: &{b}{b} {{x: *{a}{a}, y: *{a}{a}}}\n" for a, b in pairwise(names * 3))
    text = "a: &a {k: v}\naa: &aa {k: v}\n" + "".join((*lists, *tables))
    found = migrated("goreleaser", (".goreleaser.yml", text))
    assert found.changed.keys() == {*names, *(2 * name for name in names)}


def test_what_is_not_utf_8_is_left() -> None:
    text = '[tool.commitizen]\nbump_message = "f\udcfcr $version"\ntag_format = "v$version"\n'
    found = migrated("commitizen", (".cz.toml", text))
    assert found.left == {"tool.commitizen.bump_message": ": it holds what is not UTF-8"}
    assert found.data["tag"] == "v{version}"


def test_what_a_list_holds_is_not_said_again_whoever_put_it_there() -> None:
    whole = Translation(Files())
    whole.put(("files",), ["a"], "")
    whole.data["files"].append("b")
    whole.put(("files",), ["b", "c"], "")
    assert whole.data["files"] == ["a", "b", "c"]


def test_headings_that_can_not_be_said_are_left() -> None:
    types = '[{"type": "fix", "section": "\ufffd"}]'
    found = migrated("standard-version", (".versionrc", f'{{"types": {types}}}'))
    assert found.left == {"types": ": it holds what is not UTF-8"}


def test_a_section_that_can_not_be_said_is_left() -> None:
    types = '[{"type": "", "section": "A"}, {"type": "fix", "section": "B"}]'
    found = migrated("standard-version", (".versionrc", f'{{"types": {types}}}'))
    assert found.left.keys() == {"types[0]"}
    assert found.data["changelog"]["sections"] == [{"types": ["fix"], "title": "B"}]
