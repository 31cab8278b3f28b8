"""Measure tagboat beside its peers, print what was found, and keep it in the documentation.

python -m benchmarks.run [--quick] [--million] [--check] [--wheel FILE]
"""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import promises, report, tools
from benchmarks.cases import LARGE, MEDIUM, MILLION, SMALL, Bench, Extent, Results
from benchmarks.histories import UNRELEASED
from benchmarks.tools import Toolbox

PROJECT: Final = Path(__file__).resolve().parent.parent

_METHOD: Final = """\
# Benchmarks

Written by `make bench`: do not edit. Every tool is installed from its released package (tagboat
from a wheel built from this repository) into an environment of its own and started by its own
entry point. The tools of a row run in turn, one after the other, for several rounds after one
run to warm up; a slow tool gets fewer rounds, and one that exceeds its limit is shown as `> 10 s`.

- Histories are generated: `linear`, `merges` (two commits in three come through merge commits,
  some criss-cross) and `side` (nine version tags in ten on branches that main never merged).
  `100k/10k` means 100,000 commits with 10,000 version tags. Every one ends in {unreleased}
  unreleased commits.
- Times are medians. In brackets stands the median, over the rounds, of that tool's time divided
  by tagboat's in the same round: above 1, tagboat is faster.
- `git floor` is `git for-each-ref refs/tags` plus `git log BASE..HEAD`. `git tag --merged` asks of
  every tag whether it is an ancestor.
- `tagboat, first run` starts without what tagboat remembers between runs in a repository with many
  version tags on side branches, as in a fresh clone: what is there is removed before each run.
- A whole release reads the history, writes the changelog, commits, tags and pushes to a bare
  repository in a folder: `tagboat release`; `semantic-release version --no-vcs-release`;
  `cz bump --changelog` and `git push --follow-tags`. Each run has a new copy of clone and remote,
  which is not timed. commitizen writes the changelog of all versions anew, the others add a
  section. `tagboat, nothing due` is the same command where the release is made already.
- Peak memory is the resident size of the largest single process among the tool and the children
  it waited for. The benchmark's own {own:.0f} MB are the least it can show.
- A tool that answers with another version than the right one has its answer beside its time.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 if `--check` was given and a promise is broken."""
    options = _parser().parse_args(arguments)
    make_cache(options.cache)
    toolbox = tools.install(options.cache / "tools", PROJECT, wheel=options.wheel)
    results = Bench(toolbox, options.cache, _extent(options)).run()
    judged = promises.judge(results)
    text = _document(results, toolbox, judged)
    print(text)
    if options.output or not options.quick:
        (options.output or PROJECT / "docs" / "benchmarks.md").write_text(text)
    return int(options.check and any(promise.kept is False for promise in judged))


def _parser() -> argparse.ArgumentParser:
    parser = common_parser(
        "python -m benchmarks.run", __doc__, "1k and 10k commits without commit-graph, few rounds"
    )
    add_cache(parser)
    add = parser.add_argument
    add("--million", action="store_true", help="a linear history of a million commits as well")
    add("--wheel", type=Path, help="measure this wheel of tagboat instead of building one")
    add("--output", type=Path, help="where to keep the table (docs/benchmarks.md)")
    return parser


def common_parser(prog: str, description: str | None, quick: str) -> argparse.ArgumentParser:
    """The options of every benchmark; ``quick`` says what is less of it with `--quick`."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    add = parser.add_argument
    add("--quick", action="store_true", help=f"{quick}; keeps no table")
    add("--check", action="store_true", help="exit with 1 if a promise is broken")
    return parser


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Let the folder be chosen for what a benchmark makes, and how often it runs what."""
    where = PROJECT / ".bench"
    told = "how often each is run; one only shows that it runs"
    parser.add_argument("--rounds", type=int, default=0, help=told)
    parser.add_argument("--cache", type=Path, default=where, help="for what is made (.bench)")


def make_cache(cache: Path) -> None:
    """Make the folder for what is kept between runs, which git ignores."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / ".gitignore").write_text("*\n")


def _extent(options: argparse.Namespace) -> Extent:
    extent = Extent((SMALL, MEDIUM, LARGE, *((MILLION,) if options.million else ())))
    if options.quick:
        extent = Extent((SMALL, MEDIUM), rounds=5, budget=1.5, quick=True)
    return replace(extent, rounds=options.rounds or extent.rounds)


def _document(results: Results, toolbox: Toolbox, judged: Sequence[promises.Promise]) -> str:
    method = _METHOD.format(unreleased=UNRELEASED, own=results.own_peak / report.MEGABYTE)
    return document(method, toolbox, report.tables(results), judged)


def document(method: str, toolbox: Toolbox, tables: str, judged: Sequence[promises.Promise]) -> str:
    """Return a whole page: how was measured, with what, what was found, and what was promised."""
    return page(f"{method}\n{_circumstances(toolbox)}\n", tables, judged)


def page(method: str, tables: str, judged: Sequence[promises.Promise]) -> str:
    """Return a page without the versions of tools."""
    lines = "\n".join(f"    {promise}" for promise in judged)
    return f"{method}\n{tables}\n## Promises\n\n{lines}\n"


def _circumstances(toolbox: Toolbox) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in toolbox.versions.items())
    return (
        f"Measured with {os.cpu_count()} CPUs, Python {platform.python_version()}, "
        f"git {tools.git_version()}, {versions}."
    )


if __name__ == "__main__":
    sys.exit(main())
