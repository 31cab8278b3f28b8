"""The promises about speed and memory, each with the figure that a run found."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks.cases import (
    BARE_PYTHON,
    LARGE,
    MEDIUM,
    NAIVE,
    OWN_VERSION,
    SMALL,
    Pair,
    Results,
    Row,
)
from benchmarks.report import MEGABYTE, Ratio, answers_right, own_share, pairwise, ratio
from benchmarks.tools import COMMITIZEN, GIT_CLIFF, SEMANTIC_RELEASE, TAGBOAT


class Promise(NamedTuple):
    """A promise, the figure that this run found, and whether it is kept.

    `kept` is None where this run did not measure it.
    """

    text: str
    figure: str
    kept: bool | None

    def __str__(self) -> str:
        """Write it in one line."""
        verdict = {True: "kept", False: "BROKEN", None: "not measured"}[self.kept]
        return f"promise: {self.text}: {self.figure}: {verdict}"


def judge(results: Results) -> list[Promise]:
    """Return every promise with its figure: the worst over the histories that it is about."""
    rows = results.next_version
    return [
        _right_answers(rows),
        _faster("version next, 100k: >= 4x faster than git-cliff", _of(rows, LARGE), GIT_CLIFF, 4),
        _within("version next, 10k: <= 1.7x git-cliff's time", _of(rows, MEDIUM), GIT_CLIFF, 1.7),
        _within("version next, 1k: <= 6x git-cliff's time", _of(rows, SMALL), GIT_CLIFF, 6),
        _faster("version next, every size: >= 3x faster than commitizen", rows, COMMITIZEN, 3),
        _faster(
            "version next, every size: >= 6x faster than python-semantic-release",
            rows,
            SEMANTIC_RELEASE,
            6,
        ),
        _faster(
            "version next, 100k, tags on side branches, no commit-graph: beats git tag --merged",
            [row for row in _of(rows, LARGE) if row.spec.kind == "side" and not row.graph],
            NAIVE,
            1,
        ),
        _grows(
            "version next, time above git's floor, 100k to 1k: <= 1.5x", results.independence, 1.5
        ),
        _fastest_changelog(results.changelog),
        _small_changelog(results.changelog),
        _grows("changelog, 100k to 10k commits: <= 12x the time", results.scaling, 12),
        _start_up(results),
    ]


def _of(rows: Iterable[Row], commits: int) -> list[Row]:
    return [row for row in rows if row.spec.commits == commits]


def _right_answers(rows: Sequence[Row]) -> Promise:
    wrong = [row.label for row in rows if not answers_right(row, TAGBOAT)]
    figure = f"wrong on {', '.join(wrong)}" if wrong else f"{len(rows)} of {len(rows)}"
    return Promise("version next: the right answer", figure, not wrong)


def _faster(text: str, rows: Sequence[Row], peer: str, least: float) -> Promise:
    """A peer takes at least `least` times our time, on every row."""
    failed = _failures(rows, peer)
    if failed or not rows:
        return Promise(text, failed or "-", False if failed else None)
    worst, where = min(_ratios(rows, peer))
    return Promise(text, f"{worst} ({where})", worst.value >= least)


def _within(text: str, rows: Sequence[Row], peer: str, most: float) -> Promise:
    """We take at most `most` times a peer's time, on every row."""
    failed = _failures(rows, peer)
    if failed or not rows:
        return Promise(text, failed or "-", False if failed else None)
    worst, where = min(_ratios(rows, peer))
    return Promise(text, f"{1 / worst.value:.2f}x ({where})", 1 / worst.value <= most)


def _ratios(rows: Iterable[Row], peer: str) -> list[tuple[Ratio, str]]:
    pairs = [(ratio(row.outcomes[TAGBOAT], row.outcomes[peer]), row.label) for row in rows]
    return [(times, label) for times, label in pairs if times is not None]


def _failures(rows: Iterable[Row], peer: str) -> str:
    """Say where we or the peer failed, other than by taking too long."""
    return ", ".join(
        f"{name} failed on {row.label}"
        for row in rows
        for name in (TAGBOAT, peer)
        if row.outcomes[name].failure and (name == TAGBOAT or not row.outcomes[name].at_least)
    )


def _grows(text: str, pairs: Sequence[Pair], most: float) -> Promise:
    if not pairs:
        return Promise(text, "-", None)
    if any(pair.small.failure or pair.large.failure for pair in pairs):
        return Promise(text, "tagboat failed", kept=False)
    worst, where = max((own_share(pair), pair.label) for pair in pairs)
    return Promise(text, f"{worst:.2f}x ({where})", worst <= most)


def _fastest_changelog(rows: Sequence[Row]) -> Promise:
    """On each large row, the peer to beat is the one that finishes first."""
    text = "changelog, 100k: >= 3x faster than the fastest peer that finishes"
    found = [_over_fastest(row) for row in _of(rows, LARGE)]
    if not found:
        return Promise(text, "-", None)
    worst, where = min(found)
    return Promise(text, f"{worst:.2f}x ({where})", worst >= 3)  # noqa: PLR2004 - the promise


def _over_fastest(row: Row) -> tuple[float, str]:
    ours = row.outcomes[TAGBOAT]
    peers = [one for name, one in row.outcomes.items() if name != TAGBOAT and not one.failure]
    fastest = min(peers, key=lambda one: one.median, default=None)
    if ours.failure or fastest is None:
        return 0.0, f"{row.label}: no two to compare"
    return pairwise(ours.seconds, fastest.seconds), f"{fastest.name}, {row.label}"


def _small_changelog(rows: Sequence[Row]) -> Promise:
    text = "changelog, 100k: peak memory < 250 MB"
    ours = [row.outcomes[TAGBOAT] for row in _of(rows, LARGE)]
    if not ours:
        return Promise(text, "-", None)
    if any(one.failure for one in ours):
        return Promise(text, "tagboat failed", kept=False)
    peak = max(one.peak for one in ours) / MEGABYTE
    return Promise(text, f"{peak:.0f} MB", peak < 250)  # noqa: PLR2004 - the promise


def _start_up(results: Results) -> Promise:
    text = "tagboat --version: <= 5x python -c pass"
    own, bare = results.start_up[OWN_VERSION], results.start_up[BARE_PYTHON]
    if own.failure or bare.failure:
        return Promise(text, own.failure or bare.failure, kept=False)
    figure = pairwise(bare.seconds, own.seconds)
    return Promise(text, f"{figure:.2f}x", figure <= 5)  # noqa: PLR2004 - the promise
