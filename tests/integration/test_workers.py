"""Work that is dealt out to several processes."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagboat.adapters.workers import ForkedWorkers

OPEN = Path("/proc/self/fd")
HERE = os.getpid()
"""This process: work that is done elsewhere sees another one."""


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pipe is open and no process runs when all is done."""
    fork, forked = os.fork, []

    def counted() -> int:
        forked.append(fork())
        return forked[-1]

    monkeypatch.setattr(os, "fork", counted)
    before = len(list(OPEN.iterdir()))
    yield
    assert len(list(OPEN.iterdir())) == before
    for process in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


def slowly(number: int) -> str:
    """One result, after which the other process had time to draw as well."""
    os.sched_yield()
    return f"{number} é {'x' * 2000}"


@pytest.mark.parametrize("count", [0, 1, 7, 499, 1000, 4321])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    assert list(ForkedWorkers(5).each(slowly, range(count))) == [slowly(n) for n in range(count)]


def test_the_work_is_shared(tmp_path: Path) -> None:
    def work(number: int) -> str:
        # Whoever draws first waits for the other one.
        (tmp_path / str(os.getpid())).touch()
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.001)
        return f"{number} {os.getpid()}"

    done = [text.split() for text in ForkedWorkers(5).each(work, range(100))]
    assert [int(number) for number, _ in done] == list(range(100))
    assert len({process for _, process in done}) == 2


def test_short_lists_are_not_worth_another_process() -> None:
    done = ForkedWorkers(50).each(lambda _: str(os.getpid()), range(99))
    assert set(done) == {str(HERE)}


@pytest.mark.parametrize("place", ["here", "there"])
def test_what_fails_anywhere_is_raised_here(place: str) -> None:
    def work(number: int) -> str:
        if number == 60 and (place == "here" or os.getpid() != HERE):
            raise ValueError("no 60")
        if number == 60:
            raise ValueError("not 60 again")
        return str(number)

    with pytest.raises(ValueError, match="60"):
        list(ForkedWorkers(5).each(work, range(100)))


def test_what_a_killed_process_had_drawn_is_done_here(tmp_path: Path) -> None:
    def work(number: int) -> str:
        if os.getpid() != HERE:
            (tmp_path / "drawn").touch()
            os.kill(os.getpid(), 9)
        while not (tmp_path / "drawn").exists():
            time.sleep(0.001)
        return str(number)

    done = ForkedWorkers(5).each(work, range(100))
    assert list(done) == [str(n) for n in range(100)]


def test_work_beside_a_block_is_done_elsewhere() -> None:
    with ForkedWorkers().beside(lambda: ("é", os.getpid())) as told:
        pass
    text, process = told()
    assert text == "é"
    assert process != HERE


def test_work_beside_a_block_is_done_here_where_there_is_one_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    with ForkedWorkers().beside(os.getpid) as told:
        pass
    assert told() == HERE


def test_what_work_beside_a_block_fails_at_is_raised_where_it_is_asked_for() -> None:
    def work() -> str:
        raise ValueError("no")

    with ForkedWorkers().beside(work) as told:
        pass
    with pytest.raises(ValueError, match="no"):
        told()


def test_work_whose_process_was_killed_is_done_here() -> None:
    def work() -> int:
        if os.getpid() != HERE:
            os.kill(os.getpid(), 9)
        return os.getpid()

    with ForkedWorkers().beside(work) as told:
        pass
    assert told() == HERE


def test_block_that_fails_ends_the_work_beside_it() -> None:
    def block() -> None:
        with ForkedWorkers().beside(lambda: time.sleep(1000)):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        block()
