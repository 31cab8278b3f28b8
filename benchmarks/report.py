"""What the samples say: ratios between contenders, and tables of them. Arithmetic and text only."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from benchmarks.cases import AGAIN, FIRST_RUN, FLOOR, NAIVE, Pair, Results, Row
from benchmarks.measure import Outcome
from benchmarks.tools import COMMITIZEN, GIT_CHANGELOG, GIT_CLIFF, SEMANTIC_RELEASE, TAGBOAT

MEGABYTE: Final = 1_000_000
_PREVIEW_COLUMNS: Final = (
    *(TAGBOAT, FIRST_RUN, GIT_CLIFF, COMMITIZEN, SEMANTIC_RELEASE),
    *(FLOOR, NAIVE),
)
_RELEASE_COLUMNS: Final = (TAGBOAT, AGAIN, SEMANTIC_RELEASE, COMMITIZEN)
_CHANGELOG_COLUMNS: Final = (TAGBOAT, GIT_CHANGELOG, COMMITIZEN, GIT_CLIFF)


class Ratio(NamedTuple):
    """How many times our time another took; `at_least` where that one was stopped for time."""

    value: float
    at_least: bool = False

    def __str__(self) -> str:
        """Write it as tables do: `4.2x`, `> 30x`."""
        decimals = 0 if self.value >= 100 else 1 if self.value >= 10 else 2  # noqa: PLR2004
        return f"{'> ' if self.at_least else ''}{self.value:.{decimals}f}x"


def pairwise(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of theirs/ours, taken round by round.

    Rounds that only one of them ran are left out.
    """
    return statistics.median(b / a for a, b in zip(ours, theirs, strict=False))


def ratio(ours: Outcome, theirs: Outcome) -> Ratio | None:
    """Return how many times our time theirs is; None where either failed."""
    if ours.failure:
        return None
    if theirs.at_least:
        return Ratio(theirs.at_least / ours.median, at_least=True)
    return None if theirs.failure else Ratio(pairwise(ours.seconds, theirs.seconds))


def own_share(pair: Pair) -> float:
    """Return (time - floor) at the large size over (time - floor) at the small size.

    The floor is subtracted within each round.
    """
    return _above(pair.large, pair.large_floor) / _above(pair.small, pair.small_floor)


def _above(result: Outcome, floor: Outcome | None) -> float:
    if floor is None:
        return result.median
    return statistics.median(a - b for a, b in zip(result.seconds, floor.seconds, strict=False))


def tables(results: Results) -> str:
    """Return everything measured as Markdown: times with ratios, then peak memory."""

    def peak_cell(row: Row, name: str) -> str:
        return _peak(row.outcomes[name], results.own_peak)

    parts = [
        "### Next version: time",
        _table(results.next_version, _PREVIEW_COLUMNS, _time_cell),
        "### Next version: peak memory, MB",
        _table(results.next_version, _PREVIEW_COLUMNS, peak_cell),
        "### Whole changelog: time, and versions written",
        _table(results.changelog, _CHANGELOG_COLUMNS, _changelog_cell),
        "### Whole changelog: peak memory, MB",
        _table(results.changelog, _CHANGELOG_COLUMNS, peak_cell),
        "### Whole release: time, from reading the history to the push",
        _table(results.release, _RELEASE_COLUMNS, _time_cell),
        *_pair_tables(results),
        "### Start-up",
        grid(("command", "time"), [(name, taken(one)) for name, one in results.start_up.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def outcomes_table(outcomes: Mapping[str, Outcome]) -> str:
    """Return times by command, without a comparison."""
    return grid(("command", "time"), [(name, taken(one)) for name, one in outcomes.items()])


def _pair_tables(results: Results) -> Iterable[str]:
    if results.independence:
        yield "### Independence of history: `version next` on 1k and 100k commits"
        head = ("history", "1k", "its floor", "100k", "its floor", "(100k - floor)/(1k - floor)")
        yield grid(head, [_pair_cells(pair) for pair in results.independence])
    if results.scaling:
        yield "### Growth: whole changelog of 10k and 100k commits"
        columns = ("history", "10k", "100k", "100k/10k")
        yield grid(columns, [_pair_cells(pair) for pair in results.scaling])


def _pair_cells(pair: Pair) -> Sequence[str]:
    outcomes = (pair.small, pair.small_floor, pair.large, pair.large_floor)
    present = [result for result in outcomes if result is not None]
    failed = any(result.failure for result in present)
    figure = "" if failed else f"{own_share(pair):.2f}x"
    return (pair.label, *map(taken, present), figure)


def _table(rows: Iterable[Row], columns: Sequence[str], cell: Callable[[Row, str], str]) -> str:
    head = ("history", *(f"`{name}`" if name == NAIVE else name for name in columns))
    return grid(head, [(row.label, *(cell(row, name) for name in columns)) for row in rows])


def _time_cell(row: Row, name: str) -> str:
    """The time, our time's multiple, and the answer where it is not the right one."""
    result = row.outcomes[name]
    wrong = name not in {FLOOR, NAIVE} and not result.failure and not answers_right(row, name)
    return _with_ratio(row, name) + (f", answers {result.answer}" if wrong else "")


def _changelog_cell(row: Row, name: str) -> str:
    result = row.outcomes[name]
    return _with_ratio(row, name) + ("" if result.failure else f", {result.answer}")


def answers_right(row: Row, name: str) -> bool:
    """Whether a contender printed the version that the row expects, with or without a `v`."""
    return row.outcomes[name].answer.rsplit("\n", 1)[-1].removeprefix("v") == row.expected


def _with_ratio(row: Row, name: str) -> str:
    if name in {TAGBOAT, FLOOR, AGAIN}:
        return taken(row.outcomes[name])
    times = ratio(row.outcomes[TAGBOAT], row.outcomes[name])
    return taken(row.outcomes[name]) + (f" ({times})" if times else "")


def _peak(result: Outcome, least: int) -> str:
    """The peak memory in megabytes, or that it is no more than `least` bytes."""
    if result.failure:
        return "-"
    megabytes = f"{max(result.peak, least) / MEGABYTE:.0f}"
    return megabytes if result.peak > least else f"<= {megabytes}"


def taken(result: Outcome) -> str:
    """The median time, or how the contender failed."""
    if result.failure:
        return result.failure
    seconds = result.median
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns line up when read as text."""
    lines = [head, *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )
