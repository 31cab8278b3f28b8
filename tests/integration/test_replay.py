"""Real releases of five projects, derived from their commits."""

import pytest

from tests.environment import CALLER
from tests.replay import DATA, PROMISED, REQUIRED, UNEXPLAINED, Replayed, replay


@pytest.fixture(scope="module")
def results() -> list[Replayed]:
    if not DATA.is_dir() and not CALLER.get(REQUIRED):
        pytest.skip("the replay data are not beside this checkout")
    return list(replay())


def test_the_data_are_complete(results: list[Replayed]) -> None:
    assert len(results) == 1208


def test_nearly_all_releases_are_derived(results: list[Replayed]) -> None:
    assert sum(result.agrees for result in results) >= PROMISED * len(results)


def test_what_is_not_derived_is_listed_with_its_reason(results: list[Replayed]) -> None:
    assert {result.name for result in results if not result.agrees} == set(UNEXPLAINED)
