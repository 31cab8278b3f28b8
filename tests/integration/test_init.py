"""``tagboat init`` writes what would not be inferred, with where it was found, and asks nothing."""

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.commandline import tagboat
from tests.conftest import MakeRepo
from tests.gitrepo import GitRepo

ROOT = Path(__file__).parent.parent.parent
PROJECT = '[project]\nname = "app"\nversion = "{}"\n'
VERSION = "pyproject.toml"
LOCK = 'version = 1\n[[package]]\nname = "app"\nversion = "1.0.0"\nsource = { virtual = "." }\n'


def configuration(repo: GitRepo) -> dict[str, object]:
    result = tagboat("init", "--stdout", cwd=repo.path)
    assert result.code == 0
    return tomllib.loads(result.stdout)


def with_files(repo: GitRepo, files: dict[str, str], *tags: str) -> None:
    repo.commit("feat: a", files=files)
    for tag in tags:
        repo.tag(tag)


def test_a_repository_that_is_inferred_whole_needs_a_comment(repo: GitRepo) -> None:
    with_files(repo, {"a.txt": "a"}, "v1.2.0")
    assert configuration(repo) == {}


def test_files_with_the_version_are_found_with_their_lines(repo: GitRepo) -> None:
    files = {VERSION: PROJECT.format("1.2.0"), "src/app/__init__.py": '__version__ = "1.2.0"\n'}
    with_files(repo, files, "v1.2.0")
    text = tagboat("init", "--stdout", cwd=repo.path).stdout
    assert '"pep621",  # pyproject.toml:3 holds 1.2.0' in text
    assert '"src/app/__init__.py:__version__",  # src/app/__init__.py:1 holds 1.2.0' in text


@pytest.mark.parametrize(
    ("files", "entries"),
    [
        ({VERSION: PROJECT.format("1.0.0"), "uv.lock": LOCK}, ["uv"]),
        ({VERSION: PROJECT.format("1.0.0"), "poetry.lock": ""}, ["poetry"]),
        ({"Cargo.toml": '[package]\nname = "a"\nversion = "1.0.0"\n'}, ["cargo"]),
        ({"package.json": '{"version": "1.0.0"}'}, ["npm"]),
        ({"composer.json": '{"version": "1.0.0"}'}, ["composer"]),
        ({"VERSION": "1.0.0\n"}, ["VERSION"]),
        (
            {"VERSION": "1.0.0\n", "charts/app/Chart.yaml": "version: 7.1.0\nappVersion: 1.0.0\n"},
            ["VERSION", "charts/app/Chart.yaml:appVersion"],
        ),
    ],
)
def test_each_kind_of_file_has_its_entry(
    repo: GitRepo, files: dict[str, str], entries: list[str]
) -> None:
    with_files(repo, files)
    assert configuration(repo)["files"] == entries


def test_a_file_with_another_version_is_left_out_and_named(repo: GitRepo) -> None:
    with_files(repo, {VERSION: PROJECT.format("1.2.0"), "package.json": '{"version": "0.1.0"}'})
    result = tagboat("init", "--stdout", cwd=repo.path)
    assert tomllib.loads(result.stdout)["files"] == ["pep621"]
    assert "package.json:1 holds 0.1.0, not 1.2.0" in result.stderr


def test_the_next_version_is_never_below_that_of_the_files(repo: GitRepo) -> None:
    with_files(repo, {VERSION: PROJECT.format("1.1.0")}, "v1.0.0")
    repo.commit("fix: b")
    with_files(repo, {VERSION: PROJECT.format("1.4.0")})
    result = tagboat("init", "--offline", cwd=repo.path)
    assert "next version 1.4.0, tag v1.4.0" in result.stdout
    assert "release that with --as 1.4.0" in result.stderr


def test_a_placeholder_declares_nothing(repo: GitRepo) -> None:
    with_files(repo, {"package.json": '{"version": "0.0.0-development"}'}, "v2.0.0")
    assert configuration(repo) == {}


def test_tags_of_python_alone_tell_the_scheme(repo: GitRepo) -> None:
    with_files(repo, {"a.txt": "a"}, "1.0.0rc1")
    assert configuration(repo) == {"scheme": "pep440"}


def test_tags_of_several_packages_tell_the_packages(repo: GitRepo) -> None:
    files = {
        "libs/api/package.json": '{"name": "@acme/api", "version": "1.0.0"}',
        "libs/ui/package.json": '{"name": "@acme/ui", "version": "0.2.0"}',
        "go/go.mod": "module go\n",
    }
    with_files(repo, files, "@acme/api@1.0.0", "@acme/ui@0.2.0", "go-v1.0.0", "gone-v1.0.0")
    assert configuration(repo)["packages"] == [
        {
            "name": "@acme/api",
            "paths": ["libs/api"],
            "tag": "{name}@{version}",
            "files": ["npm:libs/api"],
        },
        {
            "name": "@acme/ui",
            "paths": ["libs/ui"],
            "tag": "{name}@{version}",
            "files": ["npm:libs/ui"],
        },
        {"name": "go", "paths": ["go"]},
    ]


def test_a_branch_of_an_unusual_name_is_a_channel(make_repo: MakeRepo) -> None:
    repo = make_repo("trunk", branch="trunk")
    with_files(repo, {"a.txt": "a"})
    assert configuration(repo) == {"channels": [{"branch": "trunk"}]}


def test_a_topic_beside_a_usual_branch_is_none(repo: GitRepo) -> None:
    with_files(repo, {"a.txt": "a"})
    repo.switch("topic", at="HEAD")
    assert configuration(repo) == {}


def test_a_changelog_of_another_name_is_found(repo: GitRepo) -> None:
    with_files(repo, {"CHANGES.rst": "Changes\n=======\n"})
    assert configuration(repo) == {"changelog": {"file": "CHANGES.rst"}}


def test_a_forge_is_told_by_its_jobs_where_its_host_does_not(repo: GitRepo) -> None:
    with_files(repo, {".gitlab-ci.yml": "a: {}\n"})
    repo.git("remote", "add", "origin", "https://code.acme.example/team/app.git")
    assert configuration(repo) == {"forge": {"kind": "gitlab"}}


def test_a_configuration_of_another_tool_is_named(repo: GitRepo) -> None:
    with_files(repo, {".releaserc.json": "{}"})
    assert "`tagboat migrate` reads it" in tagboat("init", "--stdout", cwd=repo.path).stderr


@pytest.mark.parametrize(
    ("path", "text"), [("tagboat.toml", "wrong = ["), (VERSION, "[tool.tagboat]\n")]
)
def test_a_configuration_that_is_there_stays(repo: GitRepo, path: str, text: str) -> None:
    with_files(repo, {path: text})
    result = tagboat("init", cwd=repo.path)
    assert (result.code, (repo.path / path).read_text()) == (2, text)
    assert not repo.git("status", "--porcelain")


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_job_that_releases_and_a_hook_are_written(repo: GitRepo, ci: str) -> None:
    with_files(repo, {"a.txt": "a"})
    result = tagboat("init", "--json", "--offline", "--hooks", "--ci", ci, cwd=repo.path)
    written = json.loads(result.stdout)["written"]
    assert len(written) == 3
    for path in written[1:]:
        assert isinstance(yaml.safe_load((repo.path / path).read_text()), dict)


def test_the_job_for_github_is_that_of_the_example(repo: GitRepo) -> None:
    with_files(repo, {"a.txt": "a"})
    result = tagboat("init", "--offline", "--ci", "github", cwd=repo.path)
    written = (repo.path / ".github" / "workflows" / "release.yml").read_text()
    example = (ROOT / "examples" / "release.yml").read_text().partition("  after:\n")[0]
    assert written == example.replace('[main, next, "*.x"]', "[main]")
    assert "TAGBOAT_REPOSITORY and TAGBOAT_COMMIT" in result.stderr


def test_the_job_for_gitlab_is_the_component_as_the_page_includes_it(repo: GitRepo) -> None:
    with_files(repo, {"a.txt": "a"})
    result = tagboat("init", "--offline", "--ci", "gitlab", cwd=repo.path)
    page = (ROOT / "docs" / "ci.md").read_text().partition("## GitLab CI")[2]
    block = page.partition("```yaml\n")[2].partition("```")[0]
    assert (repo.path / ".gitlab-ci.yml").read_text() == block
    assert "path of your copy of tagboat" in result.stderr


def test_nothing_is_written_where_one_file_is_there(repo: GitRepo) -> None:
    with_files(repo, {".gitlab-ci.yml": "a: {}\n"})
    result = tagboat("init", "--ci", "gitlab", cwd=repo.path)
    assert (result.code, (repo.path / "tagboat.toml").exists()) == (2, False)


def test_a_bare_repository_is_refused(make_repo: MakeRepo) -> None:
    assert tagboat("init", cwd=make_repo("bare", bare=True).path).code == 2


def test_it_ends_with_what_a_doctor_finds(repo: GitRepo) -> None:
    with_files(repo, {"a.txt": "a"})
    result = tagboat("init", "--offline", cwd=repo.path)
    doctor = tagboat("doctor", "--offline", cwd=repo.path)
    assert result.stdout.endswith(doctor.stdout)


WORKFLOW = """\
jobs:
  image:
    steps:
      - uses: docker/build-push-action@v6
        with: {push: true, tags: "ghcr.io/${{ github.repository }}:latest"}
"""


def test_images_that_workflows_build_are_found(repo: GitRepo) -> None:
    with_files(repo, {"Dockerfile": "FROM scratch\n", ".github/workflows/a.yml": WORKFLOW})
    repo.git("remote", "add", "origin", "https://github.com/Acme/App.git")
    assert configuration(repo)["images"] == [
        {"repositories": ["ghcr.io/acme/app"], "tags": ["{version}", "latest"]}
    ]


def test_a_dockerfile_that_nothing_builds_is_named(repo: GitRepo) -> None:
    with_files(repo, {"Dockerfile": "FROM scratch\n"})
    result = tagboat("init", "--stdout", cwd=repo.path)
    assert (tomllib.loads(result.stdout), "Dockerfile" in result.stderr) == ({}, True)
