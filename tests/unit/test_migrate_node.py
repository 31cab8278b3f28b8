"""What release-please, semantic-release and standard-version were told is said in our words."""

import json
from typing import Any

import pytest

from tests.unit.migrating import but_layout, migrated

RP, SR, SV = "release-please", "semantic-release", "standard-version"
CHANGELOG = {"changelog": {"file": "CHANGELOG.md"}}


def release_please(config: object, beside: dict[str, str | None] | None = None) -> Any:  # noqa: ANN401 - a test's data
    return migrated(RP, ("release-please-config.json", json.dumps(config)), beside=beside)


def semantic_release(config: object) -> Any:  # noqa: ANN401 - a test's data
    return migrated(SR, (".releaserc.json", json.dumps(config)))


def standard_version(config: object, beside: dict[str, str | None] | None = None) -> Any:  # noqa: ANN401 - a test's data
    return migrated(SV, (".versionrc", json.dumps(config)), beside=beside)


@pytest.mark.parametrize(
    ("config", "data"),
    [
        ({"packages": {}}, {}),
        ({"release-type": "go"}, {}),
        ({"packages": {".": {}}, "release-type": "node"}, {"files": ["npm"]}),
        ({"packages": {".": {"release-type": "rust"}}}, {"files": ["cargo"]}),
        ({"packages": {".": {"release-type": "krm-blueprint"}}}, {}),
        ({"packages": {".": {"release-type": "helm"}}}, {"files": ["Chart.yaml:version"]}),
        ({"packages": {".": {"release-type": "simple"}}}, {"files": ["version.txt"]}),
        ({"packages": {".": {"release-type": "simple", "version-file": "gone"}}}, {}),
        ({"packages": {".": {"release-type": "python"}}}, {"files": ["poetry"]}),
        ({"packages": {".": {"release-type": "elixir"}}}, {}),
        ({"packages": {".": {"include-v-in-tag": False}}}, {"tag": "{version}"}),
        ({"packages": {".": {"component": "a"}}}, {"tag": "a-v{version}"}),
        (
            {"packages": {".": {"component": "a", "tag-separator": ""}}},
            {"tag": "av{version}"},
        ),
        (
            {"packages": {".": {"component": "a", "include-component-in-tag": False}}},
            {"tag": "v{version}"},
        ),
        ({"packages": {".": {"skip-changelog": True}}}, {"changelog": None}),
        ({"packages": {".": {"changelog-path": "/C.md"}}}, {"changelog": {"file": "C.md"}}),
        ({"packages": {".": {"bump-minor-pre-major": True}}}, {"zero": {"breaking": "minor"}}),
        (
            {"packages": {".": {"bump-patch-for-minor-pre-major": True}}},
            {"zero": {"breaking": "major", "feature": "patch"}},
        ),
        ({"packages": {".": {"bump-patch-for-minor-pre-major": False}}}, {}),
        ({"packages": {".": {"versioning": "default", "prerelease": False}}}, {}),
        (
            {"packages": {".": {"versioning": "always-bump-patch"}}},
            {"bump": {"feat": "patch"}, "rules": [{"breaking": True, "bump": "patch"}]},
        ),
        (
            {"packages": {".": {"versioning": "always-bump-minor"}}},
            {
                "bump": {"fix": "minor", "perf": "minor"},
                "rules": [{"breaking": True, "bump": "minor"}],
            },
        ),
        ({"packages": {".": {"versioning": "service-pack", "prerelease": True}}}, {}),
        ({"packages": {".": {"draft": True}}}, {"forge": {"draft": True}}),
        ({"signoff": "Bot <bot@acme.example>"}, {"release": {"sign_off": True}}),
        ({"signoff": ""}, {}),
        ({"packages": {".": {"initial-version": "2.0.0"}}}, {"initial": "2.0.0"}),
        (
            {
                "packages": {
                    ".": {
                        "extra-files": [
                            "a.py",
                            "b/*.py",
                            {"type": "generic", "path": "/c.md"},
                            {
                                "type": "json",
                                "path": "d.json",
                                "jsonpath": "$.a[''].version",
                            },
                            {"type": "toml", "path": "e.toml", "jsonpath": "$.a[0].b"},
                            {"type": "toml", "path": "f.toml", "jsonpath": "$.a[?(@.n)].b"},
                            {"type": "xml", "path": "g.xml", "jsonpath": "//a"},
                        ]
                    }
                }
            },
            {
                "files": [
                    "a.py:x-release-please-version",
                    "c.md:x-release-please-version",
                    'd.json:a."".version',
                    "e.toml:a.0.b",
                ]
            },
        ),
    ],
)
def test_each_key_of_release_please(config: dict[str, Any], data: dict[str, Any]) -> None:
    beside: dict[str, str | None] = {"version.txt": "1.0.0", "pyproject.toml": "[tool.poetry]\n"}
    usual = {"zero": {"breaking": "major"}} | (CHANGELOG if config.get("packages") else {})
    wanted = {key: value for key, value in (usual | data).items() if value is not None}
    assert but_layout(release_please(config, beside), "release-please") == wanted


def test_packages_of_release_please() -> None:
    config = {
        "release-type": "node",
        "packages": {
            ".": {"release-type": "simple"},
            "libs/a": {},
            "libs/b": {"package-name": "@acme/bee", "tag-separator": "/"},
            "libs/c": {},
            "other/a": {},
            "libs/d": {"component": "not a name"},
            "./libs/e": {"changelog-path": "C.md", "release-type": "go"},
            "libs/a/": {},
        },
    }
    beside: dict[str, str | None] = {
        "libs/a/package.json": '{"name": "@acme/a"}',
        "libs/c/package.json": "[]",
    }
    found = release_please(config, beside)
    tables = found.data["packages"]
    assert [table["name"] for table in tables] == ["root", "a", "bee", "c", "other-a", "e"]
    assert tables[2] == {
        "name": "bee",
        "paths": ["libs/b"],
        "empty": "all",
        "tag": "{name}/v{version}",
        "files": ["npm:libs/b"],
        "changelog": {"file": "libs/b/CHANGELOG.md"},
    }
    assert "can't be the name" in found.left["packages.libs/d"]
    assert found.left["packages.libs/a/"] == ": the package of this folder is there already"


def test_plugins_of_release_please_tell_what_belongs_together() -> None:
    linked = {"type": "linked-versions", "groupName": "all", "components": ["a", "c"]}
    config = {
        "packages": {
            ".": {"exclude-paths": ["docs"]},
            "a": {},
            "b": {"release-type": "go"},
            "c": {"release-type": "rust"},
        },
        "plugins": ["node-workspace", {"type": "cargo-workspace", "merge": False}, linked, "other"],
    }
    beside: dict[str, str | None] = {f"{name}/package.json": "{}" for name in "ab"}
    found = release_please(config, beside)
    keys = ("covers", "exclude", "needs", "group", "empty")
    tables = [{key: one[key] for key in keys if key in one} for one in found.data["packages"]]
    assert tables == [
        {"covers": "all", "exclude": ["docs"]},
        {"needs": "manifests", "group": "all", "empty": "all"},
        {"empty": "all"},
        {"group": "all", "empty": "all"},
    ]
    assert set(found.changed) >= {"plugins[0]", "plugins[1]", "plugins[2]"}
    assert found.left.keys() == {"plugins[3]"}
    alone = release_please({"plugins": ["node-workspace"]})
    assert but_layout(alone, "release-please") == {"zero": {"breaking": "major"}}
    plain = release_please({"packages": {".": {"exclude-paths": ["docs"]}}})
    assert plain.left.keys() == {"packages...exclude-paths"}


def test_a_manifest_says_nothing_that_tags_do_not() -> None:
    found = migrated(RP, (".release-please-manifest.json", '{".": "1.0.0"}'))
    assert (found.data, list(found.carried)) == ({}, ["."])


@pytest.mark.parametrize(
    ("config", "data"),
    [
        ({"branches": ["main"]}, {}),
        ({"branch": "trunk"}, {"channels": [{"branch": "trunk"}]}),
        (
            {
                "branches": [
                    "+([0-9])?(.{+([0-9]),x}).x",
                    "main",
                    {"name": "beta", "prerelease": True},
                    {"name": "next", "prerelease": "rc", "channel": "next"},
                    {"name": "odd", "prerelease": "${name}"},
                    {"name": "v1.x", "range": "1.x"},
                    {"name": "1.2.x", "range": "1.2.x"},
                    {"name": "old", "range": "1.x"},
                ]
            },
            {
                "channels": [
                    {"branch": "{major}.x"},
                    {"branch": "{major}.{minor}.x"},
                    {"branch": "main"},
                    {"branch": "beta", "prerelease": "beta"},
                    {"branch": "next", "prerelease": "rc"},
                    {"branch": "v{major}.x"},
                ]
            },
        ),
        ({"tagFormat": "a${version}"}, {"tag": "a{version}"}),
        ({"plugins": ["@semantic-release/npm"]}, {}),
        (
            {"plugins": ["@semantic-release/npm", "@semantic-release/git"]},
            {"files": ["npm"]},
        ),
        (
            {"plugins": [["@semantic-release/npm", {"pkgRoot": "a"}], "@semantic-release/git"]},
            {"files": ["npm:a"]},
        ),
        (
            {
                "plugins": [
                    ["@semantic-release/npm", {"npmPublish": False}],
                    ["odd", {}],
                    [],
                    3,
                    None,
                ]
            },
            {},
        ),
        ({"plugins": ["@semantic-release/npm"], "npmPublish": True}, {}),
        ({"plugins": ["@semantic-release/changelog", "@semantic-release/git"]}, CHANGELOG),
        (
            {
                "plugins": [
                    ["@semantic-release/changelog", {"changelogFile": "C.md"}],
                    ["@semantic-release/git", {"assets": ["CHANGELOG.md"]}],
                ]
            },
            {"changelog": {"file": "C.md"}},
        ),
        ({"plugins": ["@semantic-release/changelog"]}, {}),
        (
            {"plugins": [["@semantic-release/git", {"message": "a ${nextRelease.version}"}]]},
            {"release": {"message": "a {version}"}},
        ),
        (
            {
                "prepare": {
                    "path": "@semantic-release/git",
                    "message": "a <%= nextRelease.gitTag %>\nb",
                }
            },
            {"release": {"message": "a {tag}"}},
        ),
        ({"plugins": [["@semantic-release/git", {"assets": ["dist"]}]]}, {}),
        (
            {
                "plugins": [
                    ["@semantic-release/exec", {"prepareCmd": "make ${nextRelease.version} ${A}"}],
                    ["@semantic-release/git", {"assets": ["dist", "CHANGELOG.md"]}],
                ]
            },
            {
                "commands": [
                    {
                        "run": ["sh", "-c", "make $TAGBOAT_VERSION ${A}"],
                        "when": "before-commit",
                        "add": ["dist"],
                    }
                ]
            },
        ),
        (
            {"plugins": [["@semantic-release/exec", {"prepareCmd": "make", "publishCmd": "x"}]]},
            {"commands": [{"run": ["sh", "-c", "make"], "when": "before-publish"}]},
        ),
        ({"plugins": [["@semantic-release/exec", {"prepareCmd": "make ${options.a}"}]]}, {}),
        (
            {"plugins": ["@semantic-release/github"]},
            {"forge": {"comment": True, "label": "released"}},
        ),
        (
            {
                "plugins": [
                    [
                        "@semantic-release/github",
                        {
                            "assets": [
                                "a",
                                {"path": "b", "label": "B"},
                                {"path": "c", "label": "${x}"},
                                {"path": "d-${nextRelease.version}"},
                            ],
                            "successComment": False,
                            "failComment": False,
                            "failTitle": "x",
                            "releasedLabels": ["out"],
                            "draftRelease": True,
                            "releaseNameTemplate": "A <%= nextRelease.version %>",
                        },
                    ]
                ]
            },
            {
                "forge": {
                    "assets": ["a", {"path": "b", "label": "B"}, "c"],
                    "label": "out",
                    "draft": True,
                    "title": "A {version}",
                }
            },
        ),
        (
            {
                "assets": False,
                "successComment": True,
                "releasedLabels": False,
                "draftRelease": False,
                "releaseNameTemplate": "<%= branch %>",
            },
            {"forge": {"comment": True}},
        ),
        (
            {"successComment": "Out!", "releasedLabels": ["<%= x %>"]},
            {"forge": {"comment": "This is released in [{tag}]({url})."}},
        ),
        (
            {
                "plugins": [
                    ["@semantic-release/gitlab", {"assets": "a"}],
                    ["@semantic-release/gitea", {"assets": False}],
                ]
            },
            {"forge": {"assets": ["a"]}},
        ),
        (
            {
                "preset": "angular",
                "releaseRules": [
                    {"type": "docs", "release": "patch"},
                    {"type": "fix", "release": False},
                    {"breaking": True, "release": "major"},
                    {"type": "a", "breaking": True, "release": "minor"},
                    {"scope": "no", "release": False},
                    "odd",
                ],
            },
            {
                "bump": {"docs": "patch", "fix": "none"},
                "rules": [
                    {"scope": "no", "bump": "none"},
                    {"breaking": True, "type": "a", "bump": "minor"},
                ],
            },
        ),
        (
            {
                "releaseRules": [
                    {"type": "docs", "scope": "readme", "release": "patch"},
                    {"type": "docs", "scope": "api", "release": "minor"},
                    {"type": "docs", "release": "patch"},
                    {"type": "chore", "scope": "a", "release": "patch"},
                    {"type": "chore", "release": False},
                    {"type": "chore", "scope": "deps*", "release": "patch"},
                    {"type": "x", "scope": "!a", "release": "patch"},
                    {"subject": "*a*", "release": "patch"},
                    {"type": "y", "scope": "z", "release": "huge"},
                ],
            },
            {
                "bump": {"docs": "patch", "chore": "none"},
                "rules": [
                    {"scope": "deps*", "type": "chore", "bump": "patch"},
                    {"scope": "api", "type": "docs", "bump": "minor"},
                ],
            },
        ),
        (
            {"presetConfig": {"types": [{"type": "feat", "section": "New"}, {"type": "x"}]}},
            {"changelog": {"sections": [{"types": ["feat"], "title": "New"}], "hide": ["x"]}},
        ),
        (
            {
                "presetConfig": {
                    "types": [
                        {"type": "chore", "scope": "deps", "section": "Dependencies"},
                        {"type": "chore", "scope": "a"},
                        {"type": "chore", "hidden": True},
                        {"type": "chore", "scope": "b", "section": "B"},
                    ]
                }
            },
            {
                "changelog": {
                    "sections": [
                        {"types": [], "title": "Dependencies"},
                        {"types": [], "title": "B"},
                    ],
                    "hide": ["chore"],
                },
                "rules": [
                    {"type": "chore", "scope": "deps", "section": "Dependencies"},
                    {"type": "chore", "scope": "a", "hidden": True},
                ],
            },
        ),
        (
            {
                "publish": [
                    {
                        "path": "semantic-release-docker-buildx",
                        "imageNames": ["acme/app"],
                        "platforms": ["linux/arm64"],
                    }
                ]
            },
            {"images": [{"repositories": ["acme/app"], "platforms": ["linux/arm64"]}]},
        ),
        ({"platforms": ["linux/arm64"]}, {}),
    ],
)
def test_each_key_of_semantic_release(config: dict[str, Any], data: dict[str, Any]) -> None:
    found = semantic_release(config)
    usual = {"zero": {"breaking": "major"}, "initial": "1.0.0"}
    assert but_layout(found, "angular") == usual | data


def test_patterns_of_assets_in_a_list_of_their_own_count() -> None:
    assets = [["dist/**", "!dist/x"], "package.json"]
    found = semantic_release({"plugins": [["@semantic-release/git", {"assets": assets}]]})
    assert "only a command" in found.left["plugins[0][1].assets"]


def test_a_key_of_nobody_is_no_command() -> None:
    found = semantic_release({"buildCmd": "yarn build"})
    assert found.left == {"buildCmd": ": tagboat has nothing like it"}


def test_a_configuration_that_a_program_makes_is_left_whole() -> None:
    found = migrated(SR, (".releaserc.js", "module.exports = require('x')"))
    assert list(found.left) == [".releaserc.js"]


def test_table_that_the_tool_does_not_read_is_left_with_its_keys() -> None:
    tables = '"commit-and-tag-version": {"tagPrefix": "a-"}, "standard-version": {"infile": "X.md"}'
    found = migrated("standard-version", ("package.json", f"{{{tables}}}"))
    assert found.data["tag"] == "a-{version}"
    assert found.left == {"standard-version": ": commit-and-tag-version is read"}


def test_commands_that_are_left_are_told_where_they_belong() -> None:
    commands = {"verifyReleaseCmd": "a", "generateNotesCmd": "b", "publishCmd": "c", "failCmd": "d"}
    found = semantic_release({"plugins": [["@semantic-release/exec", commands]]})
    notes = {key.rpartition(".")[2]: note for key, note in found.left.items()}
    assert "before `tagboat release`" in notes["verifyReleaseCmd"]
    assert "templates" in notes["generateNotesCmd"]
    assert "after-push" in notes["publishCmd"]
    assert "a job of its own" in notes["failCmd"]


def test_heading_that_can_not_be_written_is_left_with_its_list() -> None:
    text = '{"types": [{"type": "feat", "section": "\\ud800"}]}'
    found = migrated("standard-version", (".versionrc.json", text))
    assert "sections" not in found.data.get("changelog", {})
    assert "it holds what is not UTF-8" in found.left["types"]


@pytest.mark.parametrize(
    ("config", "data"),
    [
        ({"tagPrefix": ""}, {"tag": "{version}"}),
        (
            {
                "types": [
                    {"type": "Feat", "section": "A"},
                    {"type": "add", "section": "A"},
                    {"type": "fix", "section": "B", "hidden": True},
                    {"type": "add", "hidden": True},
                ]
            },
            {
                "changelog": {
                    "sections": [{"types": ["feat"], "title": "A"}],
                    "hide": ["fix", "add"],
                    "file": "CHANGELOG.md",
                }
            },
        ),
        (
            {"types": [{"type": "two words", "hidden": True}, {"type": "", "hidden": True}]},
            {"changelog": {"hide": ["two words"], "file": "CHANGELOG.md"}},
        ),
        (
            {
                "bumpFiles": [
                    "package.json",
                    {"filename": "a/package.json", "type": "json"},
                    {"filename": "package-lock.json"},
                    {"filename": "VERSION"},
                    {"filename": "x", "type": "plain-text"},
                    {"filename": "pyproject.toml"},
                    {"filename": "m.json"},
                    {"filename": "c", "updater": "x.js"},
                    {"filename": "odd.xml"},
                ]
            },
            {
                "files": [
                    *("npm", "npm:a", "package-lock.json:version", "VERSION", "x"),
                    *("pyproject.toml:project.version", "m.json:version"),
                ]
            },
        ),
        (
            {"releaseCommitMessageFormat": "out: {{currentTag}}"},
            {"release": {"message": "out: {tag}"}},
        ),
        ({"infile": "C.md"}, {"changelog": {"file": "C.md"}}),
        (
            {"skip": {"changelog": True, "bump": True, "tag": True, "commit": False}},
            {"changelog": None},
        ),
        (
            {"scripts": {"postbump": "a", "pretag": "b", "posttag": "c"}},
            {
                "commands": [
                    {"run": ["sh", "-c", "a"], "when": "before-commit"},
                    {"run": ["sh", "-c", "b"], "when": "before-publish"},
                ]
            },
        ),
        ({"noVerify": True}, {}),
        ({"signoff": True}, {"release": {"sign_off": True}}),
        ({"signoff": False}, {}),
        ({"no-verify": False}, {"release": {"hooks": True}}),
        (
            {
                "compareUrlFormat": "{{host}}/x",
                "issueUrlFormat": "https://bugs.acme.example/{{id}}",
                "issuePrefixes": ["#"],
            },
            {},
        ),
        ({"issuePrefixes": ["JIRA-"]}, {}),
    ],
)
def test_each_key_of_standard_version(config: dict[str, Any], data: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"zero": {"feature": "patch"}} | CHANGELOG
    wanted = {key: value for key, value in (usual | data).items() if value is not None}
    assert but_layout(standard_version(config), "release-please") == wanted


def test_types_are_those_that_messages_are_read_as_and_a_bad_one_is_left_alone() -> None:
    kinds = [("feat", "F"), ("feature", "F"), ("FIX", "B"), ("", "B")]
    found = standard_version({"types": [{"type": one, "section": title} for one, title in kinds]})
    titles = [{"types": ["feat"], "title": "F"}, {"types": ["fix"], "title": "B"}]
    assert found.data["changelog"]["sections"] == titles
    assert list(found.left) == ["types[3]"]


def test_types_without_a_heading_are_hidden() -> None:
    found = standard_version({"types": [{"type": "feat"}, {"type": "fix", "hidden": True}]})
    assert found.carried["types"] == "changelog.hide: "
    assert found.data["changelog"]["hide"] == ["feat", "fix"]


def test_standard_version_keeps_the_version_of_a_manifest() -> None:
    assert standard_version({}, {"package.json": "{}"}).data["files"] == ["npm"]


def test_a_shared_file_without_a_table_tells_nothing() -> None:
    with pytest.raises(IndexError):
        migrated(SV, ("package.json", '{"name": "a"}'))
