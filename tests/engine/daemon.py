"""A program that runs in the background: its process id in a file, what it says in another."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.engine.needs import EngineError
from tests.patience import patience

_STARTS = 1200
_PAUSE = 0.02


class Daemon:
    """A daemon whose files are ``FOLDER/NAME.pid`` and ``FOLDER/NAME.log``.

    It is only ever stopped by its id, and only where that id is still a program that was started
    with a file of this folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._folder = folder
        self._pidfile = folder / f"{name}.pid"
        self.log = folder / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def pid(self) -> int | None:
        """The id of the running daemon, None where it does not run."""
        if self._child is not None:
            return self._child.pid if self._child.poll() is None else None
        try:
            pid = int(self._pidfile.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self._folder) in words else None

    def start(
        self, command: Sequence[str], is_ready: Callable[[], bool], env: Mapping[str, str]
    ) -> None:
        """Start it where it does not run, and wait until it is ready. Raises EngineError."""
        if self.pid() is None:
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    command,
                    cwd=self._folder,
                    env=dict(env),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._pidfile.write_text(f"{self._child.pid}\n")
        if not wait_for(lambda: self.pid() is None or is_ready(), patience(_STARTS)):
            raise EngineError(f"{self._name} does not become ready: see {self.log}")
        if self.pid() is None:
            raise EngineError(f"{self._name} ended at once: {self._last_words()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and wait for its end. Raises EngineError where it goes on."""
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        if not wait_for(lambda: self.pid() is None, patience(_STARTS)):
            raise EngineError(f"{self._name} (process {pid}) goes on running: see {self.log}")
        self._pidfile.unlink(missing_ok=True)
        self._child = None

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return lines[-1] if lines else f"see {self.log}"


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; False where it is not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True
