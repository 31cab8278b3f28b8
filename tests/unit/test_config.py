"""The configuration as parsed data: what is wrong with it, and what it means."""

from typing import Any

import pytest

from tagboat.core.bump.assess import Policy
from tagboat.core.bump.bump import Bump
from tagboat.core.changelog.options import ChangelogOptions, Heading, Tickets
from tagboat.core.changes.squash import SquashMode
from tagboat.core.config import Config, ConfiguredSettings, config_of, problems
from tagboat.core.next_version.package import ChangelogFile, Package
from tagboat.core.settings import Settings
from tagboat.core.version.channel import ChannelRule
from tagboat.core.version.version import Version


def faults(data: dict[str, Any]) -> list[str]:
    """Every problem as ``path: message``."""
    return [f"{'.'.join(map(str, found.path))}: {found.message}" for found in problems(data)]


def settings(data: dict[str, Any]) -> Settings:
    """What a configuration means."""
    return ConfiguredSettings(config_of(data))


OF_CONFIGURATIONS = {"is_configured", "digest"}
SECTIONS = [name for name in vars(Settings) if name[0] != "_" and name not in OF_CONFIGURATIONS]


@pytest.mark.parametrize("section", SECTIONS)
def test_nothing_configured_means_what_holds_without_a_configuration(section: str) -> None:
    assert getattr(settings({}), section) == getattr(Settings(), section)


def test_configurations_are_told_from_each_other_and_from_none() -> None:
    found = [Settings(), settings({}), settings({"remote": "a"}), settings({"remote": "b"})]

    assert [one.is_configured for one in found] == [False, True, True, True]
    assert len({one.digest for one in found}) == len(found)
    assert settings({"remote": "a"}).digest == settings({"remote": "a"}).digest


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"tag": 1}, "tag"),
        ({"bump": {"feat": 2}}, "bump.feat"),
        ({"bump": []}, "bump"),
        ({"zero": "minor"}, "zero"),
        ({"files": "a:b"}, "files"),
        ({"files": ["a:b", {}]}, "files.1"),
        ({"channels": {}}, "channels"),
        ({"channels": ["main"]}, "channels.0"),
        ({"channels": [{"branch": "main", "prerelease": True}]}, "channels.0.prerelease"),
        ({"check": {"fixup": "yes"}}, "check.fixup"),
        ({"check": {"header_length": True}}, "check.header_length"),
        ({"check": {"header_length": 72.0}}, "check.header_length"),
        ({"packages": [{"name": "a", "changelog": "c.md"}]}, "packages.0.changelog"),
    ],
)
def test_a_value_of_another_type_is_named_by_its_path(data: dict[str, Any], path: str) -> None:
    [problem] = problems(data)

    assert (".".join(map(str, problem.path)), problem.message[:8]) == (path, "expected")


def test_a_wrong_type_is_told_in_words_of_toml() -> None:
    assert faults({"tag": [], "files": {}, "check": {"fixup": 1.5}}) == [
        "tag: expected a string, found an array",
        "files: expected an array, found a table",
        "check.fixup: expected true or false, found a float",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"tagg": ""}, "tagg: unknown key (did you mean 'tag'?)"),
        (
            {"tool": {"tagboat": {}}},
            "tool: unknown key: the keys of [tool.tagboat] stand at the top in a file of their own",
        ),
        ({"zero": {"features": ""}}, "zero.features: unknown key (did you mean 'feature'?)"),
        (
            {"check": {"Header-Length": 1}},
            "check.Header-Length: unknown key (did you mean 'header_length'?)",
        ),
        (
            {"ignore": {"q": []}},
            "ignore.q: unknown key: there are ids, authors, patterns, tags",
        ),
        ({"tag_format": ""}, "tag_format: unknown key: here it is 'tag'"),
        ({"tagFormat": ""}, "tagFormat: unknown key: here it is 'tag'"),
        ({"tag_prefix": ""}, "tag_prefix: unknown key: here it is 'tag'"),
        ({"version_variables": []}, "version_variables: unknown key: here it is 'files'"),
        ({"version_toml": []}, "version_toml: unknown key: here it is 'files'"),
        ({"major_on_zero": True}, "major_on_zero: unknown key: here it is 'zero'"),
        ({"major_version_zero": True}, "major_version_zero: unknown key: here it is 'zero'"),
        ({"branches": {}}, "branches: unknown key: here it is 'channels'"),
        ({"changelog_file": ""}, "changelog_file: unknown key: here it is 'changelog.file'"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(data: dict[str, Any], message: str) -> None:
    assert faults(data) == [message]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"channels": [{}]}, "channels.0: the key 'branch' is missing"),
        ({"packages": [{}]}, "packages.0: the key 'name' is missing"),
    ],
)
def test_a_missing_key_is_told_of_its_table(data: dict[str, Any], message: str) -> None:
    assert faults(data) == [message]


def test_all_problems_are_found_at_once() -> None:
    data = {
        "initial": "1",
        "bump": {"feat": "big", "fix": "small"},
        "channels": [{"prerelease": "a b"}, {"branch": "x"}, {"branch": "x"}],
        "check": {"types": ["Feat", "a b"]},
        "wrong": 1,
    }

    assert [".".join(map(str, problem.path)) for problem in problems(data)] == [
        "initial",
        "bump.feat",
        "bump.fix",
        "channels.0.prerelease",
        "channels.0",
        "channels.2.branch",
        "check.types.0",
        "check.types.1",
        "wrong",
    ]


def test_pep440_has_few_prerelease_tokens() -> None:
    channels = [
        {"branch": "main"},
        {"branch": "next", "prerelease": "rc"},
        {"branch": "x", "prerelease": "nightly"},
    ]

    [problem] = problems({"scheme": "pep440", "channels": channels})

    assert problem.path == ("channels", 2, "prerelease")
    assert "no PEP 440 spelling" in problem.message


def test_packages_have_names_of_their_own() -> None:
    tables = [{"name": "a", "paths": ["a"]}, {"name": "b", "paths": ["b"]}]

    assert faults({"packages": [*tables, {"name": "a", "paths": ["c"], "tag": "c{version}"}]}) == [
        "packages.2.name: 'a' is there already"
    ]


@pytest.mark.parametrize("paths", [None, [], ["."], ["./"], ["b", "."]])
def test_only_one_package_covers_everything(paths: list[str] | None) -> None:
    second: dict[str, Any] = {"name": "b"} if paths is None else {"name": "b", "paths": paths}

    [problem] = problems({"packages": [{"name": "a"}, second | {"tag": "b{version}"}]})

    assert problem.path == ("packages", 1)
    assert "'a' covers the whole repository already" in problem.message


def test_two_packages_never_share_their_tags() -> None:
    tables = [
        {"name": "a", "paths": ["a"], "tag": "v{version}"},
        {"name": "b", "paths": ["b"], "tag": "v{version}"},
    ]

    [problem] = problems({"packages": tables})

    assert problem.path == ("packages", 1, "tag")


def test_a_package_whose_tags_are_inferred_knows_whose_are_none_of_its_own() -> None:
    root, named = settings({"packages": [{"name": "root"}, {"name": "a", "paths": ["a"]}]}).packages

    assert (root.tag, root.others, named.others) == (None, (named,), ())


def test_two_packages_never_write_one_changelog() -> None:
    own = {"file": "log.md"}
    a, b, c = ({"name": name, "paths": [name]} for name in "abc")
    many = {"paths": ["x/*"]}
    each = {**many, "changelog": {"file": "{path}/log.md"}}
    way = 'give each a file of its own, `changelog = {file = "..."}`, or make them one package'
    told = f"a and b would write to 'log.md': {way}"

    assert faults({"changelog": own, "packages": [a, b, c]}) == [f"changelog.file: {told}"]
    named = [one | {"changelog": own} for one in (a, b, c)]
    assert faults({"packages": named}) == [f"packages.1.changelog.file: {told}"]
    assert faults({"changelog": own, "packages": [a, named[1]]}) == [
        f"packages.1.changelog.file: {told}"
    ]
    assert faults({"packages": [many | {"changelog": own}]}) == [
        f"packages.0.changelog.file: several packages would write to 'log.md': {way}"
    ]
    assert faults({"changelog": own, "packages": [a, each]}) == []
    assert faults({"packages": [many, a, b]}) == []


def test_conflicts_are_found_next_to_other_problems() -> None:
    tables = [{"name": "a"}, {"name": "b", "tag": "b{version}"}]

    found = problems({"packages": tables, "squash": "?"})

    assert [problem.path for problem in found] == [("squash",), ("packages", 1)]


def test_a_policy_has_all_that_was_configured() -> None:
    [package] = settings(
        {
            "bump": {"docs": "patch", "feat": "major"},
            "zero": {"breaking": "major"},
            "squash": "all",
            "ignore": {"ids": ["abcd"], "authors": ["x"], "patterns": ["y"]},
            "rewrite": [{"pattern": "a", "text": "b"}],
        }
    ).packages
    found = package.policy

    assert found.rules.types == {
        "feat": Bump.MAJOR,
        "fix": Bump.PATCH,
        "perf": Bump.PATCH,
        "docs": Bump.PATCH,
    }
    assert found.rules.zero == (Bump.MAJOR, Bump.MINOR)
    assert found.squash is SquashMode.ALL
    assert found.ignore == (("abcd",), ("x",), ("y",))
    assert found.rewrite == (("a", "b"),)


def test_rules_are_numbered_and_their_sections_follow_the_others() -> None:
    found = settings(
        {
            "rules": [
                {"type": "chore", "scope": "deps*", "bump": "patch", "section": "Dependencies"},
                {"pattern": "^x", "hidden": True},
                {"breaking": True, "bump": "minor", "section": "added"},
            ]
        }
    )

    assert found.packages[0].policy.rules.rules == (
        (1, "chore", "deps*", "", None, Bump.PATCH, "Dependencies"),
        (2, "", "", "^x", None, None, ""),
        (3, "", "", "", True, Bump.MINOR, "added"),
    )
    assert [heading.title for heading in found.changelog.sections] == [
        *(heading.title for heading in ChangelogOptions().sections),
        "Dependencies",
    ]


def test_channels_replace_the_default_ones() -> None:
    tables = [{"branch": "trunk"}, {"branch": "next", "prerelease": "rc"}]

    assert settings({"channels": tables}).channels == (
        ChannelRule("trunk"),
        ChannelRule("next", "rc"),
    )


def test_what_is_hidden_is_known_where_commits_are_weighed() -> None:
    found = settings({"changelog": {"sections": [{"types": ["docs"], "title": "Words"}]}})

    assert found.packages[0].policy.hidden == found.changelog.hidden
    assert "docs" not in found.changelog.hidden


def test_changelog_options_have_all_that_was_configured() -> None:
    found = settings(
        {
            "changelog": {
                "sections": [{"types": ["feat"], "title": "New"}],
                "hide": ["docs"],
                "locale": "zh-CN",
                "unconventional": "group",
                "prereleases": "keep",
            },
            "references": [
                {"pattern": "A-1", "url": "https://a.example/{id}"},
                {"pattern": "B-1"},
            ],
        }
    )

    assert found.changelog == ChangelogOptions(
        sections=(Heading("New", ("feat",)),),
        hidden=("docs",),
        unconventional="group",
        prereleases="keep",
        locale="zh-CN",
        tickets=(Tickets("A-1", "https://a.example/{}"), Tickets("B-1")),
    )


def test_a_type_with_a_section_is_not_hidden_by_default() -> None:
    sections = [{"types": ["docs"], "title": "Documentation"}]

    found = settings({"changelog": {"sections": sections}}).changelog

    assert "docs" not in found.hidden
    assert "chore" in found.hidden


def test_a_type_stands_in_one_place() -> None:
    sections = [{"types": ["feat", "fix"], "title": "A"}, {"types": ["x", "fix"], "title": "B"}]

    assert faults({"changelog": {"sections": sections, "hide": ["ci", "x"]}}) == [
        "changelog.sections.1.types.1: 'fix' stands under 'A' already",
        "changelog.hide.1: 'x' stands under 'B'",
    ]


def test_tag_of_a_repository_leads_to_one_image() -> None:
    plain = {"repositories": ["a", "b"], "tags": ["{version}", "latest", "latest"]}
    other = {"repositories": ["b", "c"], "tags": ["{version}-slim", "latest"]}
    elsewhere = {"repositories": ["d"], "tags": ["{version}", "latest"]}

    assert faults({"images": [plain, other, elsewhere]}) == [
        "images.1.tags.1: another image has this tag in b: add text, 'latest-slim'"
    ]


TWO_PACKAGES = [{"name": "b"}, {"name": "a", "changelog": {"file": "a.md"}, "files": ["a.txt"]}]


@pytest.mark.parametrize(
    ("packages", "files"), [([], ["all.md"]), (TWO_PACKAGES, ["all.md", "a.md"])]
)
def test_changelog_file_of_a_package(packages: list[dict[str, Any]], files: list[str]) -> None:
    found = settings({"changelog": {"file": "all.md"}, "packages": packages})

    changelogs = [package.changelog for package in found.packages]
    assert changelogs == [ChangelogFile(file, "history") for file in files]


def test_template_of_a_package_is_its_own_or_that_of_all() -> None:
    own = {"name": "b", "paths": ["b"], "changelog": {"template": "angular"}}
    config = {"changelog": {"template": "psr"}, "packages": [{"name": "a"}, own]}
    assert [one.changelog.template for one in settings(config).packages] == ["psr", "angular"]
    assert settings({}).packages[0].changelog.template == ""


def test_a_changelog_that_no_key_names_is_not_made() -> None:
    found = settings({"changelog": {"begin": "release"}}).packages[0]

    assert found.changelog == ChangelogFile()


@pytest.mark.parametrize(
    ("packages", "files"), [([], [("all.txt",)]), (TWO_PACKAGES, [(), ("a.txt",)])]
)
def test_version_files_of_a_package(
    packages: list[dict[str, Any]], files: list[tuple[str, ...]]
) -> None:
    found = settings({"files": ["all.txt"], "packages": packages})

    assert [package.files for package in found.packages] == files


def test_a_package_takes_from_the_repository_what_it_has_not_of_its_own() -> None:
    found = settings(
        {
            "scheme": "pep440",
            "initial": "1.0.0",
            "squash": "off",
            "packages": [
                {"name": "a", "paths": ["./x//a/"]},
                {"name": "b", "paths": ["b"], "tag": "b{version}", "initial": "0.0.1"},
            ],
        }
    )

    rules = Policy(squash=SquashMode.OFF)
    assert found.packages == (
        Package("a", ("x/a",), "{name}-v{version}", "pep440", Version(1, 0, 0), rules)._replace(
            changelog=ChangelogFile("x/a/CHANGELOG.md")
        ),
        Package("b", ("b",), "b{version}", "pep440", Version(0, 0, 1), rules)._replace(
            changelog=ChangelogFile("b/CHANGELOG.md")
        ),
    )


@pytest.mark.parametrize(
    ("config", "package", "file"),
    [
        ({}, {"paths": ["a"]}, "a/CHANGELOG.md"),
        ({}, {}, "CHANGELOG.md"),
        ({}, {"paths": ["a/**"]}, "CHANGELOG.md"),
        ({"changelog": {"file": "NEWS.md"}}, {"paths": ["a"]}, "NEWS.md"),
        ({}, {"paths": ["a"], "changelog": {"file": "a/NEWS.md"}}, "a/NEWS.md"),
    ],
)
def test_changelog_of_a_package(
    config: dict[str, object], package: dict[str, object], file: str
) -> None:
    (found,) = settings(config | {"packages": [{"name": "a"} | package]}).packages
    assert found.changelog.path == file


@pytest.mark.parametrize(
    ("config", "package", "tag"),
    [
        ({}, {}, None),
        ({"tag": "r{version}"}, {}, "r{version}"),
        ({"tag": "r{version}"}, {"paths": ["a"]}, "{name}-v{version}"),
        ({"tag": "{name}@{version}"}, {"paths": ["a"]}, "{name}@{version}"),
        ({"tag": "{name}@{version}"}, {"tag": "v{version}"}, "v{version}"),
    ],
)
def test_tag_format_of_a_package(
    config: dict[str, str], package: dict[str, Any], tag: str | None
) -> None:
    [found] = settings({**config, "packages": [{"name": "a", **package}]}).packages

    assert found.tag == tag


def test_a_configuration_without_problems_can_be_read_and_compared() -> None:
    assert config_of({"tag": "v{version}"}) == Config(tag="v{version}")


def test_a_path_of_a_package_leaves_nothing_out() -> None:
    (fault,) = faults({"packages": [{"name": "a", "paths": ["pk/a", "!pk/a/*.test"]}]})
    assert "that is 'exclude'" in fault


@pytest.mark.parametrize(
    ("package", "fault"),
    [
        ({"paths": ["pk/a", "pk/*"]}, "packages.0.paths.1: 'pk/*' is a pattern: it has to be the"),
        ({"paths": ["pk/a?"], "name": "a"}, "packages.0.name: 'pk/a?' stands for many packages"),
        ({"paths": ["pk/*"], "tag": "v{version}"}, "packages.0.tag: many packages would have the"),
        ({"paths": ["pk/a"]}, "packages.0: the key 'name' is missing"),
    ],
)
def test_a_pattern_stands_for_many_packages(package: dict[str, Any], fault: str) -> None:
    (found,) = faults({"packages": [package]})
    assert found.startswith(fault)


def test_what_a_pattern_stands_for_may_be_named_elsewhere() -> None:
    packages = [{"paths": ["pk/*"]}, {"name": "root", "needs": ["any"]}]
    images = [{"repositories": ["ghcr.io/acme/app"], "package": "any"}]
    assert faults({"packages": packages, "images": images}) == []


def test_a_path_of_a_package_may_have_brackets() -> None:
    assert faults({"packages": [{"name": "a", "paths": ["app/[slug]"]}]}) == []


# Packages that have to do with each other


def test_a_package_needs_others_that_are_there() -> None:
    tables = [
        {"name": "core", "paths": ["core"]},
        {"name": "api", "paths": ["api"], "needs": ["core", "cord", "api"]},
    ]
    assert faults({"packages": tables}) == [
        "packages.1.needs.1: there is no package 'cord' (did you mean 'core'?)",
        "packages.1.needs.2: a package does not need itself",
    ]


def test_ranges_count_where_manifests_are_read() -> None:
    tables: list[dict[str, object]] = [
        {"name": "core", "paths": ["core"], "propagate": "out-of-range", "needs": "manifests"},
        {"name": "api", "paths": ["api"], "propagate": "out-of-range", "needs": ["core"]},
    ]
    assert faults({"packages": tables}) == [
        "packages.1.propagate: ranges are read in manifests: needs = 'manifests'",
    ]


def test_an_old_name_is_that_of_one_package() -> None:
    tables = [
        {"name": "a", "paths": ["a"], "was": "old"},
        {"name": "b", "paths": ["b"], "was": ["a", "old"]},
    ]
    assert faults({"packages": tables}) == [
        "packages.1.was: 'a' is the name of 'a'",
        "packages.1.was: 'old' is the name of 'a'",
    ]


def test_a_package_may_have_channels_of_its_own() -> None:
    tables = [{"name": "a", "paths": ["a"], "channels": [{"branch": "main", "prerelease": "rc"}]}]
    tables += [{"name": "b", "paths": ["b"]}]
    found = settings({"packages": tables, "channels": [{"branch": "trunk"}]})
    assert [one.channels for one in found.packages] == [
        (ChannelRule("main", "rc"),),
        (ChannelRule("trunk"),),
    ]
    assert found.channels == (ChannelRule("main", "rc"), ChannelRule("trunk"))


def test_packages_of_a_group_have_the_same_channels() -> None:
    tables: list[dict[str, Any]] = [{"name": n, "paths": [n], "group": "g"} for n in "abc"]
    tables[1]["channels"] = [{"branch": "trunk"}]
    tables[2]["channels"] = [{"branch": "trunk", "prerelease": "rc"}]
    told = "'a', of its group, has others: let both have the same"
    assert faults({"packages": tables, "channels": [{"branch": "trunk"}]}) == [
        f"packages.2.channels: {told}"
    ]


def test_a_token_of_a_package_has_a_spelling_in_its_scheme() -> None:
    table = {"name": "a", "channels": [{"branch": "x", "prerelease": "nightly"}]}
    (found,) = faults({"scheme": "pep440", "packages": [table]})
    assert found.startswith("packages.0.channels.0.prerelease: ")


def test_one_package_is_primary() -> None:
    tables = [{"name": name, "paths": [name], "primary": True} for name in "ab"]
    assert faults({"packages": tables}) == ["packages.1.primary: 'a' is primary already"]


@pytest.mark.parametrize(
    ("one", "other", "fault"),
    [
        ("v{version}", "v{version}-b", "packages.1.tag: its tag 'v1.2.3-b' reads as a version of"),
        ("{version}", "{version}+b", "packages.1.tag: its tag '1.2.3+b' reads as a version of 'a'"),
        ("{version}-b", "{version}", "packages.0.tag: its tag '1.2.3-b' reads as a version of 'b'"),
    ],
)
def test_no_tag_reads_as_a_version_of_another_package(one: str, other: str, fault: str) -> None:
    tables = [
        {"name": "a", "paths": ["a"], "tag": one},
        {"name": "b", "paths": ["b"], "tag": other},
    ]
    (found,) = faults({"packages": tables})
    assert found.startswith(fault)


@pytest.mark.parametrize("other", ["sub/v{version}", "{version}", "av{version}"])
def test_tags_that_tell_whose_they_are_may_be_alike(other: str) -> None:
    tables = [
        {"name": "a", "paths": ["a"], "tag": "v{version}"},
        {"name": "b", "paths": ["b"], "tag": other},
        {"name": "root"},
    ]
    assert faults({"packages": tables}) == []


def test_a_package_says_what_it_is_among_others() -> None:
    found = settings(
        {
            "packages": [
                {
                    "name": "a",
                    "paths": ["a"],
                    "exclude": ["./a/docs/"],
                    "covers": "all",
                    "empty": "all",
                    "needs": ["b"],
                    "propagate": "same",
                    "group": "g",
                    "primary": True,
                    "was": "old",
                    "was_paths": ["./old/"],
                    "release": False,
                },
                {"name": "b", "paths": ["b"], "was": ["c", "d"]},
            ]
        }
    )
    one, other = found.packages
    assert one._replace(paths=(), tag=None) == Package(
        "a",
        exclude=("a/docs",),
        covers="all",
        empty="all",
        needs=("b",),
        propagate="same",
        group="g",
        primary=True,
        was=("old",),
        was_paths=("old",),
        release=False,
        changelog=ChangelogFile("a/CHANGELOG.md"),
    )
    assert (other.was, other.group, other.is_part) == (("c", "d"), "", True)


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ([], False),
        ([{"name": "a"}], False),
        ([{"name": "a", "exclude": ["docs"]}], True),
        ([{"name": "a", "paths": ["a"]}], True),
        ([{"name": "a"}, {"name": "b", "paths": ["b"]}], True),
    ],
)
def test_a_repository_is_split_where_not_all_is_of_one_package(
    packages: list[dict[str, Any]], *, expected: bool
) -> None:
    assert settings({"packages": packages}).is_split is expected


def test_packages_are_made_once() -> None:
    settings = ConfiguredSettings(Config())

    assert settings.packages is settings.packages
