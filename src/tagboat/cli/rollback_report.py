"""What is told of a rollback, or of its end: lines for a person, a shape for programs."""

from typing import Any

from tagboat.cli.output import answer, answer_json, note, warn
from tagboat.cli.reports import table
from tagboat.core.record.moving_tag import Decision
from tagboat.use_cases.rollback.rollback import RollbackRequest, RollbackResult


def report_rollback(turn: RollbackResult, asked: RollbackRequest, *, as_json: bool) -> None:
    """Say what was done, or would be: a row for each tag that moves, notes on those that don't."""
    _tell_more(turn, asked)
    if as_json:
        answer_json(rollback_json(turn, asked))
    elif turn.moves:
        for row in table([_move_row(one) for one in turn.moves]):
            answer(row)


def _tell_more(turn: RollbackResult, asked: RollbackRequest) -> None:
    """What a person should know beside the answer."""
    if asked.is_dry and turn.is_new:
        note("this is what would be done")
    if turn.withdrawn:
        note(f"withdrawn: {', '.join(map(str, turn.withdrawn))}")
    for one in turn.left:
        note(f"{_full_tag(one)} stays where it is: {one.reason}")
    for one in turn.decisions:
        if one.warning:
            warn(one.warning)
    for text in turn.notes:
        note(text)


def rollback_json(turn: RollbackResult, asked: RollbackRequest) -> dict[str, Any]:
    """What was done, or would be."""
    return {
        "version": str(turn.version),
        "changed": turn.is_new and not asked.is_dry,
        "dry_run": asked.is_dry,
        "reason": asked.why or None,
        "tags": list(turn.tags),
        "withdrawn": list(map(str, turn.withdrawn)),
        "moves": [_move_json(one) for one in turn.moves],
        "left": [
            {"place": one.place, "tag": one.tag, "held": one.held, "why": one.reason}
            for one in turn.left
        ],
        "notes": [*turn.notes, *(one.warning for one in turn.decisions if one.warning)],
    }


def _move_row(one: Decision) -> tuple[str, ...]:
    to = "" if one.to is None else str(one.to.version)
    return one.place, one.tag, str(one.source or one.held or "new"), "->", to


def _move_json(one: Decision) -> dict[str, Any]:
    return {
        "place": one.place,
        "tag": one.tag,
        "from": None if one.source is None else str(one.source),
        "to": None if one.to is None else str(one.to.version),
        "held": one.held or None,
        "target": None if one.to is None else one.to.target,
    }


def _full_tag(one: Decision) -> str:
    return f"{one.place}:{one.tag}"
