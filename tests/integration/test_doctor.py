"""``tagboat doctor`` finds what a release would find first, and writes nothing."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.gitrepo import GitRepo
from tests.releasing import PROJECT, Remote

FILES = 'files = ["pyproject.toml:project.version"]\n'


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def with_settings(clone: GitRepo, settings: str, project: str = PROJECT) -> None:
    clone.commit("fix: set", files={"tagboat.toml": settings, "pyproject.toml": project})
    clone.git("push", "--quiet", "origin", "main")


def no_remote(clone: GitRepo) -> None:
    clone.git("remote", "remove", "origin")


def no_identity(clone: GitRepo) -> None:
    for key in ("user.name", "user.email"):
        clone.git("config", "--unset", key)


def no_token(clone: GitRepo) -> None:
    with_settings(clone, '[forge]\nkind = "github"\nurl = "https://github.com/acme/app"\n')


def file_that_is_not_there(clone: GitRepo) -> None:
    with_settings(clone, 'files = ["absent.toml:version"]\n')


def file_that_is_out_of_step(clone: GitRepo) -> None:
    clone.tag("v3.0.0")
    clone.git("push", "--quiet", "origin", "v3.0.0")
    with_settings(clone, FILES, PROJECT.replace("0.0.0", "2.0.0"))


def pattern_in_files(clone: GitRepo) -> None:
    with_settings(clone, 'files = ["packages/*/package.json:version"]\n')


def nothing_pushed(clone: GitRepo) -> None:
    clone.commit("fix: here alone")


def remote_that_takes_nothing(clone: GitRepo) -> None:
    clone.git("config", "remote.origin.pushurl", "/nonexistent")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (no_remote, "no remote"),
        (no_identity, "who you are"),
        (no_token, "needs a token"),
        (file_that_is_not_there, "absent.toml"),
        (file_that_is_out_of_step, "expected 3.0.0"),
        (pattern_in_files, "is a pattern"),
        (nothing_pushed, "push first"),
        (remote_that_takes_nothing, "pushed"),
    ],
)
def test_doctor_and_release_agree(
    remote: Remote, spoil: Callable[[GitRepo], None], word: str
) -> None:
    clone = remote.started()
    spoil(clone)
    before = remote.refs, clone.git("for-each-ref")
    examined = tagboat("doctor", cwd=clone.path)
    assert (remote.refs, clone.git("for-each-ref")) == before
    released = tagboat("release", cwd=clone.path)
    assert (examined.code, released.code > 0) == (1, True), examined.stdout
    assert word in examined.stdout
    assert word in released.stderr


def tag_that_is_here_alone(clone: GitRepo) -> None:
    clone.tag("v9.0.0")


def tag_that_was_moved(clone: GitRepo) -> None:
    clone.tag("v1.0.0")
    clone.git("push", "--quiet", "origin", "v1.0.0")
    clone.commit("fix: after it")
    clone.git("push", "--quiet", "origin", "main")
    clone.git("tag", "--force", "v1.0.0")


def tag_that_is_there_alone(clone: GitRepo) -> None:
    tag_that_was_moved(clone)
    clone.git("tag", "--delete", "v1.0.0")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (tag_that_is_here_alone, "is not on the remote: v9.0.0"),
        (tag_that_was_moved, "elsewhere on the remote: 1, like v1.0.0"),
        (tag_that_is_there_alone, "not here: 1, like v1.0.0"),
    ],
)
def test_a_tag_that_only_one_side_has_is_found(
    remote: Remote, spoil: Callable[[GitRepo], None], told: str
) -> None:
    clone = remote.started()
    spoil(clone)
    result = tagboat("doctor", cwd=clone.path)

    assert (result.code, told in result.stdout) == (1, True), result.stdout


def test_nothing_due_is_looked_at_too(remote: Remote) -> None:
    clone = remote.started(files={"tagboat.toml": FILES, "pyproject.toml": PROJECT})
    assert tagboat("release", cwd=clone.path).code == 0
    assert tagboat("doctor", cwd=clone.path).code == 0
    with_settings(clone, FILES, PROJECT.replace("0.0.0", "2.0.0"))
    clone.git("commit", "--quiet", "--amend", "-m", "docs: set")
    clone.git("push", "--quiet", "--force", "origin", "main")
    assert tagboat("doctor", cwd=clone.path).code == 1


def test_offline_nothing_is_asked(remote: Remote) -> None:
    clone = remote.started()
    no_remote(clone)
    result = tagboat("doctor", "--offline", cwd=clone.path)
    told = "note  release        not looked at without the remote"
    assert (result.code, told in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("address", "forge"),
    [
        ("https://gitlab.com/acme/app", "GitLab"),
        ("https://codeberg.org/acme/app", "Gitea"),
        ("https://github.com/acme/app", None),
        ("https://bitbucket.org/acme/app", None),
        ("https://git.example/acme/app", None),
    ],
)
def test_a_primary_package_is_named_where_the_forge_chooses_the_latest_itself(
    repo: GitRepo, address: str, forge: str | None
) -> None:
    tables = '[[packages]]\nname = "api"\npaths = ["api"]\nprimary = true\n'
    tables += '[[packages]]\nname = "web"\npaths = ["web"]\n'
    repo.commit("feat: a", files={"tagboat.toml": tables, "api/a": "", "web/a": ""})
    repo.git("remote", "add", "origin", address)
    result = tagboat("doctor", "--offline", cwd=repo.path)
    lines = [line for line in result.stdout.splitlines() if " primary " in line]
    told = f"note  primary        api is primary, and {forge} chooses the latest release itself"
    assert [line.startswith(told) for line in lines] == [True] * (forge is not None)


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("", 0, "valid"),
        ('tag = "v{version}"\n', 0, "valid"),
        ("[bumb]\n", 1, "did you mean"),
        ('files = ["commitizen:scm"]\n', 1, "names no file"),
        (None, 0, "none, the defaults hold"),
    ],
)
def test_a_configuration_is_judged_alone_without_a_repository(
    tmp_path: Path, text: str | None, code: int, found: str
) -> None:
    if text is not None:
        (tmp_path / "tagboat.toml").write_text(text)
    result = tagboat("doctor", "--configuration", cwd=tmp_path)
    assert (result.code, found in result.stdout) == (code, True)


def test_a_configuration_alone_asks_nothing_of_the_repository(repo: GitRepo) -> None:
    (repo.path / "tagboat.toml").write_text('files = ["absent.toml:version"]\n')
    (repo.path / "sub").mkdir()
    result = tagboat("doctor", "--configuration", "--json", cwd=repo.path / "sub")
    assert json.loads(result.stdout)["findings"] == [
        {"name": "configuration", "ok": True, "found": "valid", "hint": None}
    ]


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        (("--detach",), "name one with --channel"),
        (("--create", "topic"), "name one with --channel, or add it to [[channels]]"),
    ],
)
def test_what_is_no_channel_says_what_helps_there(
    where: tuple[str, ...], hint: str, remote: Remote
) -> None:
    clone = remote.started()
    clone.git("switch", "--quiet", *where)
    answer = json.loads(tagboat("doctor", "--json", cwd=clone.path).stdout)
    (found,) = [one for one in answer["findings"] if one["name"] == "channel"]
    assert (found["ok"], found["hint"]) == (False, hint)
    named = json.loads(tagboat("doctor", "--json", "--channel", "main", cwd=clone.path).stdout)
    assert [one["ok"] for one in named["findings"] if one["name"] == "channel"] == [True]


@pytest.mark.parametrize("name", ["v9.0.0", "a;b-v9.0.0"])
def test_a_tag_that_is_here_alone_is_pushed_or_deleted_by_what_the_hint_says(
    name: str, remote: Remote
) -> None:
    clone = remote.started()
    clone.tag(name)
    answer = json.loads(tagboat("doctor", "--json", cwd=clone.path).stdout)
    (found,) = [one for one in answer["findings"] if one["name"] == "remote"]
    push, delete = found["hint"].split(", or ")
    assert [shlex.split(one)[-1] for one in (push, delete)] == [name, name]
    clone.git(*shlex.split(push)[1:])
    answer = json.loads(tagboat("doctor", "--json", cwd=clone.path).stdout)
    assert [one["ok"] for one in answer["findings"] if one["name"] == "remote"] == [True]
