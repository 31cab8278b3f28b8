"""What is told about plans and releases: lines for a person, shapes for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from tagboat.cli.output import note
from tagboat.cli.shapes import missed_json
from tagboat.core.errors import ConflictError
from tagboat.core.plan.plan import Plan, as_data, first_of
from tagboat.core.record.drift import Check, Verdict, worst
from tagboat.core.step import State
from tagboat.use_cases.release.context import ReleaseResult
from tagboat.use_cases.release.converge import Progress
from tagboat.use_cases.release.release import DryRun

_CODES = {Verdict.DRIFT: ConflictError.exit_code, Verdict.UNKNOWN: 1}


def exit_code(checks: Iterable[Check]) -> int:
    """4 where anything drifted, 1 where something could not be looked at, else 0."""
    return verdict_code(worst(checks))


def verdict_code(verdict: Verdict) -> int:
    """The same for the worst of verdicts."""
    return _CODES.get(verdict, 0)


def check_json(check: Check) -> dict[str, Any]:
    """One check."""
    return {
        "name": check.name,
        "what": check.what,
        "verdict": check.verdict.value,
        "detail": check.detail or None,
    }


def check_rows(checks: Sequence[Check]) -> list[str]:
    """A table of checks, each with its verdict first."""
    return table(
        [
            (
                check.verdict.value,
                check.name,
                check.what + (f": {check.detail}" * bool(check.detail)),
            )
            for check in checks
        ]
    )


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


_SHORT = 10


def report_step(progress: Progress) -> None:
    """Tell a person how a step ended, unless there was nothing to do."""
    step, finding, applied, is_begun = progress
    if is_begun:
        if finding.is_notable:
            note(f"{step.name}: {finding.detail}")
        return
    if applied:
        note(f"{step.name}: {step.describe()}")
    elif finding.state is not State.DONE:
        note(f"{step.name}: left as it is: {finding.detail}")
    if finding.state is State.DONE and finding.is_notable:
        note(f"{step.name}: {finding.detail}")


def plan_lines(plan: Plan) -> list[str]:
    """A plan in a few lines."""
    since = f", after {plan.previous}" if plan.previous else ""
    files = first_of(edit.path for edit in plan.edits)
    changed = "none to change: the tag goes on that commit itself"
    if plan.message is not None:
        title = plan.message.partition("\n")[0]
        changed = f"{files or 'those of commands'}, in a commit {title!r}"
    where = f"{plan.remote}/{plan.branch}" if plan.remote else plan.branch
    return [
        f"version  {plan.version}: {plan.reason}",
        f"tag      {plan.tag}{since}",
        f"commit   {plan.commit[:_SHORT]} of {where} ({plan.channel} channel)",
        f"files    {changed}",
        f"plan     {plan.digest()}",
    ]


def step_lines(steps: Iterable[Progress]) -> list[str]:
    """A table of steps, each with what its probe says."""
    rows = [
        (p.step.name, p.finding.state.value, p.step.describe(), p.finding.detail) for p in steps
    ]
    names, states = (max((len(row[n]) for row in rows), default=0) for n in (0, 1))
    return [
        f"{number}  {name.ljust(names)}  {state.ljust(states)}  {what}"
        + (f" ({detail})" if detail else "")
        for number, (name, state, what, detail) in enumerate(rows, 1)
    ]


def dry_run_json(foreseen: DryRun) -> dict[str, Any]:
    """What a release would be."""
    plan, nothing_due = foreseen.result.plan, foreseen.result.nothing_due
    if plan is None:
        return {
            "due": False,
            "reason": nothing_due.reason if nothing_due is not None else "",
            "tag": (nothing_due.tag if nothing_due is not None else "") or None,
            **missed_json(foreseen.result.release),
        }
    steps = [
        {
            "name": progress.step.name,
            "what": progress.step.describe(),
            "state": progress.finding.state.value,
            "detail": progress.finding.detail or None,
        }
        for progress in foreseen.steps
    ]
    return {"due": True, **as_data(plan), "steps": steps, **missed_json(foreseen.result.release)}


def result_json(result: ReleaseResult) -> dict[str, Any]:
    """What a run did. Keys are only ever added."""
    plan, nothing_due = result.plan, result.nothing_due
    return {
        "released": plan is not None,
        "version": plan.version if plan is not None else None,
        "tag": plan.tag
        if plan is not None
        else (nothing_due.tag if nothing_due is not None else "") or None,
        "previous": (plan.previous or None) if plan is not None else None,
        "bump": plan.bump if plan is not None else "none",
        "prerelease": plan is not None and plan.channel.startswith("prerelease"),
        "commit": result.commit or None,
        "reason": plan.reason
        if plan is not None
        else (nothing_due.reason if nothing_due is not None else ""),
        "notes": plan.notes if plan is not None else None,
        "url": result.url or None,
        **missed_json(result.decision),
    }
