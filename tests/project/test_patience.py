"""No test judges by seconds of its own, and none runs for ever."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.patience import patience

ROOT = Path(__file__).parents[2]
HANGS = """\
import threading

def test_before():
    pass

def test_endless():
    threading.Event().wait()

def test_after():
    pass
"""


def seconds(path: Path) -> Iterator[str]:
    """Where a file limits a time by a number of seconds."""
    text = path.read_text()
    is_about_time = re.search(r"monotonic|_time|_counter|[Tt]imeout|wait\(", text)
    for node in ast.walk(ast.parse(text)) if is_about_time else ():
        if any(map(_is_number, _limits(node))):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"


def _limits(node: ast.AST) -> list[ast.expr]:
    """The times that something waits, or takes at most."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        named = [one.value for one in node.keywords if one.arg == "timeout"]
        return named + (node.args if name in {"wait", "settimeout", "Timeouts"} else [])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_of_the_clock(node):
        return [node.right]
    return node.comparators if isinstance(node, ast.Compare) and _is_of_the_clock(node) else []


def _is_of_the_clock(node: ast.AST) -> bool:
    return re.search(r"(monotonic|process_time|perf_counter)\(\)", ast.unparse(node)) is not None


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def test_limits_are_told_by_starts_of_the_interpreter() -> None:
    paths = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]
    assert [place for path in paths for place in seconds(path)] == []


def test_no_group_is_repeated_possessively() -> None:
    """The Python of Debian 12, 3.11.2, matches such groups wrongly where they are nested."""
    texts = {path: path.read_text() for path in (ROOT / "src").rglob("*.py")}
    assert [path for path, text in texts.items() if re.search(r"\)[*+?]\+[^\s+]", text)] == []


def test_a_limit_grows_with_what_it_is_for() -> None:
    assert patience(40) == 2 * patience(20) >= 2


def test_a_test_that_never_ends_fails_with_the_stack_of_every_thread(tmp_path: Path) -> None:
    (tmp_path / "test_hangs.py").write_text(HANGS)
    settings = ("-c", str(ROOT / "pyproject.toml"), "-o", "faulthandler_timeout=1", "-n", "1")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *settings, "--rootdir", str(tmp_path), "test_hangs.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=patience(6000),
        check=False,
    )
    assert done.returncode == 1
    assert "in test_endless" in done.stderr
    assert "FAILED test_hangs.py::test_endless" in done.stdout
    assert "2 passed" in done.stdout
