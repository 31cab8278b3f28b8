"""Real releases of projects, and of packages in shared repositories, derived from commits."""

import pytest

from tests.environment import CALLER
from tests.replay import DATA, PROMISED, REQUIRED, UNEXPLAINED, Replayed, replay
from tests.replay_packages import DATA as PACKAGES
from tests.replay_packages import FIGURES, PackageReplay, replay_packages, share
from tests.replay_packages import PROMISED as PACKAGES_PROMISED


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


@pytest.fixture(scope="module")
def packages() -> list[PackageReplay]:
    if not PACKAGES.is_dir() and not CALLER.get(REQUIRED):
        pytest.skip("the replay data are not beside this checkout")
    return list(replay_packages())


def test_nearly_all_releases_of_packages_are_derived(packages: list[PackageReplay]) -> None:
    assert len(packages) == 2230
    assert share(packages) >= PACKAGES_PROMISED


@pytest.mark.parametrize("repository", FIGURES)
def test_no_repository_falls_behind_the_plain_rule(
    packages: list[PackageReplay], repository: str
) -> None:
    own = [result for result in packages if result.repository == repository]
    assert share(own) >= FIGURES[repository]
