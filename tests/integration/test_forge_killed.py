"""A release is killed between any two requests, and the next run ends where it would have ended."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

import pytest

from tests.servers.front import Front, serving
from tests.servers.worlds import WORLDS, Server, World, release


def run(name: str, url: str) -> None:
    """One run, in a process of its own."""
    release(WORLDS[name].forge(url))


Kill = Callable[[Front, Callable[[int], None]], None]


def before(front: Front, kill: Callable[[int], None]) -> None:
    front.before = kill


def after(front: Front, kill: Callable[[int], None]) -> None:
    front.after = kill


def undisturbed(world: World) -> tuple[int, dict[str, object]]:
    """How many requests a whole release takes, and what it makes."""
    server = world.server()
    with serving(server) as front:
        release(world.forge(front.url))
    return len(front.exchanges), server.outcome()


def killed_at(world: World, moment: int, place: Kill) -> Server:
    """Kill a run at one of its requests, then let another one run to its end."""
    server = world.server()
    starter = multiprocessing.get_context("forkserver")
    starter.set_forkserver_preload(["tests.servers.worlds"])
    with serving(server) as front:
        process = starter.Process(target=run, args=(world.name, front.url))
        started = threading.Event()

        def kill(number: int) -> None:
            started.wait()
            if number == moment and process.pid:
                os.kill(process.pid, signal.SIGKILL)

        place(front, kill)
        process.start()
        started.set()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        place(front, lambda _: None)
        release(world.forge(front.url))
    return server


@pytest.mark.parametrize("place", [before, after])
@pytest.mark.parametrize("name", WORLDS)
def test_a_run_killed_at_any_request_is_finished_by_the_next(name: str, place: Kill) -> None:
    world = WORLDS[name]
    requests, outcome = undisturbed(world)
    ends = {moment: killed_at(world, moment, place).outcome() for moment in range(1, requests + 1)}
    assert {moment: end for moment, end in ends.items() if end != outcome} == {}
    assert len(ends) == requests
