"""How tags are spelled, and what looks like one and is none, through the command line."""

import json
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote


@pytest.fixture
def clone(tmp_path: Path) -> GitRepo:
    """A clone that releases candidates as Python spells them."""
    clone = Remote(tmp_path).started(files={"tagboat.toml": 'scheme = "pep440"\n'})
    clone.tag("v1.1.0")
    clone.commit("feat: b")
    clone.tag("v1.2.0rc1")
    clone.commit("fix: c")
    clone.git("push", "--quiet", "--tags", "origin", "main", "main:next")
    clone.git("switch", "--quiet", "next")
    return clone


def test_candidates_go_on_as_python_spells_them(clone: GitRepo) -> None:
    assert tagboat("version", "next", cwd=clone.path).stdout == "1.2.0-rc.2\n"
    assert tagboat("release", cwd=clone.path).code == 0
    assert "refs/tags/v1.2.0rc2" in clone.git("ls-remote", "--tags", "origin")


@pytest.mark.parametrize("version", ["1.2.0-rc.2", "1.2.0rc2", "v1.2.0rc2"])
def test_a_candidate_that_python_spells_is_verified(clone: GitRepo, version: str) -> None:
    tagboat("release", cwd=clone.path)
    result = tagboat("verify", version, cwd=clone.path)
    assert (result.code, "drift" in result.stdout) == (0, False)


def test_a_release_that_python_spells_is_not_made_twice(clone: GitRepo) -> None:
    tagboat("release", cwd=clone.path)
    again = tagboat("release", cwd=clone.path)
    assert (again.code, again.stdout) == (0, "")


@pytest.mark.parametrize(
    "command", [("version", "next"), ("version", "current"), ("version", "list"), ("explain",)]
)
def test_what_looks_like_a_version_and_is_none_is_named(
    command: tuple[str, ...], repo: GitRepo
) -> None:
    repo.commit("feat: a")
    repo.tag("v5.1.0")
    repo.commit("feat: b")
    repo.tag("v6.0.0-final")
    result = tagboat(*command, cwd=repo.path)
    assert result.code == 0
    assert result.stderr.count("v6.0.0-final looks like a version and is none") == 1
    assert 'tag = "v{version}-final"' in result.stderr


def test_what_looks_like_a_version_and_is_none_is_a_member_of_answers(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.tag("v2024.10.01")
    answer = json.loads(tagboat("version", "next", "--json", cwd=repo.path).stdout)
    assert answer["strange_tags"] == ["v2024.10.01"]


@pytest.mark.parametrize(
    ("name", "code"), [("v2024.10.01", 1), ("v1.2.3.4", 1), ("v0.9.0.1", 0), ("latest", 0)]
)
def test_a_doctor_sees_a_tag_above_all_versions_that_is_none(
    name: str, code: int, repo: GitRepo
) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.tag(name)
    result = tagboat("doctor", "--offline", cwd=repo.path)
    assert (result.code, f"{name} looks like a version" in result.stdout) == (code, bool(code))


def test_a_first_version_beside_what_looks_like_one_is_refused(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("ver1.2.3")
    result = tagboat("version", "next", cwd=repo.path)
    assert (result.code, result.stdout) == (1, "")
    assert 'tag = "ver{version}"' in result.stderr


def test_a_tag_of_two_parts_counts_with_a_note(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v2.5.2")
    repo.tag("v2.12")
    repo.commit("feat: b")
    result = tagboat("version", "next", cwd=repo.path)
    assert result.stdout == "2.13.0\n"
    assert "v2.12 counts as 2.12.0" in result.stderr


@pytest.mark.parametrize(("first", "second"), [("v1.0.0", "1.0.0"), ("1.0.0", "v1.0.0")])
def test_every_answer_takes_the_same_of_two_tags_of_a_version(
    first: str, second: str, repo: GitRepo
) -> None:
    repo.commit("feat: start")
    repo.tag(first)
    repo.commit("feat: later")
    repo.tag(second)
    repo.commit("fix: open")
    answer = json.loads(tagboat("version", "next", "--json", cwd=repo.path).stdout)
    whole = tagboat("changelog", cwd=repo.path).stdout
    assert (answer["version"], answer["base"]["tag"]) == ("1.0.1", second)
    assert whole.index("open") < whole.index("1.0.0") < whole.index("later")
    assert "later" in tagboat("changelog", "1.0.0", cwd=repo.path).stdout
    assert "later" not in tagboat("changelog", "--unreleased", cwd=repo.path).stdout


# Tags that only the remote has


@pytest.fixture
def stale(tmp_path: Path) -> GitRepo:
    """A clone whose HEAD was released meanwhile from another one."""
    remote = Remote(tmp_path)
    clone = remote.started()
    clone.tag("v1.0.0")
    clone.commit("feat: b")
    clone.git("push", "--quiet", "--tags", "origin", "main")
    remote.bare.tag("v1.1.0", "main")
    return clone


def test_the_remote_is_asked_for_its_tags_first(stale: GitRepo) -> None:
    result = tagboat("version", "next", "--remote", cwd=stale.path)
    assert (result.code, result.stdout) == (0, "1.1.0\n")
    assert "the remote has 1 more version tag" in result.stderr
    assert "nothing to release: no commits since v1.1.0" in result.stderr


@pytest.mark.parametrize("options", [(), ("--remote",)])
def test_an_answer_says_whether_the_remote_was_asked(
    options: tuple[str, ...], stale: GitRepo
) -> None:
    answer = json.loads(tagboat("version", "next", "--json", *options, cwd=stale.path).stdout)
    assert (answer["due"], answer["with_remote"]) == (not options, bool(options))


def test_a_version_that_the_remote_has_on_a_commit_that_is_not_here_is_taken(
    stale: GitRepo, tmp_path: Path
) -> None:
    other = stale.clone(tmp_path / "other")
    other.git("fetch", "--quiet", str(tmp_path / "remote.git"), "main")
    other.commit("chore: release")
    other.tag("v1.2.0")
    other.git("push", "--quiet", str(tmp_path / "remote.git"), "v1.2.0")
    stale.commit("feat: c")
    result = tagboat("version", "next", "--remote", cwd=stale.path)
    assert (result.code, "version 1.2.0 is taken" in result.stderr) == (1, True)


def test_without_a_remote_none_is_asked(repo: GitRepo) -> None:
    repo.commit("feat: a")
    result = tagboat("version", "next", "--remote", cwd=repo.path)
    assert (result.code, "has no remote" in result.stderr) == (2, True)


def test_offline_no_remote_is_asked(stale: GitRepo) -> None:
    assert tagboat("version", "next", "--remote", "--offline", cwd=stale.path).code == 2


@pytest.mark.parametrize("name", ["v1", "v1.2"])
def test_a_tag_that_is_configured_to_move_is_neither_release_nor_strange(
    name: str, repo: GitRepo
) -> None:
    config = '[release]\nmoving_tags = ["v{major}", "v{major}.{minor}"]\n'
    repo.commit("feat: a", files={"tagboat.toml": config})
    repo.tag(name)
    repo.commit("fix: b")
    assert tagboat("version", "next", cwd=repo.path) == (0, "0.1.0\n", "")


def test_explain_names_the_tag_that_would_be_the_base_and_is_ignored(repo: GitRepo) -> None:
    repo.commit("feat: a", files={"tagboat.toml": '[ignore]\ntags = ["v9*"]\n'})
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    repo.tag("v9.0.0")
    repo.commit("fix: c")
    text = tagboat("explain", cwd=repo.path).stdout
    assert "ignored  v9.0.0, which would be the base: 'v9*' of ignore.tags\n" in text
    answer = json.loads(tagboat("explain", "--json", cwd=repo.path).stdout)
    assert (answer["version"], answer["ignored_base"]["tag"]) == ("1.0.1", "v9.0.0")
    assert tagboat("changelog", "9.0.0", cwd=repo.path).code == 2


@pytest.mark.parametrize("command", [("version", "next"), ("explain",), ("plan", "--local")])
@pytest.mark.parametrize("target", ["HEAD^{tree}", "HEAD:a.txt"])
def test_a_version_tag_that_leads_to_no_commit_is_named(
    target: str, command: tuple[str, ...], repo: GitRepo
) -> None:
    repo.commit("feat: a", files={"a.txt": "a"})
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    repo.tag("v1.3.0", target)

    said = tagboat(*command, cwd=repo.path).stderr

    assert "v1.3.0 leads to no commit: no release, but the version is taken" in said


def test_a_version_tag_of_a_package_that_leads_to_no_commit_is_named(repo: GitRepo) -> None:
    packages = '[[packages]]\nname = "{0}"\npaths = ["{0}"]\n'
    config = packages.format("a") + packages.format("b")
    repo.commit("feat: a", files={"tagboat.toml": config, "a/a": "a", "b/b": "b"})
    repo.tag("a-v1.0.0")
    repo.tag("b-v1.0.0")
    repo.commit("fix: b", files={"b/b": "c"})
    repo.tag("a-v2.0.0", "HEAD:a/a")

    said = tagboat("version", "next", cwd=repo.path).stderr

    assert "a-v2.0.0 leads to no commit" in said


@pytest.mark.parametrize("packages", ["", '[[packages]]\nname = "a"\npaths = ["a"]\n'])
def test_a_version_that_such_a_tag_takes_is_free_once_the_tag_is_deleted(
    packages: str, repo: GitRepo
) -> None:
    prefix = "a-" if packages else ""
    repo.commit("feat: a", files={"tagboat.toml": packages, "a/a": "a"})
    repo.tag(f"{prefix}v1.0.0")
    repo.commit("fix: b", files={"a/a": "b"})
    repo.tag(f"{prefix}v1.0.1", "HEAD^{tree}")

    refused = tagboat("version", "next", cwd=repo.path)
    repo.git("tag", "--delete", f"{prefix}v1.0.1")

    assert (refused.code, "merge that tag" in refused.stderr) == (1, False)
    assert "delete that tag, which leads to no commit, here and on the remote" in refused.stderr
    assert tagboat("version", "next", cwd=repo.path).stdout.split()[-1] == "1.0.1"


def test_one_version_in_two_letters_is_told_and_is_one_for_every_answer(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    repo.tag("V1.0.0")
    repo.commit("fix: c")

    said = tagboat("version", "next", cwd=repo.path)
    listed = tagboat("changelog", "--unreleased", cwd=repo.path).stdout

    assert said.stdout == "1.0.1\n"
    assert "spell one version: V1.0.0 counts, the later one" in said.stderr
    assert ("- b" in listed, "- c" in listed) == (False, True)
