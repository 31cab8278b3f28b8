"""The rules of semantic-release's analyzer: which changes ask for which release."""

import re
from collections.abc import Sequence
from itertools import accumulate

from tagboat.core.config.migrate.key_rules import OldKey

_CONDITIONS = {"type", "scope", "breaking"}
_LEVELS = ("none", "patch", "minor", "major")
_PLAIN = re.compile(r"[\w.*?/ -]+")


def translate_release_rules(key: OldKey) -> None:
    """Rules, those first that win there: what comes after `false`, and what asks for more."""
    items = list(key.items())
    whole: dict[str, list[tuple[int, OldKey]]] = {}
    for number, one in enumerate(items):
        if _rr_conditions(one) == {"type"}:
            whole.setdefault(one.get("type").text, []).append((number, one))
    for number, one in _rr_in_order(items):
        if _rr_conditions(one) == {"type"}:
            one.carry_table(("bump",), {one.get("type").text: _rr_level(one)})
        elif one.value == {"breaking": True, "release": "major"}:
            one.keep("breaking changes are major ones")
        elif _rr_conditions(one) == {"type", "scope"} and _rr_is_overruled(
            whole.get(one.get("type").text, ()), number, one
        ):
            one.keep("a rule for all of its type counts")
        else:
            _rr_rule(one)


def _rr_is_overruled(whole: Sequence[tuple[int, OldKey]], number: int, one: OldKey) -> bool:
    """Whether one of the rules for all of a type counts where one for a scope of it does."""
    return any(
        at > number if _rr_level(other) == "none" else _rr_rank(other) >= _rr_rank(one)
        for at, other in whole
    )


def _rr_rule(key: OldKey) -> None:
    """A rule that is about more than a type."""
    names = _rr_conditions(key)
    texts = [key.get(name).text for name in names & {"type", "scope"}]
    if names and names <= _CONDITIONS and all(map(_PLAIN.fullmatch, texts)):
        table = {name: key.get(name).value for name in sorted(names)}
        key.carry(("rules",), [table | {"bump": _rr_level(key)}])
    else:
        key.leave("[[rules]] have type and scope with `*`, and whether a change breaks something")


def _rr_conditions(key: OldKey) -> set[str]:
    return set(key.value) - {"release"} if isinstance(key.value, dict) else set()


def _rr_level(key: OldKey) -> str:
    release = key.get("release")
    return "none" if release.value is False else release.text


def _rr_rank(key: OldKey) -> int:
    """How much a rule asks for."""
    level = _rr_level(key)
    return _LEVELS.index(level) if level in _LEVELS else -1


def _rr_in_order(items: Sequence[OldKey]) -> list[tuple[int, OldKey]]:
    """The rules by their place: `false` takes back what stands before it, then the highest counts.

    Each has its number.
    """
    is_false = [one.get("release").value is False for one in items]
    before = list(accumulate(is_false, initial=0))
    places = {n: (-before[n], not is_false[n], -_rr_rank(one)) for n, one in enumerate(items)}
    return [(number, items[number]) for number in sorted(places, key=places.__getitem__)]
