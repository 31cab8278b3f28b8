"""Programs that are run to their end or read while they run.

Where that is cut short they are ended with all they started.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, NamedTuple, Self

from tagboat.adapters.process.starting import (
    ProgramError,
    environment,
    interrupts_held,
    let_through,
    not_started,
    redacted,
    started,
)
from tagboat.core.errors import OutsideError

if TYPE_CHECKING:
    from queue import SimpleQueue

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
    try:
        return os.waitid(os.P_PID, process.pid, options) is not None
    except ChildProcessError:
        return True  # another thread waited for it, and is about to tell


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


_BLOCK = 1 << 16
_AHEAD = 1 << 20
"""How many bytes a streamed program may be ahead of its reader: all that Linux lets anybody."""
_WORDS = 1 << 16
"""How many bytes are kept of what a streamed program says on standard error."""
_READ = (subprocess.DEVNULL, subprocess.PIPE)


class Process:
    """A started program whose output is read as it comes; leaving its ``with`` block ends it."""

    _streams = _READ

    def __init__(
        self, command: Sequence[str], cwd: str, extra_env: Mapping[str, str] | None = None
    ) -> None:
        self.command = command
        self._popen = started(command, cwd, environment(extra_env), self._streams)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.__exit__(kind, error, traceback)

    def output(self) -> bytes:
        """Wait for the end and return all of standard output. Raises ProgramError."""
        output, errors = self._popen.communicate()
        self._check(errors)
        return output

    def result(self) -> tuple[int, bytes, str]:
        """Wait for the end and return the status, standard output and what was said."""
        output, errors = self._popen.communicate()
        return self._popen.returncode, output, errors.decode("utf-8", "replace")

    def blocks(self) -> Iterator[bytes]:
        """Standard output in blocks, in constant memory. Raises ProgramError at the end.

        Standard error is read along, so that a program with much to say there never waits.
        """
        errors = bytearray()
        listener = threading.Thread(target=self._listen, args=(errors,), daemon=True)
        listener.start()
        stdout = self._popen.stdout
        if stdout is not None:
            _let_ahead(stdout)
        # A program writes a few kilobytes at a time: whole blocks are gathered below Python.
        while stdout is not None and (block := stdout.read(_BLOCK)):
            yield block
        listener.join()
        self._popen.wait()
        self._check(bytes(errors))

    def begun(self) -> Iterator[bytes]:
        """`blocks`, read along in a thread from now on, so that the program need not wait.

        They are kept until they are asked for, however many there are.
        """
        from queue import SimpleQueue

        ready: SimpleQueue[bytes | Exception] = SimpleQueue()

        def read_along() -> None:
            try:
                with self:  # also where nobody ever asks for the blocks
                    for block in self.blocks():
                        ready.put(block)
                ready.put(b"")
            except Exception as error:  # noqa: BLE001 - whoever takes the blocks is to get it
                ready.put(error)

        reader = threading.Thread(target=read_along, daemon=True)
        reader.start()
        return self._arriving(ready, reader)

    def _arriving(
        self, ready: "SimpleQueue[bytes | Exception]", reader: threading.Thread
    ) -> Iterator[bytes]:
        with self:
            while block := ready.get():
                if isinstance(block, Exception):
                    raise block
                yield block
            reader.join()

    def _listen(self, errors: bytearray) -> None:
        """Read standard error to its end, and keep the beginning."""
        stderr = self._popen.stderr
        if stderr is None:
            return
        # The consumer may stop and close the stream in the middle of this.
        with contextlib.suppress(OSError, ValueError):
            while block := os.read(stderr.fileno(), _WORDS):
                errors += block[: _WORDS - len(errors)]

    def _check(self, errors: bytes) -> None:
        if self._popen.returncode:
            text = errors.decode("utf-8", "replace")
            raise ProgramError(self.command, self._popen.returncode, text)


class BatchProcess(Process):
    """A started program that answers questions one by one, as ``git cat-file --batch`` does.

    `end` it. What it says of errors is lost.
    """

    _streams = _FED

    def __init__(
        self, command: Sequence[str], cwd: str, extra_env: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(command, cwd, extra_env)
        threading.Thread(target=self._listen, args=(bytearray(),), daemon=True).start()

    def end(self) -> None:
        """End the program."""
        self.__exit__(None, None, None)

    def ask(self, line: bytes) -> bytes:
        """The first line of what it answers to one; empty where it has ended."""
        source, answers = self._popen.stdin, self._popen.stdout
        if source is None or answers is None:
            return b""
        with contextlib.suppress(BrokenPipeError):
            os.write(source.fileno(), line + b"\n")
        return answers.readline()

    def rest(self, count: int) -> bytes:
        """So many bytes of the answer that come next."""
        return self._popen.stdout.read(count) if self._popen.stdout is not None else b""


def stream(
    command: Sequence[str], cwd: str, extra_env: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """Run a program and pass its standard output on in blocks; a consumer that stops ends it.

    Raises ProgramError at the end where it fails, OutsideError where it can't be started.
    """
    with Process(command, cwd, extra_env) as process:
        yield from process.blocks()


def _let_ahead(pipe: IO[bytes]) -> None:
    """Make a pipe hold more than usual: not on every system, nor for who has many of them."""
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _AHEAD)
