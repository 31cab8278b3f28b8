"""Nothing in a repository, a plan or a remote's answer is executed or steers a terminal."""

import json
import re
from pathlib import Path

import pytest

from tagboat.core.plan import digest_of
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
    assert [tag for tag in remote.tags if not tag.startswith("v")] == []
    return results


@pytest.mark.parametrize(
    "message",
    [
        f"feat: {RUN}",
        f"feat: {ESCAPES}title\n\nBREAKING CHANGE: {ESCAPES}\n",
        f"feat({ESCAPES.strip()}): scope",
        "feat: {{ ''.__class__.__mro__ }}{% include '/etc/passwd' %}",
        "feat: --upload-pack=touch canary\n\n-oProxyCommand=touch canary\n",
        "feat: x\n\nTagboat-Release: 1\nTagboat-Version: 9.9.9\n",
        f"{ESCAPES}{RUN}",
    ],
    ids=["shell", "escapes", "scope", "template", "options", "trailers", "all of it"],
)
def test_commit_message(message: str, clone: GitRepo, remote: Remote) -> None:
    push(clone, message, {"a.txt": "b"})
    results = harmless(clone, remote)
    assert [result.code for result in results] == [0, 0, 0]
    assert remote.tags == ["v0.1.0"]


@pytest.mark.parametrize(
    "name",
    [
        "v9.9.9;touch${IFS}canary",
        "$(touch${IFS}canary)",
        "--upload-pack=touch${IFS}canary",
        "-oProxyCommand=touch${IFS}canary",
        "v0.0.1-\u202e\x9b31m",
        "v0.0.1\u2066",
    ],
)
def test_tag_name(name: str, clone: GitRepo, remote: Remote) -> None:
    remote.bare.git("update-ref", f"refs/tags/{name}", "main")
    results = [tagboat(*command, "--debug", cwd=clone.path) for command in COMMANDS]
    for result in results:
        assert STEERING.search(result.stdout + result.stderr) is None
        assert result.code == 0, result.stderr
    assert list(clone.path.parent.rglob("canary")) == []


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


@pytest.mark.parametrize("name", ["$(touch canary)", "-oProxyCommand=touch canary", ":(top)x"])
@pytest.mark.parametrize("key", ["", ":version"])
def test_file_name(name: str, key: str, clone: GitRepo, remote: Remote) -> None:
    entry = json.dumps(name.replace(":", "") + key)
    text = "0.0.0\n" if not key else "version = '0.0.0'\n"
    config = f"files = [{entry}]\n"
    file = name.replace(":", "")
    (clone.path / file).write_text(text)
    clone.git("add", "--", f"./{file}")
    push(clone, f"feat: {file}", {"tagboat.toml": config, f"./\x1b[2J{RUN.replace('/', '')}": "x"})
    results = harmless(clone, remote)
    assert {result.code for result in results} <= {0, 2}


@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os.popen('touch canary').read() }}",
        "{% for c in ''.__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
        "{% include '../../../../etc/passwd' %}",
        "{{ self.__init__.__globals__ }}",
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
@pytest.mark.parametrize("kind", ["url", "pushurl"])
def test_remote_address(address: str, kind: str, clone: GitRepo, remote: Remote) -> None:
    clone.git("config", f"remote.origin.{kind}", address)
    harmless(clone, remote, ("plan",), ("release",))
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
    plan = json.loads(path.read_text())["plan"] | change
    path.write_text(json.dumps({"digest": digest_of(plan), "plan": plan}))
    before = remote.refs
    results = harmless(clone, remote, ("release", "--plan", "../plan.json"))
    if results[0].code:
        assert remote.refs == before
