"""Verify: a release against its history, its tag, its record, and what is left of it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, PROJECT, Remote, push, reopen

FILES = {
    "CHANGELOG.md": CHANGELOG,
    "pyproject.toml": PROJECT,
    "tagboat.toml": 'files = ["pyproject.toml:project.version"]\n',
}


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    """A clone with v0.1.0, a feature of which there is no more to say."""

    def make() -> GitRepo:
        clone = remote.started(files=FILES)
        tagboat("release", cwd=clone.path)
        return clone

    return remote.prepared("verify: 0.1.0", "clone", make)


def asked(clone: GitRepo, version: str = "0.1.0") -> tuple[int, dict[str, str], Any]:
    """Exit code, verdicts by name, and the whole answer."""
    result = tagboat("verify", version, "--json", cwd=clone.path)
    shape = json.loads(result.stdout)
    return result.code, {check["name"]: check["verdict"] for check in shape["checks"]}, shape


def drifted(clone: GitRepo, version: str = "0.1.0") -> dict[str, str]:
    """What drifted, with the details; the exit code has to say so."""
    code, _, shape = asked(clone, version)
    found = {c["name"]: c["detail"] for c in shape["checks"] if c["verdict"] == "drift"}
    assert code == (4 if found else 0)
    assert shape["drift"] == bool(found)
    return found


def replace_tag(clone: GitRepo, tag: str, message: str, at: str = "") -> None:
    """Put another annotated tag in the place of one on the remote."""
    commit = at or f"{tag}^{{commit}}"
    clone.git("tag", "--force", "--cleanup=verbatim", "-a", "-F", "-", tag, commit, stdin=message)
    clone.git("push", "--quiet", "--force", "origin", f"refs/tags/{tag}")


def test_release_is_what_it_says(clone: GitRepo) -> None:
    code, verdicts, shape = asked(clone)
    assert code == 0
    assert (shape["state"], shape["drift"], shape["version"]) == ("published", False, "0.1.0")
    assert {name for name, verdict in verdicts.items() if verdict != "ok"} == {"signature"}
    assert list(verdicts)[:4] == ["version", "previous", "bump", "notes"]


def test_table_names_every_check(clone: GitRepo) -> None:
    result = tagboat("verify", "v0.1.0", cwd=clone.path)
    lines = result.stdout.splitlines()
    assert result.code == 0
    assert lines[0] == "ok    version    its commits ask for the version: the first version"
    assert "note  signature  v0.1.0 is signed: unsigned" in lines


@pytest.mark.thorough
@pytest.mark.parametrize("when", [{}, {"SOURCE_DATE_EPOCH": "1704153600"}])
def test_every_release_of_a_history_verifies(
    when: dict[str, str], clone: GitRepo, remote: Remote
) -> None:
    push(clone, "fix: b")
    tagboat("release", cwd=clone.path, env=when)
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/0.1.x")
    push(clone, "feat: c")
    tagboat("release", "--as", "1.0.0", cwd=clone.path, env=when)
    clone.switch("next", at="HEAD")
    push(clone, "feat!: d\n\nBREAKING CHANGE: e", "next")
    tagboat("release", cwd=clone.path, env=when)
    push(clone, "fix: f", "next")
    tagboat("release", cwd=clone.path, env=when)
    clone.switch("main")
    clone.git("merge", "--quiet", "--ff-only", "next")
    clone.git("push", "--quiet", "origin", "main")
    tagboat("release", cwd=clone.path, env=when)
    push(clone, "fix: h")
    tagboat("release", "--bump", "minor", cwd=clone.path, env=when)
    clone.git("fetch", "--quiet", "origin")
    clone.switch("0.1.x", at="origin/0.1.x")
    push(clone, "fix: g", "0.1.x")
    tagboat("release", cwd=clone.path, env=when)
    assert remote.tags == [
        *("v0.1.0", "v0.1.1", "v0.1.2", "v1.0.0"),
        *("v2.0.0", "v2.0.0-rc.1", "v2.0.0-rc.2", "v2.1.0"),
    ]
    assert {tag: drifted(clone, tag) for tag in remote.tags} == {tag: {} for tag in remote.tags}


def test_release_merged_into_a_branch_that_moved_verifies(remote: Remote) -> None:
    config = FILES["tagboat.toml"] + '[release]\non_race = "merge"\n'
    clone = remote.started(files=FILES | {"tagboat.toml": config})
    other = remote.clone("other")
    tagboat("plan", "-o", "plan.json", cwd=clone.path)
    push(other, "feat: later")
    assert tagboat("release", "--plan", "plan.json", cwd=clone.path).code == 0
    assert drifted(clone) == {}


def test_other_notes_are_drift(clone: GitRepo, remote: Remote) -> None:
    message = remote.message("v0.1.0")
    replace_tag(clone, "v0.1.0", message.replace("begin", "begun"))
    found = drifted(clone)
    assert list(found) == ["notes"]
    assert found["notes"].startswith("line ")
    assert "begun" in found["notes"]


def test_version_that_nothing_asks_for_is_drift(clone: GitRepo, remote: Remote) -> None:
    push(clone, "fix: b")
    message = remote.message("v0.1.0").replace("Tagboat-Version: 0.1.0", "Tagboat-Version: 9.0.0")
    message = message.replace("Tagboat-Bump: minor", "Tagboat-Bump: major")
    message = message.replace(remote.commit("v0.1.0^"), clone.head)
    clone.tag("v9.0.0")
    replace_tag(clone, "v9.0.0", message, at=clone.head)
    found = drifted(clone, "9.0.0")
    assert found["version"] == "9.0.0, and it should be 0.1.1, patch bump from v0.1.0"
    assert found["bump"] == "major, and it should be patch"
    assert found["previous"] == "none, and it should be v0.1.0"
    assert found["files"] == "another one is in pyproject.toml"
    assert found["promise"] == "there is no record"


def test_tag_that_was_moved_is_drift(clone: GitRepo, remote: Remote) -> None:
    message = remote.message("v0.1.0")
    moved = push(clone, "docs: b")
    replace_tag(clone, "v0.1.0", message, at=moved)
    assert "promise" in drifted(clone)


def test_tag_of_another_name_is_drift(clone: GitRepo, remote: Remote) -> None:
    message = remote.message("v0.1.0")
    replace_tag(clone, "v0.1.0", message.replace("Version: 0.1.0", "Version: 0.1.5"))
    found = drifted(clone)
    assert found["tag"] == "it says version 0.1.5"
    assert found["promise"] == "version: 0.1.0"


@pytest.mark.thorough
def test_branch_without_the_release_is_drift(clone: GitRepo, remote: Remote) -> None:
    start = remote.commit("v0.1.0^")
    clone.git("push", "--quiet", "--force", "origin", f"{start}:refs/heads/main")
    assert list(drifted(clone)) == ["branch"]


@pytest.mark.thorough
def test_branch_that_is_gone_is_no_drift(clone: GitRepo, remote: Remote) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/trunk")
    remote.bare.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    clone.git("push", "--quiet", "origin", ":main")
    assert asked(clone)[1]["branch"] == "note"


@pytest.mark.thorough
def test_record_that_is_gone_is_drift(clone: GitRepo) -> None:
    clone.git("push", "--quiet", "origin", ":refs/notes/tagboat")
    assert set(drifted(clone)) == {"promise", "record"}


@pytest.mark.thorough
def test_record_without_an_end_is_drift(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    assert set(drifted(clone)) == {"record"}
    assert asked(clone)[2]["state"] == "incomplete"


@pytest.mark.thorough
def test_abandoned_release_may_be_incomplete(clone: GitRepo, remote: Remote) -> None:
    reopen(remote, "v0.1.0")
    tagboat("abandon", "0.1.0", "--reason", "gone", cwd=clone.path)
    assert drifted(clone) == {}
    assert asked(clone)[2]["state"] == "abandoned"


def test_other_tag_in_the_clone_is_drift(clone: GitRepo, remote: Remote) -> None:
    clone.git("tag", "--force", "v0.1.0", "HEAD")
    found = drifted(clone)
    assert list(found) == ["local"]
    assert remote.bare.git("rev-parse", "v0.1.0") in found["local"]


@pytest.mark.thorough
def test_clone_without_the_tag_is_no_drift(clone: GitRepo) -> None:
    clone.git("tag", "--delete", "v0.1.0")
    code, verdicts, _ = asked(clone)
    assert (code, verdicts["local"], verdicts["clone"]) == (0, "note", "note")


@pytest.mark.parametrize("depth", [1, 2])
def test_shallow_clone_verifies(depth: int, clone: GitRepo, remote: Remote, tmp_path: Path) -> None:
    push(clone, "fix: b")
    tagboat("release", cwd=clone.path)
    push(clone, "docs: c")
    shallow = remote.bare.clone(tmp_path / "shallow", depth=depth, tags=False)
    assert drifted(shallow, "0.1.0") == {}
    assert drifted(shallow, "0.1.1") == {}


def test_unknown_version_names_the_nearest(clone: GitRepo) -> None:
    result = tagboat("verify", "0.1.1", cwd=clone.path)
    assert result.code == 2
    assert "no tag spells version 0.1.1; the nearest: 0.1.0" in result.stderr


def test_tag_of_others_is_refused(clone: GitRepo) -> None:
    clone.tag("v0.2.0")
    clone.git("push", "--quiet", "origin", "v0.2.0")
    result = tagboat("verify", "0.2.0", cwd=clone.path)
    assert result.code == 1
    assert "v0.2.0 was not made by tagboat" in result.stderr


def test_tag_that_was_deleted_is_a_conflict(clone: GitRepo) -> None:
    clone.git("push", "--quiet", "origin", ":refs/tags/v0.1.0")
    result = tagboat("verify", "0.1.0", cwd=clone.path)
    assert result.code == 4
    assert "v0.1.0 is not on the remote any more" in result.stderr


def test_nothing_is_changed(clone: GitRepo, remote: Remote) -> None:
    clone.git("tag", "--delete", "v0.1.0")
    before = remote.refs, clone.git("for-each-ref"), clone.git("status", "--porcelain")
    tagboat("verify", "0.1.0", cwd=clone.path)
    assert (remote.refs, clone.git("for-each-ref"), clone.git("status", "--porcelain")) == before


@pytest.fixture
def signed(remote: Remote, tmp_path: Path) -> GitRepo:
    """A clone whose release is signed with an SSH key."""
    assert shutil.which("ssh-keygen") is not None
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    clone = remote.started()
    for name, value in {
        "gpg.format": "ssh",
        "user.signingKey": str(key),
        "tag.gpgSign": "true",
        "gpg.ssh.allowedSignersFile": str(tmp_path / "signers"),
    }.items():
        clone.git("config", name, value)
    public = key.with_suffix(".pub").read_text()
    (tmp_path / "signers").write_text(f"ada@example.org {public}")
    assert tagboat("release", cwd=clone.path).code == 0
    return clone


@pytest.mark.needs("ssh-keygen")
def test_good_signature_is_told(signed: GitRepo) -> None:
    code, verdicts, shape = asked(signed)
    said = next(check["detail"] for check in shape["checks"] if check["name"] == "signature")
    assert (code, verdicts["signature"]) == (0, "ok")
    assert 'Good "git" signature for ada@example.org' in said


@pytest.mark.needs("ssh-keygen")
def test_key_that_nobody_vouches_for_is_unknown(signed: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "signers").write_text("")
    assert asked(signed)[:2] == (1, asked(signed)[1] | {"signature": "unknown"})


@pytest.mark.needs("ssh-keygen")
def test_signature_of_another_text_is_drift(signed: GitRepo, remote: Remote) -> None:
    raw = remote.bare.git("cat-file", "tag", "v0.1.0") + "\n"
    changed = raw.replace("feat", "fix").replace("begin", "begun")
    made = signed.git("mktag", stdin=changed)
    signed.git("push", "--quiet", "--force", "origin", f"{made}:refs/tags/v0.1.0")
    assert {"signature", "notes"} <= set(drifted(signed))


def test_a_tag_on_a_commit_of_the_future_was_there_before(tmp_path: Path) -> None:
    remote = Remote(tmp_path)
    clone = remote.started()
    clone.commit("feat: b", date=4102444800)
    clone.tag("v2.2.0-rc.2")
    clone.commit("feat: c", date=1704067200)
    clone.git("push", "--quiet", "--tags", "origin", "main")
    assert tagboat("release", cwd=clone.path).stdout == "2.2.0\n"
    result = tagboat("verify", "2.2.0", cwd=clone.path)
    assert (result.code, "drift" in result.stdout) == (0, False), result.stdout
