"""Nothing in a repository, a plan or a remote's answer is executed or steers a terminal."""

import json
import re
from pathlib import Path

import pytest

from tagboat.core.plan.plan import value_digest
from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import CHANGELOG, Remote
from tests.servers.protection import protect

# Also what `answer_json` may not write raw: C1 controls, and what turns the direction of text.
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.\u2066\r"
RUN = "$(touch canary)`touch canary`;touch canary|touch canary&&touch canary"
COMMANDS = (("plan",), ("plan", "--json"), ("release",))


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def clone(remote: Remote) -> GitRepo:
    return remote.started(files={"CHANGELOG.md": CHANGELOG})


def push(clone: GitRepo, message: str, files: dict[str, str] | None = None) -> None:
    clone.commit(message, files=files)
    clone.git("push", "--quiet", "origin", "HEAD:main")


def harmless(clone: GitRepo, remote: Remote, *commands: tuple[str, ...]) -> list[Result]:
    """Run commands in the clone: nothing is executed, nothing steers."""
    results = [tagboat(*command, "--debug", cwd=clone.path) for command in commands or COMMANDS]
    for result in results:
        assert STEERING.search(result.stdout) is None, ascii(result.stdout)
        assert STEERING.search(result.stderr) is None, ascii(result.stderr)
    assert list(clone.path.parent.rglob("canary")) == []
    assert not Path("canary").exists()
    assert "refs/heads/canary" not in remote.refs
    return results


def test_commit_messages(clone: GitRepo, remote: Remote) -> None:
    clone.commits(
        f"feat: {RUN}",
        f"feat: {ESCAPES}title\n\nBREAKING CHANGE: {ESCAPES}\n",
        f"feat({ESCAPES.strip()}): scope",
        "feat: {{ ''.__class__.__mro__ }}{% include '/etc/passwd' %}",
        "feat: --upload-pack=touch canary\n\n-oProxyCommand=touch canary\n",
        "feat: x\n\nTagboat-Release: 1\nTagboat-Version: 9.9.9\n",
        f"{ESCAPES}{RUN}",
    )
    push(clone, "fix: last", {"a.txt": "b"})
    results = harmless(clone, remote)
    assert [result.code for result in results] == [0, 0, 0]
    assert remote.tags == ["v0.1.0"]


def test_tag_names(clone: GitRepo, remote: Remote) -> None:
    names = (
        "v9.9.9;touch${IFS}canary",
        "$(touch${IFS}canary)",
        "--upload-pack=touch${IFS}canary",
        "-oProxyCommand=touch${IFS}canary",
        "v0.0.1-\u202e\x9b31m",
        "v0.0.1\u2066",
    )
    for name in names:
        remote.bare.git("update-ref", f"refs/tags/{name}", "main")
    results = harmless(clone, remote)
    assert [result.code for result in results] == [0, 0, 0]
    assert {*names, "v0.1.0"} == set(remote.tags)


@pytest.mark.matrix
@pytest.mark.parametrize(
    "name",
    ["$(touch${IFS}canary)", "x;touch${IFS}canary", "--exec=touch${IFS}canary", "\u202e\x9b31m"],
)
def test_branch_name(name: str, clone: GitRepo, remote: Remote) -> None:
    push(clone, "chore: any branch", {"tagboat.toml": "[[channels]]\nbranch = '*'\n"})
    remote.bare.git("update-ref", f"refs/heads/{name}", "main")
    remote.bare.git("symbolic-ref", "HEAD", "refs/heads/main")
    clone.git("update-ref", f"refs/heads/{name}", "HEAD")
    clone.git("symbolic-ref", "HEAD", f"refs/heads/{name}")
    results = harmless(clone, remote)
    assert [result.code for result in results] == [0, 0, 0], results[-1].stderr
    assert remote.commit(f"refs/heads/{name}") == remote.commit("v0.1.0")


@pytest.mark.parametrize("key", ["", ":version"])
def test_file_names(key: str, clone: GitRepo, remote: Remote) -> None:
    names = ["$(touch canary)", "-oProxyCommand=touch canary", "--force", "a|touch canary"]
    text = "version = '0.0.0'\n" if key else "0.0.0\n"
    config = f"files = {json.dumps([name + key for name in names])}\n"
    files = {f"./{name}": text for name in (*names, f"\x1b[2J{RUN}")}
    push(clone, "feat: files", files | {"tagboat.toml": config})
    results = harmless(clone, remote)
    assert {result.code for result in results} <= {0, 2}


@pytest.mark.matrix
@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os.popen('touch canary').read() }}",
        "{% include '../../../../etc/passwd' %}",
        "\x1b[2J{{ nonsense\x9b31m }}",
    ],
)
def test_template(template: str, clone: GitRepo, remote: Remote) -> None:
    config = "[changelog]\ntemplate = 't.j2'\n"
    push(clone, "feat: template", {"tagboat.toml": config, "t.j2": template})
    for result in harmless(clone, remote):
        assert "root:" not in result.stdout + result.stderr


def test_message_of_the_release_commit(clone: GitRepo, remote: Remote) -> None:
    message = json.dumps(f"--amend {RUN} {{0.__class__}} \x1b[2J {{version}}")
    push(clone, "feat: message", {"tagboat.toml": f"[release]\nmessage = {message}\n"})
    results = harmless(clone, remote)
    assert [result.code for result in results] == [0, 0, 0]
    assert "{0.__class__}" in remote.bare.git("show", "--no-patch", "--format=%s", "main")


@pytest.mark.matrix
@pytest.mark.parametrize(
    "address",
    [
        "--upload-pack=touch canary",
        "--receive-pack=touch canary",
        "ext::sh -c touch% canary",
        "ssh://-oProxyCommand=touch%20canary/x",
        "-oProxyCommand=touch canary:x",
        "git@-oProxyCommand=touch canary:x",
        "ssh://ssh.invalid.example/$(touch canary)",
        "https://user:word@[\x1b[2J\x9b31m/x.git",
        "file:///nowhere\u202e/x.git",
    ],
)
def test_remote_address(address: str, clone: GitRepo, remote: Remote) -> None:
    good = clone.git("config", "remote.origin.url")
    clone.git("config", "remote.origin.pushurl", address)
    harmless(clone, remote, ("release",))
    clone.git("config", "remote.origin.url", address)
    clone.git("config", "remote.origin.pushurl", good)
    harmless(clone, remote, ("release",))
    assert remote.tags == []


def test_remote_name(clone: GitRepo, remote: Remote) -> None:
    clone.git("config", "remote.--upload-pack=touch canary.url", remote.bare.url)
    clone.git("config", "branch.main.remote", "--upload-pack=touch canary")
    clone.git("remote", "remove", "origin")
    harmless(clone, remote)


@pytest.mark.parametrize(
    "words",
    [
        (f"printf '\\033[2J\\233 {RUN}' >&2; exit 1").replace("$", "\\$").replace("`", ""),
        "printf 'a\\rb\\033]0;x\\007\\n\\342\\200\\256' >&2; exit 1",
    ],
    ids=["shell", "escapes"],
)
def test_words_of_the_server(words: str, clone: GitRepo, remote: Remote) -> None:
    protect(remote.bare, words)
    (result,) = harmless(clone, remote, ("release",))
    assert result.code == 1


@pytest.mark.matrix
@pytest.mark.parametrize(
    "change",
    [
        {"commit": "--output=canary"},
        {"commit": "--upload-pack=touch canary"},
        {"remote": "ext::sh -c touch% canary"},
        {"remote": "--upload-pack=touch canary"},
        {"branch": "--exec=touch canary"},
        {"branch": "main\n+refs/heads/main:refs/heads/canary"},
        {"tag": "canary/../../heads/canary"},
        {"tag": "--force"},
        {"tag": "v1\x1b[2J\u202e"},
        {"previous": "--output=canary"},
        {"package": "../../canary"},
        {"edits": [{"path": "../canary", "start": 0, "end": 0, "old": "", "new": "x"}]},
        {"edits": [{"path": ".git/canary", "start": 0, "end": 0, "old": "", "new": "x"}]},
        {"message": f"--amend {RUN}"},
        {"version": "1.0.0; touch canary \x1b[2J"},
    ],
    ids=str,
)
def test_plan_of_a_stranger(change: dict[str, object], clone: GitRepo, remote: Remote) -> None:
    tagboat("plan", "-o", "../plan.json", cwd=clone.path)
    path = clone.path.parent / "plan.json"
    plan = json.loads(path.read_text())["plan"]
    (plan if change.keys() <= plan.keys() else plan["releases"][0]).update(change)
    path.write_text(json.dumps({"digest": value_digest(plan), "plan": plan}))
    before = remote.refs
    results = harmless(clone, remote, ("release", "--plan", "../plan.json"))
    if results[0].code:
        assert remote.refs == before
