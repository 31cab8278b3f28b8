"""The rules of semantic-release's analyzer: which changes ask for which release."""

import re
from collections.abc import Sequence

from tagboat.core.config.migrate.key_rules import OldKey

_CONDITIONS = {"type", "scope", "breaking"}
_LEVELS = ("none", "patch", "minor", "major")
_PLAIN = re.compile(r"[\w.*?/ -]+")


def translate_release_rules(key: OldKey) -> None:
    """Rules, those first that win there: what comes after `false`, and what asks for more."""
    items = list(key.items())
    for number, one in sorted(enumerate(items), key=lambda pair: _rr_order(items, pair[0])):
        if _rr_conditions(one) == {"type"}:
            one.carry_table(("bump",), {one.get("type").text: _rr_level(one)})
        elif one.value == {"breaking": True, "release": "major"}:
            one.keep("breaking changes are major ones")
        elif _rr_conditions(one) == {"type", "scope"} and _rr_is_overruled(items, number):
            one.keep("a rule for all of its type counts")
        else:
            _rr_rule(one)


def _rr_is_overruled(items: Sequence[OldKey], number: int) -> bool:
    """Whether a rule for all of a type counts where one for a scope of it does."""
    one = items[number]
    return any(
        at > number if _rr_level(other) == "none" else _rr_rank(other) >= _rr_rank(one)
        for at, other in enumerate(items)
        if _rr_conditions(other) == {"type"} and other.get("type").text == one.get("type").text
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


def _rr_order(items: Sequence[OldKey], number: int) -> tuple[int, bool, int]:
    """The place of a rule: `false` takes back what stands before it, then the highest counts."""
    before = sum(one.get("release").value is False for one in items[:number])
    one = items[number]
    return -before, one.get("release").value is not False, -_rr_rank(one)
