"""How contenders of a benchmark are run: in turn, and again after what is nobody's fault."""

import os
from pathlib import Path

from benchmarks.measure import Contender, in_turn


def contender(name: str, script: str, folder: Path, passing: str = "") -> Contender:
    command = ("/bin/sh", "-c", script)
    return Contender(name, [command], folder, {"PATH": os.defpath}, passing=passing)


def test_every_contender_warms_up_and_is_run_in_turn(tmp_path: Path) -> None:
    two = [contender(name, f"echo {name} >> log; echo {name}", tmp_path) for name in "ab"]
    done = in_turn(two, 2, tmp_path)
    assert (tmp_path / "log").read_text().split() == ["a", "b"] * 3
    assert [len(done[name].samples) for name in "ab"] == [2, 2]
    assert [done[name].answer for name in "ab"] == ["a", "b"]


def test_a_single_round_is_each_contenders_only_run(tmp_path: Path) -> None:
    two = [contender(name, f"echo {name} >> log; echo {name}", tmp_path) for name in "ab"]
    done = in_turn(two, 1, tmp_path)
    assert (tmp_path / "log").read_text().split() == ["a", "b"]
    assert [len(done[name].samples) for name in "ab"] == [1, 1]


def test_a_failure_is_the_end_of_a_contender(tmp_path: Path) -> None:
    done = in_turn([contender("one", "echo x >> log; echo no >&2; exit 3", tmp_path)], 2, tmp_path)
    assert done["one"].failure == "status 3: no"
    assert (tmp_path / "log").read_text() == "x\n"


def test_a_run_that_met_something_passing_is_made_again(tmp_path: Path) -> None:
    script = "echo x >> log; [ $(wc -l < log) != 2 ] || { echo it is busy >&2; exit 1; }"
    done = in_turn([contender("one", script, tmp_path, "busy")], 2, tmp_path)
    assert (done["one"].failure, len(done["one"].samples)) == ("", 2)
    assert (tmp_path / "log").read_text() == "x\n" * 4


def test_what_does_not_pass_is_a_failure(tmp_path: Path) -> None:
    script = "echo x >> log; echo it is busy >&2; exit 1"
    done = in_turn([contender("one", script, tmp_path, "busy")], 2, tmp_path)
    assert done["one"].failure == "status 1: it is busy"
    assert (tmp_path / "log").read_text() == "x\n" * 5
