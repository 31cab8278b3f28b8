"""The command line: the only code that prints, prompts or exits."""

import contextlib
import gc
import io
import os
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_kept: ContextVar[tuple[object, ...]] = ContextVar("kept", default=())


def main() -> None:
    """Run the command line and end the process.

    The interpreter's own tear-down of everything that was imported is skipped: it takes longer than
    a whole preview may. All output is flushed first.
    """
    # One short-lived process: looking for garbage costs more than it could ever free.
    gc.disable()
    try:
        from tagboat.adapters.process import catch_interrupts

        # A job that is cancelled gets SIGTERM, one whose terminal is closed SIGHUP: ended like
        # Ctrl-C, it ends the programs that it started and leaves no folder behind.
        catch_interrupts()
        code = answered(sys.argv[1:])
    except BaseException as error:  # noqa: BLE001 - all but an interrupt is raised again
        code = _interrupt_told(error)
    os._exit(code)


def _interrupt_told(error: BaseException) -> int:
    """Tell of an interrupt where nothing else can as yet; any other error is raised."""
    from tagboat.adapters.process import end_interrupts, was_interrupted

    if not was_interrupted(error):
        raise error
    end_interrupts()
    with contextlib.suppress(OSError):
        os.write(2, b"\ntagboat: error: interrupted\n")
    return 130


def answered(arguments: Sequence[str]) -> int:
    """Run a command line on the streams of this process; its exit code, all output flushed."""
    _open_closed_streams()
    _write_any_character()
    from tagboat.cli.run import run_command_line

    code = run_command_line(arguments)
    with contextlib.suppress(OSError):  # nobody is left to tell
        sys.stderr.flush()
    return code


def keep(thing: object) -> None:
    """Keep something until `main` ends the process, so that it is not torn down before either.

    What holds a whole history would be taken apart commit by commit.
    """
    _kept.set((*_kept.get(), thing))


def _open_closed_streams() -> None:
    """Let streams that the caller closed lead nowhere, as git does.

    Otherwise the next file or pipe would get their numbers.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: SIM115 - stays open


class _Answers(io.FileIO):
    """A stream whose reader may leave: what is written then is lost, and the work goes on.

    So the exit code is what it would be, and a release is not cut short by ``| head``. A reader
    that is slow is waited for, also where the pipe is one that does not block, as Node.js makes it.
    """

    losing: type[OSError] = BrokenPipeError

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write bytes; all of them are gone where they can't be written."""
        try:
            while (count := super().write(data)) is None:
                _wait_for_room(self.fileno())
        except self.losing:
            return memoryview(data).nbytes
        return count


class _Messages(_Answers):
    """A stream whose words are lost wherever they can't be written, as on a full disk.

    An answer is what was asked for, so that one is an error; nobody is left to tell of a message.
    """

    losing = OSError


def _wait_for_room(pipe: int) -> None:
    """Wait until a pipe that does not block takes more, or has no reader any longer."""
    import select

    room = select.poll()
    room.register(pipe, select.POLLOUT)
    room.poll()


def _write_any_character() -> None:
    """Let answers be UTF-8 in files and pipes; what a terminal's encoding lacks is an escape."""
    for name, encoding, kind in (("stdout", "utf-8", _Answers), ("stderr", None, _Messages)):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            is_terminal = stream.isatty()
            wanted = None if is_terminal else encoding
            stream.reconfigure(encoding=wanted, errors="backslashreplace")
            file = getattr(stream.buffer, "raw", stream.buffer)  # unbuffered it is the file itself
            if isinstance(file, io.FileIO) and (not is_terminal or kind is _Messages):
                setattr(sys, name, _piped(stream, kind))


def _piped(stream: io.TextIOWrapper, kind: type[_Answers]) -> io.TextIOWrapper:
    """A stream that writes where another one did."""
    keep(stream)  # it would close the file when it is gone
    by_line = stream.write_through or stream.line_buffering
    buffer = io.BufferedWriter(kind(stream.fileno(), "wb", closefd=False))
    return io.TextIOWrapper(buffer, stream.encoding, stream.errors, line_buffering=by_line)
