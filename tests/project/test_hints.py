"""Every hint has a test of its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("core", "use_cases", "adapters", "cli", "wiring")
    for path in (PROJECT / "src" / "tagboat" / folder).rglob("*.py")
]
TESTS = [
    path
    for folder in ("unit", "integration", "e2e", "servers")
    for path in PROJECT.glob(f"tests/{folder}/*.py")
]


def texts(node: ast.AST) -> list[str]:
    """The texts that stand in a piece of source."""
    found = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return [text for text in found if isinstance(text, str)]


def hints() -> Iterator[tuple[str, str]]:
    """Where an error is made with a hint, and the longest text in it."""
    for path in sorted(SOURCES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                made = node.func.id if isinstance(node.func, ast.Name) else ""
                pieces = texts(node.args[1])
                # A registry's refusal has a detail there, and its hint by its kind.
                if made.endswith("Error") and made != "RefusalError" and pieces:
                    yield f"{path.name}, {made}", max(pieces, key=len).strip()


@pytest.fixture(scope="module")
def asserted() -> str:
    found = (text for path in TESTS for text in texts(ast.parse(path.read_text())))
    return "\n".join(found)


@pytest.mark.parametrize(("where", "words"), list(hints()))
def test_hint_is_asserted(asserted: str, where: str, words: str) -> None:
    assert words in asserted, where
