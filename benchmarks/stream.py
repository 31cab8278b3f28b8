"""A made-up history as a `git fast-import` stream: see `git help fast-import`, "INPUT FORMAT"."""

from collections.abc import Mapping, Sequence
from typing import IO, Final

from benchmarks.messages import AUTHORS, Message, Messages

_FIRST_SECOND: Final = 1_400_000_000
_SPAN_SECONDS: Final = 300_000_000
_FILES: Final = tuple(f"part{number}.txt" for number in range(6))
_CONTENTS: Final = tuple(f"state {number}\n" for number in range(5))
_BREAKING_CHANGES: Final = 12
SIDE: Final = "refs/bench/side"


class Writer:
    """Writes commits and tags on a clock that only moves forward, over about ten years."""

    def __init__(self, out: IO[bytes], commits: int, folders: Sequence[str] = ("",)) -> None:
        """Write the contents that files will have; `commits` sets the clock's pace.

        Commits change a file of each of the folders in turn; they end in a slash.
        """
        self.written = 0
        self._out = out
        self._folders = folders
        self._step = max(1, _SPAN_SECONDS // commits)
        self._tags = 0
        for mark, content in enumerate(_CONTENTS, 1):
            out.write(b"blob\nmark :%d\n%s" % (mark, _data(content)))

    def commit(
        self, ref: str, message: str, *parents: int, more: Mapping[str, str] | None = None
    ) -> int:
        """Write one commit that changes one file, and `more` by their texts; return its mark."""
        self.written += 1
        mark = len(_CONTENTS) + self.written
        who = f"{AUTHORS[self.written % len(AUTHORS)]} {self._now()} +0000"
        lines = [f"commit {ref}", f"mark :{mark}", f"author {who}", f"committer {who}", ""]
        links = [f"merge :{parent}" for parent in parents]
        links[:1] = [f"from :{parent}" for parent in parents[:1]]
        tail = "\n".join([*links, self._change(), ""])
        files = [
            f"M 644 inline {path}\n".encode() + _data(text) for path, text in (more or {}).items()
        ]
        self._out.write("\n".join(lines).encode() + _data(message) + tail.encode())
        self._out.write(b"".join([*files, b"\n"]))
        return mark

    def _change(self) -> str:
        """The line that changes a file of the folder whose turn it is."""
        turn, folder = divmod(self.written, len(self._folders))
        file = self._folders[folder] + _FILES[turn % len(_FILES)]
        return f"M 644 :{1 + turn // len(_FILES) % len(_CONTENTS)} {file}"

    def tag(self, version: tuple[int, int, int], mark: int, prefix: str = "v") -> None:
        """Tag the commit `mark`: one tag in three is lightweight, the others are annotated."""
        self._tags += 1
        name = "{}{}.{}.{}".format(prefix, *version)
        if self._tags % 3 == 0:
            self._out.write(f"reset refs/tags/{name}\nfrom :{mark}\n\n".encode())
            return
        head = f"tag {name}\nfrom :{mark}\ntagger {AUTHORS[0]} {self._now()} +0000\n"
        self._out.write(head.encode() + _data(f"Release {name}\n"))

    def _now(self) -> int:
        return _FIRST_SECOND + self.written * self._step


class Line:
    """The main line: its last commits, what waits for a release, and the version it reached."""

    def __init__(self, writer: Writer, seed: str, commits: int) -> None:
        """Start before the first commit of a history of `commits` commits."""
        self.writer = writer
        self.texts = Messages(seed)
        self.tips: list[int] = []
        self.version = (1, 0, 0)
        self.previous = (0, 0, 0)
        self._breaking_every = max(50, commits // _BREAKING_CHANGES)
        self._messages = 0
        self._pending = 0
        self._unreleased = False

    def begin_unreleased(self) -> None:
        """From here on messages are the same at every size; none is breaking, one is a feature."""
        self.texts = Messages("unreleased")
        self._unreleased = True

    def message(self) -> Message:
        """Return the next conventional message and count what it asks of the version."""
        self._messages += 1
        breaking = not self._unreleased and self._messages % self._breaking_every == 0
        feature = self._unreleased and self._pending == 0
        message = self.texts.conventional(breaking=breaking, kind="feat" if feature else None)
        self._pending = max(self._pending, message.bump)
        return message

    def add(self, message: str, *merged: int) -> None:
        """Put a commit on the main line, merging `merged` in."""
        mark = self.writer.commit("refs/heads/main", message, *self.tips[-1:], *merged)
        self.tips = [*self.tips[-3:], mark]

    def side(self, message: str, *parents: int) -> int:
        """Put a commit beside the main line; return its mark."""
        return self.writer.commit(SIDE, message, *parents)

    def release(self, least: int = 0) -> None:
        """Tag the tip: the version follows from the messages since the last tag."""
        self.previous = self.version
        self.version = bumped(self.version, max(self._pending, least))
        self.writer.tag(self.version, self.tips[-1])
        self._pending = 0

    def next_version(self) -> str:
        """Return the version that the unreleased messages ask for."""
        return "{}.{}.{}".format(*bumped(self.version, self._pending))


def bumped(version: tuple[int, int, int], bump: int) -> tuple[int, int, int]:
    """Return `version` after a patch (0), minor (1) or major (2) bump."""
    major, minor, patch = version
    if bump == 0:
        return (major, minor, patch + 1)
    return (major, minor + 1, 0) if bump == 1 else (major + 1, 0, 0)


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%s\n" % (len(raw), raw)
