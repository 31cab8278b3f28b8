"""What is told about plans and releases: lines for a person, shapes for programs."""

from collections.abc import Iterable
from typing import Any

from tagboat.cli.output import note
from tagboat.core.plan import Plan, as_data
from tagboat.core.step import State
from tagboat.use_cases.converge import Progress
from tagboat.use_cases.release import Outcome, Outlook

_SHORT = 10


def report_step(progress: Progress) -> None:
    """Tell a person how a step ended, unless there was nothing to do."""
    step, finding, applied, is_begun = progress
    if is_begun:
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
    files = dict.fromkeys(edit.path for edit in plan.edits)
    release_commit = "none: the tag goes on the commit itself"
    if plan.message is not None:
        title = plan.message.partition("\n")[0]
        release_commit = f"{title} ({', '.join(files)})"
    return [
        f"version  {plan.version}: {plan.reason}",
        f"tag      {plan.tag}{since}",
        f"commit   {plan.commit[:_SHORT]} of {plan.remote}/{plan.branch} ({plan.channel} channel)",
        f"release  {release_commit}",
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


def outlook_json(outlook: Outlook) -> dict[str, Any]:
    """What a release would be."""
    plan, idle = outlook.drawn.plan, outlook.drawn.idle
    if plan is None:
        return {
            "due": False,
            "reason": idle.reason if idle is not None else "",
            "tag": (idle.tag if idle is not None else "") or None,
        }
    steps = [
        {
            "name": progress.step.name,
            "what": progress.step.describe(),
            "state": progress.finding.state.value,
            "detail": progress.finding.detail or None,
        }
        for progress in outlook.steps
    ]
    return {"due": True, **as_data(plan), "steps": steps}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """What a run did. Keys are only ever added."""
    plan, idle = outcome.plan, outcome.idle
    return {
        "released": plan is not None,
        "version": plan.version if plan is not None else None,
        "tag": plan.tag if plan is not None else (idle.tag if idle is not None else "") or None,
        "previous": (plan.previous or None) if plan is not None else None,
        "bump": plan.bump if plan is not None else "none",
        "prerelease": plan is not None and plan.channel.startswith("prerelease"),
        "commit": outcome.commit or None,
        "reason": plan.reason if plan is not None else (idle.reason if idle is not None else ""),
        "notes": plan.notes if plan is not None else None,
        "url": outcome.url or None,
    }
