"""Programs whose output is read while they run."""

import contextlib
import fcntl
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from tagboat.adapters.process.starting import ProgramError, environment, started

if TYPE_CHECKING:
    from queue import SimpleQueue

_BLOCK = 1 << 16
_AHEAD = 1 << 20
"""How many bytes a streamed program may be ahead of its reader: all that Linux lets anybody."""
_WORDS = 1 << 16
"""How many bytes are kept of what a streamed program says on standard error."""
_READ = (subprocess.DEVNULL, subprocess.PIPE)


class Process:
    """A started program whose output is read as it comes; leaving its ``with`` block ends it."""

    def __init__(
        self, command: Sequence[str], cwd: str, extra_env: Mapping[str, str] | None = None
    ) -> None:
        self.command = command
        self._popen = started(command, cwd, environment(extra_env), _READ)

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
