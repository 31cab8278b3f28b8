"""Where tagboat and the oracle are asked: a history in memory, or a repository of git."""

from typing import NamedTuple, Protocol

from tagboat.core.bump.assess import Ignore
from tagboat.core.commits.commit import Commit, RepositoryInfo
from tagboat.core.next_version.package import Package
from tagboat.ports.git import History
from tagboat.use_cases.next_version.repository_state import BaseFinder, Query
from tagboat.wiring.repository import Options, repository_adapters
from tests.fakes import MemoryHistory, MemoryRemote
from tests.oracle import history
from tests.oracle.script import BRANCH, Made, Script, written_out


class Bench(NamedTuple):
    """What tagboat's use cases are given."""

    history: History
    facts: RepositoryInfo
    package: Package
    finder: BaseFinder


class Asked(Protocol):
    """A history made from a script; ``ids`` are those of its nodes."""

    @property
    def ids(self) -> tuple[str, ...]: ...

    @property
    def head(self) -> str: ...

    def seen(self) -> history.History:
        """The history as the oracle reads it."""

    def adapters(self, channel: str, ignored: tuple[str, ...] = ()) -> Bench:
        """The history as tagboat reads it, asked for a channel, some commits left out."""


class InMemory:
    """A history without any repository."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.ids = tuple(written_out(script)[0])
        self.head = self.ids[script.head]

    def seen(self) -> history.History:
        return history.told(self._script)

    def adapters(self, channel: str, ignored: tuple[str, ...] = ()) -> Bench:
        made = remembered(self._script)
        package, place = _package(ignored), Query(channel=channel)
        finder = BaseFinder(made, MemoryRemote(None, made), package, place)
        return Bench(made, made.facts(), package, finder)


class InGit:
    """A repository on disk."""

    def __init__(self, made: Made) -> None:
        self.path = made.path
        self.ids = made.ids
        self.head = made.head

    def seen(self) -> history.History:
        return history.read(self.path)

    def adapters(self, channel: str, ignored: tuple[str, ...] = ()) -> Bench:
        adapters = repository_adapters(Options(str(self.path), channel=channel))
        adapters = adapters._replace(package=_package(ignored))
        return Bench(adapters.history, adapters.facts, adapters.package, adapters.finder())


def remembered(script: Script) -> MemoryHistory:
    """The history that a script tells, behind tagboat's own port."""
    ids, texts = written_out(script)
    made = MemoryHistory(BRANCH)
    for commit, text, node in zip(ids, texts, script.nodes, strict=True):
        parents = tuple(ids[parent] for parent in node.parents)
        made.commits[commit] = Commit(
            commit, parents, text.rstrip("\n"), node.time, "Ada Lovelace", "ada@example.org"
        )
    made.head = ids[script.head]
    for tag in script.tags:
        made.refs[tag.name] = ids[tag.node]
        made.made[tag.name] = script.nodes[tag.node].time
    return made


def _package(ignored: tuple[str, ...]) -> Package:
    package = Package()
    return package._replace(policy=package.policy._replace(ignore=Ignore(ids=ignored)))
