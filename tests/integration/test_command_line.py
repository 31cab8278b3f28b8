"""What every command has in common: help, exit codes, streams, options, completion."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest

from tagboat.cli.app import cli
from tagboat.cli.run import run_command_line
from tests.commandline import tagboat, tagboat_process
from tests.gitrepo import GitRepo, Node
from tests.patience import patience
from tests.wrapped_git import wrapped_git

COMMANDS = [
    ("init",),
    ("migrate",),
    ("version",),
    ("version", "next"),
    ("version", "current"),
    ("version", "list"),
    ("explain",),
    ("changelog",),
    ("check",),
    ("plan",),
    ("release",),
    ("image",),
    ("image", "build"),
    ("image", "merge"),
    ("schema",),
    ("doctor",),
]
READING = [
    command
    for command in COMMANDS
    if command not in (("init",), ("migrate",), ("version",), ("image",), ("schema",))
]


@pytest.fixture
def released(repo: GitRepo) -> GitRepo:
    """A repository at v1.0.0 with a fix on top."""
    repo.commit("feat: a", files={"sub/a.txt": "a"})
    repo.tag("v1.0.0")
    repo.commit("fix: b")
    return repo


def on_terminal(*args: str, cwd: Path, **env: str) -> str:
    """What ``tagboat *args`` shows on a terminal, both streams together."""
    leader, follower = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "tagboat", *args],
        cwd=cwd,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"} | env,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    while piece := _read(leader):
        shown += piece
    os.close(leader)
    done.wait(timeout=patience(1200))
    return shown.decode()


def _read(descriptor: int) -> bytes:
    """The next bytes of a terminal or pipe; none once nobody writes to it any more."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


# Help


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    result = tagboat(*command, "--help", cwd=tmp_path)
    assert result.code == 0
    assert f"Examples:\n    tagboat {' '.join(command)}" in result.stdout


def commands_of(group: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command below a group, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*words, name)
        if isinstance(command, click.Group):
            yield from commands_of(command, *words, name)


@pytest.mark.parametrize("command", [(), *commands_of(cli)], ids=" ".join)
def test_help_fits_a_terminal_of_eighty_columns(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run_command_line([*command, "--help"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", [(), ("changelog",), ("version", "next")], ids=" ".join)
def test_help_is_a_word_too(command: tuple[str, ...], tmp_path: Path) -> None:
    asked = tagboat(*command, "--help", cwd=tmp_path)
    assert tagboat("help", *command, cwd=tmp_path) == asked


def test_the_version_of_tagboat_is_short_to_ask_for(tmp_path: Path) -> None:
    assert tagboat("-V", cwd=tmp_path).stdout == tagboat("--version", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("next", "tagboat version next"),
        ("bump", "tagboat version next"),
        ("publish", "tagboat release"),
        ("undo", "tagboat rollback"),
        ("lint", "tagboat check"),
        ("setup", "tagboat init"),
        ("changelgo", "tagboat changelog"),
    ],
)
def test_a_word_of_another_tool_is_answered_with_ours(
    word: str, command: str, tmp_path: Path
) -> None:
    result = tagboat(word, cwd=tmp_path)
    assert (result.code, f"`{command}`" in result.stderr) == (2, True)


def test_help_of_the_program_lists_every_command(tmp_path: Path) -> None:
    listed = re.findall(r"(?m)^  (\w+) {2,}", tagboat("--help", cwd=tmp_path).stdout)
    assert {command[0] for command in COMMANDS} <= set(listed)


@pytest.mark.parametrize("command", [(), ("version",), ("image",)], ids=" ".join)
def test_no_command_is_wrong_usage_and_shows_help(command: tuple[str, ...], tmp_path: Path) -> None:
    result = tagboat(*command, cwd=tmp_path)
    assert (result.code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chngelog"], "there is no command 'chngelog', did you mean `tagboat changelog`?"),
        (["qqq"], "there is no command 'qqq'\n"),
        (["version", "nxt"], "there is no command 'nxt', did you mean `tagboat version next`?"),
        (["explain", "--tilte", "x"], "--title"),
        (["version", "next", "--bump", "huge"], "'patch', 'minor', 'major'"),
        (["version", "next", "--as", "two"], "write it like --as 2.0.0"),
        (["version", "next", "--tag-format", "v{version}..x"], "write it like v{version}"),
        (["version", "next", "-C", "nowhere"], "there is no folder 'nowhere'"),
        (["-C", "nowhere", "version", "next"], "there is no folder 'nowhere'"),
        (["-C", ".git/HEAD", "version", "next"], "there is no folder '.git/HEAD': it is a file"),
    ],
    ids=" ".join,
)
def test_wrong_usage_says_what_is_wanted(
    arguments: list[str], said: str, released: GitRepo
) -> None:
    result = tagboat(*arguments, cwd=released.path)
    assert (result.code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_outside_a_repository_nothing_is_answered(command: tuple[str, ...], tmp_path: Path) -> None:
    result = tagboat(*command, cwd=tmp_path)
    assert result.code != 0
    assert "is not in a git repository" in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("json_option", [(), ("--json",)], ids=["text", "json"])
def test_an_error_is_text_on_standard_error(json_option: tuple[str, ...], tmp_path: Path) -> None:
    result = tagboat("version", "next", *json_option, cwd=tmp_path)
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("tagboat: error: ")
    assert "\n  try: " in result.stderr


# Exit codes


def test_nothing_due_is_success_unless_asked(repo: GitRepo) -> None:
    repo.commit("feat: a")
    repo.tag("v1.0.0")
    assert tagboat("version", "next", cwd=repo.path).code == 0
    assert tagboat("version", "next", "--exit-code", cwd=repo.path).code == 3


def test_something_due_is_success_with_exit_code(released: GitRepo) -> None:
    assert tagboat("version", "next", "--exit-code", cwd=released.path).code == 0


def test_a_repository_without_right_answer_is_a_failure(released: GitRepo) -> None:
    released.switch("side", at="HEAD~1")
    released.commit("fix: other")
    released.tag("v1.0.1")
    released.switch("main")
    result = tagboat("version", "next", cwd=released.path)
    assert (result.code, result.stdout) == (1, "")
    assert "version 1.0.1 is taken by v1.0.1" in result.stderr


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug_adds_a_traceback_and_keeps_the_exit_code(place: str, tmp_path: Path) -> None:
    arguments = ["version", "next"]
    arguments.insert(0 if place == "before" else 2, "--debug")
    result = tagboat(*arguments, cwd=tmp_path)
    assert result.code == 2
    assert "Traceback" in result.stderr
    assert "tagboat: error: " in result.stderr


# Streams


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_is_no_error(released: GitRepo, unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", "schema"],
        cwd=released.path,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_leaves_gets_the_exit_code_of_the_command(released: GitRepo) -> None:
    released.commit("feat:c")
    for command, code in (("check", 1), ("changelog", 0), ("version next --exit-code", 0)):
        script = f'"$0" -m tagboat {command} 2>&1 | true; echo "$PIPESTATUS"'
        done = subprocess.run(
            ["bash", "-c", script, sys.executable],
            cwd=released.path,
            capture_output=True,
            check=False,
        )
        # A shell warns of a locale that is not there.
        said = [line for line in done.stderr.splitlines() if b"setlocale" not in line]
        assert (done.stdout, said) == (f"{code}\n".encode(), [])


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_an_error(released: GitRepo, unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tagboat", "version", "next"],
            cwd=released.path,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"the answer can't be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("stream", ["2>/dev/full", "2</dev/null"], ids=["full", "for reading"])
@pytest.mark.parametrize(
    ("command", "code"),
    [("check", 1), ("version next --no-such", 2), ("version next", 0), ("changelog 7.0.0", 2)],
)
def test_messages_that_can_not_be_written_change_no_exit_code(
    released: GitRepo, command: str, code: int, stream: str, unbuffered: str
) -> None:
    released.commit("feat:c")
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m tagboat {command} {stream}', sys.executable],
        cwd=released.path,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        check=False,
    )
    usual = tagboat(*command.split(), cwd=released.path)
    assert usual.stderr
    assert (done.returncode, done.stdout.decode()) == (usual.code, usual.stdout)
    assert usual.code == code


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_slow_reader_is_waited_for_where_its_pipe_does_not_block(
    released: GitRepo, name: str, unbuffered: str
) -> None:
    released.commit("feat:c")  # not counted: a warning
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = os.write(writing, b"." * (1 << 20))  # it has no room now
    process = subprocess.Popen(
        [sys.executable, "-m", "tagboat", "version", "next"],
        cwd=released.path,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=writing if name == "stdout" else subprocess.DEVNULL,
        stderr=writing if name == "stderr" else subprocess.DEVNULL,
    )
    os.close(writing)
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience(20))
    data = b""
    while block := _read(reading):
        data += block
    os.close(reading)
    text = data[before:].decode()
    usual = tagboat("version", "next", cwd=released.path)
    assert (process.wait(patience(200)), text) == (usual.code, getattr(usual, name))
    assert text


@pytest.mark.parametrize("stream", ["0<&-", ">&-", "2>&-"])
def test_closed_streams_are_no_error(released: GitRepo, stream: str) -> None:
    script = f'"$0" -m tagboat version next {stream}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable], cwd=released.path, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_answers_in_a_pipe_are_utf_8_in_any_locale(repo: GitRepo, encoding: str) -> None:
    repo.commit("feat: 船 ✨")
    env = {"PYTHONIOENCODING": encoding}
    for command in (("explain",), ("changelog",), ("explain", "--json")):
        assert "船 ✨" in tagboat_process(*command, cwd=repo.path, env=env).stdout


@pytest.mark.needs("a terminal")
def test_a_terminal_that_lacks_a_character_shows_an_escape(repo: GitRepo) -> None:
    repo.commit("feat: 船")
    assert "feat: \\u8239" in on_terminal("explain", cwd=repo.path, PYTHONIOENCODING="ascii")


@pytest.mark.needs("a terminal")
def test_no_color_leaves_plain_text(released: GitRepo) -> None:
    assert "\x1b" not in on_terminal("explain", cwd=released.path, NO_COLOR="1")
    assert "\x1b" not in on_terminal("explain", "7.0.0", cwd=released.path, NO_COLOR="1")


@pytest.mark.needs("a terminal")
def test_a_dumb_terminal_gets_plain_text(released: GitRepo) -> None:
    assert "\x1b" not in on_terminal("explain", cwd=released.path, TERM="dumb")
    assert "\x1b" not in on_terminal("explain", "7.0.0", cwd=released.path, TERM="dumb")


@pytest.fixture
def long(repo: GitRepo) -> GitRepo:
    """A history that is long enough to be counted."""
    repo.graph([Node(message="fix: a", parents=(n - 1,) if n else ()) for n in range(6000)])
    return repo


@pytest.fixture
def slow_git(tmp_path: Path) -> dict[str, str]:
    """The PATH with a git that takes a second before it shows any commit."""
    return wrapped_git(tmp_path / "bin", '[ "$1" != log ] || sleep 1')


@pytest.mark.needs("a terminal")
def test_a_long_reading_is_counted_on_a_terminal(long: GitRepo, slow_git: dict[str, str]) -> None:
    shown = on_terminal("changelog", "-o", "NOTES.md", cwd=long.path, **slow_git)
    assert "reading history: 5,000 commits" in shown


@pytest.mark.needs("a terminal")
def test_a_quick_reading_is_not_counted(released: GitRepo) -> None:
    assert on_terminal("changelog", "-o", "NOTES.md", cwd=released.path) == ""


def test_nothing_is_counted_where_nobody_looks(long: GitRepo, slow_git: dict[str, str]) -> None:
    done = tagboat("changelog", "-o", "NOTES.md", cwd=long.path, env=slow_git)
    assert done == (0, "", "")


@pytest.mark.needs("a terminal")
def test_a_terminal_shows_errors_in_colour(released: GitRepo) -> None:
    assert "\x1b[31merror\x1b[0m" in on_terminal("explain", "7.0.0", cwd=released.path)


# Where to look


def test_directory_may_stand_before_or_after_the_command(released: GitRepo) -> None:
    above = released.path.parent
    before = tagboat("-C", "repo", "version", "next", cwd=above)
    after = tagboat("version", "next", "-C", "repo", cwd=above)
    assert before == after == (0, "1.0.1\n", "")


def test_a_second_directory_is_seen_from_the_first(released: GitRepo) -> None:
    elsewhere = released.path.parent
    (elsewhere / "empty").mkdir()
    result = tagboat("-C", "../repo", "version", "next", "-C", "sub", cwd=elsewhere / "empty")
    assert result == (0, "1.0.1\n", "")


def test_files_are_named_as_seen_from_the_directory(released: GitRepo) -> None:
    above = released.path.parent
    (released.path / "other.toml").write_text("[bump]\nfix = 'minor'\n")
    (released.path / "message").write_text("fix: c\n")
    at = ("-C", "repo")
    version = tagboat("version", "next", *at, "--config", "other.toml", cwd=above)
    tagboat("changelog", *at, "-o", "NOTES.md", cwd=above)
    check = tagboat("check", *at, "--message", "message", cwd=above)
    assert version.stdout == "1.1.0\n"
    assert (released.path / "NOTES.md").exists()
    assert check.code == 0


def test_modules_of_the_current_folder_are_never_imported(released: GitRepo) -> None:
    for name in ("click", "re", "typing", "json", "jinja2", "msgspec", "subprocess", "rich"):
        (released.path / f"{name}.py").write_text("raise SystemExit('the repository ran code')\n")
    for command in READING:
        result = tagboat_process(*command, cwd=released.path)
        assert "the repository ran code" not in result.stderr
    assert tagboat_process("version", "next", cwd=released.path) == (0, "1.0.1\n", "")


def test_a_folder_that_was_removed_is_an_error(tmp_path: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && "$0" -m tagboat version next'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"tagboat: error: " in done.stderr
    assert b"Traceback" not in done.stderr


# Versions


def test_list_of_nothing_says_so(repo: GitRepo) -> None:
    repo.commit("feat: a")
    result = tagboat("version", "list", cwd=repo.path)
    assert (result.code, result.stdout) == (0, "")
    assert "no tag of this clone spells a version" in result.stderr


def test_schema_is_json_with_and_without_asking(tmp_path: Path) -> None:
    plain, asked = tagboat("schema", cwd=tmp_path), tagboat("schema", "--json", cwd=tmp_path)
    assert plain == asked
    assert json.loads(plain.stdout)["$schema"].endswith("2020-12/schema")


# Completion


def complete(*words: str, cwd: Path) -> list[str]:
    """What a shell offers for the last of the words."""
    env = {
        "_TAGBOAT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["tagboat", *words]),
        "COMP_CWORD": str(len(words)),
    }
    lines = tagboat(cwd=cwd, env=env).stdout.splitlines()
    return [line.partition(",")[2] or line for line in lines]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_has_a_script_for_the_shell(shell: str, tmp_path: Path) -> None:
    result = tagboat(cwd=tmp_path, env={"_TAGBOAT_COMPLETE": f"{shell}_source"})
    assert result.code == 0
    assert "_TAGBOAT_COMPLETE" in result.stdout


def test_completion_offers_commands_and_options(tmp_path: Path) -> None:
    assert complete("ch", cwd=tmp_path) == ["changelog", "check"]
    assert complete("version", "n", cwd=tmp_path) == ["next"]
    assert complete("version", "next", "--off", cwd=tmp_path) == ["--offline"]


def test_completion_offers_versions_the_highest_first(released: GitRepo, tmp_path: Path) -> None:
    released.tag("v0.9.0")
    assert complete("explain", "", cwd=released.path) == ["1.0.0", "0.9.0"]
    assert complete("diff", "1.0.0", "0", cwd=released.path) == ["0.9.0"]
    assert complete("verify", "v0", cwd=released.path) == ["v0.9.0"]
    assert not any(complete("explain", "", cwd=tmp_path))


def test_completion_offers_channels(repo: GitRepo) -> None:
    repo.commit("feat: a")
    for branch in ("topic", "1.x", "next"):
        repo.switch(branch, at="HEAD")
    assert complete("version", "next", "--channel", "", cwd=repo.path) == ["1.x", "main", "next"]


def test_completion_offers_packages(repo: GitRepo, tmp_path: Path) -> None:
    tables = "".join(
        f'[[packages]]\nname = "{name}"\npaths = ["{name}"]\n' for name in ("ui", "api")
    )
    repo.commit("feat: a", files={"tagboat.toml": tables})
    assert complete("plan", "--package", "", cwd=repo.path) == ["ui", "api"]
    assert complete("version", "next", "--package", "a", cwd=repo.path) == ["api"]
    assert not any(complete("plan", "--package", "", cwd=tmp_path))


def test_completion_offers_versions_of_images(released: GitRepo) -> None:
    assert complete("image", "build", "1", cwd=released.path) == ["1.0.0"]


def test_completion_leaves_file_names_to_the_shell(tmp_path: Path) -> None:
    env = {"_TAGBOAT_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    words = "tagboat check --message x"
    assert tagboat(cwd=tmp_path, env=env | {"COMP_WORDS": words}).stdout == "file,x\n"
