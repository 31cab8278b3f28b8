"""What is measured: which contenders meet on which history, and for how many rounds."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from benchmarks import tools
from benchmarks.histories import Repository, Spec, build
from benchmarks.measure import Contender, Outcome, in_turn, own_peak
from benchmarks.releases import Range, prepared
from benchmarks.tools import TAGBOAT, Toolbox

FLOOR: Final = "git floor"
NAIVE: Final = "git tag --merged"
FIRST_RUN: Final = "tagboat, first run"
BARE_PYTHON: Final = "python -c pass"
OWN_VERSION: Final = "tagboat --version"
AGAIN: Final = "tagboat, nothing due"

SMALL: Final = 1_000
MEDIUM: Final = 10_000
LARGE: Final = 100_000
MILLION: Final = 1_000_000

_CHANGELOG_ROUNDS: Final = 7
_RELEASE_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One history, the version that is right there, and how each contender did."""

    spec: Spec
    graph: bool
    expected: str
    outcomes: Mapping[str, Outcome]

    @property
    def label(self) -> str:
        """The history in words."""
        return f"{self.spec.name}, commit-graph" if self.graph else self.spec.name


@dataclass(frozen=True, slots=True)
class Pair:
    """The same work on a small and on a large history, run in turn.

    The floors are there where git's own time is to be subtracted.
    """

    label: str
    small: Outcome
    large: Outcome
    small_floor: Outcome | None = None
    large_floor: Outcome | None = None


@dataclass(slots=True)
class Results:
    """Everything that one run of the benchmark measured.

    `own_peak` is the benchmark's own memory in bytes: no sample can show less.
    """

    next_version: list[Row] = field(default_factory=list)
    changelog: list[Row] = field(default_factory=list)
    independence: list[Pair] = field(default_factory=list)
    scaling: list[Pair] = field(default_factory=list)
    release: list[Row] = field(default_factory=list)
    start_up: Mapping[str, Outcome] = field(default_factory=dict)
    own_peak: int = 0


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: sizes in commits, rounds, and whether long comparisons are left out.

    `budget` is the time in seconds that one tool's rounds of one case may take together.
    """

    sizes: Sequence[int] = (SMALL, MEDIUM, LARGE)
    rounds: int = 15
    budget: float = 6.0
    quick: bool = False

    @property
    def full_sizes(self) -> list[int]:
        """The sizes at which every kind of history is measured."""
        return [size for size in self.sizes if size <= LARGE]


class Bench:
    """Runs the cases with installed tools, on histories kept under a cache folder."""

    def __init__(self, toolbox: Toolbox, cache: Path, extent: Extent) -> None:
        self._tools = toolbox
        self._extent = extent
        self._cache = cache / "histories"
        self._scratch = cache / "scratch"
        self._target = self._scratch / "CHANGELOG.md"
        self._cache.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(exist_ok=True)

    def run(self) -> Results:
        """Measure every case, from the cheapest to the dearest."""
        return Results(
            start_up=self._start_up(),
            independence=[] if self._extent.quick else self._independence(),
            next_version=self._next_version(),
            scaling=[] if self._extent.quick else self._scaling(),
            changelog=self._changelog(),
            release=[self._release(self._repository("linear", MEDIUM))],
            own_peak=own_peak(),
        )

    def _start_up(self) -> Mapping[str, Outcome]:
        own = (self._tools.program(TAGBOAT, "tagboat"), "--version")
        bare = (self._tools.program(TAGBOAT, "python"), "-c", "pass")
        contenders = [
            self._contender(OWN_VERSION, self._scratch, own),
            self._contender(BARE_PYTHON, self._scratch, bare),
        ]
        return self._in_turn("start-up", contenders, self._extent.rounds * 2)

    def _independence(self) -> list[Pair]:
        """Tagboat and the floor at the small and the large size, all four in one round."""
        small, large = self._repository("linear", SMALL), self._repository("linear", LARGE)
        return [self._independence_pair(small, large, graph=graph) for graph in (False, True)]

    def _independence_pair(self, small: Repository, large: Repository, *, graph: bool) -> Pair:
        command = self._tools.next_version()[TAGBOAT]
        contenders = []
        for name, repository in (("small", small), ("large", large)):
            path = repository.path(graph=graph)
            contenders.append(self._contender(name, path, command))
            contenders.append(self._contender(f"{name} floor", path, *tools.floor(repository.base)))
        label = "commit-graph" if graph else "no commit-graph"
        done = self._in_turn(f"independence, {label}", contenders, self._extent.rounds * 2)
        return Pair(label, done["small"], done["large"], done["small floor"], done["large floor"])

    def _next_version(self) -> list[Row]:
        sizes = self._extent.full_sizes
        specs = [("linear", size) for size in self._extent.sizes]
        specs += [("merges", size) for size in sizes]
        specs.append(("side", max(sizes)))
        return [
            self._next_version_row(self._repository(kind, size), graph=graph)
            for kind, size in specs
            for graph in ((False,) if self._extent.quick else (False, True))
        ]

    def _next_version_row(self, repository: Repository, *, graph: bool) -> Row:
        path = repository.path(graph=graph)
        contenders = [
            self._contender(name, path, command, limit=10.0)
            for name, command in self._tools.next_version().items()
        ]
        first = (tools.forget(), self._tools.next_version()[TAGBOAT])
        contenders.append(self._contender(FIRST_RUN, path, *first))
        contenders.append(self._contender(FLOOR, path, *tools.floor(repository.base)))
        contenders.append(self._contender(NAIVE, path, tools.naive()))
        row = Row(repository.spec, graph, repository.expected, {})
        outcomes = self._in_turn(f"version next, {row.label}", contenders, self._extent.rounds)
        return replace(row, outcomes=outcomes)

    def _scaling(self) -> list[Pair]:
        """The whole changelog at ten times the commits, both sizes in one round."""
        return [self._scaling_pair(kind) for kind in ("linear", "merges")]

    def _scaling_pair(self, kind: str) -> Pair:
        command = self._tools.changelog(str(self._target))[TAGBOAT]
        contenders = [
            self._changelog_contender(name, self._repository(kind, size).plain, command)
            for name, size in (("small", MEDIUM), ("large", LARGE))
        ]
        done = self._in_turn(
            f"changelog growth, {kind}", contenders, self._at_most(_CHANGELOG_ROUNDS)
        )
        return Pair(kind, done["small"], done["large"])

    def _changelog(self) -> list[Row]:
        limit = 10.0 if self._extent.quick else 120.0
        rows = [self._changelog_row("linear", size, limit) for size in self._extent.sizes]
        if not self._extent.quick:
            rows.append(self._changelog_row("merges", LARGE, limit=40.0))
        return rows

    def _changelog_row(self, kind: str, size: int, limit: float) -> Row:
        repository = self._repository(kind, size)
        contenders = [
            self._changelog_contender(name, repository.plain, command, limit)
            for name, command in self._tools.changelog(str(self._target)).items()
        ]
        row = Row(repository.spec, graph=False, expected=str(repository.spec.tags), outcomes={})
        outcomes = self._in_turn(
            f"changelog, {row.label}", contenders, self._at_most(_CHANGELOG_ROUNDS)
        )
        return replace(row, outcomes=outcomes)

    def _changelog_contender(
        self, name: str, path: Path, command: Sequence[str], limit: float = 60.0
    ) -> Contender:
        contender = self._contender(name, path, command, limit=limit)
        budget = self._extent.budget * 15  # the fastest peer takes ten seconds: all rounds are due
        return replace(contender, budget=budget, answer=lambda _: _take_sections(self._target))

    def _release(self, repository: Repository) -> Row:
        """A whole release by each tool, and our command once more where nothing is left to do."""
        place = prepared(repository.plain, self._scratch / "release")
        contenders = [
            self._releasing(name, place, commands)
            for name, commands in self._tools.release().items()
        ]
        contenders.append(self._again(prepared(repository.plain, self._scratch / "released")))
        row = Row(repository.spec, graph=False, expected=repository.expected, outcomes={})
        outcomes = self._in_turn(
            f"release, {row.label}", contenders, self._at_most(_RELEASE_ROUNDS)
        )
        return replace(row, outcomes=outcomes)

    def _releasing(self, name: str, place: Range, commands: Sequence[Sequence[str]]) -> Contender:
        """A tool that releases from new copies; its answer is what the remote has then."""
        return replace(
            self._contender(name, place.clone, *commands, limit=120.0),
            budget=self._extent.budget * 3,
            answer=lambda _: place.released(),
            prepare=place.restart,
        )

    def _again(self, place: Range) -> Contender:
        """Ours where it has released already."""
        place.restart()
        [command] = self._tools.release()[TAGBOAT]
        variables = self._tools.environment
        subprocess.run(command, cwd=place.clone, env=variables, capture_output=True, check=True)
        return replace(self._releasing(AGAIN, place, [command]), prepare=lambda: None)

    def _repository(self, kind: str, size: int) -> Repository:
        return build(Spec(kind, size, size // 10), self._cache)

    def _contender(
        self, name: str, path: Path, *commands: Sequence[str], limit: float = 60.0
    ) -> Contender:
        variables = self._tools.environment
        return Contender(name, commands, path, variables, limit, self._extent.budget)

    def _at_most(self, rounds: int) -> int:
        """The rounds of a case that takes long, or fewer where all have fewer."""
        return min(rounds, self._extent.rounds)

    def _in_turn(
        self, label: str, contenders: Sequence[Contender], rounds: int
    ) -> dict[str, Outcome]:
        """Run one case, and say so: some take minutes."""
        print(label, file=sys.stderr, flush=True)
        return in_turn(contenders, rounds, self._scratch)


def _take_sections(changelog: Path) -> str:
    """Return how many version headings a written changelog has, and remove it.

    It is read line by line: what this program holds in memory shows in the next tool's peak.
    """
    with changelog.open("rb") as lines:
        count = sum(line.startswith(b"## ") for line in lines)
    changelog.unlink()
    return str(count)
