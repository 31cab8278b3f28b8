"""Fixtures for the tests against the oracle."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.oracle.script import Made, Script, make

_HERE = Path(__file__).parent

MakeScript = Callable[[Script], Made]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave coverage to the unit tests: with it, these take half as long again."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture
def written(tmp_path: Path) -> MakeScript:
    """Write a history as a repository of its own in the test's folder."""
    numbers = count()
    return lambda script: make(script, tmp_path / str(next(numbers)))
