"""Commands that a repository has run for its release, before the commit and before the push."""

import json
import math
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
import tomlkit

from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.patience import ends, patience
from tests.releasing import CHANGELOG, PROJECT, Remote

FILES = {"CHANGELOG.md": CHANGELOG, "pyproject.toml": PROJECT}
VERSIONS = ["pyproject.toml:project.version"]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def config(*commands: Mapping[str, object], **more: object) -> str:
    """A configuration with some commands."""
    return tomlkit.dumps({**more, "commands": list(commands)})


def shell(script: str, when: str = "before-publish", **more: object) -> dict[str, object]:
    """A command that a shell reads."""
    return {"run": ["sh", "-c", script], "when": when, **more}


def started(remote: Remote, *commands: Mapping[str, object], **more: object) -> GitRepo:
    """A clone with a feature, a version file, a changelog and commands."""
    text = config(*commands, files=VERSIONS, **more)
    return remote.started(files=FILES | {"tagboat.toml": text})


def release(clone: GitRepo, *args: str, env: Mapping[str, str] | None = None) -> Result:
    temporary = clone.path.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    return tagboat("release", *args, cwd=clone.path, env={"TMPDIR": str(temporary), **(env or {})})


def changed(remote: Remote, tag: str = "v0.1.0") -> list[str]:
    """The files that a release commit changes."""
    return remote.bare.git("diff", "--name-only", f"{tag}^", tag).split()


def test_file_that_a_command_adds_is_in_the_release_commit(remote: Remote) -> None:
    clone = started(remote, shell("echo $TAGBOAT_VERSION > lock", "before-commit", add=["lock"]))
    assert release(clone).code == 0
    assert changed(remote) == ["CHANGELOG.md", "lock", "pyproject.toml"]
    assert remote.bare.git("show", "v0.1.0:lock") == "0.1.0"


def test_commands_before_the_commit_see_the_edited_files(remote: Remote) -> None:
    clone = started(remote, shell("cp pyproject.toml seen", "before-commit", add=["seen"]))
    release(clone)
    assert 'version = "0.1.0"' in remote.bare.git("show", "v0.1.0:seen")


def test_change_that_is_not_listed_stays_out(remote: Remote) -> None:
    script = "echo x > other; echo y >> a.txt; echo z > lock; echo q >> pyproject.toml"
    clone = started(remote, shell(script, "before-commit", add=["lock"]))
    release(clone)
    assert changed(remote) == ["CHANGELOG.md", "lock", "pyproject.toml"]
    assert "q" not in remote.bare.git("show", "v0.1.0:pyproject.toml").split("\n")


def test_patterns_take_new_changed_ignored_and_removed_files(remote: Remote) -> None:
    script = "mkdir -p dist/a; touch dist/a/new dist/a/no.txt; echo 1 > dist/old; rm dist/gone"
    text = config(
        shell(script, "before-commit", add=["dist/**/new", "dist/old", "dist/gone"]), files=VERSIONS
    )
    files = {"tagboat.toml": text, ".gitignore": "new\n", "dist/old": "0\n", "dist/gone": "\n"}
    clone = remote.started(files=FILES | files)
    assert release(clone).code == 0
    assert changed(remote)[1:4] == ["dist/a/new", "dist/gone", "dist/old"]


def test_pattern_that_fits_nothing_stops_the_release(remote: Remote) -> None:
    clone = started(remote, shell("true", "before-commit", add=["uv.lock"]))
    result = release(clone)
    assert (result.code, remote.tags) == (2, [])
    assert "'uv.lock'" in result.stderr
    assert "  try: correct `add`, or have a command make that file\n" in result.stderr


def test_command_alone_can_ask_for_a_release_commit(remote: Remote) -> None:
    text = config(shell("echo 1 > made", "before-commit", add=["made"]))
    clone = remote.started(files={"tagboat.toml": text})
    assert release(clone).code == 0
    assert changed(remote) == ["made"]


def test_commit_itself_is_tagged_where_a_command_changes_nothing(remote: Remote) -> None:
    text = config(shell("true", "before-commit", add=["a.txt"]))
    clone = remote.started(files={"tagboat.toml": text, "a.txt": "a\n"})
    assert release(clone).code == 0
    assert remote.commit("v0.1.0") == remote.commit("main") == clone.head


def test_command_that_commits_stops_the_release(remote: Remote) -> None:
    clone = started(remote, shell("git commit -qam mine", "before-commit"))
    result = release(clone)
    assert (result.code, remote.tags) == (4, [])
    assert "a command committed in the work tree" in result.stderr
    assert "  try: leave the commit to tagboat: name the files under `add`\n" in result.stderr


def test_commands_know_the_release(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "told"
    clone = started(
        remote,
        shell(f"env | grep TAGBOAT_ | sort >> {out}", "before-commit"),
        shell(f"env | grep TAGBOAT_COMMIT >> {out}; git rev-parse HEAD >> {out}"),
    )
    source = clone.head
    release(clone)
    commit = remote.commit("v0.1.0")
    assert out.read_text().split("\n")[:-1] == [
        "TAGBOAT_BRANCH=main",
        "TAGBOAT_BUMP=minor",
        "TAGBOAT_CHANNEL=stable",
        f"TAGBOAT_COMMIT={source}",
        "TAGBOAT_PACKAGE=",
        "TAGBOAT_PRERELEASE=false",
        "TAGBOAT_PREVIOUS=",
        "TAGBOAT_TAG=v0.1.0",
        "TAGBOAT_VERSION=0.1.0",
        f"TAGBOAT_COMMIT={commit}",
        commit,
    ]


def test_commands_before_publishing_see_the_release_commit_alone(
    remote: Remote, tmp_path: Path
) -> None:
    out = tmp_path / "seen"
    clone = started(
        remote,
        shell("touch junk; echo x >> a.txt", "before-commit"),
        shell(f"git status --porcelain --ignored > {out}; cat pyproject.toml >> {out}"),
    )
    release(clone)
    assert out.read_text() == PROJECT.replace("0.0.0", "0.1.0")


def test_nothing_is_public_while_the_commands_run(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "tags"
    clone = started(remote, shell(f"git -C {remote.bare.path} tag | wc -l > {out}"))
    release(clone)
    assert (out.read_text().strip(), remote.tags) == ("0", ["v0.1.0"])


def test_arguments_reach_no_shell(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["$HOME;`id`", "*", "a b"]
    run = ["sh", "-c", f'printf "%s\\n" "$@" > {out}', "-", *words]
    release(started(remote, {"run": run, "when": "before-publish"}))
    assert out.read_text().split("\n")[:-1] == words


@pytest.mark.parametrize("when", ["before-commit", "before-publish"])
def test_failing_command_leaves_everything_as_it_was(remote: Remote, when: str) -> None:
    clone = started(remote, shell("echo broken; rm -rf *; exit 3", when))
    before = remote.refs, clone.git("for-each-ref"), clone.git("status", "--porcelain")
    result = release(clone)
    assert result.code == 1
    assert "ended with status 3:\n  | broken" in result.stderr
    after = remote.refs, clone.git("for-each-ref"), clone.git("status", "--porcelain")
    assert after == before


def test_failure_shows_the_end_and_keeps_all(remote: Remote) -> None:
    clone = started(remote, shell("seq 1000; exit 1"))
    result = release(clone)
    assert "\n  | 1000\n" in result.stderr
    assert "\n  | 900\n" not in result.stderr
    log = Path(result.stderr.rpartition("all it said is in ")[2].strip())
    assert log.read_text() == "".join(f"{number}\n" for number in range(1, 1001))
    assert log.stat().st_mode & 0o077 == 0


def test_failure_before_is_followed_by_no_other_command(remote: Remote, tmp_path: Path) -> None:
    release(started(remote, shell("false"), shell(f"touch {tmp_path}/second")))
    assert not (tmp_path / "second").exists()


def test_command_that_is_not_there_is_named(remote: Remote) -> None:
    result = release(started(remote, {"run": ["no-such-tool"], "when": "before-commit"}))
    assert result.code == 1
    assert "no-such-tool is not installed or not on PATH" in result.stderr


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "], ids=["polite", "deaf"])
def test_command_out_of_time_ends_with_all_it_started(
    remote: Remote, tmp_path: Path, trap: str
) -> None:
    pids, limit = tmp_path / "pids", math.ceil(patience(20))
    script = f"{trap}echo $$ >> {pids}; sleep 999 & echo $! >> {pids}; wait; sleep 999"
    result = release(started(remote, shell(script, timeout=limit)))
    assert (result.code, remote.tags) == (1, [])
    assert f"did not end in time ({limit} s)" in result.stderr
    first, second = pids.read_text().split()
    assert ends(int(first))
    assert ends(int(second))


def test_what_a_command_leaves_running_is_ended(remote: Remote, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    result = release(started(remote, shell(f"sleep 999 & echo $! > {pids}")))
    assert result.code == 0
    assert ends(int(pids.read_text()))


TOKEN = "secret-0123456789"  # noqa: S105 - made up
LEAKS = {
    "GITHUB_TOKEN": TOKEN,
    "CI_REPOSITORY_URL": f"https://ci:{TOKEN}@git.example/a",
    "MINE": TOKEN,
    "OTHER": "open",
}


def test_tokens_of_the_forge_are_kept_from_commands(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "env"
    release(started(remote, shell(f"env > {out}")), env=LEAKS)
    assert "OTHER=open" in out.read_text()
    assert TOKEN not in out.read_text()


def test_token_that_is_named_is_passed(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "env"
    release(started(remote, shell(f"env > {out}", tokens=["GITHUB_TOKEN"])), env=LEAKS)
    told = out.read_text().split("\n")
    assert [line for line in told if TOKEN in line] == [f"GITHUB_TOKEN={TOKEN}"]


def test_secret_that_a_command_names_is_kept_from_the_others(
    remote: Remote, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    commands = shell(f"env > {first}"), shell(f"env > {second}", tokens=["OTHER"])
    release(started(remote, *commands), env=LEAKS)
    assert "OTHER=open" not in first.read_text()
    assert "OTHER=open" in second.read_text()


def test_token_that_a_command_says_is_in_no_output(remote: Remote, tmp_path: Path) -> None:
    script = (
        "echo $GITHUB_TOKEN; git -c x=1 ls-remote https://me:$GITHUB_TOKEN@127.0.0.1:1/; exit 1"
    )
    clone = started(remote, shell(script, tokens=["GITHUB_TOKEN"]))
    result = release(clone, "-v", env=LEAKS)
    [log] = (tmp_path / "tmp").iterdir()
    assert "***" in log.read_text()
    assert TOKEN not in result.stdout + result.stderr + log.read_text()


PASSWORD = "hunter2-hunter2"  # noqa: S105 - made up
HEADER = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg=="


@pytest.mark.parametrize("when", ["before-commit", "before-publish"])
def test_commands_find_nothing_in_settings_that_opens_a_remote(
    remote: Remote, tmp_path: Path, when: str
) -> None:
    out = tmp_path / "out"
    script = f"(git config --list --show-origin; cat .git/config; env; git remote -v) > {out}"
    clone = started(remote, shell(script, when=when))
    clone.git("config", "http.https://git.example/.extraheader", HEADER)
    clone.git("config", "remote.other.url", f"https://ada:{PASSWORD}@git.example/a/b")
    clone.git("config", f"url.https://ada:{PASSWORD}@h.example/.insteadOf", "https://h.example/")
    clone.git("config", "credential.helper", f"!echo password={PASSWORD}")
    (tmp_path / "included").write_text(f"[http]\n\textraheader = {HEADER}\n")
    clone.git("config", "include.path", str(tmp_path / "included"))
    git = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.https://git.example/.extraheader",
        "GIT_CONFIG_VALUE_0": HEADER,
    }
    release(clone, env=git)
    said = out.read_text()
    assert ("Ada Lovelace" in said, "git.example/a/b" in said) == (True, True)
    assert (PASSWORD in said, HEADER in said) == (False, False)
    assert HEADER in clone.git("config", "--get-all", "http.https://git.example/.extraheader")


def test_encodings_of_a_token_are_kept_from_commands_too(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "out"
    encoded = {
        "A": b64encode(TOKEN.encode()).decode(),
        "B": b64encode(f"x-access-token:{TOKEN}".encode()).decode(),
        "C": urlsafe_b64encode(f"ab{TOKEN}c".encode()).decode(),
        "D": TOKEN.encode().hex(),
        "E": f"https://x:{quote(TOKEN, safe='')}@git.example",
        "F": b64encode(b"harmless").decode(),
    }
    release(started(remote, shell(f"env > {out}")), env={"GITHUB_TOKEN": TOKEN} | encoded)
    names = {line.partition("=")[0] for line in out.read_text().splitlines()}
    assert names & encoded.keys() == {"F"}


def test_variables_of_the_configuration_are_added(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "env"
    release(started(remote, shell(f"echo $FLAVOUR > {out}", env={"FLAVOUR": "plum"})))
    assert out.read_text() == "plum\n"


def test_verbose_shows_what_a_command_says_without_steering_the_terminal(remote: Remote) -> None:
    clone = started(remote, shell("printf 'one\\033[2J\\ntwo'"))
    result = release(clone, "-v")
    assert "tagboat: one\\x1b[2J\ntagboat: two\n" in result.stderr
    assert result.stdout == "0.1.0\n"


def test_what_a_command_says_is_not_shown_else(remote: Remote) -> None:
    assert "hello" not in release(started(remote, shell("true hello; echo hello"))).stdout


def test_plan_shows_commands_and_runs_none(remote: Remote, tmp_path: Path) -> None:
    script = f"touch {tmp_path}/ran"
    clone = started(remote, shell(script, "before-commit"), shell(script))
    shape = json.loads(tagboat("plan", "--json", cwd=clone.path).stdout)
    steps = [(step["name"], step["state"]) for step in shape["steps"]]
    names = ("before-commit", "commit", "before-publish", "push", "record", "clone")
    assert steps == [(name, "absent") for name in names]
    assert script in shape["steps"][0]["what"]
    assert not (tmp_path / "ran").exists()


def test_commands_are_part_of_what_a_plan_pins(remote: Remote, tmp_path: Path) -> None:
    clone = started(remote, shell("true"))
    plan = tmp_path / "plan.json"
    tagboat("plan", "-o", str(plan), cwd=clone.path)
    first = json.loads(plan.read_text())["plan"]["configuration"]
    text = config(shell("false"), files=VERSIONS)
    clone.commit("ci: other commands", files={"tagboat.toml": text})
    clone.git("push", "--quiet", "origin", "main")
    shape = json.loads(tagboat("plan", "--json", cwd=clone.path).stdout)
    assert shape["plan"]["configuration"] != first


def test_release_that_is_public_runs_nothing_again(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "ran"
    clone = started(remote, shell(f"echo c >> {out}", "before-commit"), shell(f"echo p >> {out}"))
    assert [release(clone).code, release(clone).code] == [0, 0]
    assert out.read_text() == "c\np\n"


def test_commands_of_another_package_are_not_run(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "ran"
    own, other = shell(f"echo own $TAGBOAT_PACKAGE >> {out}"), shell(f"echo other >> {out}")
    packages = [
        {"name": "api", "paths": ["api"], "commands": [own]},
        {"name": "web", "paths": ["web"], "commands": [other]},
    ]
    text = config(shell(f"echo all $TAGBOAT_TAG >> {out}"), packages=packages)
    clone = remote.started(files={"api/a": "a", "tagboat.toml": text})
    assert release(clone, "--package", "api").code == 0
    assert out.read_text() == "all api-v0.1.0\nown api\n"


def test_race_merges_what_commands_made_and_runs_them_once(remote: Remote, tmp_path: Path) -> None:
    out = tmp_path / "ran"
    other = tmp_path / "other"
    push = f"git -C {other} -c core.hooksPath=/dev/null push -q origin main"
    clone = started(remote, shell(f"echo $TAGBOAT_COMMIT >> {out}; touch made; {push}"))
    remote.clone("other").commit("docs: quick", files={"b.txt": "b\n"})
    result = release(clone)
    assert (result.code, remote.tags) == (0, ["v0.1.0"]), result.stderr
    assert out.read_text().split() == [remote.commit("v0.1.0")]
    assert remote.commit("main^2") == remote.commit("v0.1.0")
