"""How a program is started, what is wrong where it can't be or where it fails, and interrupts.

What programs say is told without credentials. A run that is interrupted (SIGINT, SIGTERM, SIGHUP)
ends the programs it started and removes what it made for itself. That takes two things: no
interrupt between making something and remembering it, and none while tidying up. Signals are
handled in the main thread, so other threads neither hold them back nor get them. An interrupt that
is lost comes again: msgspec takes any error for a no as it looks for a type, and Python 3.11 makes
a RuntimeError of one that comes while a class is made.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from types import FrameType
from typing import TYPE_CHECKING

from tagboat.core.errors import OutsideError

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# Few runs need these: left as text, they are compiled for the first that does.
_CREDENTIALS = r"(?<=://)[^\s/'\"]*@"
_PARAMETER = r"(?i)((?:token|password|secret)=)[^\s&'\"]+"
_HEADER = r"(?i)(authorization: *(?:\w+ +)?)[^\s'\"]+"
_VARIABLE = r"(?i)TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY"
_OPENING = (
    r"(?i)^(?:http\b.*\.(?:extraheader|cookiefile|sslkey|proxy.*)|credential\b.*"
    r"|include(?:if)?\b.*)$"
)
_LOGIN = r"(\w://)[^\s/@]*@"
_SHORTEST = 8
"""How many characters what may be a secret has at least: shorter ones are words of every text."""
_SHORTEST_KNOWN = 4
"""How many one has that surely is: still shorter ones stay, as in the logs of CI."""
_FOR_ADDRESSES = str.maketrans("+/", "-_")
_ADVICE = r"hint:|Please make sure you have the correct|and the repository exists\."
_ADVICE_ON_LOCKS = "\nAnother git process seems to be running in this repository"


def redacted(text: str, known: Iterable[str] = ()) -> str:
    """A text without credentials: those of web addresses and headers, tokens in the environment.

    Nor does it hold the ``known`` ones, of which a longer one may have a shorter one in it.
    """
    spelled = [spelling for secret in known for spelling in spellings(secret)]
    for spelling in sorted(spelled, key=len, reverse=True):
        if len(spelling) >= _SHORTEST_KNOWN:
            text = text.replace(spelling, "***")
    text = re.sub(_CREDENTIALS, "***@", text)
    for pattern in (_PARAMETER, _HEADER):
        text = re.sub(pattern, r"\1***", text)
    secrets = (value for name, value in os.environ.items() if re.search(_VARIABLE, name))
    return without(text, secrets)


def without(text: str, secrets: Iterable[str]) -> str:
    """A text in which asterisks stand for some secrets, unless these are too short to be one."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            for spelling in spellings(secret):
                text = text.replace(spelling, "***")
    return text


def opens_remote(key: str, value: str) -> bool:
    """Whether a setting of git holds what opens a remote: a header, a cookie, a login."""
    return any((re.search(_OPENING, key), re.search(_LOGIN, key), re.search(_LOGIN, value)))


def without_login(text: str) -> str:
    """A text without what stands before the host of an address in it."""
    return re.sub(_LOGIN, r"\1", text)


@cache
def spellings(secret: str) -> tuple[str, ...]:
    """A secret as it is, and as what is encoded around it spells it.

    That is base64 with something before it (RFC 4648, 4 and 5: the characters that it alone
    decides), hexadecimal digits and percent-encoding.
    """
    from base64 import b64encode
    from urllib.parse import quote

    data = secret.encode("utf-8", "surrogateescape")
    found = [secret, data.hex(), data.hex().upper(), quote(data, safe="")]
    for before in range(3):
        encoded = b64encode(bytes(before) + data).decode()
        own = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        found += [own, own.translate(_FOR_ADDRESSES)]
    return tuple(dict.fromkeys(found))


def summary(stderr: str) -> str:
    """What a program said on standard error as one line, without git's general advice."""
    said = redacted(stderr).partition(_ADVICE_ON_LOCKS)[0]
    lines = (line.strip() for line in said.splitlines())
    told = [line for line in lines if line and not re.match(_ADVICE, line)]
    return "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in told)


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


class ProgramError(OutsideError):
    """A program ended with an error. ``code`` is its exit status, ``stderr`` what it said."""

    def __init__(self, command: Sequence[str], code: int, stderr: str) -> None:
        said = summary(stderr) or f"it ended with status {code} and said nothing"
        super().__init__(f"`{' '.join(command[:2])}` failed: {said}")
        self.code = code
        self.stderr = redacted(stderr)


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


def started(
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
        raise not_started(command, cwd, error) from error


def not_started(command: Sequence[str], cwd: str, error: OSError) -> OutsideError:
    """The error for a program, or a folder to run it in, that can't be used."""
    if not os.path.isdir(cwd):
        return OutsideError(f"there is no folder {cwd!r}")
    if isinstance(error, FileNotFoundError):
        return OutsideError(
            f"{command[0]} is not installed or not on PATH", f"install {command[0]}"
        )
    return OutsideError(f"{command[0]} can't be started in {cwd!r}: {error.strerror}")


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MOMENT = 0.02
"""After how many seconds an interrupt comes again that came to nothing."""


class _Gate:
    """How many blocks hold interrupts back, whether one waits, and whether one was raised.

    One that was raised is on its way until the run is ``over``. A library may take it for a fault
    of its own and go on: then it is raised again.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.number = 0
        self.is_raised = False
        self.over = threading.Event()
        self._has_one = False
        self._sending = threading.Lock()

    def reset(self) -> None:
        """Wait for a first interrupt."""
        self._has_one = self.is_raised = False
        self.over = threading.Event()

    def end(self) -> None:
        """Let no interrupt be raised any more."""
        with self._sending:
            self.over.set()
        self.is_raised = False

    def take(self, number: int) -> None:
        """Take an interrupt that came: the first one waits, a later one asks for a lost one."""
        if not self.is_raised and not self.over.is_set():
            self._has_one, self.number = True, number
        self.raise_due()

    def raise_due(self) -> None:
        """Raise KeyboardInterrupt where one waits or is lost, and nothing holds it back."""
        if self.depth or not (self._has_one or self._is_lost()):
            return
        if not self.is_raised:
            # A signal may come amidst `threading`, whose locks one can't take a second time.
            # Without a thread more, it comes again with the next block or signal.
            with suppress(RuntimeError):
                start_new_thread(self._send_again, (self.over, self.number))
        self.is_raised, self._has_one = True, False
        raise KeyboardInterrupt

    def _is_lost(self) -> bool:
        """Whether one was raised that nobody handles now, which whoever tidies up does."""
        handled = sys.exception()
        return (
            self.is_raised
            and not self.over.is_set()
            and not _comes_of(handled, (KeyboardInterrupt, GeneratorExit))
        )

    def _send_again(self, over: threading.Event, number: int) -> None:
        """Let the main thread see again and again whether an interrupt is lost."""
        main = threading.main_thread().ident
        while main is not None and not over.wait(_MOMENT):
            with self._sending:
                if not over.is_set():
                    signal.pthread_kill(main, number)


_gate = _Gate()


def catch_interrupts() -> None:
    """Let the first of these signals raise KeyboardInterrupt, and later ones do nothing.

    It is raised again where it came to nothing, until `end_interrupts`. One that the caller had
    ignored, as a shell does in the background and nohup, stays ignored.
    """
    _gate.reset()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _taken)
    sys.unraisablehook = partial(_raised_nowhere, sys.unraisablehook)


def was_interrupted(error: BaseException | None = None) -> bool:
    """Whether an interrupt was raised, whatever became of it; or an error comes of one."""
    return _gate.is_raised or _comes_of(error, (KeyboardInterrupt,))


def end_interrupts() -> None:
    """Let no interrupt come from now on: the run ends, of one or of anything else."""
    _gate.end()


def fork() -> int:
    """Fork this process: 0 in the new one. An interrupt meanwhile leaves none behind."""
    process = -1
    try:
        with interrupts_held():
            process = os.fork()
    except KeyboardInterrupt:
        if not process:
            os._exit(1)
        if process > 0:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        raise
    return process


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let an interrupt wait until the end of the outermost of such blocks."""
    if not _is_main():
        yield
        return
    _gate.depth += 1
    try:
        yield
    finally:
        _gate.depth -= 1
        _gate.raise_due()


@contextmanager
def let_through() -> Iterator[None]:
    """Take interrupts inside the one block that holds them back; inside more, nothing changes."""
    if not _is_main():
        yield
        return
    depth = _gate.depth
    if depth == 1:
        _gate.depth = 0
    try:
        _gate.raise_due()
        yield
    finally:
        _gate.depth = depth


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _comes_of(error: BaseException | None, kinds: tuple[type[BaseException], ...]) -> bool:
    """Whether an error is of some kind, or came up while one of these was handled."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kinds):
            return True
        seen.add(id(error))
        error = error.__context__
    return False


def _taken(number: int, _frame: FrameType | None) -> None:
    _gate.take(number)


def _raised_nowhere(
    usual: "Callable[[UnraisableHookArgs], object]", told: "UnraisableHookArgs"
) -> None:
    """Say nothing of an interrupt that went nowhere, as where something is torn down."""
    if not issubclass(told.exc_type, KeyboardInterrupt):
        usual(told)
