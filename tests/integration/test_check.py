"""``tagboat check``: messages in files, on standard input, in ranges and in a real hook."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.commandline import tagboat
from tests.conftest import MakeRepo
from tests.environment import SOURCE
from tests.gitrepo import GitRepo

SHOWN = """\
MESSAGE: feat:add search
    feat:add search
         ^
  error: line 1, column 6: exactly one space belongs after the colon (space-after-colon)
  try: feat: add search
"""


@pytest.fixture
def message(tmp_path: Path) -> Path:
    """A file for a message, outside any repository."""
    return tmp_path / "MESSAGE"


# One message


def test_a_clean_message_says_nothing(message: Path) -> None:
    message.write_text("feat: add search\n")

    assert tagboat("check", "--message", "MESSAGE", cwd=message.parent) == (0, "", "")


def test_a_fault_is_shown_under_its_column(message: Path) -> None:
    message.write_text("feat:add search\n")

    assert tagboat("check", "--message", "MESSAGE", cwd=message.parent) == (
        1,
        SHOWN,
        "tagboat: 1 message checked, 1 error, 0 warnings\n",
    )


def test_a_warning_is_no_failure(message: Path) -> None:
    message.write_text("feat: add search.\n")

    assert tagboat("check", "--message", "MESSAGE", cwd=message.parent).code == 0


def test_each_fault_is_a_block(message: Path) -> None:
    message.write_text("feat:x\nbody\n")

    done = tagboat("check", "--message", "MESSAGE", cwd=message.parent)

    assert [block.split(":")[0] for block in done.stdout.split("\n\n")] == ["MESSAGE", "MESSAGE"]


def test_standard_input_is_a_message(tmp_path: Path) -> None:
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin="feat:x")

    assert (done.code, done.stdout.partition("\n")[0]) == (1, "<stdin>: feat:x")


def test_the_folder_of_c_is_where_the_file_is(message: Path, make_repo: MakeRepo) -> None:
    message.write_text("feat: x\n")
    elsewhere = make_repo("elsewhere").path

    done = tagboat("-C", str(message.parent), "check", "--message", "MESSAGE", cwd=elsewhere)

    assert done.code == 0


def test_json_has_every_finding(message: Path) -> None:
    message.write_text("# note\nfeat:x\n")

    done = tagboat("check", "--message", "MESSAGE", "--json", cwd=message.parent)

    assert json.loads(done.stdout) == {
        "ok": False,
        "checked": 1,
        "errors": 1,
        "warnings": 0,
        "findings": [
            {
                "commit": None,
                "title": "feat:x",
                "rule": "space-after-colon",
                "severity": "error",
                "line": 2,
                "column": 6,
                "length": 1,
                "text": "feat:x",
                "message": "exactly one space belongs after the colon",
                "suggestion": "feat: x",
            }
        ],
    }


def test_json_of_a_clean_message_is_ok(tmp_path: Path) -> None:
    done = tagboat("check", "--message", "-", "--json", cwd=tmp_path, stdin="feat: x")

    assert json.loads(done.stdout)["ok"] is True


def test_what_git_drops_is_no_part_of_the_message(tmp_path: Path) -> None:
    text = (
        "feat: x\n\n"
        "# Please enter the commit message\n"
        "# ------------------------ >8 ------------------------\n"
        "BREAKING CHANGES: in the diff\n"
    )

    assert tagboat("check", "--message", "-", cwd=tmp_path, stdin=text).code == 0


def test_a_message_of_comments_is_empty(tmp_path: Path) -> None:
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin="# nothing\n")

    assert (done.code, "the message is empty" in done.stdout) == (1, True)


# What reaches the terminal


def test_control_characters_reach_nobody(tmp_path: Path) -> None:
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin="feat:\x1b[31mred\x07\u202e\n")

    assert not {"\x1b", "\x07", "\u202e"} & {*done.stdout, *done.stderr}


@pytest.mark.parametrize(
    ("text", "shown", "marks"),
    [
        ("feat:\x1bx", r"feat:\x1bx", "     ^^^^"),
        ("修复:x", "修复:x", "     ^"),
        ("fix(e\u0301):x", "fix(e\u0301):x", "       ^"),
        ("feat:\tx", "feat: x", "     ^"),
    ],
)
def test_the_caret_stands_below_what_is_shown(
    tmp_path: Path, text: str, shown: str, marks: str
) -> None:
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin=text)

    assert done.stdout.split("\n")[1:3] == [f"    {shown}", f"    {marks}"]


def test_a_long_line_is_cut_around_its_fault(tmp_path: Path) -> None:
    scope = "s" * 500
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin=f"feat({scope}):{'x' * 500}")

    assert done.stdout.split("\n")[1:3] == [
        f"    …{'s' * 58}):{'x' * 40}…",
        f"    {' ' * 61}^",
    ]


def test_a_long_title_is_cut(tmp_path: Path) -> None:
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin="feat:" + "x" * 500)

    assert done.stdout.split("\n")[0] == f"<stdin>: feat:{'x' * 95}…"


# What can't be read


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    assert tagboat("check", "--message", "nowhere", cwd=tmp_path) == (
        2,
        "",
        "tagboat: error: nowhere can't be read: there is no such file\n",
    )


def test_a_folder_is_a_usage_error(tmp_path: Path) -> None:
    assert tagboat("check", "--message", ".", cwd=tmp_path) == (
        2,
        "",
        "tagboat: error: .: this is a folder\n",
    )


def test_a_binary_file_is_a_usage_error(message: Path) -> None:
    message.write_bytes(b"\x7fELF\0\0")

    assert tagboat("check", "--message", "MESSAGE", cwd=message.parent) == (
        2,
        "",
        "tagboat: error: 'MESSAGE' is no text: it holds a NUL byte\n",
    )


def test_bytes_that_are_not_utf_8_are_no_fault(tmp_path: Path) -> None:
    done = tagboat("check", "--message", "-", cwd=tmp_path, stdin=b"feat: caf\xe9\n")

    assert done.code == 0


def test_a_range_and_a_message_exclude_each_other(tmp_path: Path) -> None:
    assert tagboat("check", "HEAD~1..", "--message", "-", cwd=tmp_path).code == 2


# What is asked of messages


@pytest.mark.parametrize(("option", "code"), [("--allow-fixup", 0), ("--no-allow-fixup", 1)])
def test_fixups_pass_in_a_message_if_allowed(tmp_path: Path, option: str, code: int) -> None:
    done = tagboat("check", option, "--message", "-", cwd=tmp_path, stdin="fixup! feat: x")

    assert done.code == code


def test_fixups_pass_in_a_message_by_themselves(tmp_path: Path) -> None:
    assert tagboat("check", "--message", "-", cwd=tmp_path, stdin="fixup! feat: x").code == 0


@pytest.mark.parametrize(("text", "code"), [("fix: x", 0), ("docs: x", 1)])
def test_types_may_be_given(tmp_path: Path, text: str, code: int) -> None:
    done = tagboat("check", "--types", "feat, fix", "--message", "-", cwd=tmp_path, stdin=text)

    assert done.code == code


CONFIGURED = """\
[check]
types = ["fix"]
scopes = ["api"]
header_length = 12
fixup = true
"""


def test_a_message_is_held_to_the_configuration(repo: GitRepo) -> None:
    (repo.path / "tagboat.toml").write_text(CONFIGURED)
    inside = repo.path / "a" / "b"
    inside.mkdir(parents=True)

    done = tagboat("check", "--message", "-", "--json", cwd=inside, stdin="docs(ui): a long one")

    rules = [finding["rule"] for finding in json.loads(done.stdout)["findings"]]
    assert rules == ["unknown-type", "unknown-scope", "header-too-long"]


def test_types_given_beat_the_configuration(repo: GitRepo) -> None:
    (repo.path / "tagboat.toml").write_text(CONFIGURED)

    done = tagboat("check", "--types", "docs", "--message", "-", cwd=repo.path, stdin="docs: x")

    assert done.code == 0


def test_the_configuration_may_let_fixups_stay(repo: GitRepo) -> None:
    (repo.path / "tagboat.toml").write_text(CONFIGURED)
    repo.commits("fix: x", "fixup! fix: x")

    assert tagboat("check", "HEAD~1", cwd=repo.path).code == 0


# Ranges


def test_a_range_is_what_git_understands(repo: GitRepo) -> None:
    repo.commits("one", "feat: two", "feat:three", "four")

    done = tagboat("check", "HEAD~3..HEAD~1", cwd=repo.path)

    assert (done.code, done.stderr) == (1, "tagboat: 2 messages checked, 1 error, 0 warnings\n")


@pytest.mark.parametrize("wanted", ["HEAD~1", "HEAD~1..", "v1.0.0..HEAD", "main~1..main"])
def test_ways_to_name_the_last_commit(repo: GitRepo, wanted: str) -> None:
    repo.commit("bad")
    repo.tag("v1.0.0")
    repo.commit("feat: x")

    done = tagboat("check", wanted, cwd=repo.path)

    assert done == (0, "", "tagboat: 1 message checked, 0 errors, 0 warnings\n")


def test_findings_name_their_commit_oldest_first(repo: GitRepo) -> None:
    repo.commit("feat: x")
    ids = repo.commits("bad one", "bad two")

    done = tagboat("check", "HEAD~2", "--json", cwd=repo.path)

    assert [finding["commit"] for finding in json.loads(done.stdout)["findings"]] == ids


def test_a_block_opens_with_the_commit(repo: GitRepo) -> None:
    name = repo.commits("feat: x", "bad")[1]

    assert tagboat("check", "HEAD~1", cwd=repo.path).stdout.startswith(f"{name[:10]}: bad\n")


def test_without_a_range_what_is_unreleased_is_checked(repo: GitRepo) -> None:
    repo.commit("bad, and released")
    repo.tag("v1.0.0")
    repo.commit("bad, and not released")

    assert "1 message checked, 1 error" in tagboat("check", "--offline", cwd=repo.path).stderr


def test_merges_are_fine(repo: GitRepo) -> None:
    base = repo.commit("feat: x")
    repo.switch("side", at=base)
    repo.commit("fix: y", files={"y": "y"})
    repo.switch("main")
    repo.commit("fix: z", files={"z": "z"})
    repo.merge("side", message="whatever")

    assert tagboat("check", base, cwd=repo.path).code == 0


def test_a_comment_in_history_is_no_comment(repo: GitRepo) -> None:
    repo.commits("feat: x", "# feat: y")

    assert tagboat("check", "HEAD~1", cwd=repo.path).code == 1


def test_fixups_do_not_pass_in_history(repo: GitRepo) -> None:
    repo.commits("feat: x", "fixup! feat: x")

    assert tagboat("check", "HEAD~1", cwd=repo.path).code == 1


def test_fixups_pass_in_history_if_allowed(repo: GitRepo) -> None:
    repo.commits("feat: x", "fixup! feat: x")

    assert tagboat("check", "HEAD~1", "--allow-fixup", cwd=repo.path).code == 0


def test_a_repository_without_commits_has_nothing_wrong(repo: GitRepo) -> None:
    done = tagboat("check", "--offline", cwd=repo.path)

    assert (done.code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ("HEAD~1...HEAD", "'HEAD~1...HEAD'"),
        ("..", "'..'"),
        ("nowhere..HEAD", "'nowhere'"),
        ("HEAD..nowhere", "'nowhere'"),
        ("--all", "--all"),
    ],
)
def test_what_is_no_range_is_a_usage_error(repo: GitRepo, wanted: str, named: str) -> None:
    repo.commits("feat: x", "feat: y")

    done = tagboat("check", wanted, cwd=repo.path)

    assert (done.code, done.stdout, named in done.stderr) == (2, "", True)


def test_a_range_needs_a_repository(tmp_path: Path) -> None:
    done = tagboat("check", "HEAD~1", cwd=tmp_path)

    assert (done.code, done.stdout) == (2, "")


# The hook


@pytest.fixture
def hooked(repo: GitRepo) -> GitRepo:
    """A repository whose commit-msg hook is tagboat."""
    hook = repo.path / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    command = f"PYTHONPATH={shlex.quote(str(SOURCE))} {shlex.quote(sys.executable)} -m tagboat"
    hook.write_text(f'#!/bin/sh\nexec env {command} check --message "$1"\n')
    hook.chmod(0o755)
    return repo


def commit(repo: GitRepo, message: str) -> str:
    """Commit as a person does, through the hooks; return what git said if it refused."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    try:
        repo.git(*identity, "commit", "--allow-empty", "--quiet", "-m", message)
    except RuntimeError as error:
        return str(error)
    return ""


def test_the_hook_lets_a_clean_message_pass(hooked: GitRepo) -> None:
    assert commit(hooked, "feat: add search") == ""


def test_the_hook_stops_a_faulty_message(hooked: GitRepo) -> None:
    assert "1 message checked, 1 error" in commit(hooked, "feat:add search")


def test_the_hook_works_in_a_worktree(hooked: GitRepo) -> None:
    commit(hooked, "feat: x")
    hooked.git("worktree", "add", "--quiet", "../other")

    assert "1 error" in commit(GitRepo(hooked.path.parent / "other"), "feat:y")


def edited(repo: GitRepo, message: str) -> str:
    """Commit with an editor that puts a message above what git wrote; what git said if refused."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    editor = {"GIT_EDITOR": f"sed -i '1i\\{message}'"}
    try:
        repo.git(*identity, "commit", "--allow-empty", "--quiet", "--verbose", env=editor)
    except RuntimeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("character", ["#", ";", "%", "auto"])
def test_the_hook_knows_git_s_comments_and_the_diff_below(hooked: GitRepo, character: str) -> None:
    (hooked.path / "notes.md").write_text("BREAKING CHANGES: in the diff\nBreaking change: this\n")
    hooked.git("add", "notes.md")
    hooked.git("config", "core.commentChar", character)

    assert edited(hooked, "feat: add search") == ""
    assert "1 error" in edited(hooked, "feat:add search")


def test_a_line_that_git_keeps_is_part_of_the_message(hooked: GitRepo) -> None:
    assert commit(hooked, "feat: add search\n\n#BREAKING CHANGES are none") == ""
    assert "header-no-type" in commit(hooked, "#12 add search")
    hooked.git("config", "commit.cleanup", "scissors")
    assert "header-no-type" in edited(hooked, "#12 add search")


def test_an_empty_message_has_its_fault_in_a_line_that_is_there(tmp_path: Path) -> None:
    for text in ("", "\n", "# a\n", "# a\n\n"):
        done = tagboat("check", "--message", "-", "--json", cwd=tmp_path, stdin=text)
        (finding,) = json.loads(done.stdout)["findings"]
        assert finding["line"] <= max(1, text.count("\n"))


def test_what_is_pushed_is_checked_in_a_pre_push_stage(repo: GitRepo) -> None:
    old = repo.commit("old")
    pushed = repo.commit("feat:pushed")
    repo.commit("later")
    refs = {"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": pushed}

    done = tagboat("check", cwd=repo.path, env=refs)
    assert done.stdout.count("error:") == 1
    assert "feat:pushed" in done.stdout
    assert tagboat("check", "HEAD^..", cwd=repo.path, env=refs).stdout.count("error:") == 1
    new = {**refs, "PRE_COMMIT_FROM_REF": "0" * 40}
    assert tagboat("check", cwd=repo.path, env=new).stdout.count("error:") == 3
