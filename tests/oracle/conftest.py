"""Fixtures for the tests against the oracle."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.oracle.script import Made, Script, make

MakeScript = Callable[[Script], Made]


@pytest.fixture
def written(tmp_path: Path) -> MakeScript:
    """Write a history as a repository of its own in the test's folder."""
    numbers = count()
    return lambda script: make(script, tmp_path / str(next(numbers)))
