"""The one process runner: every program tagboat starts goes through here.

Programs get the C locale and an environment without the variables that would make git look at
another repository than the one asked for; they never prompt and never start a pager. What they say
is kept free of credentials.
"""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, NamedTuple, Self

from tagboat.adapters.interrupts import held, let_through
from tagboat.core.errors import OutsideError

_BLOCK = 1 << 16
_AHEAD = 1 << 20
"""How many bytes a streamed program may be ahead of its reader: all that Linux lets anybody."""
_WORDS = 1 << 16
"""How many bytes are kept of what a streamed program says on standard error."""
_LINES = 500
"""How many lines are kept of a program that is listened to."""
_GRACE = 10.0
"""How many seconds a program that is cut short has to end by itself."""
_STEP = 0.02

_READ = (subprocess.DEVNULL, subprocess.PIPE)
_FED = (subprocess.PIPE, subprocess.PIPE)

# Settings a person or a CI system passes on purpose; every other GIT_* variable is dropped, because
# it redirects git (GIT_DIR, GIT_INDEX_FILE, GIT_NAMESPACE, ...) or changes what it prints.
_KEPT = (
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_VALUE_",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
)
# SSH_ASKPASS opens a window; GIT_ASKPASS stays, it is how CI systems hand credentials over.
_DROPPED = ("LANGUAGE", "SSH_ASKPASS")
_SET = {
    "LC_ALL": "C",
    "GIT_FLUSH": "0",  # into a pipe, git would write each commit on its own
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS_REQUIRE": "never",
}

_CREDENTIALS = re.compile(r"(?<=://)[^\s/'\"]*@")
_TOKEN = re.compile(r"((?:token|password|secret)=)[^\s&'\"]+", re.IGNORECASE)
_HEADER = re.compile(r"(authorization: *(?:\w+ +)?)[^\s'\"]+", re.IGNORECASE)
_SECRET_NAME = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY", re.IGNORECASE)
_SHORTEST = 8
"""How many characters a secret has at least: shorter ones are words of every text."""
_ADVICE = re.compile(r"hint:|Please make sure you have the correct|and the repository exists\.")


class ProgramError(OutsideError):
    """A program ended with an error. ``code`` is its exit status, ``stderr`` what it said."""

    def __init__(self, command: Sequence[str], code: int, stderr: str) -> None:
        said = summary(stderr) or f"it ended with status {code} and said nothing"
        super().__init__(f"`{' '.join(command[:2])}` failed: {said}")
        self.code = code
        self.stderr = redacted(stderr)


def redacted(text: str) -> str:
    """A text without credentials: those of web addresses and headers, tokens in the environment."""
    clean = _HEADER.sub(r"\1***", _TOKEN.sub(r"\1***", _CREDENTIALS.sub("***@", text)))
    return without(clean, (os.environ[name] for name in os.environ if _SECRET_NAME.search(name)))


def without(text: str, secrets: Iterable[str]) -> str:
    """A text in which asterisks stand for some secrets, unless these are too short to be one."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, "***")
    return text


def summary(stderr: str) -> str:
    """What a program said on standard error as one line, without git's general advice."""
    lines = (line.strip() for line in redacted(stderr).splitlines())
    told = [line for line in lines if line and not _ADVICE.match(line)]
    return "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in told)


def leaked() -> list[str]:
    """The names of the variables of this process that no program may see."""
    return [
        name
        for name in os.environ
        if name in _DROPPED or (name.startswith("GIT_") and not name.startswith(_KEPT))
    ]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment programs run in."""
    hidden = leaked()
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | _SET | dict(extra or {})


class Process:
    """A started program whose output is read as it comes; leaving its ``with`` block ends it."""

    def __init__(
        self, command: Sequence[str], cwd: str, extra_env: Mapping[str, str] | None = None
    ) -> None:
        self.command = command
        self._popen = _start(command, cwd, environment(extra_env), _READ)

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

    def begun(self) -> Callable[[], bytes]:
        """Read along in a thread, so that the program need not wait; what is returned does.

        It gives all of standard output, and raises ProgramError.
        """
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.extend(self._popen.communicate()))
        reader.start()

        def output() -> bytes:
            reader.join()
            written, errors = read
            self._check(errors)
            return written

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
    with held():
        process = _start(command, cwd, environment(extra_env), _FED, leads=timeout is not None)
        try:
            output, errors = finish(process, data, timeout)
        except subprocess.TimeoutExpired as error:
            raise OutsideError(f"`{' '.join(command[:2])}` did not end in {timeout:g} s") from error
    if process.returncode:
        raise ProgramError(command, process.returncode, errors.decode("utf-8", "replace"))
    return output


class Heard(NamedTuple):
    """How a program that was listened to ended: its status, and the last lines it said."""

    code: int
    lines: tuple[str, ...]


def listen(
    command: Sequence[str],
    cwd: str,
    hear: Callable[[str], None],
    extra_env: Mapping[str, str] | None = None,
) -> Heard:
    """Run a program and pass on each line of its standard error as it comes, without credentials.

    What it writes to standard output is lost. Cut short, it is asked to end, and killed with all it
    started where it does not. Raises OutsideError where it can't be started.
    """
    last: deque[str] = deque(maxlen=_LINES)
    process = _start(
        command,
        cwd,
        environment(extra_env),
        (subprocess.DEVNULL, subprocess.DEVNULL),
        leads=True,
    )
    with process:
        try:
            for raw in process.stderr or ():
                line = redacted(raw.decode("utf-8", "replace").rstrip("\r\n"))
                last.append(line)
                hear(line)
            process.wait()
        except BaseException:
            _end(process)
            raise
    return Heard(process.returncode, tuple(last))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program that leads a session, with all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE)
        os.killpg(process.pid, signal.SIGKILL)


def finish(
    process: "subprocess.Popen[bytes]", data: bytes | None, timeout: float | None
) -> tuple[bytes, bytes]:
    """Wait for a program's end and return both its streams; when that is cut short, end it.

    With a ``timeout`` in seconds the program must lead a session of its own: then the programs it
    started end with it, and none of them finds a terminal to prompt on. Called in the `held` block
    that the program was started in. Raises TimeoutExpired.
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
        raise _not_started(command, cwd, error) from error


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


def _start(
    command: Sequence[str],
    cwd: str,
    env: dict[str, str],
    streams: tuple[int, int],
    *,
    leads: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start a program; ``streams`` are its standard input and output, its errors are captured."""
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=streams[0],
            stdout=streams[1],
            stderr=subprocess.PIPE,
            start_new_session=leads,
        )
    except OSError as error:
        raise _not_started(command, cwd, error) from error


def _let_ahead(pipe: IO[bytes]) -> None:
    """Make a pipe hold more than usual: not on every system, nor for who has many of them."""
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _AHEAD)


def _not_started(command: Sequence[str], cwd: str, error: OSError) -> OutsideError:
    """The error for a program, or a folder to run it in, that can't be used."""
    if not os.path.isdir(cwd):
        return OutsideError(f"there is no folder {cwd!r}")
    if isinstance(error, FileNotFoundError):
        return OutsideError(
            f"{command[0]} is not installed or not on PATH", f"install {command[0]}"
        )
    return OutsideError(f"{command[0]} can't be started in {cwd!r}: {error.strerror}")
