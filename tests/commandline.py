"""Runs the command line: in the test's own process, or the way a user does, in one of its own."""

import io
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import NamedTuple

from tagboat.cli import answered
from tests.environment import SOURCE
from tests.patience import patience

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_INTERRUPTED = 130
_LIBRARY = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib"))


class Result(NamedTuple):
    """What a run left: its exit code and both streams as text."""

    code: int
    stdout: str
    stderr: str


def tagboat(
    *args: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str | bytes = b""
) -> Result:
    """Run ``tagboat *args`` in ``cwd``; ``env`` is added to the test's own environment.

    It runs in this process, on streams, environment and folder of its own, and leaves nothing to
    the next run. What a process alone has is for :func:`tagboat_process`: a start, signals, a
    terminal, variables that the interpreter reads (``PYTHON*``, a locale), a limit of time, and
    running beside another.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("only one run at a time has this process: use tagboat_process")
    streams = [_stream(_bytes(stdin)), _stream(), _stream(errors="backslashreplace")]
    with _process_of_its_own(cwd, env or {}, streams, args):
        code = copy_context().run(_exit_code, args)
    if code == _INTERRUPTED:
        raise KeyboardInterrupt  # whoever runs the tests has interrupted them
    return Result(code, *map(_written, streams[1:]))


def tagboat_process(
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes = b"",
    starts: float = 6000,
) -> Result:
    """The same in a process of its own, ended after so many starts of the interpreter."""
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", *args],
        cwd=cwd,
        env=os.environ | dict(env or {}),
        input=_bytes(stdin),
        capture_output=True,
        check=False,
        timeout=patience(starts),
    )
    return Result(done.returncode, _text(done.stdout), _text(done.stderr))


def _exit_code(arguments: tuple[str, ...]) -> int:
    try:
        return answered(arguments)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)


@contextmanager
def _process_of_its_own(
    cwd: Path, env: Mapping[str, str], streams: list[io.TextIOWrapper], args: tuple[str, ...]
) -> Iterator[None]:
    """Let this process be to the block what a new one would be, and afterwards what it was."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(_signals_kept())
        stack.enter_context(_modules_kept())
        stack.enter_context(_environment(env))
        stack.enter_context(chdir(cwd))
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            stack.enter_context(_replaced(name, stream))
            stack.enter_context(_replaced(f"__{name}__", stream))
        stack.enter_context(_replaced("argv", ["tagboat", *args]))
        yield


@contextmanager
def _signals_kept() -> Iterator[None]:
    before = [signal.getsignal(number) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _modules_kept() -> Iterator[None]:
    """Find modules where a new process does, and forget those that are not installed."""
    known, finders = set(sys.modules), sys.meta_path[:]
    path = [str(SOURCE), *(entry for entry in sys.path if entry.startswith(_LIBRARY))]
    try:
        with _replaced("path", path):
            yield
    finally:
        sys.meta_path[:] = finders
        for name in sys.modules.keys() - known:
            if not _is_installed(name):
                del sys.modules[name]


def _is_installed(module: str) -> bool:
    spec = getattr(sys.modules[module], "__spec__", None)
    places = [spec.origin, *(spec.submodule_search_locations or ())] if spec is not None else []
    known = (*_LIBRARY, str(SOURCE), "built-in", "frozen")
    return all(place is None or place.startswith(known) for place in places) and bool(places)


@contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    """Add to the environment, and let nothing remember what stood there before."""
    before = dict(os.environ)
    os.environ.update(added)
    _forget_environment()
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)
        _forget_environment()


def _forget_environment() -> None:
    tempfile.tempdir = None
    time.tzset()


@contextmanager
def _replaced(name: str, value: object) -> Iterator[None]:
    """Let an attribute of `sys` be something else for a while."""
    before = getattr(sys, name)
    setattr(sys, name, value)
    try:
        yield
    finally:
        setattr(sys, name, before)


def _stream(data: bytes = b"", errors: str = "surrogateescape") -> io.TextIOWrapper:
    """A stream as a process has it in a UTF-8 locale, with ``data`` to read."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors=errors)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return _text(buffer.getvalue())


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
