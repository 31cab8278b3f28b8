"""The benchmark's arithmetic: ratios round by round, and what a promise makes of them."""

import pytest

from benchmarks import promises, report
from benchmarks.cases import (
    AGAIN,
    BARE_PYTHON,
    FIRST_RUN,
    FLOOR,
    LARGE,
    MEDIUM,
    NAIVE,
    OWN_VERSION,
    SMALL,
    Pair,
    Results,
    Row,
)
from benchmarks.histories import Spec
from benchmarks.measure import Outcome, Sample
from benchmarks.report import Ratio
from benchmarks.tools import COMMITIZEN, GIT_CLIFF, SEMANTIC_RELEASE, TAGBOAT

START_UP = {
    OWN_VERSION: Outcome(OWN_VERSION, [Sample(0.03, 1)]),
    BARE_PYTHON: Outcome(BARE_PYTHON, [Sample(0.01, 1)]),
}


def took(*seconds: float, answer: str = "1.1.0", peak: int = 0) -> Outcome:
    return Outcome("one", [Sample(one, peak) for one in seconds], answer)


def stopped_after(limit: float) -> Outcome:
    return Outcome("one", failure=f"> {limit:g} s", at_least=limit)


def row(commits: int = LARGE, **outcomes: Outcome) -> Row:
    """A row in which every peer takes a hundred times tagboat's second, but for `outcomes`."""
    named = {name.replace("_", "-"): result for name, result in outcomes.items()}
    slow = dict.fromkeys((GIT_CLIFF, COMMITIZEN, SEMANTIC_RELEASE, FLOOR, NAIVE), took(100.0))
    everyone = {TAGBOAT: took(1.0), FIRST_RUN: took(2.0), **slow, **named}
    return Row(
        Spec("linear", commits, commits // 10), graph=False, expected="1.1.0", outcomes=everyone
    )


def verdict(results: Results, beginning: str) -> bool | None:
    results.start_up = results.start_up or START_UP
    [promise] = [one for one in promises.judge(results) if one.text.startswith(beginning)]
    return promise.kept


def test_a_ratio_is_the_median_over_rounds_and_not_a_ratio_of_medians() -> None:
    assert report.pairwise([1.0, 2.0, 4.0], [4.0, 4.0, 4.0]) == 2.0
    assert report.pairwise([1.0, 4.0, 2.0], [9.0, 4.0, 2.0]) == 1.0


def test_rounds_that_only_one_contender_ran_do_not_count() -> None:
    assert report.pairwise([1.0, 1.0, 50.0], [3.0, 3.0]) == 3.0


def test_a_peer_stopped_for_time_takes_at_least_its_limit() -> None:
    assert report.ratio(took(0.5), stopped_after(12)) == Ratio(24.0, at_least=True)


def test_a_peer_that_failed_has_no_ratio() -> None:
    assert report.ratio(took(0.5), Outcome("one", failure="status 1: no")) is None


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (Ratio(1.234), "1.23x"),
        (Ratio(12.34), "12.3x"),
        (Ratio(1234.5, at_least=True), "> 1234x"),
    ],
)
def test_a_ratio_is_written_with_three_figures(times: Ratio, text: str) -> None:
    assert str(times) == text


def test_the_floor_is_subtracted_within_each_round() -> None:
    pair = Pair(
        "p", took(2.0, 9.0, 3.0), took(4.0, 3.0, 8.0), took(1.0, 8.0, 2.0), took(1.0, 1.0, 5.0)
    )
    assert report.own_share(pair) == 3.0


def test_growth_without_floors_compares_whole_times() -> None:
    assert report.own_share(Pair("p", took(1.0), took(11.0))) == 11.0


def test_four_times_faster_than_git_cliff_is_kept_on_every_row() -> None:
    rows = [row(git_cliff=took(4.0)), row(git_cliff=took(5.0))]
    assert verdict(Results(next_version=rows), "version next, 100k: >= 4x") is True


def test_one_row_below_breaks_a_promise() -> None:
    rows = [row(git_cliff=took(400.0)), row(git_cliff=took(3.9))]
    assert verdict(Results(next_version=rows), "version next, 100k: >= 4x") is False


def test_at_most_six_times_a_peers_time_is_broken_just_above() -> None:
    rows = [row(SMALL, git_cliff=took(1 / 6.1))]
    assert verdict(Results(next_version=rows), "version next, 1k:") is False


def test_a_size_that_was_not_run_is_neither_kept_nor_broken() -> None:
    assert verdict(Results(next_version=[row(SMALL)]), "version next, 100k: >= 4x") is None


def test_a_peer_stopped_for_time_keeps_the_promise_about_it() -> None:
    rows = [row(python_semantic_release=stopped_after(12))]
    assert verdict(Results(next_version=rows), "version next, every size: >= 6x") is True


def test_a_peer_that_crashed_keeps_no_promise() -> None:
    rows = [row(commitizen=Outcome(COMMITIZEN, failure="status 1: no"))]
    assert verdict(Results(next_version=rows), "version next, every size: >= 3x") is False


def test_a_wrong_answer_of_ours_breaks_a_promise() -> None:
    rows = [row(tagboat=took(1.0, answer="1.2.0"))]
    assert verdict(Results(next_version=rows), "version next: the right answer") is False


def test_an_answer_may_have_a_v() -> None:
    assert report.answers_right(row(git_cliff=took(1.0, answer="warning\nv1.1.0")), GIT_CLIFF)


def test_the_changelogs_rival_is_the_fastest_peer_that_finishes() -> None:
    changelog = [row(git_cliff=stopped_after(0.1), commitizen=took(2.9))]
    assert verdict(Results(changelog=changelog), "changelog, 100k: >= 3x") is False


def test_250_megabytes_are_too_much() -> None:
    changelog = [row(tagboat=took(1.0, peak=250_000_000))]
    assert verdict(Results(changelog=changelog), "changelog, 100k: peak") is False


def test_a_table_shows_a_wrong_answer_and_a_limit_beside_the_time() -> None:
    rows = [row(git_cliff=took(2.0, answer="v9.9.9"), commitizen=stopped_after(12))]
    lines = report.tables(Results(next_version=rows, start_up=START_UP)).splitlines()
    cells = [cell.strip() for cell in lines[4].strip("|").split("|")]
    assert cells[:5] == [
        "linear 100k/10k",
        "1.0 s",
        "2.0 s (2.00x)",
        "2.0 s (2.00x), answers v9.9.9",
        "> 12 s (> 12.0x)",
    ]


def test_a_release_that_is_not_due_has_its_time_and_no_ratio() -> None:
    outcomes = {
        TAGBOAT: took(2.0),
        AGAIN: took(1.0),
        SEMANTIC_RELEASE: took(9.0),
        COMMITIZEN: took(3.0, answer=""),
    }
    one = Row(Spec("linear", MEDIUM, 1000), graph=False, expected="1.1.0", outcomes=outcomes)
    text = report.tables(Results(release=[one], start_up=START_UP))
    [line] = [line for line in text.splitlines() if line.startswith("| linear 10k/1k")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1:] == ["2.0 s", "1.0 s", "9.0 s (4.50x)", "3.0 s (1.50x), answers"]
