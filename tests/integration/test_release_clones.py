"""Releases from clones that are not whole, from worktrees, and with the settings of the user."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.environment import lacking
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, QUIET, Remote

HISTORY = 6


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A remote with v0.1.0 and some fixes since."""
    remote = Remote(tmp_path)

    def make() -> GitRepo:
        clone = remote.started("first", files={"CHANGELOG.md": CHANGELOG, "a.txt": "a\n"})
        assert tagboat("release", cwd=clone.path).code == 0
        for number in range(HISTORY):
            clone.commit(f"fix: {number}", files={"a.txt": f"{number}\n"})
        clone.git("push", "--quiet", "origin", "main")
        return clone

    remote.prepared("clones: 0.1.0", "first", make)
    return remote


def configured(clone: GitRepo) -> GitRepo:
    for key, value in QUIET.items():
        clone.git("config", key, value)
    return clone


@pytest.mark.parametrize("filter_spec", ["blob:none", "tree:0"])
def test_partial_clone_releases(filter_spec: str, remote: Remote, tmp_path: Path) -> None:
    clone = configured(remote.bare.clone(tmp_path / "partial", filter_spec=filter_spec))
    assert tagboat("release", cwd=clone.path)[:2] == (0, "0.1.1\n")
    assert "fix" in remote.message("v0.1.1") or "Fixed" in remote.message("v0.1.1")


@pytest.mark.matrix
@pytest.mark.parametrize("tags", [True, False])
@pytest.mark.parametrize("depth", [1, 3])
def test_shallow_clone_releases_the_same(
    depth: int, *, tags: bool, remote: Remote, tmp_path: Path
) -> None:
    clone = configured(remote.bare.clone(tmp_path / "shallow", depth=depth, tags=tags))
    result = tagboat("release", cwd=clone.path)
    assert result[:2] == (0, "0.1.1\n"), result.stderr
    listed = [f"- {number} (" in remote.message("v0.1.1") for number in range(HISTORY)]
    assert listed == [True] * HISTORY


def test_clone_of_one_branch_knows_what_others_took(remote: Remote, tmp_path: Path) -> None:
    other = remote.clone("other")
    other.git("switch", "--quiet", "--create", "other")
    other.commit("fix: elsewhere")
    other.git("tag", "v0.1.1")
    other.git("push", "--quiet", "origin", "other", "v0.1.1")
    clone = configured(remote.bare.clone(tmp_path / "narrow", "--single-branch"))
    before = remote.refs
    release, preview = (
        tagboat(*words, cwd=clone.path) for words in (["release"], ["version", "next"])
    )
    assert [release.code, preview.code] == [4, 1], release.stderr + preview.stderr
    assert ["v0.1.1" in one.stderr for one in (release, preview)] == [True, True]
    assert remote.refs == before


def test_bare_clone_releases(remote: Remote, tmp_path: Path) -> None:
    clone = configured(remote.bare.clone(tmp_path / "bare.git", bare=True))
    result = tagboat("release", cwd=clone.path)
    assert result[:2] == (0, "0.1.1\n"), result.stderr


@pytest.mark.parametrize("folder", [".", "inner"])
def test_relative_address_of_a_remote_is_that_of_the_clone(folder: str, remote: Remote) -> None:
    clone = remote.clone()
    clone.git("remote", "set-url", "origin", "../remote.git")
    (clone.path / "inner").mkdir()
    result = tagboat("release", cwd=clone.path / folder)
    assert result[:2] == (0, "0.1.1\n"), result.stderr
    assert remote.tags == ["v0.1.0", "v0.1.1"]


def test_linked_worktree_releases(remote: Remote, tmp_path: Path) -> None:
    clone = remote.clone("main")
    clone.detach()
    clone.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    result = tagboat("release", cwd=tmp_path / "linked")
    assert result[:2] == (0, "0.1.1\n"), result.stderr
    assert GitRepo(tmp_path / "linked").head == remote.commit("main")


def test_subfolder_releases_the_whole(remote: Remote) -> None:
    clone = remote.clone("whole")
    (clone.path / "sub").mkdir()
    assert tagboat("release", cwd=clone.path / "sub")[:2] == (0, "0.1.1\n")


def test_sha256_repository_releases(tmp_path: Path) -> None:
    bare = GitRepo.init(tmp_path / "sha256.git", bare=True, object_format="sha256")
    clone = configured(GitRepo.init(tmp_path / "clone", object_format="sha256"))
    clone.git("remote", "add", "origin", bare.url)
    clone.commit("feat: a")
    clone.git("push", "--quiet", "origin", "main")
    result = tagboat("release", cwd=clone.path)
    assert result[:2] == (0, "0.1.0\n"), result.stderr
    assert bare.git("rev-parse", "v0.1.0^{commit}") == clone.head


def test_settings_under_a_condition_hold(remote: Remote, tmp_path: Path) -> None:
    clone = remote.clone("conditional")
    clone.git("config", "--unset", "user.name")
    included = tmp_path / "included"
    included.write_text("[user]\n\tname = Under Condition\n")
    clone.git("config", f"includeIf.gitdir:{clone.path}/.git.path", str(included))
    result = tagboat("release", cwd=clone.path)
    assert result.code == 0, result.stderr
    who = remote.bare.git("show", "--no-patch", "--format=%an %cn", remote.commit("v0.1.1"))
    assert who == "Under Condition Under Condition"
    tagger = remote.bare.git("for-each-ref", "--format=%(taggername)", "refs/tags/v0.1.1")
    assert tagger == "Under Condition"


def test_hooks_do_not_run_unless_asked(remote: Remote) -> None:
    clone = remote.clone("hooked")
    for name in ("pre-commit", "commit-msg", "pre-push", "post-merge", "post-checkout"):
        hook = clone.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
        hook.chmod(0o755)
    assert tagboat("release", cwd=clone.path).code == 0
    assert clone.head == remote.commit("main")


def test_hooks_judge_the_release_commit_where_asked(remote: Remote) -> None:
    clone = remote.clone("hooked")
    clone.commit("chore: hooks", files={"tagboat.toml": "[release]\nhooks = true\n"})
    clone.git("push", "--quiet", "origin", "main")
    hook = clone.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    before = remote.refs
    result = tagboat("release", cwd=clone.path)
    assert result.code == 1
    assert "not today" in result.stderr
    assert remote.refs == before


@pytest.mark.parametrize("hooks", ["", "hooks = true\n"])
def test_the_release_commit_is_signed_off_where_asked(remote: Remote, hooks: str) -> None:
    clone = remote.clone("signed-off")
    config = (
        'files = ["VERSION"]\n[release]\nsign_off = true\nmessage = "release: {version}"\n'
        f'author = "Bot <bot@example.org>"\n{hooks}'
    )
    clone.commit("fix: b", files={"tagboat.toml": config, "VERSION": "0.1.0\n"})
    clone.git("push", "--quiet", "origin", "main")
    plan = clone.path.parent / "plan.json"
    assert tagboat("plan", "-o", str(plan), cwd=clone.path).code == 0
    result = tagboat("release", "--plan", str(plan), cwd=clone.path)
    assert result.code == 0, result.stderr
    tag = remote.tags[-1]
    message = remote.bare.git("show", "--no-patch", "--format=%B", remote.commit(tag))
    version = tag.removeprefix("v")
    assert message.startswith(f"release: {version}\n\nTagboat-")
    assert message.rstrip().endswith("\nSigned-off-by: Bot <bot@example.org>")
    assert tagboat("verify", version, cwd=clone.path).code == 0


@pytest.mark.needs("ssh-keygen")
def test_commit_and_tag_are_signed_where_git_is_set_up_for_it(
    remote: Remote, tmp_path: Path
) -> None:
    if shutil.which("ssh-keygen") is None:
        lacking("ssh-keygen is not installed")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    clone = remote.clone("signing")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingKey": str(key),
        "commit.gpgSign": "true",
        "tag.gpgSign": "true",
    }.items():
        clone.git("config", name, value)
    result = tagboat("release", cwd=clone.path)
    assert result.code == 0, result.stderr
    settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}")
    remote.bare.git(*settings, "verify-tag", "v0.1.1")
    remote.bare.git(*settings, "verify-commit", remote.commit("v0.1.1"))
    again = tagboat("release", cwd=clone.path)
    assert (again.code, again.stdout) == (0, "")


def test_message_of_the_release_commit_is_configured(remote: Remote) -> None:
    clone = remote.clone("worded")
    config = '[release]\nmessage = "build: {tag} of {version}"\n'
    clone.commit("chore: words", files={"tagboat.toml": config})
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path)
    title = remote.bare.git("show", "--no-patch", "--format=%s", remote.commit("v0.1.1"))
    assert title == "build: v0.1.1 of 0.1.1"


def test_two_packages_at_one_commit_have_two_records(tmp_path: Path) -> None:
    remote = Remote(tmp_path / "several")
    config = '[[packages]]\nname = "a"\npaths = ["a"]\n[[packages]]\nname = "b"\npaths = ["b"]\n'
    clone = remote.started(files={"tagboat.toml": config, "a/x": "x\n", "b/x": "x\n"})
    for name in ("a", "b"):
        assert tagboat("release", "--package", name, cwd=clone.path).stdout == "0.1.0\n"
    assert remote.tags == ["a-v0.1.0", "b-v0.1.0"]
    assert [remote.record(tag)["package"] for tag in remote.tags] == ["a", "b"]
