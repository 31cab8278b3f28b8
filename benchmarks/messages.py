"""Commit messages as projects write them: Conventional Commits with scopes, bodies and footers.

The texts come from a seeded generator whose only source is `random.Random.random`, the one method
that Python promises to keep stable from version to version.
"""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

_T = TypeVar("_T")

_FIRST_NAMES: Final = ("Ada", "Bruno", "Chen", "Dilan", "Émile", "Fatima", "Göran", "Hana")
_LAST_NAMES: Final = ("Lopez", "Müller", "Nakamura", "Okafor", "Petrov")
AUTHORS: Final = tuple(
    f"{_FIRST_NAMES[number % 8]} {_LAST_NAMES[number % 5]} <dev{number}@example.com>"
    for number in range(40)
)
_TYPES: Final = (
    ("fix",) * 7
    + ("feat",) * 4
    + ("chore",) * 3
    + ("docs", "docs", "refactor", "refactor", "test", "ci", "perf", "build")
)
_SCOPES: Final = ("api", "cli", "core", "auth", "parser", "http", "db", "ui", "deps", "release")
_VERBS: Final = ("add", "accept", "handle", "move", "rename", "drop", "speed up", "document")
_WHATS: Final = (
    "retries for failed uploads",
    "the session cookie's lifetime",
    "empty lists in responses",
    "a timeout for slow mirrors",
    "paths with spaces",
    "naïve dates in exports",
    "the connection pool's limits",
    "中文标题 in menus",
    "configuration from the environment",
    "duplicate keys in headers",
)
_BODIES: Final = (
    """\
The old behaviour kept a lock for as long as the request ran, which made
every other worker wait. The lock now covers the write alone.""",
    """\
Reported by several users whose proxies close idle connections early.

- covers both transports
- keeps the public signature as it was""",
    "This prepares the next step and changes nothing that callers can see.",
)
BREAKING_NOTE: Final = "BREAKING CHANGE: the default changed; pass the old value to keep it."


class Message(NamedTuple):
    """A commit's whole text, and what it asks of the version: 0 patch, 1 minor, 2 major."""

    text: str
    bump: int


class Messages:
    """An endless, repeatable supply of messages. Equal seeds give equal sequences."""

    def __init__(self, seed: str) -> None:
        """Start the sequence that belongs to `seed`."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable texts, not secrets
        self._count = 0

    def pick(self, options: Sequence[_T]) -> _T:
        """Return one of `options`, each equally likely."""
        return options[int(self._random.random() * len(options))]

    def conventional(self, *, breaking: bool = False, kind: str | None = None) -> Message:
        """Return the next message, of type `kind` where given, with a breaking note if asked."""
        self._count += 1
        kind = kind or self.pick(_TYPES)
        scope = f"({self.pick(_SCOPES)})" if self._chance(0.6) else ""
        mark = "!" if breaking and self._chance(0.5) else ""
        number = f" (#{self._count})" if self._chance(0.7) else ""
        header = f"{kind}{scope}{mark}: {self.pick(_VERBS)} {self.pick(_WHATS)}{number}"
        parts = [header, *self._body(), *self._footers(breaking=breaking)]
        return Message("\n\n".join(parts) + "\n", 2 if breaking else int(kind == "feat"))

    def merge(self, title: str) -> str:
        """Return a forge's merge message for a branch whose first line is `title`."""
        self._count += 1
        head = f"Merge pull request #{self._count} from acme/topic-{self._count}"
        return f"{head}\n\n{title}\n"

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _body(self) -> list[str]:
        return [self.pick(_BODIES)] if self._chance(0.4) else []

    def _footers(self, *, breaking: bool) -> list[str]:
        lines = [BREAKING_NOTE] if breaking else []
        if self._chance(0.2):
            lines.append(f"Closes #{self._count // 2 + 1}")
        if self._chance(0.15):
            lines.append(f"Co-authored-by: {self.pick(AUTHORS)}")
        return ["\n".join(lines)] if lines else []
