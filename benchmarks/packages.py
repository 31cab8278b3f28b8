"""Measure what many packages of one repository cost beside one of them.

python -m benchmarks.packages [--quick] [--check]

Needs npm, for lerna, unless it is `--quick`.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks import lerna, tools
from benchmarks.lerna import LERNA, Lerna, MissingError
from benchmarks.measure import Contender, Outcome, in_turn
from benchmarks.package_histories import PACKAGES, PackagesRepository, PackagesSpec, build_packages
from benchmarks.promises import Promise
from benchmarks.releases import prepared
from benchmarks.report import MEGABYTE, grid, pairwise, taken
from benchmarks.run import PROJECT, add_cache, common_parser, document, make_cache
from benchmarks.tools import GIT_CLIFF, TAGBOAT, Toolbox

COUNTS: Final = (1, 10, 100, 300)
COMMITS: Final = 10_000
SPREAD: Final = 5_000
DUE: Final = 50

ALL: Final = "all packages"
ONE: Final = "one of them"
FLOOR: Final = "git floor"
CLIFF: Final = "git-cliff, all"
CHANGED: Final = f"{LERNA} changed"

_METHOD: Final = """\
# Benchmarks of packages

Written by `make bench`: do not edit. Histories are generated: {commits:,} commits that change the
packages in turn; the last releases of the packages are spread over the last {spread:,} of them, and
nine in ten need another, as their package.json says too. Everything is run in turn, {rounds} rounds
after one to warm up; times are medians, tagboat is installed from a wheel.

- `{all}` is `tagboat version next`, `{one}` the same with `--package`, for the one whose
  base is the oldest.
- `{floor}` is what no tool can do without: `git for-each-ref` and one `git log --name-only` from
  the oldest base on. `git-cliff` is asked once for each package, with `--include-path`,
  `--tag-pattern` and `--bumped-version`.
- Peak memory is that of the largest single process; most of it is git's own.
- A whole release is `tagboat release` where {due} packages are due, each with commits, a version
  file and a changelog, to a bare repository in a folder, from a new copy each time; beside it the
  same with `--package` for one. There is no forge, and there are no images.
- `{changed}` answers another question: it tells no versions, and it counts for every package from
  the newest annotated tag that `git describe --first-parent` finds, of whichever package that is.
  It asks `git diff` once for each package whether that differs, and adds what needs one that does.
  So what a package brings from before another one's last release is left out. Its daemon, its
  caches and its service are off.
- Due are the packages that are named; `git-cliff` tells a version of each that it is asked for.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 without npm, or if `--check` is given and a promise is broken."""
    parser = common_parser("python -m benchmarks.packages", __doc__, "few rounds, no other tools")
    add_cache(parser)
    options = parser.parse_args(arguments)
    make_cache(options.cache)
    home = options.cache / "tools"
    try:
        beside = None if options.quick else lerna.install(home / LERNA)
    except MissingError as error:
        print(f"packages are not measured: {error}", file=sys.stderr)
        return 1
    toolbox = tools.install(home, PROJECT, () if options.quick else (GIT_CLIFF,))
    if beside is not None:
        toolbox = replace(toolbox, versions={**toolbox.versions, **beside.versions})
    rounds = options.rounds or (5 if options.quick else 9)
    bench = _Bench(toolbox, beside, options.cache, rounds)
    text, judged = _document(bench.rows(), bench.release(), toolbox, rounds)
    print(text)
    if not options.quick:
        (PROJECT / "docs" / "benchmarks-packages.md").write_text(text)
    return int(options.check and any(promise.kept is False for promise in judged))


@dataclass(frozen=True, slots=True)
class _Row:
    """How contenders did in a repository with so many packages."""

    count: int
    outcomes: Mapping[str, Outcome]


class _Bench:
    """Makes the repositories and runs the cases."""

    def __init__(self, toolbox: Toolbox, beside: Lerna | None, cache: Path, rounds: int) -> None:
        """Measure tagboat and git; git-cliff and lerna too, where that is given."""
        self._tools = toolbox
        self._lerna = beside
        self._histories = cache / "histories"
        self._scratch = cache / "scratch"
        self._rounds = rounds
        self._histories.mkdir(exist_ok=True)
        self._scratch.mkdir(exist_ok=True)

    def rows(self) -> list[_Row]:
        """The next versions in each repository."""
        specs = [PackagesSpec(count, COMMITS, SPREAD) for count in COUNTS]
        return [self._row(build_packages(spec, self._histories)) for spec in specs]

    def _row(self, made: PackagesRepository) -> _Row:
        program = self._tools.program(TAGBOAT, "tagboat")
        command = (program, "version", "next")
        contenders = [
            replace(self._contender(ALL, made.path, command), answer=_lines),
            self._contender(ONE, made.path, (*command, "--package", made.spec.names[0])),
            self._contender(FLOOR, made.path, *tools.floor(made.oldest, "--name-only")),
        ]
        if self._lerna is not None:
            contenders += [
                self._contender(CLIFF, made.path, *self._cliff(made)),
                self._changed(made, self._lerna),
            ]
        return _Row(made.spec.count, self._in_turn(f"{made.spec.count} packages", contenders))

    def _changed(self, made: PackagesRepository, beside: Lerna) -> Contender:
        one = self._contender(CHANGED, made.path, (beside.program, "changed"))
        return replace(one, environment={**one.environment, **beside.environment}, answer=_lines)

    def _cliff(self, made: PackagesRepository) -> list[Sequence[str]]:
        program = self._tools.program(GIT_CLIFF, "git-cliff")
        asked = (program, "--unreleased", "--bumped-version")
        return [
            (*asked, "--include-path", f"{PACKAGES}/{name}/**", "--tag-pattern", f"^{name}-v.*")
            for name in made.spec.names
        ]

    def release(self) -> dict[str, Outcome]:
        """A whole release of all packages, and of one of them."""
        made = build_packages(PackagesSpec(DUE, 20 * DUE, 10 * DUE), self._histories)
        program = self._tools.program(TAGBOAT, "tagboat")
        return self._in_turn(
            f"release of {DUE} packages",
            [
                self._releasing(ALL, made, program, "release"),
                self._releasing(ONE, made, program, "release", "--package", made.spec.names[0]),
            ],
        )

    def _releasing(self, name: str, made: PackagesRepository, *command: str) -> Contender:
        home = self._scratch / f"release {name}"
        place = prepared(made.path, home, {"NOTICE": "It belongs to no package.\n"})
        one = self._contender(name, place.clone, command)
        count = str.splitlines
        return replace(
            one, prepare=place.restart, answer=lambda _: str(len(count(place.released())))
        )

    def _contender(self, name: str, path: Path, *commands: Sequence[str]) -> Contender:
        return Contender(name, commands, path, self._tools.environment, 60, 30)

    def _in_turn(self, label: str, contenders: Sequence[Contender]) -> dict[str, Outcome]:
        print(label, file=sys.stderr, flush=True)
        return in_turn(contenders, self._rounds, self._scratch)


def _document(
    rows: Sequence[_Row], release: Mapping[str, Outcome], toolbox: Toolbox, rounds: int
) -> tuple[str, list[Promise]]:
    """The page, and the promises that it ends with."""
    names = {"all": ALL, "one": ONE, "floor": FLOOR, "changed": CHANGED}
    method = _METHOD.format(commits=COMMITS, spread=SPREAD, rounds=rounds, due=DUE, **names)
    judged = _judge(rows, release)
    return document(method, toolbox, _tables(rows, release), judged), judged


def _lines(text: str) -> str:
    """How many lines a text has."""
    return str(len(text.splitlines()))


def _tables(rows: Sequence[_Row], release: Mapping[str, Outcome]) -> str:
    columns = [*rows[0].outcomes]
    telling = [name for name in (ALL, CHANGED) if name in columns]
    times = [(str(row.count), *(taken(row.outcomes[n]) for n in columns)) for row in rows]
    peaks = [(str(row.count), *(_peak_cell(row.outcomes[n]) for n in columns)) for row in rows]
    due = [(str(row.count), *(row.outcomes[n].answer for n in telling)) for row in rows]
    told = [(name, taken(one), one.answer) for name, one in release.items()]
    parts = [
        "### Next versions: time",
        grid(("packages", *columns), times),
        "### Packages that are due",
        grid(("packages", *telling), due),
        "### Next versions: peak memory, MB",
        grid(("packages", *columns), peaks),
        f"### Whole release, of {DUE} packages",
        grid(("of", "time", "tags"), told),
    ]
    return "\n\n".join(parts) + "\n"


def _peak_cell(outcome: Outcome) -> str:
    return "-" if outcome.failure else f"{outcome.peak / MEGABYTE:.0f}"


def _judge(rows: Sequence[_Row], release: Mapping[str, Outcome]) -> list[Promise]:
    """The promises, each with the figure of this run."""
    of = {row.count: row.outcomes for row in rows}
    failed = [one for row in (*of.values(), release) for one in row.values() if one.failure]
    if failed:
        return [Promise(one.name, one.failure, kept=False) for one in failed]
    hundred, most = of[100], of[300]
    floor = zip(most[FLOOR].seconds, most[ALL].seconds, strict=False)
    beyond = sorted(ours - 2 * git for git, ours in floor)
    more = (most[ALL].peak - of[1][ALL].peak) / MEGABYTE
    return [
        _at_most("100 packages: at most 1.5x one of them", hundred[ONE], hundred[ALL], 1.5),
        Promise(
            "300 packages: at most 2x git's floor plus 150 ms",
            f"2x and {beyond[len(beyond) // 2] * 1000:+.0f} ms",
            beyond[len(beyond) // 2] <= 0.15,  # noqa: PLR2004 - the promise
        ),
        Promise("300 packages: within 20 MB of one", f"{more:+.0f} MB", more <= 20),  # noqa: PLR2004
        _at_most(f"release of {DUE} packages: at most 3x one of them", *_both(release), 3),
    ]


def _both(outcomes: Mapping[str, Outcome]) -> tuple[Outcome, Outcome]:
    return outcomes[ONE], outcomes[ALL]


def _at_most(text: str, one: Outcome, every: Outcome, most: float) -> Promise:
    figure = pairwise(one.seconds, every.seconds)
    return Promise(text, f"{figure:.2f}x", figure <= most)


if __name__ == "__main__":
    sys.exit(main())
