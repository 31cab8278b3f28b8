"""Running a repository's commands in a work tree: in a group of their own, for a limited time.

What they say goes to a file without a name. Where one fails, its end is shown, and all of it is
kept in a file that only its owner may read. A forge's tokens are kept from them, whatever variable
they stand in, unless the configuration names that.
"""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TYPE_CHECKING, NamedTuple

from tagboat.adapters.process import (
    end_group,
    has_ended,
    interrupts_held,
    leaked,
    let_through,
    opens_remote,
    redacted,
    spellings,
    start_group,
)
from tagboat.core.errors import OutsideError
from tagboat.core.forge.kinds import TOKENS

if TYPE_CHECKING:
    import subprocess

    from tagboat.core.plan.command import Command
    from tagboat.ports.images import OnLine

_TOKENS = TOKENS | {"TAGBOAT_TOKEN"}
_VALUE = "GIT_CONFIG_VALUE_"
_SHORTEST = 8
"""Texts shorter than this are no secrets: they would be found everywhere."""
_SHOWN = 20
_END = 1 << 16
_BLOCK = 1 << 16
_STEP = 0.05


class TreeCommands:
    """Runs commands; ``hear`` gets each line that they say while they run.

    ``closed`` makes a block in which the repository they run in tells no credentials; ``secret``
    are variables that a command sees only where it names them, as it is with a forge's tokens.
    """

    def __init__(
        self,
        hear: "OnLine | None" = None,
        closed: Callable[[], AbstractContextManager[None]] = nullcontext,
        secret: Iterable[str] = (),
    ) -> None:
        self._hear = hear
        self._secret = frozenset(secret) | _TOKENS
        self._closed = closed

    def run(self, command: "Command", folder: str, variables: Mapping[str, str]) -> None:
        """Run a command in a folder to its end, with some variables more in its environment."""
        env = self._environment(command, folder, variables)
        with tempfile.TemporaryFile() as output:
            code, is_late = self._ended(command, folder, env, output)
            if is_late or code:
                raise _failure(command, output, _how(code, is_late))

    def succeeds(self, command: "Command", folder: str, variables: Mapping[str, str]) -> bool:
        """Run a command as `run` does, and say whether that went well."""
        env = self._environment(command, folder, variables)
        with tempfile.TemporaryFile() as output:
            return self._ended(command, folder, env, output) == (0, False)

    def _environment(
        self, command: "Command", folder: str, variables: Mapping[str, str]
    ) -> dict[str, str]:
        secrets = _Secrets.of(os.environ, self._secret)
        env = secrets.withheld(os.environ, command.tokens) | {"PWD": folder}
        return env | {**variables, **command.env}

    def _ended(
        self, command: "Command", folder: str, env: Mapping[str, str], output: IO[bytes]
    ) -> tuple[int, bool]:
        """Run a command to its end: its exit code, and whether its time ran out."""
        with interrupts_held(), self._closed():
            process = start_group(command.run, folder, env, output.fileno())
            try:
                with let_through():
                    is_late = self._wait(process, command, _LineReader(output, self._hear))
            finally:
                end_group(process)
        return process.returncode, is_late

    def _wait(
        self, process: "subprocess.Popen[bytes]", command: "Command", reader: "_LineReader"
    ) -> bool:
        """Wait for a command's end, and pass on what it says; whether its time ran out."""
        reader.say(f"$ {command}")
        end = time.monotonic() + command.timeout
        while not has_ended(process):
            if time.monotonic() > end:
                return True
            time.sleep(_STEP)
            reader.listen()
        reader.listen(is_last=True)
        return False


class _Secrets(NamedTuple):
    """The secrets that this process was given: the variables and their values."""

    names: frozenset[str]
    values: frozenset[str]

    @classmethod
    def of(cls, env: Mapping[str, str], names: frozenset[str]) -> "_Secrets":
        """Find them in an environment."""
        found = (env.get(name, "") for name in names)
        return cls(names, frozenset(value for value in found if len(value) >= _SHORTEST))

    def withheld(self, env: Mapping[str, str], named: Iterable[str]) -> dict[str, str]:
        """An environment without them, but for the variables that are named."""
        dropped = {*self.names, *leaked()}.difference(named)
        return {
            name: "" if _opens(name, env) else value
            for name, value in env.items()
            if name in named or (name not in dropped and not self._hold(value))
        }

    def _hold(self, text: str) -> bool:
        return any(spelling in text for value in self.values for spelling in spellings(value))


def _opens(name: str, env: Mapping[str, str]) -> bool:
    """Whether a variable is a setting of git's that opens a remote; an empty one opens none.

    https://git-scm.com/docs/git-config#ENVIRONMENT
    """
    key = env.get(name.replace(_VALUE, "GIT_CONFIG_KEY_"), "") if name.startswith(_VALUE) else ""
    return bool(key) and opens_remote(key, env[name])


class _LineReader:
    """Reads what a command says while it runs, and passes whole lines on."""

    def __init__(self, output: IO[bytes], hear: "OnLine | None") -> None:
        self._output = output
        self._hear = hear
        self._at = 0
        self._rest = b""

    def say(self, text: str) -> None:
        """Pass one line on."""
        if self._hear is not None:
            self._hear(redacted(text))

    def listen(self, *, is_last: bool = False) -> None:
        """Pass on what was said since the last time."""
        if self._hear is None:
            return
        # Read beside the file's own position, which the command writes at.
        while block := os.pread(self._output.fileno(), _BLOCK, self._at):
            self._at += len(block)
            *lines, self._rest = (self._rest + block).split(b"\n")
            for line in lines:
                self.say(_shown_text(line))
        if is_last and self._rest:
            self.say(_shown_text(self._rest))


def _how(code: int, is_late: bool) -> str:  # noqa: FBT001 - one of two ways to end
    """How a command ended, in words."""
    if is_late:
        return "did not end in time"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"


def _failure(command: "Command", output: IO[bytes], how: str) -> OutsideError:
    """The error for a command that failed, with the end of what it said; all of it is kept."""
    limit = f" ({command.timeout} s)" if "time" in how else ""
    size = output.seek(0, os.SEEK_END)
    if not size:
        return OutsideError(f"`{command}` {how}{limit} and said nothing")
    name = _kept(output)
    output.seek(max(0, size - _END))
    lines = redacted(_shown_text(output.read())).rstrip().split("\n")[-_SHOWN:]
    told = "\n".join(f"  | {line}" for line in lines)
    return OutsideError(f"`{command}` {how}{limit}:\n{told}", f"all it said is in {name}")


def _kept(output: IO[bytes]) -> str:
    """Write what a command said to a file that stays; its name."""
    output.seek(0)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="tagboat-", suffix=".log", delete=False
    ) as log:
        while lines := output.readlines(_BLOCK):
            log.write(redacted(_shown_text(b"".join(lines))))
    return log.name


def _shown_text(data: bytes) -> str:
    """Output as text; of a line that was written over again and again, what is seen at last."""
    lines = data.decode("utf-8", "replace").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
