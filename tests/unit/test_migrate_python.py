"""What python-semantic-release and commitizen were told is said in our words."""

import pytest

from tagboat.core.config.migrate.old_file import read_old_file
from tagboat.core.version_files.formats.key import TextSpanError
from tests.unit.migrating import but_layout, migrated

PSR, CZ = "python-semantic-release", "commitizen"


def psr(text: str) -> object:
    return migrated(PSR, ("releaserc.toml", f"[semantic_release]\n{text}"))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('version_toml = ["a.toml:x.y"]', {"files": ["a.toml:x.y"]}),
        ('version_variables = ["a.py:v:tf", "b.py:w"]', {"files": ["a.py:v", "b.py:w"]}),
        ('version_variable = "a.py:v, b.py:w"', {"files": ["a.py:v", "b.py:w"]}),
        ('tag_format = "{version}"', {"tag": "{version}"}),
        ('commit_message = "build: {version}"', {"release": {"message": "build: {version}"}}),
        ('commit_message = "{version}\\n\\nby us"', {"release": {"message": "{version}\n\nby us"}}),
        ('branch = "main"', {}),
        ('branch = "trunk"', {"channels": [{"branch": "trunk"}]}),
        ('branches.main.match = "(main|master)"', {}),
        (
            (
                '[semantic_release.branches]\nrc = {match = "next", prerelease = true}\n'
                'dev = {match = "(?!main$)", prerelease = true, prerelease_token = "dev"}\n'
                'main = {match = "main"}\nodd = {match = "\\\\s"}'
            ),
            {
                "channels": [
                    {"branch": "next", "prerelease": "rc"},
                    {"branch": "main"},
                    {"branch": "*", "prerelease": "dev"},
                ]
            },
        ),
        ("major_on_zero = false", {"zero": {"breaking": "minor"}}),
        ("allow_zero_version = true", {}),
        ("allow_zero_version = false", {"initial": "1.0.0"}),
        ('commit_parser = "conventional"', {}),
        ('commit_parser = "emoji"', {"convention": "psr:emoji"}),
        ('commit_parser = "semantic_release.history.angular_parser"', {}),
        ('commit_parser = "semantic_release.history.scipy_parser"', {"convention": "psr:scipy"}),
        ('commit_parser = "mod:Class"', {"convention": "psr:mod:Class"}),
        ('commit_parser_options.minor_tags = ["feat"]', {}),
        (
            'commit_parser_options.patch_tags = ["fix", "build"]',
            {"bump": {"perf": "none", "build": "patch"}},
        ),
        ('commit_parser_options.patch_tags = ["fix", "perf", "Bad one"]', {}),
        ('commit_parser_options.allowed_tags = ["fix"]', {"check": {"types": ["fix"]}}),
        ("commit_parser_options.parse_squash_commits = true", {}),
        ("commit_parser_options.parse_squash_commits = false", {"squash": "off"}),
        ("commit_parser_options.default_bump_level = 0", {}),
        ("commit_parser_options.default_bump_level = 1", {}),
        (
            "changelog.exclude_commit_patterns = ['chore: .+', 'Merged? .*', '^\\d\\.']",
            {"changelog": {"hide": ["chore"]}},
        ),
        (
            "changelog.exclude_commit_patterns = ['fix\\(a\\): .+', '.*x', '^a x|b', '(']",
            {
                "rules": [
                    {"type": "fix", "scope": "a", "hidden": True},
                    {"type": "*", "pattern": "^.*x", "hidden": True},
                    {"type": "*", "pattern": "^(?:a x|b)", "hidden": True},
                ]
            },
        ),
        (
            (
                "commit_parser_options.minor_tags = []\n"
                'commit_parser_options.patch_tags = ["feat", "fix", "perf"]'
            ),
            {"bump": {"feat": "patch"}},
        ),
        ('changelog.mode = "update"', {}),
        ('changelog.mode = "init"', {}),
        ('changelog.default_templates.output_format = "md"', {}),
        ('changelog.default_templates.output_format = "rst"', {}),
        ("changelog.default_templates.mask_initial_release = true", {}),
        ("changelog.default_templates.mask_initial_release = false", {}),
        ('changelog_file = "C.md"', {"changelog": {"file": "C.md"}}),
        ('changelog.changelog_file = "C.md"', {"changelog": {"file": "C.md"}}),
        (
            'changelog.default_templates.changelog_file = "C.md"',
            {"changelog": {"file": "C.md"}},
        ),
        ('commit_author = "A <a@b.c>"', {"release": {"author": "A <a@b.c>"}}),
        (
            'commit_author = {env = "X", default = "A <a@b.c>"}',
            {"release": {"author": "A <a@b.c>"}},
        ),
        ('commit_author = {env = "X"}', {}),
        (
            'build_command = "make"\nassets = ["uv.lock"]\nbuild_command_env = ["A=b", "C"]',
            {
                "commands": [
                    {
                        "run": ["sh", "-c", "make"],
                        "when": "before-commit",
                        "add": ["uv.lock"],
                        "env": {"A": "b"},
                    }
                ]
            },
        ),
        (
            'build_command = "make"\nbuild_command_env = ["A=b"]\nassets = []',
            {
                "commands": [
                    {"run": ["sh", "-c", "make"], "when": "before-publish", "env": {"A": "b"}}
                ]
            },
        ),
        ('assets = ["a"]', {}),
        (
            'build_command = "make"',
            {"commands": [{"run": ["sh", "-c", "make"], "when": "before-publish"}]},
        ),
        ('version_toml = ["a.py:v", "a.py:v"]', {"files": ["a.py:v"]}),
        ("no_git_verify = true", {}),
        ("no_git_verify = false", {"release": {"hooks": True}}),
        ("upload_to_release = false", {}),
        ("upload_to_vcs_release = true", {}),
        (
            'build_command = "make"\nupload_to_vcs_release = true',
            {
                "commands": [{"run": ["sh", "-c", "make"], "when": "before-publish"}],
                "forge": {"assets": ["dist/*"]},
            },
        ),
        (
            'build_command = "make"\nupload_to_release = true\ndist_glob_patterns = ["out/*"]',
            {
                "commands": [{"run": ["sh", "-c", "make"], "when": "before-publish"}],
                "forge": {"assets": ["out/*"]},
            },
        ),
        ("upload_to_pypi = true\nupload_to_repository = false", {}),
        ('hvcs = "github"', {}),
        ('remote = {type = "gitea", domain = "git.acme.example"}', {"forge": {"kind": "gitea"}}),
        ('remote = {name = "origin", url = {env = "X"}}', {}),
        (
            'remote = {name = "up", url = "https://a.example/b.git"}',
            {"remote": "up", "forge": {"url": "https://a.example/b"}},
        ),
        ("add_partial_tags = true", {"release": {"moving_tags": ["v{major}", "v{major}.{minor}"]}}),
        ("add_partial_tags = false", {}),
        ("unheard_of = 1", {}),
    ],
)
def test_each_key_of_python_semantic_release(text: str, data: dict[str, object]) -> None:
    found = migrated(PSR, ("releaserc.toml", f"[semantic_release]\n{text}\n"))
    usual = {"zero": {"breaking": "major"}}
    assert but_layout(found, "psr") == (data if "zero" in data else usual | data)


def test_version_7_of_python_semantic_release_is_read_from_setup_cfg() -> None:
    text = (
        "[metadata]\nversion = 1.2.0\n[semantic_release]\n"
        "version_variable = setup.cfg:version, src/a.py:__version__\nbranch=trunk\n"
        "major_on_zero = FALSE\nparser_angular_minor_types = feat, ui\n"
        "pre_commit_command = make\nupload_to_pypi=no\ncheck_build_status = true\n"
    )
    found = migrated(PSR, ("setup.cfg", text))
    assert found.data == {
        "files": ["setup.cfg:version", "src/a.py:__version__"],
        "channels": [{"branch": "trunk"}],
        "zero": {"breaking": "minor"},
        "bump": {"ui": "minor"},
        "commands": [{"run": ["sh", "-c", "make"], "when": "before-commit"}],
        "changelog": {"template": "psr"},
    }
    assert found.left.keys() == {"semantic_release.check_build_status"}


def test_each_key_is_in_one_list() -> None:
    text = '[tool.semantic_release]\ntag_format = "x"\nnew = 1\nassets = 3\n[tool.other]\na = 1\n'
    found = migrated(PSR, ("pyproject.toml", text))
    assert found.carried == {}
    assert found.left == {
        "tool.semantic_release.tag_format": ": 'x' needs {version} exactly once",
        "tool.semantic_release.new": ": tagboat has nothing like it",
        "tool.semantic_release.assets": ": a list was expected there",
    }


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("name: cz_conventional_commits", {}),
        ("name: czespressif", {"convention": "commitizen:czespressif"}),
        ("version_provider: scm", {}),
        ("version_provider: commitizen", {}),
        ("version_provider: uv", {"files": ["uv"]}),
        ("version_provider: npm2", {"files": ["commitizen:npm2"]}),
        ("version_scheme: semver", {"scheme": None}),
        ("version_scheme: pep440", {}),
        (
            "ignored_tag_formats: ['nightly-$version', '*-${major}.${minor}']",
            {"ignore": {"tags": ["nightly-*", "*-*.*"]}},
        ),
        ("version_scheme: odd", {"scheme": None}),
        ("tag_format: v$version", {"tag": "v{version}"}),
        ("tag_format: v$major.$minor.$patch$prerelease", {"tag": "v{version}"}),
        ("update_changelog_on_bump: true", {"changelog": {"file": "CHANGELOG.md"}}),
        ('update_changelog_on_bump: "true"', {"changelog": {"file": "CHANGELOG.md"}}),
        ("update_changelog_on_bump: false\n  changelog_file: X.md", {}),
        ("changelog_file: X.md", {"changelog": {"file": "X.md"}}),
        ("changelog_merge_prerelease: true", {"changelog": {"prereleases": "fold"}}),
        ("changelog_merge_prerelease: false", {"changelog": {"prereleases": "keep"}}),
        ("bump_message: 'a: $new_version'", {"release": {"message": "a: {version}"}}),
        (
            "bump_message: 'a: v$current_version → v$new_version'",
            {"release": {"message": "a: v{version}"}},
        ),
        ("major_version_zero: true", {"zero": {"breaking": "minor"}}),
        ("major_version_zero: false", {"zero": {"breaking": "major"}}),
        (
            "pre_bump_hooks: [make]",
            {"commands": [{"run": ["sh", "-c", "make"], "when": "before-commit"}]},
        ),
        (
            "pre_bump_hooks: make",
            {"commands": [{"run": ["sh", "-c", "make"], "when": "before-commit"}]},
        ),
        (
            "post_bump_hooks: [git push --tags, make]",
            {"commands": [{"run": ["sh", "-c", "make"], "when": "before-publish"}]},
        ),
        ("legacy_tag_formats: [$version]", {}),
        ("message_length_limit: 72", {"check": {"header_length": 72}}),
        ("message_length_limit: 0", {}),
        ("style:", {}),
        (
            "customize: {bump_map: {break: MAJOR, '^.+!$': MAJOR, '^\\s': MINOR}}",
            {"bump": {"break": "major"}, "rules": [{"pattern": "^\\s", "bump": "minor"}]},
        ),
        (
            (
                "customize:\n    change_type_order: [Fix, feat]\n"
                "    change_type_map: {feat: Feat, fix: Fix, bug: Fix}"
            ),
            {
                "changelog": {
                    "sections": [
                        {"types": ["fix", "bug"], "title": "Fix"},
                        {"types": ["feat"], "title": "Feat"},
                    ]
                }
            },
        ),
        ("customize: {change_type_order: [a]}", {}),
    ],
)
def test_each_key_of_commitizen(text: str, data: dict[str, object]) -> None:
    found = migrated(CZ, (".cz.yaml", f"commitizen:\n  {text}\n"))
    usual = {"scheme": "pep440", "zero": {"breaking": "major"}}
    assert found.data == {key: value for key, value in (usual | data).items() if value is not None}


OLD_CZ = """# ours
[flake8]
format = %(path)s

[commitizen]
Name = cz_jira
version = 1.2.0
files = [
    "a.py:__version__",
    "setup.cfg"
    ]
tag_format = v$version
; what cz asks
style = [["pointer", "reverse"]]
major_version_zero = no
empty
"""


@pytest.mark.parametrize("name", [".cz", ".cz.cfg", "setup.cfg", "own.ini"])
def test_commitizen_before_version_2_was_told_in_ini(name: str) -> None:
    entry = "setup.cfg:version" + " = {version}" * (name == "setup.cfg")
    found = migrated(CZ, (name, "\ufeff" + OLD_CZ.replace("\n", "\r\n")), beside=FILES)
    assert found.data == {
        "convention": "commitizen:cz_jira",
        "files": ['a.py:__version__ = "{version}"', entry],
        "tag": "v{version}",
        "zero": {"breaking": "major"},
        "scheme": "pep440",
    }
    assert found.left.keys() == {"commitizen.style", "commitizen.empty"}


def test_the_lines_of_an_ini_file_are_told() -> None:
    file = read_old_file(".cz", OLD_CZ)
    keys = (("commitizen",), ("commitizen", "name"), ("commitizen", "files", 1))
    assert [file.line(key) for key in keys] == [5, 6, 8]


@pytest.mark.parametrize("text", ["x", "[a\n", "[a]\nb = 1\nb = 2\n", "[a]\n[a]\n"])
def test_what_is_no_ini_file_is_refused(text: str) -> None:
    with pytest.raises(TextSpanError, match=r"not readable as INI: [^<]*$"):
        read_old_file(".cz", text)


FILES = {
    "a.py": '__version__ = "1.2.0"\nother = "1.2.0"\n',
    "VERSION": "1.2.0\n",
    "broken": None,
    "pyproject.toml": '[project]\nversion = "1.2.0"\n',
}


@pytest.mark.parametrize(
    ("entry", "files"),
    [
        ("a.py:__version__", ['a.py:__version__ = "{version}"']),
        ("a.py", ['a.py:__version__ = "{version}"', 'a.py:other = "{version}"']),
        ("a.py:(a|b)+", ['a.py:__version__ = "{version}"', 'a.py:other = "{version}"']),
        ("VERSION", ["VERSION"]),
        ("gone.py", ["gone.py:__version__"]),
        ("gone.py:^VERSION", ["gone.py:VERSION"]),
        ("gone.py:rev:.+x", None),
        ("gone.json", ["gone.json:version"]),
        ("gone/pyproject.toml:version", ["gone/pyproject.toml:project.version"]),
        ("broken", ["broken:__version__"]),
        (".cz.json:version", None),
        (":x", None),
    ],
)
def test_files_of_commitizen_are_looked_up(entry: str, files: list[str] | None) -> None:
    for told in ('"version": "1.2.0"', '"version_provider": "pep621"'):
        text = f'{{"commitizen": {{{told}, "version_files": ["{entry}"]}}}}'
        found = migrated(CZ, (".cz.json", text), beside=FILES)
        named = ["pep621"] if "provider" in told else []
        assert found.data.get("files", []) == named + (files or [])


def test_a_provider_that_can_not_be_read_tells_no_version() -> None:
    text = '{"commitizen": {"version_provider": "npm", "version_files": ["a.py"]}}'
    found = migrated(CZ, (".cz.json", text), beside=FILES)
    assert found.data["files"] == ["npm", "a.py:__version__"]


def test_what_is_said_of_a_folder_is_said_of_a_package() -> None:
    text = (
        '[tool.commitizen]\nversion_provider = "uv"\nversion_files = ["a.py:v"]\n'
        'tag_format = "a-$version"\nupdate_changelog_on_bump = true\npre_bump_hooks = ["make"]\n'
    )
    found = migrated(CZ, ("libs/a/pyproject.toml", text))
    assert found.data == {
        "packages": [
            {
                "name": "a",
                "paths": ["libs/a"],
                "tag": "a-{version}",
                "empty": "all",
                "files": ["uv:libs/a", "libs/a/a.py:v"],
                "changelog": {"file": "libs/a/CHANGELOG.md"},
                "commands": [{"run": ["sh", "-c", "cd libs/a && make"], "when": "before-commit"}],
            }
        ],
        "changelog": {},
        "scheme": "pep440",
        "zero": {"breaking": "major"},
    }


def test_a_package_without_much_to_say() -> None:
    found = migrated(CZ, ("a/.cz.json", '{"commitizen": {}}'))
    table = {"name": "a", "paths": ["a"], "tag": "{version}", "empty": "all"}
    assert found.data["packages"] == [table]


def test_a_commit_without_files_counts_as_before() -> None:
    text = '[tool.semantic_release]\ncommit_parser = "conventional-monorepo"\n'
    found = migrated(PSR, ("a/pyproject.toml", text))
    assert "empty" not in found.data["packages"][0]


def test_paths_of_a_package_are_told_from_the_top() -> None:
    text = (
        '[tool.semantic_release]\nbuild_command = "make"\nassets = ["uv.lock"]\n'
        "upload_to_vcs_release = true\n"
    )
    found = migrated(PSR, ("libs/a/pyproject.toml", text))
    [table] = found.data["packages"]
    assert (table["tag"], table["commands"][0]["add"]) == ("v{version}", ["libs/a/uv.lock"])
    assert found.data["forge"]["assets"] == ["libs/a/dist/*"]
