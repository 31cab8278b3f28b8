"""What strangers write in messages, names and templates is no command to whoever reads it."""

import json
import re
from pathlib import Path

import pytest

from tagboat.core.escape import in_json, in_log, in_shell, in_terminal
from tests.commandline import Result, tagboat
from tests.gitrepo import GitRepo
from tests.releasing import Remote

# What the runners of GitHub, Azure and TeamCity take for commands in a line of a log, and GitLab
# for the beginning of a section.
_COMMAND = re.compile(
    r"^[\s\ufeff\u200b]*::[\w-]+(?: [^:]*)?::|##\w*\[[^\]]*\]"
    r"|section_(?:start|end):\d+:[^\r]*\r\x1b\[0K"
)
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LINES = (
    "::set-output name=a::b",
    "  ::add-mask::a",
    "\u00a0\u3000::stop-commands::x",
    "\v::warning::vertical",
    "\u0085::error::next line",
    "\u2028::error::line separator",
    "text\r::error::carriage return",
    "##[set-output name=a]b",
    "see ##[add-path]/tmp",
    "##vso[task.setvariable variable=a]b",
    "x ##teamcity[message text='a']",
    "section_start:1560896352:a\r\x1b[0Kb",
    "\x1b[31mred\x9b31m\u202eback\u2066",
    "\x1b]0;title\x07",
    "`::add-mask::code`",
)
CI = {"GITHUB_ACTIONS": "true", "CI": "true", "TF_BUILD": "True", "GITLAB_CI": "true"}


def commands(log: str) -> list[str]:
    """The lines that some runner would obey."""
    lines = re.split(r"\r\n|\n|(?<!\])\r(?!\x1b)", log)
    return [line for line in lines if _COMMAND.search(line)]


@pytest.fixture
def hostile(repo: GitRepo) -> GitRepo:
    """A repository whose messages hold commands wherever a message can."""
    repo.commit("feat: start")
    repo.tag("v1.0.0")
    for line in LINES:
        repo.commit(f"fix: {line}\n\n{line}\n\n{line}\n")
        repo.commit(f"{line}\n\n{line}\n")
    body = "\n\n".join(LINES)
    fenced = "\n".join(LINES)
    repo.commit(f"feat!: a\n\nBREAKING CHANGE: gone\n\n{body}\n\n```\n{fenced}\n```\n")
    return repo


def test_the_samples_are_commands() -> None:
    assert len(commands("\n".join(LINES))) >= 8


@pytest.mark.matrix
@pytest.mark.parametrize(
    "arguments",
    [
        ("version", "next"),
        ("version", "next", "--json"),
        ("explain",),
        ("explain", "--json"),
        ("changelog",),
        ("changelog", "--unreleased"),
        ("changelog", "--json"),
        *(("changelog", "--template", name) for name in ("github.md.j2", "plain.txt.j2")),
        ("changelog", "--template", "changelog.rst.j2"),
        ("check",),
        ("check", "--json"),
    ],
)
def test_no_message_is_a_command(hostile: GitRepo, arguments: tuple[str, ...]) -> None:
    done = tagboat(*arguments, cwd=hostile.path, env=CI)
    assert done.code in (0, 1)
    assert commands(done.stdout) == []
    assert commands(done.stderr) == []
    assert not _STEERING.search(done.stdout + done.stderr)


def test_json_says_what_was_written(hostile: GitRepo) -> None:
    done = tagboat("changelog", "--json", cwd=hostile.path)
    groups = json.loads(done.stdout)["releases"][0]["groups"]
    said = [entry["description"] for group in groups for entry in group["entries"]]
    assert "##[set-output name=a]b" in said
    assert any("\x9b31m" in text for text in said)


def test_a_plan_holds_no_command(tmp_path: Path) -> None:
    clone = Remote(tmp_path / "remotes").started()
    for line in LINES:
        clone.commit(f"fix: {line}\n\nBREAKING CHANGE: {line}\n\n{line}\n")
    clone.git("push", "-q", "origin", "main")
    for option in ((), ("--json",)):
        done = tagboat("plan", *option, cwd=clone.path, env=CI)
        assert (done.code, commands(done.stdout), commands(done.stderr)) == (0, [], [])


def test_what_a_remote_says_is_no_command(tmp_path: Path) -> None:
    remote = Remote(tmp_path / "remotes")
    clone = remote.started()
    clone.commit("fix: a")
    clone.git("push", "-q", "origin", "main")
    said = "\n".join(f"echo '{line}' >&2" for line in LINES if "'" not in line and "\r" not in line)
    path = remote.bare.path / "hooks" / "pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{said}\nexit 1\n")
    path.chmod(0o755)
    for option in ((), ("--json",)):
        done = tagboat("release", *option, cwd=clone.path, env=CI)
        said_by_us = done.stderr.replace("::error title=tagboat::", "")
        assert (done.code, commands(done.stdout), commands(said_by_us)) == (1, [], [])


def test_a_name_in_a_command_to_copy_is_one_word(tmp_path: Path) -> None:
    clone = Remote(tmp_path / "remotes").started()
    clone.tag("$(id)v1.0.0", message="by hand")
    done = tagboat("release", "--tag", "$(id)v1.0.0", cwd=clone.path)
    assert "git push origin '$(id)v1.0.0'" in done.stderr


TEMPLATE = """{{% for line in [1] %}}
::add-mask::template
##[set-output name=a]b
\x1b[31mred \x9b \u202e
{}
{{% endfor %}}
"""


def rendered(repo: GitRepo, name: str, **env: str) -> Result:
    (repo.path / name).write_text(TEMPLATE.format("{{ release.version or 'none' }}"))
    return tagboat("changelog", "--unreleased", "--template", name, cwd=repo.path, env=env)


@pytest.mark.parametrize("name", ["a.md.j2", "a.txt.j2", "a.rst.j2", "a.html.j2", "a.json.j2"])
def test_a_template_of_the_repository_steers_no_terminal_and_no_runner(
    hostile: GitRepo, name: str
) -> None:
    done = rendered(hostile, name, **CI)
    assert (done.code, commands(done.stdout)) == (0, [])
    assert not _STEERING.search(done.stdout)


def test_what_is_written_to_a_file_is_left_as_it_is(hostile: GitRepo, tmp_path: Path) -> None:
    (hostile.path / "a.txt.j2").write_text("::group::a\n")
    out = tmp_path / "out.txt"
    options = ("--unreleased", "--template", "a.txt.j2", "-o", str(out))
    assert tagboat("changelog", *options, cwd=hostile.path, env=CI).code == 0
    assert out.read_text() == "::group::a\n"


# What is far too long


def test_what_a_hook_says_at_length_is_cut_and_counted(tmp_path: Path) -> None:
    remote = Remote(tmp_path / "remotes")
    clone = remote.started()
    path = remote.bare.path / "hooks" / "pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\nhead -c 149000 /dev/zero | tr '\\0' x >&2; echo why >&2\nexit 1\n")
    path.chmod(0o755)
    done = tagboat("release", cwd=clone.path, env={"GITHUB_ACTIONS": "true"})
    assert (done.code, "characters left out" in done.stderr, "why" in done.stderr) == (
        1,
        True,
        True,
    )
    assert len(done.stderr) < 30_000


@pytest.mark.parametrize("title", ["fix: " + "a" * 200_000, "a" * 200_000 + ": b"])
@pytest.mark.parametrize("command", [("explain",), ("check",), ("version", "next")])
def test_a_title_without_end_is_cut_and_counted(
    repo: GitRepo, title: str, command: tuple[str, ...]
) -> None:
    repo.commits("feat: a", "fix: b")
    repo.tag("v1.0.0")
    repo.commits("feat: c", title)
    done = tagboat(*command, cwd=repo.path)
    assert done.code in (0, 1)
    assert len(done.stdout) + len(done.stderr) < 30_000


# One function a reader


@pytest.mark.parametrize("line", LINES)
def test_a_log_shows_what_was_written_without_obeying(line: str) -> None:
    assert commands(in_log(line)) == []
    assert not _STEERING.search(in_log(line))


@pytest.mark.parametrize("line", ["a::b", "std::move", "# [x]", "## [1.0.0]", "a ## b", "#[x]"])
def test_what_is_no_command_is_left(line: str) -> None:
    assert in_log(line) == line


def test_a_terminal_shows_escapes() -> None:
    assert in_terminal("a\x1b[31m\x9b\u202e\n\tb") == "a\\x1b[31m\\x9b\\u202e\n\tb"


def test_json_keeps_its_meaning() -> None:
    text = "\x1b \x7f \x9b \u202e ##[a] \u2028"
    written = in_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert not _STEERING.search(written)
    assert commands(written) == []


def test_a_shell_gets_one_word() -> None:
    assert in_shell("v1;$(id)`id`") == "'v1;$(id)`id`'"
