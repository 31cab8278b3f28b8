"""A release is killed between any two requests, and the next run ends where it would have ended."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

import pytest

from tests.servers.front import Front, serving
from tests.servers.worlds import WORLDS, Server, World, release
from tests.tiers import some


def run(name: str, url: str) -> None:
    """One run, in a process of its own."""
    release(WORLDS[name].forge(url))


Kill = Callable[[Front, Callable[[int], None]], None]


def before(front: Front, kill: Callable[[int], None]) -> None:
    front.before = kill


def after(front: Front, kill: Callable[[int], None]) -> None:
    front.after = kill


def undisturbed(remote_state: World) -> tuple[int, dict[str, object]]:
    """How many requests a whole release takes, and what it makes."""
    server = remote_state.server()
    with serving(server) as front:
        release(remote_state.forge(front.url))
    return len(front.exchanges), server.result()


def killed_at(remote_state: World, moment: int, place: Kill) -> Server:
    """Kill a run at one of its requests, then let another one run to its end."""
    server = remote_state.server()
    starter = multiprocessing.get_context("forkserver")
    starter.set_forkserver_preload(["tests.servers.worlds"])
    with serving(server) as front:
        process = starter.Process(target=run, args=(remote_state.name, front.url))
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
        release(remote_state.forge(front.url))
    return server


@pytest.mark.matrix
@pytest.mark.parametrize("place", [before, after])
@pytest.mark.parametrize("name", WORLDS)
def test_a_run_killed_at_any_request_is_finished_by_the_next(name: str, place: Kill) -> None:
    remote_state = WORLDS[name]
    requests, result = undisturbed(remote_state)
    moments = some(range(1, requests + 1), 5, f"requests, {name}")
    ends = {moment: killed_at(remote_state, moment, place).result() for moment in moments}
    assert {moment: end for moment, end in ends.items() if end != result} == {}
