"""Programs that are run to their end, and ended with all they started where that is cut short."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tagboat.adapters.process.interrupts import interrupts_held, let_through
from tagboat.adapters.process.redaction import redacted
from tagboat.adapters.process.starting import ProgramError, environment, not_started, started
from tagboat.core.errors import OutsideError

_LINES = 500
"""How many lines are kept of a program that is listened to."""
_GRACE = 10.0
"""How many seconds a program that is cut short has to end by itself."""
_STEP = 0.02
_FED = (subprocess.PIPE, subprocess.PIPE)


def run(
    command: Sequence[str],
    cwd: str,
    *,
    data: bytes = b"",
    extra_env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> bytes:
    """Run a program to its end with ``data`` as its input; return its standard output.

    Raises ProgramError where it fails, OutsideError where it can't be started or runs out of time.
    """
    with interrupts_held():
        process = started(command, cwd, environment(extra_env), _FED, leads=timeout is not None)
        try:
            output, errors = wait_for_end(process, data, timeout)
        except subprocess.TimeoutExpired as error:
            raise OutsideError(f"`{' '.join(command[:2])}` did not end in {timeout:g} s") from error
    if process.returncode:
        raise ProgramError(command, process.returncode, errors.decode("utf-8", "replace"))
    return output


class CommandOutput(NamedTuple):
    """How a program that was listened to ended: its status, and the last lines it said."""

    code: int
    lines: tuple[str, ...]


def listen(
    command: Sequence[str],
    cwd: str,
    hear: Callable[[str], None],
    extra_env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> CommandOutput:
    """Run a program and pass on each line of its standard error as it comes, without credentials.

    What it writes to standard output is lost. Cut short, it is asked to end, and killed with all it
    started where it does not. Raises OutsideError where it can't be started, and where it has not
    ended after ``timeout`` seconds.
    """
    last: deque[str] = deque(maxlen=_LINES)
    process = started(
        command,
        cwd,
        environment(extra_env),
        (subprocess.DEVNULL, subprocess.DEVNULL),
        leads=True,
    )
    late = threading.Event()
    with process, _ended_after(timeout, process, late):
        try:
            for raw in process.stderr or ():
                line = redacted(raw.decode("utf-8", "replace").rstrip("\r\n"))
                last.append(line)
                hear(line)
            process.wait()
        except BaseException:
            _end(process)
            raise
    if late.is_set():
        raise OutsideError(f"`{' '.join(command[:2])}` did not end in {timeout:g} s")
    return CommandOutput(process.returncode, tuple(last))


@contextlib.contextmanager
def _ended_after(
    timeout: float | None, process: "subprocess.Popen[bytes]", late: threading.Event
) -> Iterator[None]:
    """End a program that leads a session where a block takes too long, and tell that it did."""

    def end() -> None:
        late.set()
        end_group(process)

    timer = threading.Timer(timeout or 0, end)
    if timeout:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program that leads a session, with all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE)
        os.killpg(process.pid, signal.SIGKILL)


def wait_for_end(
    process: "subprocess.Popen[bytes]", data: bytes | None, timeout: float | None
) -> tuple[bytes, bytes]:
    """Wait for a program's end and return both its streams; when that is cut short, end it.

    With a ``timeout`` in seconds the program must lead a session of its own: then the programs it
    started end with it, and none of them finds a terminal to prompt on. Called in the
    `interrupts_held` block that the program was started in. Raises TimeoutExpired.
    """
    with process:
        try:
            with let_through():
                return process.communicate(data, timeout)
        except BaseException:
            if timeout is None:
                process.kill()
            else:
                end_group(process)
            raise


def start_group(
    command: Sequence[str], cwd: str, env: Mapping[str, str], output: int
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, with nothing to read and both streams in a file.

    ``env`` is all of its environment. Raises OutsideError where it can't be started. Give it to
    `end_group` in the end.
    """
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise not_started(command, cwd, error) from error


def has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a program has ended. The system still knows it, so that its number stays its own."""
    if process.returncode is not None:
        return True
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG
    return os.waitid(os.P_PID, process.pid, options) is not None


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a program that leads a session, and all that it left running: asked first, then killed.

    Asked, git removes its lock files.
    """
    try:
        if not has_ended(process):
            _signal(process, signal.SIGTERM)
            end = time.monotonic() + _GRACE
            while not has_ended(process) and time.monotonic() < end:
                time.sleep(_STEP)
    finally:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
