"""What a first configuration says of files, tags, branches and a remote, all held in memory."""

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest

from tagboat.cli.ci import COPY_NAMED, written_besides
from tagboat.core.errors import UsageError
from tagboat.core.version.tag import Ref
from tagboat.core.version.version import Version
from tagboat.use_cases.adopt.init import (
    Proposal,
    Surroundings,
    propose,
)
from tagboat.use_cases.adopt.migrate import SearchedFolder

PROJECT = '[project]\nname = "app"\nversion = "1.2.0"\n'
WORKFLOW = """\
jobs:
  build:
    steps:
      - uses: docker/metadata-action@v5
        id: meta
        with:
          images: ghcr.io/acme/app
          tags: type=semver,pattern={{version}}
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ${{ steps.meta.outputs.tags }}
"""


class Files(SearchedFolder):
    """Files by their paths; what may not be read is None."""

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self.texts = texts

    def text(self, path: str) -> str | None:
        if path in self.texts and self.texts[path] is None:
            raise UsageError(f"{path} leads out of the repository")
        return self.texts.get(path)

    def folders(self, pattern: str) -> tuple[str, ...]:
        parts = [path.split("/")[:-1] for path in self.texts]
        every = {"/".join(one[:depth]) for one in parts for depth in range(1, len(one) + 1)}
        depth = pattern.count("/")
        fitting = (one for one in every if one.count("/") == depth and fnmatchcase(one, pattern))
        return tuple(sorted(fitting))

    def matching(self, pattern: str) -> tuple[str, ...]:
        fitting = (one for one in self.texts if fnmatchcase(one, pattern))
        return tuple(sorted(fitting))


def around(
    files: Mapping[str, str | None] | None = None,
    *tags: str,
    branch: str = "main",
    remote: str = "https://github.com/acme/app",
) -> Surroundings:
    refs = [Ref(name, f"{number:040}") for number, name in enumerate(tags)]
    return Surroundings(Files(files or {}), refs, branch, (branch,), remote)


def proposal(files: Mapping[str, str | None] | None = None, *tags: str) -> Proposal:
    return propose(around(files, *tags))


def test_what_is_inferred_is_not_said() -> None:
    found = proposal({"CHANGELOG.md": "# Changelog\n"}, "v1.2.0")
    assert (found.data, found.notes, found.declared) == ({}, (), None)
    assert tomllib.loads(found.text()) == {}


def test_files_that_hold_the_version_are_named_with_their_lines() -> None:
    files = {"pyproject.toml": PROJECT, "src/app/__init__.py": '__version__ = "1.2.0"\n'}
    found = proposal(files, "v1.2.0")
    assert found.data == {"files": ["pep621", "src/app/__init__.py:__version__"]}
    assert found.declared == (Version(1, 2, 0), "pyproject.toml:3")
    assert "# src/app/__init__.py:1 holds 1.2.0" in found.text()


def test_file_with_another_version_is_left_out_and_named() -> None:
    found = proposal({"pyproject.toml": PROJECT, "package.json": '{"version": "0.1.0"}'})
    assert found.data == {"files": ["pep621"]}
    assert found.notes == ("package.json:1 holds 0.1.0, not 1.2.0: it is left out",)


def test_placeholders_declare_nothing() -> None:
    found = proposal({"package.json": '{"version": "0.0.0"}'}, "v2.0.0")
    assert (found.data, found.declared) == ({}, None)


def test_version_of_a_chart_counts_where_another_file_has_it() -> None:
    chart = "version: 7.0.0\nappVersion: 1.2.0\n"
    found = proposal({"VERSION": "1.2.0\n", "charts/app/Chart.yaml": chart})
    assert found.data == {"files": ["VERSION", "charts/app/Chart.yaml:appVersion"]}


@pytest.mark.parametrize(
    ("path", "text", "key"),
    [
        ("includes/version.php", '<?php\n$version = "v1.2.0";\n', "$version"),
        ("lib/app/version.rb", 'module App\n  VERSION = "1.2.0"\nend\n', "VERSION"),
        ("app.gemspec", 'Gem::Specification.new do |s|\n  s.version = "1.2.0"\nend\n', "s.version"),
        ("src/App/App.csproj", "<Version>1.2.0</Version>", "<Version>{version}</Version>"),
        ("build.gradle.kts", 'version = "1.2.0"\n', "version"),
        ("mix.exs", 'version: "1.2.0",\n', "version"),
        ("CMakeLists.txt", "project(app VERSION 1.2.0)\n", "VERSION"),
        ("Chart.yaml", "version: 1.2.0\n", "version"),
    ],
)
def test_each_language_keeps_its_version_where_it_does(path: str, text: str, key: str) -> None:
    found = proposal({path: text})
    assert found.data == {"files": [f"{path}:{key}"]}
    assert found.declared is not None
    assert found.declared[0] == Version(1, 2, 0)


POM = "<parent><version>9.0.0</version></parent><version>{}</version><dependencies><version>8.0.0"


def test_what_maven_is_to_release_next_is_not_gone_below() -> None:
    assert proposal({"pom.xml": POM.format("3.1.0-SNAPSHOT")}).declared == (
        Version(3, 1, 0),
        "pom.xml",
    )
    assert proposal({"pom.xml": POM.format("${{revision}}")}).declared is None
    assert proposal({"pom.xml": POM.format("1.0.0")}, "v1.0.0").declared is None


def test_file_that_may_not_be_read_is_passed_over() -> None:
    files: dict[str, str | None] = {"pyproject.toml": None, "VERSION": "1.2.0\n"}
    found = proposal({**files, "CHANGELOG.md": None, "Dockerfile": None})
    assert (found.data, found.notes) == ({"files": ["VERSION"]}, ())


def test_tags_that_only_python_spells_give_the_scheme() -> None:
    assert proposal(None, "1.0.0", "2.0.0rc1").data == {"scheme": "pep440"}


def test_tags_of_several_packages_give_a_table_for_each() -> None:
    files = {
        "packages/api/package.json": '{"name": "@acme/api", "version": "1.0.0"}',
        "libs/core/Cargo.toml": '[package]\nname = "core"\nversion = "2.0.0"\n',
        "docs/a.md": "",
    }
    found = proposal(files, "api-v1.0.0", "core@2.0.0", "core@1.0.0", "old-v1.0.0")
    assert found.data == {
        "packages": [
            {"name": "api", "paths": ["packages/api"], "files": ["npm:packages/api"]},
            {
                "name": "core",
                "paths": ["libs/core"],
                "tag": "{name}@{version}",
                "files": ["cargo:libs/core"],
            },
        ]
    }
    assert found.notes == ("the tag old-v1.0.0 is of a package that no folder has the name of",)


def test_tags_of_one_package_with_a_name_make_no_tables() -> None:
    assert "packages" not in proposal({"api/go.mod": "module a\n"}, "api-v1.0.0").data


NPM = {
    "package.json": '{"name": "top", "version": "0.0.0", "workspaces": ["libs/*"]}',
    "libs/core/package.json": '{"name": "@acme/core", "version": "1.4.0"}',
    "libs/api/package.json": '{"name": "api", "version": "2.0.0", '
    '"dependencies": {"@acme/core": "^1.4.0"}}',
    "libs/private/package.json": '{"name": "private"}',
}


def test_members_of_a_workspace_are_packages_that_need_what_manifests_say() -> None:
    found = proposal(NPM)
    assert found.data == {
        "packages": [
            {
                "name": "api",
                "paths": ["libs/api"],
                "files": ["npm:libs/api"],
                "needs": "manifests",
            },
            {"name": "core", "paths": ["libs/core"], "files": ["npm:libs/core"]},
        ]
    }
    assert found.origins["packages", 1] == "libs/core/package.json:1 holds 1.4.0"
    assert found.notes == ()
    tagged = proposal(NPM, "api-v2.0.0", "core-v1.4.0").data["packages"]
    assert isinstance(tagged, list)
    assert [table.get("needs") for table in tagged] == ["manifests", None]


def test_members_of_a_workspace_with_one_version_are_released_together() -> None:
    alike = {path: text and text.replace("2.0.0", "1.4.0") for path, text in NPM.items()}
    found = proposal(alike)
    assert "packages" not in found.data
    assert found.notes == ("api, core have one version: [[packages]] would release each alone",)
    assert "packages" not in proposal(NPM, "v1.0.0").data


def test_manifest_that_is_broken_leaves_the_folder_its_name() -> None:
    files = {"a/package.json": "{", "b/package.json": "{}", "b/go.mod": "module b\n"}
    found = proposal(files, "a-v1.0.0", "b-v1.0.0")
    tables = found.data["packages"]
    assert isinstance(tables, list)
    assert [table["paths"] for table in tables] == [["a"], ["b"]]


def test_branch_that_is_no_channel_becomes_one() -> None:
    assert propose(around(branch="trunk")).data == {"channels": [{"branch": "trunk"}]}
    assert propose(around()).data == {}


@pytest.mark.parametrize(("name", "is_said"), [("HISTORY.md", True), ("CHANGELOG.md", False)])
def test_changelog_of_another_name_is_named(name: str, is_said: bool) -> None:  # noqa: FBT001
    expected = {"changelog": {"file": name}} if is_said else {}
    assert proposal({name: "# Changes\n"}).data == expected


def test_forge_that_its_host_does_not_give_away_is_named() -> None:
    files: dict[str, str | None] = {".gitlab-ci.yml": "a: {}\n"}
    found = propose(around(files, remote="https://git.acme.example/acme/app"))
    assert found.data == {"forge": {"kind": "gitlab"}}
    files = {".forgejo/workflows/a.yml": "jobs: {}\n"}
    assert propose(around(files, remote="https://git.acme.example/acme/app")).data == {
        "forge": {"kind": "forgejo"}
    }
    assert propose(around({"a": ""}, remote="https://git.acme.example/acme/app")).data == {}
    assert propose(around({".gitlab-ci.yml": ""}, remote="")).data == {}


def test_images_are_those_that_workflows_build() -> None:
    found = proposal({"Dockerfile": "FROM scratch\n", ".github/workflows/a.yml": WORKFLOW})
    images = found.data["images"]
    assert isinstance(images, list)
    assert images[0]["repositories"] == ["ghcr.io/acme/app"]


def test_dockerfile_that_nobody_builds_is_told() -> None:
    found = proposal({"Dockerfile": "FROM scratch\n"})
    assert found.notes == ("Dockerfile: no workflow publishes it; [[images]] would",)


def test_configurations_of_other_tools_are_told() -> None:
    own = {".cz.toml": "", ".cz.json": "", "cliff.toml": "", ".releaserc.yml": None}
    shared = {"package.json": '{"standard-version": {}}', "setup.cfg": "[semantic_release]\n"}
    other = {"pyproject.toml": "[tool.other]\n", "Cargo.toml": "[["}
    told = [note.split()[:3:2] for note in proposal(own | shared | other).notes]
    assert told == [
        ["setup.cfg", "python-semantic-release"],
        [".cz.toml", "commitizen"],
        ["package.json", "standard-version"],
        ["cliff.toml", "git-cliff"],
    ]


def test_jobs_and_hooks_are_written_where_they_are_asked_for() -> None:
    assert written_besides("main", "", hooks=False) == {}
    (path, text), *_ = written_besides("trunk", "github", hooks=False).items()
    assert (path, "branches: [trunk]" in text) == (".github/workflows/release.yml", True)
    odd = written_besides("a, b", "github", hooks=False).popitem()[1]
    assert 'branches: ["a, b"]' in odd
    assert [*written_besides("", "gitlab", hooks=True)] == [
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
    ]
    assert COPY_NAMED.keys() == {"github", "gitlab"}
