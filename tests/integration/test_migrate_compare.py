"""``tagboat migrate --compare`` runs the old tool in a throw-away clone, and shows both answers."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo

INSTALLED = str(Path(sys.executable).parent)
"""Where commitizen and python-semantic-release stand beside this interpreter."""
ADDRESS = "https://github.com/acme/app.git"
PSR = "[tool.semantic_release]\n"
CZ = '[tool.commitizen]\nversion = "1.0.0"\ntag_format = "v$version"\n'


def project(repo: GitRepo, **files: str) -> GitRepo:
    """A released project with a fix and a feature, and the configuration of another tool."""
    repo.commit("feat: begin", files={name.replace("__", "."): t for name, t in files.items()})
    repo.tag("v1.0.0", message="v1.0.0")
    repo.commit("fix: keep the map")
    repo.commit("feat(api): add a search")
    repo.git("remote", "add", "origin", ADDRESS)
    return repo


def program(folder: Path, name: str, script: str) -> str:
    """Put a program into a folder that is the first of PATH; the value of PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"{folder}{os.pathsep}{os.defpath}"


def compare(repo: GitRepo, *args: str, path: str = INSTALLED, **env: str) -> Result:
    path = f"{path}{os.pathsep}{os.environ['PATH']}"
    return tagboat("migrate", *args, "--compare", cwd=repo.path, env={"PATH": path, **env})


def answers(result: Result) -> Any:  # noqa: ANN401 - a JSON document
    return json.loads(result.stdout)["compared"]


def test_python_semantic_release_is_asked(repo: GitRepo) -> None:
    result = compare(project(repo, pyproject__toml=PSR), "--json")
    [one] = answers(result)
    assert (result.code, one["tool"]) == (0, "python-semantic-release"), result
    assert (one["there"]["version"], one["here"]["version"]) == ("1.1.0", "1.1.0")
    for notes in (one["there"]["notes"], one["here"]["notes"]):
        assert notes.startswith("## v1.1.0 (")
        assert "### Features\n\n- **api**: Add a search" in notes
        assert "/acme/app/commit/" in notes
        assert "Begin" not in notes


def test_commitizen_is_asked(repo: GitRepo) -> None:
    result = compare(project(repo, __cz__toml=CZ))
    assert result.code == 0, result
    told = result.stdout.partition("compared with commitizen\n")[2]
    assert told.startswith("  commitizen: 1.1.0\n  tagboat: 1.1.0\n  notes: - commitizen alone")
    assert "    -### Feat\n" in told
    assert "    +### Added\n" in told
    assert (repo.path / "tagboat.toml").exists()


def test_nothing_but_the_configuration_is_written(repo: GitRepo) -> None:
    compare(project(repo, pyproject__toml=PSR, __cz__toml=CZ))
    assert repo.git("status", "--porcelain") == "?? tagboat.toml"
    assert repo.git("tag", "--list") == "v1.0.0"


def test_nothing_is_run_where_nobody_asks(repo: GitRepo, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "cz", f"touch {tmp_path}/ran")
    project(repo, __cz__toml=CZ)
    assert tagboat("migrate", cwd=repo.path, env={"PATH": path}).code == 0
    assert not (tmp_path / "ran").exists()


# These behave as the programs do for the options in the documents that the adapter names.
CLIFF = """\
[ "$1" = --bumped-version ] && echo v1.1.0 && exit
[ "$*" = "--unreleased --bump" ] && printf '## [1.1.0] - 2024-01-01\\n\\n### Features\\n\\n- A\\n'
"""
SEMANTIC_RELEASE = """\
[ "$*" = "--dry-run --no-ci --verify-conditions=" ] || exit 1
git push --quiet --dry-run "$(git config remote.origin.url)" HEAD:main || exit 2
echo '[1:00:00 PM] [semantic-release] > i  The next release version is 1.1.0'
echo '[1:00:01 PM] [semantic-release] > i  Release note for version 1.1.0:'
printf '# 1.1.0 (2024-01-01)\\n\\n### Features\\n\\n    * **api:** add a search\\n'
"""
STANDARD_VERSION = """\
[ "$*" = --dry-run ] || exit 1
printf '\\033[32m\\342\\234\\224\\033[39m outputting changes to CHANGELOG.md\\n\\n---\\n'
printf '## [1.1.0](x) (2024-01-01)\\n\\n\\n### Features\\n\\n* add a search\\n---\\n\\n'
printf '\\342\\234\\224 tagging release v1.1.0\\n'
"""


@pytest.mark.parametrize(
    ("tool", "files", "name", "script", "notes"),
    [
        (
            "git-cliff",
            {"cliff__toml": ""},
            "git-cliff",
            CLIFF,
            "## [1.1.0] - 2024-01-01\n\n### Features\n\n- A\n",
        ),
        (
            "semantic-release",
            {"__releaserc": "{}"},
            "semantic-release",
            SEMANTIC_RELEASE,
            "# 1.1.0 (2024-01-01)\n\n### Features\n\n* **api:** add a search\n",
        ),
        (
            "standard-version",
            {"__versionrc": "{}"},
            "commit-and-tag-version",
            STANDARD_VERSION,
            "## [1.1.0](x) (2024-01-01)\n\n\n### Features\n\n* add a search\n",
        ),
    ],
)
def test_other_tools_are_asked(  # noqa: PLR0913, PLR0917 - one program
    repo: GitRepo,
    tmp_path: Path,
    tool: str,
    files: dict[str, str],
    name: str,
    script: str,
    notes: str,
) -> None:
    path = program(tmp_path / "bin", name, script)
    result = compare(project(repo, **files), "--json", path=path)
    [one] = answers(result)
    assert one["there"] == {"version": "1.1.0", "notes": notes, "fault": None}
    assert (result.code, one["tool"], one["here"]["version"]) == (0, tool, "1.1.0")


def test_what_release_please_says_is_not_known_here(repo: GitRepo) -> None:
    project(repo, release_please_config__json="{}")
    repo.commit("chore: x", files={"release-please-config.json": '{"packages": {".": {}}}'})
    result = compare(repo)
    assert result.code == 0
    assert "release-please: it asks the forge, and has no local answer" in result.stdout


def test_program_that_is_not_there_is_named(repo: GitRepo, tmp_path: Path) -> None:
    git = str(Path(repo.git("--exec-path")))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    env = {"PATH": f"{tmp_path}/bin", "GIT_EXEC_PATH": git}
    result = tagboat("migrate", "--compare", cwd=project(repo, __cz__toml=CZ).path, env=env)
    assert result.code == 1
    assert "commitizen: cz is not installed or not on PATH" in result.stdout


def test_program_that_fails_is_quoted(repo: GitRepo, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "cz", "echo 'no tag fits' >&2; exit 3")
    result = compare(project(repo, __cz__toml=CZ), path=path)
    assert result.code == 1
    assert "commitizen: `cz bump` failed: no tag fits\n  tagboat: 1.1.0\n" in result.stdout


def test_program_that_names_no_version_is_told_of(repo: GitRepo, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "cz", "echo nothing to do")
    result = compare(project(repo, __cz__toml=CZ), path=path)
    assert "commitizen: `cz bump --dry-run --changelog --yes` names no version" in result.stdout


def test_programs_get_no_token_and_can_not_push(repo: GitRepo, tmp_path: Path) -> None:
    script = (
        f'echo "$GITHUB_TOKEN" > {tmp_path}/told; git push --quiet origin HEAD:pushed; '
        f"git fetch {ADDRESS} 2>> {tmp_path}/told; echo 'tag to create: v1.1.0'"
    )
    path = program(tmp_path / "bin", "cz", script)
    secret = "s3cr3t-0123456789"  # noqa: S105 - made up
    compare(project(repo, __cz__toml=CZ), path=path, GITHUB_TOKEN=secret)
    told = (tmp_path / "told").read_text()
    assert told == "\nfatal: transport 'https' not allowed\n"
    assert repo.git("branch", "--list", "pushed") == ""


def test_tools_without_versions_are_not_compared(repo: GitRepo) -> None:
    result = compare(project(repo, __goreleaser__yml="project_name: a\n"))
    assert result.code == 0
    assert "nothing to compare: none of these tools tells a version" in result.stderr


def test_a_fault_of_ours_is_shown_beside_the_answer(repo: GitRepo, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "cz", "echo 'tag to create: v1.1.0'")
    text = CZ + 'name = "cz_gone"\n'
    result = compare(project(repo, __cz__toml=text), path=path)
    assert result.code == 1
    assert "tagboat: there is no convention 'commitizen:cz_gone'" in result.stdout
