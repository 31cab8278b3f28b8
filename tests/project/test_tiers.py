"""Every test has its tier: one cell of a matrix is chosen, and nothing is left out for ever."""

from collections import Counter

import pytest

from tests.tiers import Choice

SOURCE = """\
import pytest

@pytest.mark.matrix("forge")
@pytest.mark.parametrize("forge", ["github", "gitlab", "gitea"])
@pytest.mark.parametrize("state", ["new", "old"])
def test_forge(forge, state):
    pass

@pytest.mark.matrix
@pytest.mark.parametrize("moment", range(4))
@pytest.mark.parametrize("order", ["before", "after"])
def test_kill(moment, order):
    pass

@pytest.mark.needs("sshd")
def test_server():
    pass

@pytest.mark.thorough
def test_everything():
    pass

def test_plain():
    pass
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> list[pytest.Item]:
    """The tests of a module, as pytest collects them."""
    # A process that collects twice knows the first module by its name: each has one of its own.
    folder = tmp_path_factory.mktemp("tiers")
    place = folder / f"test_{folder.name}.py"
    place.write_text(SOURCE)
    ini = place.with_name("pytest.ini")
    ini.write_text("[pytest]\nmarkers =\n    matrix\n    needs\n    thorough\n")
    found: list[pytest.Item] = []

    class Keep:
        def pytest_collection_finish(self, session: pytest.Session) -> None:
            found.extend(session.items)

    quiet = ("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")
    pytest.main([str(place), "-c", str(ini), "--collect-only", *quiet], [Keep()])
    assert len(found) == 6 + 8 + 3
    return found


def kept(items: list[pytest.Item], choice: Choice) -> list[str]:
    dropped = set(choice.left_out(items))
    return [item.name for item in items if item not in dropped]


def test_all_is_all(collected: list[pytest.Item]) -> None:
    assert len(kept(collected, Choice())) == len(collected)


def test_a_run_has_one_cell_of_each_matrix(collected: list[pytest.Item]) -> None:
    names = kept(collected, Choice("test"))
    found = Counter(name.partition("[")[0] for name in names)
    assert found == {"test_forge": 2, "test_kill": 1, "test_plain": 1}
    assert {state for state in ("new", "old") for name in names if state in name} == {"new", "old"}


def test_programs_have_a_run_of_their_own(collected: list[pytest.Item]) -> None:
    assert kept(collected, Choice("programs")) == ["test_server"]


def test_every_cell_has_its_turn(collected: list[pytest.Item]) -> None:
    runs = [kept(collected, Choice("test", seed=str(seed))) for seed in range(60)]
    cells = {item.name for item in collected if item.name.startswith(("test_forge", "test_kill"))}
    assert set().union(*runs) - {"test_plain"} == cells


def test_a_seed_repeats_a_choice(collected: list[pytest.Item]) -> None:
    choice = Choice("test", seed="7")
    assert kept(collected, choice) == kept(collected, choice)


def test_shares_are_parts_of_the_whole(collected: list[pytest.Item]) -> None:
    runs = [kept(collected, Choice("all", 4, str(seed))) for seed in range(60)]
    assert set().union(*runs) == {item.name for item in collected}
    assert sum(map(len, runs)) < 60 * len(collected) / 2


def test_some_moments_are_of_all_and_every_one_has_its_turn() -> None:
    moments = tuple(range(11))
    assert Choice("all").some(moments, 3, "kills") == moments
    runs = [Choice("test", seed=str(seed)).some(moments, 3, "kills") for seed in range(60)]
    assert {len(set(chosen)) for chosen in runs} == {3}
    assert set().union(*runs) == set(moments)
