"""Telling the CI system that runs this what became of a release: outputs, a summary, errors."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import click

from tagboat.adapters.ci import (
    annotation,
    dotenv,
    is_github_actions,
    put_outputs,
    put_summary,
)
from tagboat.adapters.repository_files import write_text
from tagboat.cli.common_options import FILE
from tagboat.cli.output import fitting, printable, warn
from tagboat.cli.reports import result_json
from tagboat.core.errors import OutsideError, TagboatError
from tagboat.core.plan.plan import Plan
from tagboat.core.step import State
from tagboat.use_cases.release.context import ReleaseResult
from tagboat.use_cases.release.converge import OnStep, Progress
from tagboat.use_cases.release.release import DryRun

_TICKS = re.compile("`+")
_STATES = {State.ABSENT: "to do", State.DONE: "done", State.CONFLICT: "conflict"}


class ReportedStep(NamedTuple):
    """A step as it was when a run told of it: what it is, and a word for how it ended.

    ``name`` has that of the package before it, where there are several.
    """

    name: str
    word: str
    what: str

    @classmethod
    def of(cls, progress: Progress) -> "ReportedStep":
        """What a run tells; what it is about may be gone later."""
        word = _STATES[progress.finding.state]
        if progress.is_begun:
            word = "not done"
        elif progress.applied and progress.finding.state is State.DONE:
            word = "made"
        return cls(progress.name, word, progress.step.describe())


def result_summary(result: ReleaseResult, steps: Iterable[ReportedStep]) -> str:
    """A run that came to its end."""
    plan = result.plan
    if plan is None:
        return _no_release(result.nothing_due.reason if result.nothing_due is not None else "")
    rows = [*_rows(plan), ("Commit", f"{code(result.commit)} on {code(plan.branch)}")]
    pages = [result.urls.get(one.tag, "") for one in plan.releases]
    rows += [("Page", f"<{pages[0]}>")] if len(pages) == 1 and pages[0] else []
    told = [
        *_table(rows),
        "",
        *_releases(plan, pages),
        *_steps(_last(steps)),
        "",
        *_notes_block(plan),
    ]
    return _titled(f"Released {_named(plan)}", told)


def dry_run_summary(foreseen: DryRun) -> str:
    """A plan."""
    plan, nothing_due = foreseen.result.plan, foreseen.result.nothing_due
    if plan is None:
        return _no_release(nothing_due.reason if nothing_due is not None else "")
    files = dict.fromkeys(edit.path for edit in plan.edits)
    rows = [*_rows(plan), ("Commit", f"{code(plan.commit)} on {code(plan.branch)}")]
    rows += [("Changes", ", ".join(map(code, files)))] if files else []
    steps = [ReportedStep.of(one) for one in foreseen.steps]
    told = [*_table(rows), "", *_releases(plan), *_steps(steps), *_notes_block(plan)]
    return _titled(f"To be released: {_named(plan)}", told)


def failure_summary(error: TagboatError, steps: Iterable[ReportedStep]) -> str:
    """A run that failed: why, what helps, and whether anything is public."""
    helps = [f"What helps: {code(error.hint)}", ""] if error.hint else []
    ended = _last(steps)
    is_public = any(one.name == "push" and one.word in ("made", "done") for one in ended)
    left = (
        "The release is public in git, and not complete: run the same again to finish it."
        if is_public
        else "This run released nothing."
    )
    parts = [*_code_block(error.message), "", *helps, left, "", *_steps(ended)]
    return _titled("The release failed", parts)


def interrupt_summary(steps: Iterable[ReportedStep]) -> str:
    """A run that was cancelled."""
    text = "Run the same again: what is public stays, what is missing is made."
    return _titled("The release was interrupted", [text, "", *_steps(_last(steps))])


def code(text: str) -> str:
    """A text on one line, shown as it is; also in the cell of a table."""
    shown = printable(text).replace("\n", " ").replace("|", "\\|")
    longest = max(map(len, _TICKS.findall(shown)), default=0)
    ticks, gap = "`" * (longest + 1), " " if longest else ""
    return f"{ticks}{gap}{shown}{gap}{ticks}" if shown.strip() else ""


def _no_release(reason: str) -> str:
    return _titled("Nothing to release", [code(reason)])


def _titled(title: str, lines: Iterable[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return f"## {title}\n\n{text}\n"


def _rows(plan: Plan) -> list[tuple[str, str]]:
    channel = ("Channel", plan.channels)
    if len(plan.releases) > 1:
        return [channel]
    (one,) = plan.releases
    version = ("Version", f"**{one.version}**, {code(one.reason)}")
    return [version, ("Previous", code(one.previous) or "none"), channel]


def _named(plan: Plan) -> str:
    """What is released, for a title."""
    several = f"{len(plan.releases)} packages"
    return several if len(plan.releases) > 1 else code(plan.releases[0].tag)


def _releases(plan: Plan, pages: Sequence[str] = ()) -> list[str]:
    """A table of the releases, where there are several."""
    if len(plan.releases) == 1:
        return []
    links = pages or [""] * len(plan.releases)
    rows = [
        (
            code(one.package),
            f"**{one.version}**",
            f"[{code(one.tag)}](<{page}>)" if page else code(one.tag),
            code(one.previous) or "none",
            code(one.reason),
        )
        for one, page in zip(plan.releases, links, strict=True)
    ]
    return [*_table(rows, ("Package", "Version", "Tag", "Previous", "Why")), ""]


def _notes_block(plan: Plan) -> list[str]:
    """The notes of a release, folded where there are several."""
    if len(plan.releases) == 1:
        return [plan.releases[0].notes]
    return [
        f"<details><summary>{one.package} {one.version}</summary>\n\n{one.notes}\n</details>\n"
        for one in plan.releases
    ]


def _table(rows: Iterable[tuple[str, ...]], head: tuple[str, ...] = ("", "")) -> list[str]:
    lines = [head, tuple(":--" for _ in head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _last(steps: Iterable[ReportedStep]) -> list[ReportedStep]:
    """The steps that a run told of, each as it was last."""
    return list({one.name: one for one in steps}.values())


def _steps(steps: Iterable[ReportedStep]) -> list[str]:
    rows = [(one.name, one.word, code(one.what)) for one in steps]
    return [*_table(rows, ("Step", "", "What")), ""] if rows else []


def _code_block(text: str) -> list[str]:
    longest = max(map(len, _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", printable(text), fence]


_NAMES = (
    "released",
    "version",
    "tag",
    "previous",
    "bump",
    "prerelease",
    "commit",
    "notes",
    "url",
    "releases",
)
_OF_EACH = (
    *("name", "version", "prerelease", "previous", "tag", "paths", "images", "bump"),
    "reason",
)
"""What a job for one of several releases has to know."""

dotenv_option: Callable[..., Any] = click.option(
    "--dotenv",
    type=FILE,
    metavar="FILE",
    default="",
    envvar="TAGBOAT_DOTENV",
    help="Write what was released as variables to FILE, for GitLab CI.",
)


def report_result(result: ReleaseResult, steps: Sequence[ReportedStep], file: str) -> None:
    """Tell of a run that came to its end."""
    values = _outputs(result_json(result))
    _try(lambda: put_outputs(values), lambda: put_summary(result_summary(result, steps)))
    if file:
        _try(lambda: write_text(file, [dotenv(values)]))


def report_dry_run(foreseen: DryRun, file: str) -> None:
    """Tell of a plan: the values are those that a release of it would give."""
    result = foreseen.result
    commit = result.plan.commit if result.plan is not None else ""
    shape = result_json(ReleaseResult(result.plan, result.nothing_due, commit)) | {
        "released": False
    }
    values = _outputs(shape)
    _try(lambda: put_outputs(values), lambda: put_summary(dry_run_summary(foreseen)))
    if file:
        _try(lambda: write_text(file, [dotenv(values)]))


@contextmanager
def failures_told(steps: Sequence[ReportedStep]) -> Iterator[None]:
    """Tell of what ends a run before its end, and raise it on."""
    try:
        yield
    except TagboatError as error:
        failure = error
        _try(lambda: put_summary(failure_summary(failure, steps)))
        if is_github_actions():
            sys.stderr.write(annotation(printable(fitting(failure.message))) + "\n")
        raise
    except KeyboardInterrupt:
        _try(lambda: put_summary(interrupt_summary(steps)))
        raise


def logged(watch: OnStep, log: list[ReportedStep]) -> OnStep:
    """The same as a watch that is told of steps, and a log of them."""

    def told(progress: Progress) -> None:
        log.append(ReportedStep.of(progress))
        watch(progress)

    return told


def _outputs(shape: dict[str, Any]) -> dict[str, str]:
    """The members that CI systems get, as text: `true` and `false`, an empty text for nothing."""
    releases = [{name: one[name] for name in _OF_EACH} for one in shape["releases"]]
    listed = json.dumps(releases, ensure_ascii=False, separators=(",", ":"))
    return {name: _value_text(shape[name]) for name in _NAMES} | {"releases": listed}


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _try(*tellings: Callable[[], None]) -> None:
    """Tell; where that fails the release is none the worse."""
    for telling in tellings:
        try:
            telling()
        except OutsideError as error:
            warn(error.message)


_GITHUB = """\
# On each push to a branch that is a channel: what is due is released, with the release on GitHub.
name: release
on:
  push:
    branches: [BRANCH]
concurrency:
  group: release-${{ github.ref }}
  cancel-in-progress: false
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    outputs:
      released: ${{ steps.tagboat.outputs.released }}
      version: ${{ steps.tagboat.outputs.version }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          repository: ${{ vars.TAGBOAT_REPOSITORY }} # your copy of tagboat
          ref: ${{ vars.TAGBOAT_COMMIT }}
          path: .tagboat
          persist-credentials: false
      - id: tagboat
        uses: ./.tagboat
"""
"""The job of `examples/release.yml`, for the branch that is checked out."""
_GITLAB = """\
include:
  - component: $CI_SERVER_FQDN/acme/tagboat/release@6d0c7f1e0f0e4f1c8b6e3b8f8f1f0f4b8c3c2f11
    inputs:
      source: https://gitlab.acme.example/acme/tagboat.git
      revision: 6d0c7f1e0f0e4f1c8b6e3b8f8f1f0f4b8c3c2f11
      author: release <release@acme.example>
"""
"""What `docs/ci.md` shows, to be filled in."""
_HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: tagboat-check
        name: the message is a conventional commit
        language: system
        entry: tagboat check --message
        stages: [commit-msg]
"""


COPY_NAMED = {
    "github": "set the repository's variables TAGBOAT_REPOSITORY and TAGBOAT_COMMIT to your copy "
    "of tagboat and a commit of it: see docs/ci.md",
    "gitlab": "write the path of your copy of tagboat, and a commit of it, into .gitlab-ci.yml: "
    "see docs/ci.md",
}
"""What a person has to say before the job that releases can run: nobody else's code is run."""


def written_besides(branch: str, ci: str, *, hooks: bool) -> dict[str, str]:
    """The files that are asked for beside the configuration: a job that releases, a hook."""
    branch = branch or "main"
    files = {}
    if ci == "github":
        branches = branch if re.fullmatch(r"[\w./-]+", branch) else f'"{branch}"'
        files[".github/workflows/release.yml"] = _GITHUB.replace("BRANCH", branches)
    elif ci:
        files[".gitlab-ci.yml"] = _GITLAB
    if hooks:
        files[".pre-commit-config.yaml"] = _HOOKS
    return files
