"""Regular expressions of other tools, as far as they name branches or types of change."""

import re
from itertools import product

_TYPES = re.compile(
    r"\^?(?:\(\?:|\()?(?P<types>\w[\w-]*\??(?:\|\w[\w-]*\??)*)\)?(?P<rest>.*)", re.DOTALL
)
_REST = re.compile(
    r"(?>\(!?\)\?|!\??|:?\s?\.[*+]|\(!\)\?|\[!\]\?|\\s\*|\\s\+|\\s| \??|\*"
    r"|\(\?:?\\\(.*?\\\)\)\?|\\\(\.\*\\\)|\(\\\(.*?\\\)\)\?|\\\(\[\^.\\?\)?\]\*\??\\\)"
    r"|\(\.\*\)\??|\(\?:!\)\?|:|\$|\(:\))*"
)
_BRANCH = re.compile(
    r"(?P<not>\(\?![^()]*\))|(?P<one>(?:\\[.\-/_]|[A-Za-z0-9/_-])\??)"
    r"|(?P<any>(?:\.|\\[dwS]|\[[^\]]*\])[*+?]?(?:\{[\d,]*\})?)"
    r"|(?P<group>\((?:\?:)?(?P<inner>[^()]*(?:\([^()]*\)[^()]*)*)\)(?P<times>[*+?]?))"
)
_KNOWN = (
    "build",
    "chore",
    "ci",
    "docs",
    "feat",
    "fix",
    "perf",
    "refactor",
    "revert",
    "style",
    "test",
)
_MOST, _LONGEST = 20, 300


def types_of(pattern: str) -> tuple[tuple[str, ...], bool]:
    """The types of change that a pattern of messages begins with, and whether it asks for no more.

    `^(build|ci)` asks for types alone, `chore[(]deps` for a scope as well, and `.*` for no type.
    """
    if len(pattern) > _LONGEST:
        return (), False
    found = [_types_of_one(part.removeprefix("^")) for part in _alternatives(pattern)]
    types = tuple(dict.fromkeys(name for names, _ in found for name in names))
    return types, all(names and is_whole for names, is_whole in found)


def _types_of_one(pattern: str) -> tuple[list[str], bool]:
    """The types of a pattern without a bar outside of brackets."""
    match = _TYPES.fullmatch(re.sub(r"\[[A-Z]([a-z])\]", r"\1", pattern))
    if match is None or not re.match(r"[a-z]", match["types"]):
        return [], False
    types = []
    for name in match["types"].split("|"):
        names = [name[:-2], name[:-1]] if name.endswith("?") else [name]
        types += [next((known for known in _KNOWN if known.startswith(one)), one) for one in names]
    return types, _REST.fullmatch(match["rest"]) is not None


def branches_of(pattern: str) -> tuple[tuple[str, ...], bool]:
    """The branches that a pattern fits, where `*` is any text, and whether those are all it fits.

    There are none for a pattern that can't be said so.
    """
    parts = _alternatives(pattern.removeprefix("^")) if len(pattern) <= _LONGEST else []
    found = [_alternative(part) for part in parts]
    names = tuple(dict.fromkeys(name for names, _ in found for name in names))
    return names[:_MOST], all(is_whole for _, is_whole in found)


def _alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between bars that are in no bracket."""
    parts, depth = [""], 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _alternative(pattern: str) -> tuple[list[str], bool]:
    """The branches of one alternative: every choice of its groups."""
    choices: list[tuple[str, ...]] = []
    at, is_whole = 0, True
    text = pattern.removeprefix("^").removesuffix("$")
    while at < len(text):
        match = _BRANCH.match(text, at)
        if match is None:
            return [], False
        choice, exact = _choice(match)
        choices.append(choice)
        is_whole = is_whole and exact
        at = match.end()
    names = ["".join(parts) for parts in product(*choices)] if len(choices) < _MOST * 5 else []
    return [re.sub(r"\*+", "*", name) for name in names if name], is_whole


def _choice(match: re.Match[str]) -> tuple[tuple[str, ...], bool]:
    """What one piece of a pattern may be, and whether that is all it says."""
    if match["one"]:
        name = match["one"].removeprefix("\\").removesuffix("?")
        return (name, "")[: 1 + match["one"].endswith("?")], True
    if match["any"] or match["not"]:
        return ("*",), (match["any"] or "").startswith(".")
    inner = _alternatives(match["inner"])
    names = tuple(name for part in inner for name in _alternative(part)[0])
    is_whole = all(_alternative(part)[1] for part in inner) and match["times"] in ("", "?")
    return (*names, *("",) * (match["times"] in ("?", "*"))), is_whole
