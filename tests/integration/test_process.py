"""The runner of processes: its environment, its memory, how it ends what it started."""

import os
import signal
import sys
import time
import tracemalloc
from base64 import b64encode
from pathlib import Path

import pytest

from tagboat.adapters.git.history import GitHistory
from tagboat.adapters.process import (
    Process,
    ProgramError,
    end_group,
    environment,
    has_ended,
    listen,
    redacted,
    run,
    start_group,
    stream,
    summary,
)
from tagboat.core.errors import OutsideError
from tests.gitrepo import GitRepo, Node
from tests.patience import ends, patience

MEGABYTE = 1 << 20


def test_output_is_streamed_in_constant_memory() -> None:
    write = f"import sys\nfor _ in range(64): sys.stdout.write('x' * {MEGABYTE})"
    tracemalloc.start()
    try:
        read = sum(len(block) for block in stream([sys.executable, "-c", write], "."))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 64 * MEGABYTE
    assert peak < 4 * MEGABYTE


def test_a_walk_takes_constant_memory(repo: GitRepo) -> None:
    body = "feat: more\n\n" + "a line of the body\n" * 20
    repo.graph([Node(message=body, parents=(n - 1,) if n else ()) for n in range(20_000)])
    history = GitHistory(str(repo.path))
    tracemalloc.start()
    try:
        walked = sum(1 for _ in history.walk(repo.head))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert walked == 20_000
    assert peak < 8 * MEGABYTE


def test_a_program_that_says_much_does_not_get_stuck() -> None:
    write = "import sys\nsys.stderr.write('e' * 1_000_000)\nsys.stdout.write('done')"
    assert b"".join(stream([sys.executable, "-c", write], ".")) == b"done"


def test_what_a_failing_program_says_much_of_is_kept_in_part() -> None:
    write = "import sys\nsys.stderr.write('e' * 1_000_000)\nsys.exit(3)"
    with pytest.raises(ProgramError) as caught:
        list(stream([sys.executable, "-c", write], "."))
    assert caught.value.code == 3
    assert len(caught.value.stderr) == 1 << 16


def test_a_reader_that_stops_ends_the_program() -> None:
    blocks = stream(["sh", "-c", "echo $$; head -c 100000 /dev/zero; exec sleep 999"], ".")
    pid = int(next(iter(blocks)).partition(b"\n")[0])
    started = time.monotonic()
    del blocks
    assert time.monotonic() - started < patience(200)
    assert ends(pid)


def test_leaving_the_block_ends_the_program(tmp_path: Path) -> None:
    with Process(["sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 999"], "."):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < patience(200)
    assert ends(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux changes the size of a pipe")
def test_a_program_writes_a_megabyte_before_anybody_reads(tmp_path: Path) -> None:
    script = f"head -c 1000000 /dev/zero; touch {tmp_path}/done"
    with Process(["sh", "-c", script], ".") as process:
        blocks = process.blocks()
        first = next(blocks)
        end = time.monotonic() + patience(200)
        while not (tmp_path / "done").exists() and time.monotonic() < end:
            time.sleep(0.01)
        assert (tmp_path / "done").exists()
        assert len(first) + sum(map(len, blocks)) == 1_000_000


def test_a_program_that_is_read_along_never_waits(tmp_path: Path) -> None:
    script = f"head -c 5000000 /dev/zero; touch {tmp_path}/done"
    blocks = Process(["sh", "-c", script], ".").begun()
    end = time.monotonic() + patience(200)
    while not (tmp_path / "done").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert (tmp_path / "done").exists()
    assert sum(map(len, blocks)) == 5_000_000


def test_a_program_that_is_read_along_fails_when_it_is_asked_for() -> None:
    blocks = Process(["sh", "-c", "echo some; echo why >&2; exit 3"], ".").begun()
    assert next(blocks) == b"some\n"
    with pytest.raises(ProgramError, match="why"):
        next(blocks)


def test_who_stops_reading_a_program_that_is_read_along_ends_it() -> None:
    script = "echo $$; head -c 100000 /dev/zero; exec sleep 999"
    blocks = Process(["sh", "-c", script], ".").begun()
    pid = int(next(blocks).partition(b"\n")[0])
    started = time.monotonic()
    del blocks
    assert time.monotonic() - started < patience(200)
    assert ends(pid)


def test_a_program_that_another_thread_waited_for_has_ended(tmp_path: Path) -> None:
    with (tmp_path / "output").open("wb") as output:
        process = start_group(["true"], str(tmp_path), os.environ, output.fileno())
    os.waitpid(process.pid, 0)  # as that thread does, before it can say so
    assert has_ended(process)
    end_group(process)


def test_a_program_out_of_time_ends_with_all_it_started(tmp_path: Path) -> None:
    script = f"sleep 999 & echo $! > {tmp_path}/pid; wait"
    started = time.monotonic()
    with pytest.raises(OutsideError, match="did not end in"):
        run(["sh", "-c", script], ".", timeout=patience(10))
    assert time.monotonic() - started < patience(200)
    assert ends(int((tmp_path / "pid").read_text()))


def test_an_interrupted_program_ends_with_all_it_started(tmp_path: Path) -> None:
    code = f"""
from tagboat.adapters.process import catch_interrupts
from tagboat.adapters.process import run
catch_interrupts()  # as the command line does: otherwise one may come before the program is known
run(["sh", "-c", "echo $PPID > {tmp_path}/parent; sleep 999 & echo $! > {tmp_path}/pid; wait"],
    ".", timeout=999)
"""
    with Process([sys.executable, "-c", code], "."):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
        os.kill(int((tmp_path / "parent").read_text()), signal.SIGINT)
        assert ends(int((tmp_path / "pid").read_text()))


def test_input_is_passed_on() -> None:
    assert run(["cat"], ".", data=b"x" * MEGABYTE) == b"x" * MEGABYTE


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no-such-program is not installed"):
        run(["no-such-program"], str(tmp_path))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="there is no folder"):
        run(["true"], str(tmp_path / "nowhere"))


def test_a_failure_names_the_command_and_what_it_said() -> None:
    with pytest.raises(ProgramError, match=r"`sh -c` failed: broken$") as caught:
        run(["sh", "-c", "echo fatal: broken >&2; exit 7"], ".")
    assert caught.value.code == 7


def test_a_failure_without_a_word_names_the_status() -> None:
    with pytest.raises(ProgramError, match="it ended with status 7 and said nothing"):
        run(["sh", "-c", "exit 7"], ".")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("at 'https://me:secret@127.0.0.1/x'", "at 'https://***@127.0.0.1/x'"),
        ("https://secret@127.0.0.1/a@b", "https://***@127.0.0.1/a@b"),
        ("https://a:b@c@127.0.0.1/", "https://***@127.0.0.1/"),
        ("https://127.0.0.1/x?access_token=secret&y=1", "https://127.0.0.1/x?access_token=***&y=1"),
        ("https://127.0.0.1/x mail a@b", "https://127.0.0.1/x mail a@b"),
        ("git@127.0.0.1:x.git", "git@127.0.0.1:x.git"),
    ],
)
def test_credentials_are_left_out(said: str, shown: str) -> None:
    assert redacted(said) == shown


def test_what_is_known_to_be_secret_is_left_out() -> None:
    basic = b64encode(b"me:a-secret").decode()
    said = f"no: https://me:pw@host/x?a-secret Basic {basic} {b64encode(b'a-secret').decode()}"
    assert redacted(said, ("a-secret", basic)) == "no: https://***@host/x?*** Basic *** ***Q="


@pytest.mark.parametrize("secret", ["", "p", "pwd"])
def test_secret_that_is_part_of_any_text_hides_nothing(secret: str) -> None:
    assert redacted("pwd: encryption", (secret,)) == "pwd: encryption"


def test_a_summary_is_one_line_without_advice() -> None:
    said = "hint: try this\nfatal: no such thing\n\nerror: nor that\nand the repository exists.\n"
    assert summary(said) == "no such thing; nor that"


def test_what_is_said_has_no_advice_on_locks() -> None:
    lock = "Unable to create '/app/.git/refs/tags/v1.lock': File exists."
    advice = "Another git process seems to be running in this repository, e.g.\nan editor"

    assert summary(f"error: {lock}\n\n{advice}\nremove the file manually to continue.\n") == lock


def test_variables_a_person_sets_on_purpose_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ("GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "GIT_ASKPASS", "HTTPS_PROXY")
    for name in kept:
        monkeypatch.setenv(name, "mine")
    assert {environment()[name] for name in kept} == {"mine"}


def test_variables_that_lead_git_astray_are_dropped(
    monkeypatch: pytest.MonkeyPatch, hostile_env: dict[str, str]
) -> None:
    for name, value in hostile_env.items():
        monkeypatch.setenv(name, value)
    left = {name for name in environment() if name.startswith("GIT_")}
    assert {name for name in left if not name.startswith("GIT_CONFIG_")} == {
        "GIT_FLUSH",
        "GIT_OPTIONAL_LOCKS",
        "GIT_PAGER",
        "GIT_TERMINAL_PROMPT",
    }


# Listening


def test_lines_are_heard_as_they_come_without_credentials() -> None:
    heard: list[str] = []
    done = listen(
        ["sh", "-c", "echo lost; printf 'one\\r\\nhttps://me:secret@a/b\\nend' >&2; exit 3"],
        ".",
        heard.append,
    )
    assert heard == ["one", "https://***@a/b", "end"]
    assert (done.code, done.lines) == (3, tuple(heard))


def test_a_line_is_heard_before_the_programends(tmp_path: Path) -> None:
    script = f"echo ready >&2; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo went >&2"
    done = listen(["sh", "-c", script], ".", lambda _: (tmp_path / "go").touch())
    assert done.lines == ("ready", "went")


def test_only_the_last_lines_of_a_long_talk_are_kept() -> None:
    done = listen(["sh", "-c", "seq 2000 >&2"], ".", lambda _: None)
    assert done.lines == tuple(map(str, range(1501, 2001)))


def test_a_talk_that_is_cut_short_ends_the_program_with_all_it_started(tmp_path: Path) -> None:
    def leave(_: str) -> None:
        raise KeyboardInterrupt

    script = f"sleep 999 & echo $! > {tmp_path}/pid; echo ready >&2; wait"
    with pytest.raises(KeyboardInterrupt):
        listen(["sh", "-c", script], ".", leave)
    assert ends(int((tmp_path / "pid").read_text()))


def test_a_program_that_can_t_be_listened_to(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no-such-program is not installed"):
        listen(["no-such-program"], str(tmp_path), print)


def test_a_program_that_is_listened_to_ends_in_time(tmp_path: Path) -> None:
    heard: list[str] = []
    command = ["sh", "-c", "echo begun >&2; sleep 999"]
    with pytest.raises(OutsideError, match="did not end in"):
        listen(command, str(tmp_path), heard.append, timeout=patience(10))
    assert heard == ["begun"]
