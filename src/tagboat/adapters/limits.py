"""Limits of time and memory for what a repository brings along: patterns and templates.

Both can take for ever, or all memory there is. All patterns and templates of a run have one time
together, in whatever process; who runs tagboat may change it in the environment, no repository can.
Patterns are matched in this process, where an alarm ends them. Templates are rendered in a child,
which is killed: a multiplication of long numbers would let no alarm through.
"""

import mmap
import os
import resource
import signal
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, NoReturn

from tagboat.adapters.process import fork
from tagboat.core.errors import TagboatError, UsageError

if TYPE_CHECKING:
    from tagboat.core.changelog.changelog import ReleaseNotes
    from tagboat.ports.publishing import Renderer

SECONDS, MEGABYTES = "TAGBOAT_PREVIEW_SECONDS", "TAGBOAT_PREVIEW_MEGABYTES"
_ROOM = 256 << 20
"""How many bytes a template may take at least, however much this process has already."""
_MOST_TEXT = 64 << 20
"""How many bytes all texts of a template have at most."""
_HEAD = struct.Struct(">cQ")
_LEFT = struct.Struct("d")
_LIGHTER = f"make it simpler, or give it more memory with {MEGABYTES}"
_TEXT, _FAULT, _YES, _NO = b"t", b"f", b"y", b"n"


class Limits(NamedTuple):
    """The time in seconds and the memory in megabytes of what a repository brings along."""

    seconds: float = 20
    megabytes: float = 900

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Limits":
        """The limits that an environment asks for. Raises UsageError for what is no number."""
        default = cls()
        return cls(
            _positive(environment, SECONDS, default.seconds),
            _positive(environment, MEGABYTES, default.megabytes),
        )


class TimeBudget:
    """The time that is left for patterns and templates, shared with processes that are forked."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._shared = mmap.mmap(-1, _LEFT.size)
        _LEFT.pack_into(self._shared, 0, limits.seconds)

    @property
    def left(self) -> float:
        """Seconds that are left, never less than none."""
        found: float = _LEFT.unpack_from(self._shared)[0]
        return max(found, 0.0)

    def spend(self, seconds: float) -> None:
        """Take time from what is left."""
        _LEFT.pack_into(self._shared, 0, self.left - seconds)

    def late(self, what: str) -> UsageError:
        """The error for what took too long."""
        return UsageError(
            f"{what}: not done within {self.limits.seconds:g} s",
            f"make it simpler, or give it more time with {SECONDS}",
        )

    @contextmanager
    def within(self, what: str) -> Iterator[None]:
        """Let a block match patterns; what takes too long raises UsageError.

        Alarms reach the main thread alone: in any other one it is for the caller to set limits.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ring(_number: int, _frame: object) -> NoReturn:
            raise self.late(what)

        before = signal.signal(signal.SIGALRM, ring)
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, max(self.left, 1e-6))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            self.spend(time.monotonic() - start)


class LimitedRenderer:
    """A `tagboat.ports.publishing.Renderer` in a child of its own, made when it is first asked.

    ``what`` names the template, and patterns that it is rendered with.
    """

    def __init__(self, make: "Callable[[], Renderer]", what: str, budget: TimeBudget) -> None:
        self._make = make
        self._what = what
        self._budget = budget
        self._child: _Child | None = None

    @property
    def needs_newcomers(self) -> bool:
        """Whether it asks for first-time contributors."""
        return self._asked("needs_newcomers") == "True"

    @property
    def layout(self) -> str:
        """The shipped template that is used, empty for a repository's own."""
        return self._asked("layout")

    @property
    def is_document(self) -> bool:
        """Whether nothing can be added to what it writes."""
        return self._asked("is_document") == "True"

    def notes(self, release: "ReleaseNotes") -> str:
        """One release. Raises UsageError where a template is wrong, or takes too much."""
        return self._asked("notes", release)

    def header(self) -> str:
        """What stands before the first release of a document."""
        return self._asked("header")

    def assembled(self, notes: Iterable[str]) -> Iterator[str]:
        """A whole document, in pieces, from what `notes` gave for each release."""
        # The parts around the releases are the same whatever stands in them.
        header, separator, footer = self._asked("parts").split("\0")
        yield header
        between = ""
        for text in notes:
            yield between + text
            between = separator
        yield footer

    def _asked(self, word: str, release: "ReleaseNotes | None" = None) -> str:
        """What the child answers; it is that of this process, and not of the one that forked it."""
        if self._child is None or self._child.owner != os.getpid():
            self._child = _Child(self._make, self._budget.limits)
        start = time.monotonic()
        try:
            kind, text = self._child.asked((word, release), self._budget.left)
        finally:
            self._budget.spend(time.monotonic() - start)
        if kind == _TEXT:
            return text
        if kind == _FAULT:
            message, _, hint = text.partition("\0")
            raise UsageError(message, hint)
        self._child = None
        if kind == _NO:
            raise self._budget.late(self._what)
        raise UsageError(
            f"{self._what}: it took more than {self._budget.limits.megabytes:g} MB",
            _LIGHTER,
        )


class _Child:
    """A forked process that renders, within limits of its own, until nobody asks any more."""

    def __init__(self, make: "Callable[[], Renderer]", limits: Limits) -> None:
        self.owner = 0
        questions, answers = os.pipe(), os.pipe()
        self._process = fork()
        if not self._process:
            _serve(make, limits, (questions, answers))
        os.close(questions[0])
        os.close(answers[1])
        self._ask = open(questions[1], "wb")  # noqa: SIM115 - as long as the child
        self._answers = answers[0]
        self._length = 0
        self.owner = os.getpid()

    def __del__(self) -> None:
        """Let the child end, which reads until nobody can ask any more."""
        if self.owner == os.getpid():
            self._ask.close()
            os.close(self._answers)
            with suppress(ChildProcessError):
                os.waitpid(self._process, 0)

    def asked(self, question: object, seconds: float) -> tuple[bytes, str]:
        """What the child answers within some time: a kind, and a text.

        The kind is ``n`` where it was too slow, ``y`` where it took too much.
        """
        import copyreg
        import pickle

        copyreg.pickle(MappingProxyType, _taken_apart)
        end = time.monotonic() + seconds
        with suppress(BrokenPipeError):
            pickle.dump(question, self._ask)
            self._ask.flush()
        head = self._read(_HEAD.size, end)
        if len(head) == _HEAD.size:
            kind, size = _HEAD.unpack(head)
            self._length += size
            text = self._read(size, end) if self._length <= _MOST_TEXT else b""
            if len(text) == size:
                return kind, text.decode("utf-8", "surrogatepass")
        return self._ended(end)

    def _ended(self, end: float) -> tuple[bytes, str]:
        """End the child; whether that is because it was too slow, or because it took too much."""
        is_late = time.monotonic() >= end
        os.kill(self._process, signal.SIGKILL)
        _, status = os.waitpid(self._process, 0)
        is_late = is_late or os.waitstatus_to_exitcode(status) == -signal.SIGXCPU
        return (_NO if is_late else _YES), ""

    def _read(self, size: int, end: float) -> bytes:
        """So many bytes; fewer where the time or the answer ends before."""
        import select

        data = bytearray()
        while len(data) < size:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                break
            block = os.read(self._answers, min(size - len(data), 1 << 20))
            if not block:
                break
            data += block
        return bytes(data)


def _serve(
    make: "Callable[[], Renderer]",
    limits: Limits,
    pipes: tuple[tuple[int, int], tuple[int, int]],
) -> NoReturn:
    """Answer questions until there are none; whatever happens, don't go on as the whole program."""
    (questions, ask), (answers, answer) = pipes
    try:
        os.close(ask)
        os.close(answers)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        _limit(limits)
        with open(questions, "rb") as asked, open(answer, "wb") as said:
            _answer_all(make, asked, said)
    finally:
        os._exit(0)


def _limit(limits: Limits) -> None:
    """Limit what this process may take from now on."""
    with open("/proc/self/statm", "rb") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    room = max(int(limits.megabytes * 1e6), taken + _ROOM)
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    seconds = int(time.process_time() + limits.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer_all(make: "Callable[[], Renderer]", asked: BinaryIO, said: BinaryIO) -> None:
    import pickle

    renderer: Renderer | None = None
    with suppress(EOFError):
        while True:
            word, release = pickle.load(asked)  # noqa: S301 - our own parent wrote it
            try:
                renderer = renderer or make()
                kind, text = _TEXT, _answered(renderer, word, release)
            except TagboatError as error:
                hint = _LIGHTER if isinstance(error.__cause__, MemoryError) else error.hint
                kind, text = _FAULT, f"{error.message}\0{hint}"
            data = text.encode("utf-8", "surrogatepass")
            said.write(_HEAD.pack(kind, len(data)) + data)
            said.flush()


def _answered(renderer: "Renderer", word: str, release: "ReleaseNotes | None") -> str:
    """What a renderer says to one question."""
    if word == "notes" and release is not None:
        return renderer.notes(release)
    if word == "parts":
        header, first, second, footer = renderer.assembled(("", ""))
        return "\0".join((header, second.removeprefix(first), footer))
    return renderer.header() if word == "header" else str(getattr(renderer, word))


def _taken_apart(
    mapping: MappingProxyType[Any, Any],
) -> tuple[Callable[..., MappingProxyType[Any, Any]], tuple[Any, ...]]:
    """How to make a mapping that can't be changed, which pickle does not know itself."""
    return _put_together, (dict(mapping),)


def _put_together(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


def _positive(environment: Mapping[str, str], name: str, default: float) -> float:
    """A number above zero from an environment."""
    text = environment.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = 0
    if not 0 < number < 1 << 30:
        raise UsageError(f"{name} is no number above zero: {text!r}")
    return number
